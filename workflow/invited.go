package workflow

import (
	"fmt"
	"log/slog"
	"time"

	"countersign/model"
	"countersign/store"
)

// How often an invited person is looked after, and for how long.
const (
	firstInvitedLook = 10 * time.Minute
	lastInvitedLook  = 6 * time.Hour
	invitedPatience  = 14 * 24 * time.Hour
	// invitedReminder is when the requestor is reminded, once.
	invitedReminder = 3 * 24 * time.Hour
)

// recordInvited records that the vault invited the person instead of giving them
// the access. The order is repeated until they have accepted.
func (w *Worker) recordInvited(t *tenure, op model.Operation, words string) error {
	order, level, first := "", slog.LevelInfo, false
	err := w.write(t, func(tx *store.Tx) error {
		from := op.State
		c, err := loadCaseByID(tx, op.RequestID)
		if err != nil {
			return err
		}
		order = orderOf(c, op)
		g, err := grantOf(tx, c, op)
		if err != nil {
			return err
		}
		waited := tx.Now.Sub(g.Since)
		op.State, op.NotBefore, op.ServiceID, op.LookingFor = model.OpScheduled, tx.Now.Add(invitedLook(waited)), "", ""
		op.Reason, op.Sent = op.Intent.Email+" has been invited to Keeper and has not accepted yet", time.Time{}
		said := ""
		if g.ID == 0 {
			first = true
			said = op.Intent.Email + " has been invited to Keeper: the access follows when the invitation is accepted"
			g.State, g.Until = model.GrantPending, time.Time{}
			g.Note = "waits until the invitation is accepted"
			if op.GrantID, err = tx.InsertGrant(g); err != nil {
				return err
			}
		}
		if waited >= invitedReminder && waited < invitedPatience {
			if err := sayOnce(tx, g.Number, model.EntryComment, fmt.Sprintf("%s has not accepted the invitation to Keeper yet: it is in their mail. The access follows when they have accepted it, until %s",
				op.Intent.Email, g.Since.Add(invitedPatience).UTC().Format("2006-01-02"))); err != nil {
				return err
			}
		}
		if waited < invitedPatience {
			if err := w.recordOp(tx, t, op, from); err != nil || said == "" {
				return err
			}
			return settled(tx, c, op, said, words)
		}
		first, level = true, slog.LevelWarn
		op.State, op.Ended = model.OpRefused, tx.Now
		op.Reason = fmt.Sprintf("the invitation was not accepted within %s", model.FormatDuration(invitedPatience))
		if err := w.recordOp(tx, t, op, from); err != nil {
			return err
		}
		if err := settled(tx, c, op, "refused: "+op.Intent.Words(op.Kind)+": "+op.Reason, words); err != nil {
			return err
		}
		return w.giveUp(tx, c, op)
	})
	if !first {
		return err // said before
	}
	return w.told(err, level, op, fmt.Sprintf("%s is %s: %s", order, op.State, op.Reason))
}

// invitedLook is how long to wait before an invited person is tried again: half
// of the time already waited, within bounds.
func invitedLook(waited time.Duration) time.Duration {
	return min(max(waited/2, firstInvitedLook), lastInvitedLook)
}

// notWaitedFor closes the task that waited for an invitation to be accepted, since
// the access is not wanted any more.
func notWaitedFor(tx *store.Tx, a model.Actor, c model.Case, g model.Grant) error {
	t, open := c.OpenTask()
	if g.State != model.GrantPending || !open || t.Kind != model.TaskFulfil {
		return nil
	}
	return closeTask(tx, a.ID, c, t, model.TaskClosedSkipped, "the access was given back before the invitation was accepted")
}
