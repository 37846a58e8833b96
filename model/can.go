package model

import (
	"fmt"
	"time"
)

// Action is something a person may do to a case.
type Action string

// The actions that screens and commands offer.
const (
	ActSee        Action = "see"
	ActComment    Action = "comment"
	ActApprove    Action = "approve"
	ActDeny       Action = "deny"
	ActWithdraw   Action = "withdraw"
	ActClaim      Action = "claim"
	ActRelease    Action = "release"
	ActPick       Action = "pick" // choose the record that a description meant
	ActFulfil     Action = "fulfil"
	ActCreate     Action = "create a record" // and use it for the request
	ActChange     Action = "change the record"
	ActComplete   Action = "close complete"
	ActIncomplete Action = "close incomplete"
	ActSkip       Action = "skip"
	ActGiveBack   Action = "give back"
	ActRevoke     Action = "revoke"
	ActReveal     Action = "reveal" // see the one-time link
	ActAnswer     Action = "answer" // send what a search has found
	ActAsk        Action = "ask"    // the requestor for information
	ActReply      Action = "reply"  // to what an approver asked
	ActReassign   Action = "reassign"
	ActEmergency  Action = "approve in an emergency"
	ActReview     Action = "review" // an emergency approval
)

// Actions lists every action in the order screens offer them.
func Actions() []Action {
	return []Action{ActSee, ActComment, ActApprove, ActDeny, ActAsk, ActReassign, ActEmergency, ActReview, ActReply, ActWithdraw,
		ActClaim, ActRelease, ActPick, ActFulfil, ActCreate, ActChange, ActComplete, ActIncomplete, ActSkip, ActGiveBack, ActRevoke, ActReveal, ActAnswer}
}

// DenyCode classifies why an action is not allowed, for exit codes and tests.
type DenyCode string

// The reasons for which Can refuses.
const (
	DenyRole     DenyCode = "role"     // the person's roles or groups do not open it
	DenyOwn      DenyCode = "own"      // one's own request
	DenyState    DenyCode = "state"    // it is too late or too early
	DenyDecided  DenyCode = "decided"  // somebody decided before
	DenyVoted    DenyCode = "voted"    // this person voted already
	DenyTaken    DenyCode = "taken"    // somebody else has the task
	DenyInFlight DenyCode = "inflight" // an order to the vault is under way
	DenyInactive DenyCode = "inactive" // the person is disabled
)

// Denied is why an action is not allowed: a code for programs and a sentence
// for people.
type Denied struct {
	Code   DenyCode
	Reason string
}

func (d *Denied) Error() string { return d.Reason }

func deny(code DenyCode, format string, args ...any) error {
	return &Denied{code, fmt.Sprintf(format, args...)}
}

// Permission is one action with the reason why it is not allowed, nil if it is.
type Permission struct {
	Action Action
	Err    error
}

// Allowed lists every action with whether the actor may do it now, and if not,
// why. Screens draw their keys from it.
func Allowed(a Actor, c Case, now time.Time) []Permission {
	perms := make([]Permission, 0, len(Actions()))
	for _, act := range Actions() {
		perms = append(perms, Permission{act, Can(a, act, c, now)})
	}
	return perms
}

// Can returns nil if the actor may do the action to the case at that time, else
// a *Denied. It is asked inside every transaction that does the action, so a
// rule kept here is kept everywhere.
func Can(a Actor, act Action, c Case, now time.Time) error {
	if !a.Active {
		return deny(DenyInactive, "your account is disabled; ask an admin")
	}
	switch act {
	case ActSee, ActComment:
		return canSee(a, c)
	case ActApprove, ActDeny:
		return canDecide(a, c, now)
	case ActAsk:
		return canAsk(a, c, now)
	case ActReply:
		return canReply(a, c)
	case ActReassign:
		return canReassign(a, c)
	case ActEmergency:
		return canEmergency(a, c, now)
	case ActReview:
		return canReview(a, c)
	case ActWithdraw:
		return canWithdraw(a, c)
	case ActClaim, ActRelease, ActPick, ActFulfil, ActCreate, ActChange, ActComplete, ActIncomplete, ActSkip, ActAnswer:
		return canWork(a, act, c)
	case ActGiveBack, ActRevoke:
		return canEnd(a, act, c)
	case ActReveal:
		return canReveal(a, c, now)
	}
	return deny(DenyRole, "unknown action %q", string(act))
}

// works reports whether the actor may fulfil for the case.
func works(a Actor, c Case) bool { return a.Has(RoleAdmin) || a.In(c.Request.Policy.FulfilGroup) }

func canSee(a Actor, c Case) error {
	if c.own(a.Person) || works(a, c) || a.Has(RoleSupport) {
		return nil
	}
	if a.Has(RoleApprover) && (c.seated(a) || c.Review.ID != 0 && reviews(a, c)) {
		return nil
	}
	return deny(DenyRole, "only the requestor, the approvers, the fulfilment group and support see this request")
}

func canWithdraw(a Actor, c Case) error {
	switch {
	case a.ID != c.Request.RequestedBy && !c.own(a.Person):
		return deny(DenyRole, "only the requestor can withdraw it")
	case c.Request.State.Closed():
		return deny(DenyState, "this request is already %s", c.Request.State.Words())
	case c.uncertain():
		return deny(DenyInFlight, "an order to the vault is under way; wait for its outcome")
	}
	if _, granted := c.OpenGrant(); granted {
		return deny(DenyState, "the access stands already; give it back instead")
	}
	return nil
}

