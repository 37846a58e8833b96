package workflow_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// forgetfulVault has no endpoint requests for a while.
type forgetfulVault struct {
	workflow.Vault
	forgets bool
}

func (f *forgetfulVault) Endpoints(ctx context.Context) ([]model.EndpointRequest, error) {
	if f.forgets {
		return nil, nil
	}
	return f.Vault.Endpoints(ctx)
}

func (f *forgetfulVault) Endpoint(ctx context.Context, uid model.UID) (model.EndpointRequest, error) {
	if f.forgets {
		return model.EndpointRequest{}, &workflow.VaultError{Kind: workflow.VaultGone, Text: "no such request"}
	}
	return f.Vault.Endpoint(ctx, uid)
}

// A request that the vault did not have for a while waits again when it has it again,
// and its incident with it; one that was decided here does not.
func TestRequestThatComesBackWaitsAgain(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	vault := &forgetfulVault{Vault: v.adapter()}
	v.worker = v.newWorker(vault)
	v.svc.UseWorker(v.worker)
	uid, ours := v.elevation(30), v.elevation(30)
	v.poll()
	v.decides("omar", ours, model.Deny)
	vault.forgets = true
	v.poll()
	if e, i := v.endpoint(uid); e.State != model.EndpointElsewhere || i.State != model.IncidentClosed || !contains(i.CloseNotes, "the vault no longer has it") {
		t.Errorf("while it is gone: %s, incident %s with %q", e.State, i.State.Words(), i.CloseNotes)
	}
	// What is being decided here is not what somebody else decided.
	if e, _ := v.endpoint(ours); e.State != model.EndpointDenying {
		t.Errorf("the other, while it is being denied: %s", e.State)
	}
	vault.forgets = false
	v.work()
	if e, _ := v.endpoint(ours); e.State != model.EndpointDenied {
		t.Errorf("the other: %s: %s", e.State, e.Outcome)
	}
	v.poll()
	view := v.sees("omar", uid)
	if view.State != model.EndpointPending || view.Outcome != "" || view.Incident.State != model.IncidentAnalysis || !view.Incident.Closed.IsZero() || view.Incident.CloseNotes != "" {
		t.Errorf("back again: %s with %q, incident %+v", view.State, view.Outcome, view.Incident)
	}
	said := ""
	for _, line := range view.Timeline {
		said += line.Text + "\n"
	}
	if !contains(said, "waits again: the vault still lists it; it was closed with: the vault no longer has it") {
		t.Errorf("the timeline says %q", said)
	}
	if e, _ := v.endpoint(ours); e.State != model.EndpointDenied {
		t.Errorf("what was decided here is %s", e.State)
	}
}

// A request that was decided here, and ended without that decision, does not wait
// again because a list of the vault still has it.
func TestWhatWasDecidedHereDoesNotComeBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		end   func(v *vaultWorld, uid string)
		state model.EndpointState
	}{
		{"decided elsewhere before", func(v *vaultWorld, uid string) { v.cloud.DecideApproval(uid, vaultsim.Denied) }, model.EndpointElsewhere},
		{"over before it was sent", func(v *vaultWorld, _ string) { v.time.Advance(31 * time.Minute) }, model.EndpointExpired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			vault := &staleVault{Vault: v.adapter()}
			v.worker = v.newWorker(vault)
			v.svc.UseWorker(v.worker)
			uid := v.elevation(30)
			v.poll()
			listed, err := vault.Endpoints(v.ctx)
			if err != nil || len(listed) != 1 {
				t.Fatalf("%d listed, %v", len(listed), err)
			}
			v.decides("omar", uid, model.Approve)
			tt.end(v, uid)
			before := v.ends(uid)
			if before.State != tt.state {
				t.Fatalf("it is %s: %s", before.State, before.Outcome)
			}
			if tt.state == model.EndpointExpired {
				v.time.Advance(-10 * time.Minute) // the clock was wrong, and its time is not over
			}
			vault.listed = listed
			v.poll()
			after, incident := v.endpoint(uid)
			if after.State != tt.state || after.Outcome != before.Outcome || incident.State != model.IncidentClosed || incident.CloseNotes != before.Outcome {
				t.Errorf("it is %s: %q, incident %s with %q", after.State, after.Outcome, incident.State.Words(), incident.CloseNotes)
			}
		})
	}
}

// staleVault lists what it listed once.
type staleVault struct {
	workflow.Vault

	listed []model.EndpointRequest
}

func (s *staleVault) Endpoints(ctx context.Context) ([]model.EndpointRequest, error) {
	if s.listed != nil {
		return s.listed, nil
	}
	return s.Vault.Endpoints(ctx)
}

// Our clock went back behind the moment in which a request was seen: what ended by it
// stays so until the clock is believable again.
func TestExpiredRequestStaysSoWhileTheClockIsBehindItsComing(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	uid := v.elevation(30)
	v.poll()
	v.time.Advance(24 * time.Hour)
	v.poll()
	v.time.Advance(-48 * time.Hour)
	v.poll()
	if e, i := v.endpoint(uid); e.State != model.EndpointExpired || i.Closed.IsZero() {
		t.Errorf("a day before it came it is %s", e.State)
	}
	v.time.Advance(24*time.Hour + time.Minute)
	v.poll()
	if e, i := v.endpoint(uid); e.State != model.EndpointPending || !i.Closed.IsZero() {
		t.Errorf("within its time it is %s", e.State)
	}
}

func TestReopenedIncidentTellsHowItWasClosed(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	uid := v.elevation(30)
	v.poll()
	_, i := v.endpoint(uid)
	v.cloud.DecideApproval(uid, vaultsim.Approved)
	v.poll()
	if err := v.svc.ReopenIncident(v.ctx, "dana", i.Number, "who was that?"); err != nil {
		t.Fatal(err)
	}
	view, err := v.svc.Incident(v.ctx, "dana", i.Number)
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, line := range view.Timeline {
		said += line.Text + "\n"
	}
	if view.CloseNotes != "" || !contains(said, "it was closed with: approved outside this program") {
		t.Errorf("reopened with %q; the timeline says %q", view.CloseNotes, said)
	}
}

// Who may see no incident does not learn which there are.
func TestWhoSeesNoIncidentLearnsOfNone(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.elevation(30)
	v.poll()
	for _, n := range []model.Number{"SIR0010001", "SIR0019999"} {
		if _, err := v.svc.Incident(v.ctx, "alice", n); denied(err) == "" {
			t.Errorf("alice reads %s: %v", n, err)
		}
		if err := v.svc.NoteIncident(v.ctx, "alice", n, "hello"); denied(err) == "" {
			t.Errorf("alice writes to %s: %v", n, err)
		}
	}
	if _, err := v.svc.Incident(v.ctx, "dana", "SIR0019999"); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("dana reads what is not there: %v", err)
	}
}
