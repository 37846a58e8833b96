package workflow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"countersign/model"
	"countersign/store"
)

// answersKept is how long the service keeps the answer to an order (PROTOCOL 9.3).
const answersKept = time.Hour

// maxAttempts is how often an order is sent that the vault never shows, before a
// person has to look at it.
const maxAttempts = 5

// reconcile looks what became of an operation whose outcome is not known
// (PROTOCOL 13): by the service's answer where that can still be had, else by
// reading the vault once nothing of ours can run any more. It never guesses:
// while it is not certain, the operation stays unknown and is looked at again.
func (w *Worker) reconcile(t *tenure, op model.Operation) error {
	ctx := WithCorrelation(WithPriority(t.ctx, PriorityPerson), op.Correlation)
	age := w.now().Sub(op.Sent)
	if op.ServiceID != "" && age < answersKept {
		out, err := w.askAgain(ctx, op)
		switch {
		case t.ctx.Err() != nil:
			return t.ctx.Err()
		case err == nil && out.State != model.OpUnknown:
			return w.judge(ctx, t, op, out)
		case err != nil && !isGone(err):
			return w.stillUnknown(t, op, "no answer to service request "+op.ServiceID+" yet: "+troubleWords(err, "it is still waiting or running there"), err)
		}
	}
	idle, err := w.vault.Idle(ctx)
	switch {
	case t.ctx.Err() != nil:
		return t.ctx.Err()
	case err != nil:
		return w.stillUnknown(t, op, "the service does not tell whether it still works on it: "+troubleWords(err, "no answer"), err)
	}
	// The record is read after the queue was seen empty: an order that is not
	// there then cannot come any more.
	facts, err := w.look(ctx, op.Intent.Record)
	switch {
	case t.ctx.Err() != nil:
		return t.ctx.Err()
	case err != nil:
		return w.stillUnknown(t, op, "the vault could not be read: "+troubleWords(err, "no answer"), err)
	case holds(op, facts):
		return w.recordDone(t, op, facts, op.Reason, "found in the vault: "+op.Intent.Email+" has "+facts.Share(op.Intent.Email).Words())
	case !idle:
		return w.stillUnknown(t, op, "the vault does not show it; the service is still working, and the order may be waiting in its queue", nil)
	case age < w.opt.Settle:
		return w.recordUnknown(t, op, "the vault does not show it; the order may still be on its way", "", w.opt.Settle-age)
	}
	return w.notDone(t, op, facts)
}

// answerLook is how long an answer is waited for that should have been there
// before: one that is ready comes at the first look.
const answerLook = 2 * time.Second

// askAgain fetches the service's answer to an order once more.
func (w *Worker) askAgain(ctx context.Context, op model.Operation) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, answerLook)
	defer cancel()
	return w.vault.Await(ctx, op.Kind, op.Intent, op.ServiceID)
}

// isGone reports whether the service has forgotten what was asked for.
func isGone(err error) bool {
	var e *VaultError
	return errors.As(err, &e) && e.Kind == VaultGone
}

// stillUnknown notes what is being looked for. Trouble that concerns every
// command makes the whole outbox rest.
func (w *Worker) stillUnknown(t *tenure, op model.Operation, looking string, err error) error {
	var e *VaultError
	if errors.As(err, &e) && e.Passing() {
		w.rest(e)
	}
	return w.recordUnknown(t, op, looking, "", 0)
}

// notDone records that an order certainly did not happen: it is queued again, or
// refused where its time is over or the vault never shows it.
func (w *Worker) notDone(t *tenure, op model.Operation, facts model.RecordFacts) error {
	now := w.now()
	share := facts.Share(op.Intent.Email)
	if late, why := tooLate(op, now); late {
		return w.recordRefused(t, op, "", "it did not happen, and "+why)
	}
	if op.Attempts >= maxAttempts {
		return w.recordRefused(t, op, "", fmt.Sprintf("it was sent %d times, and the vault shows %s with %s",
			op.Attempts, op.Intent.Email, share.Words()))
	}
	order := ""
	err := w.write(t, func(tx *store.Tx) error {
		c, err := loadCaseByID(tx, op.RequestID)
		if err != nil {
			return err
		}
		order = orderOf(c, op)
		op.State, op.LookingFor, op.ServiceID = model.OpQueued, "", ""
		op.NotBefore = tx.Now.Add(delay(op.Attempts - 1))
		op.Reason = fmt.Sprintf("it did not happen: %s has %s, and nothing waits in the service's queue", op.Intent.Email, share.Words())
		if err := w.recordOp(tx, t, op, model.OpUnknown); err != nil {
			return err
		}
		return settled(tx, c, op, "sent again: "+op.Intent.Words(op.Kind)+": "+op.Reason, "")
	})
	return w.told(err, slog.LevelWarn, op, order+" is sent again: "+op.Reason)
}
