package workflow_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// settle lets time pass until the last operation of a request has ended. While
// it has not, its state must be an honest one.
func (v *vaultWorld) settle(n model.Number) model.Operation {
	v.t.Helper()
	for range 40 {
		v.work()
		op := v.op(n)
		switch {
		case op.State.Final():
			return op
		case op.State == model.OpUnknown && (op.LookingFor == "" || op.NextLook.IsZero()):
			v.t.Fatalf("unknown, but nothing is looked for: %+v", op)
		case op.State == model.OpQueued && op.Reason == "" && op.Attempts > 0:
			v.t.Fatalf("put back without a reason: %+v", op)
		case op.State == model.OpSent:
			v.t.Fatalf("left as sent: %+v", op)
		}
		v.time.Advance(30 * time.Second)
	}
	op := v.op(n)
	v.t.Fatalf("still %s after 20 minutes: %s %s", op.State, op.LookingFor, op.Reason)
	return op
}

// TestFaultsEndInTheTruth plays everything that can go wrong between us and the
// vault around one order. Whatever it is, the person gets the access once.
func TestFaultsEndInTheTruth(t *testing.T) {
	t.Parallel()
	order := vaultsim.Fault{Command: "share-record"}
	with := func(kind vaultsim.FaultKind, endpoint vaultsim.Endpoint) vaultsim.Fault {
		f := order
		f.Kind, f.Endpoint = kind, endpoint
		return f
	}
	for _, tt := range []struct {
		name  string
		fault vaultsim.Fault
		// first is the state after the first round: what can be known then.
		first model.OpState
	}{
		{"the submit is cut before it arrives", with(vaultsim.CutBefore, vaultsim.EndpointSubmit), model.OpUnknown},
		{"the submit is cut after it was queued", with(vaultsim.CutAfter, vaultsim.EndpointSubmit), model.OpUnknown},
		{"a proxy answers the submit with a page", with(vaultsim.GarbageHTML, vaultsim.EndpointSubmit), model.OpUnknown},
		{"the answer to the submit is cut in half", with(vaultsim.GarbageTruncated, vaultsim.EndpointSubmit), model.OpUnknown},
		{"the answer to the submit is empty", with(vaultsim.GarbageEmpty, vaultsim.EndpointSubmit), model.OpUnknown},
		{"the queue is full", with(vaultsim.QueueFull, vaultsim.EndpointSubmit), model.OpQueued},
		{"the rate limit is used up", with(vaultsim.RateLimited, vaultsim.EndpointSubmit), model.OpQueued},
		{"the cloud did nothing and says so badly", with(vaultsim.UpstreamBefore, ""), model.OpUnknown},
		{"the cloud did it and says the same", with(vaultsim.UpstreamAfter, ""), model.OpDone},
		{"the cloud throttles", with(vaultsim.Throttled, ""), model.OpUnknown},
		{"the service restarts before", with(vaultsim.RestartBefore, ""), model.OpUnknown},
		{"the service restarts after", with(vaultsim.RestartAfter, ""), model.OpUnknown},
		{"the result is garbage", with(vaultsim.GarbageHTML, vaultsim.EndpointResult), model.OpUnknown},
		{"the result is cut", with(vaultsim.CutAfter, vaultsim.EndpointResult), model.OpUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			r, task := v.approved("alice", draft())
			v.fulfil(task)
			armed := v.sim.Arm(tt.fault)
			v.work()
			if armed.Hits() == 0 {
				t.Fatal("the fault did not strike")
			}
			if got := v.op(r.Number); got.State != tt.first {
				t.Errorf("first %s (%s%s), want %s", got.State, got.Reason, got.LookingFor, tt.first)
			}
			op := v.settle(r.Number)
			if op.State != model.OpDone {
				t.Fatalf("ended as %s: %s", op.State, op.Reason)
			}
			if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
				t.Errorf("the vault did %v, want %v", got, want)
			}
			share, ok := v.share("alice")
			if !ok || !share.Expires.Equal(op.Intent.Expires) || !share.Expires.Equal(v.grant(r.Number).Until) {
				t.Errorf("the share ends at %s, the order said %s", share.Expires, op.Intent.Expires)
			}
			if got := v.view("alice", r.Number).Request.State; got != model.ClosedComplete {
				t.Errorf("the request is %s", got)
			}
		})
	}
}

func TestHangingServiceLeavesTheOutcomeUnknownUntilItAnswers(t *testing.T) {
	t.Parallel()
	for _, then := range []vaultsim.FaultKind{"", vaultsim.UpstreamAfter, vaultsim.UpstreamBefore} {
		t.Run("then "+string(then), func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			r, task := v.approved("alice", draft())
			v.fulfil(task)
			armed := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.Hang, Command: "share-record", Then: then})
			v.work()
			if got := v.op(r.Number); got.State != model.OpUnknown || got.Attempts != 1 {
				t.Fatalf("%s after %d attempts", got.State, got.Attempts)
			}
			v.time.Advance(time.Minute)
			v.work()
			if got := v.op(r.Number); got.State != model.OpUnknown || got.Attempts != 1 {
				t.Fatalf("hangs, but is %s after %d attempts: %s", got.State, got.Attempts, got.Reason)
			}
			armed.Release()
			if op := v.settle(r.Number); op.State != model.OpDone {
				t.Errorf("ended as %s: %s", op.State, op.Reason)
			}
			if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
				t.Errorf("the vault did %v, want %v", got, want)
			}
		})
	}
}

