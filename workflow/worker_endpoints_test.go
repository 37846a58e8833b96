package workflow_test

import (
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
)

// poll lets the worker list the endpoint requests once.
func (v *vaultWorld) poll() time.Duration {
	v.t.Helper()
	pause, err := v.worker.ListEndpoints(v.ctx)
	if err != nil {
		v.t.Fatal(err)
	}
	return pause
}

// endpoint returns a stored request with its incident.
func (v *vaultWorld) endpoint(uid string) (model.EndpointRequest, model.Incident) {
	v.t.Helper()
	var e model.EndpointRequest
	var i model.Incident
	err := v.db.Read(v.ctx, func(tx *store.Tx) error {
		var err error
		if e, _, err = tx.EndpointByUID(model.UID(uid)); err != nil {
			return err
		}
		i, _, err = tx.Incident(e.Incident)
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
	return e, i
}

func (v *vaultWorld) elevation(minutes int) string {
	return v.cloud.AddApproval(vaultsim.Approval{Type: "PrivilegeElevation", Status: vaultsim.Pending, ExpireIn: minutes,
		Created: v.time.Now().Truncate(time.Second), Justification: `{"text": "Vendor installer"}`,
		Account:     []vaultsim.Pair{{Key: "Username", Value: "zoe"}, {Key: "MachineName", Value: "MKT-LT-003"}},
		Application: []vaultsim.Pair{{Key: "FileName", Value: "installer-setup-with-a-long-name.exe"}, {Key: "CommandLine", Value: "/quiet"}}})
}

func TestEndpointRequestIsMetInFullWithItsIncident(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	uid := v.elevation(30)
	pause := v.poll()
	e, i := v.endpoint(uid)
	if e.State != model.EndpointPending || !e.Complete || e.User != "zoe" || e.Machine != "MKT-LT-003" ||
		e.What != "installer-setup-with-a-long-name.exe /quiet" || e.Justification != "Vendor installer" {
		t.Errorf("%+v", e)
	}
	if want := v.time.Now().Add(30 * time.Minute); e.Expires.Sub(want).Abs() > time.Minute {
		t.Errorf("expires %s, want about %s", e.Expires, want)
	}
	if i.Number != "SIR0010001" || i.State != model.IncidentDraft || i.Short != "PrivilegeElevation by zoe on MKT-LT-003: "+e.What {
		t.Errorf("incident %+v", i)
	}
	if pause != 15*time.Second {
		t.Errorf("next listing in %s while one waits", pause)
	}
	before := e.Revision
	v.poll()
	if e, _ := v.endpoint(uid); e.Revision != before {
		t.Error("it was written again though nothing changed")
	}
}

// TestOneEndpointRequestThatCannotBeReadHidesNoOther has the service fail to show
// one request, and the queue fail to store another.
func TestOneEndpointRequestThatCannotBeReadHidesNoOther(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	sick, refused, well := v.elevation(10), v.elevation(20), v.elevation(30)
	v.sim.Arm(vaultsim.Fault{Kind: vaultsim.UpstreamBefore, Contains: sick, Count: -1})
	v.behind()("CREATE TRIGGER refuse BEFORE INSERT ON endpoint WHEN new.uid = '" + refused + "' BEGIN SELECT raise(ABORT, 'refused'); END")
	if _, err := v.worker.ListEndpoints(v.ctx); err == nil || !contains(err.Error(), refused) {
		t.Errorf("%v, want that %s is named", err, refused)
	}
	if e, _ := v.endpoint(sick); e.State != model.EndpointPending || e.Complete {
		t.Errorf("the one that cannot be read: %+v", e)
	}
	if e, i := v.endpoint(well); !e.Complete || i.Number == "" {
		t.Errorf("the one behind it: %+v, %+v", e, i)
	}
	v.cloud.DecideApproval(sick, vaultsim.Approved)
	v.cloud.DecideApproval(well, vaultsim.Denied)
	_, _ = v.worker.ListEndpoints(v.ctx)
	if e, _ := v.endpoint(well); e.State != model.EndpointElsewhere {
		t.Errorf("decided elsewhere, but %s", e.State)
	}
}

func TestEndpointRequestEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		meet    func(v *vaultWorld, uid string)
		state   model.EndpointState
		outcome string
	}{
		{"approved elsewhere", func(v *vaultWorld, uid string) { v.cloud.DecideApproval(uid, vaultsim.Approved) }, model.EndpointElsewhere, "approved outside"},
		{"denied elsewhere", func(v *vaultWorld, uid string) { v.cloud.DecideApproval(uid, vaultsim.Denied) }, model.EndpointElsewhere, "denied outside"},
		{"escalated", func(v *vaultWorld, uid string) { v.cloud.DecideApproval(uid, vaultsim.Escalated) }, model.EndpointEscalated, "escalated"},
		{"expired in the vault", func(v *vaultWorld, uid string) { v.cloud.DecideApproval(uid, vaultsim.Expired) }, model.EndpointExpired, "expired"},
		{"expired by its time", func(v *vaultWorld, _ string) { v.time.Advance(31 * time.Minute) }, model.EndpointExpired, "nobody decided"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			uid := v.elevation(30)
			v.poll()
			tt.meet(v, uid)
			v.poll()
			e, i := v.endpoint(uid)
			if e.State != tt.state || !contains(e.Outcome, tt.outcome) || e.Ended.IsZero() {
				t.Errorf("%s: %q, want %s: %q", e.State, e.Outcome, tt.state, tt.outcome)
			}
			if i.State != model.IncidentClosed || i.CloseNotes != e.Outcome {
				t.Errorf("incident %+v", i)
			}
			v.poll()
			if again, _ := v.endpoint(uid); again.Revision != e.Revision {
				t.Error("it came back to life")
			}
		})
	}
}

func TestEndpointsAreLeftAloneWhereTheyAreNotPermitted(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.sim.Forbid(simKey, "epm")
	v.worker.AskHealth(v.ctx)
	before := len(v.sim.Commands())
	if pause := v.poll(); pause < time.Minute {
		t.Errorf("asked again in %s", pause)
	}
	if len(v.sim.Commands()) != before {
		t.Error("a command that is known to be missing was sent")
	}
	var missing []string
	v.active(func() { missing = v.svc.Health(v.ctx).Missing })
	if len(missing) != 1 || missing[0] != "epm" {
		t.Errorf("missing %v, want epm", missing)
	}
}

func TestIdleListingIsRare(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	if pause := v.poll(); pause != 2*time.Minute {
		t.Errorf("next listing in %s, want 2 min", pause)
	}
	v.active(func() {
		if err := v.svc.WantEndpoints(v.ctx, "omar"); err != nil {
			t.Fatal(err)
		}
	})
	if pause := v.poll(); pause != 15*time.Second {
		t.Errorf("next listing in %s while somebody looks, want 15 s", pause)
	}
}
