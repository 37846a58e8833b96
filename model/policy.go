package model

import (
	"slices"
	"time"
)

// Mode says how many members of a group must agree.
type Mode string

// The modes of a policy step.
const (
	AnyOne Mode = "any"
	NOf    Mode = "n_of"
	All    Mode = "all"
)

// PolicyStep is one step of an approval policy.
type PolicyStep struct {
	Group  GroupName `json:"group"`
	Mode   Mode      `json:"mode"`
	Needed int       `json:"needed,omitempty"` // approvals needed when Mode is n_of
	Denied int       `json:"denied,omitempty"` // denials that reject; 0 means one
}

// Fulfilment says whether approved work waits for a person.
type Fulfilment string

// The two ways of fulfilment. Automatic applies only where the target is named
// exactly; everything else opens a task for a person (issue 1, DESIGN 3).
const (
	FulfilByTask    Fulfilment = "task"
	FulfilAutomatic Fulfilment = "automatic"
)

// OverdueAction is what happens to a request nobody decided in time.
type OverdueAction string

// The actions at the due date.
const (
	OverdueExpire   OverdueAction = "expire"
	OverdueRemind   OverdueAction = "remind"   // those who can decide are told, and it is due again
	OverdueEscalate OverdueAction = "escalate" // another group decides; what that leaves undecided expires
)

// Policy is how a request is approved and fulfilled. It is copied into the
// request when it is submitted, so that a later change of the configuration
// does not rewrite what people agreed to.
type Policy struct {
	Steps            []PolicyStep  `json:"steps"`
	DueIn            Limit         `json:"due_in"` // time for the decision; permanent means no due date
	Overdue          OverdueAction `json:"overdue"`
	EscalateTo       GroupName     `json:"escalate_to,omitempty"`
	FulfilGroup      GroupName     `json:"fulfil_group"`
	Fulfilment       Fulfilment    `json:"fulfilment"`
	FulfillerDiffers bool          `json:"fulfiller_differs,omitempty"` // who approved must not fulfil
	// AnswerIn is how long a question to the requestor stops the clock at most;
	// permanent, or zero as before there was a bound, for as long as it waits.
	AnswerIn Limit `json:"answer_in,omitzero"`
	// Emergency is the group of which one member may approve alone in an emergency;
	// "" where nobody may.
	Emergency GroupName `json:"emergency,omitempty"`
}

// Step returns the policy of a step counted from 1.
func (p Policy) Step(n int) (PolicyStep, bool) {
	if n < 1 || n > len(p.Steps) {
		return PolicyStep{}, false
	}
	return p.Steps[n-1], true
}

// Stood is how long the clock has stood for a question that was asked so long ago:
// not below zero, where another clock went back, and not beyond AnswerIn.
func (p Policy) Stood(since time.Duration) time.Duration {
	if most := p.AnswerIn.Length(); most > 0 {
		since = min(since, most)
	}
	return max(since, 0)
}

// AtDue is what happens to a step that this group has not decided in time. What
// has been escalated once expires.
func (p Policy) AtDue(group GroupName) OverdueAction {
	switch {
	case p.Overdue == OverdueRemind:
		return OverdueRemind
	case p.Overdue == OverdueEscalate && p.EscalateTo != "" && group != p.EscalateTo:
		return OverdueEscalate
	}
	return OverdueExpire
}

// Decides lists the groups that decide by the policy: of its steps, the one that
// it escalates to, and the one for emergencies; each once.
func (p Policy) Decides() []GroupName {
	var groups []GroupName
	for _, s := range p.Steps {
		groups = append(groups, s.Group)
	}
	groups = append(groups, p.Emergency)
	if p.Overdue == OverdueEscalate {
		groups = append(groups, p.EscalateTo)
	}
	slices.Sort(groups)
	return slices.DeleteFunc(slices.Compact(groups), func(g GroupName) bool { return g == "" })
}

// PolicyRule is a policy for some requests only. A rule fits a request that fits
// everything it sets.
type PolicyRule struct {
	Rights    []Right       // one of them was asked for
	Permanent bool          // no end was asked for
	Longer    time.Duration // more than this was asked for; permanent is longer than any time
	Policy    Policy
}

// Fits reports whether the rule is for access that is asked for at t.
func (r PolicyRule) Fits(asked Access, t time.Time) bool {
	if len(r.Rights) > 0 && !slices.Contains(r.Rights, asked.Right) {
		return false
	}
	forever := asked.Right != "" && asked.Limit.IsPermanent()
	if r.Permanent && !forever {
		return false
	}
	return r.Longer == 0 || forever || asked.Right != "" && asked.Limit.End(t).Sub(t) > r.Longer
}

// PolicyFor is the policy of the first rule that fits, or else the item's own.
func PolicyFor(rules []PolicyRule, own Policy, asked Access, t time.Time) Policy {
	for _, r := range rules {
		if r.Fits(asked, t) {
			return r.Policy
		}
	}
	return own
}

// Words says what a step needs: "any one of Vault Approvers".
func (s PolicyStep) Words() string { return s.By(s.Group) }

// By is Words where another group than the policy's decides the step.
func (s PolicyStep) By(group GroupName) string {
	words := "any one of " + string(group)
	switch s.Mode {
	case All:
		return "everyone in " + string(group)
	case NOf:
		words = itoa(s.Needed) + " of " + string(group)
	}
	if s.Denied > 1 {
		words += ", " + itoa(s.Denied) + " denials reject"
	}
	return words
}

// Tally decides a step from the votes that count. left is how many people could
// still give a vote: everyone has approved when nobody is left, and a denial after
// which too few are left to approve rejects, however many denials the step asks for.
func (s PolicyStep) Tally(votes []Vote, left int) ApprovalState {
	approvals, denials := count(votes, Approve), count(votes, Deny)
	switch {
	case denials >= max(s.Denied, 1):
		return ApprovalRejected
	case denials > 0 && s.Missing(votes, left) > left:
		return ApprovalRejected
	case s.Mode == All && denials > 0:
		return ApprovalRejected
	case approvals > 0 && s.Missing(votes, left) == 0:
		return ApprovalApproved
	}
	return ApprovalRequested
}

// Missing says how many more approvals the step needs, where left people could
// still give a vote.
func (s PolicyStep) Missing(votes []Vote, left int) int {
	approvals := count(votes, Approve)
	switch s.Mode {
	case All:
		if approvals == 0 {
			return max(left, 1)
		}
		return left
	case NOf:
		return max(0, max(s.Needed, 1)-approvals)
	}
	return max(0, 1-approvals)
}

// Reachable says how many people have to be able to vote so that the step can be
// approved.
func (s PolicyStep) Reachable() int {
	if s.Mode == NOf {
		return max(s.Needed, 1)
	}
	return 1
}

// count counts votes of one kind. A person counts once, whether they voted or
// somebody voted for them, so "two of the group" is four different people where
// both have a delegate.
func count(votes []Vote, v Verdict) int {
	n := 0
	var seen []PersonID
	for _, vote := range votes {
		if vote.Verdict != v || slices.Contains(seen, vote.Seat) || slices.Contains(seen, vote.Voter) {
			continue
		}
		seen = append(seen, vote.Seat, vote.Voter)
		n++
	}
	return n
}
