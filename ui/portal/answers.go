package portal

import (
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// asking asks for one answer of an item: the field of a new record, or a choice
// beside the access itself.
type asking interface {
	// rows are the rows of the form that ask for it.
	rows() []widget.FormItem
	// fields are those of the rows that an error can be shown beside.
	fields() []widget.Field
	// answer is the answer in the clear, "" for none and for a secret.
	answer() string
	// secret is a copy of an answer that is sealed, nil for none. The caller wipes
	// it.
	secret() []byte
	// sealed reports whether there is a secret, without a copy of it.
	sealed() bool
	// given reports whether anything was filled in that is not there by itself.
	given() bool
	// set fills in an answer of before.
	set(text string)
	// wipe forgets secrets.
	wipe()
}

// newAsking returns what asks for a field, by its kind; errNoForm for a kind
// that none was made for.
func newAsking(c *core, item model.Item, field model.Field) (asking, error) {
	switch {
	case field.Secret():
		return newSecretAnswer(c, field), nil
	case field.Kind == model.FieldRight:
		return newRightAnswer(c, field), nil
	case field.Kind == model.FieldYesNo:
		return newYesNo(c, field), nil
	case field.Kind == model.FieldLimit:
		return newLifeAnswer(c, field), nil
	}
	switch field.Kind {
	case model.FieldText, model.FieldURL, model.FieldDate, model.FieldHostPort, model.FieldName, model.FieldMultiline:
		return newTextAnswer(c, field), nil
	}
	return nil, errNoForm
}

// inClear is what an answer that is no secret has in common.
type inClear struct{}

func (inClear) secret() []byte { return nil }
func (inClear) sealed() bool   { return false }
func (inClear) wipe()          {}

// textAnswer is a text of one line, or of several.
type textAnswer struct {
	inClear
	field model.Field
	text  interface {
		widget.Field
		Value() string
		SetValue(s string)
	}
	// hint, if set, says more beside the field.
	hint func() widget.Line
}

func newTextAnswer(c *core, field model.Field) *textAnswer {
	a := &textAnswer{field: field}
	if field.Multiline() {
		a.text = widget.NewArea(c.env.Theme, widget.AreaOptions{Height: 5})
		return a
	}
	a.text = widget.NewInput(c.env.Theme, widget.InputOptions{Placeholder: optionally(field)})
	return a
}

func (a *textAnswer) rows() []widget.FormItem {
	return []widget.FormItem{{Label: a.field.Label, Field: a.text, Hint: a.hint,
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

func (a *textAnswer) fields() []widget.Field { return []widget.Field{a.text} }
func (a *textAnswer) answer() string         { return a.text.Value() }
func (a *textAnswer) given() bool            { return a.text.Value() != "" }
func (a *textAnswer) set(text string)        { a.text.SetValue(text) }

// choice is an answer among a few. Its first choice means no answer.
type choice struct {
	inClear
	field model.Field
	chips *widget.Chips
	hints map[string]string // by the id of a choice
	inks  map[string]theme.Ink
	// applies, if set, says whether it can be asked for as the form stands.
	applies func() bool
}

// leftOut is the id of the choice that means no answer.
const leftOut = "no answer"

func newRightAnswer(c *core, field model.Field) *choice {
	a := &choice{field: field, hints: map[string]string{}, inks: map[string]theme.Ink{string(model.RightOwner): theme.Warn}}
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
	a.chips = widget.NewChips(c.env.Theme, chips, leftOut)
	return a
}

func newYesNo(c *core, field model.Field) *choice {
	return &choice{field: field, chips: widget.NewChips(c.env.Theme,
		[]widget.Choice{{ID: leftOut, Label: "no"}, {ID: "yes", Label: "yes"}}, leftOut)}
}

func (a *choice) rows() []widget.FormItem {
	return []widget.FormItem{{Label: a.field.Label, Field: a.chips, Hint: a.hint,
		Hidden: func() bool { return a.applies != nil && !a.applies() }}}
}

func (a *choice) hint() widget.Line {
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

func (a *choice) fields() []widget.Field { return []widget.Field{a.chips} }

func (a *choice) answer() string {
	if id := a.chips.Value(); id != leftOut && (a.applies == nil || a.applies()) {
		return id
	}
	return ""
}

func (a *choice) given() bool { return a.chips.Value() != leftOut }

func (a *choice) set(text string) {
	if text == "" || !a.chips.Take(text) {
		a.chips.Take(leftOut)
	}
}

// lifeAnswer asks how long a link lives that shows a record once and destroys it,
// or that there is none.
type lifeAnswer struct {
	inClear
	field model.Field
	chips *widget.Chips
	typed *widget.Input
}

func newLifeAnswer(c *core, field model.Field) *lifeAnswer {
	day := 24 * time.Hour
	chips := []widget.Choice{{ID: leftOut, Label: "no"}}
	for _, d := range []time.Duration{time.Hour, day, 7 * day, 30 * day} {
		chips = append(chips, widget.Choice{ID: model.For(d).String(), Label: model.For(d).String()})
	}
	chips = append(chips, widget.Choice{ID: otherLimit, Label: "other…"})
	return &lifeAnswer{field: field, chips: widget.NewChips(c.env.Theme, chips, leftOut),
		typed: widget.NewInput(c.env.Theme, widget.InputOptions{Placeholder: "45 min, 12 h or 90 d"})}
}

func (a *lifeAnswer) other() bool { return a.chips.Value() == otherLimit }

func (a *lifeAnswer) rows() []widget.FormItem {
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

func (a *lifeAnswer) problem() string {
	if a.other() && strings.TrimSpace(a.typed.Value()) == "" {
		return "write how long the link lives"
	}
	return plain(a.field.Validate(a.answer()))
}

func (a *lifeAnswer) fields() []widget.Field { return []widget.Field{a.chips, a.typed} }

func (a *lifeAnswer) answer() string {
	switch id := a.chips.Value(); id {
	case leftOut:
		return ""
	case otherLimit:
		return strings.TrimSpace(a.typed.Value())
	default:
		return id
	}
}

func (a *lifeAnswer) given() bool { return a.chips.Value() != leftOut }

func (a *lifeAnswer) set(text string) {
	switch {
	case text == "":
		a.chips.Take(leftOut)
	case !a.chips.Take(text):
		a.chips.Take(otherLimit)
		a.typed.SetValue(text)
	}
}
