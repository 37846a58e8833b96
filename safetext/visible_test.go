package safetext

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"nothing stays nothing", "", ""},
		{"ASCII stays", "prod-db-01 ~!", "prod-db-01 ~!"},
		{"letters of any script stay", "Müller Жанна 漢字 かな שלום عمر", "Müller Жанна 漢字 かな שלום عمر"},
		{"composed and decomposed accents stay", "\u00e9 e\u0301", "\u00e9 e\u0301"},
		{"typographic signs stay", "“a” – b… ⟧", "“a” – b… ⟧"},

		{"line breaks and tabs are named", "a\nb\rc\td", "a⟦LF⟧b⟦CR⟧c⟦TAB⟧d"},
		{"clipboard theft by OSC 52", "x\x1b]52;c;cm0gLXJm\x07", "x⟦ESC⟧]52;c;cm0gLXJm⟦BEL⟧"},
		{"screen cleared by CSI", "\x1b[2J\x1b[H", "⟦ESC⟧[2J⟦ESC⟧[H"},
		{"C1 controls as code points", "\u009b31m\u009d0;t\u0085", "⟦U+009B⟧31m⟦U+009D⟧0;t⟦U+0085⟧"},
		{"C1 controls as bytes", "\x9b31m", "⟦0x9B⟧31m"},
		{"line rewritten by backspace and delete", "ok\b\b\x7fno\x00", "ok⟦BS⟧⟦BS⟧⟦DEL⟧no⟦NUL⟧"},
		{"encoded surrogate", "\xed\xa0\x80", "⟦0xED⟧⟦0xA0⟧⟦0x80⟧"},
		{"overlong slash", "\xc0\xaf", "⟦0xC0⟧⟦0xAF⟧"},
		{"character that ends too early", "a\xe2\x82", "a⟦0xE2⟧⟦0x82⟧"},

		{"file name turned by an override", "ann\u202egnp.exe", "ann⟦U+202E⟧gnp.exe"},
		{"isolates", "\u2066a\u2069", "⟦U+2066⟧a⟦U+2069⟧"},
		{"zero width characters", "ad\u200bmin\u2060\ufeff", "ad⟦U+200B⟧min⟦U+2060⟧⟦U+FEFF⟧"},
		{"soft hyphen", "pay\u00adroll", "pay⟦U+00AD⟧roll"},
		{"message in tags", "a\U000e0068\U000e0069", "a⟦U+E0068⟧⟦U+E0069⟧"},
		{"separators", "a\u2028b\u2029", "a⟦U+2028⟧b⟦U+2029⟧"},
		{"blanks that are not U+0020", "a\u00a0b\u3000c\u2009", "a⟦U+00A0⟧b⟦U+3000⟧c⟦U+2009⟧"},
		{"fillers and blank Braille", "\u115f\u1160\u3164\uffa0\u2800", "⟦U+115F⟧⟦U+1160⟧⟦U+3164⟧⟦U+FFA0⟧⟦U+2800⟧"},
		{"private use, unassigned, noncharacter", "\ue0a0\u0378\uffff", "⟦U+E0A0⟧⟦U+0378⟧⟦U+FFFF⟧"},
		{"glyphs wider than their cell", "\ufdfd\u2e3b", "⟦U+FDFD⟧⟦U+2E3B⟧"},
		{"an escape in the text is not an escape", "⟦ESC⟧", "⟦U+27E6⟧ESC⟧"},

		{"four marks on one base stay", "z\u0300\u0301\u0302\u0303", "z\u0300\u0301\u0302\u0303"},
		{"the fifth mark and all after it are named", "z\u0300\u0301\u0302\u0303\u0304\u0305o\u0300", "z\u0300\u0301\u0302\u0303⟦U+0304⟧⟦U+0305⟧o\u0300"},
		{"a mark at the start has no base", "\u0338approved", "⟦U+0338⟧approved"},
		{"a mark behind an escape has no base", "\n\u0338x", "⟦LF⟧⟦U+0338⟧x"},
		{"a skin tone without a person", "a🏽", "a⟦U+1F3FD⟧"},
		{"half a flag", "\U0001f1e9x", "⟦U+1F1E9⟧x"},
		{"a letter that takes the next one with it", "\u0d4eക", "⟦U+0D4E⟧ക"},

		{"emoji stay", "🔑 ⚠\ufe0f 👍🏽 1\ufe0f\u20e3 🇩🇪", "🔑 ⚠\ufe0f 👍🏽 1\ufe0f\u20e3 🇩🇪"},
		{"joined emoji stay", "👩\u200d💻 👨\u200d👩\u200d👧\u200d👦", "👩\u200d💻 👨\u200d👩\u200d👧\u200d👦"},
		{"a joiner between what is never joined", "🔑\u200d🔑", "🔑⟦U+200D⟧🔑"},
		{"a joiner behind an emoji", "👩\u200d", "👩⟦U+200D⟧"},
		{"a joiner between letters", "a\u200db", "a⟦U+200D⟧b"},
		{"a selector behind a letter", "a\ufe0f", "a⟦U+FE0F⟧"},
		{"a selector without effect", "🔑\ufe0f", "🔑⟦U+FE0F⟧"},
		{"a text selector", "☎\ufe0e", "☎⟦U+FE0E⟧"},
		{"a selector of an ideograph", "漢\U000e0100", "漢⟦U+E0100⟧"},
		{"three flags' halves", "🇩🇪\U0001f1ea", "🇩🇪⟦U+1F1EA⟧"},
		{"a flag in tags", "🏴\U000e0067\U000e007f", "🏴⟦U+E0067⟧⟦U+E007F⟧"},
		{"five joined people", "👨\u200d👩\u200d👧\u200d👦\u200d👦", "👨⟦U+200D⟧👩\u200d👧\u200d👦\u200d👦"},

		{"Hindi stays", "नमस्ते लक्ष्मी", "नमस्ते लक्ष्मी"},
		{"Thai stays", "คำขอ", "คำขอ"},
		{"halfwidth Japanese stays", "ｶﾞ", "ｶﾞ"},
		{"decomposed Korean stays", "\u1112\u1161\u11ab가\u11ab", "\u1112\u1161\u11ab가\u11ab"},
		{"Korean consonants in one cell", "\u1112\u1112\u1112", "\u1112⟦U+1112⟧\u1112"},
		{"a Korean vowel alone", "\u1161", "⟦U+1161⟧"},
		{"a sound mark alone", "ﾞa", "⟦U+FF9E⟧a"},
		{"consonants tied without end", strings.Repeat("क\u094d", 6), strings.Repeat("क\u094d", 4) + "क⟦U+094D⟧क\u094d"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := Line(tt.text)
			if got.String() != tt.want {
				t.Errorf("Line(%+q) = %+q, want %+q", tt.text, got, tt.want)
			}
			checkDrawn(t, got)
			back, err := Decode(got.String())
			if err != nil || back != tt.text {
				t.Errorf("Decode gives %+q, %v, want %+q", back, err, tt.text)
			}
		})
	}
}

