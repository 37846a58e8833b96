package safetext

import (
	"maps"
	"slices"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestMixedScripts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"ASCII", "prod-db-01", nil},
		{"accents", "Müller-Łódź", nil},
		{"one other script", "Платёжный шлюз", nil},
		{"two scripts in two words", "Москва VPN", nil},
		{"two scripts with a dash between", "VPN-Москва 2", nil},
		{"digits and signs belong to all", "Москва2026 µA 5€", nil},
		{"Japanese, in Latin too", "DB接続テストする", nil},
		{"Chinese with phonetic letters", "中文ㄅㄆ", nil},
		{"Korean with Chinese", "서울市", nil},
		{"marks belong to all", "e\u0301", nil},
		{"a Cyrillic letter among Latin ones", "p\u0430yroll", []string{"Cyrillic", "Latin"}},
		{"a Greek letter among Latin ones", "r\u03bfot admin", []string{"Greek", "Latin"}},
		{"a Latin letter among Cyrillic ones", "Мoсква", []string{"Cyrillic", "Latin"}},
		{"three scripts", "a\u0430\u03b1", []string{"Cyrillic", "Greek", "Latin"}},
		{"a Cherokee letter", "\u13a0avid", []string{"Cherokee", "Latin"}},
		{"Korean with Japanese", "서울のの", []string{"Hangul", "Hiragana"}},
		{"a Cyrillic word that reads as a Latin one beside a Latin one", "\u0430\u0440\u0435-admin", []string{"Cyrillic", "Latin"}},
		{"a short Cyrillic word beside a Latin one", "VPN с токеном", nil},
		{"a Cyrillic word that reads as Latin, alone", "\u0441\u043e\u0440", nil},
		{"an escape character", "a\x1bb", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := MixedScripts(tt.text); !slices.Equal(got, tt.want) {
				t.Errorf("MixedScripts(%+q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestNamesThatLookAlike(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, a, b string
		want       bool
	}{
		{"Cyrillic letters", "payroll", "\u0440\u0430\u0443roll", true},
		{"Greek letters", "KATOX", "\u039a\u0391\u03a4\u039f\u03a7", true},
		{"Armenian letters", "houn", "\u0570\u0585\u057d\u0578", true},
		{"fullwidth letters", "admin", "ａｄｍｉｎ", true},
		{"mathematical letters", "admin", "𝐚𝓭𝔪𝕚𝗻", true},
		{"a ligature", "office", "oﬃce", true},
		{"zero and O", "prod-db-01", "prod-db-O1", true},
		{"one, l and I", "host-1Il", "host-lI1", true},
		{"rn and m", "modern", "modem", true},
		{"vv and w", "www", "vvww", true},
		{"dashes", "prod-db", "prod–db", true},
		{"quotes", "dana's", "dana’s", true},
		{"composed and decomposed accents", "Andr\u00e9", "Andre\u0301", true},
		{"a zero width character", "prod", "pr\u200bod", true},
		{"a selector", "❤", "❤\ufe0f", true},
		{"blanks at the ends", "prod", " prod ", true},
		{"two blanks for one", "prod db", "prod  db", true},
		{"a no-break space for a blank", "prod db", "prod\u00a0db", true},
		{"blank Braille for a blank", "prod db", "prod\u2800db", true},
		{"a filler for a blank", "prod db", "prod\u3164db", true},

		{"another number", "prod-db-01", "prod-db-02", false},
		{"an accent", "Andre", "André", false},
		{"case", "Admin", "admin", false},
		{"no blank at all", "prod db", "proddb", false},
		{"bytes that are not UTF-8", "\xff", "\xfe", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := Skeleton(tt.a) == Skeleton(tt.b); got != tt.want {
				t.Errorf("%+q is %+q, %+q is %+q: alike = %v, want %v",
					tt.a, Skeleton(tt.a), tt.b, Skeleton(tt.b), got, tt.want)
			}
		})
	}
}

