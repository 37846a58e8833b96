package store

import (
	"slices"
	"testing"
)

func TestEightProcessesOpenOneNewQueue(t *testing.T) {
	t.Parallel()
	rounds := 3
	if isHeavy() {
		rounds = 50
	}
	for range rounds {
		dir := t.TempDir()
		var children []*child
		for range 8 {
			children = append(children, startChild(t, "open", dir))
		}
		for _, c := range children {
			c.in.Close()
		}
		for _, c := range children {
			if err := c.Wait(); err != nil {
				t.Errorf("one of eight: %v\n%s", err, c.err.String())
			}
		}
		db := openIn(t, Options{Dir: dir})
		write(t, db, func(tx *Tx) error { return put(tx, "works") })
	}
}

func TestKilledWriterLosesNothingItConfirmed(t *testing.T) {
	t.Parallel()
	rounds := 5
	if isHeavy() {
		rounds = 100
	}
	dir := t.TempDir()
	var confirmed []string
	for round := range rounds {
		c := startChild(t, "write until killed", dir)
		for range 10 + round {
			if !c.out.Scan() {
				t.Fatalf("the writer ended by itself: %s", c.err.String())
			}
			confirmed = append(confirmed, c.out.Text())
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for c.out.Scan() { // what it said before it died counts
			confirmed = append(confirmed, c.out.Text())
		}
		_ = c.Wait() // killed, as intended
	}

	db := openIn(t, Options{Dir: dir})
	var kept []string
	read(t, db, func(tx *Tx) error {
		return tx.rows("SELECT key FROM setting", nil, func(r row) error {
			var key string
			err := r.Scan(&key)
			kept = append(kept, key)
			return err
		})
	})
	for _, key := range confirmed {
		if !slices.Contains(kept, key) {
			t.Errorf("%s was confirmed and is gone", key)
		}
	}
	// Each kill may have interrupted one commit before it was confirmed.
	if extra := len(kept) - len(confirmed); extra > rounds {
		t.Errorf("%d rows nobody wrote", extra)
	}
	if err := db.QuickCheck(t.Context()); err != nil {
		t.Errorf("quick check: %v", err)
	}
}
