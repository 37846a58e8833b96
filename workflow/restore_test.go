package workflow_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// backup copies the queue as it is now.
func (v *vaultWorld) backup() string {
	v.t.Helper()
	path := filepath.Join(v.t.TempDir(), "backup.db")
	if out, err := v.svc.BackUp(v.ctx, path, "root"); err != nil || out.Unsigned != nil || out.Unnoted != nil {
		v.t.Fatalf("back up: %+v, %v", out, err)
	}
	return path
}

// closed runs fn while nobody has the queue open, and opens it again with another
// worker.
func (v *vaultWorld) closed(set workflow.Settings, fn func(dir string)) {
	v.t.Helper()
	dir := v.db.Dir()
	if err := v.db.Close(); err != nil {
		v.t.Fatal(err)
	}
	fn(dir)
	db, err := store.Open(v.ctx, store.Options{Dir: dir, Now: v.time.Now})
	if err != nil {
		v.t.Fatal(err)
	}
	v.db, v.svc = db, workflow.New(db, workflow.Options{Settings: set, Now: v.time.Now})
	v.worker = v.newWorker(v.vault)
	v.svc.UseWorker(v.worker)
}

// restored puts a backup into the place of the queue.
func (v *vaultWorld) restored(set workflow.Settings, backup string) workflow.Restored {
	v.t.Helper()
	return v.restoredOff(set, backup, 0)
}

// restoredOff is restored by a clock that is off, and is set right before the worker
// starts.
func (v *vaultWorld) restoredOff(set workflow.Settings, backup string, off time.Duration) (out workflow.Restored) {
	v.t.Helper()
	now := func() time.Time { return v.time.Now().Add(off) }
	v.closed(set, func(dir string) {
		var err error
		out, err = workflow.Restore(v.ctx, workflow.RestoreOptions{Queue: store.Options{Dir: dir, Now: now}, Backup: backup, By: "root", Replace: true})
		if err != nil {
			v.t.Fatal(err)
		}
	})
	return out
}

