package workflow_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// asking is a valid request for the record with this right and limit.
func asking(r model.Right, l model.Limit) workflow.Draft {
	d := draft()
	d.Asked = model.Access{Right: r, Limit: l}
	return d
}

func TestEveryRightStandsAsAsked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		right model.Right
		limit model.Limit
		want  vaultsim.Rights
	}{
		{model.RightView, model.For(time.Hour), vaultsim.Rights{}},
		{model.RightEdit, model.Permanent, vaultsim.Rights{Edit: true}},
		{model.RightShare, model.Permanent, vaultsim.Rights{Share: true}},
		{model.RightEditShare, model.Permanent, vaultsim.Rights{Edit: true, Share: true}},
	} {
		t.Run(string(tt.right), func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			r := v.granted("alice", asking(tt.right, tt.limit))
			share, ok := v.share("alice")
			if !ok || share.Rights != tt.want || !share.Expires.Equal(v.grant(r.Number).Until) {
				t.Errorf("share %+v, %t, grant until %s", share, ok, v.grant(r.Number).Until)
			}
			if tt.limit.IsPermanent() != share.Expires.IsZero() {
				t.Errorf("asked %s, ends %s", tt.limit, share.Expires)
			}
		})
	}
}

func TestOwnershipIsTransferredOnce(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", asking(model.RightOwner, model.Permanent))
	v.fulfil(task)
	v.sim.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "share-record"})
	v.work()
	if op := v.settle(r.Number); op.State != model.OpDone {
		t.Errorf("ended as %s: %s", op.State, op.Reason)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Owner}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
	record, _ := v.cloud.Record(string(prodDB))
	if record.Owner != "alice@example.com" {
		t.Errorf("owner is %s", record.Owner)
	}
	if g := v.grant(r.Number); g.Right != model.RightOwner || g.State != model.GrantActive {
		t.Errorf("grant %+v", g)
	}
}

func TestWhatStandsAlreadyIsNotOrdered(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true, Share: true}, time.Time{})
	r, task := v.approved("alice", asking(model.RightEdit, model.For(time.Hour)))
	if plan := v.fulfil(task); plan.Plan.Nothing == "" {
		t.Errorf("plan %+v, want nothing to do", plan.Plan)
	}
	v.work()
	if got := v.view("alice", r.Number).Request; got.State != model.ClosedComplete || !contains(got.Outcome, "already has") {
		t.Errorf("%s: %s", got.State, got.Outcome)
	}
	if got := v.kinds(); len(got) != 0 {
		t.Errorf("the vault did %v, want nothing", got)
	}
}

func TestInvitedPersonGetsTheAccessWhenTheyAccept(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.SetRelation("alice@example.com", vaultsim.NeedsInvitation)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.work()
	c := v.view("alice", r.Number)
	if g := v.grant(r.Number); g.State != model.GrantPending {
		t.Errorf("grant is %s, want pending_invitation", g.State)
	}
	if c.Request.State != model.InProcess || v.op(r.Number).State != model.OpScheduled {
		t.Errorf("request %s, operation %s", c.Request.State, v.op(r.Number).State)
	}
	v.work()
	v.work()
	if op := v.op(r.Number); op.Attempts != 1 || op.NotBefore.Sub(v.time.Now()) < 9*time.Minute {
		t.Errorf("tried %d times, again at %s", op.Attempts, op.NotBefore)
	}
	invited := 0
	v.later(11 * time.Minute)
	for _, e := range v.view("alice", r.Number).Timeline {
		if contains(e.Text, "invited") && e.Kind == model.EntryEvent {
			invited++
		}
	}
	if invited != 1 {
		t.Errorf("the timeline says %d times that alice is invited, want once", invited)
	}
	v.cloud.SetRelation("alice@example.com", vaultsim.Known)
	v.later(30 * time.Minute)
	g := v.grant(r.Number)
	if g.State != model.GrantActive || len(v.view("alice", r.Number).Grants) != 1 {
		t.Errorf("accepted, but the grant is %s: %+v", g.State, v.op(r.Number))
	}
	if left := g.Until.Sub(v.time.Now()); left < 4*time.Hour-time.Minute {
		t.Errorf("%s left: the time counts from when the access stands", left)
	}
	if got := v.view("alice", r.Number).Request.State; got != model.ClosedComplete {
		t.Errorf("the request is %s", got)
	}
}

func TestInvitationThatNobodyAcceptsEnds(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.SetRelation("alice@example.com", vaultsim.NeedsInvitation)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.work()
	for range 15 {
		v.later(24 * time.Hour)
	}
	op := v.op(r.Number)
	if op.State != model.OpRefused || !contains(op.Reason, "14 d") {
		t.Errorf("after 15 days the operation is %s: %s", op.State, op.Reason)
	}
	if g := v.grant(r.Number); g.State != model.GrantEnded {
		t.Errorf("grant is %s, want ended", g.State)
	}
	if got := v.view("alice", r.Number); got.Request.State != model.InProcess {
		t.Errorf("the request is %s; its task waits for a person", got.Request.State)
	}
}

