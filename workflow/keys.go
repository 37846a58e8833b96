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

// Keys returns the keys that open somebody's console over SSH. Admins see
// everybody's, others their own.
func (s *Service) Keys(ctx context.Context, actorID model.PersonID, login string) ([]model.PublicKey, error) {
	var keys []model.PublicKey
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		me, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if login != me.Login {
			if err := managesPeople(me); err != nil {
				return err
			}
		}
		p, err := named(tx, login)
		keys = keysOf(p)
		return err
	})
	return keys, err
}

// AddKey lets a key open somebody's console over SSH: a line as
// model.ParsePublicKey reads it. Only an admin may. A key belongs to one person.
func (s *Service) AddKey(ctx context.Context, actorID model.PersonID, login, line string) (model.PublicKey, error) {
	key, err := model.ParsePublicKey(line)
	if err != nil {
		return key, Invalid{"key": err.Error()}
	}
	err = s.changeKeys(ctx, actorID, login, "key.add", func(tx *store.Tx, p *model.Person) (model.PublicKey, error) {
		owner, taken, err := tx.PersonByKey(key.Line())
		switch {
		case err != nil:
			return key, err
		case taken && owner.ID == p.ID:
			return key, Invalid{"key": fmt.Sprintf("%s has this key already", login)}
		case taken:
			return key, Invalid{"key": fmt.Sprintf("this key is %s's already: a key belongs to one person", owner.Short())}
		}
		p.Keys = append(p.Keys, key.String())
		return key, nil
	})
	return key, err
}

// RemoveKey takes a key away by its fingerprint, or by the key itself. Only an
// admin may. Sessions that it opened end within seconds.
func (s *Service) RemoveKey(ctx context.Context, actorID model.PersonID, login, which string) (model.PublicKey, error) {
	var gone model.PublicKey
	err := s.changeKeys(ctx, actorID, login, "key.remove", func(_ *store.Tx, p *model.Person) (model.PublicKey, error) {
		keys := keysOf(*p)
		i := slices.IndexFunc(keys, func(k model.PublicKey) bool {
			return k.Fingerprint() == which || k.Line() == which || k.String() == strings.TrimSpace(which)
		})
		if i < 0 {
			return gone, notFound("a key " + which + " of " + login)
		}
		gone = keys[i]
		p.Keys = slices.DeleteFunc(p.Keys, func(line string) bool { return strings.HasPrefix(line+" ", gone.Line()+" ") })
		return gone, nil
	})
	return gone, err
}

// changeKeys changes somebody's keys, as an admin.
func (s *Service) changeKeys(ctx context.Context, actorID model.PersonID, login, action string,
	change func(tx *store.Tx, p *model.Person) (model.PublicKey, error)) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		me, err := actor(tx, actorID)
		if err == nil {
			err = managesPeople(me)
		}
		if err != nil {
			return err
		}
		p, err := named(tx, login)
		if err != nil {
			return err
		}
		key, err := change(tx, &p)
		if err != nil {
			return err
		}
		switch changed, err := tx.UpdatePerson(p); {
		case err != nil:
			return err
		case !changed:
			return errors.New(login + " was changed by somebody else meanwhile; try again")
		}
		return recordKey(tx, me.ID, p, action, key)
	})
}

func managesPeople(me model.Actor) error {
	if !me.Has(model.RoleAdmin) {
		return &model.Denied{Code: model.DenyRole, Reason: "only admins manage people"}
	}
	return nil
}

// named finds a person by login.
func named(tx *store.Tx, login string) (model.Person, error) {
	p, found, err := tx.PersonByLogin(login)
	if err == nil && !found {
		err = notFound("a person with the login " + login)
	}
	return p, err
}

// keysOf are the keys of a person that can be used. A line that is no key opens
// nothing.
func keysOf(p model.Person) []model.PublicKey {
	var keys []model.PublicKey
	for _, line := range p.Keys {
		if key, err := model.ParsePublicKey(line); err == nil {
			keys = append(keys, key)
		}
	}
	return keys
}
