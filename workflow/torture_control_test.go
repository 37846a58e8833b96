package workflow_test

import (
	"context"
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
// entry that is missing, double, or another one is noticed, and every outcome that
// is told otherwise.
func TestTortureVaultSeesAFalsifiedLedger(t *testing.T) {
	t.Parallel()
	o := newOrdeal(t, ordealOptions{seed: 3, orders: 24})
	o.suffers(40, "")
	o.heals()
	a := o.account()
	if found := a.disagreements(); len(found) > 0 {
		t.Fatalf("as it is: %q", found)
	}
	if len(a.ledger) < 12 {
		t.Fatalf("only %d entries", len(a.ledger))
	}
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
		falsified("missing: "+name, with(slices.Delete(slices.Clone(a.ledger), i, i+1)))
		falsified("double: "+name, with(slices.Insert(slices.Clone(a.ledger), i, e)))
		other := slices.Clone(a.ledger)
		other[i].Record, other[i].Folder, other[i].UID = another, another, another
		falsified("another's: "+name, with(other))
	}
	for i, op := range a.operations {
		for _, state := range []model.OpState{model.OpUnknown, model.OpRefused, model.OpDone} {
			if op.State == state || op.State == model.OpCancelled {
				continue
			}
			falsified(named(op)+" told as "+string(state), func(a account) account {
				a.operations = slices.Clone(a.operations)
				a.operations[i].State = state
				return a
			})
		}
	}
}
