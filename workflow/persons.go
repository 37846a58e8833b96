package workflow

import (
	"context"
	"fmt"
	"slices"

	"countersign/model"
	"countersign/store"
)

// PersonView is everything a screen shows of a person.
type PersonView struct {
	model.Person
	Tasks       int              // open ones that they have
	Delegations []DelegationView // from and to them, that have not ended
	Perms       []model.Permission
}

// Can returns why the actor may not do the action to the person, nil if they may.
func (v PersonView) Can(act model.Action) error {
	for _, p := range v.Perms {
		if p.Action == act {
			return p.Err
		}
	}
	return &model.Denied{Code: model.DenyRole, Reason: "not offered here"}
}

// GroupView is everything a screen shows of a group.
type GroupView struct {
	Name    model.GroupName
	Members []string // logins
	Able    int      // how many of them are active approvers
	Decides bool     // it approves by some policy, or in emergencies, or what is escalated
	Fulfils bool     // it carries out what was approved
}

// People lists everybody, by login: to admins and support.
func (s *Service) People(ctx context.Context, actorID model.PersonID) ([]PersonView, error) {
	var views []PersonView
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if err := model.CanManage(a, model.ActSee, model.Person{}); err != nil {
			return err
		}
		people, err := tx.People()
		if err != nil {
			return err
		}
		views, err = personViews(tx, a, people)
		return err
	})
	return views, err
}

// Person returns a person by login: oneself, or anybody for admins and support. It
// fails with ErrUnknownPerson.
func (s *Service) Person(ctx context.Context, actorID model.PersonID, login string) (PersonView, error) {
	var v PersonView
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		p, err := manageable(tx, a, model.ActSee, login)
		if err != nil {
			return err
		}
		views, err := personViews(tx, a, []model.Person{p})
		if err == nil {
			v = views[0]
		}
		return err
	})
	return v, err
}

// manageable reads a person on whom the actor may do something. Who may not learn of
// others does not learn either whether there are any.
func manageable(tx *store.Tx, a model.Actor, act model.Action, login string) (model.Person, error) {
	p, found, err := tx.PersonByLogin(login)
	switch {
	case err != nil:
		return p, err
	case !found:
		if err := model.CanManage(a, model.ActSee, model.Person{}); err != nil {
			return p, err
		}
		return p, fmt.Errorf("%s: %w", login, ErrUnknownPerson)
	}
	return p, model.CanManage(a, act, p)
}

func personViews(tx *store.Tx, a model.Actor, people []model.Person) ([]PersonView, error) {
	tasks, err := tx.OpenTasksOf()
	if err != nil {
		return nil, err
	}
	n := namesIn(tx)
	views := make([]PersonView, 0, len(people))
	for _, p := range people {
		v := PersonView{Person: p, Tasks: tasks[p.ID]}
		for _, act := range model.PeopleActions() {
			v.Perms = append(v.Perms, model.Permission{Action: act, Err: model.CanManage(a, act, p)})
		}
		from, err := tx.DelegationsFrom(p.ID, tx.Now)
		if err != nil {
			return nil, err
		}
		to, err := tx.DelegationsTo(p.ID)
		if err != nil {
			return nil, err
		}
		for _, d := range append(from, to...) {
			v.Delegations = append(v.Delegations, delegationView(a, n, d, tx.Now))
		}
		views = append(views, v)
	}
	return views, n.err
}

// Groups lists the groups with their members, by name: to admins and support.
func (s *Service) Groups(ctx context.Context, actorID model.PersonID) ([]GroupView, error) {
	var views []GroupView
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if err := model.CanManage(a, model.ActSee, model.Person{}); err != nil {
			return err
		}
		groups, err := tx.Groups()
		if err != nil {
			return err
		}
		n := namesIn(tx)
		for _, g := range groups {
			v := GroupView{Name: g.Name}
			for _, id := range g.Members {
				p := n.person(id)
				v.Members = append(v.Members, p.Short())
				if p.Has(model.RoleApprover) {
					v.Able++
				}
			}
			slices.Sort(v.Members)
			v.Decides, v.Fulfils = s.settings.uses(g.Name)
			views = append(views, v)
		}
		return n.err
	})
	return views, err
}

// uses says what the policies use a group for.
func (s Settings) uses(g model.GroupName) (decides, fulfils bool) {
	for _, item := range model.Catalog() {
		for _, p := range s.policies(item.Key) {
			decides = decides || slices.Contains(p.Decides(), g)
			fulfils = fulfils || p.FulfilGroup == g
		}
	}
	return decides, fulfils
}

