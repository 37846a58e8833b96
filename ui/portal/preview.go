package portal

import (
	"countersign/model"
	"countersign/ui/answer"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// draft is what the form says now, without its secrets. What cannot be read yet
// is left out; the checks say so.
func (f *form) draft() workflow.Draft {
	d := workflow.Draft{Item: f.item.Key, Source: model.SourceConsole}
	if email := f.email(); !f.core.env.Me.Is(email) {
		d.For = email
	}
	if f.record != nil {
		d.Target = f.record.target()
	}
	d.Asked.Right = f.right()
	if f.limit != nil {
		if limit, err := f.limit.limit(); err == nil {
			d.Asked.Limit = limit
		}
	}
	if f.why != nil {
		d.Justification = f.why.Value()
	}
	d.Answers, d.RefersTo = f.inClear(), f.refersTo
	for _, a := range f.answers {
		if s, ok := a.Asking.(*answer.Secret); ok && s.Without() {
			d.Without = append(d.Without, a.key)
		}
	}
	return d
}

// halfWritten reports whether leaving the session would lose something that was
// typed.
func (f *form) halfWritten() bool {
	return f.record != nil && !f.record.empty() || f.why != nil && f.why.Value() != "" || f.answered() ||
		f.recipient != nil && f.recipient.Value() != f.core.env.Me.Email
}

// preview is the request as it would be stored, for drawing it before that.
func (f *form) preview(d workflow.Draft) workflow.CaseView {
	me := f.core.env.Me
	email := d.For
	view := workflow.CaseView{Item: f.item, People: map[model.PersonID]model.Person{me.ID: me.Person}}
	if email == "" {
		email, view.Recipient = me.Email, me.ID
	}
	view.Request = model.Request{Item: d.Item, Answers: f.titled(d.Answers), RefersTo: d.RefersTo, RequestedBy: me.ID, RequestedFor: email, Justification: d.Justification,
		Target: d.Target, Asked: d.Asked, Allowed: d.Asked, State: model.Requested, Source: d.Source, Revision: 1}
	if f.core.policy != nil {
		view.Request.Policy = f.core.policy(d.Item, d.Asked)
	}
	if f.record != nil {
		if facts, known := f.record.facts(); known && facts.UID == d.Target.UID {
			view.Facts = &facts
		}
	}
	if view.Request.Target.Kind == model.TargetNone {
		view.Request.Target.Kind = f.item.Target
	}
	return view
}

// willDo says what the vault would be told, once that can be known.
func (f *form) willDo() []widget.Line {
	d := f.draft()
	switch {
	case f.item.Searches(), f.limit != nil && f.wrongLimit() != "":
		return nil
	case d.Target.Label() == "" && !f.item.Creates(), f.record.problem() != "":
		return nil
	}
	return casepane.WillDo(f.preview(d), casepane.Options{Now: f.core.env.Now(), Zone: f.core.env.Zone})
}

func (f *form) busyHint() widget.Line {
	switch {
	case f.sends:
		return widget.Words(theme.Note, "submitting…")
	case f.busy:
		return widget.Words(theme.Note, "checking…")
	}
	return widget.Words(theme.Faint, "nothing is sent before you have seen it whole")
}
