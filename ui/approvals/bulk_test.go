package approvals

import (
	"errors"
	"slices"
	"testing"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"
)

// changed and minute are what the frame sends.
var (
	changed = tab.Changed{}
	minute  = tab.Minute(noon)
)

func TestBulkDecidesWhatWasDrawnEachByItself(t *testing.T) {
	t.Parallel()
	q := seven()
	q.refuse("REQ0010037", model.DenyOwn, "this is your own request; somebody else has to decide it")
	q.decideErr["REQ0010039"] = &workflow.Conflict{Number: "REQ0010039", Decided: true, State: model.InProcess, By: "omar", At: noon}
	d := sit(t, q, 120, 32)
	var drawn []workflow.Decision
	for _, n := range []model.Number{"REQ0010042", "REQ0010039"} {
		c := *q.cases[n]
		drawn = append(drawn, decisionOn(c, model.Approve, c.Request.Asked, "all of them"))
	}
	d.press("space", "space", "space", "a")
	d.shows("2 requests will be approved as shown", "INC0012345: restore the ledger", "needed for the release of REQ0010039")
	d.paste("all of them")
	d.press("tab", "tab", "enter")
	if len(q.votes) != 0 {
		t.Fatalf("approved before the end of the list was on the screen:\n%s", d.screen())
	}
	d.shows("read on first")
	for range 4 {
		d.press("pgdown")
	}
	d.shows("all 2 requests read", "Not among them", "REQ0010037", "this is your own request")
	d.press("enter")
	if len(q.votes) != 2 || q.votes[0] != drawn[0] || q.votes[1] != drawn[1] {
		t.Fatalf("votes = %+v, want %+v\n%s", q.votes, drawn, d.screen())
	}
	d.shows("1 approved, 1 not", "✓ REQ0010042 approved", "▲ omar approved it at 10:30")
	if got, want := d.marked(), []model.Number{"REQ0010039"}; !slices.Equal(got, want) {
		t.Errorf("marked = %q, want the one that failed: %q", got, want)
	}
}

// marked are the numbers of the marked rows.
func (d *desk) marked() []model.Number {
	var ns []model.Number
	for _, r := range d.tab.list.Marked() {
		ns = append(ns, r.Number)
	}
	return ns
}

func TestAfterABulkTheMarksAreOnWhatIsStillToDo(t *testing.T) {
	t.Parallel()
	q := seven()
	q.refuse("REQ0010037", model.DenyOwn, "this is your own request; somebody else has to decide it")
	q.decideErr["REQ0010036"] = errors.New("the disk is full")
	d := sit(t, q, 120, 32)
	d.press("space", "space", "space", "space", "d")
	q.cases["REQ0010039"].Request.Justification = "something else entirely"
	q.cases["REQ0010039"].Request.Revision = 5
	d.send(changed)
	d.press("right", "tab", "tab", "tab")
	d.hold = true
	d.press("enter") // the votes are on their way
	d.hold = false
	d.press("G", "space") // one more, meanwhile
	for _, cmd := range d.held {
		d.run(cmd)
	}
	// decided: 42; nobody's to decide here: 37; changed: 39; failed: 36; marked since: 28
	if got, want := d.marked(), []model.Number{"REQ0010039", "REQ0010036", "REQ0010028"}; !slices.Equal(got, want) {
		t.Errorf("marked = %q, want %q\n%s", got, want, d.screen())
	}
}

func TestBulkDenyNeedsAReasonButNotTheEnd(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 80, 20)
	d.press("*", "d", "tab", "tab", "tab", "enter")
	d.shows("pick a reason, or say why")
	d.press("shift+tab", "right", "tab", "tab", "tab", "enter")
	if len(q.votes) != 7 || q.votes[6].Comment != "not needed for the task" || q.votes[6].Verdict != model.Deny {
		t.Errorf("votes = %+v\n%s", q.votes, d.screen())
	}
	d.shows("7 denied")
}

func TestWhatChangesUnderABulkIsTakenOut(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	d.press("space", "space", "d", "right", "tab", "tab", "tab")
	q.cases["REQ0010042"].Request.Revision = 5
	q.cases["REQ0010042"].Request.Justification = "something else entirely"
	d.send(changed)
	d.shows("1 request will be denied")
	d.key("enter") // typed before the change was drawn
	if len(q.votes) != 0 {
		t.Fatalf("votes = %+v, want none", q.votes)
	}
	d.press("enter")
	if len(q.votes) != 1 || q.votes[0].Number != "REQ0010039" {
		t.Errorf("votes = %+v, want one on REQ0010039\n%s", q.votes, d.screen())
	}
}

func TestBulkOfWhatMayNotBeDecidedOffersNothing(t *testing.T) {
	t.Parallel()
	q := seven()
	q.refuse("REQ0010042", model.DenyVoted, "you have already voted on this request")
	d := sit(t, q, 120, 32)
	d.press("space", "a")
	d.shows("None of the marked requests can be approved by you.", "you have already voted")
	d.hides("Approve these")
	d.press("enter")
	if !d.tab.stack.Empty() || d.tab.bulk != nil {
		t.Error("the page is still open")
	}
}

func TestTooManyAtOnceAreRefused(t *testing.T) {
	t.Parallel()
	q := seven()
	for i := range maxBulk {
		q.add(model.MakeNumber("REQ", int64(20000+i)), "bob", func(*workflow.CaseView) {})
	}
	d := sit(t, q, 120, 32)
	d.press("*", "a")
	if d.lastNotice() != "at most 100 at once, 107 are marked" || d.tab.bulk != nil {
		t.Errorf("notice = %q", d.lastNotice())
	}
}
