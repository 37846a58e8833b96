package tasks

import (
	"context"
	"strings"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// The ids of what can be written.
const (
	writeNote       = "note"
	writeComment    = "comment"
	writeComplete   = "complete"
	writeIncomplete = "incomplete"
	writeSkipped    = "skipped"
)

// closing is a note, a comment or the closing of a task while it is written.
type closing struct {
	tab    *Tab
	c      workflow.CaseView
	task   model.Task
	does   *widget.Chips
	area   *widget.Area
	form   *widget.Form
	dialog *widget.Dialog
	drawn  string // the choice that the evidence is drawn for
}

// draft is what was written of a note, a comment or a closing and not sent. It is
// kept for its task as long as the session lasts.
type draft struct {
	what  string // the choice it was written for
	words string
}

// keep puts what is written into drafts, or takes it out where nothing is.
func (d *closing) keep(drafts map[model.Number]draft) {
	if words := d.area.Value(); strings.TrimSpace(words) != "" {
		drafts[d.task.Number] = draft{d.does.Value(), words}
		return
	}
	delete(drafts, d.task.Number)
}

// noted is what came of it.
type noted struct {
	number model.Number
	what   string
	err    error
}

// write asks for a note on a task, or how it is closed.
func (t *Tab) write(c workflow.CaseView, task model.Task) tea.Cmd {
	if t.busy[task.Number] != "" {
		return notice.Warn(string(task.Number) + " is " + t.busy[task.Number])
	}
	if err := c.Can(model.ActComment); err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	d := &closing{tab: t, c: c, task: task}
	choice := func(id, label string, act model.Action) widget.Choice {
		ch := widget.Choice{ID: id, Label: label}
		if err := c.Can(act); err != nil {
			ch.Off = err.Error()
		}
		return ch
	}
	kept := t.drafts[task.Number]
	d.does = widget.NewChips(t.env.Theme, []widget.Choice{
		{ID: writeNote, Label: "work note"}, {ID: writeComment, Label: "comment"},
		choice(writeComplete, "close complete", model.ActComplete),
		choice(writeIncomplete, "incomplete", model.ActIncomplete),
		choice(writeSkipped, "skipped", model.ActSkip),
	}, writeNote)
	if kept.words != "" && !d.does.Take(kept.what) {
		d.does.Take(writeNote) // what it was written for may not be done now
	}
	d.area = widget.NewArea(t.env.Theme, widget.AreaOptions{Height: 4, Limit: workflow.MaxComment})
	d.area.SetValue(kept.words)
	items := []widget.FormItem{{Label: "What", Field: d.does}, {Label: "Words", Field: d.area, Check: d.problem}}
	if err := c.Can(model.ActComplete); err != nil {
		items = append(items, widget.FormItem{Label: "Closing", Text: func() []widget.Line {
			why := notice.Cause(err)
			if task.Assignee != "" && task.Assignee != t.env.Me.ID {
				why = t.has(theme.Warn, holding{number: task.Number, who: c.Name(task.Assignee), since: takenAt(c, task.Number)}, "it")
			}
			return []widget.Line{append(widget.Words(theme.Faint, "not now: "), why...)}
		}})
	}
	d.form = widget.NewForm(t.env.Theme, items)
	d.dialog = widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, string(task.Number)+": note or close"), Evidence: d.evidence(), Form: d.form,
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: "Confirm", Confirm: true}},
		Done:    d.done, Width: dialogWidth, Now: t.env.Now,
	})
	t.closing = d
	t.stack.Push(d.dialog)
	return nil
}

// evidence says what the choice means.
func (d *closing) evidence() widget.DetailContent {
	d.drawn = d.does.Value()
	request := string(d.c.Request.Number)
	words := closingWords(d.task.Kind, d.drawn)
	switch d.drawn {
	case writeNote:
		words = "A work note on " + request + ": for those who carry it out."
	case writeComment:
		words = "A comment on " + request + ": the requestor and everybody who sees the request can read it."
	}
	content := widget.DetailContent{Lead: []widget.Line{widget.Words(theme.Text, words)}}
	if d.drawn == writeComplete && !d.sentAny() {
		content.Warnings = []widget.Line{widget.Words(theme.Warn, "nothing was sent to the vault from here: closing it says that it was done by hand")}
	}
	return content
}

