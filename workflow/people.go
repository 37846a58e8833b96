package workflow

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"countersign/model"
	"countersign/store"
)

// Roster is what a people file says: everybody and every group that it names.
// People and groups that it does not name stay as they are.
type Roster struct {
	People []RosterPerson
	Groups []RosterGroup
}

// RosterPerson is one person of a people file.
type RosterPerson struct {
	Login string
	Name  string
	Email string
	Roles []model.Role
	// Keys are authorized_keys lines; nil leaves the keys that the person has, which
	// were added one by one.
	Keys     []string
	Disabled bool
}

// RosterGroup is one group of a people file. Members are logins; they are all
// its members.
type RosterGroup struct {
	Name    model.GroupName
	Members []string
}

// ErrLastAdmin says that a change would leave nobody who can manage people.
var ErrLastAdmin = errors.New("nobody would be left with the role admin: keep one, or name another")

// errDryRun undoes a rehearsal.
var errDryRun = errors.New("dry run")

// ApplyPeople makes the queue's people what the roster says and returns what
// that changes, one line each; with dryRun it only tells. Only an admin may, but
// on a queue without people the caller, by login, becomes the first admin. Nobody
// takes the role admin from themselves, which a first file that lacks it would do
// when it is applied again. Who may not work on their open tasks any more loses them to the group at once.
func (s *Service) ApplyPeople(ctx context.Context, login string, r Roster, dryRun bool) ([]string, error) {
	var changes []string
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		if err := r.check(); err != nil {
			return err
		}
		b := &rosterRun{tx: tx}
		if err := b.begin(login, r); err != nil {
			return err
		}
		if err := b.run(login, r); err != nil {
			return err
		}
		changes = b.changes
		if dryRun {
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return changes, err
}

// check finds mistakes that need no look at the queue.
func (r Roster) check() error {
	wrong := Invalid{}
	seen := map[string]string{}
	for _, p := range r.People {
		who := "person " + p.Login
		if p.Login == "" || strings.ContainsAny(p.Login, " \t\n/:") || p.Login == string(model.System) {
			wrong[who] = `a login is needed, without blanks, "/" and ":", and not "system", by which the audit names what the program does`
		}
		if err := model.ValidateEmail(p.Email); err != nil {
			wrong[who] = err.Error()
		}
		for _, role := range p.Roles {
			if !role.Valid() {
				wrong[who] = fmt.Sprintf("%q is no role; there are requestor, approver, admin and support", string(role))
			}
		}
		for i, line := range p.Keys {
			if _, err := model.ParsePublicKey(line); err != nil {
				wrong[fmt.Sprintf("%s, key %d", who, i+1)] = err.Error()
			}
		}
		for kind, value := range map[string]string{"login": p.Login, "address": strings.ToLower(p.Email)} {
			if other, taken := seen[kind+value]; taken {
				wrong[who] = fmt.Sprintf("the %s %q is %s's already", kind, value, other)
			}
			seen[kind+value] = p.Login
		}
	}
	for _, g := range r.Groups {
		if strings.TrimSpace(string(g.Name)) == "" {
			wrong["group"] = "a group needs a name"
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}

// rosterRun is one application of a roster.
type rosterRun struct {
	tx      *store.Tx
	actor   model.PersonID
	first   string                  // who becomes the first admin, by login; empty on a queue with people
	people  map[string]model.Person // by login, as they are
	reason  string                  // for the audit; "" where none was given
	changes []string
}

// begin finds out who applies the roster, and makes them the first admin of an
// empty queue.
func (b *rosterRun) begin(login string, r Roster) error {
	people, err := b.tx.People()
	if err != nil {
		return err
	}
	b.people = make(map[string]model.Person, len(people))
	for _, p := range people {
		b.people[p.Login] = p
	}
	if len(people) == 0 {
		n := slices.IndexFunc(r.People, func(p RosterPerson) bool { return p.Login == login })
		if n < 0 {
			return Invalid{"people": fmt.Sprintf("name yourself in the file, with login = %q: who applies the first one becomes an admin", login)}
		}
		b.first = login
		if !slices.Contains(r.People[n].Roles, model.RoleAdmin) {
			b.say("%s becomes the first admin; write \"admin\" among the roles in the file as well, which cannot be applied again without", login)
		}
		b.actor = model.System
		return nil
	}
	me, known := b.people[login]
	if !known {
		return fmt.Errorf("%s: %w", login, ErrUnknownPerson)
	}
	if !me.Has(model.RoleAdmin) {
		return &model.Denied{Code: model.DenyRole, Reason: "only admins manage people"}
	}
	b.actor = me.ID
	return nil
}

func (b *rosterRun) say(format string, args ...any) {
	b.changes = append(b.changes, fmt.Sprintf(format, args...))
}

func (b *rosterRun) run(login string, r Roster) error {
	existing, err := b.tx.Groups()
	if err != nil {
		return err
	}
	for _, g := range r.Groups {
		if slices.ContainsFunc(existing, func(e model.Group) bool { return e.Name == g.Name }) {
			continue
		}
		if err := b.tx.InsertGroup(g.Name); err != nil {
			return err
		}
		b.say("add group %s", g.Name)
	}
	// Groups hang on people in the store, so people are written with them.
	want := b.wanted(r)
	for _, login := range sortedKeys(want) {
		if err := b.write(want[login]); err != nil {
			return err
		}
	}
	for _, g := range r.Groups {
		for _, m := range g.Members {
			if _, known := want[m]; !known {
				return Invalid{"group " + string(g.Name): fmt.Sprintf("nobody has the login %q", m)}
			}
		}
	}
	return keepsAdmin(login, want)
}

// keepsAdmin refuses a roster after which who applies it is no admin any more.
func keepsAdmin(login string, want map[string]model.Person) error {
	if want[login].Has(model.RoleAdmin) {
		return nil
	}
	for _, p := range want {
		if p.Has(model.RoleAdmin) {
			return Invalid{"person " + login: `write "admin" among the roles: nobody takes it from themselves, but another admin may`}
		}
	}
	return fmt.Errorf("write \"admin\" among the roles of %s in the file: %w", login, ErrLastAdmin)
}

// wanted is everybody as they are to be, by login.
func (b *rosterRun) wanted(r Roster) map[string]model.Person {
	want := make(map[string]model.Person, len(b.people)+len(r.People))
	for login, p := range b.people {
		want[login] = p
	}
	for _, rp := range r.People {
		p := want[rp.Login]
		p.Login, p.Name, p.Email, p.Active = rp.Login, rp.Name, rp.Email, !rp.Disabled
		p.Roles, p.Keys = slices.Clone(rp.Roles), slices.Clone(p.Keys)
		if rp.Keys != nil {
			p.Keys = keyLines(rp.Keys)
		}
		if rp.Login == b.first && !slices.Contains(p.Roles, model.RoleAdmin) {
			p.Roles = append(p.Roles, model.RoleAdmin)
		}
		want[rp.Login] = p
	}
	for login, p := range want {
		p.Groups = slices.Clone(p.Groups)
		for _, g := range r.Groups {
			in, is := slices.Contains(g.Members, login), slices.Contains(p.Groups, g.Name)
			switch {
			case in && !is:
				p.Groups = append(p.Groups, g.Name)
			case !in && is:
				p.Groups = slices.DeleteFunc(p.Groups, func(n model.GroupName) bool { return n == g.Name })
			}
		}
		slices.Sort(p.Roles)
		slices.Sort(p.Groups)
		slices.Sort(p.Keys)
		want[login] = p
	}
	return want
}

// keyLines are keys as they are stored: whatever blanks stood between.
func keyLines(lines []string) []string {
	var keys []string
	for _, k := range keysOf(model.Person{Keys: lines}) {
		keys = append(keys, k.String())
	}
	return keys
}

// write stores one person if anything about them changes.
func (b *rosterRun) write(p model.Person) error {
	old, known := b.people[p.Login]
	if !known {
		p.ID = model.PersonID("p" + strings.ToLower(rand.Text()[:15]))
		b.say("add %s (%s): %s", p.Login, p.Email, joined(p.Roles))
		if err := b.tx.InsertPerson(p); err != nil {
			return err
		}
		return b.audit("people.add", p, "roles "+joined(p.Roles)+"; groups "+joined(p.Groups))
	}
	var what []string
	note := func(label, from, to string) {
		if from != to {
			what = append(what, fmt.Sprintf("%s %s → %s", label, from, to))
		}
	}
	note("name", old.Name, p.Name)
	note("address", old.Email, p.Email)
	note("roles", joined(old.Roles), joined(p.Roles))
	note("groups", joined(old.Groups), joined(p.Groups))
	note("keys", fmt.Sprint(len(old.Keys)), fmt.Sprint(len(p.Keys)))
	note("active", fmt.Sprint(old.Active), fmt.Sprint(p.Active))
	if len(what) == 0 && slices.Equal(old.Keys, p.Keys) {
		return nil
	}
	if len(what) == 0 {
		what = append(what, "other keys")
	}
	b.say("change %s: %s", p.Login, strings.Join(what, ", "))
	if changed, err := b.tx.UpdatePerson(p); err != nil || !changed {
		if err == nil {
			err = fmt.Errorf("%s was changed by somebody else meanwhile; run it again", p.Login)
		}
		return err
	}
	if err := b.handBack(p); err != nil {
		return err
	}
	return b.audit("people.change", p, "roles "+joined(p.Roles)+"; groups "+joined(p.Groups)+"; active "+fmt.Sprint(p.Active))
}

// handBack gives the open tasks and incidents of somebody who may not work on them any
// more to their groups: they are disabled, left the group, or lost the role.
func (b *rosterRun) handBack(p model.Person) error {
	page, err := b.tx.Tasks(store.TaskQuery{View: store.TasksMine, Assignee: p.ID, Span: store.Span{Limit: 10_000}})
	if err != nil {
		return err
	}
	for _, row := range page.Rows {
		t := row.Task
		if p.Has(model.RoleAdmin) || p.In(t.Group) {
			continue
		}
		t.State, t.Assignee = model.TaskOpen, ""
		if err := updateTask(b.tx, t); err != nil {
			return err
		}
		b.say("give %s back to %s", t.Number, t.Group)
		if err := say(b.tx, row.Request.Number, model.System, model.EntryEvent, string(t.Number)+" went back to "+string(t.Group)); err != nil {
			return err
		}
	}
	incidents, err := b.tx.Incidents(store.IncidentQuery{Open: true, Assignee: p.ID, Span: store.Span{Limit: 10_000}})
	if err != nil {
		return err
	}
	for _, i := range incidents.Rows {
		if model.CanIncident(model.Actor{Person: p}, model.ActAssign, i, false) == nil {
			continue
		}
		i.Assignee = ""
		if changed, err := b.tx.UpdateIncident(i); err != nil || !changed {
			return orConflict(err, i.Number)
		}
		b.say("give %s back", i.Number)
		if err := say(b.tx, i.Number, model.System, model.EntryEvent, "assigned to nobody: "+p.Short()+" does not work on incidents any more"); err != nil {
			return err
		}
	}
	return nil
}

func (b *rosterRun) audit(action string, p model.Person, detail string) error {
	texts := []model.AuditText{{Name: "login", Text: p.Login}, {Name: "name", Text: p.Name}, {Name: "address", Text: p.Email}}
	if b.reason != "" {
		texts = append(texts, model.AuditText{Name: "reason", Text: b.reason})
	}
	return record(b.tx, change{by: b.actor, object: model.Number(p.ID), action: action, detail: detail, texts: texts})
}

func joined[T ~string](all []T) string {
	if len(all) == 0 {
		return "none"
	}
	parts := make([]string, len(all))
	for i, v := range all {
		parts[i] = string(v)
	}
	return strings.Join(parts, ", ")
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
