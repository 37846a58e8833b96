package workflow

import (
	"context"
	"fmt"
	"time"

	"countersign/model"
	"countersign/store"
)

// Extension returns a draft that asks for the access of a grant again, for as long
// as it was given: of a grant that stands, or of one that has ended. It refers to
// the request that the grant came from, and its justification is to be filled in.
// It fails with ErrNotFound, or with a *model.Denied for whoever neither asked for
// the access nor has it, and for access that has no end.
func (s *Service) Extension(ctx context.Context, actorID model.PersonID, grant int64) (Draft, error) {
	var d Draft
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		g, found, err := tx.Grant(grant)
		if err != nil {
			return err
		}
		if !found {
			return notFound(fmt.Sprintf("grant %d", grant))
		}
		c, err := loadCase(tx, g.Number)
		if err != nil {
			return err
		}
		switch {
		case a.ID != c.Request.RequestedBy && a.ID != c.Recipient && !a.Is(g.Email):
			return &model.Denied{Code: model.DenyRole, Reason: "only who asked for the access or has it extends it"}
		case g.Right.Owner() || g.State.Open() && g.Until.IsZero():
			return &model.Denied{Code: model.DenyState, Reason: "this access does not end by itself: there is nothing to extend"}
		}
		d = extensionOf(c, g)
		return nil
	})
	return d, err
}

func extensionOf(c model.Case, g model.Grant) Draft {
	item := model.ItemRecordAccess
	switch {
	case g.Link != "":
		item = model.ItemOneTimeShare
	case g.Target.Kind == model.TargetFolder:
		item = model.ItemFolderAccess
	}
	limit := c.Request.Allowed.Limit
	if limit.Length() == 0 && !limit.IsPermanent() {
		limit = model.For(min(max(g.Until.Sub(g.Since).Round(time.Minute), model.MinLimit), model.MaxLimit))
	}
	d := Draft{Item: item, For: g.Email, Target: g.Target, Asked: model.Access{Right: g.Right, Limit: limit}, RefersTo: c.Request.Number}
	for _, a := range c.Request.Answers {
		if a.Field == model.FieldTeam || a.Field == model.FieldRotate {
			d.Answers = append(d.Answers, a)
		}
	}
	return d
}

// underneath is what stands under what the requestor has on the target now, where
// that is a limited raise of ours; nothing where it is not.
func (s *Service) underneath(ctx context.Context, c model.Case, facts model.RecordFacts) (model.Share, error) {
	var under model.Share
	have := facts.Share(c.Request.RequestedFor)
	if have.None() || have.Expires.IsZero() {
		return under, nil
	}
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		grants, err := tx.OpenGrants(facts.Target().UID, c.Request.RequestedFor)
		for _, g := range grants {
			if g.RequestID != c.Request.ID && g.State == model.GrantActive && have.Same(model.Share{Right: g.Right, Expires: g.Until}) {
				under = g.Standing
			}
		}
		return err
	})
	return under, err
}

// goOn ends the grants that a new one has taken the place of: the vault keeps one
// share for each person and target, so a limited one that ended no later is part
// of the new one now. What would have given a standing right back at its end is
// cancelled; the new grant does so at its own. It returns what the person is to
// have again when the new grant ends: what stood under those, or what the person
// had when op was planned, unless that came from another request.
func goOn(tx *store.Tx, c model.Case, g model.Grant, op model.Operation) (model.Share, error) {
	others, err := tx.OpenGrants(g.Target.UID, g.Email)
	if err != nil || g.Link != "" || g.Right.Owner() {
		return model.Share{}, err
	}
	before := op.Intent.Before
	own := before.Pending || before.Right.Owner() || op.Intent.Restores || endsBefore(before.Expires, tx.Now)
	var standing model.Share
	for _, old := range others {
		if old.RequestID == g.RequestID {
			continue
		}
		own = own || before.Same(model.Share{Right: old.Right, Expires: old.Until})
		if !replaces(g, old) {
			continue
		}
		if standing.None() {
			standing = old.Standing
		}
		if err := endFor(tx, old, model.GrantEnded, "goes on by "+string(c.Request.Number)); err != nil {
			return standing, err
		}
	}
	if standing.None() && !own {
		standing = before
	}
	return standing, nil
}

// endsBefore reports whether an end lies before a time; the zero time is none.
func endsBefore(end, at time.Time) bool { return !end.IsZero() && end.Before(at) }

