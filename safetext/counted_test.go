package safetext

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestBlanksThatNobodySeesAreCounted(t *testing.T) {
	t.Parallel()
	blanks := func(n int) string { return strings.Repeat(" ", n) }
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"none at the ends", "a b  c", "a b  c"},
		{"one at the end", "a ", "a⟦1 blank⟧"},
		{"some at both ends", "   a  ", "⟦3 blanks⟧a⟦2 blanks⟧"},
		{"nothing else", "    ", "⟦4 blanks⟧"},
		{"eight inside can be seen", "a" + blanks(8) + "b", "a" + blanks(8) + "b"},
		{"nine inside are counted", "a" + blanks(9) + "b", "a⟦9 blanks⟧b"},
		{"a flood of them", "a" + blanks(2000) + "b", "a⟦999 blanks⟧⟦999 blanks⟧⟦2 blanks⟧b"},
		{"two floods", "a" + blanks(20) + "b" + blanks(30) + "c", "a⟦20 blanks⟧b⟦30 blanks⟧c"},
		{"one who writes it", "a⟦3 blanks⟧", "a⟦U+27E6⟧3 blanks⟧"},
		{"a mark behind them has no base", "  \u0301", "⟦2 blanks⟧⟦U+0301⟧"},
		{"other blanks have their own name", "a\u00a0", "a⟦U+00A0⟧"},
	} {
		if got := Counted(tt.in).String(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestCountedTextIsReadBack(t *testing.T) {
	t.Parallel()
	text := rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(0, 4).Draw(t, "parts") {
			b.WriteString(foreignText().Draw(t, "text"))
			b.WriteString(strings.Repeat(" ", rapid.SampledFrom([]int{0, 1, 2, 8, 9, 10, 998, 999, 1000, 2500}).Draw(t, "blanks")))
		}
		return b.String()
	})
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "s")
		v := Counted(s)
		if back, err := Decode(v.String()); err != nil || back != s {
			t.Fatalf("%q is drawn as %q and reads back as %q, %v", s, v, back, err)
		}
		if d := v.String(); strings.HasPrefix(d, " ") || strings.HasSuffix(d, " ") || strings.Contains(d, strings.Repeat(" ", countedFrom)) {
			t.Fatalf("%q has blanks that are not counted", d)
		}
		for _, l := range v.Wrap(20) {
			if l.Width() > 20 {
				t.Fatalf("%q is wider than 20 cells", l)
			}
		}
	})
}

func TestOnlyOurOwnNumbersOfBlanksAreRead(t *testing.T) {
	t.Parallel()
	for _, drawn := range []string{"⟦0 blanks⟧", "⟦1 blanks⟧", "⟦2 blank⟧", "⟦1000 blanks⟧", "⟦+2 blanks⟧", "⟦02 blanks⟧", "⟦2  blanks⟧", "⟦ blanks⟧", "⟦blanks⟧"} {
		if got, err := Decode(drawn); err == nil {
			t.Errorf("%s reads as %q", drawn, got)
		}
	}
}
