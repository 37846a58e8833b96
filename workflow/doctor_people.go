package workflow

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/model"
	"countersign/store"
)

const (
	// applyPeople is how people and groups are changed.
	applyPeople = "change the people file and run: countersign people apply FILE"
	// namedAtOnce is how many people or requests a finding names.
	namedAtOnce = 5
)

// some lists the first of many.
func some[T ~string](all []T) string {
	if len(all) <= namedAtOnce {
		return joined(all)
	}
	return fmt.Sprintf("%s and %d more", joined(all[:namedAtOnce]), len(all)-namedAtOnce)
}

// checkPeople looks for people and groups that cannot do what they are there for.
func (s *Service) checkPeople(ctx context.Context, found *checks) {
	var people []model.Person
	var groups []model.Group
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		var err error
		if people, err = tx.People(); err != nil {
			return err
		}
		groups, err = tx.Groups()
		return err
	})
	if err != nil {
		found.unread("people.some", err)
		return
	}
	if len(people) == 0 {
		found.bad("people.some", "write a people file and run: countersign people apply FILE; whoever applies the first one becomes an admin, or run: countersign setup",
			"this queue has no people yet")
		return
	}
	active := slices.DeleteFunc(slices.Clone(people), func(p model.Person) bool { return !p.Active })
	found.ok("people.some", "%s, %d of them active", howMany(len(people), "person", "people"), len(active))
	if !slices.ContainsFunc(active, func(p model.Person) bool { return p.Has(model.RoleAdmin) }) {
		found.bad("people.admin", "restore a backup of the queue in which somebody is", "nobody is an admin: nobody can change people")
	} else {
		found.ok("people.admin", "somebody is an admin")
	}
	keys(active, found)
	s.checkGroups(active, groups, found)
}

// keys says who cannot come in over SSH, where somebody can.
func keys(active []model.Person, found *checks) {
	var without []string
	for _, p := range active {
		if len(p.Keys) == 0 {
			without = append(without, p.Login)
		}
	}
	switch {
	case len(without) == len(active):
		found.ok("people.keys", "nobody has a key: people come in as users of this host")
	case len(without) > 0:
		found.warn("people.keys", "add their public keys: countersign people key add, or keys = [\"ssh-ed25519 …\"] in the people file",
			"without a key here, and so not over SSH unless by a certificate or [serve] keys: %s", some(without))
	default:
		found.ok("people.keys", "everybody has a key for the console over SSH")
	}
}

// everyPolicy lists each policy that a request can get, each item's after the
// default.
func (s *Service) everyPolicy() []model.Policy {
	all := []model.Policy{s.settings.Default}
	for _, item := range model.Catalog() {
		all = append(all, s.settings.policies(item.Key)...)
	}
	return all
}

// decidingGroup is a group that the configuration has decide.
type decidingGroup struct {
	name   model.GroupName
	needed int // approvals, at most
}

// decidingGroups are the groups that the configuration has decide, each once.
func (s *Service) decidingGroups() []decidingGroup {
	var groups []decidingGroup
	add := func(name model.GroupName, needed int) {
		i := slices.IndexFunc(groups, func(g decidingGroup) bool { return g.name == name })
		switch {
		case name == "":
		case i < 0:
			groups = append(groups, decidingGroup{name, needed})
		default:
			groups[i].needed = max(groups[i].needed, needed)
		}
	}
	for _, p := range s.everyPolicy() {
		for _, step := range p.Steps {
			add(step.Group, max(step.Needed, 1))
		}
		add(p.EscalateTo, 1)
		add(p.Emergency, 1)
	}
	add(s.endpointGroup(), 1)
	return groups
}

// checkGroups says which groups have nobody.
func (s *Service) checkGroups(active []model.Person, groups []model.Group, found *checks) {
	known := map[model.GroupName]bool{}
	var empty []model.GroupName
	for _, g := range groups {
		known[g.Name] = true
		if !slices.ContainsFunc(active, func(p model.Person) bool { return slices.Contains(p.Groups, g.Name) }) {
			empty = append(empty, g.Name)
		}
	}
	if len(empty) > 0 {
		found.warn("groups.members", applyPeople, "groups without an active member: %s", some(empty))
	} else {
		found.ok("groups.members", "every group has members")
	}
	for _, group := range s.decidingGroups() {
		const check = "groups.approvers"
		name := group.name
		var deciders []string
		for _, p := range active {
			if slices.Contains(p.Groups, name) && p.Has(model.RoleApprover) {
				deciders = append(deciders, p.Login)
			}
		}
		switch {
		case !known[name]:
			found.bad(check, "add [[group]] name = \""+string(name)+"\" with members to the people file and apply it, or name another group in [approval] of the configuration",
				"the configuration has %q decide, and there is no such group: what waits for it appears under nobody's Approvals", name)
		case len(deciders) == 0:
			found.bad(check, "give members of "+string(name)+" the role approver: "+applyPeople,
				"nobody in %q has the role approver: what waits for it appears under nobody's Approvals", name)
		case len(deciders) < group.needed:
			found.bad(check, "add approvers to "+string(name)+", or lower `needed` in [approval]: "+applyPeople,
				"%d approvals are needed of %q, and only %d people decide there: nothing can be approved", group.needed, name, len(deciders))
		case len(deciders) == group.needed && group.needed > 1:
			found.warn(check, "add another approver to "+string(name)+": "+applyPeople,
				"%d approvals are needed of %q, and %d people decide there: none of them gets what they ask for", group.needed, name, len(deciders))
		case len(deciders) == 1:
			found.warn(check, "add a second approver to "+string(name)+": "+applyPeople,
				"only %s decides for %q: nobody decides what %s asks for", deciders[0], name, deciders[0])
		default:
			found.ok(check, "for %q decide %s", name, some(deciders))
		}
	}
	s.checkFulfilment(active, known, found)
}

