package store

import (
	"context"
	"fmt"
	"log/slog"
	"sort"
	"time"

	"countersign/model"
)

// LogLine is a line of the application log.
type LogLine struct {
	ID          int64
	At          time.Time
	Level       slog.Level
	Component   string
	Message     string
	Fields      string // JSON object, or ""
	Correlation model.CorrelationID
}

// LogQuery says which lines are wanted; the newest come first. Every filter that
// is set must fit.
type LogQuery struct {
	Level       slog.Level // and above
	Component   string
	Correlation model.CorrelationID
	From        time.Time // inclusive
	To          time.Time // exclusive
	Span        Span
}

// clockSlack is how far apart the lines of several processes may come out of
// order.
const clockSlack = 10 * time.Second

// scanWindow is how many ids one step of a substring search takes: some
// milliseconds, so that it can be stopped and shows its first hits at once.
const scanWindow = 100_000

// AppendLog stores lines in one commit. Ids and levels follow the lines; the
// durability is that of log.db, which may lose the last lines in a power cut.
func (db *DB) AppendLog(ctx context.Context, lines []LogLine) error {
	return wrap(db.log.write(ctx, func(tx *Tx) error {
		components := map[string]int64{}
		for _, l := range lines {
			id, err := tx.component(components, l.Component)
			if err != nil {
				return err
			}
			if _, err := tx.exec("INSERT INTO line (at, level, component, message, fields, correlation) VALUES ($1, $2, $3, $4, $5, $6)",
				micros(l.At), int(l.Level), id, l.Message, l.Fields, string(l.Correlation)); err != nil {
				return err
			}
		}
		return nil
	}), "append to the log")
}

// component returns the id of a component's name, from known where it is there.
func (t *Tx) component(known map[string]int64, name string) (int64, error) {
	if id, ok := known[name]; ok {
		return id, nil
	}
	if _, err := t.exec("INSERT INTO component (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", name); err != nil {
		return 0, err
	}
	var id int64
	_, err := t.row("SELECT id FROM component WHERE name = $1", []any{name}, []any{&id})
	known[name] = id
	return id, err
}

// Components returns the names that log lines came from, sorted.
func (db *DB) Components(ctx context.Context) ([]string, error) {
	var names []string
	err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		var err error
		names, err = collect(tx, func(name *string) []any {
			return []any{name}
		}, "SELECT name FROM component ORDER BY name")
		return err
	})
	return names, wrap(err, "read the log's components")
}

const lineColumns = "l.id, l.at, l.level, c.name, l.message, l.fields, l.correlation"

func lineInto(l *LogLine) []any {
	return []any{number(&l.ID), moment(&l.At), number((*int)(&l.Level)), text(&l.Component), text(&l.Message),
		text(&l.Fields), text(&l.Correlation)}
}

// LogLines returns a page of the application log.
func (db *DB) LogLines(ctx context.Context, q LogQuery) (Page[LogLine], error) {
	var page Page[LogLine]
	err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		l, err := q.listing(tx)
		if err == nil {
			page, err = pageOf(tx, l, q.Span, lineInto)
		}
		return err
	})
	return page, wrap(err, "list the log")
}

// SearchLog calls each for every line that contains the text, in the message or
// the fields, ignoring case in ASCII; the newest comes first. It stops when each
// returns false, and returns the place it came to, from which it can go on: zero
// at the end of the log. It reads in short steps between which ctx can end it.
func (db *DB) SearchLog(ctx context.Context, q LogQuery, part string, each func(LogLine) bool) (Cursor, error) {
	w := window{like: "%" + escapeLike(part) + "%", next: q.Span.After.id}
	err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		l, err := q.listing(tx)
		if err != nil {
			return err
		}
		w.conds = l.legs[0].conds
		if w.next == 0 {
			_, err = tx.row("SELECT coalesce(max(id), 0) + 1 FROM line", nil, []any{&w.next})
		}
		return err
	})
	for err == nil && w.next > 1 {
		if err := ctx.Err(); err != nil {
			return w.place(), err
		}
		var more bool
		if more, err = db.searchWindow(ctx, &w, each); err == nil && !more {
			return w.place(), nil
		}
	}
	return Cursor{}, wrap(err, "search the log")
}

// window is how far a search has come: the ids from next on are done.
type window struct {
	like  string
	conds []condition
	next  int64
}

func (w window) place() Cursor { return Cursor{sort: SortNewest, id: w.next} }

