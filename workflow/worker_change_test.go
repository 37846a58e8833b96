package workflow_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// toChange is a task of priya about prod-db-01, which has notes.
func (s *storeWorld) toChange() (model.Request, model.Number) {
	s.t.Helper()
	s.cloud.EditRecord(string(prodDB), func(r *vaultsim.Record) {
		r.Notes = "keep\nthis"
		r.Fields = []vaultsim.Field{{Type: "text", Label: "type", Value: []any{"MySQL"}},
			{Type: "host", Value: []any{map[string]string{"hostName": "db1.example.com", "port": "3306"}}},
			{Type: "login", Value: []any{"root"}}, {Type: "password", Value: []any{"canary old"}}}
	})
	r := s.submit("alice", draft())
	s.approve("omar", r.Number)
	task := s.task(r.Number)
	if err := s.svc.Claim(s.ctx, "priya", task); err != nil {
		s.t.Fatal(err)
	}
	return r, task
}

func (s *storeWorld) planChange(task model.Number, c workflow.Change) (workflow.PlanView, error) {
	s.t.Helper()
	var v workflow.PlanView
	var err error
	s.active(func() { v, err = s.svc.PlanChange(s.ctx, "priya", task, c) })
	return v, err
}

// change plans and runs a change.
func (s *storeWorld) change(task model.Number, c workflow.Change) workflow.PlanView {
	s.t.Helper()
	v, err := s.planChange(task, c)
	if err != nil {
		s.t.Fatalf("plan: %v", err)
	}
	s.active(func() { err = s.svc.RunChange(s.ctx, "priya", task, c, v.Digest) })
	if err != nil {
		s.t.Fatalf("run: %v", err)
	}
	return v
}

func (s *storeWorld) prod() vaultsim.Record {
	s.t.Helper()
	r, ok := s.cloud.Record(string(prodDB))
	if !ok {
		s.t.Fatal("prod-db-01 is gone")
	}
	return r
}

// allOfIt changes everything a record of that type has.
func allOfIt() workflow.Change {
	return workflow.Change{Title: "prod-db-02", Notes: "C:\\new\nline 2", Answers: []model.Answer{{Field: "dbtype", Value: "PostgreSQL"},
		{Field: "host", Value: "db2.example.com:5432"}, {Field: "login", Value: ""}},
		Secrets: map[string][]byte{"password": []byte("canary new")}}
}

func TestChangeShowsTheDifferenceAndIsDone(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r, task := s.toChange()
	c := allOfIt()
	v := s.change(task, c)
	want := []workflow.FieldDiff{
		{Field: "title", Label: "Title", Now: "prod-db-01", Then: "prod-db-02"},
		{Field: "dbtype", Label: "Kind of database", Now: "MySQL", Then: "PostgreSQL"},
		{Field: "host", Label: "Host and port", Now: "db1.example.com:3306", Then: "db2.example.com:5432"},
		{Field: "login", Label: "User name", Now: "root"},
		{Field: "password", Label: "Password", Now: "held", Then: "sealed", Secret: true},
		{Field: "notes", Label: "Notes", Now: "2 lines", Then: "2 lines", Secret: true},
	}
	if !slices.Equal(v.Diff, want) {
		t.Errorf("diff\n%+v, want\n%+v", v.Diff, want)
	}
	if strings.Trim(string(c.Secrets["password"]), "\x00") != "" {
		t.Error("the secret is not wiped")
	}
	op := s.settleAll(r.Number)[0]
	got := s.prod()
	if op.State != model.OpDone || got.Title != "prod-db-02" || held(got, "password") != "canary new" || held(got, "login") != nil ||
		got.Notes != "C:\\new\nline 2" || held(got, "text.type") != "PostgreSQL" {
		t.Errorf("%s %s: %+v", op.State, op.Reason, got)
	}
	if c := s.view("priya", r.Number); c.Request.State != model.InProcess || c.Can(model.ActFulfil) == nil && len(c.Operations) != 1 {
		t.Errorf("the request is %s with %+v", c.Request.State, c.Operations)
	}
	// The record is so already, but for what cannot be compared.
	v, err := s.planChange(task, workflow.Change{Title: "prod-db-02", Answers: []model.Answer{{Field: "dbtype", Value: "PostgreSQL"}}})
	if err != nil || v.Plan.Nothing == "" {
		t.Errorf("%+v, %v", v.Plan, err)
	}
}

func TestNotesAreAddedTo(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r, task := s.toChange()
	s.change(task, workflow.Change{Notes: "rotated on Friday", Append: true})
	if op := s.settleAll(r.Number)[0]; op.State != model.OpDone || s.prod().Notes != "keep\nthis\nrotated on Friday" {
		t.Errorf("%s %s: %q", op.State, op.Reason, s.prod().Notes)
	}
	if held(s.prod(), "password") != "canary old" {
		t.Error("the password changed")
	}
}

