package workflow

import (
	"context"
	"fmt"

	"countersign/model"
	"countersign/store"
)

// Ask asks the requestor for information: one of those who could decide the
// request does. The time to decide it stands until Reply.
func (s *Service) Ask(ctx context.Context, actorID model.PersonID, n model.Number, question string) error {
	if err := validText("question", question); err != nil {
		return err
	}
	return s.withCase(ctx, actorID, n, model.ActAsk, func(tx *store.Tx, a model.Actor, c model.Case) error {
		if err := tx.InsertInquiry(c.Request.ID, model.Inquiry{By: a.ID, At: tx.Now, Question: question}); err != nil {
			return err
		}
		// The question is part of the statement.
		c.Request.NeedsInfo = true
		c.Request.Revision++
		if err := updateRequest(tx, c.Request, model.Requested); err != nil {
			return err
		}
		requestor := namesIn(tx)
		if err := tell(tx, []model.Person{requestor.person(c.Request.RequestedBy)}, a.ID, n, a.Short()+" asks about "+string(n)); err != nil {
			return err
		}
		err := record(tx, change{by: a.ID, object: n, correlation: c.Request.Correlation, action: "request.ask",
			detail: fmt.Sprintf("revision %d", c.Request.Revision),
			texts:  []model.AuditText{{Name: "question", Text: question}}, says: []string{"asked for information; the time to decide stands"}})
		if err != nil {
			return err
		}
		if err := say(tx, n, a.ID, model.EntryComment, question); err != nil {
			return err
		}
		return requestor.err
	})
}

// Reply answers what was asked. The time to decide runs on, and what people decide
// on is another statement now: where votes have been given they do not count any
// more, and the approval begins anew on what was asked, in its first step. Those who
// voted can vote again.
func (s *Service) Reply(ctx context.Context, actorID model.PersonID, n model.Number, answer string) error {
	if err := validText("answer", answer); err != nil {
		return err
	}
	return s.withCase(ctx, actorID, n, model.ActReply, func(tx *store.Tx, a model.Actor, c model.Case) error {
		q, asked := c.Inquiry()
		if !asked {
			return fmt.Errorf("%s needs information, but no question waits", n)
		}
		changed, err := tx.AnswerInquiry(c.Request.ID, a.ID, answer)
		if err != nil || !changed {
			return orConflict(err, n)
		}
		r := &c.Request
		r.NeedsInfo = false
		r.Revision++
		if !r.Due.IsZero() {
			r.Due = r.Due.Add(r.Policy.Stood(tx.Now.Sub(q.At)))
		}
		says := []string{"answered"}
		again := voted(c)
		if again {
			r.Allowed = r.Asked
			says = append(says, "everybody decides anew: the votes given before the answer do not count any more")
		}
		if err := updateRequest(tx, *r, model.Requested); err != nil {
			return err
		}
		err = record(tx, change{by: a.ID, object: n, correlation: r.Correlation, action: "request.reply",
			detail: fmt.Sprintf("revision %d", r.Revision), texts: []model.AuditText{{Name: "answer", Text: answer}}, says: says})
		if err != nil {
			return err
		}
		if err := say(tx, n, a.ID, model.EntryComment, answer); err != nil {
			return err
		}
		if again {
			if err := newRound(tx, c); err != nil {
				return err
			}
		}
		asker := namesIn(tx)
		if err := tell(tx, []model.Person{asker.person(q.By)}, a.ID, n, a.Short()+" has answered your question about "+string(n)); err != nil {
			return err
		}
		return asker.err
	})
}

// voted reports whether any vote counts.
func voted(c model.Case) bool {
	for _, ap := range c.Counted() {
		if len(ap.Votes) > 0 {
			return true
		}
	}
	return false
}

// newRound begins the approval anew. A step that is with another group than the
// policy's because it was given to it stays there.
func newRound(tx *store.Tx, c model.Case) error {
	first := model.Approval{}
	for _, ap := range c.Counted() {
		if ap.Step == 1 {
			first = ap
		}
		if ap.State != model.ApprovalRequested {
			continue
		}
		if err := closeApproval(tx, c.Request, ap, model.ApprovalCancelled); err != nil {
			return err
		}
	}
	rule, ok := c.Request.Policy.Step(1)
	if !ok {
		return fmt.Errorf("%s has no step 1 in its policy", c.Request.Number)
	}
	next := model.Approval{Step: 1, Round: c.Round() + 1, Group: first.Group, MovedBy: first.MovedBy}
	return openStep(tx, c, next, "now waits for "+rule.By(first.Group))
}

// validText checks what somebody has to write.
func validText(field, text string) error {
	if blank(text) {
		return Invalid{field: "say what you mean: it cannot be empty"}
	}
	return validLength(field, text)
}
