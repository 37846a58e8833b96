package workflow_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// errCrash stands for the death of the worker's process.
var errCrash = errors.New("the worker's process died")

// crashAt lets the worker die at one call of the vault and reports whether it
// did.
func (v *vaultWorld) crashAt(when, call string) (died bool) {
	v.t.Helper()
	v.vault.at(when, call, func() { panic(errCrash) })
	defer func() {
		if p := recover(); p != nil {
			if p != errCrash {
				panic(p)
			}
			died = true
		}
	}()
	if err := v.worker.Work(v.ctx); err != nil {
		v.t.Errorf("work: %v", err)
	}
	return false
}

// TestWorkerThatDiesAnywhereIsFollowedByTheTruth kills the worker between each
// two steps of an order; the next one finds out what became of it.
func TestWorkerThatDiesAnywhereIsFollowedByTheTruth(t *testing.T) {
	t.Parallel()
	for _, at := range []struct{ when, call string }{
		{"before", "Record"}, // nothing has happened
		{"after", "Record"},
		{"before", "Submit"}, // the order is marked as sent
		{"after", "Submit"},  // the service has it, its id is not stored
		{"before", "Await"},  // the id is stored
		{"after", "Await"},   // the outcome is known to nobody
	} {
		for _, kind := range []string{"grant", "owner", "raise"} {
			t.Run(fmt.Sprintf("%s %s of a %s", at.when, at.call, kind), func(t *testing.T) {
				t.Parallel()
				v := newVaultWorld(t)
				d, want := draft(), []vaultsim.Kind{vaultsim.Grant}
				switch kind {
				case "owner":
					d, want = asking(model.RightOwner, model.Permanent), []vaultsim.Kind{vaultsim.Owner}
				case "raise":
					v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
					want = []vaultsim.Kind{vaultsim.Change}
				}
				r, task := v.approved("alice", d)
				v.fulfil(task)
				if !v.crashAt(at.when, at.call) {
					t.Fatal("the worker did not die there")
				}
				v.worker = v.newWorker(v.vault)
				for range 40 {
					v.later(10 * time.Second)
				}
				if op := v.view("priya", r.Number).Operations[0]; op.State != model.OpDone {
					t.Errorf("ended as %s: %s%s", op.State, op.Reason, op.LookingFor)
				}
				if got := v.kinds(); !slices.Equal(got, want) {
					t.Errorf("the vault did %v, want %v", got, want)
				}
				if got := v.view("alice", r.Number); got.Request.State != model.ClosedComplete || len(got.Grants) != 1 {
					t.Errorf("the request is %s with %d grants", got.Request.State, len(got.Grants))
				}
			})
		}
	}
}

func TestLateWorkerRecordsNothing(t *testing.T) {
	t.Parallel()
	for _, at := range []struct{ when, call string }{
		{"after", "Record"}, {"after", "Submit"}, {"after", "Await"},
	} {
		t.Run(at.when+" "+at.call, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			r, task := v.approved("alice", draft())
			v.fulfil(task)
			second := v.newWorker(v.vault)
			v.vault.at(at.when, at.call, func() {
				// The first worker is held up here, and another one finishes.
				for range 10 {
					v.time.Advance(10 * time.Second)
					if err := second.Work(v.ctx); err != nil {
						t.Error(err)
					}
				}
			})
			if err := v.worker.Work(v.ctx); !errors.Is(err, workflow.ErrLeaseLost) {
				t.Errorf("the late worker ends with %v", err)
			}
			op := v.op(r.Number)
			if op.State != model.OpDone {
				t.Errorf("%s: %s", op.State, op.Reason)
			}
			if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
				t.Errorf("the vault did %v, want %v", got, want)
			}
			if got := len(v.view("alice", r.Number).Grants); got != 1 {
				t.Errorf("%d grants", got)
			}
		})
	}
}

