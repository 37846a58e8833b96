package workflow_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// spent is what the budget was spent on: each call when it was made.
type spent struct {
	mu    sync.Mutex
	calls []vaultclient.Exchange
}

func (s *spent) add(x vaultclient.Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, x)
}

// most is the largest number of calls of a path in any minute, and when it began.
func (s *spent) most(path vaultclient.Path, only ...vaultclient.Priority) (int, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var at []time.Time
	for _, x := range s.calls {
		if x.Path == path && (len(only) == 0 || slices.Contains(only, x.Priority)) {
			at = append(at, x.At.Add(x.Wait))
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	most, since := 0, time.Time{}
	for first, last := 0, 0; last < len(at); last++ {
		for at[last].Sub(at[first]) >= time.Minute {
			first++
		}
		if n := last - first + 1; n > most {
			most, since = n, at[first]
		}
	}
	return most, since
}

// TestTenMinutesWithTwoConsolesStayWithinTheBudget lets a worker run for ten
// simulated minutes with 200 endpoint requests waiting and devices beside them,
// while one person looks at the EPM tab and decides, and another goes through
// Approvals. In no minute, wherever it begins, does a path of the service see more
// calls than it may, and what was decided waits for none of the others.
func TestTenMinutesWithTwoConsolesStayWithinTheBudget(t *testing.T) {
	t.Parallel()
	const pending, records, limit = 200, 60, 55
	begin := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of every bubble of synctest
	clock := vaultsim.NewManualClock(begin)
	cloud := vaultsim.NewVault(vaultsim.VaultOptions{Seed: 3, Clock: clock})
	var uids []model.UID
	for n := range records {
		uids = append(uids, model.UID(base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "a record no. %03d", n))))
		cloud.AddRecord(vaultsim.Record{UID: string(uids[n]), Title: fmt.Sprintf("record %d", n), Type: "login"})
	}
	for n := range pending {
		cloud.AddApproval(vaultsim.Approval{Type: "CommandLine", ExpireIn: 60 + n, Created: begin, Account: []vaultsim.Pair{{Key: "Username", Value: "zoe"}},
			Application: []vaultsim.Pair{{Key: "CommandLine", Value: fmt.Sprintf("install the package no. %d of a list that is long", n)}}})
	}
	cloud.AddDevice(vaultsim.Device{Email: "zoe@example.com", Name: "laptop"})
	sim, err := vaultsim.New(vaultsim.Options{Vault: cloud, Keys: []vaultsim.Key{{Value: simKey}}}) // at the default rate limit
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	if _, err := sim.Start(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(context.Background())
		db, err := store.Open(ctx, store.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, ctx: ctx, db: db, svc: workflow.New(db, workflow.Options{Settings: workflow.Settings{Default: policy()}})}
		w.people()
		s := &spent{}
		traffic := vaultadapt.NewTraffic(func(c workflow.Call) { _ = db.AppendTraffic(ctx, c.Stored()) })
		client, err := vaultclient.New(vaultclient.Options{URL: sim.URL(), Key: simKey, Observe: func(x vaultclient.Exchange) {
			traffic.Observe(x)
			s.add(x)
		}, Budget: vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: limit}, time.Now)})
		if err != nil {
			t.Fatal(err)
		}
		worker, err := workflow.NewWorker(w.svc, vaultadapt.New(client, vaultadapt.Options{Traffic: traffic}), workflow.WorkerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		w.svc.UseWorker(worker)
		var all sync.WaitGroup
		every := func(d time.Duration, do func(n int)) {
			all.Go(func() {
				ticker := time.NewTicker(d)
				defer ticker.Stop()
				for n := 0; ; n++ {
					select {
					case <-ctx.Done():
						return
					case <-ticker.C:
						do(n)
					}
				}
			})
		}
		all.Go(func() {
			if err := worker.Run(ctx); err != nil {
				t.Errorf("the worker: %v", err)
			}
		})
		decided := 0
		every(time.Second, func(int) { clock.Advance(time.Second) })
		every(15*time.Second, func(int) { _ = w.svc.WantEndpoints(ctx, "omar") })
		every(10*time.Second, func(int) { decided += w.decideNext("omar") })
		every(7*time.Second, func(n int) { _, _ = w.svc.Facts(ctx, "dana", uids[n%records], false) })
		time.Sleep(10 * time.Minute)
		stop()
		all.Wait()
		w.ctx = t.Context()
		w.spentWell(s, limit, pending, decided)
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, c := range sim.Commands() {
		if c.Refused != 0 {
			t.Errorf("the service refused a call with %d: %s", c.Refused, c.Text)
		}
	}
}