// replaces reports whether the share of a new grant is in the place of an old one's.
func replaces(g, old model.Grant) bool {
	return old.State == model.GrantActive && old.Link == "" && g.Link == "" &&
		!old.Until.IsZero() && (g.Until.IsZero() || !g.Until.Before(old.Until))
}

// endFor ends a grant for a reason that lies outside its own request, cancels what
// was to happen at its end, and says so in its own history.
func endFor(tx *store.Tx, g model.Grant, state model.GrantState, why string) error {
	c, err := loadCaseByID(tx, g.RequestID)
	if err != nil {
		return err
	}
	own := c
	own.Operations = nil
	for _, op := range c.Operations {
		if op.GrantID == g.ID {
			own.Operations = append(own.Operations, op)
		}
	}
	if state == model.GrantEnded {
		if own.Operations, err = tellWhoEndsIt(tx, own, why); err != nil {
			return err
		}
	}
	if err := cancelWaiting(tx, own, why); err != nil {
		return err
	}
	if err := endGrant(tx, g.ID, state, why); err != nil {
		return err
	}
	return record(tx, change{by: model.System, object: g.Number, correlation: c.Request.Correlation, action: "grant.end",
		detail: fmt.Sprintf("grant %d", g.ID), says: []string{"the access of " + g.Email + " ends here: " + why}})
}

// tellWhoEndsIt refuses the orders to end a grant early that have not been sent when
// the access goes on otherwise, and opens a task, so that whoever gave them hears of
// it. It returns the other orders.
func tellWhoEndsIt(tx *store.Tx, c model.Case, why string) ([]model.Operation, error) {
	var others []model.Operation
	refused := false
	for _, op := range c.Operations {
		if roleOf(op) != roleReturn || op.State != model.OpQueued {
			others = append(others, op)
			continue
		}
		op.State, op.Ended, op.Reason = model.OpRefused, tx.Now, "the access "+why+", which has to be revoked by itself"
		if changed, err := tx.UpdateOperation(op, model.OpQueued); err != nil || !changed {
			return nil, orConflict(err, c.Request.Number)
		}
		if err := settled(tx, c, op, "refused: "+op.Intent.Words(op.Kind)+": "+op.Reason, ""); err != nil {
			return nil, err
		}
		refused = true
	}
	if _, open := c.OpenTask(); open || !refused {
		return others, nil
	}
	return others, openTask(tx, c.Request, model.TaskRevoke)
}

// hasRival reports whether an order of another request about the same person's
// access may be on its way: until its outcome is known, nobody can say whether a
// standing right is to be given back.
func hasRival(tx *store.Tx, op model.Operation) (bool, error) {
	busy, err := tx.OperationsUnderWay()
	p := model.Person{Email: op.Intent.Email}
	for _, o := range busy {
		if o.RequestID != op.RequestID && o.State != model.OpQueued && o.Intent.Object() == op.Intent.Object() && p.Is(o.Intent.Email) {
			return true, err
		}
	}
	return false, err
}

// inherit lets what stands over a grant that was revoked give back what stood
// under that, in place of the grant itself.
func inherit(tx *store.Tx, gone model.Grant) error {
	over, err := tx.OpenGrants(gone.Target.UID, gone.Email)
	if err != nil {
		return err
	}
	for _, g := range over {
		if g.ID == gone.ID || g.State != model.GrantActive || g.Standing.None() ||
			!g.Standing.Same(model.Share{Right: gone.Right, Expires: gone.Until}) {
			continue
		}
		c, err := loadCaseByID(tx, g.RequestID)
		if err != nil {
			return err
		}
		for _, op := range c.Operations {
			if op.GrantID != g.ID || op.State != model.OpScheduled || roleOf(op) != roleRestore {
				continue
			}
			op.Intent.Right, op.Intent.Expires = gone.Standing.Right, gone.Standing.Expires
			if gone.Standing.None() {
				op.State, op.Ended, op.Reason = model.OpCancelled, tx.Now, "what it was to give back is revoked: "+string(gone.Number)
			}
			if changed, err := tx.UpdateOperation(op, model.OpScheduled); err != nil || !changed {
				return orConflict(err, g.Number)
			}
		}
		g.Standing = gone.Standing
		if err := updateGrant(tx, g); err != nil {
			return err
		}
	}
	return nil
}
