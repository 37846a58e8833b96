package plain

import (
	"context"
	"strings"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/decide"
	"countersign/ui/widget"
	"countersign/workflow"
)

// askInfo asks the requestor for information.
func (s *session) askInfo(word string) error {
	c, _, err := s.caseOf(word)
	if err != nil {
		return err
	}
	if err := c.Can(model.ActAsk); err != nil {
		return err
	}
	question, err := s.written("Question, which the requestor answers:", true)
	if err != nil {
		return err
	}
	if err := s.svc.Ask(s.ctx, s.me.ID, c.Request.Number, question); err != nil {
		return err
	}
	s.out.say("%s: %s is asked; the time to decide stands.", c.Request.Number, c.Name(c.Request.RequestedBy))
	return nil
}

// reply answers what an approver asked.
func (s *session) reply(word string) error {
	c, _, err := s.caseOf(word)
	if err != nil {
		return err
	}
	if err := c.Can(model.ActReply); err != nil {
		return err
	}
	if q, asked := c.Inquiry(); asked {
		s.out.text(c.Name(q.By)+" asks", q.Question)
	}
	text, err := s.written("Answer, which becomes part of what is decided:", true)
	if err != nil {
		return err
	}
	if err := s.svc.Reply(s.ctx, s.me.ID, c.Request.Number, text); err != nil {
		return err
	}
	s.out.say("%s: answered; it waits for its decision again.", c.Request.Number)
	return nil
}

// reassign has another group decide.
func (s *session) reassign(word string) error {
	c, _, err := s.caseOf(word)
	if err != nil {
		return err
	}
	if err := c.Can(model.ActReassign); err != nil {
		return err
	}
	groups, err := s.svc.Reassignable(s.ctx, s.me.ID, c.Request.Number)
	if err != nil {
		return err
	}
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = string(g)
		s.out.say("%d. %s", i+1, g)
	}
	typed, err := s.question("To which group, by its row or name:")
	if err != nil {
		return err
	}
	i := indexOf(names, typed)
	if i < 0 {
		return complain("%s is none of them.", typed)
	}
	reason, err := s.written("Reason:", true)
	if err != nil {
		return err
	}
	s.out.say("%s goes to %s, which begins anew. You do not decide it any more.", c.Request.Number, groups[i])
	if err := s.confirm("reassign", string(c.Request.Number)); err != nil {
		return err
	}
	if err := s.svc.Reassign(s.ctx, s.me.ID, c.Request.Number, groups[i], reason); err != nil {
		return err
	}
	s.out.say("%s waits for %s now.", c.Request.Number, groups[i])
	return nil
}

// emergency approves a request alone.
func (s *session) emergency(word string) error {
	c, sub, err := s.caseOf(word)
	if err != nil {
		return err
	}
	if err := c.Can(model.ActEmergency); err != nil {
		return err
	}
	allow := c.Request.Allowed
	if allow.Right != "" {
		if allow, err = s.allowance(c.Request); err != nil {
			return err
		}
	}
	reason, err := s.written("What the emergency is:", true)
	if err != nil {
		return err
	}
	if c, err = s.readCase(c.Request.Number); err != nil {
		return err
	}
	s.out.gap()
	s.printCase(c, casepane.Options{Allow: allow, Alike: sub.alike})
	s.out.text("The emergency", reason)
	s.out.say("You approve it alone. Everybody who would have decided it is told, and somebody else reviews it.")
	phrase := model.EmergencyPhrase(c.Request.Number)
	if err := s.confirm(phrase, "approve it alone"); err != nil {
		return err
	}
	e := workflow.Emergency{Phrase: phrase, Reason: reason, Decision: workflow.Decision{Number: c.Request.Number, Revision: c.Request.Revision,
		Digest: c.Statement(allow).Digest(), Verdict: model.Approve, Allow: allow}}
	done, err := within(s, func(ctx context.Context) (workflow.Decided, error) { return s.svc.ApproveInEmergency(ctx, s.me.ID, e) })
	if err == nil {
		err = done.Err
	}
	if err != nil {
		return err
	}
	s.out.line(decide.Outcome(e.Decision, done).String())
	s.out.say("Somebody else has to review it.")
	return nil
}

// review says that an emergency approval was looked at.
func (s *session) review(word string) error {
	c, _, err := s.caseOf(word)
	if err != nil {
		return err
	}
	if err := c.Can(model.ActReview); err != nil {
		return err
	}
	s.printCase(c, casepane.Options{})
	comment, err := s.written("What you found:", true)
	if err != nil {
		return err
	}
	if err := s.confirm("review", string(c.Request.Number)); err != nil {
		return err
	}
	if err := s.svc.Review(s.ctx, s.me.ID, c.Request.Number, comment); err != nil {
		return err
	}
	s.out.say("%s is reviewed.", c.Request.Number)
	return nil
}

