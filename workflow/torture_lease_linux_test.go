package workflow_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
	leaseMark  = "COUNTERSIGN_TEST_LEASE_MARK"
	leaseLate  = "COUNTERSIGN_TEST_LEASE_LATE"
	leaseTerm  = 900 * time.Millisecond
	leaseSend  = 300 * time.Millisecond
	firstMark  = 1
	secondMark = 2
)

// markedNow is the time with the mark of a process in its last digit, so that what
// is stored tells who has stored it.
func markedNow(mark int) time.Time {
	return time.Now().Truncate(10 * time.Microsecond).Add(time.Duration(mark) * time.Microsecond)
}

// stoppingVault stops its own process at a step, once, as somebody does who presses
// ctrl-z or a hypervisor that moves the machine. late is called when it goes on.
type stoppingVault struct {
	workflow.Vault
	step string
	late func()
	once sync.Once
}

func (v *stoppingVault) stop(step string) {
	if v.step != step {
		return
	}
	v.once.Do(func() {
		fmt.Println("stopped at", step)
		last := time.Now()
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		// The signal may take a moment to come. That it has come shows in the time.
		for time.Since(last) < leaseTerm/2 {
			last = time.Now()
			time.Sleep(time.Millisecond)
		}
		v.late()
	})
}

func (v *stoppingVault) Record(ctx context.Context, uid model.UID) (model.RecordFacts, error) {
	v.stop(planBefore)
	defer v.stop(planAfter)
	return v.Vault.Record(ctx, uid)
}

func (v *stoppingVault) Submit(ctx context.Context, order workflow.Order) (string, error) {
	v.stop(sendBefore)
	defer v.stop(sendAfter)
	return v.Vault.Submit(ctx, order)
}

func (v *stoppingVault) Await(ctx context.Context, order workflow.Order, id string) (workflow.Outcome, error) {
	v.stop(judgeBefore)
	defer v.stop(judgeAfter)
	return v.Vault.Await(ctx, order, id)
}

