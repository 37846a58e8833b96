package vaultsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// object is a JSON object that remembers the order in which Commander filled it. The service sorts keys
// before sending (PROTOCOL 6), but the captured console output keeps this order.
type object []member

type member struct {
	key   string
	value any
}

// get returns the value of a key, the last one if it occurs twice, nil when there is none.
func (o object) get(key string) any {
	for _, m := range slices.Backward(o) {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

// row returns the object without its empty and blank texts, as Commander writes the rows of its tables to JSON.
func row(o object) object {
	return slices.DeleteFunc(o, func(m member) bool {
		text, isText := m.value.(string)
		return m.value == nil || isText && strings.TrimSpace(text) == ""
	})
}

// surrogateBase is where lone surrogates (D800 to DFFF) live inside Go strings, which cannot hold them: the
// last 2,048 private code points of Unicode. The service passes lone surrogates through (PROTOCOL 6, 8).
const surrogateBase = 0x10F800

// encodeJSON gives v as the service sends it: keys sorted, ASCII only, no blanks, a line feed at the end.
// v is made of object, []any, string, bool, nil, int, int64 and float64.
func encodeJSON(v any) []byte {
	var b bytes.Buffer
	writeJSON(&b, v)
	b.WriteByte('\n')
	return b.Bytes()
}

func writeJSON(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case object:
		sorted := slices.Clone(v)
		slices.SortStableFunc(sorted, func(x, y member) int { return strings.Compare(x.key, y.key) })
		b.WriteByte('{')
		for i, m := range sorted {
			if i > 0 {
				b.WriteByte(',')
			}
			writeASCII(b, m.key)
			b.WriteByte(':')
			writeJSON(b, m.value)
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, e)
		}
		b.WriteByte(']')
	case string:
		writeASCII(b, v)
	default:
		b.WriteString(scalar(v))
	}
}

func scalar(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case json.Number:
		return v.String()
	}
	panic(fmt.Sprintf("vaultsim: %T in an answer", v))
}

func writeASCII(b *bytes.Buffer, s string) {
	const hex = "0123456789abcdef"
	unit := func(u uint16) {
		b.WriteString(`\u`)
		for shift := 12; shift >= 0; shift -= 4 {
			b.WriteByte(hex[u>>shift&15])
		}
	}
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		case r >= 0x20 && r < 0x7f:
			b.WriteRune(r)
		case r >= surrogateBase:
			unit(uint16(r - surrogateBase + 0xD800))
		case r > 0xffff:
			r -= 0x10000
			unit(uint16(0xD800 + r>>10))
			unit(uint16(0xDC00 + r&0x3ff))
		default:
			unit(uint16(r))
		}
	}
	b.WriteByte('"')
}

// indented gives v as a Commander command prints it: two blanks of indent, keys in their own order. Only a
// client that spells --format=json in a way the response parser misses ever sees this (PROTOCOL 7.7).
func indented(v any, indent string) string {
	deeper := indent + "  "
	switch v := v.(type) {
	case object:
		if len(v) == 0 {
			return "{}"
		}
		parts := make([]string, len(v))
		for i, m := range v {
			var key bytes.Buffer
			writeASCII(&key, m.key)
			parts[i] = deeper + key.String() + ": " + indented(m.value, deeper)
		}
		return "{\n" + strings.Join(parts, ",\n") + "\n" + indent + "}"
	case []any:
		if len(v) == 0 {
			return "[]"
		}
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = deeper + indented(e, deeper)
		}
		return "[\n" + strings.Join(parts, ",\n") + "\n" + indent + "]"
	default:
		var b bytes.Buffer
		writeJSON(&b, v)
		return b.String()
	}
}

// keepSurrogates rewrites the escapes of lone surrogates in a JSON text so that they survive decoding.
func keepSurrogates(raw []byte) []byte {
	if !bytes.Contains(raw, []byte(`\u`)) {
		return raw
	}
	var out []byte
	for i := 0; i < len(raw); {
		if raw[i] != '\\' || i+1 >= len(raw) {
			out = append(out, raw[i])
			i++
			continue
		}
		u, ok := unitAt(raw, i)
		if !ok || u < 0xD800 || u > 0xDFFF {
			out = append(out, raw[i], raw[i+1])
			i += 2
			continue
		}
		if low, ok := unitAt(raw, i+6); ok && u < 0xDC00 && low >= 0xDC00 && low <= 0xDFFF {
			out = append(out, raw[i:i+12]...)
			i += 12
			continue
		}
		out = utf8.AppendRune(out, rune(u)-0xD800+surrogateBase)
		i += 6
	}
	return out
}

func unitAt(raw []byte, i int) (uint16, bool) {
	if i+6 > len(raw) || raw[i] != '\\' || raw[i+1] != 'u' {
		return 0, false
	}
	u, err := strconv.ParseUint(string(raw[i+2:i+6]), 16, 16)
	return uint16(u), err == nil
}

// fromJSON decodes a JSON text into the values that this package uses, numbers as json.Number.
func fromJSON(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	v, err := decodeValue(dec)
	if err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, fmt.Errorf("extra data after the value")
	}
	return v, nil
}

func decodeValue(dec *json.Decoder) (any, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch tok {
	case json.Delim('{'):
		o := object{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			value, err := decodeValue(dec)
			if err != nil {
				return nil, err
			}
			o = append(o, member{key.(string), value})
		}
		_, err := dec.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			value, err := decodeValue(dec)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err := dec.Token()
		return list, err
	}
	return tok, nil
}
