package workflow_test

import (
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
)

// health is what the header would show after asking the service.
func (v *vaultWorld) health() model.Health {
	v.t.Helper()
	v.worker.AskHealth(v.ctx)
	var h model.Health
	v.active(func() { h = v.svc.Health(v.ctx) })
	return h
}

func TestHealthTellsEachTroubleInItsOwnWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		meet  func(v *vaultWorld)
		state model.HealthState
		cause string
	}{
		{"all is well", func(*vaultWorld) {}, model.HealthConnected, ""},
		{"the key is unknown", func(v *vaultWorld) { v.sim.RevokeKey(simKey) }, model.HealthRefused, "refuses the key"},
		{"the key has expired", func(v *vaultWorld) { v.sim.ExpireKey(simKey) }, model.HealthRefused, "expired"},
		{"the service is gone", func(v *vaultWorld) { _ = v.sim.Close() }, model.HealthUnreachable, "cannot be reached"},
		{"the session is lost", func(v *vaultWorld) {
			v.sim.LoseSession()
			v.active(func() { _, _ = v.svc.Facts(v.ctx, "alice", prodDB, true) })
		}, model.HealthRefused, "logged out"},
		{"something else answers", func(v *vaultWorld) {
			v.sim.Arm(vaultsim.Fault{Kind: vaultsim.GarbageHTML, Any: true, Endpoint: vaultsim.EndpointQueue, Count: -1})
		}, model.HealthUnreachable, "not the vault service"},
		{"the rate limit is used up", func(v *vaultWorld) {
			v.sim.Arm(vaultsim.Fault{Kind: vaultsim.RateLimited, Any: true, Endpoint: vaultsim.EndpointQueue, Count: -1})
		}, model.HealthLimited, "rate limit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			if tt.cause != "" {
				v.health()
				tt.meet(v)
			}
			h := v.health()
			if h.State != tt.state || !contains(h.Cause, tt.cause) {
				t.Errorf("%s: %q, want %s: %q", h.State, h.Cause, tt.state, tt.cause)
			}
			if tt.cause != "" && h.Advice == "" {
				t.Error("nothing is advised")
			}
			if h.Since.IsZero() || h.Seen.IsZero() {
				t.Errorf("since %s, seen %s", h.Since, h.Seen)
			}
		})
	}
}

// TestWhatIsLeftForOthersIsNoTrouble lists when the last calls of a minute are kept
// for those who wait: the vault is as it was.
func TestWhatIsLeftForOthersIsNoTrouble(t *testing.T) {
	t.Parallel()
	for spent, want := range map[int]model.HealthState{41: model.HealthConnected, 55: model.HealthLimited} {
		v := newVaultWorld(t)
		budget := vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: 55}, v.time.Now)
		traffic := vaultadapt.NewTraffic(v.calls.add)
		client, err := vaultclient.New(vaultclient.Options{URL: v.sim.URL(), Key: simKey, Now: v.time.Now, Observe: traffic.Observe,
			Timeout: 5 * time.Second, RunTimeout: 5 * time.Second, Poll: quickly(), Budget: budget})
		if err != nil {
			t.Fatal(err)
		}
		v.worker = v.newWorker(vaultadapt.New(client, vaultadapt.Options{Traffic: traffic}))
		v.svc.UseWorker(v.worker)
		v.health()
		v.time.Advance(2 * time.Minute) // the calls of the probe are forgotten
		for range spent {
			budget.Spend(vaultclient.PathV1, v.time.Now())
			budget.Spend(vaultclient.PathSubmit, v.time.Now())
		}
		if _, err := v.worker.ListDevices(v.ctx); err == nil {
			t.Fatal("there was room for it")
		}
		if h := v.health(); h.State != want {
			t.Errorf("after %d calls: %s: %s, want %s", spent, h.State, h.Cause, want)
		}
	}
}

func TestHealthRecovers(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.health()
	v.sim.LoseSession()
	v.active(func() { _, _ = v.svc.Facts(v.ctx, "alice", prodDB, true) })
	lost := v.health()
	v.time.Advance(time.Minute)
	v.sim.RestoreSession()
	v.active(func() { _, _ = v.svc.Facts(v.ctx, "alice", prodDB, true) })
	h := v.health()
	if h.State != model.HealthConnected || !h.Since.After(lost.Since) {
		t.Errorf("%s since %s, was %s since %s", h.State, h.Since, lost.State, lost.Since)
	}
	if h.Version != "18.0.13" || len(h.Missing) != 0 {
		t.Errorf("version %q, missing %v", h.Version, h.Missing)
	}
}

func TestMissingCommandIsFoundByTheProbe(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.sim.Forbid(simKey, "share-record", "sync-down")
	h := v.health()
	if len(h.Missing) != 2 {
		t.Errorf("missing %v, want share-record and sync-down", h.Missing)
	}
}

func TestAWorkerThatTakesOverNeedNotProbeAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		meet   func(v *vaultWorld)
		probes bool
	}{
		{"all was permitted a minute ago", func(v *vaultWorld) { v.time.Advance(time.Minute) }, false},
		{"that is long ago", func(v *vaultWorld) { v.time.Advance(10 * time.Minute) }, true},
		{"the clock was put back", func(v *vaultWorld) { v.time.Advance(-time.Minute) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			v.taken()
			tt.meet(v)
			before := v.probes()
			v.worker = v.newWorker(v.vault)
			if h := v.taken(); h.Version != "18.0.13" || len(h.Missing) != 0 {
				t.Errorf("version %q, missing %v", h.Version, h.Missing)
			}
			if probed := v.probes() > before; probed != tt.probes {
				t.Errorf("probed: %t, want %t", probed, tt.probes)
			}
		})
	}
}

func TestAWorkerThatTakesOverProbesWhereSomethingWasMissing(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.sim.Forbid(simKey, "share-record")
	if h := v.taken(); len(h.Missing) != 1 {
		t.Fatalf("missing %v", h.Missing)
	}
	v.sim.Permit(simKey, "share-record")
	v.worker = v.newWorker(v.vault)
	if h := v.taken(); len(h.Missing) != 0 {
		t.Errorf("missing %v, though it was mended", h.Missing)
	}
}

// taken runs the worker until it knows what the key may do and has told it.
func (v *vaultWorld) taken() model.Health {
	v.t.Helper()
	stop := v.run(v.worker)
	defer stop()
	var h model.Health
	v.until(v.svc, "the worker knows what the key may do", func() bool {
		h = v.worker.Pulse()
		return h.State == model.HealthConnected && !h.Probed.IsZero()
	})
	v.until(v.svc, "what the key may do is stored", func() bool {
		stored, _, err := v.db.Health(v.ctx)
		if err != nil {
			v.t.Fatal(err)
		}
		return stored.Probed.Equal(h.Probed)
	})
	return h
}

// probes is how often the service was asked for its version, which nothing else does.
func (v *vaultWorld) probes() int {
	n := 0
	for _, c := range v.calls.list() {
		if c.Command == "version" {
			n++
		}
	}
	return n
}
