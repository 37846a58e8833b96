package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"countersign/model"
	"countersign/store"
)

// errMoved says that an operation is no longer in the state it was read in:
// somebody cancelled it, or looked at it again. Nothing was recorded.
var errMoved = errors.New("the operation has moved on")

// pause is how long the outbox rests because the vault is away. It is not kept
// in the store: it concerns every order alike.
type pause struct {
	set, until time.Time
	fails      int
	held       []int64 // the operations that met the trouble and wait as long
}

// round does everything whose time has come, and returns when something is due
// again, at the latest after a tick. What fails does not hold up the rest, and is
// in the error.
func (w *Worker) round(t *tenure) (time.Time, error) {
	later := w.now().Add(w.opt.Tick)
	var failed error
	for _, step := range []func(*tenure) error{w.adopt, w.overdueRequests, w.expireEndpoints, w.wakeScheduled, w.letGo} {
		if err := step(t); w.ends(t, err) {
			return later, err
		} else if err != nil {
			failed = errors.Join(failed, err)
		}
	}
	if w.resting() {
		return w.pause.until, failed
	}
	for _, step := range []func(*tenure) error{w.drain, w.fulfilAutomatic, w.drain} {
		if err := step(t); w.ends(t, err) {
			return later, err
		} else if err != nil {
			failed = errors.Join(failed, err)
		}
		if w.resting() {
			return w.pause.until, failed
		}
	}
	if failed != nil {
		return later, failed
	}
	var next time.Time
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		next, err = tx.NextWake()
		return err
	})
	if err != nil || next.IsZero() || next.After(later) {
		return later, err
	}
	// What is due already could not be done now; trying at once would be no use.
	if soon := w.now().Add(time.Second); next.Before(soon) {
		return soon, nil
	}
	return next, nil
}

// ends reports whether an error ends all work, not only that of one thing.
func (w *Worker) ends(t *tenure, err error) bool {
	return t.ctx.Err() != nil || errors.Is(err, errLeaseLost) || errors.Is(err, store.ErrClosed)
}

// each does something with every one of a list. Where it fails the others go on;
// the error then names each that failed.
func each[T any](w *Worker, t *tenure, all []T, do func(T) error) error {
	var failed error
	for _, v := range all {
		err := do(v)
		if w.ends(t, err) {
			return errors.Join(err, t.ctx.Err())
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// resting reports whether the outbox waits for the vault to come back.
func (w *Worker) resting() bool {
	return w.now().Before(w.pause.until) && !w.pulse.betterSince(w.pause.set)
}

// rest makes the outbox wait, longer each time in a row, or until the moment
// that the trouble names.
func (w *Worker) rest(e *VaultError) {
	w.pause.set = w.now()
	w.pause.until = w.pause.set.Add(delay(w.pause.fails))
	if e.Until.After(w.pause.set) {
		w.pause.until = e.Until
	}
	w.pause.fails++
}

// letGo makes the operations ready that wait for the end of a pause, when the vault
// is back before it.
func (w *Worker) letGo(t *tenure) error {
	if w.resting() || len(w.pause.held) == 0 {
		return nil
	}
	held := w.pause.held
	w.pause.held = nil
	return each(w, t, held, func(id int64) error {
		err := w.write(t, func(tx *store.Tx) error {
			op, found, err := tx.Operation(id)
			if err != nil || !found || op.State != model.OpQueued || !op.NotBefore.After(tx.Now) {
				return err
			}
			op.NotBefore = tx.Now
			return w.recordOp(tx, t, op, model.OpQueued)
		})
		return wrapped(ignoreMoved(err), "let operation %d go", id)
	})
}

// delay is how long to wait after so many failures in a row: 5 s and doubling up
// to 5 min, spread a little so that several programs do not knock together.
func delay(failures int) time.Duration {
	b := &backoff.ExponentialBackOff{InitialInterval: 5 * time.Second, Multiplier: 2, RandomizationFactor: 0.2,
		MaxInterval: 5 * time.Minute}
	b.Reset()
	d := b.NextBackOff()
	for range min(failures, 8) {
		d = b.NextBackOff()
	}
	return d
}

// backoffPause counts failures in a row.
type backoffPause struct{ failures int }

func (p *backoffPause) next() time.Duration {
	d := delay(p.failures)
	p.failures++
	return d
}

// adopt takes up what was sent and not finished: by a worker that died, or by
// this one when it could not record the outcome. Whether it happened is not
// known until it has been looked for.
func (w *Worker) adopt(t *tenure) error {
	var sent []model.Operation
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		sent, err = tx.SentOperations()
		return err
	})
	if err != nil {
		return err
	}
	return each(w, t, sent, func(op model.Operation) error {
		w.age(op)
		err := ignoreMoved(w.recordUnknown(t, op, "the worker ended while the order was under way", "", 0))
		return wrapped(err, "take up operation %d", op.ID)
	})
}

// wrapped adds what was attempted to an error, and keeps nil.
func wrapped(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

func ignoreMoved(err error) error {
	if errors.Is(err, errMoved) {
		return nil
	}
	return err
}

// wakeScheduled queues the scheduled operations whose time has come.
func (w *Worker) wakeScheduled(t *tenure) error {
	const batch = 100
	var due []model.Operation
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		due, err = tx.DueOperations(batch)
		return err
	})
	if err != nil {
		return err
	}
	return each(w, t, due, func(op model.Operation) error {
		err := ignoreMoved(w.write(t, func(tx *store.Tx) error {
			op.State = model.OpQueued
			return w.recordOp(tx, t, op, model.OpScheduled)
		}))
		return wrapped(err, "queue operation %d, whose time has come", op.ID)
	})
}

