package safetext

import (
	"iter"
	"strings"
)

// Visible is text that may be drawn: it holds no control character and nothing
// that a reader cannot see. It is made by [Line], [Counted], [Cell], [Block] and
// [Paragraph] only. Visibles can be compared with ==; the zero value is empty.
type Visible struct {
	s string
	// cut says that something was left out; s[markAt:markEnd] is then the
	// program's own mark for it, empty where not even the mark had room.
	cut             bool
	markAt, markEnd int
}

// Line makes s visible as a single line: LF, CR and TAB are drawn as ⟦LF⟧, ⟦CR⟧
// and ⟦TAB⟧. Printable ASCII without anything else comes back as it is, without
// allocating.
func Line(s string) Visible {
	return Visible{s: show(s)}
}

// tabStop is the distance of tab stops in cells, as terminals have them.
const tabStop = 8

// Block makes s visible where several lines are expected. LF and CRLF end a
// line; a CR anywhere else is drawn as ⟦CR⟧. TAB becomes blanks up to the next
// stop of eight cells. A last line that is empty because s ends in a line break
// is kept, so there is always at least one line.
//
// Of a text without TAB and CRLF everything can be read back: Decode of the
// lines joined with LF is s. A CRLF reads back as LF and a TAB as blanks; [Raw]
// tells them apart.
func Block(s string) []Visible {
	lines := make([]Visible, 0, strings.Count(s, "\n")+1)
	for {
		line, rest, more := strings.Cut(s, "\n")
		if more {
			line = strings.TrimSuffix(line, "\r")
		}
		lines = append(lines, Visible{s: expandTabs(line)})
		if !more {
			return lines
		}
		s = rest
	}
}

// expandTabs returns line as it is drawn, its tabs as blanks. Each stretch
// between tabs is made visible on its own, so that a combining mark after a tab
// does not sit on a blank that is not in the text.
func expandTabs(line string) string {
	first, rest, tabbed := strings.Cut(line, "\t")
	if !tabbed {
		return show(line)
	}
	var b strings.Builder
	b.WriteString(show(first))
	column := Width(b.String())
	for tabbed {
		var part string
		part, rest, tabbed = strings.Cut(rest, "\t")
		gap := tabStop - column%tabStop
		b.WriteString(blanks(gap))
		part = show(part)
		b.WriteString(part)
		column += gap + Width(part)
	}
	return b.String()
}

// String returns the text to draw.
func (v Visible) String() string { return v.s }

// Whole reports whether nothing was cut from v.
func (v Visible) Whole() bool { return !v.cut }

// Kind says what a [Span] of a [Visible] is, so that a screen can style it.
type Kind uint8

const (
	// Plain text is drawn as it is stored.
	Plain Kind = iota
	// Escaped stands for one character that cannot be drawn as itself, or for
	// counted blanks. It is drawn in a warning style.
	Escaped
	// Elided is the program's own mark for what was cut. It is drawn faint, so
	// that it differs from a "…" in the text.
	Elided
)

// Span is a part of a [Visible] of one kind. Spans begin and end at the borders
// of grapheme clusters, so that each can be styled on its own.
type Span struct {
	Text string
	Kind Kind
}

// Spans returns the parts of v in order; put together they are v.String(). A
// run of escapes is one span for each.
func (v Visible) Spans() iter.Seq[Span] {
	return func(yield func(Span) bool) {
		if v.markEnd == v.markAt {
			yieldSpans(v.s, yield)
			return
		}
		if !yieldSpans(v.s[:v.markAt], yield) {
			return
		}
		if !yield(Span{v.s[v.markAt:v.markEnd], Elided}) {
			return
		}
		yieldSpans(v.s[v.markEnd:], yield)
	}
}

// yieldSpans yields the spans of s, which holds no mark of ours, and reports
// whether the caller wants more.
func yieldSpans(s string, yield func(Span) bool) bool {
	for s != "" {
		size := escapeLen(s)
		kind := Escaped
		if size == 0 {
			kind = Plain
			size = strings.Index(s, escapeOpen)
			if size < 0 {
				size = len(s)
			}
		}
		if !yield(Span{s[:size], kind}) {
			return false
		}
		s = s[size:]
	}
	return true
}

// Render returns v with each span drawn by style. A text without escapes and
// cuts is one call.
func (v Visible) Render(style func(Span) string) string {
	var b strings.Builder
	for span := range v.Spans() {
		b.WriteString(style(span))
	}
	return b.String()
}

// slice returns the part of v between two borders of its units, the mark of a
// cut kept where it lies inside.
func (v Visible) slice(from, to int) Visible {
	part := Visible{s: v.s[from:to]}
	if v.cut && v.markAt >= from && v.markEnd <= to {
		part.cut = true
		part.markAt, part.markEnd = v.markAt-from, v.markEnd-from
	}
	return part
}
