package workflow_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

const (
	killURL  = "COUNTERSIGN_TEST_KILL_URL"
	killDir  = "COUNTERSIGN_TEST_KILL_DIR"
	killStep = "COUNTERSIGN_TEST_KILL_STEP"
	killKey  = "kill-test-key"
)

// The moments at which the worker of the test kills itself. Each is one of the
// steps of DESIGN 5: plan, send, judge, reconcile, say.
const (
	planBefore      = "plan: before the record is read"
	planAfter       = "plan: after the record was read"
	sendBefore      = "send: intent durable, nothing sent"
	sendAfter       = "send: sent, the service's id not stored"
	judgeBefore     = "judge: id stored, no answer read"
	judgeAfter      = "judge: answer read, nothing recorded"
	sayAfter        = "say: while the outcome is recorded"
	reconcileBefore = "reconcile: before the first look"
	reconcileAfter  = "reconcile: after the first look"
)

// killSteps is the order of the kills: after each that leaves an order open, the
// reconciling is killed, too.
func killSteps() []string {
	return []string{planBefore, planAfter, sendBefore, reconcileBefore, sendAfter, reconcileBefore, reconcileAfter,
		judgeBefore, reconcileAfter, judgeAfter, sayAfter}
}

// dyingVault kills its own process at a step.
type dyingVault struct {
	workflow.Vault
	step  string
	calls atomic.Int64
}

