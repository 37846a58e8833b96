package workflow_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/workflow"
)

func TestAQuestionStopsTheClockAndItsAnswerIsDecidedOn(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, steps(model.PolicyStep{Group: approvers, Mode: model.NOf, Needed: 2}))
	r := w.submit("alice", draft())
	before := w.decision("omar", r.Number, model.Approve, "")
	lower := w.decision("dana", r.Number, model.Approve, "")
	lower.Allow.Right = model.RightView
	lower.Digest = w.view("dana", r.Number).Statement(lower.Allow).Digest()
	if _, err := w.svc.Decide(w.ctx, "dana", lower); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(47 * time.Hour)
	var wrong workflow.Invalid
	if err := w.svc.Ask(w.ctx, "omar", r.Number, " "); !errors.As(err, &wrong) || wrong["question"] == "" {
		t.Errorf("an empty question: %v", err)
	}
	if err := w.svc.Ask(w.ctx, "dana", r.Number, "why?"); denied(err) != model.DenyVoted {
		t.Errorf("who has voted asks: %v", err)
	}
	if err := w.svc.Ask(w.ctx, "omar", r.Number, "Which ticket?"); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Ask(w.ctx, "omar", r.Number, "And why?"); denied(err) != model.DenyState {
		t.Errorf("a second question at once: %v", err)
	}
	if _, err := w.svc.Decide(w.ctx, "omar", before); conflict(err) == nil {
		t.Errorf("decided on what was shown before the question: %v", err)
	}
	w.clock.advance(30 * time.Hour) // past the due date, if the clock did not stand
	if err := w.svc.Reply(w.ctx, "dana", r.Number, "42"); denied(err) != model.DenyRole {
		t.Errorf("answered by an approver: %v", err)
	}
	asked := w.view("omar", r.Number)
	if q, open := asked.Inquiry(); !open || q.Question != "Which ticket?" || !asked.Request.NeedsInfo || asked.Can(model.ActApprove) != nil {
		t.Errorf("the open question %+v, %v; approving: %v", q, open, asked.Can(model.ActApprove))
	}
	if err := w.svc.Reply(w.ctx, "alice", r.Number, "INC0099999"); err != nil {
		t.Fatal(err)
	}
	v := w.view("dana", r.Number)
	if want := r.Due.Add(30 * time.Hour); v.Request.NeedsInfo || !v.Request.Due.Equal(want) {
		t.Errorf("due %s, want %s", v.Request.Due, want)
	}
	if v.Request.Allowed != v.Request.Asked || v.Missing != 2 || v.Case.Round() != 2 || len(v.Steps[0].Votes) != 0 {
		t.Errorf("allowed %s, missing %d, round %d", v.Request.Allowed.Words(), v.Missing, v.Case.Round())
	}
	if text := v.Statement(v.Request.Allowed).Text(); !strings.Contains(text, "\"Question 1 by\" \"omar\"\n\"Question 1\" \"Which ticket?\"\n\"Reply 1 by\" \"alice\"\n\"Reply 1\" \"INC0099999\"\n") {
		t.Errorf("the statement lacks what was told:\n%s", text)
	}
	w.approve("dana", r.Number)
	w.approve("omar", r.Number)
	if got := w.view("priya", r.Number); got.Request.State != model.InProcess || got.Request.Allowed.Right != model.RightEdit {
		t.Errorf("it is %s with %s", got.Request.State, got.Request.Allowed.Words())
	}
	if err := w.svc.Reply(w.ctx, "alice", r.Number, "more"); denied(err) != model.DenyDecided {
		t.Errorf("answered afterwards: %v", err)
	}
	notes, err := w.svc.Notices(w.ctx, "alice")
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0].Text, "omar asks") {
		t.Errorf("alice was told %+v, %v", notes, err)
	}
}

func TestAnAnswerWithoutVotesKeepsTheStep(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, policy())
	r := w.submit("alice", draft())
	if err := w.svc.Ask(w.ctx, "omar", r.Number, "Which ticket?"); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Reply(w.ctx, "alice", r.Number, "INC0099999"); err != nil {
		t.Fatal(err)
	}
	if v := w.view("dana", r.Number); len(v.Approvals) != 1 || v.Request.Revision != r.Revision+2 {
		t.Errorf("%d openings, revision %d", len(v.Approvals), v.Request.Revision)
	}
	w.approve("dana", r.Number)
}

// What somebody asks is void once the request is decided, and so is its flag.
func TestADecisionEndsAQuestion(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, policy())
	r := w.submit("alice", draft())
	if err := w.svc.Ask(w.ctx, "omar", r.Number, "Which ticket?"); err != nil {
		t.Fatal(err)
	}
	w.approve("dana", r.Number)
	if v := w.view("alice", r.Number); v.Request.NeedsInfo || v.Can(model.ActReply) == nil {
		t.Errorf("needs info %v, reply %v", v.Request.NeedsInfo, v.Can(model.ActReply))
	}
}
