package workflow_test

import (
	"errors"
	"strings"
	"testing"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

func emptyWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, ctx: t.Context(), clock: &clock{}}
	db, err := store.Open(w.ctx, store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w.db, w.svc = db, workflow.New(db, workflow.Options{Settings: workflow.Settings{Default: policy()}})
	return w
}

func roster() workflow.Roster {
	return workflow.Roster{
		People: []workflow.RosterPerson{
			{Login: "root", Name: "Root", Email: "root@example.com", Roles: []model.Role{model.RoleRequestor}},
			{Login: "dana", Name: "Dana", Email: "dana@example.com", Roles: []model.Role{model.RoleApprover}},
		},
		Groups: []workflow.RosterGroup{{Name: approvers, Members: []string{"dana"}}},
	}
}

func TestTheFirstOneToApplyPeopleBecomesAdmin(t *testing.T) {
	t.Parallel()
	w := emptyWorld(t)
	r := roster()
	planned, err := w.svc.ApplyPeople(w.ctx, "root", r, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.Actor(w.ctx, "root"); !errors.Is(err, workflow.ErrUnknownPerson) {
		t.Errorf("a dry run wrote: %v", err)
	}
	done, err := w.svc.ApplyPeople(w.ctx, "root", r, false)
	if err != nil || strings.Join(done, "\n") != strings.Join(planned, "\n") {
		t.Errorf("done %q, planned %q, %v", done, planned, err)
	}
	a, err := w.svc.Actor(w.ctx, "root")
	if err != nil || !a.Has(model.RoleAdmin) || !a.Has(model.RoleRequestor) {
		t.Errorf("root is %+v, %v", a, err)
	}
	if d, _ := w.svc.Actor(w.ctx, "dana"); !d.In(approvers) {
		t.Errorf("dana is in %v", d.Groups)
	}
	if _, err := w.svc.ApplyPeople(w.ctx, "dana", r, false); denied(err) != model.DenyRole {
		t.Errorf("by somebody who is no admin: %v", err)
	}
}

func TestApplyPeopleTellsOnlyWhatChanges(t *testing.T) {
	t.Parallel()
	w := emptyWorld(t)
	r := roster()
	r.People[0].Roles = append(r.People[0].Roles, model.RoleAdmin)
	if _, err := w.svc.ApplyPeople(w.ctx, "root", r, false); err != nil {
		t.Fatal(err)
	}
	if again, err := w.svc.ApplyPeople(w.ctx, "root", r, false); err != nil || len(again) != 0 {
		t.Errorf("again: %q, %v", again, err)
	}
	r.People[1].Email, r.Groups[0].Members = "d@example.com", nil
	got, err := w.svc.ApplyPeople(w.ctx, "root", r, false)
	want := "change dana: address dana@example.com → d@example.com, groups Vault Approvers → none"
	if err != nil || strings.Join(got, "\n") != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	r.People[0].Roles = []model.Role{model.RoleRequestor}
	if _, err := w.svc.ApplyPeople(w.ctx, "root", r, false); !errors.Is(err, workflow.ErrLastAdmin) {
		t.Errorf("the last admin: %v", err)
	}
}

// TestTheFirstFileAppliedAgainSaysWhatItLacks has a first file that does not make
// its author an admin: applied again it would take the role away.
func TestTheFirstFileAppliedAgainSaysWhatItLacks(t *testing.T) {
	t.Parallel()
	w := emptyWorld(t)
	first, err := w.svc.ApplyPeople(w.ctx, "root", roster(), false)
	if err != nil || !strings.Contains(first[0], `root becomes the first admin; write "admin"`) {
		t.Errorf("first %q, %v", first, err)
	}
	_, err = w.svc.ApplyPeople(w.ctx, "root", roster(), false)
	if !errors.Is(err, workflow.ErrLastAdmin) || !strings.Contains(err.Error(), `write "admin" among the roles of root`) {
		t.Errorf("again: %v", err)
	}
	r := roster()
	r.People[1].Roles = append(r.People[1].Roles, model.RoleAdmin)
	var wrong workflow.Invalid
	if _, err = w.svc.ApplyPeople(w.ctx, "root", r, false); !errors.As(err, &wrong) || wrong["person root"] == "" {
		t.Errorf("with another admin: %v", err)
	}
	r.People[0].Roles = append(r.People[0].Roles, model.RoleAdmin)
	if _, err = w.svc.ApplyPeople(w.ctx, "root", r, false); err != nil {
		t.Error(err)
	}
	r.People[0].Roles = []model.Role{model.RoleRequestor}
	if _, err = w.svc.ApplyPeople(w.ctx, "dana", r, false); err != nil {
		t.Errorf("another admin takes it: %v", err)
	}
	if a, _ := w.svc.Actor(w.ctx, "root"); a.Has(model.RoleAdmin) {
		t.Error("root is still an admin")
	}
}

func TestDisablingSomebodyHandsTheirTasksBackAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit("alice", draft())
	w.approve("dana", r.Number)
	task := w.task(r.Number)
	if err := w.svc.Claim(w.ctx, "heidi", task); err != nil {
		t.Fatal(err)
	}
	off := workflow.Roster{People: []workflow.RosterPerson{{Login: "heidi", Email: "heidi@example.com", Disabled: true}}}
	if _, err := w.svc.ApplyPeople(w.ctx, "priya", off, false); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.view("priya", r.Number).OpenTask(); got.Assignee != "" || got.State != model.TaskOpen {
		t.Errorf("the task is %s with %q", got.State.Words(), got.Assignee)
	}
	if err := w.svc.Claim(w.ctx, "heidi", task); denied(err) != model.DenyInactive {
		t.Errorf("a disabled person claims: %v", err)
	}
}

