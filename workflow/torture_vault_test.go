package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// ordeal is a world in which everything between the worker and the vault can go
// wrong: people ask, approve and give back at random, the worker works, the
// network does what it does, and the clocks of both sides jump.
type ordeal struct {
	*vaultWorld
	net      *hostileNet
	rng      *rand.Rand
	theirs   *vaultsim.Clock // of the vault and its service; time is ours
	steady   *vaultsim.Clock // goes on with ours and never jumps, as timers do
	identity seal.Identity
	since    time.Duration // that our clock went on while the network held calls back
	records  []string      // that nobody has asked for yet
	folders  []string
	requests []model.Number
	asked    []string // endpoint requests and devices that wait in the cloud
	devices  []string
	decided  map[string]bool
	stood    map[string]vaultsim.Share // who had a record before, for good, by its UID
	unknown  map[int64]bool            // operations whose outcome was not known once
	jumps    bool
	off      [2]time.Duration // by which our clock and theirs are wrong
	skew     time.Duration    // how far the two may have been apart
}

// ordealOptions say what is different about an ordeal.
type ordealOptions struct {
	seed   uint64
	orders int
	// around puts something between the worker and its vault; nil for nothing.
	around func(workflow.Vault) workflow.Vault
	settle time.Duration // WorkerOptions.Settle
	jumps  bool          // clocks jump
}

func newOrdeal(t *testing.T, opt ordealOptions) *ordeal {
	t.Helper()
	o := &ordeal{rng: rand.New(rand.NewPCG(opt.seed, 1)), theirs: vaultsim.NewClock(), steady: vaultsim.NewClock(), decided: map[string]bool{}, unknown: map[int64]bool{}, stood: map[string]vaultsim.Share{}, jumps: opt.jumps}
	ours := vaultsim.NewClock()
	cloud := vaultsim.NewVault(vaultsim.VaultOptions{Seed: opt.seed, Clock: o.theirs})
	for _, p := range []string{"alice", "bob", "dana", "heidi", "priya"} {
		cloud.AddUser(vaultsim.User{Email: p + "@example.com", Relation: vaultsim.Known})
	}
	for i := range opt.orders {
		o.records = append(o.records, cloud.AddRecord(vaultsim.Record{Title: fmt.Sprintf("record %03d", i), Type: "login"}))
		o.folders = append(o.folders, cloud.AddSharedFolder(vaultsim.Folder{Name: fmt.Sprintf("folder %03d", i)}))
	}
	sim, err := vaultsim.New(vaultsim.Options{Vault: cloud, Keys: []vaultsim.Key{{Value: simKey}}, RateLimit: "1000000/minute"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	if _, err := sim.Start(); err != nil {
		t.Fatal(err)
	}
	o.net = newHostileNet(t, sim, opt.seed)
	if o.identity, err = seal.Generate(); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ctx: context.Background()}
	if w.db, err = store.Open(w.ctx, store.Options{Dir: t.TempDir(), Now: ours.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.db.Close() })
	p := policy()
	if opt.seed%2 == 0 {
		p.Fulfilment = model.FulfilAutomatic
	}
	w.svc = workflow.New(w.db, workflow.Options{Now: ours.Now, Check: vaultadapt.Check,
		Settings: workflow.Settings{Default: p, Recipients: []seal.Recipient{o.identity.Recipient()}}})
	w.people()
	o.vaultWorld = &vaultWorld{world: w, sim: sim, cloud: cloud, time: ours, calls: &calls{}}
	o.worker = o.hire(opt)
	o.svc.UseWorker(o.worker)
	return o
}

// patience is how long the client of an ordeal waits for an answer. What is slower
// because the machine is busy is one more thing that goes wrong.
const patience = 100 * time.Millisecond

// hire makes the worker, behind the network.
func (o *ordeal) hire(opt ordealOptions) *workflow.Worker {
	o.t.Helper()
	traffic := vaultadapt.NewTraffic(o.calls.add)
	client, err := vaultclient.New(vaultclient.Options{URL: o.net.url(), Key: simKey, Now: o.time.Now, Observe: traffic.Observe,
		Timeout: patience, RunTimeout: patience, Poll: quickly(),
		Budget: vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: 1_000_000}, o.steady.Now)})
	if err != nil {
		o.t.Fatal(err)
	}
	var vault workflow.Vault = vaultadapt.New(client, vaultadapt.Options{Traffic: traffic})
	if opt.around != nil {
		vault = opt.around(vault)
	}
	worker, err := workflow.NewWorker(o.svc, vault, workflow.WorkerOptions{Holder: "test", AnswerLimit: 2 * patience, LookLimit: patience,
		SendLimit: 2 * patience, ReadLimit: 3 * patience, Settle: opt.settle, Steady: o.steady.Now, Identities: []seal.Identity{o.identity}})
	if err != nil {
		o.t.Fatal(err)
	}
	return worker
}

// suffers lets everything happen for some rounds.
func (o *ordeal) suffers(rounds int, only string) {
	o.t.Helper()
	for range rounds {
		o.people(only)
		o.round()
		o.honest()
		o.passes(o.rng.Int64N(int64(pick(o.rng, 4*time.Second, 15*time.Second, 2*time.Minute, 10*time.Minute))))
	}
}

func pick[T any](rng *rand.Rand, of ...T) T { return of[rng.IntN(len(of))] }

// round lets the worker do what is due, and now and then what it does beside.
func (o *ordeal) round() {
	o.t.Helper()
	if err := o.worker.Work(o.ctx); err != nil {
		o.t.Fatalf("work: %v", err)
	}
	ctx, cancel := context.WithTimeout(o.ctx, 5*patience)
	defer cancel()
	switch o.rng.IntN(4) {
	case 0:
		_, _ = o.worker.ListEndpoints(ctx)
	case 1:
		_, _ = o.worker.ListDevices(ctx)
	case 2:
		_ = o.worker.ReadTitles(ctx)
		o.worker.AskHealth(ctx)
	}
}

