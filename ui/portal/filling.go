package portal

import (
	"fmt"
	"slices"

	"countersign/model"
	"countersign/ui/answer"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// allRows are the rows of the item's fields: those that everybody fills in, the
// line behind which the others are, and the reason last.
func (f *form) allRows() ([]widget.FormItem, error) {
	var first, advanced, last []widget.FormItem
	for _, field := range f.item.Fields {
		rows, err := f.rows(field)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", f.item.Key, field.Key, err)
		}
		switch field.Kind {
		case model.FieldFolder, model.FieldRecord, model.FieldEmail, model.FieldReason:
			rows[0].Leads = true
		}
		switch {
		case field.Kind == model.FieldReason:
			last = append(last, rows...)
		case field.Advanced:
			advanced = append(advanced, rows...)
		default:
			first = append(first, rows...)
		}
	}
	first = append([]widget.FormItem{{Label: "Follows", Text: f.follows, Hidden: func() bool { return f.refersTo == "" }}}, first...)
	if advanced == nil {
		return slices.Concat(first, last), nil
	}
	return slices.Concat(first, f.foldedRows(advanced), last), nil
}

// follows says which request this one refers to.
func (f *form) follows() []widget.Line {
	return []widget.Line{{widget.Show(theme.Text, visible(string(f.refersTo))), widget.Say(theme.Faint, ", which gave the access so far")}}
}

// foldedRows are advanced rows behind a line that opens them.
func (f *form) foldedRows(rows []widget.FormItem) []widget.FormItem {
	filled := func() bool {
		return slices.ContainsFunc(f.answers, func(a named) bool {
			field, _ := f.item.Field(a.key)
			return field.Advanced && a.Given()
		})
	}
	fit := func() []string {
		var labels []string
		for _, row := range rows {
			if row.Hidden == nil || !row.Hidden() {
				labels = append(labels, row.Label)
			}
		}
		return labels
	}
	f.more = newFold(f.core.env.Theme, fit, filled)
	items := []widget.FormItem{{Field: f.more, Hidden: func() bool { return filled() || len(fit()) == 0 }}}
	for _, row := range rows {
		row, hidden := row, row.Hidden
		row.Hidden = func() bool { return f.more.shut() || hidden != nil && hidden() }
		items = append(items, row)
	}
	return items
}

// unfold shows what is behind the line, where a field there is wrong.
func (f *form) unfold(field model.Field) {
	if field.Advanced && f.more != nil {
		f.more.open = true
	}
}

// answerRows are the rows for a field whose answer is kept under its key.
func (f *form) answerRows(field model.Field) ([]widget.FormItem, error) {
	a, ok := answer.New(answer.Options{Env: f.core.env, Files: f.core.files}, field)
	if !ok {
		return nil, errNoForm
	}
	switch a := a.(type) {
	case *answer.Choice:
		if field.Key == model.FieldRotate {
			a.Applies = f.rotates
		}
	case *answer.Text:
		if field.Key == model.FieldTitle && f.item.Creates() {
			a.Hint = f.titleHint
		}
	case *answer.Secret:
		if field.Key == "passphrase" {
			a.Applies = f.bringsKey
		}
	}
	f.answers = append(f.answers, named{field.Key, a})
	f.byKey[field.Key] = a.Fields()
	return a.Rows(), nil
}

// rotates reports whether the vault can change the password when the access
// ends: it does for PAM users, where there is an end.
func (f *form) rotates() bool {
	if f.record == nil || f.limit == nil {
		return false
	}
	limit, err := f.limit.limit()
	return err == nil && !limit.IsPermanent() && model.Rotates(f.record.target().Type)
}

// bringsKey reports whether a key is brought, which may have a passphrase.
func (f *form) bringsKey() bool {
	for _, a := range f.answers {
		if s, ok := a.Asking.(*answer.Secret); ok && s.KeyPair() {
			return s.Brings()
		}
	}
	return false
}

