package workflow_test

import (
	"strings"
	"testing"

	"countersign/model"
	"countersign/workflow"
)

func emergencyPolicy() model.Policy {
	p := steps(model.PolicyStep{Group: approvers, Mode: model.NOf, Needed: 2}, model.PolicyStep{Group: security, Mode: model.All})
	p.Emergency = onCall
	p.FulfillerDiffers = true
	return p
}

func (w *world) emergency(n model.Number) workflow.Emergency {
	w.t.Helper()
	return workflow.Emergency{Decision: w.seen(n, model.Approve), Phrase: model.EmergencyPhrase(n), Reason: "the line is down"}
}

func TestAnEmergencyIsToldToAllAndReviewedBySomebodyElse(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, emergencyPolicy())
	r := w.submit("alice", draft())
	for name, change := range map[string]func(*workflow.Emergency){
		"without the phrase":       func(e *workflow.Emergency) { e.Phrase = "yes" },
		"without a reason":         func(e *workflow.Emergency) { e.Reason = "" },
		"on what was not shown":    func(e *workflow.Emergency) { e.Digest = "" },
		"for more than was asked":  func(e *workflow.Emergency) { e.Allow.Limit = model.Permanent },
		"with the phrase's number": func(e *workflow.Emergency) { e.Phrase = strings.ToLower(e.Phrase) },
	} {
		e := w.emergency(r.Number)
		change(&e)
		if _, err := w.svc.ApproveInEmergency(w.ctx, "gus", e); err == nil {
			t.Errorf("%s: approved", name)
		}
	}
	w.acts("ivy", "gus")
	if _, err := w.svc.ApproveInEmergency(w.ctx, "ivy", w.emergency(r.Number)); denied(err) != model.DenyRole {
		t.Errorf("by a delegate: %v", err)
	}
	if _, err := w.svc.ApproveInEmergency(w.ctx, "omar", w.emergency(r.Number)); denied(err) != model.DenyRole {
		t.Errorf("by somebody not in the group: %v", err)
	}
	w.approve("dana", r.Number)
	if _, err := w.svc.ApproveInEmergency(w.ctx, "dana", w.emergency(r.Number)); denied(err) != model.DenyVoted {
		t.Errorf("by who voted already: %v", err)
	}
	done, err := w.svc.ApproveInEmergency(w.ctx, "gus", w.emergency(r.Number))
	if err != nil || done.State != model.InProcess {
		t.Fatalf("%+v, %v", done, err)
	}
	v := w.view("priya", r.Number)
	if v.Review.UsedBy != "gus" || !v.Review.Waits() || v.Steps[1].State != model.ApprovalNotRequired || !v.Steps[0].Votes[1].Emergency {
		t.Errorf("review %+v, steps %+v", v.Review, v.Steps)
	}
	for _, who := range []model.PersonID{"dana", "omar", "erin", "frank", "grace"} {
		notes, err := w.svc.Notices(w.ctx, who)
		if err != nil || len(notes) != 1 || !strings.Contains(notes[0].Text, "gus approved "+string(r.Number)+" alone") {
			t.Errorf("%s was told %+v, %v", who, notes, err)
		}
	}
	if notes, _ := w.svc.Notices(w.ctx, "gus"); len(notes) != 0 {
		t.Errorf("gus was told what he did: %+v", notes)
	}
	if b, err := w.svc.Badges(w.ctx, "frank"); err != nil || b.Reviews != 1 || b.Notices != 1 {
		t.Errorf("frank's badges %+v, %v", b, err)
	}
	if err := w.svc.Review(w.ctx, "gus", r.Number, "fine"); denied(err) != model.DenyOwn {
		t.Errorf("reviewed by oneself: %v", err)
	}
	if err := w.svc.Review(w.ctx, "alice", r.Number, "fine"); denied(err) != model.DenyRole {
		t.Errorf("reviewed by the requestor: %v", err)
	}
	if err := w.svc.Review(w.ctx, "frank", r.Number, ""); err == nil {
		t.Error("reviewed without a word")
	}
	rows, err := w.svc.Reviews(w.ctx, "frank", false)
	if err != nil || len(rows) != 1 || rows[0].Err != nil || rows[0].UsedBy != "gus" || rows[0].Title != "prod-db-01" {
		t.Fatalf("waiting %+v, %v", rows, err)
	}
	if rows, _ := w.svc.Reviews(w.ctx, "hana", false); len(rows) != 0 {
		t.Errorf("somebody else's approver sees %+v", rows)
	}
	if err := w.svc.Review(w.ctx, "frank", r.Number, "the line was down indeed"); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Review(w.ctx, "grace", r.Number, "so it was"); denied(err) != model.DenyDecided {
		t.Errorf("reviewed twice: %v", err)
	}
	rows, err = w.svc.Reviews(w.ctx, "sam", true)
	if err != nil || len(rows) != 1 || rows[0].DoneBy != "frank" || rows[0].Comment != "the line was down indeed" {
		t.Errorf("done %+v, %v", rows, err)
	}
	if rows, _ := w.svc.Reviews(w.ctx, "sam", false); len(rows) != 0 {
		t.Errorf("still waiting %+v", rows)
	}
	w.change("gus", func(p *model.Person) { p.Groups = append(p.Groups, fulfilers) })
	if err := w.svc.Claim(w.ctx, "gus", w.task(r.Number)); denied(err) != model.DenyOwn {
		t.Errorf("who approved in an emergency carries it out: %v", err)
	}
	own := w.submit("gus", draft())
	if _, err := w.svc.ApproveInEmergency(w.ctx, "gus", w.emergency(own.Number)); denied(err) != model.DenyOwn {
		t.Errorf("one's own: %v", err)
	}
}

func TestNoEmergencyWhereThePolicyKnowsNone(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, policy())
	r := w.submit("alice", draft())
	if _, err := w.svc.ApproveInEmergency(w.ctx, "dana", w.emergency(r.Number)); denied(err) != model.DenyRole {
		t.Errorf("approved: %v", err)
	}
}
