package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/model"
)

// backedUp is a queue with a request, and a recorded copy of it.
func backedUp(t *testing.T) (*DB, *clock, string) {
	t.Helper()
	db, c := world(t)
	happens(t, db, "before")
	path := filepath.Join(t.TempDir(), "backup.db")
	r, unsigned, err := db.BackUp(t.Context(), path)
	if err != nil || unsigned != nil || r.Entries != 1 || r.Fingerprint() == "" {
		t.Fatalf("BackUp = %+v, %v, %v", r, unsigned, err)
	}
	return db, c, path
}

// happens adds an entry to the audit and a row that goes with it.
func happens(t *testing.T, db *DB, what string) {
	t.Helper()
	write(t, db, func(tx *Tx) error {
		return errors.Join(put(tx, what), tx.AppendAudit(model.AuditEvent{Actor: alice, Action: "request.submit", Object: what,
			Texts: []model.AuditText{{Name: "why", Text: "because of " + what}}}))
	})
}

// restore restores a backup to a folder as a command does.
func restore(t *testing.T, dir, backup string, force bool, ready func(*DB)) (Replaced, error) {
	t.Helper()
	state, err := InspectBackup(t.Context(), backup)
	if err != nil {
		t.Fatal(err)
	}
	c := newClock()
	c.advance(time.Hour)
	r, err := StartRestore(t.Context(), Options{Dir: dir, Now: c.Now}, backup, state.Record)
	if err != nil {
		return Replaced{}, err
	}
	if ready != nil {
		ready(r.DB)
	}
	done, err := r.Replace(t.Context(), force)
	if err := r.Discard(); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".restoring-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	return done, err
}

func keysIn(t *testing.T, dir string) string {
	t.Helper()
	db, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var keys []string
	read(t, db, func(tx *Tx) error {
		keys, err = collect(tx, func(s *string) []any { return []any{s} }, "SELECT key FROM setting ORDER BY key")
		return err
	})
	if report, err := db.VerifyAudit(t.Context()); err != nil || !report.Intact() {
		t.Errorf("audit: %+v, %v", report, err)
	}
	if err := db.QuickCheck(t.Context()); err != nil {
		t.Error(err)
	}
	return strings.Join(keys, " ")
}

