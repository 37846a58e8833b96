package plain

import (
	"context"
	"errors"
	"slices"
	"strings"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/workflow"
)

// send checks the order, asks again for what will not do, shows it whole and
// orders it.
func (f *form) send() error {
	for {
		err := f.s.svc.Check(f.s.ctx, f.s.me.ID, f.draft)
		if err == nil {
			break
		}
		if err := f.mend(err); err != nil {
			return err
		}
	}
	f.s.out.gap()
	f.review()
	if err := f.s.confirm("order", "it"); err != nil {
		return err
	}
	r, err := within(f.s, func(ctx context.Context) (model.Request, error) { return f.s.svc.Submit(ctx, f.s.me.ID, f.draft) })
	if err != nil {
		return err
	}
	f.s.open = subject{kind: request, number: r.Number}
	f.s.out.say("%s is ordered. list mine shows how it goes on.", r.Number)
	c, err := f.s.svc.Case(f.s.ctx, f.s.me.ID, r.Number)
	if err != nil {
		return err
	}
	f.s.out.text("Can decide", strings.Join(c.Deciders, ", "))
	return nil
}

// mend says what will not do and asks for it again.
func (f *form) mend(wrong error) error {
	var invalid workflow.Invalid
	if !errors.As(wrong, &invalid) {
		return wrong
	}
	asked := false
	for _, field := range f.item.Fields {
		reason, bad := invalid[field.Key]
		if !bad {
			continue
		}
		f.s.out.say("%s: %s", field.Label, reason)
		if err := f.ask(field); err != nil {
			return err
		}
		asked = true
	}
	if !asked {
		return wrong // nothing of the form mends it
	}
	return nil
}

// review prints what would be asked for.
func (f *form) review() {
	d, s := f.draft, f.s
	s.out.say("You order: %s", f.item.Name)
	who := d.For
	if who == "" {
		who = s.me.Email
	}
	if _, asks := f.item.Field("for"); asks {
		s.out.text("For", who)
	}
	switch t := d.Target; {
	case t.Named():
		s.out.say("%s: %s, %s, %s", capital(string(t.Kind)), t.Title, t.Type, t.UID)
	case t.Described != "":
		s.out.say("%s, described: %s", capital(string(f.item.Target)), t.Described)
	}
	if f.item.Grants() {
		s.out.say("Rights: %s, %s", casepane.RightName(d.Asked.Right), d.Asked.Limit)
	}
	for _, field := range f.item.Fields {
		if len(d.Secrets[field.Key]) > 0 {
			s.out.say("%s: sealed, only the worker can read it", field.Label)
		}
		for _, a := range d.Answers {
			if a.Field != field.Key {
				continue
			}
			value := a.Value
			if g, ok := model.ParseGenerate(value); ok && len(field.Generators()) > 0 {
				value = g.Words()
			}
			s.out.text(field.Label, value)
		}
	}
	s.out.text("Why", d.Justification)
	for _, l := range f.willDo() {
		s.out.line("Will do: " + l)
	}
}

// willDo says what the vault would be told, as far as that is known.
func (f *form) willDo() []string {
	if f.facts == nil && !f.item.Creates() || f.item.Searches() {
		return nil
	}
	me, d := f.s.me, f.draft
	view := workflow.CaseView{Item: f.item, Facts: f.facts, People: map[model.PersonID]model.Person{me.ID: me.Person}}
	email := d.For
	if email == "" {
		email, view.Recipient = me.Email, me.ID
	}
	view.Request = model.Request{Item: d.Item, Answers: slices.Clone(d.Answers), RequestedBy: me.ID, RequestedFor: email, Justification: d.Justification,
		Target: d.Target, Asked: d.Asked, Allowed: d.Asked, State: model.Requested, Source: d.Source, Revision: 1, Policy: f.s.svc.Policy(d.Item, d.Asked)}
	var out []string
	for _, l := range casepane.WillDo(view, f.s.options()) {
		out = append(out, l.String())
	}
	return out
}
