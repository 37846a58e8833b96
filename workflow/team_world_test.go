package workflow_test

import (
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

const (
	security = model.GroupName("Security")
	onCall   = model.GroupName("On Call")
	board    = model.GroupName("Board")
)

// teamWorld is a world with more approvers: erin, frank and grace in Security, gus
// and dana On Call, omar, erin and hana on the Board; ivy approves in no group.
func teamWorld(t *testing.T, p model.Policy) *world {
	t.Helper()
	w := newWorld(t, workflow.Settings{Default: p})
	w.team()
	return w
}

func (w *world) team() {
	w.t.Helper()
	for _, g := range []model.GroupName{security, onCall, board} {
		w.write(func(tx *store.Tx) error { return tx.InsertGroup(g) })
	}
	for login, groups := range map[string][]model.GroupName{"erin": {security, board}, "frank": {security}, "grace": {security},
		"gus": {onCall}, "hana": {board}, "ivy": nil} {
		w.write(func(tx *store.Tx) error {
			return tx.InsertPerson(model.Person{ID: model.PersonID(login), Login: login, Name: login, Email: login + "@example.com",
				Roles: []model.Role{model.RoleApprover, model.RoleRequestor}, Groups: groups, Active: true})
		})
	}
	w.change("dana", func(p *model.Person) { p.Groups = append(p.Groups, onCall) })
	w.change("omar", func(p *model.Person) { p.Groups = append(p.Groups, board) })
}

func (w *world) write(fn func(tx *store.Tx) error) {
	w.t.Helper()
	if err := w.db.Write(w.ctx, fn); err != nil {
		w.t.Fatal(err)
	}
}

// change writes a person as fn makes them.
func (w *world) change(id model.PersonID, fn func(p *model.Person)) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error {
		p, _, err := tx.Person(id)
		if err != nil {
			return err
		}
		p.Groups = slices.Clone(p.Groups)
		fn(&p)
		_, err = tx.UpdatePerson(p)
		return err
	})
}

// acts has one person act for another for a week.
func (w *world) acts(to, from string) {
	w.t.Helper()
	if _, err := w.svc.Delegate(w.ctx, model.PersonID(from), workflow.DelegationDraft{To: to, Ends: w.clock.now().Add(7 * 24 * time.Hour)}); err != nil {
		w.t.Fatal(err)
	}
}

// seen is a vote on what an admin sees, for those who may not see it themselves.
func (w *world) seen(n model.Number, v model.Verdict) workflow.Decision {
	w.t.Helper()
	d := w.decision("priya", n, v, "because")
	return d
}

// tries votes and returns the error.
func (w *world) tries(by model.PersonID, n model.Number, v model.Verdict) error {
	w.t.Helper()
	_, err := w.svc.Decide(w.ctx, by, w.seen(n, v))
	return err
}
