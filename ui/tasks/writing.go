package tasks

import (
	"slices"
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/answer"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// writing is a record that an admin makes or changes inside a task: a form, its
// plan, and the confirmation of that. What was filled in stays until it is queued
// or the work area is left.
type writing struct {
	work    *work
	changes bool

	kinds  *widget.Chips // the type of a new record
	folder *widget.Picker
	title  *widget.Input
	asks   []ask

	was   map[string]string // of a record that is changed, by field
	facts model.RecordFacts
	notes *widget.Area
	how   *widget.Chips // whether the notes replace those that are there

	form   *widget.Form
	fields map[string]widget.Field // that an error is shown beside
}

// ask asks for one field, of one type of record.
type ask struct {
	answer.Asking
	item model.ItemKey // "" where a record is changed
	key  string
}

// The messages of a writing.
type (
	recordPlanned struct {
		writing *writing
		plan    workflow.PlanView
		err     error
	}
	changeRead struct {
		work   *work
		fields []model.Field
		plan   workflow.PlanView
		err    error
	}
)

// The results and lines of the folder picker in a dialog.
const folderResults = 4

// The ids of what becomes of notes.
const (
	notesReplace = "replace"
	notesAppend  = "append"
)

// openRecord asks for a new record that the task is to be about, or says why
// there cannot be one.
func (w *work) openRecord() tea.Cmd {
	if err := w.c.Can(model.ActCreate); err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	if w.creation == nil {
		w.creation = newRecord(w)
	}
	w.creation.open()
	return nil
}

func newRecord(w *work) *writing {
	t := w.tab
	r := &writing{work: w, fields: map[string]widget.Field{}}
	var kinds []widget.Choice
	for _, item := range model.Catalog() {
		if item.Creates() {
			kinds = append(kinds, widget.Choice{ID: string(item.Key), Label: item.Name})
		}
	}
	r.kinds = widget.NewChips(t.env.Theme, kinds, kinds[0].ID)
	r.title = widget.NewInput(t.env.Theme, widget.InputOptions{})
	title := model.Field{Kind: model.FieldText, Max: model.MaxTitle}
	rows := []widget.FormItem{{Label: "Type", Field: r.kinds},
		{Label: "Title", Field: r.title, Hint: r.titleHint, Check: func() string { return problem(title.Validate(r.title.Value())) }}}
	r.fields["item"], r.fields[model.FieldTitle] = r.kinds, r.title
	for _, item := range model.Catalog() {
		if item.Creates() {
			rows = append(rows, r.rowsOf(item)...)
		}
	}
	find := newFinder(t, model.TargetFolder, folderResults, "a shared folder to put it in; may stay empty")
	r.folder, r.fields[string(model.TargetFolder)] = find.picker, find.picker
	rows = append(rows, widget.FormItem{Label: "Folder", Field: r.folder, Wide: true, Check: r.halfNamed})
	r.form = widget.NewForm(t.env.Theme, rows)
	return r
}

// rowsOf are the rows of one type of record, which are hidden while another one is
// chosen. What the requestor gets on it was approved: it is not asked here.
func (r *writing) rowsOf(item model.Item) []widget.FormItem {
	var rows []widget.FormItem
	brings := func() bool {
		return slices.ContainsFunc(r.asks, func(a ask) bool {
			s, ok := a.Asking.(*answer.Secret)
			return ok && a.item == item.Key && s.KeyPair() && s.Brings()
		})
	}
	for _, f := range item.Answers() {
		if f.Key == model.FieldTitle || f.Key == model.FieldShareIt || f.Key == model.FieldDestroys {
			continue
		}
		a, ok := answer.New(answer.Options{Env: r.work.tab.env, Files: r.work.tab.files}, f)
		if !ok {
			continue
		}
		if s, secret := a.(*answer.Secret); secret && f.Key == "passphrase" {
			s.Applies = brings
		}
		r.asks = append(r.asks, ask{a, item.Key, f.Key})
		for _, row := range a.Rows() {
			hidden := row.Hidden
			row.Hidden = func() bool { return r.item() != item.Key || hidden != nil && hidden() }
			rows = append(rows, row)
		}
	}
	return rows
}

// problem is the text of an error, "" for none.
func problem(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// item is the type of record that is chosen.
func (r *writing) item() model.ItemKey { return model.ItemKey(r.kinds.Value()) }

// titleHint says what the title becomes where none is typed.
func (r *writing) titleHint() widget.Line {
	if r.title.Value() != "" {
		return nil
	}
	item, _ := model.FindItem(r.item())
	given := map[string]string{}
	for _, a := range r.inClear() {
		given[a.Field] = a.Value
	}
	return append(widget.Words(theme.Faint, "left empty, it becomes "), widget.Show(theme.Heading, safetext.Line(item.MakeTitle(given))))
}

// halfNamed is why a folder that was typed will not do.
func (r *writing) halfNamed() string {
	if _, chosen := r.folder.Chosen(); !chosen && strings.TrimSpace(r.folder.Query()) != "" {
		return "choose one of those that are found, or leave it empty"
	}
	return ""
}

// mine are the fields of the type that is chosen.
func (r *writing) mine() []ask {
	var mine []ask
	for _, a := range r.asks {
		if r.changes || a.item == r.item() {
			mine = append(mine, a)
		}
	}
	return mine
}

// inClear are the answers that are no secrets.
func (r *writing) inClear() []model.Answer {
	var answers []model.Answer
	for _, a := range r.mine() {
		if text := a.Answer(); text != "" {
			answers = append(answers, model.Answer{Field: a.key, Value: text})
		}
	}
	return answers
}

// secrets are copies of what is sealed. Who gets them wipes them.
func (r *writing) secrets() map[string][]byte {
	secrets := map[string][]byte{}
	for _, a := range r.mine() {
		if plain := a.Secret(); plain != nil {
			secrets[a.key] = plain
		}
	}
	return secrets
}

func wipe(secrets map[string][]byte) {
	for _, plain := range secrets {
		clear(plain)
	}
}

// wipe forgets the secrets that were given in the work area.
func (w *work) wipe() {
	for _, r := range []*writing{w.creation, w.change} {
		if r == nil {
			continue
		}
		for _, a := range r.asks {
			a.Wipe()
		}
	}
	w.creation, w.change = nil, nil
}

// halfWritten reports whether a record was filled in and not queued.
func (w *work) halfWritten() bool {
	return w.creation != nil && w.creation.form.Dirty() || w.change != nil && w.change.form.Dirty()
}

// draft is the record as it is filled in.
func (r *writing) draft() workflow.Draft {
	d := workflow.Draft{Item: r.item(), Target: model.Target{Kind: model.TargetFolder}, Answers: r.inClear(), Secrets: r.secrets()}
	if title := r.title.Value(); title != "" {
		d.Answers = append([]model.Answer{{Field: model.FieldTitle, Value: title}}, d.Answers...)
	}
	if pick, chosen := r.folder.Chosen(); chosen {
		d.Target.UID, d.Target.Title = model.UID(pick.ID), pick.Name.String()
	}
	return d
}

// settle follows a key: a choice may have changed what is asked, or a file may
// have been named.
func (r *writing) settle() tea.Cmd {
	var cmds []tea.Cmd
	for _, a := range r.mine() {
		if s, ok := a.Asking.(*answer.Secret); ok {
			s.Turned()
			cmds = append(cmds, s.ReadFile())
		}
	}
	return tea.Batch(cmds...)
}

// open opens the form.
func (r *writing) open() {
	t, w := r.work.tab, r.work
	title, lead := widget.Words(theme.Strong, "A new record for "+string(w.c.Request.Number)), r.lead()
	if r.changes {
		title = append(widget.Words(theme.Strong, "Change "), show(theme.Strong, r.facts.Title))
	}
	t.writing = r
	t.stack.Push(widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: title, Evidence: widget.DetailContent{Lead: []widget.Line{lead}}, Form: r.form,
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: "See the plan", Confirm: true}},
		Done:    r.filled, Width: dialogWidth, Now: t.env.Now,
	}))
	r.form.FocusFirst()
}

// lead says what the record is for.
func (r *writing) lead() widget.Line {
	if r.changes {
		return widget.Words(theme.Text, "What is not touched stays as it is. Emptying a field clears it in the vault.")
	}
	c := r.work.c
	if c.Request.Item == model.ItemOneTimeShare {
		return widget.Line{say(theme.Text, "The link will be to it: "), show(theme.AccentStrong, c.Request.Allowed.Words()), say(theme.Text, ".")}
	}
	return widget.Line{show(theme.Strong, c.Request.RequestedFor), say(theme.Text, " gets what was approved on it: "),
		show(theme.AccentStrong, c.Request.Allowed.Words()), say(theme.Text, ".")}
}
