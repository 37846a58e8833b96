package model

import (
	"slices"
	"time"
)

func canDecide(a Actor, c Case, now time.Time) error {
	if err := mayDecide(a, c); err != nil {
		return err
	}
	ap, ok := c.OpenApproval()
	if !ok {
		return deny(DenyState, "no approval is open for this request")
	}
	if err := inTime(c, ap, now); err != nil {
		return err
	}
	_, err := OpenSeats(a, c, ap)
	return err
}

// mayDecide says why somebody has no part in the decision at all, or not any more.
func mayDecide(a Actor, c Case) error {
	switch {
	case !a.Has(RoleApprover):
		return deny(DenyRole, "only approvers decide")
	case c.own(a.Person):
		// Never one's own, not even as somebody's delegate or through a group.
		return deny(DenyOwn, "this is your own request; somebody else has to decide it")
	case c.Request.State != Requested:
		return deny(DenyDecided, "this request is already %s", c.Request.State.Words())
	}
	return nil
}

// inTime refuses what is decided after the due date, where that ends the request.
func inTime(c Case, ap Approval, now time.Time) error {
	if c.Request.Overdue(now) && c.Request.Policy.AtDue(ap.Group) == OverdueExpire {
		return deny(DenyState, "the time to decide this request has passed")
	}
	return nil
}

// OpenSeats lists whose say the actor can give on the approval now: first their
// own, then those of people they act for. Nobody has part in a request more than
// once, over all its steps, by their own vote or by one that was given for them. It
// is a *Denied where there is none.
func OpenSeats(a Actor, c Case, ap Approval) ([]PersonID, error) {
	if err := c.takesPart(a.ID); err != nil {
		return nil, err
	}
	seats := a.Seats(ap.Group)
	if len(seats) == 0 {
		return nil, deny(DenyRole, "this waits for %s, and you are not in it", string(ap.Group))
	}
	var open []PersonID
	own := false
	for _, seat := range seats {
		delegator := slices.IndexFunc(a.For, func(p Person) bool { return p.ID == seat })
		switch {
		case seat != a.ID && delegator >= 0 && c.own(a.For[delegator]):
			own = true
		case seat == a.ID || c.takesPart(seat) == nil:
			open = append(open, seat)
		}
	}
	switch {
	case len(open) > 0:
		return open, nil
	case own:
		return nil, deny(DenyOwn, "you would decide for the one whose own request it is")
	}
	return nil, deny(DenyVoted, "the vote has been given already by the one you act for, or they gave the request to this group")
}

// Seat is the first of OpenSeats, or the one that is named: a *Denied if that
// person's say is not the actor's to give.
func Seat(a Actor, c Case, ap Approval, named PersonID) (PersonID, error) {
	seats, err := OpenSeats(a, c, ap)
	switch {
	case err != nil:
		return "", err
	case named == "":
		return seats[0], nil
	case !slices.Contains(seats, named):
		return "", deny(DenyRole, "you do not act for that person here, or their vote has been given")
	}
	return named, nil
}

// takesPart says why somebody has no (further) say in the request.
func (c Case) takesPart(id PersonID) error {
	if err := c.hadSay(id); err != nil {
		return err
	}
	if slices.ContainsFunc(c.Approvals, func(ap Approval) bool { return ap.MovedBy == id }) {
		return deny(DenyOwn, "you chose who decides this request, so you do not decide it yourself")
	}
	return nil
}

// hadSay says that somebody has had their say, by a vote that counts.
func (c Case) hadSay(id PersonID) error {
	for _, ap := range c.Counted() {
		for _, v := range ap.Votes {
			switch id {
			case v.Voter:
				return deny(DenyVoted, "you have already voted on this request")
			case v.Seat:
				return deny(DenyVoted, "your vote on this request has been given by who acts for you")
			}
		}
	}
	return nil
}

// seated reports whether the actor has a say in a group that the request waited for,
// by themselves or for somebody.
func (c Case) seated(a Actor) bool {
	return slices.ContainsFunc(c.Approvals, func(ap Approval) bool { return len(a.Seats(ap.Group)) > 0 }) || a.In(c.Request.Policy.Emergency)
}

// canAsk lets those who could decide ask first. One question waits at a time.
func canAsk(a Actor, c Case, now time.Time) error {
	if err := canDecide(a, c, now); err != nil {
		return err
	}
	if c.Request.NeedsInfo {
		return deny(DenyState, "the requestor has been asked already and has not answered yet")
	}
	return nil
}

// canReply lets the requestor answer, and the one the request is for.
func canReply(a Actor, c Case) error {
	switch {
	case !c.own(a.Person):
		return deny(DenyRole, "only the requestor answers")
	case c.Request.State != Requested:
		return deny(DenyDecided, "this request is already %s", c.Request.State.Words())
	case !c.Request.NeedsInfo:
		return deny(DenyState, "nobody has asked anything")
	}
	return nil
}

// canReassign lets the members of the group and admins give a request to another
// group, but never their own: that would be choosing who decides it. Nor do those who
// have voted choose who votes next.
func canReassign(a Actor, c Case) error {
	ap, open := c.OpenApproval()
	member := open && a.In(ap.Group) // who is no admin is an approver below
	switch {
	case !a.Has(RoleAdmin) && !a.Has(RoleApprover):
		return deny(DenyRole, "only approvers and admins reassign")
	case c.own(a.Person):
		return deny(DenyOwn, "this is your own request; somebody else has to say who decides it")
	case c.Request.State != Requested:
		return deny(DenyDecided, "this request is already %s", c.Request.State.Words())
	case !open:
		return deny(DenyState, "no approval is open for this request")
	case !member && !a.Has(RoleAdmin):
		return deny(DenyRole, "only members of %s and admins reassign this", string(ap.Group))
	}
	return c.hadSay(a.ID)
}

// canEmergency lets one member of the policy's group for emergencies approve alone:
// in person, never for somebody else.
func canEmergency(a Actor, c Case, now time.Time) error {
	if err := mayDecide(a, c); err != nil {
		return err
	}
	ap, open := c.OpenApproval()
	group := c.Request.Policy.Emergency
	switch {
	case !open:
		return deny(DenyState, "no approval is open for this request")
	case group == "":
		return deny(DenyRole, "the policy of this request knows no emergency")
	case !a.In(group):
		return deny(DenyRole, "only %s approve in an emergency", string(group))
	}
	if err := c.takesPart(a.ID); err != nil {
		return err
	}
	return inTime(c, ap, now)
}

// canReview lets somebody else look at an emergency approval: who could have
// decided the request, or an admin.
func canReview(a Actor, c Case) error {
	switch {
	case c.Review.ID == 0:
		return deny(DenyState, "this was not approved in an emergency")
	case !reviews(a, c):
		return deny(DenyRole, "only the groups that decide such requests and admins review")
	case a.ID == c.Review.UsedBy:
		return deny(DenyOwn, "you approved it; somebody else has to look at it")
	case c.own(a.Person):
		return deny(DenyOwn, "this is your own request; somebody else has to look at it")
	case !c.Review.Waits():
		return deny(DenyDecided, "somebody has looked at it already")
	}
	return nil
}

// reviews reports whether the actor is one of those who look at emergency approvals
// of such a request: in person, since nobody asked their delegates.
func reviews(a Actor, c Case) bool {
	groups := c.Request.Policy.Decides()
	for _, ap := range c.Approvals {
		groups = append(groups, ap.Group) // it may have been given to another one
	}
	return a.Has(RoleAdmin) || a.Has(RoleApprover) && slices.ContainsFunc(groups, a.In)
}
