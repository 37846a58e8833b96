package model

import (
	"slices"
	"time"
)

// The actions on people that no case has.
const (
	ActDisable  Action = "disable"
	ActEnable   Action = "enable"
	ActDelegate Action = "delegate"
	ActEdit     Action = "edit" // name, address, roles, groups and keys
)

// PeopleActions lists what may be done to a person.
func PeopleActions() []Action {
	return []Action{ActSee, ActEdit, ActDisable, ActEnable, ActDelegate}
}

// CanManage returns nil if the actor may do the action to the person, else a
// *Denied. Admins manage people, but nobody disables themselves, so that an admin is
// always left. Everybody sees themselves and has somebody act for them.
func CanManage(a Actor, act Action, p Person) error {
	if !a.Active {
		return deny(DenyInactive, "your account is disabled; ask an admin")
	}
	self := a.ID == p.ID
	switch act {
	case ActSee:
		if self || a.Has(RoleAdmin) || a.Has(RoleSupport) {
			return nil
		}
		return deny(DenyRole, "only admins and support see other people")
	case ActDelegate:
		return canBeDelegated(a, p)
	}
	switch {
	case !slices.Contains(PeopleActions(), act):
		return deny(DenyRole, "unknown action %q", string(act))
	case !a.Has(RoleAdmin):
		return deny(DenyRole, "only admins manage people")
	case act == ActDisable && self:
		return deny(DenyOwn, "nobody disables themselves; another admin can")
	case act == ActDisable && !p.Active:
		return deny(DenyState, "%s is disabled already", p.Short())
	case act == ActEnable && p.Active:
		return deny(DenyState, "%s is not disabled", p.Short())
	}
	return nil
}

// canBeDelegated says why nobody can be made to act for the person by the actor.
func canBeDelegated(a Actor, from Person) error {
	switch {
	case a.ID != from.ID && !a.Has(RoleAdmin):
		return deny(DenyRole, "only they themselves and admins have somebody act for %s", from.Short())
	case !from.Active:
		return deny(DenyState, "%s is disabled: nobody can act for them", from.Short())
	case !from.Has(RoleApprover):
		return deny(DenyState, "%s is no approver: there is nothing to act for", from.Short())
	}
	return nil
}

// CanDelegate returns nil if the actor may have one person act for another, else a
// *Denied. An admin can do so for others, but never in their own favour: that would
// be deciding without being in the group.
func CanDelegate(a Actor, from, to Person) error {
	if err := CanManage(a, ActDelegate, from); err != nil {
		return err
	}
	switch {
	case from.ID == to.ID:
		return deny(DenyState, "nobody acts for themselves")
	case a.ID == to.ID:
		return deny(DenyOwn, "you cannot make yourself act for %s; they can, or another admin", from.Short())
	case !to.Has(RoleApprover):
		return deny(DenyState, "%s is no active approver", to.Short())
	}
	return nil
}

// CanEndDelegation returns nil if the actor may end the delegation: who delegated,
// who was asked to act, and admins.
func CanEndDelegation(a Actor, d Delegation, now time.Time) error {
	switch {
	case !a.Active:
		return deny(DenyInactive, "your account is disabled; ask an admin")
	case a.ID != d.From && a.ID != d.To && !a.Has(RoleAdmin):
		return deny(DenyRole, "only the two whom it is about and admins end it")
	case !now.Before(d.Ends):
		return deny(DenyState, "it is over already")
	}
	return nil
}
