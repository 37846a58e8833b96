package workflow_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// TestInvitationWhoseAnswerWasLost has the answer "has been invited" arrive only
// when it is asked for again.
func TestInvitationWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.SetRelation("alice@example.com", vaultsim.NeedsInvitation)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.sim.Arm(vaultsim.Fault{Kind: vaultsim.CutAfter, Command: "share-record", Endpoint: vaultsim.EndpointResult})
	v.work()
	if op := v.op(r.Number); op.State != model.OpUnknown {
		t.Fatalf("%s, want unknown: %s", op.State, op.Reason)
	}
	v.later(10 * time.Second)
	if op := v.op(r.Number); op.State != model.OpScheduled || op.LookingFor != "" || !contains(op.Reason, "has been invited") {
		t.Fatalf("%s, want scheduled: %s %s", op.State, op.Reason, op.LookingFor)
	}
	if g := v.grant(r.Number); g.State != model.GrantPending {
		t.Errorf("grant is %s, want pending_invitation", g.State)
	}
	v.cloud.SetRelation("alice@example.com", vaultsim.Known)
	v.later(11 * time.Minute)
	if g := v.grant(r.Number); g.State != model.GrantActive {
		t.Errorf("accepted, but the grant is %s: %+v", g.State, v.op(r.Number))
	}
}

// TestReadThatFailsBeforeTheOrderRefusesNothing has the cloud fail the reading of
// the record, of which the service says no more than that something went wrong.
func TestReadThatFailsBeforeTheOrderRefusesNothing(t *testing.T) {
	t.Parallel()
	for _, kind := range []vaultsim.FaultKind{vaultsim.UpstreamBefore, vaultsim.Throttled, vaultsim.GarbageHTML, vaultsim.CutAfter} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			r, task := v.approved("alice", draft())
			v.fulfil(task)
			armed := v.sim.Arm(vaultsim.Fault{Kind: kind, Command: "get"})
			v.work()
			if armed.Hits() == 0 {
				t.Fatal("the fault did not strike")
			}
			if op := v.op(r.Number); op.State != model.OpQueued || op.Reason == "" || op.Attempts != 0 {
				t.Fatalf("%s after %d attempts: %s", op.State, op.Attempts, op.Reason)
			}
			if op := v.settle(r.Number); op.State != model.OpDone {
				t.Errorf("ended as %s: %s", op.State, op.Reason)
			}
		})
	}
}

// slowVault answers no reading in time while it is slow.
type slowVault struct {
	workflow.Vault
	slow bool
}

func (v *slowVault) Record(ctx context.Context, uid model.UID) (model.RecordFacts, error) {
	if v.slow {
		return model.RecordFacts{}, context.DeadlineExceeded
	}
	return v.Vault.Record(ctx, uid)
}

func TestAutomaticFulfilmentWaitsForASlowVault(t *testing.T) {
	t.Parallel()
	p := policy()
	p.Fulfilment = model.FulfilAutomatic
	v := newVaultWorld(t, workflow.Settings{Default: p})
	vault := &slowVault{Vault: v.adapter(), slow: true}
	v.worker = v.newWorker(vault)
	r := v.submit("alice", draft())
	v.approve("omar", r.Number)
	v.work()
	for _, e := range v.view("alice", r.Number).Timeline {
		if contains(e.Text, "left to") {
			t.Errorf("a slow vault left the task to a person: %s", e.Text)
		}
	}
	vault.slow = false
	v.later(10 * time.Minute)
	v.later(time.Second)
	if got := v.view("alice", r.Number); got.Request.State != model.ClosedComplete {
		t.Errorf("the request is %s: %+v", got.Request.State, got.Operations)
	}
}

// TestPlanThatWaitsForItsTimeIsNotRunTwice has a lower right follow when a higher
// one ends: until then the task is open, and its plan is under way.
func TestPlanThatWaitsForItsTimeIsNotRunTwice(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true}, v.time.Now().Add(2*time.Hour))
	r, task := v.approved("alice", asking(model.RightView, model.For(8*time.Hour)))
	plan := v.fulfil(task)
	if len(plan.Plan.Steps) != 1 || plan.Plan.Steps[0].At.IsZero() {
		t.Fatalf("plan %+v, want one step for later", plan.Plan.Steps)
	}
	v.active(func() {
		if err := v.svc.Fulfil(v.ctx, "heidi", task, plan.Digest); denied(err) != model.DenyInFlight {
			t.Errorf("run again: %v, want a refusal that names the time", err)
		}
	})
	v.later(2*time.Hour + time.Minute)
	if got := v.view("alice", r.Number); got.Request.State != model.ClosedComplete || len(got.Grants) != 1 {
		t.Errorf("the request is %s with %d grants: %+v", got.Request.State, len(got.Grants), got.Operations)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
}

