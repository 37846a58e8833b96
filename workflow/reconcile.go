package workflow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"countersign/model"
	"countersign/store"
)

// answersKept is how long the service keeps the answer to an order (PROTOCOL 9.3).
const answersKept = time.Hour

// maxAttempts is how often an order is sent that the vault never shows, before a
// person has to look at it.
const maxAttempts = 5

// sighting is since when this process knows that an order may be under way that was
// sent at some time, which is by the clock.
type sighting struct{ sent, since time.Time }

// age is for how long an order has been under way at least. What the clock shows does
// not matter, which somebody may have set since: it counts from when this process sent
// it or saw first that another one had.
func (w *Worker) age(op model.Operation) time.Duration {
	seen, known := w.seen[op.ID]
	if !known || !seen.sent.Equal(op.Sent) {
		seen = sighting{sent: op.Sent, since: w.opt.Steady()}
		w.seen[op.ID] = seen
	}
	return w.opt.Steady().Sub(seen.since)
}

// reconcile looks what became of an operation whose outcome is not known
// (PROTOCOL 13): by the service's answer where that can still be had, else by
// reading the vault. What arrives later runs later (PROTOCOL 9), so a read that
// begins when the order must have arrived shows what it did; that the queue is empty
// need not be waited for, which may be long where others keep the service busy. It
// never guesses: while it is not certain, the operation stays unknown and is looked
// at again.
func (w *Worker) reconcile(t *tenure, op model.Operation) error {
	if op.Kind.Decides() {
		return w.reconcileDecision(t, op)
	}
	ctx := WithCorrelation(WithPriority(t.ctx, PriorityPerson), op.Correlation)
	age := w.age(op)
	order, err := w.asSent(t, op)
	if err != nil {
		return err
	}
	defer order.wipe()
	if op.ServiceID != "" && age < answersKept {
		out, err := w.askAgain(ctx, order, op.ServiceID)
		switch {
		case t.ctx.Err() != nil:
			return t.ctx.Err()
		case err == nil && out.State != model.OpUnknown:
			return w.judge(ctx, t, op, order, out)
		case err != nil && !isGone(err):
			return w.stillUnknown(t, op, "no answer to service request "+op.ServiceID+" yet: "+troubleWords(err, "it is still waiting or running there"), err)
		}
	}
	if order.lacks() && age < answersKept {
		return w.stillUnknown(t, op, "what it was to write cannot be opened, so it cannot be compared: give the worker the identity it is sealed to", nil)
	}
	err = w.inTurn(ctx)
	switch {
	case t.ctx.Err() != nil:
		return t.ctx.Err()
	case err != nil:
		return w.stillUnknown(t, op, "the service does not tell whether it still works on it: "+troubleWords(err, "no answer"), err)
	}
	facts, err := w.lookFor(ctx, order)
	switch {
	case t.ctx.Err() != nil:
		return t.ctx.Err()
	case err != nil:
		return w.stillUnknown(t, op, "the vault could not be read: "+troubleWords(err, "no answer"), err)
	case holds(op, facts):
		return w.recordEnd(t, op, facts, Outcome{Words: op.Reason}, "found in the vault: "+hasNow(op, facts))
	case op.Kind == model.OpCreate && len(facts.Marked) > 0:
		return w.recordRefused(t, op, "", notAgain(op, facts))
	case zoneWords(op, facts) != "":
		// It stands, and sending it again would change nothing.
		return w.stillUnknown(t, op, "the vault shows "+shown(op, facts), nil)
	case age < w.opt.Settle:
		return w.recordUnknown(t, op, "the vault does not show it; the order may still be on its way", "", w.opt.Settle-age)
	}
	if why, err := w.restoredSince(t, op); err != nil || why != "" {
		if err != nil {
			return err
		}
		return w.recordRefused(t, op, "", "the vault shows "+shown(op, facts)+"; "+why+": look at it, then run the plan again")
	}
	if op.Kind == model.OpUpdate && facts.Revision != op.Intent.Update.Revision {
		return w.recordRefused(t, op, "", changedWords(order, facts))
	}
	if orphans := orphansOf(op, facts); len(orphans) > 0 {
		return w.removeOrphans(t, op, orphans)
	}
	return w.notDone(t, op, facts)
}

// restoredSince is beforeRestore for an order.
func (w *Worker) restoredSince(t *tenure, op model.Operation) (why string, err error) {
	err = w.db.Read(t.ctx, func(tx *store.Tx) error {
		why, err = beforeRestore(tx, func(r Restoration) bool { return r.sentBefore(op) })
		return err
	})
	return why, err
}

// changedWords says that a record was changed, and not or not only by the order,
// or that nobody can tell by what.
func changedWords(order Order, facts model.RecordFacts) string {
	planned := order.Intent.Update.Revision
	if order.lacks() {
		return fmt.Sprintf("the record was planned on revision %d and is at %d; whether by this cannot be told, since what it was to write cannot be opened any more: look at it in the vault",
			planned, facts.Revision)
	}
	return fmt.Sprintf("somebody changed the record: it was planned on revision %d, is at %d, and does not hold what was ordered: look at it in the vault, then plan again",
		planned, facts.Revision)
}

