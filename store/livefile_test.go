package store

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func putHealth(t *testing.T, db *DB, body string) {
	t.Helper()
	if err := db.live.write(t.Context(), func(tx *Tx) error {
		_, err := tx.exec("INSERT INTO health (one, at, body) VALUES (1, 0, $1) ON CONFLICT (one) DO UPDATE SET body = excluded.body", body)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func health(t *testing.T, db *DB) string {
	t.Helper()
	var body string
	if err := db.live.read(t.Context(), func(tx *Tx) error {
		_, err := tx.row("SELECT body FROM health", nil, []any{&body})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return body
}

func TestDeletedLiveFileIsMadeAnew(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	b := openIn(t, Options{Dir: a.Dir()})
	putHealth(t, a, "old")

	for _, left := range [][]string{
		{liveName, liveName + "-wal", liveName + "-shm"},
		{liveName}, // its WAL and wal-index stay behind
	} {
		for _, name := range left {
			if err := os.Remove(filepath.Join(a.Dir(), name)); err != nil {
				t.Fatal(err)
			}
		}
		if got := health(t, b); got != "" {
			t.Errorf("after deleting %v: health %q, want none", left, got)
		}
		putHealth(t, a, "new")
		if got := health(t, b); got != "new" {
			t.Errorf("after deleting %v: the other process reads %q, want what was written since", left, got)
		}
	}
}

func TestDeletedLiveFileUnderLoad(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	b := openIn(t, Options{Dir: a.Dir()})
	var all sync.WaitGroup
	stop := make(chan struct{})
	for _, db := range []*DB{a, b} {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					putHealth(t, db, "x")
				}
			}
		})
	}
	for range 10 {
		if err := removeDatabase(filepath.Join(a.Dir(), liveName)); err != nil {
			t.Error(err)
		}
		health(t, a)
	}
	close(stop)
	all.Wait()
	putHealth(t, b, "last")
	if got := health(t, a); got != "last" {
		t.Errorf("the two do not share a file any more: %q", got)
	}
}

func TestDamagedLiveFileIsMadeAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, liveName), []byte("no database, and more than a hundred bytes of it, so that it is no empty file either ........"), 0o600); err != nil {
		t.Fatal(err)
	}
	db := openIn(t, Options{Dir: dir})
	putHealth(t, db, "fine")
	if got := health(t, db); got != "fine" {
		t.Errorf("health %q, want fine", got)
	}
}
