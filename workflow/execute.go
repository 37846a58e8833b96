package workflow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
)

// minLeft is the shortest time that the vault gives access for (PROTOCOL 12.2).
const minLeft = time.Minute

// execute carries out one queued operation (DESIGN 5). Each step is durable
// before the next: the order with its absolute end and the mark that it may have
// been sent, the service's id of it, the outcome.
func (w *Worker) execute(t *tenure, op model.Operation) error {
	if op.Kind.Decides() {
		return w.executeDecision(t, op)
	}
	ctx := WithCorrelation(WithPriority(t.ctx, PriorityDecision), op.Correlation)
	var s surroundings
	exchanged := ""
	if err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		if exchanged, err = exchangedFor(tx, op); err == nil {
			s, err = surroundingsOf(tx, op)
		}
		return err
	}); err != nil {
		return err
	}
	if exchanged != "" {
		w.log.Error("an order is not sent: "+exchanged, "operation", op.ID, store.LogCorrelation, op.Correlation)
		return w.recordRefused(t, op, "", exchanged)
	}
	order := Order{Kind: op.Kind, Intent: op.Intent}
	defer order.wipe()
	var err error
	if order.Secrets, err = w.unseal(s.sealed, op); err != nil {
		return w.recordRefused(t, op, "", err.Error())
	}
	if makesLink(op) && !w.canOpen() {
		return w.recordRefused(t, op, "", errNoRecipient.Error()+", and its identity to the worker")
	}
	if w.clockTrouble(op) != "" {
		w.vault.Health(ctx) // costs no call, and tells the time anew
		if why := w.clockTrouble(op); why != "" {
			return w.holdBack(t, op, why)
		}
	}
	facts, err := w.lookFor(ctx, order)
	if err != nil {
		return w.notRead(t, op, err)
	}
	delete(w.unread, op.ID)
	switch v := examine(op, s, facts, w.vaultNow()); v.act {
	case actDone:
		return w.recordFound(t, op, facts, v.why)
	case actRefuse:
		return w.recordRefused(t, op, "", v.why)
	case actCancel:
		return w.recordCancelled(t, op, facts, v.why)
	case actWait:
		if _, differ := w.clocksDiffer(); differ {
			return w.holdBack(t, op, v.why)
		}
		return w.putBack(t, op, model.OpQueued, w.now().Add(v.in), v.why)
	case actCleanUp:
		return w.removeOrphans(t, op, v.links)
	}
	if op.Intent.Doubtful {
		return w.recordRefused(t, op, "", doubtWords(op, facts))
	}
	if why := w.clockTrouble(op); why != "" {
		return w.holdBack(t, op, why)
	}
	return w.send(ctx, t, op, order, facts)
}

// surroundings is what an operation is looked at with.
type surroundings struct {
	plan   []model.Operation // of the same plan, in order
	others []model.Operation // of the same request, of other plans
	// rival is set while an order of another request about the same access may be
	// on its way.
	rival  bool
	sealed []store.SealedSecret
}

func surroundingsOf(tx *store.Tx, op model.Operation) (surroundings, error) {
	all, err := tx.OperationsOf(op.RequestID)
	if err != nil {
		return surroundings{}, err
	}
	var s surroundings
	for _, o := range all {
		if o.Plan == op.Plan {
			s.plan = append(s.plan, o)
		} else {
			s.others = append(s.others, o)
		}
	}
	if roleOf(op) == roleRestore {
		if s.rival, err = hasRival(tx, op); err != nil {
			return s, err
		}
	}
	if needsSecrets(op) {
		s.sealed, err = tx.Sealed(op.RequestID)
	}
	return s, err
}

// take marks the operation as sent, with the end of its time as it is counted
// from now. From here on it may have reached the vault.
func (w *Worker) take(t *tenure, op model.Operation, facts model.RecordFacts) (model.Operation, error) {
	err := w.write(t, func(tx *store.Tx) error {
		if counted(op) {
			op.Intent.Expires = op.Intent.Limit.End(tx.Now)
		}
		if op.Kind == model.OpLink {
			op.Intent.Known = op.Intent.Known[:0:0]
			for _, l := range facts.Links {
				op.Intent.Known = append(op.Intent.Known, l.ID)
			}
		}
		op.State, op.Attempts, op.Sent, op.Fence = model.OpSent, op.Attempts+1, tx.Now, t.lease.Fence
		op.ServiceID, op.Reason, op.LookingFor = "", "", ""
		return w.recordOp(tx, t, op, model.OpQueued)
	})
	return op, err
}

// counted reports whether the end of an operation's time follows from its limit
// when it is sent. What gives a standing right back has the end that it had.
func counted(op model.Operation) bool {
	return (op.Kind == model.OpGrant || op.Kind == model.OpJoin || op.Kind == model.OpLink) && !op.Intent.Restores
}

// send gives the order to the service and follows it to its outcome. Its time is
// counted from before the operation is taken: a worker that stands still right after
// that must not send it when it comes back, for another one may have.
func (w *Worker) send(ctx context.Context, t *tenure, op model.Operation, order Order, facts model.RecordFacts) error {
	sending, cancel := context.WithTimeout(ctx, w.opt.SendLimit)
	defer cancel()
	op, err := w.take(t, op, facts)
	if err != nil {
		return err
	}
	w.age(op) // counts from here
	order.Intent, order.Sent = op.Intent, op.Sent
	id, err := w.vault.Submit(sending, order)
	if err != nil {
		var e *VaultError
		if errors.As(err, &e) && e.NotSent {
			return w.notSent(t, op, model.OpSent, e)
		}
		return w.recordUnknown(t, op, troubleWords(err, "the sending broke off"), "", 0)
	}
	w.pause = pause{held: w.pause.held}
	delete(w.barred, op.ID)
	err = w.write(t, func(tx *store.Tx) error {
		op.ServiceID = id
		return w.recordOp(tx, t, op, model.OpSent)
	})
	if err != nil {
		return err
	}
	return w.follow(ctx, t, op, order, w.opt.AnswerLimit)
}

