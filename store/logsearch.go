package store

import (
	"context"
	"slices"
	"time"
)

const (
	// scanWindow is how many ids one step of a search for parts takes: some
	// milliseconds, so that it can be stopped and shows its first hits at once.
	scanWindow = 100_000
	// wordWindow is how many hits of the word index one step looks at.
	wordWindow = 5000
	// searchHits bounds the lines that one step hands out.
	searchHits = 1000
)

// SearchLog calls each for every line that fits the query; the newest comes
// first. It stops when each returns false, and returns the place it came to, from
// which it can go on: zero at the end of the log. It reads in short steps between
// which ctx can end it; then the place comes with the context's error.
//
// Lines are read one after the other, except that words are looked up, part by part
// of their index. That is filled in the background; what a part lacks is filled in
// before it is searched.
func (db *DB) SearchLog(ctx context.Context, q LogQuery, each func(LogLine) bool) (Cursor, error) {
	w, err := db.beginSearch(ctx, q)
	if err != nil {
		return q.Span.After, wrap(err, "search the log")
	}
	step := db.scanStep
	if w.match != "" {
		step = db.wordStep
	}
	for w.next > w.low {
		if err := ctx.Err(); err != nil {
			return w.place(), err
		}
		hits, err := step(ctx, &w)
		if err != nil {
			return w.place(), wrap(err, "search the log")
		}
		after := w.next
		for _, h := range hits {
			if w.next = h.ID; !each(h) {
				return w.place(), nil
			}
		}
		w.next = after
	}
	return Cursor{}, nil
}

// search is how far a search has come: the ids from next on are done, and those
// below low are not asked for.
type search struct {
	conds     []condition
	match     string // for the word index; "" where lines are read one by one
	most      int    // lines that one step hands out
	low, next int64
}

func (w search) place() Cursor { return Cursor{sort: SortNewest, id: w.next} }

func (db *DB) beginSearch(ctx context.Context, q LogQuery) (search, error) {
	w := search{conds: q.conditions(), match: matchOf(q.Words), most: searchHits}
	if q.Span.Limit > 0 {
		w.most = min(q.Span.Limit, searchHits)
	}
	parts := q.Parts
	if w.match == "" {
		parts = append(parts[:len(parts):len(parts)], q.Words...) // nothing of them is a word
	}
	for _, p := range parts {
		like := "%" + escapeLike(p) + "%"
		w.conds = append(w.conds, where(`(l.message LIKE ? ESCAPE '\' OR l.fields LIKE ? ESCAPE '\')`, like, like))
	}
	if at := q.Span.After; !at.IsZero() && at.sort != SortNewest {
		return w, ErrCursor
	}
	err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		r, err := tx.idsWithin(lineTimes(), q.From, q.To)
		if err != nil {
			return err
		}
		first, last, err := tx.lineBounds()
		if err != nil {
			return err
		}
		w.low, w.next = max(r.low, q.Above+1, first), min(r.high, last+1)
		if after := q.Span.After.id; after > 0 {
			w.next = min(w.next, after)
		}
		return nil
	})
	return w, err
}

// scanStep reads some ids below next, returns what fits of them and moves next.
// The lines are handed out after the transaction, in which nothing slow belongs.
func (db *DB) scanStep(ctx context.Context, w *search) ([]LogLine, error) {
	low := max(w.low, w.next-scanWindow)
	var hits []LogLine
	err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		s := &query{}
		s.add("SELECT "+lineColumns+" FROM line l CROSS JOIN component c WHERE c.id = l.component AND l.id >= ? AND l.id < ?", low, w.next)
		for _, c := range w.conds {
			s.add("AND "+c.fragment, c.args...)
		}
		s.add("ORDER BY l.id DESC LIMIT ?", w.most)
		var err error
		hits, err = collect(tx, lineInto, s.text(), s.args...)
		return err
	})
	w.next = low
	if len(hits) == w.most {
		w.next = hits[len(hits)-1].ID
	}
	return hits, err
}

// wordStep is scanStep over a part of the index of words. What the part lacks is put
// into it, a step at a time.
func (db *DB) wordStep(ctx context.Context, w *search) ([]LogLine, error) {
	part := partOf(w.next - 1)
	low, window := max(w.low, part.first()), w.most
	if len(w.conds) > 0 {
		window = wordWindow
	}
	next, lacks := low, false
	var hits []LogLine
	err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		made, done, err := tx.isIndexed(part, w.next-1)
		if lacks = !done; err != nil || !made || !done {
			return err
		}
		s := new(query).add("SELECT docid FROM "+part.table()+" WHERE "+part.table()+" MATCH ? AND docid >= ? AND docid < ? ORDER BY docid DESC LIMIT ?",
			w.match, low, w.next, window)
		ids, err := collect(tx, func(id *int64) []any { return []any{id} }, s.text(), s.args...)
		if err != nil {
			return err
		}
		if len(ids) == window {
			next = ids[window-1]
		}
		hits, err = w.linesOf(tx, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	if lacks {
		_, err := db.indexPart(ctx, part, w.next-1)
		return nil, err
	}
	w.next = next
	if len(hits) == w.most {
		w.next = hits[len(hits)-1].ID
	}
	return hits, nil
}

// linesOf reads those of some lines that fit, as many as a step hands out.
func (w *search) linesOf(tx *Tx, ids []int64) ([]LogLine, error) {
	const atOnce = 500
	var hits []LogLine
	for chunk := range slices.Chunk(ids, atOnce) {
		s := new(query).add("SELECT " + lineColumns + " FROM line l CROSS JOIN component c WHERE c.id = l.component AND")
		if len(ids) > atOnce {
			// One statement for every chunk; no line has the id 0.
			chunk = append(slices.Clip(chunk), make([]int64, atOnce-len(chunk))...)
		}
		addIn(s, "l.id", chunk)
		for _, c := range w.conds {
			s.add("AND "+c.fragment, c.args...)
		}
		s.add("ORDER BY l.id DESC LIMIT ?", w.most-len(hits))
		some, err := collect(tx, lineInto, s.text(), s.args...)
		if hits = append(hits, some...); err != nil || len(hits) == w.most {
			return hits, err
		}
	}
	return hits, nil
}

// LogTop returns the id of the newest line, 0 where there is none.
func (db *DB) LogTop(ctx context.Context) (int64, error) {
	var top int64
	err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		_, err := tx.row("SELECT coalesce(max(id), 0) FROM line", nil, []any{&top})
		return err
	})
	return top, wrap(err, "read the end of the log")
}

// LogTime returns when the line at a place of SearchLog was written, or the next
// older one; the zero time where there is none.
func (db *DB) LogTime(ctx context.Context, at Cursor) (time.Time, error) {
	var when time.Time
	err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		_, err := tx.row("SELECT at FROM line WHERE id <= $1 ORDER BY id DESC LIMIT 1", []any{at.id}, []any{moment(&when)})
		return err
	})
	return when, wrap(err, "read the log")
}