// closingWords say what closing a task means.
func closingWords(kind model.TaskKind, what string) string {
	if kind == model.TaskRevoke {
		return map[string]string{
			writeComplete:   "The task is closed complete: the access is taken back.",
			writeIncomplete: "The task is closed incomplete: the access could not be taken back.",
			writeSkipped:    "The task is skipped: the access stays as it is.",
		}[what]
	}
	return map[string]string{
		writeComplete:   "The task is closed complete, and with it the request: what was approved is done.",
		writeIncomplete: "The task is closed incomplete, and with it the request: it could not be done. The requestor reads the reason.",
		writeSkipped:    "The task is skipped: it need not be done. The requestor reads the reason.",
	}[what]
}

// sentAny reports whether an order of the task was carried out.
func (d *closing) sentAny() bool {
	for _, op := range d.c.Operations {
		if belongs(op, d.task) && op.State == model.OpDone {
			return true
		}
	}
	return false
}

// toWords lets who types without moving to the words first type them there: the
// choice beside them is made by the arrows, and nothing typed is lost.
func (d *closing) toWords(msg tea.Msg) {
	if !d.form.Focused() || d.form.Writes() {
		return
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if strings.TrimSpace(msg.Text) == "" {
			return
		}
	case tea.PasteMsg:
	default:
		return
	}
	d.form.FocusField(d.area)
}

// redraw follows the choice.
func (d *closing) redraw() {
	if d.does.Value() != d.drawn {
		d.dialog.SetEvidence(d.evidence())
	}
}

// problem is why the words will not do, "" if they do.
func (d *closing) problem() string {
	text := strings.TrimSpace(d.area.Value())
	if long := widget.TooLong(text, workflow.MaxComment); long != "" {
		return long
	}
	switch {
	case text != "" || d.does.Value() == writeComplete:
		return ""
	case d.does.Value() == writeIncomplete, d.does.Value() == writeSkipped:
		return "say why"
	}
	return "write something first"
}

// done ends the dialog. What was written is kept until the queue has it.
func (d *closing) done(id string) tea.Cmd {
	t, n := d.tab, d.task.Number
	t.closing = nil
	d.keep(t.drafts)
	switch _, kept := t.drafts[n]; {
	case id != buttonConfirm && kept:
		return notice.Say(tab.NoticeOK, widget.Words(theme.OK, "your words are kept: c has them"))
	case id != buttonConfirm:
		return nil
	}
	what, text, request, me := d.does.Value(), strings.TrimSpace(d.area.Value()), d.c.Request.Number, t.env.Me.ID
	state, closes := map[string]model.TaskState{writeComplete: model.TaskClosedComplete,
		writeIncomplete: model.TaskClosedIncomplete, writeSkipped: model.TaskClosedSkipped}[what]
	kind := model.EntryNote
	if what == writeComment {
		kind = model.EntryComment
	}
	if closes {
		t.busy[n] = "being closed"
	}
	return t.env.Do(func(ctx context.Context) tea.Msg {
		if closes {
			return noted{n, what, t.svc.CloseTask(ctx, me, n, state, text)}
		}
		return noted{n, what, t.svc.Comment(ctx, me, request, kind, text)}
	})
}

// noted says what came of it; words that were not kept can be sent again.
func (t *Tab) noted(msg noted) tea.Cmd {
	delete(t.busy, msg.number)
	if msg.err != nil {
		words := append(widget.Words(theme.Bad, string(msg.number)+", not kept: "), notice.Cause(msg.err)...)
		return tea.Batch(t.reload(), notice.Say(tab.NoticeBad, append(words, say(theme.Faint, " · c has your words still"))))
	}
	delete(t.drafts, msg.number)
	said := map[string]string{writeNote: ": note added", writeComment: ": comment added", writeComplete: " closed complete",
		writeIncomplete: " closed incomplete", writeSkipped: " skipped"}[msg.what]
	return tea.Batch(t.reload(), notice.Say(tab.NoticeOK, widget.Words(theme.OK, string(msg.number)+said)))
}
