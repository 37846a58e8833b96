package workflow_test

import (
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/workflow"
)

// What is overdue is escalated once, and expires then; or those who can decide are
// reminded as often as it takes.
func TestWhatIsOverdueIsEscalatedOrReminded(t *testing.T) {
	t.Parallel()
	p := steps(model.PolicyStep{Group: approvers, Mode: model.NOf, Needed: 2})
	p.Overdue, p.EscalateTo = model.OverdueEscalate, board
	remind := policy()
	remind.Overdue = model.OverdueRemind
	v := newVaultWorld(t, workflow.Settings{Default: p, Policies: map[model.ItemKey]model.Policy{model.ItemFolderAccess: remind}})
	v.clock = &clock{t: v.time.Now()}
	v.team()
	asked, again := v.submit("alice", draft()), v.submit("alice", workflow.Draft{Item: model.ItemFolderAccess, Target: model.Target{Kind: model.TargetFolder, Described: "the new team's folder"},
		Asked: model.Access{Right: model.RightNone}, Justification: "PLAT-8127: the new team"})
	questioned := v.submit("alice", draft())
	if err := v.svc.Ask(v.ctx, "dana", questioned.Number, "why?"); err != nil {
		t.Fatal(err)
	}
	v.approve("dana", asked.Number)
	later := func() {
		t.Helper()
		v.time.Advance(49 * time.Hour)
		if err := v.worker.EndTimes(v.ctx); err != nil {
			t.Fatal(err)
		}
	}
	later()
	c := v.view("priya", asked.Number)
	if s := c.Steps[0]; s.Group != board || s.MovedBy != model.System || s.Missing != 2 || len(s.Votes) != 0 || c.Request.Due.Before(v.time.Now().Add(40*time.Hour)) {
		t.Errorf("escalated to %+v, due %s", s, c.Request.Due)
	}
	if got := strings.Join(c.Deciders, " "); got != "erin hana omar" {
		t.Errorf("deciders %q", got)
	}
	if c := v.view("priya", questioned.Number); c.Steps[0].Group != approvers || !c.Request.NeedsInfo {
		t.Errorf("the clock of %s did not stand: %+v", questioned.Number, c.Steps[0])
	}
	v.approve("omar", asked.Number)
	later()
	if got := v.view("priya", asked.Number).Request.State; got != model.ClosedExpired {
		t.Errorf("after the second time it is %s", got)
	}
	c = v.view("priya", again.Number)
	if c.Request.State != model.Requested || !c.Request.Due.After(v.time.Now()) {
		t.Errorf("reminded: %s, due %s", c.Request.State, c.Request.Due)
	}
	notes, err := v.svc.Notices(v.ctx, "omar")
	if err != nil || len(notes) != 3 || notes[0].Text != string(again.Number)+" still waits for your decision" {
		t.Errorf("omar was told %+v, %v", notes, err)
	}
	if err := v.svc.SeeNotices(v.ctx, "omar", notes[0].ID); err != nil {
		t.Fatal(err)
	}
	if notes, _ := v.svc.Notices(v.ctx, "omar"); len(notes) != 0 {
		t.Errorf("told again %+v", notes)
	}
	v.approve("dana", again.Number)
}

// A question stops the clock for a time, and no longer: then what is overdue is ended,
// or reminded of on both sides, and the answer gives back no more than has stood.
func TestAQuestionThatNobodyAnswersStopsTheClockForATime(t *testing.T) {
	t.Parallel()
	ends, reminds := policy(), policy()
	ends.AnswerIn, reminds.AnswerIn = model.For(24*time.Hour), model.For(24*time.Hour)
	reminds.Overdue = model.OverdueRemind
	v := newVaultWorld(t, workflow.Settings{Default: ends, Policies: map[model.ItemKey]model.Policy{model.ItemFolderAccess: reminds}})
	v.clock = &clock{t: v.time.Now()}
	folder := workflow.Draft{Item: model.ItemFolderAccess, Target: model.Target{Kind: model.TargetFolder, Described: "the new team's folder"},
		Asked: model.Access{Right: model.RightNone}, Justification: "PLAT-8127: the new team"}
	ended, answered, reminded := v.submit("alice", draft()), v.submit("alice", draft()), v.submit("alice", folder)
	for _, n := range []model.Number{ended.Number, answered.Number, reminded.Number} {
		if err := v.svc.Ask(v.ctx, "dana", n, "why?"); err != nil {
			t.Fatal(err)
		}
	}
	pass := func(d time.Duration) {
		t.Helper()
		v.time.Advance(d)
		if err := v.worker.EndTimes(v.ctx); err != nil {
			t.Fatal(err)
		}
	}
	pass(71 * time.Hour) // of 48 to decide and 24 to answer
	for _, n := range []model.Number{ended.Number, answered.Number, reminded.Number} {
		if c := v.view("priya", n); c.Request.State != model.Requested || c.Can(model.ActApprove) == nil && c.Request.Overdue(v.time.Now()) {
			t.Errorf("%s is %s before its time", n, c.Request.State)
		}
	}
	if err := v.svc.Reply(v.ctx, "alice", answered.Number, "therefore"); err != nil {
		t.Fatal(err)
	}
	if got, want := v.view("priya", answered.Number).Request.Due, answered.Due.Add(24*time.Hour); !got.Equal(want) {
		t.Errorf("answered late, it is due %s, want %s", got, want)
	}
	v.time.Advance(time.Hour + time.Second)
	if err := v.tries("dana", ended.Number, model.Approve); denied(err) != model.DenyState {
		t.Errorf("after the time, before the worker looked: %v", err)
	}
	pass(0)
	for n, want := range map[model.Number]string{ended.Number: "the question was not answered, and nobody decided in time", answered.Number: "nobody decided in time"} {
		if c := v.view("priya", n); c.Request.State != model.ClosedExpired || c.Request.Outcome != want || c.Request.NeedsInfo {
			t.Errorf("%s is %s: %q", n, c.Request.State, c.Request.Outcome)
		}
	}
	c := v.view("priya", reminded.Number)
	want := v.time.Now().Add(48 * time.Hour).UTC().Truncate(time.Second)
	if c.Request.State != model.Requested || !c.Request.NeedsInfo || !c.Request.LastDue().Equal(want) {
		t.Errorf("reminded of, it is %s, due %s, want %s", c.Request.State, c.Request.LastDue(), want)
	}
	notes, err := v.svc.Notices(v.ctx, "alice")
	if err != nil || notes[0].Text != string(reminded.Number)+" still waits for your answer" {
		t.Errorf("alice was told %+v, %v", notes, err)
	}
	if err := v.svc.Reply(v.ctx, "alice", reminded.Number, "therefore"); err != nil {
		t.Fatal(err)
	}
	if got := v.view("priya", reminded.Number).Request.Due; !got.Equal(want) {
		t.Errorf("answered, it is due %s", got)
	}
}
