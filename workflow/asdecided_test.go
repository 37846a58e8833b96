package workflow_test

import (
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

const exchangedDecisionSays = "this is not what was decided: it was changed in the queue outside this program; run `countersign audit verify`"

// Who may write the queue's file has something else decided than what was, or by
// somebody else, before the order goes out.
func TestExchangedDecisionOnAnEndpointRequestIsNotSent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		verdict model.Verdict
		change  string // OTHER is the UID of another request
	}{
		{"the order is about another request", model.Approve, `UPDATE operation SET intent = json_set(intent, '$.approval', 'OTHER')`},
		{"a denial is about another request", model.Deny, `UPDATE operation SET intent = json_set(intent, '$.approval', 'OTHER')`},
		{"the order is of another request", model.Approve, `UPDATE operation SET endpoint_id = (SELECT id FROM endpoint WHERE uid = 'OTHER')`},
		{"the evidence is another one", model.Approve, `UPDATE endpoint SET facts = replace(facts, '/quiet', '/all') WHERE verdict <> ''`},
		{"the reason is another one", model.Approve, `UPDATE endpoint SET justification = 'other' WHERE verdict <> ''`},
		{"the user is another one", model.Approve, `UPDATE endpoint SET facts = replace(facts, 'zoe', 'mallory') WHERE verdict <> ''`},
		{"a denial became an approval", model.Deny, `UPDATE operation SET kind = 'epm approve'`},
		{"an approval became a denial", model.Approve, `UPDATE operation SET kind = 'epm deny'`},
		{"a denial became one in the request as well", model.Deny, `UPDATE operation SET kind = 'epm approve'; UPDATE endpoint SET verdict = 'approve', state = 'approving' WHERE verdict = 'deny'`},
		{"another decided", model.Approve, `UPDATE endpoint SET decided_by = 'dana' WHERE verdict = 'approve'`},
		{"on another statement", model.Approve, `UPDATE endpoint SET digest = '` + strings.Repeat("0", 64) + `' WHERE verdict = 'approve'`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			uid, other := v.elevation(30), v.elevation(30)
			v.poll()
			v.decides("omar", uid, tt.verdict)
			op := v.sees("omar", uid).Op
			v.behind()(strings.ReplaceAll(tt.change, "OTHER", other))
			v.work()
			v.nothingReached()
			v.notSent(op.ID)
			// It waits again, on evidence that is read anew.
			v.poll()
			for _, uid := range []string{uid, other} {
				if e, i := v.endpoint(uid); e.State == model.EndpointPending && (!e.Complete || e.Justification != "Vendor installer" || e.User != "zoe") {
					t.Errorf("%s, %s waits with %+v", uid, i.Number, e)
				}
			}
		})
	}
}

func TestExchangedDecisionOnADeviceIsNotSent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, change string }{
		{"the order is about another device", `UPDATE operation SET intent = json_set(intent, '$.device', 'OTHER')`},
		{"the order is of another device", `UPDATE operation SET device_id = (SELECT id FROM device WHERE device_id = 'OTHER')`},
		{"the device is another one", `UPDATE device SET device_id = 'AAAAAAAAAAAAAAAAAAAA' WHERE verdict <> ''; UPDATE operation SET intent = json_set(intent, '$.device', 'AAAAAAAAAAAAAAAAAAAA')`},
		{"it was of another address", `UPDATE device SET email = 'mallory@example.com' WHERE verdict <> ''`},
		{"a denial became an approval", `UPDATE operation SET kind = 'device approve'; UPDATE device SET verdict = 'approve' WHERE verdict = 'deny'`},
		{"another decided", `UPDATE device SET decided_by = 'dana' WHERE verdict <> ''`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			id, other := v.asksIn("alice@example.com", "192.0.2.7"), v.asksIn("bob@example.com", "192.0.2.8")
			d := v.device(id)
			if _, err := v.svc.DecideDevice(v.ctx, "omar", workflow.DeviceDecision{ID: d.ID, Verdict: model.Deny, Revision: d.Revision, Comment: "unknown"}); err != nil {
				t.Fatal(err)
			}
			op := v.device(id).Op
			v.behind()(strings.ReplaceAll(tt.change, "OTHER", other))
			v.work()
			v.nothingReached()
			v.notSent(op.ID)
		})
	}
}

