package workflow

import (
	"context"
	"fmt"
	"slices"

	"countersign/model"
	"countersign/store"
)

// Reassign gives the step that waits to another group, with the reason: a member of
// the present group does, or an admin. The step begins anew there, with the same
// number of people. Whoever reassigned a request does not decide it. It fails with an
// Invalid where the group could not decide it.
func (s *Service) Reassign(ctx context.Context, actorID model.PersonID, n model.Number, to model.GroupName, reason string) error {
	if err := validText("reason", reason); err != nil {
		return err
	}
	return s.withCase(ctx, actorID, n, model.ActReassign, func(tx *store.Tx, a model.Actor, c model.Case) error {
		ap, _ := c.OpenApproval()
		if err := canGoTo(tx, a, c, ap, to); err != nil {
			return err
		}
		err := record(tx, change{by: a.ID, object: n, correlation: c.Request.Correlation, action: "request.reassign",
			detail: fmt.Sprintf("step %d from %s to %s", ap.Step, ap.Group, to), texts: []model.AuditText{{Name: "reason", Text: reason}},
			says: []string{fmt.Sprintf("reassigned from %s to %s: %s", ap.Group, to, reason)}})
		if err != nil {
			return err
		}
		if err := moveStep(tx, c, ap, to, a.ID); err != nil {
			return err
		}
		members, err := tx.Members(to)
		if err != nil {
			return err
		}
		if err := tell(tx, members, a.ID, n, fmt.Sprintf("%s gave %s to %s", a.Short(), n, to)); err != nil {
			return err
		}
		// So that a decision drawn before it names another one than waits now.
		c.Request.Revision++
		return updateRequest(tx, c.Request, model.Requested)
	})
}

// Reassignable lists the groups that a request could be given to by the actor.
func (s *Service) Reassignable(ctx context.Context, actorID model.PersonID, n model.Number) ([]model.GroupName, error) {
	var to []model.GroupName
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		c, err := loadCase(tx, n)
		if err != nil {
			return err
		}
		if err := model.Can(a, model.ActReassign, c, tx.Now); err != nil {
			return err
		}
		ap, _ := c.OpenApproval()
		groups, err := tx.Groups()
		if err != nil {
			return err
		}
		for _, g := range groups {
			if canGoTo(tx, a, c, ap, g.Name) == nil {
				to = append(to, g.Name)
			}
		}
		return nil
	})
	return to, err
}

// canGoTo says why a step cannot be given to a group.
func canGoTo(tx *store.Tx, a model.Actor, c model.Case, ap model.Approval, to model.GroupName) error {
	if to == ap.Group {
		return Invalid{"group": fmt.Sprintf("it waits for %s already", to)}
	}
	groups, err := tx.Groups()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(groups, func(g model.Group) bool { return g.Name == to }) {
		return Invalid{"group": fmt.Sprintf("there is no group %q", string(to))}
	}
	moved := model.Approval{Step: ap.Step, Round: ap.Round, Group: to, MovedBy: a.ID}
	ap.State = model.ApprovalCancelled
	c = withApproval(c, ap)
	c.Approvals = append(c.Approvals, moved)
	left, err := able(tx, c, moved)
	if err != nil {
		return err
	}
	rule, _ := c.Request.Policy.Step(ap.Step)
	if needed := rule.Reachable(); len(left) < needed {
		return Invalid{"group": fmt.Sprintf("%d of %s could decide this, and %d have to", len(left), to, needed)}
	}
	return nil
}