func canWork(a Actor, act Action, c Case) error {
	if !works(a, c) {
		return deny(DenyRole, "only %s and admins do this work", string(c.Request.Policy.FulfilGroup))
	}
	task, ok := c.OpenTask()
	if !ok {
		return deny(DenyState, "there is no open task")
	}
	if c.Request.Policy.FulfillerDiffers && c.approvedBy(a.ID) && act != ActRelease {
		return deny(DenyOwn, "you approved this request; somebody else has to carry it out")
	}
	flying, inFlight := c.InFlight()
	switch act {
	case ActClaim:
		switch task.Assignee {
		case "":
			return nil
		case a.ID:
			return deny(DenyTaken, "you have this task already")
		}
		return deny(DenyTaken, "somebody else has this task")
	case ActRelease:
		if task.Assignee != a.ID && !(a.Has(RoleAdmin) && task.Assignee != "") {
			return deny(DenyTaken, "you do not have this task")
		}
	default:
		if task.Assignee != a.ID {
			return deny(DenyTaken, "take the task first")
		}
	}
	if inFlight {
		return deny(DenyInFlight, "an order to the vault is %s; wait for its outcome", string(flying.State))
	}
	if act == ActPick && c.Request.Target.Named() {
		return deny(DenyState, "the %s was approved by name; another one needs a new request", c.Request.Target.Kind)
	}
	if g, open := c.OpenGrant(); act == ActFulfil && open && g.State == GrantPending {
		return deny(DenyInFlight, "%s has been invited to Keeper; the access follows when the invitation is accepted", g.Email)
	}
	if at, waits := c.scheduledFor(task); waits && (act == ActFulfil || act == ActPick || act == ActCreate || act == ActChange) {
		return deny(DenyInFlight, "the plan is under way: its next order goes out at %s UTC", at.UTC().Format("2006-01-02 15:04"))
	}
	item, _ := FindItem(c.Request.Item)
	switch {
	case act == ActFulfil && item.Key == ItemRevoke && !a.Has(RoleAdmin):
		return deny(DenyRole, "only admins take access that was not granted here")
	case act == ActFulfil && item.Searches():
		return deny(DenyState, "nothing is done in the vault for a search; send the answer instead")
	case act == ActPick && item.Searches():
		return deny(DenyState, "a search is not about one %s; send the answer instead", item.Target)
	case act == ActAnswer && !item.Searches():
		return deny(DenyState, "only a search is answered")
	case act == ActFulfil && !item.Creates() && !c.Target().Named():
		return deny(DenyState, "pick the %s first", item.Target)
	case act == ActCreate || act == ActChange:
		return canWrite(a, act, c, task, item)
	}
	return nil
}

// canWrite says why the holder of a task may not make or change a record in it:
// only admins do, and only for what the task is about.
func canWrite(a Actor, act Action, c Case, task Task, item Item) error {
	switch {
	case !a.Has(RoleAdmin):
		return deny(DenyRole, "only admins write records")
	case task.Kind != TaskFulfil || !item.Grants() && !item.Creates():
		return deny(DenyState, "records are only written where a request is carried out")
	case act == ActChange && !c.Record().Named():
		return deny(DenyState, "there is no record in this task that could be changed")
	case act == ActChange:
		return nil
	case item.Target != TargetRecord || !item.Grants():
		return deny(DenyState, "a record is only made in a task about access to one")
	case c.Request.Target.Named():
		return deny(DenyState, "the record was approved by name; another one needs a new request")
	}
	if made, ok := c.Created(); ok {
		return deny(DenyState, "this task has made a record already: %s", made.UID)
	}
	return nil
}

func canEnd(a Actor, act Action, c Case) error {
	switch {
	case act == ActGiveBack && !c.own(a.Person):
		return deny(DenyRole, "only who has the access can give it back")
	case act == ActRevoke && !works(a, c):
		return deny(DenyRole, "only %s and admins revoke", string(c.Request.Policy.FulfilGroup))
	}
	g, ok := c.OpenGrant()
	if !ok {
		return deny(DenyState, "no access of this request stands")
	}
	if g.Right.Owner() {
		return deny(DenyState, "ownership was transferred for good; the new owner can transfer it in the vault")
	}
	if op, busy := c.InFlight(); busy {
		return deny(DenyInFlight, "an order to the vault is %s; wait for its outcome", string(op.State))
	}
	return nil
}

// canReveal lets the one who asked for a link see it while it lives. Who it was
// asked for gets it from them: a link is for somebody without an account.
func canReveal(a Actor, c Case, now time.Time) error {
	if a.ID != c.Request.RequestedBy {
		return deny(DenyRole, "only who asked for the link sees it")
	}
	g, ok := c.LinkGrant()
	switch {
	case !ok:
		return deny(DenyState, "there is no link yet")
	case !g.State.Open():
		return deny(DenyState, "the link is gone: %s", g.Note)
	case !g.Until.After(now):
		return deny(DenyState, "the time of the link is over")
	}
	return nil
}
