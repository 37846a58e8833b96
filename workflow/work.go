package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"countersign/model"
	"countersign/store"
)

// withCase runs fn in a writing transaction with the actor and the case of a
// request, after model.Can has allowed the action.
func (s *Service) withCase(ctx context.Context, actorID model.PersonID, n model.Number, act model.Action,
	fn func(tx *store.Tx, a model.Actor, c model.Case) error) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		c, err := loadCase(tx, n)
		if err != nil {
			return err
		}
		if err := model.Can(a, act, c, tx.Now); err != nil {
			return err
		}
		return fn(tx, a, c)
	})
}

// withTask is withCase for a task's number. The task must be the open one.
func (s *Service) withTask(ctx context.Context, actorID model.PersonID, task model.Number, act model.Action,
	fn func(tx *store.Tx, a model.Actor, c model.Case, t model.Task) error) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		c, t, err := loadTask(tx, task)
		if err != nil {
			return err
		}
		if err := canOnTask(a, act, c, t, tx); err != nil {
			return err
		}
		return fn(tx, a, c, t)
	})
}

// canOnTask asks model.Can, and says who was first where that is the reason. Who
// has no part in the work learns nothing of how it stands.
func canOnTask(a model.Actor, act model.Action, c model.Case, t model.Task, tx *store.Tx) error {
	err := model.Can(a, act, c, tx.Now)
	var denied *model.Denied
	if errors.As(err, &denied) && (denied.Code == model.DenyRole || denied.Code == model.DenyInactive) {
		return err
	}
	if t.State.Closed() {
		return &Conflict{Number: t.Number, Changed: []string{"it is " + t.State.Words()}}
	}
	if act == model.ActClaim && t.Assignee != "" && t.Assignee != a.ID {
		n := namesIn(tx)
		who := n.short(t.Assignee)
		if n.err != nil {
			return n.err
		}
		return &Conflict{Number: t.Number, Changed: []string{who + " took it at " + t.Updated.Format("15:04:05")}}
	}
	return err
}

// mayOnTask says why somebody may not do something to a task, nil if they may.
func (s *Service) mayOnTask(ctx context.Context, actorID model.PersonID, act model.Action, task model.Number) error {
	return s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		c, t, err := loadTask(tx, task)
		if err != nil {
			return err
		}
		return canOnTask(a, act, c, t, tx)
	})
}

// Claim takes a task from its group. A *Conflict names who was first.
func (s *Service) Claim(ctx context.Context, actorID model.PersonID, task model.Number) error {
	return s.withTask(ctx, actorID, task, model.ActClaim, func(tx *store.Tx, a model.Actor, c model.Case, t model.Task) error {
		t.State, t.Assignee = model.TaskInProgress, a.ID
		if err := updateTask(tx, t); err != nil {
			return err
		}
		return record(tx, taskChange(a, c, t, "task.claim", "took "+string(t.Number)))
	})
}

// Release gives a task back to its group.
func (s *Service) Release(ctx context.Context, actorID model.PersonID, task model.Number) error {
	return s.withTask(ctx, actorID, task, model.ActRelease, func(tx *store.Tx, a model.Actor, c model.Case, t model.Task) error {
		t.State, t.Assignee = model.TaskOpen, ""
		if err := updateTask(tx, t); err != nil {
			return err
		}
		return record(tx, taskChange(a, c, t, "task.release", "gave "+string(t.Number)+" back to "+string(t.Group)))
	})
}

