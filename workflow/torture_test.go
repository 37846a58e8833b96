package workflow_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"countersign/model"
)

// firstSeed is where the seeds of the ordeals begin: 1, or what COUNTERSIGN_SEED
// says, to play one again.
func firstSeed() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("COUNTERSIGN_SEED"), 10, 64); err == nil {
		return n
	}
	return 1
}

// tally counts over all ordeals of a test.
type tally struct {
	mu                                        sync.Mutex
	calls, quiet, orders, operations, unknown int
	unknownAtEnd, done, refused, ledger       int
	struck                                    map[string]int
}

func (y *tally) add(o *ordeal, a account, unknownAtEnd int) {
	calls, quiet, struck := o.net.counted()
	y.mu.Lock()
	defer y.mu.Unlock()
	y.calls += calls
	y.quiet += quiet
	y.orders += len(o.requests) + len(o.asked) + len(o.devices)
	y.operations += len(a.operations)
	y.unknown += len(o.unknown)
	y.unknownAtEnd += unknownAtEnd
	y.ledger += len(a.ledger)
	for _, op := range a.operations {
		switch op.State {
		case model.OpDone:
			y.done++
		case model.OpRefused:
			y.refused++
		}
	}
	for name, n := range struck {
		y.struck[name] += n
	}
}

func (y *tally) enough(calls int) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.calls >= calls
}

// TestTortureVault has orders of every kind carried out through a network that does
// to one call in three what networks do, by a service that restarts and whose cloud
// loses answers, while the clocks of both sides jump. When the vault is healthy
// again, every order is done or refused, and the vault's own ledger says the same.
func TestTortureVault(t *testing.T) {
	t.Parallel()
	want := tortureLength(800, 2_000, 100_000)
	y := &tally{struck: map[string]int{}}
	seeds := make(chan uint64)
	var players sync.WaitGroup
	for range 6 {
		players.Go(func() {
			for seed := range seeds {
				t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { y.play(t, seed) })
			}
		})
	}
	for seed := firstSeed(); !y.enough(want) && !t.Failed(); seed++ {
		seeds <- seed
	}
	close(seeds)
	players.Wait()
	t.Logf("%d calls, and %d in a calm network, %d orders, %d operations: %d done, %d refused; %d were unknown, %d of them when the vault was healthy again; %d entries in the ledger",
		y.calls, y.quiet, y.orders, y.operations, y.done, y.refused, y.unknown, y.unknownAtEnd, y.ledger)
	for _, name := range slices.Sorted(maps.Keys(y.struck)) {
		t.Logf("%5d × %s", y.struck[name], name)
	}
	if t.Failed() {
		return
	}
	for _, b := range blows() {
		if y.struck[b.name] == 0 {
			t.Errorf("%q never struck", b.name)
		}
	}
	if y.unknown == 0 || y.done == 0 {
		t.Error("nothing was unknown, or nothing was done: this proves nothing")
	}
}

func (y *tally) play(t *testing.T, seed uint64) {
	o := newOrdeal(t, ordealOptions{seed: seed, orders: 16, jumps: true})
	o.net.rage(0.35, blows())
	o.suffers(40, "")
	unknown := o.heals()
	a := o.account()
	for _, d := range a.disagreements() {
		t.Errorf("seed %d: %s", seed, d)
	}
	state, err := o.svc.VerifyAudit(o.ctx, "sam")
	if err != nil || !state.Intact {
		t.Errorf("seed %d: the audit: %+v, %v", seed, state, err)
	}
	y.add(o, a, unknown)
}

// A decision that the network delivers twice is refused by the service the second
// time, as one is that somebody else has made: nobody is told that it certainly was
// somebody else.
func TestDecisionThatIsDeliveredTwiceIsNotToldAsSomebodyElses(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"endpoint", "device"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			o := newOrdeal(t, ordealOptions{seed: 1, orders: 1})
			o.ask(kind)
			_, _ = o.worker.ListEndpoints(o.ctx)
			_, _ = o.worker.ListDevices(o.ctx)
			o.decide()
			o.net.rage(1, []blow{{"delivered twice", func(n *hostileNet, c *call) {
				if answer := n.forward(c.raw); !c.orders() {
					c.write(answer)
					return
				}
				c.write(n.forward(c.raw))
			}}})
			o.untilSettled()
			for _, op := range o.operations() {
				if op.State == model.OpDone || strings.Contains(op.Reason, "delivered it twice") {
					continue
				}
				t.Errorf("%s is %s: %s", op.Kind, op.State, op.Reason)
			}
			if len(o.operations()) != 1 || len(o.sim.Ledger()) != 1 {
				t.Errorf("%d operations, the vault did %v", len(o.operations()), o.kinds())
			}
		})
	}
}
