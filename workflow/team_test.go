package workflow_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/model"
	"countersign/workflow"
)

func steps(s ...model.PolicyStep) model.Policy {
	p := policy()
	p.Steps = s
	return p
}

func TestAPersonTakesPartOnceOverAllSteps(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, steps(model.PolicyStep{Group: board, Mode: model.AnyOne}, model.PolicyStep{Group: security, Mode: model.AnyOne}))
	r := w.submit("alice", draft())
	w.acts("ivy", "erin")
	w.acts("frank", "omar")
	w.approve("erin", r.Number)
	if err := w.tries("erin", r.Number, model.Approve); denied(err) != model.DenyVoted {
		t.Errorf("who voted in the first step votes in the second: %v", err)
	}
	if err := w.tries("ivy", r.Number, model.Approve); denied(err) != model.DenyVoted {
		t.Errorf("their delegate does: %v", err)
	}
	v := w.view("priya", r.Number)
	if got := strings.Join(v.Deciders, " "); got != "frank grace" {
		t.Errorf("deciders %q, want frank and grace", got)
	}
	if s := v.Steps; s[0].State != model.ApprovalApproved || s[1].State != model.ApprovalRequested || s[1].Missing != 1 || len(s[0].Votes) != 1 {
		t.Errorf("steps %+v", s)
	}
	w.approve("frank", r.Number)
	if got := w.view("priya", r.Number).Request.State; got != model.InProcess {
		t.Errorf("after both steps it is %s", got)
	}
}

// What somebody has had their part in waits for them no longer, in lists and badges.
func TestWhatSomebodyVotedOnDoesNotWaitForThem(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, steps(model.PolicyStep{Group: approvers, Mode: model.NOf, Needed: 3}))
	r := w.submit("alice", draft())
	waits := func(who model.PersonID) bool {
		t.Helper()
		page, err := w.svc.Requests(w.ctx, who, workflow.Query{View: workflow.RequestsWaiting})
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.svc.Badges(w.ctx, who)
		if err != nil || b.Approvals != len(page.Rows) {
			t.Fatalf("%s: badge %d, %d rows, %v", who, b.Approvals, len(page.Rows), err)
		}
		return len(page.Rows) == 1
	}
	if v := w.view("dana", r.Number); !strings.Contains(strings.Join(v.Warnings, "\n"), "3 more have to approve this, and only 2 can") {
		t.Errorf("warnings %q", v.Warnings)
	}
	w.acts("ivy", "omar")
	if !waits("dana") || !waits("omar") || !waits("ivy") || waits("frank") {
		t.Error("it does not wait for dana, omar and ivy alone")
	}
	w.approve("ivy", r.Number)
	if !waits("dana") || waits("omar") || waits("ivy") {
		t.Error("it does not wait for dana alone")
	}
	if err := w.svc.Ask(w.ctx, "dana", r.Number, "why?"); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Reply(w.ctx, "alice", r.Number, "because"); err != nil {
		t.Fatal(err)
	}
	if !waits("dana") || !waits("omar") || !waits("ivy") {
		t.Error("it does not wait for all of them anew")
	}
	for _, who := range []model.PersonID{"dana", "omar"} {
		w.change(who, func(p *model.Person) { p.Groups = append(p.Groups, security) })
	}
	if err := w.svc.Reassign(w.ctx, "dana", r.Number, security, "theirs"); err != nil {
		t.Fatal(err)
	}
	if waits("dana") || !waits("omar") || !waits("frank") {
		t.Error("it does not wait for the other group")
	}
}

