package portal

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"countersign/model"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

func TestWhatThePersonHasIsSaidBeforeSubmitting(t *testing.T) {
	t.Parallel()
	o := empty()
	d := open(t, o)
	d.text("prod-db")
	d.shows("alice@example.com has view, permanent", "owner omar@example.com", "Infrastructure / Databases", "list 7m old")
	d.press("enter")
	d.shows("Will do", "nothing: alice@example.com already has view, permanent")
	d.press("tab", "ctrl+u")
	d.send(pasted("bob@example.com"))
	d.shows("bob@example.com has nothing", "give bob@example.com view, ends after 4 h")
	if got := o.calls("facts"); !slices.Equal(got, []string{"facts " + string(prodUID) + " false"}) {
		t.Errorf("the vault was asked %q, want once", got)
	}
}

func TestTheVaultIsAskedOnlyAboutWhatOneRestsOn(t *testing.T) {
	t.Parallel()
	o := empty()
	d := open(t, o)
	d.find("prod")
	o.asked = nil
	d.hold = true
	d.press("down", "down", "up", "down")
	d.hold = false
	if len(o.asked) > 0 {
		t.Errorf("moving asked %q", o.asked)
	}
	d.run(d.held[len(d.held)-1]) // the cursor rests on the last of them
	if got := o.calls("facts"); !slices.Equal(got, []string{"facts 9aBcDeFgHiJkLmNoPqRsTu false"}) {
		t.Errorf("asked %q", got)
	}
	d.shows("the vault has it no more")
}

func TestAVaultThatDoesNotAnswerHoldsNothingUp(t *testing.T) {
	t.Parallel()
	o := empty()
	o.factsErr = away()
	d := open(t, o)
	d.fill()
	d.shows("the vault does not say who has it: nothing here talks to the vault")
	d.press("tab", "enter", "tab", "enter")
	d.shows("REQ0010061 is submitted")
	if got := len(o.calls("facts")); got != 1 {
		t.Errorf("a vault that is away was asked %d times, want 1", got)
	}
}

func TestWithoutSearchARecordIsDescribed(t *testing.T) {
	t.Parallel()
	for _, err := range []error{away(), &model.Denied{Code: model.DenyRole, Reason: "you may not search the vault"}} {
		o := empty()
		o.searchErr = err
		d := open(t, o)
		d.find("prod")
		d.shows("ctrl+t describes the record in words instead")
		d.press("ctrl+t")
		d.text("the ledger's database")
		d.press("tab", "tab", "tab", "tab")
		d.send(pasted(reason))
		d.press("tab", "enter")
		d.shows("described in words: somebody picks the record that you mean")
		d.press("tab", "enter")
		if len(o.submitted) != 1 || o.submitted[0].Target != (model.Target{Kind: model.TargetRecord, Described: "the ledger's database"}) {
			t.Errorf("submitted %+v", o.submitted)
		}
	}
}

func TestWhatIsTypedGoesToTheSearchAndNowhereElse(t *testing.T) {
	t.Parallel()
	o := empty()
	d := open(t, o)
	d.text("hunter2-secret")
	d.press("ctrl+u")
	d.text("prod-db-0")
	d.press("enter", "tab", "tab", "tab", "tab")
	d.send(pasted(reason))
	d.press("tab", "enter", "tab", "enter", "enter")
	for _, call := range o.asked {
		if strings.Contains(call, "hunter2") && !strings.HasPrefix(call, "search record ") {
			t.Errorf("the typed text went to %q", call)
		}
	}
	if got := o.calls("search"); !slices.Equal(got, []string{"search record hunter2-secret", "search record prod-db-0"}) {
		t.Errorf("searches = %q", got)
	}
	for _, draft := range o.submitted {
		if strings.Contains(draft.Target.Label()+draft.Justification, "hunter2") {
			t.Errorf("the typed text is in the draft: %+v", draft)
		}
	}
}

func TestStaleAnswersOfASearchAreDropped(t *testing.T) {
	t.Parallel()
	d := open(t, empty())
	d.hold = true
	d.find("prod")
	d.key("x") // from here on another answer is awaited
	d.hold = false
	for _, cmd := range d.held[:1] {
		d.run(cmd)
	}
	d.hides("prod-db-01", "found")
	d.shows("searching…")
	d.press("ctrl+u")
	d.find("db-02")
	d.shows("prod-db-02", "1 found")
	d.hides("prod-db-01")
}

func TestASearchEndsTheOneBefore(t *testing.T) {
	t.Parallel()
	o := empty()
	d := open(t, o)
	field := d.tab.catalog.form.record
	waiting := &slow{office: o, began: make(chan struct{})}
	d.tab.core.svc = waiting
	first := field.search("prod", 1)
	answer := make(chan tea.Msg, 1)
	go func() { answer <- first() }()
	<-waiting.began
	d.tab.core.svc = o
	second := field.search("prod-db", 2)
	msg, ok := (<-answer).(searched)
	if !ok || !errors.Is(msg.err, context.Canceled) {
		t.Errorf("the search before answered %+v", msg)
	}
	d.send(msg)
	d.hides("canceled")
	if got, ok := second().(searched); !ok || got.err != nil || len(got.answer.Hits) != 2 {
		t.Errorf("the next search answered %+v", got)
	}
}

type slow struct {
	*office
	began chan struct{}
}

func (s *slow) Search(ctx context.Context, _ model.PersonID, _ string, _ model.TargetKind) (workflow.SearchAnswer, error) {
	close(s.began)
	<-ctx.Done()
	return workflow.SearchAnswer{}, ctx.Err()
}

func TestTheListIsReadAgainOnRequest(t *testing.T) {
	t.Parallel()
	o := empty()
	d := open(t, o)
	d.find("prod-db")
	o.asked, d.hurry = nil, true
	d.press("ctrl+r")
	if want := []string{"refresh index", "search record prod-db"}; !slices.Equal(o.asked, want) {
		t.Errorf("asked %q, want %q", o.asked, want)
	}
	d.press("enter")
	o.asked = nil
	d.press("R") // no field takes letters now
	if want := []string{"facts " + string(prodUID) + " true"}; !slices.Equal(o.asked, want) {
		t.Errorf("asked %q, want %q", o.asked, want)
	}
}

func TestDeceivingTitlesCarryAMark(t *testing.T) {
	t.Parallel()
	d := open(t, empty())
	d.find("vpn")
	d.shows("▲ prod-vpn", "▲ prоd-vpn")
	d.hides("▲ prod-db")
}

func TestWhatIsNotTheirsToSeeIsNotCalledNothing(t *testing.T) {
	t.Parallel()
	o := empty()
	for uid, f := range o.facts {
		o.facts[uid] = f.OnlyFor("alice@example.com")
	}
	d := open(t, o)
	d.find("prod-db")
	d.press("enter")
	d.shows("alice@example.com has view, permanent")
	d.press("tab", "ctrl+u")
	d.send(pasted("bob@example.com"))
	d.shows("what bob@example.com has of it is not yours to see")
	d.hides("bob@example.com has nothing")
	d = counter(t, o, model.ItemFolderAccess)
	d.fillFolder("Databases")
	d.shows("31 records")
	d.hides("31 records, ", "1 member")
	d.press("tab", "enter")
	d.shows("Review: request access to folder")
	d.hides("Members", "1 member")
}
