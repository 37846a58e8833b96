package workflow

import (
	"context"
	"fmt"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// GiveBack ends the person's own access early: it queues the operations that
// lead back to what they had before.
func (s *Service) GiveBack(ctx context.Context, actorID model.PersonID, grant int64, reason string) error {
	return s.endGrant(ctx, actorID, grant, model.ActGiveBack, reason)
}

// Revoke ends somebody's access; the reason is required.
func (s *Service) Revoke(ctx context.Context, actorID model.PersonID, grant int64, reason string) error {
	if err := validComment(reason, true); err != nil {
		return err
	}
	return s.endGrant(ctx, actorID, grant, model.ActRevoke, reason)
}

// endGrant reads what the person has now and queues the way back.
func (s *Service) endGrant(ctx context.Context, actorID model.PersonID, grantID int64, act model.Action, reason string) error {
	if err := validComment(reason, false); err != nil {
		return err
	}
	g, standing, err := s.grantToEnd(ctx, actorID, grantID, act)
	if err != nil {
		return err
	}
	facts, err := s.factsOf(ctx, g)
	if err != nil {
		return err
	}
	plan := returnPlan(g, standing, facts, s.now())
	return s.withCase(ctx, actorID, g.Number, act, func(tx *store.Tx, a model.Actor, c model.Case) error {
		open, ok := c.OpenGrant()
		if !ok || open.ID != g.ID {
			return &Conflict{Number: g.Number, Changed: []string{"the access has ended"}}
		}
		if err := cancelWaiting(tx, c, "the access is given back early"); err != nil {
			return err
		}
		return queueReturn(tx, a, c, open, plan, act, reason)
	})
}

// grantToEnd returns a grant that the person may end, and what the recipient is
// to have without it.
func (s *Service) grantToEnd(ctx context.Context, actorID model.PersonID, grantID int64, act model.Action) (model.Grant, model.Share, error) {
	var g model.Grant
	var standing model.Share
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		var found bool
		if g, found, err = tx.Grant(grantID); err != nil {
			return err
		}
		if !found {
			return notFound(fmt.Sprintf("grant %d", grantID))
		}
		c, err := loadCase(tx, g.Number)
		if err != nil {
			return err
		}
		if err := model.Can(a, act, c, tx.Now); err != nil {
			return err
		}
		standing, err = without(tx, g)
		return err
	})
	return g, standing, err
}

// without is what somebody is to have when a grant ends: what stood before it,
// or what another request gave on the same record, if that is more.
func without(tx *store.Tx, g model.Grant) (model.Share, error) {
	others, err := tx.OpenGrants(g.Target.UID, g.Email)
	best := g.Standing
	for _, other := range others {
		if other.ID != g.ID && other.State == model.GrantActive && (best.None() || other.Right.Covers(best.Right)) {
			best = model.Share{Right: other.Right, Expires: other.Until}
		}
	}
	return best, err
}

// queueReturn writes the way back into the outbox, or ends the grant at once
// where there is nothing to take.
func queueReturn(tx *store.Tx, a model.Actor, c model.Case, g model.Grant, plan model.Plan, act model.Action, reason string) error {
	said := map[model.Action]string{model.ActGiveBack: "gives the access back", model.ActRevoke: "revokes the access"}[act]
	ch := change{by: a.ID, object: g.Number, correlation: c.Request.Correlation,
		action: "grant." + strings.ReplaceAll(string(act), " ", "_"), detail: fmt.Sprintf("grant %d", g.ID)}
	if reason != "" {
		said += ": " + reason
		ch.texts = []model.AuditText{{Name: "reason", Text: reason}}
	}
	ch.says = []string{said}
	if err := record(tx, ch); err != nil {
		return err
	}
	if plan.Nothing != "" {
		if err := endGrant(tx, g.ID, model.GrantRevoked, plan.Nothing); err != nil {
			return err
		}
		return notWaitedFor(tx, a, c, g)
	}
	base := model.Operation{RequestID: c.Request.ID, GrantID: g.ID, Plan: newPlan(), State: model.OpQueued,
		Correlation: c.Request.Correlation, RequestedBy: a.ID, Created: tx.Now, Updated: tx.Now}
	return queueSteps(tx, base, plan.Steps, model.Permanent)
}

// updateGrant writes a grant that was read in this transaction. With the grant of
// a link, the link itself goes.
func updateGrant(tx *store.Tx, g model.Grant) error {
	if changed, err := tx.UpdateGrant(g); err != nil || !changed {
		return orConflict(err, g.Number)
	}
	if g.Link == "" || g.State.Open() {
		return nil
	}
	_, err := tx.ScheduleWipeOf(g.RequestID, model.FieldLink, tx.Now)
	return err
}

// returnPlan leads back from a grant to what the person is to have without it.
func returnPlan(g model.Grant, standing model.Share, facts model.RecordFacts, now time.Time) model.Plan {
	switch {
	case facts.Gone:
		return model.Plan{Nothing: "the " + string(g.Target.Kind) + " is gone"}
	case g.Link != "":
		return model.PlanUnlink(g, facts)
	}
	w := model.Wanted{On: g.Target, Email: g.Email, Team: g.Team, Standing: standing}
	return model.PlanReturn(w, facts.Share(g.Email), now)
}
