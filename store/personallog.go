package store

import (
	"context"
	"fmt"
)

// eraseStep is how many lines are looked through in one transaction.
const eraseStep = 20_000

// EraseLogs takes the lines of the application log and of the vault traffic out
// that hold a text, ignoring case in ASCII, and returns how many there were. It
// reads both whole, some seconds a million lines, and stops with ctx.
func (db *DB) EraseLogs(ctx context.Context, holding string) (int64, error) {
	if holding == "" {
		return 0, nil
	}
	like := "%" + escapeLike(holding) + "%"
	const lines = `id > $1 AND id <= $2 AND (message LIKE $3 ESCAPE '\' OR fields LIKE $3 ESCAPE '\')`
	var erased int64
	for _, table := range []struct{ name, forget, remove string }{
		{"line", "DELETE FROM line_words WHERE docid IN (SELECT id FROM line WHERE " + lines +
			" AND id <= (SELECT upto FROM line_indexed WHERE one = 1))", "DELETE FROM line WHERE " + lines},
		{"traffic", "", `DELETE FROM traffic WHERE id > $1 AND id <= $2 AND (command LIKE $3 ESCAPE '\' OR problem LIKE $3 ESCAPE '\')`},
	} {
		var top int64
		err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
			_, err := tx.row("SELECT coalesce(max(id), 0) FROM "+table.name, nil, []any{&top})
			return err
		})
		for from := int64(0); err == nil && from < top; from += eraseStep {
			if err = ctx.Err(); err != nil {
				break
			}
			err = db.log.write(ctx, func(tx *Tx) error {
				if table.forget != "" {
					if _, err := tx.exec(table.forget, from, from+eraseStep, like); err != nil {
						return err
					}
				}
				n, err := tx.exec(table.remove, from, from+eraseStep, like)
				erased += n
				if err != nil {
					return err
				}
				return tx.keepIndexed()
			})
		}
		if err != nil {
			return erased, fmt.Errorf("erase from the log: %w", err)
		}
	}
	return erased, nil
}
