package workflow

import (
	"context"
	"fmt"
	"time"

	"countersign/model"
	"countersign/store"
)

// DelegationDraft says who is to act for whom, and when.
type DelegationDraft struct {
	From   string    // login; "" for the actor
	To     string    // login
	Starts time.Time // zero for now
	Ends   time.Time
}

// DelegationView is a delegation as screens show it.
type DelegationView struct {
	model.Delegation
	FromLogin, ToLogin string
	MadeByLogin        string // "" where it is not known
	Active             bool   // now
	EndErr             error  // why the actor may not end it, nil if they may
}

func delegationView(a model.Actor, n *names, d model.Delegation, now time.Time) DelegationView {
	return DelegationView{Delegation: d, FromLogin: n.short(d.From), ToLogin: n.short(d.To), MadeByLogin: who(n, d.MadeBy),
		Active: d.Active(now), EndErr: model.CanEndDelegation(a, d, now)}
}

// Delegations lists those from and to the actor that have not ended.
func (s *Service) Delegations(ctx context.Context, actorID model.PersonID) ([]DelegationView, error) {
	v, err := s.self(ctx, actorID)
	return v.Delegations, err
}

// self is the actor as Person shows them.
func (s *Service) self(ctx context.Context, actorID model.PersonID) (PersonView, error) {
	var v PersonView
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		views, err := personViews(tx, a, []model.Person{a.Person})
		if err == nil {
			v = views[0]
		}
		return err
	})
	return v, err
}

// Delegates lists the logins of those who could act for the actor: active approvers.
func (s *Service) Delegates(ctx context.Context, actorID model.PersonID) ([]string, error) {
	var logins []string
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if err := model.CanManage(a, model.ActDelegate, a.Person); err != nil {
			return err
		}
		people, err := tx.People()
		for _, p := range people {
			if model.CanDelegate(a, a.Person, p) == nil {
				logins = append(logins, p.Login)
			}
		}
		return err
	})
	return logins, err
}

// Delegate has one approver act for another for a time: who delegates does it, or an
// admin for them. It does not cascade: whoever acts for somebody gives that person's
// say, not what was delegated to that person.
func (s *Service) Delegate(ctx context.Context, actorID model.PersonID, d DelegationDraft) (DelegationView, error) {
	var v DelegationView
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		made, from, to, err := delegated(tx, a, d)
		if err != nil {
			return err
		}
		if made.ID, err = tx.InsertDelegation(made); err != nil {
			return err
		}
		span := made.Starts.Format(time.RFC3339) + " to " + made.Ends.Format(time.RFC3339)
		err = record(tx, change{by: a.ID, object: model.Number(from.ID), action: "people.delegate",
			detail: fmt.Sprintf("delegation %d to %s, %s", made.ID, to.ID, span)})
		if err != nil {
			return err
		}
		text := fmt.Sprintf("%s acts for %s from %s to %s UTC", to.Short(), from.Short(), day(made.Starts), day(made.Ends))
		if err := tell(tx, []model.Person{from, to}, a.ID, "", text); err != nil {
			return err
		}
		n := namesIn(tx)
		v = delegationView(a, n, made, tx.Now)
		return n.err
	})
	return v, err
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// delegated is the delegation that a draft makes, with the two whom it is about.
func delegated(tx *store.Tx, a model.Actor, d DelegationDraft) (made model.Delegation, from, to model.Person, err error) {
	from = a.Person
	if d.From != "" && d.From != a.Login {
		if from, err = manageable(tx, a, model.ActDelegate, d.From); err != nil {
			return made, from, to, err
		}
	}
	to, found, err := tx.PersonByLogin(d.To)
	switch {
	case err != nil:
		return made, from, to, err
	case !found:
		return made, from, to, Invalid{"to": fmt.Sprintf("nobody has the login %q", d.To)}
	}
	if err := model.CanDelegate(a, from, to); err != nil {
		return made, from, to, err
	}
	if d.Starts.Before(tx.Now) {
		d.Starts = tx.Now
	}
	switch {
	case !d.Ends.After(d.Starts):
		return made, from, to, Invalid{"until": "it ends before it begins"}
	case d.Ends.Sub(d.Starts) > model.MaxDelegation:
		return made, from, to, Invalid{"until": fmt.Sprintf("at most %s in one go", model.FormatDuration(model.MaxDelegation))}
	}
	standing, err := tx.DelegationsFrom(from.ID, tx.Now)
	for _, other := range standing {
		if other.To == to.ID && other.Starts.Before(d.Ends) && d.Starts.Before(other.Ends) {
			return made, from, to, Invalid{"to": fmt.Sprintf("%s acts for %s in that time already", to.Short(), from.Short())}
		}
	}
	return model.Delegation{From: from.ID, To: to.ID, Starts: d.Starts, Ends: d.Ends, MadeBy: a.ID, Made: tx.Now}, from, to, err
}

// EndDelegation ends a delegation at once. Votes that were given by it stay.
func (s *Service) EndDelegation(ctx context.Context, actorID model.PersonID, id int64) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		d, found, err := tx.Delegation(id)
		switch {
		case err != nil:
			return err
		case !found:
			return notFound(fmt.Sprintf("delegation %d", id))
		}
		if err := model.CanEndDelegation(a, d, tx.Now); err != nil {
			return err
		}
		if ended, err := tx.EndDelegation(id); err != nil || !ended {
			return orConflict(err, model.Number(fmt.Sprintf("delegation %d", id)))
		}
		n := namesIn(tx)
		text := fmt.Sprintf("%s does not act for %s any more", n.short(d.To), n.short(d.From))
		if err := tell(tx, []model.Person{n.person(d.From), n.person(d.To)}, a.ID, "", text); err != nil {
			return err
		}
		err = record(tx, change{by: a.ID, object: model.Number(d.From), action: "people.undelegate", detail: fmt.Sprintf("delegation %d", id)})
		if err == nil {
			err = n.err
		}
		return err
	})
}
