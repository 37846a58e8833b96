package workflow

import (
	"errors"
	"fmt"
	"time"

	"countersign/model"
	"countersign/store"
)

// atOnce is how many of one kind a round takes up.
const atOnce = 100

// keepGrants ends the grants whose time is over. It has a goroutine of its own,
// since nobody waits for it and its calls come after all others.
func (w *Worker) keepGrants(t *tenure) error {
	ticker := time.NewTicker(w.opt.Tick)
	defer ticker.Stop()
	for {
		err := errors.Join(w.endGrants(t), w.followLinks(t), w.checkGrants(t))
		switch {
		case t.ctx.Err() != nil:
			return nil
		case errors.Is(err, errLeaseLost), errors.Is(err, store.ErrClosed):
			return err
		case err != nil:
			w.log.Error("grants could not be ended", "error", err)
		}
		select {
		case <-t.ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// endGrants looks in the vault whether access whose time is over has ended. What
// is found otherwise is noted, not mended.
func (w *Worker) endGrants(t *tenure) error {
	var ended []model.Grant
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		ended, err = tx.EndedGrants(atOnce)
		return err
	})
	if err != nil {
		return err
	}
	away := false
	return each(w, t, ended, func(g model.Grant) error {
		if away || w.now().Before(w.linger[g.ID]) || w.vaultNow().Before(g.Until) {
			return nil
		}
		facts, err := w.lookAtGrant(WithPriority(t.ctx, PriorityPolling), g)
		if err != nil {
			// The others would fare no better now; this one lets them go first.
			w.linger[g.ID] = w.now().Add(time.Minute)
			away = true
			return nil
		}
		share := shareOf(g, facts, w.now())
		if share.Expires.Equal(g.Until) && w.vaultNow().Before(g.Until.Add(restorePatience)) {
			w.linger[g.ID] = w.now().Add(30 * time.Second) // Keeper is a little late
			return nil
		}
		if err := w.write(t, func(tx *store.Tx) error { return endInTime(tx, g, facts, share) }); err != nil {
			return fmt.Errorf("end grant %d: %w", g.ID, err)
		}
		delete(w.linger, g.ID)
		w.log.Info(fmt.Sprintf("%s: the access to %q is over", g.Number, titleOr(g.Target.Title, g.Target.UID)))
		return nil
	})
}

// endInTime ends a grant whose time is over, and says so where the vault shows
// something that nobody planned.
func endInTime(tx *store.Tx, g model.Grant, facts model.RecordFacts, share model.Share) error {
	c, err := loadCaseByID(tx, g.RequestID)
	if err != nil {
		return err
	}
	now, found, err := tx.Grant(g.ID)
	if err != nil || !found || !now.State.Open() {
		return err
	}
	says := []string{"the access of " + g.Email + " has ended"}
	note := "its time was over"
	newer, another, err := tx.OpenGrant(g.Target.UID, g.Email)
	if err != nil {
		return err
	}
	switch {
	case facts.Gone:
		note = "the " + string(g.Target.Kind) + " is gone"
	case share.None(), !g.Standing.None() && share.Same(g.Standing):
	case another && newer.ID != g.ID:
		note = "goes on by " + string(newer.Number)
	default:
		note = fmt.Sprintf("its time was over, but the vault shows %s: changed outside this program", share.Words())
		says = append(says, fmt.Sprintf("the vault still shows %s with %s: changed outside this program", g.Email, share.Words()))
	}
	if g.Link != "" && !facts.Gone {
		note, says = "its time was over", []string{"the link has ended"}
	}
	now.State, now.Note = model.GrantEnded, note
	if err := updateGrant(tx, now); err != nil {
		return err
	}
	return record(tx, change{by: model.System, object: g.Number, correlation: c.Request.Correlation, action: "grant.end",
		detail: fmt.Sprintf("grant %d", g.ID), says: says})
}

// fulfilAutomatic queues the work on requests whose item is fulfilled by the
// program: named exactly, and with a plan that needs no person's eye. Everything
// else is left to the group.
func (w *Worker) fulfilAutomatic(t *tenure) error {
	var tasks []model.Number
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		tasks, err = tx.AutomaticTasks(atOnce)
		return err
	})
	if err != nil {
		return err
	}
	return each(w, t, tasks, func(n model.Number) error {
		if w.resting() {
			return nil
		}
		return wrapped(w.fulfilOne(t, n), "fulfil %s", n)
	})
}

func (w *Worker) fulfilOne(t *tenure, number model.Number) error {
	var c model.Case
	var task model.Task
	why := ""
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		if c, task, err = loadTask(tx, number); err == nil && !w.now().Before(w.passed[task.ID]) {
			why, err = exchanged(tx, c)
		}
		if err == nil && why == "" {
			why, err = beforeRestore(tx, func(r Restoration) bool { return r.knew(task) })
		}
		return err
	})
	switch {
	case err != nil, w.now().Before(w.passed[task.ID]):
		return err
	case why != "":
		return w.leaveTo(t, c, task, why)
	}
	facts, err := w.lookAt(WithCorrelation(WithPriority(t.ctx, PriorityDecision), c.Request.Correlation), c.Request.Target.UID)
	var e *VaultError
	switch {
	case t.ctx.Err() != nil:
		return t.ctx.Err()
	case err != nil && !errors.As(err, &e):
		w.rest(&VaultError{Kind: VaultUnreachable, Text: "the vault did not answer in time", Err: err})
		return nil
	case err != nil && (e.Kind == VaultFailed || e.Kind == VaultNotPermitted):
		w.passed[task.ID] = w.now().Add(5 * time.Minute)
		return nil
	case err != nil && e.Passing():
		w.rest(e)
		return nil
	}
	var view PlanView
	if err == nil {
		view, err = w.svc.planFor(t.ctx, number, c, facts)
	}
	switch {
	case err != nil:
		why = err.Error()
	case len(view.Differences) > 0:
		why = view.Differences[0]
	case len(view.Plan.Warnings) > 0:
		why = view.Plan.Warnings[0]
	case model.UID(c.Request.RequestedFor).Valid():
		why = "whether the team is called so is for a person to see"
	}
	if why != "" {
		return w.leaveTo(t, c, task, why)
	}
	return ignoreConflict(w.write(t, func(tx *store.Tx) error {
		c, now, err := loadTask(tx, number)
		if err != nil {
			return err
		}
		if _, busy := c.InFlight(); busy || now.Revision != task.Revision {
			return &Conflict{Number: number}
		}
		return queuePlan(tx, model.System, c, now, view)
	}))
}

// leaveTo leaves a task to its group, for which it is looked at but once a day.
func (w *Worker) leaveTo(t *tenure, c model.Case, task model.Task, why string) error {
	w.passed[task.ID] = w.now().Add(24 * time.Hour)
	w.log.Info(fmt.Sprintf("%s, %s is left to %s: %s", c.Request.Number, task.Number, task.Group, why), store.LogCorrelation, c.Request.Correlation)
	return w.write(t, func(tx *store.Tx) error {
		return sayOnce(tx, c.Request.Number, model.EntryEvent, "left to "+string(task.Group)+": "+why)
	})
}

// ignoreConflict takes it for nothing that somebody else was first.
func ignoreConflict(err error) error {
	var conflict *Conflict
	if errors.As(err, &conflict) {
		return nil
	}
	return err
}

// sayOnce adds a line to a timeline that does not have it yet.
func sayOnce(tx *store.Tx, n model.Number, kind model.EntryKind, text string) error {
	entries, err := tx.Entries(string(n))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Text == text {
			return nil
		}
	}
	return say(tx, n, model.System, kind, text)
}
