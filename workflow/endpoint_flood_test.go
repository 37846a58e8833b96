package workflow_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// flood is many endpoint requests at the default rate limit, decided by two people
// at once, some elsewhere and some by nobody, while the worker dies again and again.
type flood struct {
	*vaultWorld
	rnd       *rand.Rand
	uids      []string
	elsewhere map[string]string // decided outside, which way
	decided   map[string]model.Verdict
	by        map[string]string
	kills     int
	nextPoll  time.Time
	conflicts int
}

func TestFloodOfEndpointRequestsEndsInTheTruth(t *testing.T) {
	t.Parallel()
	requests, kills := 40, 12
	if heavy() {
		requests, kills = 200, 50
	}
	v := newVaultWorld(t)
	v.serve(func(o *vaultsim.Options) { o.RateLimit = "" })
	f := &flood{vaultWorld: v, rnd: rand.New(rand.NewPCG(5, uint64(requests))), elsewhere: map[string]string{},
		decided: map[string]model.Verdict{}, by: map[string]string{}}
	f.newLife()
	const step = 5 * time.Second
	perStep := float64(requests) * step.Seconds() / 300
	for n, due := 0, 0.0; n < 2000 && (len(f.uids) < requests || f.open() > 0 || f.unseen()); n++ {
		for due += perStep; due >= 1 && len(f.uids) < requests; due-- {
			f.arrive()
		}
		f.meddle()
		f.decideSome("omar")
		f.decideSome("dana")
		if f.kills < kills && f.rnd.IntN(2) == 0 {
			f.dieSomewhere()
		}
		f.turn()
		v.time.Advance(step)
	}
	if f.kills < kills {
		t.Errorf("the worker died %d times, want %d", f.kills, kills)
	}
	f.check(requests)
}

// newLife is a new process: another client with a budget that knows nothing, and
// another worker.
func (f *flood) newLife() {
	traffic := vaultadapt.NewTraffic(f.calls.add)
	client, err := vaultclient.New(vaultclient.Options{URL: f.sim.URL(), Key: simKey, Now: f.time.Now, Observe: traffic.Observe,
		Timeout: 5 * time.Second, RunTimeout: 5 * time.Second, Poll: quickly(), Budget: vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: 55}, f.time.Now)})
	if err != nil {
		f.t.Fatal(err)
	}
	f.vault = &crashVault{Vault: vaultadapt.New(client, vaultadapt.Options{Traffic: traffic})}
	f.worker = f.newWorker(f.vault)
	f.svc.UseWorker(f.worker)
}

// turn lets the worker do what is due, and what kills it take effect.
func (f *flood) turn() {
	defer func() {
		switch p := recover(); p {
		case nil:
		case errCrash:
			f.kills++
			f.newLife()
		default:
			panic(p)
		}
	}()
	if !f.time.Now().Before(f.nextPoll) {
		pause, err := f.worker.ListEndpoints(f.ctx)
		if err != nil {
			pause = 20 * time.Second
		}
		f.nextPoll = f.time.Now().Add(pause)
	}
	_ = f.worker.Work(f.ctx)
}

func (f *flood) dieSomewhere() {
	calls := []string{"Submit", "Await", "Endpoint", "Endpoints"}
	when := []string{"before", "after"}[f.rnd.IntN(2)]
	f.vault.at(when, calls[f.rnd.IntN(len(calls))], func() { panic(errCrash) })
}

func (f *flood) arrive() {
	minutes := 110
	if f.rnd.IntN(5) == 0 {
		minutes = 2
	}
	f.uids = append(f.uids, f.elevation(minutes))
}

// meddle decides some requests outside.
func (f *flood) meddle() {
	if len(f.uids) == 0 || f.rnd.IntN(3) > 0 {
		return
	}
	uid := f.uids[f.rnd.IntN(len(f.uids))]
	if f.inCloud(uid) != vaultsim.Pending || len(f.elsewhere) > len(f.uids)/6 {
		return
	}
	f.elsewhere[uid] = []string{vaultsim.Approved, vaultsim.Denied}[f.rnd.IntN(2)]
	f.cloud.DecideApproval(uid, f.elsewhere[uid])
}

