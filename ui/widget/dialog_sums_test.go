package widget

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

// askSmall asks in a body of the smallest window that is drawn in.
func askSmall(t *testing.T, comment string) *asked {
	t.Helper()
	a := ask(t, nil)
	a.comment.SetValue(comment)
	a.dialog.SetSize(MinWidth, MinHeight-4)
	a.dialog.View()
	return a
}

func (a *asked) drawn() string { return ansi.Strip(a.dialog.View()) }

// wordy is a text of n words, each of its own.
func wordy(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprintf("word%03d", i)
	}
	return strings.Join(words, " ")
}

func TestWhatIsSentStandsBesideTheButtonThatSendsIt(t *testing.T) {
	t.Parallel()
	a := askSmall(t, "")
	a.do("wait", "left", "tab", "right", "tab", "o", "k")
	if got := a.drawn(); !strings.Contains(got, "more line") {
		t.Fatalf("the form fits, so nothing is tried:\n%s", got)
	}
	a.do("tab", "tab")
	got := a.drawn()
	for _, want := range []string{"gets", "Rights    view", "For       until…", "Comment   ok", "Will do   share-record"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not beside the button:\n%s", want, got)
		}
	}
	for _, hint := range []string{"asked: edit", "30 min", "────── 2/40"} {
		if strings.Contains(got, hint) {
			t.Errorf("%q takes room:\n%s", hint, got)
		}
	}
	a.do("wait", "enter")
	if strings.Join(a.answers, " ") != "yes" {
		t.Errorf("answered %q:\n%s", a.answers, a.drawn())
	}
}

func TestALongTextIsReadBeforeItIsSent(t *testing.T) {
	t.Parallel()
	long := wordy(60)
	a := askSmall(t, long)
	a.do("wait", "shift+tab", "wait", "enter")
	if len(a.answers) != 0 || !strings.Contains(a.drawn(), "read on first") {
		t.Fatalf("answered %q over a text that was not drawn:\n%s", a.answers, a.drawn())
	}
	a.do("wait")
	seen := ""
	for range 12 {
		seen += a.drawn()
		a.do("pgdown")
	}
	for _, w := range strings.Fields(long) {
		if !strings.Contains(seen, w) {
			t.Errorf("%s was never drawn", w)
		}
	}
	a.do("enter")
	if strings.Join(a.answers, " ") != "yes" {
		t.Errorf("after reading to the end: answered %q:\n%s", a.answers, a.drawn())
	}
}

func TestATextThatWasChangedIsReadAgain(t *testing.T) {
	t.Parallel()
	a := askSmall(t, wordy(60))
	a.do("wait", "shift+tab")
	for range 12 {
		a.do("pgdown")
	}
	a.do("tab", "tab", "tab", "x", "shift+tab", "tab", "tab", "tab", "wait", "enter")
	if len(a.answers) != 0 || !strings.Contains(a.drawn(), "read on first: 1 more line,") {
		t.Errorf("answered %q; screen:\n%s", a.answers, a.drawn())
	}
	for range 3 {
		a.do("pgdown")
	}
	a.do("enter")
	if strings.Join(a.answers, " ") != "yes" {
		t.Errorf("after reading what was changed: answered %q; screen:\n%s", a.answers, a.drawn())
	}
}

func TestATextLongerThanItsFieldIsWhollyShown(t *testing.T) {
	t.Parallel()
	a := ask(t, nil)
	a.comment.SetValue(wordy(20))
	a.dialog.SetSize(120, 36)
	if strings.Contains(a.drawn(), "word019") {
		t.Fatalf("the field shows all of it, so nothing is tried:\n%s", a.drawn())
	}
	a.do("shift+tab")
	if !strings.Contains(a.drawn(), "word000") || !strings.Contains(a.drawn(), "word019") {
		t.Errorf("not all of it is beside the button:\n%s", a.drawn())
	}
	a.do("tab")
	if !strings.Contains(a.drawn(), "────── ") {
		t.Errorf("the form does not come back:\n%s", a.drawn())
	}
}

