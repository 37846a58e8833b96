package workflow_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// reference is the plain account of how an approval goes on, written without the
// program's rules: who is who, what was said in this round, and what follows.
type reference struct {
	people map[string]*refPerson
	acts   map[string][]string // by the one who acts: for whom
	own    []string            // requestor and recipient
	steps  []model.PolicyStep
	group  []model.GroupName // that decides each step
	step   int
	said   [][]refVote // of this round, by step
	movers []string
	asked  bool
	state  model.RequestState
}

type refPerson struct {
	active, approver, admin bool
	groups                  []model.GroupName
}

type refVote struct {
	voter, seat string
	approve     bool
}

func (r *reference) isOwn(who string) bool { return slices.Contains(r.own, who) }

// spent reports whether somebody has had their part.
func (r *reference) spent(who string) bool {
	return r.voted(who) || slices.Contains(r.movers, who)
}

func (r *reference) voted(who string) bool {
	for _, votes := range r.said {
		for _, v := range votes {
			if v.voter == who || v.seat == who {
				return true
			}
		}
	}
	return false
}

// member reports whether somebody has a say in a group, and can still give it.
func (r *reference) member(who string, g model.GroupName) bool {
	p := r.people[who]
	return p.active && p.approver && slices.Contains(p.groups, g) && !r.isOwn(who) && !r.spent(who)
}

// seats lists for whom somebody can vote now.
func (r *reference) seats(who string) []string {
	p := r.people[who]
	if r.state != model.Requested || !p.active || !p.approver || r.isOwn(who) || r.spent(who) {
		return nil
	}
	var seats []string
	for _, seat := range append([]string{who}, r.acts[who]...) {
		if r.member(seat, r.group[r.step]) && !slices.Contains(seats, seat) {
			seats = append(seats, seat)
		}
	}
	return seats
}

// left counts the members who could still vote.
func (r *reference) left(g model.GroupName) int {
	n := 0
	for who := range r.people {
		if r.member(who, g) {
			n++
		}
	}
	return n
}

func (r *reference) vote(v refVote) {
	r.said[r.step] = append(r.said[r.step], v)
	yes, no := 0, 0
	for _, v := range r.said[r.step] {
		if v.approve {
			yes++
		} else {
			no++
		}
	}
	rule, left := r.steps[r.step], r.left(r.group[r.step])
	needed := map[model.Mode]int{model.AnyOne: 1, model.NOf: rule.Needed, model.All: yes + no + left}[rule.Mode]
	switch {
	case no >= max(1, rule.Denied), no > 0 && yes+left < needed:
		r.state = model.ClosedRejected
	case yes >= needed:
		if r.step++; r.step == len(r.steps) {
			r.state = model.InProcess
			return
		}
		r.said = append(r.said, nil)
	}
}

func (r *reference) reply() {
	if r.asked = false; r.step == 0 && len(r.said[0]) == 0 {
		return
	}
	r.step, r.said = 0, [][]refVote{nil}
	for i := 1; i < len(r.group); i++ {
		r.group[i] = r.steps[i].Group
	}
}

// mayMove reports whether somebody can give the step to a group.
func (r *reference) mayMove(who string, to model.GroupName) bool {
	p := r.people[who]
	if r.state != model.Requested || !p.active || r.isOwn(who) || r.voted(who) || to == r.group[r.step] ||
		!p.admin && (!p.approver || !slices.Contains(p.groups, r.group[r.step])) {
		return false
	}
	after := *r
	after.said = slices.Clone(r.said)
	after.said[r.step] = nil
	after.movers = append(slices.Clone(r.movers), who)
	needed := 1
	if r.steps[r.step].Mode == model.NOf {
		needed = r.steps[r.step].Needed
	}
	return after.left(to) >= needed
}

func (r *reference) move(who string, to model.GroupName) {
	r.said[r.step], r.movers = nil, append(r.movers, who)
	r.group[r.step] = to
}