// TestDisabledPersonReadsNothing has somebody of every role and group disabled.
// Only who they are is still told, so that a screen can say that.
func TestDisabledPersonReadsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit("alice", draft())
	all := workflow.Roster{People: []workflow.RosterPerson{{Login: "heidi", Email: "heidi@example.com", Roles: model.Roles(), Disabled: true}}}
	if _, err := w.svc.ApplyPeople(w.ctx, "priya", all, false); err != nil {
		t.Fatal(err)
	}
	only := func(_ any, err error) error { return err }
	for what, err := range map[string]error{
		"requests":  only(w.svc.Requests(w.ctx, "heidi", workflow.Query{View: workflow.RequestsAll})),
		"mine":      only(w.svc.Requests(w.ctx, "heidi", workflow.Query{View: workflow.RequestsMine})),
		"tasks":     only(w.svc.Tasks(w.ctx, "heidi", workflow.Query{View: workflow.TasksOpen})),
		"unknown":   only(w.svc.Unknown(w.ctx, "heidi", workflow.Query{})),
		"access":    only(w.svc.Access(w.ctx, "heidi", workflow.Query{})),
		"endpoints": only(w.svc.Endpoints(w.ctx, "heidi", workflow.Query{View: workflow.EndpointsWaiting})),
		"badges":    only(w.svc.Badges(w.ctx, "heidi")),
		"case":      only(w.svc.Case(w.ctx, "heidi", r.Number)),
		"log":       only(w.svc.Log(w.ctx, "heidi", workflow.Query{})),
		"traffic":   only(w.svc.Traffic(w.ctx, "heidi", workflow.Query{})),
		"audit":     only(w.svc.Audit(w.ctx, "heidi", workflow.Query{})),
		"chain":     only(w.svc.VerifyAudit(w.ctx, "heidi")),
		"check":     w.svc.Check(w.ctx, "heidi", draft()),
		"submit":    only(w.svc.Submit(w.ctx, "heidi", draft())),
	} {
		if denied(err) != model.DenyInactive {
			t.Errorf("%s: %v, want that the account is disabled", what, err)
		}
	}
	if a, err := w.svc.Actor(w.ctx, "heidi"); err != nil || a.Active {
		t.Errorf("who it is: %+v, %v", a, err)
	}
}
