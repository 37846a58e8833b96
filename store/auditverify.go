package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// verifyChunk is how many entries one read transaction of a verification takes:
// some tens of milliseconds, so that no checkpoint waits long.
const verifyChunk = 10_000

// AuditReport is what a verification of the audit chain found.
type AuditReport struct {
	Entries int64  // that were read
	Head    string // hash of the last one, hex
	Erased  int64  // texts that were erased; that is no fault
	Heads   int    // exported heads that were compared
	// Newest is the last of them, zero where there is none: entries after it could
	// have been cut off unseen.
	Newest AuditHead
	// Unreadable counts lines of audit-heads.log that make no sense.
	Unreadable int
	// BadSeq is the first entry that does not fit, 0 where the chain is intact or
	// the fault is not in one entry.
	BadSeq int64
	// Unfinished are the folders of restores that have not come to their end: they may
	// hold checkpoints of this chain that are beside the queue no more.
	Unfinished []string
	// Problem is one sentence about what does not fit, "" where all does.
	Problem string
}

// Intact reports whether nothing was found.
func (r AuditReport) Intact() bool { return r.Problem == "" }

// VerifyAudit reads the whole chain and checks every hash, every text that is
// still there against its commitment, and the chain against the heads in
// audit-heads.log and those given, which may be kept elsewhere. A broken chain
// is a finding and no error. Entries after the newest head can have been cut off
// unseen.
func (db *DB) VerifyAudit(ctx context.Context, kept ...AuditHead) (AuditReport, error) {
	heads, unreadable, err := db.AuditHeads()
	if err != nil {
		return AuditReport{}, err
	}
	heads = append(heads, kept...)
	slices.SortStableFunc(heads, func(a, b AuditHead) int { return int(a.Seq - b.Seq) })
	v := &verifier{heads: heads, prev: make([]byte, sha256.Size)}
	v.report.Unreadable = unreadable
	if v.report.Unfinished, err = tookHeads(db.opt.Dir); err != nil {
		return AuditReport{}, fmt.Errorf("verify the audit: %w", err)
	}
	if err := db.checkSignatures(v); err != nil {
		return AuditReport{}, err
	}
	for more := true; more && v.report.Problem == ""; {
		if err := ctx.Err(); err != nil {
			return v.report, err
		}
		if more, err = verifyNext(ctx, db.Read, v); err != nil {
			return v.report, fmt.Errorf("verify the audit: %w", err)
		}
	}
	v.report.Head = hex.EncodeToString(v.prev)
	v.finish()
	return v.report, nil
}

// checkSignatures finds heads that were not signed by this store's key. Where the
// key is missing, or another account's, the first head's own must have signed all
// of them: whoever verifies compares its fingerprint with one that was noted.
func (db *DB) checkSignatures(v *verifier) error {
	var own string
	key, err := readAuditKey(filepath.Join(db.opt.Dir, auditKeyName))
	switch {
	case err == nil:
		own = publicKey(key)
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission):
		return err
	case len(v.heads) > 0:
		own = v.heads[0].Key
	}
	for _, h := range v.heads {
		if h.Key != own || !h.Valid() {
			v.fail(0, "the exported head of entry %d is not signed by this queue's key", h.Seq)
			return nil
		}
	}
	return nil
}

// verifier walks the chain.
type verifier struct {
	report AuditReport
	heads  []AuditHead // not yet reached, by seq
	seq    int64
	prev   []byte
	names  []named // commitments of the chunk, by seq
}

type named struct {
	seq int64
	commitment
}

func (v *verifier) fail(seq int64, format string, args ...any) {
	if v.report.Problem == "" {
		v.report.BadSeq, v.report.Problem = seq, fmt.Sprintf(format, args...)
	}
}

// reader is how a file is read: DB.Read, or that of a copy.
type reader func(context.Context, func(*Tx) error) error

