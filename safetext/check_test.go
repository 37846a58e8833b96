package safetext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

// failer is what tests, fuzz targets and rapid properties have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkDrawn fails the test when v breaks a rule that every Visible keeps.
func checkDrawn(t failer, v Visible) {
	t.Helper()
	s := v.String()
	if !utf8.ValidString(s) {
		t.Fatalf("not UTF-8: %q", s)
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			t.Fatalf("control character %U in %q", r, s)
		}
	}

	var sum extent
	for i := 0; i < len(s); {
		u := v.unit(i)
		checkUnit(t, v, s[i:u.end])
		if u.cells < 1 || u.runes < 1 {
			t.Fatalf("%q takes no cell in %q", s[i:u.end], s)
		}
		if u.cells > widestUnit || u.runes > widestUnit {
			t.Fatalf("%q is %+v, wider than anything should be", s[i:u.end], u.extent)
		}
		if u.end-u.start > u.cells*bytesPerCell {
			t.Fatalf("%q takes %d bytes in %d cells", s[i:u.end], u.end-u.start, u.cells)
		}
		sum = sum.plus(u.extent)
		i = u.end
	}
	if got, want := v.Width(), ansi.StringWidth(s); got != want || sum.cells != want {
		t.Fatalf("width of %q: %d, sum of its units %d, laid out as %d", s, got, sum.cells, want)
	}
	if want := ansi.StringWidthWc(s); sum.runes != want {
		t.Fatalf("width of %q by code point: %d, renderer counts %d", s, sum.runes, want)
	}
	for _, neighbour := range []string{"│", "a", " ", "🔑"} {
		if got, want := ansi.StringWidth(neighbour+s+neighbour), sum.cells+2*ansi.StringWidth(neighbour); got != want {
			t.Fatalf("%q joins its neighbour %q: %d cells, want %d", s, neighbour, got, want)
		}
	}

	var b strings.Builder
	for span := range v.Spans() {
		if span.Text == "" {
			t.Fatalf("empty span in %q", s)
		}
		if span.Kind == Escaped {
			char, err := Decode(span.Text)
			if err != nil || utf8.RuneCountInString(char) != 1 {
				t.Fatalf("escape %q stands for %q, %v", span.Text, char, err)
			}
		}
		b.WriteString(span.Text)
	}
	if b.String() != s {
		t.Fatalf("spans give %q, want %q", b.String(), s)
	}
}

// checkUnit fails the test when a unit holds what cannot be seen.
func checkUnit(t failer, v Visible, text string) {
	t.Helper()
	if escapeLen(text) == len(text) || isEmojiSequence(text) {
		return
	}
	if v.markEnd > v.markAt && text == v.s[v.markAt:v.markEnd] {
		return
	}
	marks := 0
	for _, r := range text {
		if !drawable(r, utf8.RuneLen(r)) {
			t.Fatalf("%U is in %q", r, v.s)
		}
		if marks++; !joins(r) {
			marks = 0
		}
		if marks > maxMarks {
			t.Fatalf("%d marks on one base in %q", marks, v.s)
		}
	}
}

// pieces are what texts are composed of to meet the rules of clusters, which
// random code points hardly ever do.
var pieces = []string{
	"a", "prod", " ", "  ", "0", "#", "\t", "\n", "\r", "\r\n", "\x00", "\x1b", "\x7f", "\x80", "\xff", "\xe2\x80", "\xf0",
	"\u0085", "\u009b", "⟦", "⟧", "⟦ESC⟧", "…", "é", "e\u0301", "\u0301", "\u0338", "\u20e3", "\u034f",
	"\u200b", "\u200d", "\ufe0f", "\ufe0e", "\U000e0061", "\u202e", "\u2066", "\ufeff", "\u00ad", "\u00a0", "\u3000",
	"\u2028", "\u115f", "\u3164", "\u2800", "\ue000", "\U0010ffff", "漢", "ｶ", "ﾞ", "한", "가", "\u1112", "\u1161", "\u11ab",
	"क", "\u094d", "\u093e", "\u0915\u094d\u0937", "ก", "\u0e33", "\u0d4e", "ക", "\u1038", "က", "א", "م", "\u0600",
	"🔑", "👩", "👨", "👧", "❤", "💻", "🏽", "\U0001f1e9", "\U0001f1ea", "🏴", "1\ufe0f\u20e3",
	"👩\u200d💻", "👍🏽", "❤\ufe0f", "👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏿", "👨\u200d👩\u200d👧\u200d👦", "🏳\ufe0f\u200d🌈",
}

// foreignText draws strings of pieces and of arbitrary bytes.
func foreignText() *rapid.Generator[string] {
	composed := func(least, most int) *rapid.Generator[string] {
		return rapid.Map(rapid.SliceOfN(rapid.SampledFrom(pieces), least, most),
			func(parts []string) string { return strings.Join(parts, "") })
	}
	bytes := rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) })
	return rapid.OneOf(composed(0, 8), composed(8, 40), rapid.StringN(0, 40, -1), bytes)
}
