package workflow_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// lostLink brings a request to where its link was made and the answer lost.
func (v *vaultWorld) lostLink() model.Request {
	v.t.Helper()
	r, task := v.approved("alice", linkDraft())
	v.fulfil(task)
	v.sim.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "one-time-share create"})
	v.work()
	if op := v.op(r.Number); op.State != model.OpUnknown {
		v.t.Fatalf("%s: %s", op.State, op.Reason)
	}
	return r
}

// TestRemovalOfALostLinkIsCarriedThrough lets the removal itself go wrong.
func TestRemovalOfALostLinkIsCarriedThrough(t *testing.T) {
	t.Parallel()
	for _, kind := range []vaultsim.FaultKind{vaultsim.CutBefore, vaultsim.CutAfter, vaultsim.GarbageHTML, vaultsim.QueueFull, vaultsim.RateLimited,
		vaultsim.UpstreamBefore, vaultsim.UpstreamAfter, vaultsim.Throttled, vaultsim.RestartBefore, vaultsim.RestartAfter} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			v, _ := newSealedWorld(t)
			before := v.foreign()
			r := v.lostLink()
			armed := v.sim.Arm(vaultsim.Fault{Kind: kind, Command: "one-time-share remove"})
			v.settleAll(r.Number)
			if armed.Hits() == 0 {
				t.Fatal("the fault did not strike")
			}
			v.hasOneLink(r.Number, before)
		})
	}
}

// TestWorkerDiesDuringTheRemovalOfALostLink has another worker go on.
func TestWorkerDiesDuringTheRemovalOfALostLink(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before", "after"} {
		t.Run(when+" the sending", func(t *testing.T) {
			t.Parallel()
			v, id := newSealedWorld(t)
			before := v.foreign()
			r := v.lostLink()
			for v.op(r.Number).Kind != model.OpUnlink || v.op(r.Number).State != model.OpSent {
				v.time.Advance(30 * time.Second)
				v.vault.at(when, "Submit", func() { panic(errDied) })
				v.dies()
			}
			v.worker = v.newSealedWorker(v.vault, id)
			v.svc.UseWorker(v.worker)
			v.settleAll(r.Number)
			v.hasOneLink(r.Number, before)
		})
	}
}

var errDied = errors.New("the worker has died")

// dies lets the worker work until it dies of errDied, or has nothing to do.
func (v *vaultWorld) dies() {
	v.t.Helper()
	defer func() {
		if p := recover(); p != nil && p != errDied {
			panic(p)
		}
	}()
	v.work()
}

// TestLostLinkThatCannotBeRemovedIsTold makes no second link beside one that
// nobody has seen.
func TestLostLinkThatCannotBeRemovedIsTold(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	r := v.lostLink()
	orphan := v.links()[0].ID
	armed := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.UpstreamBefore, Command: "one-time-share remove", Count: -1})
	v.settleAll(r.Number)
	ops := v.view("priya", r.Number).Operations
	n := slices.IndexFunc(ops, func(o model.Operation) bool { return o.Kind == model.OpLink })
	if op := ops[n]; op.State != model.OpRefused || !contains(op.Reason, orphan) {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
	if c := v.view("priya", r.Number); c.Request.State != model.InProcess || len(c.Grants) != 0 || len(v.links()) != 1 {
		t.Errorf("the request is %s, with %d grants and %d links", c.Request.State, len(c.Grants), len(v.links()))
	}

	// Whoever has the task runs the plan again when the vault is in order.
	armed.Disarm()
	v.time.Advance(time.Hour)
	v.fulfil(v.task(r.Number))
	v.settleAll(r.Number)
	v.hasOneLink(r.Number)
}

// TestLostLinkIsFoundWhateverTheClockOfTheHost tells by: the times in its lists are
// local ones of a zone that the configuration may have wrong.
func TestLostLinkIsFoundWhateverTheClockOfTheHost(t *testing.T) {
	t.Parallel()
	for _, hours := range []int{-5, 5} {
		t.Run(fmt.Sprintf("%+d h", hours), func(t *testing.T) {
			t.Parallel()
			v, id := newSealedWorld(t)
			v.serve(func(o *vaultsim.Options) { o.Location = time.FixedZone("", hours*3600) })
			v.worker = v.newSealedWorker(v.vault, id)
			v.svc.UseWorker(v.worker)
			before := v.foreign()
			r := v.lostLink()
			v.settleAll(r.Number)
			v.hasOneLink(r.Number, before)
		})
	}
}

