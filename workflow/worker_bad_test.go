package workflow_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

const twinDB = model.UID("BZToj60CrP9GDxjDTPWxAQ")

// TestRecordMeantIsTheRecordShared has the record that was approved changed, or
// made hard to tell from another one, before the work is done.
func TestRecordMeantIsTheRecordShared(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		meet   func(v *vaultWorld)
		differ string // what the fulfiller has to confirm
		title  string // under which the access is listed
	}{
		{"moved to another folder", func(v *vaultWorld) {
			folder := v.cloud.AddUserFolder("CZToj60CrP9GDxjDTPWxAQ", "Archive", "")
			v.cloud.EditRecord(string(prodDB), func(r *vaultsim.Record) { r.Folder = folder })
		}, "", "prod-db-01"},
		{"renamed", func(v *vaultWorld) {
			v.cloud.EditRecord(string(prodDB), func(r *vaultsim.Record) { r.Title = "prod-db-old" })
		}, `approved as "prod-db-01", the record is now called "prod-db-old"`, "prod-db-old"},
		{"of another type", func(v *vaultWorld) {
			v.cloud.EditRecord(string(prodDB), func(r *vaultsim.Record) { r.Type = "login" })
		}, "approved as a databaseCredentials, the record is now a login", "prod-db-01"},
		{"with a twin of the same title", func(v *vaultWorld) {
			v.cloud.AddRecord(vaultsim.Record{UID: string(twinDB), Title: "prod-db-01", Type: "databaseCredentials"})
		}, "", "prod-db-01"},
		{"while another one took its title", func(v *vaultWorld) {
			v.cloud.EditRecord(string(prodDB), func(r *vaultsim.Record) { r.Title = "prod-db-old" })
			v.cloud.AddRecord(vaultsim.Record{UID: string(twinDB), Title: "prod-db-01", Type: "databaseCredentials"})
		}, `approved as "prod-db-01", the record is now called "prod-db-old"`, "prod-db-old"},
		{"titled like an error", func(v *vaultWorld) {
			v.cloud.EditRecord(string(prodDB), func(r *vaultsim.Record) { r.Title = "failed: invalid, does not exist" })
		}, `approved as "prod-db-01", the record is now called "failed: invalid, does not exist"`, "failed: invalid, does not exist"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			r, task := v.approved("alice", draft())
			tt.meet(v)
			v.sim.Restart() // which makes the service read it
			plan := v.fulfil(task)
			if got := strings.Join(plan.Differences, "; "); got != tt.differ {
				t.Errorf("differences %q, want %q", got, tt.differ)
			}
			v.work()
			if op := v.op(r.Number); op.State != model.OpDone {
				t.Fatalf("%s: %s", op.State, op.Reason)
			}
			if _, ok := v.share("alice"); !ok {
				t.Error("the record that was approved is not shared")
			}
			if shares := v.cloud.Shares(string(twinDB)); len(shares) != 0 {
				t.Errorf("its twin is shared: %+v", shares)
			}
			if got := v.grant(r.Number).Target.Title; got != tt.title {
				t.Errorf("listed as %q, want %q", got, tt.title)
			}
		})
	}
}

// TestWhoOwnsTheRecordAlready is told before the decision, and gets nothing done.
func TestWhoOwnsTheRecordAlready(t *testing.T) {
	t.Parallel()
	for _, right := range []model.Right{model.RightEdit, model.RightOwner} {
		t.Run(string(right), func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			first, task := v.approved("alice", asking(model.RightOwner, model.Permanent))
			v.fulfil(task)
			v.work()
			if op := v.op(first.Number); op.State != model.OpDone {
				t.Fatalf("%s: %s", op.State, op.Reason)
			}
			r := v.submit("alice", asking(right, model.Permanent))
			v.active(func() {
				if _, err := v.svc.Facts(v.ctx, "dana", prodDB, true); err != nil {
					t.Fatal(err)
				}
			})
			if c := v.view("dana", r.Number); !slices.ContainsFunc(c.Warnings, func(w string) bool {
				return contains(w, "nothing to do: alice@example.com") && contains(w, "owns the record")
			}) {
				t.Errorf("the approver is not told: %q", c.Warnings)
			}
			v.approve("omar", r.Number)
			task = v.task(r.Number)
			if err := v.svc.Claim(v.ctx, "heidi", task); err != nil {
				t.Fatal(err)
			}
			if plan := v.fulfil(task); !contains(plan.Plan.Nothing, "owns the record") {
				t.Errorf("plan %+v", plan.Plan)
			}
			v.work()
			if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Owner}; !slices.Equal(got, want) {
				t.Errorf("the vault did %v, want %v", got, want)
			}
			if got := v.view("alice", r.Number).Request; got.State != model.ClosedComplete || !contains(got.Outcome, "owns the record") {
				t.Errorf("%s: %s", got.State, got.Outcome)
			}
		})
	}
}

