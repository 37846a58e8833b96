package workflow_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// destroying is a login that is shown once by a link and then destroyed.
func (s *storeWorld) destroying() (model.Request, model.Number) {
	s.t.Helper()
	d := s.in(s.folder, storing(model.ItemLogin, map[string]string{"password": "burn after reading"},
		model.Answer{Field: "title", Value: "one look"}, model.Answer{Field: model.FieldDestroys, Value: "2h"}))
	r, task := s.approved("alice", d)
	s.fulfil(task)
	return r, task
}

func TestLinkOfARecordThatDestroysItselfIsShownOnceToItsRequestor(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r, _ := s.destroying()
	s.settleAll(r.Number)
	c := s.view("alice", r.Number)
	if c.Request.State != model.ClosedComplete || c.Link == nil || !c.Link.Waiting {
		t.Fatalf("%s, link %+v: %+v", c.Request.State, c.Link, c.Operations)
	}
	if got := c.Link.Expires.Sub(s.time.Now()); got <= time.Hour || got > 2*time.Hour {
		t.Errorf("the link lives %s", got)
	}
	s.active(func() {
		if _, err := s.svc.Reveal(s.ctx, "heidi", r.Number); denied(err) == "" {
			t.Errorf("heidi: %v", err)
		}
		got, err := s.svc.Reveal(s.ctx, "alice", r.Number)
		if err != nil || !bytes.Contains(got.Link, []byte("#")) || got.ID != c.Link.ID {
			t.Errorf("%q, %v", got.Link, err)
		}
	})
	for _, e := range c.Timeline {
		if strings.Contains(e.Text, "#") {
			t.Errorf("the timeline holds the link: %s", e.Text)
		}
	}
}

func TestRecordWhoseLinkIsLostIsToldAndNotMadeTwice(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r, task := s.destroying()
	s.sim.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "record-add"})
	op := s.settleAll(r.Number)[0]
	if op.State != model.OpRefused || !strings.Contains(op.Reason, "delete the record in the vault") {
		t.Fatalf("%s: %s", op.State, op.Reason)
	}
	// As long as it is there, no other one is made.
	s.fulfil(task)
	if ops := s.settleAll(r.Number); ops[len(ops)-1].State != model.OpRefused {
		t.Fatalf("%+v", ops)
	}
	lost := s.one()
	s.cloud.RemoveRecord(s.recordUID(lost.Title))
	s.fulfil(task)
	s.settleAll(r.Number)
	if c := s.view("alice", r.Number); c.Request.State != model.ClosedComplete || len(s.made()) != 2 {
		t.Errorf("%s, %d made", c.Request.State, len(s.made()))
	}
}

// recordUID finds a record of the cloud by its title.
func (s *storeWorld) recordUID(title string) string {
	s.t.Helper()
	for _, uid := range s.cloud.Records() {
		if r, _ := s.cloud.Record(uid); r.Title == title {
			return uid
		}
	}
	s.t.Fatalf("no record %q", title)
	return ""
}

func TestApproverReadsWhatWouldBeMade(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	d := storing(model.ItemLogin, map[string]string{"totp": "JBSWY3DPEHPK3PXP"},
		model.Answer{Field: "login", Value: "app"}, model.Answer{Field: "password", Value: "generate random 24"},
		model.Answer{Field: model.FieldShareIt, Value: "owner"}, model.Answer{Field: model.FieldDestroys, Value: "1h"})
	r := s.submit("alice", d)
	v := s.view("omar", r.Number)
	if v.Record == nil || v.Record.Title != "app" || v.Record.Type != "login" {
		t.Fatalf("record %+v", v.Record)
	}
	var fields []string
	for _, f := range v.Record.Fields {
		fields = append(fields, f.Field+": "+f.Words())
	}
	if want := []string{"login: app", "password: generated in the vault: 24 random characters", "totp: sealed"}; !slices.Equal(fields, want) {
		t.Errorf("fields %q", fields)
	}
	all := strings.Join(v.Warnings, "\n")
	for _, want := range []string{"will belong to alice@example.com for good", "a link that shows the record once", "no folder is named"} {
		if !strings.Contains(all, want) {
			t.Errorf("no warning of %q in %q", want, v.Warnings)
		}
	}
	named := s.view("omar", s.submit("alice", s.in(s.folder, storing(model.ItemNote, map[string]string{"note": "x"}))).Number)
	if len(named.Warnings) > 0 {
		t.Errorf("warnings %q", named.Warnings)
	}
}

func TestFolderThatIsPickedGetsTheRecord(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r, task := s.approved("alice", storing(model.ItemNote, map[string]string{"note": "x"}, model.Answer{Field: "title", Value: "t"}))
	s.active(func() {
		if err := s.svc.Pick(s.ctx, "heidi", task, s.subfolder); err != nil {
			t.Fatal(err)
		}
	})
	if all := strings.Join(s.view("heidi", r.Number).Warnings, "\n"); strings.Contains(all, "no folder is named") {
		t.Errorf("the folder is picked, but %q", all)
	}
	s.fulfil(task)
	s.settleAll(r.Number)
	if got := s.one().Folder; got != string(s.subfolder) {
		t.Errorf("it lies in %q", got)
	}
}

func TestRecordThatIsGoneIsMadeAgainWithAWarning(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	s.cloud.SetRelation("alice@example.com", vaultsim.NoKey)
	r := s.ordered()
	s.settleAll(r.Number)
	made, _ := s.view("heidi", r.Number).Created()
	s.cloud.RemoveRecord(string(made.UID))
	s.cloud.SetRelation("alice@example.com", vaultsim.Known)
	v := s.fulfil(s.task(r.Number))
	if len(v.Plan.Steps) != 2 || !slices.ContainsFunc(v.Plan.Warnings, func(w string) bool { return strings.Contains(w, "made again") }) {
		t.Errorf("plan %+v", v.Plan)
	}
	s.settleAll(r.Number)
	if got := s.view("alice", r.Number).Request.State; got != model.ClosedComplete || len(s.made()) != 2 {
		t.Errorf("%s, %d made", got, len(s.made()))
	}
}

// TestSealedAnswersAreNowhereInTheClear looks for what was typed in all that the
// queue keeps and the worker tells.
func TestSealedAnswersAreNowhereInTheClear(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	d := s.in(s.folder, storing(model.ItemLogin, map[string]string{"password": "canary-4711"}, model.Answer{Field: "title", Value: "t"}))
	r, task := s.approved("alice", d)
	if strings.Trim(string(d.Secrets["password"]), "\x00") != "" {
		t.Error("the draft still holds the secret")
	}
	s.fulfil(task)
	s.settleAll(r.Number)
	v := s.view("priya", r.Number)
	for _, e := range v.Timeline {
		if strings.Contains(e.Text, "canary") {
			t.Errorf("timeline: %s", e.Text)
		}
	}
	for _, call := range s.calls.list() {
		if strings.Contains(call.Command, "canary") {
			t.Errorf("traffic: %s", call.Command)
		}
	}
}
