package workflow_test

import (
	"testing"
	"time"

	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
)

// TestListingStaysWithinTheBudget lets two people look for ten minutes in which
// requests and devices keep coming, at the default rate limit of the service.
func TestListingStaysWithinTheBudget(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.serve(func(o *vaultsim.Options) { o.RateLimit = "" })
	traffic := vaultadapt.NewTraffic(v.calls.add)
	client, err := vaultclient.New(vaultclient.Options{URL: v.sim.URL(), Key: simKey, Now: v.time.Now, Observe: traffic.Observe,
		Timeout: 5 * time.Second, RunTimeout: 5 * time.Second, Poll: quickly(), Budget: vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: 55}, v.time.Now)})
	if err != nil {
		t.Fatal(err)
	}
	v.worker = v.newWorker(vaultadapt.New(client, vaultadapt.Options{Traffic: traffic}))
	v.svc.UseWorker(v.worker)
	consoles := []string{"dana", "omar"}
	begin, next := v.time.Now(), [2]time.Time{}
	for v.time.Now().Sub(begin) < 10*time.Minute {
		v.active(func() {
			for range consoles {
				if err := v.svc.WantEndpoints(v.ctx, "omar"); err != nil {
					t.Error(err)
				}
			}
		})
		v.elevation(30)
		for i, list := range []func() time.Duration{v.poll, v.pollDevices} {
			if !v.time.Now().Before(next[i]) {
				next[i] = v.time.Now().Add(list())
			}
		}
		v.time.Advance(5 * time.Second)
	}
	perMinute := map[int]int{}
	for _, c := range v.sim.Commands() {
		if c.Refused != 0 {
			t.Errorf("refused with %d: %s", c.Refused, c.Text)
		}
		perMinute[int(c.At.Sub(begin)/time.Minute)]++
	}
	for minute, n := range perMinute {
		if n > 40 {
			t.Errorf("%d calls in minute %d: too few are left for people", n, minute)
		}
	}
	t.Logf("%v", perMinute)
}
