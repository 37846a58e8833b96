package epm

import (
	"context"
	"strings"

	"countersign/model"
	"countersign/ui/decide"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// work is an incident while something is written for it.
type work struct {
	act    model.Action
	of     workflow.IncidentView
	area   *widget.Area  // nil when assigning
	person *widget.Input // nil otherwise
	form   *widget.Form
}

// worked is what came of it.
type worked struct {
	work *work
	text string
	err  error
}

// workOn asks for what an action on the incident under the cursor needs.
func (t *Tab) workOn(act model.Action) tea.Cmd {
	s, ok := t.reader.reading(t.current())
	switch {
	case t.current().kind != incident:
		return notice.Warn("this is for incidents: i opens the one of this request")
	case !ok:
		return notice.Warn("the incident is not on the screen yet")
	case act == model.ActClose && !s.incident.Closed.IsZero():
		act = model.ActReopen
	}
	if err := s.can(act, t.env.Now()); err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	t.write(act, *s.incident, t.drafts[draftOf{s.ref(), act}].Text)
	return nil
}

// write opens the dialog of an action with what was written before.
func (t *Tab) write(act model.Action, of workflow.IncidentView, text string) {
	w := &work{act: act, of: of}
	var item widget.FormItem
	title, lead, button := "Note on ", "Everybody who sees incidents can read it.", "Add"
	switch act {
	case model.ActAssign:
		title, lead, button = "Give ", "Empty gives it to nobody.", "Give"
		w.person = widget.NewInput(t.env.Theme, widget.InputOptions{Placeholder: "a login"})
		if text == "" && of.Login != t.env.Me.Login {
			text = t.env.Me.Login
		}
		w.person.SetValue(text)
		item = widget.FormItem{Label: "To", Field: w.person, Hint: widget.Hint("it is with " + orNobody(of.Login) + " now")}
	case model.ActClose:
		title, lead, button = "Close ", "The comment stays with the incident.", "Close it"
	case model.ActReopen:
		title, lead, button = "Reopen ", "Say why; what it was closed with stays in its story.", "Reopen"
	}
	if w.person == nil {
		w.area = widget.NewArea(t.env.Theme, widget.AreaOptions{Height: 5, Limit: workflow.MaxComment})
		w.area.SetValue(text)
		item = widget.FormItem{Label: "Comment", Field: w.area, Check: w.problem}
	}
	w.form = widget.NewForm(t.env.Theme, []widget.FormItem{item})
	w.form.SetDirty(w.area != nil && text != "")
	t.work = w
	t.overlay(widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title:    widget.Words(theme.Strong, title+string(of.Number)),
		Evidence: widget.DetailContent{Lead: []widget.Line{widget.Words(theme.Text, lead)}},
		Form:     w.form,
		Buttons:  []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: button, Confirm: true}},
		Now:      t.env.Now,
		Done:     func(id string) tea.Cmd { return t.endWork(w, id) },
	}))
}

func orNobody(login string) string {
	if login == "" {
		return "nobody"
	}
	return login
}

func (w *work) problem() string {
	if strings.TrimSpace(w.area.Value()) == "" {
		return "write something first"
	}
	return widget.TooLong(w.area.Value(), workflow.MaxComment)
}

func (w *work) text() string {
	if w.person != nil {
		return strings.TrimSpace(w.person.Value())
	}
	return strings.TrimSpace(w.area.Value())
}

func (w *work) draftOf() draftOf {
	return draftOf{ref{kind: incident, number: w.of.Number}, w.act}
}

func (t *Tab) endWork(w *work, id string) tea.Cmd {
	t.work = nil
	text := w.text()
	switch {
	case id != buttonConfirm && w.person != nil:
		return nil
	case id != buttonConfirm:
		return t.drafts.Told(w.draftOf(), decide.Draft{Text: text}, w.draftOf().key())
	}
	delete(t.drafts, w.draftOf())
	n, me := w.of.Number, t.env.Me.ID
	do := map[model.Action]func(context.Context, model.PersonID, model.Number, string) error{
		model.ActAssign: t.svc.AssignIncident, model.ActNote: t.svc.NoteIncident,
		model.ActClose: t.svc.CloseIncident, model.ActReopen: t.svc.ReopenIncident,
	}[w.act]
	return t.env.Do(func(ctx context.Context) tea.Msg { return worked{w, text, do(ctx, me, n, text)} })
}

// worked says what came of it; what was not kept can be sent again.
func (t *Tab) worked(msg worked) tea.Cmd {
	w := msg.work
	if msg.err == nil {
		past := map[model.Action]string{model.ActAssign: " given to " + orNobody(msg.text), model.ActNote: " has a note more",
			model.ActClose: " closed", model.ActReopen: " open again"}[w.act]
		return tea.Batch(t.reload(), notice.Say(tab.NoticeOK, widget.Words(theme.OK, string(w.of.Number)+past)))
	}
	if t.stack.Empty() {
		t.write(w.act, w.of, msg.text)
	} else if w.area != nil {
		t.drafts.Keep(w.draftOf(), decide.Draft{Text: msg.text})
	}
	return tea.Batch(t.reload(), notice.Say(tab.NoticeBad, append(widget.Words(theme.Bad, "not kept: "), notice.Cause(msg.err)...)))
}