// deafVault tells whether it works in turn only when nobody waits any more.
type deafVault struct {
	workflow.Vault
	waited atomic.Int64
}

func (d *deafVault) InTurn(ctx context.Context) error {
	if _, bounded := ctx.Deadline(); !bounded {
		return errors.New("this would wait for ever")
	}
	d.waited.Add(1)
	<-ctx.Done()
	return ctx.Err()
}

// One order whose outcome is looked for does not hold up the others.
func TestLookingForOneOrderDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"access", "a decision"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			deaf := &deafVault{Vault: v.vault}
			worker, err := workflow.NewWorker(v.svc, deaf, workflow.WorkerOptions{Holder: "test", AnswerLimit: 700 * time.Millisecond,
				LookLimit: 100 * time.Millisecond, SendLimit: 2 * time.Second, ReadLimit: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			v.worker = worker
			v.svc.UseWorker(worker)
			fault := vaultsim.Fault{Kind: vaultsim.CutAfter, Endpoint: vaultsim.EndpointSubmit}
			if what == "access" {
				fault.Command = "share-record"
				_, task := v.approved("alice", draft())
				v.fulfil(task)
			} else {
				fault.Command = "epm approval action"
				uid := v.elevation(30)
				v.poll()
				v.decides("omar", uid, model.Approve)
			}
			v.sim.Arm(fault)
			v.work()
			v.later(time.Minute)
			if deaf.waited.Load() == 0 {
				t.Error("the queue was not asked for with an end to the waiting")
			}
		})
	}
}

func TestLoggedOutServiceKeepsTheOrder(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.sim.LoseSession()
	for range 5 {
		v.work()
		if got := v.op(r.Number); got.State != model.OpQueued || got.Attempts != 0 {
			t.Fatalf("%s after %d attempts", got.State, got.Attempts)
		}
		asked := len(v.sim.Commands())
		v.work()
		if got := len(v.sim.Commands()); got != asked {
			t.Fatalf("%d more commands while the outbox should rest", got-asked)
		}
		v.time.Advance(5 * time.Minute)
	}
	if len(v.kinds()) != 0 {
		t.Errorf("the vault did %v while logged out", v.kinds())
	}
	v.sim.RestoreSession()
	v.time.Advance(6 * time.Minute)
	if op := v.settle(r.Number); op.State != model.OpDone {
		t.Errorf("ended as %s: %s", op.State, op.Reason)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
}

// TestOutboxGoesOnWhenTheVaultIsBack has somebody's question answered while the
// outbox still rests.
func TestOutboxGoesOnWhenTheVaultIsBack(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.sim.LoseSession()
	for range 5 {
		v.later(10 * time.Minute)
	}
	v.sim.RestoreSession()
	v.active(func() {
		if _, err := v.svc.Facts(v.ctx, "alice", prodDB, true); err != nil {
			t.Fatal(err)
		}
	})
	if op := v.op(r.Number); op.State != model.OpQueued || !op.NotBefore.After(v.time.Now().Add(30*time.Second)) {
		t.Fatalf("%s, next at %s: the test wants it to wait", op.State, op.NotBefore)
	}
	v.work()
	if op := v.op(r.Number); op.State != model.OpDone {
		t.Errorf("%s, next at %s, %s from now: %s", op.State, op.NotBefore, op.NotBefore.Sub(v.time.Now()), op.Reason)
	}
}

func TestSessionLostDuringTheOrder(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.sim.Arm(vaultsim.Fault{Kind: vaultsim.SessionLost, Command: "share-record"})
	v.work()
	if got := v.op(r.Number); got.State != model.OpUnknown {
		t.Errorf("%s, want unknown: %s", got.State, got.Reason)
	}
	v.sim.RestoreSession()
	if op := v.settle(r.Number); op.State != model.OpDone {
		t.Errorf("ended as %s: %s", op.State, op.Reason)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
}

func TestRefusedKeyKeepsTheOrder(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.sim.Forbid(simKey, "share-record")
	v.work()
	op := v.op(r.Number)
	if op.State != model.OpQueued || op.Attempts != 0 {
		t.Errorf("%s after %d attempts", op.State, op.Attempts)
	}
	if want := "share-record"; !contains(op.Reason, want) {
		t.Errorf("reason %q does not name %s", op.Reason, want)
	}
	v.sim.Permit(simKey, "share-record")
	v.time.Advance(time.Minute)
	if op := v.settle(r.Number); op.State != model.OpDone {
		t.Errorf("ended as %s: %s", op.State, op.Reason)
	}
}
