package workflow

import (
	"context"
	"fmt"
	"time"

	"countersign/model"
	"countersign/store"
)

// caseOf reads what an operation belongs to. A decision about an endpoint request
// or a device belongs to no request: its case has but the number under which people
// know it.
func caseOf(tx *store.Tx, op model.Operation) (model.Case, error) {
	if !op.Kind.Decides() {
		return loadCaseByID(tx, op.RequestID)
	}
	return model.Case{Request: model.Request{Number: op.Intent.Number, Correlation: op.Correlation}, Operations: []model.Operation{op}}, nil
}

// executeDecision sends a queued decision, unless it has become pointless or comes
// too late. Of an endpoint request nothing is read before it: the vault refuses to
// decide twice. Of a device it says nothing, so that has to wait in a fresh list.
func (w *Worker) executeDecision(t *tenure, op model.Operation) error {
	late, exchanged := "", ""
	deciding := false
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		if deciding, late, err = w.stillWanted(tx, op); err != nil || !deciding {
			return err
		}
		exchanged, err = w.svc.exchangedDecision(tx, op)
		return err
	})
	switch {
	case err != nil:
		return err
	case !deciding:
		return w.dropDecision(t, op)
	case exchanged != "":
		return w.refuseExchanged(t, op, exchanged)
	case late != "":
		return w.decided(t, op, ending{state: model.EndpointExpired, refused: late})
	}
	ctx := WithCorrelation(WithPriority(t.ctx, PriorityDecision), op.Correlation)
	if op.Kind.OnDevice() {
		s, err := w.lookDecided(ctx, op)
		if err != nil {
			return w.notRead(t, op, err)
		}
		delete(w.unread, op.ID)
		if end, ended := endOf(op, s, op.Attempts == 0); ended {
			if op.Attempts > 0 {
				end.doubt = "an earlier answer was lost, and the vault does not tell which way it went"
			}
			return w.decided(t, op, end)
		}
	}
	return w.send(ctx, t, op, Order{Kind: op.Kind}, model.RecordFacts{})
}

// refuseExchanged refuses an order that is not what was decided. The evidence of its
// request is read anew before anybody decides again.
func (w *Worker) refuseExchanged(t *tenure, op model.Operation, why string) error {
	w.log.Error("an order is not sent: "+why, "operation", op.ID, store.LogCorrelation, op.Correlation)
	if err := w.recordRefused(t, op, "", why); err != nil || op.Kind.OnDevice() {
		return err
	}
	return w.write(t, func(tx *store.Tx) error {
		e, found, err := tx.Endpoint(op.EndpointID)
		if err != nil || !found || e.State != model.EndpointPending {
			return err
		}
		e.Complete = false
		changed, err := tx.UpdateEndpoint(e, model.EndpointPending)
		if err != nil || !changed {
			return orConflict(err, e.Incident)
		}
		return nil
	})
}

// stillWanted reports whether what an operation decides is still being decided by
// it, and why it is too late, "" where it is not.
func (w *Worker) stillWanted(tx *store.Tx, op model.Operation) (bool, string, error) {
	if op.Kind.OnDevice() {
		d, found, err := tx.Device(op.DeviceID)
		return found && d.State.Open() && d.State != model.EndpointPending, "", err
	}
	e, found, err := tx.Endpoint(op.EndpointID)
	if err != nil || !found || !e.State.Open() || e.State == model.EndpointPending {
		return false, "", err
	}
	return true, lateWords(e, w.now()), nil
}

// lateWords says that the time of a request is over, "" while it is not.
func lateWords(e model.EndpointRequest, now time.Time) string {
	if e.Expires.IsZero() || now.Before(e.Expires) {
		return ""
	}
	late := "its time was over at " + clock(e.Expires)
	if e.Doubt != "" {
		late += " (" + e.Doubt + ")"
	}
	return late
}

