package store

import (
	"fmt"
	"testing"
	"time"

	"countersign/model"
)

// The people and groups of the tests.
const (
	alice = model.PersonID("p-alice")
	bob   = model.PersonID("p-bob")
	carol = model.PersonID("p-carol")

	approvers  = model.GroupName("Vault Approvers")
	owners     = model.GroupName("Data Owners")
	fulfillers = model.GroupName("Vault Admins")
)

func person(id model.PersonID, login string, groups ...model.GroupName) model.Person {
	return model.Person{ID: id, Login: login, Name: "Name of " + login, Email: login + "@example.com", Active: true,
		Roles: []model.Role{model.RoleRequestor}, Groups: groups, Revision: 1}
}

// world is an open store with the people of the tests.
func world(t testing.TB) (*DB, *clock) {
	t.Helper()
	db, c := open(t)
	write(t, db, func(tx *Tx) error { return populate(tx) })
	return db, c
}

func populate(tx *Tx) error {
	for _, g := range []model.GroupName{approvers, owners, fulfillers} {
		if err := tx.InsertGroup(g); err != nil {
			return err
		}
	}
	for _, p := range []model.Person{person(alice, "alice"), person(bob, "bob", owners, approvers), person(carol, "carol", fulfillers)} {
		if err := tx.InsertPerson(p); err != nil {
			return err
		}
	}
	return nil
}

// policy asks one member of each group in turn.
func policy(groups ...model.GroupName) model.Policy {
	p := model.Policy{DueIn: model.For(24 * time.Hour), Overdue: model.OverdueExpire, FulfilGroup: fulfillers, Fulfilment: model.FulfilByTask}
	for _, g := range groups {
		p.Steps = append(p.Steps, model.PolicyStep{Group: g, Mode: model.AnyOne})
	}
	return p
}

// request is one that alice asks for herself, with every field set that a
// request can have.
func request(tx *Tx, change ...func(*model.Request)) (model.Request, error) {
	number, err := tx.NextNumber(model.PrefixRequest)
	if err != nil {
		return model.Request{}, err
	}
	r := model.Request{
		Number: number, Item: model.ItemRecordAccess, RequestedBy: alice, RequestedFor: "alice@example.com",
		Justification: "INC0012345: restore the ledger",
		Target:        model.Target{Kind: model.TargetRecord, UID: "4KcmDEAO-kNEabcdefghij", Title: "prod-db-01", Type: "databaseCredentials"},
		Asked:         model.Access{Right: model.RightEdit, Limit: model.For(4 * time.Hour)},
		Allowed:       model.Access{Right: model.RightView, Limit: model.Until(tx.Now.Add(time.Hour))},
		Answers:       []model.Answer{{Field: "note", Value: "line 1\nline 2\x1b[31m"}},
		State:         model.Requested, Due: tx.Now.Add(24 * time.Hour), Source: model.SourceConsole,
		Policy: policy(approvers), Correlation: "corr-" + model.CorrelationID(number), Revision: 1, Created: tx.Now, Updated: tx.Now,
	}
	for _, f := range change {
		f(&r)
	}
	r.ID, err = tx.InsertRequest(r)
	return r, err
}

// addRequest stores a request with its first open step.
func addRequest(t testing.TB, db *DB, change ...func(*model.Request)) model.Request {
	t.Helper()
	var r model.Request
	write(t, db, func(tx *Tx) error {
		var err error
		r, err = openRequest(tx, change...)
		return err
	})
	return r
}

func openRequest(tx *Tx, change ...func(*model.Request)) (model.Request, error) {
	r, err := request(tx, change...)
	if err != nil {
		return r, err
	}
	step, ok := r.Policy.Step(1)
	if !ok {
		return r, fmt.Errorf("no step in the policy")
	}
	_, err = tx.InsertApproval(model.Approval{RequestID: r.ID, Step: 1, Group: step.Group, State: model.ApprovalRequested, Revision: 1})
	return r, err
}

func addTask(t testing.TB, db *DB, r model.Request, change ...func(*model.Task)) model.Task {
	t.Helper()
	var k model.Task
	write(t, db, func(tx *Tx) error {
		number, err := tx.NextNumber(model.PrefixTask)
		if err != nil {
			return err
		}
		k = model.Task{Number: number, RequestID: r.ID, Kind: model.TaskFulfil, Group: fulfillers, State: model.TaskOpen,
			Picked: model.Target{Kind: model.TargetRecord, UID: "0123456789abcdefghij-_", Title: "picked"}, Revision: 1,
			Correlation: r.Correlation, Created: tx.Now, Updated: tx.Now}
		for _, f := range change {
			f(&k)
		}
		k.ID, err = tx.InsertTask(k)
		return err
	})
	return k
}

func operation(r model.Request, plan string, seq int) model.Operation {
	return model.Operation{RequestID: r.ID, Plan: plan, Seq: seq, Kind: model.OpGrant, State: model.OpQueued,
		Intent:      model.Intent{Record: r.Target.UID, Email: r.RequestedFor, Right: model.RightView, Limit: model.For(time.Hour)},
		Correlation: r.Correlation, RequestedBy: carol, Created: r.Created, Updated: r.Created}
}