// company makes people and groups that no run before has, and returns a reference of
// them.
func company(t *rapid.T, w *world, run int) (*reference, []string, []model.GroupName) {
	groups := []model.GroupName{}
	for i := range 3 {
		groups = append(groups, model.GroupName(fmt.Sprintf("r%dg%d", run, i)))
	}
	ref := &reference{people: map[string]*refPerson{}, acts: map[string][]string{}, state: model.Requested, said: [][]refVote{nil}}
	var people []string
	err := w.db.Write(w.ctx, func(tx *store.Tx) error {
		for _, g := range groups {
			if err := tx.InsertGroup(g); err != nil {
				return err
			}
		}
		for i := range 7 {
			login := fmt.Sprintf("r%dp%d", run, i)
			p := &refPerson{active: rapid.IntRange(0, 9).Draw(t, "active") > 0, approver: rapid.IntRange(0, 9).Draw(t, "approver") > 0,
				admin: rapid.IntRange(0, 4).Draw(t, "admin") == 0}
			if i == 0 {
				p.active = true // who asks
			}
			for _, g := range groups {
				if rapid.IntRange(0, 9).Draw(t, "member") < 6 {
					p.groups = append(p.groups, g)
				}
			}
			stored := model.Person{ID: model.PersonID(login), Login: login, Email: login + "@example.com", Groups: p.groups,
				Roles: []model.Role{model.RoleRequestor}, Active: p.active}
			if p.approver {
				stored.Roles = append(stored.Roles, model.RoleApprover)
			}
			if p.admin {
				stored.Roles = append(stored.Roles, model.RoleAdmin)
			}
			if err := tx.InsertPerson(stored); err != nil {
				return err
			}
			ref.people[login], people = p, append(people, login)
		}
		for range rapid.IntRange(0, 6).Draw(t, "delegations") {
			from, to := rapid.SampledFrom(people).Draw(t, "from"), rapid.SampledFrom(people).Draw(t, "to")
			if from == to {
				continue
			}
			d := model.Delegation{From: model.PersonID(from), To: model.PersonID(to), Starts: tx.Now, Ends: tx.Now.Add(time.Hour)}
			if over := rapid.IntRange(0, 3).Draw(t, "over") == 0; over {
				d.Starts, d.Ends = tx.Now.Add(time.Minute), tx.Now.Add(time.Hour)
			} else {
				ref.acts[to] = append(ref.acts[to], from)
			}
			if _, err := tx.InsertDelegation(d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ref, people, groups
}

// For random people, policies, delegations and votes, with questions, other groups and
// people who are disabled in between, everybody may do what the reference allows and
// nothing else, and the outcome is the reference's.
func TestTheOutcomeIsThatOfAPlainReference(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := 0
	ends := map[model.RequestState]int{}
	rapid.Check(t, func(t *rapid.T) {
		run++
		ref, people, groups := company(t, w, run)
		for range rapid.IntRange(1, 3).Draw(t, "steps") {
			step := model.PolicyStep{Group: rapid.SampledFrom(groups).Draw(t, "group"),
				Mode: rapid.SampledFrom([]model.Mode{model.AnyOne, model.NOf, model.All}).Draw(t, "mode")}
			if step.Mode == model.NOf {
				step.Needed = rapid.IntRange(1, 3).Draw(t, "needed")
			}
			if step.Mode != model.All {
				step.Denied = rapid.IntRange(0, 3).Draw(t, "denied")
			}
			ref.steps, ref.group = append(ref.steps, step), append(ref.group, step.Group)
		}
		p := policy()
		p.Steps = ref.steps
		svc := workflow.New(w.db, workflow.Options{Settings: workflow.Settings{Default: p}, Now: w.clock.now})
		recipient := rapid.SampledFrom(people).Draw(t, "for")
		ref.own = []string{people[0], recipient}
		d := draft()
		d.For = recipient + "@EXAMPLE.com"
		r, err := svc.Submit(w.ctx, model.PersonID(people[0]), d)
		if err != nil {
			t.Fatal(err)
		}
		play := &play{t: t, w: w, svc: svc, ref: ref, people: people, groups: groups, number: r.Number}
		for range rapid.IntRange(3, 14).Draw(t, "moves") {
			play.move()
			play.compare()
		}
		ends[ref.state]++
	})
	if ends[model.InProcess] == 0 || ends[model.ClosedRejected] == 0 || ends[model.Requested] == 0 {
		t.Errorf("not every outcome was seen: %v", ends)
	}
}

// play is one request on its way through both, the program and the reference.
type play struct {
	t      *rapid.T
	w      *world
	svc    *workflow.Service
	ref    *reference
	people []string
	groups []model.GroupName
	number model.Number
}

// now is the case as sam of support sees it.
func (p *play) now() workflow.CaseView {
	v, err := p.svc.Case(p.w.ctx, "sam", p.number)
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}

// same fails where the program allowed what the reference does not, or the other way
// round.
func (p *play) same(what string, legal bool, err error) {
	if (err == nil) != legal {
		p.t.Fatalf("%s: %v, but the reference says %v", what, err, legal)
	}
	var wrong workflow.Invalid
	if err != nil && denied(err) == "" && conflict(err) == nil && !errors.As(err, &wrong) {
		p.t.Fatalf("%s: %v", what, err)
	}
}

func (p *play) move() {
	ref := p.ref
	who := rapid.SampledFrom(p.people).Draw(p.t, "who")
	id := model.PersonID(who)
	switch rapid.IntRange(0, 19).Draw(p.t, "what") {
	case 0:
		legal := len(ref.seats(who)) > 0 && !ref.asked
		p.same("ask", legal, p.svc.Ask(p.w.ctx, id, p.number, "why?"))
		ref.asked = ref.asked || legal
	case 1:
		legal := ref.people[who].active && ref.isOwn(who) && ref.asked && ref.state == model.Requested
		p.same("reply", legal, p.svc.Reply(p.w.ctx, id, p.number, "because"))
		if legal {
			ref.reply()
		}
	case 2:
		to := rapid.SampledFrom(p.groups).Draw(p.t, "to")
		legal := ref.mayMove(who, to)
		p.same("reassign", legal, p.svc.Reassign(p.w.ctx, id, p.number, to, "they know it"))
		if legal {
			ref.move(who, to)
		}
	case 3:
		if who == p.people[0] {
			return
		}
		ref.people[who].active = !ref.people[who].active
		p.w.change(id, func(person *model.Person) { person.Active = ref.people[who].active })
	default:
		p.vote(who)
	}
}

func (p *play) vote(who string) {
	verdict := rapid.SampledFrom([]model.Verdict{model.Approve, model.Approve, model.Approve, model.Deny}).Draw(p.t, "verdict")
	c := p.now()
	d := workflow.Decision{Number: p.number, Revision: c.Request.Revision, Digest: c.Statement(c.Request.Allowed).Digest(),
		Verdict: verdict, Allow: c.Request.Allowed, Comment: "so"}
	seats := p.ref.seats(who)
	seat := ""
	if len(seats) > 0 {
		seat = seats[0]
	}
	legal := seat != ""
	if rapid.IntRange(0, 2).Draw(p.t, "named") == 0 {
		seat = rapid.SampledFrom(p.people).Draw(p.t, "seat")
		d.For, legal = model.PersonID(seat), slices.Contains(seats, seat)
	} else if len(seats) > 1 && seat != who {
		d.For = model.PersonID(seat) // which of several delegators is first is not the reference's to say
	}
	_, err := p.svc.Decide(p.w.ctx, model.PersonID(who), d)
	p.same(fmt.Sprintf("%s by %s for %q", verdict, who, seat), legal, err)
	if legal {
		p.ref.vote(refVote{voter: who, seat: seat, approve: verdict == model.Approve})
	}
}

// compare holds the program's view against the reference.
func (p *play) compare() {
	c, ref := p.now(), p.ref
	if c.Request.State != ref.state {
		p.t.Fatalf("it is %s, the reference says %s", c.Request.State, ref.state)
	}
	if tasks := len(c.Tasks); (tasks == 1) != (ref.state == model.InProcess) || tasks > 1 {
		p.t.Fatalf("%d tasks while it is %s", tasks, ref.state)
	}
	if ref.state != model.Requested {
		return
	}
	if c.Request.NeedsInfo != ref.asked {
		p.t.Fatalf("needs info %v, the reference says %v", c.Request.NeedsInfo, ref.asked)
	}
	for i, said := range ref.said {
		if s := c.Steps[i]; s.Group != ref.group[i] || len(s.Votes) != len(said) {
			p.t.Fatalf("step %d waits for %s with %d votes, the reference says %s with %d", i+1, s.Group, len(s.Votes), ref.group[i], len(said))
		}
	}
	var able []string
	for _, who := range p.people {
		if len(ref.seats(who)) > 0 {
			able = append(able, who)
		}
	}
	shown := slices.Sorted(slices.Values(c.Deciders))
	if !slices.Equal(shown, able) {
		p.t.Fatalf("%v are shown as deciding, the reference says %v", shown, able)
	}
}
