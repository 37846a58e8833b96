package store

import (
	"testing"
	"time"
)

func TestEventsAreToldOnceAndTriedAgain(t *testing.T) {
	t.Parallel()
	db, clock := open(t)
	write(t, db, func(tx *Tx) error {
		for _, key := range []string{"one", "two", "one"} {
			added, err := tx.InsertEvent(key, "{}")
			if err != nil {
				return err
			}
			if len(key) == 3 && key == "two" && !added {
				t.Error("two was not stored")
			}
		}
		return nil
	})
	due := func() []Event {
		var all []Event
		read(t, db, func(tx *Tx) error {
			var err error
			all, err = tx.DueEvents(10)
			return err
		})
		return all
	}
	first := due()
	if len(first) != 2 || first[0].Key != "one" || first[1].Key != "two" {
		t.Fatalf("due are %+v", first)
	}
	write(t, db, func(tx *Tx) error {
		if err := tx.EndEvent(first[0].ID, true, ""); err != nil {
			return err
		}
		return tx.DelayEvent(first[1].ID, tx.Now.Add(time.Minute), "no mail server")
	})
	if left := due(); len(left) != 0 {
		t.Errorf("due before its time: %+v", left)
	}
	clock.advance(time.Minute)
	left := due()
	if len(left) != 1 || left[0].Key != "two" || left[0].Attempts != 1 || left[0].Problem != "no mail server" {
		t.Fatalf("due after a minute: %+v", left)
	}
	read(t, db, func(tx *Tx) error {
		s, err := tx.EventState()
		if s.Waiting != 1 || s.Given != 0 || s.Problem != "no mail server" {
			t.Errorf("state %+v", s)
		}
		return err
	})
	write(t, db, func(tx *Tx) error {
		if err := tx.EndEvent(left[0].ID, false, "given up"); err != nil {
			return err
		}
		return tx.ForgetEvents(tx.Now)
	})
	read(t, db, func(tx *Tx) error {
		s, err := tx.EventState()
		if s.Waiting != 0 || s.Given != 1 || s.Problem != "given up" {
			t.Errorf("state %+v", s)
		}
		return err
	})
}
