package widget

import (
	"fmt"
	"strings"

	"countersign/safetext"
	"countersign/ui/theme"
)

const (
	detailMargin = 2  // left and right of the facts
	labelWidth   = 10 // labels with the gap behind them
	labelMax     = 18
)

// layOut turns the content into lines of the pane's width. Lines that are as
// they were stay seen; in a pane without width they wait for one.
func (d *Detail) layOut() {
	d.revision = d.theme.Revision()
	if d.width <= 0 {
		return
	}
	before := d.lines
	d.lines = nil
	d.compose()
	carrySeen(before, d.lines)
}

func (d *Detail) compose() {
	if d.key == "" {
		d.blank()
		d.paragraph(0, nil, Words(theme.Note, d.empty))
		return
	}
	c := d.content
	if c.Title != nil || c.Right != nil {
		d.title(c.Title, c.Right)
		d.blank()
	}
	for _, l := range c.Lead {
		d.paragraph(0, nil, l)
	}
	if len(c.Lead) > 0 && len(c.Warnings)+len(c.Sections)+len(c.Timeline) > 0 {
		d.blank()
	}
	for _, w := range c.Warnings {
		d.paragraph(2, Words(theme.WarnStrong, "▲"), w)
	}
	if len(c.Warnings) > 0 && len(c.Sections) > 0 {
		d.blank()
	}
	label := d.labelColumn()
	for i, s := range c.Sections {
		d.section(i == 0, s, label)
	}
	if len(c.Timeline) > 0 {
		if len(d.lines) > 0 {
			d.blank()
		}
		d.rule()
		for _, e := range c.Timeline {
			d.paragraph(label, Words(theme.Faint, e.When), e.What)
		}
	}
}

// labelColumn is as wide as the longest label needs, within limits.
func (d *Detail) labelColumn() int {
	w := labelWidth
	for _, s := range d.content.Sections {
		for _, f := range s.Facts {
			w = max(w, safetext.Line(f.Label).Width()+2)
		}
	}
	return min(w, labelMax, max(d.width/3, 1))
}

func (d *Detail) section(first bool, s Section, label int) {
	switch {
	case s.Ruled:
		if !first {
			d.blank()
		}
		d.rule()
	case !first:
		d.blank()
	}
	if s.Title != "" {
		d.paragraph(0, nil, Words(theme.Heading, s.Title))
	}
	for _, f := range s.Facts {
		from, lead := len(d.lines), Words(theme.Faint, f.Label)
		if len(f.Value) == 0 {
			d.paragraph(label, lead, Words(theme.Faint, "-"))
		}
		for _, v := range f.Value {
			d.paragraph(label, lead, v)
			lead = nil
		}
		d.under(from, s.Title+"\n"+f.Label)
	}
}

// under says what the lines from a place on belong to: the same words under
// another label are not the same line.
func (d *Detail) under(from int, what string) {
	for i := from; i < len(d.lines); i++ {
		if d.lines[i].text != "" {
			d.lines[i].text = what + "\n" + d.lines[i].text
		}
	}
}

// title draws the first line, and more where it is long. What is on its right
// (a countdown) changes by itself and need not be seen again.
func (d *Detail) title(title, right Line) {
	margin := min(detailMargin, d.width)
	w := max(d.width-2*margin, 0)
	room := w - right.Width() - columnGap
	if right.Width() == 0 || room < w/2 {
		room = w
	}
	for i, l := range title.Wrap(max(room, 1)) {
		tail := Line(nil)
		if i == 0 && room < w {
			tail = right
		}
		d.lines = append(d.lines, detailLine{
			drawn: blanks(d.theme, d.surface, margin) + ends(d.theme, d.surface, w, l, tail) +
				blanks(d.theme, d.surface, d.width-margin-w),
			text: l.String(),
		})
	}
	if room == w && right.Width() > 0 {
		d.paragraph(0, nil, right)
		d.lines[len(d.lines)-1].text = ""
	}
}

// paragraph wraps body behind a lead that stands in a column of its own on the
// first line.
func (d *Detail) paragraph(column int, lead, body Line) {
	indent := min(detailMargin, d.width)
	w := max(d.width-indent-column-detailMargin, 1)
	for i, l := range body.Wrap(w) {
		head := Line(nil)
		if i == 0 {
			head = lead
		}
		drawn := blanks(d.theme, d.surface, indent) + head.Cut(column-1).fit(d.theme, d.surface, min(column, d.width-indent)) +
			l.fit(d.theme, d.surface, max(d.width-indent-column, 0))
		text := head.String() + " " + l.String()
		if strings.TrimSpace(text) == "" {
			text = ""
		}
		d.lines = append(d.lines, detailLine{drawn: drawn, text: text})
	}
}

func (d *Detail) blank() {
	d.lines = append(d.lines, detailLine{drawn: blanks(d.theme, d.surface, d.width)})
}

func (d *Detail) rule() {
	d.lines = append(d.lines, detailLine{drawn: rule(d.theme, d.surface, theme.Rule, d.width), rule: true})
}

// moreBelow draws the line that says how much is not on the screen.
func moreBelow(t *theme.Theme, s theme.Surface, n, width int) string {
	indent := min(detailMargin, width)
	return blanks(t, s, indent) + Words(theme.Accent, "↓ "+moreLines(n)).fit(t, s, width-indent)
}

func moreLines(n int) string {
	if n == 1 {
		return "1 more line"
	}
	return fmt.Sprintf("%d more lines", n)
}
