package portal

import (
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"
)

func TestParseTyped(t *testing.T) {
	t.Parallel()
	lyon := time.FixedZone("", 3600)
	now := time.Date(2026, 11, 21, 10, 30, 0, 0, lyon)
	for _, tt := range []struct {
		text string
		want model.Limit
		err  bool
	}{
		{text: "45 min", want: model.For(45 * time.Minute)},
		{text: " 1d 12h ", want: model.For(36 * time.Hour)},
		{text: "permanent", want: model.Permanent},
		{text: "18:30", want: model.Until(time.Date(2026, 11, 21, 18, 30, 0, 0, lyon))},
		{text: "until 9:05", want: model.Until(time.Date(2026, 11, 22, 9, 5, 0, 0, lyon))},
		{text: "10:30", want: model.Until(time.Date(2026, 11, 22, 10, 30, 0, 0, lyon))},
		{text: "2026-11-24", want: model.Until(time.Date(2026, 11, 24, 0, 0, 0, 0, lyon))},
		{text: "UNTIL 2026-11-24 08:00 utc", want: model.Until(time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC))},
		{text: "", err: true},
		{text: "24:00", err: true},
		{text: "tomorrow", err: true},
		{text: "4", err: true},
	} {
		got, err := parseTyped(tt.text, now, lyon)
		if got != tt.want || (err != nil) != tt.err {
			t.Errorf("parseTyped(%q) = %v, %v; want %v, error %v", tt.text, got, err, tt.want, tt.err)
		}
	}
}

func TestEveryLimitCanBeTypedAsItIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := model.For(time.Duration(rapid.Int64Range(1, 40*24*60).Draw(t, "minutes")) * time.Minute)
		if rapid.Bool().Draw(t, "end") {
			limit = model.Until(start.Add(time.Duration(rapid.Int64Range(-1e6, 1e7).Draw(t, "seconds")) * time.Second))
		}
		if got, err := parseTyped(limit.String(), start, time.UTC); got != limit || err != nil {
			t.Fatalf("parseTyped(%q) = %v, %v", limit, got, err)
		}
	})
}

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
