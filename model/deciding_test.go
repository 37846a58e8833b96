package model_test

import (
	"slices"
	"testing"
	"time"

	"countersign/model"
)

// somebody is a person of the exhaustive walk, told in words that the rules do not
// use: the test derives from them both the Actor and what they may do.
type somebody struct {
	roles    int // bits in the order of model.Roles
	groups   int // bits: the group that decides, the one of the other step, the one for emergencies
	own      int // 0 no, 1 requestor, 2 recipient, 3 recipient by another address
	acting   acting
	disabled bool
}

// acting says for whom somebody acts.
type acting int

const (
	forNobody       acting = iota
	forMember              // an approver of the group that decides
	forRequestor           // who is such an approver as well
	forRecipient           // as well
	forNoApprover          // of that group
	forDisabled            // of that group
	forStranger            // an approver of no group
	forMemberSpent         // a member who had their say
	forMemberMoving        // a member who gave the request to the group
	actings
)

const (
	decides   = model.GroupName("Approvers")
	otherStep = model.GroupName("Others")
	emergency = model.GroupName("On Call")
)

func (s somebody) has(role model.Role) bool {
	return !s.disabled && s.roles&(1<<slices.Index(model.Roles(), role)) != 0
}

func (s somebody) in(g model.GroupName) bool {
	return s.groups&(1<<slices.Index([]model.GroupName{decides, otherStep, emergency}, g)) != 0
}

func (s somebody) actor() model.Actor {
	a := model.Actor{Person: model.Person{ID: "me", Login: "me", Email: "me@example.com", Active: !s.disabled}}
	for i, r := range model.Roles() {
		if s.roles&(1<<i) != 0 {
			a.Roles = append(a.Roles, r)
		}
	}
	for i, g := range []model.GroupName{decides, otherStep, emergency} {
		if s.groups&(1<<i) != 0 {
			a.Groups = append(a.Groups, g)
		}
	}
	member := model.Person{ID: "dana", Login: "dana", Email: "dana@example.com", Roles: []model.Role{model.RoleApprover},
		Groups: []model.GroupName{decides}, Active: true}
	switch s.acting {
	case forNobody:
		return a
	case forRequestor:
		member.ID, member.Login, member.Email = "alice", "alice", "alice@example.com"
	case forRecipient:
		member.ID, member.Login, member.Email = "bob", "bob", "BOB@example.com"
	case forNoApprover:
		member.Roles = []model.Role{model.RoleRequestor, model.RoleAdmin}
	case forDisabled:
		member.Active = false
	case forStranger:
		member.Groups = nil
	case forMemberSpent:
		member.ID = "spent"
	case forMemberMoving:
		member.ID = "mover"
	}
	a.For = []model.Person{member}
	return a
}

// everybody calls fn with every somebody.
func everybody(fn func(somebody)) {
	for roles := range 16 {
		for groups := range 8 {
			for own := range 4 {
				for acting := range actings {
					fn(somebody{roles, groups, own, acting, false})
				}
				fn(somebody{roles, groups, own, forMember, true})
			}
		}
	}
}

// matter is a case of the exhaustive walk.
type matter struct {
	state     model.RequestState
	mode      model.Mode
	said      int  // what "me" had to do with it: 0 nothing, 1 voted before, 2 was voted for, 3 voted on a cancelled opening, 4 reassigned it
	asked     bool // a question waits
	late      model.OverdueAction
	emergency bool // the policy knows one
	reviewed  int  // 0 no emergency, 1 waits for review, 2 "me" used it, 3 reviewed
}

func matters(fn func(matter)) {
	for _, state := range []model.RequestState{model.Requested, model.InProcess, model.ClosedRejected} {
		for _, mode := range []model.Mode{model.AnyOne, model.NOf, model.All} {
			for said := range 5 {
				for _, late := range []model.OverdueAction{"", model.OverdueExpire, model.OverdueRemind, model.OverdueEscalate} {
					for flags := range 4 {
						m := matter{state: state, mode: mode, said: said, late: late, asked: flags&1 != 0, emergency: flags&2 != 0}
						switch {
						case mode != model.AnyOne && (late != "" || m.asked):
							continue // how many are needed has nothing to do with that
						case state == model.Requested:
							fn(m)
							continue
						case late != "" || m.asked || mode != model.AnyOne:
							continue // it is decided: that does not matter any more
						}
						for m.reviewed = range 4 {
							fn(m)
						}
					}
				}
			}
		}
	}
}