// TestRecordThatTheServiceHasNotReadYet is one that somebody made in the web
// vault just now: the service does not know it before it synchronises.
func TestRecordThatTheServiceHasNotReadYet(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.plan(func() model.Number { _, task := v.approved("bob", draft()); return task }()) // makes the service read the vault
	v.cloud.AddRecord(vaultsim.Record{UID: string(twinDB), Title: "new-db", Type: "login"})
	d := draft()
	d.Target = model.Target{Kind: model.TargetRecord, UID: twinDB, Title: "new-db", Type: "login"}
	r := v.granted("alice", d)
	if g := v.grant(r.Number); g.Target.UID != twinDB {
		t.Errorf("grant %+v", g)
	}
}

// TestGivingBackWhatIsGone ends the access although there is nothing to take.
func TestGivingBackWhatIsGone(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.granted("alice", draft())
	v.removeRecord()
	v.active(func() {
		if err := v.svc.GiveBack(v.ctx, "alice", v.grant(r.Number).ID, ""); err != nil {
			t.Fatal(err)
		}
	})
	if g := v.grant(r.Number); g.State != model.GrantRevoked || !contains(g.Note, "gone") {
		t.Errorf("grant is %s: %s", g.State, g.Note)
	}
}

// lyingVault says that an order is done which it never carried out.
type lyingVault struct {
	workflow.Vault
	lies bool
}

func (v *lyingVault) Submit(ctx context.Context, order workflow.Order) (string, error) {
	if v.lies {
		return "11111111-1111-4111-8111-111111111111", nil
	}
	return v.Vault.Submit(ctx, order)
}

func (v *lyingVault) Await(ctx context.Context, order workflow.Order, id string) (workflow.Outcome, error) {
	if v.lies {
		return workflow.Outcome{State: model.OpDone, Words: "access permissions has been granted"}, nil
	}
	return v.Vault.Await(ctx, order, id)
}

func TestWordsAloneMakeNothingDone(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	vault := &lyingVault{Vault: v.adapter(), lies: true}
	v.worker = v.newWorker(vault)
	v.work()
	v.later(time.Minute)
	op := v.op(r.Number)
	if op.State != model.OpUnknown || !contains(op.LookingFor, "the service says it is done, the vault shows alice@example.com with nothing") {
		t.Errorf("%s: %s", op.State, op.LookingFor)
	}
	if len(v.view("priya", r.Number).Grants) != 0 {
		t.Error("a grant stands by words alone")
	}
	vault.lies = false
	if op := v.settle(r.Number); op.State != model.OpDone {
		t.Errorf("ended as %s: %s", op.State, op.Reason)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
}

// behind returns a way to change the queue behind the store's back.
func (v *vaultWorld) behind() (exec func(statement string)) {
	v.t.Helper()
	raw, err := sql.Open("sqlite3", filepath.Join(v.db.Dir(), "queue.db"))
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { _ = raw.Close() })
	return func(statement string) {
		if _, err := raw.Exec(statement); err != nil {
			v.t.Error(err)
		}
	}
}