// inClear are the answers that are no secrets.
func (f *form) inClear() []model.Answer {
	var answers []model.Answer
	for _, a := range f.answers {
		if text := a.Answer(); text != "" {
			answers = append(answers, model.Answer{Field: a.key, Value: text})
		}
	}
	return answers
}

// secrets are copies of the answers that are sealed, nil for none.
func (f *form) secrets() map[string][]byte {
	var secrets map[string][]byte
	for _, a := range f.answers {
		if plain := a.Secret(); plain != nil {
			if secrets == nil {
				secrets = map[string][]byte{}
			}
			secrets[a.key] = plain
		}
	}
	return secrets
}

// wipe overwrites the secrets of a draft that is not submitted.
func wipe(d workflow.Draft) {
	for _, plain := range d.Secrets {
		clear(plain)
	}
}

// wipe forgets the secrets that were given.
func (f *form) wipe() {
	for _, a := range f.answers {
		a.Wipe()
	}
}

// answered reports whether anything was filled in beside the access itself.
func (f *form) answered() bool {
	return slices.ContainsFunc(f.answers, func(a named) bool { return a.Given() })
}

// unread reports whether a key file is still being read.
func (f *form) unread() bool {
	return slices.ContainsFunc(f.answers, func(a named) bool {
		s, ok := a.Asking.(*answer.Secret)
		return ok && s.Unread()
	})
}

// settleAnswers follows a key: a choice may have changed what is asked, or a
// file may have been named.
func (f *form) settleAnswers() tea.Cmd {
	var cmds []tea.Cmd
	for _, a := range f.answers {
		if s, ok := a.Asking.(*answer.Secret); ok {
			s.Turned()
			cmds = append(cmds, s.ReadFile())
		}
	}
	return tea.Batch(cmds...)
}

// titled are the answers with the title that they make up where none was typed.
func (f *form) titled(answers []model.Answer) []model.Answer {
	if !f.item.Creates() || slices.ContainsFunc(answers, func(a model.Answer) bool { return a.Field == model.FieldTitle }) {
		return answers
	}
	return append([]model.Answer{{Field: model.FieldTitle, Value: f.madeTitle(answers)}}, answers...)
}

func (f *form) madeTitle(answers []model.Answer) string {
	given := map[string]string{}
	for _, a := range answers {
		given[a.Field] = a.Value
	}
	return f.item.MakeTitle(given)
}

// titleHint says what the title becomes where none is typed.
func (f *form) titleHint() widget.Line {
	answers := f.inClear()
	if slices.ContainsFunc(answers, func(a model.Answer) bool { return a.Field == model.FieldTitle }) {
		return nil
	}
	return append(widget.Words(theme.Faint, "left empty, it becomes "), widget.Show(theme.Heading, visible(f.madeTitle(answers))))
}

// rightWords is a right as its chip says it.
func rightWords(r model.Right) string {
	if r == model.RightNone {
		return "be a member"
	}
	return string(r)
}

// rightHint says what a right on a folder means; those on a record speak for
// themselves.
func (f *form) rightHint() widget.Line {
	words := ""
	switch f.right() {
	case model.RightNone:
		words = "use what is in the folder, manage nothing"
	case model.RightManageUsers:
		words = "add and remove members"
	case model.RightManageRecords:
		words = "add and remove records"
	case model.RightAll:
		words = "add and remove members and records"
	}
	if f.item.Key == model.ItemOneTimeShare {
		words = map[model.Right]string{model.RightView: "whoever opens the link sees the record",
			model.RightEdit: "whoever opens the link sees the record and may change it"}[f.right()]
	}
	return widget.Words(theme.Faint, words)
}

// teams reports whether the access may be asked for a team: folders, by admins.
func (f *form) teams() bool {
	return f.item.Key == model.ItemFolderAccess && f.core.env.Me.Has(model.RoleAdmin)
}

func (f *form) forWhom(field model.Field) string {
	if f.teams() {
		return field.Hint + ", or the UID of a team"
	}
	return field.Hint
}