func TestRecordIsChangedOnceWhateverGoesWrong(t *testing.T) {
	t.Parallel()
	for _, tt := range storeFaults("record-update") {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			r, task := s.toChange()
			s.change(task, workflow.Change{Notes: "once", Append: true})
			armed := s.sim.Arm(tt.fault)
			s.work()
			if armed.Hits() == 0 {
				t.Fatal("the fault did not strike")
			}
			if got := s.op(r.Number); got.State != tt.first {
				t.Errorf("first %s (%s%s), want %s", got.State, got.Reason, got.LookingFor, tt.first)
			}
			if op := s.settleAll(r.Number)[0]; op.State != model.OpDone || s.prod().Notes != "keep\nthis\nonce" {
				t.Errorf("%s %s: %q", op.State, op.Reason, s.prod().Notes)
			}
		})
	}
}

func TestWorkerThatDiesWhileItChangesARecord(t *testing.T) {
	t.Parallel()
	for _, at := range []struct{ when, call string }{
		{"before", "Submit"}, {"after", "Submit"}, {"before", "Await"}, {"after", "Await"},
	} {
		t.Run(at.when+" "+at.call, func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			r, task := s.toChange()
			s.change(task, workflow.Change{Notes: "once", Append: true})
			if !s.crashAt(at.when, at.call) {
				t.Fatal("the worker did not die there")
			}
			s.restart()
			for range 30 {
				s.later(10 * time.Second)
			}
			if op := s.settleAll(r.Number)[0]; op.State != model.OpDone || s.prod().Notes != "keep\nthis\nonce" {
				t.Errorf("%s %s: %q", op.State, op.Reason, s.prod().Notes)
			}
		})
	}
}

// TestSomebodyElsesChangeIsNotOverwritten changes the record in the web vault
// after the plan, which the service does not notice by itself.
func TestSomebodyElsesChangeIsNotOverwritten(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r, task := s.toChange()
	s.change(task, workflow.Change{Title: "mine"})
	s.cloud.EditRecord(string(prodDB), func(r *vaultsim.Record) { r.Title = "theirs" })
	op := s.settleAll(r.Number)[0]
	if op.State != model.OpRefused || !strings.Contains(op.Reason, "somebody changed the record") || s.prod().Title != "theirs" {
		t.Errorf("%s %s: %q", op.State, op.Reason, s.prod().Title)
	}
	if slices.Contains(s.kinds(), vaultsim.RecordUpdate) {
		t.Error("it was written")
	}
}

func TestSomebodyElsesChangeAfterALostAnswerIsToldHonestly(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r, task := s.toChange()
	s.change(task, workflow.Change{Title: "mine"})
	s.sim.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "record-update"})
	s.vault.at("after", "Await", func() {
		s.cloud.EditRecord(string(prodDB), func(r *vaultsim.Record) { r.Title = "theirs" })
	})
	op := s.settleAll(r.Number)[0]
	if op.State != model.OpRefused || strings.Contains(op.Reason, "did not happen") || !strings.Contains(op.Reason, "does not hold what was ordered") {
		t.Errorf("%s %s", op.State, op.Reason)
	}
}

func TestOnlyTheAdminWithTheTaskChangesRecords(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r, task := s.toChange()
	for who, code := range map[model.PersonID]model.DenyCode{"alice": model.DenyRole, "omar": model.DenyRole, "heidi": model.DenyTaken} {
		s.active(func() {
			if _, err := s.svc.PlanChange(s.ctx, who, task, workflow.Change{Title: "x"}); denied(err) != code {
				t.Errorf("%s: %v", who, err)
			}
		})
	}
	if err := s.svc.Release(s.ctx, "priya", task); err != nil {
		t.Fatal(err)
	}
	if err := s.svc.Claim(s.ctx, "heidi", task); err != nil {
		t.Fatal(err)
	}
	if err := s.view("heidi", r.Number).Can(model.ActChange); denied(err) != model.DenyRole {
		t.Errorf("heidi, who is no admin: %v", err)
	}
}

