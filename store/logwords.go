package store

import "context"

// indexStep is how many lines enter the index of words in one commit: about a
// millisecond, so that no line waits for its own commit any longer than that.
const indexStep = 500

// IndexLog puts the next lines into the index of words and reports whether others
// wait. Several processes may call it at once.
func (db *DB) IndexLog(ctx context.Context) (more bool, err error) {
	upto, top, err := db.indexed(ctx)
	if err != nil || upto >= top {
		return false, wrap(err, "index the log")
	}
	err = db.log.write(ctx, func(tx *Tx) error {
		var last int64
		if _, err := tx.row(`SELECT coalesce(max(id), 0) FROM (SELECT id FROM line
			WHERE id > (SELECT upto FROM line_indexed WHERE one = 1) ORDER BY id LIMIT $1) next`, []any{indexStep}, []any{&last}); err != nil || last == 0 {
			return err
		}
		if _, err := tx.exec(`INSERT INTO line_words (docid, message, fields) SELECT id, message, fields FROM line
			WHERE id > (SELECT upto FROM line_indexed WHERE one = 1) AND id <= $1`, last); err != nil {
			return err
		}
		_, err := tx.exec("UPDATE line_indexed SET upto = $1 WHERE one = 1", last)
		more = last < top
		return err
	})
	return more, wrap(err, "index the log")
}

// keepIndexed keeps the mark of the index true after lines were removed: where the
// newest are gone, their ids are given again.
func (t *Tx) keepIndexed() error {
	_, err := t.exec(`UPDATE line_indexed SET upto = (SELECT coalesce(max(id), 0) FROM line)
		WHERE one = 1 AND upto > (SELECT coalesce(max(id), 0) FROM line)`)
	return err
}

// LogUnindexed returns how many lines wait for the index of words.
func (db *DB) LogUnindexed(ctx context.Context) (int64, error) {
	upto, top, err := db.indexed(ctx)
	return max(top-upto, 0), wrap(err, "read the index of the log")
}

// indexed returns the last line in the index of words, and the last there is. It
// only looks: a writing transaction would hold up others.
func (db *DB) indexed(ctx context.Context) (upto, top int64, err error) {
	err = db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		_, err := tx.row("SELECT upto, (SELECT coalesce(max(id), 0) FROM line) FROM line_indexed WHERE one = 1", nil, []any{&upto, &top})
		return err
	})
	return upto, top, err
}

// indexUpTo fills the index of words up to a line.
func (db *DB) indexUpTo(ctx context.Context, id int64) error {
	for {
		upto, top, err := db.indexed(ctx)
		if err != nil || upto >= min(id, top) {
			return err
		}
		if _, err := db.IndexLog(ctx); err != nil {
			return err
		}
	}
}
