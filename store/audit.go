package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"countersign/model"
)

// saltSize is enough that a short text cannot be guessed from its commitment
// once salt and text are erased.
const saltSize = 16

// commitment binds the chain to a text that it does not hold.
type commitment struct {
	Name string `json:"name"`
	Hash string `json:"hash"` // hex
}

// link is an entry of the chain as it is stored.
type link struct {
	seq, at                                           int64
	actor, action, object, detail, texts, correlation string
	prev, hash                                        []byte
}

// AppendAudit adds an event to the audit chain. The texts are kept beside the
// chain, which holds only salted commitments to them, so that they can be erased
// (DESIGN 4).
func (t *Tx) AppendAudit(e model.AuditEvent) error {
	if err := t.usable(true); err != nil {
		return err
	}
	l := link{at: micros(t.Now), actor: string(e.Actor), action: e.Action, object: e.Object, detail: e.Detail,
		correlation: string(e.Correlation), prev: make([]byte, sha256.Size)}
	if _, err := t.row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", nil, []any{&l.seq, &l.prev}); err != nil {
		return wrap(err, "read the end of the audit chain")
	}
	l.seq++
	salts := make([][]byte, len(e.Texts))
	var commitments []commitment
	for i, text := range e.Texts {
		salts[i] = make([]byte, saltSize)
		rand.Read(salts[i]) // never fails
		commitments = append(commitments, commitment{text.Name, hex.EncodeToString(commit(salts[i], text.Name, text.Text))})
	}
	if commitments != nil {
		var err error
		if l.texts, err = document(commitments); err != nil {
			return err
		}
	}
	l.hash = l.sum()
	_, err := t.exec(`INSERT INTO audit (seq, at, actor, action, object, detail, texts, correlation, prev, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		l.seq, l.at, l.actor, l.action, l.object, l.detail, l.texts, l.correlation, l.prev, l.hash)
	for i, text := range e.Texts {
		if err == nil {
			_, err = t.exec("INSERT INTO audit_text (seq, name, salt, text) VALUES ($1, $2, $3, $4)",
				l.seq, text.Name, salts[i], text.Text)
		}
	}
	if err == nil {
		t.audited = append(t.audited, e)
	}
	return wrap(err, "audit %s of %s", e.Action, e.Object)
}

// AuditBegan returns when the first entry of the chain was written, the zero time
// where there is none.
func (t *Tx) AuditBegan() (time.Time, error) {
	var at time.Time
	_, err := t.row("SELECT at FROM audit WHERE seq = 1", nil, []any{moment(&at)})
	return at, wrap(err, "read the beginning of the audit")
}

// sum is the hash of a link: SHA-256 over the previous hash and every column but
// its own hash, each preceded by its length, so that nothing can move from one
// column into the next unseen.
func (l link) sum() []byte {
	var short [512]byte // enough for most, so that nothing is allocated
	b := field(short[:0], "countersign audit 1")
	b = field(b, l.prev)
	b = binary.BigEndian.AppendUint64(b, uint64(l.seq)) // #nosec G115 -- the same bits
	b = binary.BigEndian.AppendUint64(b, uint64(l.at))  // #nosec G115 -- the same bits
	for _, s := range [...]string{l.actor, l.action, l.object, l.detail, l.texts, l.correlation} {
		b = field(b, s)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// commit is the commitment to a text.
func commit(salt []byte, name, text string) []byte {
	b := field(nil, "countersign text 1")
	b = field(b, salt)
	b = field(b, name)
	sum := sha256.Sum256(field(b, text))
	return sum[:]
}

// field appends a value with its length before it.
func field[T string | []byte](b []byte, v T) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(v))), v...)
}

// commitments reads what a link says about its texts.
func (l link) commitments() ([]commitment, error) {
	if l.texts == "" {
		return nil, nil
	}
	var c []commitment
	if err := json.Unmarshal([]byte(l.texts), &c); err != nil {
		return nil, fmt.Errorf("read commitments of entry %d: %w", l.seq, err)
	}
	return c, nil
}

// AuditQuery says which entries are wanted; the newest come first. Every filter
// that is set must fit.
type AuditQuery struct {
	Actors  []model.PersonID // nil for any
	Action  string           // how it begins: "request." or "request.approve"
	Objects []string         // nil for any
	From    time.Time        // inclusive
	To      time.Time        // exclusive
	Span    Span
}

// Audit returns a page of the audit chain with the texts that are still there.
func (t *Tx) Audit(q AuditQuery) (Page[model.AuditEntry], error) {
	l := listing{sort: SortNewest, desc: true, tables: "CROSS JOIN audit u", on: "u.seq = hit.id",
		columns: "u.seq, u.at, u.actor, u.action, u.object, u.detail, u.texts, u.correlation, u.hash"}
	r, err := t.idsWithin(auditTimes(), q.From, q.To)
	if err != nil {
		return Page[model.AuditEntry]{}, wrap(err, "list the audit")
	}
	base := leg{table: "audit u", id: "u.seq", conds: append(withinTime("u.at", q.From, q.To), r.conditions("u.seq")...)}
	switch {
	case q.Objects != nil:
		l.legs = valueLegs(base, "u.object", q.Objects)
	case q.Actors != nil:
		l.legs = valueLegs(base, "u.actor", q.Actors)
	default:
		l.legs = []leg{base}
	}
	if q.Actors != nil {
		l.filters = append(l.filters, whereIn("u.actor", q.Actors))
	}
	if q.Action != "" {
		l.filters = append(l.filters, where(`u.action LIKE ? ESCAPE '\'`, escapeLike(q.Action)+"%"))
	}
	rows, err := pageOf(t, l, q.Span, func(e *auditRow) []any {
		return []any{number(&e.Seq), moment(&e.At), text(&e.Actor), text(&e.Action), text(&e.Object), text(&e.Detail),
			text(&e.texts), text(&e.Correlation), hexOf(&e.Hash)}
	})
	page := Page[model.AuditEntry]{First: rows.First, Last: rows.Last, More: rows.More}
	if err == nil {
		page.Rows, err = t.withAuditTexts(rows.Rows)
	}
	return page, wrap(err, "list the audit")
}

