package workflow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
)

// errLeaseLost says that another worker is the active one now, or may be. Nothing
// was recorded.
var errLeaseLost = errors.New("another worker is the active one")

// Worker is the only one that talks to the vault (DESIGN 5): it carries out the
// orders of the outbox, finds out what became of those whose answer was lost,
// keeps the index of titles, answers look-ups and tells the vault's health. One
// worker is active at a time, by a lease; others wait for it.
type Worker struct {
	svc   *Service
	db    *store.DB
	vault Vault
	opt   WorkerOptions
	log   *slog.Logger
	now   func() time.Time

	pulse  pulse
	titles titles
	reads  singleflight.Group
	key    seal.Identity // consoles of other processes seal their questions to it

	keys   atomic.Pointer[[]seal.Identity] // open sealed answers
	self   atomic.Pointer[string]          // the address of the service account
	active atomic.Pointer[tenure]

	// Used by the goroutine of the outbox alone.
	pause  pause
	unread map[int64]int       // operations whose record could not be read, by how often
	seen   map[int64]sighting  // operations that may be under way
	barred map[int64]int       // operations that the key may not carry out, by how often
	passed map[int64]time.Time // tasks that are left to a person, by when they are looked at again

	// Used by the goroutine that ends grants alone.
	linger map[int64]time.Time // grants that end later than they should or cannot be seen, by when they are looked at again
	// Since when what was read has not been compared with grants, and when the next
	// reading for that alone may come.
	comparedTo, nextCheck time.Time
	suspects              []model.Grant // that were seen otherwise in passing

	// Used by the goroutine of endpoint requests alone.
	sick     map[model.UID]bool // requests that the vault lists and cannot show
	lastList time.Time          // when the last list was asked for that came
	clock    hostClock

	// pollNow wakes the listing of endpoint requests, devicesNow that of devices,
	// readNow the reading of titles.
	pollNow, devicesNow, readNow chan struct{}

	synced atomic.Int64 // when the service fetched the vault last, in nanoseconds since 1970
	wanted atomic.Int64 // when somebody looked at endpoint requests last, in nanoseconds since 1970
}

// tenure is the time in which this worker is the active one.
type tenure struct {
	ctx   context.Context // ends with it
	lease store.Lease

	mu    sync.Mutex
	over  bool
	calls sync.WaitGroup // of people who asked something
}

// begin counts a call that somebody else's goroutine makes, and reports false if
// the tenure is over. done must be called when the call has ended.
func (t *tenure) begin() (done func(), ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return nil, false
	}
	t.calls.Add(1)
	return t.calls.Done, true
}

// end lets no more calls begin and waits for those under way.
func (t *tenure) end() {
	t.mu.Lock()
	t.over = true
	t.mu.Unlock()
	t.calls.Wait()
}

// NewWorker returns a worker that does nothing before Run. The error says that
// no key for look-ups could be made, or that the options contradict each other.
func NewWorker(svc *Service, vault Vault, opt WorkerOptions) (*Worker, error) {
	opt = opt.withDefaults()
	if opt.Lease <= opt.SendLimit {
		return nil, fmt.Errorf("a lease of %s must outlive the sending of an order, %s", opt.Lease, opt.SendLimit)
	}
	if opt.Settle <= opt.SendLimit {
		return nil, fmt.Errorf("an order may arrive for %s, which must be longer than its sending takes, %s", opt.Settle, opt.SendLimit)
	}
	if opt.Steady == nil {
		opt.Steady = svc.now
	}
	key, err := seal.Generate()
	if err != nil {
		return nil, fmt.Errorf("make the worker's key for look-ups: %w", err)
	}
	w := &Worker{svc: svc, db: svc.db, opt: opt, log: opt.Logger, now: svc.now, key: key,
		unread: map[int64]int{}, seen: map[int64]sighting{}, barred: map[int64]int{}, passed: map[int64]time.Time{}, linger: map[int64]time.Time{}, sick: map[model.UID]bool{}, pollNow: make(chan struct{}, 1), devicesNow: make(chan struct{}, 1), readNow: make(chan struct{}, 1)}
	w.keys.Store(&opt.Identities)
	w.pulse.now, w.pulse.changed = svc.now, make(chan struct{}, 1)
	w.titles.ready = make(chan struct{})
	w.vault = &feltVault{Vault: vault, pulse: &w.pulse}
	return w, nil
}

