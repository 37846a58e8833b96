package workflow_test

import (
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// TestEventsOfManyPeople plays what only several people do: an emergency, a question,
// another group, a reminder.
func TestEventsOfManyPeople(t *testing.T) {
	t.Parallel()
	p := policy()
	p.Emergency, p.Overdue = onCall, model.OverdueRemind
	v := newVaultWorld(t, workflow.Settings{Default: p})
	err := v.db.Write(v.ctx, func(tx *store.Tx) error {
		for _, g := range []model.GroupName{"Others", onCall} {
			if err := tx.InsertGroup(g); err != nil {
				return err
			}
		}
		for login, g := range map[string]model.GroupName{"ruth": "Others", "rob": "Others", "gus": onCall} {
			if err := tx.InsertPerson(model.Person{ID: model.PersonID(login), Login: login, Name: login, Email: login + "@example.com",
				Roles: []model.Role{model.RoleApprover}, Groups: []model.GroupName{g}, Active: true, Revision: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	v.change("omar", func(p *model.Person) { p.Groups = append(p.Groups, onCall) })
	l, round := v.listening()
	one := func(what string) workflow.Event {
		t.Helper()
		round()
		got := l.take()
		if len(got) != 1 {
			t.Fatalf("%s: told %+v", what, got)
		}
		return got[0]
	}
	r := v.submit("alice", draft())
	one("a new request")
	if err := v.svc.Ask(v.ctx, "dana", r.Number, "which ticket is this for?"); err != nil {
		t.Fatal(err)
	}
	if e := one("a question"); e.Kind != model.OutsideAsked || logins(e) != "alice" || strings.Contains(e.Text, "ticket") {
		t.Errorf("a question: %+v", e)
	}
	if err := v.svc.Reply(v.ctx, "alice", r.Number, "INC0012345, the night batch"); err != nil {
		t.Fatal(err)
	}
	if e := one("an answer"); e.Kind != model.OutsideWaiting || logins(e) != "dana omar" {
		t.Errorf("an answer: %+v", e)
	}
	if err := v.svc.Reassign(v.ctx, "dana", r.Number, "Others", "they own the record"); err != nil {
		t.Fatal(err)
	}
	if e := one("another group"); e.Kind != model.OutsideWaiting || e.Group != "Others" || logins(e) != "rob ruth" {
		t.Errorf("another group: %+v", e)
	}
	v.later(49 * time.Hour)
	if e := one("a reminder"); e.Kind != model.OutsideWaiting || !strings.HasPrefix(e.ID, "waiting-"+string(r.Number)) {
		t.Errorf("a reminder: %+v", e)
	}
	r = v.submit("bob", draft())
	one("another request")
	d := v.decision("omar", r.Number, model.Approve, "")
	if _, err := v.svc.ApproveInEmergency(v.ctx, "omar", workflow.Emergency{Decision: d, Phrase: model.EmergencyPhrase(r.Number), Reason: "the ledger is down"}); err != nil {
		t.Fatal(err)
	}
	if e := one("an emergency"); e.Kind != model.OutsideEmergency || logins(e) != "dana gus omar" || e.By != "omar" || strings.Contains(e.Text, "ledger") {
		t.Errorf("an emergency: %+v", e)
	}
}