// clock tells a time of the day, with its date.
func clock(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") }

// dropDecision ends an order that nothing waits for any more.
func (w *Worker) dropDecision(t *tenure, op model.Operation) error {
	return w.write(t, func(tx *store.Tx) error {
		from := op.State
		op.State, op.Ended, op.Reason = model.OpCancelled, tx.Now, "it has ended already"
		return w.recordOp(tx, t, op, from)
	})
}

// stand is how the vault shows what is being decided.
type stand struct {
	state model.EndpointState // pending where it waits
	gone  bool                // the vault does not have it, or does not list it any more
}

// lookDecided reads how what is being decided stands. What the service remembers is
// believed where it shows an end, which never changes; else it has to look anew
// (PROTOCOL 12.7).
func (w *Worker) lookDecided(ctx context.Context, op model.Operation) (stand, error) {
	ctx, cancel := context.WithTimeout(ctx, w.opt.ReadLimit)
	defer cancel()
	if op.Kind.OnDevice() {
		waiting, err := w.vault.Devices(ctx)
		if err != nil {
			return stand{}, err
		}
		for _, d := range waiting {
			if d.DeviceID == op.Intent.Device {
				return stand{state: model.EndpointPending}, nil
			}
		}
		return stand{gone: true}, nil
	}
	e, err := w.vault.Endpoint(ctx, op.Intent.Approval)
	if err == nil && e.State != model.EndpointPending {
		return stand{state: e.State}, nil
	}
	e, err = w.vault.EndpointNow(ctx, op.Intent.Approval)
	switch {
	case isGone(err):
		return stand{gone: true}, nil
	case err != nil:
		return stand{}, err
	}
	return stand{state: e.State}, nil
}

// wants is the state that an operation leads to.
func wants(op model.Operation) model.EndpointState {
	if op.Kind == model.OpEndpointApprove || op.Kind == model.OpDeviceApprove {
		return model.EndpointApproved
	}
	return model.EndpointDenied
}

// judgeDecision records what became of a decision, as the vault shows it. The
// service says nothing where all is well, and the same where nothing was done.
func (w *Worker) judgeDecision(ctx context.Context, t *tenure, op model.Operation, out Outcome) error {
	s, err := w.lookDecided(ctx, op)
	switch {
	case t.ctx.Err() != nil && err != nil:
		return t.ctx.Err()
	case err != nil && out.Trouble != nil:
		return w.recordUnknown(t, op, out.Trouble.Text, out.Words, 0)
	case err != nil:
		return w.recordUnknown(t, op, "the vault could not be read: "+troubleWords(err, "no answer"), out.Words, 0)
	}
	end, ended := endOf(op, s, out.State == model.OpRefused)
	end = end.doubted(op, out.Trouble == nil && out.State != model.OpRefused)
	end.answer = out.Words
	switch {
	case ended:
		return w.decided(t, op, end)
	case out.State == model.OpRefused:
		return w.recordRefused(t, op, out.Words, withAdvice(out))
	}
	return w.recordUnknown(t, op, "the service has answered, and the vault shows it waiting", out.Words, 0)
}

// reconcileDecision looks what became of a decision whose answer was lost.
func (w *Worker) reconcileDecision(t *tenure, op model.Operation) error {
	ctx := WithCorrelation(WithPriority(t.ctx, PriorityDecision), op.Correlation)
	age := w.age(op)
	said := false
	if op.ServiceID != "" && age < answersKept {
		out, err := w.askAgain(ctx, Order{Kind: op.Kind, Intent: op.Intent, Sent: op.Sent}, op.ServiceID)
		switch {
		case t.ctx.Err() != nil:
			return t.ctx.Err()
		case err == nil && out.Trouble == nil && out.State == model.OpRefused:
			return w.judgeDecision(ctx, t, op, out)
		case err != nil && !isGone(err):
			return w.stillUnknown(t, op, "no answer to service request "+op.ServiceID+" yet: "+troubleWords(err, "it is still waiting or running there"), err)
		}
		said = err == nil && out.Trouble == nil
	}
	err := w.inTurn(ctx)
	switch {
	case t.ctx.Err() != nil:
		return t.ctx.Err()
	case err != nil:
		return w.stillUnknown(t, op, "the service does not tell whether it still works on it: "+troubleWords(err, "no answer"), err)
	}
	s, err := w.lookDecided(ctx, op)
	switch {
	case t.ctx.Err() != nil:
		return t.ctx.Err()
	case err != nil:
		return w.stillUnknown(t, op, "the vault could not be read: "+troubleWords(err, "no answer"), err)
	}
	end, ended := endOf(op, s, false)
	end = end.doubted(op, said)
	if ended && op.Kind.OnDevice() && end.doubt == "" {
		end.doubt = "the service's answer was lost, and the vault does not tell which way it went"
	}
	switch {
	case ended:
		return w.decided(t, op, end)
	case age < w.opt.Settle:
		return w.recordUnknown(t, op, "the vault shows it waiting; the order may still be on its way", "", w.opt.Settle-age)
	}
	return w.decideAgain(t, op)
}

// decideAgain queues a decision once more that certainly did not happen, unless
// there is no time for it or it was sent too often.
func (w *Worker) decideAgain(t *tenure, op model.Operation) error {
	late := ""
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		_, late, err = w.stillWanted(tx, op)
		return err
	})
	switch {
	case err != nil:
		return err
	case late != "":
		return w.decided(t, op, ending{state: model.EndpointExpired, refused: "it did not happen, and " + late})
	case op.Attempts >= maxAttempts:
		return w.recordRefused(t, op, "", fmt.Sprintf("it was sent %d times, and the vault shows it waiting", op.Attempts))
	}
	return w.putBack(t, op, model.OpUnknown, w.now().Add(delay(op.Attempts-1)), "it did not happen: the vault shows it waiting, after all that the service had got before")
}
