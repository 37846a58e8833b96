package workflow_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// forDana is a draft of access for dana, at the address that she has at first.
func forDana() workflow.Draft {
	d := draft()
	d.For = "dana@example.com"
	return d
}

// Nobody decides what is for themselves, whatever has become of their address, their
// groups and who acts for whom between the request and the decision.
func TestNobodyDecidesTheirOwnByAnyPath(t *testing.T) {
	t.Parallel()
	moved := func(w *world) { w.change("dana", func(p *model.Person) { p.Email = "dana.novak@example.com" }) }
	for _, tt := range []struct {
		name string
		make func(w *world) model.Number // the request that is dana's own
		by   model.PersonID
	}{
		{"as requestor", func(w *world) model.Number { return w.submit("dana", draft()).Number }, "dana"},
		{"as requestor for somebody else", func(w *world) model.Number {
			d := draft()
			d.For = "bob@example.com"
			return w.submit("dana", d).Number
		}, "dana"},
		{"with the address in other letters", func(w *world) model.Number {
			d := draft()
			d.For = "DANA@Example.COM"
			return w.submit("alice", d).Number
		}, "dana"},
		{"under another address since", func(w *world) model.Number {
			r := w.submit("alice", forDana())
			moved(w)
			return r.Number
		}, "dana"},
		{"known only after the request, and under another address since", func(w *world) model.Number {
			d := draft()
			d.For = "dana.novak@example.com"
			r := w.submit("alice", d)
			moved(w)
			w.change("dana", func(p *model.Person) { p.Email = "dana@example.com" })
			return r.Number
		}, "dana"},
		{"asked again for the address that was hers", func(w *world) model.Number {
			w.submit("alice", forDana())
			moved(w)
			return w.submit("alice", forDana()).Number
		}, "dana"},
		{"in the group only since", func(w *world) model.Number {
			w.change("dana", func(p *model.Person) { p.Groups = nil })
			r := w.submit("alice", forDana())
			w.change("dana", func(p *model.Person) { p.Groups = []model.GroupName{approvers} })
			return r.Number
		}, "dana"},
		{"for omar, who had her act for him since", func(w *world) model.Number {
			r := w.submit("alice", forDana())
			w.acts("dana", "omar")
			return r.Number
		}, "dana"},
		{"by who acts for her since", func(w *world) model.Number {
			r := w.submit("dana", draft())
			w.acts("ivy", "dana")
			return r.Number
		}, "ivy"},
		{"by who acts for her, who acts for him", func(w *world) model.Number {
			r := w.submit("dana", draft())
			w.acts("ivy", "dana")
			w.acts("dana", "ivy")
			return r.Number
		}, "ivy"},
		{"after it was given to a group of hers", func(w *world) model.Number {
			r := w.submit("dana", draft())
			w.change("dana", func(p *model.Person) { p.Groups = append(p.Groups, security) })
			if err := w.svc.Reassign(w.ctx, "omar", r.Number, security, "theirs"); err != nil {
				w.t.Fatal(err)
			}
			return r.Number
		}, "dana"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := policy()
			p.Emergency = onCall
			w := teamWorld(t, p)
			n := tt.make(w)
			for _, v := range []model.Verdict{model.Approve, model.Deny} {
				if err := w.tries(tt.by, n, v); denied(err) != model.DenyOwn {
					t.Errorf("%s: %v", v, err)
				}
			}
			if tt.by != "dana" {
				return
			}
			if _, err := w.svc.ApproveInEmergency(w.ctx, "dana", w.emergency(n)); denied(err) != model.DenyOwn {
				if denied(err) != model.DenyRole { // some tests take dana from On Call
					t.Errorf("in an emergency: %v", err)
				}
			}
			if err := w.svc.Reassign(w.ctx, "dana", n, security, "friends"); denied(err) != model.DenyOwn {
				t.Errorf("reassigned: %v", err)
			}
		})
	}
}

