package vaultclient

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"
)

// pollPlan returns how long to wait before each look at a result; the last holds for all further ones (PROTOCOL 10).
func pollPlan() []time.Duration {
	const ms = time.Millisecond
	return []time.Duration{150 * ms, 300 * ms, 700 * ms, 1500 * ms, 3000 * ms, 5000 * ms}
}

// pending is one call of Await. front is closed when it has become the oldest.
type pending struct{ front chan struct{} }

// Await polls for the answer of a submitted command until it is there or ctx ends; it may take as long as the service is
// busy, so give ctx a deadline and call Await again with the same id. Only the oldest of several waiting calls polls, since the
// service works first in, first out. A 429 is waited out. ErrRequestUnknown means that the answer is gone; no error means that
// the command failed.
func (c *Client) Await(ctx context.Context, id RequestID) (Reply, error) {
	if err := check(requestPattern, "request id", string(id)); err != nil {
		return Reply{}, err
	}
	return c.As(Decision).await(ctx, id)
}

func (c *Client) await(ctx context.Context, id RequestID) (Reply, error) {
	p := c.enter()
	defer c.leave(p)
	select {
	case <-p.front:
	case <-ctx.Done():
		return Reply{}, ctx.Err()
	}
	timer := time.NewTimer(c.plan[0])
	defer timer.Stop()
	for i := 1; ; i++ {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return Reply{}, ctx.Err()
		}
		r, ready, err := c.result(ctx, id)
		if ready || err != nil && !refusedByLimit(err) {
			return r, err
		}
		timer.Reset(c.plan[min(i, len(c.plan)-1)])
	}
}

// enter joins the line of waiting calls.
func (c *core) enter() *pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := &pending{make(chan struct{})}
	c.waiting = append(c.waiting, p)
	if len(c.waiting) == 1 {
		close(p.front)
	}
	return p
}

// leave makes way for the next oldest.
func (c *core) leave(p *pending) {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := c.waiting[0] == p
	c.waiting = slices.DeleteFunc(c.waiting, func(o *pending) bool { return o == p })
	if first && len(c.waiting) > 0 {
		close(c.waiting[0].front)
	}
}

// result asks once for the answer of a submitted command.
func (c *Client) result(ctx context.Context, id RequestID) (r Reply, ready bool, err error) {
	a, err := c.do(ctx, call{
		op: "result", path: PathResult, method: http.MethodGet, url: resultPath + string(id), request: id, timeout: c.runTime,
	})
	if noRoute(err) {
		c.queueOff.Store(true)
		return Reply{}, false, &Error{Op: "result", Kind: ErrQueueOff, HTTP: http.StatusNotFound}
	}
	if err != nil || a.code == http.StatusAccepted {
		return Reply{}, false, err
	}
	return a.env.reply(a.code), true, nil
}

// refusedByLimit recognises a 429, after which the budget itself makes the next look wait.
func refusedByLimit(err error) bool {
	e := new(Error)
	return errors.As(err, &e) && e.Kind == ErrRateLimited && e.HTTP == http.StatusTooManyRequests
}
