package store

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"countersign/model"
)

func TestPeopleAreReadAsTheyWereStored(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	want := person("p-dave", "dave", approvers, fulfillers)
	want.Name, want.Email = "Dave \x1b[31m\u202e", "Dave@Example.com"
	want.Roles = []model.Role{model.RoleAdmin, model.RoleApprover}
	want.Keys = []string{"ssh-ed25519 AAAA dave@laptop"}
	want.Groups = []model.GroupName{fulfillers, approvers} // sorted by name when read
	write(t, db, func(tx *Tx) error { return tx.InsertPerson(want) })

	read(t, db, func(tx *Tx) error {
		for name, find := range map[string]func() (model.Person, bool, error){
			"id":      func() (model.Person, bool, error) { return tx.Person("p-dave") },
			"login":   func() (model.Person, bool, error) { return tx.PersonByLogin("dave") },
			"address": func() (model.Person, bool, error) { return tx.PersonByEmail("dAVE@example.COM") },
			"key":     func() (model.Person, bool, error) { return tx.PersonByKey("ssh-ed25519 AAAA") },
		} {
			got, found, err := find()
			if err != nil || !found || !reflect.DeepEqual(got, want) {
				t.Errorf("by %s: %+v %v %v, want %+v", name, got, found, err, want)
			}
		}
		if _, found, err := tx.PersonByLogin("nobody"); found || err != nil {
			t.Errorf("nobody: found %v, %v", found, err)
		}
		members, err := tx.Members(approvers)
		if err != nil || len(members) != 2 || members[0].Login != "bob" || !reflect.DeepEqual(members[1], want) {
			t.Errorf("members = %+v, %v; want bob and dave", members, err)
		}
		all, err := tx.People()
		if err != nil || len(all) != 4 {
			t.Errorf("%d people, %v; want 4", len(all), err)
		}
		for text, want := range map[string]int{"DAVE": 1, "example.com": 4, "%": 0, "Name of": 3} {
			if found, err := tx.FindPeople(text, 10); err != nil || len(found) != want {
				t.Errorf("FindPeople(%q) = %v, %v; want %d", text, found, err, want)
			}
		}
		return nil
	})
}

func TestTwoAdminsDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	first := person(bob, "robert", fulfillers)
	write(t, db, func(tx *Tx) error {
		changed, err := tx.UpdatePerson(first)
		if err != nil || !changed {
			t.Errorf("first change: %v, %v", changed, err)
		}
		second := person(bob, "bobby")
		changed, err = tx.UpdatePerson(second)
		if err != nil || changed {
			t.Errorf("a change of the revision before: %v, %v; want false", changed, err)
		}
		return nil
	})
	first.Revision = 2
	read(t, db, func(tx *Tx) error {
		if got, _, err := tx.Person(bob); err != nil || !reflect.DeepEqual(got, first) {
			t.Errorf("%+v, %v; want %+v", got, err, first)
		}
		return nil
	})
}

