package model

import (
	"slices"
	"time"
)

// Case is a request with everything that hangs on it, as one consistent read.
type Case struct {
	Request    Request
	Approvals  []Approval // by step, with their votes
	Tasks      []Task
	Operations []Operation // by plan and sequence
	Grants     []Grant
	// Recipient is the person whose address gets the access, if we know one: who had it
	// when the request was submitted, or else who has it now.
	Recipient PersonID
	// Review is the look at the emergency approval of the request; its ID is 0 where
	// there was none.
	Review Review
}

// OpenApproval returns the step that waits for a decision.
func (c Case) OpenApproval() (Approval, bool) {
	n := slices.IndexFunc(c.Approvals, func(a Approval) bool { return a.State == ApprovalRequested })
	if n < 0 {
		return Approval{}, false
	}
	return c.Approvals[n], true
}

// Counted returns the approvals whose votes count: those of the last round that
// were not cancelled because the step went to another group.
func (c Case) Counted() []Approval {
	var counted []Approval
	for _, a := range c.Approvals {
		if a.State != ApprovalCancelled && max(a.Round, 1) == c.Round() {
			counted = append(counted, a)
		}
	}
	return counted
}

// Round is the round of the approval, from 1: the requestor's answer to a question
// begins a new one where votes had been given.
func (c Case) Round() int {
	round := 1
	for _, a := range c.Approvals {
		round = max(round, a.Round)
	}
	return round
}

// Inquiry returns the question that waits for the requestor's answer.
func (c Case) Inquiry() (Inquiry, bool) {
	n := len(c.Request.Inquiries)
	if n == 0 || !c.Request.Inquiries[n-1].Open() {
		return Inquiry{}, false
	}
	return c.Request.Inquiries[n-1], true
}

// OpenTask returns the task that waits for work.
func (c Case) OpenTask() (Task, bool) {
	n := slices.IndexFunc(c.Tasks, func(t Task) bool { return !t.State.Closed() })
	if n < 0 {
		return Task{}, false
	}
	return c.Tasks[n], true
}

// OpenGrant returns the access that the request gave and that still stands.
func (c Case) OpenGrant() (Grant, bool) {
	n := slices.IndexFunc(c.Grants, func(g Grant) bool { return g.State.Open() })
	if n < 0 {
		return Grant{}, false
	}
	return c.Grants[n], true
}

// LinkGrant returns the last one-time link that the request gave.
func (c Case) LinkGrant() (Grant, bool) {
	for _, g := range slices.Backward(c.Grants) {
		if g.Link != "" {
			return g, true
		}
	}
	return Grant{}, false
}

// InFlight returns an operation that may have reached the vault and whose
// outcome is not known, or that is about to be sent.
func (c Case) InFlight() (Operation, bool) {
	n := slices.IndexFunc(c.Operations, func(o Operation) bool {
		return o.State == OpQueued || o.State == OpSent || o.State == OpUnknown
	})
	if n < 0 {
		return Operation{}, false
	}
	return c.Operations[n], true
}

// scheduledFor returns when the next order of a task's plan goes out, and whether
// one waits for its time. While the task is open, that plan is under way.
func (c Case) scheduledFor(t Task) (time.Time, bool) {
	var next time.Time
	for _, o := range c.Operations {
		if o.State == OpScheduled && o.TaskID == t.ID && !o.Restores() && (next.IsZero() || o.NotBefore.Before(next)) {
			next = o.NotBefore
		}
	}
	return next, !next.IsZero()
}

// Restores reports whether the order gives a standing right back after access that
// stands already: it runs by itself, and holds up nothing before its time.
func (o Operation) Restores() bool { return o.Intent.Restores && o.GrantID != 0 }

// uncertain returns an operation that is sent or unknown: while there is one,
// nothing may be cancelled (DESIGN 3).
func (c Case) uncertain() bool {
	return slices.ContainsFunc(c.Operations, func(o Operation) bool {
		return o.State == OpSent || o.State == OpUnknown
	})
}

// Target is what the work is about: what was approved by name, or else what the
// fulfiller picked for the description.
func (c Case) Target() Target {
	if c.Request.Target.Named() {
		return c.Request.Target
	}
	for _, t := range c.Tasks {
		if t.Picked.Named() {
			return t.Picked
		}
	}
	return c.Request.Target
}

// AsVoted reports whether the request says now what every vote on it was given on,
// and allows what the last one allowed: it goes through the votes again, as they
// were given. Access that is taken needs none. Only what came after the decision
// (work, links, what an admin typed) is no part of it. names must resolve people as
// for the votes.
func (c Case) AsVoted(names Names) bool {
	r := c.Request
	if r.Item == ItemRevoke {
		return true
	}
	r.Allowed, r.Revision = r.Asked, 1
	votes := 0
	for _, ap := range c.Approvals {
		for i, v := range ap.Votes {
			if StatementOf(r, v.Allowed, names).Digest() != v.Digest {
				return false
			}
			votes++
			if lowered := v.Allowed != r.Allowed; lowered && i < len(ap.Votes)-1 {
				r.Revision++ // whoever voted next decided on what was left
			}
			r.Allowed = v.Allowed
		}
	}
	return votes > 0 && r.Allowed == c.Request.Allowed && r.Revision == c.Request.Revision
}

// Created is the record that an order of the request has made, and whether there
// is one.
func (c Case) Created() (Target, bool) {
	for _, o := range slices.Backward(c.Operations) {
		if o.Kind == OpCreate && o.State == OpDone {
			return Target{Kind: TargetRecord, UID: o.Intent.Record, Title: o.Intent.Create.Title, Type: o.Intent.Create.Type}, true
		}
	}
	return Target{}, false
}

// Record is the record that the work is about: what the request names or the
// fulfiller picked, which a record that was made for it is as well, or else what an
// item that creates one has made. It is not named where there is none.
func (c Case) Record() Target {
	if t := c.Target(); t.Kind == TargetRecord && t.Named() {
		return t
	}
	made, _ := c.Created()
	made.Kind = TargetRecord
	return made
}

// own reports whether the request is the person's own: as requestor or as the
// one it is for.
func (c Case) own(p Person) bool {
	return p.ID == c.Request.RequestedBy || p.Is(c.Request.RequestedFor) || c.Recipient != "" && p.ID == c.Recipient
}

// approvedBy reports whether the person voted for the request, for whomever.
func (c Case) approvedBy(id PersonID) bool {
	for _, a := range c.Approvals {
		for _, v := range a.Votes {
			if v.Verdict == Approve && (v.Voter == id || v.Seat == id) {
				return true
			}
		}
	}
	return false
}

// Overdue reports whether the due date has passed at t. The clock stands while
// the requestor is asked for information, as long as the policy lets it.
func (r Request) Overdue(t time.Time) bool {
	due := r.LastDue()
	return !due.IsZero() && t.After(due)
}

// LastDue is when the time to decide ends: later than Due by as long as a question
// that waits can stop the clock. It is zero where it does not end.
func (r Request) LastDue() time.Time {
	most := r.Policy.AnswerIn.Length()
	switch {
	case r.Due.IsZero() || !r.NeedsInfo:
		return r.Due
	case most == 0:
		return time.Time{}
	}
	return r.Due.Add(most)
}

// DueAgain is the due date of a request that is due again after a time.
func (r Request) DueAgain(now time.Time) time.Time {
	due := r.Policy.DueIn.End(now)
	if r.NeedsInfo && !due.IsZero() {
		due = due.Add(-r.Policy.AnswerIn.Length()) // the clock has stood as long as it can
	}
	return due
}
