package store

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"countersign/model"
)

func TestTasksAreTakenOnce(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	task := addTask(t, db, addRequest(t, db))
	read(t, db, func(tx *Tx) error {
		if got, found, err := tx.Task(task.Number); err != nil || !found || !reflect.DeepEqual(got, task) {
			t.Errorf("Task = %+v %v %v, want %+v", got, found, err, task)
		}
		return nil
	})
	c.advance(time.Minute)
	write(t, db, func(tx *Tx) error {
		mine, theirs := task, task
		mine.State, mine.Assignee = model.TaskInProgress, carol
		theirs.State, theirs.Assignee = model.TaskInProgress, bob
		if changed, err := tx.UpdateTask(mine); !changed || err != nil {
			t.Errorf("claim: %v, %v", changed, err)
		}
		if changed, err := tx.UpdateTask(theirs); changed || err != nil {
			t.Errorf("the second claim: %v, %v; want false", changed, err)
		}
		mine.Revision, mine.Updated = 2, c.Now()
		if got, _, err := tx.Task(task.Number); err != nil || !reflect.DeepEqual(got, mine) {
			t.Errorf("after the claim %+v %v, want %+v", got, err, mine)
		}
		return nil
	})
}

// TestLeaseTakenWhileTheClockRanAheadIsFree has a lease whose end lies farther off
// than any lease lasts.
func TestLeaseTakenWhileTheClockRanAheadIsFree(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	acquire := func(holder string) (l Lease, got bool) {
		write(t, db, func(tx *Tx) error {
			var err error
			l, got, err = tx.AcquireLease(WorkerLease, holder, time.Minute)
			return err
		})
		return l, got
	}
	if _, got := acquire("a"); !got {
		t.Fatal("the first lease was not given")
	}
	c.advance(-time.Minute)
	if _, got := acquire("b"); got {
		t.Error("a lease that may still be held was given to another")
	}
	c.advance(-time.Hour)
	if l, got := acquire("b"); !got || l.Fence != 2 {
		t.Errorf("%+v, %v: nobody would work for an hour", l, got)
	}
}

func TestLeaseHasOneHolderAndAGrowingFence(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	acquire := func(holder string) (l Lease, got bool) {
		write(t, db, func(tx *Tx) error {
			var err error
			l, got, err = tx.AcquireLease(WorkerLease, holder, time.Minute)
			return err
		})
		return l, got
	}
	first, got := acquire("a")
	if !got || first.Fence != 1 || !first.Expires.Equal(c.Now().Add(time.Minute)) {
		t.Fatalf("first: %+v, %v", first, got)
	}
	if _, got := acquire("b"); got {
		t.Error("a lease that is held was given to another")
	}
	again, got := acquire("a")
	if !got || again.Fence != 2 {
		t.Errorf("its holder again: %+v, %v; want a new fence", again, got)
	}
	renew := func(l Lease) (renewed bool) {
		write(t, db, func(tx *Tx) error {
			var err error
			_, renewed, err = tx.RenewLease(l, time.Minute)
			return err
		})
		return renewed
	}
	c.advance(50 * time.Second)
	if renew(first) || !renew(again) {
		t.Error("only the present fence renews")
	}
	c.advance(50 * time.Second)
	if _, got := acquire("b"); got {
		t.Error("a renewed lease was given to another")
	}
	c.advance(10 * time.Second)
	second, got := acquire("b")
	if !got || second.Fence != 3 {
		t.Errorf("after it ran out: %+v, %v", second, got)
	}
	if renew(again) {
		t.Error("the late holder renewed")
	}
	write(t, db, func(tx *Tx) error {
		if ok, err := tx.ReleaseLease(again); ok || err != nil {
			t.Errorf("the late holder released: %v, %v", ok, err)
		}
		if ok, err := tx.ReleaseLease(second); !ok || err != nil {
			t.Errorf("release: %v, %v", ok, err)
		}
		return nil
	})
	if third, got := acquire("a"); !got || third.Fence != 4 {
		t.Errorf("after the release: %+v, %v", third, got)
	}
	read(t, db, func(tx *Tx) error {
		if l, found, err := tx.LeaseOf(WorkerLease); err != nil || !found || l.Holder != "a" || l.Fence != 4 {
			t.Errorf("LeaseOf = %+v, %v, %v", l, found, err)
		}
		return nil
	})
}