// verifyNext checks the next chunk and reports whether there may be more.
func verifyNext(ctx context.Context, read reader, v *verifier) (bool, error) {
	more := false
	err := read(ctx, func(tx *Tx) error {
		first, n := v.seq+1, 0
		var l link
		dest := linkInto(&l)
		err := tx.rows(`SELECT seq, at, actor, action, object, detail, texts, correlation, prev, hash FROM audit
			WHERE seq > $1 ORDER BY seq LIMIT $2`, []any{v.seq, verifyChunk}, func(r row) error {
			n++
			if err := r.Scan(dest...); err != nil {
				return err
			}
			v.check(l)
			return nil
		})
		more = n == verifyChunk
		if err != nil || v.report.Problem != "" {
			return err
		}
		return v.checkTexts(tx, first, v.seq)
	})
	return more, err
}

func linkInto(l *link) []any {
	return []any{number(&l.seq), number(&l.at), text(&l.actor), text(&l.action), text(&l.object), text(&l.detail), text(&l.texts),
		text(&l.correlation), blob(&l.prev), blob(&l.hash)}
}

// check compares a link with the one before it and with the exported heads.
func (v *verifier) check(l link) {
	if v.report.Problem != "" {
		return
	}
	v.report.Entries++
	switch {
	case l.seq != v.seq+1 && v.seq == 0:
		v.fail(v.seq+1, "the chain begins with entry %d: those before it are missing", l.seq)
	case l.seq != v.seq+1:
		v.fail(v.seq+1, "entry %d is missing", v.seq+1)
	case !bytes.Equal(l.prev, v.prev):
		v.fail(l.seq, "entry %d does not follow the one before it", l.seq)
	case !bytes.Equal(l.hash, l.sum()):
		v.fail(l.seq, "entry %d was changed", l.seq)
	}
	if v.report.Problem != "" {
		return
	}
	v.seq, v.prev = l.seq, l.hash
	committed, err := l.commitments()
	if err != nil {
		v.fail(l.seq, "entry %d has commitments that cannot be read", l.seq)
	}
	for _, c := range committed {
		v.names = append(v.names, named{l.seq, c})
	}
	slices.SortFunc(v.names[len(v.names)-len(committed):], byText)
	for len(v.heads) > 0 && v.heads[0].Seq == l.seq {
		if h := v.heads[0]; h.Hash != hex.EncodeToString(l.hash) {
			v.fail(l.seq, "entry %d is not the one whose head was exported at %s", l.seq, h.At.UTC().Format("2006-01-02 15:04:05 UTC"))
		}
		v.report.Newest, v.heads = v.heads[0], v.heads[1:]
		v.report.Heads++
	}
}

// checkTexts compares the texts of a chunk with their commitments.
func (v *verifier) checkTexts(tx *Tx, first, last int64) error {
	found := 0
	err := tx.rows("SELECT seq, name, salt, text FROM audit_text WHERE seq BETWEEN $1 AND $2 ORDER BY seq", []any{first, last},
		func(r row) error {
			var seq int64
			var name, value string
			var salt []byte
			if err := r.Scan(&seq, &name, &salt, &value); err != nil {
				return err
			}
			found++
			want := named{seq, commitment{name, hex.EncodeToString(commit(salt, name, value))}}
			if at, ok := slices.BinarySearchFunc(v.names, want, byText); !ok || v.names[at] != want {
				v.fail(seq, "the text %q of entry %d is not the one that was written", name, seq)
			}
			return nil
		})
	v.report.Erased += int64(len(v.names) - found)
	v.names = v.names[:0]
	return err
}

// byText orders commitments by entry and name, in which an entry has each name
// once.
func byText(a, b named) int {
	if a.seq != b.seq {
		return int(a.seq - b.seq)
	}
	return strings.Compare(a.Name, b.Name)
}

// finish compares the end of the chain with the newest exported head.
func (v *verifier) finish() {
	if len(v.heads) == 0 || v.report.Problem != "" {
		return
	}
	h := v.heads[len(v.heads)-1]
	v.fail(v.seq+1, "the chain ends with entry %d, but entry %d was there at %s: the end was cut off",
		v.seq, h.Seq, h.At.UTC().Format("2006-01-02 15:04:05 UTC"))
}
