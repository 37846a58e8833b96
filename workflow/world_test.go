package workflow_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

const (
	approvers = model.GroupName("Vault Approvers")
	fulfilers = model.GroupName("Fulfilment")
	prodDB    = model.UID("RZToj60CrP9GDxjDTPWxAQ")
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// world is a queue with people in it. Their ids are their logins.
type world struct {
	t     *testing.T
	ctx   context.Context
	clock *clock
	db    *store.DB
	svc   *workflow.Service
}

func policy() model.Policy {
	return model.Policy{Steps: []model.PolicyStep{{Group: approvers, Mode: model.AnyOne}}, DueIn: model.For(48 * time.Hour),
		Overdue: model.OverdueExpire, FulfilGroup: fulfilers, Fulfilment: model.FulfilByTask}
}

func newWorld(t *testing.T, settings ...workflow.Settings) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background(), clock: &clock{t: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}}
	db, err := store.Open(w.ctx, store.Options{Dir: t.TempDir(), Now: w.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w.db = db
	set := workflow.Settings{Default: policy()}
	if len(settings) > 0 {
		set = settings[0]
	}
	w.svc = workflow.New(db, workflow.Options{Settings: set, Now: w.clock.now})
	w.people()
	return w
}

func (w *world) people() {
	w.t.Helper()
	err := w.db.Write(w.ctx, func(tx *store.Tx) error {
		for _, g := range []model.GroupName{approvers, fulfilers} {
			if err := tx.InsertGroup(g); err != nil {
				return err
			}
		}
		for _, p := range []struct {
			login  string
			roles  []model.Role
			groups []model.GroupName
		}{
			{"alice", []model.Role{model.RoleRequestor}, nil},
			{"bob", []model.Role{model.RoleRequestor}, nil},
			{"dana", []model.Role{model.RoleRequestor, model.RoleApprover}, []model.GroupName{approvers}},
			{"omar", []model.Role{model.RoleApprover}, []model.GroupName{approvers}},
			{"heidi", []model.Role{model.RoleRequestor}, []model.GroupName{fulfilers}},
			{"priya", []model.Role{model.RoleAdmin, model.RoleRequestor}, nil},
			{"sam", []model.Role{model.RoleSupport}, nil},
		} {
			if err := tx.InsertPerson(model.Person{ID: model.PersonID(p.login), Login: p.login, Name: p.login,
				Email: p.login + "@example.com", Roles: p.roles, Groups: p.groups, Active: true, Revision: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// draft is a valid request for a record, named exactly.
func draft() workflow.Draft {
	return workflow.Draft{Item: model.ItemRecordAccess,
		Target:        model.Target{Kind: model.TargetRecord, UID: prodDB, Title: "prod-db-01", Type: "databaseCredentials"},
		Asked:         model.Access{Right: model.RightEdit, Limit: model.For(4 * time.Hour)},
		Justification: "INC0012345: restore the ledger before the night batch"}
}

func (w *world) submit(by model.PersonID, d workflow.Draft) model.Request {
	w.t.Helper()
	r, err := w.svc.Submit(w.ctx, by, d)
	if err != nil {
		w.t.Fatalf("submit: %v", err)
	}
	return r
}

func (w *world) view(by model.PersonID, n model.Number) workflow.CaseView {
	w.t.Helper()
	v, err := w.svc.Case(w.ctx, by, n)
	if err != nil {
		w.t.Fatalf("case %s: %v", n, err)
	}
	return v
}

// decision is a vote on what the person sees now.
func (w *world) decision(by model.PersonID, n model.Number, v model.Verdict, comment string) workflow.Decision {
	w.t.Helper()
	c := w.view(by, n)
	return workflow.Decision{Number: n, Revision: c.Request.Revision, Digest: c.Statement(c.Request.Allowed).Digest(),
		Verdict: v, Allow: c.Request.Allowed, Comment: comment}
}

func (w *world) approve(by model.PersonID, n model.Number) workflow.Decided {
	w.t.Helper()
	d, err := w.svc.Decide(w.ctx, by, w.decision(by, n, model.Approve, ""))
	if err != nil {
		w.t.Fatalf("approve %s: %v", n, err)
	}
	return d
}

// task returns the number of the open task of a request.
func (w *world) task(n model.Number) model.Number {
	w.t.Helper()
	t, ok := w.view("priya", n).OpenTask()
	if !ok {
		w.t.Fatalf("%s has no open task", n)
	}
	return t.Number
}

func denied(err error) model.DenyCode {
	var d *model.Denied
	if errors.As(err, &d) {
		return d.Code
	}
	return ""
}

func conflict(err error) *workflow.Conflict {
	var c *workflow.Conflict
	errors.As(err, &c)
	return c
}