// passes lets time pass on both sides. What the network holds back is delivered
// before it is so old that the worker may conclude that it is lost: a network that
// holds a call for longer than WorkerOptions.Settle is not promised to be survived.
func (o *ordeal) passes(by int64) {
	o.net.arrives()
	d := time.Duration(by)
	if o.since += d; o.since > 35*time.Second {
		o.net.deliver()
		o.since = 0
	}
	o.time.Advance(d)
	o.theirs.Advance(d)
	o.steady.Advance(d)
	if !o.jumps || o.rng.IntN(12) > 0 {
		return
	}
	o.sets(o.rng.IntN(2), pick(o.rng, -time.Hour, -90*time.Second, 0, 90*time.Second, time.Hour))
	o.skew = 2 * time.Hour
}

// sets lets our clock (0) or theirs (1) be wrong by so much.
func (o *ordeal) sets(which int, off time.Duration) {
	[]*vaultsim.Clock{o.time, o.theirs}[which].Advance(off - o.off[which])
	o.off[which] = off
}

// heals lets the network be calm, the clocks right, and time pass until nothing is
// open any more. While access ends and standing rights are given back the clocks jump
// as before, and are right at last. It reports how many operations were unknown at its
// beginning.
func (o *ordeal) heals() (unknown int) {
	o.t.Helper()
	o.net.calm()
	jumps := o.jumps
	o.clocksRight()
	for _, op := range o.operations() {
		if op.State == model.OpUnknown {
			unknown++
		}
	}
	o.untilSettled()
	o.jumps = jumps
	for range 12 {
		o.passes(int64(30 * time.Minute))
		o.worked()
		o.honest()
	}
	o.clocksRight()
	for range 6 {
		o.untilSettled()
		o.passes(int64(time.Hour))
	}
	o.untilSettled()
	return unknown
}

// clocksRight ends the jumps.
func (o *ordeal) clocksRight() {
	o.jumps = false
	o.sets(0, 0)
	o.sets(1, 0)
}

func (o *ordeal) untilSettled() {
	o.t.Helper()
	for range 400 {
		o.worked()
		open := slices.ContainsFunc(o.operations(), func(op model.Operation) bool { return !op.State.Final() && op.State != model.OpScheduled })
		if !open {
			return
		}
		o.honest()
		// What waits for a moment waits longer where the clock was put back meanwhile.
		o.passes(int64(30*time.Second + o.skew/200))
	}
	for _, op := range o.operations() {
		if !op.State.Final() {
			o.t.Errorf("the vault is healthy again, and %d %s is still %s: %s%s", op.ID, op.Kind, op.State, op.Reason, op.LookingFor)
		}
	}
	o.t.FailNow()
}

func (o *ordeal) worked() {
	o.t.Helper()
	if err := o.worker.Work(o.ctx); err != nil {
		o.t.Fatalf("work: %v", err)
	}
}

// honest checks that nothing looks otherwise than it is known to be.
func (o *ordeal) honest() {
	o.t.Helper()
	for _, op := range o.operations() {
		switch {
		case op.State == model.OpSent:
			o.t.Fatalf("%d %s is left as sent", op.ID, op.Kind)
		case op.State == model.OpUnknown && (op.LookingFor == "" || op.NextLook.IsZero()):
			o.t.Fatalf("%d %s is unknown, but nothing is looked for", op.ID, op.Kind)
		case op.State == model.OpRefused && op.Reason == "":
			o.t.Fatalf("%d %s is refused without a reason", op.ID, op.Kind)
		case op.State == model.OpQueued && op.Attempts > 0 && op.Reason == "":
			o.t.Fatalf("%d %s was put back without a reason", op.ID, op.Kind)
		case op.State == model.OpUnknown:
			o.unknown[op.ID] = true
		}
	}
}

// operations are all there are.
func (o *ordeal) operations() []model.Operation {
	o.t.Helper()
	var all []model.Operation
	err := o.db.Read(o.ctx, func(tx *store.Tx) error {
		for _, n := range o.requests {
			r, _, err := tx.Request(n)
			if err != nil {
				return err
			}
			ops, err := tx.OperationsOf(r.ID)
			if err != nil {
				return err
			}
			all = append(all, ops...)
		}
		for id := range o.decided {
			var endpoint, device int64
			if e, found, err := tx.EndpointByUID(model.UID(id)); err != nil {
				return err
			} else if found {
				endpoint = e.ID
			} else if d, found, err := tx.DeviceByDigits(id); err != nil {
				return err
			} else if found {
				device = d.ID
			}
			op, found, err := tx.DecisionOn(endpoint, device)
			if err != nil {
				return err
			}
			if found {
				all = append(all, op)
			}
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return all
}

// tortureLength is how many calls an ordeal is to have: some in the short form,
// more in the heavy one, and in the long one 100,000 or what COUNTERSIGN_LONG says.
func tortureLength(short, hard, long int) int {
	switch n, err := strconv.Atoi(os.Getenv("COUNTERSIGN_LONG")); {
	case err == nil && n > 1:
		return n
	case os.Getenv("COUNTERSIGN_LONG") != "":
		return long
	case heavy():
		return hard
	}
	return short
}

// denies reports whether an error of a person's act is one that the vault's state
// explains; the person tries again.
func denies(err error) bool {
	var e *workflow.VaultError
	var invalid workflow.Invalid
	var denied *model.Denied
	return errors.As(err, &e) || errors.As(err, &invalid) || errors.As(err, &denied) || conflict(err) != nil ||
		errors.Is(err, context.DeadlineExceeded)
}
