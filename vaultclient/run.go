package vaultclient

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

const (
	v1Path     = "/api/v1/executecommand"
	submitPath = "/api/v2/executecommand-async"
	resultPath = "/api/v2/result/"
	statusPath = "/api/v2/status/"
	queuePath  = "/api/v2/queue/status"
	healthPath = "/health"
)

// read runs a command that changes nothing and parses its answer.
func read[T any](ctx context.Context, c *Client, cmd command, parse func(Reply) (T, error)) (T, error) {
	r, err := c.run(ctx, cmd)
	if err != nil {
		return *new(T), err
	}
	v, err := parse(r)
	if e := new(Error); errors.As(err, &e) && e.Op == "" {
		e.Op = cmd.name()
	}
	return v, err
}

// run sends a read by v1, or by v2 where v1 is absent, and waits for its answer.
func (c *Client) run(ctx context.Context, cmd command) (Reply, error) {
	if c.queueOff.Load() {
		// Without the queue, answers of concurrent commands are mixed: at least ours must not meet each other.
		select {
		case c.lane <- struct{}{}:
			defer func() { <-c.lane }()
		case <-ctx.Done():
			return Reply{}, ctx.Err()
		}
	}
	if !c.noV1.Load() {
		a, err := c.do(ctx, call{op: cmd.name(), path: PathV1, method: http.MethodPost, url: v1Path, cmd: &cmd, timeout: c.runTime})
		if !noRoute(err) {
			return a.env.reply(a.code), err
		}
	}
	id, err := c.submit(ctx, cmd)
	if errors.Is(err, ErrQueueOff) {
		// Neither v1 nor v2 is there.
		c.queueOff.Store(false)
		return Reply{}, &Error{Op: cmd.name(), Kind: ErrNotService, HTTP: http.StatusNotFound}
	}
	if err != nil {
		return Reply{}, err
	}
	c.noV1.Store(true)
	r, err := c.await(ctx, id)
	if errors.Is(err, ErrRequestUnknown) {
		// Lost with a restart of the service: it says nothing about what was asked for, which can be asked again.
		return Reply{}, &Error{Op: cmd.name(), Kind: ErrNoAnswer, HTTP: http.StatusNotFound}
	}
	return r, err
}

// noRoute reports whether the service does not have the path of the call: a page with code 404.
func noRoute(err error) bool {
	e := new(Error)
	return errors.As(err, &e) && e.Kind == ErrNotService && e.HTTP == http.StatusNotFound
}

// Submit queues m and returns the id by which Await fetches the answer; make it durable before anything else. Unless the
// error is ErrMaybeQueued, nothing was queued: ErrInvalid if m cannot be sent, ErrQueueOff if the service has no queue,
// ErrQueueFull and ErrRateLimited if it is too busy, and the other kinds.
func (c *Client) Submit(ctx context.Context, m Mutation) (RequestID, error) {
	cmd, err := m.command(c.abilities())
	if err != nil {
		return "", err
	}
	return c.As(Decision).submit(ctx, cmd)
}

func (c *Client) submit(ctx context.Context, cmd command) (RequestID, error) {
	k := call{op: cmd.name(), path: PathSubmit, method: http.MethodPost, url: submitPath, cmd: &cmd, timeout: c.timeout}
	a, err := c.do(ctx, k)
	if noRoute(err) {
		c.queueOff.Store(true)
		return "", &Error{Op: k.op, Kind: ErrQueueOff, HTTP: http.StatusNotFound}
	}
	if err != nil {
		return "", err
	}
	c.queueOff.Store(false)
	id, err := ParseRequestID(a.env.RequestID.text())
	if a.code != http.StatusAccepted || err != nil {
		return "", &Error{Op: k.op, Kind: ErrNotService, HTTP: a.code, Maybe: true}
	}
	return id, nil
}

// failed says why a read gave nothing, in the service's words.
func failed(r Reply) error {
	e := &Error{Kind: ErrCommandFailed, HTTP: r.code, Text: r.text()}
	switch {
	case r.sessionLost():
		e.Kind = ErrSessionLost
	case r.code == http.StatusConflict && strings.HasPrefix(r.line("items with title containing"), "Found "):
		e.Kind = ErrAmbiguous
	case notFound(r):
		e.Kind = ErrNotFound
	}
	return e
}

// answersAnother says that an answer is not about what was asked for.
const answersAnother = "the answer is about something else than was asked for"

// ofAnother returns the error of a read, unless that says that something else is not there: this proves nothing about uid.
func ofAnother(r Reply, uid UID, err error) error {
	if errors.Is(err, ErrNotFound) && !strings.Contains(r.text(), string(uid)) {
		return &Error{Kind: ErrCommandFailed, HTTP: r.code, Text: answersAnother + ": " + r.text()}
	}
	return err
}

// notFound knows how each read says that there is no such object; the texts are Commander's own, as exceptions.
func notFound(r Reply) bool {
	if !r.exception || len(r.lines) == 0 {
		return false
	}
	text := strings.TrimPrefix(r.lines[0], "Unexpected error: ")
	for _, start := range []string{
		"get: Cannot find any object with UID: ", `Approval UID "`, "one-time-share: Enter name or uid of existing record",
	} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return strings.HasPrefix(text, "ls: ") && strings.HasSuffix(text, ": No such folder or record") ||
		strings.HasPrefix(text, "tree: Folder ") && strings.HasSuffix(text, " not found")
}
