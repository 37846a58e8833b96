package workflow

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// settled writes what happened to an operation into the audit chain and the
// timeline: in our words, and in those of the service beside them.
func settled(tx *store.Tx, c model.Case, op model.Operation, said, words string) error {
	ch := change{by: model.System, object: c.Request.Number, correlation: op.Correlation, action: "operation." + string(op.State),
		detail: fmt.Sprintf("operation %d %s plan %s step %d attempt %d on %s", op.ID, op.Kind, op.Plan, op.Seq, op.Attempts, op.Intent.Object())}
	if said != "" {
		ch.says = []string{said}
		ch.texts = []model.AuditText{{Name: "outcome", Text: said}}
	}
	if words = strings.TrimSpace(words); words != "" {
		ch.texts = append(ch.texts, model.AuditText{Name: "service", Text: words})
	}
	if err := record(tx, ch); err != nil || words == "" {
		return err
	}
	return say(tx, c.Request.Number, model.System, model.EntryNote, "the vault service: "+words)
}

// recordFound records that what was wanted stands, found by reading the vault
// where the service said nothing or nothing was sent.
func (w *Worker) recordFound(t *tenure, op model.Operation, facts model.RecordFacts, found string) error {
	return w.recordEnd(t, op, facts, Outcome{}, found)
}

// recordDone records that what was wanted stands, as the service said and the
// vault shows.
func (w *Worker) recordDone(t *tenure, op model.Operation, facts model.RecordFacts, out Outcome) error {
	return w.recordEnd(t, op, facts, out, "")
}

func (w *Worker) recordEnd(t *tenure, op model.Operation, facts model.RecordFacts, out Outcome, found string) error {
	var link store.SealedSecret
	if len(out.Secret) > 0 {
		var err error
		if link, err = w.svc.sealFor(op.Intent.Number, model.FieldLink, out.Secret); err != nil {
			return err
		}
	}
	order := ""
	err := w.write(t, func(tx *store.Tx) error {
		from, words := op.State, out.Words
		c, err := loadCaseByID(tx, op.RequestID)
		if err != nil {
			return err
		}
		order = orderOf(c, op)
		op.State, op.Ended, op.Evidence, op.Reason, op.LookingFor = model.OpDone, tx.Now, words, "", ""
		if words == "" {
			op.Evidence = found
		}
		if link.Body != nil {
			link.RequestID = op.RequestID
			if _, err := tx.InsertSealed(link); err != nil {
				return err
			}
			// Nobody sees it any more once its time is over.
			if _, err := tx.ScheduleWipeOf(op.RequestID, model.FieldLink, linkEnd(op, facts)); err != nil {
				return err
			}
		}
		if op.Kind == model.OpCreate {
			if err := created(tx, c, &op, facts); err != nil {
				return err
			}
		}
		if roleOf(op) == roleFulfil && (op.Kind.Gives() || destroys(op)) && holds(op, facts) {
			if op.GrantID, err = stands(tx, c, op, facts); err != nil {
				return err
			}
		}
		if roleOf(op) == roleFulfil && (op.Kind == model.OpRemove || op.Kind == model.OpLeave) {
			if err := taken(tx, op, c.Request.Number); err != nil {
				return err
			}
		}
		if err := w.recordOp(tx, t, op, from); err != nil {
			return err
		}
		said := "done: " + op.Intent.Words(op.Kind)
		if found != "" {
			said += " (" + found + ")"
		}
		if err := settled(tx, c, op, said, words); err != nil {
			return err
		}
		return w.followUp(tx, op, facts)
	})
	if err == nil && (op.Kind == model.OpCreate || op.Kind == model.OpUpdate) {
		nudge(w.readNow) // there is a title that the index does not have
	}
	return w.told(err, slog.LevelInfo, op, order+" is done")
}

