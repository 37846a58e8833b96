package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/model"
	"countersign/store"
)

// awaited is something that waits for a group's decision.
type awaited struct {
	number model.Number
	group  model.GroupName
	where  string                  // under which tab
	can    func(model.Actor) error // why somebody cannot decide it
	later  func(model.Actor) string
}

// WhyNotDecide says for whom a request waits, by its number or that of an endpoint
// request's incident, and why it does not appear under somebody's Approvals; of
// nobody in particular where login is "". The error wraps ErrNotFound where there is
// no such request.
func (s *Service) WhyNotDecide(ctx context.Context, number model.Number, login string) ([]Check, error) {
	var found checks
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		w, waits, err := s.awaited(tx, number, &found)
		if err != nil || !waits {
			return err
		}
		if err := found.waits(tx, w); err != nil || login == "" {
			return err
		}
		return found.whyNot(tx, w, login)
	})
	return found, err
}

// awaited finds what a number is about. What waits no more is said in found.
func (s *Service) awaited(tx *store.Tx, number model.Number, found *checks) (awaited, bool, error) {
	if strings.HasPrefix(string(number), model.PrefixIncident) {
		return s.awaitedEndpoint(tx, number, found)
	}
	c, err := loadAny(tx, number)
	if err != nil {
		return awaited{}, false, err
	}
	ap, open := c.OpenApproval()
	if !open {
		found.ok("request.waits", "%s is %s: it waits for no approval", c.Request.Number, c.Request.State.Words())
		return awaited{}, false, nil
	}
	return awaited{number: c.Request.Number, group: ap.Group, where: "Approvals, Waiting",
		can:   func(a model.Actor) error { return model.Can(a, model.ActDeny, c, tx.Now) },
		later: func(a model.Actor) string { return laterStep(a, c.Request.Policy, ap.Step) }}, true, nil
}

// awaitedEndpoint is awaited for the request of an endpoint, by its incident.
func (s *Service) awaitedEndpoint(tx *store.Tx, number model.Number, found *checks) (awaited, bool, error) {
	i, known, err := tx.Incident(number)
	if err != nil {
		return awaited{}, false, err
	}
	e, has, err := tx.Endpoint(i.EndpointID)
	switch {
	case err != nil:
		return awaited{}, false, err
	case !known || !has:
		return awaited{}, false, notFound(string(number))
	case e.State != model.EndpointPending:
		found.ok("request.waits", "%s is %s: it waits for no decision", number, e.State.Words())
		return awaited{}, false, nil
	}
	group := e.Group
	if group == "" {
		group = s.endpointGroup()
	}
	return awaited{number: number, group: group, where: "EPM, Waiting", can: func(a model.Actor) error { return model.CanEndpoint(a, model.ActDeny, e, tx.Now) },
		later: func(model.Actor) string { return "" }}, true, nil
}

// waits says for whom something waits.
func (c *checks) waits(tx *store.Tx, w awaited) error {
	groups, err := tx.Groups()
	if err != nil {
		return err
	}
	members, err := tx.Members(w.group)
	if err != nil {
		return err
	}
	var deciders []string
	for _, p := range members {
		if p.Active && p.Has(model.RoleApprover) {
			deciders = append(deciders, p.Login)
		}
	}
	switch {
	case !slices.ContainsFunc(groups, func(g model.Group) bool { return g.Name == w.group }):
		c.bad("request.group", fmt.Sprintf("add [[group]] name = %q with its members to the people file and run: countersign people apply FILE; for later requests, [approval] of the configuration can name another group", w.group),
			"%s waits for the group %q, and there is no such group", w.number, w.group)
	case len(deciders) == 0:
		c.bad("request.group", "give the role approver to members of "+string(w.group)+": "+applyPeople, "%s waits for %q, in which nobody has the role approver", w.number, w.group)
	default:
		return c.waitsFor(tx, w, deciders)
	}
	return nil
}

// waitsFor says whether somebody of those who decide for a group, or act for them, can
// decide this.
func (c *checks) waitsFor(tx *store.Tx, w awaited, deciders []string) error {
	actors, err := actorsOf(tx, w.group)
	if err != nil {
		return err
	}
	var told []string
	for _, a := range actors {
		refused := w.can(a)
		if refused == nil {
			c.ok("request.group", "%s waits for %q: %s", w.number, w.group, some(deciders))
			return nil
		}
		if slices.Contains(deciders, a.Login) {
			told = append(told, fmt.Sprintf("%s is told: %s", a.Login, refused))
		}
	}
	c.bad("request.group", "add another approver to "+string(w.group)+": "+applyPeople, "%s waits for %q, and nobody there can decide it. %s", w.number, w.group, some(told))
	return nil
}

// whyNot says why somebody does not see it.
func (c *checks) whyNot(tx *store.Tx, w awaited, login string) error {
	p, known, err := tx.PersonByLogin(login)
	if err != nil {
		return err
	}
	if !known {
		c.bad("request.person", "add them to the people file: "+applyPeople, "nobody here has the login %q", login)
		return nil
	}
	a, err := withDelegations(tx, p)
	if err != nil {
		return err
	}
	refused := w.can(a)
	switch {
	case refused == nil:
		c.ok("request.person", "%s can decide %s: it is under %s", login, w.number, w.where)
	case !p.Active:
		c.bad("request.person", "take disabled = true out of the people file: "+applyPeople, "%s is disabled", login)
	case !a.Has(model.RoleApprover):
		c.bad("request.person", fmt.Sprintf("write \"approver\" among the roles of %s: %s", login, applyPeople), "%s has not the role approver, only %s", login, joined(p.Roles))
	case len(a.Seats(w.group)) == 0:
		c.bad("request.person", fmt.Sprintf("add %q to the members of [[group]] name = %q: %s", login, w.group, applyPeople),
			"%s is not a member of %q, for which it waits%s", login, w.group, w.later(a))
	default:
		c.warn("request.person", "somebody else of "+string(w.group)+" has to decide it", "%s cannot decide it, and is told: %s", login, refused)
	}
	return nil
}

// laterStep says that somebody's turn is still to come.
func laterStep(a model.Actor, p model.Policy, now int) string {
	var later []string
	for n, step := range p.Steps {
		if n+1 > now && len(a.Seats(step.Group)) > 0 {
			later = append(later, fmt.Sprintf("%q in step %d", step.Group, n+1))
		}
	}
	if len(later) == 0 {
		return ""
	}
	return "; the turn of " + strings.Join(later, ", ") + " comes after that"
}
