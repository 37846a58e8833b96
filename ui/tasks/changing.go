package tasks

import (
	"context"

	"countersign/model"
	"countersign/ui/answer"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// openChange asks what is to be changed in the record that the task is about, once
// the vault has said what it holds.
func (w *work) openChange() tea.Cmd {
	if err := w.c.Can(model.ActChange); err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	if w.change != nil {
		w.change.open()
		return nil
	}
	kind := w.c.Case.Record().Type
	if f := w.known(); f != nil && f.Type != "" {
		kind = f.Type
	}
	fields := model.RecordFields(kind)
	t, me, n := w.tab, w.tab.env.Me.ID, w.task.Number
	// A change that would clear everything says what there is; it is never run.
	var all workflow.Change
	for _, f := range fields {
		all.Answers = append(all.Answers, model.Answer{Field: f.Key})
	}
	return tea.Batch(notice.Say(tab.NoticeOK, widget.Words(theme.Note, "the vault is asked what it holds")),
		t.env.Do(func(ctx context.Context) tea.Msg {
			plan, err := t.svc.PlanChange(ctx, me, n, all)
			return changeRead{w, fields, plan, err}
		}))
}

// changeRead opens the form with what the record holds.
func (t *Tab) changeRead(msg changeRead) tea.Cmd {
	w := msg.work
	switch {
	case t.work != w || !t.stack.Empty():
		return nil
	case msg.err != nil:
		return notice.Say(tab.NoticeBad, append(widget.Words(theme.Bad, "the record cannot be read: "), notice.Cause(msg.err)...))
	}
	w.change = newChange(w, msg.fields, msg.plan)
	w.change.open()
	return nil
}

func newChange(w *work, fields []model.Field, now workflow.PlanView) *writing {
	t := w.tab
	r := &writing{work: w, changes: true, facts: now.Facts, was: map[string]string{}, fields: map[string]widget.Field{}}
	held := map[string]bool{}
	for _, d := range now.Diff {
		if d.Secret {
			held[d.Field] = true
		} else {
			r.was[d.Field] = d.Now
		}
	}
	r.title = widget.NewInput(t.env.Theme, widget.InputOptions{})
	r.title.SetValue(now.Facts.Title)
	title := model.Field{Kind: model.FieldText, Max: model.MaxTitle, Required: true}
	rows := []widget.FormItem{{Label: "Title", Field: r.title, Check: func() string { return problem(title.Validate(r.title.Value())) }}}
	r.fields[model.FieldTitle] = r.title
	for _, f := range fields {
		f.Hint = "left empty, it stays as it is"
		if f.Secret() && !held[f.Key] {
			f.Hint = "the record has none; left empty, it stays so"
		}
		if !f.Secret() {
			f.Hint = ""
		}
		a, ok := answer.New(answer.Options{Env: t.env, Files: t.files, Keeps: true}, f)
		if !ok {
			continue
		}
		if !f.Secret() {
			a.Set(r.was[f.Key])
		}
		r.asks = append(r.asks, ask{a, "", f.Key})
		rows = append(rows, a.Rows()...)
	}
	r.notes = widget.NewArea(t.env.Theme, widget.AreaOptions{Height: 3})
	r.how = widget.NewChips(t.env.Theme, []widget.Choice{{ID: notesAppend, Label: "added to the notes"}, {ID: notesReplace, Label: "in place of them"}}, notesAppend)
	r.fields["notes"] = r.notes
	notes := model.Field{Kind: model.FieldMultiline}
	rows = append(rows,
		widget.FormItem{Label: "Notes", Field: r.notes, Hint: widget.Hint("sealed like a secret; left empty, they stay"), Check: func() string { return problem(notes.Validate(r.notes.Value())) }},
		widget.FormItem{Label: "", Field: r.how, Hidden: func() bool { return r.notes.Value() == "" }})
	r.form = widget.NewForm(t.env.Theme, rows)
	return r
}

// theChange is what was changed of what the record held, and whether anything was.
func (r *writing) theChange() (workflow.Change, bool) {
	c := workflow.Change{Secrets: r.secrets(), Notes: r.notes.Value()}
	c.Append = c.Notes != "" && r.how.Value() == notesAppend
	if title := r.title.Value(); title != r.facts.Title {
		c.Title = title
	}
	for _, a := range r.asks {
		_, secret := a.Asking.(*answer.Secret)
		switch {
		case secret && (!a.Given() || a.Sealed()):
		case secret, a.Answer() != r.was[a.key]:
			c.Answers = append(c.Answers, model.Answer{Field: a.key, Value: a.Answer()})
		}
	}
	return c, c.Title != "" || len(c.Answers) > 0 || len(c.Secrets) > 0 || c.Notes != ""
}
