package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"countersign/safetext"
)

// room is how wide the terminal of the letters is.
const room = 16

// ruled is a text in a terminal that is as wide as it and what is behind it: what comes
// then is on the next line, if the text takes the cells that are counted.
func ruled(text string, cells int) string {
	return text + strings.Repeat("x", room-cells) + "\n" + "y"
}

// misdrawn are those of some texts that a terminal has not drawn in their cells.
func misdrawn(texts []string, cells func(string) int, show func(stream string) string) []string {
	var stream strings.Builder
	for _, text := range texts {
		stream.WriteString(strings.Replace(ruled(text, cells(text)), "\n", "", 1) + "\n")
	}
	drawn := strings.Split(show(stream.String())+"\n", "y\n")
	var all []string
	for i, text := range texts {
		if i >= len(drawn) || drawn[i]+"y" != ruled(text, cells(text)) {
			all = append(all, text)
		}
	}
	return all
}

// TestTortureTextOfEveryLetter has two terminals draw each code point that safetext lets
// through as it is: in the cells that are counted, so that what stands right of it stays
// in its place.
func TestTortureTextOfEveryLetter(t *testing.T) {
	t.Parallel()
	step := 1
	if os.Getenv("COUNTERSIGN_HEAVY") == "" && os.Getenv("COUNTERSIGN_LONG") == "" {
		step = 37
	}
	var all []string
	for r := rune(0); r <= unicode.MaxRune; r += rune(step) {
		if text := string(r); utf8.ValidRune(r) && safetext.Line(text).String() == text {
			all = append(all, text)
		}
	}
	first := func(stream string) string {
		return onFirst(strings.ReplaceAll(stream, "\n", "\r\n"), room, 2*strings.Count(stream, "\n")+1)
	}
	tmux := startSecond(t, room, high)
	known := 0
	for some := range slices.Chunk(all, 10_000) {
		if bad := misdrawn(some, safetext.Width, first); len(bad) > 0 {
			t.Errorf("the terminal draws %d texts in other cells than are counted, such as %+q", len(bad), bad[0])
		}
		if tmux == nil {
			continue
		}
		for _, bad := range misdrawn(some, safetext.Width, tmux.page) {
			if r, _ := utf8.DecodeRuneInString(bad); !unicode.Is(otherwiseInTmux, r) {
				t.Errorf("tmux draws %U in other cells than are counted", r)
				continue
			}
			known++
		}
	}
	t.Logf("%d code points are drawn as they are, %d of them in other cells by tmux", len(all), known)

	for text, cells := range map[string]int{"\u200b": 1, "\ufeff": 1, "\U000e0041": 1, "漢": 1, "a": 2, "\u0301": 1} {
		as := func(string) int { return cells }
		if len(misdrawn([]string{text}, as, first)) == 0 || tmux != nil && len(misdrawn([]string{text}, as, tmux.page)) == 0 {
			t.Errorf("%+q does not take %d cells, and nobody noticed", text, cells)
		}
	}
}

// otherwiseInTmux are what tmux 3.3a does not draw in the cells that are counted. It asks
// the C library, and that of Debian 12 knows Unicode 14: what is newer is replaced or
// narrow, and what has become wide since is narrow. The numbers from U+3248 are wide.
var otherwiseInTmux = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x2630, 0x2637, 1}, {0x268A, 0x268F, 1}, {0x3248, 0x324F, 1},
	},
	R32: []unicode.Range32{
		{0x1123F, 0x11240, 1}, {0x11B00, 0x11B09, 1}, {0x11F04, 0x11F10, 1}, {0x11F12, 0x11F33, 1}, {0x11F43, 0x11F59, 1},
		{0x1342F, 0x1342F, 1}, {0x13443, 0x13446, 1}, {0x1B132, 0x1B132, 1}, {0x1B155, 0x1B155, 1}, {0x1D2C0, 0x1D2D3, 1},
		{0x1D300, 0x1D356, 1}, {0x1D360, 0x1D376, 1}, {0x1DF25, 0x1DF2A, 1}, {0x1E030, 0x1E06D, 1}, {0x1E4D0, 0x1E4EB, 1},
		{0x1E4F0, 0x1E4F9, 1}, {0x1F6DC, 0x1F6DC, 1}, {0x1F774, 0x1F776, 1}, {0x1F77B, 0x1F77F, 1}, {0x1F7D9, 0x1F7D9, 1},
		{0x1FA75, 0x1FA77, 1}, {0x1FA87, 0x1FA88, 1}, {0x1FAAD, 0x1FAAF, 1}, {0x1FABB, 0x1FABD, 1}, {0x1FABF, 0x1FABF, 1},
		{0x1FACE, 0x1FACF, 1}, {0x1FADA, 0x1FADB, 1}, {0x1FAE8, 0x1FAE8, 1}, {0x1FAF7, 0x1FAF8, 1}, {0x2B739, 0x2B739, 1},
		{0x31350, 0x323AF, 1},
	},
}
