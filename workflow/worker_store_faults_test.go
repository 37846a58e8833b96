package workflow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// ordered submits, approves and runs the plan of a login with a typed password
// that is shared with alice.
func (s *storeWorld) ordered() model.Request {
	s.t.Helper()
	d := s.in(s.folder, storing(model.ItemLogin, map[string]string{"password": "typed by hand"},
		model.Answer{Field: "title", Value: "ledger"}, model.Answer{Field: model.FieldShareIt, Value: "edit"}))
	r, task := s.approved("alice", d)
	s.fulfil(task)
	return r
}

// settleAll lets time pass until every operation of a request has ended.
func (s *storeWorld) settleAll(n model.Number) []model.Operation {
	s.t.Helper()
	for range 60 {
		s.work()
		ops := s.view("priya", n).Operations
		if !slices.ContainsFunc(ops, func(o model.Operation) bool { return !o.State.Final() }) {
			return ops
		}
		for _, op := range ops {
			if op.State == model.OpUnknown && (op.LookingFor == "" || op.NextLook.IsZero()) || op.State == model.OpSent {
				s.t.Fatalf("left as %s, looking for %q", op.State, op.LookingFor)
			}
		}
		s.time.Advance(30 * time.Second)
	}
	s.t.Fatalf("not settled: %+v", s.view("priya", n).Operations)
	return nil
}

// storeFaults are the ways in which an order that writes a record can go wrong,
// with what can be known after the first round.
func storeFaults(command string) []struct {
	name  string
	fault vaultsim.Fault
	first model.OpState
} {
	with := func(kind vaultsim.FaultKind, endpoint vaultsim.Endpoint) vaultsim.Fault {
		return vaultsim.Fault{Command: command, Kind: kind, Endpoint: endpoint}
	}
	return []struct {
		name  string
		fault vaultsim.Fault
		first model.OpState
	}{
		{"cut before it arrives", with(vaultsim.CutBefore, vaultsim.EndpointSubmit), model.OpUnknown},
		{"cut after it was queued", with(vaultsim.CutAfter, vaultsim.EndpointSubmit), model.OpUnknown},
		{"the queue is full", with(vaultsim.QueueFull, vaultsim.EndpointSubmit), model.OpQueued},
		{"the rate limit is used up", with(vaultsim.RateLimited, vaultsim.EndpointSubmit), model.OpQueued},
		{"the cloud did nothing", with(vaultsim.UpstreamBefore, ""), model.OpUnknown},
		{"the cloud did it and says the same", with(vaultsim.UpstreamAfter, ""), model.OpDone},
		{"throttled", with(vaultsim.Throttled, ""), model.OpUnknown},
		{"restart before", with(vaultsim.RestartBefore, ""), model.OpUnknown},
		{"restart after", with(vaultsim.RestartAfter, ""), model.OpUnknown},
		{"the result is cut", with(vaultsim.CutAfter, vaultsim.EndpointResult), model.OpUnknown},
		{"the result is garbage", with(vaultsim.GarbageHTML, vaultsim.EndpointResult), model.OpUnknown},
	}
}

func TestRecordIsMadeOnceWhateverGoesWrong(t *testing.T) {
	t.Parallel()
	for _, tt := range storeFaults("record-add") {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			r := s.ordered()
			armed := s.sim.Arm(tt.fault)
			s.work()
			if armed.Hits() == 0 {
				t.Fatal("the fault did not strike")
			}
			if got := s.view("priya", r.Number).Operations[0]; got.State != tt.first {
				t.Errorf("first %s (%s%s), want %s", got.State, got.Reason, got.LookingFor, tt.first)
			}
			for _, op := range s.settleAll(r.Number) {
				if op.State != model.OpDone {
					t.Errorf("%s ended as %s: %s", op.Kind, op.State, op.Reason)
				}
			}
			if got := s.one(); held(got, "password") != "typed by hand" || got.Folder != string(s.folder) {
				t.Errorf("made %+v", got)
			}
			if got, want := s.kinds(), []vaultsim.Kind{vaultsim.RecordAdd, vaultsim.Grant}; !slices.Equal(got, want) {
				t.Errorf("the vault did %v, want %v", got, want)
			}
			if got := s.view("alice", r.Number).Request.State; got != model.ClosedComplete {
				t.Errorf("the request is %s", got)
			}
		})
	}
}

