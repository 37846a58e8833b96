package widget

import (
	"strings"

	"countersign/ui/theme"
)

const (
	rowIndent = 2 // cursor and mark
	rowMargin = 1 // right of the last column
)

// visible is how many rows fit: all lines but the heads, an error on top and,
// where the rows do not leave room for it, the footer.
func (l *List[R]) visible() int {
	return max(l.height-l.firstLine()-l.footerLines(), 0)
}

// firstLine is the line of the first row.
func (l *List[R]) firstLine() int {
	if l.failure != nil {
		return 2
	}
	return 1
}

func (l *List[R]) footerLines() int {
	if l.footer == nil && l.stale == 0 && !l.more {
		return 0
	}
	return 1
}

// View draws the list.
func (l *List[R]) View() string {
	if l.revision != l.theme.Revision() {
		clear(l.cache)
		l.revision = l.theme.Revision()
	}
	if l.width == 0 || l.height == 0 {
		return strings.Join(pad(nil, l.height), "\n")
	}
	lines := []string{l.head()}
	if len(l.rows) == 0 {
		lines = append(lines, l.noRows()...)
		return l.join(lines)
	}
	if l.failure != nil {
		lines = append(lines, l.indented(alertLine(l.failure, l.advice)))
	}
	end := min(l.top+l.visible(), len(l.rows))
	for at := l.top; at < end; at++ {
		lines = append(lines, l.row(at))
	}
	if l.footerLines() > 0 {
		if len(lines) < l.height-1 {
			lines = append(lines, blanks(l.theme, l.surface, l.width)) // the footer keeps its distance where it can
		}
		lines = append(lines, l.indented(l.footerLine()))
	}
	return l.join(lines)
}

func (l *List[R]) join(lines []string) string {
	return strings.Join(padOn(l.theme, l.surface, lines, l.width, l.height), "\n")
}

func (l *List[R]) indented(line Line) string {
	w := max(l.width-rowIndent-rowMargin, 0)
	return blanks(l.theme, l.surface, min(rowIndent, l.width)) + line.fit(l.theme, l.surface, w) +
		blanks(l.theme, l.surface, min(rowMargin, max(l.width-rowIndent-w, 0)))
}

func (l *List[R]) footerLine() Line {
	var line Line
	if l.stale > 0 {
		line = append(line, Say(theme.Warn, "▲ "+Age(l.stale)+" old"))
	}
	if l.footer != nil {
		if line != nil {
			line = append(line, Say(theme.Faint, " · "))
		}
		line = append(line, l.footer...)
	}
	if l.more {
		if line != nil {
			line = append(line, Say(theme.Faint, " · "))
		}
		line = append(line, Say(theme.Note, "more below"))
	}
	return line
}

// alertLine puts cause and advice on one line.
func alertLine(cause, advice Line) Line {
	line := append(Line{Say(theme.Bad, "▲ ")}, cause...)
	if advice != nil {
		line = append(append(line, Say(theme.Faint, " · ")), advice...)
	}
	return line
}

// noRows draws the loading, empty or error state.
func (l *List[R]) noRows() []string {
	var parts []Line
	switch {
	case l.failure != nil:
		parts = []Line{append(Line{Say(theme.Bad, "▲ ")}, l.failure...), l.advice}
	case !l.loaded:
		parts = []Line{Words(theme.Note, "loading…")}
	default:
		parts = []Line{Words(theme.Heading, l.opts.Empty), Words(theme.Faint, l.opts.EmptyAdvice)}
	}
	lines := []string{blanks(l.theme, l.surface, l.width)}
	for _, p := range parts {
		for _, w := range p.Wrap(max(l.width-rowIndent-rowMargin, 1)) {
			lines = append(lines, l.indented(w))
		}
	}
	return lines
}

func (l *List[R]) head() string {
	return l.compose(l.surface, blanks(l.theme, l.surface, rowIndent), func(i int) Line {
		return Words(theme.Faint, l.opts.Columns[i].Title)
	})
}

// compose draws one line of columns behind lead, which is rowIndent wide. A
// cell that is too long takes what a right-aligned neighbour leaves, or of any
// neighbour where its column spills.
func (l *List[R]) compose(s theme.Surface, lead string, cell func(i int) Line) string {
	if l.width <= rowIndent+rowMargin {
		return blanks(l.theme, s, l.width)
	}
	var b strings.Builder
	b.WriteString(lead)
	used, lent, ink := rowIndent, 0, theme.Text
	var next Line // the cell of the neighbour, where it was looked at
	for i, w := range l.widths {
		if w == 0 {
			continue
		}
		if used > rowIndent {
			b.WriteString(blanksIn(l.theme, s, ink, columnGap))
			used += columnGap
		}
		c := next
		if next == nil {
			c = cell(i)
		}
		w, lent, next = w-lent, 0, nil
		if right := i + 1; right < len(l.widths) && l.widths[right] > 0 && c.Width() > w {
			switch {
			case l.opts.Columns[right].Right:
				next = cell(right)
				lent = max(min(l.widths[right]-next.Width(), c.Width()-w), 0)
			case l.opts.Columns[i].Spills:
				lent = min(l.widths[right]/2, c.Width()-w)
			}
			w += lent
		}
		used += w
		switch {
		case c.Width() == 0: // nothing to change the ink for
			b.WriteString(blanksIn(l.theme, s, ink, w))
			continue
		case l.opts.Columns[i].Right:
			b.WriteString(c.fitRight(l.theme, s, w))
		default:
			b.WriteString(c.fit(l.theme, s, w))
		}
		ink = c.lastInk()
	}
	b.WriteString(blanksIn(l.theme, s, ink, l.width-used))
	return b.String()
}

// row draws the row at a place, or takes it from the cache.
func (l *List[R]) row(at int) string {
	r := l.rows[at]
	look := rowLook{id: l.opts.ID(r), selected: at == l.cursor}
	look.focus = look.selected && l.focused
	look.marked = l.marked[look.id]
	look.news = l.news[look.id]
	if drawn, ok := l.cache[look]; ok {
		return drawn
	}
	if len(l.cache) > 8*l.height {
		clear(l.cache) // scrolled far: keep about what is on the screen
	}
	s := l.surface
	if look.selected {
		s = theme.Selected
	}
	drawn := l.compose(s, l.lead(s, look), func(i int) Line {
		c := l.opts.Columns[i].Cell(r)
		if look.selected && l.opts.Columns[i].Key {
			return c.strong()
		}
		return c
	})
	l.cache[look] = drawn
	return drawn
}

// lead draws cursor and mark.
func (l *List[R]) lead(s theme.Surface, look rowLook) string {
	g := l.theme.Glyphs
	sign, mark := blanks(l.theme, s, 1), blanks(l.theme, s, 1)
	switch {
	case look.focus:
		sign = cursor(l.theme, l.surface, theme.Accent)
	case look.selected:
		sign = cursor(l.theme, l.surface, theme.Faint)
	}
	switch {
	case look.marked:
		mark = l.theme.Paint(s, theme.AccentStrong, g.Mark)
	case look.news == 'n':
		mark = l.theme.Paint(s, theme.OK, g.New)
	case look.news == 'c':
		mark = l.theme.Paint(s, theme.Warn, g.Changed)
	}
	return sign + mark
}
