package sshserver

import (
	"log/slog"
	"sync"
	"time"
)

// quiet writes into the log what strangers cause, but no more of it than somebody
// could read: how many lines were left out is said with the next one.
type quiet struct {
	now func() time.Time
	log *slog.Logger

	mu    sync.Mutex
	since time.Time // of the window
	said  int       // in it
	left  int       // out
}

const (
	quietWindow = 10 * time.Second
	quietLines  = 50
)

func newQuiet(now func() time.Time, log *slog.Logger) *quiet { return &quiet{now: now, log: log} }

func (q *quiet) warn(msg string, args ...any) {
	q.mu.Lock()
	now := q.now()
	if now.Sub(q.since) > quietWindow {
		q.since, q.said = now, 0
	}
	if q.said >= quietLines {
		q.left++
		q.mu.Unlock()
		return
	}
	q.said++
	if q.left > 0 {
		args = append(args, "lines_left_out", q.left)
		q.left = 0
	}
	q.mu.Unlock()
	q.log.Warn(msg, args...)
}
