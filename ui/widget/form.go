package widget

import (
	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// FormItem is one row of a form: a field with its label, or, without Field,
// text that explains.
type FormItem struct {
	Label string
	Field Field
	// Text, for items without a field, returns the paragraphs to show. It is
	// called at each drawing, so it may follow what the fields hold.
	Text func() []Line
	// Hint is shown beside the field while there is no error. It is called at
	// each drawing.
	Hint func() Line
	// Check returns what is wrong with the value, or "". It is called when the
	// field is left and by Validate.
	Check func() string
	// Hidden leaves the item out while it returns true.
	Hidden func() bool
	// Leads marks the first of a group: where there is no room to set all items
	// apart, the groups are.
	Leads bool
	// Wide gives the field all the width there is, for one that is a table.
	Wide bool
}

// Hint returns a hint that never changes.
func Hint(words string) func() Line {
	return func() Line { return Words(theme.Faint, words) }
}

// FormKeys move between fields.
type FormKeys struct{ Next, Prev, Down, Up, PageDown, PageUp key.Binding }

// DefaultFormKeys returns the keys of SCREENS, Keys.
func DefaultFormKeys() FormKeys {
	return FormKeys{
		Next:     key.NewBinding(key.WithKeys("tab"), key.WithHelp("tab", "next field")),
		Prev:     key.NewBinding(key.WithKeys("shift+tab"), key.WithHelp("shift+tab", "field before")),
		Down:     key.NewBinding(key.WithKeys("down", "enter"), key.WithHelp("↓ enter", "next field")),
		Up:       key.NewBinding(key.WithKeys("up"), key.WithHelp("↑", "field before")),
		PageDown: key.NewBinding(key.WithKeys("pgdown"), key.WithHelp("pgdn", "scroll down")),
		PageUp:   key.NewBinding(key.WithKeys("pgup"), key.WithHelp("pgup", "scroll up")),
	}
}

// Form is a column of fields. It owns their focus and widths, nothing else:
// what they hold survives any resize.
type Form struct {
	theme         *theme.Theme
	keys          FormKeys
	items         []FormItem
	errors        []string // by item
	width, height int
	focus         int // item with the keys, -1 for none
	top           int
	laid          int // lines when last drawn
	dirty         bool
}

// NewForm returns a form with the focus on its first field.
func NewForm(t *theme.Theme, items []FormItem) *Form {
	f := &Form{theme: t, keys: DefaultFormKeys(), items: items, errors: make([]string, len(items)), focus: -1}
	f.FocusFirst()
	return f
}

// Keys returns the keys that move between fields.
func (f *Form) Keys() FormKeys { return f.keys }

// SetSize sets the size in cells. At another size the field with the focus is
// brought back to the screen.
func (f *Form) SetSize(width, height int) {
	width, height = max(width, 0), max(height, 0)
	same := width == f.width && height == f.height
	f.width, f.height = width, height
	for _, it := range f.items {
		if it.Field != nil {
			it.Field.SetWidth(f.widthOf(it))
		}
	}
	if !same {
		f.laid = 0
	}
}

// Dirty reports whether anything was typed or chosen.
func (f *Form) Dirty() bool { return f.dirty }

// SetDirty sets what Dirty reports.
func (f *Form) SetDirty(dirty bool) { f.dirty = dirty }

// Writes reports whether the field with the focus takes letters as text.
func (f *Form) Writes() bool { return f.focus >= 0 && f.items[f.focus].Field.Writes() }

// Focused reports whether one of the fields has the keys.
func (f *Form) Focused() bool { return f.focus >= 0 }

// FocusFirst, FocusLast and Blur move the focus into the form and out of it.
// The first two report whether there is a field.
func (f *Form) FocusFirst() bool { return f.setFocus(f.find(0, 1)) }

// FocusLast gives the keys to the last field.
func (f *Form) FocusLast() bool { return f.setFocus(f.find(len(f.items)-1, -1)) }

// Blur takes the keys from the field that has them, and checks it.
func (f *Form) Blur() { f.setFocus(-1) }

// FocusField gives the keys to a field.
func (f *Form) FocusField(field Field) bool {
	for n, it := range f.items {
		if it.Field == field && f.shown(n) {
			return f.setFocus(n)
		}
	}
	return false
}

// Rest takes the keys from the field that has them until Wake, as when the whole
// form is left: the field stays the one to come back to.
func (f *Form) Rest() {
	if f.focus >= 0 {
		f.items[f.focus].Field.SetFocused(false)
	}
}

// Wake gives the keys back to the field that had them before Rest.
func (f *Form) Wake() {
	if f.focus >= 0 {
		f.items[f.focus].Field.SetFocused(true)
	}
}

func (f *Form) shown(n int) bool {
	return f.items[n].Hidden == nil || !f.items[n].Hidden()
}

// find returns the first field from n on in a direction, or -1.
func (f *Form) find(n, by int) int {
	for ; n >= 0 && n < len(f.items); n += by {
		if f.items[n].Field != nil && f.shown(n) {
			return n
		}
	}
	return -1
}

// setFocus moves the keys and checks the field that is left.
func (f *Form) setFocus(n int) bool {
	if f.focus >= 0 && f.focus != n {
		f.items[f.focus].Field.SetFocused(false)
		f.check(f.focus)
	}
	f.focus = n
	if n >= 0 {
		f.items[n].Field.SetFocused(true)
		f.reveal()
	}
	return n >= 0
}

func (f *Form) check(n int) bool {
	f.errors[n] = ""
	if f.items[n].Check != nil && f.shown(n) {
		f.errors[n] = f.items[n].Check()
	}
	return f.errors[n] == ""
}

// Validate checks all fields, puts the focus on the first that is wrong and
// reports whether all are right.
func (f *Form) Validate() bool {
	wrong := -1
	for n := range f.items {
		if !f.check(n) && wrong < 0 {
			wrong = n
		}
	}
	if wrong >= 0 && f.items[wrong].Field != nil {
		f.setFocus(wrong)
	}
	return wrong < 0
}

// SetError shows an error beside a field, when others than Check found it.
func (f *Form) SetError(field Field, message string) {
	for n, it := range f.items {
		if it.Field != nil && it.Field == field {
			f.errors[n] = message
		}
	}
}

// Update gives the message to the field with the focus and moves the focus. It
// reports false for keys it has no use for: tab on the last field, shift+tab on
// the first, and all that belong to somebody else.
func (f *Form) Update(msg tea.Msg) (tea.Cmd, bool) {
	if !isInput(msg) {
		return f.broadcast(msg), false
	}
	if click, ok := msg.(tea.MouseClickMsg); ok {
		return f.click(click)
	}
	switch {
	case f.focus < 0:
		return nil, false
	case matches(msg, f.keys.Next):
		return nil, f.step(1)
	case matches(msg, f.keys.Prev):
		return nil, f.step(-1)
	case matches(msg, f.keys.PageDown):
		f.scroll(max(f.height-1, 1))
		return nil, true
	case matches(msg, f.keys.PageUp):
		f.scroll(-max(f.height-1, 1))
		return nil, true
	}
	cmd, used := f.items[f.focus].Field.Update(msg)
	switch {
	case used:
		f.dirty, f.errors[f.focus] = true, ""
		f.reveal()
		return cmd, true
	case matches(msg, f.keys.Down):
		return cmd, f.step(1)
	case matches(msg, f.keys.Up):
		return cmd, f.step(-1)
	}
	return cmd, false
}

// click moves the focus to the field under the mouse and hands it the click.
func (f *Form) click(m tea.MouseClickMsg) (tea.Cmd, bool) {
	n, line := f.itemAt(f.top + m.Y)
	if n < 0 || f.items[n].Field == nil {
		return nil, false
	}
	f.setFocus(n)
	m.X -= f.labelColumn()
	m.Y = line
	cmd, used := f.items[n].Field.Update(m)
	f.dirty = f.dirty || used
	return cmd, true
}

// broadcast hands messages that are nobody's keys (answers, ticks) to all
// fields: each knows its own.
func (f *Form) broadcast(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, it := range f.items {
		if it.Field != nil {
			cmd, _ := it.Field.Update(msg)
			cmds = append(cmds, cmd)
		}
	}
	return tea.Batch(cmds...)
}

// step moves the focus to the next field in a direction, and reports false at
// the end of the form, where the focus stays.
func (f *Form) step(by int) bool {
	n := f.find(f.focus+by, by)
	if n < 0 {
		f.check(f.focus)
		return false
	}
	return f.setFocus(n)
}

// isInput reports whether msg comes from the person's keyboard or mouse.
func isInput(msg tea.Msg) bool {
	switch msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg, tea.MouseMsg:
		return true
	}
	return false
}
