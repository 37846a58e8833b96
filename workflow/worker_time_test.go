package workflow_test

import (
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

func TestStandingRightComesBackWhenTheRaiseEnds(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
	r := v.granted("alice", draft())
	g := v.grant(r.Number)
	if g.Standing.Right != model.RightView {
		t.Errorf("standing %+v", g.Standing)
	}
	restore := v.op(r.Number)
	if restore.State != model.OpScheduled || !restore.NotBefore.Equal(g.Until) {
		t.Fatalf("the restoring is %s for %s, the grant ends at %s", restore.State, restore.NotBefore, g.Until)
	}
	v.time.Advance(g.Until.Sub(v.time.Now()) - time.Minute)
	v.work()
	if share, _ := v.share("alice"); !share.Rights.Edit {
		t.Error("edit ended early")
	}
	v.later(time.Minute + time.Second)
	if op := v.settle(r.Number); op.State != model.OpDone {
		t.Errorf("restoring ended as %s: %s", op.State, op.Reason)
	}
	share, ok := v.share("alice")
	if !ok || share.Rights.Edit || !share.Expires.IsZero() {
		t.Errorf("afterwards alice has %+v, %t, want view for good", share, ok)
	}
	if g := v.grant(r.Number); g.State != model.GrantEnded {
		t.Errorf("the grant is %s", g.State)
	}
}

func TestRestoringFailsClosed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		meet   func(v *vaultWorld) // what happens before the raise ends
		state  model.OpState
		want   string // rights that alice has at the end
		person bool   // a person has to look
	}{
		{"the vault is away at that time", func(v *vaultWorld) { v.sim.LoseSession() }, model.OpQueued, "", false},
		{"somebody made the raise permanent", func(v *vaultWorld) {
			v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true}, time.Time{})
		}, model.OpDone, "edit", false},
		{"somebody gave another right for longer", func(v *vaultWorld) {
			v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Share: true}, v.time.Now().Add(300*time.Hour))
		}, model.OpRefused, "share", true},
		{"the record is gone", func(v *vaultWorld) { v.removeRecord() }, model.OpCancelled, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
			r := v.granted("alice", draft())
			tt.meet(v)
			v.later(4*time.Hour + time.Second)
			if op := v.op(r.Number); op.State != tt.state {
				t.Errorf("the restoring is %s, want %s: %s%s", op.State, tt.state, op.Reason, op.Evidence)
			}
			got := ""
			if share, ok := v.share("alice"); ok {
				got = share.Rights.String()
			}
			if got != tt.want {
				t.Errorf("alice has %q, want %q", got, tt.want)
			}
			_, open := v.view("priya", r.Number).OpenTask()
			if open != tt.person {
				t.Errorf("a task is open: %t, want %t", open, tt.person)
			}
		})
	}
}

// TestRestoringFollowsTheGrantAndNotThePlan has the worker come to a plan late: the
// time counts from when the access stands, and so does what follows it.
func TestRestoringFollowsTheGrantAndNotThePlan(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.later(time.Hour)
	until := v.grant(r.Number).Until
	if left := until.Sub(v.time.Now()); left < 4*time.Hour-time.Minute {
		t.Fatalf("%s left", left)
	}
	if op := v.op(r.Number); op.State != model.OpScheduled || !op.NotBefore.Equal(until) {
		t.Errorf("%s for %s, want scheduled for %s", op.State, op.NotBefore, until)
	}
}

// TestLesserRightIsNotTakenForTheStandingOne has somebody give less than what stood
// before, when the raise over it has ended.
func TestLesserRightIsNotTakenForTheStandingOne(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Share: true}, time.Time{})
	r := v.granted("alice", asking(model.RightEdit, model.For(time.Hour)))
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
	v.later(time.Hour + time.Second)
	if op := v.op(r.Number); op.State != model.OpRefused || !contains(op.Reason, "share, permanent was not given back") {
		t.Errorf("the restoring is %s: %s%s", op.State, op.Reason, op.Evidence)
	}
	if _, open := v.view("priya", r.Number).OpenTask(); !open {
		t.Error("nobody is told")
	}
}

