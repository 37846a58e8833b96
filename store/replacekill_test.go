package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// restoreUntil begins the task of a process that restores, and is killed at a step.
const restoreUntil = "restore until "

// restoreKilledAt restores the backup beside a queue, and kills this process at a step.
func restoreKilledAt(ctx context.Context, dir, step string) error {
	r, err := startRestoreOf(ctx, dir)
	if err != nil {
		return err
	}
	r.reached = func(at string) {
		if at == step {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	_, err = r.Replace(ctx, true)
	return fmt.Errorf("it went on to its end: %w", err)
}

// startRestoreOf makes a copy of the backup beside a queue ready to replace it.
func startRestoreOf(ctx context.Context, dir string) (*Restoring, error) {
	backup := filepath.Join(dir, "backup.db")
	state, err := InspectBackup(ctx, backup)
	if err != nil {
		return nil, err
	}
	r, err := StartRestore(ctx, Options{Dir: filepath.Join(dir, "queue")}, backup, state.Record)
	if err != nil {
		return nil, err
	}
	return r, r.Write(ctx, func(tx *Tx) error { return put(tx, "restored") })
}

// toRestore is a folder with a queue that went on after its backup, both signed, and the
// backup.
func toRestore(t *testing.T) (dir string, heads []AuditHead) {
	t.Helper()
	dir = t.TempDir()
	db := openIn(t, Options{Dir: filepath.Join(dir, "queue")})
	for _, what := range []string{"before", "after"} {
		happens(t, db, what)
		head, err := db.ExportAuditHead(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		heads = append(heads, head)
		if what == "before" {
			if _, _, err := db.BackUp(t.Context(), filepath.Join(dir, "backup.db")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, heads
}

// spoilt makes of a queue one that is no database, or of which only the WAL is left.
func spoilt(t *testing.T, queue, how string) {
	t.Helper()
	switch how {
	case "damaged":
		if err := os.WriteFile(queue, []byte(strings.Repeat("nothing of ours ", 1000)), 0o600); err != nil {
			t.Fatal(err)
		}
	case "gone":
		if err := os.Rename(queue, queue+"-wal"); err != nil {
			t.Fatal(err)
		}
	}
}

// headsIn returns the entries that are signed in a folder, and in those that restores
// have made in it.
func headsIn(t *testing.T, dir string) (beside, everywhere []int64) {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(dir, "repl*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range append(folders, dir) {
		heads, unreadable, err := (&DB{opt: Options{Dir: folder}}).AuditHeads()
		if err != nil || unreadable > 0 {
			t.Error(unreadable, err)
		}
		for _, h := range heads {
			everywhere = append(everywhere, h.Seq)
			if folder == dir {
				beside = append(beside, h.Seq)
			}
		}
	}
	slices.Sort(everywhere)
	return beside, slices.Compact(everywhere)
}

func TestARestoreThatIsKilledLeavesTheOldQueueOrTheNewOne(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		step, how       string
		queue           string // what is in it then, "as it was" where that cannot be read
		beside          int    // how many checkpoints are beside it
		unfinishedHeads bool
	}{
		{step: "kept aside", queue: "after before", beside: 2},
		{step: "checkpoints", queue: "after before", beside: 1, unfinishedHeads: true},
		{step: "replaced", queue: "before restored", beside: 1, unfinishedHeads: true},
		{step: "checkpoints", how: "damaged", queue: "as it was", beside: 1},
		{step: "taken away", how: "damaged", queue: "as it was", beside: 1},
		{step: "replaced", how: "damaged", queue: "before restored", beside: 1, unfinishedHeads: true},
		{step: "taken away", how: "gone", queue: "as it was", beside: 1},
		{step: "replaced", how: "gone", queue: "before restored", beside: 1, unfinishedHeads: true},
	} {
		t.Run(tt.step+" "+tt.how, func(t *testing.T) {
			t.Parallel()
			base, heads := toRestore(t)
			dir := filepath.Join(base, "queue")
			queue := filepath.Join(dir, queueName)
			spoilt(t, queue, tt.how)
			was, errWas := os.ReadFile(queue)
			c := startChild(t, restoreUntil+tt.step, base)
			c.in.Close()
			_ = c.Wait() // it was killed
			if c.ProcessState.Exited() {
				t.Fatalf("it was not killed: %s", &c.err)
			}
			switch {
			case tt.queue == "as it was":
				is, err := os.ReadFile(queue)
				if !slices.Equal(is, was) || (err == nil) != (errWas == nil) {
					t.Errorf("the queue has %d bytes, and had %d: %v", len(is), len(was), err)
				}
			default:
				if got := keysIn(t, dir); got != tt.queue {
					t.Errorf("the queue has %q, want %q", got, tt.queue)
				}
				db := openIn(t, Options{Dir: dir})
				report, err := db.VerifyAudit(t.Context())
				if err != nil || len(report.Unfinished) > 0 != tt.unfinishedHeads {
					t.Errorf("verify says %+v, %v", report, err)
				}
				// Those that were taken away tell the old queue from one that was cut.
				if report, err = db.VerifyAudit(t.Context(), heads...); err != nil || report.Intact() != (tt.queue == "after before") {
					t.Errorf("with all checkpoints: %+v, %v", report, err)
				}
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if beside, all := headsIn(t, dir); len(beside) != tt.beside || len(all) != len(heads) {
				t.Errorf("checkpoints of the entries %v, and %v everywhere", beside, all)
			}
			done, err := restore(t, dir, filepath.Join(base, "backup.db"), true, nil)
			if err != nil || len(done.Untidy) > 0 {
				t.Fatalf("again: %+v, %v", done, err)
			}
			if got := keysIn(t, dir); got != "before" {
				t.Errorf("in the end the queue has %q", got)
			}
			if beside, all := headsIn(t, dir); len(beside) != 1 || len(all) != len(heads) || beside[0] != heads[0].Seq {
				t.Errorf("in the end there are checkpoints of the entries %v, and %v everywhere", beside, all)
			}
			if left, err := unfinished(dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// What can no longer change that the queue is replaced is no reason to say that it is
// not.
func TestARestoreIsDoneAlsoWhereItCannotTidyUp(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"sound", "damaged", "gone"} {
		base, _ := toRestore(t)
		dir := filepath.Join(base, "queue")
		spoilt(t, filepath.Join(dir, queueName), how)
		live := filepath.Join(dir, liveName)
		if err := os.Remove(live); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(live, "in the way"), 0o700); err != nil {
			t.Fatal(err)
		}
		done, err := restore(t, dir, filepath.Join(base, "backup.db"), true, nil)
		if err != nil || len(done.Untidy) != 1 || !strings.Contains(done.Untidy[0].Error(), liveName) {
			t.Errorf("%s: %+v, %v", how, done, err)
		}
		if err := os.RemoveAll(live); err != nil {
			t.Fatal(err)
		}
		if got := keysIn(t, dir); got != "before" || !strings.HasPrefix(filepath.Base(done.Aside), replacedName) {
			t.Errorf("%s: the queue has %q, %s", how, got, done.Aside)
		}
	}
}

// What a restore took away before it failed is there again as it was.
func TestARestoreThatFailsPutsEverythingBack(t *testing.T) {
	t.Parallel()
	for how, at := range map[string]string{"sound": "kept aside", "damaged": "checkpoints", "gone": "taken away"} {
		base, _ := toRestore(t)
		dir := filepath.Join(base, "queue")
		spoilt(t, filepath.Join(dir, queueName), how)
		key := filepath.Join(dir, auditKeyName)
		before := contents(t, dir)
		state, err := InspectBackup(t.Context(), filepath.Join(base, "backup.db"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := StartRestore(t.Context(), Options{Dir: dir}, filepath.Join(base, "backup.db"), state.Record)
		if err != nil {
			t.Fatal(err)
		}
		r.reached = func(step string) {
			if step != at {
				return
			}
			if how == "sound" { // the checkpoints cannot be compared with the key
				if err := os.Chmod(key, 0o644); err != nil {
					t.Error(err)
				}
				return
			}
			if err := os.Rename(r.path, r.path+".gone"); err != nil {
				t.Error(err)
			}
		}
		if done, err := r.Replace(t.Context(), true); err == nil {
			t.Errorf("%s: %+v", how, done)
		}
		if err := r.Discard(); err != nil {
			t.Error(err)
		}
		after := contents(t, dir)
		for name, was := range before {
			if is, there := after[name]; !there || is != was {
				t.Errorf("%s: %s had %d bytes and has %d: %v", how, name, len(was), len(is), there)
			}
			delete(after, name)
		}
		if len(after) > 0 {
			t.Errorf("%s: %d files more", how, len(after))
		}
	}
}

// contents are the files in a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, dir+"/")] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
