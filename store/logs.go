package store

import (
	"context"
	"log/slog"
	"math"
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
	// Above leaves out the lines up to an id: for those who have them.
	Above int64

	// Words and Parts are for SearchLog alone. Each word must occur in a line, what
	// punctuation joins in a row, and the last one may be unfinished. Each part must
	// occur as it is, in the message or the fields, ignoring case in ASCII.
	Words []string
	Parts []string

	Span Span
}

// Listed reports whether LogLines can answer the query, because an index leads to
// every page of it. Otherwise SearchLog can.
func (q LogQuery) Listed() bool {
	plain := q.Level <= slog.LevelDebug || q.Level >= slog.LevelWarn || q.Correlation != ""
	return plain && len(q.Words)+len(q.Parts) == 0
}

// clockSlack is how far apart the lines of several processes may come out of
// order.
const clockSlack = 10 * time.Second

// AppendLog stores lines in one commit. Ids and levels follow the lines; the
// durability is that of log.db, which may lose the last lines in a power cut.
func (db *DB) AppendLog(ctx context.Context, lines []LogLine) error {
	return db.appendLogs(ctx, lines, nil)
}

// appendLogs stores lines and vault traffic in one commit.
func (db *DB) appendLogs(ctx context.Context, lines []LogLine, calls []Traffic) error {
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
		for _, v := range calls {
			if err := tx.appendTraffic(v); err != nil {
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

// LogLines returns a page of the application log. Words and Parts are not looked
// at.
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

// listing builds the list of a query.
func (q LogQuery) listing(tx *Tx) (listing, error) {
	ids, err := tx.idsWithin(lineTimes(), q.From, q.To)
	ids.low = max(ids.low, q.Above+1)
	base := leg{table: "line l", id: "l.id", conds: append(q.conditions(), ids.conditions("l.id")...)}
	return listing{sort: SortNewest, desc: true, legs: []leg{base}, columns: lineColumns,
		tables: "CROSS JOIN line l CROSS JOIN component c", on: "l.id = hit.id AND c.id = l.component"}, err
}

// conditions are those of a query about each line by itself. The levels are
// written out where a partial index serves them.
func (q LogQuery) conditions() []condition {
	var conds []condition
	switch {
	case q.Level >= slog.LevelError:
		conds = append(conds, where("l.level >= 8"))
	case q.Level >= slog.LevelWarn:
		conds = append(conds, where("l.level >= 4"))
	case q.Level > slog.LevelDebug:
		conds = append(conds, where("l.level >= ?", int(q.Level)))
	}
	if q.Component != "" {
		conds = append(conds, where("l.component = (SELECT id FROM component WHERE name = ?)", q.Component))
	}
	if q.Correlation != "" {
		conds = append(conds, where("l.correlation = ?", string(q.Correlation)), where("l.correlation <> ''"))
	}
	return append(conds, withinTime("l.at", q.From, q.To)...)
}

// withinTime are the conditions for a time range.
func withinTime(column string, from, to time.Time) []condition {
	var conds []condition
	if !from.IsZero() {
		conds = append(conds, where(column+" >= ?", micros(from)))
	}
	if !to.IsZero() {
		conds = append(conds, where(column+" < ?", micros(to)))
	}
	return conds
}

// times are the statements about a table whose ids follow time, up to
// clockSlack, so that it needs no index on time. Both bounds in one SELECT would
// read the whole table.
type times struct {
	bounds, at string
}

func lineTimes() times {
	return times{
		bounds: "SELECT coalesce((SELECT min(id) FROM line), 0), coalesce((SELECT max(id) FROM line), -1)",
		at:     "SELECT at FROM line WHERE id >= $1 ORDER BY id LIMIT 1",
	}
}

func trafficTimes() times {
	return times{
		bounds: "SELECT coalesce((SELECT min(id) FROM traffic), 0), coalesce((SELECT max(id) FROM traffic), -1)",
		at:     "SELECT at FROM traffic WHERE id >= $1 ORDER BY id LIMIT 1",
	}
}

func auditTimes() times {
	return times{
		bounds: "SELECT coalesce((SELECT min(seq) FROM audit), 0), coalesce((SELECT max(seq) FROM audit), -1)",
		at:     "SELECT at FROM audit WHERE seq >= $1 ORDER BY seq LIMIT 1",
	}
}

// ids are those from low on and below high; 0 and noEnd where there is no bound.
type ids struct{ low, high int64 }

const noEnd = math.MaxInt64

func (r ids) conditions(column string) []condition {
	var conds []condition
	if r.low > 0 {
		conds = append(conds, where(column+" >= ?", r.low))
	}
	if r.high < noEnd {
		conds = append(conds, where(column+" < ?", r.high))
	}
	return conds
}

// idsWithin are the ids that a time range can have; its bounds are found by
// halving.
func (t *Tx) idsWithin(table times, from, to time.Time) (ids, error) {
	r := ids{high: noEnd}
	var err error
	if !from.IsZero() {
		r.low, err = t.idAt(table, from.Add(-clockSlack))
	}
	if !to.IsZero() && err == nil {
		r.high, err = t.idAt(table, to.Add(clockSlack))
	}
	return r, err
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
