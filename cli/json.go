package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"countersign/safetext"
)

// writeJSON prints a value as indented JSON. Whatever a terminal could obey or
// would not show is escaped, which changes nothing for who parses it.
func writeJSON(w io.Writer, v any) error {
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	_, err := w.Write(escapeHidden(plain.Bytes()))
	return err
}

// escapeHidden escapes every character beyond ASCII that safetext would not draw
// as itself. JSON has such characters in texts only.
func escapeHidden(plain []byte) []byte {
	out := make([]byte, 0, len(plain))
	for len(plain) > 0 {
		r, size := utf8.DecodeRune(plain)
		switch char := string(plain[:size]); {
		case r == 0x7f, r >= utf8.RuneSelf && safetext.Line(char).String() != char:
			out = appendEscape(out, r)
		default:
			out = append(out, char...)
		}
		plain = plain[size:]
	}
	return out
}

// appendEscape writes a character in the form that JSON has for it: as one or two
// UTF-16 units.
func appendEscape(out []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		return fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
	}
	return fmt.Appendf(out, `\u%04x`, r)
}
