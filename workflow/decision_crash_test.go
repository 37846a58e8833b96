package workflow_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// TestWorkerThatDiesOnADecisionIsFollowedByTheTruth kills the worker around each
// call that a decision makes; it is done once all the same.
func TestWorkerThatDiesOnADecisionIsFollowedByTheTruth(t *testing.T) {
	t.Parallel()
	for _, at := range []struct{ when, call string }{
		{"before", "Submit"}, {"after", "Submit"}, {"before", "Await"}, {"after", "Await"},
	} {
		for _, verdict := range []model.Verdict{model.Approve, model.Deny} {
			t.Run(fmt.Sprintf("%s %s, %s", at.when, at.call, verdict), func(t *testing.T) {
				t.Parallel()
				v := newVaultWorld(t)
				uid := v.elevation(60)
				v.poll()
				v.decides("omar", uid, verdict)
				if !v.crashAt(at.when, at.call) {
					t.Fatal("it did not die")
				}
				v.worker = v.newWorker(v.vault)
				v.svc.UseWorker(v.worker)
				view := v.ends(uid)
				want := map[model.Verdict]vaultsim.Kind{model.Approve: vaultsim.Approve, model.Deny: vaultsim.Deny}[verdict]
				if got := v.kinds(); !slices.Equal(got, []vaultsim.Kind{want}) {
					t.Errorf("the vault did %v", got)
				}
				if view.Op.State != model.OpDone {
					t.Errorf("%s: %s", view.Op.State, view.Outcome)
				}
				v.told(view, verdict.Past()+" by omar")
			})
		}
	}
}

func TestHangingServiceKeepsADecisionUnderWay(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	uid := v.elevation(60)
	v.poll()
	v.decides("omar", uid, model.Approve)
	armed := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.Hang, Command: "epm approval action"})
	v.work()
	view := v.sees("omar", uid)
	if view.State != model.EndpointApproving || view.Op.State != model.OpUnknown || view.Op.LookingFor == "" {
		t.Errorf("%s, order %s: %q", view.State, view.Op.State, view.Op.LookingFor)
	}
	armed.Release()
	v.time.Advance(time.Minute)
	if view = v.ends(uid); view.State != model.EndpointApproved || len(v.sim.Ledger()) != 1 {
		t.Errorf("%s after %v", view.State, v.kinds())
	}
}
