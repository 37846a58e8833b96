package workflow_test

import (
	"slices"
	"strings"
	"testing"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// TestAKilledWorkerMakesEachRecordOnce kills the worker's process in every step
// of making records. Each record is there once, and is shared once.
func TestAKilledWorkerMakesEachRecordOnce(t *testing.T) {
	t.Parallel()
	s := newStoreWorldWith(t, func(o *vaultsim.Options) { o.Keys = append(o.Keys, vaultsim.Key{Value: killKey}) })
	s.holder = "the killed one" // who takes the lease over at once
	s.restart()
	var requests []model.Number
	for range 6 {
		d := s.in(s.folder, storing(model.ItemServer, nil, model.Answer{Field: "login", Value: "app"},
			model.Answer{Field: "password", Value: "generate random 24"}, model.Answer{Field: model.FieldShareIt, Value: "view"}))
		r, task := s.approved("alice", d)
		s.fulfil(task)
		requests = append(requests, r.Number)
	}
	for _, step := range []string{sendBefore, sendAfter, reconcileBefore, reconcileAfter, judgeBefore, judgeAfter, sayAfter} {
		if out := s.killed(s.sim.URL(), step); !strings.Contains(out, "died at "+step) {
			t.Errorf("the worker did not die: %s:\n%s", step, out)
		}
	}
	if out := s.killed(s.sim.URL(), ""); !strings.Contains(out, "all work done") {
		t.Fatalf("the last worker did not finish:\n%s", out)
	}
	for _, n := range requests {
		c := s.view("alice", n)
		made, ok := c.Created()
		if c.Request.State != model.ClosedComplete || !ok || len(c.Grants) != 1 {
			t.Errorf("%s is %s with %d grants: %+v", n, c.Request.State, len(c.Grants), c.Operations)
			continue
		}
		marked := slices.DeleteFunc(s.made(), func(r vaultsim.Record) bool { return held(r, "text.request_id") != string(n) })
		if len(marked) != 1 || len(s.cloud.Shares(string(made.UID))) != 1 {
			t.Errorf("%s: made %d times, shares %+v", n, len(marked), s.cloud.Shares(string(made.UID)))
		}
	}
}
