package workflow_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// loseIdentity gives the next worker another identity than what waits is sealed to.
func (s *storeWorld) loseIdentity() {
	s.t.Helper()
	other, err := seal.Generate()
	if err != nil {
		s.t.Fatal(err)
	}
	s.identity = other
	s.restart()
}

// ended lets hours pass, and fails where an operation does not end in them.
func (s *storeWorld) ended(n model.Number) []model.Operation {
	s.t.Helper()
	for range 40 {
		s.later(5 * time.Minute)
	}
	ops := s.view("priya", n).Operations
	for _, op := range ops {
		if !op.State.Final() {
			s.t.Fatalf("%s is still %s, looking for %q", op.Kind, op.State, op.LookingFor)
		}
	}
	return ops
}

// TestChangeWhoseIdentityIsLostEnds holds that an order whose outcome is not known
// does not stay so for ever where nothing can open what it was to write.
func TestChangeWhoseIdentityIsLostEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ when, reason string }{
		{"before", "give the worker the identity"},
		{"after", "look at it in the vault"},
	} {
		t.Run(tt.when+" it was sent", func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			r, task := s.toChange()
			s.change(task, workflow.Change{Notes: "once", Append: true})
			if !s.crashAt(tt.when, "Submit") {
				t.Fatal("the worker did not die there")
			}
			s.loseIdentity()
			op := s.ended(r.Number)[0]
			if op.State != model.OpRefused || !strings.Contains(op.Reason, tt.reason) {
				t.Errorf("%s: %s", op.State, op.Reason)
			}
			if err := s.svc.CloseTask(s.ctx, "priya", task, model.TaskClosedIncomplete, "the key is lost"); err != nil {
				t.Errorf("the task cannot be closed: %v", err)
			}
		})
	}
}

// TestRecordThatCannotBeComparedIsNotShared holds that who carries it out looks at
// a record of which nobody can tell whether it is as ordered.
func TestRecordThatCannotBeComparedIsNotShared(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r := s.ordered()
	if !s.crashAt("after", "Submit") {
		t.Fatal("the worker did not die there")
	}
	s.loseIdentity()
	ops := s.ended(r.Number)
	if ops[0].State != model.OpDone || ops[1].State != model.OpCancelled {
		t.Errorf("%s %s, %s %s", ops[0].State, ops[0].Reason, ops[1].State, ops[1].Reason)
	}
	if got, want := s.kinds(), []vaultsim.Kind{vaultsim.RecordAdd}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
	v := s.view("priya", r.Number)
	told := slices.ContainsFunc(v.Timeline, func(e workflow.TimelineEntry) bool { return strings.Contains(e.Text, "cannot be compared") })
	if v.Request.State != model.InProcess || !told {
		t.Errorf("the request is %s with %+v", v.Request.State, v.Timeline)
	}
}

// TestWhatAnAdminTypesIsNoAnswerOfTheRequest holds that what was approved reads the
// same after an admin has written a record in its task.
func TestWhatAnAdminTypesIsNoAnswerOfTheRequest(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r, task := s.toChange()
	before := s.view("alice", r.Number)
	s.change(task, allOfIt())
	s.settleAll(r.Number)
	after := s.view("alice", r.Number)
	if len(after.Request.Sealed) > 0 {
		t.Errorf("the request holds the answers %+v", after.Request.Sealed)
	}
	after.Request.Revision = before.Request.Revision
	if after.Statement(after.Request.Allowed).Digest() != before.Statement(before.Request.Allowed).Digest() {
		t.Error("what was approved reads otherwise now")
	}
}

// TestFieldIsAnsweredOnce holds that no answer is checked and another one used.
func TestFieldIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	for _, values := range [][2]string{{"owner", "view"}, {"nonsense", "view"}} {
		d := s.in(s.folder, storing(model.ItemLogin, nil, model.Answer{Field: "title", Value: "x"},
			model.Answer{Field: model.FieldShareIt, Value: values[0]}, model.Answer{Field: model.FieldShareIt, Value: values[1]}))
		_, err := s.svc.Submit(s.ctx, "alice", d)
		var wrong workflow.Invalid
		if !errors.As(err, &wrong) || wrong[model.FieldShareIt] == "" {
			t.Errorf("%v: %v", values, err)
		}
	}
	d := draft()
	d.For, d.Item = "bob@example.com", model.ItemFolderAccess
	d.Target = model.Target{Kind: model.TargetFolder, UID: s.folder}
	d.Asked = model.Access{Right: model.RightNone}
	d.Answers = []model.Answer{{Field: model.FieldTeam, Value: "Auditors"}}
	if _, err := s.svc.Submit(s.ctx, "alice", d); err == nil {
		t.Error("somebody is named as a team")
	}
}