// follow waits for the answer to a sent operation and records what it proves.
// Words alone make nothing done: the vault is read as well.
func (w *Worker) follow(ctx context.Context, t *tenure, op model.Operation, order Order, limit time.Duration) error {
	waiting, cancel := context.WithTimeout(ctx, limit)
	out, err := w.vault.Await(waiting, order, op.ServiceID)
	cancel()
	if err != nil {
		return w.recordUnknown(t, op, troubleWords(err, "the service has not answered yet"), "", 0)
	}
	return w.judge(ctx, t, op, order, out)
}

// judge records an outcome, after comparing it with what the vault holds.
func (w *Worker) judge(ctx context.Context, t *tenure, op model.Operation, order Order, out Outcome) error {
	if op.Kind.Decides() {
		return w.judgeDecision(ctx, t, op, out)
	}
	defer seal.Wipe(out.Secret)
	if out.State == model.OpRefused && out.Invited {
		return w.recordInvited(t, op, out.Words)
	}
	done := op
	if out.State == model.OpDone && out.Link != "" {
		// Kept only together with the link itself: a link that nobody has is removed.
		done.Intent.Link = out.Link
	}
	facts, err := w.lookFor(ctx, order)
	if err == nil && holds(done, facts) {
		return w.recordDone(t, done, facts, out)
	}
	switch {
	case out.State == model.OpRefused:
		return w.recordRefused(t, op, out.Words, withAdvice(out))
	case out.State == model.OpUnknown && out.Trouble != nil:
		return w.recordUnknown(t, op, out.Trouble.Text, out.Words, 0)
	case out.State == model.OpUnknown:
		return w.recordUnknown(t, op, "the service's words prove nothing", out.Words, 0)
	case err != nil:
		return w.recordUnknown(t, op, "the service says it is done; the vault could not be read: "+err.Error(), out.Words, 0)
	}
	return w.recordUnknown(t, op, "the service says it is done, the vault shows "+shown(op, facts), out.Words, 0)
}

// withAdvice is what to do about a refusal, with the service's words behind it; ""
// where those words say enough.
func withAdvice(out Outcome) string {
	if out.Advice == "" {
		return ""
	}
	return out.Advice + " (the vault service: " + strings.Join(strings.Fields(out.Words), " ") + ")"
}

// maxUnread is how often the reading of a record may fail in the service's own
// words before a person has to look at the order.
const maxUnread = 6

// notRead puts an operation back whose record could not be read before it was
// sent. That reading failed says nothing about the order, also where it concerns
// this record alone; but it is not tried for ever.
func (w *Worker) notRead(t *tenure, op model.Operation, err error) error {
	var e *VaultError
	if !errors.As(err, &e) || e.Kind != VaultFailed || w.unread[op.ID]+1 >= maxUnread {
		return w.notSent(t, op, model.OpQueued, err)
	}
	again := w.now().Add(delay(w.unread[op.ID]))
	w.unread[op.ID]++
	return w.putBack(t, op, model.OpQueued, again, "the record could not be read: "+e.Error())
}

// notSent puts an operation back of which it is certain that the vault never got
// it, or refuses it where trying again would not help.
func (w *Worker) notSent(t *tenure, op model.Operation, from model.OpState, err error) error {
	if t.ctx.Err() != nil && from == model.OpQueued {
		return t.ctx.Err()
	}
	e := &VaultError{Kind: VaultUnreachable, Text: "the vault did not answer in time", Err: err}
	errors.As(err, &e)
	if from == model.OpSent {
		op.Attempts--
		op.Sent = time.Time{}
	}
	if !e.Passing() {
		return w.recordRefusedFrom(t, op, from, "", e.Error())
	}
	if e.Kind == VaultNotPermitted {
		// It concerns the orders that need this command, not the others.
		again := w.now().Add(delay(w.barred[op.ID]))
		w.barred[op.ID]++
		return w.putBack(t, op, from, again, e.Error())
	}
	w.rest(e)
	w.pause.held = append(w.pause.held, op.ID)
	return w.putBack(t, op, from, w.pause.until, e.Error())
}

// putBack queues an operation again for later.
func (w *Worker) putBack(t *tenure, op model.Operation, from model.OpState, at time.Time, why string) error {
	order := ""
	err := w.write(t, func(tx *store.Tx) error {
		c, err := caseOf(tx, op)
		if err != nil {
			return err
		}
		order = orderOf(c, op)
		op.State, op.NotBefore, op.Reason, op.ServiceID = model.OpQueued, at, why, ""
		return w.recordOp(tx, t, op, from)
	})
	return w.told(err, slog.LevelWarn, op, fmt.Sprintf("%s waits until %s: %s", order, at.UTC().Format("15:04:05 UTC"), why))
}

// troubleWords is an error's sentence, or what to say where only time ran out.
func troubleWords(err error, late string) string {
	var e *VaultError
	if errors.As(err, &e) {
		return e.Text
	}
	return late
}
