package plain

import (
	"context"
	"slices"
	"strings"

	"countersign/model"
)

// take takes a task from its group, or an incident.
func (s *session) take(word string) error {
	sub, err := s.subjectOf(word)
	if err != nil {
		return err
	}
	if sub.kind == incident {
		if err := s.svc.AssignIncident(s.ctx, s.me.ID, sub.number, s.me.Login); err != nil {
			return err
		}
		s.out.say("%s is yours.", sub.number)
		return nil
	}
	_, t, err := s.taskOf(word)
	if err != nil {
		return err
	}
	if err := s.svc.Claim(s.ctx, s.me.ID, t.Number); err != nil {
		return err
	}
	s.open = subject{kind: task, number: t.Number}
	s.out.say("%s is yours. plan says what running it would do.", t.Number)
	return nil
}

func (s *session) release(word string) error {
	_, t, err := s.taskOf(word)
	if err != nil {
		return err
	}
	if err := s.svc.Release(s.ctx, s.me.ID, t.Number); err != nil {
		return err
	}
	s.out.say("%s is with %s again.", t.Number, t.Group)
	return nil
}

// pick chooses the record or folder that a request only described.
func (s *session) pick(word string) error {
	c, t, err := s.taskOf(word)
	if err != nil {
		return err
	}
	if err := c.Can(model.ActPick); err != nil {
		return err
	}
	s.out.text("Described as", c.Request.Target.Described)
	h, err := s.choose(c.Item.Target)
	if err != nil {
		return err
	}
	if _, err := within(s, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.svc.Pick(ctx, s.me.ID, t.Number, h.UID)
	}); err != nil {
		return err
	}
	s.out.say("%s is now about %s, %s.", t.Number, h.Title, h.UID)
	return nil
}

// answer sends what was found to whoever asked for a search.
func (s *session) answer(word string) error {
	c, t, err := s.taskOf(word)
	if err != nil {
		return err
	}
	if err := c.Can(model.ActAnswer); err != nil {
		return err
	}
	wanted, _ := c.Request.Answer(model.FieldWords)
	s.out.text("Looked for", wanted)
	var hits []model.UID
	for {
		h, err := s.choose(c.Item.Target)
		if err == errNoneFits {
			break
		}
		if err != nil {
			return err
		}
		hits = append(hits, h.UID)
		again, err := s.question("Another one? yes, or an empty line for no:")
		if err != nil {
			return err
		}
		if !strings.EqualFold(again, "yes") {
			break
		}
	}
	note, err := s.written("Note for who asked:", len(hits) == 0)
	if err != nil {
		return err
	}
	s.out.say("%s answers %s with %s.", t.Number, c.Request.RequestedFor, counted(len(hits), string(c.Item.Target)))
	if err := s.confirm("answer", string(t.Number)); err != nil {
		return err
	}
	if _, err := within(s, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.svc.Answer(ctx, s.me.ID, t.Number, hits, note)
	}); err != nil {
		return err
	}
	s.out.say("%s is answered.", t.Number)
	return nil
}

// closeWork closes a task or an incident by hand.
func (s *session) closeWork(word string) error {
	sub, err := s.subjectOf(word)
	if err != nil {
		return err
	}
	if sub.kind == incident {
		return s.closeIncident(sub.number)
	}
	c, t, err := s.taskOf(word)
	if err != nil {
		return err
	}
	ways := []struct {
		name   string
		act    model.Action
		state  model.TaskState
		needed bool
	}{
		{"complete", model.ActComplete, model.TaskClosedComplete, false},
		{"incomplete", model.ActIncomplete, model.TaskClosedIncomplete, true},
		{"skipped", model.ActSkip, model.TaskClosedSkipped, true},
	}
	how, err := s.question("How did it end: complete (done elsewhere), incomplete (cannot be done) or skipped (not needed any more)?")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(ways, func(w struct {
		name   string
		act    model.Action
		state  model.TaskState
		needed bool
	}) bool {
		return w.name == strings.ToLower(how)
	})
	if i < 0 {
		return complain("%s is none of complete, incomplete, skipped.", how)
	}
	way := ways[i]
	if err := c.Can(way.act); err != nil {
		return err
	}
	reason, err := s.written("Reason, which the requestor reads:", way.needed)
	if err != nil {
		return err
	}
	s.out.say("%s is closed as %s. Nothing is done in the vault.", t.Number, way.name)
	if err := s.confirm("close", string(t.Number)); err != nil {
		return err
	}
	if err := s.svc.CloseTask(s.ctx, s.me.ID, t.Number, way.state, reason); err != nil {
		return err
	}
	s.out.say("%s is %s.", t.Number, way.state.Words())
	return nil
}

func (s *session) closeIncident(n model.Number) error {
	comment, err := s.written("Comment that closes it:", true)
	if err != nil {
		return err
	}
	if err := s.svc.CloseIncident(s.ctx, s.me.ID, n, comment); err != nil {
		return err
	}
	s.out.say("%s is closed.", n)
	return nil
}

func (s *session) reopen(word string) error {
	sub, err := s.subjectOf(word)
	if err != nil {
		return err
	}
	if sub.kind != incident {
		return complain("Only an incident is opened again.")
	}
	why, err := s.written("Why:", true)
	if err != nil {
		return err
	}
	if err := s.svc.ReopenIncident(s.ctx, s.me.ID, sub.number, why); err != nil {
		return err
	}
	s.out.say("%s is open again.", sub.number)
	return nil
}

// look looks again for the outcome of an order.
func (s *session) look(word string) error {
	sub, err := s.subjectOf(word)
	if err != nil {
		return err
	}
	if sub.kind != operation {
		return complain("list unknown shows the orders that are looked for.")
	}
	if err := s.svc.LookAgain(s.ctx, s.me.ID, sub.id); err != nil {
		return err
	}
	s.out.say("It is looked for again now.")
	return nil
}