func (m matter) with(s somebody) model.Case {
	c := model.Case{Request: model.Request{ID: 1, Number: "REQ0010001", Item: model.ItemRecordAccess, RequestedBy: "alice",
		RequestedFor: "bob@example.com", State: m.state, Due: noon.Add(time.Hour), NeedsInfo: m.asked,
		Policy: model.Policy{Steps: []model.PolicyStep{{Group: otherStep, Mode: model.AnyOne}, {Group: decides, Mode: m.mode, Needed: 2}},
			Overdue: model.OverdueExpire, FulfilGroup: "Fulfilment"}}}
	switch s.own {
	case 1:
		c.Request.RequestedBy = "me"
	case 2:
		c.Request.RequestedFor = "ME@example.com"
	case 3:
		c.Request.RequestedFor, c.Recipient = "else@example.com", "me"
	}
	if m.late != "" {
		c.Request.Due, c.Request.Policy.Overdue = noon.Add(-time.Hour), m.late
		if m.late == model.OverdueEscalate {
			c.Request.Policy.EscalateTo = otherStep
		}
	}
	if m.emergency {
		c.Request.Policy.Emergency = emergency
	}
	vote := func(voter, seat model.PersonID) model.Vote {
		return model.Vote{Voter: voter, Seat: seat, Verdict: model.Approve}
	}
	first := model.Approval{ID: 1, Seq: 1, Step: 1, Round: 1, Group: otherStep, State: model.ApprovalApproved, Votes: []model.Vote{vote("spent", "spent")}}
	former := model.Approval{ID: 2, Seq: 2, Step: 2, Round: 1, Group: decides, State: model.ApprovalCancelled}
	open := model.Approval{ID: 3, Seq: 3, Step: 2, Round: 1, Group: decides, State: model.ApprovalRequested, MovedBy: "mover"}
	switch m.said {
	case 1:
		first.Votes = append(first.Votes, vote("me", "erin"))
	case 2:
		first.Votes = append(first.Votes, vote("erin", "me"))
	case 3:
		former.Votes = append(former.Votes, vote("me", "me"))
	case 4:
		former.MovedBy = "me"
	}
	if m.state != model.Requested {
		open.State = model.ApprovalApproved
	}
	c.Approvals = []model.Approval{first, former, open}
	switch m.reviewed {
	case 1:
		c.Review = model.Review{ID: 1, UsedBy: "gus"}
	case 2:
		c.Review = model.Review{ID: 1, UsedBy: "me"}
	case 3:
		c.Review = model.Review{ID: 1, UsedBy: "gus", DoneBy: "hana"}
	}
	return c
}

// allowed says who may do what, from DESIGN 3 and the words of the policy alone.
func allowed(s somebody, m matter, act model.Action) bool {
	if s.disabled {
		return false
	}
	var (
		approver = s.has(model.RoleApprover)
		admin    = s.has(model.RoleAdmin)
		own      = s.own != 0
		waits    = m.state == model.Requested
		free     = m.said == 0 || m.said == 3
		inTime   = m.late == "" || m.asked || m.late != model.OverdueExpire
		seat     = s.in(decides) || s.acting == forMember
		decider  = approver && !own && waits && inTime && free && seat
	)
	switch act {
	case model.ActApprove, model.ActDeny:
		return decider
	case model.ActAsk:
		return decider && !m.asked
	case model.ActReassign:
		return !own && waits && m.said != 1 && m.said != 2 && (admin || approver && s.in(decides))
	case model.ActEmergency:
		return approver && !own && waits && inTime && free && m.emergency && s.in(emergency)
	case model.ActReply:
		return own && waits && m.asked
	case model.ActReview:
		concerned := s.in(decides) || s.in(otherStep) || m.emergency && s.in(emergency)
		return m.reviewed == 1 && !own && (admin || approver && concerned)
	case model.ActWithdraw:
		return own && (waits || m.state == model.InProcess)
	}
	return false
}

// Every role, group, policy, delegation and action: no decision that is not legal, and
// none that is legal refused. Whatever else somebody is, on one's own request there is
// nothing to decide, neither for oneself nor for somebody else, and nobody decides with
// the say of the one whose request it is, nor of one who had theirs.
func TestWhoDecidesByEveryRoleGroupPolicyAndDelegation(t *testing.T) {
	t.Parallel()
	deciding := []model.Action{model.ActApprove, model.ActDeny, model.ActAsk, model.ActReassign, model.ActEmergency, model.ActReview}
	acts := append([]model.Action{model.ActReply, model.ActWithdraw}, deciding...)
	tried, seats := 0, 0
	everybody(func(s somebody) {
		a := s.actor()
		matters(func(m matter) {
			c := m.with(s)
			for _, act := range acts {
				tried++
				err := model.Can(a, act, c, noon)
				if (err == nil) != allowed(s, m, act) {
					t.Fatalf("%+v, %+v, %s: %v", s, m, act, err)
				}
				if err == nil && s.own != 0 && slices.Contains(deciding, act) {
					t.Fatalf("%+v, %+v: may %s", s, m, act)
				}
			}
			open, _ := model.OpenSeats(a, c, c.Approvals[2])
			for _, seat := range open {
				if seats++; seat == c.Request.RequestedBy && seat != "me" || seat == "bob" && c.Request.RequestedFor == "bob@example.com" || seat == "spent" || seat == "mover" {
					t.Fatalf("%+v, %+v: decides with the say of %s", s, m, seat)
				}
			}
		})
	})
	if tried < 1_000_000 || seats == 0 {
		t.Errorf("only %d tried, %d seats", tried, seats)
	}
}

