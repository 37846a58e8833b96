package workflow

import (
	"context"
	"fmt"

	"countersign/model"
	"countersign/store"
)

// Actor loads a person with groups and delegations by login; ErrUnknownPerson
// if nobody has it. It loads a disabled person too, for a screen that says so;
// every verb and list refuses them.
func (s *Service) Actor(ctx context.Context, login string) (model.Actor, error) {
	var a model.Actor
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		p, found, err := tx.PersonByLogin(login)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("%s: %w", login, ErrUnknownPerson)
		}
		a, err = withDelegations(tx, p)
		return err
	})
	return a, err
}

// actor loads the acting person inside a transaction, so that somebody who was
// disabled a moment ago is refused, also where nothing but reading is done.
func actor(tx *store.Tx, id model.PersonID) (model.Actor, error) {
	p, found, err := tx.Person(id)
	if err != nil {
		return model.Actor{}, err
	}
	if !found {
		return model.Actor{}, fmt.Errorf("person %s: %w", id, ErrUnknownPerson)
	}
	if !p.Active {
		return model.Actor{}, &model.Denied{Code: model.DenyInactive, Reason: "your account is disabled; ask an admin"}
	}
	return withDelegations(tx, p)
}

// withDelegations adds those for whom a person acts now.
func withDelegations(tx *store.Tx, p model.Person) (model.Actor, error) {
	a := model.Actor{Person: p}
	delegations, err := tx.DelegationsTo(p.ID)
	if err != nil {
		return a, err
	}
	for _, d := range delegations {
		if !d.Active(tx.Now) {
			continue
		}
		from, found, err := tx.Person(d.From)
		if err != nil {
			return a, err
		}
		// A disabled person's say is not given by a delegate either.
		if found && from.Active {
			a.For = append(a.For, from)
		}
	}
	return a, nil
}

// names resolves the people of a case by id, reading each once.
type names struct {
	tx   *store.Tx
	seen map[model.PersonID]model.Person
	err  error
}

func namesIn(tx *store.Tx) *names {
	return &names{tx: tx, seen: map[model.PersonID]model.Person{}}
}

// person returns the person, a bare one for the program or somebody unknown. The
// first error is kept in err, for the caller to look at once.
func (n *names) person(id model.PersonID) model.Person {
	if id == "" || id == model.System {
		return model.Person{ID: id}
	}
	if p, ok := n.seen[id]; ok {
		return p
	}
	p, found, err := n.tx.Person(id)
	if err != nil && n.err == nil {
		n.err = err
	}
	if !found {
		p = model.Person{ID: id, Login: string(id)}
	}
	n.seen[id] = p
	return p
}

func (n *names) short(id model.PersonID) string { return n.person(id).Short() }