// Every code point behind a letter and under a mark keeps the rules and can be
// read back, wherever it stands.
func TestLineOfEachCodePoint(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		switch {
		case !utf8.ValidRune(r), 0x32000 <= r && r < 0xE0000:
			continue // surrogates and planes without characters
		case 0x3400 <= r && r < 0x9FFF, 0xAC00 <= r && r < 0xD7A0, 0x17000 <= r && r < 0x18D00, 0x20000 <= r && r < 0x32000, r > 0xE0200:
			if r%89 != 0 {
				continue // of large blocks whose characters behave alike some are enough
			}
		}
		char := string(r)
		checkDrawn(t, Line(char))
		checkDrawn(t, Line("a"+char+"\u0301"))
		for _, text := range []string{char, "a" + char, char + "\u0301", char + char} {
			checkRoundTrip(t, text)
		}
	}
}

func TestLineNamesWhatTheSpecificationLists(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		listed := unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co,
			unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) ||
			unicode.Is(unicode.Zs, r) && r != ' ' || unicode.Is(unicode.M, r)
		if !listed || !utf8.ValidRune(r) {
			continue
		}
		if got := Line(string(r)).String(); escapeLen(got) != len(got) {
			t.Errorf("Line(%U) = %q, want its name", r, got)
		}
	}
}

func TestBlock(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"nothing is one empty line", "", []string{""}},
		{"LF breaks lines", "a\nb", []string{"a", "b"}},
		{"CRLF breaks lines", "a\r\nb\r\n", []string{"a", "b", ""}},
		{"CR alone is named", "a\rb\r\r\nc\r", []string{"a⟦CR⟧b⟦CR⟧", "c⟦CR⟧"}},
		{"the last empty line is kept", "a\n\n", []string{"a", "", ""}},
		{"TAB goes to the next stop", "\ta\tbcdefghi\tj", []string{"        a       bcdefghi        j"}},
		{"stops are counted in cells", "漢字\t|\n⟦\t|", []string{"漢字    |", "⟦U+27E6⟧        |"}},
		{"a mark behind a tab has no base", "a\t\u0301", []string{"a       ⟦U+0301⟧"}},
		{"a mark at the start of a line has no base", "a\n\u0301b", []string{"a", "⟦U+0301⟧b"}},
		{"other separators do not break lines", "a\u2028b\u0085c\vd", []string{"a⟦U+2028⟧b⟦U+0085⟧c⟦VT⟧d"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			lines := Block(tt.text)
			if got := drawn(lines); !slices.Equal(got, tt.want) {
				t.Errorf("Block(%q) = %q, want %q", tt.text, got, tt.want)
			}
			for _, line := range lines {
				checkDrawn(t, line)
			}
		})
	}
}