// Pick chooses the record that a request only described. It asks the vault
// whether the record exists, so it needs a worker.
func (s *Service) Pick(ctx context.Context, actorID model.PersonID, task model.Number, uid model.UID) error {
	if err := s.mayOnTask(ctx, actorID, model.ActPick, task); err != nil {
		return err
	}
	facts, err := s.allFacts(ctx, uid)
	if err != nil {
		return err
	}
	switch why := facts.Unshareable(); {
	case facts.Gone:
		return goneError(uid)
	case why != "":
		return &VaultError{Kind: VaultFailed, NotSent: true, Text: why}
	}
	return s.withTask(ctx, actorID, task, model.ActPick, func(tx *store.Tx, a model.Actor, c model.Case, t model.Task) error {
		if needed := c.Request.Target.Kind; facts.Kind != needed {
			return Invalid{string(needed): otherKind(needed, facts.Kind)}
		}
		t.Picked = model.Target{Kind: facts.Kind, UID: uid, Title: facts.Title, Type: facts.Type}
		if err := updateTask(tx, t); err != nil {
			return err
		}
		ch := taskChange(a, c, t, "task.pick", "picked "+facts.Title+" ("+string(uid)+")")
		ch.detail += " " + string(uid)
		return record(tx, ch)
	})
}

func goneError(uid model.UID) error {
	return &VaultError{Kind: VaultGone, NotSent: true, Text: fmt.Sprintf("the vault has no record or folder %s (any more), or does not show it to the service account", uid),
		Advice: "ask the requestor which is meant, or share it with the service account"}
}

// CloseTask ends a task by hand; the reason is required unless it is complete.
func (s *Service) CloseTask(ctx context.Context, actorID model.PersonID, task model.Number, state model.TaskState, reason string) error {
	act, ok := map[model.TaskState]model.Action{model.TaskClosedComplete: model.ActComplete,
		model.TaskClosedIncomplete: model.ActIncomplete, model.TaskClosedSkipped: model.ActSkip}[state]
	if !ok {
		return Invalid{"state": fmt.Sprintf("a task is not closed as %s", state.Words())}
	}
	if err := validComment(reason, state != model.TaskClosedComplete); err != nil {
		return err
	}
	return s.withTask(ctx, actorID, task, act, func(tx *store.Tx, a model.Actor, c model.Case, t model.Task) error {
		if err := cancelWaiting(tx, closing(c, t, state), "the task was closed by hand"); err != nil {
			return err
		}
		// A pending invitation is not repeated any more, so nothing will come of it.
		if g, open := c.OpenGrant(); open && g.State == model.GrantPending {
			if err := endGrant(tx, g.ID, model.GrantEnded, "the task was closed before the invitation was accepted"); err != nil {
				return err
			}
		}
		if g, open := c.OpenGrant(); open && t.Kind == model.TaskRevoke && state == model.TaskClosedComplete {
			if err := endGrant(tx, g.ID, model.GrantRevoked, "taken back by hand"); err != nil {
				return err
			}
		}
		return closeTask(tx, a.ID, c, t, state, strings.TrimSpace(reason))
	})
}

// closing leaves out of a case the orders that outlive the closing of a task: what
// gives a standing right back when access ends that still stands.
func closing(c model.Case, t model.Task, state model.TaskState) model.Case {
	taken := t.Kind == model.TaskRevoke && state == model.TaskClosedComplete
	c.Operations = slices.DeleteFunc(slices.Clone(c.Operations), func(o model.Operation) bool { return !taken && o.Restores() })
	return c
}

// closeTask closes a task and, with the last one, its request.
func closeTask(tx *store.Tx, by model.PersonID, c model.Case, t model.Task, state model.TaskState, notes string) error {
	if !t.State.CanBecome(state) {
		return &Conflict{Number: t.Number, Changed: []string{"it is " + t.State.Words()}}
	}
	t.State, t.Closed, t.CloseNotes = state, tx.Now, notes
	if err := updateTask(tx, t); err != nil {
		return err
	}
	said := string(t.Number) + " closed " + state.Words()
	if notes != "" {
		said += ": " + notes
	}
	ch := change{by: by, object: c.Request.Number, correlation: c.Request.Correlation, action: "task.close",
		detail: string(t.Number) + " " + state.Words(), says: []string{said}}
	if notes != "" {
		ch.texts = []model.AuditText{{Name: "notes", Text: notes}}
	}
	if err := record(tx, ch); err != nil {
		return err
	}
	if t.Kind != model.TaskFulfil {
		// What was typed for work after the end of the request goes with that work.
		return wipeIfClosed(tx, c.Request)
	}
	for i := range c.Tasks {
		if c.Tasks[i].ID == t.ID {
			c.Tasks[i] = t
		}
	}
	event, done := model.Outcome(c.Tasks)
	if !done {
		return nil
	}
	c.Request.Outcome = notes
	return moveRequest(tx, &c.Request, event)
}