// A denial on evidence that the list had cut stays one when the evidence is known.
func TestDenialHoldsWhenTheEvidenceIsBetterKnown(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	uid := v.elevation(30)
	armed := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.UpstreamBefore, Contains: uid, Count: -1})
	_, _ = v.worker.ListEndpoints(v.ctx)
	if e, _ := v.endpoint(uid); e.Complete {
		t.Fatal("its evidence is known already")
	}
	v.decides("omar", uid, model.Deny)
	armed.Disarm()
	v.poll()
	if e, _ := v.endpoint(uid); !e.Complete || e.State != model.EndpointDenying {
		t.Fatalf("it is %s, complete: %t", e.State, e.Complete)
	}
	if view := v.ends(uid); view.State != model.EndpointDenied {
		t.Errorf("it is %s: %s", view.State, view.Outcome)
	}
}

// notSent fails unless an order about a decision was refused, or dropped because what
// it names now is not being decided, before it was sent.
func (v *vaultWorld) notSent(id int64) {
	v.t.Helper()
	var op model.Operation
	err := v.db.Read(v.ctx, func(tx *store.Tx) error {
		var err error
		op, _, err = tx.Operation(id)
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
	refused := op.State == model.OpRefused && contains(op.Reason, exchangedDecisionSays)
	dropped := op.State == model.OpCancelled && op.Reason == "it has ended already"
	if op.Attempts != 0 || !refused && !dropped {
		v.t.Errorf("%s after %d attempts: %s", op.State, op.Attempts, op.Reason)
	}
}

// An order about an endpoint request or a device whose outcome is not known stands
// among the others, for those who may see both.
func TestUnknownDecisionStandsAmongUnknownOrders(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	uid := v.elevation(30)
	v.poll()
	v.decides("omar", uid, model.Deny)
	d := v.device(v.asksIn("alice@example.com", "192.0.2.7"))
	if _, err := v.svc.DecideDevice(v.ctx, "omar", workflow.DeviceDecision{ID: d.ID, Verdict: model.Approve, Revision: d.Revision}); err != nil {
		t.Fatal(err)
	}
	v.behind()("UPDATE operation SET state = 'unknown', attempts = 1, sent_at = created_at, next_look = created_at + 3600000000, looking_for = 'no answer'")
	for who, want := range map[model.PersonID]int{"priya": 2, "heidi": 0, "omar": 0} {
		page, err := v.svc.Unknown(v.ctx, who, workflow.Query{})
		if err != nil || len(page.Rows) != want {
			t.Errorf("%s sees %d, %v; want %d", who, len(page.Rows), err, want)
		}
		badges, err := v.svc.Badges(v.ctx, who)
		if err != nil || badges.Unknown != want {
			t.Errorf("%s: %d are counted, %v; want %d", who, badges.Unknown, err, want)
		}
	}
	page, err := v.svc.Unknown(v.ctx, "priya", workflow.Query{})
	if err != nil || len(page.Rows) != 2 {
		t.Fatal(err)
	}
	e, onDevice := page.Rows[0], page.Rows[1]
	if e.Number != "SIR0010001" || e.Title != "installer-setup-with-a-long-name.exe /quiet" || e.Task != "" {
		t.Errorf("the endpoint request's: %+v", e)
	}
	if onDevice.Number != d.Object() || onDevice.Title != "laptop" {
		t.Errorf("the device's: %+v", onDevice)
	}
	for _, row := range page.Rows {
		if err := v.svc.LookAgain(v.ctx, "alice", row.Op.ID); denied(err) == "" {
			t.Errorf("alice has %s looked at: %v", row.Number, err)
		}
		if err := v.svc.LookAgain(v.ctx, "priya", row.Op.ID); err != nil {
			t.Errorf("priya: %v", err)
		}
	}
	for range 20 {
		v.work()
		v.time.Advance(20 * time.Second)
	}
	if page, err := v.svc.Unknown(v.ctx, "priya", workflow.Query{}); err != nil || len(page.Rows) != 0 {
		t.Errorf("still unknown: %+v, %v", page.Rows, err)
	}
	if view := v.sees("omar", uid); view.State != model.EndpointDenied || v.device(d.DeviceID).State != model.EndpointApproved {
		t.Errorf("the request is %s, the device %s", view.State, v.device(d.DeviceID).State)
	}
}