func TestHangingCreationStaysUnknownUntilItEnds(t *testing.T) {
	t.Parallel()
	for _, then := range []vaultsim.FaultKind{"", vaultsim.UpstreamAfter, vaultsim.UpstreamBefore} {
		t.Run("then "+string(then), func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			r := s.ordered()
			armed := s.sim.Arm(vaultsim.Fault{Kind: vaultsim.Hang, Command: "record-add", Then: then})
			s.work()
			s.later(time.Minute)
			got := s.view("priya", r.Number).Operations[0]
			if got.State != model.OpUnknown || got.Attempts != 1 || got.LookingFor == "" || !got.NextLook.After(s.time.Now()) {
				t.Fatalf("%s after %d attempts, looking for %q at %s", got.State, got.Attempts, got.LookingFor, got.NextLook)
			}
			armed.Release()
			s.settleAll(r.Number)
			s.one()
		})
	}
}

func TestWorkerThatDiesWhileItMakesARecord(t *testing.T) {
	t.Parallel()
	for _, at := range []struct{ when, call string }{
		{"before", "Submit"}, {"after", "Submit"}, {"before", "Await"}, {"after", "Await"},
	} {
		t.Run(at.when+" "+at.call, func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			r := s.ordered()
			if !s.crashAt(at.when, at.call) {
				t.Fatal("the worker did not die there")
			}
			s.restart()
			for range 30 {
				s.later(10 * time.Second)
			}
			s.settleAll(r.Number)
			s.one()
			if got := s.view("alice", r.Number).Request.State; got != model.ClosedComplete {
				t.Errorf("the request is %s", got)
			}
		})
	}
}

func TestRefusedShareDoesNotMakeTheRecordAgain(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	s.cloud.SetRelation("alice@example.com", vaultsim.NoKey)
	r := s.ordered()
	ops := s.settleAll(r.Number)
	if ops[0].State != model.OpDone || ops[1].State != model.OpRefused {
		t.Fatalf("%s, %s: %s", ops[0].State, ops[1].State, ops[1].Reason)
	}
	c := s.view("heidi", r.Number)
	made, ok := c.Created()
	if c.Request.State != model.InProcess || !ok {
		t.Fatalf("%s, made %+v", c.Request.State, made)
	}
	s.cloud.SetRelation("alice@example.com", vaultsim.Known)
	plan := s.fulfil(s.task(r.Number))
	if len(plan.Plan.Steps) != 1 || plan.Plan.Steps[0].Kind != model.OpGrant || plan.Facts.UID != made.UID {
		t.Fatalf("plan %+v", plan.Plan.Steps)
	}
	s.settleAll(r.Number)
	s.one()
	if got := s.view("alice", r.Number).Request.State; got != model.ClosedComplete {
		t.Errorf("the request is %s", got)
	}
}

func TestRefusalsThatLookLikeSuccess(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		opt  func(*vaultsim.Options)
		says string
	}{
		{"the password policy", func(o *vaultsim.Options) { o.PasswordLength = 40 }, "password policy"},
		{"a barred record type", func(o *vaultsim.Options) { o.BarredTypes = []string{"login"} }, "does not let the service account make records of this type"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStoreWorldWith(t, tt.opt)
			r := s.ordered()
			ops := s.settleAll(r.Number)
			if ops[0].State != model.OpRefused || !strings.Contains(ops[0].Reason, tt.says) || ops[1].State != model.OpCancelled {
				t.Errorf("%s: %s; %s", ops[0].State, ops[0].Reason, ops[1].State)
			}
			if len(s.made()) > 0 {
				t.Error("a record was made")
			}
			if _, open := s.view("heidi", r.Number).OpenTask(); !open {
				t.Error("the task is closed")
			}
		})
	}
}

func TestOldServiceIsNotGivenWhatItWouldDamage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		password string
		done     bool
	}{
		{"plain-and-simple", true}, {"$GENERAL", false}, {"=x=y", false}, {`back\nslash`, false},
	} {
		t.Run(tt.password, func(t *testing.T) {
			t.Parallel()
			s := newStoreWorldWith(t, func(o *vaultsim.Options) { o.Version = "17.2.4" })
			r, task := s.approved("alice", s.in(s.folder, storing(model.ItemLogin, map[string]string{"password": tt.password})))
			s.fulfil(task)
			op := s.settleAll(r.Number)[0]
			switch {
			case tt.done && (op.State != model.OpDone || held(s.one(), "password") != tt.password):
				t.Errorf("%s: %s", op.State, op.Reason)
			case !tt.done && (op.State != model.OpRefused || !strings.Contains(op.Reason, "17.2.8") || len(s.made()) > 0):
				t.Errorf("%s: %s", op.State, op.Reason)
			}
		})
	}
}

