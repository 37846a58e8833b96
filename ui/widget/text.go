package widget

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"countersign/safetext"
	"countersign/ui/theme"

	"github.com/charmbracelet/x/ansi"
)

// Span is a piece of one line in one ink. Its text is visible text only: made
// by Say from words of ours or by Show from foreign ones.
type Span struct {
	text  string
	ink   theme.Ink
	words bool // ours: drawn in ASCII where the theme asks for it
}

// Say returns our own words in an ink. They pass safetext like all others, so
// that a foreign part that slipped into them does no harm.
func Say(ink theme.Ink, words string) Span {
	return Span{text: safetext.Line(words).String(), ink: ink, words: true}
}

// Show returns foreign text in an ink; its escaped characters are drawn in the
// warning style (SCREENS, Foreign text).
func Show(ink theme.Ink, v safetext.Visible) Span {
	return Span{text: v.String(), ink: ink}
}

// Line is one line, or one paragraph where the place can wrap it.
type Line []Span

// Words returns a line of our own words in one ink.
func Words(ink theme.Ink, words string) Line { return Line{Say(ink, words)} }

// Foreign returns a line of foreign text in one ink.
func Foreign(ink theme.Ink, v safetext.Visible) Line { return Line{Show(ink, v)} }

// Paragraphs returns foreign text of several lines (safetext.Block) as
// paragraphs in one ink.
func Paragraphs(ink theme.Ink, lines []safetext.Visible) []Line {
	out := make([]Line, len(lines))
	for i, v := range lines {
		out[i] = Foreign(ink, v)
	}
	return out
}

// Width returns the cells that l takes when drawn.
func (l Line) Width() int {
	w := 0
	for _, s := range l {
		w += safetext.Width(s.text)
	}
	return w
}

// String returns the text of l without inks.
func (l Line) String() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.text)
	}
	return b.String()
}

// In returns l in one ink.
func (l Line) In(ink theme.Ink) Line {
	out := make(Line, len(l))
	for i, s := range l {
		s.ink = ink
		out[i] = s
	}
	return out
}

// strong returns l in bold.
func (l Line) strong() Line {
	out := make(Line, len(l))
	for i, s := range l {
		switch s.ink {
		case theme.Text, theme.Heading:
			s.ink = theme.Strong
		case theme.Warn:
			s.ink = theme.WarnStrong
		case theme.Accent:
			s.ink = theme.AccentStrong
		case theme.Bad:
			s.ink = theme.BadStrong
		}
		out[i] = s
	}
	return out
}

// join puts lines one behind the other.
func join(ls ...Line) Line {
	var out Line
	for _, l := range ls {
		out = append(out, l...)
	}
	return out
}

// TooLong is why a text of more than limit characters cannot be taken, "" for one
// that can: a Check of a FormItem.
func TooLong(text string, limit int) string {
	if utf8.RuneCountInString(text) > limit {
		return fmt.Sprintf("at most %d characters", limit)
	}
	return ""
}

// openEscape and closeEscape enclose what safetext writes for a character that
// may not be drawn. A literal openEscape is itself escaped, so that each one
// found begins such a token.
const (
	openEscape  = "⟦"
	closeEscape = "⟧"
)

// unit is what is never divided: a grapheme cluster or an escaped character.
type unit struct {
	text  string
	width int // as laid out
	reach int // at most taken, by a renderer that counts code points (safetext.Realign)
	ink   theme.Ink
	words bool
}

func (u unit) isBlank() bool { return u.text == " " }

// isGap reports whether u is a blank of ours, which may be dropped at a break.
func (u unit) isGap() bool { return u.isBlank() && u.words }

// units cuts l into units; escaped characters get the warning ink.
func (l Line) units() []unit {
	var us []unit
	for _, s := range l {
		for rest := s.text; rest != ""; {
			u := firstUnit(rest)
			rest = rest[len(u.text):]
			u.words = s.words
			if !strings.HasPrefix(u.text, openEscape) {
				u.ink = s.ink
			}
			us = append(us, u)
		}
	}
	return us
}

func firstUnit(s string) unit {
	if s[0] < 0x80 && (len(s) == 1 || s[1] < 0x80) {
		return unit{text: s[:1], width: 1, reach: 1}
	}
	if strings.HasPrefix(s, openEscape) {
		if end := strings.Index(s, closeEscape); end > 0 {
			t := s[:end+len(closeEscape)]
			return unit{text: t, width: safetext.Width(t), reach: safetext.Width(t), ink: theme.BadStrong}
		}
	}
	cluster, w := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	return unit{text: cluster, width: w, reach: max(w, ansi.StringWidthWc(cluster))}
}

