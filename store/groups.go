package store

import (
	"time"

	"countersign/model"
)

// Groups returns every group with the ids of its members, by name.
func (t *Tx) Groups() ([]model.Group, error) {
	var groups []model.Group
	err := t.rows("SELECT g.name, m.person FROM grp g LEFT JOIN grp_member m ON m.grp = g.name ORDER BY g.name, m.person", nil,
		func(r row) error {
			var name model.GroupName
			var person model.PersonID
			if err := r.Scan(text(&name), text(&person)); err != nil {
				return err
			}
			if len(groups) == 0 || groups[len(groups)-1].Name != name {
				groups = append(groups, model.Group{Name: name})
			}
			if person != "" {
				last := &groups[len(groups)-1]
				last.Members = append(last.Members, person)
			}
			return nil
		})
	return groups, wrap(err, "read groups")
}

// InsertGroup adds an empty group. ErrExists says that the name is taken.
func (t *Tx) InsertGroup(name model.GroupName) error {
	_, err := t.exec("INSERT INTO grp (name, created_at) VALUES ($1, $2)", string(name), micros(t.Now))
	return wrap(existing(err), "add group %q", name)
}

const delegationColumns = "id, from_person, to_person, starts_at, ends_at, made_by, made_at"

func delegationInto(d *model.Delegation) []any {
	return []any{number(&d.ID), text(&d.From), text(&d.To), moment(&d.Starts), moment(&d.Ends),
		text(&d.MadeBy), moment(&d.Made)}
}

// InsertDelegation stores a delegation and returns its id.
func (t *Tx) InsertDelegation(d model.Delegation) (int64, error) {
	id, err := t.insert(`INSERT INTO delegation (from_person, to_person, starts_at, ends_at, made_by, made_at)
		VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`, string(d.From), string(d.To), micros(d.Starts), micros(d.Ends), string(d.MadeBy), micros(d.Made))
	return id, wrap(err, "add delegation from %s to %s", d.From, d.To)
}

// EndDelegation ends a delegation now, or removes it if it has not begun. It
// reports false if it is over already or does not exist.
func (t *Tx) EndDelegation(id int64) (bool, error) {
	now := micros(t.Now)
	removed, err := t.changed("DELETE FROM delegation WHERE id = $1 AND starts_at >= $2", id, now)
	if err != nil || removed {
		return removed, wrap(err, "end delegation %d", id)
	}
	ended, err := t.changed("UPDATE delegation SET ends_at = $1 WHERE id = $2 AND ends_at > $3", now, id, now)
	return ended, wrap(err, "end delegation %d", id)
}

// Delegation returns a delegation, and whether there is one.
func (t *Tx) Delegation(id int64) (model.Delegation, bool, error) {
	d, found, err := one(t, delegationInto, "SELECT "+delegationColumns+" FROM delegation WHERE id = $1", id)
	return d, found, wrap(err, "read delegation %d", id)
}

// DelegationsIn returns the delegations of a group's members that have not ended, by
// their start.
func (t *Tx) DelegationsIn(group model.GroupName) ([]model.Delegation, error) {
	d, err := collect(t, delegationInto, "SELECT "+delegationColumns+` FROM grp_member m JOIN delegation d ON d.from_person = m.person
		WHERE m.grp = $1 AND d.ends_at > $2 ORDER BY d.starts_at, d.id`, string(group), micros(t.Now))
	return d, wrap(err, "read delegations of %q", group)
}

// DelegationsTo returns the delegations to a person that have not ended, by
// their start.
func (t *Tx) DelegationsTo(id model.PersonID) ([]model.Delegation, error) {
	d, err := collect(t, delegationInto, "SELECT "+delegationColumns+
		" FROM delegation WHERE to_person = $1 AND ends_at > $2 ORDER BY starts_at, id", string(id), micros(t.Now))
	return d, wrap(err, "read delegations to %s", id)
}

// DelegationsFrom returns the delegations of a person that ended after since, by
// their start.
func (t *Tx) DelegationsFrom(id model.PersonID, since time.Time) ([]model.Delegation, error) {
	d, err := collect(t, delegationInto, "SELECT "+delegationColumns+
		" FROM delegation WHERE from_person = $1 AND ends_at > $2 ORDER BY starts_at, id", string(id), micros(since))
	return d, wrap(err, "read delegations of %s", id)
}

// NextNumber draws the next number of a prefix; numbers begin at
// model.FirstNumber and are never drawn twice.
func (t *Tx) NextNumber(prefix string) (model.Number, error) {
	if err := t.usable(true); err != nil {
		return "", err
	}
	var n int64
	_, err := t.row(`INSERT INTO counter (prefix, next) VALUES ($1, $2)
		ON CONFLICT (prefix) DO UPDATE SET next = counter.next + 1 RETURNING next`,
		[]any{prefix, model.FirstNumber}, []any{&n})
	if err != nil {
		return "", wrap(err, "draw a number %s", prefix)
	}
	return model.MakeNumber(prefix, n), nil
}

// SkipNumbers leaves out the next n numbers of a prefix, which may have been given to
// others, and returns the first and the last of them.
func (t *Tx) SkipNumbers(prefix string, n int64) (first, last model.Number, err error) {
	if err := t.usable(true); err != nil {
		return "", "", err
	}
	var drawn int64
	_, err = t.row(`INSERT INTO counter (prefix, next) VALUES ($1, $2)
		ON CONFLICT (prefix) DO UPDATE SET next = counter.next + $3 RETURNING next`,
		[]any{prefix, model.FirstNumber - 1 + n, n}, []any{&drawn})
	return model.MakeNumber(prefix, drawn-n+1), model.MakeNumber(prefix, drawn), wrap(err, "leave out numbers %s", prefix)
}
