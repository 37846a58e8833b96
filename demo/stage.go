package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// stage holds what the tales need while they are told.
type stage struct {
	plot
	db     *store.DB
	clock  *clock
	world  *vaultsim.World
	random *rand.Rand
	now    time.Time // where the story ends
	// identity opens what is sealed in the story.
	identity seal.Identity
	people   map[string]model.Person
	// access is who has what by the tales told so far, or stood in the vault
	// before them.
	access map[place]model.Share
	// touched are the places that the vault has to be told of at the end.
	touched map[place]bool
	// openLinks are the one-time links that somebody has opened.
	openLinks []string
	// requests counts those that are told by name.
	requests int
	lines    []store.LogLine
	traffic  []store.Traffic
}

// place is one person's access to one record.
type place struct {
	record model.UID
	email  string
}

// dueIn is how long the company lets a request wait.
const dueIn = 48 * time.Hour

// policy is how the company approves and fulfils.
func policy() model.Policy {
	return model.Policy{Steps: []model.PolicyStep{{Group: Approvers, Mode: model.AnyOne}}, DueIn: model.For(dueIn),
		Overdue: model.OverdueExpire, Emergency: OnCall, FulfilGroup: Admins, Fulfilment: model.FulfilByTask}
}

// Settings are the rules under which the demo's console works.
func Settings() workflow.Settings {
	owner := []model.PolicyRule{{Rights: []model.Right{model.RightOwner}, Policy: ownership()}}
	return workflow.Settings{Default: policy(), Rules: map[model.ItemKey][]model.PolicyRule{model.ItemRecordAccess: owner}}
}

// ownership is the policy of what cannot be taken back: two approve, then one of
// Security.
func ownership() model.Policy {
	p := policy()
	p.Steps = []model.PolicyStep{{Group: Approvers, Mode: model.NOf, Needed: 2}, {Group: Security, Mode: model.AnyOne}}
	return p
}

// service returns the verbs under a policy of their own.
func (s *stage) service(p model.Policy) *workflow.Service {
	return workflow.New(s.db, workflow.Options{Settings: workflow.Settings{Default: p,
		Recipients: []seal.Recipient{s.identity.Recipient()}}, Now: s.clock.now})
}

// register brings the company's people into the queue, some time before the
// first tale.
func (s *stage) register(ctx context.Context, login string, before time.Duration) error {
	s.clock.tell(s.now.Add(-before))
	if _, err := s.service(policy()).ApplyPeople(ctx, "priya", roster(s.world.People, login), false); err != nil {
		return fmt.Errorf("register the people of the demo: %w", err)
	}
	s.people = map[string]model.Person{}
	return s.db.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.People()
		for _, p := range all {
			s.people[p.Login] = p
		}
		return err
	})
}

// lookAround notes who has what in the vault before the first tale.
func (s *stage) lookAround() {
	s.access, s.touched = map[place]model.Share{}, map[place]bool{}
	for _, uid := range s.world.Vault.Records() {
		for _, sh := range s.world.Vault.Shares(uid) {
			s.access[place{model.UID(uid), sh.User}] = model.Share{
				Right: model.RecordRight(sh.Rights.Edit, sh.Rights.Share), Expires: sh.Expires.UTC()}
		}
	}
	for _, uid := range s.world.Vault.Folders() {
		folder, _ := s.world.Vault.Folder(uid)
		for _, m := range folder.Members {
			s.access[place{model.UID(uid), m.User}] = model.Share{Right: model.FolderRight(m.ManageUsers, m.ManageRecords), Expires: m.Expires.UTC()}
		}
	}
}

// tellAll adds the whole story, with so many requests in it.
func (s *stage) tellAll(requests int) {
	s.memories()
	s.stories()
	s.catalog()
	s.endpoints()
	s.past(max(0, requests-s.requests))
}

// target is the record with a title as a requestor picks it.
func (s *stage) target(title string) model.Target {
	item, ok := s.world.Record(title)
	if !ok {
		panic("the company has no record " + title)
	}
	return model.Target{Kind: model.TargetRecord, UID: model.UID(item.UID), Title: item.Title, Type: item.Type}
}

func (s *stage) person(login string) model.Person {
	p, ok := s.people[login]
	if !ok {
		panic("nobody in the company is called " + login)
	}
	return p
}

// short names a person as statements do.
func (s *stage) short(id model.PersonID) string {
	for login, p := range s.people {
		if p.ID == id {
			return login
		}
	}
	return string(id)
}

// ago is a moment before the end of the story.
func (s *stage) ago(d time.Duration) time.Time { return s.now.Add(-d) }

// give changes what somebody has.
func (s *stage) give(at place, have model.Share) {
	at.email = strings.ToLower(at.email)
	s.access[at], s.touched[at] = have, true
}

// has is what somebody has at a time; what has ended by itself is nothing.
func (s *stage) has(at place, now time.Time) model.Share {
	at.email = strings.ToLower(at.email)
	have := s.access[at]
	if !have.Expires.IsZero() && !have.Expires.After(now) {
		return model.Share{}
	}
	return have
}

// settle brings the vault to what the tales say.
func (s *stage) settle() {
	for at := range s.touched {
		tellVault(s.world.Vault, at, s.has(at, s.now))
	}
	for _, id := range s.openLinks {
		s.world.Vault.OpenLink(id)
	}
}

func tellVault(v *vaultsim.Vault, at place, have model.Share) {
	if folder, ok := v.Folder(string(at.record)); ok && folder.Shared != "" {
		joinFolder(v, at, have)
		return
	}
	switch {
	case have.Right.Owner():
	case have.None():
		v.Unshare(string(at.record), at.email)
	default:
		v.Share(string(at.record), at.email, vaultsim.Rights{Edit: have.Right.Edit(), Share: have.Right.Share()}, have.Expires)
	}
}

// joinFolder makes somebody what they are in a shared folder.
func joinFolder(v *vaultsim.Vault, at place, have model.Share) {
	v.EditFolder(string(at.record), func(f *vaultsim.Folder) {
		f.Members = slices.DeleteFunc(f.Members, func(m vaultsim.Member) bool { return m.User == at.email })
		if !have.None() {
			f.Members = append(f.Members, vaultsim.Member{User: at.email, ManageUsers: have.Right.ManageUsers(),
				ManageRecords: have.Right.ManageRecords(), Expires: have.Expires})
		}
	})
}

// random is the source of chance of a story.
func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) } // #nosec G404 -- a story

// pick returns one of several.
func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// between returns a time span between two, short ones more often than long ones.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	f := r.Float64()
	return (least + time.Duration(f*f*float64(most-least))).Truncate(time.Second)
}

// someoneElse picks a login that is not among those named.
func someoneElse(r *rand.Rand, from []string, but ...string) string {
	for {
		if login := pick(r, from); !slices.Contains(but, login) {
			return login
		}
	}
}