// plainly puts a copy into the place of the queue as cp does: the control.
func (v *vaultWorld) plainly(set workflow.Settings, backup string) {
	v.t.Helper()
	v.closed(set, func(dir string) {
		content, err := os.ReadFile(backup)
		if err != nil {
			v.t.Fatal(err)
		}
		for _, suffix := range []string{"-wal", "-shm"} {
			if err := os.Remove(filepath.Join(dir, "queue.db"+suffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
				v.t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "queue.db"), content, 0o600); err != nil {
			v.t.Fatal(err)
		}
	})
}

// moment is where a request is when the queue is copied.
type moment struct {
	name      string
	automatic bool
	// reach brings a request there; the backup is made then, or by the worker itself
	// while it sends.
	reach  func(v *vaultWorld, task model.Number)
	during string // the call of the vault behind which the copy is made, "" for none
}

func moments() []moment {
	return []moment{
		{name: "approved, to be carried out by the program", automatic: true, reach: func(*vaultWorld, model.Number) {}},
		{name: "queued", reach: func(v *vaultWorld, task model.Number) { v.fulfil(task) }},
		{name: "sent, the service's id not stored", reach: func(v *vaultWorld, task model.Number) { v.fulfil(task) }, during: "Submit"},
		{name: "sent, the answer not recorded", reach: func(v *vaultWorld, task model.Number) { v.fulfil(task) }, during: "Await"},
	}
}

// drill copies the queue at a moment of a request for four hours, lets it be carried
// out, and more time pass, and goes back. It returns how often the vault gave access
// at last, and the request.
func drill(t *testing.T, m moment, passes time.Duration, back func(v *vaultWorld, set workflow.Settings, backup string)) (given int, v *vaultWorld, n model.Number) {
	t.Helper()
	set := workflow.Settings{Default: policy()}
	if m.automatic {
		set = automatic()
	}
	v = newVaultWorld(t, set)
	r := v.submit("alice", draft())
	v.approve("omar", r.Number)
	if !m.automatic {
		task := v.task(r.Number)
		if err := v.svc.Claim(v.ctx, "heidi", task); err != nil {
			t.Fatal(err)
		}
		m.reach(v, task)
	}
	backup := ""
	if m.during == "" {
		backup = v.backup()
	} else {
		v.vault.at("after", m.during, func() { backup = v.backup() })
	}
	v.work()
	if got := v.view("alice", r.Number); got.Request.State != model.ClosedComplete || backup == "" {
		t.Fatalf("before the disaster it is %s, backed up to %q", got.Request.State, backup)
	}
	v.later(passes)
	back(v, set, backup)
	for i := 0; i < 60 || i < 600 && !v.allOver(r.Number); i++ { // on a slow machine answers come late
		v.later(15 * time.Second)
	}
	for _, k := range v.kinds() {
		if k == vaultsim.Grant || k == vaultsim.Change {
			given++
		}
	}
	return given, v, r.Number
}

// allOver reports whether no order of a request is under way.
func (v *vaultWorld) allOver(n model.Number) bool {
	v.t.Helper()
	return !slices.ContainsFunc(v.view("priya", n).Operations, func(o model.Operation) bool { return !o.State.Final() })
}

// TestTortureRestoreSendsNothingBlindly goes back to a copy that was made at each
// moment of an order which has been carried out since, while the access stands and
// after it has ended; also on a new machine, whose clock is off. The vault gives it
// once.
func TestTortureRestoreSendsNothingBlindly(t *testing.T) {
	t.Parallel()
	ends := []struct {
		name   string
		passes time.Duration
		off    time.Duration // of the clock by which is restored
	}{
		{"and stands", time.Hour, 0},
		{"and is over", 5 * time.Hour, 0},
		{"and stands, restored a day behind", time.Hour, -24 * time.Hour},
		{"and is over, restored a day behind", 5 * time.Hour, -24 * time.Hour},
		{"and is over, restored a day ahead", 5 * time.Hour, 24 * time.Hour},
	}
	for _, m := range moments() {
		for _, end := range ends {
			t.Run(m.name+" "+end.name, func(t *testing.T) {
				t.Parallel()
				passes := end.passes
				var out workflow.Restored
				given, v, n := drill(t, m, passes, func(v *vaultWorld, set workflow.Settings, backup string) { out = v.restoredOff(set, backup, end.off) })
				if given != 1 {
					t.Errorf("the vault gave it %d times", given)
				}
				c := v.view("priya", n)
				for _, op := range c.Operations {
					if !op.State.Final() {
						t.Errorf("operation %d is %s: %s", op.ID, op.State, op.LookingFor)
					}
				}
				stands := m.during != "" && passes < 4*time.Hour
				if _, open := c.OpenTask(); open == stands {
					t.Errorf("a task for a person is open: %v; the request is %s", open, c.Request.State)
				}
				if _, open := c.OpenGrant(); open != stands {
					t.Errorf("a grant is open: %v", open)
				}
				if r, err := v.svc.VerifyAudit(v.ctx, "priya"); err != nil || !r.Intact {
					t.Errorf("the audit: %+v, %v", r, err)
				}
				// The numbers after the backup belong to somebody.
				if next := v.submit("alice", draft()); next.Number <= out.Skipped[1] || next.Number <= n {
					t.Errorf("the next request is %s, skipped are %s", next.Number, out.Skipped)
				}
			})
		}
	}
}

// TestTortureRestoreControl goes back by a plain copy: an order that nobody doubts is
// carried out a second time, and the check above must see that.
func TestTortureRestoreControl(t *testing.T) {
	t.Parallel()
	for _, m := range moments()[:2] {
		given, _, _ := drill(t, m, 5*time.Hour, func(v *vaultWorld, set workflow.Settings, backup string) { v.plainly(set, backup) })
		if given < 2 {
			t.Errorf("%s: a plain copy back gave it %d times; nobody would notice", m.name, given)
		}
	}
}

// What takes access away, or gives back what somebody had before, goes on by itself
// after a restore.
func TestRestoreGoesOnWithWhatEndsAccess(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
	v.granted("alice", draft())
	backup := v.backup()
	v.later(time.Hour)
	out := v.restored(workflow.Settings{Default: policy()}, backup)
	if out.Unknown != 0 {
		t.Errorf("%d orders are unknown", out.Unknown)
	}
	for range 5 {
		v.later(time.Hour)
	}
	for range 20 {
		v.later(time.Minute)
	}
	if s, there := v.share("alice"); !there || s.Rights.Edit || !s.Expires.IsZero() {
		t.Errorf("alice has %+v, and not her standing right again", s)
	}
	if !slices.Contains(v.kinds(), vaultsim.Grant) {
		t.Errorf("the vault did %v", v.kinds())
	}
}
