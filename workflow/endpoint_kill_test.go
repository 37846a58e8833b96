package workflow_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
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

// TestEndpointKillChild is no test: it is the worker that
// TestAKilledWorkerDecidesOnce kills. It never ends by itself.
func TestEndpointKillChild(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		return
	}
	ctx := t.Context()
	db, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	budget := vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: 1_000_000}, time.Now)
	client, err := vaultclient.New(vaultclient.Options{URL: os.Getenv(killURL), Key: killKey, Budget: budget, Version: "18.0.13", Poll: quickly()})
	if err != nil {
		t.Fatal(err)
	}
	svc := workflow.New(db, workflow.Options{Settings: workflow.Settings{Default: policy()}})
	worker, err := workflow.NewWorker(svc, vaultadapt.New(client, vaultadapt.Options{}),
		workflow.WorkerOptions{Holder: "the killed one", SendLimit: 300 * time.Millisecond, Settle: 400 * time.Millisecond, Tick: 50 * time.Millisecond, HealthEvery: time.Hour,
			EndpointsBusy: 20 * time.Millisecond, EndpointsIdle: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("at work")
	if err := worker.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// A worker's process is killed at any moment while endpoint requests come in and are
// decided. Whatever it was doing, the vault's own ledger shows each decision once,
// and every request and incident tells the truth.
func TestAKilledWorkerDecidesOnce(t *testing.T) {
	t.Parallel()
	kills := 4
	if heavy() {
		kills = 50
	}
	w := newWorld(t)
	w.clock.advance(time.Since(w.clock.now()))
	vault := vaultsim.NewVault(vaultsim.VaultOptions{Seed: 8})
	server, err := vaultsim.New(vaultsim.Options{Vault: vault, Keys: []vaultsim.Key{{Value: killKey}}, RateLimit: "1000000/minute",
		Latency: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	url, err := server.Start()
	if err != nil {
		t.Fatal(err)
	}
	v := &vaultWorld{world: w, sim: server, cloud: vault, time: server.Clock()}
	rnd := rand.New(rand.NewPCG(1, uint64(kills)))
	decided := map[model.UID]model.Verdict{}
	total := 0
	ctx, cancel := context.WithTimeout(w.ctx, 3*time.Minute)
	defer cancel()
	changed := w.db.Watch(ctx)
	done := false
	for life := 0; !done; life++ {
		last := life >= kills
		for range 3 {
			if !last {
				v.elevation(60)
				total++
			}
		}
		child, out := w.endpointWorker(ctx, url)
		// The lease of one that was killed is taken over, since it bears the same name.
		var killed <-chan time.Time
		if !last {
			killed = time.After(time.Duration(rnd.IntN(400)) * time.Millisecond)
		}
		for living := true; living && !done; {
			done = v.decideAll(decided, rnd) && last && len(decided) == total
			select {
			case <-killed:
				living = false
			case <-changed:
			case <-time.After(100 * time.Millisecond): // nothing changed, but somebody was refused a moment ago
			}
			living = living && ctx.Err() == nil
		}
		_ = child.Process.Kill()
		_ = child.Wait()
		if ctx.Err() != nil {
			t.Fatalf("not all %d requests have ended; decided %d:\n%s", total, len(decided), out.words.String())
		}
	}
	times := map[string]int{}
	for _, e := range server.Ledger() {
		times[e.UID]++
	}
	for uid, verdict := range decided {
		view := v.sees("omar", string(uid))
		want := map[model.Verdict]model.EndpointState{model.Approve: model.EndpointApproved, model.Deny: model.EndpointDenied}[verdict]
		if view.State != want || times[string(uid)] != 1 || !strings.EqualFold(v.inCloud(string(uid)), string(want)) {
			t.Errorf("%s: %s wanted, %s here, %s in the cloud, %d times in the ledger: %s", uid, want, view.State, v.inCloud(string(uid)),
				times[string(uid)], view.Outcome)
		}
		v.told(view, verdict.Past()+" by ")
	}
	t.Logf("%d requests, %d kills", total, kills)
}

// said is what a process has said. It closes heard at its first words.
type said struct {
	words bytes.Buffer
	heard chan struct{}
}

func (s *said) Write(b []byte) (int, error) {
	if s.words.Len() == 0 {
		close(s.heard)
	}
	return s.words.Write(b)
}

// endpointWorker starts a worker's process and waits until it works: what is killed
// before can do nothing twice.
func (w *world) endpointWorker(ctx context.Context, url string) (*exec.Cmd, *said) {
	w.t.Helper()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestEndpointKillChild$", "-test.count=1")
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "GOCOVERDIR=") }),
		killDir+"="+w.db.Dir(), killURL+"="+url)
	out := &said{heard: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	select {
	case <-out.heard:
	case <-ctx.Done():
	}
	return cmd, out
}

// decideAll has two people decide what waits, and reports whether nothing is open.
func (v *vaultWorld) decideAll(decided map[model.UID]model.Verdict, rnd *rand.Rand) bool {
	v.t.Helper()
	page, err := v.svc.Endpoints(v.ctx, "omar", workflow.Query{View: workflow.EndpointsWaiting})
	if err != nil {
		v.t.Fatal(err)
	}
	for _, e := range page.Rows {
		if e.State != model.EndpointPending || !e.Complete {
			continue
		}
		verdict := []model.Verdict{model.Approve, model.Deny}[rnd.IntN(2)]
		who := []model.PersonID{"omar", "dana"}[rnd.IntN(2)]
		if _, err := v.svc.DecideEndpoint(v.ctx, who, decision(v.sees(who, string(e.UID)), verdict)); err == nil {
			decided[e.UID] = verdict
		}
	}
	return len(page.Rows) == 0
}
