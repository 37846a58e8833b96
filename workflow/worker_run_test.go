package workflow_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// run starts a worker and ends it with the test; nothing of it may be left.
func (v *vaultWorld) run(worker *workflow.Worker) (stop func()) {
	v.t.Helper()
	ctx, cancel := context.WithCancel(v.ctx)
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	stop = func() {
		cancel()
		if err, ok := <-ended; ok {
			close(ended)
			if err != nil {
				v.t.Errorf("the worker ended with %v", err)
			}
		}
	}
	v.t.Cleanup(stop)
	return stop
}

// until waits for something to become true, looking again after each change.
func (v *vaultWorld) until(svc *workflow.Service, what string, ok func() bool) {
	v.t.Helper()
	changed, end := svc.Changes()
	defer end()
	deadline := time.After(20 * time.Second)
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-changed:
		case <-again.C:
		case <-deadline:
			v.t.Fatalf("never: %s", what)
		}
	}
}

// elsewhere is the service of another process: another connection to the same
// store, and no worker.
func (v *vaultWorld) elsewhere() *workflow.Service {
	v.t.Helper()
	db, err := store.Open(v.ctx, store.Options{Dir: v.db.Dir(), Now: v.time.Now})
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() {
		if err := db.Close(); err != nil {
			v.t.Error(err)
		}
	})
	return workflow.New(db, workflow.Options{Settings: workflow.Settings{Default: policy()}, Now: v.time.Now})
}

func TestRunningWorkerServesEveryProcess(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("all", func(t *testing.T) {
		v := newVaultWorld(t)
		v.run(v.worker)
		other := v.elsewhere()
		v.until(other, "the vault is connected", func() bool { return other.Health(v.ctx).State == model.HealthConnected })

		for name, svc := range map[string]*workflow.Service{"its own process": v.svc, "another process": other} {
			got, err := svc.Search(v.ctx, "alice", "PROD db", model.TargetRecord)
			if err != nil || got.Total != 1 || got.Hits[0].UID != prodDB || got.Built.IsZero() {
				t.Errorf("%s: found %+v, %v", name, got, err)
			}
			facts, err := svc.Facts(v.ctx, "alice", prodDB, true)
			if err != nil || facts.Title != "prod-db-01" || facts.Owner != vaultsim.DefaultService {
				t.Errorf("%s: facts %+v, %v", name, facts, err)
			}
			gone, err := svc.Facts(v.ctx, "alice", "AAAAAAAAAAAAAAAAAAAAAA", false)
			if err != nil || !gone.Gone {
				t.Errorf("%s: a record that is not there: %+v, %v", name, gone, err)
			}
			if err := svc.RefreshIndex(v.ctx, "alice"); err != nil {
				t.Errorf("%s: refresh: %v", name, err)
			}
			if err := svc.WantEndpoints(v.ctx, "omar"); err != nil {
				t.Errorf("%s: endpoints: %v", name, err)
			}
		}

		v.sim.Forbid(simKey, "get")
		var trouble *workflow.VaultError
		if _, err := other.Facts(v.ctx, "alice", prodDB, true); !errors.As(err, &trouble) || trouble.Kind != workflow.VaultNotPermitted {
			t.Errorf("a command that is not permitted: %v", err)
		}
		v.sim.Permit(simKey, "get")

		r := v.submit("alice", draft())
		v.approve("omar", r.Number)
		task := v.task(r.Number)
		if err := other.Claim(v.ctx, "heidi", task); err != nil {
			t.Fatal(err)
		}
		plan, err := other.Plan(v.ctx, "heidi", task)
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Fulfil(v.ctx, "heidi", task, plan.Digest); err != nil {
			t.Fatal(err)
		}
		v.until(other, "the request is done", func() bool { return v.view("alice", r.Number).Request.State == model.ClosedComplete })
	})
}

