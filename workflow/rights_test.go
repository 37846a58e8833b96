package workflow_test

import (
	"errors"
	"testing"

	"countersign/model"
	"countersign/workflow"
)

// TestStrangersDoNoWork has everybody without a part in the work try all of it,
// on a task that somebody has and on one that is closed. They learn nothing of
// how it stands.
func TestStrangersDoNoWork(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	verbs := map[string]func(who model.PersonID) error{
		"claim":   func(who model.PersonID) error { return v.svc.Claim(v.ctx, who, task) },
		"release": func(who model.PersonID) error { return v.svc.Release(v.ctx, who, task) },
		"pick":    func(who model.PersonID) error { return v.svc.Pick(v.ctx, who, task, prodDB) },
		"close": func(who model.PersonID) error {
			return v.svc.CloseTask(v.ctx, who, task, model.TaskClosedComplete, "done by hand")
		},
		"plan": func(who model.PersonID) error {
			_, err := v.svc.Plan(v.ctx, who, task)
			return err
		},
		"fulfil":  func(who model.PersonID) error { return v.svc.Fulfil(v.ctx, who, task, "a digest") },
		"comment": func(who model.PersonID) error { return v.svc.Comment(v.ctx, who, r.Number, model.EntryNote, "hello") },
		"withdraw": func(who model.PersonID) error {
			return v.svc.Withdraw(v.ctx, who, r.Number, "not mine")
		},
		"deny": func(who model.PersonID) error {
			_, err := v.svc.Decide(v.ctx, who, workflow.Decision{Number: r.Number, Verdict: model.Deny, Comment: "no"})
			return err
		},
	}
	try := func(when string) {
		for verb, do := range verbs {
			v.active(func() {
				if err := do("bob"); denied(err) != model.DenyRole {
					t.Errorf("%s: bob may %s: %v", when, verb, err)
				}
			})
		}
	}
	try("taken")
	v.fulfil(task)
	v.work()
	g := v.grant(r.Number)
	verbs["give back"] = func(who model.PersonID) error { return v.svc.GiveBack(v.ctx, who, g.ID, "") }
	verbs["revoke"] = func(who model.PersonID) error { return v.svc.Revoke(v.ctx, who, g.ID, "why not") }
	verbs["look again"] = func(who model.PersonID) error { return v.svc.LookAgain(v.ctx, who, v.op(r.Number).ID) }
	verbs["submit"] = func(model.PersonID) error {
		_, err := v.svc.Submit(v.ctx, "omar", draft())
		return err
	}
	verbs["people"] = func(who model.PersonID) error {
		_, err := v.svc.ApplyPeople(v.ctx, string(who), roster(), false)
		return err
	}
	try("closed")
	v.active(func() {
		var wrong workflow.Invalid
		if err := v.svc.Revoke(v.ctx, "heidi", g.ID, "  "); !errors.As(err, &wrong) || wrong["comment"] == "" {
			t.Errorf("revoked without a reason: %v", err)
		}
	})
	if got := v.grant(r.Number); got.State != model.GrantActive {
		t.Errorf("after all that the grant is %s", got.State)
	}
}

func TestStrangersSeeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit("alice", draft())
	if _, err := w.svc.Case(w.ctx, "bob", r.Number); denied(err) != model.DenyRole {
		t.Errorf("a stranger reads it: %v", err)
	}
	if err := w.svc.Comment(w.ctx, "bob", r.Number, model.EntryComment, "hello"); denied(err) != model.DenyRole {
		t.Errorf("a stranger comments: %v", err)
	}
	if _, err := w.svc.Case(w.ctx, "priya", "REQ0099999"); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("a missing one: %v", err)
	}
	if err := w.svc.Comment(w.ctx, "omar", r.Number, model.EntryComment, "is this for the whole night?"); err != nil {
		t.Error(err)
	}
}
