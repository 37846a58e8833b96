package widget

import (
	"strings"
	"testing"
	"time"

	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	ms := func(n ...int) []time.Duration {
		var ds []time.Duration
		for _, d := range n {
			ds = append(ds, time.Duration(d)*time.Millisecond)
		}
		return ds
	}
	for _, tt := range []struct {
		name string
		gaps []time.Duration // before each input, the first counted from the first frame
		want bool            // for the last input
	}{
		{"at once", ms(0), false},
		{"a moment too early", ms(449), false},
		{"after 400 ms of quiet over the frame as it is written", ms(450), true},
		{"a key before the frame is written", ms(20, 420), false},
		{"a rest after a key before the frame is written", ms(20, 430), true},
		{"long after", ms(60000), true},
		{"an early key starts the wait again", ms(300, 300), false},
		{"typing without a rest never opens it", ms(300, 300, 300, 300, 390), false},
		{"a rest after typing opens it", ms(300, 300, 400), true},
		{"once open, tab and enter at a person's speed", ms(500, 120), true},
		{"a burst after the rest: a paste the terminal did not mark", ms(5000, 1, 1), false},
		{"a held key", ms(5000, 33, 33, 33), false},
		{"a burst, then a deliberate key", ms(5000, 1, 1, 200), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			g := NewGuard(c.now)
			g.Drawn()
			var got bool
			for _, gap := range tt.gaps {
				c.advance(gap)
				g.Drawn() // later frames change nothing
				got = g.Input()
			}
			if got != tt.want {
				t.Errorf("Input = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestGuardIsClosedBeforeTheFirstFrame(t *testing.T) {
	t.Parallel()
	c := newClock()
	g := NewGuard(c.now)
	c.advance(time.Hour)
	if g.Input() {
		t.Error("confirmed what was never drawn")
	}
	g.Drawn()
	c.advance(time.Second)
	g.Reset()
	c.advance(time.Second)
	if g.Input() {
		t.Error("confirmed after Reset without a new frame")
	}
}

// No sequence of inputs, each less than Quiet after the one before, opens the
// guard.
func TestNothingTypedAheadConfirms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		g := NewGuard(c.now)
		g.Drawn()
		for range rapid.IntRange(1, 60).Draw(t, "inputs") {
			c.advance(time.Duration(rapid.IntRange(0, int(Quiet)-1).Draw(t, "gap")))
			if g.Input() {
				t.Fatal("confirmed without a rest")
			}
		}
	})
}

// asked is a dialog with what came of it.
type asked struct {
	dialog  *Dialog
	clock   *clock
	answers []string
	comment *Input
}

func ask(t *testing.T, change func(*DialogOptions)) *asked {
	t.Helper()
	a := &asked{clock: newClock()}
	th := darkTheme()
	a.comment = NewInput(th, InputOptions{Limit: 40})
	rights := NewChips(th, []Choice{{ID: "view", Label: "view"}, {ID: "edit", Label: "edit"}}, "edit")
	opts := DialogOptions{
		Title:    Words(theme.Strong, "Approve REQ0010042"),
		Evidence: DetailContent{Lead: []Line{{Say(theme.Strong, "alice@example.com"), Say(theme.Heading, " gets "), Say(theme.AccentStrong, "edit"), Say(theme.Heading, " on "), Say(theme.Strong, "prod-db-01")}}},
		Form: NewForm(th, []FormItem{
			{Label: "Rights", Field: rights, Hint: Hint("asked: edit (may be lowered, never raised)")},
			{Label: "For", Field: NewChips(th, []Choice{{ID: "30", Label: "30 min"}, {ID: "1", Label: "1 h"}, {ID: "4", Label: "4 h"}, {ID: "u", Label: "until…"}}, "4"), Hint: Hint("until about 14:30")},
			{Label: "Comment", Field: a.comment, Check: func() string {
				if a.comment.Value() == "bad" {
					return "say more"
				}
				return ""
			}},
			{Label: "Will do", Text: func() []Line {
				return []Line{Words(theme.Text, "share-record: change alice view → "+rights.Value()+" for 4 h, then restore view (Keeper would end both)")}
			}},
		}),
		Buttons: []Button{{ID: "no", Label: "No, go back"}, {ID: "yes", Label: "Approve", Confirm: true, NeedsEvidence: true}},
		Done:    func(id string) tea.Cmd { a.answers = append(a.answers, id); return nil },
		Now:     a.clock.now,
	}
	if change != nil {
		change(&opts)
	}
	a.dialog = NewDialog(th, opts)
	a.dialog.SetSize(120, 36)
	a.dialog.View()
	return a
}

// do presses keys one after the other; "wait" lets half a second pass.
func (a *asked) do(keys ...string) {
	for _, k := range keys {
		if k == "wait" {
			a.clock.advance(500 * time.Millisecond)
			continue
		}
		a.clock.advance(100 * time.Millisecond)
		a.dialog.Update(press(k))
		a.dialog.View()
	}
}

func TestDialogAnswers(t *testing.T) {
	t.Parallel()
	plain := func(o *DialogOptions) { o.Form = nil }
	for _, tt := range []struct {
		name   string
		change func(*DialogOptions)
		keys   []string
		want   string // "-" for no answer yet
	}{
		{"enter alone takes no", plain, []string{"wait", "enter"}, "no"},
		{"no needs no wait", plain, []string{"enter"}, "no"},
		{"esc goes back", plain, []string{"esc"}, ""},
		{"esc goes back from a field", nil, []string{"esc"}, ""},
		{"move, then enter", plain, []string{"wait", "tab", "enter"}, "yes"},
		{"move by arrow, then enter", plain, []string{"wait", "right", "enter"}, "yes"},
		{"there and back", plain, []string{"wait", "tab", "shift+tab", "enter"}, "no"},
		{"once round", plain, []string{"wait", "tab", "tab", "enter"}, "no"},
		{"typed ahead", plain, []string{"tab", "enter"}, "-"},
		{"typed ahead, again and again", plain, []string{"tab", "enter", "enter", "enter", "enter"}, "-"},
		{"typed ahead, then after a rest", plain, []string{"tab", "enter", "wait", "enter"}, "yes"},
		{"letters confirm nothing", plain, []string{"wait", "y", "a", "Y"}, "-"},
		{"through the fields", nil, []string{"wait", "tab", "tab", "o", "k", "tab", "tab", "enter"}, "yes"},
		{"enter in a field moves on, at last to no", nil, []string{"wait", "enter", "enter", "enter", "enter"}, "no"},
		{"backwards from the first field to the last button", nil, []string{"wait", "shift+tab", "enter"}, "yes"},
		{"a wrong field keeps it open", nil, []string{"wait", "tab", "tab", "b", "a", "d", "tab", "tab", "enter"}, "-"},
		{"a wrong field does not keep one from no", nil, []string{"wait", "tab", "tab", "b", "a", "d", "tab", "enter"}, "no"},
		{"an answer is final", plain, []string{"wait", "tab", "enter", "enter", "esc"}, "yes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := ask(t, tt.change)
			a.do(tt.keys...)
			got := "-"
			if len(a.answers) > 0 {
				got = strings.Join(a.answers, " ")
			}
			if got != tt.want {
				t.Errorf("answered %q, want %q; screen:\n%s", got, tt.want, ansi.Strip(a.dialog.View()))
			}
			if a.dialog.Closed() != (tt.want != "-") {
				t.Errorf("Closed = %v", a.dialog.Closed())
			}
		})
	}
}

