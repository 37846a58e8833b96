package widget

import (
	"strings"

	"countersign/safetext"
	"countersign/ui/theme"
)

const (
	dialogWidth  = 74
	dialogBorder = 2 // border and one blank, on each side
	leastProof   = 4 // lines of evidence that are left when the form is tall
	leastBeside  = 2 // when what the form holds is
)

// SetSize sets the size of the screen the dialog is drawn on.
func (d *Dialog) SetSize(width, height int) {
	d.width, d.height = max(width, 0), max(height, 0)
	d.place()
}

// plan is how many lines each part of the dialog gets.
type plan struct{ proof, form, gaps int }

// place computes frame and sizes.
func (d *Dialog) place() {
	w := min(d.opts.Width, d.width)
	inner := max(w-2*dialogBorder, 0)
	p := d.measure(inner)
	d.shown = false
	h := min(4+p.proof+p.form+p.gaps, d.height)
	d.frame = Rect{X: (d.width - w) / 2, Y: (d.height - h) / 2, W: w, H: h}
	d.plan = p
	if d.evidence != nil {
		d.evidence.SetSize(inner, p.proof)
	}
	switch {
	case d.sums:
		d.summary.SetSize(inner, p.form)
	case d.opts.Form != nil:
		d.opts.Form.SetSize(inner, p.form)
	}
}

// measure shares the lines of the screen: borders, buttons and the line of
// keys always; the form as far as evidence keeps a few lines; then the
// evidence; what is left sets the parts apart. Where the form does not show all
// that it holds there and the buttons have the keys, what it holds gets its place,
// and more of it.
func (d *Dialog) measure(inner int) plan {
	var proof, form int
	if d.evidence != nil {
		d.evidence.SetSize(inner, d.evidence.height)
		proof = len(d.evidence.lines)
	}
	if d.opts.Form != nil {
		d.opts.Form.SetSize(inner, d.opts.Form.height)
		form = d.opts.Form.Height()
	}
	p := d.share(proof, form, leastProof)
	d.sums = false
	if d.opts.Form == nil || !d.onButtons {
		return p
	}
	d.opts.Form.SetSize(inner, p.form)
	if d.opts.Form.whole() {
		return p
	}
	d.sums = true
	d.summary.SetSize(inner, d.summary.height)
	d.summary.SetContent("summary", d.opts.Form.summary())
	return d.share(proof, len(d.summary.lines), leastBeside)
}

// share gives the form what it wants as far as the evidence keeps the least.
func (d *Dialog) share(proof, form, least int) plan {
	room := max(d.height-4, 0)
	p := plan{}
	p.form = max(min(form, room-min(proof, least)), 0)
	p.proof = min(proof, room-p.form)
	p.gaps = min(room-p.form-p.proof, d.gapsWanted())
	return p
}

// gapsWanted is one empty line above the first part, one under each, and one
// above the keys.
func (d *Dialog) gapsWanted() int {
	n := 2
	if d.evidence != nil {
		n++
	}
	if d.opts.Form != nil {
		n++
	}
	return n
}

// Frame returns where on the screen the dialog is.
func (d *Dialog) Frame() Rect { return d.frame }

// View draws the dialog's frame. The first call starts the guard: call it only
// when what it returns is shown.
func (d *Dialog) View() string {
	d.guard.Drawn()
	d.shown = true
	w, h := d.frame.W, d.frame.H
	if w <= 2*dialogBorder || h < 2 {
		return strings.Join(padOn(d.theme, theme.Panel, nil, w, h), "\n")
	}
	inner, gaps := w-2*dialogBorder, d.plan.gaps
	var body []string
	gap := func() {
		if gaps > 0 {
			gaps--
			body = append(body, blanks(d.theme, theme.Panel, inner))
		}
	}
	gap()
	if d.evidence != nil && d.plan.proof > 0 {
		body = append(body, strings.Split(d.evidence.View(), "\n")...)
		gap()
	}
	if d.plan.form > 0 {
		d.formAt = Rect{X: dialogBorder, Y: len(body) + 1, W: inner, H: d.plan.form}
		body = append(body, strings.Split(d.lower(), "\n")...)
		gap()
	}
	body = append(body, d.buttons(inner, len(body)+1))
	gap()
	body = append(body, d.keyLine(inner))
	return boxed(d.theme, d.opts.Title, padOn(d.theme, theme.Panel, body, inner, h-2), w)
}

