package safetext

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	escapeOpen  = "⟦"
	escapeClose = "⟧"

	longestEscape = len("⟦999 blanks⟧")
)

// drawable reports whether r, decoded from size bytes, has a glyph of its own
// and a width that terminals agree on. Whether it also has something to stand on
// is for the caller to say.
func drawable(r rune, size int) bool {
	switch {
	case r < utf8.RuneSelf:
		return 0x20 <= r && r < 0x7F
	case r == utf8.RuneError && size == 1, r == '⟦':
		return false
	case 0x4E00 <= r && r <= 0x9FFF, 0xAC00 <= r && r <= 0xD7A3:
		return true // most of a Chinese or Korean text
	}
	// IsPrint leaves out all controls, format characters, separators and blanks,
	// private use, surrogates and what the tables do not know.
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point,
		unicode.Variation_Selector, inkless, prepended)
}

// inkless are assigned characters that no other property gives away but that
// show nothing, or more than their cell.
var inkless = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x2800, 0x2800, 1}, // blank Braille
		{0x2E3A, 0x2E3B, 1}, // dashes two and three characters long, measured as one
		{0xFDFD, 0xFDFD, 1}, // a whole phrase in one character, measured as one cell
		{0xFFFC, 0xFFFC, 1}, // place of an object that is not there
	},
	R32: []unicode.Range32{
		{0x13441, 0x13442, 1}, // blank hieroglyphs
		{0x16FE4, 0x16FE4, 1}, // Khitan filler
		{0x1BC9D, 0x1BC9D, 1}, // selector of thick strokes in shorthand
		{0x1D159, 0x1D159, 1}, // note without a head
	},
}

// prepended are letters that form one cluster with whatever follows, which could
// be the blank or the border that the screen draws next.
var prepended = &unicode.RangeTable{
	R16: []unicode.Range16{{0x0D4E, 0x0D4E, 1}},
	R32: []unicode.Range32{
		{0x111C2, 0x111C3, 1}, {0x1193F, 0x1193F, 1}, {0x11941, 0x11941, 1}, {0x11A3A, 0x11A3A, 1},
		{0x11A84, 0x11A89, 1}, {0x11D46, 0x11D46, 1}, {0x11F02, 0x11F02, 1},
	},
}

// joins reports whether r belongs to the character before it and means nothing
// without one.
func joins(r rune) bool {
	switch r {
	case 0x0E33, 0x0EB3, // vowels of Thai and Lao
		0xFF9E, 0xFF9F: // halfwidth sound marks of Japanese
		return true
	}
	return r >= 0x300 && unicode.Is(unicode.M, r)
}

// The parts of Korean syllables (Unicode, chapter 3.12).

func isLeadJamo(r rune) bool  { return 0x1100 <= r && r <= 0x115F || 0xA960 <= r && r <= 0xA97C }
func isVowelJamo(r rune) bool { return 0x1160 <= r && r <= 0x11A7 || 0xD7B0 <= r && r <= 0xD7C6 }
func isFinalJamo(r rune) bool { return 0x11A8 <= r && r <= 0x11FF || 0xD7CB <= r && r <= 0xD7FB }
func isSyllable(r rune) bool  { return 0xAC00 <= r && r <= 0xD7A3 }

// isOpenSyllable reports whether r is a whole syllable that a final consonant
// can still join: one of each 28 has none.
func isOpenSyllable(r rune) bool { return isSyllable(r) && (r-0xAC00)%28 == 0 }

// controls are the names of the C0 controls, by code; DEL stands apart.
var controls = [0x20]string{
	"NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "TAB", "LF", "VT", "FF", "CR", "SO", "SI",
	"DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US",
}

const nameDEL = "DEL"

// appendEscape appends the name of the one character that char holds, or of its
// first byte if that is not UTF-8, between its brackets.
func appendEscape(dst []byte, char string) []byte {
	dst = append(dst, escapeOpen...)
	switch r, size := utf8.DecodeRuneInString(char); {
	case r == utf8.RuneError && size == 1:
		dst = fmt.Appendf(dst, "0x%02X", char[0])
	case r < 0x20:
		dst = append(dst, controls[r]...)
	case r == 0x7F:
		dst = append(dst, nameDEL...)
	default:
		dst = fmt.Appendf(dst, "%U", r)
	}
	return append(dst, escapeClose...)
}

// escapeLen returns the length in bytes of the escape that drawn text begins
// with, 0 if it begins with none. In drawn text ⟦ opens an escape and nothing else.
func escapeLen(drawn string) int {
	if !strings.HasPrefix(drawn, escapeOpen) {
		return 0
	}
	end := strings.Index(drawn[:min(len(drawn), longestEscape)], escapeClose)
	if end < 0 {
		return 0
	}
	return end + len(escapeClose)
}

// Decode reads drawn text back into what was stored. For every s,
// Decode(Line(s).String()) is s; what reads back of a [Block], its lines joined
// with LF, is said there. A cut text reads back as what was left of it and the
// mark. Text that this package does not draw is an error that names the byte:
// a control other than LF, a byte that is not UTF-8, an unknown name in ⟦ ⟧.
func Decode(drawn string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(drawn); {
		size := escapeLen(drawn[i:])
		if size > 0 {
			name := drawn[i+len(escapeOpen) : i+size-len(escapeClose)]
			char, ok := named(name)
			if !ok {
				return "", fmt.Errorf("byte %d: no character is called %q", i, name)
			}
			b.WriteString(char)
			i += size
			continue
		}
		r, size := utf8.DecodeRuneInString(drawn[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return "", fmt.Errorf("byte %d: 0x%02X is not UTF-8", i, drawn[i])
		case unicode.IsControl(r) && r != '\n':
			return "", fmt.Errorf("byte %d: control character %U", i, r)
		case r == '⟦':
			return "", fmt.Errorf("byte %d: ⟦ begins no name", i)
		}
		b.WriteRune(r)
		i += size
	}
	return b.String(), nil
}

// named returns the character that an escape names, or the blanks that it counts, as
// the bytes they were stored as.
func named(name string) (string, bool) {
	if hex, ok := strings.CutPrefix(name, "0x"); ok {
		n, err := strconv.ParseUint(hex, 16, 8)
		if err != nil || len(hex) != 2 || n < utf8.RuneSelf || strings.ToUpper(hex) != hex {
			return "", false
		}
		return string([]byte{byte(n)}), true
	}
	if hex, ok := strings.CutPrefix(name, "U+"); ok {
		n, err := strconv.ParseUint(hex, 16, 32)
		if err != nil || !utf8.ValidRune(rune(n)) || fmt.Sprintf("%U", rune(n)) != name {
			return "", false
		}
		return string(rune(n)), true
	}
	if name == nameDEL {
		return "\x7F", true
	}
	for r, control := range controls {
		if name == control {
			return string(rune(r)), true
		}
	}
	return blanksNamed(name)
}
