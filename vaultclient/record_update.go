package vaultclient

import (
	"fmt"
	"strings"
)

// RecordUpdate changes a record. Empty members leave what is. Its answer is never proof: Judge returns Unknown with cause
// Silent where all seems well, and Verify tells (PROTOCOL 12.6).
type RecordUpdate struct {
	Record UID
	Title  string
	Notes  Secret // replaces the notes, or is added to them
	Append bool   // add Notes instead of replacing; not idempotent
	Fields []Field
}

// RecordUpdated proves a RecordUpdate, from Verify.
type RecordUpdated struct {
	Record   UID
	Revision int64
}

func (RecordUpdated) evidence() {}

// String returns the command without notes and values.
func (m RecordUpdate) String() string { return masked(m) }

// GoString is String, for %#v.
func (m RecordUpdate) GoString() string { return masked(m) }

func (m RecordUpdate) command(a abilities) (command, error) {
	b := newCommand("record-update").uidOption("record", m.Record)
	if m.Title == "" && m.Notes.IsZero() && len(m.Fields) == 0 {
		b.fail(fmt.Errorf("nothing to change: %w", ErrInvalid))
	}
	if m.Title != "" {
		b.option("title", m.Title)
	}
	switch {
	case m.Append:
		addNotes(b, "+"+m.Notes.Reveal())
	case strings.HasPrefix(m.Notes.Reveal(), "+"):
		b.fail(fmt.Errorf("notes that begin with a plus sign would be added: %w", ErrInvalid))
	default:
		addNotes(b, m.Notes.Reveal())
	}
	for _, f := range m.Fields {
		f.add(b, a, true)
	}
	return b.build()
}

func (m RecordUpdate) judge(r Reply) Outcome {
	if line := r.line(`record-update: Record "`); strings.HasSuffix(line, `" not found.`) {
		return Refused{ObjectMissing, r.text()}
	}
	if out := (refusals{
		{"Unexpected error: RS_ACCESS_DENIED: ", AccessDenied},
		{"Unexpected error: RS_OUT_OF_SYNC: ", OutOfSync},
		{"Legacy record type is not supported", LegacyRecord},
		{"record-update: Record parameter is required", BadCommand},
	}).find(r); out != nil {
		return out
	}
	return refusedField(r)
}

// Verify compares the record as it is now, read after SyncDown, with the order and with its revision before the order was sent.
func (m RecordUpdate) Verify(before int64, now RecordWithSecrets) Finding {
	if now.Record.Revision <= before {
		return absent(fmt.Sprintf("still at revision %d", now.Record.Revision))
	}
	if m.Title != "" && now.Record.Title != m.Title {
		return differentFrom("the title is another one")
	}
	if !m.Notes.IsZero() && !m.notesHold(now.Secrets.Notes.Reveal()) {
		return differentFrom("the notes are others")
	}
	for _, f := range m.Fields {
		if !f.Value.holds(now.Secrets.values(f)) {
			return differentFrom("another value in " + f.name())
		}
	}
	return stands(RecordUpdated{m.Record, now.Record.Revision})
}

func (m RecordUpdate) notesHold(notes string) bool {
	wanted := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(m.Notes.Reveal())
	if m.Append {
		return strings.HasSuffix(notes, wanted)
	}
	return notes == wanted
}

// values returns what the field of that name holds. Labels are compared as the service does, without regard to case.
func (s Secrets) values(f Field) []Secret {
	for _, have := range s.Fields {
		label := have.Label
		if label == have.Type {
			label = "" // records made by record-add carry the type as the label of plain fields
		}
		if have.Type == f.Type && strings.EqualFold(label, f.Label) && (have.Custom || !f.Custom) {
			return have.Values
		}
	}
	return nil
}