// Run works until ctx ends and returns nil then, or an error of the store that
// it cannot go on with. It has ended and waited for all its goroutines when it
// returns. While another worker holds the lease it waits to take over.
func (w *Worker) Run(ctx context.Context) error {
	retry := backoffPause{}
	for ctx.Err() == nil {
		lease, got, err := w.acquire(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, store.ErrClosed):
			return fmt.Errorf("take the worker's lease: %w", err)
		case err != nil:
			w.log.Error("the lease cannot be taken", "error", err)
			wait(ctx, retry.next())
			continue
		case !got:
			wait(ctx, min(w.opt.Beat, w.opt.Lease/4))
			continue
		}
		retry = backoffPause{}
		if err := w.hold(ctx, lease); err != nil {
			return err
		}
	}
	return nil
}

// acquire takes the lease, if it is free or its holder has died. It looks before it
// writes, since a writing transaction holds up others.
func (w *Worker) acquire(ctx context.Context) (store.Lease, bool, error) {
	var lease, left store.Lease
	var got, orphan bool
	err := w.db.Read(ctx, func(tx *store.Tx) error {
		l, found, err := tx.LeaseOf(store.WorkerLease)
		got = !found || l.Holder == w.opt.Holder || l.Free(tx.Now)
		left, orphan = l, !got && died(l.Holder)
		return err
	})
	if err != nil || !got && !orphan {
		return lease, false, err
	}
	err = w.db.Write(ctx, func(tx *store.Tx) error {
		if orphan {
			// It fails if somebody else has taken it since: the fence is another one.
			if _, err := tx.ReleaseLease(left); err != nil {
				return err
			}
		}
		var err error
		lease, got, err = tx.AcquireLease(store.WorkerLease, w.opt.Holder, w.opt.Lease)
		return err
	})
	return lease, got, err
}

// hold is the active worker until the lease is lost or ctx ends.
func (w *Worker) hold(ctx context.Context, lease store.Lease) error {
	w.log.Info("this worker is the active one", "holder", lease.Holder, "fence", lease.Fence)
	group, inner := errgroup.WithContext(ctx)
	t := &tenure{ctx: inner, lease: lease}
	w.active.Store(t)
	w.recallHealth(ctx)
	group.Go(func() error { return w.renew(t) })
	group.Go(func() error { return w.carryOut(t) })
	group.Go(func() error { return w.keepGrants(t) })
	group.Go(func() error { return w.keepLogs(t) })
	group.Go(func() error { return w.indexLogs(t) })
	group.Go(func() error { return w.keepSecrets(t) })
	group.Go(func() error { return w.exportHeads(t) })
	group.Go(func() error { return w.checkFiles(t) })
	group.Go(func() error { return w.serveLookups(t) })
	group.Go(func() error { return w.keepTitles(t) })
	group.Go(func() error { return w.keepBeating(t) })
	group.Go(func() error { return w.watchHealth(t) })
	group.Go(func() error { return w.pollEndpoints(t) })
	group.Go(func() error { return w.pollDevices(t) })
	group.Go(func() error { return w.keepTelling(t) })
	err := group.Wait()
	w.active.Store(nil)
	t.end()
	w.leave(lease)
	switch {
	case errors.Is(err, errLeaseLost):
		w.log.Warn("this worker stands back: " + err.Error())
		return nil
	case ctx.Err() != nil:
		return nil
	}
	return err
}

// leave lets the next worker begin at once. Nothing depends on it: a lease runs
// out by itself.
func (w *Worker) leave(lease store.Lease) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := w.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ReleaseLease(lease)
		return err
	})
	if err := errors.Join(err, w.db.StopBeating(ctx, lease.Holder)); err != nil && !errors.Is(err, store.ErrClosed) {
		w.log.Warn("the lease could not be given back", "error", err)
	}
}

