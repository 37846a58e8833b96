package workflow_test

import (
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// TestLinkIsNeverLeftAliveUnseen plays what can go wrong around the making of a
// link. In the end there is one link that its requestor can see, and those that
// others made meanwhile.
func TestLinkIsNeverLeftAliveUnseen(t *testing.T) {
	t.Parallel()
	make := vaultsim.Fault{Command: "one-time-share create"}
	with := func(kind vaultsim.FaultKind, endpoint vaultsim.Endpoint) vaultsim.Fault {
		f := make
		f.Kind, f.Endpoint = kind, endpoint
		return f
	}
	for _, tt := range []struct {
		name  string
		fault vaultsim.Fault
		made  int // links in all
	}{
		{"the submit is cut before it arrives", with(vaultsim.CutBefore, vaultsim.EndpointSubmit), 1},
		{"the submit is cut after it was queued", with(vaultsim.CutAfter, vaultsim.EndpointSubmit), 2},
		{"a proxy answers the submit with a page", with(vaultsim.GarbageHTML, vaultsim.EndpointSubmit), 2},
		{"the answer to the submit is cut in half", with(vaultsim.GarbageTruncated, vaultsim.EndpointSubmit), 2},
		{"the queue is full", with(vaultsim.QueueFull, vaultsim.EndpointSubmit), 1},
		{"the rate limit is used up", with(vaultsim.RateLimited, vaultsim.EndpointSubmit), 1},
		{"the cloud did nothing and says so badly", with(vaultsim.UpstreamBefore, ""), 1},
		{"the cloud did it and says the same", with(vaultsim.UpstreamAfter, ""), 2},
		{"the cloud throttles", with(vaultsim.Throttled, ""), 1},
		{"the service restarts before, its queue lost", with(vaultsim.RestartBefore, ""), 1},
		{"the service restarts after, its answer lost", with(vaultsim.RestartAfter, ""), 2},
		{"the result is garbage", with(vaultsim.GarbageHTML, vaultsim.EndpointResult), 1},
		{"the result is cut", with(vaultsim.CutAfter, vaultsim.EndpointResult), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, _ := newSealedWorld(t)
			before := v.foreign()
			r, task := v.approved("alice", linkDraft())
			v.fulfil(task)
			armed := v.sim.Arm(tt.fault)
			v.work()
			if armed.Hits() == 0 {
				t.Fatal("the fault did not strike")
			}
			v.settleAll(r.Number)
			v.hasOneLink(r.Number, before)
			made := -1 // the foreign one
			for _, e := range v.sim.Ledger() {
				if e.Kind == vaultsim.LinkCreate {
					made++
				}
			}
			if made != tt.made {
				t.Errorf("%d links were made, want %d", made, tt.made)
			}
		})
	}
}

// settleAll lets time pass until every operation of a request has ended.
func (v *vaultWorld) settleAll(n model.Number) {
	v.t.Helper()
	for range 60 {
		v.work()
		open := slices.ContainsFunc(v.view("priya", n).Operations, func(o model.Operation) bool { return !o.State.Final() })
		if !open {
			return
		}
		v.time.Advance(30 * time.Second)
	}
	for _, o := range v.view("priya", n).Operations {
		v.t.Errorf("still %s: %s %s%s", o.Kind, o.State, o.Reason, o.LookingFor)
	}
	v.t.FailNow()
}

// hasOneLink checks that the record has the request's link, which its requestor
// can see, and the others and no more.
func (v *vaultWorld) hasOneLink(n model.Number, others ...model.LinkID) {
	v.t.Helper()
	g := v.grant(n)
	var got []model.LinkID
	for _, l := range v.links() {
		got = append(got, model.LinkID(l.ID))
	}
	want := append([]model.LinkID{g.Link}, others...)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		v.t.Errorf("the record has the links %v, want %v", got, want)
	}
	if link, err := v.reveal("alice", n); err != nil || !opens(link, g.Link) {
		v.t.Errorf("reveal: %v, the link: %t", err, opens(link, g.Link))
	}
	if got := v.view("alice", n).Request.State; got != model.ClosedComplete {
		v.t.Errorf("the request is %s", got)
	}
}