func TestChangeThatCannotBe(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	_, task := s.toChange()
	long := strings.Repeat("'", 2000)
	for _, tt := range []struct {
		name   string
		change workflow.Change
		field  string
	}{
		{"a field that the type lacks", workflow.Change{Answers: []model.Answer{{Field: "url", Value: "https://x.example"}}}, "url"},
		{"a secret in the clear", workflow.Change{Answers: []model.Answer{{Field: "password", Value: "clear"}}}, "password"},
		{"a host that is none", workflow.Change{Answers: []model.Answer{{Field: "host", Value: "a b"}}}, "host"},
		{"a title of two lines", workflow.Change{Title: "a\nb"}, "title"},
		{"notes that would be added", workflow.Change{Notes: "+1"}, "notes"},
		{"notes with a backslash at the end of a line", workflow.Change{Notes: "a\\\nb"}, "notes"},
		{"nothing to add", workflow.Change{Append: true}, "notes"},
		{"more than one command holds", workflow.Change{Notes: long}, "title"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.planChange(task, tt.change)
			var invalid workflow.Invalid
			if !errors.As(err, &invalid) || invalid[tt.field] == "" {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestChangeThatIsAnotherOneNowIsNotRun(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r, task := s.toChange()
	v, err := s.planChange(task, workflow.Change{Title: "mine"})
	if err != nil {
		t.Fatal(err)
	}
	s.cloud.EditRecord(string(prodDB), func(r *vaultsim.Record) { r.Title = "theirs" })
	s.active(func() { err = s.svc.RunChange(s.ctx, "priya", task, workflow.Change{Title: "mine"}, v.Digest) })
	if conflict(err) == nil || len(s.view("priya", r.Number).Operations) > 0 {
		t.Errorf("%v", err)
	}
}

func TestHangingChangeStaysUnknownUntilItEnds(t *testing.T) {
	t.Parallel()
	for _, then := range []vaultsim.FaultKind{"", vaultsim.UpstreamAfter, vaultsim.UpstreamBefore} {
		t.Run("then "+string(then), func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			r, task := s.toChange()
			s.change(task, workflow.Change{Notes: "once", Append: true})
			armed := s.sim.Arm(vaultsim.Fault{Kind: vaultsim.Hang, Command: "record-update", Then: then})
			s.work()
			s.later(time.Minute)
			got := s.op(r.Number)
			if got.State != model.OpUnknown || got.Attempts != 1 || got.LookingFor == "" || !got.NextLook.After(s.time.Now()) {
				t.Fatalf("%s after %d attempts, looking for %q at %s", got.State, got.Attempts, got.LookingFor, got.NextLook)
			}
			armed.Release()
			if op := s.settleAll(r.Number)[0]; op.State != model.OpDone || s.prod().Notes != "keep\nthis\nonce" {
				t.Errorf("%s %s: %q", op.State, op.Reason, s.prod().Notes)
			}
		})
	}
}

// TestReadingWhatARecordHoldsTellsThatTheServiceIsLoggedOut holds for a command
// that only this reading sends.
func TestReadingWhatARecordHoldsTellsThatTheServiceIsLoggedOut(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	_, task := s.toChange()
	s.health()
	s.sim.LoseSession()
	if _, err := s.planChange(task, workflow.Change{Title: "prod-db-02"}); err == nil {
		t.Error("planned without the vault")
	}
	if h := s.health(); h.State != model.HealthRefused || !strings.Contains(h.Cause, "logged out") {
		t.Errorf("the vault is %s: %s", h.State, h.Cause)
	}
}

// TestWhatIsChangedLeavesNoTrace holds for what an admin types, and for what the
// record held before.
func TestWhatIsChangedLeavesNoTrace(t *testing.T) {
	t.Parallel()
	for _, fault := range []vaultsim.FaultKind{vaultsim.Slow, vaultsim.UpstreamAfter, vaultsim.GarbageHTML, vaultsim.RestartBefore} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			s.logged()
			r, task := s.toChange()
			before, notes := "canary old", "canary notes, the second\nline"
			c := workflow.Change{Title: "prod-db-02", Notes: notes, Secrets: map[string][]byte{"password": []byte(canary)}}
			v, err := s.planChange(task, c)
			if err != nil {
				t.Fatal(err)
			}
			told, err := json.Marshal([]any{v, c})
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{before, notes, canary, "keep\\nthis"} {
				if text := fmt.Sprintf("%+v %#v %s", v, c, told); leak(text, secret) != "" {
					t.Errorf("the plan or the change tells %q: %s", secret, text)
				}
			}
			endpoint := vaultsim.Endpoint("")
			if fault == vaultsim.GarbageHTML {
				endpoint = vaultsim.EndpointResult
			}
			armed := s.sim.Arm(vaultsim.Fault{Kind: fault, Command: "record-update", Endpoint: endpoint})
			s.change(task, c)
			s.settleAll(r.Number)
			if got := s.prod(); armed.Hits() == 0 || held(got, "password") != canary || got.Notes != notes {
				t.Fatalf("the fault struck %d times, the record is %+v", armed.Hits(), got)
			}
			if err := s.svc.CloseTask(s.ctx, "priya", task, model.TaskClosedIncomplete, "only the password was to be changed"); err != nil {
				t.Fatal(err)
			}
			s.work()
			rows := s.sealed(r.ID)
			for _, row := range rows {
				if row.Body != nil || row.Wiped.IsZero() {
					t.Errorf("%s is not wiped: due %s", row.Field, row.WipeDue)
				}
			}
			if len(rows) != 2 {
				t.Errorf("sealed were %d values", len(rows))
			}
			s.nowhere(r, before, notes, "canary notes", canary)
		})
	}
}
