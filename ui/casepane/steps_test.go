package casepane_test

import (
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/widget"
	"countersign/workflow"
)

// twoSteps is in its first step, which another group has; who acts for others can
// vote in it.
func twoSteps(c *workflow.CaseView) {
	r := &c.Request
	r.Policy.Steps = []model.PolicyStep{{Group: "Vault Approvers", Mode: model.NOf, Needed: 2}, {Group: "Security", Mode: model.AnyOne}}
	r.Policy.Emergency = "On Call"
	c.Steps = []workflow.StepView{
		{Step: 1, Rule: r.Policy.Steps[0], Group: "Database Owners", MovedBy: "p2", State: model.ApprovalRequested, Missing: 1, Left: 2,
			Votes:    []model.Vote{{Voter: "p2", Seat: "p3", Verdict: model.Approve, At: noon.Add(-time.Hour)}},
			Deciders: []workflow.Decider{{Login: "dana", Own: true}, {Login: "erin", For: []string{"priya", "sybil"}}, {Login: "oscar", Own: true, For: []string{"priya"}}}},
		{Step: 2, Rule: r.Policy.Steps[1], Group: "Security"},
	}
}

// askedBack has one answered question and one that waits.
func askedBack(c *workflow.CaseView) {
	r := &c.Request
	r.NeedsInfo, r.Revision = true, 4
	r.Inquiries = []model.Inquiry{
		{By: "p3", At: noon.Add(-116 * time.Minute), Question: "is this for the whole night?", Answerer: "p1", Answered: noon.Add(-110 * time.Minute),
			Answer: "yes, until the\nbatch ends"},
		{By: "p2", At: noon.Add(-9 * time.Minute), Question: "who restores it with you?"},
	}
}

// emergency was approved by one alone in its first step.
func emergency(c *workflow.CaseView) {
	twoSteps(c)
	c.Request.State = model.InProcess
	c.Review = model.Review{ID: 1, UsedBy: "p2", Used: noon.Add(-time.Hour), Reason: "the line is down", DoneBy: "p3", Done: noon, Comment: "it was"}
	c.Steps[0].State, c.Steps[1].State, c.Steps[0].MovedBy = model.ApprovalApproved, model.ApprovalNotRequired, model.System
	c.Steps[0].Votes = []model.Vote{{Voter: "p2", Seat: "p2", Verdict: model.Approve, At: noon.Add(-time.Hour), Emergency: true}}
}

func TestAStepThatEscalatedSaysWhy(t *testing.T) {
	t.Parallel()
	c := alicesCase()
	twoSteps(&c)
	c.Steps[0].MovedBy = model.System
	got := drawn(casepane.Content(c, options()), 90)
	if !strings.Contains(got, "→ Database Owners, since nobody had decided in time") {
		t.Errorf("it is not said:\n%s", got)
	}
}

func TestAnEmergencyThatNobodyReviewedSaysSo(t *testing.T) {
	t.Parallel()
	c := alicesCase()
	emergency(&c)
	c.Review.DoneBy = ""
	got := drawn(casepane.Content(c, options()), 90)
	if !strings.Contains(got, "not reviewed yet by somebody else") || strings.Contains(got, "it was") {
		t.Errorf("pane =\n%s", got)
	}
}

func TestManyTogetherShowTheirQuestions(t *testing.T) {
	t.Parallel()
	c := alicesCase()
	askedBack(&c)
	got := drawn(widget.DetailContent{Sections: []widget.Section{casepane.Brief(c, options())}}, 90)
	if !strings.Contains(got, "dana at 11:51: “who restores it with you?”") || !strings.Contains(got, "not answered yet") {
		t.Errorf("the question is missing:\n%s", got)
	}
}