// Disable takes everything from a person at once, in open sessions too: every verb
// and every list refuses them. Their open tasks and incidents go back to the groups.
// It returns what it has done, one line each.
func (s *Service) Disable(ctx context.Context, actorID model.PersonID, login, reason string) ([]string, error) {
	return s.setActive(ctx, actorID, login, false, reason)
}

// Enable lets a person in again, as they were.
func (s *Service) Enable(ctx context.Context, actorID model.PersonID, login, reason string) ([]string, error) {
	return s.setActive(ctx, actorID, login, true, reason)
}

func (s *Service) setActive(ctx context.Context, actorID model.PersonID, login string, active bool, reason string) ([]string, error) {
	if err := validLength("reason", reason); err != nil {
		return nil, err
	}
	act := model.ActDisable
	if active {
		act = model.ActEnable
	}
	var done []string
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		p, err := manageable(tx, a, act, login)
		if err != nil {
			return err
		}
		b := &rosterRun{tx: tx, actor: a.ID, people: map[string]model.Person{login: p}, reason: reason}
		p.Active = active
		if err := b.write(p); err != nil {
			return err
		}
		done = b.changes
		return nil
	})
	return done, err
}

// PersonDraft is a person as an admin wants them.
type PersonDraft struct {
	RosterPerson // Disabled is ignored: see Disable
	Groups       []model.GroupName
	Revision     int64 // of the Person that was shown; 0 for somebody new
}

// SavePerson adds a person or changes one, and returns what that changes, one line
// each. It fails with an Invalid, with a *model.Denied for all but admins, and with a
// *Conflict where somebody else changed the person meanwhile. Nobody takes the role
// admin from themselves.
func (s *Service) SavePerson(ctx context.Context, actorID model.PersonID, d PersonDraft) ([]string, error) {
	var done []string
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if err := model.CanManage(a, model.ActEdit, model.Person{}); err != nil {
			return err
		}
		p, err := s.drafted(tx, a, d)
		if err != nil {
			return err
		}
		b := &rosterRun{tx: tx, actor: a.ID, people: map[string]model.Person{}}
		if d.Revision != 0 {
			old, _, err := tx.PersonByLogin(d.Login)
			if err != nil {
				return err
			}
			b.people[d.Login] = old
		}
		if err := b.write(p); err != nil {
			return err
		}
		done = b.changes
		return nil
	})
	return done, err
}

// drafted is the person that a draft makes, or an Invalid.
func (s *Service) drafted(tx *store.Tx, a model.Actor, d PersonDraft) (model.Person, error) {
	if err := (Roster{People: []RosterPerson{d.RosterPerson}}).check(); err != nil {
		return model.Person{}, err
	}
	groups, err := tx.Groups()
	if err != nil {
		return model.Person{}, err
	}
	for _, name := range d.Groups {
		if !slices.ContainsFunc(groups, func(g model.Group) bool { return g.Name == name }) {
			return model.Person{}, Invalid{"groups": fmt.Sprintf("there is no group %q", string(name))}
		}
	}
	p, known, err := tx.PersonByLogin(d.Login)
	switch {
	case err != nil:
		return p, err
	case known && d.Revision == 0:
		return p, Invalid{"login": fmt.Sprintf("%q is somebody's already", d.Login)}
	case d.Revision != 0 && (!known || p.Revision != d.Revision):
		return p, &Conflict{Number: model.Number(d.Login), Changed: []string{"somebody else changed this person meanwhile"}}
	}
	other, taken, err := tx.PersonByEmail(d.Email)
	if err != nil {
		return p, err
	}
	if taken && other.ID != p.ID {
		return p, Invalid{"email": fmt.Sprintf("the address is %s's already", other.Short())}
	}
	p.Login, p.Name, p.Email, p.Active = d.Login, d.Name, d.Email, !known || p.Active
	p.Roles, p.Groups, p.Keys = slices.Sorted(slices.Values(d.Roles)), slices.Sorted(slices.Values(d.Groups)), slices.Sorted(slices.Values(d.Keys))
	if p.ID == a.ID && !p.Has(model.RoleAdmin) {
		return p, Invalid{"roles": "nobody takes the role admin from themselves, but another admin may"}
	}
	return p, nil
}
