package vaultclient

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
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
	kind  valueKind
	text  Secret
	parts map[string]Secret
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

// Parts is the value of a field with several parts, such as host {hostName, port}.
func Parts(parts map[string]string) Value {
	v := Value{kind: objectValue, parts: make(map[string]Secret, len(parts))}
	for name, text := range parts {
		v.parts[name] = NewSecret(text)
	}
	return v
}

// Date is a day.
func Date(t time.Time) Value { return Value{kind: dateValue, text: NewSecret(t.Format(time.DateOnly))} }

// RandomPassword has the service make up a password of n characters, which the answer does not contain.
func RandomPassword(n int) Value {
	return Value{kind: generated, text: NewSecret("$GEN:rand," + strconv.Itoa(n))}
}

// DicePassword has the service make up a password of n words.
func DicePassword(n int) Value {
	return Value{kind: generated, text: NewSecret("$GEN:dice," + strconv.Itoa(n))}
}

// RandomKeyPair has the service make up an Ed25519 key pair without a passphrase.
func RandomKeyPair() Value { return Value{kind: generated, text: NewSecret("$GEN:ed25519")} }

// RandomCode has the service make up the secret of a one-time code.
func RandomCode() Value { return Value{kind: generated, text: NewSecret("$GEN")} }

// String hides the value.
func (v Value) String() string { return hidden }

// GoString hides the value.
func (v Value) GoString() string { return hidden }

// fieldKinds says which values a field type takes: an encoding that does not fit is dropped by the service without a word
// (PROTOCOL 8), so nothing else is sent.
func fieldKind(typ string) (kind valueKind, known bool) {
	switch typ {
	case "login", "password", "url", "text", "secret", "note", "multiline", "licenseNumber", "accountNumber", "email", "oneTimeCode":
		return textValue, true
	case "host", "keyPair", "name", "phone", "address", "securityQuestion", "paymentCard", "bankAccount", "pamHostname":
		return objectValue, true
	case "date", "birthDate", "expirationDate":
		return dateValue, true
	}
	return 0, false
}

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

// add puts the field into a command; empty ones are left out unless keepEmpty.
func (f Field) add(b *commandBuilder, a abilities, keepEmpty bool) {
	kind, known := fieldKind(f.Type)
	if !known || f.Label != strings.TrimSpace(f.Label) || !labelPattern.MatchString(f.Label) {
		b.fail(fmt.Errorf("field %q: %w", f.name(), ErrInvalid))
		return
	}
	if f.Value.empty() {
		if keepEmpty {
			b.positional(f.name() + "=")
		}
		return
	}
	text, err := f.encode(kind, a)
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

func (v Value) empty() bool { return v.text.IsZero() && len(v.parts) == 0 }

func (f Field) encode(kind valueKind, a abilities) (string, error) {
	v, text := f.Value, f.Value.text.Reveal()
	if v.kind == generated {
		if f.Type == "password" && !strings.Contains(text, "25519") || f.Type == "keyPair" && strings.Contains(text, "25519") ||
			f.Type == "oneTimeCode" && text == "$GEN" {
			return text, nil
		}
		return "", fmt.Errorf("this cannot be generated: %w", ErrInvalid)
	}
	if v.kind != kind {
		return "", fmt.Errorf("value of the wrong kind: %w", ErrInvalid)
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
	}
	return "", fmt.Errorf("the value needs a vault service of %s or newer: %w", base64Since, ErrInvalid)
}

// holds reports whether a field read back has this value, as far as that can be told: generated values and dates always fit.
func (v Value) holds(values []Secret) bool {
	switch {
	case v.kind == generated || v.kind == dateValue:
		return true
	case v.empty():
		return len(values) == 0 || len(values) == 1 && values[0].IsZero()
	case len(values) != 1:
		return false
	case v.kind == textValue:
		return values[0].Reveal() == v.text.Reveal()
	}
	var object map[string]any
	if json.Unmarshal([]byte(values[0].Reveal()), &object) != nil {
		return false
	}
	for name, part := range v.parts {
		if object[name] != any(part.Reveal()) {
			return false
		}
	}
	return true
}
