package workflow_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// guesser is a vault whose worker does not reconcile: an order that is not answered
// has failed, and what is not seen at once is not coming any more.
type guesser struct{ workflow.Vault }

func (g guesser) Submit(ctx context.Context, order workflow.Order) (string, error) {
	id, err := g.Vault.Submit(ctx, order)
	if err != nil {
		return "", &workflow.VaultError{Kind: workflow.VaultUnreachable, Text: "the vault did not answer", NotSent: true, Err: err}
	}
	return id, nil
}

// TestTortureVaultSeesAWorkerThatGuesses is the control of TestTortureVault: orders
// that the network delivers late, and a worker whose reconciliation is taken out. The
// oracle must see what it does twice.
func TestTortureVaultSeesAWorkerThatGuesses(t *testing.T) {
	t.Parallel()
	late := blow{"late", func(n *hostileNet, c *call) {
		if !c.orders() {
			c.write(n.forward(c.raw))
			return
		}
		n.hold(c.raw)
		c.abandoned()
	}}
	for _, kind := range []string{"record", "link"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			play := func(around func(workflow.Vault) workflow.Vault, settle time.Duration) []string {
				o := newOrdeal(t, ordealOptions{seed: 1, orders: 6, around: around, settle: settle})
				o.net.rage(0.7, []blow{late})
				o.suffers(15, kind)
				o.heals()
				return o.account().disagreements()
			}
			if found := play(nil, 0); len(found) > 0 {
				t.Errorf("with the worker as it is: %q", found)
			}
			found := play(func(v workflow.Vault) workflow.Vault { return guesser{v} }, 3*patience) // nothing, by the clock of the ordeal
			if !slices.ContainsFunc(found, func(d string) bool { return strings.HasPrefix(d, "the vault did what no order did") }) {
				t.Errorf("what a worker does twice that guesses is not noticed: %q", found)
			}
			t.Logf("a worker that guesses: %d disagreements", len(found))
		})
	}
}

// TestTortureVaultSeesAFalsifiedLedger is the control of the oracle: every single
// entry that is missing, double, or another one is noticed, every outcome that is told
// otherwise, and everybody who has in the end what they should not have, or lacks
// something. Where the network strikes, its excuses are challenged: what an order made
// beside what the network made of it, and anything ten times more.
func TestTortureVaultSeesAFalsifiedLedger(t *testing.T) {
	t.Parallel()
	for _, fire := range []bool{false, true} {
		t.Run(fmt.Sprintf("under fire: %t", fire), func(t *testing.T) {
			t.Parallel()
			entries, excused := 0, 0
			for seed := uint64(3); entries < 12 || fire && excused < 1; seed++ {
				o := newOrdeal(t, ordealOptions{seed: seed, orders: 24, jumps: fire})
				if fire {
					o.net.rage(0.35, blows())
				}
				o.suffers(40, "")
				o.heals()
				a := o.account()
				found, more := a.compared()
				if len(found) > 0 {
					t.Fatalf("seed %d, as it is: %q", seed, found)
				}
				if seed > 20 {
					t.Fatalf("only %d entries, of which %d have an excuse", entries, excused)
				}
				entries, excused = entries+len(a.ledger), excused+more
				falsifies(t, a)
			}
			t.Logf("%d entries, of which %d have an excuse", entries, excused)
		})
	}
}

// falsifies changes everything in an account that is right, one by one.
func falsifies(t *testing.T, a account) {
	t.Helper()
	falsified := func(what string, change func(account) account) {
		if found := change(a).disagreements(); len(found) == 0 {
			t.Errorf("nothing is noticed: %s", what)
		}
	}
	with := func(ledger []vaultsim.Entry) func(account) account {
		for i := range ledger {
			ledger[i].Seq = i + 1
		}
		return func(a account) account { a.ledger = ledger; return a }
	}
	for i, e := range a.ledger {
		name := string(e.Kind) + " of " + e.Record + e.Folder + e.UID
		if !slices.ContainsFunc(a.operations, func(op model.Operation) bool { return did(op, e) && strings.Contains(op.Reason, "cannot be told") }) {
			falsified("missing: "+name, with(slices.Delete(slices.Clone(a.ledger), i, i+1)))
		}
		falsified("double: "+name, with(slices.Insert(slices.Clone(a.ledger), i, e)))
		other := slices.Clone(a.ledger)
		other[i].Record, other[i].Folder, other[i].UID = another, another, another
		falsified("another's: "+name, with(other))
		many := slices.Clone(a.ledger)
		for n := range 10 {
			more := e
			switch e.Kind {
			case vaultsim.LinkCreate:
				more.UID = fmt.Sprint(e.UID, n)
			case vaultsim.RecordAdd:
				more.Record = fmt.Sprint(e.Record, n)
			}
			many = append(many, more)
		}
		falsified("ten more: "+name, with(many))
	}
	for object, lines := range a.have {
		falsified("somebody else has "+object, func(a account) account {
			a.have = a.have.with(object, append(slices.Clone(lines), shareLine("mallory@example.com", "edit", "")))
			return a
		})
		falsified("there is another link to "+object, func(a account) account {
			a.have = a.have.with(object, append(slices.Clone(lines), "the link of nobody"))
			return a
		})
		for i, line := range lines {
			falsified("lost: "+line+" of "+object, func(a account) account {
				a.have = a.have.with(object, slices.Delete(slices.Clone(lines), i, i+1))
				return a
			})
		}
	}
	for i, op := range a.operations {
		for _, state := range []model.OpState{model.OpUnknown, model.OpRefused, model.OpDone} {
			if op.State == state || op.State == model.OpCancelled {
				continue
			}
			if state == model.OpDone && (strings.Contains(op.Reason, "cannot be told") || strings.Contains(op.Reason, "delivered it twice")) {
				continue // which may be so
			}
			if state == model.OpRefused && op.Attempts == 0 {
				continue // nothing was sent, as the vault knows
			}
			falsified(named(op)+" told as "+string(state), func(a account) account {
				a.operations = slices.Clone(a.operations)
				a.operations[i].State = state
				return a
			})
		}
	}
}