// TestClockSetBackDoesNotStopTheWorker has the clock of the host run ahead while
// a worker has the lease, and be put right when it is gone.
func TestClockSetBackDoesNotStopTheWorker(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.time.Advance(24 * time.Hour)
	v.work()
	v.time.Advance(-24 * time.Hour)
	r, task := v.approved("alice", draft())
	other, err := workflow.NewWorker(v.svc, v.adapter(), workflow.WorkerOptions{Holder: "another"})
	if err != nil {
		t.Fatal(err)
	}
	v.worker = other
	v.svc.UseWorker(other)
	v.fulfil(task)
	v.work()
	if op := v.op(r.Number); op.State != model.OpDone {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
}

// TestOrderThatMayStillArriveIsNotSentAgain has the sending break off: the queue
// is empty and the vault does not show the order, which may still be on its way.
func TestOrderThatMayStillArriveIsNotSentAgain(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.sim.Arm(vaultsim.Fault{Kind: vaultsim.CutBefore, Command: "share-record", Endpoint: vaultsim.EndpointSubmit})
	v.work()
	for range 3 {
		v.time.Advance(5 * time.Second)
		if err := v.svc.LookAgain(v.ctx, "heidi", v.op(r.Number).ID); err != nil {
			t.Fatal(err)
		}
		v.work()
		if op := v.op(r.Number); op.State != model.OpUnknown || op.Attempts != 1 {
			t.Fatalf("%s after %d attempts and %s: %s", op.State, op.Attempts, v.time.Now().Sub(op.Sent), op.Reason)
		}
	}
	if op := v.settle(r.Number); op.State != model.OpDone || op.Attempts != 2 {
		t.Errorf("ended as %s after %d attempts: %s", op.State, op.Attempts, op.Reason)
	}
}

// TestLogLinesCanBeReadAlone checks that every line about an order says which
// request and task it belongs to, what was ordered and how it stands.
func TestLogLinesCanBeReadAlone(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	var lines strings.Builder
	var err error
	v.worker, err = workflow.NewWorker(v.svc, v.vault, workflow.WorkerOptions{Holder: "test", AnswerLimit: 700 * time.Millisecond, LookLimit: 100 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == store.LogCorrelation {
				return slog.Attr{}
			}
			return a
		}}))})
	if err != nil {
		t.Fatal(err)
	}
	v.svc.UseWorker(v.worker)
	granted := v.granted("alice", draft())
	d := draft()
	d.For = "stranger@example.com"
	refused, task := v.approved("alice", d)
	v.fulfil(task)
	v.work()
	unknown, late := v.approved("bob", draft())
	v.fulfil(late)
	v.sim.Arm(vaultsim.Fault{Kind: vaultsim.CutAfter, Command: "share-record", Endpoint: vaultsim.EndpointResult})
	v.work()
	expired := v.submit("bob", draft())
	v.later(49 * time.Hour)
	for _, want := range []string{
		`level=INFO msg="` + string(granted.Number) + `, SCTASK0010001: share-record grant on \"prod-db-01\" is done" component=worker operation=1`,
		`level=WARN msg="` + string(refused.Number) + `, SCTASK0010002: share-record grant on \"prod-db-01\" is refused: `,
		`level=WARN msg="` + string(unknown.Number) + `, SCTASK0010003: share-record grant on \"prod-db-01\" has no known outcome yet: `,
		`level=INFO msg="` + string(expired.Number) + ` is expired: nobody decided in time"`,
		`level=INFO msg="` + string(granted.Number) + `: the access to \"prod-db-01\" is over"`,
	} {
		if !contains(lines.String(), want) {
			t.Errorf("no line has\n%s\nin\n%s", want, lines.String())
		}
	}
}

// TestAnotherRecordPickedWhileThePlanIsRun has the fulfiller pick another record in
// a second console while the first one runs the plan.
func TestAnotherRecordPickedWhileThePlanIsRun(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.AddRecord(vaultsim.Record{UID: string(twinDB), Title: "prod-db-02", Type: "login"})
	d := draft()
	d.Target = model.Target{Kind: model.TargetRecord, Described: "the production database"}
	r, task := v.approved("alice", d)
	v.active(func() {
		if err := v.svc.Pick(v.ctx, "heidi", task, prodDB); err != nil {
			t.Fatal(err)
		}
	})
	plan := v.plan(task)
	v.vault.at("after", "Record", func() {
		if err := v.svc.Pick(v.ctx, "heidi", task, twinDB); err != nil {
			t.Error(err)
		}
	})
	v.active(func() {
		if c := conflict(v.svc.Fulfil(v.ctx, "heidi", task, plan.Digest)); c == nil || !contains(c.Error(), "prod-db-02") {
			t.Errorf("%v, want that another record was picked", c)
		}
	})
	if ops := v.view("heidi", r.Number).Operations; len(ops) != 0 {
		t.Errorf("ordered: %+v", ops)
	}
}

