package vaultclient

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// RecordAdd creates a record. It is not idempotent; Marker makes it findable after a lost answer (PROTOCOL 12.5, 13).
type RecordAdd struct {
	Title  string
	Type   string // record type: login, databaseCredentials, ...
	Folder UID    // "" for the root of the service account. An unknown folder would silently mean the root: Get it first
	Notes  Secret
	Fields []Field
	Marker Marker // required
}

// RecordAdded proves a RecordAdd. In which folder the record lies, Get tells.
type RecordAdded struct{ Record UID }

func (RecordAdded) evidence() {}

// String returns the command without notes and values.
func (m RecordAdd) String() string { return masked(m) }

// GoString is String, for %#v.
func (m RecordAdd) GoString() string { return masked(m) }

var recordTypePattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_ -]{0,63}$`)

func (m RecordAdd) command(a abilities) (command, error) {
	// No --format: the service asks for JSON itself, and older ones refuse the option (PROTOCOL 12.5). No -f: it would
	// turn refusals of fields into acceptance.
	b := newCommand("record-add")
	if strings.TrimSpace(m.Title) == "" {
		b.fail(fmt.Errorf("blank title: %w", ErrInvalid))
	}
	b.fail(check(recordTypePattern, "record type", m.Type))
	b.fail(check(markerPattern, "marker", string(m.Marker)))
	b.option("title", m.Title).option("record-type", m.Type)
	if m.Folder != "" {
		b.uidOption("folder", m.Folder)
	}
	addNotes(b, m.Notes.Reveal())
	for _, f := range m.Fields {
		f.add(b, a, false)
	}
	return b.positional("c.text." + MarkerLabel + "=" + string(m.Marker)).build()
}

func addNotes(b *commandBuilder, notes string) {
	if notes == "" {
		return
	}
	encoded, err := encodeNotes(notes)
	b.fail(err)
	b.secretOption("notes", encoded)
	b.secrets = append(b.secrets, notes)
}

func (m RecordAdd) judge(r Reply) Outcome {
	var data struct {
		Record UID `json:"record_uid"`
	}
	if json.Unmarshal(r.data, &data) == nil && data.Record.Valid() {
		return Done{RecordAdded{data.Record}, r.text()}
	}
	if out := (refusals{
		{"record-add: Title parameter is required", BadCommand},
		{"record-add: Record type parameter is required", BadCommand},
	}).find(r); out != nil {
		return out
	}
	if line := r.line(`record-add: Record type "`); strings.HasSuffix(line, `" cannot be found.`) {
		return Refused{BadRecordType, r.text()}
	}
	return refusedField(r)
}

// refusedField knows the complaints about fields, most of which come as 200 and "success" (PROTOCOL 11, 12.5).
func refusedField(r Reply) Outcome {
	if len(r.lines) == 0 {
		return nil
	}
	first := strings.TrimPrefix(r.lines[0], "Unexpected error: ")
	for _, start := range []string{
		`Field type "`, `Field "`, "Use lowercase field type ", "Expected: <field>=<value>, got: ", "Invalid JSON value: ",
		"Base64 value cannot be empty",
	} {
		if strings.HasPrefix(first, start) {
			return Refused{BadField, r.text()}
		}
	}
	return nil
}

// Verify looks at the records FindMarked found, after SyncDown. More than one means that it was done twice.
func (m RecordAdd) Verify(found []Item) Finding {
	switch len(found) {
	case 0:
		return absent("no record with " + string(m.Marker))
	case 1:
		return stands(RecordAdded{found[0].UID})
	}
	return differentFrom(fmt.Sprintf("%d records with %s", len(found), m.Marker))
}
