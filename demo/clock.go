package demo

import (
	"sync"
	"time"
)

// clock is the time of the queue: what the story says while it is told, and the
// vault's afterwards, so that both agree when a test moves the vault's.
type clock struct {
	mu   sync.Mutex
	told time.Time // zero once the story is over
	live func() time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.told.IsZero() {
		return c.told
	}
	return c.live()
}

// tell lets the clock stand at t.
func (c *clock) tell(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = t
}

// run lets the clock go on by itself.
func (c *clock) run() { c.tell(time.Time{}) }