// recordOp writes an operation under the lease.
func (w *Worker) recordOp(tx *store.Tx, t *tenure, op model.Operation, from model.OpState) error {
	if op.State != from && !from.CanBecome(op.State) {
		return fmt.Errorf("operation %d is %s and cannot become %s", op.ID, from, op.State)
	}
	if op.State != model.OpSent && op.State != model.OpUnknown {
		delete(w.seen, op.ID)
	}
	changed, err := tx.RecordOperation(t.lease, op, from)
	if err == nil && !changed {
		err = errMoved
	}
	return err
}

// drain carries out what is ready and looks for what is unknown, in turn, until
// nothing is left that can be done now. One that cannot be recorded does not
// hold up the others.
func (w *Worker) drain(t *tenure) error {
	failed := map[int64]bool{}
	for {
		op, found, err := w.nextOperation(t.ctx, failed)
		if err != nil || !found {
			return err
		}
		if op.State == model.OpUnknown {
			err = w.reconcile(t, op)
		} else {
			err = w.execute(t, op)
		}
		switch {
		case t.ctx.Err() != nil:
			return t.ctx.Err()
		case errors.Is(err, errLeaseLost), errors.Is(err, store.ErrClosed):
			return err
		case errors.Is(err, errHeldBack):
			failed[op.ID] = true
		case err != nil && !errors.Is(err, errMoved):
			w.log.Error(w.orderNamed(t.ctx, op)+" could not be carried out", "operation", op.ID, "error", err, store.LogCorrelation, op.Correlation)
			failed[op.ID] = true
		}
		if w.resting() {
			return nil
		}
	}
}

// urgentAmong is how many operations are looked through for one that is urgent.
const urgentAmong = 50

// urgentFor is how long before the end of an endpoint request its decision goes
// before what was queued earlier.
const urgentFor = 5 * time.Minute

// nextOperation returns the operation to be taken next: a decision whose time runs
// out, else an unknown one that is due to be looked for, else the oldest that may
// start.
func (w *Worker) nextOperation(ctx context.Context, except map[int64]bool) (model.Operation, bool, error) {
	var found []model.Operation
	err := w.db.Read(ctx, func(tx *store.Tx) error {
		unknown, err := tx.UnknownOperations(len(except) + 1)
		if err != nil {
			return err
		}
		ready, err := tx.ReadyOperations(len(except) + urgentAmong)
		found = append(unknown, ready...)
		return err
	})
	found = slices.DeleteFunc(found, func(op model.Operation) bool { return except[op.ID] })
	if err != nil || len(found) == 0 {
		return model.Operation{}, false, err
	}
	next, soonest := found[0], w.now().Add(urgentFor)
	for _, op := range found {
		if op.Kind.OnEndpoint() && op.State == model.OpQueued && !op.Intent.Expires.IsZero() && op.Intent.Expires.Before(soonest) {
			next, soonest = op, op.Intent.Expires
		}
	}
	return next, true, nil
}