// checkFulfilment says whether somebody carries out what was approved.
func (s *Service) checkFulfilment(active []model.Person, known map[model.GroupName]bool, found *checks) {
	var names []model.GroupName
	for _, p := range s.everyPolicy() {
		if p.FulfilGroup != "" && !slices.Contains(names, p.FulfilGroup) {
			names = append(names, p.FulfilGroup)
		}
	}
	for _, name := range names {
		members := 0
		for _, p := range active {
			if slices.Contains(p.Groups, name) {
				members++
			}
		}
		switch {
		case members > 0:
			found.ok("groups.fulfilment", "%s of %q may carry out what was approved", howMany(members, "person", "people"), name)
		default:
			found.warn("groups.fulfilment", "add members to "+string(name)+": "+applyPeople, "nobody is in %q: only admins carry out what was approved", name)
		}
	}
}

// actorsOf loads a group's members with those whom they act for.
func actorsOf(tx *store.Tx, group model.GroupName) ([]model.Actor, error) {
	all, err := tx.People()
	if err != nil {
		return nil, err
	}
	var actors []model.Actor
	for _, p := range all {
		if !p.Active {
			continue
		}
		a, err := withDelegations(tx, p)
		if err != nil {
			return nil, err
		}
		if len(a.Seats(group)) > 0 {
			actors = append(actors, a)
		}
	}
	return actors, nil
}

// lookedAt is how many waiting requests are looked at, the oldest first.
const lookedAt = 1000

// checkRequests looks for requests that nobody can decide.
func (s *Service) checkRequests(ctx context.Context, found *checks) {
	var stuck []string
	n := 0
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		page, err := tx.Requests(store.RequestQuery{View: store.RequestsAll, States: []model.RequestState{model.Requested}, Sort: store.SortOldest,
			Span: store.Span{Limit: lookedAt}})
		if err != nil {
			return err
		}
		n = len(page.Rows)
		actors := map[model.GroupName][]model.Actor{}
		for rows := range slices.Chunk(page.Rows, 100) {
			ids := make([]int64, len(rows))
			for i, r := range rows {
				ids[i] = r.ID
			}
			cases, err := tx.Cases(ids)
			if err != nil {
				return err
			}
			for _, c := range cases {
				ap, open := c.OpenApproval()
				if !open || c.Request.Overdue(tx.Now) {
					continue // it is about to end
				}
				if _, known := actors[ap.Group]; !known {
					if actors[ap.Group], err = actorsOf(tx, ap.Group); err != nil {
						return err
					}
				}
				if n := countAble(actors[ap.Group], c, tx.Now); n == 0 || n < stillNeeded(c, ap) {
					stuck = append(stuck, fmt.Sprintf("%s (%s)", c.Request.Number, ap.Group))
				}
			}
		}
		return nil
	})
	switch {
	case err != nil:
		found.unread("requests.decidable", err)
	case len(stuck) > 0:
		found.bad("requests.decidable", "countersign doctor --request NUMBER says why; mostly the group needs another approver: "+applyPeople,
			"nobody can decide: %s", some(stuck))
	default:
		found.ok("requests.decidable", "every waiting request can be decided by somebody (%d)", n)
	}
}

// countAble counts those who may approve a case now.
func countAble(actors []model.Actor, c model.Case, now time.Time) int {
	n := 0
	for _, a := range actors {
		if model.Can(a, model.ActApprove, c, now) == nil {
			n++
		}
	}
	return n
}

// stillNeeded is how many approvals a step needs beside those that it has.
func stillNeeded(c model.Case, ap model.Approval) int {
	step, _ := c.Request.Policy.Step(ap.Step)
	if step.Mode != model.NOf {
		return 1
	}
	has := 0
	for _, v := range ap.Votes {
		if v.Verdict == model.Approve {
			has++
		}
	}
	return step.Needed - has
}
