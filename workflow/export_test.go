package workflow

import (
	"context"
	"time"

	"countersign/model"
)

// Active makes the worker the active one, without a goroutine of it, for the
// time of fn.
func (w *Worker) Active(ctx context.Context, fn func()) error {
	return w.during(ctx, func(*tenure) error {
		fn()
		return nil
	})
}

// ListEndpoints lists the endpoint requests once as the active worker.
func (w *Worker) ListEndpoints(ctx context.Context) (pause time.Duration, err error) {
	err = w.during(ctx, func(t *tenure) error {
		pause, err = w.listEndpoints(t)
		return err
	})
	return pause, err
}

// ListDevices lists the devices once as the active worker.
func (w *Worker) ListDevices(ctx context.Context) (pause time.Duration, err error) {
	err = w.during(ctx, func(t *tenure) error {
		pause, err = w.listDevices(t)
		return err
	})
	return pause, err
}

// ReadTitles reads the index once.
func (w *Worker) ReadTitles(ctx context.Context) error { return w.readTitles(ctx) }

// AskHealth asks the service for its health once.
func (w *Worker) AskHealth(ctx context.Context) { w.askHealth(ctx) }

// Pulse is the vault's health as this worker knows it.
func (w *Worker) Pulse() model.Health { return w.pulse.get() }

// HostClock is hostClock for tests.
type HostClock struct{ hostClock }

// End sets the times of a request that is listed for the first time.
func (c *HostClock) End(e *model.EndpointRequest, prev, now time.Time) { c.end(e, prev, now) }

// Teller tells events as the active worker does, a round at a time.
type Teller struct{ told teller }

// NewTeller returns the worker's.
func (w *Worker) NewTeller() *Teller {
	return &Teller{teller{Worker: w, ending: map[model.UID]bool{}}}
}

// Round gathers what has happened and tells what is due.
func (x *Teller) Round(ctx context.Context) error {
	return x.told.during(ctx, func(t *tenure) error {
		x.told.t = t
		_, err := x.told.round()
		return err
	})
}

// Said is what is doubtful about the clock itself.
func (c *HostClock) Said() string { return c.doubt() }

// ErrLeaseLost is errLeaseLost for tests.
var ErrLeaseLost = errLeaseLost

// EndTimes does with overdue requests what is due, as the active worker.
func (w *Worker) EndTimes(ctx context.Context) error { return w.during(ctx, w.overdueRequests) }

// ProcessName and Died are processName and died for tests.
func ProcessName(pid int) string { return processName(pid) }

// Died reports whether the process of a holder has ended.
func Died(holder string) bool { return died(holder) }