func TestALateWorkerRecordsNothing(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	r := addRequest(t, db)
	var late, present Lease
	var o model.Operation
	write(t, db, func(tx *Tx) (err error) {
		o = operation(r, "plan", 1)
		if o.ID, err = tx.InsertOperation(o); err != nil {
			return err
		}
		late, _, err = tx.AcquireLease(WorkerLease, "late", time.Minute)
		return err
	})
	record := func(l Lease, from model.OpState) (recorded bool) {
		write(t, db, func(tx *Tx) (err error) {
			o.Fence = l.Fence
			recorded, err = tx.RecordOperation(l, o, from)
			return err
		})
		return recorded
	}
	o.State, o.Sent, o.Attempts, o.ServiceID = model.OpSent, c.Now(), 1, "id"
	if !record(late, model.OpQueued) {
		t.Fatal("the worker could not record what it sends")
	}
	if record(late, model.OpQueued) {
		t.Error("it was sent twice")
	}
	c.advance(time.Hour)
	write(t, db, func(tx *Tx) (err error) {
		present, _, err = tx.AcquireLease(WorkerLease, "present", time.Minute)
		return err
	})
	o.State, o.Ended, o.Evidence = model.OpDone, c.Now(), "granted"
	if record(late, model.OpSent) {
		t.Error("a late worker recorded an outcome")
	}
	if !record(present, model.OpSent) {
		t.Error("the present worker could not record the outcome")
	}
	write(t, db, func(tx *Tx) error {
		got, found, err := tx.Operation(o.ID)
		o.Updated = c.Now()
		if err != nil || !found || !reflect.DeepEqual(got, o) {
			t.Errorf("Operation = %+v %v %v\nwant        %+v", got, found, err, o)
		}
		o.State, o.Ended = model.OpCancelled, c.Now()
		if changed, err := tx.UpdateOperation(o, model.OpQueued); changed || err != nil {
			t.Errorf("a finished operation was cancelled: %v, %v", changed, err)
		}
		return nil
	})
}

func TestAPlanHasEachStepOnce(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	r := addRequest(t, db)
	write(t, db, func(tx *Tx) error { _, err := tx.InsertOperation(operation(r, "plan", 1)); return err })
	err := db.Write(t.Context(), func(tx *Tx) error { _, err := tx.InsertOperation(operation(r, "plan", 1)); return err })
	if !errors.Is(err, ErrExists) {
		t.Errorf("the same step again: %v, want ErrExists", err)
	}
}

func TestOperationsBecomeReadyInTheOrderOfTheirPlan(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	r := addRequest(t, db)
	start := c.Now()
	ids := map[string]int64{}
	write(t, db, func(tx *Tx) (err error) {
		for _, add := range []struct {
			name, plan string
			seq        int
			change     func(*model.Operation)
		}{
			{"first", "a", 1, func(*model.Operation) {}},
			{"second", "a", 2, func(*model.Operation) {}},
			{"later", "b", 1, func(o *model.Operation) { o.NotBefore = start.Add(time.Hour) }},
			{"restore", "a", 3, func(o *model.Operation) { o.State, o.NotBefore = model.OpScheduled, start.Add(2*time.Hour) }},
			{"unknown", "c", 1, func(o *model.Operation) { o.State, o.NextLook = model.OpUnknown, start.Add(3*time.Hour) }},
			{"sent", "d", 1, func(o *model.Operation) { o.State = model.OpSent }},
		} {
			o := operation(r, add.plan, add.seq)
			add.change(&o)
			if ids[add.name], err = tx.InsertOperation(o); err != nil {
				return err
			}
		}
		return nil
	})
	check := func(when string, read func(tx *Tx) ([]model.Operation, error), want ...string) {
		t.Helper()
		var got, wanted []int64
		write(t, db, func(tx *Tx) error {
			all, err := read(tx)
			for _, o := range all {
				got = append(got, o.ID)
			}
			return err
		})
		for _, name := range want {
			wanted = append(wanted, ids[name])
		}
		if !slices.Equal(got, wanted) {
			t.Errorf("%s: %v, want %v (%v)", when, got, wanted, want)
		}
	}
	ready := func(tx *Tx) ([]model.Operation, error) { return tx.ReadyOperations(10) }
	due := func(tx *Tx) ([]model.Operation, error) { return tx.DueOperations(10) }
	unknown := func(tx *Tx) ([]model.Operation, error) { return tx.UnknownOperations(10) }
	wake := func(want time.Time) {
		t.Helper()
		read(t, db, func(tx *Tx) error {
			if got, err := tx.NextWake(); err != nil || !got.Equal(want) {
				t.Errorf("NextWake = %v, %v; want %v", got, err, want)
			}
			return nil
		})
	}

	check("ready at first", ready, "first")
	check("sent", (*Tx).SentOperations, "sent")
	move := func(name string, to model.OpState) {
		write(t, db, func(tx *Tx) error {
			o, _, err := tx.Operation(ids[name])
			if err != nil {
				return err
			}
			from := o.State
			o.State = to
			if to.Final() {
				o.Ended = tx.Now
			}
			_, err = tx.UpdateOperation(o, from)
			return err
		})
	}
	move("first", model.OpDone)
	check("ready after the first is done", ready, "second")
	move("second", model.OpRefused)
	check("ready after the second is refused", ready)
	wake(start.Add(time.Hour))
	c.advance(2 * time.Hour)
	check("ready two hours later", ready, "later")
	check("due two hours later", due, "restore")
	check("unknown two hours later", unknown)
	c.advance(time.Hour)
	check("unknown three hours later", unknown, "unknown")
	for _, name := range []string{"later", "restore", "unknown"} {
		move(name, model.OpCancelled)
	}
	wake(time.Time{})
}

