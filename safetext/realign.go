package safetext

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Realign returns a finished frame, styles included, for a renderer that counts
// cells by code point. Bubble Tea's does so until the terminal has answered that
// it knows mode 2027 (grapheme clusters); then the frame needs no change.
//
// A cluster that such a renderer makes wider than the layout did takes what it
// needs from the next padding, one that it makes narrower gives it there; so
// what stands right of the padding stays in its column and on the screen.
// Padding is what follows the first blank of a run. There is enough of it where
// text was cut or wrapped by this package and padded to its column.
func Realign(frame string) string {
	if countsAgree(frame) {
		return frame
	}
	var b strings.Builder
	b.Grow(len(frame))
	for line := range strings.Lines(frame) {
		if countsAgree(line) {
			b.WriteString(line)
			continue
		}
		text, isEnded := strings.CutSuffix(line, "\n")
		realignLine(&b, text)
		if isEnded {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// countsAgree reports whether s holds only characters that every terminal counts
// alike: no mark and no emoji. It says no to some that do agree.
func countsAgree(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < utf8.RuneSelf {
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r < 0x300, // European letters
			0x2010 <= r && r < 0x20D0, // punctuation
			0x2100 <= r && r < 0x2C00, // symbols, borders
			0x4E00 <= r && r < 0xA000: // Chinese
		default:
			return false
		}
		i += size - 1
	}
	return true
}

func realignLine(b *strings.Builder, line string) {
	var (
		state    byte
		excess   int  // cells by code point beyond those of the layout
		afterGap bool // the character before this one is a blank
	)
	for line != "" {
		seq, cells, size, next := ansi.DecodeSequence(line, state, nil)
		if size == 1 && len(line) > 1 && isPrintable(line[0]) && line[1] >= utf8.RuneSelf {
			// The decoder takes an ASCII character without the marks on it.
			seq, cells = ansi.FirstGraphemeCluster(line, ansi.GraphemeWidth)
			size = len(seq)
		}
		state = next
		line = line[size:]
		if cells == 0 {
			b.WriteString(seq)
			continue
		}
		if len(seq) > 1 {
			excess += ansi.StringWidthWc(seq) - cells
		}
		if seq != " " {
			afterGap = false
			b.WriteString(seq)
			continue
		}
		switch {
		case afterGap && excess > 0:
			excess--
			continue
		case afterGap && excess < 0:
			b.WriteString(blanks(-excess))
			excess = 0
		}
		afterGap = true
		b.WriteString(seq)
	}
	b.WriteString(blanks(-excess))
}