func TestADelegateActsForSomebody(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, steps(model.PolicyStep{Group: approvers, Mode: model.NOf, Needed: 2}))
	r := w.submit("alice", draft())
	w.acts("ivy", "dana")
	w.acts("ivy", "omar")
	v := w.view("ivy", r.Number)
	if len(v.Seats) != 2 || v.Name(v.Seats[0]) != "dana" {
		t.Fatalf("ivy can vote for %v", v.Seats)
	}
	if got := v.Steps[0].Deciders; len(got) != 3 || got[2].Login != "ivy" || got[2].Own || strings.Join(got[2].For, " ") != "dana omar" {
		t.Errorf("deciders %+v", got)
	}
	d := w.decision("ivy", r.Number, model.Approve, "")
	d.For = "frank"
	if _, err := w.svc.Decide(w.ctx, "ivy", d); denied(err) != model.DenyRole {
		t.Errorf("for somebody else: %v", err)
	}
	d.For = "omar"
	if _, err := w.svc.Decide(w.ctx, "ivy", d); err != nil {
		t.Fatal(err)
	}
	if err := w.tries("ivy", r.Number, model.Approve); denied(err) != model.DenyVoted {
		t.Errorf("a second time, for the other: %v", err)
	}
	if err := w.tries("omar", r.Number, model.Approve); denied(err) != model.DenyVoted {
		t.Errorf("whose vote was given: %v", err)
	}
	if v := w.view("omar", r.Number); v.Steps[0].Votes[0].Seat != "omar" || v.Timeline[len(v.Timeline)-1].Text != "approved for omar" {
		t.Errorf("votes %+v, told as %q", v.Steps[0].Votes, v.Timeline[len(v.Timeline)-1].Text)
	}
	w.approve("dana", r.Number)
	if got := w.view("priya", r.Number).Request.State; got != model.InProcess {
		t.Errorf("it is %s", got)
	}
}

