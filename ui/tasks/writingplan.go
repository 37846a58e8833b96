package tasks

import (
	"context"
	"errors"

	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// filled ends the form: it is planned, or kept.
func (r *writing) filled(id string) tea.Cmd {
	t, w := r.work.tab, r.work
	t.writing = nil
	if id != buttonConfirm {
		if r.form.Dirty() {
			return notice.Say(tab.NoticeOK, widget.Words(theme.OK, "what you filled in is kept while this task is open"))
		}
		return nil
	}
	me, n := t.env.Me.ID, w.task.Number
	if r.changes {
		c, changed := r.theChange()
		if !changed {
			r.open()
			return notice.Warn("nothing is changed yet")
		}
		return t.env.Do(func(ctx context.Context) tea.Msg {
			defer wipe(c.Secrets)
			plan, err := t.svc.PlanChange(ctx, me, n, c)
			return recordPlanned{r, plan, err}
		})
	}
	d := r.draft()
	return t.env.Do(func(ctx context.Context) tea.Msg {
		defer wipe(d.Secrets)
		plan, err := t.svc.PlanRecord(ctx, me, n, d)
		return recordPlanned{r, plan, err}
	})
}

// planned asks whether the plan is to be run, or goes back to what is wrong.
func (r *writing) planned(msg recordPlanned) tea.Cmd {
	t, w := r.work.tab, r.work
	var invalid workflow.Invalid
	switch {
	case t.work != w || !t.stack.Empty():
		return nil
	case errors.As(msg.err, &invalid):
		r.open()
		return r.tellWrong(invalid)
	case msg.err != nil:
		r.open()
		return notice.Say(tab.NoticeBad, append(widget.Words(theme.Bad, "not planned: "), notice.Cause(msg.err)...))
	case msg.plan.Plan.Nothing != "":
		r.open()
		return notice.Say(tab.NoticeWarn, widget.Line{say(theme.Warn, "nothing to do: "), show(theme.Warn, msg.plan.Plan.Nothing)})
	}
	run := &running{work: w, plan: msg.plan}
	title, label := "Make the record: ", "Make it"
	if r.changes {
		title, label = "Change the record: ", "Change it"
	}
	t.stack.Push(widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, title+string(w.task.Number)), Evidence: run.evidence(),
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: label, Confirm: true, NeedsEvidence: true}},
		Width:   dialogWidth, Now: t.env.Now,
		Done: func(id string) tea.Cmd {
			if id != buttonConfirm {
				r.open()
				return nil
			}
			return r.run(msg.plan)
		},
	}))
	return nil
}

// tellWrong shows what is wrong beside its field.
func (r *writing) tellWrong(wrong workflow.Invalid) tea.Cmd {
	var rest widget.Line
	for key, words := range wrong {
		field := r.fields[key]
		for _, a := range r.mine() {
			if a.key == key {
				field = a.Fields()[0]
			}
		}
		if field == nil {
			rest = append(rest, show(theme.Bad, words), say(theme.Bad, " "))
			continue
		}
		r.form.SetError(field, words)
		r.form.FocusField(field)
	}
	if rest != nil {
		return notice.Say(tab.NoticeBad, rest)
	}
	return notice.Warn("something has to be mended first")
}

// run gives the confirmed plan to the queue; what was typed is forgotten then.
func (r *writing) run(plan workflow.PlanView) tea.Cmd {
	t, w := r.work.tab, r.work
	me, n := t.env.Me.ID, w.task.Number
	if t.busy[n] != "" {
		return notice.Warn(string(n) + " is " + t.busy[n])
	}
	var give func(ctx context.Context) error
	if r.changes {
		c, _ := r.theChange()
		give = func(ctx context.Context) error {
			defer wipe(c.Secrets)
			return t.svc.RunChange(ctx, me, n, c, plan.Digest)
		}
	} else {
		d := r.draft()
		give = func(ctx context.Context) error {
			defer wipe(d.Secrets)
			return t.svc.RunRecord(ctx, me, n, d, plan.Digest)
		}
	}
	plan.Task = n
	cmd := t.queue(w, plan, give)
	w.wipe()
	return cmd
}