// One's own emergency is reviewed by nobody whom it was for either, and by those who
// could have decided it where it was, also after it was given to them.
func TestWhoReviewsAnEmergencyThatWasReassigned(t *testing.T) {
	t.Parallel()
	p := policy()
	p.Emergency = onCall
	w := teamWorld(t, p)
	d := draft()
	d.For = "erin@example.com"
	r := w.submit("alice", d)
	if err := w.svc.Reassign(w.ctx, "omar", r.Number, security, "theirs"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.ApproveInEmergency(w.ctx, "omar", w.emergency(r.Number)); denied(err) != model.DenyRole {
		t.Errorf("by who is not On Call: %v", err)
	}
	if _, err := w.svc.ApproveInEmergency(w.ctx, "gus", w.emergency(r.Number)); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Review(w.ctx, "erin", r.Number, "fine"); denied(err) != model.DenyOwn {
		t.Errorf("by whom it is for: %v", err)
	}
	rows, err := w.svc.Reviews(w.ctx, "frank", false)
	if b, badErr := w.svc.Badges(w.ctx, "frank"); err != nil || badErr != nil || len(rows) != 1 || rows[0].Err != nil || b.Reviews != 1 {
		t.Errorf("frank, to whose group it was given, sees %+v, %v; badges %+v, %v", rows, err, b, badErr)
	}
	if err := w.svc.Review(w.ctx, "frank", r.Number, "it was down indeed"); err != nil {
		t.Error(err)
	}
}

// Who would have got it at last, had nobody decided, reviews an emergency as well.
func TestWhoItWouldHaveBeenEscalatedToReviews(t *testing.T) {
	t.Parallel()
	p := policy()
	p.Emergency, p.Overdue, p.EscalateTo = onCall, model.OverdueEscalate, board
	w := teamWorld(t, p)
	r := w.submit("alice", draft())
	if _, err := w.svc.Case(w.ctx, "hana", r.Number); err == nil {
		t.Error("hana sees it before it is hers")
	}
	if _, err := w.svc.ApproveInEmergency(w.ctx, "gus", w.emergency(r.Number)); err != nil {
		t.Fatal(err)
	}
	if err := w.view("hana", r.Number).Can(model.ActReview); err != nil {
		t.Error(err)
	}
	if err := w.svc.Review(w.ctx, "hana", r.Number, "it was down indeed"); err != nil {
		t.Error(err)
	}
}

// Who lowers makes another statement of it: a vote on what was drawn before is told
// so, and a denial bears what was allowed then.
func TestAVoteOnWhatWasLoweredSince(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, steps(model.PolicyStep{Group: approvers, Mode: model.NOf, Needed: 2}))
	r := w.submit("alice", draft())
	drawn := w.decision("omar", r.Number, model.Approve, "")
	lower := w.decision("dana", r.Number, model.Approve, "")
	lower.Allow.Right = model.RightView
	lower.Digest = w.view("dana", r.Number).Statement(lower.Allow).Digest()
	if _, err := w.svc.Decide(w.ctx, "dana", lower); err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.Decide(w.ctx, "omar", drawn); conflict(err) == nil {
		t.Errorf("a vote on what was drawn before: %v", err)
	}
	deny := w.decision("omar", r.Number, model.Deny, "not without a ticket")
	deny.Allow = model.Access{Right: model.RightOwner} // ignored
	if _, err := w.svc.Decide(w.ctx, "omar", deny); err != nil {
		t.Fatal(err)
	}
	if v := w.view("priya", r.Number).Steps[0].Votes[1]; v.Verdict != model.Deny || v.Allowed.Right != model.RightView {
		t.Errorf("the denial bears %s", v.Allowed.Words())
	}
}

// Who acts for somebody does not find that person's own requests waiting, nor those
// in which that person's say was given.
func TestADelegatesListLeavesOutWhatTheyCannotDecide(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, steps(model.PolicyStep{Group: approvers, Mode: model.NOf, Needed: 2}))
	w.acts("ivy", "dana")
	w.submit("dana", draft())
	w.submit("alice", forDana())
	voted := w.submit("alice", draft())
	w.approve("dana", voted.Number)
	open := w.submit("alice", draft())
	waits := func(who model.PersonID) []model.Number {
		t.Helper()
		page, err := w.svc.Requests(w.ctx, who, workflow.Query{View: workflow.RequestsWaiting})
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.svc.Badges(w.ctx, who)
		if err != nil || b.Approvals != len(page.Rows) {
			t.Errorf("%s: badge %d, %d rows, %v", who, b.Approvals, len(page.Rows), err)
		}
		var numbers []model.Number
		for _, row := range page.Rows {
			numbers = append(numbers, row.Number)
			if err := w.view(who, row.Number).Can(model.ActApprove); err != nil {
				t.Errorf("%s waits for %s, who may not: %v", row.Number, who, err)
			}
		}
		return numbers
	}
	if got := waits("ivy"); len(got) != 1 || got[0] != open.Number {
		t.Errorf("for ivy wait %v, want %s alone", got, open.Number)
	}
	w.acts("ivy", "omar") // for whom all four wait
	if got := waits("ivy"); len(got) != 4 {
		t.Errorf("for ivy, acting for omar too, wait %v", got)
	}
	if got := waits("omar"); len(got) != 4 {
		t.Errorf("for omar wait %v", got)
	}
	w.change("dana", func(p *model.Person) { p.Email = "dana.novak@example.com" })
	if got := waits("dana"); len(got) != 1 {
		t.Errorf("for dana, under another address, wait %v", got)
	}
}