func TestDelegationsHaveDatesAndBounds(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, policy())
	now := w.clock.now()
	day := 24 * time.Hour
	for _, tt := range []struct {
		name string
		by   model.PersonID
		d    workflow.DelegationDraft
		code model.DenyCode
		bad  string // field of an Invalid
	}{
		{"by oneself", "dana", workflow.DelegationDraft{To: "ivy", Ends: now.Add(day)}, "", ""},
		{"twice at a time", "dana", workflow.DelegationDraft{To: "ivy", Starts: now.Add(time.Hour), Ends: now.Add(2 * day)}, "", "to"},
		{"to another one as well", "dana", workflow.DelegationDraft{To: "hana", Ends: now.Add(day)}, "", ""},
		{"later again", "dana", workflow.DelegationDraft{To: "ivy", Starts: now.Add(2 * day), Ends: now.Add(3 * day)}, "", ""},
		{"by an admin", "priya", workflow.DelegationDraft{From: "omar", To: "ivy", Ends: now.Add(day)}, "", ""},
		{"by a colleague", "dana", workflow.DelegationDraft{From: "omar", To: "ivy", Ends: now.Add(day)}, model.DenyRole, ""},
		{"to oneself", "dana", workflow.DelegationDraft{To: "dana", Ends: now.Add(day)}, model.DenyState, ""},
		{"to nobody known", "dana", workflow.DelegationDraft{To: "zoe", Ends: now.Add(day)}, "", "to"},
		{"to no approver", "dana", workflow.DelegationDraft{To: "alice", Ends: now.Add(day)}, model.DenyState, ""},
		{"of no approver", "alice", workflow.DelegationDraft{To: "dana", Ends: now.Add(day)}, model.DenyState, ""},
		{"without an end", "omar", workflow.DelegationDraft{To: "hana"}, "", "until"},
		{"for half a year", "omar", workflow.DelegationDraft{To: "hana", Ends: now.Add(180 * day)}, "", "until"},
	} {
		_, err := w.svc.Delegate(w.ctx, tt.by, tt.d)
		var wrong workflow.Invalid
		errors.As(err, &wrong)
		if denied(err) != tt.code || (tt.bad == "") != (wrong == nil) || tt.bad != "" && wrong[tt.bad] == "" || tt.code == "" && tt.bad == "" && err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	w.change("priya", func(p *model.Person) { p.Roles = append(p.Roles, model.RoleApprover) })
	if _, err := w.svc.Delegate(w.ctx, "priya", workflow.DelegationDraft{From: "omar", To: "priya", Ends: now.Add(day)}); denied(err) != model.DenyOwn {
		t.Errorf("an admin takes somebody's say: %v", err)
	}
	r := w.submit("alice", draft())
	if got := strings.Join(w.view("ivy", r.Number).Deciders, " "); got != "dana omar ivy hana" {
		t.Errorf("deciders %q", got)
	}
	w.clock.advance(day)
	if err := w.tries("ivy", r.Number, model.Approve); denied(err) != model.DenyRole {
		t.Errorf("after the end: %v", err)
	}
	w.clock.advance(day)
	views, err := w.svc.Delegations(w.ctx, "ivy")
	if err != nil || len(views) != 1 || !views[0].Active || views[0].FromLogin != "dana" || views[0].EndErr != nil {
		t.Fatalf("ivy's delegations %+v, %v", views, err)
	}
	if err := w.svc.EndDelegation(w.ctx, "omar", views[0].ID); denied(err) != model.DenyRole {
		t.Errorf("ended by a stranger: %v", err)
	}
	if err := w.svc.EndDelegation(w.ctx, "ivy", views[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.EndDelegation(w.ctx, "dana", views[0].ID); err == nil {
		t.Error("ended twice")
	}
	if err := w.tries("ivy", r.Number, model.Approve); denied(err) != model.DenyRole {
		t.Errorf("after it was ended: %v", err)
	}
}

// A delegation does not cascade: ivy acts for dana, not for omar for whom dana acts.
func TestDelegationsDoNotCascade(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, policy())
	w.change("dana", func(p *model.Person) { p.Groups = nil })
	w.acts("dana", "omar")
	w.acts("ivy", "dana")
	r := w.submit("alice", draft())
	if err := w.tries("ivy", r.Number, model.Approve); denied(err) != model.DenyRole {
		t.Errorf("by two delegations: %v", err)
	}
	w.approve("dana", r.Number)
}

func TestReassignBeginsTheStepAnewInAnotherGroup(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, steps(model.PolicyStep{Group: approvers, Mode: model.NOf, Needed: 2}))
	r := w.submit("alice", draft())
	w.change("dana", func(p *model.Person) { p.Groups = append(p.Groups, security) })
	w.approve("omar", r.Number)
	for _, tt := range []struct {
		name, reason string
		by           model.PersonID
		to           model.GroupName
		code         model.DenyCode
		field        string
	}{
		{"the requestor", "faster", "alice", security, model.DenyRole, ""},
		{"somebody else's approver", "faster", "frank", security, model.DenyRole, ""},
		{"without a reason", " ", "dana", security, "", "reason"},
		{"to the same group", "faster", "dana", approvers, "", "group"},
		{"to no group", "faster", "dana", "Nobody", "", "group"},
		{"to a group too small", "faster", "dana", onCall, "", "group"},
	} {
		err := w.svc.Reassign(w.ctx, tt.by, r.Number, tt.to, tt.reason)
		var wrong workflow.Invalid
		errors.As(err, &wrong)
		if err == nil || denied(err) != tt.code || tt.field != "" && wrong[tt.field] == "" {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if to, err := w.svc.Reassignable(w.ctx, "dana", r.Number); err != nil || len(to) != 2 || to[0] != board || to[1] != security {
		t.Errorf("it could go to %v, %v", to, err)
	}
	drawn := w.decision("dana", r.Number, model.Approve, "")
	if err := w.svc.Reassign(w.ctx, "dana", r.Number, security, "they own the database"); err != nil {
		t.Fatal(err)
	}
	if err := w.tries("dana", r.Number, model.Approve); denied(err) != model.DenyOwn {
		t.Errorf("who reassigned decides: %v", err)
	}
	if _, err := w.svc.Decide(w.ctx, "frank", drawn); conflict(err) == nil {
		t.Errorf("decided on what was drawn before: %v", err)
	}
	v := w.view("omar", r.Number)
	if s := v.Steps[0]; s.Group != security || s.MovedBy != "dana" || s.Missing != 2 || len(s.Votes) != 0 {
		t.Errorf("the step %+v", s)
	}
	if got := strings.Join(v.Deciders, " "); got != "erin frank grace" {
		t.Errorf("deciders %q", got)
	}
	w.approve("frank", r.Number)
	w.approve("grace", r.Number)
	if got := w.view("priya", r.Number).Request.State; got != model.InProcess {
		t.Errorf("it is %s", got)
	}
	again := w.submit("alice", draft())
	if err := w.svc.Reassign(w.ctx, "dana", again.Number, security, "they own the database"); err != nil {
		t.Fatal(err)
	}
	var wrong workflow.Invalid
	if err := w.svc.Reassign(w.ctx, "grace", again.Number, approvers, "not ours"); !errors.As(err, &wrong) || wrong["group"] == "" {
		t.Errorf("back to a group of two, of whom one has chosen who decides: %v", err)
	}
	own := w.submit("dana", draft())
	if err := w.svc.Reassign(w.ctx, "dana", own.Number, security, "friends"); denied(err) != model.DenyOwn {
		t.Errorf("one's own: %v", err)
	}
}

// Whose address was named stays the one who does not decide, also when the address is
// another one since; who is disabled is named to those who decide.
func TestWhoGetsTheAccessDoesNotDecideUnderAnotherAddress(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, policy())
	d := draft()
	d.For = "dana@example.com"
	r := w.submit("alice", d)
	w.change("dana", func(p *model.Person) { p.Email = "dana.novak@example.com" })
	if err := w.tries("dana", r.Number, model.Approve); denied(err) != model.DenyOwn {
		t.Errorf("with another address: %v", err)
	}
	w.acts("ivy", "dana")
	if err := w.tries("ivy", r.Number, model.Approve); denied(err) != model.DenyOwn {
		t.Errorf("by a delegate: %v", err)
	}
	if _, err := w.svc.Disable(w.ctx, "priya", "alice", ""); err != nil {
		t.Fatal(err)
	}
	if v := w.view("omar", r.Number); !strings.Contains(strings.Join(v.Warnings, "\n"), "alice is disabled here") {
		t.Errorf("warnings %q", v.Warnings)
	}
	w.approve("omar", r.Number)
}

func TestThePolicyIsTheOneOfTheSubmission(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, policy())
	r := w.submit("alice", draft())
	stricter := steps(model.PolicyStep{Group: board, Mode: model.All})
	w.svc = workflow.New(w.db, workflow.Options{Settings: workflow.Settings{Default: stricter}, Now: w.clock.now})
	w.approve("dana", r.Number)
	if got := w.view("priya", r.Number).Request.State; got != model.InProcess {
		t.Errorf("it is %s", got)
	}
	if got := w.view("priya", w.submit("alice", draft()).Number); got.Steps[0].Group != board {
		t.Errorf("a new one waits for %s", got.Steps[0].Group)
	}
}