func TestPasteNeverConfirms(t *testing.T) {
	t.Parallel()
	a := ask(t, nil)
	a.do("wait", "tab", "tab")
	a.clock.advance(time.Second)
	a.dialog.Update(tea.PasteMsg{Content: "ticket\t\t\n"})
	if got := a.comment.Value(); got != "ticket\t\t" {
		t.Errorf("comment = %q", got)
	}
	a.do("tab", "tab")
	a.clock.advance(time.Second)
	a.dialog.Update(tea.PasteMsg{Content: "\n\r"})
	if len(a.answers) != 0 {
		t.Errorf("a paste answered %q", a.answers)
	}
	a.clock.advance(time.Millisecond)
	a.dialog.Update(press("enter"))
	if len(a.answers) != 0 {
		t.Error("a key right behind a paste confirmed")
	}
}

func TestConfirmingWaitsForTheEvidence(t *testing.T) {
	t.Parallel()
	long := func(o *DialogOptions) {
		o.Evidence = DetailContent{}
		for _, r := range many(60) {
			o.Evidence.Lead = append(o.Evidence.Lead, Words(theme.Text, r.number))
		}
		o.Buttons = append(o.Buttons, Button{ID: "deny", Label: "Deny", Confirm: true})
	}
	a := ask(t, long)
	a.do("wait", "shift+tab", "shift+tab", "enter")
	if len(a.answers) != 0 {
		t.Fatalf("answered %q over evidence that was not drawn", a.answers)
	}
	if !strings.Contains(ansi.Strip(a.dialog.View()), "read on first") {
		t.Error("it does not say why")
	}
	a.do("pgdown", "j", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "wait", "enter")
	if strings.Join(a.answers, " ") != "yes" {
		t.Errorf("after reading to the end: answered %q; %d lines unseen", a.answers, a.dialog.evidence.Unseen())
	}

	b := ask(t, long)
	b.do("wait", "shift+tab", "enter")
	if strings.Join(b.answers, " ") != "deny" {
		t.Errorf("denying waited for the evidence: %q", b.answers)
	}
}

func TestEvidenceThatChangedMustBeReadAgain(t *testing.T) {
	t.Parallel()
	a := ask(t, func(o *DialogOptions) { o.Form = nil })
	a.do("wait", "tab")
	c := DetailContent{}
	for _, r := range many(60) {
		c.Lead = append(c.Lead, Words(theme.Text, r.number))
	}
	a.dialog.SetEvidence(c)
	a.do("wait", "enter")
	if len(a.answers) != 0 {
		t.Error("confirmed evidence that came after the first frame and was not drawn")
	}
}

