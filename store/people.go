package store

import (
	"strings"

	"countersign/model"
)

const personColumns = "p.id, p.login, p.name, p.email, p.active, p.revision"

func personInto(p *model.Person) []any {
	return []any{text(&p.ID), text(&p.Login), text(&p.Name), text(&p.Email), boolean(&p.Active), number(&p.Revision)}
}

// Person returns a person with roles, groups and keys, and whether there is one.
func (t *Tx) Person(id model.PersonID) (model.Person, bool, error) {
	p, found, err := one(t, personInto, "SELECT "+personColumns+" FROM person p WHERE p.id = $1", string(id))
	return t.complete(p, found, wrap(err, "read person %s", id))
}

// PersonByLogin finds a person by login.
func (t *Tx) PersonByLogin(login string) (model.Person, bool, error) {
	p, found, err := one(t, personInto, "SELECT "+personColumns+" FROM person p WHERE p.login = $1", login)
	return t.complete(p, found, wrap(err, "read person with login %q", login))
}

// PersonByEmail finds a person by address, ignoring case as Keeper does
// (PROTOCOL 12.2).
func (t *Tx) PersonByEmail(email string) (model.Person, bool, error) {
	p, found, err := one(t, personInto, "SELECT "+personColumns+" FROM person p WHERE p.email_key = $1", emailKey(email))
	return t.complete(p, found, wrap(err, "read person with address %q", email))
}

// People returns everybody, by login, with roles, groups and keys.
func (t *Tx) People() ([]model.Person, error) {
	people, err := collect(t, personInto, "SELECT "+personColumns+" FROM person p ORDER BY p.login, p.id")
	if err != nil {
		return nil, wrap(err, "read people")
	}
	return t.completeAll(people)
}

// FindPeople returns the ids of at most limit people whose login, name or
// address contains the text, ignoring case.
func (t *Tx) FindPeople(part string, limit int) ([]model.PersonID, error) {
	like := "%" + escapeLike(strings.ToLower(part)) + "%"
	found, err := collect(t, func(id *model.PersonID) []any {
		return []any{text(id)}
	}, `SELECT id FROM person WHERE lower(login) LIKE $1 ESCAPE '\' OR lower(name) LIKE $1 ESCAPE '\' OR email_key LIKE $1 ESCAPE '\'
		ORDER BY login LIMIT $2`, like, limit)
	return found, wrap(err, "find people")
}

// Members returns the people in a group, by login.
func (t *Tx) Members(group model.GroupName) ([]model.Person, error) {
	people, err := collect(t, personInto, "SELECT "+personColumns+
		" FROM person p JOIN grp_member m ON m.person = p.id WHERE m.grp = $1 ORDER BY p.login, p.id", string(group))
	if err != nil {
		return nil, wrap(err, "read members of %q", group)
	}
	return t.completeAll(people)
}

func (t *Tx) complete(p model.Person, found bool, err error) (model.Person, bool, error) {
	if err != nil || !found {
		return model.Person{}, false, err
	}
	all, err := t.completeAll([]model.Person{p})
	if err != nil {
		return model.Person{}, false, err
	}
	return all[0], true, nil
}

// completeAll reads what hangs on people, in one statement each.
func (t *Tx) completeAll(people []model.Person) ([]model.Person, error) {
	if len(people) == 0 {
		return people, nil
	}
	at := make(map[model.PersonID]*model.Person, len(people))
	ids := make([]model.PersonID, len(people))
	for i := range people {
		ids[i], at[people[i].ID] = people[i].ID, &people[i]
	}
	for _, part := range []struct {
		column, table string
		add           func(*model.Person, string)
	}{
		{"role", "person_role", func(p *model.Person, v string) { p.Roles = append(p.Roles, model.Role(v)) }},
		{"grp", "grp_member", func(p *model.Person, v string) { p.Groups = append(p.Groups, model.GroupName(v)) }},
		{"trim(line || ' ' || note)", "person_key", func(p *model.Person, v string) { p.Keys = append(p.Keys, v) }},
	} {
		var q query
		addIn(q.add("SELECT person, "+part.column+" FROM "+part.table+" WHERE"), "person", ids).add("ORDER BY person, " + part.column)
		err := t.rows(q.text(), q.args, func(r row) error {
			var id model.PersonID
			var value string
			if err := r.Scan(text(&id), text(&value)); err != nil {
				return err
			}
			part.add(at[id], value)
			return nil
		})
		if err != nil {
			return nil, wrap(err, "read people")
		}
	}
	return people, nil
}

// InsertPerson adds a person with roles, groups and keys; the groups must exist.
// ErrExists says that the id, login, address or a key is taken.
func (t *Tx) InsertPerson(p model.Person) error {
	_, err := t.exec(`INSERT INTO person (id, login, name, email, email_key, active, revision, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8)`,
		string(p.ID), textOrNull(p.Login), p.Name, p.Email, textOrNull(emailKey(p.Email)), bit(p.Active),
		micros(t.Now), micros(t.Now))
	if err == nil {
		err = t.addParts(p)
	}
	if err == nil {
		err = t.knownAs(p)
	}
	return wrap(existing(err), "add person %q", p.Short())
}

// UpdatePerson replaces everything about a person, roles, groups and keys
// included. It reports false if the revision is not the one that was read.
func (t *Tx) UpdatePerson(p model.Person) (bool, error) {
	changed, err := t.changed(`UPDATE person SET login = $1, name = $2, email = $3, email_key = $4, active = $5,
		revision = revision + 1, updated_at = $6 WHERE id = $7 AND revision = $8`,
		textOrNull(p.Login), p.Name, p.Email, textOrNull(emailKey(p.Email)), bit(p.Active), micros(t.Now),
		string(p.ID), p.Revision)
	if err == nil && changed {
		err = t.removeParts(p.ID)
	}
	if err == nil && changed {
		err = t.addParts(p)
	}
	if err == nil && changed {
		err = t.knownAs(p)
	}
	return changed, wrap(existing(err), "change person %q", p.Short())
}

// knownAs remembers of the requests for a person's address whose nobody knew that it
// is this person's, whatever address they have later.
func (t *Tx) knownAs(p model.Person) error {
	_, err := t.exec("UPDATE request SET for_person = $1 WHERE for_key = $2 AND for_key <> '' AND for_person = ''", string(p.ID), emailKey(p.Email))
	return err
}

func (t *Tx) removeParts(id model.PersonID) error {
	if _, err := t.exec("DELETE FROM person_role WHERE person = $1", string(id)); err != nil {
		return err
	}
	if _, err := t.exec("DELETE FROM grp_member WHERE person = $1", string(id)); err != nil {
		return err
	}
	_, err := t.exec("DELETE FROM person_key WHERE person = $1", string(id))
	return err
}

func (t *Tx) addParts(p model.Person) error {
	for _, role := range p.Roles {
		if _, err := t.exec("INSERT INTO person_role (person, role) VALUES ($1, $2)", string(p.ID), string(role)); err != nil {
			return err
		}
	}
	for _, group := range p.Groups {
		if _, err := t.exec("INSERT INTO grp_member (grp, person) VALUES ($1, $2)", string(group), string(p.ID)); err != nil {
			return err
		}
	}
	for _, key := range p.Keys {
		if err := t.addKey(p.ID, key); err != nil {
			return err
		}
	}
	return nil
}

// emailKey is the form in which addresses are compared.
func emailKey(email string) string { return strings.ToLower(email) }

// escapeLike makes a text stand for itself in a LIKE pattern.
func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
