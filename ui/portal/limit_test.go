package portal

import (
	"testing"

	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
)

func TestButtonsKeepTheirWidth(t *testing.T) {
	t.Parallel()
	b := newButtons(theme.New(theme.Options{Dark: true}), button{label: "Review"}, button{label: "Start anew"})
	before := [2]int{len([]rune(b.label(0))), len([]rune(b.label(1)))}
	b.SetFocused(true)
	for range 2 {
		if got := [2]int{len([]rune(b.label(0))), len([]rune(b.label(1)))}; got != before {
			t.Errorf("widths = %v, want %v", got, before)
		}
		b.Update(tea.KeyPressMsg{Code: tea.KeyRight})
	}
	if _, used := b.Update(tea.KeyPressMsg{Code: tea.KeyTab}); used {
		t.Error("tab must leave the buttons")
	}
	b.Update(tea.MouseClickMsg{X: 3, Button: tea.MouseLeft})
	if b.at != 0 {
		t.Errorf("a click on the first goes to %d", b.at)
	}
	b.SetFocused(false)
	if _, ok := b.pressed(tea.KeyPressMsg{Code: tea.KeyEnter}); ok {
		t.Error("enter presses a button without the focus")
	}
}