func TestClickMovesButDoesNotConfirm(t *testing.T) {
	t.Parallel()
	a := ask(t, func(o *DialogOptions) { o.Form = nil })
	a.clock.advance(time.Second)
	at := func(n int) tea.MouseClickMsg {
		r, f := a.dialog.buttonsAt[n], a.dialog.frame
		return tea.MouseClickMsg{X: f.X + r.X + 1, Y: f.Y + r.Y}
	}
	a.dialog.Update(at(1))
	if len(a.answers) != 0 || a.dialog.button != 1 {
		t.Fatalf("answers %q, button %d; want none and 1", a.answers, a.dialog.button)
	}
	a.dialog.Update(at(0))
	if strings.Join(a.answers, " ") != "no" {
		t.Errorf("a click on no answered %q", a.answers)
	}
}

func TestClickIntoTheForm(t *testing.T) {
	t.Parallel()
	a := ask(t, nil)
	drawn := strings.Split(ansi.Strip(a.dialog.View()), "\n")
	for y, l := range drawn {
		if at := strings.Index(l, " view "); at >= 0 && strings.Contains(l, "Rights") {
			x := ansi.StringWidth(l[:at]) + 2
			a.dialog.Update(tea.MouseClickMsg{X: a.dialog.frame.X + x, Y: a.dialog.frame.Y + y})
		}
	}
	if !strings.Contains(ansi.Strip(a.dialog.View()), "view → view") {
		t.Errorf("the click did not choose:\n%s", ansi.Strip(a.dialog.View()))
	}
}

func TestDialogGolden(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		w, h  int
		setup func(a *asked)
	}{
		{"120x36", 120, 36, func(a *asked) { a.do("tab", "tab", "o", "n", "l", "y") }},
		{"80x24", 80, 24, func(a *asked) { a.do("wait", "shift+tab") }},
		{"60x16", 60, 16, func(a *asked) { a.do("tab", "tab", "b", "a", "d", "tab") }},
		{"60x12-sums", 60, 12, func(a *asked) { a.do("tab", "tab", "b", "a", "d", "tab", "tab") }},
		{"60x12-read-on", 60, 12, func(a *asked) { a.comment.SetValue(wordy(60)); a.do("wait", "shift+tab", "wait", "enter") }},
		{"too-fast", 80, 24, func(a *asked) { a.do("shift+tab", "enter") }},
	} {
		a := ask(t, nil)
		var s Stack
		s.SetSize(tt.w, tt.h)
		s.Push(a.dialog)
		a.dialog.View()
		tt.setup(a)
		row := strings.Repeat("·", tt.w)
		screen := strings.TrimSuffix(strings.Repeat(row+"\n", tt.h), "\n")
		golden(t, "dialog-"+tt.name, s.View(screen))
	}
}

func TestTheDialogBelowMustRestAgain(t *testing.T) {
	t.Parallel()
	below, top := ask(t, func(o *DialogOptions) { o.Form = nil }), ask(t, func(o *DialogOptions) { o.Form = nil })
	top.clock.at, below.dialog.guard.now = below.clock.at, top.clock.now
	var s Stack
	s.SetSize(100, 30)
	s.Push(below.dialog)
	s.View(strings.Repeat("\n", 29))
	top.clock.advance(time.Second)
	s.Update(press("tab")) // the one below is on Approve, and its guard is open
	s.Push(top.dialog)
	s.View(strings.Repeat("\n", 29))
	top.clock.advance(time.Second)
	s.Update(press("enter"))
	if !top.dialog.Closed() || s.Empty() {
		t.Fatal("the top dialog did not answer alone")
	}
	s.View(strings.Repeat("\n", 29))
	top.clock.advance(100 * time.Millisecond)
	s.Update(press("enter"))
	if len(below.answers) != 0 {
		t.Error("a key meant for the top dialog confirmed the one below")
	}
	s.View(strings.Repeat("\n", 29))
	top.clock.advance(time.Second)
	s.Update(press("enter"))
	if strings.Join(below.answers, " ") != "yes" || !s.Empty() {
		t.Errorf("below answered %q", below.answers)
	}
}

func TestADialogThatWasOutOfSightMustRestAgain(t *testing.T) {
	t.Parallel()
	a := ask(t, func(o *DialogOptions) { o.Form = nil })
	a.do("wait", "tab")
	a.dialog.Update(Uncovered{})
	a.dialog.View()
	a.do("enter")
	if len(a.answers) != 0 {
		t.Error("a key meant for what stood over the dialog confirmed it")
	}
	a.do("wait", "enter")
	if strings.Join(a.answers, " ") != "yes" {
		t.Errorf("after a rest it answered %q", a.answers)
	}
}

func TestADialogOpenedByAnAnswerStays(t *testing.T) {
	t.Parallel()
	var s Stack
	s.SetSize(100, 30)
	second := ask(t, nil)
	first := ask(t, func(o *DialogOptions) {
		o.Form = nil
		o.Done = func(string) tea.Cmd { s.Push(second.dialog); return nil }
	})
	s.Push(first.dialog)
	s.Update(press("enter"))
	if s.Empty() || second.dialog.Closed() || s.overlays[0] != Overlay(second.dialog) {
		t.Error("the second dialog is not on top")
	}
}
