package widget

import (
	"strings"

	"countersign/safetext"
	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// HelpGroup is a titled group of keys.
type HelpGroup struct {
	Title    string
	Bindings []key.Binding
}

// HelpKeys are the keys of an open help.
type HelpKeys struct{ Up, Down, Back key.Binding }

// DefaultHelpKeys returns the usual ones.
func DefaultHelpKeys() HelpKeys {
	return HelpKeys{
		Up:   key.NewBinding(key.WithKeys("k", "up", "pgup"), key.WithHelp("k ↑", "up")),
		Down: key.NewBinding(key.WithKeys("j", "down", "pgdown", "space"), key.WithHelp("j ↓", "down")),
		Back: key.NewBinding(key.WithKeys("esc", "?", "q", "enter"), key.WithHelp("esc", "back")),
	}
}

// Help shows the keys that work on a screen, made of the same bindings that
// obey them. Disabled bindings are left out.
type Help struct {
	theme  *theme.Theme
	keys   HelpKeys
	title  string
	groups []HelpGroup
	frame  Rect
	lines  []string
	top    int
	closed bool
}

const helpColumn = 36 // one column of keys

// NewHelp returns the help of a screen.
func NewHelp(t *theme.Theme, title string, groups []HelpGroup) *Help {
	return &Help{theme: t, keys: DefaultHelpKeys(), title: title, groups: groups}
}

// SetSize implements Overlay.
func (h *Help) SetSize(width, height int) {
	width, height = max(width, 0), max(height, 0)
	columns := max(min((width-2*dialogBorder)/helpColumn, 3), 1)
	w := min(columns*helpColumn+2*dialogBorder, width)
	h.lay(max(w-2*dialogBorder, 0), columns)
	hh := min(len(h.lines)+4, height)
	h.frame = Rect{X: (width - w) / 2, Y: (height - hh) / 2, W: w, H: hh}
	h.scroll(0)
}

// lay puts the groups into columns of about one height, none of them divided.
func (h *Help) lay(inner, columns int) {
	blocks, total := [][]Line{}, 0
	for _, g := range h.groups {
		if b := helpBlock(g); len(b) > 0 {
			blocks = append(blocks, b)
			total += len(b) + 1
		}
	}
	cols := fillColumns(blocks, columns, total)
	width := inner / max(len(cols), 1)
	tall := 0
	for _, c := range cols {
		tall = max(tall, len(c))
	}
	h.lines = nil
	for y := range tall {
		line := ""
		for _, c := range cols {
			var cell Line
			if y < len(c) {
				cell = c[y]
			}
			line += cell.fit(h.theme, theme.Panel, width)
		}
		h.lines = append(h.lines, line+blanks(h.theme, theme.Panel, inner-width*len(cols)))
	}
}

// fillColumns deals the blocks out in their order. It looks for the least
// height at which they fit into the columns.
func fillColumns(blocks [][]Line, columns, total int) [][]Line {
	for height := max(total/columns, 1); ; height++ {
		cols := [][]Line{nil}
		for _, b := range blocks {
			last := len(cols) - 1
			switch {
			case len(cols[last]) == 0:
				cols[last] = append(cols[last], b...)
			case len(cols[last])+1+len(b) <= height:
				cols[last] = append(append(cols[last], nil), b...)
			default:
				cols = append(cols, append([]Line(nil), b...))
			}
		}
		if len(cols) <= columns || height > total {
			return cols
		}
	}
}

// helpBlock is a group as lines: its title, then a key and what it does each.
func helpBlock(g HelpGroup) []Line {
	column := 8
	for _, b := range g.Bindings {
		column = max(column, safetext.Width(b.Help().Key)+2)
	}
	var lines []Line
	for _, b := range g.Bindings {
		if !b.Enabled() || b.Help().Key == "" {
			continue
		}
		gap := strings.Repeat(" ", column-safetext.Width(b.Help().Key))
		lines = append(lines, Line{Say(theme.Text, "  "), Say(theme.AccentStrong, b.Help().Key), Say(theme.Text, gap+b.Help().Desc)})
	}
	if len(lines) == 0 {
		return nil
	}
	return append([]Line{Words(theme.Heading, "  "+g.Title)}, lines...)
}

// Frame implements Overlay.
func (h *Help) Frame() Rect { return h.frame }

// Closed implements Overlay.
func (h *Help) Closed() bool { return h.closed }

// Raise implements Overlay.
func (h *Help) Raise() {}

// Keys returns the keys of the open help.
func (h *Help) Keys() HelpKeys { return h.keys }

// Update implements Overlay.
func (h *Help) Update(msg tea.Msg) tea.Cmd {
	switch {
	case matches(msg, h.keys.Back):
		h.closed = true
	case matches(msg, h.keys.Down):
		h.scroll(1)
	case matches(msg, h.keys.Up):
		h.scroll(-1)
	}
	if m, ok := msg.(tea.MouseWheelMsg); ok {
		switch m.Button {
		case tea.MouseWheelDown:
			h.scroll(wheelStep)
		case tea.MouseWheelUp:
			h.scroll(-wheelStep)
		}
	}
	return nil
}

func (h *Help) scroll(by int) {
	h.top = max(min(h.top+by, len(h.lines)-h.room()), 0)
}

func (h *Help) room() int { return max(h.frame.H-4, 0) }

// View implements Overlay.
func (h *Help) View() string {
	w, hh := h.frame.W, h.frame.H
	if w <= 2*dialogBorder || hh < 2 {
		return strings.Join(padOn(h.theme, theme.Panel, nil, w, hh), "\n")
	}
	inner := w - 2*dialogBorder
	lines := []string{blanks(h.theme, theme.Panel, inner)}
	end := min(h.top+h.room(), len(h.lines))
	lines = append(lines, h.lines[h.top:end]...)
	lines = padOn(h.theme, theme.Panel, lines, inner, max(hh-3, 0))
	hint := Words(theme.Faint, "  esc back")
	if end < len(h.lines) || h.top > 0 {
		hint = Words(theme.Faint, "  j k scroll · esc back")
	}
	lines = append(lines, hint.fit(h.theme, theme.Panel, inner))
	return boxed(h.theme, Words(theme.Strong, h.title), padOn(h.theme, theme.Panel, lines, inner, hh-2), w)
}
