package safetext

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width returns how many cells s takes on a terminal, escape sequences of styles
// not counted. It is the measure that lipgloss lays out with; s is one line.
func Width(s string) int {
	if plain(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// Width returns how many cells v takes on a terminal.
func (v Visible) Width() int { return Width(v.s) }

// extent is a width by both counts in use.
type extent struct {
	cells int // by grapheme cluster: what Width and lipgloss count
	runes int // by code point: what most terminals without mode 2027 advance
}

func (e extent) plus(f extent) extent  { return extent{e.cells + f.cells, e.runes + f.runes} }
func (e extent) minus(f extent) extent { return extent{e.cells - f.cells, e.runes - f.runes} }

// within reports whether the width is at most cells by either count.
func (e extent) within(cells int) bool { return e.cells <= cells && e.runes <= cells }

// unit is what is never split: an escape, the mark of a cut, or a grapheme cluster.
type unit struct {
	start, end int // in the drawn text
	extent
}

// unit returns the unit of v that begins at i, which must be less than the length.
func (v Visible) unit(i int) unit {
	if i == v.markAt && v.markEnd > i {
		w := Width(v.s[i:v.markEnd])
		return unit{i, v.markEnd, extent{w, w}}
	}
	s := v.s[i:]
	if s[0] < utf8.RuneSelf && (len(s) == 1 || s[1] < utf8.RuneSelf) {
		return unit{i, i + 1, extent{1, 1}}
	}
	if size := escapeLen(s); size > 0 {
		w := Width(s[:size])
		return unit{i, i + size, extent{w, w}}
	}
	cluster, cells := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	e := extent{cells, cells}
	if _, size := utf8.DecodeRuneInString(s); size < len(cluster) {
		e.runes = ansi.StringWidthWc(cluster)
	}
	return unit{i, i + len(cluster), e}
}

// prefix returns where the longest beginning of v ends that is within cells, and
// its extent.
func (v Visible) prefix(cells int) (end int, width extent) {
	if plain(v.s) {
		end = min(max(cells, 0), len(v.s))
		return end, extent{end, end}
	}
	for end < len(v.s) {
		u := v.unit(end)
		sum := width.plus(u.extent)
		if !sum.within(cells) {
			break
		}
		end, width = u.end, sum
	}
	return end, width
}

// count returns the number of units of v from byte i on.
func (v Visible) count(i int) int {
	if plain(v.s[i:]) {
		return len(v.s) - i
	}
	n := 0
	for i < len(v.s) {
		i = v.unit(i).end
		n++
	}
	return n
}

// fits reports whether v is within cells by both counts.
func (v Visible) fits(cells int) bool {
	end, _ := v.prefix(cells)
	return end == len(v.s)
}

const ellipsis = "…"

// ellipsisCells is 1, or 2 where the environment asks for wide ambiguous
// characters.
var ellipsisCells = ansi.StringWidth(ellipsis)

// marked returns head and tail with the mark of a cut between them.
func marked(head, mark, tail string) Visible {
	return Visible{s: head + mark + tail, cut: true, markAt: len(head), markEnd: len(head) + len(mark)}
}

// Cut returns v if it fits into cells, otherwise its beginning and "…". The
// result is never wider than cells. Where not even the mark has room it is empty.
func (v Visible) Cut(cells int) Visible {
	short, _ := v.shorten(cells)
	return short
}

// shorten is Cut that also returns the width of its result.
func (v Visible) shorten(cells int) (short Visible, width int) {
	end, used := v.prefix(cells)
	if end == len(v.s) {
		return v, used.cells
	}
	room := cells - ellipsisCells
	if room < 0 {
		return Visible{cut: true}, 0
	}
	end, used = v.prefix(room)
	return marked(v.s[:end], ellipsis, ""), used.cells + ellipsisCells
}

// CutCount is [Visible.Cut] with the number of characters that are not shown, an
// escape being one character: "prod-db-…+12". In a column so narrow that the
// mark would take more than half of it there is no number. Of a text that was cut
// before, what was left of it is counted.
func (v Visible) CutCount(cells int) Visible {
	if v.fits(cells) {
		return v
	}
	for digits := 1; ; digits++ {
		markCells := ellipsisCells + len("+") + digits
		room := cells - markCells
		if room < markCells {
			return v.Cut(cells)
		}
		end, _ := v.prefix(room)
		number := strconv.Itoa(v.count(end))
		if len(number) <= digits {
			return marked(v.s[:end], ellipsis+"+"+number, "")
		}
	}
}

// CutMiddle is [Visible.Cut] for text whose end matters as much as its beginning,
// such as a path: "Infrastr…prod-db".
func (v Visible) CutMiddle(cells int) Visible {
	if v.fits(cells) {
		return v
	}
	room := cells - ellipsisCells
	if room < 2 {
		return v.Cut(cells)
	}
	end, used := v.prefix((room + 1) / 2)
	rest := room - max(used.cells, used.runes)

	_, left := Visible{s: v.s[end:]}.prefix(math.MaxInt)
	start := end
	for start < len(v.s) && !left.within(rest) {
		u := v.unit(start)
		left = left.minus(u.extent)
		start = u.end
	}
	return marked(v.s[:end], ellipsis, v.s[start:])
}

// Pad returns v with blanks after it up to cells. Text that is wider stays as it is.
func (v Visible) Pad(cells int) Visible {
	v.s += blanks(cells - v.Width())
	return v
}

// PadLeft returns v with blanks before it up to cells, as numbers are aligned.
// Text that is wider stays as it is.
func (v Visible) PadLeft(cells int) Visible {
	gap := max(0, cells-v.Width())
	v.s = blanks(gap) + v.s
	if v.markEnd > v.markAt {
		v.markAt += gap
		v.markEnd += gap
	}
	return v
}

// Fit returns v cut and padded to exactly cells, a cell of a table.
func (v Visible) Fit(cells int) Visible {
	short, width := v.shorten(cells)
	short.s += blanks(cells - width)
	return short
}

// bytesPerCell is more than the text of one drawn cell can take: nine code
// points of four bytes in a syllable, or half of a sequence of four emoji.
const bytesPerCell = 48

// Cell is Line(s).Fit(cells) that looks at no more of s than it needs, so that a
// text of a megabyte costs a list no more than a short one.
func Cell(s string, cells int) Visible {
	cells = max(cells, 0)
	return Line(beginning(s, (cells+2)*bytesPerCell)).Fit(cells)
}

// someBlanks is cut up for padding, which is rarely wider.
const someBlanks = "                                                                                "

// blanks returns n blanks, none for a negative n.
func blanks(n int) string {
	if n <= len(someBlanks) {
		return someBlanks[:max(n, 0)]
	}
	return strings.Repeat(" ", n)
}