// die kills the process when the step has come, after a pause in which the
// worker may go on with what follows.
func (v *dyingVault) die(step string, pause time.Duration) {
	if v.step != step {
		return
	}
	kill := func() {
		fmt.Println("died at", step)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	if pause == 0 {
		kill()
	}
	go func() {
		time.Sleep(pause)
		kill()
	}()
}

// first dies at the first call of the process, which is the first look of a
// reconciliation where an order was left open.
func (v *dyingVault) first(step string) {
	if v.calls.Load() == 1 {
		v.die(step, 0)
	}
}

func (v *dyingVault) begin() {
	v.calls.Add(1)
	v.first(reconcileBefore)
}

func (v *dyingVault) Record(ctx context.Context, uid model.UID) (model.RecordFacts, error) {
	v.begin()
	v.die(planBefore, 0)
	facts, err := v.Vault.Record(ctx, uid)
	v.first(reconcileAfter)
	v.die(planAfter, 0)
	return facts, err
}

func (v *dyingVault) Marked(ctx context.Context, marker model.Number) ([]model.UID, error) {
	v.begin()
	marked, err := v.Vault.Marked(ctx, marker)
	v.first(reconcileAfter)
	return marked, err
}

func (v *dyingVault) Submit(ctx context.Context, order workflow.Order) (string, error) {
	v.calls.Add(1)
	v.die(sendBefore, 0)
	id, err := v.Vault.Submit(ctx, order)
	v.die(sendAfter, 0)
	return id, err
}

func (v *dyingVault) Await(ctx context.Context, order workflow.Order, id string) (workflow.Outcome, error) {
	v.begin()
	v.die(judgeBefore, 0)
	out, err := v.Vault.Await(ctx, order, id)
	v.first(reconcileAfter)
	v.die(judgeAfter, 0)
	v.die(sayAfter, rand.N(8*time.Millisecond))
	return out, err
}

func (v *dyingVault) InTurn(ctx context.Context) error {
	v.begin()
	err := v.Vault.InTurn(ctx)
	v.first(reconcileAfter)
	return err
}

// TestKillChild is no test: it is the worker that TestAKilledWorkerGrantsOnce
// kills. It ends when no task is left.
func TestKillChild(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	db, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	budget := vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: 1_000_000}, time.Now)
	client, err := vaultclient.New(vaultclient.Options{URL: os.Getenv(killURL), Key: killKey, Budget: budget, Version: "18.0.13"})
	if err != nil {
		t.Fatal(err)
	}
	svc := workflow.New(db, workflow.Options{Settings: automatic()})
	worker, err := workflow.NewWorker(svc, &dyingVault{Vault: vaultadapt.New(client, vaultadapt.Options{}), step: os.Getenv(killStep)},
		workflow.WorkerOptions{Holder: "the killed one", SendLimit: 300 * time.Millisecond, Settle: 400 * time.Millisecond, Tick: 200 * time.Millisecond, HealthEvery: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	changed := db.Watch(ctx)
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	for open := true; open; {
		page, err := svc.Tasks(ctx, "priya", workflow.Query{View: workflow.TasksOpen, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if open = len(page.Rows) > 0; open {
			<-changed
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	fmt.Println("all work done")
}

func automatic() workflow.Settings {
	p := policy()
	p.Fulfilment = model.FulfilAutomatic
	return workflow.Settings{Default: p}
}

// The worker is killed again and again while it carries out orders, in every
// step of its work. Whatever it was doing, the vault's own ledger shows each
// grant once, and every task tells the truth.
func TestAKilledWorkerGrantsOnce(t *testing.T) {
	t.Parallel()
	cycles := 1
	if heavy() {
		cycles = 20
	}
	w := newWorld(t, automatic())
	w.clock.advance(time.Since(w.clock.now()))
	vault := vaultsim.NewVault(vaultsim.VaultOptions{Seed: 7})
	vault.AddUser(vaultsim.User{Email: "alice@example.com"})
	server, err := vaultsim.New(vaultsim.Options{Vault: vault, Keys: []vaultsim.Key{{Value: killKey}}, RateLimit: "1000000/minute",
		Latency: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	url, err := server.Start()
	if err != nil {
		t.Fatal(err)
	}
	orders := cycles * 10
	var requests []model.Number
	for i := range orders {
		uid := vault.AddRecord(vaultsim.Record{Title: fmt.Sprintf("record %03d", i), Type: "login"})
		d := draft()
		d.Target = model.Target{Kind: model.TargetRecord, UID: model.UID(uid), Title: fmt.Sprintf("record %03d", i), Type: "login"}
		r := w.submit("alice", d)
		w.approve("dana", r.Number)
		requests = append(requests, r.Number)
	}

	kills := map[string]int{}
	run := func(step string) string { return w.killed(url, step) }
	for range cycles {
		for _, step := range killSteps() {
			if out := run(step); strings.Contains(out, "died at "+step) {
				kills[step]++
			} else if !strings.Contains(out, "all work done") {
				t.Fatalf("the worker with step %q failed:\n%s", step, out)
			}
		}
	}
	if out := run(""); !strings.Contains(out, "all work done") {
		t.Fatalf("the last worker did not finish:\n%s", out)
	}
	for _, step := range killSteps() {
		if kills[step] < cycles {
			t.Errorf("%q: killed %d times, want %d", step, kills[step], cycles)
		}
	}
	t.Logf("kills: %v", kills)
	w.checkGrantedOnce(server, requests)
}

// killed runs a worker that kills itself at a step, and returns what it said.
func (w *world) killed(url, step string) string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKillChild$", "-test.count=1")
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "GOCOVERDIR=") }),
		killDir+"="+w.db.Dir(), killURL+"="+url, killStep+"="+step)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run()
	if ctx.Err() != nil {
		w.t.Fatalf("the worker with step %q hangs:\n%s", step, out.String())
	}
	return out.String()
}

// checkGrantedOnce compares what the queue says with what the vault did.
func (w *world) checkGrantedOnce(server *vaultsim.Server, requests []model.Number) {
	w.t.Helper()
	granted := map[string]int{}
	for _, e := range server.Ledger() {
		if e.Kind != vaultsim.Grant && e.Kind != vaultsim.Change {
			w.t.Errorf("the ledger holds a %s", e.Kind)
			continue
		}
		granted[e.Record]++
		if e.Kind == vaultsim.Change {
			w.t.Errorf("%s was granted anew with another end", e.Record)
		}
	}
	for _, n := range requests {
		v := w.view("priya", n)
		uid := string(v.Request.Target.UID)
		g, open := v.OpenGrant()
		if granted[uid] != 1 || v.Request.State != model.ClosedComplete || !open || len(v.Grants) != 1 {
			w.t.Errorf("%s: granted %d times, request %s, %d grants", n, granted[uid], v.Request.State, len(v.Grants))
			continue
		}
		shares := server.Vault().Shares(uid)
		if len(shares) != 1 || !shares[0].Expires.Equal(g.Until) || !shares[0].Rights.Edit || shares[0].Rights.Share {
			w.t.Errorf("%s: the vault has %+v, the queue says %s until %s", n, shares, g.Right, g.Until)
		}
		for _, op := range v.Operations {
			if op.State != model.OpDone {
				w.t.Errorf("%s: operation %d is %s: %s", n, op.ID, op.State, op.Reason)
			}
		}
	}
	if len(granted) != len(requests) {
		w.t.Errorf("%d records were granted, %d asked for", len(granted), len(requests))
	}
}