// auditRow is an entry with what it says about its texts.
type auditRow struct {
	model.AuditEntry
	texts string
}

// hexOf reads bytes as hex.
func hexOf(p *string) scan {
	return func(src any) error {
		b, ok := src.([]byte)
		if !ok {
			return mismatch(src, "bytes")
		}
		*p = hex.EncodeToString(b)
		return nil
	}
}

// valueLegs makes a leg for each value of a column that leads an index with the
// id.
func valueLegs[T ~string](base leg, column string, values []T) []leg {
	legs := make([]leg, 0, len(values))
	for _, v := range values {
		one := base
		one.conds = append([]condition{where(column+" = ?", string(v))}, base.conds...)
		legs = append(legs, one)
	}
	return legs
}

// withAuditTexts adds the texts of entries, and marks those of which one is gone.
func (t *Tx) withAuditTexts(rows []auditRow) ([]model.AuditEntry, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	seqs := make([]int64, len(rows))
	for i, r := range rows {
		seqs[i] = r.Seq
	}
	var q query
	addIn(q.add("SELECT seq, name, text FROM audit_text WHERE"), "seq", seqs)
	type place struct {
		seq  int64
		name string
	}
	texts := map[place]string{}
	err := t.rows(q.text(), q.args, func(r row) error {
		var at place
		var value string
		err := r.Scan(&at.seq, &at.name, &value)
		texts[at] = value
		return err
	})
	if err != nil {
		return nil, err
	}
	entries := make([]model.AuditEntry, len(rows))
	for i, r := range rows {
		committed, err := link{seq: r.Seq, texts: r.texts}.commitments()
		if err != nil {
			return nil, err
		}
		for _, c := range committed {
			value, kept := texts[place{r.Seq, c.Name}]
			if kept {
				r.Texts = append(r.Texts, model.AuditText{Name: c.Name, Text: value})
			}
			r.Erased = r.Erased || !kept
		}
		entries[i] = r.AuditEntry
	}
	return entries, nil
}