// asSent is an operation as it was sent, with its sealed answers.
func (w *Worker) asSent(t *tenure, op model.Operation) (Order, error) {
	order := Order{Kind: op.Kind, Intent: op.Intent, Sent: op.Sent}
	var s surroundings
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		s, err = surroundingsOf(tx, op)
		return err
	})
	if err != nil {
		return order, err
	}
	// Without them it is not known for long what became of it (Order.lacks).
	if order.Secrets, err = w.unseal(s.sealed, op); err != nil {
		w.log.Warn("sealed answers cannot be opened", "operation", op.ID, "error", err, store.LogCorrelation, op.Correlation)
	}
	return order, nil
}

// inTurn asks whether the service works in turn. Others wait while it is asked, so
// that a minute of "too many" is not waited out here.
func (w *Worker) inTurn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, w.opt.ReadLimit)
	defer cancel()
	return w.vault.InTurn(ctx)
}

// orphansOf lists the links that an order left whose answer was lost: nobody can
// have seen them. Those are all that were not there right before it was sent. When
// they were made is no evidence: the service tells it by the clock of its host.
func orphansOf(op model.Operation, facts model.RecordFacts) []model.LinkID {
	if op.Kind != model.OpLink {
		return nil
	}
	var orphans []model.LinkID
	for _, l := range facts.Links {
		if !slices.Contains(op.Intent.Known, l.ID) {
			orphans = append(orphans, l.ID)
		}
	}
	return orphans
}

// cleanUp ends the names of plans that remove what an order to make a link left.
const cleanUp = ".cleanup"

// cleanUpOf names the plan that removes what an order to make a link left.
func cleanUpOf(op model.Operation) string { return op.Plan + cleanUp }

// removeOrphans queues the removal of links that nobody can have seen, and the
// order for a new one behind it, but not for ever.
func (w *Worker) removeOrphans(t *tenure, op model.Operation, orphans []model.LinkID) error {
	return w.write(t, func(tx *store.Tx) error {
		c, err := loadCaseByID(tx, op.RequestID)
		if err != nil {
			return err
		}
		seq := 1
		for _, o := range c.Operations {
			if o.Plan == cleanUpOf(op) {
				seq = max(seq, o.Seq+1)
			}
		}
		for i, id := range orphans {
			intent := op.Intent
			intent.Link, intent.Known = id, nil
			if _, err := tx.InsertOperation(model.Operation{RequestID: op.RequestID, Plan: cleanUpOf(op), Seq: seq + i, Kind: model.OpUnlink,
				Intent: intent, State: model.OpQueued, Correlation: op.Correlation, RequestedBy: model.System,
				Created: tx.Now, Updated: tx.Now}); err != nil {
				return err
			}
		}
		from := op.State
		if op.Attempts >= maxAttempts {
			op.State, op.Ended, op.LookingFor = model.OpRefused, tx.Now, ""
			op.Reason = fmt.Sprintf("the link was made %d times and its address lost each time: the last one is removed, too", op.Attempts)
			if err := w.recordOp(tx, t, op, from); err != nil {
				return err
			}
			if err := settled(tx, c, op, "refused: "+op.Intent.Words(op.Kind)+": "+op.Reason, ""); err != nil {
				return err
			}
			return w.giveUp(tx, c, op)
		}
		op.State, op.LookingFor, op.ServiceID, op.NotBefore = model.OpQueued, "", "", tx.Now
		op.Reason = "a link was made whose address is lost: it is removed, and another one made"
		if err := w.recordOp(tx, t, op, from); err != nil {
			return err
		}
		return settled(tx, c, op, op.Reason, "")
	})
}

// askAgain fetches the service's answer to an order once more.
func (w *Worker) askAgain(ctx context.Context, order Order, serviceID string) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, w.opt.LookLimit)
	defer cancel()
	return w.vault.Await(ctx, order, serviceID)
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
	if errors.As(err, &e) && e.Passing() && e.Kind != VaultNotPermitted {
		w.rest(e)
	}
	return w.recordUnknown(t, op, looking, "", 0)
}

// mayHaveEnded reports whether an order that was sent, and of which the vault shows
// nothing, may have given access whose time is over, by a clock of the vault's host that
// is not known to be apart from ours. The vault forgets that.
func mayHaveEnded(op model.Operation, now time.Time) bool {
	return counted(op) && op.Kind != model.OpLink && op.Attempts > 0 && !op.Intent.Expires.IsZero() && !now.Add(clocksApart).Before(op.Intent.Expires)
}

// notDone records that an order certainly did not happen: it is queued again, or
// refused where its time is over or the vault never shows it.
func (w *Worker) notDone(t *tenure, op model.Operation, facts model.RecordFacts) error {
	now := w.vaultNow()
	if mayHaveEnded(op, now) {
		return w.recordRefused(t, op, "", fmt.Sprintf("whether it happened cannot be told any more: what it was to give would have ended at %s, and the vault shows %s",
			clock(op.Intent.Expires), shown(op, facts)))
	}
	if late, why := tooLate(op, now); late {
		return w.recordRefused(t, op, "", "it did not happen, and "+why)
	}
	if op.Attempts >= maxAttempts {
		return w.recordRefused(t, op, "", fmt.Sprintf("it was sent %d times, and the vault shows %s",
			op.Attempts, shown(op, facts)))
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
		op.Reason = fmt.Sprintf("it did not happen: the vault shows %s, after all that the service had got before", shown(op, facts))
		if err := w.recordOp(tx, t, op, model.OpUnknown); err != nil {
			return err
		}
		return settled(tx, c, op, "sent again: "+op.Intent.Words(op.Kind)+": "+op.Reason, "")
	})
	return w.told(err, slog.LevelWarn, op, order+" is sent again: "+op.Reason)
}