// TestLeaseChild is no test: it is a worker of TestTortureLeases. It ends with its
// input.
func TestLeaseChild(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		return
	}
	var mark int
	if _, err := fmt.Sscan(os.Getenv(leaseMark), &mark); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	now := func() time.Time { return markedNow(mark) }
	db, err := store.Open(ctx, store.Options{Dir: dir, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	budget := vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: 1_000_000}, time.Now)
	client, err := vaultclient.New(vaultclient.Options{URL: os.Getenv(killURL), Key: killKey, Budget: budget, Version: "18.0.13", Poll: quickly()})
	if err != nil {
		t.Fatal(err)
	}
	late := func() {}
	if table := os.Getenv(leaseLate); table != "" {
		// The control: who comes back writes without asking for the lease.
		late = func() {
			if err := writeLate(db, table, now()); err != nil {
				fmt.Println(err)
			}
		}
	}
	svc := workflow.New(db, workflow.Options{Settings: automatic(), Now: now})
	worker, err := workflow.NewWorker(svc, &stoppingVault{Vault: vaultadapt.New(client, vaultadapt.Options{}), step: os.Getenv(killStep), late: late},
		workflow.WorkerOptions{Holder: fmt.Sprintf("worker %d", mark), Lease: leaseTerm, SendLimit: leaseSend, AnswerLimit: 2 * time.Second,
			Settle: 800 * time.Millisecond, Tick: 50 * time.Millisecond, Beat: 100 * time.Millisecond, HealthEvery: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if err := worker.Run(ctx); err != nil {
		t.Fatal(err)
	}
	fmt.Println("ended well")
}

// writeLate writes into a table what a worker would that does not ask for the lease.
func writeLate(db *store.DB, table string, now time.Time) error {
	if table == "audit" {
		return db.Write(context.Background(), func(tx *store.Tx) error {
			return tx.AppendAudit(model.AuditEvent{Actor: model.System, Action: "test.late", Object: "REQ0000001"})
		})
	}
	raw, err := sql.Open("sqlite3", "file:"+filepath.Join(db.Dir(), "queue.db")+"?_busy_timeout=5000")
	if err != nil {
		return err
	}
	defer raw.Close()
	_, err = raw.Exec("UPDATE "+table+" SET updated_at = ?", now.UnixMicro())
	return err
}

// comeback is one holder of the lease that is stopped at a step, and when it comes
// back: as soon as another one has the lease, or when that one has finished.
type comeback struct {
	step     string
	finished bool
	late     string // the control: the table that it writes into
}

// comebacksOf is every step at both moments, again and again in the longer forms.
func comebacksOf() []comeback {
	steps := []string{planBefore, planAfter, sendBefore, sendAfter, judgeBefore, judgeAfter}
	if !heavy() && !long() {
		steps = []string{sendBefore, judgeAfter}
	}
	var all []comeback
	for range max(tortureLength(len(steps), 2*len(steps), 240)/(2*len(steps)), 1) {
		for _, s := range steps {
			all = append(all, comeback{step: s}, comeback{step: s, finished: true})
		}
	}
	return all
}

// The worker that holds the lease is stopped in the middle of an order, until its
// lease has run out and another one has taken over; then it goes on. Nothing is
// recorded by it any more, what it has sent is found, and nothing is done twice.
func TestTortureLeases(t *testing.T) {
	t.Parallel()
	room := make(chan struct{}, 4) // that many at once
	for i, c := range comebacksOf() {
		t.Run(fmt.Sprintf("%d: %s, back when the other has finished: %t", i+1, c.step, c.finished), func(t *testing.T) {
			t.Parallel()
			room <- struct{}{}
			defer func() { <-room }()
			for _, wrong := range playComeback(t, c) {
				t.Error(wrong)
			}
		})
	}
}

// TestTortureLeasesControl takes the guard out: the one that comes back writes
// without asking whether the lease is still its own.
func TestTortureLeasesControl(t *testing.T) {
	t.Parallel()
	for i, table := range []string{"audit", "operation", "request", "task"} {
		finished := table != "audit" // else the other one writes over it
		if wrong := playComeback(t, comeback{step: judgeAfter, finished: finished, late: table}); !slices.ContainsFunc(wrong, func(s string) bool {
			return strings.Contains(s, " in "+table+".")
		}) {
			t.Errorf("nobody notices what a late worker writes into %s; back when the other has finished: %t: %q", table, finished, wrong)
		}
		if !heavy() && !long() && i == 1 {
			return
		}
	}
}

// playComeback plays one and returns what is not as it should be.
func playComeback(t *testing.T, c comeback) []string {
	t.Helper()
	for range 8 {
		if wrong, locked := comesBack(t, c); !locked {
			return wrong
		}
		t.Log("it stood still in the middle of a transaction; once more")
	}
	return []string{"it always stands still in the middle of a transaction"}
}

// comesBack plays one. One that stands still in the middle of a transaction keeps
// the queue locked for everybody: then nobody takes over, locked is true, and all
// is done when it comes back.
func comesBack(t *testing.T, c comeback) (wrong []string, locked bool) {
	t.Helper()
	w := newWorld(t, automatic())
	w.clock.advance(time.Since(w.clock.now()))
	vault := vaultsim.NewVault(vaultsim.VaultOptions{Seed: 7})
	vault.AddUser(vaultsim.User{Email: "alice@example.com"})
	server, err := vaultsim.New(vaultsim.Options{Vault: vault, Keys: []vaultsim.Key{{Value: killKey}}, RateLimit: "1000000/minute", Latency: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	url, err := server.Start()
	if err != nil {
		t.Fatal(err)
	}
	var requests []model.Number
	for i := range 3 {
		title := fmt.Sprintf("record %d", i)
		uid := vault.AddRecord(vaultsim.Record{Title: title, Type: "login"})
		d := draft()
		d.Target = model.Target{Kind: model.TargetRecord, UID: model.UID(uid), Title: title, Type: "login"}
		r := w.submit("alice", d)
		w.approve("dana", r.Number)
		requests = append(requests, r.Number)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	first := w.leaseChild(ctx, url, firstMark, c)
	w.awaitThat(ctx, "the first one stands still", func() bool { return stopped(first.cmd.Process.Pid) }, first)
	second, started := w.leaseChild(ctx, url, secondMark, comeback{}), time.Now()
	var taken time.Time
	w.awaitThat(ctx, "the second one takes over", func() bool {
		taken = time.Now()
		locked = taken.Sub(started) > 4*leaseTerm && w.locked()
		return locked || w.leaseHolder() == "worker 2"
	}, first, second)
	if c.finished && !locked {
		w.awaitThat(ctx, "the second one has finished", func() bool { return w.allClosed(requests) }, first, second)
	}
	if err := first.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	w.awaitThat(ctx, "the work is done", func() bool { return w.allClosed(requests) }, first, second)
	w.awaitThat(ctx, "the late one has come back", func() bool { return !stopped(first.cmd.Process.Pid) }, first, second)
	time.Sleep(leaseTerm) // for the late one to do what it wants
	for _, child := range []*leaseChild{second, first} {
		if said := child.end(); !strings.Contains(said, "ended well") {
			wrong = append(wrong, "a worker did not end well: "+said)
		}
	}
	w.checkGrantedOnce(server, requests)
	if locked {
		return wrong, true
	}
	return append(wrong, w.writtenLate(taken)...), false
}

// locked reports whether nobody can write.
func (w *world) locked() bool {
	ctx, cancel := context.WithTimeout(w.ctx, leaseTerm)
	defer cancel()
	return w.db.Write(ctx, func(*store.Tx) error { return nil }) != nil
}

// timesOf are the columns of a queue's tables that tell when something happened.
func (w *world) timesOf(db *sql.DB) map[string][]string {
	w.t.Helper()
	rows, err := db.Query(`SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name <> 'lease' AND (c.name = 'at' OR c.name LIKE '%\_at' ESCAPE '\') ORDER BY 1, 2`)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	times := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			w.t.Fatal(err)
		}
		times[table] = append(times[table], column)
	}
	return times
}

// writtenLate lists what the first worker has recorded after another one had the
// lease, by its mark in every time of the queue that has passed. It may take the lease
// again when the other one has ended, which it does last.
func (w *world) writtenLate(taken time.Time) []string {
	w.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(w.db.Dir(), "queue.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	var wrong []string
	seconds := 0
	for table, columns := range w.timesOf(db) {
		for _, c := range columns {
			var first, second int
			if err := db.QueryRow("SELECT count(*) FILTER (WHERE "+c+"%10 = ?), count(*) FILTER (WHERE "+c+"%10 = ?) FROM "+table+
				" WHERE "+c+" > ? AND "+c+" <= ?", firstMark, secondMark, taken.UnixMicro(), time.Now().UnixMicro()).Scan(&first, &second); err != nil {
				w.t.Fatal(err)
			}
			if seconds += second; first > 0 {
				wrong = append(wrong, fmt.Sprintf("%d times in %s.%s were written by the late one", first, table, c))
			}
		}
	}
	if seconds == 0 {
		wrong = append(wrong, "nothing bears the mark of the second one")
	}
	return wrong
}

func (w *world) leaseHolder() string {
	w.t.Helper()
	var l store.Lease
	if err := w.db.Read(w.ctx, func(tx *store.Tx) (err error) {
		l, _, err = tx.LeaseOf(store.WorkerLease)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return l.Holder
}

func (w *world) allClosed(requests []model.Number) bool {
	w.t.Helper()
	return !slices.ContainsFunc(requests, func(n model.Number) bool { return !w.view("priya", n).Request.State.Closed() })
}

// leaseChild is a worker's process.
type leaseChild struct {
	cmd  *exec.Cmd
	in   io.Closer
	said bytes.Buffer
}

func (w *world) leaseChild(ctx context.Context, url string, mark int, c comeback) *leaseChild {
	w.t.Helper()
	child := &leaseChild{cmd: exec.CommandContext(ctx, os.Args[0], "-test.run=^TestLeaseChild$", "-test.count=1")}
	child.cmd.Env = append(os.Environ(), killDir+"="+w.db.Dir(), killURL+"="+url, killStep+"="+c.step, fmt.Sprintf("%s=%d", leaseMark, mark))
	if c.late != "" {
		child.cmd.Env = append(child.cmd.Env, leaseLate+"="+c.late)
	}
	child.cmd.Stdout, child.cmd.Stderr = &child.said, &child.said
	in, err := child.cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	child.in = in
	if err := child.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	return child
}

// end lets the worker end and returns what it said.
func (c *leaseChild) end() string {
	err := errors.Join(c.in.Close(), c.cmd.Wait())
	if err != nil {
		return fmt.Sprintf("%s\n%v", c.said.String(), err)
	}
	return c.said.String()
}

// stopped reports whether a process stands still.
func stopped(pid int) bool {
	body, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _ := bytes.Cut(body, []byte(") "))
	return len(state) > 0 && state[0] == 'T'
}

// awaitThat waits until something is so, which the processes bring about.
func (w *world) awaitThat(ctx context.Context, what string, so func() bool, children ...*leaseChild) {
	w.t.Helper()
	for !so() {
		if ctx.Err() != nil {
			for _, c := range children {
				_ = c.cmd.Process.Kill()
				_ = c.cmd.Wait()
				w.t.Logf("one said:\n%s", c.said.String())
			}
			w.t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
