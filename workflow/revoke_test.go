package workflow_test

import (
	"strconv"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// A removal that was refused becomes a person's task, whose plan takes the
// access away and never gives it anew.
func TestRevokeTaskTakesTheAccessBack(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.granted("alice", asking(model.RightEdit, model.Permanent))
	var err error
	v.active(func() { err = v.svc.GiveBack(v.ctx, "alice", v.grant(r.Number).ID, "") })
	if err != nil {
		t.Fatal(err)
	}
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true, Share: true}, time.Time{})
	v.work()
	open, ok := v.view("heidi", r.Number).OpenTask()
	if !ok || open.Kind != model.TaskRevoke {
		t.Fatalf("open task %+v, %t", open, ok)
	}
	if err := v.svc.Claim(v.ctx, "heidi", open.Number); err != nil {
		t.Fatal(err)
	}
	plan := v.fulfil(open.Number)
	if len(plan.Plan.Steps) != 1 || plan.Plan.Steps[0].Kind != model.OpRemove {
		t.Fatalf("the plan is %+v, want one removal", plan.Plan.Steps)
	}
	v.work()
	if share, has := v.share("alice"); has {
		t.Errorf("alice still has %+v", share)
	}
	c := v.view("priya", r.Number)
	if _, open := c.OpenTask(); open || v.grant(r.Number).State != model.GrantRevoked || c.Request.State != model.ClosedComplete {
		t.Errorf("open task %t, grant %s, request %s", open, v.grant(r.Number).State, c.Request.State)
	}
}

// Two requests gave the same person access to the same record. Giving one back
// leaves what the other gave.
func TestGivingBackOneOfTwoLeavesTheOther(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	first := v.granted("alice", asking(model.RightView, model.Permanent))
	second := v.granted("alice", asking(model.RightEdit, model.Permanent))
	var err error
	v.active(func() { err = v.svc.GiveBack(v.ctx, "alice", v.grant(first.Number).ID, "") })
	if err != nil {
		t.Fatal(err)
	}
	v.work()
	if share, has := v.share("alice"); !has || !share.Rights.Edit {
		t.Fatalf("after giving view back: %+v, %t, want edit still", share, has)
	}
	if got := v.grant(first.Number).State; got != model.GrantRevoked {
		t.Errorf("the first grant is %s", got)
	}
	v.active(func() { err = v.svc.GiveBack(v.ctx, "alice", v.grant(second.Number).ID, "") })
	if err != nil {
		t.Fatal(err)
	}
	v.work()
	if share, has := v.share("alice"); has {
		t.Errorf("after giving both back: %+v", share)
	}
}

// Access that waits for an accepted invitation is none that is left when another
// one is given back.
func TestGivingBackLeavesNoAccessThatOnlyWaits(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	first := v.granted("alice", asking(model.RightView, model.Permanent))
	exec := v.behind()
	second := v.granted("alice", asking(model.RightEdit, model.Permanent))
	exec("UPDATE access_grant SET state = 'pending_invitation' WHERE id = " + strconv.FormatInt(v.grant(second.Number).ID, 10))
	var err error
	v.active(func() { err = v.svc.GiveBack(v.ctx, "alice", v.grant(first.Number).ID, "") })
	if err != nil {
		t.Fatal(err)
	}
	v.work()
	if share, has := v.share("alice"); has {
		t.Errorf("after giving it back: %+v", share)
	}
}

// The plan that was confirmed is the one that runs: what changed in the vault
// since makes it another one.
func TestPlanThatIsAnotherOneNowIsNotRun(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	plan := v.plan(task)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
	v.active(func() {
		c := conflict(v.svc.Fulfil(v.ctx, "heidi", task, plan.Digest))
		if c == nil || !contains(c.Error(), "the plan is another one now: give alice@example.com edit for 4 h, then give alice@example.com view back") {
			t.Errorf("%v, want what the plan is now", c)
		}
	})
	if ops := v.view("heidi", r.Number).Operations; len(ops) != 0 {
		t.Errorf("ordered: %+v", ops)
	}
}

// What a person took away in the vault's own screens is closed here by hand: the
// access is not listed any more.
func TestClosingARevokeTaskEndsTheAccess(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.granted("alice", asking(model.RightEdit, model.Permanent))
	var err error
	v.active(func() { err = v.svc.GiveBack(v.ctx, "alice", v.grant(r.Number).ID, "") })
	if err != nil {
		t.Fatal(err)
	}
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true, Share: true}, time.Time{})
	v.work()
	task := v.task(r.Number)
	if err := v.svc.Claim(v.ctx, "heidi", task); err != nil {
		t.Fatal(err)
	}
	if err := v.svc.CloseTask(v.ctx, "heidi", task, model.TaskClosedComplete, ""); err != nil {
		t.Fatal(err)
	}
	if g := v.grant(r.Number); g.State != model.GrantRevoked {
		t.Errorf("the grant is %s", g.State)
	}
}

// A plan is read, thought about and then run: the seconds in between do not make
// it another plan, even where it holds an end that is counted from now.
func TestAPlanStaysTheSameWhileItIsRead(t *testing.T) {
	t.Parallel()
	for name, have := range map[string]struct {
		rights vaultsim.Rights
		lasts  time.Duration // 0: for good
	}{
		"over view for good":    {vaultsim.Rights{}, 0},
		"under edit for a time": {vaultsim.Rights{Edit: true}, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			var end time.Time
			right := model.RightEdit
			if have.lasts > 0 {
				end, right = v.time.Now().Add(have.lasts).Truncate(time.Second), model.RightView
			}
			v.cloud.Share(string(prodDB), "alice@example.com", have.rights, end)
			_, task := v.approved("alice", asking(right, model.For(4*time.Hour)))
			plan := v.plan(task)
			v.time.Advance(90 * time.Second)
			v.active(func() {
				if err := v.svc.Fulfil(v.ctx, "heidi", task, plan.Digest); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
