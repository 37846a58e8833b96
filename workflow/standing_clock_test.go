package workflow_test

import (
	"fmt"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// TestStandingRightComesBackWhereOurClockWasAhead has our clock run ahead while a raise
// lasts, and set right before it ends: by that clock it had been over for long, and
// the vault showed it still.
func TestStandingRightComesBackWhereOurClockWasAhead(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{10 * time.Minute, time.Hour, 24 * time.Hour} {
		for _, told := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, the service tells the time: %t", by, told), func(t *testing.T) {
				t.Parallel()
				p := newClockPlay(t, 1)
				if !told {
					p.worker = p.newWorker(clocklessVault{p.vault})
					p.svc.UseWorker(p.worker)
				}
				p.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
				r := p.granted("alice", draft())
				p.later(2*time.Hour + 30*time.Minute)
				p.by.Store(int64(by))
				commands := len(p.sim.Commands())
				for range 8 {
					p.later(10 * time.Minute)
					if told {
						if g := p.grant(r.Number); g.State != model.GrantActive {
							t.Fatalf("the vault shows the raise still, and the grant is %s: %s", g.State, g.Note)
						}
					}
				}
				if n := len(p.sim.Commands()) - commands; n > 30 {
					t.Errorf("while it waits, the vault is asked %d times", n)
				}
				p.by.Store(0)
				for range 12 {
					p.later(5 * time.Minute)
				}
				if by > time.Hour && !told {
					p.later(by) // what waits for a moment waits for it by the clock
				}
				if op := p.settle(r.Number); op.State != model.OpDone {
					t.Errorf("giving back the standing right is %s: %s%s", op.State, op.Reason, op.LookingFor)
				}
				if share, ok := p.share("alice"); !ok || share.Rights.Edit || !share.Expires.IsZero() {
					t.Errorf("alice has %+v, %t, want view for good", share, ok)
				}
				if g := p.grant(r.Number); g.State != model.GrantEnded {
					t.Errorf("the grant is %s: %s", g.State, g.Note)
				}
			})
		}
	}
}

// TestStandingRightThatEndsComesBackWhereOurClockIsAhead has a standing right with an
// end of its own, which by our clock is over.
func TestStandingRightThatEndsComesBackWhereOurClockIsAhead(t *testing.T) {
	t.Parallel()
	p := newClockPlay(t, 1)
	end := p.time.Now().Add(12 * time.Hour).Truncate(time.Second)
	p.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, end)
	r := p.granted("alice", draft())
	p.later(time.Hour)
	p.by.Store(int64(24 * time.Hour))
	p.later(2 * time.Hour)
	p.later(time.Hour + time.Minute)
	if op := p.settle(r.Number); op.State != model.OpDone {
		t.Errorf("giving back the standing right is %s: %s%s", op.State, op.Reason, op.LookingFor)
	}
	if share, ok := p.share("alice"); !ok || share.Rights.Edit || !share.Expires.Equal(end) {
		t.Errorf("alice has %+v, %t, want view until %s", share, ok, end)
	}
}
