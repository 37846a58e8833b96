package vaultclient

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Field is one field of a record to add or update.
type Field struct {
	Type   string // Keeper's field type: login, password, url, host, ...
	Label  string // "" for a type's plain field; letters, digits, blanks, underscores
	Custom bool   // an additional field rather than one of the record type's own
	Value  Value
}

// Value is what a field shall hold. The zero value is an empty text.
type Value struct {
	kind    valueKind
	text    Secret
	parts   map[string]Secret
	forType string // of a generated value: the only type of field that takes it
}

type valueKind int

const (
	textValue valueKind = iota
	objectValue
	dateValue
	generated
)

// Text is any UTF-8 text, also with line feeds. An empty one leaves the field out of a new record and clears it in an existing one.
func Text(s string) Value { return Value{kind: textValue, text: NewSecret(s)} }

// Parts is the value of a field with several parts, such as host {hostName, port}. If all of them are empty the value is.
func Parts(parts map[string]string) Value {
	v := Value{kind: objectValue, parts: make(map[string]Secret, len(parts))}
	for name, text := range parts {
		v.parts[name] = NewSecret(text)
	}
	return v
}

// Date is a day.
func Date(t time.Time) Value { return Value{kind: dateValue, text: NewSecret(t.Format(time.DateOnly))} }

// String hides the value.
func (v Value) String() string { return hidden }

// GoString hides the value.
func (v Value) GoString() string { return hidden }

var labelPattern = regexp.MustCompile(`^[A-Za-z0-9_ ]{0,64}$`)

// name is the field as the service addresses it.
func (f Field) name() string {
	name := f.Type
	if f.Custom {
		name = "c." + name
	}
	if f.Label != "" {
		name += "." + f.Label
	}
	return name
}

// place is what two fields must not have in common, or the second would overwrite the first.
func (f Field) place() string { return f.Type + "." + strings.ToLower(f.Label) }

// addFields puts fields into a command. Empty ones are left out unless keepEmpty, which clears them.
func addFields(b *commandBuilder, a abilities, fields []Field, keepEmpty bool) {
	seen := map[string]bool{"text." + MarkerLabel: true} // is ours
	for _, f := range fields {
		if seen[f.place()] {
			b.fail(fmt.Errorf("field %q twice: %w", f.name(), ErrInvalid))
		}
		seen[f.place()] = true
		f.add(b, a, keepEmpty)
	}
}

func (f Field) add(b *commandBuilder, a abilities, keepEmpty bool) {
	t, known := fieldTypeOf(f.Type)
	if !known || f.Label != strings.TrimSpace(f.Label) || !labelPattern.MatchString(f.Label) || t.once && (f.Custom || f.Label != "") {
		b.fail(fmt.Errorf("field %q: %w", f.name(), ErrInvalid))
		return
	}
	if f.Value.empty() {
		if keepEmpty {
			b.positional(f.name() + "=")
		}
		return
	}
	text, err := f.encode(t, a)
	if err != nil {
		b.fail(fmt.Errorf("field %q: %w", f.name(), err))
		return
	}
	if f.Value.kind == generated || f.Value.kind == dateValue {
		b.positional(f.name() + "=" + text)
		return
	}
	b.secretPositional(f.name()+"=", text)
	b.secrets = append(b.secrets, f.Value.text.Reveal())
	for _, part := range f.Value.parts {
		b.secrets = append(b.secrets, part.Reveal())
	}
}

func (v Value) empty() bool {
	for _, part := range v.parts {
		if !part.IsZero() {
			return false
		}
	}
	return v.text.IsZero() && v.kind != generated
}

func (f Field) encode(t fieldType, a abilities) (string, error) {
	v, text := f.Value, f.Value.text.Reveal()
	if v.kind == generated {
		if v.forType != f.Type {
			return "", fmt.Errorf("this cannot be generated: %w", ErrInvalid)
		}
		return text, nil
	}
	if v.kind != t.kind {
		return "", fmt.Errorf("value of the wrong kind: %w", ErrInvalid)
	}
	for part := range v.parts {
		if !t.knows(part) {
			return "", fmt.Errorf("part %q: %w", part, ErrInvalid)
		}
	}
	switch {
	case v.kind == objectValue:
		return encodeJSON(v.parts)
	case v.kind == dateValue:
		return text, nil
	case a.base64 && f.Type != "oneTimeCode":
		return encodeBase64(text)
	case plainValue(text):
		return text, nil
	case f.Type == "oneTimeCode":
		return "", fmt.Errorf("the value has a line feed, a backslash, or blanks or a sign of its own at its beginning or end: %w", ErrInvalid)
	}
	return "", fmt.Errorf("the value needs a vault service of %s or newer: %w", base64Since, ErrInvalid)
}

// holds reports whether a field read back has this value, as far as that can be told: of a generated one that it is there.
func (v Value) holds(values []Secret) bool {
	there := len(values) == 1 && !values[0].IsZero()
	switch {
	case v.kind == generated:
		return there
	case v.empty():
		return len(values) == 0 || len(values) == 1 && values[0].IsZero()
	case !there:
		return false
	case v.kind == dateValue:
		return v.isDay(values[0].Reveal())
	case v.kind == textValue:
		return values[0].Reveal() == v.text.Reveal()
	}
	var object map[string]any
	if json.Unmarshal([]byte(values[0].Reveal()), &object) != nil {
		return false
	}
	for name, part := range v.parts {
		if have, _ := object[name].(string); have != part.Reveal() {
			return false
		}
	}
	return true
}

// isDay reports whether a time in epoch milliseconds can be what the service made of the day: its midnight or noon, by a clock
// anywhere on Earth.
func (v Value) isDay(millis string) bool {
	var ms int64
	if json.Unmarshal([]byte(millis), &ms) != nil {
		return false
	}
	day, err := time.Parse(time.DateOnly, v.text.Reveal())
	at := time.UnixMilli(ms).Sub(day)
	return err == nil && at >= -14*time.Hour && at <= 24*time.Hour
}