func drawn(lines []Visible) []string {
	texts := make([]string, len(lines))
	for i, line := range lines {
		texts[i] = line.String()
	}
	return texts
}

func TestSpans(t *testing.T) {
	t.Parallel()
	v := Line("a\x1b\x1bb…+3 and a tail that is cut").CutCount(24)
	want := []Span{
		{"a", Plain}, {"⟦ESC⟧", Escaped}, {"⟦ESC⟧", Escaped}, {"b…+3 and ", Plain}, {"…+18", Elided},
	}
	if got := slices.Collect(v.Spans()); !slices.Equal(got, want) {
		t.Errorf("Spans = %q, want %q", got, want)
	}
	if v.Whole() {
		t.Error("a cut text says that it is whole")
	}

	got := v.Render(func(span Span) string {
		return string("p!~"[span.Kind]) + span.Text
	})
	if want := "pa!⟦ESC⟧!⟦ESC⟧pb…+3 and ~…+18"; got != want {
		t.Errorf("Render = %q, want %q", got, want)
	}
	for range v.Spans() {
		break // the iterator must stop where its caller does
	}
}

func TestDecodeRefusesWhatIsNeverDrawn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, drawn, want string }{
		{"a control character", "a\x1b", "byte 1: control character U+001B"},
		{"a C1 control", "\u009b", "byte 0: control character U+009B"},
		{"a byte that is not UTF-8", "ab\xff", "byte 2: 0xFF is not UTF-8"},
		{"an escape without end", "a⟦ESC", "byte 1: ⟦ begins no name"},
		{"an escape with its end far away", "⟦" + strings.Repeat("x", 20) + "⟧", "byte 0: ⟦ begins no name"},
		{"an unknown name", "⟦FOO⟧", `byte 0: no character is called "FOO"`},
		{"a code point in lower case", "⟦U+202e⟧", `byte 0: no character is called "U+202e"`},
		{"a code point with zeros before it", "⟦U+0202E⟧", `byte 0: no character is called "U+0202E"`},
		{"a surrogate", "⟦U+D800⟧", `byte 0: no character is called "U+D800"`},
		{"a code point beyond the last", "⟦U+110000⟧", `byte 0: no character is called "U+110000"`},
		{"a sign before the digits", "⟦0x+9⟧", `byte 0: no character is called "0x+9"`},
		{"an ASCII byte", "⟦0x1B⟧", `byte 0: no character is called "0x1B"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Decode(tt.drawn)
			if err == nil || err.Error() != tt.want {
				t.Errorf("Decode(%q) = %q, %v, want the error %q", tt.drawn, got, err, tt.want)
			}
		})
	}
}

func TestWhatIsDrawnCanBeReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := foreignText().Draw(t, "text")
		checkRoundTrip(t, text)
		checkDrawn(t, Line(text))
	})
}

func checkRoundTrip(t failer, text string) {
	t.Helper()
	back, err := Decode(Line(text).String())
	if err != nil || back != text {
		t.Fatalf("%+q reads back as %+q, %v", text, back, err)
	}
}

func TestDifferentTextsAreDrawnDifferently(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := foreignText().Draw(t, "a"), foreignText().Draw(t, "b")
		if a != b && Line(a) == Line(b) {
			t.Fatalf("%+q and %+q are both drawn as %q", a, b, Line(a))
		}
	})
}

func TestWidthIsWhatTheLayoutMeasures(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "prod", "漢字", "e\u0301", "❤\ufe0f", "👨\u200d👩\u200d👧", "नमस्ते", "\x1b", "\u1112\u1161\u11ab"} {
		v := Line(text)
		if got, want := v.Width(), ansi.StringWidth(v.String()); got != want {
			t.Errorf("Width of %q = %d, want %d", v, got, want)
		}
	}
	if got := Width("\x1b[1;31mred\x1b[m"); got != 3 {
		t.Errorf("Width of a styled text = %d, want 3", got)
	}
}
