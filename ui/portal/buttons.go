package portal

import (
	"strings"

	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// button is one of a form's buttons.
type button struct {
	label string
	press func() tea.Cmd
}

// buttons is the last field of a form: what can be done with it. Its owner asks
// pressed before it hands on a key.
type buttons struct {
	theme   *theme.Theme
	keys    buttonKeys
	list    []button
	at      int
	focused bool
}

type buttonKeys struct{ Left, Right, Between, Press key.Binding }

func newButtons(t *theme.Theme, list ...button) *buttons {
	return &buttons{theme: t, list: list, keys: buttonKeys{
		Left:  key.NewBinding(key.WithKeys("left", "h"), key.WithHelp("←", "button before")),
		Right: key.NewBinding(key.WithKeys("right", "l"), key.WithHelp("→", "next button")),
		// Between stands for the two in the line of keys.
		Between: key.NewBinding(key.WithKeys("left", "right"), key.WithHelp("←→", "other button")),
		Press:   key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "press")),
	}}
}

// SetWidth implements widget.Field; a button is as wide as its words.
func (b *buttons) SetWidth(int) {}

// SetFocused implements widget.Field.
func (b *buttons) SetFocused(focused bool) {
	b.focused = focused
	if !focused {
		b.at = 0
	}
}

// Writes implements widget.Field.
func (b *buttons) Writes() bool { return false }

// Notice implements widget.Field.
func (b *buttons) Notice() string { return "" }

// Holds implements widget.Field: a button holds nothing.
func (b *buttons) Holds() ([]widget.Line, bool) { return nil, true }

// pressed returns what the button with the focus does, and whether the key
// presses it.
func (b *buttons) pressed(msg tea.KeyPressMsg) (do func() tea.Cmd, ok bool) {
	return b.list[b.at].press, b.focused && key.Matches(msg, b.keys.Press)
}

// stepped moves to the next button by the keys that move between fields, as in a
// dialog, and reports false where there is none in that direction.
func (b *buttons) stepped(msg tea.KeyPressMsg, k widget.FormKeys) bool {
	at := b.at
	switch {
	case !b.focused:
		return false
	case key.Matches(msg, k.Next):
		at++
	case key.Matches(msg, k.Prev):
		at--
	}
	if at == b.at || at < 0 || at >= len(b.list) {
		return false
	}
	b.at = at
	return true
}

// Update implements widget.Field. A click only moves, as in a dialog.
func (b *buttons) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.MouseClickMsg:
		x := 0
		for n := range b.list {
			w := safetext.Width(b.label(n))
			if msg.X >= x && msg.X < x+w {
				b.at = n
			}
			x += w + buttonGap
		}
		return nil, true
	case tea.KeyPressMsg:
		switch {
		case key.Matches(msg, b.keys.Left):
			b.at = max(b.at-1, 0)
		case key.Matches(msg, b.keys.Right):
			b.at = min(b.at+1, len(b.list)-1)
		default:
			return nil, false
		}
		return nil, true
	}
	return nil, false
}

// buttonGap is the room between two buttons.
const buttonGap = 2

// label is the text of a button, as wide with the focus as without.
func (b *buttons) label(n int) string {
	text := "  " + b.list[n].label + "  "
	switch {
	case n != b.at || !b.focused:
		return text
	case b.theme.NoColor():
		return "[ " + b.list[n].label + " ]"
	}
	return b.theme.Glyphs.Cursor + text[1:]
}

// View implements widget.Field.
func (b *buttons) View(s theme.Surface) []string {
	line := ""
	for n := range b.list {
		if n > 0 {
			line += b.theme.Paint(s, theme.Text, "  ")
		}
		label := b.theme.Words(b.label(n))
		if n != b.at || !b.focused {
			line += b.theme.Paint(theme.Chip, theme.Heading, label)
			continue
		}
		if sign := b.theme.Glyphs.Cursor; strings.HasPrefix(label, sign) {
			line += b.theme.Paint(theme.Selected, theme.Accent, sign)
			label = label[len(sign):]
		}
		line += b.theme.Paint(theme.Selected, theme.Strong, label)
	}
	return []string{line}
}

var _ widget.Field = (*buttons)(nil)
