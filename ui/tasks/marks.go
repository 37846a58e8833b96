package tasks

import (
	"countersign/ui/theme"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// marks is a field of which any number of lines are marked.
type marks struct {
	theme   *theme.Theme
	lines   []widget.Line
	on      []bool
	cursor  int
	first   int // line that is drawn first
	rows    int // lines drawn at once
	focused bool
	width   int
	keys    marksKeys
}

// marksKeys are the keys of marks.
type marksKeys struct{ up, down, mark, all key.Binding }

func newMarks(t *theme.Theme, lines []widget.Line, rows int) *marks {
	bind := func(help, desc string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, desc))
	}
	return &marks{theme: t, lines: lines, on: make([]bool, len(lines)), rows: max(min(rows, len(lines)), 1),
		keys: marksKeys{bind("↑", "line before", "up", "k"), bind("↓", "next line", "down", "j"), bind("space", "mark", "space"), bind("*", "mark all", "*")}}
}

// marked are the places of the lines that are marked.
func (m *marks) marked() []int {
	var at []int
	for i, on := range m.on {
		if on {
			at = append(at, i)
		}
	}
	return at
}

// SetWidth implements widget.Field.
func (m *marks) SetWidth(width int) { m.width = width }

// SetFocused implements widget.Field.
func (m *marks) SetFocused(focused bool) { m.focused = focused }

// Writes implements widget.Field.
func (m *marks) Writes() bool { return false }

// Notice implements widget.Field.
func (m *marks) Notice() string { return "" }

// Holds implements widget.Field.
func (m *marks) Holds() ([]widget.Line, bool) {
	var held []widget.Line
	for _, i := range m.marked() {
		held = append(held, m.lines[i])
	}
	return held, len(m.lines) <= m.rows
}

// Update implements widget.Field. Up on the first line and down on the last leave
// the field.
func (m *marks) Update(msg tea.Msg) (tea.Cmd, bool) {
	if click, ok := msg.(tea.MouseClickMsg); ok && click.Y >= 0 && click.Y < min(m.rows, len(m.lines)) {
		m.cursor = m.first + click.Y
		m.on[m.cursor] = !m.on[m.cursor]
		return nil, true
	}
	press, ok := msg.(tea.KeyPressMsg)
	if !ok || len(m.lines) == 0 {
		return nil, false
	}
	switch {
	case key.Matches(press, m.keys.up) && m.cursor > 0:
		m.cursor--
	case key.Matches(press, m.keys.down) && m.cursor < len(m.lines)-1:
		m.cursor++
	case key.Matches(press, m.keys.mark):
		m.on[m.cursor] = !m.on[m.cursor]
	case key.Matches(press, m.keys.all):
		all := len(m.marked()) < len(m.lines)
		for i := range m.on {
			m.on[i] = all
		}
	default:
		return nil, false
	}
	m.first = min(max(m.first, m.cursor-m.rows+1), m.cursor)
	return nil, true
}

// View implements widget.Field.
func (m *marks) View(s theme.Surface) []string {
	var drawn []string
	for i := m.first; i < min(m.first+m.rows, len(m.lines)); i++ {
		line := widget.Words(theme.Faint, "[ ] ")
		if m.on[i] {
			line = widget.Words(theme.WarnStrong, "[x] ")
		}
		sign := widget.Words(theme.Accent, "  ")
		if m.focused && i == m.cursor {
			sign = widget.Words(theme.Accent, "› ")
		}
		line = append(append(sign, line...), m.lines[i]...)
		drawn = append(drawn, line.Cut(m.width).Draw(m.theme, s))
	}
	if hidden := len(m.lines) - m.rows; hidden > 0 {
		drawn = append(drawn, widget.Words(theme.Note, "  "+tally(hidden, "more line", "more lines")).Cut(m.width).Draw(m.theme, s))
	}
	return drawn
}

var _ widget.Field = (*marks)(nil)