// linkEnd is when the link that an order made ends.
func linkEnd(op model.Operation, facts model.RecordFacts) time.Time {
	if l, ok := facts.Link(op.Intent.Link); ok && !l.Expires.IsZero() {
		return l.Expires
	}
	if op.Kind == model.OpCreate {
		return op.Sent.Add(op.Intent.Create.Destroys)
	}
	return op.Intent.Expires
}

// created tells the steps that follow in a plan which record was made, and the
// task, where it was to find one. Where the record is not as ordered, nothing
// more of the plan is done.
func created(tx *store.Tx, c model.Case, op *model.Operation, facts model.RecordFacts) error {
	op.Intent.Record = facts.UID
	if facts.Unlike != "" {
		// An unknown folder means the root to the service, without a word, and
		// values that do not fit are dropped (PROTOCOL 8, 12.5).
		if err := say(tx, c.Request.Number, model.System, model.EntryNote, unlikeWords(facts)); err != nil {
			return err
		}
		if err := cancelRest(tx, c, *op, "the record is not as ordered: "+facts.Unlike); err != nil {
			return err
		}
	}
	if err := pickCreated(tx, c, *op, facts); err != nil || facts.Unlike != "" {
		return err
	}
	for _, o := range c.Operations {
		if o.Plan != op.Plan || o.Seq <= op.Seq || o.State != model.OpQueued || o.Intent.Record != "" {
			continue
		}
		o.Intent.Record, o.Intent.Title = facts.UID, facts.Title
		if changed, err := tx.UpdateOperation(o, model.OpQueued); err != nil || !changed {
			return orConflict(err, c.Request.Number)
		}
	}
	return nil
}

// unlikeWords says that a new record is not as ordered, and what to do.
func unlikeWords(facts model.RecordFacts) string {
	return fmt.Sprintf("the new record %s is not as ordered: %s; put it right in the vault, then run the plan again", facts.UID, facts.Unlike)
}

// pickCreated makes a new record the target of a task that was to find one.
func pickCreated(tx *store.Tx, c model.Case, op model.Operation, facts model.RecordFacts) error {
	item, _ := model.FindItem(c.Request.Item)
	if item.Creates() {
		return nil // its target is the folder
	}
	for _, t := range c.Tasks {
		if t.ID == op.TaskID && !t.State.Closed() {
			t.Picked = model.Target{Kind: model.TargetRecord, UID: facts.UID, Title: facts.Title, Type: facts.Type}
			return updateTask(tx, t)
		}
	}
	return nil
}

// followUp does what follows from an operation that is done: the task is
// complete when all that gives access is, a grant has ended when all that takes
// it back is.
func (w *Worker) followUp(tx *store.Tx, op model.Operation, facts model.RecordFacts) error {
	has := hasNow(op, facts)
	c, err := loadCaseByID(tx, op.RequestID)
	if err != nil {
		return err
	}
	switch roleOf(op) {
	case roleFulfil:
		if c.Request.Item == model.ItemRevoke {
			return w.afterTaking(tx, c, op)
		}
		// A changed record is not what the task is for, and one that is not as
		// ordered is for a person to put right.
		if op.Kind == model.OpUpdate || facts.Unlike != "" || !allDone(c, op, roleFulfil) {
			return nil
		}
		for _, task := range c.Tasks {
			if task.ID == op.TaskID && !task.State.Closed() {
				return closeTask(tx, model.System, c, task, model.TaskClosedComplete, has)
			}
		}
	case roleReturn:
		if !allDone(c, op, roleReturn) {
			return nil
		}
		if err := endGrant(tx, op.GrantID, model.GrantRevoked, "given back or revoked: "+has); err != nil {
			return err
		}
		if task, open := c.OpenTask(); open && task.Kind == model.TaskRevoke {
			return closeTask(tx, model.System, c, task, model.TaskClosedComplete, has)
		}
	case roleRestore:
		return endGrant(tx, op.GrantID, model.GrantEnded, has)
	}
	return nil
}

