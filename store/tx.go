package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Tx is a transaction on queue.db, for reading or for writing. It is valid only
// inside the function it was given to and belongs to one goroutine.
type Tx struct {
	// Now is the time of the transaction, read once, in UTC and whole
	// microseconds. Everything it writes is dated by it.
	Now time.Time

	q     querier
	write bool
	ended bool
	// broken is the first error that the transaction does not survive.
	broken error
}

// querier runs statements on one connection.
type querier struct {
	conn *sql.Conn
	path string
}

// scanner is one row.
type scanner interface{ Scan(dest ...any) error }

// end makes a Tx that escaped its function useless.
func (t *Tx) end() { t.ended = true }

// exec runs a writing statement and returns how many rows it changed.
func (t *Tx) exec(statement string, args ...any) (int64, error) {
	if err := t.usable(true); err != nil {
		return 0, err
	}
	res, err := t.q.conn.ExecContext(context.Background(), statement, args...)
	if err != nil {
		return 0, t.failed(err)
	}
	return res.RowsAffected()
}

// changed runs a writing statement and reports whether it changed a row.
func (t *Tx) changed(statement string, args ...any) (bool, error) {
	n, err := t.exec(statement, args...)
	return n > 0, err
}

// row runs a statement that yields at most one row, scans it into dest and
// reports whether there was one. Statements with RETURNING come here too.
func (t *Tx) row(statement string, args, dest []any) (bool, error) {
	if err := t.usable(false); err != nil {
		return false, err
	}
	err := t.q.conn.QueryRowContext(context.Background(), statement, args...).Scan(dest...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, t.failed(err)
	}
	return true, nil
}

// rows runs a reading statement and calls each for every row. It reads the page
// to its end before it returns: an open reader keeps the WAL from being reset
// (STORAGE 6.4).
func (t *Tx) rows(statement string, args []any, each func(scanner) error) error {
	if err := t.usable(false); err != nil {
		return err
	}
	rows, err := t.q.conn.QueryContext(context.Background(), statement, args...)
	if err != nil {
		return t.failed(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return t.failed(err)
	}
	return nil
}

func (t *Tx) usable(write bool) error {
	if t.ended {
		return errEnded
	}
	if t.broken != nil {
		return t.broken
	}
	if write && !t.write {
		return errReadOnly
	}
	return nil
}

// failed keeps the first error that a transaction does not survive. A violated
// constraint undoes its own statement only, so the caller may go on.
func (t *Tx) failed(err error) error {
	err = faultOf(t.q.path, err)
	if t.write && endsTransaction(err) {
		t.broken = err
	}
	return err
}

// collect reads all rows of a statement, each by read.
func collect[T any](t *Tx, read func(scanner) (T, error), statement string, args ...any) ([]T, error) {
	var all []T
	err := t.rows(statement, args, func(r scanner) error {
		v, err := read(r)
		if err != nil {
			return err
		}
		all = append(all, v)
		return nil
	})
	return all, err
}

// one reads the single row of a statement and reports whether there is one.
func one[T any](t *Tx, read func(scanner) (T, error), statement string, args ...any) (T, bool, error) {
	all, err := collect(t, read, statement, args...)
	if err != nil || len(all) == 0 {
		var none T
		return none, false, err
	}
	return all[0], true, nil
}

// insert runs a statement with RETURNING id and returns the new row's id. A row
// that is there already gives ErrExists.
func (t *Tx) insert(statement string, args ...any) (int64, error) {
	if err := t.usable(true); err != nil {
		return 0, err
	}
	var id int64
	_, err := t.row(statement, args, []any{&id})
	return id, existing(err)
}

// existing turns a violated uniqueness into ErrExists.
func existing(err error) error {
	if isUnique(err) {
		return ErrExists
	}
	return err
}

// wrap adds what was attempted to an error, and keeps nil.
func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}
