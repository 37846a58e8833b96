package casepane_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// watcher is somebody before a preview whose answers arrive when the test says
// so.
type watcher struct {
	*casepane.Preview
	asked []model.Number
	say   func(n model.Number) (workflow.CaseView, error)
	late  map[time.Duration][]tea.Msg // what is to be delivered after a time
}

func watch(t *testing.T) *watcher {
	t.Helper()
	w := &watcher{late: map[time.Duration][]tea.Msg{}, say: func(n model.Number) (workflow.CaseView, error) {
		c := alicesCase()
		c.Request.Justification = "the reason of " + string(n)
		return c, nil
	}}
	env := &tab.Env{Theme: theme.New(theme.Options{Dark: true}), Now: func() time.Time { return noon }, Zone: time.UTC,
		Root: t.Context(), Me: model.Actor{Person: people()["p2"]}}
	w.Preview = casepane.NewPreview(env, func(_ context.Context, _ model.PersonID, n model.Number) (workflow.CaseView, error) {
		w.asked = append(w.asked, n)
		return w.say(n)
	})
	w.After = func(d time.Duration, msg tea.Msg) tea.Cmd {
		w.late[d] = append(w.late[d], msg)
		return nil
	}
	w.SetSize(80, 30)
	return w
}

// pass lets everything arrive that waits for a time of that length, or is read
// because of it.
func (w *watcher) pass(d time.Duration) {
	late := w.late[d]
	w.late[d] = nil
	for _, msg := range late {
		w.run(w.Update(msg))
	}
}

func (w *watcher) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			w.run(c)
		}
	default:
		w.run(w.Update(msg))
	}
}

// longer is the other time that a preview waits for: then it says that it reads.
func (w *watcher) longer() time.Duration {
	for d := range w.late {
		if d > tab.RestsFor {
			return d
		}
	}
	return 0
}

func (w *watcher) screen() string { return ansi.Strip(w.Detail().View()) }

func TestAPreviewReadsWhenTheCursorHasRested(t *testing.T) {
	t.Parallel()
	w := watch(t)
	for _, n := range []model.Number{"REQ0010001", "REQ0010002", "REQ0010003"} {
		w.run(w.Follow(n, nil, false))
	}
	if len(w.asked) > 0 {
		t.Errorf("asked %q while moving", w.asked)
	}
	w.pass(tab.RestsFor)
	if len(w.asked) != 1 || w.asked[0] != "REQ0010003" {
		t.Errorf("asked %q, want the row on which the cursor rests", w.asked)
	}
	if !strings.Contains(w.screen(), "the reason of REQ0010003") {
		t.Errorf("it is not shown:\n%s", w.screen())
	}
	if _, ok := w.Shown("REQ0010003"); !ok {
		t.Error("the row shown is not known")
	}
	if _, ok := w.Shown("REQ0010042"); ok {
		t.Error("the request is taken for another row's")
	}
	w.run(w.Follow("REQ0010004", nil, true))
	if !strings.Contains(w.screen(), "the reason of REQ0010004") {
		t.Errorf("at once it is not shown:\n%s", w.screen())
	}
	w.run(w.Follow("", nil, false))
	if strings.TrimSpace(w.screen()) != "" || w.Reload() != nil {
		t.Errorf("without a row it shows\n%s", w.screen())
	}
}

func TestAPreviewSaysThatItReadsOnlyWhenThatTakesLong(t *testing.T) {
	t.Parallel()
	w := watch(t)
	w.run(w.Follow("REQ0010001", nil, true))
	answer := w.Follow("REQ0010002", nil, true) // not delivered yet
	w.pass(tab.RestsFor)
	if !strings.Contains(w.screen(), "the reason of REQ0010001") {
		t.Errorf("the request before is gone at once:\n%s", w.screen())
	}
	w.pass(w.longer())
	if !strings.Contains(w.screen(), "reading REQ0010002…") {
		t.Errorf("it does not say that it reads:\n%s", w.screen())
	}
	w.run(answer)
	if !strings.Contains(w.screen(), "the reason of REQ0010002") {
		t.Errorf("the answer is not shown:\n%s", w.screen())
	}
	w.pass(w.longer())
	if strings.Contains(w.screen(), "reading") {
		t.Errorf("it says that it reads what is there:\n%s", w.screen())
	}
}

func TestAPreviewDropsWhatIsTooLate(t *testing.T) {
	t.Parallel()
	w := watch(t)
	old := w.Follow("REQ0010001", nil, true)
	w.run(w.Follow("REQ0010002", nil, true))
	w.run(old)
	if !strings.Contains(w.screen(), "the reason of REQ0010002") {
		t.Errorf("an answer for the row before is shown:\n%s", w.screen())
	}
	first, second := w.Reload(), w.Reload()
	w.say = func(model.Number) (workflow.CaseView, error) {
		return workflow.CaseView{}, errors.New("the newest answer")
	}
	w.run(second)
	w.say = func(model.Number) (workflow.CaseView, error) {
		return workflow.CaseView{}, errors.New("an older answer")
	}
	w.run(first)
	if !strings.Contains(w.screen(), "▲ the newest answer") {
		t.Errorf("of two answers the older one stays:\n%s", w.screen())
	}
	if _, ok := w.Shown("REQ0010002"); ok {
		t.Error("an error counts as the request")
	}
	other := watch(t)
	other.run(other.Follow("REQ0010009", nil, true))
	for _, msg := range other.late[other.longer()] {
		w.Update(msg)
	}
	if strings.Contains(w.screen(), "reading") {
		t.Errorf("it takes messages of another preview:\n%s", w.screen())
	}
}

func TestAPreviewShowsTextsAsTheyAreStored(t *testing.T) {
	t.Parallel()
	w := watch(t)
	w.Lead = func(c workflow.CaseView) []widget.Line {
		return []widget.Line{widget.Words(theme.Text, "it stands over "+string(c.Request.Number))}
	}
	w.run(w.Follow("REQ0010001", []string{"prod-db-O1"}, true))
	for _, want := range []string{"it stands over REQ0010042", "looks like prod-db-O1"} {
		if !strings.Contains(w.screen(), want) {
			t.Errorf("%q is missing:\n%s", want, w.screen())
		}
	}
	w.SetRaw(true)
	if !w.Raw() || !strings.Contains(w.screen(), "as it is stored") {
		t.Errorf("raw shows\n%s", w.screen())
	}
	w.SetBlank(true)
	if strings.TrimSpace(w.screen()) != "" {
		t.Errorf("blank shows\n%s", w.screen())
	}
	w.SetBlank(false)
	w.SetRaw(false)
	if strings.Contains(w.screen(), "as it is stored") {
		t.Errorf("not raw shows\n%s", w.screen())
	}
}
