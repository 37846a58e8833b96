package workflow_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

const simKey = "TEST-KEY-0123456789"

// vaultWorld is a world with a vault behind it and a worker that works when told
// to. Store, service, worker and vault share one clock, which runs and can be
// moved.
type vaultWorld struct {
	*world
	sim    *vaultsim.Server
	cloud  *vaultsim.Vault
	time   *vaultsim.Clock
	now    func() time.Time // what the clock of this machine shows
	vault  *crashVault
	worker *workflow.Worker
	calls  *calls
}

// calls is the traffic that was told.
type calls struct {
	mu  sync.Mutex
	all []workflow.Call
}

func (c *calls) add(call workflow.Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, call)
}

func (c *calls) list() []workflow.Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]workflow.Call(nil), c.all...)
}

func newVaultWorld(t *testing.T, settings ...workflow.Settings) *vaultWorld {
	t.Helper()
	return newVaultWorldIn(t, t.TempDir(), settings...)
}

// newVaultWorldIn is newVaultWorld with its queue in a folder.
func newVaultWorldIn(t *testing.T, dir string, settings ...workflow.Settings) *vaultWorld {
	t.Helper()
	return newVaultWorldBy(t, dir, func(now time.Time) time.Time { return now }, settings...)
}

// newVaultWorldBy is newVaultWorldIn where this machine's clock shows something else
// than that of the vault service.
func newVaultWorldBy(t *testing.T, dir string, here func(time.Time) time.Time, settings ...workflow.Settings) *vaultWorld {
	t.Helper()
	clock := vaultsim.NewClock()
	now := func() time.Time { return here(clock.Now()) }
	cloud := vaultsim.NewVault(vaultsim.VaultOptions{Seed: 1, Clock: clock})
	cloud.AddRecord(vaultsim.Record{UID: string(prodDB), Title: "prod-db-01", Type: "databaseCredentials",
		Fields: []vaultsim.Field{{Type: "password", Value: []any{"correct horse battery"}}}})
	for _, p := range []string{"alice", "bob", "dana", "heidi", "priya"} {
		cloud.AddUser(vaultsim.User{Email: p + "@example.com", Relation: vaultsim.Known})
	}
	sim, err := vaultsim.New(vaultsim.Options{Vault: cloud, Keys: []vaultsim.Key{{Value: simKey}}, RateLimit: "100000/minute"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := sim.Start(); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ctx: context.Background()}
	if w.db, err = store.Open(w.ctx, store.Options{Dir: dir, Now: now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
	})
	set := workflow.Settings{Default: policy()}
	if len(settings) > 0 {
		set = settings[0]
	}
	w.svc = workflow.New(w.db, workflow.Options{Settings: set, Now: now})
	w.people()
	v := &vaultWorld{world: w, sim: sim, cloud: cloud, time: clock, now: now, calls: &calls{}}
	v.vault = &crashVault{Vault: v.adapter()}
	v.worker = v.newWorker(v.vault)
	w.svc.UseWorker(v.worker)
	return v
}

// adapter returns the real client of the simulated service.
func (v *vaultWorld) adapter() *vaultadapt.Vault {
	v.t.Helper()
	traffic := vaultadapt.NewTraffic(v.calls.add)
	return vaultadapt.New(v.client(traffic), vaultadapt.Options{Traffic: traffic})
}

// client speaks to the simulated service.
func (v *vaultWorld) client(traffic *vaultadapt.Traffic) *vaultclient.Client {
	v.t.Helper()
	client, err := vaultclient.New(vaultclient.Options{URL: v.sim.URL(), Key: simKey, Now: v.now, Observe: traffic.Observe,
		Timeout: 5 * time.Second, RunTimeout: 5 * time.Second, Poll: quickly(),
		Budget: vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: 100000}, v.time.Now)})
	if err != nil {
		v.t.Fatal(err)
	}
	return client
}

// quickly is a plan of looking for answers that wastes no time: the simulated
// service answers at once.
func quickly() []time.Duration {
	return []time.Duration{2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond}
}

func (v *vaultWorld) newWorker(vault workflow.Vault) *workflow.Worker {
	v.t.Helper()
	worker, err := workflow.NewWorker(v.svc, vault, workflow.WorkerOptions{Holder: "test", AnswerLimit: 700 * time.Millisecond, LookLimit: 100 * time.Millisecond,
		SendLimit: 2 * time.Second, ReadLimit: 5 * time.Second, Steady: v.time.Now})
	if err != nil {
		v.t.Fatal(err)
	}
	return worker
}

// work lets the worker do everything that is due now.
func (v *vaultWorld) work() {
	v.t.Helper()
	if err := v.worker.Work(v.ctx); err != nil {
		v.t.Fatalf("work: %v", err)
	}
}

// later moves the time of everybody and lets the worker do what is due then.
func (v *vaultWorld) later(d time.Duration) {
	v.t.Helper()
	v.time.Advance(d)
	v.work()
}

