package widget

import (
	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// AreaOptions describe an Area.
type AreaOptions struct {
	Height int  // lines shown; 3 if not set
	Masked bool // a secret of several lines, such as a private key
	Limit  int  // characters allowed, shown as a count; 0 shows none
}

// AreaKeys are the keys of an Area beside those of EditKeys.
type AreaKeys struct{ Up, Down, Feed key.Binding }

// DefaultAreaKeys returns the usual ones.
func DefaultAreaKeys() AreaKeys {
	return AreaKeys{
		Up:   key.NewBinding(key.WithKeys("up", "ctrl+p"), key.WithHelp("↑", "line up")),
		Down: key.NewBinding(key.WithKeys("down", "ctrl+n"), key.WithHelp("↓", "line down")),
		Feed: key.NewBinding(key.WithKeys("enter", "ctrl+j", "shift+enter"), key.WithHelp("enter", "new line")),
	}
}

// Area is a field of several lines, wrapped between words.
type Area struct {
	theme   *theme.Theme
	opts    AreaOptions
	keys    AreaKeys
	edit    editor
	width   int
	top     int
	focused bool
}

// NewArea returns an empty field.
func NewArea(t *theme.Theme, opts AreaOptions) *Area {
	if opts.Height <= 0 {
		opts.Height = 3
	}
	return &Area{
		theme: t, opts: opts, keys: DefaultAreaKeys(), width: 20,
		edit: editor{keys: DefaultEditKeys(), lines: true, masked: opts.Masked},
	}
}

// Value returns the text exactly as it was typed or pasted.
func (a *Area) Value() string { return a.edit.value }

// SetValue replaces the text.
func (a *Area) SetValue(s string) { a.edit.set(s) }

// SetWidth implements Field.
func (a *Area) SetWidth(width int) { a.width = max(width, 0) }

// SetFocused implements Field.
func (a *Area) SetFocused(focused bool) { a.focused = focused }

// Writes implements Field.
func (a *Area) Writes() bool { return true }

// Notice implements Field.
func (a *Area) Notice() string { return a.edit.notice }

// Holds implements Field.
func (a *Area) Holds() ([]Line, bool) {
	cs := a.edit.cells(a.theme.Glyphs.Mask)
	return a.edit.paragraphs(cs), len(a.spans(cs)) <= a.opts.Height
}

// Update implements Field. Up on the first line and down on the last are not
// for the field, so that they leave it.
func (a *Area) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch {
	case matches(msg, a.keys.Feed):
		a.edit.insert("\n")
		return nil, true
	case matches(msg, a.keys.Up):
		return nil, a.moveLine(-1)
	case matches(msg, a.keys.Down):
		return nil, a.moveLine(1)
	}
	return nil, a.edit.update(msg)
}

// span is one drawn line: cells from, to; the caret stands on it when its
// offset is between first and last.
type span struct {
	from, to    int
	first, last int
}

// spans wraps the cells to the width, less the cell a caret at the end takes.
func (a *Area) spans(cs []cell) []span {
	width := max(a.width-1, 1)
	var out []span
	add := func(from, to, last int) {
		first := len(a.edit.value)
		if from < len(cs) {
			first = cs[from].off
		}
		out = append(out, span{from: from, to: to, first: first, last: last})
	}
	from, used, space := 0, 0, -1
	for n := 0; n < len(cs); n++ {
		c := cs[n]
		if c.feed {
			add(from, n, c.off)
			from, used, space = n+1, 0, -1
			continue
		}
		if used+c.width > width && n > from && c.text != " " {
			cutAt := n
			if space >= from {
				cutAt = space + 1
			}
			add(from, cutAt, cs[cutAt].off-1)
			from, used, space = cutAt, 0, -1
			for _, moved := range cs[cutAt:n] {
				used += moved.width
			}
		}
		if c.text == " " {
			space = n
		}
		used += c.width
	}
	add(from, len(cs), len(a.edit.value))
	return out
}

// caretLine returns the line the caret is on.
func (a *Area) caretLine(lines []span) int {
	for n, l := range lines {
		if a.edit.at <= l.last {
			return n
		}
	}
	return len(lines) - 1
}

// moveLine moves the caret up or down in its column.
func (a *Area) moveLine(by int) bool {
	cs := a.edit.cells(a.theme.Glyphs.Mask)
	lines := a.spans(cs)
	here := a.caretLine(lines)
	there := here + by
	if there < 0 || there >= len(lines) {
		return false
	}
	column := 0
	for _, c := range cs[lines[here].from:lines[here].to] {
		if c.off < a.edit.at {
			column += c.width
		}
	}
	a.edit.at = lines[there].last
	for _, c := range cs[lines[there].from:lines[there].to] {
		if column < c.width {
			a.edit.at = c.off
			break
		}
		column -= c.width
	}
	a.edit.toBorder()
	return true
}

// View implements Field.
func (a *Area) View(s theme.Surface) []string {
	if a.width <= 0 {
		return make([]string, a.opts.Height+1)
	}
	cs := a.edit.cells(a.theme.Glyphs.Mask)
	lines := a.spans(cs)
	here := a.caretLine(lines)
	a.top = min(a.top, here)
	a.top = max(a.top, here-a.opts.Height+1)
	a.top = max(min(a.top, len(lines)-a.opts.Height), 0)
	var out []string
	for n := a.top; n < a.top+a.opts.Height; n++ {
		if n >= len(lines) {
			out = append(out, blanks(a.theme, s, a.width))
			continue
		}
		out = append(out, a.line(s, cs[lines[n].from:lines[n].to], a.focused && n == here))
	}
	return append(out, underline(a.theme, s, a.width, a.focused, a.edit.length(), a.opts.Limit))
}

// line draws one line; blanks beyond the edge are not drawn.
func (a *Area) line(s theme.Surface, cs []cell, caret bool) string {
	used, n, at, hit := 0, 0, -1, false
	if caret {
		at = a.edit.at
	}
	for n < len(cs) && used+cs[n].width <= a.width-1 {
		hit = hit || cs[n].off == at
		used += cs[n].width
		n++
	}
	end := -2 // no caret behind the text
	if caret && !hit {
		end = at
		used++
	}
	return drawCells(a.theme, s, cs[:n], at, end) + blanks(a.theme, s, a.width-used)
}
