package workflow_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// clockPlay is a queue on a machine whose clock somebody sets: a day ahead, a day
// back, an hour as when a zone is mistaken, a second as leap seconds do.
type clockPlay struct {
	*vaultWorld
	by    *atomic.Int64 // what our clock shows more than is true, in nanoseconds
	rnd   *rand.Rand
	given []*given
	jumps int
	// behind is the vault as its workers see it.
	behind workflow.Vault
}

// given is a request that was ordered to be carried out, for a record of its own.
type given struct {
	number model.Number
	uid    string
	limit  model.Limit
	over   bool // she had view for good before
	back   bool // it was given back
}

func newClockPlay(t *testing.T, seed uint64) *clockPlay {
	by := &atomic.Int64{}
	v := newVaultWorldBy(t, t.TempDir(), func(now time.Time) time.Time { return now.Add(time.Duration(by.Load())) })
	return &clockPlay{vaultWorld: v, by: by, rnd: rand.New(rand.NewPCG(seed, 6)), behind: v.vault}
}

// jump sets our clock.
func (p *clockPlay) jump() {
	p.jumps++
	by := []time.Duration{0, 0, 24 * time.Hour, -24 * time.Hour, time.Hour, -time.Hour, time.Second, -time.Second}
	p.by.Store(int64(by[p.rnd.IntN(len(by))]))
}

// ask has somebody ask for access, which is approved and ordered. What the program
// refuses while the clock is wrong is none.
func (p *clockPlay) ask() error {
	limits := []model.Limit{model.For(time.Hour), model.For(4 * time.Hour), model.For(24 * time.Hour), model.Permanent}
	title := fmt.Sprintf("record %d", len(p.given))
	g := &given{limit: limits[p.rnd.IntN(len(limits))]}
	g.uid = p.cloud.AddRecord(vaultsim.Record{Title: title, Type: "login"})
	if g.over = p.rnd.IntN(2) == 0; g.over {
		p.cloud.Share(g.uid, "alice@example.com", vaultsim.Rights{}, time.Time{})
	}
	d := draft()
	d.Target = model.Target{Kind: model.TargetRecord, UID: model.UID(g.uid), Title: title, Type: "login"}
	d.Asked.Limit = g.limit
	r, err := p.svc.Submit(p.ctx, "alice", d)
	if err != nil {
		return err
	}
	if _, err := p.svc.Decide(p.ctx, "omar", p.decision("omar", r.Number, model.Approve, "")); err != nil {
		return err
	}
	if p.rnd.IntN(3) == 0 {
		p.jump()
	}
	task := p.task(r.Number)
	if err := p.svc.Claim(p.ctx, "heidi", task); err != nil {
		return err
	}
	plan, err := p.svc.Plan(p.ctx, "heidi", task)
	if err != nil {
		return err
	}
	if err := p.svc.Fulfil(p.ctx, "heidi", task, plan.Digest); err != nil {
		return err
	}
	g.number = r.Number
	p.given = append(p.given, g)
	return nil
}

// strikes lets the clock be set while the next order is sent or waited for, the
// connection break at its sending or its answer, and another worker take over.
func (p *clockPlay) strikes() {
	if p.rnd.IntN(3) == 0 {
		calls := []string{"Submit", "Await", "Record"}
		p.vault.at([]string{"before", "after"}[p.rnd.IntN(2)], calls[p.rnd.IntN(len(calls))], p.jump)
	}
	if p.rnd.IntN(3) == 0 {
		f := vaultsim.Fault{Kind: vaultsim.CutBefore, Command: "share-record", Endpoint: vaultsim.EndpointSubmit}
		if p.rnd.IntN(2) == 0 {
			f.Kind = vaultsim.CutAfter
		}
		p.sim.Arm(f)
	}
	if p.rnd.IntN(4) == 0 {
		p.hires(p.behind)
	}
}

// hires lets another worker take over.
func (p *clockPlay) hires(vault workflow.Vault) {
	p.behind = vault
	p.worker = p.newWorker(vault)
	p.svc.UseWorker(p.worker)
}

// giveBackOne gives back what is open of one request.
func (p *clockPlay) giveBackOne() error {
	if len(p.given) == 0 {
		return nil
	}
	g := p.given[p.rnd.IntN(len(p.given))]
	open, ok := p.view("alice", g.number).OpenGrant()
	if !ok || open.State != model.GrantActive {
		return nil
	}
	err := p.svc.GiveBack(p.ctx, "alice", open.ID, "")
	g.back = g.back || err == nil
	return err
}

// TestTortureClocks sets the clock of this machine while requests are made, decided,
// carried out and given back. Nothing is done twice, nobody has access for longer
// than was approved, and when the clock is right again all comes to its end.
func TestTortureClocks(t *testing.T) {
	t.Parallel()
	seeds, rounds := 2, 12
	switch {
	case long():
		seeds, rounds = 200, 40
	case heavy():
		seeds, rounds = 8, 25
	}
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			p := newClockPlay(t, seed)
			p.play(rounds)
			for _, wrong := range p.wrong() {
				t.Error(wrong)
			}
			t.Logf("%d jumps of the clock, %d requests carried out, %d entries in the ledger", p.jumps, len(p.given), len(p.sim.Ledger()))
		})
	}
}

// clocklessVault does not tell what the clock of the service's host shows.
type clocklessVault struct{ workflow.Vault }

func (clocklessVault) Ahead() (time.Duration, bool) { return 0, false }