// TestAddressThatLooksLikeAnError has the address that makes the service answer
// 400 "error" to an order that it carried out (PROTOCOL 11).
func TestAddressThatLooksLikeAnError(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.AddUser(vaultsim.User{Email: "invalid.user@example.com", Relation: vaultsim.Known})
	d := draft()
	d.For = "invalid.user@example.com"
	r, task := v.approved("alice", d)
	v.fulfil(task)
	v.work()
	if op := v.op(r.Number); op.State != model.OpDone {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
}

func TestNoAccountIsRefusedInTheWordsOfTheService(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	d := draft()
	d.For = "stranger@example.com"
	r, task := v.approved("alice", d)
	v.fulfil(task)
	v.work()
	op := v.op(r.Number)
	if op.State != model.OpRefused || !contains(op.Reason, "Nothing to do") {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
	c := v.view("heidi", r.Number)
	if open, ok := c.OpenTask(); !ok || open.Assignee != "heidi" || c.Request.State != model.InProcess {
		t.Error("the task did not stay with heidi")
	}
	if !slices.ContainsFunc(c.Timeline, func(e workflow.TimelineEntry) bool {
		return e.Kind == model.EntryNote && contains(e.Text, "Nothing to do")
	}) {
		t.Error("the words of the service are not in the notes")
	}
}

func TestRefusedStepGivesBackWhatWasTakenFirst(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Share: true}, time.Time{})
	r, task := v.approved("alice", asking(model.RightEdit, model.For(time.Hour)))
	plan := v.fulfil(task)
	if len(plan.Plan.Steps) != 3 || plan.Plan.Steps[0].Kind != model.OpLower {
		t.Fatalf("plan %+v, want lower, grant, restore", plan.Plan.Steps)
	}
	v.sim.Arm(vaultsim.Fault{Kind: vaultsim.Throttled, Contains: "--action=grant", Count: -1})
	for range 30 {
		v.later(time.Minute)
	}
	ops := v.view("priya", r.Number).Operations
	if ops[1].State != model.OpRefused || ops[2].State != model.OpCancelled || len(ops) != 4 {
		t.Fatalf("operations %+v", ops)
	}
	if _, open := v.view("priya", r.Number).OpenTask(); !open {
		t.Error("the task is closed, though what was asked for does not stand")
	}
	if back := ops[3]; back.Intent.Right != model.RightShare || !back.Intent.Restores {
		t.Errorf("what is given back: %+v", back.Intent)
	}
}

func TestWhatChangedSinceThePlanIsNotSent(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Share: true}, time.Time{})
	v.work()
	op := v.op(r.Number)
	if op.State != model.OpRefused || op.Attempts != 0 || !contains(op.Reason, "plan it again") {
		t.Errorf("%s after %d attempts: %s", op.State, op.Attempts, op.Reason)
	}
	if got := v.kinds(); len(got) != 0 {
		t.Errorf("the vault did %v, want nothing", got)
	}
}

func TestAbsoluteEndThatHasPassedIsNotSent(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", asking(model.RightEdit, model.Until(v.time.Now().Add(time.Hour))))
	v.fulfil(task)
	v.later(59*time.Minute + 30*time.Second)
	op := v.op(r.Number)
	if op.State != model.OpRefused || op.Attempts != 0 || !contains(op.Reason, "less than a minute") {
		t.Errorf("%s after %d attempts: %s", op.State, op.Attempts, op.Reason)
	}
}

// removeRecord takes the record out of the vault, and lets the service know.
func (v *vaultWorld) removeRecord() {
	v.cloud.RemoveRecord(string(prodDB))
	v.sim.Restart()
}

func TestGoneRecordIsRefused(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.removeRecord()
	v.work()
	if op := v.op(r.Number); op.State != model.OpRefused || !contains(op.Reason, "gone") {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
}

func TestAutomaticFulfilment(t *testing.T) {
	t.Parallel()
	automatic := policy()
	automatic.Fulfilment = model.FulfilAutomatic
	for _, tt := range []struct {
		name  string
		meet  func(v *vaultWorld, d *workflow.Draft)
		state model.RequestState
		left  string // what the timeline says where it is left to the group
	}{
		{"named exactly", func(*vaultWorld, *workflow.Draft) {}, model.ClosedComplete, ""},
		{"described only", func(_ *vaultWorld, d *workflow.Draft) {
			d.Target = model.Target{Kind: model.TargetRecord, Described: "the production database"}
		}, model.InProcess, ""},
		{"renamed since", func(v *vaultWorld, _ *workflow.Draft) {
			v.cloud.EditRecord(string(prodDB), func(r *vaultsim.Record) { r.Title = "something else" })
			v.sim.Restart() // which makes the service read it
		}, model.InProcess, "is now called"},
		{"a plan with a warning", func(v *vaultWorld, _ *workflow.Draft) {
			v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
		}, model.InProcess, "Keeper ends the whole share"},
		{"nothing to do", func(v *vaultWorld, _ *workflow.Draft) {
			v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true}, time.Time{})
		}, model.ClosedComplete, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t, workflow.Settings{Default: automatic})
			d := draft()
			tt.meet(v, &d)
			r := v.submit("alice", d)
			v.approve("omar", r.Number)
			v.work()
			v.later(48 * time.Hour)
			c := v.view("priya", r.Number)
			if c.Request.State != tt.state {
				t.Errorf("the request is %s, want %s", c.Request.State, tt.state)
			}
			said := 0
			for _, e := range c.Timeline {
				if strings.HasPrefix(e.Text, "left to") && contains(e.Text, tt.left) {
					said++
				}
			}
			if want := min(len(tt.left), 1); said != want {
				t.Errorf("the reason is on the timeline %d times, want %d: %+v", said, want, c.Timeline)
			}
		})
	}
}
