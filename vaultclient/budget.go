package vaultclient

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Path is a class of URL paths that the service counts together: all request ids share one (PROTOCOL 10).
type Path int

// The classes. The health path is not limited.
const (
	PathV1 Path = iota
	PathSubmit
	PathResult
	PathStatus
	PathQueue
	pathHealth
	paths = int(pathHealth)
)

// String names the class for logs.
func (p Path) String() string {
	return [...]string{"v1", "submit", "result", "status", "queue", "health"}[p]
}

// Priority orders calls that wait for the budget.
type Priority int

// The priorities of DESIGN 5, lowest first.
const (
	Polling  Priority = iota // nobody is waiting
	Person                   // a person is waiting
	Decision                 // an approved order to the vault
)

// BudgetOptions are the figures of a Budget; zero values mean the defaults.
type BudgetOptions struct {
	Limit        int           // calls of ours in any window, 55: a few below the service's, which counts in fixed windows
	ServiceLimit int           // calls the service allows in a window, 60; for display
	Window       time.Duration // one minute; also how long a path stays closed after a 429
	Reserve      int           // calls of a window that only Decision may use, 5; Polling leaves three times as many free
}

// Budget spends the calls the service allows: a sliding log for each Path, so that no 60 seconds see more than Limit calls,
// and three priorities. It is safe for concurrent use and shared by everything that calls the service.
type Budget struct {
	o   BudgetOptions
	now func() time.Time

	mu    sync.Mutex
	paths [paths]pathBudget
}

type pathBudget struct {
	log     []time.Time // of the last window, oldest first
	closed  time.Time
	limit   string // the service's words with the last 429
	waiters []*waiter
	timer   *time.Timer
}

type waiter struct {
	priority Priority
	ready    chan struct{}
}

// NewBudget returns an unspent budget. now is the clock, nil for the real one; it must run as fast as the timers of package time do.
func NewBudget(o BudgetOptions, now func() time.Time) *Budget {
	if o.Limit <= 0 {
		o.Limit = 55
	}
	if o.ServiceLimit <= 0 {
		o.ServiceLimit = max(60, o.Limit)
	}
	if o.Window <= 0 {
		o.Window = time.Minute
	}
	if o.Reserve <= 0 {
		o.Reserve = min(5, o.Limit/10)
	}
	if now == nil {
		now = time.Now
	}
	return &Budget{o: o, now: now}
}

// Wait returns when a call may be made, and counts it. A call with a deadline that cannot be kept is refused at once. Errors:
// ErrRateLimited with Error.Until, or the context's.
func (b *Budget) Wait(ctx context.Context, p Path, priority Priority) error {
	if p >= pathHealth {
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &waiter{priority, make(chan struct{})}
	b.mu.Lock()
	pb := &b.paths[p]
	if at := b.earliest(pb, priority); at.After(b.now()) {
		if deadline, ok := ctx.Deadline(); ok && at.After(deadline) {
			defer b.mu.Unlock()
			spared := priority == Polling && !b.earliest(pb, Person).After(b.now())
			return &Error{Op: "budget of " + p.String(), Kind: ErrRateLimited, Until: at, Limit: pb.limit, Spared: spared}
		}
	}
	// Before those of lower priority, after those of the same.
	at := slices.IndexFunc(pb.waiters, func(o *waiter) bool { return o.priority < priority })
	if at < 0 {
		at = len(pb.waiters)
	}
	pb.waiters = slices.Insert(pb.waiters, at, w)
	b.dispatch(pb)
	b.mu.Unlock()

	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(pb.waiters, w); i >= 0 {
		pb.waiters = slices.Delete(pb.waiters, i, i+1)
		b.dispatch(pb)
		return fmt.Errorf("budget of %s: %w", p, ctx.Err())
	}
	return nil // it was granted at the same moment and is counted
}

// Spend counts a call that another process made at a time: the service counts it still. Tell them in their order, and
// before any call of this process.
func (b *Budget) Spend(p Path, at time.Time) {
	if p >= pathHealth {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.paths[p].log = append(b.paths[p].log, at)
}

// ParsePath returns the class that has a name, and whether there is one.
func ParsePath(name string) (Path, bool) {
	for p := range pathHealth + 1 {
		if p.String() == name {
			return p, true
		}
	}
	return 0, false
}

// Close keeps everyone from a path for a window, since the service answered 429 in these words, and returns its end.
func (b *Budget) Close(p Path, limit string) time.Time {
	if p >= pathHealth {
		return b.now()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	pb := &b.paths[p]
	pb.closed, pb.limit = b.now().Add(b.o.Window), limit
	b.dispatch(pb)
	return pb.closed
}

// dispatch lets waiters go in their order while there is room, and comes back when there will be more.
func (b *Budget) dispatch(pb *pathBudget) {
	if pb.timer != nil {
		pb.timer.Stop()
		pb.timer = nil
	}
	for len(pb.waiters) > 0 {
		first := pb.waiters[0]
		now := b.now()
		if at := b.earliest(pb, first.priority); at.After(now) {
			pb.timer = time.AfterFunc(at.Sub(now), func() {
				b.mu.Lock()
				defer b.mu.Unlock()
				b.dispatch(pb)
			})
			return
		}
		pb.log = append(pb.log, now)
		pb.waiters = pb.waiters[1:]
		close(first.ready)
	}
}

// earliest returns when a call of this priority has room if nobody comes before it, or a time not after now.
func (b *Budget) earliest(pb *pathBudget, priority Priority) time.Time {
	now := b.now()
	b.forget(pb, now)
	limit := b.o.Limit
	switch priority {
	case Person:
		limit -= b.o.Reserve
	case Polling:
		limit -= 3 * b.o.Reserve
	}
	at := pb.closed
	if free := len(pb.log) - max(limit, 1); free >= 0 {
		// A call made exactly one window ago is no longer in the window.
		if room := pb.log[free].Add(b.o.Window); room.After(at) {
			at = room
		}
	}
	return at
}

func (b *Budget) forget(pb *pathBudget, now time.Time) {
	old := 0
	for old < len(pb.log) && now.Sub(pb.log[old]) >= b.o.Window {
		old++
	}
	pb.log = pb.log[old:]
}

// Usage is the state of a path's budget.
type Usage struct {
	Path    Path
	Left    int       // calls the service would still allow in this window
	Of      int       // calls the service allows in a window
	Waiting int       // calls that wait for room
	Closed  time.Time // until when a 429 closed the path, zero if it is open
	Limit   string    // the service's limit in its own words, after a 429
}

// Remaining returns the state of a path's budget, for display as "52/60".
func (b *Budget) Remaining(p Path) Usage {
	b.mu.Lock()
	defer b.mu.Unlock()
	pb := &b.paths[p]
	now := b.now()
	b.forget(pb, now)
	u := Usage{Path: p, Left: max(b.o.ServiceLimit-len(pb.log), 0), Of: b.o.ServiceLimit, Waiting: len(pb.waiters), Limit: pb.limit}
	if pb.closed.After(now) {
		u.Left, u.Closed = 0, pb.closed
	}
	return u
}

// Tightest returns the state of the path with the fewest calls left.
func (b *Budget) Tightest() Usage {
	tightest := b.Remaining(PathV1)
	for p := PathSubmit; p < pathHealth; p++ {
		if u := b.Remaining(p); u.Left < tightest.Left {
			tightest = u
		}
	}
	return tightest
}
