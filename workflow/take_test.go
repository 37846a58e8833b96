package workflow_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

var onProdDB = model.Target{Kind: model.TargetRecord, UID: prodDB}

// take begins to take access as priya.
func (v *vaultWorld) take(on model.Target, who ...string) model.Number {
	v.t.Helper()
	var task model.Number
	var err error
	v.active(func() { task, err = v.svc.Take(v.ctx, "priya", on, who, "left the team") })
	if err != nil {
		v.t.Fatalf("take: %v", err)
	}
	return task
}

// takePlan plans, or runs, a task of priya's.
func (v *vaultWorld) takePlan(task model.Number, run bool) workflow.PlanView {
	v.t.Helper()
	var plan workflow.PlanView
	var err error
	v.active(func() {
		if plan, err = v.svc.Plan(v.ctx, "priya", task); err == nil && run {
			err = v.svc.Fulfil(v.ctx, "priya", task, plan.Digest)
		}
	})
	if err != nil {
		v.t.Fatalf("plan or fulfil: %v", err)
	}
	return plan
}

func TestTakingAccessThatWasNotGrantedHere(t *testing.T) {
	t.Parallel()
	for _, on := range grounds() {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			v := newFolderWorld(t)
			target := model.Target{Kind: model.TargetRecord, UID: prodDB}
			rights := [2]model.Right{model.RightEdit, model.RightView}
			if on.name == "folder" {
				target, rights = model.Target{Kind: model.TargetFolder, UID: finance}, [2]model.Right{model.RightAll, model.RightNone}
			}
			on.set(v, "bob@example.com", model.Share{Right: rights[0]})
			on.set(v, "dana@example.com", model.Share{Right: rights[1], Expires: v.time.Now().Add(50 * time.Hour)})
			on.set(v, "heidi@example.com", model.Share{Right: rights[1]})
			task := v.take(target, "bob@example.com", "Dana@example.com", "bob@example.com")
			plan := v.takePlan(task, true)
			if len(plan.Plan.Steps) != 2 || plan.Plan.Steps[0].Intent.Before.Right != rights[0] {
				t.Errorf("plan %+v", plan.Plan)
			}
			v.work()
			for _, who := range []string{"bob@example.com", "dana@example.com"} {
				if got := on.get(v, who); !got.None() {
					t.Errorf("%s has %s", who, got.Words())
				}
			}
			if got := on.get(v, "heidi@example.com"); got.None() {
				t.Error("heidi has lost access, too")
			}
			c := v.view("priya", task)
			if c.Request.State != model.ClosedComplete || c.Approvals[0].State != model.ApprovalNotRequired || c.Item.Key != model.ItemRevoke {
				t.Errorf("request %+v, approvals %+v", c.Request, c.Approvals)
			}
			if !contains(c.Request.Outcome, "bob@example.com, Dana@example.com") {
				t.Errorf("outcome %q", c.Request.Outcome)
			}
			if got := v.audited("access.take"); len(got) != 1 {
				t.Errorf("audited %q", got)
			}
		})
	}
}

// One of several is refused: the others are taken all the same, and the one is
// tried again.
func TestTakingFromSeveralGoesOnPastARefusal(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	for _, p := range []string{"alice", "bob", "dana"} {
		v.cloud.Share(string(prodDB), p+"@example.com", vaultsim.Rights{}, time.Time{})
	}
	task := v.take(onProdDB, aliceMail, "bob@example.com", "dana@example.com")
	v.takePlan(task, true)
	v.cloud.Share(string(prodDB), "bob@example.com", vaultsim.Rights{Edit: true}, time.Time{})
	v.work()
	c := v.view("priya", task)
	open, ok := c.OpenTask()
	if !ok || open.Assignee != "priya" || c.Request.State != model.InProcess {
		t.Fatalf("task %+v, %t, request %s", open, ok, c.Request.State)
	}
	var states []model.OpState
	for _, o := range c.Operations {
		states = append(states, o.State)
	}
	if want := []model.OpState{model.OpDone, model.OpRefused, model.OpDone}; !slices.Equal(states, want) {
		t.Errorf("operations are %v, want %v", states, want)
	}
	again := v.takePlan(task, true)
	if len(again.Plan.Steps) != 1 || again.Plan.Steps[0].Intent.Email != "bob@example.com" || len(again.Plan.Warnings) != 2 {
		t.Errorf("planned again: %+v", again.Plan)
	}
	v.work()
	if _, has := v.share("bob"); has || v.view("priya", task).Request.State != model.ClosedComplete {
		t.Errorf("bob has it: %t; the request is %s", has, v.view("priya", task).Request.State)
	}
}

// What was given through us ends with it, and nothing comes back at its end.
func TestTakingEndsOurOwnGrants(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), aliceMail, vaultsim.Rights{}, time.Time{})
	r := v.granted("alice", draft())
	task := v.take(onProdDB, aliceMail)
	v.takePlan(task, true)
	v.work()
	if g := v.grant(r.Number); g.State != model.GrantRevoked || !strings.HasPrefix(g.Note, "taken by REQ") {
		t.Errorf("the grant is %s: %s", g.State, g.Note)
	}
	v.later(5 * time.Hour)
	if share, has := v.share("alice"); has {
		t.Errorf("alice has %+v again", share)
	}
}

func TestTakingFromNobodyAnyMoreIsDone(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), aliceMail, vaultsim.Rights{}, time.Time{})
	task := v.take(onProdDB, aliceMail)
	v.cloud.Unshare(string(prodDB), aliceMail)
	v.takePlan(task, true)
	if c := v.view("priya", task); c.Request.State != model.ClosedComplete || !contains(c.Request.Outcome, "nothing to do") {
		t.Errorf("the request is %s: %s", c.Request.State, c.Request.Outcome)
	}
}

