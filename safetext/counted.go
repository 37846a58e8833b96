package safetext

import (
	"strconv"
	"strings"
)

const (
	// mostBlanks is how many blanks one number stands for: with more it would be
	// wider than anything unsplittable is.
	mostBlanks = 999
	// countedFrom is from how many on blanks inside a text are counted, too: nobody
	// counts so many by the eye, and what is behind them could be out of sight.
	countedFrom = 9
)

// Counted is [Line] for evidence, of which every blank counts: those at the ends, and
// long runs of them inside, are drawn by their number, as in ⟦3 blanks⟧. All of it can
// be read back as well: Decode(Counted(s).String()) is s for every string s.
func Counted(s string) Visible {
	long := strings.Repeat(" ", countedFrom)
	if !strings.HasPrefix(s, " ") && !strings.HasSuffix(s, " ") && !strings.Contains(s, long) {
		return Line(s)
	}
	var b strings.Builder
	rest := strings.TrimLeft(s, " ")
	writeBlanks(&b, len(s)-len(rest))
	text := strings.TrimRight(rest, " ")
	end := len(rest) - len(text)
	for {
		before, after, found := strings.Cut(text, long)
		b.WriteString(show(before))
		if !found {
			break
		}
		text = strings.TrimLeft(after, " ")
		writeBlanks(&b, countedFrom+len(after)-len(text))
	}
	writeBlanks(&b, end)
	return Visible{s: b.String()}
}

// writeBlanks draws n blanks by their number, nothing for none.
func writeBlanks(b *strings.Builder, n int) {
	for ; n > 0; n -= mostBlanks {
		b.WriteString(escapeOpen + blankName(min(n, mostBlanks)) + escapeClose)
	}
}

func blankName(n int) string {
	if n == 1 {
		return "1 blank"
	}
	return strconv.Itoa(n) + " blanks"
}

// blanksNamed returns the blanks that a name stands for, and whether it is one of
// theirs.
func blanksNamed(name string) (string, bool) {
	digits, _, _ := strings.Cut(name, " ")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > mostBlanks || blankName(n) != name {
		return "", false
	}
	return strings.Repeat(" ", n), true
}
