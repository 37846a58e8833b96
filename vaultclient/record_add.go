package vaultclient

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// RecordAdd creates a record. It is not idempotent; Marker makes it findable after a lost answer (PROTOCOL 12.5, 13).
type RecordAdd struct {
	Title  string
	Type   string // record type: login, databaseCredentials, ...
	Folder UID    // "" for the root of the service account. An unknown folder would silently mean the root: Get it first
	Notes  Secret
	Fields []Field
	Marker Marker // required

	// SelfDestruct, if not 0, also makes a one-time link that lives so long, in whole minutes and at most MaxLinkLife; the vault
	// deletes the record five minutes after the link was opened.
	SelfDestruct time.Duration
}

// RecordAdded proves a RecordAdd. In which folder the record lies and what it holds, VerifyStored tells.
type RecordAdded struct {
	Record UID
	Share  ShareID // of the self-destruct link, "" without one
	URL    Secret  // the link itself, which cannot be fetched again; zero without one
}

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
	if m.SelfDestruct != 0 {
		b.linkLife("self-destruct", m.SelfDestruct)
	}
	addNotes(b, a, m.Notes.Reveal())
	addFields(b, a, m.Fields, false)
	return b.positional("c.text." + MarkerLabel + "=" + string(m.Marker)).build()
}

// addNotes adds the notes, if there are any. That releases before $BASE64 knew how to tell a backslash and an n from a line feed is
// not certain, so they get none.
func addNotes(b *commandBuilder, a abilities, notes string) {
	if notes == "" {
		return
	}
	if !a.base64 && strings.Contains(notes, `\n`) {
		b.fail(fmt.Errorf("notes with a backslash before an n need a vault service of %s or newer: %w", base64Since, ErrInvalid))
	}
	encoded, err := encodeNotes(notes)
	b.fail(err)
	b.secretOption("notes", encoded)
	b.secrets = append(b.secrets, notes)
}

func (m RecordAdd) judge(r Reply) Outcome {
	var data struct {
		Record UID    `json:"record_uid"`
		URL    string `json:"share_url"`
	}
	if json.Unmarshal(r.data, &data) == nil && data.Record.Valid() {
		if m.SelfDestruct == 0 {
			return Done{RecordAdded{Record: data.Record}, r.text()}
		}
		url := NewSecret(data.URL)
		id, err := ShareIDOf(url)
		if err != nil {
			return Unknown{OtherEffect, r.text()}
		}
		return Done{RecordAdded{data.Record, id, url}, r.text()}
	}
	if out := (refusals{
		{"record-add: Title parameter is required", BadCommand},
		{"record-add: Record type parameter is required", BadCommand},
	}).find(r); out != nil {
		return out
	}
	if line := r.line(`record-add: Record type "`); strings.HasSuffix(line, `" cannot be found.`) {
		return Refused{BadRecordType, r.text()}
	} else if strings.Contains(line, `" is restricted by your enterprise role policy`) {
		return Refused{TypeBarred, r.text()}
	}
	if r.line("record-add: Legacy record type is not supported") != "" {
		return Refused{BadRecordType, r.text()}
	}
	return refusedField(r)
}

// refusedField knows the complaints about fields, most of which come as 200 and "success" (PROTOCOL 11, 12.5).
func refusedField(r Reply) Outcome {
	if len(r.lines) == 0 {
		return nil
	}
	if r.has("Use --force to bypass password policy warnings.") {
		return Refused{PasswordPolicy, r.text()}
	}
	first := strings.TrimPrefix(r.lines[0], "Unexpected error: ")
	for _, start := range []string{
		`Field type "`, `Field "`, "Use lowercase field type ", "Expected: <field>=<value>, got: ", "Invalid JSON value: ",
		"Base64 value cannot be empty", "Base64 decoded to empty ", "Invalid base64 value: ", "JSON value cannot be empty",
		"Cannot generate a value for a ",
	} {
		if strings.HasPrefix(first, start) {
			return Refused{BadField, r.text()}
		}
	}
	return nil
}

// Verify looks at the records FindCreated found, after SyncDown. More than one means that it was done twice. A link to a record
// that destroys itself is lost with the answer: what stands then is not what was ordered.
func (m RecordAdd) Verify(found []Item) Finding {
	switch {
	case len(found) == 0:
		return absent("no record with " + string(m.Marker))
	case len(found) == 1 && m.SelfDestruct != 0:
		return differentFrom("the record is there, its link is lost")
	case len(found) == 1:
		return stands(RecordAdded{Record: found[0].UID})
	}
	return differentFrom(fmt.Sprintf("%d records with %s", len(found), m.Marker))
}

// VerifyStored compares the new record, read after its creation, with the order: an unknown folder means the root to the service,
// and some values that do not fit are dropped there without a word (PROTOCOL 8, 12.5).
func (m RecordAdd) VerifyStored(now RecordWithSecrets) Finding {
	switch have := now.Record; {
	case have.Marker != m.Marker:
		return differentFrom("the record does not hold " + string(m.Marker))
	case have.Folder.UID != m.Folder:
		return differentFrom("the record lies in " + have.Folder.where())
	case have.Title != m.Title:
		return differentFrom("the title is another one")
	case have.Type != m.Type:
		return differentFrom("the type is " + have.Type)
	case now.Secrets.Notes.Reveal() != lineFeeds(m.Notes.Reveal()):
		return differentFrom("the notes are others")
	}
	for _, f := range m.Fields {
		if !f.Value.empty() && !f.Value.holds(now.Secrets.values(f)) {
			return differentFrom("another value in " + f.name())
		}
	}
	return stands(RecordAdded{Record: now.Record.UID})
}

func (f FolderRef) where() string {
	if f.UID == "" {
		return "the root"
	}
	return strconv.Quote(f.Path)
}
