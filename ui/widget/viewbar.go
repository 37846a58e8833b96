package widget

import (
	"countersign/safetext"
	"countersign/ui/theme"
)

// ViewTab is one of a tab's views in the second line.
type ViewTab struct {
	Title string
	Count int // negative draws none
}

// ViewBar draws the second line of the frame: the views of a tab, then filter
// and sort.
type ViewBar struct {
	theme *theme.Theme
	spots []Rect
}

// NewViewBar returns the line.
func NewViewBar(t *theme.Theme) *ViewBar { return &ViewBar{theme: t} }

// Listing is what the second line says of the list below it.
type Listing struct {
	Filter     safetext.Visible // the one in force, "" without
	Filterable bool             // "/" works here
	Sort       string           // the name of the order, "" where there is none
}

// View draws views and, where they fit, filter and order of what is listed. A
// filter in force is shown even where it takes the room of the views, since it
// hides rows.
func (b *ViewBar) View(views []ViewTab, active int, listed Listing, width int) string {
	b.spots = b.spots[:0]
	if width <= 0 {
		return ""
	}
	left := Words(theme.Text, "  ")
	x := 2
	for n, v := range views {
		ink := theme.Heading
		if n == active {
			ink = theme.Current
		}
		l := Words(ink, v.Title)
		if v.Count >= 0 {
			l = append(l, Say(theme.Faint, " "+howMany(v.Count)))
		}
		b.spots = append(b.spots, Rect{X: x, W: l.Width(), H: 1})
		x += l.Width() + 3
		between := theme.Heading // the ink of what is likely to follow
		if n == len(views)-1 {
			between = theme.Text
		}
		left = append(append(left, l...), Say(between, "   "))
	}
	filtered := listed.Filter.String() != ""
	var find, order Line
	switch {
	case filtered:
		find = append(Words(theme.AccentStrong, "/ "), Show(theme.Accent, listed.Filter)).Cut(max(width/2, 12))
	case listed.Filterable:
		find = Words(theme.Faint, "/ filter")
	}
	if listed.Sort != "" {
		order = Words(theme.Faint, "sort "+listed.Sort+" ▾")
	}
	gap, margin := Words(theme.Faint, "     "), Words(theme.Text, "   ")
	tries := []Line{join(find, gap, order, margin)}
	if !filtered {
		// Of the two, the order says more: "/" stands in the line of keys as well.
		tries = append(tries, join(order, margin))
	}
	tries = append(tries, join(find, margin))
	for _, right := range tries {
		if left.Width()+1+right.Width() <= width { // as ends has it
			return ends(b.theme, theme.Page, width, left, right)
		}
	}
	if filtered {
		return ends(b.theme, theme.Page, width, left, find)
	}
	return left.fit(b.theme, theme.Page, width)
}

// ViewAt returns which view was drawn at column x, or -1.
func (b *ViewBar) ViewAt(x int) int {
	for n, r := range b.spots {
		if r.Contains(x, 0) {
			return n
		}
	}
	return -1
}
