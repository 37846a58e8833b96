package vaultsim

import (
	"sync"
	"time"
)

// Clock is the time of one simulated world. A running clock follows the wall clock plus whatever was added by
// Advance; a manual one stands still between calls of Advance. It is safe for concurrent use.
type Clock struct {
	mu      sync.Mutex
	frozen  time.Time // zero for a running clock
	offset  time.Duration
	waiters map[*waiter]struct{}
	more    *sync.Cond // signalled when a wait begins
}

type waiter struct {
	at    time.Time
	ch    chan struct{}
	timer *time.Timer
}

// NewClock returns a clock that follows the wall clock.
func NewClock() *Clock {
	return NewManualClock(time.Time{})
}

// NewManualClock returns a clock that stands at t until Advance is called.
func NewManualClock(t time.Time) *Clock {
	c := &Clock{frozen: t, waiters: make(map[*waiter]struct{})}
	c.more = sync.NewCond(&c.mu)
	return c
}

// Now returns the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if !c.frozen.IsZero() {
		return c.frozen.Add(c.offset)
	}
	return time.Now().Add(c.offset)
}

// Advance moves the clock forward by d and wakes everything that was waiting for a time now past.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
	c.wake()
}

func (c *Clock) wake() {
	now := c.now()
	for w := range c.waiters {
		if !w.at.After(now) {
			c.finish(w)
		}
	}
}

func (c *Clock) finish(w *waiter) {
	delete(c.waiters, w)
	if w.timer != nil {
		w.timer.Stop()
	}
	close(w.ch)
}

// AwaitWaits returns when at least n waits are under way: callers of v1 that wait for their result, commands
// that take their latency. A test then knows that Advance reaches them.
func (c *Clock) AwaitWaits(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.waiters) < n {
		c.more.Wait()
	}
}

// After returns a channel that is closed once the clock has moved on by d, and a function that forgets the
// wait. The function must be called when the channel is no longer wanted.
func (c *Clock) After(d time.Duration) (<-chan struct{}, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &waiter{at: c.now().Add(d), ch: make(chan struct{})}
	if d <= 0 {
		close(w.ch)
		return w.ch, func() {}
	}
	c.waiters[w] = struct{}{}
	c.more.Broadcast()
	if c.frozen.IsZero() {
		w.timer = time.AfterFunc(d, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			if _, waiting := c.waiters[w]; waiting {
				c.finish(w)
			}
		})
	}
	return w.ch, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if _, waiting := c.waiters[w]; !waiting {
			return
		}
		delete(c.waiters, w)
		if w.timer != nil {
			w.timer.Stop()
		}
	}
}