// renew keeps the lease. It fails with errLeaseLost when that is somebody
// else's, or when it could not be extended for so long that it may be.
func (w *Worker) renew(t *tenure) error {
	lease := t.lease
	ticker := time.NewTicker(w.opt.Lease / 3)
	defer ticker.Stop()
	renewed := time.Now()
	for {
		select {
		case <-t.ctx.Done():
			return nil
		case <-ticker.C:
		}
		kept := false
		err := w.db.Write(t.ctx, func(tx *store.Tx) error {
			next, ok, err := tx.RenewLease(lease, w.opt.Lease)
			if ok {
				lease = next
			}
			kept = ok
			return err
		})
		switch {
		case t.ctx.Err() != nil:
			return nil
		case err == nil && !kept:
			return errLeaseLost
		case err == nil:
			renewed = time.Now()
		case time.Since(renewed) > w.opt.Lease-w.opt.SendLimit:
			return fmt.Errorf("%w, or may be: the lease could not be renewed: %w", errLeaseLost, err)
		}
	}
}

// write runs fn in a writing transaction, if the lease is still this worker's:
// a late worker records nothing (DESIGN 5). It is finished even when ctx ends,
// so that what the vault said is not forgotten.
func (w *Worker) write(t *tenure, fn func(tx *store.Tx) error) error {
	return w.db.Write(context.WithoutCancel(t.ctx), func(tx *store.Tx) error {
		l, found, err := tx.LeaseOf(t.lease.Name)
		if err != nil {
			return err
		}
		if !found || l.Fence != t.lease.Fence {
			return errLeaseLost
		}
		return fn(tx)
	})
}

// carryOut works through the outbox whenever it has changed or a time has come.
func (w *Worker) carryOut(t *tenure) error {
	changed := w.db.Watch(t.ctx)
	retry := backoffPause{}
	for {
		next, err := w.round(t)
		switch {
		case t.ctx.Err() != nil:
			return nil
		case errors.Is(err, errLeaseLost), errors.Is(err, store.ErrClosed):
			return err
		case err != nil:
			w.log.Error("the outbox could not be worked through", "error", err)
			next = w.now().Add(retry.next())
		default:
			retry = backoffPause{}
		}
		changed = w.untilDue(t, next, changed)
	}
}

// untilDue waits until next, for a tick at most, until the queue changes or the tenure
// ends. It returns changed, nil where that tells nothing any more.
func (w *Worker) untilDue(t *tenure, next time.Time, changed <-chan struct{}) <-chan struct{} {
	timer := time.NewTimer(min(max(next.Sub(w.now()), 0), w.opt.Tick))
	defer timer.Stop()
	select {
	case <-t.ctx.Done():
	case <-timer.C:
	case _, open := <-changed:
		if !open {
			return nil
		}
	}
	return changed
}

// Work makes one round as the active worker and returns: for commands and tests
// that have nothing running. It fails if another worker is the active one.
func (w *Worker) Work(ctx context.Context) error {
	return w.during(ctx, func(t *tenure) error {
		if _, err := w.round(t); err != nil {
			return err
		}
		return errors.Join(w.endGrants(t), w.followLinks(t), w.checkGrants(t), w.wipeSecrets(t))
	})
}

// during runs fn as the active worker, without any goroutine of its own.
func (w *Worker) during(ctx context.Context, fn func(t *tenure) error) error {
	lease, got, err := w.acquire(ctx)
	if err != nil {
		return err
	}
	if !got {
		return errLeaseLost
	}
	t := &tenure{ctx: ctx, lease: lease}
	w.active.Store(t)
	defer t.end()
	defer w.active.Store(nil)
	return fn(t)
}

// nudge wakes a goroutine that waits on the channel, unless it is awake.
func nudge(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// wait returns after d, or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// isActive returns the tenure, nil while another worker is the active one.
func (w *Worker) isActive() *tenure { return w.active.Load() }