// hasNow is the one sentence in which an order that is done is told.
func hasNow(op model.Operation, facts model.RecordFacts) string {
	switch op.Kind {
	case model.OpLink:
		return "the link is ready; who asked for it can see it, once"
	case model.OpUnlink:
		return "the link is gone"
	case model.OpCreate:
		return fmt.Sprintf("%q is in the vault (%s)", facts.Title, facts.UID)
	case model.OpUpdate:
		return fmt.Sprintf("%q is changed (revision %d)", facts.Title, facts.Revision)
	case model.OpDefaults:
		return fmt.Sprintf("%s has %s; members have %s on records that are put in later", op.Intent.Who(), facts.Share(op.Intent.Email).Words(), facts.Default)
	}
	return op.Intent.Who() + " has " + facts.Share(op.Intent.Email).Words()
}

// allDone reports whether every operation of the plan with that role is done, or
// was found to be pointless.
func allDone(c model.Case, op model.Operation, r role) bool {
	for _, o := range c.Operations {
		if o.Plan == op.Plan && roleOf(o) == r && o.State != model.OpDone && o.State != model.OpCancelled {
			return false
		}
	}
	return true
}

// recordRefused records that the vault or a check of ours said no: nothing was
// done, and nothing more of the plan will be.
func (w *Worker) recordRefused(t *tenure, op model.Operation, words, why string) error {
	return w.recordRefusedFrom(t, op, op.State, words, why)
}

func (w *Worker) recordRefusedFrom(t *tenure, op model.Operation, from model.OpState, words, why string) error {
	order := ""
	err := w.write(t, func(tx *store.Tx) error {
		c, err := caseOf(tx, op)
		if err != nil {
			return err
		}
		order = orderOf(c, op)
		op.State, op.Ended, op.Reason, op.LookingFor = model.OpRefused, tx.Now, strings.TrimSpace(words), ""
		if why != "" {
			op.Reason = why
		}
		if err := w.recordOp(tx, t, op, from); err != nil {
			return err
		}
		if err := settled(tx, c, op, "refused: "+op.Intent.Words(op.Kind)+": "+op.Reason, words); err != nil {
			return err
		}
		if op.Kind.Decides() {
			return reopenDecided(tx, op)
		}
		return w.giveUp(tx, c, op)
	})
	return w.told(err, slog.LevelWarn, op, order+" is refused: "+op.Reason)
}

// giveUp ends the plan of a refused operation: what waits is cancelled, what was
// taken is given back, and a person sees it.
func (w *Worker) giveUp(tx *store.Tx, c model.Case, op model.Operation) error {
	if op.Kind == model.OpDefaults {
		return nil // the access stands, and what gives the standing right back after it
	}
	if err := cancelRest(tx, c, op, "an earlier step was refused"); err != nil {
		return err
	}
	if roleOf(op) == roleFulfil {
		if op.GrantID != 0 {
			if err := endGrant(tx, op.GrantID, model.GrantEnded, op.Reason); err != nil {
				return err
			}
		}
		return w.makeGood(tx, c, op)
	}
	if _, open := c.OpenTask(); open {
		return nil // whoever has it reads the reason there
	}
	return openTask(tx, c.Request, model.TaskRevoke)
}

// cancelRest cancels what waits of an operation's plan.
func cancelRest(tx *store.Tx, c model.Case, op model.Operation, why string) error {
	rest := c
	rest.Operations = nil
	for _, o := range c.Operations {
		if o.Plan == op.Plan && o.ID != op.ID {
			rest.Operations = append(rest.Operations, o)
		}
	}
	return cancelWaiting(tx, rest, why)
}