func TestWhatCannotBeTakenIsRefusedWithAReason(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), aliceMail, vaultsim.Rights{}, time.Time{})
	owned := v.cloud.AddRecord(vaultsim.Record{Title: "dana's own", Type: "login", Owner: "dana@example.com"})
	v.cloud.Share(owned, v.cloud.Service(), vaultsim.Rights{Edit: true, Share: true}, time.Time{})
	if err := v.worker.ReadTitles(v.ctx); err != nil {
		t.Fatal(err)
	}
	ownedBy := model.Target{Kind: model.TargetRecord, UID: model.UID(owned)}
	for _, tt := range []struct {
		name   string
		on     model.Target
		who    []string
		reason string
		says   string
	}{
		{"from nobody", onProdDB, nil, "because", "choose from whom"},
		{"from no address", onProdDB, []string{"alice"}, "because", "alice"},
		{"without a reason", onProdDB, []string{aliceMail}, " ", "say why"},
		{"from who has nothing", onProdDB, []string{"bob@example.com"}, "because", "bob@example.com has no access"},
		{"of no record", model.Target{UID: "x"}, []string{aliceMail}, "because", "no UID"},
		{"from an owner", ownedBy, []string{"dana@example.com"}, "because", "owns the record"},
		{"from the service account", ownedBy, []string{v.cloud.Service()}, "because", "is the service account"},
		{"at a path where nothing lies", model.Target{Described: "Infra/nothing"}, []string{aliceMail}, "because", "nothing lies at"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v.active(func() {
				if _, err := v.svc.Take(v.ctx, "priya", tt.on, tt.who, tt.reason); !contains(errText(err), tt.says) {
					t.Errorf("%v, want %q", err, tt.says)
				}
			})
		})
	}
	v.active(func() {
		for _, who := range []model.PersonID{"alice", "omar", "heidi", "sam"} {
			if _, err := v.svc.Take(v.ctx, who, onProdDB, []string{aliceMail}, "because"); denied(err) != model.DenyRole {
				t.Errorf("%s: %v", who, err)
			}
			if _, err := v.svc.WhoHas(v.ctx, who, onProdDB); denied(err) != model.DenyRole {
				t.Errorf("%s may look: %v", who, err)
			}
		}
	})
	if got := v.audited("access.take"); len(got) != 0 {
		t.Errorf("audited %q", got)
	}
}

// Who loses the access has no part in the request: they can neither see nor
// withdraw it, nor take it back into a request of their own.
func TestWhoLosesAccessCannotStopIt(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), "bob@example.com", vaultsim.Rights{}, time.Time{})
	task := v.take(onProdDB, "bob@example.com")
	n := v.view("priya", task).Request.Number
	if err := v.svc.Withdraw(v.ctx, "bob", n, "no"); denied(err) != model.DenyRole {
		t.Errorf("bob withdraws it: %v", err)
	}
	if _, err := v.svc.Case(v.ctx, "bob", n); denied(err) != model.DenyRole {
		t.Errorf("bob reads it: %v", err)
	}
	d := draft()
	d.Item = model.ItemRevoke
	var wrong workflow.Invalid
	if _, err := v.svc.Submit(v.ctx, "bob", d); !errors.As(err, &wrong) {
		t.Errorf("bob orders it: %v", err)
	}
}

func TestWhatLiesAtAPathIsFound(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	v.cloud.Share(string(prodDB), aliceMail, vaultsim.Rights{}, time.Time{})
	if err := v.worker.ReadTitles(v.ctx); err != nil {
		t.Fatal(err)
	}
	v.active(func() {
		for path, want := range map[string]model.UID{"prod-db-01": prodDB, "/Finance/": finance, "finance": finance} {
			if facts, err := v.svc.WhoHas(v.ctx, "priya", model.Target{Described: path}); err != nil || facts.UID != want {
				t.Errorf("%q: %s, %v; want %s", path, facts.UID, err, want)
			}
		}
	})
}

// Whatever happens to an order on its way: each share is taken once, and the
// request ends.
func TestTakingSurvivesFaults(t *testing.T) {
	t.Parallel()
	for _, kind := range []vaultsim.FaultKind{vaultsim.CutBefore, vaultsim.CutAfter, vaultsim.QueueFull, vaultsim.RateLimited,
		vaultsim.UpstreamBefore, vaultsim.UpstreamAfter, vaultsim.RestartBefore, vaultsim.RestartAfter} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			v.cloud.Share(string(prodDB), "bob@example.com", vaultsim.Rights{}, time.Time{})
			v.cloud.Share(string(prodDB), "dana@example.com", vaultsim.Rights{Edit: true}, time.Time{})
			task := v.take(onProdDB, "bob@example.com", "dana@example.com")
			v.takePlan(task, true)
			v.sim.Arm(vaultsim.Fault{Kind: kind, Command: "share-record"})
			n := v.view("priya", task).Request.Number
			for range 40 {
				v.work()
				if v.view("priya", n).Request.State.Closed() {
					break
				}
				v.time.Advance(30 * time.Second)
			}
			c := v.view("priya", n)
			if c.Request.State != model.ClosedComplete {
				for _, o := range c.Operations {
					t.Errorf("%s of %s is %s: %s%s", o.Kind, o.Intent.Email, o.State, o.Reason, o.LookingFor)
				}
				t.Fatalf("the request is %s", c.Request.State)
			}
			if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Revoke, vaultsim.Revoke}; !slices.Equal(got, want) {
				t.Errorf("the vault did %v, want %v", got, want)
			}
		})
	}
}
