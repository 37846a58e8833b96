package plain

import (
	"context"
	"fmt"
	"strings"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/decide"
	"countersign/ui/widget"
	"countersign/workflow"
)

// decideRows decides several requests of the last list together: all of them are
// printed, with what has to be read of each, before one confirmation. Each then says
// what came of it.
func (s *session) decideRows(rows []string, v model.Verdict) error {
	var views []workflow.CaseView
	seen := map[model.Number]bool{}
	for _, word := range rows {
		sub, err := s.subjectOf(word)
		if err != nil {
			return err
		}
		if sub.kind != request && sub.kind != task {
			return complain("Row %s is decided alone: %s %s", word, v, word)
		}
		c, err := s.readCase(sub.number)
		if err != nil {
			return err
		}
		if err := c.Can(actOf(v)); err != nil {
			return fmt.Errorf("%s: %w", c.Request.Number, err)
		}
		if !seen[c.Request.Number] {
			seen[c.Request.Number] = true
			views = append(views, c)
		}
	}
	comment, err := s.comments(v, decide.ForRequests())
	if err != nil {
		return err
	}
	s.out.gap()
	for _, c := range views {
		s.out.content(widget.DetailContent{Sections: []widget.Section{casepane.Brief(c, s.options())}})
	}
	s.out.text("Your comment", comment)
	s.out.say("These are %s.", counted(len(views), "request"))
	if err := s.confirm(string(v), "all of them"); err != nil {
		return err
	}
	votes := make([]workflow.Decision, len(views))
	for i, c := range views {
		votes[i] = workflow.Decision{Number: c.Request.Number, Revision: c.Request.Revision, Digest: c.Statement(c.Request.Allowed).Digest(),
			Verdict: v, Allow: c.Request.Allowed, Comment: comment}
	}
	ctx, cancel := context.WithTimeout(s.ctx, followFor)
	defer cancel()
	for i, done := range s.svc.DecideMany(ctx, s.me.ID, votes) {
		if done.Err != nil {
			s.out.write(string(votes[i].Number) + ": ")
			s.trouble(done.Err)
			continue
		}
		s.out.line(decide.Outcome(votes[i], done).String())
	}
	return nil
}

// several splits the words of a decision into rows; nil where at most one is named.
func several(args string) []string {
	if rows := strings.Fields(args); len(rows) > 1 {
		return rows
	}
	return nil
}