// approved submits and approves a request and gives its task to heidi.
func (v *vaultWorld) approved(by model.PersonID, d workflow.Draft) (model.Request, model.Number) {
	v.t.Helper()
	r := v.submit(by, d)
	v.approve("omar", r.Number)
	task := v.task(r.Number)
	if err := v.svc.Claim(v.ctx, "heidi", task); err != nil {
		v.t.Fatal(err)
	}
	return r, task
}

// fulfil runs the plan of a task as heidi and returns it.
func (v *vaultWorld) fulfil(task model.Number) workflow.PlanView {
	v.t.Helper()
	plan := v.plan(task)
	v.active(func() {
		if err := v.svc.Fulfil(v.ctx, "heidi", task, plan.Digest); err != nil {
			v.t.Fatalf("fulfil: %v", err)
		}
	})
	return plan
}

// plan makes the plan of a task; the worker answers in the same process.
func (v *vaultWorld) plan(task model.Number) workflow.PlanView {
	v.t.Helper()
	var plan workflow.PlanView
	v.active(func() {
		var err error
		if plan, err = v.svc.Plan(v.ctx, "heidi", task); err != nil {
			v.t.Fatalf("plan: %v", err)
		}
	})
	return plan
}

// granted is a request that was carried out.
func (v *vaultWorld) granted(by model.PersonID, d workflow.Draft) model.Request {
	v.t.Helper()
	r, task := v.approved(by, d)
	v.fulfil(task)
	v.work()
	c := v.view(by, r.Number)
	if c.Request.State != model.ClosedComplete {
		v.t.Fatalf("%s is %s: %+v", r.Number, c.Request.State, c.Operations)
	}
	return c.Request
}

// share is what somebody has in the cloud.
func (v *vaultWorld) share(person string) (vaultsim.Share, bool) {
	for _, s := range v.cloud.Shares(string(prodDB)) {
		if s.User == person+"@example.com" {
			return s, true
		}
	}
	return vaultsim.Share{}, false
}

// kinds are the entries of the ledger, without their details.
func (v *vaultWorld) kinds() []vaultsim.Kind {
	var kinds []vaultsim.Kind
	for _, e := range v.sim.Ledger() {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// op returns the last operation of a request.
func (v *vaultWorld) op(n model.Number) model.Operation {
	v.t.Helper()
	ops := v.view("priya", n).Operations
	if len(ops) == 0 {
		v.t.Fatalf("%s has no operation", n)
	}
	return ops[len(ops)-1]
}

func (v *vaultWorld) grant(n model.Number) model.Grant {
	v.t.Helper()
	grants := v.view("priya", n).Grants
	if len(grants) == 0 {
		v.t.Fatalf("%s has no grant", n)
	}
	return grants[len(grants)-1]
}

// crashVault is a vault whose calls a test can break off.
type crashVault struct {
	workflow.Vault
	mu     sync.Mutex
	before map[string]func()
	after  map[string]func()
}

func (c *crashVault) hook(m map[string]func(), call string) {
	c.mu.Lock()
	f := m[call]
	delete(m, call)
	c.mu.Unlock()
	if f != nil {
		f()
	}
}

// at makes f run once, before or after the next call of that name.
func (c *crashVault) at(when, call string, f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.before == nil {
		c.before, c.after = map[string]func(){}, map[string]func(){}
	}
	map[string]map[string]func(){"before": c.before, "after": c.after}[when][call] = f
}

func (c *crashVault) Record(ctx context.Context, uid model.UID) (model.RecordFacts, error) {
	c.hook(c.before, "Record")
	defer c.hook(c.after, "Record")
	return c.Vault.Record(ctx, uid)
}

func (c *crashVault) Submit(ctx context.Context, order workflow.Order) (string, error) {
	c.hook(c.before, "Submit")
	defer c.hook(c.after, "Submit")
	return c.Vault.Submit(ctx, order)
}

func (c *crashVault) Await(ctx context.Context, order workflow.Order, id string) (workflow.Outcome, error) {
	c.hook(c.before, "Await")
	defer c.hook(c.after, "Await")
	return c.Vault.Await(ctx, order, id)
}

func (c *crashVault) Endpoints(ctx context.Context) ([]model.EndpointRequest, error) {
	c.hook(c.before, "Endpoints")
	defer c.hook(c.after, "Endpoints")
	return c.Vault.Endpoints(ctx)
}

func (c *crashVault) Endpoint(ctx context.Context, uid model.UID) (model.EndpointRequest, error) {
	c.hook(c.before, "Endpoint")
	defer c.hook(c.after, "Endpoint")
	return c.Vault.Endpoint(ctx, uid)
}

// active lets the worker answer questions while fn runs.
func (v *vaultWorld) active(fn func()) {
	v.t.Helper()
	if err := v.worker.Active(v.ctx, fn); err != nil {
		v.t.Fatal(err)
	}
}

func contains(s, part string) bool { return strings.Contains(s, part) }
