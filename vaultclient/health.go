package vaultclient

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// QueueStatus is the state of the service's queue. One worker serves all callers.
type QueueStatus struct {
	Size       int       // commands waiting, of all callers
	Active     int       // commands of this key that wait or run
	Completed  int       // answers of this key that can still be fetched
	Processing RequestID // the running command, "" if none runs or it belongs to another key
	Running    bool      // the worker is there
}

// Idle reports whether no command of ours can still run: only then does its absence from the vault mean that it was
// not done (PROTOCOL 13).
func (q QueueStatus) Idle() bool { return q.Size == 0 && q.Active == 0 && q.Processing == "" }

// QueueStatus asks for the state of the queue. ErrQueueOff if the service runs without one.
func (c *Client) QueueStatus(ctx context.Context) (QueueStatus, error) {
	a, err := c.do(ctx, call{op: "queue status", path: PathQueue, method: http.MethodGet, url: queuePath, timeout: c.timeout})
	if noRoute(err) {
		c.queueOff.Store(true)
		return QueueStatus{}, &Error{Op: "queue status", Kind: ErrQueueOff, HTTP: http.StatusNotFound}
	}
	if err != nil {
		return QueueStatus{}, err
	}
	var w struct {
		Size       *int      `json:"queue_size"`
		Active     int       `json:"active_requests"`
		Completed  int       `json:"completed_requests"`
		Processing RequestID `json:"currently_processing"`
		Running    bool      `json:"worker_running"`
	}
	if a.code != http.StatusOK || json.Unmarshal(a.body, &w) != nil || w.Size == nil {
		return QueueStatus{}, &Error{Op: "queue status", Kind: ErrNotService, HTTP: a.code}
	}
	c.queueOff.Store(false)
	return QueueStatus{*w.Size, w.Active, w.Completed, w.Processing, w.Running}, nil
}

// RequestState is where a submitted command is: queued, processing, completed, failed or expired. Completed says only that
// it ran (PROTOCOL 9.1).
type RequestState struct {
	State     string
	Code      int // HTTP code that Await would see, 0 while unfinished
	Created   LocalTime
	Started   LocalTime
	Completed LocalTime
}

// RequestStatus asks where a submitted command is, without its answer; for support, not for waiting. ErrRequestUnknown as for Await.
func (c *Client) RequestStatus(ctx context.Context, id RequestID) (RequestState, error) {
	if err := check(requestPattern, "request id", string(id)); err != nil {
		return RequestState{}, err
	}
	a, err := c.do(ctx, call{
		op: "request status", path: PathStatus, method: http.MethodGet, url: statusPath + string(id), request: id, timeout: c.timeout,
	})
	if err != nil {
		return RequestState{}, err
	}
	defer clear(a.body) // it repeats the command and its result
	var w struct {
		ID        RequestID `json:"request_id"`
		State     string    `json:"status"`
		Code      int       `json:"status_code"`
		Created   LocalTime `json:"created_at"`
		Started   LocalTime `json:"started_at"`
		Completed LocalTime `json:"completed_at"`
	}
	if a.code != http.StatusOK || json.Unmarshal(a.body, &w) != nil || w.ID != id {
		return RequestState{}, &Error{Op: "request status", Kind: ErrNotService, HTTP: a.code}
	}
	return RequestState{w.State, w.Code, w.Created, w.Started, w.Completed}, nil
}

// Health is what can be said of the service without running a command.
type Health struct {
	At       time.Time
	Latency  time.Duration // of the answer to /health
	Err      error         // why no answer came, nil if one did. An answer says nothing about the worker
	Queue    QueueStatus
	QueueErr error // ErrQueueOff, a refused key, ...; nil if Queue is good
	InClear  bool  // see Client.InTheClear
}

// Health asks /health, which needs no key, and the queue.
func (c *Client) Health(ctx context.Context) Health {
	h := Health{At: c.now(), InClear: c.InTheClear()}
	a, err := c.do(ctx, call{op: "health", path: pathHealth, method: http.MethodGet, url: healthPath, timeout: c.timeout})
	h.Latency = c.now().Sub(h.At)
	old := noRoute(err) // before 17.2.1 there was no such path
	if err == nil && a.env.Status.text() != "ok" {
		err = &Error{Op: "health", Kind: ErrNotService, HTTP: a.code}
	}
	if err != nil && !old {
		h.Err, h.QueueErr = err, err
		return h
	}
	h.Queue, h.QueueErr = c.QueueStatus(ctx)
	if old && errors.Is(h.QueueErr, ErrQueueOff) {
		// Neither path is there: this is something else.
		c.queueOff.Store(false)
		h.Err, h.QueueErr = err, err
	}
	return h
}

// Word returns one word for the header: connected, slow, limited, stuck, "queue off", "key refused", ... or unreachable.
func (h Health) Word() string {
	switch {
	case h.Err != nil:
		return errorWord(h.Err)
	case errors.Is(h.QueueErr, ErrRateLimited):
		return "limited"
	case h.QueueErr != nil:
		return errorWord(h.QueueErr)
	case !h.Queue.Running:
		return "stuck"
	case h.Latency > slowAnswer || h.Queue.Size >= longQueue:
		return "slow"
	}
	return "connected"
}

// slowAnswer is the latency from which the service counts as slow.
const slowAnswer = 2 * time.Second

// longQueue is how many waiting commands make the service count as slow: with
// fewer, the one that a person waits for is a moment away.
const longQueue = 5