// TestTaskTakenWhileItIsPlannedIsNotCarriedOutByTheProgram has somebody take the
// task while the program reads the record for it.
func TestTaskTakenWhileItIsPlannedIsNotCarriedOutByTheProgram(t *testing.T) {
	t.Parallel()
	p := policy()
	p.Fulfilment = model.FulfilAutomatic
	v := newVaultWorld(t, workflow.Settings{Default: p})
	r := v.submit("alice", draft())
	v.approve("omar", r.Number)
	task := v.task(r.Number)
	v.vault.at("after", "Record", func() {
		if err := v.svc.Claim(v.ctx, "heidi", task); err != nil {
			t.Error(err)
		}
	})
	v.work()
	v.later(time.Minute)
	if ops := v.view("priya", r.Number).Operations; len(ops) != 0 {
		t.Errorf("ordered over heidi's head: %+v", ops)
	}
}

// TestReadWhoseAnswerIsLostRefusesNothing is played by a service without v1, which
// forgets the answers to what it was asked when it restarts.
func TestReadWhoseAnswerIsLostRefusesNothing(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.serve(func(o *vaultsim.Options) { o.NoV1 = true })
	v.worker = v.newWorker(v.vault)
	v.svc.UseWorker(v.worker)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.sim.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "get"})
	v.work()
	if op := v.op(r.Number); op.State != model.OpQueued || op.Reason == "" || op.Attempts != 0 {
		t.Fatalf("%s after %d attempts: %s", op.State, op.Attempts, op.Reason)
	}
	uid := v.elevation(60)
	v.poll()
	v.decides("omar", uid, model.Approve)
	v.sim.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "epm approval view"})
	if view := v.ends(uid); view.State != model.EndpointApproved || v.inCloud(uid) != vaultsim.Approved {
		t.Errorf("it is %s, %s in the cloud: %s", view.State, v.inCloud(uid), view.Outcome)
	}
	if op := v.settle(r.Number); op.State != model.OpDone {
		t.Errorf("ended as %s: %s", op.State, op.Reason)
	}
}

// TestAccessThatMayHaveEndedUnseen has the vault away for longer than the access
// lasts: whether somebody had it cannot be told, so that it is not given twice, and
// what they had before is given back.
func TestAccessThatMayHaveEndedUnseen(t *testing.T) {
	t.Parallel()
	view, share := []vaultsim.Share{{User: "alice@example.com"}}, []vaultsim.Share{{User: "alice@example.com", Rights: vaultsim.Rights{Share: true}}}
	for _, tt := range []struct {
		over string // what alice has before
		has  []vaultsim.Share
		want []vaultsim.Kind
		slow time.Duration // our clock is behind that of the service's host
		back time.Duration // both are set back when it has been seen
	}{
		{"nothing", nil, []vaultsim.Kind{vaultsim.Grant}, 0, 0},
		{"view", view, []vaultsim.Kind{vaultsim.Change, vaultsim.Grant}, 0, 0},
		{"share, which is lowered first", share, []vaultsim.Kind{vaultsim.Change, vaultsim.Change, vaultsim.Grant}, 0, 0},
		{"view, by a slow clock", view, []vaultsim.Kind{vaultsim.Change, vaultsim.Grant}, 3 * time.Minute, 0},
		{"view, and the clocks are set back", view, []vaultsim.Kind{vaultsim.Change, vaultsim.Grant}, 0, 2 * time.Hour},
		{"share, and the clocks are set back", share, []vaultsim.Kind{vaultsim.Change, vaultsim.Change, vaultsim.Grant}, 0, 2 * time.Hour},
	} {
		t.Run(tt.over, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorldBy(t, t.TempDir(), func(now time.Time) time.Time { return now.Add(-tt.slow) })
			for _, s := range tt.has {
				v.cloud.Share(string(prodDB), s.User, s.Rights, time.Time{})
			}
			r, task := v.approved("alice", draft())
			v.fulfil(task)
			v.sim.Arm(vaultsim.Fault{Kind: vaultsim.CutAfter, Command: "share-record", Contains: "grant", Endpoint: vaultsim.EndpointSubmit})
			v.work()
			after := 5 * time.Hour
			if tt.slow > 0 { // over by the clock of the host, and not yet by ours
				after = 4*time.Hour - tt.slow/2
			}
			v.time.Advance(after)
			if tt.back > 0 {
				v.vault.at("before", "Record", func() {
					v.vault.at("before", "Record", func() { v.time.Advance(-tt.back) }) // that was for the lost one
				})
			}
			v.work()
			for range 20 {
				v.later(time.Minute)
			}
			ops := v.view("priya", r.Number).Operations
			op := ops[slices.IndexFunc(ops, func(o model.Operation) bool { return o.Kind == model.OpGrant })]
			if op.State != model.OpRefused || !contains(op.Reason, "cannot be told") {
				t.Errorf("%s: %s%s", op.State, op.Reason, op.LookingFor)
			}
			if got := v.kinds(); !slices.Equal(got, tt.want) {
				t.Errorf("the vault did %v, want %v", got, tt.want)
			}
			if got := v.cloud.Shares(string(prodDB)); !slices.Equal(got, tt.has) {
				t.Errorf("alice has %+v, want %+v", got, tt.has)
			}
			if c := v.view("priya", r.Number); c.Request.State != model.InProcess {
				t.Errorf("the request is %s, and nobody sees to it", c.Request.State)
			}
		})
	}
}
