package model

import (
	"fmt"
	"strings"
	"time"
)

// NewRecord is a record that an order creates. It holds no secret: a sealed
// answer is named, and opened only when the order is sent.
type NewRecord struct {
	Item   ItemKey      `json:"item"`
	Type   string       `json:"type"` // the vault's record type (PROTOCOL 12.5)
	Title  string       `json:"title"`
	Marker Number       `json:"marker"` // finds the record after a lost answer
	Fields []FieldValue `json:"fields,omitempty"`
	// Destroys is how long the link lives by which the record is read once and
	// then destroyed; 0 for a record that stays.
	Destroys time.Duration `json:"destroys,omitempty"`
}

// Words says what is created, in one sentence.
func (n *NewRecord) Words() string {
	s := fmt.Sprintf("create %q (%s)", n.Title, n.Type)
	if n.Destroys > 0 {
		s += ", destroyed when its link has been opened, at the latest after " + FormatDuration(n.Destroys)
	}
	return s
}

// RecordChange is what an order changes in a record. Empty members leave what
// is.
type RecordChange struct {
	Revision int64        `json:"revision"` // that the change was planned on
	Title    string       `json:"title,omitempty"`
	Fields   []FieldValue `json:"fields,omitempty"`
	// Notes replace the record's, or are added to them.
	Notes  FieldValue `json:"notes,omitzero"`
	Append bool       `json:"append,omitempty"`
}

// Words says what changes, in one sentence, without values.
func (c *RecordChange) Words() string {
	var parts []string
	if c.Title != "" {
		parts = append(parts, fmt.Sprintf("the title to %q", c.Title))
	}
	for _, f := range c.Fields {
		parts = append(parts, f.Vault)
	}
	switch {
	case !c.Notes.None() && c.Append:
		parts = append(parts, "the notes, added to")
	case !c.Notes.None():
		parts = append(parts, "the notes")
	}
	return "change " + strings.Join(parts, ", ")
}

// FieldValue is what a field of a record is to hold: a text, something that the
// vault generates, or a sealed answer. Exactly one of the three is set; the zero
// value clears the field.
type FieldValue struct {
	Field    string    `json:"field"` // Field.Key of the catalog
	Kind     FieldKind `json:"kind"`
	Vault    string    `json:"vault"` // the field's name in the vault (PROTOCOL 12.5)
	Text     string    `json:"text,omitempty"`
	Generate Generate  `json:"generate,omitzero"`
	Sealed   bool      `json:"sealed,omitempty"`
}

// None reports whether nothing is to be held.
func (v FieldValue) None() bool { return v.Text == "" && v.Generate.None() && !v.Sealed }

// Words is the value as screens name it; a secret is only named.
func (v FieldValue) Words() string {
	switch {
	case v.Sealed:
		return "sealed"
	case !v.Generate.None():
		return v.Generate.Words()
	}
	return v.Text
}

// NewRecordOf derives the record that a request orders, from its answers and
// the item's description. Answers that the vault does not keep are left out.
func NewRecordOf(r Request, item Item) NewRecord {
	n := NewRecord{Item: item.Key, Type: item.RecordType, Marker: r.Number}
	n.Title, _ = r.Answer(FieldTitle)
	sealed := map[string]bool{}
	for _, s := range r.Sealed {
		sealed[s.Field] = true
	}
	for _, f := range item.Fields {
		if f.Vault == "" {
			continue
		}
		text, answered := r.Answer(f.Key)
		v := FieldValue{Field: f.Key, Kind: f.Kind, Vault: f.Vault}
		switch gen, generated := ParseGenerate(text); {
		case sealed[f.Key]:
			v.Sealed = true
		case generated && len(f.Generators()) > 0:
			v.Generate = gen
		case answered && text != "":
			v.Text = text
		default:
			continue
		}
		n.Fields = append(n.Fields, v)
	}
	if text, ok := r.Answer(FieldDestroys); ok {
		if l, err := ParseLimit(text, time.UTC); err == nil {
			n.Destroys = l.Length()
		}
	}
	return n
}

// RecordFields lists the fields of a record of the type that can be changed: all
// that the item asks which makes such records, else what every record with a
// login has.
func RecordFields(recordType string) []Field {
	item := Item{}
	for _, i := range Catalog() {
		if i.RecordType == recordType || item.Key == "" && i.Key == ItemServer {
			item = i
		}
	}
	var fields []Field
	for _, f := range item.Fields {
		if f.Vault == "" || item.RecordType != recordType && f.Vault != "login" && f.Vault != "password" {
			continue
		}
		f.Required = false
		fields = append(fields, f)
	}
	return fields
}

// RecordContent is what a record holds, without anything secret.
type RecordContent struct {
	Facts RecordFacts `json:"facts"`
	// Values are the answers that stand for what its fields hold, by Field.Key.
	Values map[string]string `json:"values,omitempty"`
	// Held are the secret fields that hold something.
	Held []string `json:"held,omitempty"`
	// NoteLines is how many lines its notes have.
	NoteLines int `json:"note_lines,omitempty"`
}
