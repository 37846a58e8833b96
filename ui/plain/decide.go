package plain

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/decide"
	"countersign/ui/evidence"
	"countersign/workflow"
)

func (s *session) approve(word string) error { return s.decide(word, model.Approve) }

func (s *session) deny(word string) error { return s.decide(word, model.Deny) }

func actOf(v model.Verdict) model.Action {
	if v == model.Deny {
		return model.ActDeny
	}
	return model.ActApprove
}

// decide decides what a word names.
func (s *session) decide(word string, v model.Verdict) error {
	if rows := several(word); rows != nil {
		return s.decideRows(rows, v)
	}
	sub, err := s.subjectOf(word)
	if err != nil {
		return err
	}
	switch sub.kind {
	case request, task:
		return s.decideRequest(sub, v)
	case endpoint:
		return s.decideEndpoint(v, func() (workflow.EndpointView, error) { return s.svc.Endpoint(s.ctx, s.me.ID, sub.id) })
	case incident:
		return s.decideEndpoint(v, func() (workflow.EndpointView, error) { return s.svc.EndpointByUID(s.ctx, s.me.ID, string(sub.number)) })
	case device:
		return s.decideDevice(sub.id, v)
	}
	return complain("That is not decided.")
}

// decideRequest asks what is to be allowed and why, prints the request as it would
// be allowed, whole, and asks whether that is meant.
func (s *session) decideRequest(sub subject, v model.Verdict) error {
	c, err := s.readCase(sub.number)
	if err != nil {
		return err
	}
	if err := c.Can(actOf(v)); err != nil {
		return err
	}
	seat, err := s.seat(c)
	if err != nil {
		return err
	}
	allow := c.Request.Allowed
	if v == model.Approve && allow.Right != "" {
		if allow, err = s.allowance(c.Request); err != nil {
			return err
		}
	}
	comment, err := s.comments(v, decide.ForRequests())
	if err != nil {
		return err
	}
	// What is decided on is read after the questions: time has passed.
	if c, err = s.readCase(sub.number); err != nil {
		return err
	}
	if err := c.Can(actOf(v)); err != nil {
		return err
	}
	s.out.gap()
	s.printCase(c, casepane.Options{Allow: allow, Alike: sub.alike})
	s.out.text("Digest", string(c.Statement(allow).Digest()))
	s.out.text("Your comment", comment)
	if seat != "" && seat != s.me.ID {
		s.out.say("You act for %s.", c.Name(seat))
	}
	if err := s.confirm(string(v), string(c.Request.Number)); err != nil {
		return err
	}
	vote := workflow.Decision{Number: c.Request.Number, Revision: c.Request.Revision, Digest: c.Statement(allow).Digest(),
		Verdict: v, Allow: allow, Comment: comment, For: seat}
	done, err := within(s, func(ctx context.Context) (workflow.Decided, error) { return s.svc.Decide(ctx, s.me.ID, vote) })
	if err == nil {
		err = done.Err
	}
	if err != nil {
		return err
	}
	s.out.line(decide.Outcome(vote, done).String())
	return nil
}

// allowance asks how much of what is asked is allowed.
func (s *session) allowance(r model.Request) (model.Access, error) {
	allow := r.Allowed
	lower := model.LowerRights(r.Allowed.Right)
	names := make([]string, len(lower))
	for i, right := range lower {
		names[i] = casepane.RightName(right)
	}
	for len(lower) > 1 {
		typed, err := s.question("Right: an empty line for %s, or one of %s:", casepane.RightName(allow.Right), strings.Join(names, ", "))
		if err != nil {
			return allow, err
		}
		if typed == "" {
			break
		}
		if i := indexOf(names, typed); i >= 0 {
			allow.Right = lower[i]
			break
		}
		s.out.say("%s is none of them.", typed)
	}
	for {
		typed, err := s.question("How long: an empty line for %s, or a shorter time:", allow.Limit)
		if err != nil {
			return allow, err
		}
		if typed == "" {
			return allow, nil
		}
		limit, err := model.ParseTyped(typed, s.opt.Now(), s.opt.Zone)
		if err == nil {
			err = limit.Validate(s.opt.Now())
		}
		if err == nil {
			err = model.ValidateAllow(r, model.Access{Right: allow.Right, Limit: limit}, s.opt.Now())
		}
		if err == nil {
			allow.Limit = limit
			return allow, nil
		}
		s.out.say("%s", err)
	}
}