func TestARuleByRightDecidesWhoDecides(t *testing.T) {
	t.Parallel()
	rule := model.PolicyRule{Rights: []model.Right{model.RightOwner}, Policy: steps(model.PolicyStep{Group: board, Mode: model.AnyOne})}
	w := newWorld(t, workflow.Settings{Default: policy(), Rules: map[model.ItemKey][]model.PolicyRule{model.ItemRecordAccess: {rule}}})
	w.team()
	d := draft()
	d.Asked = model.Access{Right: model.RightOwner}
	if got := w.view("priya", w.submit("alice", d).Number); got.Steps[0].Group != board {
		t.Errorf("owner waits for %s", got.Steps[0].Group)
	}
	if got := w.view("priya", w.submit("alice", draft()).Number); got.Steps[0].Group != approvers {
		t.Errorf("edit waits for %s", got.Steps[0].Group)
	}
}

// Eight approvers vote at once where three are needed: exactly three votes count, and
// the others learn that it was decided.
func TestEightVoteAtOnceWhereThreeAreNeeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Settings{Default: steps(model.PolicyStep{Group: approvers, Mode: model.NOf, Needed: 3})})
	who := w.approvers(8)
	for range 20 {
		r := w.submit("alice", draft())
		d := w.seen(r.Number, model.Approve)
		var wg sync.WaitGroup
		errs := make([]error, len(who))
		begin := make(chan struct{})
		for i, id := range who {
			wg.Go(func() {
				<-begin
				_, errs[i] = w.svc.Decide(w.ctx, id, d)
			})
		}
		close(begin)
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch c := conflict(err); {
			case err == nil:
				won++
			case c == nil || !c.Decided:
				t.Errorf("a loser is told %v", err)
			}
		}
		v := w.view("priya", r.Number)
		if won != 3 || len(v.Steps[0].Votes) != 3 || v.Request.State != model.InProcess || len(v.Tasks) != 1 {
			t.Errorf("%d won, %d votes, %s, %d tasks", won, len(v.Steps[0].Votes), v.Request.State, len(v.Tasks))
		}
	}
}