func TestLinkOfAHangingService(t *testing.T) {
	t.Parallel()
	for _, then := range []vaultsim.FaultKind{"", vaultsim.UpstreamAfter, vaultsim.UpstreamBefore} {
		t.Run("then "+string(then), func(t *testing.T) {
			t.Parallel()
			v, _ := newSealedWorld(t)
			before := v.foreign()
			r, task := v.approved("alice", linkDraft())
			v.fulfil(task)
			armed := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.Hang, Command: "one-time-share create", Then: then})
			for range 3 {
				v.work()
				if op := v.op(r.Number); op.State != model.OpUnknown || op.LookingFor == "" {
					t.Fatalf("%s: %s", op.State, op.LookingFor)
				}
				v.time.Advance(time.Minute)
			}
			armed.Release()
			v.settleAll(r.Number)
			v.hasOneLink(r.Number, before)
		})
	}
}

// TestTwoLostLinks loses the answer twice, while others make and remove links.
func TestTwoLostLinks(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	before := v.foreign()
	r, task := v.approved("alice", linkDraft())
	v.fulfil(task)
	lost := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "one-time-share create", Count: 2})
	v.settleAll(r.Number)
	if lost.Hits() != 2 {
		t.Fatalf("%d answers were lost", lost.Hits())
	}
	v.hasOneLink(r.Number, before)
	if made := v.kinds(); !slices.Equal(made, []vaultsim.Kind{vaultsim.LinkCreate, vaultsim.LinkCreate, vaultsim.LinkRemove,
		vaultsim.LinkCreate, vaultsim.LinkRemove, vaultsim.LinkCreate}) {
		t.Errorf("the vault did %v", made)
	}
}

// TestLostLinkIsRemovedAlsoWhenTheRequestIsWithdrawn withdraws between the finding
// of the lost link and its removal.
func TestLostLinkIsRemovedAlsoWhenTheRequestIsWithdrawn(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	r, task := v.approved("alice", linkDraft())
	v.fulfil(task)
	v.sim.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "one-time-share create"})
	v.work()
	v.sim.Forbid(simKey, "one-time-share remove", "one-time-share")
	for range 40 {
		if v.op(r.Number).Kind == model.OpUnlink {
			break
		}
		v.sim.Permit(simKey, "one-time-share")
		v.vault.at("before", "Submit", func() { v.sim.Forbid(simKey, "one-time-share") })
		v.later(30 * time.Second)
	}
	if err := v.svc.Withdraw(v.ctx, "alice", r.Number, "not needed any more"); err != nil {
		t.Fatal(err)
	}
	v.sim.Permit(simKey, "one-time-share")
	v.settleAll(r.Number)
	if n := len(v.links()); n != 0 {
		t.Errorf("%d links are left alive, which nobody has seen", n)
	}
}

// TestLinkWhoseListCouldNotBeRead loses what the vault shows right after the link
// was made, and the service's answers with it.
func TestLinkWhoseListCouldNotBeRead(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	before := v.foreign()
	r, task := v.approved("alice", linkDraft())
	v.fulfil(task)
	v.vault.at("after", "Await", func() {
		v.sim.Arm(vaultsim.Fault{Kind: vaultsim.CutBefore, Command: "one-time-share list", Count: 4})
	})
	v.work()
	if op := v.op(r.Number); op.State != model.OpUnknown {
		t.Fatalf("%s: %s", op.State, op.Reason)
	}
	v.sim.Restart()
	v.settleAll(r.Number)
	v.hasOneLink(r.Number, before)
}

// The link was made, and its address sealed, when the queue could not take it: nobody
// has it, so it is removed, and another one is made.
func TestLinkThatWasSealedAndNotStored(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	before := v.foreign()
	r, task := v.approved("alice", linkDraft())
	v.fulfil(task)
	exec := v.behind()
	v.vault.at("after", "Await", func() {
		exec("CREATE TRIGGER refuse BEFORE INSERT ON sealed BEGIN SELECT raise(ABORT, 'refused'); END")
	})
	_ = v.worker.Work(v.ctx) // it says so, and goes on
	if op := v.op(r.Number); op.State.Final() || len(v.view("priya", r.Number).Grants) != 0 {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
	if _, err := v.reveal("alice", r.Number); err == nil {
		t.Error("alice is shown a link")
	}
	exec("DROP TRIGGER refuse")
	v.time.Advance(time.Minute)
	v.settleAll(r.Number)
	v.hasOneLink(r.Number, before)
}
