package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

// put writes a row that the engine's tests count; they need no domain.
func put(tx *Tx, key string) error {
	_, err := tx.exec("INSERT INTO setting (key, value, version, updated_at, updated_by) VALUES ($1, '', 1, $2, '')",
		key, micros(tx.Now))
	return err
}

func countKeys(t *testing.T, db *DB) int {
	t.Helper()
	n := 0
	read(t, db, func(tx *Tx) error {
		_, err := tx.row("SELECT count(*) FROM setting", nil, []any{&n})
		return err
	})
	return n
}

func TestWriteKeepsWhatCommittedAndUndoesWhatFailed(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	write(t, db, func(tx *Tx) error { return put(tx, "kept") })

	mine := errors.New("changed my mind")
	err := db.Write(t.Context(), func(tx *Tx) error {
		if err := put(tx, "undone"); err != nil {
			return err
		}
		return mine
	})
	if !errors.Is(err, mine) {
		t.Errorf("Write = %v, want the function's own error", err)
	}
	if n := countKeys(t, db); n != 1 {
		t.Errorf("%d rows, want the committed one alone", n)
	}
}

func TestGroupCommitIsolatesJobs(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	const jobs = 300
	failing := errors.New("every third")
	errs := make([]error, jobs)

	// The first job holds the writer until all others wait, so that they form
	// groups.
	started, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_ = db.Write(context.Background(), func(*Tx) error { close(started); <-release; return nil })
	})
	<-started
	for i := range jobs {
		all.Go(func() {
			errs[i] = db.Write(context.Background(), func(tx *Tx) error {
				if err := put(tx, fmt.Sprint(i)); err != nil {
					return err
				}
				switch i % 3 {
				case 1:
					return failing
				case 2:
					// A violated constraint undoes its statement only.
					if err := put(tx, fmt.Sprint(i)); !isUnique(err) {
						return fmt.Errorf("second insert = %w, want a violated constraint", err)
					}
				}
				return nil
			})
		})
	}
	close(release)
	all.Wait()
	for i, err := range errs {
		if i%3 == 1 != errors.Is(err, failing) || i%3 != 1 && err != nil {
			t.Errorf("job %d: %v", i, err)
		}
	}
	if n, want := countKeys(t, db), jobs/3*2; n != want {
		t.Errorf("%d rows, want %d", n, want)
	}
}

func TestWriterSurvivesItsJobs(t *testing.T) {
	t.Parallel()
	db, _ := open(t)

	err := db.Write(t.Context(), func(tx *Tx) error {
		if err := put(tx, "panics"); err != nil {
			return err
		}
		panic("boom")
	})
	var p *JobPanic
	if !errors.As(err, &p) || p.Value != "boom" || len(p.Stack) == 0 {
		t.Errorf("a panic came back as %v, want a *JobPanic with its stack", err)
	}

	err = db.Write(t.Context(), func(tx *Tx) error {
		if err := put(tx, "exits"); err != nil {
			return err
		}
		runtime.Goexit()
		return nil
	})
	if err == nil {
		t.Error("a job that ended its goroutine was reported as done")
	}

	other := openIn(t, Options{Dir: db.Dir()})
	write(t, other, func(tx *Tx) error { return put(tx, "the gate is free") })
	write(t, db, func(tx *Tx) error { return put(tx, "the writer lives") })
	if n := countKeys(t, db); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

func TestWriteIsNotRunAfterItsContextEnded(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	started, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_ = db.Write(context.Background(), func(*Tx) error { close(started); <-release; return nil })
	})
	<-started

	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	all.Go(func() {
		result <- db.Write(ctx, func(tx *Tx) error { return put(tx, "too late") })
	})
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("Write = %v, want context.Canceled while the writer is busy", err)
	}
	close(release)
	all.Wait()
	write(t, db, func(*Tx) error { return nil }) // whatever was queued has been seen
	if n := countKeys(t, db); n != 0 {
		t.Errorf("the job of a cancelled caller was run")
	}
}

// TestJobWhoseCallerLeftIsNotRunWithItsGroup has a caller leave after the writer
// took its job into a group and before its turn came.
func TestJobWhoseCallerLeftIsNotRunWithItsGroup(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	left := &job{fn: func(tx *Tx) error { return put(tx, "left") }, done: make(chan struct{})}
	stays := &job{fn: func(tx *Tx) error {
		left.taken.Store(true) // as write does when its context ends
		return put(tx, "stays")
	}, done: make(chan struct{})}
	db.queue.writer.run([]*job{stays, left}) // the writer itself has nothing to do
	if stays.err != nil || !errors.Is(left.err, context.Canceled) {
		t.Errorf("errors %v and %v", stays.err, left.err)
	}
	if n := countKeys(t, db); n != 1 {
		t.Errorf("%d rows, want that of the caller who stayed", n)
	}
}

func TestWriteFinishesWhatItStarted(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Write(ctx, func(tx *Tx) error {
		cancel()
		return put(tx, "begun")
	})
	if err != nil {
		t.Errorf("Write = %v, want the true outcome although the context ended", err)
	}
	if n := countKeys(t, db); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

func TestTxIsUselessOutsideItsFunction(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	var escaped *Tx
	write(t, db, func(tx *Tx) error { escaped = tx; return nil })
	if err := put(escaped, "late"); !errors.Is(err, errEnded) {
		t.Errorf("write on an ended transaction = %v, want errEnded", err)
	}
	read(t, db, func(tx *Tx) error {
		if err := put(tx, "read"); !errors.Is(err, errReadOnly) {
			t.Errorf("write inside Read = %v, want errReadOnly", err)
		}
		return nil
	})
}

func TestReadSeesOneState(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	read(t, db, func(tx *Tx) error {
		var before, after int
		if _, err := tx.row("SELECT count(*) FROM setting", nil, []any{&before}); err != nil {
			return err
		}
		write(t, db, func(tx *Tx) error { return put(tx, "meanwhile") })
		_, err := tx.row("SELECT count(*) FROM setting", nil, []any{&after})
		if before != after {
			t.Errorf("the same read saw %d rows, then %d", before, after)
		}
		return err
	})
}

func TestNowIsReadOncePerTransaction(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	want := c.Now()
	write(t, db, func(tx *Tx) error {
		c.advance(time.Hour)
		if !tx.Now.Equal(want) || tx.Now.Location() != time.UTC {
			t.Errorf("Now = %v, want %v", tx.Now, want)
		}
		return nil
	})
}

func TestClosedStoreSaysSo(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Close(), db.Close()); err != nil {
		t.Errorf("close twice: %v", err)
	}
	if err := db.Write(t.Context(), func(*Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("Write after Close = %v", err)
	}
	if err := db.Read(t.Context(), func(*Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("Read after Close = %v", err)
	}
	if _, ok := <-db.Watch(t.Context()); ok {
		t.Error("Watch after Close yields changes")
	}
}
