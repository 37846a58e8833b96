package workflow

import "time"

const (
	pruneEvery = 24 * time.Hour
	pruneRetry = time.Hour // after one that failed
)

// keepLogs removes once a day what lies in the logs for longer than
// Settings.LogKeep. It has a goroutine of its own, so that no order waits for the
// removal, and none fails because the log is in trouble.
func (w *Worker) keepLogs(t *tenure) error {
	if w.svc.settings.LogKeep <= 0 {
		return nil
	}
	var due time.Time
	for t.ctx.Err() == nil {
		due = w.pruneLogs(t, due)
		// In short waits, since a clock may be set and a host may sleep.
		wait(t.ctx, w.opt.Tick)
	}
	return nil
}

// pruneLogs removes what is too old from the logs, if that is due, and returns
// when it is due again.
func (w *Worker) pruneLogs(t *tenure, due time.Time) time.Time {
	now := w.now()
	if now.Before(due) {
		return due
	}
	keep := w.svc.settings.LogKeep
	n, err := w.db.PruneLogs(t.ctx, now.Add(-keep))
	if err != nil {
		if t.ctx.Err() == nil {
			w.log.Warn("old lines of the logs could not be removed", "error", err)
		}
		return now.Add(pruneRetry)
	}
	if n > 0 {
		w.log.Info("old lines of the logs are removed", "lines", n, "older than", keep)
	}
	return now.Add(pruneEvery)
}
