package workflow

import (
	"context"
	"time"

	"countersign/store"
)

// headEvery is how often the end of the audit chain is signed and written
// outside the queue: entries younger than this could be cut off unseen.
const headEvery = time.Minute

// exportHeads signs the end of the audit chain once a minute while it grows, and
// once more when the worker ends (DESIGN 1, claim 5). The head also goes into the
// program's log, which whoever runs the worker may send elsewhere.
func (w *Worker) exportHeads(t *tenure) error {
	var last int64
	for {
		last = w.exportHead(t.ctx, last)
		wait(t.ctx, headEvery)
		if t.ctx.Err() != nil {
			w.exportHead(context.WithoutCancel(t.ctx), last)
			return nil
		}
	}
}

// exportHead exports the head if it is not the one of sequence last, and returns
// the sequence of the newest one that is outside.
func (w *Worker) exportHead(ctx context.Context, last int64) int64 {
	head, err := w.db.ExportAuditHead(ctx)
	if err != nil {
		if ctx.Err() == nil {
			w.log.Error("the head of the audit chain could not be written outside the queue", "error", err)
		}
		return last
	}
	if head.Seq != last {
		w.log.Info("the head of the audit chain is written outside the queue", "seq", head.Seq, "hash", head.Hash,
			store.LogComponent, "audit")
	}
	return head.Seq
}

// checkFiles looks once whether the queue's pages are sound: a damaged file still
// takes decisions (STORAGE 6.9). The store stops all writing when they are not.
func (w *Worker) checkFiles(t *tenure) error {
	if err := w.db.QuickCheck(t.ctx); err != nil && t.ctx.Err() == nil {
		w.log.Error("the queue is damaged: nothing is written any more; restore a backup", "error", err)
	}
	return nil
}