// Who may approve alone in an emergency finds the request among all that they see,
// though it does not wait for them.
func TestWhoIsOnCallFindsWhatTheyMayApproveAlone(t *testing.T) {
	t.Parallel()
	p := policy()
	p.Emergency = onCall
	w := teamWorld(t, p)
	r := w.submit("alice", draft())
	for view, want := range map[string]int{workflow.RequestsAll: 1, workflow.RequestsWaiting: 0} {
		page, err := w.svc.Requests(w.ctx, "gus", workflow.Query{View: view})
		if err != nil || len(page.Rows) != want {
			t.Errorf("%s has %d, %v, want %d", view, len(page.Rows), err, want)
		}
	}
	if v := w.view("gus", r.Number); v.Can(model.ActEmergency) != nil || v.Can(model.ActApprove) == nil {
		t.Errorf("alone: %v, as one of the group: %v", v.Can(model.ActEmergency), v.Can(model.ActApprove))
	}
	if _, err := w.svc.ApproveInEmergency(w.ctx, "gus", w.emergency(r.Number)); err != nil {
		t.Fatal(err)
	}
	if page, err := w.svc.Requests(w.ctx, "gus", workflow.Query{View: workflow.RequestsAll}); err != nil || len(page.Rows) != 1 {
		t.Errorf("afterwards: %d, %v", len(page.Rows), err)
	}
	w.change("gus", func(p *model.Person) { p.Roles = []model.Role{model.RoleRequestor} })
	if page, err := w.svc.Requests(w.ctx, "gus", workflow.Query{View: workflow.RequestsAll}); err != nil || len(page.Rows) != 0 {
		t.Errorf("as no approver: %d, %v", len(page.Rows), err)
	}
}

// One human has no two logins by one address, and no two addresses of one spelling.
func TestAnAddressIsOnePersons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, p := range map[string]workflow.RosterPerson{
		"the same":         {Login: "dana2", Name: "D", Email: "dana@example.com"},
		"in other letters": {Login: "dana2", Name: "D", Email: "Dana@EXAMPLE.com"},
	} {
		if _, err := w.svc.SavePerson(w.ctx, "priya", workflow.PersonDraft{RosterPerson: p}); err == nil {
			t.Errorf("%s: saved", name)
		}
		if _, err := w.svc.ApplyPeople(w.ctx, "priya", workflow.Roster{People: []workflow.RosterPerson{p}}, false); err == nil {
			t.Errorf("%s: applied", name)
		}
	}
	if _, err := w.svc.SavePerson(w.ctx, "priya", workflow.PersonDraft{RosterPerson: workflow.RosterPerson{Login: "rule:x", Name: "R", Email: "r@example.com"}}); err == nil {
		t.Error("somebody is called as a rule is")
	}
	if _, err := w.svc.SavePerson(w.ctx, "priya", workflow.PersonDraft{RosterPerson: workflow.RosterPerson{Login: "system", Name: "S", Email: "s@example.com"}}); err == nil {
		t.Error("somebody is called as the program is")
	}
}