func TestWhatWasNotDrawnIsNotSent(t *testing.T) {
	t.Parallel()
	a := askSmall(t, "ok")
	a.clock.advance(time.Second)
	a.dialog.Update(press("shift+tab"))
	a.clock.advance(time.Second)
	a.dialog.Update(press("enter"))
	if len(a.answers) != 0 {
		t.Errorf("answered %q before what it sends was drawn", a.answers)
	}
	a.dialog.View()
	a.do("enter")
	if strings.Join(a.answers, " ") != "yes" {
		t.Errorf("answered %q once it was drawn", a.answers)
	}
}

func TestAClickOnWhatIsSentGoesBackIntoTheForm(t *testing.T) {
	t.Parallel()
	a := askSmall(t, "ok")
	a.do("wait", "shift+tab")
	r, f := a.dialog.formAt, a.dialog.frame
	a.dialog.Update(tea.MouseClickMsg{X: f.X + r.X + 3, Y: f.Y + r.Y + 1})
	if a.dialog.onButtons || !strings.Contains(a.drawn(), "more line") {
		t.Errorf("the form does not have the keys:\n%s", a.drawn())
	}
}

func TestSecretsStayMasked(t *testing.T) {
	t.Parallel()
	th := darkTheme()
	secret := NewInput(th, InputOptions{Masked: true})
	secret.SetValue(strings.Repeat("hunter2", 30))
	a := ask(t, func(o *DialogOptions) { o.Form = NewForm(th, []FormItem{{Label: "Password", Field: secret}}) })
	a.do("wait", "shift+tab")
	if got := a.drawn(); strings.Contains(got, "hunter") || strings.Count(got, th.Glyphs.Mask) != 210 {
		t.Errorf("drew\n%s", got)
	}
}

// Whatever is pressed at whatever size: every word that an answer sends was drawn
// beside the buttons as it is sent.
func TestNothingIsSentThatWasNotDrawn(t *testing.T) {
	t.Parallel()
	confirmed := 0
	rapid.Check(t, func(rt *rapid.T) {
		a := askSmall(t, wordy(rapid.IntRange(0, 80).Draw(rt, "words")))
		a.clock.advance(time.Second)
		seen := map[string]bool{} // each word in each form that it had
		for range rapid.IntRange(1, 60).Draw(rt, "inputs") {
			if len(a.answers) > 0 {
				break
			}
			if a.dialog.onButtons && rapid.IntRange(0, 9).Draw(rt, "drawn") > 0 {
				for _, w := range strings.Fields(a.drawn()) {
					seen[w] = true
				}
			}
			a.clock.advance(time.Second)
			switch key := rapid.SampledFrom([]string{"enter", "enter", "tab", "tab", "shift+tab", "pgdown", "pgdown", "pgup", "j", "left", "right", "up", "x", "backspace", "size", "paste"}).Draw(rt, "key"); key {
			case "size":
				a.dialog.SetSize(rapid.IntRange(MinWidth, 120).Draw(rt, "width"), rapid.IntRange(MinHeight-4, 36).Draw(rt, "height"))
			case "paste":
				a.dialog.Update(tea.PasteMsg{Content: " pasted in"})
			default:
				a.dialog.Update(press(key))
			}
		}
		if strings.Join(a.answers, " ") != "yes" {
			return
		}
		confirmed++
		for _, w := range strings.Fields(a.comment.Value()) {
			if !seen[w] {
				rt.Fatalf("%s was sent and never drawn", w)
			}
		}
	})
	if confirmed == 0 {
		t.Error("nothing was ever confirmed, so nothing was tried")
	}
}

func TestAButtonThatWasNotDrawnWithTheKeysIsNotChosen(t *testing.T) {
	t.Parallel()
	a := ask(t, nil)
	a.dialog.SetSize(120, 36)
	a.dialog.View()
	a.clock.advance(time.Second)
	a.dialog.Update(press("shift+tab"))
	a.clock.advance(time.Second)
	a.dialog.Update(press("enter"))
	if len(a.answers) != 0 {
		t.Errorf("answered %q", a.answers)
	}
}
