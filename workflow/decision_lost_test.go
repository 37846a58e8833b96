package workflow_test

import (
	"testing"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// TestDecisionWithoutAnAnswerIsToldWithItsDoubt loses what was sent, or the answer
// to it, while somebody outside decides the same, or nobody does. The vault shows
// the same either way: that we did it is told only where the service said so.
func TestDecisionWithoutAnAnswerIsToldWithItsDoubt(t *testing.T) {
	t.Parallel()
	const doubt = "an answer of the service was lost, and somebody outside this program may have decided the same before"
	for _, tt := range []struct {
		name     string
		fault    vaultsim.Fault
		outside  bool
		doubtful bool
	}{
		{"the order was lost, and decided outside", vaultsim.Fault{Kind: vaultsim.CutBefore, Command: "epm approval action", Endpoint: vaultsim.EndpointSubmit}, true, true},
		{"the answer to the order was lost", vaultsim.Fault{Kind: vaultsim.CutAfter, Command: "epm approval action", Endpoint: vaultsim.EndpointSubmit}, false, true},
		{"the result came at the second look", vaultsim.Fault{Kind: vaultsim.CutAfter, Command: "epm approval action", Endpoint: vaultsim.EndpointResult}, false, false},
		{"nothing was lost", vaultsim.Fault{Kind: vaultsim.CutBefore, Command: "device-approve"}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			uid := v.elevation(60)
			v.poll()
			v.decides("omar", uid, model.Approve)
			v.sim.Arm(tt.fault)
			v.work()
			if tt.outside && !v.cloud.EndApproval(uid, vaultsim.Approved) {
				t.Fatal("it was carried out")
			}
			view := v.ends(uid)
			if view.State != model.EndpointApproved || contains(view.Outcome, doubt) != tt.doubtful {
				t.Errorf("%s: %q, doubtful: %t", view.State, view.Outcome, tt.doubtful)
			}
			v.told(view, "approved by omar")
		})
	}
}
