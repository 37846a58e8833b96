package main

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"countersign/safetext"
)

// trick is a text that means more to a terminal, or less to a reader, than it says.
type trick struct{ name, text string }

// tricks are the ones that are known, each without a blank and short enough to
// stand on a line of its own.
func tricks() []trick {
	return []trick{
		{"CSI that clears", "a\x1b[2J\x1b[Hb"}, {"CSI that hides", "\x1b[8mb"}, {"CSI of one code point", "\u009b2Jx"}, {"CSI of one byte", "\x9b2Jx"},
		{"a title", "\x1b]0;owned\a"}, {"a title with ST", "\x1b]2;owned\x1b\\"}, {"a title in C1", "\u009d0;owned\u009c"}, {"a title in bytes", "\x9d2;owned\x9c"},
		{"tmux's title", "\x1bkowned\x1b\\"}, {"a link", "\x1b]8;;file:/x\x1b\\y\x1b]8;;\x1b\\"}, {"the clipboard", "\x1b]52;c;cm0gLXJm\a"}, {"OSC 9", "\x1b]9;owned\a"},
		{"OSC 777", "\x1b]777;notify;a;b\a"}, {"an unterminated OSC", "x\x1b]0;swallows"}, {"DCS", "\x1bP+q544e\x1b\\"}, {"DCS in C1", "\u0090$qm\u009c"},
		{"APC", "\x1b_Gi=1;AA\x1b\\"}, {"PM", "\x1b^x\x1b\\"}, {"SOS", "\x1bXx\x1b\\"}, {"tmux's way through", "\x1bPtmux;\x1b\x1b]0;o\a\x1b\\"},
		{"questions", "\x1b[c\x1b[6n\x1b[>q"}, {"the other screen", "\x1b[?1049l\x1b[?25h"}, {"the mouse", "\x1b[?1003h"}, {"the end of a paste", "\x1b[201~y"},
		{"a reset", "x\x1bcy"}, {"another character set", "\x1b(0lqk"}, {"shift out", "\x0elqk"}, {"CR", "safe\rEVIL"}, {"BS", "no\b\bok"}, {"VT and FF", "a\vb\fc"},
		{"NUL and DEL", "a\x00b\x7fc"}, {"scrolling", "\x1b[3;5r\x1bM"}, {"a window report", "\x1b[21t"}, {"an override", "ann\u202egnp.exe"}, {"isolates", "\u2066a\u2069b"},
		{"tags", "a\U000e0041\U000e007fb"}, {"zero width", "ad\u200bmin\ufeff"}, {"a soft hyphen", "pay\u00adroll"}, {"stacked marks", "z\u0301\u0302\u0303\u0304\u0305\u0306y"},
		{"a mark alone", "\u0338x"}, {"half a character", "a\xe2\x82"}, {"a lead byte", "x\xf0"}, {"an overlong ESC", "\xc0\x9b]0;x\a"}, {"an encoded surrogate", "\xed\xa0\x9bx"},
		{"half a flag", "\U0001f1e9x"}, {"a long dash", "\u2e3bx"}, {"a phrase in one cell", "\ufdfdx"}, {"other line ends", "a\u2028b\u2029c\u0085d"}, {"fillers", "\u3164\u2800\u115fx"},
		{"our own brackets", "⟦ESC⟧⟦U+202E⟧"}, {"a brackets' end", "⟧ESC⟦"}, {"nested", "\x1b]8;;\x1b]52;c;\x1b[6n\a\a\x1b\\"}, {"wide", "漢字漢字"}, {"emoji", "👩\u200d💻👍🏽x"},
	}
}

// covered are the names of which a box covers a part.
var covered = regexp.MustCompile(`│[A-Z0-9+x]{0,7}⟧|⟦[A-Z0-9+x]{0,7}│`)

// named are the names that safetext draws characters by.
var named = regexp.MustCompile(`⟦(?:[A-Z0-9]{2,3}|U\+[0-9A-F]{4,6}|0x[0-9A-F]{2})⟧`)

// twin is a text that is drawn in the same cells and that no terminal obeys: each
// character that is drawn by name is another one, with a name of the same length, and
// hidden where it is hidden.
func twin(text string) string {
	seen := map[int]string{2: "\x1f", 3: "\x16", 4: "\xff", 6: "\ue000", 7: "\U000f0000", 8: "\U00100000"}
	hidden := map[int]string{6: "\u2063", 7: "\U000e0020"}
	drawn := named.ReplaceAllStringFunc(safetext.Line(text).String(), func(name string) string {
		if name == "⟦LF⟧" || name == "⟦TAB⟧" {
			return name
		}
		char, err := safetext.Decode(name)
		if err != nil {
			panic(err)
		}
		length := len([]rune(name)) - 2
		if r := []rune(char)[0]; length >= 6 && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point) {
			return safetext.Line(hidden[length]).String()
		}
		return safetext.Line(seen[length]).String()
	})
	back, err := safetext.Decode(drawn)
	if err != nil {
		panic(err)
	}
	return back
}

// other is what cannot be the same for a text and its twin: the folder of the queue, sizes,
// a digest, and when the one and the other was asked for.
var other = regexp.MustCompile(`/[0-9]{3}/|[0-9a-f]{64}|[0-9]+ [KMG]iB|[0-9]{2}:[0-9]{2}(:[0-9]{2})?`)

// alike is a screen with the names of characters left out: what a text and its twin
// have to have in common, cell by cell.
func alike(screen string) string {
	dots := func(name string) string { return "⟦" + strings.Repeat(".", len([]rune(name))-2) + "⟧" }
	return covered.ReplaceAllStringFunc(named.ReplaceAllStringFunc(other.ReplaceAllString(screen, "…"), dots), dots)
}

// bytesShown is what a line of the raw view says of the bytes of a text, in which a
// text and its twin cannot be alike; some characters have a second line there.
var bytesShown = regexp.MustCompile(`[0-9]{4}:? +[0-9A-F]{2}( |$)|(U\+[0-9A-F]{4,6}|0x[0-9A-F]{2}) |[1-4] bytes? `)

// rawAlike is alike for the raw view: what is beside the bytes.
func rawAlike(screen string) string {
	var lines []string
	for line := range strings.SplitSeq(alike(screen), "\n") {
		if !bytesShown.MatchString(line) && strings.Trim(line, " │├─┤↓0123456789morelins") != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func TestTortureTricksHaveTwins(t *testing.T) {
	t.Parallel()
	for _, k := range tricks() {
		other := twin(k.text)
		a, b := safetext.Line(k.text).String(), safetext.Line(other).String()
		if alike(a) != alike(b) {
			t.Errorf("%s: %q has the twin %q", k.name, a, b)
		}
		if harmless := newWitness(); named.MatchString(a) {
			_, _ = harmless.Write([]byte(other + "x"))
			for what := range harmless.touched {
				if !strings.HasPrefix(what, "control 0x") {
					t.Errorf("%s: the twin %q asks for %s", k.name, other, what)
				}
			}
		}
	}
}