func TestRestoreBringsBackWhatWasBackedUp(t *testing.T) {
	t.Parallel()
	ready := func(db *DB) { happens(t, db, "restored") }
	t.Run("into an empty folder", func(t *testing.T) {
		t.Parallel()
		_, _, backup := backedUp(t)
		dir := filepath.Join(t.TempDir(), "new")
		done, err := restore(t, dir, backup, false, ready)
		if err != nil || done.Aside != "" {
			t.Fatalf("%+v, %v", done, err)
		}
		if got := keysIn(t, dir); got != "before restored" {
			t.Errorf("the queue has %q", got)
		}
		if info, err := os.Stat(filepath.Join(dir, queueName)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	})
	t.Run("over a queue that went on", func(t *testing.T) {
		t.Parallel()
		db, _, backup := backedUp(t)
		happens(t, db, "after")
		if _, err := db.ExportAuditHead(t.Context()); err != nil {
			t.Fatal(err)
		}
		var locked *Fault
		if _, err := restore(t, db.Dir(), backup, true, ready); !errors.As(err, &locked) || locked.Kind != FaultLocked {
			t.Fatalf("beside somebody that has it open: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		var newer *Newer
		if _, err := restore(t, db.Dir(), backup, false, ready); !errors.As(err, &newer) {
			t.Fatalf("without being told to: %v", err)
		}
		if got := keysIn(t, db.Dir()); got != "after before" {
			t.Fatalf("a refused restore left %q", got)
		}
		done, err := restore(t, db.Dir(), backup, true, ready)
		if err != nil || done.Entries != 2 || done.Newest.Seq != 2 {
			t.Fatalf("%+v, %v", done, err)
		}
		if got := keysIn(t, db.Dir()); got != "before restored" {
			t.Errorf("the queue has %q", got)
		}
		aside, err := InspectBackup(t.Context(), filepath.Join(done.Aside, queueName))
		if err != nil || !aside.Recorded || aside.Record.Entries != 2 {
			t.Errorf("kept aside: %+v, %v", aside, err)
		}
		if _, err := os.Stat(filepath.Join(done.Aside, auditHeadsName)); err != nil {
			t.Error(err)
		}
		// And back: what was kept aside is a backup like any other.
		if _, err := restore(t, db.Dir(), filepath.Join(done.Aside, queueName), true, nil); err != nil {
			t.Fatal(err)
		}
		if got := keysIn(t, db.Dir()); got != "after before" {
			t.Errorf("what was kept aside restores %q", got)
		}
	})
	t.Run("over the same queue", func(t *testing.T) {
		t.Parallel()
		db, _, backup := backedUp(t)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if done, err := restore(t, db.Dir(), backup, false, nil); err != nil || done.Aside == "" {
			t.Errorf("%+v, %v", done, err)
		}
	})
	t.Run("over a damaged one", func(t *testing.T) {
		t.Parallel()
		db, _, backup := backedUp(t)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(db.queue.path, 3*4096); err != nil {
			t.Fatal(err)
		}
		var newer *Newer
		if _, err := restore(t, db.Dir(), backup, false, ready); !errors.As(err, &newer) {
			t.Fatalf("without being told to: %v", err)
		}
		done, err := restore(t, db.Dir(), backup, true, ready)
		if err != nil {
			t.Fatal(err)
		}
		if got := keysIn(t, db.Dir()); got != "before restored" {
			t.Errorf("the queue has %q", got)
		}
		if info, err := os.Stat(filepath.Join(done.Aside, queueName)); err != nil || info.Size() != 3*4096 {
			t.Errorf("the damaged file was not kept: %v", err)
		}
	})
}

// A lock that is held ends a step of the copy without an error of the driver's.
func TestPagesThatAreNotCopiedAreNoRestore(t *testing.T) {
	t.Parallel()
	_, _, backup := backedUp(t)
	db, _ := world(t)
	happens(t, db, "old")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	session := func(path string, mode role) session {
		c, err := openSession(t.Context(), path, queueSpec(), mode)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.close() })
		return c
	}
	to, from := session(db.queue.path, alone), session(backup, upkeep)
	if err := copyPages(to, from); err != nil {
		t.Errorf("alone: %v", err)
	}
	other := session(backup, upkeep)
	if _, err := other.exec(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	var locked *Fault
	if err := faultOf(backup, copyPages(to, from)); !errors.As(err, &locked) || locked.Kind != FaultLocked {
		t.Errorf("beside somebody who has it: %v", err)
	}
}

// What is copied is what was looked at.
func TestABackupThatChangesMeanwhileIsNotRestored(t *testing.T) {
	t.Parallel()
	_, _, backup := backedUp(t)
	_, _, another := backedUp(t)
	state, err := InspectBackup(t.Context(), backup)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(another, backup); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var bad *BadBackup
	if r, err := StartRestore(t.Context(), Options{Dir: dir}, backup, state.Record); !errors.As(err, &bad) {
		t.Errorf("%+v, %v", r, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".restoring-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// What was copied without the program is found short or bad. This is the control of
// the drill: were it not found, a restore would lose what was acknowledged.
func TestACopyByHandIsFoundBad(t *testing.T) {
	t.Parallel()
	db, _, good := backedUp(t)
	if ok, err := db.Checkpoint(t.Context()); !ok || err != nil {
		t.Fatalf("checkpoint = %v, %v", ok, err)
	}
	happens(t, db, "in the WAL alone")
	later := filepath.Join(t.TempDir(), "later.db")
	if _, _, err := db.BackUp(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	atLater, err := os.ReadFile(RecordPath(later))
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(db.queue.path) // as cp does, without the -wal
	if err != nil {
		t.Fatal(err)
	}
	record, err := os.ReadFile(RecordPath(good))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte{}, whole...)
	flipped[strings.Index(string(whole), "because of before")] ^= 1
	for _, tt := range []struct {
		name            string
		content, record []byte
		wal             bool
		want            string
	}{
		{"the file alone", content, atLater, false, "the end is missing"},
		{"the file alone, under another record", content, record, false, "its sum is not the one"},
		{"with something of its WAL", content, atLater, true, "in use"},
		{"cut short", whole[:len(whole)/8192*4096], record, false, "damaged"},
		{"one bit of a text", flipped, nil, false, "is not the one that was written"},
		{"a record of something else", whole, []byte("{}"), false, "no record of a backup"},
		{"a good one", whole, record, false, ""},
	} {
		path := filepath.Join(t.TempDir(), "copy.db")
		for name, content := range map[string][]byte{path: tt.content, RecordPath(path): tt.record, path + "-wal": []byte("frames")} {
			if content == nil || strings.HasSuffix(name, "-wal") && !tt.wal {
				continue
			}
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		state, err := InspectBackup(t.Context(), path)
		var bad *BadBackup
		if tt.want == "" {
			if err != nil || !state.Recorded {
				t.Errorf("%s: %+v, %v", tt.name, state, err)
			}
			continue
		}
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}