// TestTortureClocksControl takes the guard out: where the clocks cannot be compared,
// somebody has access for a day too long, and that is noticed.
func TestTortureClocksControl(t *testing.T) {
	t.Parallel()
	p := newClockPlay(t, 1)
	p.hires(clocklessVault{p.vault})
	p.play(20)
	if !slices.ContainsFunc(p.wrong(), func(wrong string) bool { return strings.Contains(wrong, "granted for ") }) {
		t.Errorf("nobody notices that access lasts too long; %d requests carried out", len(p.given))
	}
}

func TestAccessThatEndsWaitsForTheClock(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		by    time.Duration
		limit model.Limit
		waits string
	}{
		{24 * time.Hour, model.For(4 * time.Hour), "the clock of this machine is 1 d ahead of that of the vault service's host"},
		{-90 * time.Minute, model.For(4 * time.Hour), "1 h 30 min behind"},
		{24 * time.Hour, model.Permanent, ""},
		{4 * time.Minute, model.For(4 * time.Hour), ""},
	} {
		t.Run(fmt.Sprintf("%s, %s", tt.by, tt.limit), func(t *testing.T) {
			t.Parallel()
			p := newClockPlay(t, 1)
			p.by.Store(int64(tt.by))
			d := draft()
			d.Asked.Limit = tt.limit
			r, task := p.approved("alice", d)
			p.fulfil(task)
			p.work()
			op := p.op(r.Number)
			if tt.waits == "" {
				if op.State != model.OpDone {
					t.Errorf("%s: %s", op.State, op.Reason)
				}
				return
			}
			if op.State != model.OpQueued || op.Attempts != 0 || !strings.Contains(op.Reason, tt.waits) || len(p.kinds()) != 0 {
				t.Fatalf("%s after %d attempts: %s; the vault did %v", op.State, op.Attempts, op.Reason, p.kinds())
			}
			before := len(p.sim.Commands())
			for range 3 {
				p.work()
			}
			if got := len(p.sim.Commands()) - before; got != 0 {
				t.Errorf("while it waits, the vault is asked %d times", got)
			}
			p.by.Store(0)
			p.work()
			if op := p.op(r.Number); op.State != model.OpDone || op.Reason != "" {
				t.Errorf("when the clock is right: %s: %s", op.State, op.Reason)
			}
			if share, ok := p.share("alice"); !ok || share.Expires.Sub(p.time.Now()) > 4*time.Hour {
				t.Errorf("alice has %+v", share)
			}
		})
	}
}

// play jumps, works, and comes to an end.
func (p *clockPlay) play(rounds int) {
	var passing *workflow.VaultError
	for range rounds {
		if p.rnd.IntN(2) == 0 {
			p.jump()
		}
		p.strikes()
		var err error
		p.active(func() {
			if p.rnd.IntN(3) > 0 {
				err = p.ask()
			} else {
				err = p.giveBackOne()
			}
		})
		if err != nil && !errors.As(err, &passing) {
			p.t.Logf("refused: %v", err)
		}
		if p.rnd.IntN(3) == 0 {
			p.jump()
		}
		p.later(time.Duration(p.rnd.IntN(120)) * time.Minute)
		p.later(30 * time.Second)
	}
	p.vault.before, p.vault.after = nil, nil // what would set the clock once more
	p.by.Store(0)
	for range 60 { // what waits for a moment may wait for a day, and then last for one
		p.later(time.Hour)
	}
}

// wrong lists what must not be, once the clock is right and every time is over.
func (p *clockPlay) wrong() []string {
	var all []string
	say := func(g *given, format string, args ...any) {
		all = append(all, fmt.Sprintf("%s, %s: ", g.number, g.limit)+fmt.Sprintf(format, args...))
	}
	longest := map[string]time.Duration{}
	count := map[string]int{}
	for _, e := range p.sim.Ledger() {
		if e.Kind == vaultsim.Grant || e.Kind == vaultsim.Change {
			if e.Rights != (vaultsim.Rights{}).String() {
				count[e.Record]++ // else a standing right that is given back
			}
			if !e.Expires.IsZero() {
				longest[e.Record] = max(longest[e.Record], e.Expires.Sub(e.At))
			}
		}
	}
	for _, g := range p.given {
		v := p.view("priya", g.number)
		for _, op := range v.Operations {
			if !op.State.Final() && op.State != model.OpScheduled {
				say(g, "the order %d is still %s: %s%s", op.ID, op.State, op.Reason, op.LookingFor)
			}
		}
		if count[g.uid] > 1 {
			say(g, "granted %d times", count[g.uid])
		}
		if d := g.limit.Length(); d > 0 && longest[g.uid] > d+6*time.Minute {
			say(g, "granted for %s", longest[g.uid])
		}
		share, has := p.cloudShare(g.uid)
		_, open := v.OpenGrant()
		if g.over && !open {
			if !has || share.Rights != (vaultsim.Rights{}) || !share.Expires.IsZero() {
				say(g, "she had view for good, and has %+v, %t", share, has)
			}
			continue
		}
		if has != open || has && g.limit != model.Permanent {
			say(g, "the vault has the share: %t, the queue: %t, the request is %s", has, open, v.Request.State)
		}
	}
	if chain, err := p.svc.VerifyAudit(p.ctx, "sam"); err != nil || !chain.Intact {
		all = append(all, fmt.Sprintf("the chain: %+v, %v", chain, err))
	}
	return all
}

// cloudShare returns alice's share of a record, and whether she has one.
func (p *clockPlay) cloudShare(uid string) (vaultsim.Share, bool) {
	for _, s := range p.cloud.Shares(uid) {
		if s.User == "alice@example.com" {
			return s, true
		}
	}
	return vaultsim.Share{}, false
}
