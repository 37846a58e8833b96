package store

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"countersign/model"
)

// AuditSpan says which entries are exported.
type AuditSpan struct {
	From, To time.Time // inclusive and exclusive; zero for no bound
	After    int64     // only entries after this one
	Texts    bool      // with the personal texts that are still there
}

// AuditRecord is an entry with everything that its hash is made of, so that who
// has it can make the hash again:
//
//	SHA-256(field("countersign audit 1") field(prev) seq at
//	        field(actor) field(action) field(object) field(detail) field(texts) field(correlation))
//
// where seq and at are 64 bits, a field is its length in 64 bits and its bytes, and
// all integers are big-endian.
type AuditRecord struct {
	Seq         int64  `json:"seq"`
	At          int64  `json:"at"` // microseconds since 1970 UTC
	Actor       string `json:"actor"`
	Action      string `json:"action"`
	Object      string `json:"object"`
	Detail      string `json:"detail"`
	Commitments string `json:"commitments"` // column texts, as it is stored
	Correlation string `json:"correlation"`
	Prev        string `json:"prev"` // hex
	Hash        string `json:"hash"`

	Texts []AuditClearText `json:"texts,omitempty"`
}

// AuditClearText is a personal text with the salt of its commitment:
//
//	SHA-256(field("countersign text 1") field(salt) field(name) field(text))
type AuditClearText struct {
	Name string `json:"name"`
	Salt string `json:"salt"` // hex
	Text string `json:"text"`
}

// AuditExport is one part of an export: an entry or a checkpoint.
type AuditExport struct {
	Entry      *AuditRecord
	Checkpoint *AuditHead
}

// ExportAudit calls each for the entries of a span, the oldest first, and for
// every checkpoint of audit-heads.log behind the entry that it signs. It reads in
// short transactions, so that no checkpoint of the database waits for it. Entries
// that come meanwhile are not part of it.
//
// The entries are those between the first and the last within the bounds, without a
// gap: were one left out because a clock was set back, the chain could not be
// followed.
func (db *DB) ExportAudit(ctx context.Context, span AuditSpan, each func(AuditExport) error) error {
	heads, _, err := db.AuditHeads()
	if err != nil {
		return err
	}
	slices.SortStableFunc(heads, func(a, b AuditHead) int { return int(a.Seq - b.Seq) })
	next, last, err := db.auditBounds(ctx, span)
	for err == nil && next <= last {
		if err := ctx.Err(); err != nil {
			return err
		}
		var records []AuditRecord
		if records, err = db.auditRecords(ctx, next, last, span.Texts); err != nil || len(records) == 0 {
			break
		}
		for i := range records {
			if err := each(AuditExport{Entry: &records[i]}); err != nil {
				return err
			}
			next = records[i].Seq + 1
			for ; len(heads) > 0 && heads[0].Seq < next; heads = heads[1:] {
				if heads[0].Seq < next-1 {
					continue // of an entry that is not part of the export
				}
				if err := each(AuditExport{Checkpoint: &heads[0]}); err != nil {
					return err
				}
			}
		}
	}
	return wrap(err, "export the audit")
}

// auditBounds returns the first and the last entry of a span; the first is behind
// the last where there is none.
func (db *DB) auditBounds(ctx context.Context, span AuditSpan) (first, last int64, err error) {
	err = db.Read(ctx, func(tx *Tx) error {
		r, err := tx.idsWithin(auditTimes(), span.From, span.To)
		if err != nil {
			return err
		}
		until := int64(never)
		if !span.To.IsZero() {
			until = micros(span.To)
		}
		first = noEnd
		if _, err := tx.row("SELECT seq FROM audit WHERE seq > $1 AND seq >= $2 AND at >= $3 ORDER BY seq LIMIT 1",
			[]any{span.After, r.low, micros(span.From)}, []any{&first}); err != nil {
			return err
		}
		_, err = tx.row("SELECT seq FROM audit WHERE seq < $1 AND at < $2 ORDER BY seq DESC LIMIT 1", []any{r.high, until}, []any{&last})
		return err
	})
	return first, last, err
}

// auditRecords reads the next entries of those from first to last.
func (db *DB) auditRecords(ctx context.Context, first, last int64, texts bool) ([]AuditRecord, error) {
	const chunk = 1000
	var records []AuditRecord
	err := db.Read(ctx, func(tx *Tx) error {
		links, err := collect(tx, linkInto, `SELECT seq, at, actor, action, object, detail, texts, correlation, prev, hash FROM audit
			WHERE seq BETWEEN $1 AND $2 ORDER BY seq LIMIT $3`, first, last, chunk)
		if err != nil || len(links) == 0 {
			return err
		}
		for _, l := range links {
			records = append(records, AuditRecord{Seq: l.seq, At: l.at, Actor: l.actor, Action: l.action, Object: l.object, Detail: l.detail,
				Commitments: l.texts, Correlation: l.correlation, Prev: hex.EncodeToString(l.prev), Hash: hex.EncodeToString(l.hash)})
		}
		if !texts {
			return nil
		}
		return tx.addClearTexts(records)
	})
	return records, err
}

// addClearTexts adds the texts that are still there to records in a row.
func (t *Tx) addClearTexts(records []AuditRecord) error {
	at := map[int64]*AuditRecord{}
	for i := range records {
		at[records[i].Seq] = &records[i]
	}
	return t.rows("SELECT seq, name, salt, text FROM audit_text WHERE seq BETWEEN $1 AND $2 ORDER BY seq, name",
		[]any{records[0].Seq, records[len(records)-1].Seq}, func(r row) error {
			var seq int64
			var salt []byte
			var text AuditClearText
			if err := r.Scan(&seq, &text.Name, &salt, &text.Text); err != nil {
				return err
			}
			// A text whose entry is missing is found by who verifies the export.
			if record, ok := at[seq]; ok {
				text.Salt = hex.EncodeToString(salt)
				record.Texts = append(record.Texts, text)
			}
			return nil
		})
}

// Time is when the entry was written.
func (r AuditRecord) Time() time.Time { return timeOf(r.At) }

// By is who did it.
func (r AuditRecord) By() model.PersonID { return model.PersonID(r.Actor) }
