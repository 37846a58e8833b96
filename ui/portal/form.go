package portal

import (
	"context"
	"errors"
	"strings"

	"countersign/model"
	"countersign/ui/answer"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// form is the order of one item while it is filled in. It stays as it is left,
// for as long as the session lasts.
type form struct {
	core *core
	item model.Item

	record    *recordField
	recipient *widget.Input
	rights    *widget.Chips
	limit     *limitField
	why       *widget.Area
	answers   []named // in the order of the form
	more      *fold   // nil where nothing is behind it
	buttons   *buttons
	fields    *widget.Form
	byKey     map[string][]widget.Field // the fields that ask for an answer

	head          *widget.Detail // its title
	width, height int
	at            widget.Rect // of the fields, in the body

	refersTo model.Number // the request that this one follows

	kept      bool // a draft of it is in the queue
	keptEdits int  // what edits was then

	edits  int     // grows with every key; what was checked before is stale
	checks int     // grows with every check, and when the form is no more in front
	busy   bool    // it is being checked or submitted
	sends  bool    // it is being submitted
	review *review // while its dialog is open
}

// named is what asks for an answer, with the key that it is kept under.
type named struct {
	key string
	answer.Asking
}

const (
	formHead   = 2 // lines over the fields
	headMargin = 2 // of a detail's title
)

// errNoForm is why an item cannot be opened: its description asks for something
// that no field here can ask for.
var errNoForm = errors.New("this item's form is not built yet")

// newForm builds the form of an item from its description. anew is called when
// the person wants to begin from nothing.
func newForm(c *core, item model.Item, anew func() tea.Cmd) (*form, error) {
	f := &form{core: c, item: item, byKey: map[string][]widget.Field{}, head: widget.NewDetail(c.env.Theme)}
	items, err := f.allRows()
	if err != nil {
		return nil, err
	}
	f.buttons = newButtons(c.env.Theme, button{"Review", f.check}, button{"Start anew", anew})
	items = append(items,
		widget.FormItem{Label: "Will do", Leads: true, Text: f.willDo, Hidden: func() bool { return f.willDo() == nil }},
		widget.FormItem{Field: f.buttons, Leads: true, Hint: f.busyHint})
	f.fields = widget.NewForm(c.env.Theme, items)
	if f.record != nil && f.record.required() && !f.fields.FocusField(f.record.picker) {
		f.fields.FocusField(f.record.words)
	}
	return f, nil
}

// rows are what asks for one field of the item.
func (f *form) rows(field model.Field) ([]widget.FormItem, error) {
	t := f.core.env.Theme
	switch field.Kind {
	case model.FieldRecord, model.FieldFolder:
		f.record = newRecordField(f.core, f.item, field, f.email)
		f.byKey[field.Key] = []widget.Field{f.record.picker, f.record.words}
		return f.record.items(), nil
	case model.FieldEmail:
		f.recipient = widget.NewInput(t, widget.InputOptions{})
		f.recipient.SetValue(f.core.env.Me.Email)
		f.byKey[field.Key] = []widget.Field{f.recipient}
		return []widget.FormItem{{Label: field.Label, Field: f.recipient, Hint: widget.Hint(f.forWhom(field)), Check: f.wrongEmail}}, nil
	case model.FieldReason:
		f.why = widget.NewArea(t, widget.AreaOptions{Limit: field.Max})
		f.byKey[field.Key] = []widget.Field{f.why}
		return []widget.FormItem{{Label: field.Label, Field: f.why, Hint: widget.Hint(field.Hint), Check: f.wrongReason}}, nil
	}
	switch field.Key {
	case "right":
		var chips []widget.Choice
		for _, right := range f.item.Rights {
			chips = append(chips, widget.Choice{ID: string(right), Label: rightWords(right)})
		}
		f.rights = widget.NewChips(t, chips, string(f.item.Rights[0]))
		f.byKey[field.Key] = []widget.Field{f.rights}
		return []widget.FormItem{{Label: field.Label, Field: f.rights, Hint: f.rightHint}}, nil
	case "limit":
		f.limit = newLimitField(f.core.env, f.item)
		f.byKey[field.Key] = []widget.Field{f.limit.chips, f.limit.typed}
		chosen := func() string {
			if f.limit.isTyped() {
				return ""
			}
			return f.wrongLimit()
		}
		hint := func() widget.Line { return f.limit.hint(f.right()) }
		chipsHint := func() widget.Line {
			if f.limit.isTyped() {
				return nil
			}
			return hint()
		}
		return []widget.FormItem{
			{Label: field.Label, Field: f.limit.chips, Hint: chipsHint, Check: chosen},
			{Label: "Until", Field: f.limit.typed, Hint: hint, Check: f.wrongLimit, Hidden: func() bool { return !f.limit.isTyped() }},
		}, nil
	}
	return f.answerRows(field)
}

// email is the address that would get the access.
func (f *form) email() string {
	if f.recipient == nil {
		return f.core.env.Me.Email
	}
	return strings.TrimSpace(f.recipient.Value())
}

func (f *form) right() model.Right {
	if f.rights == nil {
		return ""
	}
	return model.Right(f.rights.Value())
}

func (f *form) wrongEmail() string {
	if f.teams() && model.UID(f.email()).Valid() {
		return ""
	}
	return plain(model.ValidateEmail(f.email()))
}

func (f *form) wrongLimit() string { return f.limit.problem(f.right()) }

func (f *form) wrongReason() string { return plain(model.ValidateJustification(f.why.Value())) }

// checked answers check.
type checked struct {
	form   *form
	edits  int
	checks int
	draft  workflow.Draft
	err    error
}

// check looks at all fields, asks the queue, and opens the review.
func (f *form) check() tea.Cmd {
	if f.busy {
		return nil
	}
	if f.more != nil && !f.fields.Validate() {
		f.more.open = true // it may be behind it
	}
	if !f.fields.Validate() {
		return notice.Warn("something is missing or wrong above")
	}
	if f.unread() {
		return notice.Warn("the key file is still being read")
	}
	f.busy = true
	f.checks++
	d, me, edits, checks := f.draft(), f.core.env.Me.ID, f.edits, f.checks
	d.Secrets = f.secrets()
	return f.core.env.Do(func(ctx context.Context) tea.Msg {
		return checked{f, edits, checks, d, f.core.svc.Check(ctx, me, d)}
	})
}

func (f *form) checked(msg checked) tea.Cmd {
	f.busy = false
	switch {
	case msg.err != nil:
		wipe(msg.draft)
		return f.refused(msg.err)
	case msg.edits != f.edits, msg.checks != f.checks:
		wipe(msg.draft)
		return nil // it is not what was checked any more
	}
	f.openReview(msg.draft)
	if f.record != nil {
		return f.record.settle()
	}
	return nil
}

// refused says beside the fields what the queue does not take, and the rest in
// the line of keys.
func (f *form) refused(err error) tea.Cmd {
	var invalid workflow.Invalid
	if !errors.As(err, &invalid) {
		return notice.Say(tab.NoticeBad, notice.Cause(err))
	}
	rest := workflow.Invalid{}
	for key, reason := range invalid {
		if len(f.byKey[key]) == 0 {
			rest[key] = reason
		}
	}
	var wrong []widget.Field
	for _, field := range f.item.Fields {
		for _, asks := range f.byKey[field.Key] {
			f.fields.SetError(asks, invalid[field.Key])
			if invalid[field.Key] != "" {
				wrong = append(wrong, asks)
				f.unfold(field)
			}
		}
	}
	for _, asks := range wrong {
		if f.fields.FocusField(asks) {
			break
		}
	}
	if len(rest) > 0 {
		return notice.Say(tab.NoticeBad, notice.Cause(rest))
	}
	return notice.Warn("something is missing or wrong above")
}

// press handles a key of the form.
func (f *form) press(msg tea.KeyPressMsg) tea.Cmd {
	k := f.core.keys
	switch {
	case f.sends:
		return notice.Warn("it is being submitted")
	case f.record != nil && key.Matches(msg, k.Describe):
		f.edits++
		f.fields.FocusField(f.record.turn())
		return f.settle(nil)
	case f.record != nil && f.record.searches() && (key.Matches(msg, k.Reread) || !f.fields.Writes() && key.Matches(msg, k.Refresh)):
		return f.record.refresh()
	}
	if do, pressed := f.buttons.pressed(msg); pressed {
		return do() // not from within the field: it moves the focus
	}
	f.edits++
	if f.buttons.stepped(msg, f.fields.Keys()) {
		return f.settle(nil)
	}
	cmd, used := f.fields.Update(msg)
	if !used {
		f.wrap(msg)
	}
	return f.settle(cmd)
}

// wrap goes round the ends of the form.
func (f *form) wrap(msg tea.KeyPressMsg) {
	switch k := f.fields.Keys(); {
	case key.Matches(msg, k.Next):
		f.fields.FocusFirst()
	case key.Matches(msg, k.Prev):
		f.fields.FocusLast()
	}
}

// paste and click are for the fields, too.
func (f *form) paste(msg tea.Msg) tea.Cmd {
	if f.sends {
		return nil
	}
	f.edits++
	cmd, _ := f.fields.Update(msg)
	return f.settle(cmd)
}

func (f *form) mouse(msg tea.MouseMsg) tea.Cmd {
	inner, over := f.at.Mouse(msg)
	if !over {
		return nil
	}
	return f.paste(inner)
}

// settle follows a key, a click or a paste: what depends on what the fields hold
// is made anew.
func (f *form) settle(cmd tea.Cmd) tea.Cmd {
	if f.limit != nil && f.wrongLimit() == "" {
		f.fields.SetError(f.limit.chips, "")
		f.fields.SetError(f.limit.typed, "")
	}
	cmd = tea.Batch(cmd, f.settleAnswers())
	if f.record == nil {
		return cmd
	}
	return tea.Batch(cmd, f.record.settle())
}

// setSize gives the form the whole body.
func (f *form) setSize(width, height int) {
	f.width, f.height = width, height
	if f.record != nil {
		f.record.width = width
		f.record.showInfo()
	}
	f.head.SetSize(width, min(formHead, height))
	f.fields.SetSize(width, max(height-formHead, 0))
	f.at = widget.Rect{Y: formHead, W: width, H: max(height-formHead, 0)}
}

// view draws the title and the fields.
func (f *form) view() string {
	title := widget.Line{widget.Say(theme.Strong, f.item.Name), widget.Say(theme.Heading, "  "+f.item.Summary)}
	f.head.SetContent("title", widget.DetailContent{Title: title.Cut(f.width - 2*headMargin)})
	return f.head.View() + "\n" + f.fields.View(theme.Page)
}

// keyList are the keys that work in the form.
func (f *form) keyList() []key.Binding {
	k, fk := f.core.keys, f.fields.Keys()
	k.Back.SetHelp("esc", "leave, keep the draft")
	keys := []key.Binding{fk.Next}
	if f.buttons.focused {
		keys = append(keys, f.buttons.keys.Press, f.buttons.keys.Between)
	}
	if f.more != nil && f.more.focused {
		keys = append(keys, f.more.turn)
	}
	switch {
	case f.record == nil:
	case !f.record.searches():
		k.Describe.SetHelp("ctrl+t", "search the vault")
		keys = append(keys, k.Describe)
	default:
		keys = append(keys, k.Describe, k.Reread)
	}
	return append(keys, k.Back, fk.Prev, fk.PageDown, fk.PageUp)
}