// decideNext decides the request that ends first, and returns how many that were.
func (w *world) decideNext(who model.PersonID) int {
	w.t.Helper()
	page, err := w.svc.Endpoints(w.ctx, who, workflow.Query{View: workflow.EndpointsWaiting})
	if err != nil {
		return 0 // it ends
	}
	for _, e := range page.Rows {
		if e.State != model.EndpointPending || !e.Complete {
			continue
		}
		view, err := w.svc.Endpoint(w.ctx, who, e.ID)
		if err != nil {
			return 0
		}
		if _, err := w.svc.DecideEndpoint(w.ctx, who, decision(view, model.Approve)); err == nil {
			return 1
		}
	}
	return 0
}

// spentWell holds what was spent against the budget, and against what it was for.
func (w *world) spentWell(s *spent, limit, pending, decided int) {
	w.t.Helper()
	for path := vaultclient.PathV1; path <= vaultclient.PathQueue; path++ {
		most, since := s.most(path)
		polling, _ := s.most(path, vaultclient.Polling)
		if most > limit {
			w.t.Errorf("%s: %d calls in the minute after %s, more than %d", path, most, since.Format(time.TimeOnly), limit)
		}
		if left := limit - polling; path == vaultclient.PathV1 && left < 15 {
			w.t.Errorf("%s: %d calls of a minute were spent on listing: %d are left for people", path, polling, left)
		}
		w.t.Logf("%s: at most %d calls in a minute, %d of them to list", path, most, polling)
	}
	waited, decisions := 0, 0
	var listed, last time.Time
	gap := time.Duration(0)
	for _, x := range s.calls {
		switch {
		case x.Priority == vaultclient.Decision:
			decisions++
			if x.Wait > 0 {
				w.t.Errorf("a decision waited %s for its call: %s", x.Wait, x.Command)
			}
		case x.Priority == vaultclient.Polling && x.Wait > 0:
			waited++
		}
		if x.Verb == "approval list" {
			if listed = x.At.Add(x.Wait); !last.IsZero() {
				gap = max(gap, listed.Sub(last))
			}
			last = listed
		}
	}
	if waited == 0 || decisions == 0 || decided < 30 {
		w.t.Errorf("%d calls to list waited, %d calls were for %d decisions: nothing was tried", waited, decisions, decided)
	}
	// All that listing may spend in a minute can be gone at its beginning.
	if gap > time.Minute+5*time.Second {
		w.t.Errorf("nothing was listed for %s", gap)
	}
	var open []model.EndpointRequest
	err := w.db.Read(w.ctx, func(tx *store.Tx) error {
		var err error
		open, err = tx.OpenEndpoints()
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.SortFunc(open, func(a, b model.EndpointRequest) int { return a.Expires.Compare(b.Expires) })
	cut := slices.IndexFunc(open, func(e model.EndpointRequest) bool { return !e.Complete })
	if cut >= 0 && slices.ContainsFunc(open[cut:], func(e model.EndpointRequest) bool { return e.Complete }) {
		w.t.Error("the evidence of one was read before that of another which ends earlier")
	}
	done := pending - len(open)
	if done < decided-1 || cut >= 0 && done+cut < pending/2 {
		w.t.Errorf("of %d decisions %d are carried out, and the evidence of %d of %d was read", decided, done, done+cut, pending)
	}
	w.t.Logf("%d calls to list waited; %d decisions, %d carried out, evidence of the first %d waiting; between two lists at most %s", waited, decided, done, cut, gap)
}
