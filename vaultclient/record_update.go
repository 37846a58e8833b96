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
	Append bool   // add Notes instead of replacing, on a line of their own and without blanks around them; not idempotent
	Fields []Field

	ClearNotes bool // take the notes away; without Notes and Append
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
	if m.Title == "" && m.Notes.IsZero() && !m.ClearNotes && len(m.Fields) == 0 {
		b.fail(fmt.Errorf("nothing to change: %w", ErrInvalid))
	}
	if m.Title != "" {
		if strings.TrimSpace(m.Title) == "" {
			b.fail(fmt.Errorf("blank title: %w", ErrInvalid))
		}
		b.option("title", m.Title)
	}
	switch {
	case m.ClearNotes && (m.Append || !m.Notes.IsZero()):
		b.fail(fmt.Errorf("notes to clear and to write: %w", ErrInvalid))
	case m.ClearNotes:
		b.option("notes", "")
	case m.Append && trimmed(m.Notes.Reveal()) == "":
		b.fail(fmt.Errorf("no notes to add: %w", ErrInvalid))
	case m.Append:
		addNotes(b, a, "+"+trimmed(m.Notes.Reveal()))
	case strings.HasPrefix(m.Notes.Reveal(), "+"):
		b.fail(fmt.Errorf("notes that begin with a plus sign would be added: %w", ErrInvalid))
	default:
		addNotes(b, a, m.Notes.Reveal())
	}
	addFields(b, a, m.Fields, true)
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
		{"record-update: Operation cancelled: Re-authentication failed", AccessDenied},
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
	if (m.ClearNotes || !m.Notes.IsZero()) && !m.notesHold(now.Secrets.Notes.Reveal()) {
		return differentFrom("the notes are others")
	}
	if name := now.Secrets.missing(m.Fields); name != "" {
		return differentFrom("another value in " + name)
	}
	return stands(RecordUpdated{m.Record, now.Record.Revision})
}

func (m RecordUpdate) notesHold(notes string) bool {
	wanted := lineFeeds(m.Notes.Reveal())
	if m.Append {
		return strings.HasSuffix(notes, trimmed(wanted))
	}
	return notes == wanted
}

// values returns what the field of that name holds. Labels are compared as the service does, without regard to case, and not at
// all where it finds the field by its type.
func (s Secrets) values(f Field) []Secret {
	t, _ := fieldTypeOf(f.Type)
	for _, have := range s.Fields {
		label := have.Label
		if label == have.Type {
			label = "" // records made by record-add carry the type as the label of plain fields
		}
		if have.Type == f.Type && (t.once || strings.EqualFold(label, f.Label)) && (have.Custom || !f.Custom) {
			return have.Values
		}
	}
	return nil
}

// missing names the first of the fields that does not hold what was ordered, "" if all do.
func (s Secrets) missing(fields []Field) string {
	for _, f := range fields {
		if !f.Value.holds(s.values(f)) {
			return f.name()
		}
	}
	return ""
}
