package store

import (
	"context"
	"testing"
)

func TestWatchSeesOwnAndForeignCommits(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	other := openIn(t, Options{Dir: db.Dir()})
	changes := db.Watch(t.Context())

	write(t, db, func(tx *Tx) error { return put(tx, "own") })
	<-changes // at once
	<-changes // and once more by the poll, which cannot tell whose commit it was

	write(t, other, func(tx *Tx) error { return put(tx, "foreign") })
	<-changes
	if n := countKeys(t, db); n != 2 {
		t.Errorf("after the notice %d rows are visible, want 2", n)
	}
}

func TestWatchCoalesces(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	changes := db.Watch(t.Context())
	for range 20 {
		db.watch.queueCommitted()
	}
	<-changes
	select {
	case <-changes:
		t.Error("twenty changes before one look gave more than one notice")
	default:
	}
}

func TestWatchEndsWithItsContextAndTheStore(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	short, long := db.Watch(ctx), db.WatchLive(t.Context())
	cancel()
	for range short {
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range long {
	}
}

func TestHeartbeatsDoNotWakeTheQueue(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	queue, live := db.Watch(t.Context()), db.WatchLive(t.Context())
	if err := db.live.write(t.Context(), func(tx *Tx) error {
		_, err := tx.exec("INSERT INTO health (one, at, body) VALUES (1, 0, '')")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	<-live
	<-live // the poll has been round, and would have noticed the queue
	select {
	case <-queue:
		t.Error("a heartbeat woke those who watch the queue")
	default:
	}
}
