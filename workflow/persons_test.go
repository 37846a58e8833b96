package workflow_test

import (
	"errors"
	"strings"
	"testing"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

func TestDisablingTakesEffectAtOnceAndHandsTasksBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit("alice", draft())
	w.approve("dana", r.Number)
	task := w.task(r.Number)
	if err := w.svc.Claim(w.ctx, "heidi", task); err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.Disable(w.ctx, "dana", "heidi", ""); denied(err) != model.DenyRole {
		t.Errorf("by somebody who is no admin: %v", err)
	}
	done, err := w.svc.Disable(w.ctx, "priya", "heidi", "left the company")
	if err != nil || !strings.Contains(strings.Join(done, "\n"), "give "+string(task)+" back to "+string(fulfilers)) {
		t.Fatalf("done %q, %v", done, err)
	}
	if task, _ := w.view("priya", r.Number).OpenTask(); task.Assignee != "" || task.State != model.TaskOpen {
		t.Errorf("the task %+v", task)
	}
	// Her session is still open: everything is refused.
	for name, err := range map[string]error{
		"claim":   w.svc.Claim(w.ctx, "heidi", task),
		"comment": w.svc.Comment(w.ctx, "heidi", r.Number, model.EntryComment, "hello"),
		"submit":  func() error { _, err := w.svc.Submit(w.ctx, "heidi", draft()); return err }(),
		"case":    func() error { _, err := w.svc.Case(w.ctx, "heidi", r.Number); return err }(),
		"list": func() error {
			_, err := w.svc.Requests(w.ctx, "heidi", workflow.Query{View: workflow.RequestsMine})
			return err
		}(),
		"person": func() error { _, err := w.svc.Person(w.ctx, "heidi", "heidi"); return err }(),
	} {
		if denied(err) != model.DenyInactive {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.svc.Disable(w.ctx, "priya", "heidi", ""); denied(err) != model.DenyState {
		t.Errorf("disabled twice: %v", err)
	}
	if _, err := w.svc.Enable(w.ctx, "priya", "heidi", "back"); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Claim(w.ctx, "heidi", task); err != nil {
		t.Errorf("enabled again: %v", err)
	}
	if _, err := w.svc.Disable(w.ctx, "priya", "zoe", ""); !errors.Is(err, workflow.ErrUnknownPerson) {
		t.Errorf("somebody unknown: %v", err)
	}
}

// Who leaves a group loses the tasks that they had for it.
func TestLeavingAGroupHandsItsTasksBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit("alice", draft())
	w.approve("dana", r.Number)
	task := w.task(r.Number)
	if err := w.svc.Claim(w.ctx, "heidi", task); err != nil {
		t.Fatal(err)
	}
	heidi, err := w.svc.Person(w.ctx, "priya", "heidi")
	if err != nil || heidi.Tasks != 1 {
		t.Fatalf("heidi has %d tasks, %v", heidi.Tasks, err)
	}
	d := workflow.PersonDraft{RosterPerson: workflow.RosterPerson{Login: "heidi", Name: "Heidi", Email: heidi.Email, Roles: heidi.Roles},
		Groups: heidi.Groups, Revision: heidi.Revision}
	if _, err := w.svc.SavePerson(w.ctx, "priya", d); err != nil {
		t.Fatal(err)
	}
	if task, _ := w.view("priya", r.Number).OpenTask(); task.Assignee != "heidi" {
		t.Errorf("another name takes the task from her: %+v", task)
	}
	d.Groups, d.Revision = nil, heidi.Revision+1
	if done, err := w.svc.SavePerson(w.ctx, "priya", d); err != nil || !strings.Contains(strings.Join(done, "\n"), "give "+string(task)+" back") {
		t.Errorf("done %q, %v", done, err)
	}
	if task, _ := w.view("priya", r.Number).OpenTask(); task.Assignee != "" || task.State != model.TaskOpen {
		t.Errorf("the task %+v", task)
	}
}

// Nobody's say is given while they, or who acts for them, are disabled.
func TestADisabledPersonsSayIsNotGiven(t *testing.T) {
	t.Parallel()
	w := teamWorld(t, steps(model.PolicyStep{Group: approvers, Mode: model.All}))
	w.acts("ivy", "dana")
	r := w.submit("alice", draft())
	for _, login := range []string{"dana", "ivy"} {
		if _, err := w.svc.Disable(w.ctx, "priya", login, ""); err != nil {
			t.Fatal(err)
		}
		if err := w.tries("ivy", r.Number, model.Approve); err == nil {
			t.Errorf("decided while %s is disabled", login)
		}
		if got := strings.Join(w.view("priya", r.Number).Deciders, " "); login == "dana" && got != "omar" {
			t.Errorf("deciders %q while dana is disabled", got)
		}
		if _, err := w.svc.Enable(w.ctx, "priya", login, ""); err != nil {
			t.Fatal(err)
		}
	}
	w.approve("omar", r.Number)
	if _, err := w.svc.Disable(w.ctx, "priya", "dana", ""); err != nil {
		t.Fatal(err)
	}
	// Disabling the last who is missing decides nothing: a vote does.
	if v := w.view("priya", r.Number); v.Request.State != model.Requested || len(v.Deciders) != 0 || !strings.Contains(strings.Join(v.Warnings, "\n"), "nobody") {
		t.Errorf("%s, deciders %v, warnings %q", v.Request.State, v.Deciders, v.Warnings)
	}
}

func TestAnAdminIsAlwaysLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.svc.Disable(w.ctx, "priya", "priya", ""); denied(err) != model.DenyOwn {
		t.Errorf("the last admin: %v", err)
	}
	me, err := w.svc.Person(w.ctx, "priya", "priya")
	if err != nil {
		t.Fatal(err)
	}
	d := workflow.PersonDraft{RosterPerson: workflow.RosterPerson{Login: "priya", Name: "Priya", Email: me.Email, Roles: []model.Role{model.RoleSupport}},
		Revision: me.Revision}
	var wrong workflow.Invalid
	if _, err := w.svc.SavePerson(w.ctx, "priya", d); !errors.As(err, &wrong) || wrong["roles"] == "" {
		t.Errorf("takes the role from herself: %v", err)
	}
}

func TestPeopleAreSavedOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	zoe := workflow.PersonDraft{RosterPerson: workflow.RosterPerson{Login: "zoe", Name: "Zoë", Email: "zoe@example.com",
		Roles: []model.Role{model.RoleApprover}}, Groups: []model.GroupName{approvers}}
	if _, err := w.svc.SavePerson(w.ctx, "dana", zoe); denied(err) != model.DenyRole {
		t.Errorf("by no admin: %v", err)
	}
	if _, err := w.svc.SavePerson(w.ctx, "priya", zoe); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*workflow.PersonDraft){
		"login":      func(*workflow.PersonDraft) {},
		"groups":     func(d *workflow.PersonDraft) { d.Groups = []model.GroupName{"Nobody"} },
		"email":      func(d *workflow.PersonDraft) { d.Login, d.Email = "zoe2", "ALICE@example.com" },
		"person zoe": func(d *workflow.PersonDraft) { d.Email = "zoe" },
	} {
		d := zoe
		change(&d)
		var wrong workflow.Invalid
		if _, err := w.svc.SavePerson(w.ctx, "priya", d); !errors.As(err, &wrong) || wrong[name] == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	seen, err := w.svc.Person(w.ctx, "priya", "zoe")
	if err != nil || !seen.In(approvers) || seen.Can(model.ActDisable) != nil || seen.Can(model.ActEnable) == nil {
		t.Fatalf("zoe is %+v, %v", seen, err)
	}
	change := zoe
	change.Revision, change.Groups = seen.Revision, nil
	if done, err := w.svc.SavePerson(w.ctx, "priya", change); err != nil || len(done) != 1 || !strings.Contains(done[0], "groups") {
		t.Errorf("done %q, %v", done, err)
	}
	if _, err := w.svc.SavePerson(w.ctx, "priya", change); conflict(err) == nil {
		t.Errorf("on what was shown before: %v", err)
	}
}

func TestWhoSeesPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, who := range []model.PersonID{"priya", "sam"} {
		people, err := w.svc.People(w.ctx, who)
		if err != nil || len(people) != 7 || people[0].Login != "alice" {
			t.Errorf("%s sees %d, %v", who, len(people), err)
		}
		groups, err := w.svc.Groups(w.ctx, who)
		if err != nil || len(groups) != 2 || groups[1].Name != approvers || groups[1].Able != 2 || !groups[1].Decides || groups[1].Fulfils || !groups[0].Fulfils {
			t.Errorf("%s sees %+v, %v", who, groups, err)
		}
	}
	if p, err := w.svc.Person(w.ctx, "sam", "dana"); err != nil || p.Can(model.ActDisable) == nil || p.Can(model.ActEdit) == nil {
		t.Errorf("support may change %+v, %v", p.Perms, err)
	}
	for name, err := range map[string]error{
		"all":          func() error { _, err := w.svc.People(w.ctx, "dana"); return err }(),
		"groups":       func() error { _, err := w.svc.Groups(w.ctx, "dana"); return err }(),
		"somebody":     func() error { _, err := w.svc.Person(w.ctx, "dana", "omar"); return err }(),
		"nobody known": func() error { _, err := w.svc.Person(w.ctx, "dana", "zoe"); return err }(),
	} {
		if denied(err) != model.DenyRole {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p, err := w.svc.Person(w.ctx, "dana", "dana"); err != nil || p.Login != "dana" || p.Can(model.ActDelegate) != nil {
		t.Errorf("oneself: %+v, %v", p, err)
	}
}

// An incident of somebody who is disabled is nobody's again.
func TestDisablingHandsIncidentsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(func(tx *store.Tx) error {
		id, err := tx.InsertEndpoint(model.EndpointRequest{UID: "u", State: model.EndpointPending, Created: tx.Now, Seen: tx.Now})
		if err != nil {
			return err
		}
		_, err = tx.InsertIncident(model.Incident{Number: "SIR0010001", EndpointID: id, State: model.IncidentAnalysis, Priority: 3, Short: "s",
			Assignee: "omar", Created: tx.Now})
		return err
	})
	if _, err := w.svc.Disable(w.ctx, "priya", "omar", ""); err != nil {
		t.Fatal(err)
	}
	page, err := w.svc.Incidents(w.ctx, "priya", workflow.Query{View: workflow.IncidentsOpen})
	if err != nil || len(page.Rows) != 1 || page.Rows[0].Login != "" {
		t.Errorf("incidents %+v, %v", page.Rows, err)
	}
}
