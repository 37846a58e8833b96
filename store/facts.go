package store

import (
	"context"
	"fmt"
)

// Facts are what is known of the files of a store: nothing of what anybody wrote.
type Facts struct {
	SQLite  string
	Schemas []Schema // of queue.db, log.db and live.db
	Rows    []Rows   // of queue.db, by table
	// Oldest and newest are the ids of the application log, 0 for an empty one.
	LogOldest, LogNewest int64
	LogUnindexed         int // parts of it that wait for the index of words
}

// Schema is the version of a file's schema.
type Schema struct {
	File    string
	Version int64
}

// Rows are how many rows a table has.
type Rows struct {
	Table string
	Count int64
}

// counted are the tables whose rows are counted: each in some milliseconds a
// hundred thousand.
func counted() []string {
	return []string{"person", "request", "approval", "vote", "task", "operation", "access_grant", "endpoint", "device", "incident", "audit", "sealed", "event"}
}

// Facts reads what is known of the files.
func (db *DB) Facts(ctx context.Context) (Facts, error) {
	var f Facts
	version := func(file string, tx *Tx) error {
		v := Schema{File: file}
		_, err := tx.row("PRAGMA user_version", nil, []any{&v.Version})
		f.Schemas = append(f.Schemas, v)
		return err
	}
	err := db.queue.read(ctx, db.opt.Now, func(tx *Tx) error {
		if err := version(queueName, tx); err != nil {
			return err
		}
		if _, err := tx.row("SELECT sqlite_version()", nil, []any{text(&f.SQLite)}); err != nil {
			return err
		}
		for _, table := range counted() {
			r := Rows{Table: table}
			var q query
			q.add("SELECT count(*) FROM " + table)
			if _, err := tx.row(q.text(), q.args, []any{&r.Count}); err != nil {
				return err
			}
			f.Rows = append(f.Rows, r)
		}
		return nil
	})
	if err == nil {
		err = db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
			if _, err := tx.row("SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM line", nil, []any{&f.LogOldest, &f.LogNewest}); err != nil {
				return err
			}
			lacking, err := tx.unindexed()
			if f.LogUnindexed = len(lacking); err != nil {
				return err
			}
			return version(logName, tx)
		})
	}
	if err == nil {
		err = db.live.read(ctx, func(tx *Tx) error { return version(liveName, tx) })
	}
	if err != nil {
		return f, fmt.Errorf("look at the files: %w", err)
	}
	return f, nil
}

// Spoken returns words that people and the vault have brought in: names, logins,
// addresses, titles. At most limit of the newest of each kind; what goes to others
// is cleaned of them.
func (t *Tx) Spoken(limit int) ([]string, error) {
	var all []string
	for _, from := range []struct{ table, column string }{
		{"person", "login"}, {"person", "name"}, {"person", "email"}, {"grp", "name"},
		{"request", "label"}, {"request", "target_title"}, {"request", "requested_for"}, {"access_grant", "title"},
		{"endpoint", "account"}, {"endpoint", "machine"}, {"device", "email"}, {"device", "name"},
	} {
		var q query
		q.add("SELECT " + from.column + " FROM " + from.table + " WHERE " + from.column + " IS NOT NULL")
		if from.table != "person" && from.table != "grp" {
			q.add("ORDER BY id DESC LIMIT ?", limit)
		}
		words, err := collect(t, func(s *string) []any { return []any{text(s)} }, q.text(), q.args...)
		if err != nil {
			return nil, wrap(err, "read names")
		}
		all = append(all, words...)
	}
	return all, nil
}
