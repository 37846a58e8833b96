package store

import (
	"context"
	"fmt"
	"strings"
)

const (
	// indexStep is how many lines enter the index of words in one commit: about a
	// millisecond, so that no line lacking for its own commit any longer than that.
	indexStep = 500
	// partLines is how many ids a part of the index has. A word that is in most
	// lines costs as much as its part is large; a part leaves with its lines at
	// once, where taking each word out would leave its room behind.
	partLines = 500_000
	// mergeStep is how many pages of a part are merged in one commit.
	mergeStep = 200
)

// wordPart is a part of the index of words, by its number.
type wordPart int64

// partOf is the part that a line belongs to.
func partOf(id int64) wordPart { return wordPart((id - 1) / partLines) }

// first and last are the ids that the part is for.
func (p wordPart) first() int64 { return int64(p)*partLines + 1 }
func (p wordPart) last() int64  { return (int64(p) + 1) * partLines }

// table is the part's table. Its name is made of our own number alone.
func (p wordPart) table() string { return fmt.Sprintf("line_words_%d", int64(p)) }

// make makes the part's table. It reads its text through a view that has exactly
// the lines that are in it, so that SQLite's own check finds the two alike at any
// time. It merges a little with each insert, rather than much with a few of them.
func (p wordPart) make() string {
	return strings.NewReplacer("WORDS", p.table(), "PART", fmt.Sprint(int64(p)), "FIRST", fmt.Sprint(p.first())).Replace(`
		CREATE VIEW WORDS_text AS SELECT id AS rowid, message, fields FROM line
			WHERE id BETWEEN FIRST AND (SELECT upto FROM line_part WHERE part = PART);
		CREATE VIRTUAL TABLE WORDS USING fts4 (content="WORDS_text", message, fields, tokenize=unicode61, order=desc, matchinfo=fts3);
		INSERT INTO WORDS (WORDS) VALUES ('automerge=8')`)
}

// IndexLog puts the next lines into the index of words, the newest part first, or
// merges a part that is full, and reports whether there is more to do. Several
// processes may call it at once.
func (db *DB) IndexLog(ctx context.Context) (more bool, err error) {
	var lacking, loose []wordPart
	err = db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		if lacking, err = tx.unindexed(); err != nil {
			return err
		}
		loose, err = tx.unmerged()
		return err
	})
	switch {
	case err != nil:
	case len(lacking) > 0:
		var done bool
		done, err = db.indexPart(ctx, lacking[0], lacking[0].last())
		more = !done || len(lacking)+len(loose) > 1
	case len(loose) > 0:
		more = true
		err = db.mergePart(ctx, loose[0])
	}
	return more, wrap(err, "index the log")
}

// unmerged returns the parts that get no more lines and are in pieces still: in few
// of them, a rare word is found sooner.
func (t *Tx) unmerged() ([]wordPart, error) {
	return collect(t, func(p *wordPart) []any { return []any{number((*int64)(p))} },
		"SELECT part FROM line_part WHERE full = 0 AND upto >= (part + 1) * $1 ORDER BY part", partLines)
}

// mergePart merges some of the pieces of a part, and marks it when nothing is left
// to merge.
func (db *DB) mergePart(ctx context.Context, p wordPart) error {
	return db.log.write(ctx, func(tx *Tx) error {
		var before, after int64
		const changes = "SELECT total_changes()"
		if _, err := tx.row(changes, nil, []any{&before}); err != nil {
			return err
		}
		q := new(query).add("INSERT INTO "+p.table()+" ("+p.table()+") VALUES (?)", fmt.Sprintf("merge=%d,2", mergeStep))
		if _, err := tx.exec(q.text(), q.args...); err != nil {
			return err
		}
		if _, err := tx.row(changes, nil, []any{&after}); err != nil || after-before >= 2 {
			return err // the insert itself is the one change that says nothing
		}
		_, err := tx.exec("UPDATE line_part SET full = 1 WHERE part = $1", int64(p))
		return err
	})
}

// unindexed returns the parts that lack lines, the newest first. It only looks: a
// writing transaction would hold up others.
func (t *Tx) unindexed() ([]wordPart, error) {
	upto, err := t.indexedParts()
	if err != nil {
		return nil, err
	}
	first, last, err := t.lineBounds()
	var lacking []wordPart
	for p := partOf(last); err == nil && last > 0 && p >= partOf(first); p-- {
		if upto[p] < min(p.last(), last) {
			lacking = append(lacking, p)
		}
	}
	return lacking, err
}

