package answer

import (
	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// sealedField takes a secret, drawn as one sign for each character. Once it is
// left it holds the secret and shows only that there is one: it can be given
// anew, not looked at.
type sealedField struct {
	theme *theme.Theme
	field model.Field
	edit  interface {
		widget.Field
		Value() string
		SetValue(s string)
	}
	held    []byte // nil while nothing was given
	again   key.Binding
	focused bool
	width   int
	notice  string
}

func newSealedField(t *theme.Theme, field model.Field) *sealedField {
	f := &sealedField{theme: t, field: field,
		again: key.NewBinding(key.WithKeys("backspace", "delete"), key.WithHelp("backspace", "give another"))}
	if field.Multiline() {
		f.edit = widget.NewArea(t, widget.AreaOptions{Height: 4, Masked: true})
	} else {
		f.edit = widget.NewInput(t, widget.InputOptions{Masked: true})
	}
	return f
}

// value is what is being typed.
func (f *sealedField) value() string { return f.edit.Value() }

// wipe forgets what was given and what is being typed. Of the latter only the
// reference goes: a Go string cannot be overwritten.
func (f *sealedField) wipe() {
	clear(f.held)
	f.held = nil
	f.edit.SetValue("")
}

// SetWidth implements widget.Field.
func (f *sealedField) SetWidth(width int) { f.width = width; f.edit.SetWidth(width) }

// SetFocused implements widget.Field. What is valid is sealed as it is left;
// what is not stays to be mended.
func (f *sealedField) SetFocused(focused bool) {
	f.focused, f.notice = focused, ""
	f.edit.SetFocused(focused)
	if text := f.edit.Value(); !focused && text != "" && f.field.Validate(text) == nil {
		f.held = []byte(text)
		f.edit.SetValue("")
	}
}

// Writes implements widget.Field.
func (f *sealedField) Writes() bool { return f.held == nil }

// Notice implements widget.Field.
func (f *sealedField) Notice() string {
	if f.notice != "" {
		return f.notice
	}
	return f.edit.Notice()
}

// Holds implements widget.Field.
func (f *sealedField) Holds() ([]widget.Line, bool) {
	if f.held == nil {
		return f.edit.Holds()
	}
	return []widget.Line{f.kept()}, true
}

// kept says that there is a secret.
func (f *sealedField) kept() widget.Line {
	return append(widget.Words(theme.OK, "✓ sealed"), widget.Say(theme.Faint, ", not shown again"))
}

// Update implements widget.Field.
func (f *sealedField) Update(msg tea.Msg) (tea.Cmd, bool) {
	if f.held == nil {
		return f.edit.Update(msg)
	}
	f.notice = ""
	switch msg := msg.(type) {
	case tea.PasteMsg:
		f.notice = "backspace first: it would replace what is sealed"
		return nil, true
	case tea.KeyPressMsg:
		if key.Matches(msg, f.again) {
			f.wipe()
			return nil, true
		}
	}
	return nil, false
}

// View implements widget.Field.
func (f *sealedField) View(s theme.Surface) []string {
	if f.held == nil {
		return f.edit.View(s)
	}
	l := f.kept()
	if f.focused {
		l = append(l, widget.Say(theme.Faint, "   backspace to give another"))
	}
	return []string{l.Cut(f.width).Draw(f.theme, s)}
}

var _ widget.Field = (*sealedField)(nil)