// lower draws the form, or what it holds.
func (d *Dialog) lower() string {
	if d.sums {
		d.summary.SetContent("summary", d.opts.Form.summary())
		return d.summary.View()
	}
	return d.opts.Form.View(theme.Panel)
}

// buttons draws the buttons against the right edge, and notes where they are.
func (d *Dialog) buttons(inner, y int) string {
	total := columnGap * len(d.opts.Buttons)
	for _, b := range d.opts.Buttons {
		total += safetext.Width(b.Label) + 4
	}
	d.buttonsAt = d.buttonsAt[:0]
	x := max(inner-total, 0)
	line := blanks(d.theme, theme.Panel, x)
	for n, b := range d.opts.Buttons {
		width := min(safetext.Width(b.Label)+4, inner-x)
		d.buttonsAt = append(d.buttonsAt, Rect{X: x + dialogBorder, Y: y, W: width, H: 1})
		line += d.drawButton(n, width)
		x += width
		if g := min(columnGap, inner-x); g > 0 {
			line += blanks(d.theme, theme.Panel, g)
			x += g
		}
	}
	return line + blanks(d.theme, theme.Panel, inner-x)
}

func (d *Dialog) drawButton(n, width int) string {
	label := d.opts.Buttons[n].Label
	switch {
	case n != d.button:
		return Words(theme.Heading, "  "+label+"  ").fit(d.theme, theme.Chip, width)
	case d.onButtons && width > 0:
		return cursor(d.theme, theme.Panel, theme.Accent) + Words(theme.Strong, " "+label+"  ").fit(d.theme, theme.Selected, width-1)
	case d.theme.NoColor():
		return Words(theme.Strong, "[ "+label+" ]").fit(d.theme, theme.Selected, width)
	}
	return Words(theme.Strong, "  "+label+"  ").fit(d.theme, theme.Selected, width)
}

// keyLine says which keys work, or why the last one did not.
func (d *Dialog) keyLine(inner int) string {
	l := Words(theme.Faint, "tab ←→ move · enter choose · esc back")
	if len(d.long()) > 0 {
		l = Words(theme.Faint, "tab ←→ move · pgdn read on · enter choose · esc back")
	}
	if d.notice != "" {
		l = Line{Say(theme.WarnStrong, "▲ "), Say(theme.Warn, d.notice)}
	}
	return blanks(d.theme, theme.Panel, min(detailMargin, inner)) + l.fit(d.theme, theme.Panel, inner-detailMargin)
}

// boxed draws lines, each width-4 cells, in a border with a title.
func boxed(t *theme.Theme, title Line, lines []string, width int) string {
	g, edge := t.Glyphs, func(s string) string { return t.Paint(theme.Panel, theme.Accent, s) }
	title = title.Cut(max(width-8, 0))
	head := edge(g.TopLeft + strings.Repeat(g.Rule, width-2) + g.TopRight)
	if tw := title.Width(); tw > 0 {
		head = edge(g.TopLeft+g.Rule+g.Rule) + blanks(t, theme.Panel, 1) + title.Draw(t, theme.Panel) +
			blanks(t, theme.Panel, 1) + edge(strings.Repeat(g.Rule, width-tw-6)+g.TopRight)
	}
	wall, space := edge(g.Wall), blanks(t, theme.Panel, 1)
	out := []string{head}
	for _, l := range lines {
		out = append(out, wall+space+l+space+wall)
	}
	return strings.Join(append(out, edge(g.BottomLeft+strings.Repeat(g.Rule, width-2)+g.BottomRight)), "\n")
}