func TestLookAlikes(t *testing.T) {
	t.Parallel()
	got := LookAlikes([]string{"prod-01", "stage", "prod-O1", "prod-01", "st\u0430ge", "test", "prod-0l"})
	want := map[string][]string{
		"prod-01":    {"prod-O1", "prod-0l"},
		"prod-O1":    {"prod-01", "prod-0l"},
		"prod-0l":    {"prod-01", "prod-O1"},
		"stage":      {"st\u0430ge"},
		"st\u0430ge": {"stage"},
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("LookAlikes = %q, want %q", got, want)
	}
	if got := LookAlikes(nil); len(got) != 0 {
		t.Errorf("LookAlikes of nothing = %q", got)
	}
}

// A shape that the normal form never leaves would be a row without effect, and
// one given twice would hide a mistake.
func TestShapesAreReached(t *testing.T) {
	t.Parallel()
	seen := make(map[rune]string)
	for _, entry := range shapes {
		for _, r := range entry.from {
			if norm.NFKD.String(string(r)) != string(r) {
				t.Errorf("%U changes in the normal form", r)
			}
			if !drawable(r, utf8.RuneLen(r)) {
				t.Errorf("%U is never drawn", r)
			}
			if other, twice := seen[r]; twice {
				t.Errorf("%U looks like both %q and %q", r, other, entry.shape)
			}
			seen[r] = entry.shape
		}
	}
}

func TestSkeletonOfASkeletonIsTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := foreignText().Draw(t, "text")
		once := Skeleton(text)
		if twice := Skeleton(once); twice != once {
			t.Fatalf("Skeleton(%+q) = %+q, of that %+q", text, once, twice)
		}
	})
}

func TestRaw(t *testing.T) {
	t.Parallel()
	type row struct {
		offset                  int
		point, hex, kind, shown string
	}
	want := []row{
		{0, "U+0061", "61", "Latin letter", "a"},
		{1, "U+001B", "1B", "control ESC", "⟦ESC⟧"},
		{2, "U+0020", "20", "blank", " "},
		{3, "", "9B", "not UTF-8", "⟦0x9B⟧"},
		{4, "U+202E", "E2 80 AE", "right-to-left override", "⟦U+202E⟧"},
		{7, "U+0434", "D0 B4", "Cyrillic letter", "д"},
		{9, "U+0301", "CC 81", "combining mark", "⟦U+0301⟧"},
		{11, "U+1F511", "F0 9F 94 91", "symbol", "🔑"},
		{15, "U+E0061", "F3 A0 81 A1", "tag for 'a'", "⟦U+E0061⟧"},
		{19, "U+FE0F", "EF B8 8F", "variation selector", "⟦U+FE0F⟧"},
		{22, "U+2009", "E2 80 89", "unusual blank", "⟦U+2009⟧"},
		{25, "U+E000", "EE 80 80", "private use", "⟦U+E000⟧"},
		{28, "U+0378", "CD B8", "unknown", "⟦U+0378⟧"},
		{30, "U+0663", "D9 A3", "Arabic number", "٣"},
		{32, "U+007F", "7F", "control DEL", "⟦DEL⟧"},
		{33, "U+0086", "C2 86", "control", "⟦U+0086⟧"},
		{35, "U+2061", "E2 81 A1", "invisible function application", "⟦U+2061⟧"},
		{38, "U+06DD", "DB 9D", "format character", "⟦U+06DD⟧"},
		{40, "U+1F1E9", "F0 9F 87 A9", "half a flag", "⟦U+1F1E9⟧"},
		{44, "U+1F3FD", "F0 9F 8F BD", "skin tone", "⟦U+1F3FD⟧"},
		{48, "U+002D", "2D", "punctuation", "-"},
	}
	const text = "a\x1b \x9b\u202eд\u0301🔑\U000e0061\ufe0f\u2009\ue000\u0378\u0663\x7f\u0086\u2061\u06dd\U0001f1e9🏽-"
	var got []row
	for r := range Raw(text) {
		got = append(got, row{r.Offset, r.Point, r.Hex, r.Kind, r.Shown.String()})
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("row %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	for range Raw(text) {
		break // the iterator must stop where its caller does
	}
}
