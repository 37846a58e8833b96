package workflow

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/model"
)

// hitsShown is how many hits a search returns; beyond that one types more.
const hitsShown = 50

// index answers searches over the titles of the vault. It never changes once it
// is built, so that any number of searches may use it while the next one is made.
type index struct {
	hits  []model.Hit // by title, ignoring case
	keys  []indexKey  // of the hit at the same place
	byUID map[model.UID]int
	built time.Time
}

// indexKey is what is compared: lower case, and all that is searched in one text.
type indexKey struct {
	title string
	all   string // title, type, description, UID; each after a line feed
}

// newIndex builds an index of what the vault listed at a time.
func newIndex(hits []model.Hit, built time.Time) *index {
	x := &index{hits: slices.Clone(hits), byUID: make(map[model.UID]int, len(hits)), built: built}
	slices.SortFunc(x.hits, func(a, b model.Hit) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), strings.Compare(string(a.UID), string(b.UID)))
	})
	x.keys = make([]indexKey, len(x.hits))
	for i, h := range x.hits {
		title := strings.ToLower(h.Title)
		x.keys[i] = indexKey{title: title,
			all: "\n" + title + "\n" + strings.ToLower(h.Type) + "\n" + strings.ToLower(h.Description) + "\n" + strings.ToLower(string(h.UID))}
		x.byUID[h.UID] = i
	}
	return x
}

// The ranks of a hit, the best first.
const (
	rankPrefix = iota // the title begins with what was typed
	rankWords         // every word begins a word of it
	rankInside        // every word occurs somewhere
	ranks
)

// search finds what fits every word of the text, of one kind or of any. The
// exact UID comes first, then titles that begin with the text, then words that
// do, then the rest; within these by title. An empty text fits everything.
func (x *index) search(text string, kind model.TargetKind) SearchAnswer {
	text = strings.TrimSpace(text)
	answer := SearchAnswer{Built: x.built}
	exact, ok := x.byUID[model.UID(text)]
	if !ok || kind != model.TargetNone && x.hits[exact].Kind != kind {
		exact = -1
	}
	text = strings.ToLower(text)
	words := strings.Fields(text)
	var found [ranks][]int
	for i := range x.hits {
		if kind != model.TargetNone && x.hits[i].Kind != kind {
			continue
		}
		r, ok := x.keys[i].rank(text, words)
		if !ok {
			continue
		}
		answer.Total++
		if len(found[r]) < hitsShown {
			found[r] = append(found[r], i)
		}
	}
	if exact >= 0 {
		answer.Hits = append(answer.Hits, x.hits[exact])
	}
	for _, places := range found {
		for _, i := range places {
			if i != exact && len(answer.Hits) < hitsShown {
				answer.Hits = append(answer.Hits, x.hits[i])
			}
		}
	}
	return answer
}

// rank says how well the text fits; false if a word does not occur at all.
func (k indexKey) rank(text string, words []string) (int, bool) {
	if strings.HasPrefix(k.title, text) {
		return rankPrefix, true
	}
	best := rankWords
	for _, word := range words {
		at := strings.Index(k.all, word)
		if at < 0 {
			return 0, false
		}
		for at >= 0 && !beginsWord(k.all, at) {
			next := strings.Index(k.all[at+1:], word)
			if next < 0 {
				best, at = rankInside, -1
				break
			}
			at += 1 + next
		}
	}
	return best, true
}

// beginsWord reports whether a word begins at a place: nothing before it, or
// something that is neither letter nor digit. Letters outside ASCII count as
// letters.
func beginsWord(s string, at int) bool {
	if at == 0 {
		return true
	}
	c := s[at-1]
	return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 0x80)
}

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
	w.titles.set(x, nil)
	w.log.Info("read the titles of the vault", "records and folders", len(hits))
	return nil
}

// search answers from the index; it waits a moment for the first one.
func (w *Worker) search(ctx context.Context, text string, kind model.TargetKind) (SearchAnswer, error) {
	x, _ := w.titles.get()
	if x == nil {
		timer := time.NewTimer(firstIndexPatience)
		defer timer.Stop()
		select {
		case <-w.titles.ready:
		case <-timer.C:
		case <-ctx.Done():
			return SearchAnswer{}, ctx.Err()
		}
	}
	x, err := w.titles.get()
	switch {
	case x != nil:
		return x.search(text, kind), nil
	case err != nil:
		return SearchAnswer{}, err
	}
	return SearchAnswer{}, &VaultError{Kind: VaultBusy, Text: "the titles of the vault are being read for the first time",
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
		return w.lookAt(WithPriority(t.ctx, PriorityPerson), uid)
	})
	select {
	case r := <-answer:
		facts, _ := r.Val.(model.RecordFacts)
		return facts, r.Err
	case <-ctx.Done():
		return model.RecordFacts{}, ctx.Err()
	}
}