// readReviews lists emergency approvals that wait for their review.
func readReviews(ctx context.Context, s *session, _ workflow.Query) ([]row, workflow.Cursor, error) {
	all, err := s.svc.Reviews(ctx, s.me.ID, false)
	var rows []row
	for _, r := range all {
		rows = append(rows, row{subject{kind: request, number: r.Number}, []widget.Line{foreign(string(r.Number)), foreign(r.Title),
			words(r.Allowed.Words()), foreign("asked by " + r.Requestor), foreign("approved alone by " + r.UsedBy), foreign(r.Reason)}})
	}
	return rows, "", err
}

// notices reads what the person was told, once.
func (s *session) notices(string) error {
	all, err := s.svc.Notices(s.ctx, s.me.ID)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		s.out.say("You were told nothing new.")
		return nil
	}
	for _, n := range all {
		s.out.say("%s: %s", s.moment(n.At), n.Text)
	}
	if s.out.err != nil {
		return s.out.err
	}
	return s.svc.SeeNotices(s.ctx, s.me.ID, all[0].ID)
}

// seat asks whose say is given, where somebody can give more than one.
func (s *session) seat(c workflow.CaseView) (model.PersonID, error) {
	if len(c.Seats) < 2 && (len(c.Seats) == 0 || c.Seats[0] == s.me.ID) {
		return "", nil
	}
	names := make([]string, len(c.Seats))
	for i, id := range c.Seats {
		if names[i] = c.Name(id); id == s.me.ID {
			names[i] = "yourself"
		}
	}
	if len(names) == 1 {
		s.out.say("You act for %s.", names[0])
		return c.Seats[0], nil
	}
	for {
		typed, err := s.question("Whose say is it: an empty line for %s, or one of %s:", names[0], strings.Join(names, ", "))
		if err != nil {
			return "", err
		}
		if typed == "" {
			return c.Seats[0], nil
		}
		if i := indexOf(names, typed); i >= 0 {
			return c.Seats[i], nil
		}
		s.out.say("%s is none of them.", typed)
	}
}

// command runs a command of the program, as it is typed in a shell.
func (s *session) command(args string) error {
	if s.opt.Command == nil {
		return complain("There are no commands here.")
	}
	argv := model.SplitCommand(args, false)
	if len(argv) == 0 {
		return complain("Say which command: countersign help lists them.")
	}
	return s.opt.Command(s.ctx, s.me.Login, argv, s.out)
}

// Write makes what a command prints part of the session.
func (o *output) Write(b []byte) (int, error) {
	o.write(string(b))
	return len(b), o.err
}

// readSupport and readPrivacy are the pages behind the lists of the Logs tab.
func readSupport(ctx context.Context, s *session, _ workflow.Query) ([]row, workflow.Cursor, error) {
	v, err := s.svc.Support(ctx, s.me.ID)
	if err != nil {
		return nil, "", err
	}
	var rows []row
	add := func(name string, facts []model.Fact) {
		for _, f := range facts {
			rows = append(rows, row{subject{kind: entry, entry: widget.DetailContent{Title: foreign(name), Sections: []widget.Section{{Facts: []widget.Fact{fact(f.Key, f.Value)}}}}},
				[]widget.Line{words(name), foreign(f.Key + " " + f.Value)}})
		}
	}
	for _, c := range v.Checks {
		about := []widget.Fact{fact("Finding", c.Text)}
		if c.Remedy != "" {
			about = append(about, fact("What to do", c.Remedy))
		}
		rows = append(rows, row{subject{kind: entry, entry: widget.DetailContent{Title: foreign(c.Name), Sections: []widget.Section{{Facts: about}}}},
			[]widget.Line{words(string(c.State)), foreign(c.Name), foreign(c.Text)}})
	}
	add("version", v.Program)
	add("running", v.Running)
	add("queue", v.Queue)
	return rows, "", nil
}

func readPrivacy(ctx context.Context, s *session, _ workflow.Query) ([]row, workflow.Cursor, error) {
	all, err := s.svc.Privacy(ctx, s.me.ID)
	var rows []row
	for _, h := range all {
		about := []widget.Fact{fact("Of people", h.Holds), fact("Kept", h.Kept), fact("Protected", h.Sealed), fact("Seen by", h.Sees)}
		for _, w := range h.Where {
			about = append(about, fact("In "+h.File, w))
		}
		rows = append(rows, row{subject{kind: entry, entry: widget.DetailContent{Title: foreign(h.What), Sections: []widget.Section{{Facts: about}}}},
			[]widget.Line{foreign(h.What), foreign("kept " + h.Kept), foreign("in " + h.File)}})
	}
	return rows, "", err
}

// told says in the greeting that there is something to be read.
func (s *session) told() {
	all, err := s.svc.Notices(s.ctx, s.me.ID)
	if err == nil && len(all) > 0 {
		s.out.say("You were told %s: notices reads it.", counted(len(all), "thing"))
	}
}
