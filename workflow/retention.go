package workflow

import (
	"errors"
	"time"

	"countersign/store"
)

const (
	pruneEvery = 24 * time.Hour
	pruneRetry = time.Hour // after one that failed
	// shrinkEvery is how often the size of the log is looked at: a flood must not
	// fill the disk within a day.
	shrinkEvery = 10 * time.Minute
	// shrinkTo is the share of Settings.LogMost, in percent, that the log is shrunk
	// to, so that it is not done at every look.
	shrinkTo = 90
)

// keepLogs removes once a day what lies in the logs for longer than
// Settings.LogKeep, and more where they take more room than Settings.LogMost. It
// has a goroutine of its own, so that no order waits for the removal, and none
// fails because the log is in trouble.
func (w *Worker) keepLogs(t *tenure) error {
	if w.svc.settings.LogKeep <= 0 && w.svc.settings.LogMost <= 0 {
		return nil
	}
	var old, large time.Time
	for t.ctx.Err() == nil {
		old, large = w.pruneLogs(t, old), w.shrinkLogs(t, large)
		// In short waits, since a clock may be set and a host may sleep.
		wait(t.ctx, w.opt.Tick)
	}
	return nil
}

// pruneLogs removes what is too old from the logs, if that is due, and returns
// when it is due again.
func (w *Worker) pruneLogs(t *tenure, due time.Time) time.Time {
	now, keep := w.now(), w.svc.settings.LogKeep
	if keep <= 0 || now.Before(due) {
		return due
	}
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

// shrinkLogs removes the oldest of the logs where they take too much room, if it is
// time to look, and returns when it is time again.
func (w *Worker) shrinkLogs(t *tenure, due time.Time) time.Time {
	now, most := w.now(), w.svc.settings.LogMost
	if most <= 0 || now.Before(due) {
		return due
	}
	n, err := w.shrink(t, most)
	switch {
	case t.ctx.Err() != nil:
	case err != nil:
		w.log.Warn("the logs take too much room, and their oldest lines could not be removed", "error", err)
	case n > 0:
		w.log.Warn("the logs took too much room: their oldest lines are removed", "lines", n, "most megabytes", most>>20)
	}
	return now.Add(shrinkEvery)
}

func (w *Worker) shrink(t *tenure, most int64) (int64, error) {
	size, err := w.db.LogSize(t.ctx)
	if err != nil || size.Used <= most {
		return 0, err
	}
	return w.db.ShrinkLogs(t.ctx, most/100*shrinkTo)
}

// indexLogs keeps the words of the log in its index. A search fills in what is
// missing, so nothing depends on it.
func (w *Worker) indexLogs(t *tenure) error {
	failing := false
	for t.ctx.Err() == nil {
		more, err := w.db.IndexLog(t.ctx)
		switch {
		case t.ctx.Err() != nil:
			return nil
		case errors.Is(err, store.ErrClosed):
			return err
		case err != nil && !failing:
			w.log.Warn("the words of the log could not be indexed", "error", err)
		}
		if failing = err != nil; failing || !more {
			wait(t.ctx, w.opt.Tick)
		}
	}
	return nil
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
