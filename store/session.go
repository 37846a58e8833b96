package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/mattn/go-sqlite3"
)

// session is one connection, used by one goroutine at a time. It speaks to the
// driver without database/sql in between, whose locks and conversions cost as
// much as a statement does (STORAGE 2, pages). Any driver's connection will do
// that has these three interfaces.
type session struct {
	conn driverConn
	path string
}

type driverConn interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
}

// errNoSession says that a driver's connection lacks an interface; it cannot
// happen with the drivers in use.
var errNoSession = errors.New("the driver's connection cannot be used directly")

// openSession opens a connection that belongs to the caller.
func openSession(ctx context.Context, path string, s spec, r role) (session, error) {
	c, err := newConnector(path, s, r).Connect(ctx)
	if err != nil {
		return session{}, faultOf(path, err)
	}
	conn, ok := c.(driverConn)
	if !ok {
		return session{}, errors.Join(errNoSession, c.Close())
	}
	return session{conn, path}, nil
}

// withSession lends a connection of a pool to fn. A panic in fn passes through,
// and the connection is given up.
func withSession(ctx context.Context, pool *sql.DB, path string, fn func(session) error) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return faultOf(path, err)
	}
	defer conn.Close()
	var result error
	err = conn.Raw(func(c any) error {
		conn, ok := c.(driverConn)
		if !ok {
			return errNoSession
		}
		result = fn(session{conn, path})
		return nil
	})
	if err != nil {
		return err
	}
	return result
}

func (s session) close() error { return s.conn.Close() }

// exec runs a statement, or several where there are no arguments, and returns
// how many rows the last one changed. Inside transactions the context is plain:
// a cancellable one costs a goroutine for each statement (STORAGE 6.15).
func (s session) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	named, err := values(args)
	if err != nil {
		return 0, err
	}
	res, err := s.conn.ExecContext(ctx, statement, named)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// query runs a statement and calls each for every row, which is valid only until
// each returns.
func (s session) query(ctx context.Context, statement string, args []any, each func(row) error) (err error) {
	named, err := values(args)
	if err != nil {
		return err
	}
	rows, err := s.conn.QueryContext(ctx, statement, named)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := rows.Close(); err == nil {
			err = closeErr
		}
	}()
	r := make(row, len(rows.Columns()))
	for {
		switch err := rows.Next(r); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := each(r); err != nil {
			return err
		}
	}
}

// one runs a statement that yields one row and scans it; sql.ErrNoRows if there
// is none.
func (s session) one(ctx context.Context, statement string, args, dest []any) error {
	found := false
	err := s.query(ctx, statement, args, func(r row) error {
		if found {
			return nil
		}
		found = true
		return r.Scan(dest...)
	})
	if err == nil && !found {
		return sql.ErrNoRows
	}
	return err
}

// autocommit reports whether the connection has no transaction (any more).
func (s session) autocommit() bool {
	c, ok := s.conn.(*sqlite3.SQLiteConn)
	return ok && c.AutoCommit()
}

// values turns arguments into what drivers take.
func values(args []any) ([]driver.NamedValue, error) {
	if len(args) == 0 {
		return nil, nil
	}
	named := make([]driver.NamedValue, len(args))
	for i, a := range args {
		named[i].Ordinal = i + 1
		switch v := a.(type) {
		case nil, string, int64, []byte:
			named[i].Value = v
		case int:
			named[i].Value = int64(v)
		default:
			value, err := driver.DefaultParameterConverter.ConvertValue(a)
			if err != nil {
				return nil, fmt.Errorf("parameter %d: %w", i+1, err)
			}
			named[i].Value = value
		}
	}
	return named, nil
}

// row is a row as the driver gives it. It is valid until the next one.
type row []driver.Value

// Scan copies the columns into dest: the functions of scan.go, or pointers to
// the types that columns have.
func (r row) Scan(dest ...any) error {
	if len(dest) != len(r) {
		return fmt.Errorf("%d columns for %d destinations", len(r), len(dest))
	}
	for i, d := range dest {
		if err := scanInto(d, r[i]); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func scanInto(dest any, v driver.Value) error {
	switch d := dest.(type) {
	case scan:
		return d(v)
	case *int64:
		return number(d)(v)
	case *int:
		return number(d)(v)
	case *string:
		return text(d)(v)
	case *[]byte:
		return blob(d)(v)
	}
	return fmt.Errorf("no way to read a column into a %T", dest)
}
