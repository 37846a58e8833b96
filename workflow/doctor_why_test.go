package workflow_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// TestWhyNotDecideOfAnEndpointRequest asks by the number of its incident.
func TestWhyNotDecideOfAnEndpointRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := w.db.Write(w.ctx, func(tx *store.Tx) error {
		id, err := tx.InsertEndpoint(model.EndpointRequest{UID: "AAAAAAAAAAAAAAAAAAAAAQ", Kind: "CommandLine", State: model.EndpointPending, Group: approvers,
			Created: tx.Now, Minutes: 10, Expires: tx.Now.Add(10 * time.Minute), Seen: tx.Now, Incident: "SIR0010001", Revision: 1})
		if err != nil {
			return err
		}
		_, err = tx.InsertIncident(model.Incident{Number: "SIR0010001", EndpointID: id, State: model.IncidentDraft, Priority: 3, Created: tx.Now, Updated: tx.Now})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for login, want := range map[string]workflow.CheckState{"dana": workflow.CheckOK, "heidi": workflow.CheckBad, "": workflow.CheckOK} {
		found, err := w.svc.WhyNotDecide(w.ctx, "SIR0010001", login)
		if err != nil || found[len(found)-1].State != want || !strings.Contains(found[0].Text, string(approvers)) {
			t.Errorf("%q: %+v, %v", login, found, err)
		}
	}
	if _, err := w.svc.WhyNotDecide(w.ctx, "SIR0099999", ""); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("an incident that is not there: %v", err)
	}
}