// searchWindow searches some ids below next and moves it; it reports false if
// each wants no more. The lines are handed out after the transaction, in which
// nothing slow belongs.
func (db *DB) searchWindow(ctx context.Context, w *window, each func(LogLine) bool) (bool, error) {
	low := max(1, w.next-scanWindow)
	const most = 1000
	var hits []LogLine
	err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		s := &query{}
		s.add("SELECT "+lineColumns+" FROM line l CROSS JOIN component c WHERE c.id = l.component AND l.id >= ? AND l.id < ?", low, w.next)
		for _, c := range w.conds {
			s.add("AND "+c.fragment, c.args...)
		}
		s.add(`AND (l.message LIKE ? ESCAPE '\' OR l.fields LIKE ? ESCAPE '\') ORDER BY l.id DESC LIMIT ?`, w.like, w.like, most)
		var err error
		hits, err = collect(tx, lineInto, s.text(), s.args...)
		return err
	})
	if err != nil {
		return false, err
	}
	for _, h := range hits {
		w.next = h.ID
		if !each(h) {
			return false, nil
		}
	}
	if len(hits) < most {
		w.next = low
	}
	return true, nil
}

// listing builds the list of a query. The levels are written out where a partial
// index serves them.
func (q LogQuery) listing(tx *Tx) (listing, error) {
	l := listing{sort: SortNewest, desc: true, columns: lineColumns,
		tables: "CROSS JOIN line l CROSS JOIN component c", on: "l.id = hit.id AND c.id = l.component"}
	base := leg{table: "line l", id: "l.id"}
	switch {
	case q.Level >= slog.LevelError:
		base.conds = append(base.conds, where("l.level >= 8"))
	case q.Level >= slog.LevelWarn:
		base.conds = append(base.conds, where("l.level >= 4"))
	case q.Level > slog.LevelDebug:
		base.conds = append(base.conds, where("l.level >= ?", int(q.Level)))
	}
	if q.Component != "" {
		base.conds = append(base.conds, where("l.component = (SELECT id FROM component WHERE name = ?)", q.Component))
	}
	if q.Correlation != "" {
		base.conds = append(base.conds, where("l.correlation = ?", string(q.Correlation)), where("l.correlation <> ''"))
	}
	between, err := tx.between(lineTimes(), q.From, q.To)
	base.conds = append(base.conds, between...)
	l.legs = []leg{base}
	return l, err
}

// times are the statements about a table whose ids follow time, up to
// clockSlack, so that it needs no index on time.
type times struct {
	alias, bounds, at, prune string
}

func lineTimes() times {
	return times{
		alias:  "l",
		bounds: "SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM line",
		at:     "SELECT at FROM line WHERE id >= $1 ORDER BY id LIMIT 1",
		prune:  "DELETE FROM line WHERE id IN (SELECT id FROM line ORDER BY id LIMIT $1) AND at < $2",
	}
}

func trafficTimes() times {
	return times{
		alias:  "v",
		bounds: "SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM traffic",
		at:     "SELECT at FROM traffic WHERE id >= $1 ORDER BY id LIMIT 1",
		prune:  "DELETE FROM traffic WHERE id IN (SELECT id FROM traffic ORDER BY id LIMIT $1) AND at < $2",
	}
}

// between are the conditions for a time range; its bounds are found by halving.
func (t *Tx) between(table times, from, to time.Time) ([]condition, error) {
	var conds []condition
	if !from.IsZero() {
		id, err := t.idAt(table, from.Add(-clockSlack))
		if err != nil {
			return nil, err
		}
		conds = append(conds, where(table.alias+".id >= ?", id), where(table.alias+".at >= ?", micros(from)))
	}
	if !to.IsZero() {
		id, err := t.idAt(table, to.Add(clockSlack))
		if err != nil {
			return nil, err
		}
		conds = append(conds, where(table.alias+".id < ?", id), where(table.alias+".at < ?", micros(to)))
	}
	return conds, nil
}

// idAt returns the first id of a table whose row is not before at, one past the
// last if all are.
func (t *Tx) idAt(table times, at time.Time) (int64, error) {
	var first, last int64
	if _, err := t.row(table.bounds, nil, []any{&first, &last}); err != nil {
		return 0, err
	}
	var failed error
	n := sort.Search(int(last-first+1), func(i int) bool {
		var us int64
		if _, err := t.row(table.at, []any{first + int64(i)}, []any{&us}); err != nil && failed == nil {
			failed = err
		}
		return us >= micros(at)
	})
	return first + int64(n), failed
}

// PruneLogs removes log lines and vault traffic from before a moment, in short
// steps, and returns how many there were.
func (db *DB) PruneLogs(ctx context.Context, before time.Time) (int64, error) {
	const step = 5000
	var total int64
	for _, table := range []times{lineTimes(), trafficTimes()} {
		for n := int64(step); n == step; total += n {
			if err := ctx.Err(); err != nil {
				return total, err
			}
			err := db.log.write(ctx, func(tx *Tx) error {
				var err error
				n, err = tx.exec(table.prune, step, micros(before))
				return err
			})
			if err != nil {
				return total, fmt.Errorf("prune the log: %w", err)
			}
		}
	}
	return total, nil
}
