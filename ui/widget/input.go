package widget

import (
	"fmt"

	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Field is what a Form holds: something with a value that takes the keys when
// it has the focus.
type Field interface {
	// SetWidth sets the width in cells.
	SetWidth(width int)
	// SetFocused gives or takes the keys.
	SetFocused(focused bool)
	// Update handles a message and reports whether it was for the field; keys
	// that were not move the focus.
	Update(msg tea.Msg) (tea.Cmd, bool)
	// View draws the field on a surface, a line each, none wider than the
	// field.
	View(s theme.Surface) []string
	// Writes reports whether letters typed into the field are text.
	Writes() bool
	// Notice returns why the last input was not taken, or "".
	Notice() string
	// Holds returns the value in paragraphs, none for no value, and whether View
	// shows all of it while another field has the keys.
	Holds() (value []Line, shown bool)
}

// InputOptions describe an Input.
type InputOptions struct {
	Masked      bool   // a secret: drawn as one sign for each character
	Placeholder string // shown while empty
	Limit       int    // characters allowed, shown as a count; 0 shows none
	Bare        bool   // without the line under the text
}

// Input is a field of one line.
type Input struct {
	theme   *theme.Theme
	opts    InputOptions
	edit    editor
	width   int
	focused bool
}

// NewInput returns an empty field.
func NewInput(t *theme.Theme, opts InputOptions) *Input {
	return &Input{theme: t, opts: opts, edit: editor{keys: DefaultEditKeys(), masked: opts.Masked}, width: 20}
}

// Keys returns the keys of the field beside text.
func (i *Input) Keys() EditKeys { return i.edit.keys }

// Value returns the text exactly as it was typed or pasted.
func (i *Input) Value() string { return i.edit.value }

// SetValue replaces the text.
func (i *Input) SetValue(s string) { i.edit.set(s) }

// SetWidth implements Field.
func (i *Input) SetWidth(width int) { i.width = max(width, 0) }

// SetFocused implements Field.
func (i *Input) SetFocused(focused bool) { i.focused = focused }

// Focused reports whether the field has the keys.
func (i *Input) Focused() bool { return i.focused }

// Writes implements Field.
func (i *Input) Writes() bool { return true }

// Notice implements Field.
func (i *Input) Notice() string { return i.edit.notice }

// Holds implements Field.
func (i *Input) Holds() ([]Line, bool) {
	cs := i.edit.cells(i.theme.Glyphs.Mask)
	width := 0
	for _, c := range cs {
		width += c.width
	}
	return i.edit.paragraphs(cs), width <= i.width
}

// Update implements Field.
func (i *Input) Update(msg tea.Msg) (tea.Cmd, bool) { return nil, i.edit.update(msg) }

// View implements Field.
func (i *Input) View(s theme.Surface) []string {
	if i.width <= 0 {
		return []string{""}
	}
	text := i.text(s)
	if i.opts.Bare {
		return []string{text}
	}
	return []string{text, underline(i.theme, s, i.width, i.focused, i.edit.length(), i.opts.Limit)}
}

// text draws the part of the text around the caret that fits.
func (i *Input) text(s theme.Surface) string {
	if i.edit.value == "" && i.opts.Placeholder != "" {
		hint := Words(theme.Note, i.opts.Placeholder)
		if !i.focused {
			return hint.fit(i.theme, s, i.width)
		}
		return i.theme.Paint(s, theme.Caret, " ") + hint.fit(i.theme, s, i.width-1)
	}
	cs := i.edit.cells(i.theme.Glyphs.Mask)
	caret, end := -1, len(i.edit.value)
	if i.focused {
		caret = i.edit.at
	}
	from, to := window(cs, i.edit.at, i.width, i.focused)
	lead, tail, used := "", "", 0
	if from > 0 {
		lead, used = i.theme.Paint(s, theme.Faint, i.theme.Words("…")), 1
	}
	if to < len(cs) {
		tail = i.theme.Paint(s, theme.Faint, i.theme.Words("…"))
		used++
	}
	for _, c := range cs[from:to] {
		used += c.width
	}
	if caret == end {
		used++
	}
	return lead + drawCells(i.theme, s, cs[from:to], caret, end) + tail + blanks(i.theme, s, i.width-used)
}

// window returns the cells to draw in width: those around the caret, leaving a
// cell for the sign of what is cut at each end, and one for a caret at the end.
func window(cs []cell, at, width int, focused bool) (from, to int) {
	total := 0
	for _, c := range cs {
		total += c.width
	}
	caretAtEnd := focused && (len(cs) == 0 || at > cs[len(cs)-1].off)
	if caretAtEnd {
		total++
	}
	if total <= width {
		return 0, len(cs)
	}
	caret := len(cs)
	if !focused {
		caret = 0
	}
	for n, c := range cs {
		if focused && c.off >= at {
			caret = n
			break
		}
	}
	room := width - 2
	from, to = caret, caret
	if caret < len(cs) {
		room -= cs[caret].width
		to++
	} else {
		room--
	}
	for from > 0 && cs[from-1].width <= room {
		from--
		room -= cs[from].width
	}
	for to < len(cs) && cs[to].width <= room {
		room -= cs[to].width
		to++
	}
	if room < 0 { // one cell wider than the field
		return from, from
	}
	return from, to
}

// underline draws the line under a text field, with the count at its end.
func underline(t *theme.Theme, s theme.Surface, width int, focused bool, length, limit int) string {
	ink := theme.Rule
	if focused {
		ink = theme.Accent
	}
	if limit <= 0 {
		return rule(t, s, ink, width)
	}
	count := Words(theme.Faint, fmt.Sprintf(" %d/%d", length, limit))
	if length > limit {
		count = Words(theme.BadStrong, fmt.Sprintf(" %d/%d", length, limit))
	}
	if count.Width() >= width {
		return rule(t, s, ink, width)
	}
	return rule(t, s, ink, width-count.Width()) + count.Draw(t, s)
}

// matches is key.Matches for messages of any kind.
func matches(msg tea.Msg, b key.Binding) bool {
	k, ok := msg.(tea.KeyPressMsg)
	return ok && key.Matches(k, b)
}
