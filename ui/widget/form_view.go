package widget

import (
	"strings"

	"countersign/safetext"
	"countersign/ui/theme"

	"github.com/charmbracelet/x/ansi"
)

const (
	formGutter = 2 // the sign of the focus
	fieldMax   = 84
)

// labelColumn is where the fields begin.
func (f *Form) labelColumn() int {
	w := 11
	for _, it := range f.items {
		w = max(w, safetext.Width(it.Label)+2)
	}
	return formGutter + min(w, 22, max(f.width/3, 1))
}

// fieldWidth ends the growth of fields where lines become hard to read.
func (f *Form) fieldWidth() int { return max(min(f.width-f.labelColumn(), fieldMax), 0) }

// widthOf is the width of an item's field: a table gets all there is.
func (f *Form) widthOf(it FormItem) int {
	if it.Wide {
		return max(f.width-f.labelColumn()-formGutter, f.fieldWidth())
	}
	return f.fieldWidth()
}

// block is the drawn lines of one item.
type block struct {
	item  int
	lines []string
}

// blocks draws all items that are shown.
func (f *Form) blocks(s theme.Surface) []block {
	var out []block
	for n := range f.items {
		if f.shown(n) {
			out = append(out, block{item: n, lines: f.item(s, n)})
		}
	}
	return out
}

// item draws label, field, hint or error.
func (f *Form) item(s theme.Surface, n int) []string {
	it, column := f.items[n], f.labelColumn()
	var body []string
	switch {
	case it.Field != nil:
		body = it.Field.View(s)
		body = f.beside(s, n, body)
	case it.Text != nil:
		for _, p := range it.Text() {
			for _, l := range p.Wrap(f.fieldWidth()) {
				body = append(body, l.fit(f.theme, s, f.fieldWidth()))
			}
		}
	}
	ink, sign := theme.Faint, blanks(f.theme, s, formGutter)
	if f.focus == n {
		ink = theme.Accent
		sign = f.theme.Paint(s, theme.Accent, f.theme.Glyphs.Cursor) + blanks(f.theme, s, formGutter-1)
	}
	lead := sign + Words(ink, it.Label).fit(f.theme, s, column-formGutter)
	lines := make([]string, 0, len(body))
	for _, b := range body {
		line := lead + b
		lines = append(lines, clip(line+blanks(f.theme, s, f.width-ansi.StringWidth(line)), f.width))
		lead = blanks(f.theme, s, column)
	}
	return lines
}

// beside puts the error or the hint to the right of the field's first line
// where there is room, else under it.
func (f *Form) beside(s theme.Surface, n int, body []string) []string {
	note := f.note(n)
	if note == nil || len(body) == 0 {
		return body
	}
	width := f.fieldWidth()
	if used := ansi.StringWidth(body[0]); len(body) == 1 && used+2+note.Width() <= width {
		body[0] += blanks(f.theme, s, 2) + note.Draw(f.theme, s)
		return body
	}
	for _, l := range note.Wrap(width) {
		body = append(body, l.fit(f.theme, s, width))
	}
	return body
}

// note returns what is said beside a field: its error, why a paste was not
// taken, or its hint.
func (f *Form) note(n int) Line {
	it := f.items[n]
	if f.errors[n] != "" {
		return Line{Say(theme.Bad, "▲ "), Say(theme.Bad, f.errors[n])}
	}
	if notice := it.Field.Notice(); notice != "" {
		return Line{Say(theme.Warn, "▲ "), Say(theme.Warn, notice)}
	}
	if it.Hint != nil {
		if h := it.Hint(); h.Width() > 0 {
			return h
		}
	}
	return nil
}

// gaps says before which blocks an empty line stands: all of them where there is
// room, else those that begin a group, else none.
func (f *Form) gaps(bs []block) []bool {
	lines, leads := 0, 0
	for i, b := range bs {
		lines += len(b.lines)
		if i > 0 && f.items[b.item].Leads {
			leads++
		}
	}
	gaps := make([]bool, len(bs))
	for i := 1; i < len(bs); i++ {
		gaps[i] = lines+len(bs)-1 <= f.height || lines+leads <= f.height && f.items[bs[i].item].Leads
	}
	return gaps
}

