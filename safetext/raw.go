package safetext

import (
	"fmt"
	"iter"
	"unicode"
	"unicode/utf8"
)

// RawRow is one character of a text as it is stored, for the raw view (SCREENS,
// Foreign text: v shows code points and hex). All of it may be drawn.
type RawRow struct {
	Offset int     // in bytes, from the beginning of the text
	Point  string  // "U+202E"; "" for a byte that is not UTF-8
	Hex    string  // "E2 80 AE"
	Kind   string  // "right-to-left override", "Cyrillic letter", "control ESC"
	Shown  Visible // the character on its own, a combining mark by its name
}

// Raw returns the characters of s one by one, each byte that is not UTF-8 as a
// row of its own. Rows are made as they are asked for.
func Raw(s string) iter.Seq[RawRow] {
	return func(yield func(RawRow) bool) {
		for i := 0; i < len(s); {
			r, size := utf8.DecodeRuneInString(s[i:])
			char := s[i : i+size]
			row := RawRow{Offset: i, Hex: fmt.Sprintf("% X", char), Shown: Line(char)}
			if r == utf8.RuneError && size == 1 {
				row.Kind = "not UTF-8"
			} else {
				row.Point = fmt.Sprintf("%U", r)
				row.Kind = kindOf(r)
			}
			if !yield(row) {
				return
			}
			i += size
		}
	}
}

// kindOf says in a few words what r is: by its own name where it is one that
// deceives, otherwise by its category and script.
func kindOf(r rune) string {
	if name := deceivers[r]; name != "" {
		return name
	}
	script := scriptOf(r)
	if script != "" {
		script += " "
	}
	switch {
	case r < 0x20:
		return "control " + controls[r]
	case r == 0x7F:
		return "control " + nameDEL
	case unicode.Is(unicode.Cc, r):
		return "control"
	case r == ' ':
		return "blank"
	case 0xE0020 <= r && r <= 0xE007E:
		return fmt.Sprintf("tag for %q", r-0xE0000)
	case unicode.Is(unicode.Variation_Selector, r):
		return "variation selector"
	case unicode.Is(unicode.Cf, r):
		return "format character"
	case unicode.Is(unicode.Co, r):
		return "private use"
	case unicode.IsSpace(r):
		return "unusual blank"
	case isRegional(r):
		return "half a flag"
	case isSkinTone(r):
		return "skin tone"
	case unicode.IsLetter(r):
		return script + "letter"
	case unicode.IsMark(r):
		return script + "combining mark"
	case unicode.IsNumber(r):
		return script + "number"
	case unicode.IsPunct(r):
		return "punctuation"
	case unicode.IsSymbol(r):
		return "symbol"
	}
	return "unknown"
}

// deceivers are the characters that attacks on readers are made of.
var deceivers = map[rune]string{
	0x0085:  "control NEL, a line break",
	0x009B:  "control CSI, begins a terminal sequence",
	0x009D:  "control OSC, begins a terminal sequence",
	0x00A0:  "no-break space",
	0x00AD:  "soft hyphen",
	0x034F:  "combining grapheme joiner",
	0x061C:  "Arabic letter mark",
	0x115F:  "Hangul filler",
	0x1160:  "Hangul filler",
	0x180E:  "Mongolian vowel separator",
	0x200B:  "zero width space",
	0x200C:  "zero width non-joiner",
	0x200D:  "zero width joiner",
	0x200E:  "left-to-right mark",
	0x200F:  "right-to-left mark",
	0x2028:  "line separator",
	0x2029:  "paragraph separator",
	0x202A:  "left-to-right embedding",
	0x202B:  "right-to-left embedding",
	0x202C:  "end of embedding or override",
	0x202D:  "left-to-right override",
	0x202E:  "right-to-left override",
	0x202F:  "narrow no-break space",
	0x2060:  "word joiner",
	0x2061:  "invisible function application",
	0x2062:  "invisible times",
	0x2063:  "invisible separator",
	0x2064:  "invisible plus",
	0x2066:  "left-to-right isolate",
	0x2067:  "right-to-left isolate",
	0x2068:  "first strong isolate",
	0x2069:  "end of isolate",
	0x27E6:  "bracket that opens an escape here",
	0x2800:  "blank Braille",
	0x3000:  "ideographic space",
	0x3164:  "Hangul filler",
	0xFEFF:  "byte order mark",
	0xFFA0:  "Hangul filler",
	0xFFFC:  "object replacement",
	0xFFFD:  "replacement character",
	0xE0001: "language tag",
	0xE007F: "end of tags",
}
