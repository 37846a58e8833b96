package workflow

import "context"

// Active makes the worker the active one, without a goroutine of it, for the
// time of fn.
func (w *Worker) Active(ctx context.Context, fn func()) error {
	lease, got, err := w.acquire(ctx)
	if err != nil {
		return err
	}
	if !got {
		return errLeaseLost
	}
	w.active.Store(&tenure{ctx: ctx, lease: lease})
	defer w.active.Store(nil)
	fn()
	return nil
}

// ErrLeaseLost is errLeaseLost for tests.
var ErrLeaseLost = errLeaseLost