func TestRecordThatLandsElsewhereLeavesTheTaskOpen(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r := s.ordered()
	// It does, where the folder goes between our look and the order.
	s.vault.at("after", "Await", func() {
		uid := string(s.one().UID)
		s.cloud.EditRecord(uid, func(r *vaultsim.Record) { r.Folder = "" })
	})
	s.settleAll(r.Number)
	c := s.view("heidi", r.Number)
	if c.Request.State != model.InProcess {
		t.Fatalf("the request is %s", c.Request.State)
	}
	if !slices.ContainsFunc(c.Timeline, func(e workflow.TimelineEntry) bool { return strings.Contains(e.Text, "not as ordered") }) {
		t.Errorf("nothing is said: %+v", c.Timeline)
	}
	if n := len(s.cloud.Shares(string(s.one().UID))); n > 0 {
		t.Errorf("shared with %d", n)
	}
	v := s.plan(s.task(r.Number))
	if len(v.Differences) != 1 || !strings.Contains(v.Differences[0], "move it in the vault") || len(v.Plan.Steps) != 1 {
		t.Errorf("plan %+v differs by %q", v.Plan.Steps, v.Differences)
	}
}

func TestRecordWithOurNumberThatWeNeverMadeIsNotTaken(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r := s.ordered()
	s.cloud.AddRecord(vaultsim.Record{Title: "planted", Type: "login",
		Custom: []vaultsim.Field{{Type: "text", Label: "request_id", Value: []any{string(r.Number)}}}})
	op := s.settleAll(r.Number)[0]
	if op.State != model.OpRefused || !strings.Contains(op.Reason, "no order of ours") || len(s.made()) > 0 {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
}

func TestSeveralRecordsOfTheSameNumberAreTold(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	r := s.ordered()
	s.sim.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "record-add"})
	s.work()
	s.cloud.AddRecord(vaultsim.Record{Title: "twin", Type: "login",
		Custom: []vaultsim.Field{{Type: "text", Label: "request_id", Value: []any{string(r.Number)}}}})
	op := s.settleAll(r.Number)[0]
	if op.State != model.OpRefused || !strings.Contains(op.Reason, "2 records bear") {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
}

func TestTitleThatIsThereAlreadyIsAWarning(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	_, task := s.approved("alice", s.in(s.folder, storing(model.ItemLogin, nil, model.Answer{Field: "title", Value: "Prod-DB-01"})))
	v := s.plan(task)
	if len(v.Plan.Warnings) != 1 || !strings.Contains(v.Plan.Warnings[0], string(prodDB)) {
		t.Errorf("warnings %q", v.Plan.Warnings)
	}
}

func TestFolderThatIsNoneIsRefusedInThePlan(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	personal := s.cloud.AddUserFolder("", "mine", "")
	for name, uid := range map[string]model.UID{"unknown": "BBBBBBBBBBBBBBBBBBBBBB", "a record": prodDB, "personal": model.UID(personal)} {
		_, task := s.approved("alice", s.in(uid, storing(model.ItemLogin, nil, model.Answer{Field: "title", Value: "x"})))
		s.active(func() {
			if _, err := s.svc.Plan(s.ctx, "heidi", task); err == nil || !strings.Contains(fmt.Sprint(err), "folder") {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func TestWorkerWithoutTheIdentitySendsNothing(t *testing.T) {
	t.Parallel()
	s := newStoreWorld(t)
	known := s.identity
	other, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	s.identity = other
	s.restart()
	r := s.ordered()
	op := s.settleAll(r.Number)[0]
	if op.State != model.OpRefused || !strings.Contains(op.Reason, "give the worker the identity") || op.Attempts > 0 || len(s.made()) > 0 {
		t.Fatalf("%s after %d attempts: %s", op.State, op.Attempts, op.Reason)
	}
	s.identity = known
	s.restart()
	s.fulfil(s.task(r.Number))
	s.settleAll(r.Number)
	if got := held(s.one(), "password"); got != "typed by hand" {
		t.Errorf("the password is %v", got)
	}
}