func TestOneWorkerIsActive(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	other, err := workflow.NewWorker(v.svc, v.vault, workflow.WorkerOptions{Holder: "another"})
	if err != nil {
		t.Fatal(err)
	}
	v.work()
	if err := other.Work(v.ctx); !errors.Is(err, workflow.ErrLeaseLost) {
		t.Errorf("the second worker works: %v", err)
	}
	v.time.Advance(time.Minute)
	if err := other.Work(v.ctx); err != nil {
		t.Errorf("the lease has run out, but %v", err)
	}
}

func TestAnotherWorkerTakesOver(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	other, err := workflow.NewWorker(v.svc, v.vault, workflow.WorkerOptions{Holder: "another", Beat: 20 * time.Millisecond,
		SendLimit: time.Second, Lease: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	stopFirst := v.run(v.worker)
	v.until(v.svc, "the first is the active one", func() bool { return v.svc.Health(v.ctx).State == model.HealthConnected })
	v.run(other)
	first := v.lease()
	stopFirst()
	v.until(v.svc, "the other has taken over", func() bool { return v.lease().Holder == "another" })
	if got := v.lease(); got.Fence <= first.Fence {
		t.Errorf("fence %d after %d", got.Fence, first.Fence)
	}
	r, task := v.approved("alice", draft())
	v.until(v.svc, "somebody answers", func() bool {
		_, err := v.svc.Plan(v.ctx, "heidi", task)
		return err == nil
	})
	plan, err := v.svc.Plan(v.ctx, "heidi", task)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.svc.Fulfil(v.ctx, "heidi", task, plan.Digest); err != nil {
		t.Fatal(err)
	}
	v.until(v.svc, "the request is done", func() bool { return v.view("alice", r.Number).Request.State == model.ClosedComplete })
}

// lease is the worker's lease as it is stored.
func (v *vaultWorld) lease() store.Lease {
	v.t.Helper()
	var l store.Lease
	if err := v.db.Read(v.ctx, func(tx *store.Tx) error {
		var err error
		l, _, err = tx.LeaseOf(store.WorkerLease)
		return err
	}); err != nil {
		v.t.Fatal(err)
	}
	return l
}

func TestLeaseMustOutliveTheSending(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	_, err := workflow.NewWorker(v.svc, v.vault, workflow.WorkerOptions{Lease: time.Second, SendLimit: time.Minute})
	if err == nil {
		t.Error("a lease shorter than the sending was taken")
	}
}

func TestManyOrdersAreCarriedOutOnceThoughWorkersDie(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	people := []string{"alice", "bob", "dana"}
	numbers := map[string]model.Number{}
	for _, p := range people {
		r, task := v.approved(model.PersonID(p), draft())
		v.fulfil(task)
		numbers[p] = r.Number
	}
	points := []struct{ when, call string }{{"after", "Submit"}, {"after", "Await"}, {"before", "Submit"}, {"before", "Await"}}
	deaths := 0
	for i := range 8 {
		at := points[i%len(points)]
		for range 5 { // who does not know when an order was sent waits longer
			died := v.crashAt(at.when, at.call)
			v.time.Advance(20 * time.Second)
			if died {
				deaths++
				break
			}
		}
		v.worker = v.newWorker(v.vault)
	}
	if deaths < 4 {
		t.Errorf("only %d workers died", deaths)
	}
	v.vault.before, v.vault.after = nil, nil
	for range 10 {
		v.later(30 * time.Second)
	}
	var got []string
	for _, e := range v.sim.Ledger() {
		got = append(got, string(e.Kind)+" "+e.User)
	}
	slices.Sort(got)
	if want := []string{"grant alice@example.com", "grant bob@example.com", "grant dana@example.com"}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
	for p, n := range numbers {
		if c := v.view("priya", n); c.Request.State != model.ClosedComplete {
			t.Errorf("%s of %s is %s: %+v", n, p, c.Request.State, c.Operations)
		}
	}
}
