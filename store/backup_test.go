package store

import (
	"os"
	"path/filepath"
	"testing"
)

func TestBackupIsAWholeQueue(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	write(t, db, func(tx *Tx) error { return put(tx, "before") })

	dir := t.TempDir()
	path := filepath.Join(dir, queueName)
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	write(t, db, func(tx *Tx) error { return put(tx, "after") })

	restored := openIn(t, Options{Dir: dir})
	if n := countKeys(t, restored); n != 1 {
		t.Errorf("the backup has %d rows, want the one from before", n)
	}
	if err := restored.QuickCheck(t.Context()); err != nil {
		t.Errorf("quick check of the backup: %v", err)
	}
}

func TestBackupOverwritesNothing(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	path := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), path); err == nil {
		t.Error("an existing file was accepted as the target")
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "precious" {
		t.Errorf("the existing file was touched: %q, %v", content, err)
	}
}

func TestCheckpointReportsAReaderInTheWay(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	write(t, db, func(tx *Tx) error { return put(tx, "a") })
	reading, release := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		done <- db.Read(t.Context(), func(tx *Tx) error {
			var n int
			_, err := tx.row("SELECT count(*) FROM setting", nil, []any{&n})
			close(reading)
			<-release
			return err
		})
	}()
	<-reading
	write(t, db, func(tx *Tx) error { return put(tx, "b") })
	if ok, err := db.Checkpoint(t.Context()); ok || err != nil {
		t.Errorf("checkpoint beside a reader = %v, %v; want false", ok, err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if ok, err := db.Checkpoint(t.Context()); !ok || err != nil {
		t.Errorf("checkpoint alone = %v, %v; want true", ok, err)
	}
	if info, err := os.Stat(db.queue.path + "-wal"); err != nil || info.Size() != 0 {
		t.Errorf("the WAL was not truncated: %v, %v", info.Size(), err)
	}
}