// fits reports whether l takes at most width cells on any terminal.
func (l Line) fits(width int) bool {
	cells, points := 0, 0
	for _, s := range l {
		w := safetext.Width(s.text)
		cells += w
		if w == len(s.text) { // ASCII
			points += w
			continue
		}
		points += ansi.StringWidthWc(s.text)
	}
	return cells <= width && points <= width
}

// joinUnits is the inverse of units, with neighbours of one ink in one span.
func joinUnits(us []unit) Line {
	var l Line
	var b strings.Builder
	for i, u := range us {
		if i > 0 && (u.ink != us[i-1].ink || u.words != us[i-1].words) {
			l = append(l, Span{text: b.String(), ink: us[i-1].ink, words: us[i-1].words})
			b.Reset()
		}
		b.WriteString(u.text)
	}
	if len(us) > 0 {
		last := us[len(us)-1]
		l = append(l, Span{text: b.String(), ink: last.ink, words: last.words})
	}
	return l
}

// Cut returns l in at most width cells, with an ellipsis in the last of them
// where something is left out.
func (l Line) Cut(width int) Line {
	if width <= 0 {
		return nil
	}
	if l.fits(width) {
		return l
	}
	us := l.units()
	room, n := width-1, 0
	for n < len(us) && us[n].reach <= room {
		room -= us[n].reach
		n++
	}
	for n > 0 && us[n-1].isBlank() {
		n--
	}
	ink := theme.Faint
	if n > 0 {
		ink = us[n-1].ink
	}
	return append(joinUnits(us[:n]), Span{text: "…", ink: ink, words: true})
}

// Wrap breaks l into lines of at most width cells: between words where it can,
// inside a word only when the word alone is too long. An empty line stays one
// empty line.
//
// Blanks of our own words are dropped at a break. Of foreign text a reader loses
// nothing: the first blank at a break stays at the end of its line, where it has
// room, and those behind it begin the next one, where they are seen. Only behind
// several words that fill a line exactly, one blank is left out; a line that
// ends inside a word is one word, with no blank but before it, so that the two can be
// told apart. No line is nothing but blanks before a word, which nobody could count.
func (l Line) Wrap(width int) []Line {
	if width <= 0 {
		return nil
	}
	if l.fits(width) {
		return []Line{l}
	}
	var out []Line
	for us := splitWide(l.units(), width); len(us) > 0; {
		n, room := 0, width
		for n < len(us) && us[n].reach <= room {
			room -= us[n].reach
			n++
		}
		if n == len(us) {
			return append(out, joinUnits(us))
		}
		end, next := breakAt(us, n)
		for end > 0 && us[end-1].isGap() {
			end--
		}
		for next < len(us) && us[next].isGap() {
			next++
		}
		out = append(out, joinUnits(us[:end]))
		us = us[next:]
	}
	return out
}

// breakAt returns where a line ends that has room for n units of us, which are
// not all, and where the next one begins.
func breakAt(us []unit, n int) (end, next int) {
	lead := 0
	for lead < n && us[lead].isBlank() {
		lead++
	}
	last := n - 1
	for last > lead && !us[last].isBlank() {
		last--
	}
	switch {
	case us[n].isGap():
		return n, n // a word of ours ends exactly at the edge
	case last <= lead:
		return n, n // one word fills the line, or what blanks before it leave of the line
	case us[n].isBlank() && last < n-1 && n+1 < len(us) && !us[n+1].isGap():
		return n, n + 1 // several words fill it, and another line follows
	}
	first := last
	for us[first-1].isBlank() {
		first--
	}
	return first + 1, first + 1
}

// splitWide breaks the units that no line of width cells can hold: an escaped
// character in a pane narrower than its name, rune by rune.
func splitWide(us []unit, width int) []unit {
	out := us[:0:0]
	for _, u := range us {
		if u.reach <= width {
			out = append(out, u)
			continue
		}
		for _, r := range u.text {
			w := safetext.Width(string(r))
			if w > width {
				r, w = '…', 1 // a wide letter in a pane of one cell
			}
			out = append(out, unit{text: string(r), width: w, reach: w, ink: u.ink, words: u.words})
		}
	}
	return out
}
