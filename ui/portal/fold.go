package portal

import (
	"strings"

	"countersign/ui/theme"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// fold is the line behind which a form keeps what most people leave as it is.
type fold struct {
	theme   *theme.Theme
	turn    key.Binding
	holds   func() []string // the labels of what is behind it, as the form stands
	filled  func() bool     // something behind it was filled in
	open    bool
	focused bool
	width   int
}

func newFold(t *theme.Theme, holds func() []string, filled func() bool) *fold {
	return &fold{theme: t, holds: holds, filled: filled,
		turn: key.NewBinding(key.WithKeys("enter", "space"), key.WithHelp("enter", "show more"))}
}

// shut reports whether what is behind it is hidden. What was filled in never is.
func (f *fold) shut() bool { return !f.open && !f.filled() }

// SetWidth implements widget.Field.
func (f *fold) SetWidth(width int) { f.width = width }

// SetFocused implements widget.Field.
func (f *fold) SetFocused(focused bool) { f.focused = focused }

// Writes implements widget.Field.
func (f *fold) Writes() bool { return false }

// Notice implements widget.Field.
func (f *fold) Notice() string { return "" }

// Holds implements widget.Field: what is behind it has fields of its own.
func (f *fold) Holds() ([]widget.Line, bool) { return nil, true }

// Update implements widget.Field.
func (f *fold) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.MouseClickMsg:
		f.open = !f.open
		return nil, true
	case tea.KeyPressMsg:
		if key.Matches(msg, f.turn) {
			f.open = !f.open
			return nil, true
		}
	}
	return nil, false
}

// View implements widget.Field.
func (f *fold) View(s theme.Surface) []string {
	ink := theme.Heading
	if f.focused {
		ink = theme.Accent
	}
	if !f.shut() {
		return []string{widget.Words(ink, "Less").Cut(f.width).Draw(f.theme, s)}
	}
	l := append(widget.Words(ink, "More…"), widget.Say(theme.Faint, "  "+strings.ToLower(strings.Join(f.holds(), ", "))))
	if f.focused {
		l = append(l, widget.Say(theme.Faint, "   enter shows it"))
	}
	return []string{l.Cut(f.width).Draw(f.theme, s)}
}

var _ widget.Field = (*fold)(nil)
