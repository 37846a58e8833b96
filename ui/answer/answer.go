package answer

import (
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// Asking asks for one answer of an item: the field of a record, or a choice
// beside the access itself.
type Asking interface {
	// Rows are the rows of the form that ask for it.
	Rows() []widget.FormItem
	// Fields are those of the rows that an error can be shown beside.
	Fields() []widget.Field
	// Answer is the answer in the clear, "" for none and for a secret.
	Answer() string
	// Secret is a copy of an answer that is sealed, nil for none. The caller wipes
	// it.
	Secret() []byte
	// Sealed reports whether there is a secret, without a copy of it.
	Sealed() bool
	// Given reports whether anything was filled in that is not there by itself.
	Given() bool
	// Set fills in an answer of before.
	Set(text string)
	// Wipe forgets secrets.
	Wipe()
}

// New returns what asks for a field, by its kind; false for a kind that none was
// made for.
func New(o Options, field model.Field) (Asking, bool) {
	switch {
	case field.Secret():
		return newSecret(o, field), true
	case field.Kind == model.FieldRight:
		return newRight(o, field), true
	case field.Kind == model.FieldYesNo:
		return newYesNo(o, field), true
	case field.Kind == model.FieldLimit:
		return newLife(o, field), true
	}
	switch field.Kind {
	case model.FieldText, model.FieldURL, model.FieldDate, model.FieldHostPort, model.FieldName, model.FieldMultiline:
		return newText(o, field), true
	}
	return nil, false
}

// inClear is what an answer that is no secret has in common.
type inClear struct{}

func (inClear) Secret() []byte { return nil }
func (inClear) Sealed() bool   { return false }
func (inClear) Wipe()          {}

// Text is a text of one line, or of several.
type Text struct {
	inClear
	field model.Field
	text  interface {
		widget.Field
		Value() string
		SetValue(s string)
	}
	// Hint, if set, says more beside the field.
	Hint func() widget.Line
}

func newText(o Options, field model.Field) *Text {
	a := &Text{field: field}
	if field.Multiline() {
		a.text = widget.NewArea(o.Env.Theme, widget.AreaOptions{Height: 5})
		return a
	}
	a.text = widget.NewInput(o.Env.Theme, widget.InputOptions{Placeholder: optionally(field)})
	return a
}

func (a *Text) Rows() []widget.FormItem {
	return []widget.FormItem{{Label: a.field.Label, Field: a.text, Hint: a.Hint,
		Check: func() string { return plain(a.field.Validate(a.text.Value())) }}}
}

// optionally is a field's hint; it says so where the field may stay empty.
func optionally(f model.Field) string {
	switch {
	case f.Key == model.FieldTitle:
		return "" // what it becomes stands beside it
	case f.Required, strings.Contains(f.Hint, "empty"):
		return f.Hint
	case f.Hint == "":
		return "may stay empty"
	}
	return f.Hint + "; may stay empty"
}

func (a *Text) Fields() []widget.Field { return []widget.Field{a.text} }
func (a *Text) Answer() string         { return a.text.Value() }
func (a *Text) Given() bool            { return a.text.Value() != "" }
func (a *Text) Set(text string)        { a.text.SetValue(text) }

// Choice is an answer among a few. Its first Choice means no answer.
type Choice struct {
	inClear
	field model.Field
	chips *widget.Chips
	hints map[string]string // by the id of a Choice
	inks  map[string]theme.Ink
	// Applies, if set, says whether it can be asked for as the form stands.
	Applies func() bool
}

// leftOut is the id of the Choice that means no answer.
const leftOut = "no answer"

func newRight(o Options, field model.Field) *Choice {
	a := &Choice{field: field, hints: map[string]string{}, inks: map[string]theme.Ink{string(model.RightOwner): theme.Warn}}
	rights := model.RecordRights()
	chips := []widget.Choice{{ID: leftOut, Label: "no"}}
	a.hints[leftOut] = "you get no access to it"
	a.hints[string(model.RightOwner)] = "it is yours for good: it cannot be taken back here"
	if field.Key == model.FieldDefaults {
		chips[0].Label = "as they are"
		a.hints = map[string]string{
			leftOut:                      "what members may do with the records in the folder stays",
			string(model.RightView):      "members only see the records in the folder",
			string(model.RightEdit):      "members may edit the records in the folder",
			string(model.RightShare):     "members may share the records in the folder",
			string(model.RightEditShare): "members may edit and share the records in the folder",
		}
		rights = rights[:len(rights)-1] // nobody owns a folder's records by being in it
	}
	for _, r := range rights {
		chips = append(chips, widget.Choice{ID: string(r), Label: string(r)})
	}
	a.chips = widget.NewChips(o.Env.Theme, chips, leftOut)
	return a
}

func newYesNo(o Options, field model.Field) *Choice {
	return &Choice{field: field, chips: widget.NewChips(o.Env.Theme,
		[]widget.Choice{{ID: leftOut, Label: "no"}, {ID: "yes", Label: "yes"}}, leftOut)}
}

func (a *Choice) Rows() []widget.FormItem {
	return []widget.FormItem{{Label: a.field.Label, Field: a.chips, Hint: a.hint,
		Hidden: func() bool { return a.Applies != nil && !a.Applies() }}}
}

func (a *Choice) hint() widget.Line {
	id := a.chips.Value()
	words, ink := a.hints[id], theme.Faint
	if i, special := a.inks[id]; special {
		ink = i
	}
	if a.hints == nil {
		words = a.field.Hint
	}
	return widget.Words(ink, words)
}

func (a *Choice) Fields() []widget.Field { return []widget.Field{a.chips} }

func (a *Choice) Answer() string {
	if id := a.chips.Value(); id != leftOut && (a.Applies == nil || a.Applies()) {
		return id
	}
	return ""
}

func (a *Choice) Given() bool { return a.chips.Value() != leftOut }

func (a *Choice) Set(text string) {
	if text == "" || !a.chips.Take(text) {
		a.chips.Take(leftOut)
	}
}

// otherLimit is the id of the chip for a time that is typed.
const otherLimit = "other"

// life asks how long a link lives that shows a record once and destroys it,
// or that there is none.
type life struct {
	inClear
	field model.Field
	chips *widget.Chips
	typed *widget.Input
}

func newLife(o Options, field model.Field) *life {
	day := 24 * time.Hour
	chips := []widget.Choice{{ID: leftOut, Label: "no"}}
	for _, d := range []time.Duration{time.Hour, day, 7 * day, 30 * day} {
		chips = append(chips, widget.Choice{ID: model.For(d).String(), Label: model.For(d).String()})
	}
	chips = append(chips, widget.Choice{ID: otherLimit, Label: "other…"})
	return &life{field: field, chips: widget.NewChips(o.Env.Theme, chips, leftOut),
		typed: widget.NewInput(o.Env.Theme, widget.InputOptions{Placeholder: "45 min, 12 h or 90 d"})}
}

func (a *life) other() bool { return a.chips.Value() == otherLimit }

func (a *life) Rows() []widget.FormItem {
	hint := func() widget.Line {
		if a.chips.Value() == leftOut {
			return widget.Words(theme.Faint, "the record stays")
		}
		return widget.Words(theme.Warn, "whoever opens the link sees the record once, then it is gone")
	}
	return []widget.FormItem{
		{Label: a.field.Label, Field: a.chips, Hint: hint},
		{Label: "Lives", Field: a.typed, Check: a.problem, Hidden: func() bool { return !a.other() }},
	}
}

func (a *life) problem() string {
	if a.other() && strings.TrimSpace(a.typed.Value()) == "" {
		return "write how long the link lives"
	}
	return plain(a.field.Validate(a.Answer()))
}

func (a *life) Fields() []widget.Field { return []widget.Field{a.chips, a.typed} }

func (a *life) Answer() string {
	switch id := a.chips.Value(); id {
	case leftOut:
		return ""
	case otherLimit:
		return strings.TrimSpace(a.typed.Value())
	default:
		return id
	}
}

func (a *life) Given() bool { return a.chips.Value() != leftOut }

func (a *life) Set(text string) {
	switch {
	case text == "":
		a.chips.Take(leftOut)
	case !a.chips.Take(text):
		a.chips.Take(otherLimit)
		a.typed.SetValue(text)
	}
}
