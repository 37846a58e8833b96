package store

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestWipedSecretsLeaveTheDisk looks for a marker in the bytes of the database,
// its WAL and its wal-index.
func TestWipedSecretsLeaveTheDisk(t *testing.T) {
	t.Parallel()
	const marker = "MARKER-0123456789-MARKER"
	db, _ := world(t)
	r := addRequest(t, db)
	write(t, db, func(tx *Tx) error {
		for i, size := range []int{1, 10, 1000, 9000} { // some fill overflow pages
			s := SealedSecret{RequestID: r.ID, Field: string(rune('a' + i)), Commitment: "c", KeyID: "k",
				Body: []byte(strings.Repeat(marker, size))}
			if _, err := tx.InsertSealed(s); err != nil {
				return err
			}
		}
		return nil
	})
	write(t, db, func(tx *Tx) error { // one is edited before
		_, err := tx.InsertSealed(SealedSecret{RequestID: r.ID, Field: "c", Commitment: "d", KeyID: "k", Body: []byte(marker)})
		return err
	})
	if n := found(t, db, marker); n == 0 {
		t.Fatal("the marker was never on the disk; the test looks in the wrong place")
	}
	if n, err := db.WipeSecrets(t.Context()); n != 0 || err != nil {
		t.Errorf("wiped %d, %v before it was due", n, err)
	}
	write(t, db, func(tx *Tx) error { _, err := tx.ScheduleWipe(r.ID, tx.Now, ""); return err })

	// A reader in the way: the duty stays.
	reading, release, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- db.Read(t.Context(), func(tx *Tx) error {
			var n int
			_, err := tx.row("SELECT count(*) FROM sealed", nil, []any{&n})
			close(reading)
			<-release
			return err
		})
	}()
	<-reading
	if n, err := db.WipeSecrets(t.Context()); n != 0 || err != nil {
		t.Errorf("wiped %d, %v beside a reader; want 0", n, err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	if n, err := db.WipeSecrets(t.Context()); n != 4 || err != nil {
		t.Errorf("wiped %d, %v; want 4", n, err)
	}
	if n := found(t, db, marker); n != 0 {
		t.Errorf("the marker is still on the disk %d times", n)
	}
	if n, err := db.WipeSecrets(t.Context()); n != 0 || err != nil {
		t.Errorf("wiped again: %d, %v", n, err)
	}
	read(t, db, func(tx *Tx) error {
		sealed, err := tx.Sealed(r.ID)
		for _, s := range sealed {
			if s.Body != nil || s.Wiped.IsZero() || s.Commitment == "" {
				t.Errorf("after the wipe: %+v, want no body, a time, and the commitment kept", s)
			}
		}
		if len(sealed) != 4 {
			t.Errorf("%d sealed answers, want 4", len(sealed))
		}
		return err
	})
}

func found(t *testing.T, db *DB, marker string) int {
	t.Helper()
	n := 0
	for _, suffix := range []string{"", "-wal", "-shm"} {
		content, err := os.ReadFile(db.queue.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(content, []byte(marker))
	}
	return n
}
