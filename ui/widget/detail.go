package widget

import (
	"strings"

	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Fact is one label with its values, each of which is a paragraph.
type Fact struct {
	Label string
	Value []Line
}

// Section is a group of facts. Its title passes safetext where it is drawn, as the
// labels of facts do.
type Section struct {
	Title string // optional heading
	Ruled bool   // a horizontal rule above instead of an empty line
	Facts []Fact
}

// Event is one line of a timeline.
type Event struct {
	When string // "09:58"
	What Line
}

// DetailContent is what a Detail shows.
type DetailContent struct {
	Title, Right Line   // first line: what it is, and how long it still has
	Lead         []Line // paragraphs that need no label
	Warnings     []Line // drawn before the facts, each with a sign
	Sections     []Section
	Timeline     []Event
}

// DetailKeys scroll a Detail.
type DetailKeys struct {
	Up, Down, Top, Bottom, PageUp, PageDown, HalfUp, HalfDown key.Binding
}

// DefaultDetailKeys returns the keys of SCREENS, Keys.
func DefaultDetailKeys() DetailKeys {
	return DetailKeys{
		Up:       key.NewBinding(key.WithKeys("k", "up"), key.WithHelp("k ↑", "scroll up")),
		Down:     key.NewBinding(key.WithKeys("j", "down"), key.WithHelp("j ↓", "scroll down")),
		Top:      key.NewBinding(key.WithKeys("g", "home"), key.WithHelp("g", "to the top")),
		Bottom:   key.NewBinding(key.WithKeys("G", "end"), key.WithHelp("G", "to the end")),
		PageUp:   key.NewBinding(key.WithKeys("pgup", "ctrl+b"), key.WithHelp("pgup", "page up")),
		PageDown: key.NewBinding(key.WithKeys("pgdown", "ctrl+f", "space"), key.WithHelp("pgdn", "page down")),
		HalfUp:   key.NewBinding(key.WithKeys("ctrl+u"), key.WithHelp("ctrl+u", "half a page up")),
		HalfDown: key.NewBinding(key.WithKeys("ctrl+d"), key.WithHelp("ctrl+d", "half a page down")),
	}
}

// Bindings returns the keys in the order help shows them.
func (k DetailKeys) Bindings() []key.Binding {
	return []key.Binding{k.Up, k.Down, k.Top, k.Bottom, k.PageUp, k.PageDown, k.HalfUp, k.HalfDown}
}

// Detail is a pane of labelled facts that scrolls and knows which of its lines
// have been on the screen.
type Detail struct {
	theme         *theme.Theme
	surface       theme.Surface
	keys          DetailKeys
	width, height int

	key     string
	content DetailContent
	empty   string

	lines    []detailLine
	top      int
	hidden   bool // nothing is drawn, so nothing is seen
	revision int
}

// detailLine is one laid-out line.
type detailLine struct {
	drawn string
	text  string // what must have been seen, with what it stands under; empty for blanks and rules
	seen  bool   // it has been on the screen
	rule  bool
}

// NewDetail returns an empty pane on the page.
func NewDetail(t *theme.Theme) *Detail { return newDetailOn(t, theme.Page) }

func newDetailOn(t *theme.Theme, s theme.Surface) *Detail {
	return &Detail{theme: t, surface: s, keys: DefaultDetailKeys(), revision: t.Revision()}
}

// Keys returns the pane's keys.
func (d *Detail) Keys() DetailKeys { return d.keys }

// SetSize sets the size in cells. Lines that were all seen stay so when they
// are wrapped anew.
func (d *Detail) SetSize(width, height int) {
	width, height = max(width, 0), max(height, 0)
	if width == d.width && height == d.height {
		return
	}
	all := d.SeenAll()
	d.width, d.height = width, height
	d.layOut()
	if all {
		d.markSeen(0, len(d.lines))
	}
	d.scrollTo(d.top)
}

// SetContent shows content. key names what is shown, with its revision where
// it has one: under the same key the pane keeps its place, and lines that did
// not change stay seen; a line that is new has to be seen, also where another
// reads the same. Another key starts at the top with nothing seen. The key must
// not be empty.
func (d *Detail) SetContent(key string, content DetailContent) {
	if key != d.key {
		d.key, d.top, d.lines = key, 0, nil
	}
	d.content = content
	d.layOut()
	d.scrollTo(d.top)
}

// SetEmpty shows a message instead of facts.
func (d *Detail) SetEmpty(message string) {
	d.key, d.content, d.empty, d.lines = "", DetailContent{}, message, nil
	d.layOut()
	d.scrollTo(0)
}

// Key returns the key of what is shown.
func (d *Detail) Key() string { return d.key }

// SeenAll reports whether every line has been on the screen: before that,
// approving waits (SCREENS, "A decision is taken only where the evidence has
// been drawn"). It is false while nothing is shown.
func (d *Detail) SeenAll() bool {
	return d.key != "" && d.width > 0 && len(d.lines) > 0 && d.Unseen() == 0
}

// Unseen returns how many lines have not been on the screen yet.
func (d *Detail) Unseen() int {
	n := 0
	for _, l := range d.lines {
		if l.text != "" && !l.seen {
			n++
		}
	}
	return n
}

// SetBlank draws nothing while on. What is not drawn is not seen.
func (d *Detail) SetBlank(on bool) { d.hidden = on }

// Overflows reports whether the content is longer than the pane.
func (d *Detail) Overflows() bool { return len(d.lines) > d.height }

// Rules returns the visible lines that are horizontal rules, for Split.Join.
func (d *Detail) Rules() []int {
	if d.hidden {
		return nil
	}
	var at []int
	for y := range d.room() {
		if n := d.top + y; n < len(d.lines) && d.lines[n].rule {
			at = append(at, y)
		}
	}
	return at
}

// room is how many content lines are drawn: the last line of the pane says how
// many follow where some do.
func (d *Detail) room() int {
	if d.height > 1 && d.top+d.height < len(d.lines) {
		return d.height - 1
	}
	return d.height
}

// Scroll moves the content by n lines, down if positive.
func (d *Detail) Scroll(n int) { d.scrollTo(d.top + n) }

func (d *Detail) scrollTo(top int) {
	d.top = max(min(top, len(d.lines)-d.height), 0)
}

// scrolls reports whether msg is one of the pane's keys.
func (d *Detail) scrolls(msg tea.Msg) bool {
	k, ok := msg.(tea.KeyPressMsg)
	return ok && key.Matches(k, d.keys.Bindings()...)
}

// Update scrolls.
func (d *Detail) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			d.Scroll(-wheelStep)
		case tea.MouseWheelDown:
			d.Scroll(wheelStep)
		}
	case tea.KeyPressMsg:
		page, k := max(d.height-1, 1), d.keys
		switch {
		case key.Matches(msg, k.Down):
			d.Scroll(1)
		case key.Matches(msg, k.Up):
			d.Scroll(-1)
		case key.Matches(msg, k.Top):
			d.scrollTo(0)
		case key.Matches(msg, k.Bottom):
			d.scrollTo(len(d.lines))
		case key.Matches(msg, k.PageDown):
			d.Scroll(page)
		case key.Matches(msg, k.PageUp):
			d.Scroll(-page)
		case key.Matches(msg, k.HalfDown):
			d.Scroll(max(page/2, 1))
		case key.Matches(msg, k.HalfUp):
			d.Scroll(-max(page/2, 1))
		}
	}
	return nil
}

// View draws the pane and notes what of it is on the screen: call it only when
// what it returns is shown.
func (d *Detail) View() string {
	if d.revision != d.theme.Revision() {
		d.layOut()
	}
	if d.width == 0 || d.height == 0 {
		return strings.Join(pad(nil, d.height), "\n")
	}
	if d.hidden {
		return strings.Join(padOn(d.theme, d.surface, nil, d.width, d.height), "\n")
	}
	end := min(d.top+d.room(), len(d.lines))
	d.markSeen(d.top, end)
	var lines []string
	for _, l := range d.lines[d.top:end] {
		lines = append(lines, l.drawn)
	}
	if rest := len(d.lines) - end; rest > 0 && d.height > 1 {
		lines = append(lines, moreBelow(d.theme, d.surface, rest, d.width))
	}
	return strings.Join(padOn(d.theme, d.surface, lines, d.width, d.height), "\n")
}

func (d *Detail) markSeen(from, to int) {
	for i := range d.lines[from:to] {
		d.lines[from+i].seen = true
	}
}
