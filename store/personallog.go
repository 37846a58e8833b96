package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
)

// Copies lists the copies of queue.db that were made before its schema was changed,
// by name. They hold what it held then, of people who were erased since as well.
func (db *DB) Copies() ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(db.opt.Dir, queueName+".v*.backup"))
	for i, p := range paths {
		paths[i] = filepath.Base(p)
	}
	return paths, wrap(err, "look for copies of %s", queueName)
}

// eraseStep is how many lines are looked through in one transaction. All of them are
// in one part of the index of words.
const eraseStep = partLines / 25

// ExportLogs calls each for every line of the application log and of the vault
// traffic that holds a text, ignoring case in ASCII. It reads both whole, a fraction of a
// second a million lines, and stops with ctx or at an error of each, which it returns.
func (db *DB) ExportLogs(ctx context.Context, holding string, each func(PersonalRow) error) error {
	if holding == "" {
		return nil
	}
	like := "%" + escapeLike(holding) + "%"
	for _, table := range []struct {
		name    string
		columns []string
		where   string
	}{
		{"line", []string{"at", "message", "fields"}, `(message LIKE ? ESCAPE '\' OR fields LIKE ? ESCAPE '\')`},
		{"traffic", []string{"at", "command", "problem"}, `(command LIKE ? ESCAPE '\' OR problem LIKE ? ESCAPE '\')`},
	} {
		top, err := db.newestLog(ctx, table.name)
		for from := int64(0); err == nil && from < top; from += eraseStep {
			if err = ctx.Err(); err != nil {
				break
			}
			var found []PersonalRow
			err = db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
				var err error
				found, err = tx.values(table.name, table.columns, where("WHERE id > ? AND id <= ? AND "+table.where+" ORDER BY id", from, from+eraseStep, like, like))
				return err
			})
			for _, r := range found {
				if err == nil {
					err = each(r)
				}
			}
		}
		if err != nil {
			return fmt.Errorf("export from the log: %w", err)
		}
	}
	return nil
}

// newestLog is the id of the newest row of a table of log.db, 0 where it is empty.
func (db *DB) newestLog(ctx context.Context, table string) (int64, error) {
	var top int64
	err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		var q query
		q.add("SELECT coalesce(max(id), 0) FROM " + table)
		_, err := tx.row(q.text(), q.args, []any{&top})
		return err
	})
	return top, err
}

// EraseLogs takes the lines of the application log and of the vault traffic out
// that hold a text, ignoring case in ASCII, and returns how many there were. It
// reads both whole, a fraction of a second a million lines, and stops with ctx.
func (db *DB) EraseLogs(ctx context.Context, holding string) (int64, error) {
	if holding == "" {
		return 0, nil
	}
	like := "%" + escapeLike(holding) + "%"
	const lines = `id > $1 AND id <= $2 AND (message LIKE $3 ESCAPE '\' OR fields LIKE $3 ESCAPE '\')`
	var erased int64
	for i, table := range []struct{ top, remove string }{
		{"SELECT coalesce(max(id), 0) FROM line", "DELETE FROM line WHERE " + lines},
		{"SELECT coalesce(max(id), 0) FROM traffic", `DELETE FROM traffic WHERE id > $1 AND id <= $2 AND (command LIKE $3 ESCAPE '\' OR problem LIKE $3 ESCAPE '\')`},
	} {
		var top int64
		err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
			_, err := tx.row(table.top, nil, []any{&top})
			return err
		})
		for from := int64(0); err == nil && from < top; from += eraseStep {
			if err = ctx.Err(); err != nil {
				break
			}
			err = db.log.write(ctx, func(tx *Tx) error {
				n, err := tx.exec(table.remove, from, from+eraseStep, like)
				if erased += n; err != nil || n == 0 || i > 0 {
					return err
				}
				// The index holds the words of what was erased: its part is made anew.
				return errors.Join(tx.dropWords(partOf(from+1)), tx.keepIndexed())
			})
		}
		if err != nil {
			return erased, fmt.Errorf("erase from the log: %w", err)
		}
	}
	return erased, nil
}