// decideSome decides what one person would in five seconds. Both people look at the
// same requests.
func (f *flood) decideSome(who model.PersonID) {
	page, err := f.svc.Endpoints(f.ctx, who, workflow.Query{View: workflow.EndpointsWaiting})
	if err != nil {
		f.t.Fatal(err)
	}
	done := 0
	for _, e := range page.Rows {
		if e.Minutes == 2 && f.rnd.IntN(30) > 0 {
			continue // these mostly run out
		}
		if done++; done > 2 {
			return
		}
		view := f.sees(who, string(e.UID))
		verdict := []model.Verdict{model.Approve, model.Deny}[f.rnd.IntN(2)]
		var conflict *workflow.Conflict
		_, err := f.svc.DecideEndpoint(f.ctx, who, decision(view, verdict))
		switch {
		case err == nil:
			f.decided[string(e.UID)], f.by[string(e.UID)] = verdict, string(who)
		case errors.As(err, &conflict):
			f.conflicts++
		case denied(err) != model.DenyState:
			f.t.Fatal(err)
		}
	}
}

func (f *flood) open() int {
	n := 0
	err := f.db.Read(f.ctx, func(tx *store.Tx) error {
		all, err := tx.OpenEndpoints()
		n = len(all)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

// unseen reports whether a request waits in the vault that nobody here knows yet.
func (f *flood) unseen() bool {
	for _, uid := range f.uids {
		if _, err := f.svc.EndpointByUID(f.ctx, "omar", uid); err != nil && f.elsewhere[uid] == "" {
			return true
		}
	}
	return false
}

// check compares what is told of each request with what happened in the vault.
func (f *flood) check(requests int) {
	f.t.Helper()
	times := map[string]int{}
	for _, e := range f.sim.Ledger() {
		times[e.UID]++
	}
	counts := map[model.EndpointState]int{}
	for _, uid := range f.uids {
		cloud, outside := f.inCloud(uid), f.elsewhere[uid]
		view, err := f.svc.EndpointByUID(f.ctx, "omar", uid)
		if errors.Is(err, workflow.ErrNotFound) && outside != "" {
			requests-- // decided before it was listed for the first time
			continue
		}
		if err != nil {
			f.t.Errorf("%s: %v", uid, err)
			continue
		}
		counts[view.State]++
		bad := func(why string) {
			f.t.Errorf("%s: %s: here %s, %s in the cloud, decided by %q, outside %q, %d times in the ledger: %s", uid, why, view.State, cloud,
				view.DecidedBy, outside, times[uid], view.Outcome)
		}
		if times[uid] > 1 || times[uid] == 1 && outside != "" {
			bad("decided twice")
		}
		f.told(view)
		switch view.State {
		case model.EndpointApproved, model.EndpointDenied:
			if !strings.EqualFold(cloud, string(view.State)) || view.DecidedBy != f.by[uid] || !strings.Contains(view.Outcome, f.decided[uid].Past()+" by "+f.by[uid]) {
				bad("not as decided here")
			}
			if times[uid] == 0 && outside != "" && strings.Contains(view.Outcome, "may have decided the same before") {
				continue // somebody was faster, and the answer that would tell was lost
			}
			if times[uid] != 1 {
				bad("told as done, and not in the ledger")
			}
		case model.EndpointElsewhere:
			if outside == "" || cloud != outside || !strings.Contains(view.Outcome, strings.ToLower(outside)+" outside") {
				bad("not decided elsewhere")
			}
		case model.EndpointExpired:
			if times[uid] != 0 {
				bad("expired, and decided")
			}
		default:
			bad("left open")
		}
	}
	f.t.Logf("%v, %d decisions too late for another's, %d deaths", counts, f.conflicts, f.kills)
	all := 0
	for _, n := range counts {
		all += n
	}
	if all != requests || counts[model.EndpointElsewhere] == 0 || counts[model.EndpointExpired] == 0 {
		f.t.Errorf("%d requests of %d, %v", all, requests, counts)
	}
	if left := f.incidents(workflow.Query{View: workflow.IncidentsOpen}); len(left) > 0 {
		f.t.Errorf("incidents left open: %v", left)
	}
}
