package store

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Sort says how a list is ordered. Each list names those it offers; every one of
// them has an index.
type Sort string

// The sorts.
const (
	SortNewest Sort = "newest"
	SortOldest Sort = "oldest"
	SortDue    Sort = "due"     // what is due first, first
	SortEnd    Sort = "end"     // what ends first, first
	SortClosed Sort = "closed"  // what was decided or closed last, first
	SortExpiry Sort = "expires" // what expires first, first
)

// ErrCursor says that a cursor is not one of the list that it was given to.
var ErrCursor = errors.New("the place in the list belongs to another list or order")

// Cursor marks a row's place in a list: its sort key and its id. It stays good
// when rows arrive or leave. The zero value is the beginning.
type Cursor struct {
	sort    Sort
	key, id int64
}

// IsZero reports whether the cursor is the beginning of the list.
func (c Cursor) IsZero() bool { return c == Cursor{} }

// String is the cursor as text that ParseCursor reads; "" for the beginning.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s.%d.%d", c.sort, c.key, c.id)
}

// ParseCursor reads what Cursor.String wrote.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return Cursor{}, fmt.Errorf("%q: %w", s, ErrCursor)
	}
	key, keyErr := strconv.ParseInt(parts[1], 10, 64)
	id, idErr := strconv.ParseInt(parts[2], 10, 64)
	if keyErr != nil || idErr != nil {
		return Cursor{}, fmt.Errorf("%q: %w", s, ErrCursor)
	}
	return Cursor{Sort(parts[0]), key, id}, nil
}

// Span says which rows of a list are wanted. At most one of the cursors is set;
// none means the beginning.
type Span struct {
	After  Cursor // the rows that follow it
	Before Cursor // the rows that precede it
	From   Cursor // the row itself, if it is still there, and those that follow
	Limit  int    // 50 where it is 0
}

// DefaultLimit is how many rows a page has where none is said.
const DefaultLimit = 50

func (s Span) limit() int {
	if s.Limit <= 0 {
		return DefaultLimit
	}
	return s.Limit
}

// Page is a part of a list, always in the list's order.
type Page[T any] struct {
	Rows []T
	// First and Last are the places of the first and last row; zero where there
	// is none.
	First, Last Cursor
	// More is set where rows follow in the direction that was asked for.
	More bool
}

// Next is the cursor that the page after this one starts behind, zero where the
// list ends.
func (p Page[T]) Next() Cursor {
	if !p.More {
		return Cursor{}
	}
	return p.Last
}

// condition is a fragment of a WHERE clause with its parameters.
type condition struct {
	fragment string
	args     []any
}

func where(fragment string, args ...any) condition { return condition{fragment, args} }

// and is the condition that both are.
func (c condition) and(d condition) condition {
	return condition{c.fragment + " AND " + d.fragment, append(slices.Clip(c.args), d.args...)}
}

