package store

import (
	"context"
	"fmt"
	"time"
)

// pruneStep is how many lines are removed in one commit, some tens of
// milliseconds.
const pruneStep = 5000

// PruneLogs removes log lines and vault traffic from before a moment, in short
// steps, and returns how many there were.
func (db *DB) PruneLogs(ctx context.Context, before time.Time) (int64, error) {
	var total int64
	for _, table := range []logTable{lineTable(), trafficTable()} {
		for {
			n, more, err := db.pruneLog(ctx, table, before)
			if total += n; err != nil {
				return total, err
			}
			if !more || n == 0 {
				break
			}
		}
	}
	return total, nil
}

// ShrinkLogs removes the oldest log lines, and the vault traffic from their time,
// until the log takes no more than so many bytes, and returns how many there
// were. The file itself does not become smaller; what is free in it is used again.
func (db *DB) ShrinkLogs(ctx context.Context, bytes int64) (int64, error) {
	var total int64
	for {
		size, err := db.LogSize(ctx)
		if err != nil || size.Used <= bytes {
			return total, err
		}
		n, _, err := db.pruneLog(ctx, lineTable(), time.Time{})
		if err != nil {
			return total + n, err
		}
		oldest, err := db.oldestLine(ctx)
		if err != nil {
			return total + n, err
		}
		t, _, err := db.pruneLog(ctx, trafficTable(), oldest)
		total += n + t
		if err != nil || n+t == 0 {
			return total, err
		}
	}
}

// LogSize says how much room the log takes.
type LogSize struct {
	Used int64 // bytes that hold something
	File int64 // bytes of the file, without its -wal
}

// LogSize returns how much room the application log and the vault traffic take.
func (db *DB) LogSize(ctx context.Context) (LogSize, error) {
	var size, pages, free int64
	err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		for _, v := range []struct {
			pragma string
			dest   *int64
		}{{"PRAGMA page_size", &size}, {"PRAGMA page_count", &pages}, {"PRAGMA freelist_count", &free}} {
			if _, err := tx.row(v.pragma, nil, []any{v.dest}); err != nil {
				return err
			}
		}
		return nil
	})
	return LogSize{Used: (pages - free) * size, File: pages * size}, wrap(err, "measure the log")
}

// oldestLine returns when the oldest line was written; in the far future where
// there is none, so that everything is older.
func (db *DB) oldestLine(ctx context.Context) (time.Time, error) {
	at := timeOf(never - 1)
	err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		_, err := tx.row("SELECT at FROM line ORDER BY id LIMIT 1", nil, []any{moment(&at)})
		return err
	})
	return at, wrap(err, "read the oldest line of the log")
}

// logTable are the statements that remove rows from one table of the log: end is
// the id behind the oldest rows. The rows of several processes may come a little out
// of order, so age is asked of each.
type logTable struct {
	end, remove string
	words       bool // whether its rows are in the index of words
}

func lineTable() logTable {
	return logTable{
		end:    "SELECT coalesce(max(id), 0) + 1 FROM (SELECT id FROM line ORDER BY id LIMIT $1) old",
		remove: "DELETE FROM line WHERE id < $1 AND at < $2",
		words:  true,
	}
}

func trafficTable() logTable {
	return logTable{
		end:    "SELECT coalesce(max(id), 0) + 1 FROM (SELECT id FROM traffic ORDER BY id LIMIT $1) old",
		remove: "DELETE FROM traffic WHERE id < $1 AND at < $2",
	}
}

// pruneLog removes at most pruneStep of the oldest rows of a table, those from
// before a moment unless that is zero. It reports how many, and whether there may
// be more.
func (db *DB) pruneLog(ctx context.Context, table logTable, before time.Time) (n int64, more bool, err error) {
	if err := ctx.Err(); err != nil {
		return 0, false, err
	}
	until := int64(never)
	if !before.IsZero() {
		until = micros(before)
	}
	err = db.log.write(ctx, func(tx *Tx) error {
		var end int64
		if _, err := tx.row(table.end, []any{pruneStep}, []any{&end}); err != nil {
			return err
		}
		if table.words {
			if err := tx.forgetWords(end, until); err != nil {
				return err
			}
		}
		if n, err = tx.exec(table.remove, end, until); err != nil {
			return err
		}
		return tx.keepIndexed()
	})
	if err != nil {
		return 0, false, fmt.Errorf("prune the log: %w", err)
	}
	return n, n == pruneStep, nil
}