// Who approved, by themselves or by a vote given for them, does not carry it out where
// the policy says so; also not after an emergency, and not after their vote was void.
func TestFulfillersDifferFromApprovers(t *testing.T) {
	t.Parallel()
	for _, vote := range []model.Vote{
		{Voter: "priya", Seat: "priya"}, {Voter: "priya", Seat: "dana"}, {Voter: "dana", Seat: "priya"},
		{Voter: "priya", Seat: "priya", Emergency: true},
	} {
		for _, state := range []model.ApprovalState{model.ApprovalApproved, model.ApprovalCancelled} {
			c := caseIn(model.InProcess)
			vote.Verdict = model.Approve
			c.Approvals[0].Votes, c.Approvals[0].State = []model.Vote{vote}, state
			if err := model.Can(cast()["admin"], model.ActClaim, c, noon); err != nil {
				t.Errorf("%+v: where the policy does not say so: %v", vote, err)
			}
			c.Request.Policy.FulfillerDiffers = true
			if err := model.Can(cast()["admin"], model.ActClaim, c, noon); err == nil {
				t.Errorf("%+v, %s: carries it out", vote, state)
			}
		}
	}
}

func TestWhoManagesWhom(t *testing.T) {
	t.Parallel()
	person := func(id model.PersonID, active bool, roles ...model.Role) model.Person {
		return model.Person{ID: id, Login: string(id), Roles: roles, Active: active}
	}
	for roles := range 16 {
		for _, myself := range []bool{true, false} {
			for _, active := range []bool{true, false} {
				for _, approver := range []bool{true, false} {
					a := somebody{roles: roles}.actor()
					p := person("dana", active)
					if myself {
						p, active = a.Person, true
					} else if approver {
						p.Roles = []model.Role{model.RoleApprover}
					}
					admin := a.Has(model.RoleAdmin)
					want := map[model.Action]bool{
						model.ActSee:      myself || admin || a.Has(model.RoleSupport),
						model.ActEdit:     admin,
						model.ActDisable:  admin && !myself && active,
						model.ActEnable:   admin && !active,
						model.ActDelegate: (myself || admin) && p.Has(model.RoleApprover),
					}
					for _, act := range model.PeopleActions() {
						if err := model.CanManage(a, act, p); (err == nil) != want[act] {
							t.Errorf("%v, myself %v, active %v: %s: %v", a.Roles, myself, active, act, err)
						}
						a.Active = false
						if model.CanManage(a, act, p) == nil {
							t.Errorf("%v: a disabled person may %s", a.Roles, act)
						}
						a.Active = true
					}
				}
			}
		}
	}
}

// The rules of a delegation: between two active approvers, made by who delegates or by
// an admin, never by who gains from it.
func TestWhoDelegatesToWhom(t *testing.T) {
	t.Parallel()
	people := []model.Person{}
	for roles := range 16 {
		for _, disabled := range []bool{false, true} {
			p := somebody{roles: roles, disabled: disabled}.actor().Person
			people = append(people, p)
		}
	}
	allowed := 0
	for _, by := range people {
		for _, from := range people {
			for _, to := range people {
				for relation := range 4 {
					by, from, to := by, from, to
					by.ID, from.ID, to.ID = "by", "from", "to"
					switch relation {
					case 1:
						from = by
					case 2:
						to = by
					case 3:
						to = from
					}
					want := by.Active && from.Has(model.RoleApprover) && to.Has(model.RoleApprover) &&
						(by.ID == from.ID || by.Has(model.RoleAdmin)) && by.ID != to.ID && from.ID != to.ID
					if got := model.CanDelegate(model.Actor{Person: by}, from, to) == nil; got != want {
						t.Fatalf("by %+v from %+v to %+v: %v, want %v", by, from, to, got, want)
					}
					if want {
						allowed++
					}
				}
			}
		}
	}
	if allowed == 0 {
		t.Error("nobody delegates")
	}
}