func whereIn[T any](column string, values []T) condition {
	if len(values) == 0 {
		return where("0 = 1")
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	return condition{column + " IN (?" + strings.Repeat(", ?", len(values)-1) + ")", args}
}

// leg is one way to walk a list in order along one index: one group's open
// steps, one person's requests. A list for several groups has a leg for each, so
// that every page costs the same however many rows there are.
type leg struct {
	table string // with its alias
	// join is what the filters speak of, left out where there is none, and on is
	// how it hangs together with the table.
	join, on string
	key      string // the sorted column; "" where the id alone sorts
	id       string
	// twice is set where the index may name an id more than once.
	twice bool
	conds []condition
}

// listing is a list before its rows are read.
type listing struct {
	sort    Sort
	desc    bool
	legs    []leg
	filters []condition
	// columns and tables make the rows; on joins the tables to hit.id.
	columns, tables, on string
}

// statement builds the query for a span: each leg yields at most a page of keys,
// the keys are merged, and only those of the page become rows.
func (l listing) statement(s Span) (*query, error) {
	at, op, backwards, err := l.place(s)
	if err != nil {
		return nil, err
	}
	direction := ""
	if l.desc != backwards {
		direction = " DESC"
	}
	q := &query{}
	q.add("SELECT hit.k, hit.id, " + l.columns + " FROM (")
	for i, g := range l.legs {
		if i > 0 {
			q.add("UNION")
		}
		q.add("SELECT k, id FROM (")
		l.addLeg(q, g, at, op, direction, s.limit()+1)
		q.add(fmt.Sprintf(") leg%d", i))
	}
	q.add("ORDER BY k"+direction+", id"+direction+" LIMIT ?", s.limit()+1)
	// CROSS JOIN keeps the order in which the tables are written, in SQLite: no
	// statistics of a day can make another plan of it.
	q.add(") hit " + l.tables + " WHERE " + l.on + " ORDER BY hit.k" + direction + ", hit.id" + direction)
	return q, nil
}

func (l listing) addLeg(q *query, g leg, at Cursor, op, direction string, n int) {
	key := g.key
	if key == "" {
		key = "0"
	}
	distinct := ""
	if g.twice {
		distinct = "DISTINCT "
	}
	q.add("SELECT " + distinct + key + " AS k, " + g.id + " AS id FROM " + g.table)
	joined := len(l.filters) > 0 && g.join != ""
	if joined {
		q.add("CROSS JOIN " + g.join)
	}
	q.add("WHERE 1 = 1")
	if joined {
		q.add("AND " + g.on)
	}
	for _, c := range slices.Concat(g.conds, l.filters) {
		q.add("AND "+c.fragment, c.args...)
	}
	switch {
	case at.IsZero():
	case g.key == "":
		q.add("AND "+g.id+" "+op+" ?", at.id)
	default:
		q.add("AND ("+g.key+", "+g.id+") "+op+" (?, ?)", at.key, at.id)
	}
	if g.key == "" {
		q.add("ORDER BY "+g.id+direction+" LIMIT ?", n)
		return
	}
	q.add("ORDER BY "+g.key+direction+", "+g.id+direction+" LIMIT ?", n)
}

// place returns where a span begins, how rows compare with it, and whether the
// list is walked against its order.
func (l listing) place(s Span) (at Cursor, op string, backwards bool, err error) {
	at, op = s.After, ">"
	switch {
	case !s.Before.IsZero():
		at, backwards = s.Before, true
	case !s.From.IsZero():
		at, op = s.From, ">="
	}
	if !at.IsZero() && at.sort != l.sort {
		return at, "", false, ErrCursor
	}
	if l.desc != backwards {
		op = strings.Replace(op, ">", "<", 1)
	}
	return at, op, backwards, nil
}

// pageOf reads a page of a list.
func pageOf[T any](t *Tx, l listing, s Span, into func(*T) []any) (Page[T], error) {
	var p Page[T]
	if len(l.legs) == 0 {
		return p, nil
	}
	q, err := l.statement(s)
	if err != nil {
		return p, err
	}
	var v, none T
	at := Cursor{sort: l.sort}
	dest := append([]any{number(&at.key), number(&at.id)}, into(&v)...)
	places := make([]Cursor, 0, s.limit()+1)
	p.Rows = make([]T, 0, s.limit()+1)
	err = t.rows(q.text(), q.args, func(r row) error {
		v = none
		if err := r.Scan(dest...); err != nil {
			return err
		}
		p.Rows, places = append(p.Rows, v), append(places, at)
		return nil
	})
	if err != nil {
		return Page[T]{}, err
	}
	if p.More = len(p.Rows) > s.limit(); p.More {
		p.Rows, places = p.Rows[:s.limit()], places[:s.limit()]
	}
	if !s.Before.IsZero() {
		slices.Reverse(p.Rows)
		slices.Reverse(places)
	}
	if len(places) > 0 {
		p.First, p.Last = places[0], places[len(places)-1]
	}
	return p, nil
}