// indexedParts returns how far each part is indexed.
func (t *Tx) indexedParts() (map[wordPart]int64, error) {
	parts := map[wordPart]int64{}
	err := t.rows("SELECT part, upto FROM line_part ORDER BY part", nil, func(r row) error {
		var p, upto int64
		err := r.Scan(&p, &upto)
		parts[wordPart(p)] = upto
		return err
	})
	return parts, err
}

// lineBounds returns the first and the last line, 0 and -1 where there is none.
func (t *Tx) lineBounds() (first, last int64, err error) {
	_, err = t.row(lineTimes().bounds, nil, []any{&first, &last})
	return first, last, err
}

// indexPart puts the next lines of a part into its index, and reports whether all
// up to a line are in it.
func (db *DB) indexPart(ctx context.Context, p wordPart, upto int64) (done bool, err error) {
	err = db.log.write(ctx, func(tx *Tx) error {
		from, to := p.first()-1, int64(0)
		made, err := tx.row("SELECT upto FROM line_part WHERE part = $1", []any{int64(p)}, []any{&from})
		if err == nil && !made {
			if _, err = tx.exec(p.make()); err == nil {
				_, err = tx.exec("INSERT INTO line_part (part, upto) VALUES ($1, $2)", int64(p), from)
			}
		}
		if err != nil {
			return err
		}
		if _, err := tx.row(`SELECT coalesce(max(id), 0) FROM (SELECT id FROM line WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3) next`,
			[]any{from, p.last(), indexStep}, []any{&to}); err != nil || to == 0 {
			return err
		}
		q := new(query).add("INSERT INTO "+p.table()+" (docid, message, fields) SELECT id, message, fields FROM line WHERE id > ? AND id <= ?", from, to)
		if _, err := tx.exec(q.text(), q.args...); err != nil {
			return err
		}
		if _, err := tx.exec("UPDATE line_part SET upto = $1 WHERE part = $2", to, int64(p)); err != nil {
			return err
		}
		_, done, err = tx.isIndexed(p, upto)
		return err
	})
	return done, err
}

// isIndexed reports whether the part was made, and whether the lines of it are in
// the index up to a line, or as far as there are any.
func (t *Tx) isIndexed(p wordPart, upto int64) (made, done bool, err error) {
	var at, last int64
	if made, err = t.row("SELECT upto FROM line_part WHERE part = $1", []any{int64(p)}, []any{&at}); err != nil {
		return made, false, err
	}
	_, err = t.row("SELECT coalesce(max(id), 0) FROM line WHERE id BETWEEN $1 AND $2", []any{p.first(), min(upto, p.last())}, []any{&last})
	return made, at >= last, err
}

// forgetWords takes the lines below an end and from before a moment out of the
// index, before they are removed.
func (t *Tx) forgetWords(end, before int64) error {
	parts, err := t.indexedParts()
	for p, upto := range parts {
		if err != nil || p.first() >= end {
			continue
		}
		q := new(query).add("DELETE FROM "+p.table()+" WHERE docid IN (SELECT id FROM line WHERE id >= ? AND id < ? AND at < ?)",
			p.first(), min(end, upto+1), before)
		_, err = t.exec(q.text(), q.args...)
	}
	return err
}

// keepIndexed keeps the index true after lines were removed: a part whose lines are
// all gone goes as well, and where the newest are gone, their ids are given again.
func (t *Tx) keepIndexed() error {
	first, last, err := t.lineBounds()
	if err != nil {
		return err
	}
	parts, err := t.indexedParts()
	for p, upto := range parts {
		switch {
		case err != nil:
		case last < p.first() || first > p.last():
			err = t.dropWords(p)
		case upto > last:
			_, err = t.exec("UPDATE line_part SET upto = $1 WHERE part = $2", last, int64(p))
		}
	}
	return err
}

// dropWords drops a part of the index with every word in it. What is left of its
// lines is indexed again.
func (t *Tx) dropWords(p wordPart) error {
	if _, err := t.exec("DROP TABLE IF EXISTS " + p.table() + "; DROP VIEW IF EXISTS " + p.table() + "_text"); err != nil {
		return err
	}
	_, err := t.exec("DELETE FROM line_part WHERE part = $1", int64(p))
	return err
}