// TestNothingTypedReachesTheVault looks into the service's own log for what
// people typed (DESIGN 5).
func TestNothingTypedReachesTheVault(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.run(v.worker)
	v.until(v.svc, "the index stands", func() bool {
		got, err := v.svc.Search(v.ctx, "alice", "prod", model.TargetNone)
		return err == nil && got.Total == 1
	})
	for _, typed := range []string{"hunter2", "correct horse", "$(id -un)", "'; rm", "prod-db-01"} {
		if _, err := v.svc.Search(v.ctx, "alice", typed, model.TargetRecord); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range v.sim.Commands() {
		for _, typed := range []string{"hunter2", "horse", "id -un", "; rm", "prod-db"} {
			if strings.Contains(c.Text, typed) {
				t.Errorf("typed %q, and the vault got %q", typed, c.Text)
			}
		}
		if strings.HasPrefix(c.Text, "search") && c.Text != "search --format=json '*'" && !strings.Contains(c.Text, "zzzz") {
			t.Errorf("the vault was searched: %q", c.Text)
		}
	}
}

func TestNoWorkerIsSaidWithinASecond(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	for name, ask := range map[string]func() error{
		"search":  func() error { _, err := v.svc.Search(v.ctx, "alice", "x", model.TargetNone); return err },
		"facts":   func() error { _, err := v.svc.Facts(v.ctx, "alice", prodDB, false); return err },
		"refresh": func() error { return v.svc.RefreshIndex(v.ctx, "alice") },
	} {
		var trouble *workflow.VaultError
		if err := ask(); !errors.As(err, &trouble) || trouble.Kind != workflow.VaultNoWorker {
			t.Errorf("%s: %v, want no worker", name, err)
		}
	}
	// A worker that died a moment ago has left its heartbeat.
	if err := v.db.Beat(v.ctx, store.Heartbeat{Name: "dead", Kind: "worker", At: v.time.Now(),
		Note: `{"recipient":"` + recipient(t) + `"}`}); err != nil {
		t.Fatal(err)
	}
	var trouble *workflow.VaultError
	if _, err := v.svc.Search(v.ctx, "alice", "x", model.TargetNone); !errors.As(err, &trouble) || trouble.Kind != workflow.VaultNoWorker {
		t.Errorf("a dead worker: %v, want no worker", err)
	}
	v.time.Advance(11 * time.Second)
	if h := v.svc.Health(v.ctx); h.State != model.HealthNoWorker || h.Cause == "" || h.Advice == "" {
		t.Errorf("health %+v, want no worker", h)
	}
}

func TestDisabledPersonAsksNothing(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	if _, err := v.svc.Search(v.ctx, "nobody", "x", model.TargetNone); !errors.Is(err, workflow.ErrUnknownPerson) {
		t.Errorf("somebody unknown searches: %v", err)
	}
	err := v.db.Write(v.ctx, func(tx *store.Tx) error {
		p, _, err := tx.Person("bob")
		if err != nil {
			return err
		}
		p.Active = false
		_, err = tx.UpdatePerson(p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.svc.Search(v.ctx, "bob", "x", model.TargetNone); denied(err) != model.DenyInactive {
		t.Errorf("a disabled person searches: %v", err)
	}
}

func TestFactsAreKeptForAWhile(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.active(func() {
		for range 3 {
			if _, err := v.svc.Facts(v.ctx, "alice", prodDB, false); err != nil {
				t.Fatal(err)
			}
		}
		if got := len(v.sim.Commands()); got != 1 {
			t.Errorf("%d calls, want one", got)
		}
		v.time.Advance(31 * time.Second)
		if _, err := v.svc.Facts(v.ctx, "alice", prodDB, false); err != nil {
			t.Fatal(err)
		}
		if got := len(v.sim.Commands()); got != 2 {
			t.Errorf("%d calls after 31 s, want two", got)
		}
	})
}

func TestTrafficNamesTheRequestItBelongsTo(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.granted("alice", draft())
	ours := slices.DeleteFunc(v.calls.list(), func(c workflow.Call) bool { return c.Correlation != r.Correlation })
	var words []string
	for _, c := range ours {
		words = append(words, c.Path)
		if strings.Contains(c.Command, "correct horse") {
			t.Errorf("a secret is in the traffic: %q", c.Command)
		}
	}
	for _, want := range []string{"v1", "submit", "result"} {
		if !slices.Contains(words, want) {
			t.Errorf("no call by %s is told with the request's correlation: %v", want, words)
		}
	}
	for _, c := range ours {
		if err := v.db.AppendTraffic(v.ctx, c.Stored()); err != nil {
			t.Fatal(err)
		}
	}
	page, err := v.svc.Traffic(v.ctx, "sam", workflow.Query{Terms: []workflow.Term{{Key: "correlation", Value: string(r.Correlation)}}})
	if err != nil || len(page.Rows) != len(ours) {
		t.Errorf("the log has %d calls of %d: %v", len(page.Rows), len(ours), err)
	}
}

func TestChangesEnd(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	first, endFirst := v.svc.Changes()
	second, endSecond := v.svc.Changes()
	v.submit("alice", draft())
	<-first
	<-second
	endFirst()
	endFirst()
	if _, open := <-first; open {
		// One value may have been waiting; then comes the end.
		if _, open := <-first; open {
			t.Error("the channel is still open")
		}
	}
	v.submit("bob", draft())
	<-second
	endSecond()
	third, endThird := v.svc.Changes()
	v.submit("alice", draft())
	<-third
	endThird()
}

// recipient is a key that nobody holds any more.
func recipient(t *testing.T) string {
	t.Helper()
	e, err := seal.NewEphemeral()
	if err != nil {
		t.Fatal(err)
	}
	return e.Recipient()
}
