package model

import (
	"slices"
	"strings"
	"time"
)

// The actions on incidents that no case has.
const (
	ActAssign Action = "assign"
	ActNote   Action = "note"
	ActClose  Action = "close"
	ActReopen Action = "reopen"
)

// EndpointActions lists what may be done to an endpoint request or a device.
func EndpointActions() []Action { return []Action{ActSee, ActApprove, ActDeny} }

// IncidentActions lists what may be done to an incident.
func IncidentActions() []Action {
	return []Action{ActSee, ActAssign, ActNote, ActClose, ActReopen}
}

// EndingSoon is how long before its end an approver is told that little time is
// left.
const EndingSoon = time.Minute

// clockBack is how far the clock may be behind the moment in which a request was
// first seen before it counts as put back.
const clockBack = time.Minute

// CanEndpoint returns nil if the actor may do the action to the endpoint request
// at that time, else a *Denied. Approving needs the whole evidence and time that
// is left; denying is possible on what the list shows.
func CanEndpoint(a Actor, act Action, e EndpointRequest, now time.Time) error {
	if err := canSeeSecurity(a, act); err != nil || act == ActSee {
		return err
	}
	if act != ActApprove && act != ActDeny {
		return deny(DenyRole, "unknown action %q", string(act))
	}
	if err := canDecideFor(a, e.Group, func(p Person) bool { return ownEndpoint(p, e) }, e.State); err != nil {
		return err
	}
	if act == ActDeny {
		return endedBy(e, now)
	}
	if !e.Complete {
		return deny(DenyState, "the evidence is not complete yet: it can be denied, not approved")
	}
	if now.Before(e.Seen.Add(-clockBack)) {
		return deny(DenyState, "the clock here shows a time before this request was first seen: set it right; whether the request has ended is not known")
	}
	return endedBy(e, now)
}

// endedBy refuses what is decided after the request's time.
func endedBy(e EndpointRequest, now time.Time) error {
	if e.Expires.IsZero() || now.Before(e.Expires) {
		return nil
	}
	why := "its time was over at " + e.Expires.UTC().Format("15:04:05 UTC")
	if e.Doubt != "" {
		why += " (" + e.Doubt + ")"
	}
	return deny(DenyState, "%s", why)
}

// CanDevice is CanEndpoint for a device that waits for approval.
func CanDevice(a Actor, act Action, d Device) error {
	if err := canSeeSecurity(a, act); err != nil || act == ActSee {
		return err
	}
	if act != ActApprove && act != ActDeny {
		return deny(DenyRole, "unknown action %q", string(act))
	}
	return canDecideFor(a, d.Group, func(p Person) bool { return p.Is(d.Email) }, d.State)
}

// CanIncident returns nil if the actor may do the action to the incident, else a
// *Denied. waits tells that its endpoint request has not ended: the incident is
// closed with it, not before.
func CanIncident(a Actor, act Action, i Incident, waits bool) error {
	if err := canSeeSecurity(a, act); err != nil || act == ActSee {
		return err
	}
	if !a.Has(RoleApprover) && !a.Has(RoleAdmin) && act != ActNote {
		return deny(DenyRole, "only approvers and admins work on incidents")
	}
	open := i.Closed.IsZero()
	switch {
	case act == ActNote:
		return nil
	case act == ActReopen && open:
		return deny(DenyState, "this incident is open")
	case act == ActReopen:
		return nil
	case act != ActAssign && act != ActClose:
		return deny(DenyRole, "unknown action %q", string(act))
	case !open:
		return deny(DenyState, "this incident is closed; reopen it first")
	case act == ActClose && waits:
		return deny(DenyState, "the request still waits; the incident is closed when that ends")
	}
	return nil
}

// canSeeSecurity lets those see endpoint requests, devices and incidents who
// decide or look after the program.
func canSeeSecurity(a Actor, act Action) error {
	switch {
	case !a.Active:
		return deny(DenyInactive, "your account is disabled; ask an admin")
	case a.Has(RoleApprover), a.Has(RoleAdmin), a.Has(RoleSupport):
		return nil
	}
	return deny(DenyRole, "only approvers, admins and support see endpoint requests, devices and incidents")
}

// canDecideFor says why the actor cannot decide what waits for a group: neither one's
// own, nor that of somebody with whose say alone one would decide it.
func canDecideFor(a Actor, group GroupName, own func(Person) bool, state EndpointState) error {
	acts := a
	acts.For = slices.DeleteFunc(slices.Clone(a.For), own)
	switch {
	case !a.Has(RoleApprover):
		return deny(DenyRole, "only approvers decide")
	case own(a.Person):
		return deny(DenyOwn, "this is your own; somebody else has to decide it")
	case state == EndpointApproving || state == EndpointDenying:
		return deny(DenyInFlight, "it is %s already", state.Words())
	case state != EndpointPending:
		return deny(DenyDecided, "it is already %s", state.Words())
	case group != "" && len(a.Seats(group)) > 0 && len(acts.Seats(group)) == 0:
		return deny(DenyOwn, "you would decide for the one whose own it is")
	case group != "" && len(acts.Seats(group)) == 0:
		return deny(DenyRole, "this waits for %s, and you are not in it", string(group))
	}
	return nil
}

// ownEndpoint reports whether the user on the machine is the person, as far as the
// name tells: the login or the address, with a domain before it or behind.
func ownEndpoint(p Person, e EndpointRequest) bool {
	name := e.User[strings.LastIndexByte(e.User, '\\')+1:]
	login, _, _ := strings.Cut(name, "@")
	return p.Is(name) || p.Login != "" && strings.EqualFold(p.Login, login)
}

// AllowedOnEndpoint lists every action with why it is not allowed, nil if it is.
func AllowedOnEndpoint(a Actor, e EndpointRequest, now time.Time) []Permission {
	var perms []Permission
	for _, act := range EndpointActions() {
		perms = append(perms, Permission{act, CanEndpoint(a, act, e, now)})
	}
	return perms
}

// AllowedOnDevice is AllowedOnEndpoint for a device.
func AllowedOnDevice(a Actor, d Device) []Permission {
	var perms []Permission
	for _, act := range EndpointActions() {
		perms = append(perms, Permission{act, CanDevice(a, act, d)})
	}
	return perms
}

// AllowedOnIncident is AllowedOnEndpoint for an incident.
func AllowedOnIncident(a Actor, i Incident, waits bool) []Permission {
	var perms []Permission
	for _, act := range IncidentActions() {
		perms = append(perms, Permission{act, CanIncident(a, act, i, waits)})
	}
	return perms
}
