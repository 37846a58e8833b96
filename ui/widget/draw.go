package widget

import (
	"strings"

	"countersign/ui/theme"
)

// Draw returns l painted on a surface, as wide as it is.
func (l Line) Draw(t *theme.Theme, s theme.Surface) string {
	var b strings.Builder
	for _, span := range l {
		drawSpan(&b, t, s, span)
	}
	return b.String()
}

func drawSpan(b *strings.Builder, t *theme.Theme, s theme.Surface, span Span) {
	plain := func(text string) {
		if span.words {
			text = t.Words(text)
		}
		b.WriteString(t.Paint(s, span.ink, text))
	}
	rest := span.text
	for rest != "" {
		start := strings.Index(rest, openEscape)
		if start < 0 {
			plain(rest)
			return
		}
		plain(rest[:start])
		end := strings.Index(rest[start:], closeEscape)
		if end < 0 {
			b.WriteString(t.Paint(s, theme.BadStrong, rest[start:]))
			return
		}
		end += start + len(closeEscape)
		b.WriteString(t.Paint(s, theme.BadStrong, rest[start:end]))
		rest = rest[end:]
	}
}

// blanks returns n painted blanks.
func blanks(t *theme.Theme, s theme.Surface, n int) string {
	if n <= 0 {
		return ""
	}
	sp := strings.Repeat(" ", n)
	if s == theme.Page {
		return sp
	}
	return t.Paint(s, theme.Text, sp)
}

// blanksIn returns n blanks in an ink where that cannot be seen: a terminal needs
// no change of colour between a text and the blanks behind it then.
func blanksIn(t *theme.Theme, s theme.Surface, ink theme.Ink, n int) string {
	if n <= 0 {
		return ""
	}
	if t.Style(s, ink).GetUnderline() || ink == theme.Caret {
		return blanks(t, s, n)
	}
	return t.Paint(s, ink, strings.Repeat(" ", n))
}

// padding returns n blanks beside l.
func (l Line) padding(t *theme.Theme, s theme.Surface, n int) string {
	if len(l) == 0 {
		return blanks(t, s, n)
	}
	return blanksIn(t, s, l.lastInk(), n)
}

// lastInk is the ink at the end of l.
func (l Line) lastInk() theme.Ink {
	if len(l) == 0 {
		return theme.Text
	}
	return l[len(l)-1].ink
}

// fit draws l in exactly width cells, cut or padded on the right.
func (l Line) fit(t *theme.Theme, s theme.Surface, width int) string {
	l = l.Cut(width)
	return l.Draw(t, s) + l.padding(t, s, width-l.Width())
}

// fitRight draws l in exactly width cells, against the right edge.
func (l Line) fitRight(t *theme.Theme, s theme.Surface, width int) string {
	l = l.Cut(width)
	return l.padding(t, s, width-l.Width()) + l.Draw(t, s)
}

// ends draws left and right at the two edges of width cells. Where both do not
// fit, left is cut down to half the width and right to what is then left.
func ends(t *theme.Theme, s theme.Surface, width int, left, right Line) string {
	if width <= 0 {
		return ""
	}
	if lw, rw := left.Width(), right.Width(); rw > 0 && lw+1+rw > width {
		left = left.Cut(max(width/2, width-rw-1))
		right = right.Cut(width - left.Width() - 1)
	}
	rw := right.Width()
	return left.fit(t, s, width-rw) + right.Draw(t, s)
}

// rule draws a horizontal line of width cells.
func rule(t *theme.Theme, s theme.Surface, ink theme.Ink, width int) string {
	return t.Paint(s, ink, strings.Repeat(t.Glyphs.Rule, max(width, 0)))
}

// cursor draws the sign of what is taken, on it or, where that is only in
// reverse, on the surface around it: reversed itself the sign would be a gap.
func cursor(t *theme.Theme, around theme.Surface, ink theme.Ink) string {
	s := theme.Selected
	if t.Style(s, ink).GetReverse() {
		s = around
	}
	return t.Paint(s, ink, t.Glyphs.Cursor)
}