func TestLowerRightFollowsWhenAHigherOneEnds(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	end := v.time.Now().Add(time.Hour).Truncate(time.Second)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true}, end)
	r, task := v.approved("alice", asking(model.RightView, model.For(4*time.Hour)))
	v.fulfil(task)
	v.work()
	if op := v.op(r.Number); op.State != model.OpScheduled || !op.NotBefore.Equal(end) {
		t.Fatalf("%s for %s, want scheduled for %s", op.State, op.NotBefore, end)
	}
	v.later(time.Hour)
	op := v.settle(r.Number)
	if op.State != model.OpDone {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
	share, ok := v.share("alice")
	if !ok || share.Rights.Edit || !share.Expires.Equal(op.Intent.Expires) {
		t.Errorf("alice has %+v, %t, want view until %s", share, ok, op.Intent.Expires)
	}
	if g := v.grant(r.Number); g.State != model.GrantActive || g.Right != model.RightView {
		t.Errorf("grant %+v", g)
	}
	if got := v.view("alice", r.Number).Request.State; got != model.ClosedComplete {
		t.Errorf("the request is %s", got)
	}
}

func TestGivingBackEarlyRestoresWhatStoodBefore(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
	r := v.granted("alice", draft())
	g := v.grant(r.Number)
	v.time.Advance(time.Hour)
	var err error
	v.active(func() { err = v.svc.Revoke(v.ctx, "heidi", g.ID, "no longer needed") })
	if err != nil {
		t.Fatal(err)
	}
	v.work()
	share, ok := v.share("alice")
	if !ok || share.Rights.Edit || !share.Expires.IsZero() {
		t.Errorf("alice has %+v, %t, want view for good", share, ok)
	}
	if g := v.grant(r.Number); g.State != model.GrantRevoked {
		t.Errorf("the grant is %s", g.State)
	}
	if restore := v.view("priya", r.Number).Operations[1]; !restore.Intent.Restores || restore.State != model.OpCancelled {
		t.Errorf("the restoring at the end is %s: %+v", restore.State, restore.Intent)
	}
	v.later(4 * time.Hour)
	for _, op := range v.view("priya", r.Number).Operations {
		if !op.State.Final() {
			t.Errorf("operation %d is still %s", op.ID, op.State)
		}
	}
	if _, ok := v.share("alice"); !ok {
		t.Error("the standing right ended with the raise that was given back")
	}
}

func TestRefusedRemovalIsSeenByAPerson(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.granted("alice", asking(model.RightEdit, model.Permanent))
	g := v.grant(r.Number)
	var err error
	v.active(func() { err = v.svc.GiveBack(v.ctx, "alice", g.ID, "") })
	if err != nil {
		t.Fatal(err)
	}
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true, Share: true}, time.Time{})
	v.work()
	if op := v.op(r.Number); op.State != model.OpRefused {
		t.Errorf("%s, want refused: what stands is not what was to be given back", op.State)
	}
	open, ok := v.view("heidi", r.Number).OpenTask()
	if !ok || open.Kind != model.TaskRevoke {
		t.Errorf("open task %+v, %t, want one to take the access back", open, ok)
	}
	if g := v.grant(r.Number); g.State != model.GrantActive {
		t.Errorf("the grant is %s though the access stands", g.State)
	}
}

func TestGrantsEndByThemselves(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.granted("alice", draft())
	v.later(4*time.Hour + time.Second)
	g := v.grant(r.Number)
	if g.State != model.GrantEnded || g.Note != "its time was over" {
		t.Errorf("grant is %s: %s", g.State, g.Note)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
}

func TestDriftIsNotedAndLeftAlone(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.granted("alice", draft())
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true, Share: true}, time.Time{})
	v.later(4*time.Hour + time.Second)
	g := v.grant(r.Number)
	if g.State != model.GrantEnded || !contains(g.Note, "outside this program") {
		t.Errorf("grant is %s: %s", g.State, g.Note)
	}
	if share, ok := v.share("alice"); !ok || !share.Rights.Share {
		t.Error("what somebody else gave was taken away")
	}
}

func TestUndecidedRequestsExpire(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	late := v.submit("alice", draft())
	v.time.Advance(47 * time.Hour)
	young := v.submit("bob", draft())
	v.later(time.Hour + time.Second)
	c := v.view("priya", late.Number)
	if c.Request.State != model.ClosedExpired || c.Approvals[0].State != model.ApprovalCancelled {
		t.Errorf("%s, approval %s", c.Request.State, c.Approvals[0].State)
	}
	if got := v.view("priya", young.Number).Request.State; got != model.Requested {
		t.Errorf("the younger one is %s", got)
	}
}
