package plain

import (
	"countersign/model"
	"countersign/ui/casepane"
	"countersign/workflow"
)

func (s *session) comment(word string) error { return s.talk(word, model.EntryComment) }

func (s *session) note(word string) error { return s.talk(word, model.EntryNote) }

// talk writes a comment or a work note.
func (s *session) talk(word string, k model.EntryKind) error {
	sub, err := s.subjectOf(word)
	if err != nil {
		return err
	}
	says := "Comment, which everybody reads who sees the request:"
	if k == model.EntryNote {
		says = "Work note, for those who carry it out:"
	}
	if sub.kind == incident {
		says = "Note on the incident:"
	}
	text, err := s.written(says, true)
	if err != nil {
		return err
	}
	switch sub.kind {
	case incident:
		err = s.svc.NoteIncident(s.ctx, s.me.ID, sub.number, text)
	case request, task, grant, operation:
		err = s.svc.Comment(s.ctx, s.me.ID, sub.number, k, text)
	default:
		return complain("Nothing can be written there.")
	}
	if err != nil {
		return err
	}
	s.out.say("Kept with %s.", sub.number)
	return nil
}

// withdraw closes a request of the person's own.
func (s *session) withdraw(word string) error {
	c, _, err := s.caseOf(word)
	if err != nil {
		return err
	}
	if err := c.Can(model.ActWithdraw); err != nil {
		return err
	}
	reason, err := s.written("Reason, for those who would have decided, if you like:", false)
	if err != nil {
		return err
	}
	s.out.say("%s, %s: it is closed. To have it after all takes a new request.", c.Request.Number, casepane.Subject(
		casepane.Row{RequestRow: workflow.RequestRow{Item: c.Request.Item, Target: c.Request.Target, Asked: c.Request.Asked}}))
	if err := s.confirm("withdraw", string(c.Request.Number)); err != nil {
		return err
	}
	if err := s.svc.Withdraw(s.ctx, s.me.ID, c.Request.Number, reason); err != nil {
		return err
	}
	s.out.say("%s is withdrawn.", c.Request.Number)
	return nil
}
