package workflow

import (
	"errors"
	"time"

	"countersign/store"
)

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

// keepSecrets carries out the wipes that are due. It has a goroutine of its own,
// since a reader may be in the way for a while.
func (w *Worker) keepSecrets(t *tenure) error {
	for t.ctx.Err() == nil {
		err := w.wipeSecrets(t)
		switch {
		case t.ctx.Err() != nil:
			return nil
		case errors.Is(err, store.ErrClosed):
			return err
		case err != nil:
			w.log.Warn("secrets that are not needed any more could not be wiped", "error", err)
		}
		wait(t.ctx, w.opt.Tick)
	}
	return nil
}

// wipeSecrets wipes what is due. It looks before it writes.
func (w *Worker) wipeSecrets(t *tenure) error {
	due := false
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		due, err = tx.WipeDue()
		return err
	})
	if err != nil || !due {
		return err
	}
	n, err := w.db.WipeSecrets(t.ctx)
	if err == nil && n > 0 {
		w.log.Info("secrets that are not needed any more are wiped", "secrets", n)
	}
	return err
}
