package workflow_test

import (
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// TestTheEndOfItsTimeIsNotTakenForNobodysDecision lets the time of a request run out
// between two lists. What was decided outside meanwhile is told; where the vault
// cannot be asked, that is.
func TestTheEndOfItsTimeIsNotTakenForNobodysDecision(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		before  func(v *vaultWorld, uid string) // its end
		after   func(v *vaultWorld)
		state   model.EndpointState
		outcome string
	}{
		{"denied outside", func(v *vaultWorld, uid string) { v.cloud.DecideApproval(uid, vaultsim.Denied) },
			func(v *vaultWorld) { v.poll() }, model.EndpointElsewhere, "denied outside this program"},
		{"approved outside", func(v *vaultWorld, uid string) { v.cloud.DecideApproval(uid, vaultsim.Approved) },
			func(v *vaultWorld) { v.poll() }, model.EndpointElsewhere, "approved outside this program"},
		{"expired in the vault", func(v *vaultWorld, uid string) { v.cloud.DecideApproval(uid, vaultsim.Expired) },
			func(v *vaultWorld) { v.poll() }, model.EndpointExpired, "expired in the vault"},
		{"nobody", func(*vaultWorld, string) {}, func(v *vaultWorld) { v.poll() }, model.EndpointExpired, "nobody decided in time: its time was over at "},
		{"the vault is away", func(v *vaultWorld, uid string) { v.cloud.DecideApproval(uid, vaultsim.Denied) },
			func(v *vaultWorld) { v.later(2 * time.Minute) }, model.EndpointExpired, "whether somebody did elsewhere is not known"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			uid := v.elevation(2)
			v.poll()
			v.time.Advance(110 * time.Second)
			tt.before(v, uid)
			v.later(20 * time.Second)
			if e, _ := v.endpoint(uid); e.State != model.EndpointPending {
				t.Errorf("%s before the vault was asked: %q", e.State, e.Outcome)
			}
			tt.after(v)
			e, i := v.endpoint(uid)
			if e.State != tt.state || !contains(e.Outcome, tt.outcome) || i.State != model.IncidentClosed || i.CloseNotes != e.Outcome {
				t.Errorf("%s: %q, want %s: %q; incident %+v", e.State, e.Outcome, tt.state, tt.outcome, i)
			}
		})
	}
}