// cancelWaiting cancels the operations of a case that have not been sent. What
// removes a link that nobody has seen goes on.
func cancelWaiting(tx *store.Tx, c model.Case, reason string) error {
	for _, op := range c.Operations {
		if op.State != model.OpQueued && op.State != model.OpScheduled || strings.HasSuffix(op.Plan, cleanUp) {
			continue
		}
		from := op.State
		op.State, op.Reason, op.Ended = model.OpCancelled, reason, tx.Now
		if changed, err := tx.UpdateOperation(op, from); err != nil || !changed {
			return orConflict(err, c.Request.Number)
		}
	}
	return nil
}

func orConflict(err error, n model.Number) error {
	if err != nil {
		return err
	}
	return &Conflict{Number: n}
}

// updateTask writes a task that was read in this transaction.
func updateTask(tx *store.Tx, t model.Task) error {
	if changed, err := tx.UpdateTask(t); err != nil || !changed {
		return orConflict(err, t.Number)
	}
	return nil
}

func taskChange(a model.Actor, c model.Case, t model.Task, action, says string) change {
	return change{by: a.ID, object: c.Request.Number, correlation: c.Request.Correlation, action: action,
		detail: string(t.Number), says: []string{says}}
}

// Withdraw closes the person's own request.
func (s *Service) Withdraw(ctx context.Context, actorID model.PersonID, n model.Number, reason string) error {
	if err := validComment(reason, false); err != nil {
		return err
	}
	return s.withCase(ctx, actorID, n, model.ActWithdraw, func(tx *store.Tx, a model.Actor, c model.Case) error {
		if err := cancelWaiting(tx, c, "the request was withdrawn"); err != nil {
			return err
		}
		if ap, open := c.OpenApproval(); open {
			if changed, err := tx.CloseApproval(ap.ID, model.ApprovalCancelled); err != nil || !changed {
				return orConflict(err, n)
			}
		}
		for _, t := range c.Tasks {
			if t.State.Closed() {
				continue
			}
			t.State, t.Closed, t.CloseNotes = model.TaskClosedSkipped, tx.Now, "the request was withdrawn"
			if err := updateTask(tx, t); err != nil {
				return err
			}
		}
		c.Request.Outcome = strings.TrimSpace("withdrawn by " + a.Short())
		ch := change{by: a.ID, object: n, correlation: c.Request.Correlation, action: "request.withdraw", says: []string{"withdrawn"}}
		if reason != "" {
			ch.texts, ch.says = []model.AuditText{{Name: "reason", Text: reason}}, []string{"withdrawn: " + reason}
		}
		if err := record(tx, ch); err != nil {
			return err
		}
		return moveRequest(tx, &c.Request, model.EventWithdrawn)
	})
}

// Comment adds a line to the timeline: a comment to the requestor, or a work
// note (model.EntryNote) for those who fulfil.
func (s *Service) Comment(ctx context.Context, actorID model.PersonID, n model.Number, kind model.EntryKind, text string) error {
	if kind != model.EntryComment && kind != model.EntryNote {
		return Invalid{"kind": fmt.Sprintf("%q is neither a comment nor a note", string(kind))}
	}
	if err := validComment(text, true); err != nil {
		return err
	}
	return s.withCase(ctx, actorID, n, model.ActComment, func(tx *store.Tx, a model.Actor, c model.Case) error {
		if err := record(tx, change{by: a.ID, object: n, correlation: c.Request.Correlation, action: "request." + string(kind),
			texts: []model.AuditText{{Name: string(kind), Text: text}}}); err != nil {
			return err
		}
		return say(tx, n, a.ID, kind, text)
	})
}
