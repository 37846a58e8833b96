package workflow_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// hurried is a worker that waits for nothing longer than a moment.
func (v *vaultWorld) hurried() *workflow.Worker {
	v.t.Helper()
	worker, err := workflow.NewWorker(v.svc, v.vault, workflow.WorkerOptions{Holder: "test", AnswerLimit: 100 * time.Millisecond,
		LookLimit: 100 * time.Millisecond, SendLimit: 2 * time.Second, ReadLimit: 100 * time.Millisecond})
	if err != nil {
		v.t.Fatal(err)
	}
	return worker
}

// TestNothingIsSentAgainThatWaitsInTheServicesQueue has an order wait behind a command
// of somebody else that hangs, and the answer to its sending lost: no read passes it by.
func TestNothingIsSentAgainThatWaitsInTheServicesQueue(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.worker = v.hurried()
	v.svc.UseWorker(v.worker)
	hangs := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.Hang, Command: "whoami"})
	lost := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.CutAfter, Command: "share-record", Endpoint: vaultsim.EndpointSubmit})
	var others sync.WaitGroup
	v.vault.at("before", "Submit", func() {
		others.Go(func() { v.adapter().Account(v.ctx) })
		<-hangs.Hit()
	})
	v.work()
	<-lost.Hit()
	for range 4 {
		v.later(10 * time.Minute)
		if op := v.op(r.Number); op.State != model.OpUnknown || op.Attempts != 1 || op.LookingFor == "" {
			t.Fatalf("%s after %d attempts: %s %s", op.State, op.Attempts, op.Reason, op.LookingFor)
		}
	}
	hangs.Release()
	others.Wait()
	if op := v.settle(r.Number); op.State != model.OpDone || op.Attempts != 1 {
		t.Errorf("ended as %s after %d attempts: %s", op.State, op.Attempts, op.Reason)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
}

// sendingVault tells with what an order is sent.
type sendingVault struct {
	workflow.Vault
	sending func(context.Context)
}

func (v *sendingVault) Submit(ctx context.Context, order workflow.Order) (string, error) {
	v.sending(ctx)
	return v.Vault.Submit(ctx, order)
}

// TestTheTimeToSendIsCountedFromBeforeTheOrderIsTaken has the worker stand still in the
// moment in which it takes an order: it must not send it when another may have.
func TestTheTimeToSendIsCountedFromBeforeTheOrderIsTaken(t *testing.T) {
	t.Parallel()
	const still = 300 * time.Millisecond
	v := newVaultWorld(t)
	_, task := v.approved("alice", draft())
	v.fulfil(task)
	var read, sent time.Time
	var holding sync.WaitGroup
	v.vault.at("after", "Record", func() {
		locked := make(chan struct{})
		holding.Go(func() {
			if err := v.db.Write(v.ctx, func(*store.Tx) error {
				close(locked)
				time.Sleep(still)
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
		<-locked
		read = time.Now()
	})
	var left time.Duration
	v.worker = v.newWorker(&sendingVault{Vault: v.vault, sending: func(ctx context.Context) {
		sent = time.Now()
		if deadline, ok := ctx.Deadline(); ok {
			left = deadline.Sub(sent)
		}
	}})
	v.work()
	holding.Wait()
	// 2 s are given to sending (newWorker).
	if waited := sent.Sub(read); waited < still || left <= 0 || left > 2*time.Second-waited+still/2 {
		t.Errorf("sent %s after the record was read, with %s left", waited, left)
	}
}

// TestWhatBecameOfAnOrderIsSeenWhileOthersKeepTheServiceBusy has the queue never empty.
func TestWhatBecameOfAnOrderIsSeenWhileOthersKeepTheServiceBusy(t *testing.T) {
	t.Parallel()
	for _, lost := range []vaultsim.FaultKind{vaultsim.CutBefore, vaultsim.CutAfter} {
		t.Run(string(lost), func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			r, task := v.approved("alice", draft())
			v.fulfil(task)
			v.sim.Arm(vaultsim.Fault{Kind: lost, Command: "share-record", Endpoint: vaultsim.EndpointSubmit})
			ctx, leave := context.WithCancel(v.ctx)
			var others sync.WaitGroup
			defer others.Wait()
			defer leave()
			for range 4 {
				busy := v.adapter()
				others.Go(func() {
					for ctx.Err() == nil {
						busy.Account(ctx)
					}
				})
			}
			for range 6 {
				v.work()
				v.time.Advance(10 * time.Second)
			}
			if op := v.op(r.Number); op.State != model.OpDone {
				t.Errorf("%s after a minute and %d attempts: %s %s", op.State, op.Attempts, op.Reason, op.LookingFor)
			}
			if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
				t.Errorf("the vault did %v, want %v", got, want)
			}
		})
	}
}