// A clock that was wrong for a while shortens nobody's time, and gives nobody a say
// beyond the dates of their delegation.
func TestAClockThatJumps(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	w := teamWorld(t, policy())
	r := w.submit("alice", draft())
	w.clock.advance(day)
	if err := w.svc.Ask(w.ctx, "omar", r.Number, "which?"); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(-day)
	if err := w.svc.Reply(w.ctx, "alice", r.Number, "this"); err != nil {
		t.Fatal(err)
	}
	if got := w.view("priya", r.Number).Request.Due; got.Before(r.Due) {
		t.Errorf("due %s, before %s", got, r.Due)
	}
	now := w.clock.now()
	if _, err := w.svc.Delegate(w.ctx, "dana", workflow.DelegationDraft{To: "ivy", Starts: now.Add(time.Hour), Ends: now.Add(12 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	for _, jump := range []time.Duration{0, day, -2 * day} {
		w.clock.advance(jump)
		if err := w.tries("ivy", r.Number, model.Approve); denied(err) != model.DenyRole {
			t.Errorf("%v off the dates: %v", w.clock.now().Sub(now), err)
		}
	}
	w.clock.advance(day + time.Hour)
	if err := w.tries("ivy", r.Number, model.Approve); err != nil {
		t.Errorf("within the dates: %v", err)
	}
}

// A policy in the queue that was written over afterwards is not what people agreed to.
func TestAVoteGivenBeforeCountsOnceUnderWhateverGroup(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, steps(model.PolicyStep{Group: approvers, Mode: model.NOf, Needed: 2}, model.PolicyStep{Group: approvers, Mode: model.NOf, Needed: 2}))
	r := w.submit("alice", draft())
	w.acts("ivy", "dana")
	w.acts("dana", "ivy")
	w.approve("dana", r.Number)
	for _, who := range []model.PersonID{"dana", "ivy"} {
		if err := w.tries(who, r.Number, model.Approve); denied(err) != model.DenyVoted {
			t.Errorf("%s once more: %v", who, err)
		}
	}
	// In the middle of it dana is disabled and let in again: her vote stays, once, and
	// meanwhile whoever decides next is told.
	const told = "dana approved this, and is disabled now: the vote counts still"
	for _, set := range []struct {
		as       func() error
		disabled bool
	}{
		{func() error { _, err := w.svc.Disable(w.ctx, "priya", "dana", ""); return err }, true},
		{func() error { _, err := w.svc.Enable(w.ctx, "priya", "dana", ""); return err }, false},
	} {
		if err := set.as(); err != nil {
			t.Fatal(err)
		}
		v := w.view("omar", r.Number)
		if len(v.Steps[0].Votes) != 1 || v.Missing != 1 || v.Request.State != model.Requested {
			t.Errorf("%d votes, %d missing, %s", len(v.Steps[0].Votes), v.Missing, v.Request.State)
		}
		if slices.Contains(v.Warnings, told) != set.disabled {
			t.Errorf("disabled %v: %q", set.disabled, v.Warnings)
		}
	}
	if err := w.tries("dana", r.Number, model.Approve); denied(err) != model.DenyVoted {
		t.Errorf("enabled again: %v", err)
	}
	// Nor do two rows of one say in the queue itself.
	err := w.db.Write(w.ctx, func(tx *store.Tx) error {
		v := w.view("priya", r.Number).Steps[0].Votes[0]
		v.Voter = "ivy"
		return tx.InsertVote(v)
	})
	if !errors.Is(err, store.ErrExists) {
		t.Errorf("a second vote for one seat: %v", err)
	}
	w.approve("omar", r.Number)
	if v := w.view("priya", r.Number); v.Steps[1].State != model.ApprovalRequested || len(v.Deciders) != 0 {
		t.Errorf("the second step is %q, for %v", v.Steps[1].State, v.Deciders)
	}
}

func TestADisabledDelegatorWhoseVoteCountsIsNamed(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, steps(model.PolicyStep{Group: approvers, Mode: model.NOf, Needed: 2}))
	r := w.submit("alice", draft())
	w.acts("ivy", "dana")
	w.approve("ivy", r.Number)
	for _, who := range []string{"dana", "ivy"} {
		if _, err := w.svc.Disable(w.ctx, "priya", who, ""); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"ivy approved this, and is disabled now: the vote counts still", "this was approved for dana, who is disabled now: the vote counts still"}
	for _, said := range want {
		if v := w.view("omar", r.Number); !slices.Contains(v.Warnings, said) {
			t.Errorf("%q is not said: %q", said, v.Warnings)
		}
	}
	w.approve("omar", r.Number)
	if v := w.view("priya", r.Number); !slices.Contains(v.Warnings, want[0]) {
		t.Errorf("who carries it out is not told: %q", v.Warnings)
	}
}