func TestGrantsEnd(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	r := addRequest(t, db)
	want := model.Grant{RequestID: r.ID, Number: r.Number, Email: "Alice@example.com", Target: r.Target, Right: model.RightEdit,
		Since: c.Now(), Until: c.Now().Add(time.Hour), State: model.GrantActive, Revision: 1, Updated: c.Now(),
		Standing: model.Share{Right: model.RightView, Expires: c.Now().Add(2 * time.Hour), Pending: true}}
	forever := model.Grant{RequestID: r.ID, Email: "bob@example.com", State: model.GrantPending}
	write(t, db, func(tx *Tx) (err error) {
		if want.ID, err = tx.InsertGrant(want); err != nil {
			return err
		}
		_, err = tx.InsertGrant(forever)
		return err
	})
	ended := func() (n int) {
		read(t, db, func(tx *Tx) error {
			got, err := tx.EndedGrants(10)
			n = len(got)
			return err
		})
		return n
	}
	if n := ended(); n != 0 {
		t.Errorf("%d grants ended before their time", n)
	}
	c.advance(time.Hour)
	if n := ended(); n != 1 {
		t.Errorf("%d grants ended, want the one with an end", n)
	}
	write(t, db, func(tx *Tx) error {
		got, found, err := tx.OpenGrant(r.Target.UID, "ALICE@EXAMPLE.COM")
		if err != nil || !found || !reflect.DeepEqual(got, want) {
			t.Errorf("OpenGrant = %+v %v %v\nwant        %+v", got, found, err, want)
		}
		want.State, want.Note = model.GrantEnded, "its time is over"
		if changed, err := tx.UpdateGrant(want); !changed || err != nil {
			t.Errorf("end: %v, %v", changed, err)
		}
		if changed, err := tx.UpdateGrant(want); changed || err != nil {
			t.Errorf("end again: %v, %v; want false", changed, err)
		}
		want.Revision, want.Updated = 2, c.Now()
		if got, found, err := tx.Grant(want.ID); err != nil || !found || !reflect.DeepEqual(got, want) {
			t.Errorf("Grant = %+v %v %v\nwant    %+v", got, found, err, want)
		}
		if _, found, err := tx.OpenGrant(r.Target.UID, want.Email); found || err != nil {
			t.Errorf("an ended grant is open: %v, %v", found, err)
		}
		return nil
	})
	if n := ended(); n != 0 {
		t.Errorf("%d grants still have to be ended", n)
	}
}

func TestTimelineKeepsItsOrder(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	want := []model.Entry{
		{ID: 1, Object: "REQ1", At: c.Now(), By: alice, Kind: model.EntryEvent, Text: "requested"},
		{ID: 3, Object: "REQ1", At: c.Now(), By: model.System, Kind: model.EntryNote, Text: "\x1b[31m\nsecond line"},
	}
	write(t, db, func(tx *Tx) error {
		return errors.Join(tx.AppendEntry(want[0]),
			tx.AppendEntry(model.Entry{Object: "REQ2", At: c.Now(), Kind: model.EntryComment}), tx.AppendEntry(want[1]))
	})
	read(t, db, func(tx *Tx) error {
		if got, err := tx.Entries("REQ1"); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("timeline = %+v, %v; want %+v", got, err, want)
		}
		return nil
	})
}