// TestRotationUnderAWorker has the keys change under a worker that
// runs on.
func TestRotationUnderAWorker(t *testing.T) {
	t.Parallel()
	v, old := newSealedWorld(t)
	r := v.granted("alice", linkDraft())
	next, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	keys := []seal.Identity{old}
	read := 0
	w, err := workflow.NewWorker(v.svc, v.vault, workflow.WorkerOptions{Holder: "test", Identities: keys,
		ReadIdentities: func() ([]seal.Identity, error) { read++; return keys, nil }})
	if err != nil {
		t.Fatal(err)
	}
	v.worker = w
	v.svc.UseWorker(w)
	if _, err := v.reveal("alice", r.Number); err != nil || read != 0 {
		t.Fatalf("%v; the keys were read %d times", err, read)
	}
	if n, err := v.svc.Reseal(v.ctx, keys, []seal.Recipient{next.Recipient()}); n != 1 || err != nil {
		t.Fatalf("sealed anew: %d, %v", n, err)
	}
	if _, err := v.reveal("alice", r.Number); err == nil {
		t.Error("it opens without the new key")
	}
	keys = []seal.Identity{next}
	if link, err := v.reveal("alice", r.Number); err != nil || !opens(link, v.grant(r.Number).Link) {
		t.Errorf("with the new key: %v", err)
	}
	if n, err := v.svc.Reseal(v.ctx, keys, []seal.Recipient{next.Recipient()}); n != 0 || err != nil {
		t.Errorf("sealed anew without need: %d, %v", n, err)
	}
	use, err := v.svc.SealedUse(v.ctx)
	if err != nil || len(use) != 1 || use[next.KeyID()] != 1 {
		t.Errorf("sealed to %v, %v", use, err)
	}
	if got := v.audited("secret.reseal"); len(got) != 1 {
		t.Errorf("audited %d times", len(got))
	}
}

// TestLinkIsWipedAtItsEndAlsoWhileTheVaultIsAway cannot look whether it has ended.
func TestLinkIsWipedAtItsEndAlsoWhileTheVaultIsAway(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	r := v.granted("alice", linkDraft())
	v.sim.LoseSession()
	v.later(25 * time.Hour)
	if row := v.sealed(r.ID)[0]; row.Body != nil || row.Wiped.IsZero() {
		t.Errorf("it is not wiped: due %s, now %s", row.WipeDue, v.time.Now())
	}
	if !v.grant(r.Number).State.Open() {
		t.Error("the grant was ended unseen")
	}
	var denied *model.Denied
	if _, err := v.reveal("alice", r.Number); !errors.As(err, &denied) {
		t.Errorf("reveal: %v", err)
	}
}

// TestExchangedLinkIsNotShown puts the ciphertext of one request into the row of
// another, as somebody could who may write the queue's files.
func TestExchangedLinkIsNotShown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		forged bool // the commitment fits
		want   string
	}{
		{"as it is", false, "not the one that was approved"},
		{"with its commitment", true, "cannot be opened"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, _ := newSealedWorld(t)
			mine, theirs := v.granted("alice", linkDraft()), v.granted("bob", linkDraft())
			row, other := v.sealed(mine.ID)[0], v.sealed(theirs.ID)[0]
			row.Body = other.Body
			if tt.forged {
				row.Commitment = other.Commitment
			}
			if err := v.db.Write(v.ctx, func(tx *store.Tx) error { _, err := tx.InsertSealed(row); return err }); err != nil {
				t.Fatal(err)
			}
			link, err := v.reveal("alice", mine.Number)
			if link != "" || err == nil || !contains(err.Error(), tt.want) {
				t.Errorf("reveal: %v, want %q", err, tt.want)
			}
			if n := len(v.audited("link.reveal")); n != 0 {
				t.Errorf("audited %d times, though nothing was shown", n)
			}
		})
	}
}

// TestLinkWhoseAddressIsAlwaysLost makes no links for ever.
func TestLinkWhoseAddressIsAlwaysLost(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	r, task := v.approved("alice", linkDraft())
	v.fulfil(task)
	lost := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "one-time-share create", Count: -1})
	v.settleAll(r.Number)
	ops := v.view("priya", r.Number).Operations
	n := slices.IndexFunc(ops, func(o model.Operation) bool { return o.Kind == model.OpLink })
	if op := ops[n]; op.State != model.OpRefused || lost.Hits() != op.Attempts || !contains(op.Reason, "lost each time") {
		t.Errorf("%s after %d answers were lost: %s", op.State, lost.Hits(), op.Reason)
	}
	if left := v.links(); len(left) != 0 {
		t.Errorf("left alive: %+v", left)
	}
}

// TestRevocationOfALinkThatFailedIsDoneByATask plans from the links that the vault
// shows then.
func TestRevocationOfALinkThatFailedIsDoneByATask(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	r := v.granted("alice", linkDraft())
	armed := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.UpstreamBefore, Command: "one-time-share remove", Count: -1})
	v.active(func() {
		if err := v.svc.Revoke(v.ctx, "heidi", v.grant(r.Number).ID, "not needed any more"); err != nil {
			t.Fatal(err)
		}
	})
	v.settleAll(r.Number)
	if g := v.grant(r.Number); g.State != model.GrantActive || len(v.links()) != 1 {
		t.Fatalf("the grant is %s, with %d links", g.State, len(v.links()))
	}
	armed.Disarm()
	v.time.Advance(time.Hour)
	task, open := v.view("priya", r.Number).OpenTask()
	if !open || task.Kind != model.TaskRevoke {
		t.Fatalf("the task is %+v", task)
	}
	if err := v.svc.Claim(v.ctx, "heidi", task.Number); err != nil {
		t.Fatal(err)
	}
	if plan := v.fulfil(task.Number); len(plan.Plan.Steps) != 1 || plan.Plan.Steps[0].Kind != model.OpUnlink {
		t.Errorf("the plan is %+v", plan.Plan)
	}
	v.settleAll(r.Number)
	if g := v.grant(r.Number); g.State != model.GrantRevoked || len(v.links()) != 0 {
		t.Errorf("the grant is %s, with %d links", g.State, len(v.links()))
	}
	if row := v.sealed(r.ID)[0]; row.Body != nil || row.Wiped.IsZero() {
		t.Error("the link is not wiped")
	}
}