// makeGood queues the order that gives back what an earlier step of the plan had
// taken, or what may have ended with a raise that nobody saw, so that nobody loses
// access for having asked for more.
func (w *Worker) makeGood(tx *store.Tx, c model.Case, op model.Operation) error {
	last, err := lastRestore(tx)
	if err != nil {
		return err
	}
	unseen := mayHaveEnded(op, w.vaultNow())
	for _, o := range c.Operations {
		if o.Plan != op.Plan {
			continue
		}
		back := o.Intent
		back.Unseen = unseen // whatever a clock that is set afterwards shows
		switch {
		case o.Seq < op.Seq && o.Kind == model.OpLower && o.State == model.OpDone:
			back.Right, back.Expires, back.Limit = o.Intent.Before.Right, o.Intent.Before.Expires, model.Permanent
			back.DropEdit, back.DropShare, back.Restores = false, false, true
			back.Before.Right = o.Intent.Right
		case o.Seq > op.Seq && roleOf(o) == roleRestore && unseen:
			back.Before = model.Share{Right: op.Intent.Right, Expires: op.Intent.Expires}
			back.Doubtful = last.sentBefore(op)
		default:
			continue // what was created stays, and is told
		}
		kind := model.OpGrant
		if o.Kind == model.OpJoin {
			kind = model.OpJoin
		}
		_, err := tx.InsertOperation(model.Operation{RequestID: c.Request.ID, Plan: newPlan(), Seq: 1, Kind: kind,
			Intent: back, State: model.OpQueued, Correlation: op.Correlation, RequestedBy: model.System,
			Created: tx.Now, Updated: tx.Now})
		if err != nil {
			return err
		}
		return say(tx, c.Request.Number, model.System, model.EntryEvent,
			fmt.Sprintf("what was there before is given back: %s", back.Words(kind)))
	}
	return nil
}

// recordCancelled ends an operation that has become pointless before it was
// sent.
func (w *Worker) recordCancelled(t *tenure, op model.Operation, facts model.RecordFacts, why string) error {
	order := ""
	err := w.write(t, func(tx *store.Tx) error {
		from := op.State
		c, err := loadCaseByID(tx, op.RequestID)
		if err != nil {
			return err
		}
		order = orderOf(c, op)
		op.State, op.Ended, op.Reason = model.OpCancelled, tx.Now, why
		if err := w.recordOp(tx, t, op, from); err != nil {
			return err
		}
		if err := settled(tx, c, op, "not needed any more: "+op.Intent.Words(op.Kind)+": "+why, ""); err != nil {
			return err
		}
		if err := cancelRest(tx, c, op, why); err != nil {
			return err
		}
		return w.followUp(tx, op, facts)
	})
	return w.told(err, slog.LevelInfo, op, order+" is not needed any more: "+why)
}

// recordUnknown records that it is not known what became of an order, what is
// being looked for, and when next.
func (w *Worker) recordUnknown(t *tenure, op model.Operation, looking, words string, in time.Duration) error {
	from, order := op.State, ""
	err := w.write(t, func(tx *store.Tx) error {
		c, err := caseOf(tx, op)
		if err != nil {
			return err
		}
		order = orderOf(c, op)
		if in <= 0 {
			in = lookAgain(tx.Now.Sub(op.Sent))
		}
		op.State, op.LookingFor, op.NextLook = model.OpUnknown, looking, tx.Now.Add(in)
		if words = strings.TrimSpace(words); words != "" {
			op.Reason = words
		}
		if err := w.recordOp(tx, t, op, from); err != nil || from == model.OpUnknown {
			return err
		}
		return settled(tx, c, op, "not known yet: "+op.Intent.Words(op.Kind)+": "+looking+"; the vault is being looked at", words)
	})
	if from == model.OpUnknown {
		return err // said before
	}
	return w.told(err, slog.LevelWarn, op, order+" has no known outcome yet: "+looking)
}

// lookAgain is how long to wait before an unknown order is looked for again:
// half of its age, from 5 s up to 5 min.
func lookAgain(age time.Duration) time.Duration {
	return min(max(age/2, 5*time.Second), 5*time.Minute)
}
