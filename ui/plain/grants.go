package plain

import (
	"context"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// grantOf finds the access that a word names: a row of a list of access, or what
// a request gave that still stands.
func (s *session) grantOf(word string) (int64, workflow.CaseView, error) {
	c, sub, err := s.caseOf(word)
	if err != nil {
		return 0, c, err
	}
	if sub.kind == grant {
		return sub.id, c, nil
	}
	if g, open := c.OpenGrant(); open {
		return g.ID, c, nil
	}
	return 0, c, complain("%s gives no access now; list access shows what you have.", c.Request.Number)
}

func (s *session) giveBack(word string) error {
	return s.end(word, "give back", s.svc.GiveBack, "Reason, if you like:", false)
}

func (s *session) revoke(word string) error {
	return s.end(word, "revoke", s.svc.Revoke, "Reason, which they read:", true)
}

// end ends access and follows what comes of it.
func (s *session) end(word, verb string, do func(ctx context.Context, actor model.PersonID, grant int64, reason string) error,
	question string, needed bool) error {
	id, c, err := s.grantOf(word)
	if err != nil {
		return err
	}
	reason, err := s.written(question, needed)
	if err != nil {
		return err
	}
	for _, g := range c.Grants {
		if g.ID == id {
			s.printEnd(g)
		}
	}
	if err := s.confirm(verb, "it"); err != nil {
		return err
	}
	before := newest(c.Operations)
	if _, err := within(s, func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx, s.me.ID, id, reason) }); err != nil {
		return err
	}
	return s.follow(c.Request.Number, before)
}

// printEnd says what somebody has and what is left of it.
func (s *session) printEnd(g model.Grant) {
	until := "permanent"
	if !g.Until.IsZero() {
		until = "until " + s.moment(g.Until)
	}
	s.out.say("%s has %s on %s, %s.", g.Email, casepane.Has(itemOf(g), g.Right), g.Target.Label(), until)
	left := widget.Words(theme.Text, "nothing")
	if back := g.Standing; !back.None() && (back.Expires.IsZero() || back.Expires.After(s.opt.Now())) {
		left = append(widget.Words(theme.Text, "again "), casepane.Share(theme.Text, back, s.opt.Now(), s.opt.Zone)...)
	}
	s.out.fact("Afterwards they have", left)
}

// extend asks for access again: a new request that refers to the one before.
func (s *session) extend(word string) error {
	id, _, err := s.grantOf(word)
	if err != nil {
		return err
	}
	d, err := s.svc.Extension(s.ctx, s.me.ID, id)
	if err != nil {
		return err
	}
	item, _ := model.FindItem(d.Item)
	d.Source, d.Secrets = model.SourceConsole, map[string][]byte{}
	f := &form{s: s, item: item, draft: d}
	s.out.say("%s: %s. It is decided like any other request. A single dot leaves.", item.Name, d.Target.Label())
	typed, err := s.question("How long: an empty line for %s, or another time:", d.Asked.Limit)
	if err != nil {
		return err
	}
	if typed != "" {
		if f.draft.Asked.Limit, err = model.ParseTyped(typed, s.opt.Now(), s.opt.Zone); err != nil {
			return err
		}
	}
	why, _ := item.Field("justification")
	if err := f.ask(why); err != nil {
		return err
	}
	return f.send()
}

// link says how the one-time link of a request is, or shows it. It is shown until
// the person says that they have it, then never again.
func (s *session) link(args string) error {
	word, reveal := "", false
	for arg := range strings.FieldsSeq(args) {
		if arg == "--reveal" {
			reveal = true
		} else {
			word = arg
		}
	}
	c, _, err := s.caseOf(word)
	if err != nil {
		return err
	}
	if c.Link == nil {
		return complain("%s has no one-time link.", c.Request.Number)
	}
	if !reveal {
		s.printLink(*c.Link)
		return nil
	}
	if err := c.Can(model.ActReveal); err != nil {
		return err
	}
	r, err := within(s, func(ctx context.Context) (workflow.Revealed, error) {
		return s.svc.Reveal(ctx, s.me.ID, c.Request.Number)
	})
	if err != nil {
		return err
	}
	defer clear(r.Link)
	s.out.say("Whoever has the link opens the record with it, until %s.", s.moment(r.Expires))
	s.out.line(safetext.Line(string(r.Link)).String())
	if s.out.err != nil {
		return s.out.err
	}
	typed, err := s.ask("Type have once you have it: it is not kept then. Anything else means that it can be shown again:")
	if err != nil {
		return err
	}
	if !strings.EqualFold(typed, "have") {
		s.out.say("It still waits for you.")
		return nil
	}
	// Said is said: what ends the session does not take it back.
	if err := s.svc.Acknowledge(context.WithoutCancel(s.ctx), s.me.ID, c.Request.Number); err != nil {
		return err
	}
	s.out.say("The link is not kept here any more.")
	return nil
}

func (s *session) printLink(l workflow.LinkView) {
	at := func(label string, t time.Time) {
		if !t.IsZero() {
			s.out.text(label, s.moment(t))
		}
	}
	s.out.text("Link", casepane.LinkName(l.ID))
	switch {
	case l.Gone:
		s.out.say("It is gone.")
	case l.Waiting:
		s.out.say("It waits for who has asked for it: link --reveal shows it, once.")
	}
	at("Ends", l.Expires)
	at("Shown", l.Shown)
	at("Opened", l.Opened)
}