// TestOneThingThatFailsHoldsUpNothing has a request that cannot be closed and a
// grant that cannot be ended, each before others in its list.
func TestOneThingThatFailsHoldsUpNothing(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	exec := v.behind()
	short := asking(model.RightView, model.For(time.Hour))
	a, b := v.granted("alice", short), v.granted("bob", short)
	stuck, late := v.submit("alice", draft()), v.submit("bob", draft())
	exec("CREATE TRIGGER stuck BEFORE UPDATE ON request WHEN old.number = '" + string(stuck.Number) + "' BEGIN SELECT raise(ABORT, 'stuck'); END")
	exec("CREATE TRIGGER kept BEFORE UPDATE ON access_grant WHEN old.request_id = 1 BEGIN SELECT raise(ABORT, 'kept'); END")
	v.time.Advance(47 * time.Hour)
	d := draft()
	d.For = "priya@example.com"
	r, task := v.approved("priya", d)
	v.fulfil(task)
	v.time.Advance(2 * time.Hour)
	if err := v.worker.Work(v.ctx); err == nil || !contains(err.Error(), string(stuck.Number)) {
		t.Errorf("work: %v, want that %s is named", err, stuck.Number)
	}
	if got := v.view("bob", late.Number).Request.State; got != model.ClosedExpired {
		t.Errorf("the other overdue request is %s", got)
	}
	if op := v.op(r.Number); op.State != model.OpDone {
		t.Errorf("the order is %s: %s", op.State, op.Reason)
	}
	exec("DROP TRIGGER stuck")
	if err := v.worker.Work(v.ctx); err == nil || !contains(err.Error(), "end grant") {
		t.Errorf("work: %v, want that the grant is named", err)
	}
	if got := v.grant(a.Number).State; got != model.GrantActive {
		t.Errorf("the grant that cannot be ended is %s", got)
	}
	if got := v.grant(b.Number).State; got != model.GrantEnded {
		t.Errorf("the other grant is %s", got)
	}
}

// TestOutcomeThatCannotBeStoredIsFoundLater has the queue refuse every change of
// an operation from the moment that one was sent, as a full disk would.
func TestOutcomeThatCannotBeStoredIsFoundLater(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	exec := v.behind()
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.vault.at("after", "Submit", func() {
		exec("CREATE TRIGGER refuse BEFORE UPDATE ON operation BEGIN SELECT raise(ABORT, 'refused'); END")
	})
	for range 3 {
		_ = v.worker.Work(v.ctx) // it says so, and goes on
		if op := v.op(r.Number); op.State != model.OpSent {
			t.Fatalf("%s, want sent as it was recorded last", op.State)
		}
		v.time.Advance(time.Minute)
	}
	exec("DROP TRIGGER refuse")
	if op := v.settle(r.Number); op.State != model.OpDone {
		t.Errorf("ended as %s: %s", op.State, op.Reason)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
}

// awaitingVault shows shares that wait for their acceptance.
type awaitingVault struct {
	workflow.Vault
	awaiting bool
}

func (v *awaitingVault) Record(ctx context.Context, uid model.UID) (model.RecordFacts, error) {
	facts, err := v.Vault.Record(ctx, uid)
	for i := range facts.Shares {
		facts.Shares[i].Share.Pending = v.awaiting
	}
	return facts, err
}

func TestShareThatAwaitsItsAcceptanceDoesNotStand(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	vault := &awaitingVault{Vault: v.adapter(), awaiting: true}
	v.worker = v.newWorker(vault)
	v.work()
	if op := v.op(r.Number); op.State != model.OpUnknown || len(v.view("priya", r.Number).Grants) != 0 {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
	vault.awaiting = false
	if op := v.settle(r.Number); op.State != model.OpDone || op.Attempts != 1 {
		t.Errorf("ended as %s after %d attempts: %s", op.State, op.Attempts, op.Reason)
	}
}

// TestGoneRecordIsRefusedWithoutTheRightToSync has a key that may not make the
// service read the cloud again: what it knows has to do.
func TestGoneRecordIsRefusedWithoutTheRightToSync(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	other, otherTask := v.approved("bob", draft())
	v.removeRecord()
	v.sim.Forbid(simKey, "sync-down")
	v.later(5 * time.Minute)
	if op := v.op(r.Number); op.State != model.OpRefused || !contains(op.Reason, "gone") {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
	v.active(func() {
		if _, err := v.svc.Plan(v.ctx, "heidi", otherTask); err == nil || !contains(err.Error(), "the vault has no record") {
			t.Errorf("the plan of %s: %v", other.Number, err)
		}
	})
}
