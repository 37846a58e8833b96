package workflow

import (
	"context"
	"sync"
	"time"

	"countersign/model"
)

// titles keeps the index in memory; nothing of it is ever stored.
type titles struct {
	mu    sync.Mutex
	index *index
	err   error         // of the last reading
	ready chan struct{} // closed when the first index stands
}

// set takes the result of a reading; a failed one leaves the last index.
func (t *titles) set(x *index, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = err
	if err != nil {
		return
	}
	if t.index == nil {
		close(t.ready)
	}
	t.index = x
}

// get returns the index, nil before the first one, and why the last reading
// failed.
func (t *titles) get() (*index, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.index, t.err
}

// keepTitles reads the titles at once, when they are old, and when asked to.
func (w *Worker) keepTitles(t *tenure) error {
	failures := 0
	for {
		err := w.readTitles(t.ctx)
		if t.ctx.Err() != nil {
			return nil
		}
		next := w.opt.IndexAge
		if err != nil {
			w.log.Warn("the titles of the vault could not be read", "error", err)
			next = delay(failures)
			failures++
		} else {
			failures = 0
		}
		timer := time.NewTimer(next)
		select {
		case <-t.ctx.Done():
			timer.Stop()
			return nil
		case <-w.readNow:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// readTitles lists the vault anew. The service's list is a cache, so it is made
// to fetch first.
func (w *Worker) readTitles(ctx context.Context) error {
	ctx = WithPriority(ctx, PriorityPolling)
	err := w.sync(ctx)
	var hits []model.Hit
	if err == nil {
		hits, err = w.vault.Index(ctx)
	}
	if err != nil {
		w.titles.set(nil, err)
		return err
	}
	x := newIndex(hits, w.now())
	w.showFolders(ctx, x)
	w.titles.set(x, nil)
	w.log.Info("read the titles of the vault", "records and folders", len(hits))
	return nil
}

// search answers from the index what somebody may see of it.
func (w *Worker) search(ctx context.Context, text string, kind model.TargetKind, may scope) (SearchAnswer, error) {
	x, err := w.listed(ctx)
	if err != nil {
		return SearchAnswer{}, err
	}
	return x.search(text, kind, may), nil
}

// listed returns the index; it waits a moment for the first one.
func (w *Worker) listed(ctx context.Context) (*index, error) {
	x, _ := w.titles.get()
	if x == nil {
		timer := time.NewTimer(firstIndexPatience)
		defer timer.Stop()
		select {
		case <-w.titles.ready:
		case <-timer.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	x, err := w.titles.get()
	switch {
	case x != nil:
		return x, nil
	case err != nil:
		return nil, err
	}
	return nil, &VaultError{Kind: VaultBusy, Text: "the titles of the vault are being read for the first time",
		Advice: "try again in a moment"}
}

// firstIndexPatience is how long a search waits for the first index.
const firstIndexPatience = 2 * time.Second

// readLinks reads one record with its one-time links for somebody who waits.
func (w *Worker) readLinks(ctx context.Context, t *tenure, uid model.UID) (model.RecordFacts, error) {
	done, ok := t.begin()
	if !ok {
		return model.RecordFacts{}, noWorker()
	}
	defer done()
	return w.lookFor(WithPriority(ctx, PriorityPerson), Order{Kind: model.OpUnlink, Intent: model.Intent{Record: uid}})
}

// readFacts reads one record for somebody who waits. Questions for the same
// record at the same time share one call.
func (w *Worker) readFacts(ctx context.Context, t *tenure, uid model.UID) (model.RecordFacts, error) {
	answer := w.reads.DoChan(string(uid), func() (any, error) {
		// The call outlives the first who asked: others may wait for it.
		done, ok := t.begin()
		if !ok {
			return model.RecordFacts{}, noWorker()
		}
		defer done()
		return w.lookAt(WithCorrelation(WithPriority(t.ctx, PriorityPerson), CorrelationOf(ctx)), uid)
	})
	select {
	case r := <-answer:
		facts, _ := r.Val.(model.RecordFacts)
		return facts, r.Err
	case <-ctx.Done():
		return model.RecordFacts{}, ctx.Err()
	}
}
