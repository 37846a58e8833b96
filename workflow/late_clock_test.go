package workflow_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// heldBack keeps every order back, to be delivered when the test says so; reading
// goes through.
func heldBack() blow {
	return blow{"late", func(n *hostileNet, c *call) {
		if !c.orders() || !ordering.Match(c.raw) {
			c.write(n.forward(c.raw))
			return
		}
		n.hold(c.raw)
		c.abandoned()
	}}
}

// TestJumpOfTheClockDoesNotMakeAnOrderOld has the network hold an order back for ten
// seconds, in which our clock jumps: how long it may still arrive is not a matter of
// what the clock shows.
func TestJumpOfTheClockDoesNotMakeAnOrderOld(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"record", "link", "view", "raise", "endpoint", "record, and another worker takes over"} {
		kind, _, another := strings.Cut(kind, ", ")
		for _, by := range []time.Duration{time.Hour, 24 * time.Hour, -time.Hour} {
			t.Run(fmt.Sprintf("%s, %s, another worker: %t", kind, by, another), func(t *testing.T) {
				t.Parallel()
				opt := ordealOptions{seed: 1, orders: 1}
				o := newOrdeal(t, opt)
				o.isUnknown(kind, heldBack())
				o.sets(0, by)
				o.skew = 2 * by.Abs()
				if another {
					o.worker = o.hire(opt)
					o.svc.UseWorker(o.worker)
				}
				o.passes(int64(10 * time.Second))
				for range 3 {
					o.worked()
					o.passes(int64(5 * time.Second))
				}
				o.net.deliver()
				o.worked()
				o.heals()
				for _, d := range o.account().disagreements() {
					t.Error(d)
				}
				given := map[vaultsim.Kind]int{}
				for _, e := range o.sim.Ledger() {
					given[e.Kind]++
				}
				for _, k := range []vaultsim.Kind{vaultsim.RecordAdd, vaultsim.Approve} {
					if given[k] > 1 {
						t.Errorf("the vault did %d times: %s", given[k], k)
					}
				}
			})
		}
	}
}

// ordering matches a call that brings a command which does something.
var ordering = regexp.MustCompile(`"command": ?"(record-add|share-record|share-folder|one-time-share create|one-time-share remove|epm approval action|device-approve)`)

// isUnknown lets one thing be asked for, approved and sent, until it is not known what
// became of it: the network strikes what is sent.
func (o *ordeal) isUnknown(kind string, b blow) {
	o.t.Helper()
	o.ask(kind)
	_ = o.worker.ReadTitles(o.ctx)
	for range 50 {
		_, _ = o.worker.ListEndpoints(o.ctx)
		o.runPlans()
		o.decide()
		o.net.rage(1, []blow{b})
		o.worked()
		o.net.rage(0, nil)
		if slices.ContainsFunc(o.operations(), func(op model.Operation) bool { return op.State == model.OpUnknown }) {
			return
		}
	}
	o.t.Fatalf("nothing is unknown: %s, %+v", kind, o.operations())
}
