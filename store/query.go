package store

import (
	"strconv"
	"strings"
)

// query builds a statement whose parameters are numbered in order of first
// appearance, which SQLite counts and PostgreSQL reads (STORAGE 3). Fragments
// mark a parameter with a question mark.
type query struct {
	b    strings.Builder
	args []any
}

// add appends a fragment, with a space before it, and its parameters.
func (q *query) add(fragment string, args ...any) *query {
	if q.b.Len() > 0 {
		q.b.WriteByte(' ')
	}
	for {
		before, after, found := strings.Cut(fragment, "?")
		q.b.WriteString(before)
		if !found {
			break
		}
		q.b.WriteByte('$')
		q.args = append(q.args, args[0])
		q.b.WriteString(strconv.Itoa(len(q.args)))
		args, fragment = args[1:], after
	}
	return q
}

// addIn appends "column IN (...)". No value at all fits nothing.
func addIn[T any](q *query, column string, values []T) *query {
	if len(values) == 0 {
		return q.add("0 = 1")
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	return q.add(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}

func (q *query) text() string { return q.b.String() }