// indexOf finds a choice by its number, from 1, or its name.
func indexOf(names []string, typed string) int {
	if n, err := strconv.Atoi(typed); err == nil && n >= 1 && n <= len(names) {
		return n - 1
	}
	for i, name := range names {
		if strings.EqualFold(name, typed) {
			return i
		}
	}
	return -1
}

// comments asks for the words of a decision: a denial needs some, and may take one
// of the common reasons.
func (s *session) comments(v model.Verdict, w decide.Wording) (string, error) {
	if v != model.Deny {
		return s.written("Comment, "+w.Approving+":", false)
	}
	for i, reason := range w.Reasons {
		s.out.say("%d. %s", i+1, reason)
	}
	text, err := s.written("Reason, the number of one of these or your own words:", true)
	if i := indexOf(w.Reasons, text); err == nil && i >= 0 {
		text = w.Reasons[i]
		more, err := s.written("And, "+w.Denying+":", false)
		if err != nil {
			return "", err
		}
		if more != "" {
			text += ": " + more
		}
	}
	return text, err
}

// written asks for a comment until it will do.
func (s *session) written(question string, needed bool) (string, error) {
	for {
		text, err := s.question("%s", question)
		switch {
		case err != nil:
			return "", err
		case needed && text == "":
			s.out.say("Words are needed here; a single dot leaves it.")
		case utf8.RuneCountInString(text) > workflow.MaxComment:
			s.out.say("At most %d characters.", workflow.MaxComment)
		default:
			return text, nil
		}
	}
}

// leave is what is typed to leave whatever is being asked.
const leave = "."

// question is ask, from which one can go back.
func (s *session) question(format string, args ...any) (string, error) {
	text, err := s.ask(format, args...)
	if err == nil && text == leave {
		return "", errNothing
	}
	return text, err
}

// decideEndpoint decides a request of an endpoint on the whole evidence.
func (s *session) decideEndpoint(v model.Verdict, read func() (workflow.EndpointView, error)) error {
	e, err := read()
	if err != nil {
		return err
	}
	if err := e.Can(actOf(v)); err != nil {
		return err
	}
	comment, err := s.comments(v, decide.ForEndpoints())
	if err != nil {
		return err
	}
	if e, err = read(); err != nil {
		return err
	}
	if err := e.Can(actOf(v)); err != nil {
		return err
	}
	s.out.gap()
	s.out.content(evidence.Endpoint(e, s.evidence()))
	s.out.text("Your comment", comment)
	if err := s.confirm(string(v), string(e.EndpointRequest.Incident)); err != nil {
		return err
	}
	d := workflow.EndpointDecision{ID: e.ID, Verdict: v, Revision: e.Revision, Digest: e.Statement.Digest(), Comment: comment}
	done, err := within(s, func(ctx context.Context) (workflow.Decided, error) { return s.svc.DecideEndpoint(ctx, s.me.ID, d) })
	if err == nil {
		err = done.Err
	}
	if err != nil {
		return err
	}
	s.out.say("%s: %s; open tells what the vault says", e.EndpointRequest.Incident, done.Endpoint.Words())
	return nil
}

// decideDevice decides a device.
func (s *session) decideDevice(id int64, v model.Verdict) error {
	d, err := s.svc.Device(s.ctx, s.me.ID, id)
	if err != nil {
		return err
	}
	if err := d.Can(actOf(v)); err != nil {
		return err
	}
	comment, err := s.comments(v, decide.ForDevices())
	if err != nil {
		return err
	}
	if d, err = s.svc.Device(s.ctx, s.me.ID, id); err != nil {
		return err
	}
	if err := d.Can(actOf(v)); err != nil {
		return err
	}
	s.out.gap()
	s.out.content(evidence.Device(d, s.evidence()))
	s.out.text("Your comment", comment)
	if err := s.confirm(string(v), "the device "+d.DeviceID); err != nil {
		return err
	}
	vote := workflow.DeviceDecision{ID: d.ID, Verdict: v, Revision: d.Revision, Comment: comment}
	done, err := within(s, func(ctx context.Context) (workflow.Decided, error) { return s.svc.DecideDevice(ctx, s.me.ID, vote) })
	if err == nil {
		err = done.Err
	}
	if err != nil {
		return err
	}
	s.out.say("The device %s: %s; open tells what the vault says", d.DeviceID, done.Endpoint.Words())
	return nil
}
