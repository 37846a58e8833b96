package workflow_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// onSmallDisk returns a folder on a file system of a few megabytes; only root can make
// one.
func onSmallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("no right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// fillDisk leaves no block of the file system that a folder lies on, and returns how to
// free them.
func fillDisk(t *testing.T, dir string) (free func()) {
	t.Helper()
	name := filepath.Join(dir, "ballast")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	for size := 64 << 10; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}

// lockQueue holds the queue's lock as another process does, and returns how to let go.
func lockQueue(t *testing.T, dir string) (free func()) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "queue.db")+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(tx.Rollback(), db.Close()); err != nil {
			t.Error(err)
		}
	}
}

// storageFault is what befalls the disk of a worker, and for how many of its rounds.
type storageFault struct {
	name   string
	begin  func(*testing.T, string) func()
	kind   store.FaultKind
	rounds int
}

func storageFaults() []storageFault {
	return []storageFault{{"full", fillDisk, store.FaultFull, 3}, {"locked", lockQueue, store.FaultLocked, 1}}
}

// orderStep is a step of an order at which something befalls.
type orderStep struct {
	when, call string
	may        model.OpState // what the order is meanwhile
	sent       bool          // whether the vault may have it
}

func orderSteps() []orderStep {
	return []orderStep{
		{"before", "Record", model.OpQueued, false}, {"after", "Record", model.OpQueued, false},
		{"before", "Submit", model.OpSent, true}, {"after", "Submit", model.OpSent, true},
		{"before", "Await", model.OpSent, true}, {"after", "Await", model.OpSent, true},
	}
}

// befalls plays one order that a fault of the disk meets at a step, and returns what
// is wrong. early is done in that moment.
func befalls(t *testing.T, fault storageFault, at orderStep, early func(*vaultWorld, model.Request)) (wrong []string) {
	t.Helper()
	dir := onSmallDisk(t)
	v := newVaultWorldIn(t, dir)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	free := func() {}
	v.vault.at(at.when, at.call, func() {
		early(v, r)
		free = fault.begin(t, dir)
	})
	for i := range fault.rounds {
		// The order that met it says so in the log; then it is the worker's own trouble.
		if err := v.worker.Work(v.ctx); i > 0 && !errors.Is(err, &store.Fault{Kind: fault.kind}) {
			wrong = append(wrong, fmt.Sprintf("work %d: %v", i, err))
		}
		if op := v.op(r.Number); op.State != at.may {
			wrong = append(wrong, fmt.Sprintf("%s after %d attempts, want %s as it was recorded last", op.State, op.Attempts, at.may))
		}
		if did := v.kinds(); len(did) > 0 && !at.sent {
			wrong = append(wrong, fmt.Sprintf("the vault did %v, and nothing durable says so", did))
		}
		v.time.Advance(time.Minute)
	}
	free()
	for range 40 {
		if v.work(); v.op(r.Number).State.Final() {
			break
		}
		v.time.Advance(30 * time.Second)
	}
	if op := v.op(r.Number); op.State != model.OpDone {
		wrong = append(wrong, fmt.Sprintf("ended as %s: %s", op.State, op.Reason))
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
		wrong = append(wrong, fmt.Sprintf("the vault did %v, want %v", got, want))
	}
	if chain, err := v.svc.VerifyAudit(v.ctx, "priya"); err != nil || !chain.Intact {
		wrong = append(wrong, fmt.Sprintf("the audit: %+v, %v", chain, err))
	}
	return wrong
}

// TestTortureStorageOfTheWorker lets the disk fill, or somebody hold the lock, at each
// step of an order: planned, sent, judged, recorded. Nothing is claimed meanwhile, the
// worker says why, nothing is sent that is not durable, and the truth is found later.
func TestTortureStorageOfTheWorker(t *testing.T) {
	t.Parallel()
	for _, fault := range storageFaults() {
		for _, at := range orderSteps() {
			if fault.kind == store.FaultLocked && (!heavy() || at.call != "Submit") {
				continue // a writer waits twelve seconds for a lock
			}
			t.Run(fmt.Sprintf("%s %s %s", fault.name, at.when, at.call), func(t *testing.T) {
				t.Parallel()
				for _, wrong := range befalls(t, fault, at, func(*vaultWorld, model.Request) {}) {
					t.Error(wrong)
				}
			})
		}
	}
}

// TestTortureStorageOfTheWorkerControl has the vault do the order in the moment of the
// fault, as a worker would that sends first and writes then, or sends twice.
func TestTortureStorageOfTheWorkerControl(t *testing.T) {
	t.Parallel()
	for _, at := range orderSteps() {
		t.Run(at.when+" "+at.call, func(t *testing.T) {
			t.Parallel()
			wrong := befalls(t, storageFaults()[0], at, func(v *vaultWorld, r model.Request) {
				intent := v.op(r.Number).Intent
				intent.Expires = v.now().Add(2 * time.Hour) // another end than that of the order, which would change nothing
				v.inTheVault(workflow.Order{Kind: model.OpGrant, Intent: intent})
			})
			if len(wrong) == 0 {
				t.Error("nobody notices")
			}
			if unsaid := slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, "nothing durable says so") }); unsaid == at.sent {
				t.Errorf("what is noticed: %q", wrong)
			}
		})
	}
}
