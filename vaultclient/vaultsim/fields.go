package vaultsim

import (
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// assignment is one field=value word of record-add and record-update, not yet read.
type assignment struct {
	name   string // as written, for messages
	custom bool   // c. in front
	typ    string
	label  string
	value  string
}

// parseAssignment cuts a word into field and value. A doubled equals sign followed by another one belongs to
// the name, which is why a value cannot begin with one (PROTOCOL 8).
func parseAssignment(word string) (assignment, error) {
	i := strings.IndexByte(word, '=')
	if i < 0 {
		return assignment{}, exception("Expected: <field>=<value>, got: " + word + "; Missing `=`")
	}
	name := word[:i]
	rest := word[i+1:]
	for strings.HasPrefix(rest, "=") && strings.Contains(rest[1:], "=") {
		head, tail, _ := strings.Cut(rest[1:], "=")
		name += "=" + head
		rest = tail
	}
	a := assignment{name: name, value: strings.TrimSpace(rest)}
	bare := name
	if s, ok := strings.CutPrefix(bare, "c."); ok {
		a.custom, bare = true, s
	} else if s, ok := strings.CutPrefix(bare, "f."); ok {
		bare = s
	}
	typ, label, dotted := strings.Cut(bare, ".")
	if _, known := fieldTypes()[typ]; !known && !dotted {
		// A name that is no type labels a text field.
		typ, label = "text", bare
	}
	a.typ, a.label = typ, label
	return a, nil
}

// fieldReader reads assignments. Warnings stop a command unless it is forced.
type fieldReader struct {
	c        *call
	warnings []string
}

// read gives the values of an assignment. ok is false when the field is left as it is: for a value that is
// silently dropped, or one that was warned about.
func (r *fieldReader) read(a assignment) (values []any, ok bool, err error) {
	t, known := fieldTypes()[a.typ]
	if !known {
		r.warnings = append(r.warnings, fmt.Sprintf("Field type %q is not supported. Field: %s", a.typ, a.name))
		return nil, false, nil
	}
	if strings.HasPrefix(a.value, "$GEN") && a.typ == "text" && strings.EqualFold(a.label, "password") {
		r.warnings = append(r.warnings, fmt.Sprintf(
			"Use lowercase field type password='%s' instead of %s=... ($GEN only works on password fields).", a.value, a.label))
		return nil, false, nil
	}
	if a.value == "" {
		return []any{}, true, nil
	}
	switch {
	case strings.HasPrefix(a.value, "$GEN"):
		if v := r.c.generate(a); v != nil {
			return []any{v}, true, nil
		}
	case strings.HasPrefix(a.value, "$JSON"):
		return r.fromJSON(a, t)
	case strings.HasPrefix(a.value, "$BASE64:"):
		return fromBase64(a, t, r.c.s.olderThan(17, 2, 7))
	}
	switch t.kind {
	case refKind:
		return nil, false, nil
	case linesKind:
		return []any{unescapeLines(a.value)}, true, nil
	case dateKind:
		ms, err := parseDate(a.value, r.c.s.opts.Location)
		if err != nil {
			return nil, false, err
		}
		return []any{ms}, true, nil
	case objectKind:
		o := shortcut(a.typ, a.value)
		if o == nil {
			return nil, false, nil
		}
		return []any{o}, true, nil
	}
	return []any{a.value}, true, nil
}

// fromJSON reads $JSON:{...}. $JSON alone stores nothing, without any error.
func (r *fieldReader) fromJSON(a assignment, t fieldType) ([]any, bool, error) {
	text, given := strings.CutPrefix(a.value, "$JSON:")
	if !given || text == "" {
		return nil, false, nil
	}
	v, err := fromJSON([]byte(text))
	if err != nil {
		return nil, false, argumentError("Invalid JSON value: " + pythonJSONError(text))
	}
	o, isObject := v.(object)
	if !isObject {
		if t.kind == objectKind || t.kind == dateKind {
			return nil, false, nil
		}
		return []any{fmt.Sprint(v)}, true, nil
	}
	out := map[string]string{}
	var foreign []string
	for _, m := range o {
		if !slices.Contains(t.props, m.key) {
			foreign = append(foreign, `"`+m.key+`"`)
		}
		out[m.key] = fmt.Sprint(m.value)
	}
	if len(foreign) > 0 {
		r.warnings = append(r.warnings, fmt.Sprintf("Field %q: Properties %s are not supported.", a.name, strings.Join(foreign, ", ")))
	}
	return []any{out}, true, nil
}

// pythonJSONError words the commonest mistakes as Python does.
func pythonJSONError(text string) string {
	trimmed := strings.TrimSpace(text)
	if strings.HasPrefix(trimmed, "{") && len(trimmed) > 1 && trimmed[1] != '"' {
		return "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
	}
	return "Expecting value: line 1 column 1 (char 0)"
}

// fromBase64 reads $BASE64:. On object and date fields it is dropped without a word (PROTOCOL 8). Services older
// than 17.2.7 take it literally (PROTOCOL 16).
func fromBase64(a assignment, t fieldType, literal bool) ([]any, bool, error) {
	if literal {
		return []any{a.value}, true, nil
	}
	text := strings.TrimPrefix(a.value, "$BASE64:")
	if text == "" {
		return nil, false, argumentError("Base64 value cannot be empty")
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, false, argumentError("Invalid Base64 value: " + a.name)
	}
	if t.kind == objectKind || t.kind == dateKind || t.kind == refKind {
		return nil, false, nil
	}
	return []any{string(raw)}, true, nil
}

// unescapeLines turns backslash-n into a line feed and backslash-backslash-n into backslash-n.
func unescapeLines(s string) string {
	return strings.NewReplacer(`\\n`, `\n`, `\n`, "\n").Replace(s)
}

func parseDate(text string, local *time.Location) (int64, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if n < 100_000_000_000 {
			n *= 1000
		}
		return n, nil
	}
	if t, err := time.Parse("2006-01-02", text); err == nil {
		return t.UnixMilli(), nil
	}
	t, err := parseMoment(text, local)
	if err != nil {
		return 0, err
	}
	return t.UnixMilli(), nil
}