// lay returns all lines of the form and the lines of the item with the focus.
func (f *Form) lay(s theme.Surface) (lines []string, from, to int) {
	bs := f.blocks(s)
	gaps := f.gaps(bs)
	for i, b := range bs {
		if gaps[i] {
			lines = append(lines, blanks(f.theme, s, f.width))
		}
		if b.item == f.focus {
			from, to = len(lines), len(lines)+len(b.lines)
		}
		lines = append(lines, b.lines...)
	}
	return lines, from, to
}

// itemAt returns the item on a line of the form, and the line within it; -1
// between items.
func (f *Form) itemAt(y int) (item, line int) {
	bs := f.blocks(theme.Page)
	gaps, at := f.gaps(bs), 0
	for i, b := range bs {
		if gaps[i] {
			at++
		}
		if y >= at && y < at+len(b.lines) {
			return b.item, y - at
		}
		at += len(b.lines)
	}
	return -1, 0
}

// Height returns how many lines the form takes when nothing is left out, with
// its items set apart.
func (f *Form) Height() int {
	n := 0
	for _, b := range f.blocks(theme.Page) {
		n += len(b.lines) + 1
	}
	return max(n-1, 0)
}

// reveal scrolls so that the field with the focus is on the screen.
func (f *Form) reveal() {
	if f.width <= 0 || f.height <= 0 {
		return
	}
	lines, from, to := f.lay(theme.Page)
	room := f.height
	if to < len(lines) && room > 1 {
		room-- // the last line says how much follows
	}
	f.top = max(f.top, to-room)
	f.top = min(f.top, from)
	f.clamp(len(lines))
}

func (f *Form) scroll(by int) {
	lines, _, _ := f.lay(theme.Page)
	f.top += by
	f.clamp(len(lines))
}

func (f *Form) clamp(lines int) { f.top = max(min(f.top, lines-f.height), 0) }

// whole reports whether View shows all that the form holds: nothing is scrolled
// away, nothing is longer than its field.
func (f *Form) whole() bool {
	for n, it := range f.items {
		if it.Field == nil || !f.shown(n) {
			continue
		}
		if _, shown := it.Field.Holds(); !shown {
			return false
		}
	}
	lines, _, _ := f.lay(theme.Page)
	return len(lines) <= f.height
}

// summary is what the form holds, without what else could be chosen, hints and
// gaps.
func (f *Form) summary() DetailContent {
	var facts []Fact
	for n, it := range f.items {
		if !f.shown(n) {
			continue
		}
		fact := Fact{Label: it.Label}
		switch {
		case it.Field != nil:
			fact.Value, _ = it.Field.Holds()
		case it.Text != nil:
			fact.Value = it.Text()
		}
		if f.errors[n] != "" {
			fact.Value = append(fact.Value, Line{Say(theme.Bad, "▲ "), Say(theme.Bad, f.errors[n])})
		}
		facts = append(facts, fact)
	}
	return DetailContent{Sections: []Section{{Facts: facts}}}
}

// View draws the form on a surface, as many lines as its height.
func (f *Form) View(s theme.Surface) string {
	if f.width <= 0 || f.height <= 0 {
		return strings.Join(pad(nil, f.height), "\n")
	}
	lines, _, _ := f.lay(s)
	if f.laid != len(lines) && f.focus >= 0 {
		f.reveal() // the size or what is above the focus has changed
	}
	f.laid = len(lines)
	f.clamp(len(lines))
	end := min(f.top+f.height, len(lines))
	shown := lines[f.top:end:end]
	if rest := len(lines) - end; rest > 0 && f.height > 1 {
		shown = append(shown[:f.height-1:f.height-1], moreBelow(f.theme, s, rest+1, f.width))
	}
	return strings.Join(padOn(f.theme, s, shown, f.width, f.height), "\n")
}
