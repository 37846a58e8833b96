package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"countersign/model"
)

// Tx is a transaction on queue.db, for reading or for writing. It is valid only
// inside the function it was given to and belongs to one goroutine.
type Tx struct {
	// Now is the time of the transaction, read once, in UTC and whole
	// microseconds. Everything it writes is dated by it.
	Now time.Time

	s     session
	write bool
	ended bool
	// audited are the entries of the audit that were added.
	audited []model.AuditEvent
	// broken is the first error that the transaction does not survive.
	broken error
}

// end makes a Tx that escaped its function useless.
func (t *Tx) end() { t.ended = true }

// exec runs a writing statement and returns how many rows it changed.
func (t *Tx) exec(statement string, args ...any) (int64, error) {
	if err := t.usable(true); err != nil {
		return 0, err
	}
	n, err := t.s.exec(context.Background(), statement, args...)
	return n, t.failed(err)
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
	err := t.s.one(context.Background(), statement, args, dest)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, t.failed(err)
}

// rows runs a reading statement and calls each for every row. It reads the page
// to its end before it returns: an open reader keeps the WAL from being reset
// (STORAGE 6.4).
func (t *Tx) rows(statement string, args []any, each func(row) error) error {
	if err := t.usable(false); err != nil {
		return err
	}
	return t.failed(t.s.query(context.Background(), statement, args, each))
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
	if err == nil {
		return nil
	}
	err = faultOf(t.s.path, err)
	if t.write && endsTransaction(err) {
		t.broken = err
	}
	return err
}

// collect reads all rows of a statement. into names the columns' places in a
// value; it is called once, because a closure a column and row would cost more
// than the row.
func collect[T any](t *Tx, into func(*T) []any, statement string, args ...any) ([]T, error) {
	var all []T
	var v, none T
	dest := into(&v)
	err := t.rows(statement, args, func(r row) error {
		v = none
		if err := r.Scan(dest...); err != nil {
			return err
		}
		all = append(all, v)
		return nil
	})
	return all, err
}

// one reads the single row of a statement and reports whether there is one.
func one[T any](t *Tx, into func(*T) []any, statement string, args ...any) (T, bool, error) {
	all, err := collect(t, into, statement, args...)
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
