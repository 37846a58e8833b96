package setup

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"countersign/ui/theme"
	"countersign/ui/widget"
)

const (
	margin = 2 // cells at both sides
	head   = 3 // lines: title, rule, empty
	foot   = 1 // the keys
)

// View implements tea.Model.
func (m *Model) View() tea.View {
	v := tea.NewView(m.draw())
	v.AltScreen = true
	return v
}

func (m *Model) draw() string {
	if m.width == 0 {
		return ""
	}
	if m.width < 60 || m.height < 16 {
		return widget.TooSmall(m.theme, m.width, m.height)
	}
	lines := m.title()
	body := m.height - head - foot
	for _, l := range m.body(body) {
		lines = append(lines, strings.Repeat(" ", margin)+l)
	}
	for len(lines) < m.height-foot {
		lines = append(lines, "")
	}
	return strings.Join(append(lines, m.keyBar()), "\n")
}

// title is the head of the page.
func (m *Model) title() []string {
	left := widget.Line{widget.Say(theme.Heading, " countersign set-up   "), widget.Say(theme.AccentStrong, m.now().Title)}
	right := widget.Words(theme.Faint, fmt.Sprintf("page %d of %d ", m.page+1, len(m.script.Pages)))
	gap := max(m.width-left.Width()-right.Width(), 1)
	return []string{
		left.Draw(m.theme, theme.Page) + strings.Repeat(" ", gap) + right.Draw(m.theme, theme.Page),
		widget.Words(theme.Rule, strings.Repeat(m.theme.Glyphs.Rule, m.width)).Draw(m.theme, theme.Page),
		"",
	}
}

// body is what is between head and keys: findings, or the page with its form.
func (m *Model) body(height int) []string {
	switch {
	case m.looking:
		return []string{widget.Words(theme.Note, m.now().Looking+"…").Draw(m.theme, theme.Page)}
	case m.result != nil:
		return m.scrolled(m.findings(*m.result), height)
	case len(m.now().Questions) == 0:
		return m.scrolled(m.text(), height)
	}
	return append(m.text(), strings.Split(m.form.View(theme.Page), "\n")...)
}

// scrolled cuts what is longer than the screen, and says how much follows.
func (m *Model) scrolled(lines []string, height int) []string {
	if len(lines) <= height {
		m.top = 0
		return lines
	}
	room := height - 1
	m.top = max(min(m.top, len(lines)-room), 0)
	shown := lines[m.top : m.top+room]
	more := ""
	if rest := len(lines) - m.top - room; rest > 0 {
		more = fmt.Sprintf("↓ %d more lines: j", rest)
	}
	return append(shown[:room:room], widget.Words(theme.Faint, more).Draw(m.theme, theme.Page))
}

// overflows reports whether what is read is longer than the screen.
func (m *Model) overflows() bool {
	switch {
	case m.result != nil:
		return len(m.findings(*m.result)) > m.height-head-foot
	case len(m.now().Questions) == 0:
		return len(m.text()) > m.height-head-foot
	}
	return false
}

// keyBar lists the keys that work here and now.
func (m *Model) keyBar() string {
	down := m.keys.Down
	down.SetEnabled(m.overflows())
	next := key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "next"))
	on := key.NewBinding(key.WithKeys("ctrl+s"), key.WithHelp("ctrl+s", "go on"))
	back := m.keys.Back
	back.SetEnabled(m.page > 0)
	var shown []key.Binding
	switch {
	case m.looking:
		shown = []key.Binding{m.keys.Change}
	case m.result != nil && m.result.Done:
		done := m.keys.On
		done.SetHelp("enter", "done")
		return widget.KeyBar(m.theme, m.width, []key.Binding{down}, done, nil)
	case m.result != nil && m.result.Stop:
		shown = []key.Binding{m.keys.Change, m.keys.Again, down}
	case m.result != nil && m.result.Bad():
		shown = []key.Binding{m.keys.Again, m.keys.Change, m.keys.Anyway, down}
	case m.result != nil:
		shown = []key.Binding{m.keys.On, m.keys.Change, m.keys.Again, down}
	case len(m.now().Questions) == 0:
		shown = []key.Binding{m.keys.On, back, down}
	default:
		shown = []key.Binding{next, on, back}
	}
	return widget.KeyBar(m.theme, m.width, shown, m.keys.Quit, nil)
}
