package workflow_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// described is an approved request that only describes its record, with its task
// in priya's hands.
func (s *storeWorld) described(access model.Access) (model.Request, model.Number) {
	s.t.Helper()
	d := draft()
	d.Target = model.Target{Kind: model.TargetRecord, Described: "the new ledger database"}
	d.Asked = access
	r := s.submit("alice", d)
	s.approve("omar", r.Number)
	task := s.task(r.Number)
	if err := s.svc.Claim(s.ctx, "priya", task); err != nil {
		s.t.Fatal(err)
	}
	return r, task
}

func (s *storeWorld) makeAndUse(task model.Number) workflow.PlanView {
	s.t.Helper()
	d := s.in(s.folder, storing(model.ItemDatabase, map[string]string{"password": "canary"},
		model.Answer{Field: "login", Value: "app"}, model.Answer{Field: "host", Value: "db9:5432"}))
	var v workflow.PlanView
	s.active(func() {
		var err error
		if v, err = s.svc.PlanRecord(s.ctx, "priya", task, d); err == nil {
			err = s.svc.RunRecord(s.ctx, "priya", task, d, v.Digest)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	})
	return v
}

func TestRecordIsMadeAndUsedInOneTask(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	want := model.Access{Right: model.RightEdit, Limit: model.For(4 * time.Hour)}
	r, task := s.described(want)
	v := s.makeAndUse(task)
	if len(v.Plan.Steps) != 2 || v.Plan.Steps[1].Kind != model.OpGrant || v.Plan.Want != want {
		t.Errorf("plan %+v", v.Plan)
	}
	s.settleAll(r.Number)
	made := s.one()
	if made.Title != "app @ db9:5432" || held(made, "password") != "canary" || made.Folder != string(s.folder) {
		t.Errorf("made %+v", made)
	}
	c := s.view("alice", r.Number)
	g := s.grant(r.Number)
	if c.Request.State != model.ClosedComplete || c.Target().UID != g.Target.UID || g.Right != model.RightEdit || g.Until.IsZero() {
		t.Errorf("%s about %+v, grant %+v", c.Request.State, c.Target(), g)
	}
	if shares := s.cloud.Shares(string(g.Target.UID)); len(shares) != 1 || !shares[0].Rights.Edit {
		t.Errorf("shares %+v", shares)
	}
}

func TestMadeRecordIsWhatTheTaskIsAboutAfterARefusedShare(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r, task := s.described(model.Access{Right: model.RightView, Limit: model.Permanent})
	s.cloud.SetRelation("alice@example.com", vaultsim.NoKey)
	s.makeAndUse(task)
	s.settleAll(r.Number)
	c := s.view("priya", r.Number)
	made, _ := c.Created()
	if c.Request.State != model.InProcess || c.Target().UID != made.UID || denied(c.Can(model.ActCreate)) != model.DenyState {
		t.Fatalf("%s about %+v, made %+v", c.Request.State, c.Target(), made)
	}
	s.cloud.SetRelation("alice@example.com", vaultsim.Known)
	s.active(func() {
		v, err := s.svc.Plan(s.ctx, "priya", task)
		if err == nil {
			err = s.svc.Fulfil(s.ctx, "priya", task, v.Digest)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	s.settleAll(r.Number)
	s.one()
	if got := s.view("alice", r.Number).Request.State; got != model.ClosedComplete {
		t.Errorf("the request is %s", got)
	}
}

func TestNewRecordCanBeChangedInItsTask(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	s.cloud.SetRelation("alice@example.com", vaultsim.NoKey)
	r := s.ordered()
	s.settleAll(r.Number)
	task := s.task(r.Number)
	if err := s.svc.Release(s.ctx, "heidi", task); err != nil {
		t.Fatal(err)
	}
	if err := s.svc.Claim(s.ctx, "priya", task); err != nil {
		t.Fatal(err)
	}
	s.change(task, workflow.Change{Title: "renamed", Secrets: map[string][]byte{"password": []byte("second")}})
	s.settleAll(r.Number)
	made, _ := s.view("priya", r.Number).Created()
	if got, _ := s.cloud.Record(string(made.UID)); got.Title != "renamed" || held(got, "password") != "second" {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsMadeForATaskIsGivenAsApproved(t *testing.T) {
	t.Parallel()
	t.Run("as a link", func(t *testing.T) {
		t.Parallel()
		s := newStoreWorld(t)
		d := workflow.Draft{Item: model.ItemOneTimeShare, Justification: "INC0012345: for the auditor, who has no account",
			Target: model.Target{Kind: model.TargetRecord, Described: "a login for the auditor"},
			Asked:  model.Access{Right: model.RightView, Limit: model.For(2 * time.Hour)}}
		r := s.submit("alice", d)
		s.approve("omar", r.Number)
		task := s.task(r.Number)
		if err := s.svc.Claim(s.ctx, "priya", task); err != nil {
			t.Fatal(err)
		}
		v := s.makeAndUse(task)
		if len(v.Plan.Steps) != 2 || v.Plan.Steps[1].Kind != model.OpLink {
			t.Fatalf("plan %+v", v.Plan.Steps)
		}
		s.settleAll(r.Number)
		c := s.view("alice", r.Number)
		if c.Request.State != model.ClosedComplete || c.Link == nil || !c.Link.Waiting || c.Grants[0].Target.UID != c.Target().UID {
			t.Errorf("%s, link %+v, grants %+v", c.Request.State, c.Link, c.Grants)
		}
	})
	t.Run("for good", func(t *testing.T) {
		t.Parallel()
		s := newStoreWorld(t)
		r, task := s.described(model.Access{Right: model.RightOwner, Limit: model.Permanent})
		s.makeAndUse(task)
		s.settleAll(r.Number)
		if got, want := s.kinds(), []vaultsim.Kind{vaultsim.RecordAdd, vaultsim.Owner}; !slices.Equal(got, want) {
			t.Errorf("the vault did %v, want %v", got, want)
		}
	})
}

func TestRecordThatCannotBeMadeInATask(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	_, task := s.described(model.Access{Right: model.RightView, Limit: model.Permanent})
	login := func(change func(*workflow.Draft)) workflow.Draft {
		d := s.in(s.folder, storing(model.ItemLogin, nil, model.Answer{Field: "title", Value: "t"}))
		change(&d)
		return d
	}
	for _, tt := range []struct {
		name  string
		draft workflow.Draft
		field string
	}{
		{"no type", login(func(d *workflow.Draft) { d.Item = model.ItemRecordAccess }), "item"},
		{"a share of its own", login(func(d *workflow.Draft) {
			d.Answers = append(d.Answers, model.Answer{Field: model.FieldShareIt, Value: "owner"})
		}), model.FieldShareIt},
		{"a link of its own", login(func(d *workflow.Draft) {
			d.Answers = append(d.Answers, model.Answer{Field: model.FieldDestroys, Value: "1h"})
		}), model.FieldDestroys},
		{"a folder in words", login(func(d *workflow.Draft) { d.Target = model.Target{Described: "somewhere nice"} }), "folder"},
		{"a password typed and generated", login(func(d *workflow.Draft) {
			d.Answers = append(d.Answers, model.Answer{Field: "password", Value: "generate random 24"})
			d.Secrets = map[string][]byte{"password": []byte("typed")}
		}), "password"},
		{"a title that no command holds", login(func(d *workflow.Draft) { d.Answers[0].Value = "--" }), "title"},
	} {
		s.active(func() {
			_, err := s.svc.PlanRecord(s.ctx, "priya", task, tt.draft)
			var invalid workflow.Invalid
			if !errors.As(err, &invalid) || invalid[tt.field] == "" {
				t.Errorf("%s: %v", tt.name, err)
			}
		})
	}
	if err := s.svc.Release(s.ctx, "priya", task); err != nil {
		t.Fatal(err)
	}
	s.active(func() {
		if _, err := s.svc.PlanRecord(s.ctx, "priya", task, login(func(*workflow.Draft) {})); denied(err) != model.DenyTaken {
			t.Errorf("without the task: %v", err)
		}
	})
}

// TestAnotherRecordIsPickedInPlaceOfTheNewOne holds that a change is made to the
// record that the access will be to.
func TestAnotherRecordIsPickedInPlaceOfTheNewOne(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r, task := s.described(model.Access{Right: model.RightView, Limit: model.Permanent})
	s.cloud.SetRelation("alice@example.com", vaultsim.NoKey)
	s.makeAndUse(task)
	s.settleAll(r.Number)
	s.active(func() {
		if err := s.svc.Pick(s.ctx, "priya", task, prodDB); err != nil {
			t.Fatal(err)
		}
	})
	v, err := s.planChange(task, workflow.Change{Title: "prod-db-02"})
	if err != nil || v.Facts.UID != prodDB {
		t.Errorf("changes %s (%v), the access is to %s", v.Facts.UID, err, s.view("priya", r.Number).Target().UID)
	}
}