var (
	cardText  = regexp.MustCompile(`^\s*(\d{12,19})\s+(\d{2}/\d{4})\s+(\d{3,4})\s*$`)
	phoneText = regexp.MustCompile(`^(?:([A-Za-z]+):)?\s*([A-Z]{2})?\s*([^x]+?)(?:\s*x?\s+(\d+))?$`)
)

// shortcut reads the text forms of object fields (PROTOCOL 12.5); nil when the text has another form.
func shortcut(typ, text string) map[string]string {
	switch typ {
	case "host", "pamHostname":
		i := strings.LastIndexByte(text, ':')
		if i < 0 {
			return map[string]string{"hostName": text, "port": ""}
		}
		return map[string]string{"hostName": text[:i], "port": text[i+1:]}
	case "name":
		last, given, comma := strings.Cut(text, ",")
		words := strings.Fields(text)
		if comma {
			words = append(strings.Fields(given), strings.TrimSpace(last))
		}
		switch len(words) {
		case 0:
			return nil
		case 1:
			return map[string]string{"first": "", "middle": "", "last": words[0]}
		}
		return map[string]string{
			"first": words[0], "middle": strings.Join(words[1:len(words)-1], " "), "last": words[len(words)-1]}
	case "phone":
		m := phoneText.FindStringSubmatch(text)
		if m == nil {
			return nil
		}
		return map[string]string{"type": m[1], "region": m[2], "number": m[3], "ext": m[4]}
	case "paymentCard":
		m := cardText.FindStringSubmatch(text)
		if m == nil {
			return nil
		}
		return map[string]string{"cardNumber": m[1], "cardExpirationDate": m[2], "cardSecurityCode": m[3]}
	case "bankAccount":
		kind, numbers, _ := strings.Cut(text, ":")
		words := strings.Fields(numbers)
		if len(words) != 2 {
			return nil
		}
		return map[string]string{"accountType": kind, "routingNumber": words[0], "accountNumber": words[1]}
	case "securityQuestion":
		first, _, _ := strings.Cut(text, ";")
		question, answer, found := strings.Cut(first, "?")
		if !found {
			return nil
		}
		return map[string]string{"question": question + "?", "answer": strings.TrimSpace(answer)}
	}
	return nil
}

// generate makes what $GEN asks for; nil on fields that cannot be generated.
func (c *call) generate(a assignment) any {
	_, how, _ := strings.Cut(a.value, ":")
	parts := strings.Split(how, ",")
	number := func(i, otherwise int) int {
		if i < len(parts) {
			if n, err := strconv.Atoi(parts[i]); err == nil && n > 0 && n <= 200 {
				return n
			}
		}
		return otherwise
	}
	switch a.typ {
	case "password":
		switch parts[0] {
		case "dice", "passphrase":
			words := make([]string, number(1, 5))
			for i := range words {
				words[i] = diceWords()[c.v.random.IntN(len(diceWords()))]
			}
			if parts[0] == "passphrase" {
				return strings.Join(words, "-")
			}
			return strings.Join(words, " ")
		}
		return c.v.password(number(1, 20))
	case "oneTimeCode":
		return "otpauth://totp/?secret=" + base32.StdEncoding.EncodeToString(c.v.bytes("totp", 10)) + "&issuer=&period=30"
	case "keyPair":
		kind := parts[0]
		if kind == "" || kind == "enc" {
			kind = "rsa"
		}
		return map[string]string{
			"publicKey":  "ssh-" + kind + " " + base64.StdEncoding.EncodeToString(c.v.bytes("key", 36)),
			"privateKey": "-----BEGIN PRIVATE KEY-----\n" + base64.StdEncoding.EncodeToString(c.v.bytes("key", 48)) + "\n-----END PRIVATE KEY-----\n",
		}
	}
	return nil
}

func diceWords() []string {
	return []string{"amber", "basin", "cedar", "delta", "ember", "fjord", "grain", "harbor", "island", "juniper",
		"kettle", "lagoon", "meadow", "nectar", "orchid", "pebble", "quartz", "ripple", "saddle", "timber"}
}