func TestIdentitiesAreUnique(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	write(t, db, func(tx *Tx) error {
		p := person(alice, "alice")
		p.Keys = []string{"key of alice"}
		_, err := tx.UpdatePerson(p)
		return err
	})
	for name, p := range map[string]model.Person{
		"login":   {ID: "x", Login: "alice", Email: "x@example.com"},
		"address": {ID: "x", Login: "x", Email: "ALICE@example.com"},
		"id":      {ID: alice, Login: "x", Email: "x@example.com"},
		"key":     {ID: "x", Login: "x", Email: "x@example.com", Keys: []string{"key of alice"}},
	} {
		err := db.Write(t.Context(), func(tx *Tx) error { return tx.InsertPerson(p) })
		if !errors.Is(err, ErrExists) {
			t.Errorf("a second person with the same %s: %v, want ErrExists", name, err)
		}
	}
	// Several may have no login, and several no address.
	write(t, db, func(tx *Tx) error {
		return errors.Join(tx.InsertPerson(model.Person{ID: "x"}), tx.InsertPerson(model.Person{ID: "y"}))
	})
	err := db.Write(t.Context(), func(tx *Tx) error {
		return tx.InsertPerson(model.Person{ID: "z", Groups: []model.GroupName{"no such group"}})
	})
	if err == nil {
		t.Error("a member of a group that does not exist was stored")
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	write(t, db, func(tx *Tx) error {
		if err := tx.InsertGroup(approvers); !errors.Is(err, ErrExists) {
			t.Errorf("a second group of the name: %v, want ErrExists", err)
		}
		return nil
	})
	read(t, db, func(tx *Tx) error {
		got, err := tx.Groups()
		want := []model.Group{{Name: owners, Members: []model.PersonID{bob}}, {Name: fulfillers, Members: []model.PersonID{carol}}, {Name: approvers, Members: []model.PersonID{bob}}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("groups = %+v, %v; want %+v", got, err, want)
		}
		return nil
	})
}

func TestDelegationsHoldBetweenTheirTimes(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	now := c.Now()
	var running, coming int64
	write(t, db, func(tx *Tx) error {
		var err error
		if running, err = tx.InsertDelegation(model.Delegation{From: bob, To: alice, Starts: now.Add(-time.Hour), Ends: now.Add(time.Hour)}); err != nil {
			return err
		}
		if coming, err = tx.InsertDelegation(model.Delegation{From: carol, To: alice, Starts: now.Add(time.Hour), Ends: now.Add(2 * time.Hour)}); err != nil {
			return err
		}
		_, err = tx.InsertDelegation(model.Delegation{From: carol, To: alice, Starts: now.Add(-2 * time.Hour), Ends: now.Add(-time.Hour)})
		return err
	})
	to := func() (ids []int64) {
		read(t, db, func(tx *Tx) error {
			all, err := tx.DelegationsTo(alice)
			for _, d := range all {
				ids = append(ids, d.ID)
			}
			return err
		})
		return ids
	}
	if got := to(); !reflect.DeepEqual(got, []int64{running, coming}) {
		t.Errorf("delegations to alice = %v, want the running and the coming one", got)
	}
	write(t, db, func(tx *Tx) error {
		for _, id := range []int64{running, coming} {
			if ended, err := tx.EndDelegation(id); !ended || err != nil {
				t.Errorf("end %d: %v, %v", id, ended, err)
			}
			if ended, err := tx.EndDelegation(id); ended || err != nil {
				t.Errorf("end %d again: %v, %v", id, ended, err)
			}
		}
		return nil
	})
	if got := to(); got != nil {
		t.Errorf("delegations to alice after their end = %v", got)
	}
	read(t, db, func(tx *Tx) error {
		if past, err := tx.DelegationsFrom(bob, now.Add(-time.Hour)); err != nil || len(past) != 1 || !past[0].Ends.Equal(now) {
			t.Errorf("delegations from bob = %+v, %v; want the one ended now", past, err)
		}
		return nil
	})
	err := db.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.InsertDelegation(model.Delegation{From: bob, To: bob, Starts: now, Ends: now.Add(time.Hour)})
		return err
	})
	if err == nil {
		t.Error("a delegation to oneself was stored")
	}
}

func TestNumbersGrowAndAreNeverDrawnTwice(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	want := []model.Number{"REQ0010001", "REQ0010002", "SCTASK0010001", "SIR0010001", "REQ0010003"}
	for i, prefix := range []string{model.PrefixRequest, model.PrefixRequest, model.PrefixTask, model.PrefixIncident, model.PrefixRequest} {
		write(t, db, func(tx *Tx) error {
			got, err := tx.NextNumber(prefix)
			if got != want[i] {
				t.Errorf("number %d = %s, want %s", i, got, want[i])
			}
			return err
		})
	}
}
