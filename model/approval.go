package model

import (
	"slices"
	"time"
)

// ApprovalState is where one approval step is.
type ApprovalState string

// The states of an approval (DESIGN 3).
const (
	ApprovalRequested   ApprovalState = "requested"
	ApprovalApproved    ApprovalState = "approved"
	ApprovalRejected    ApprovalState = "rejected"
	ApprovalCancelled   ApprovalState = "cancelled"
	ApprovalNotRequired ApprovalState = "not_required"
)

// ApprovalStates lists every state.
func ApprovalStates() []ApprovalState {
	return []ApprovalState{ApprovalRequested, ApprovalApproved, ApprovalRejected, ApprovalCancelled, ApprovalNotRequired}
}

// Approval is one step of the approval of one request.
type Approval struct {
	ID        int64
	RequestID int64
	Step      int // from 1
	Group     GroupName
	State     ApprovalState
	Revision  int64
	Decided   time.Time // zero while open
	Votes     []Vote
}

// Verdict is which way a vote goes.
type Verdict string

// The two verdicts.
const (
	Approve Verdict = "approve"
	Deny    Verdict = "deny"
)

// Valid reports whether v is one of the two.
func (v Verdict) Valid() bool { return v == Approve || v == Deny }

// Past is the verdict as something done: "approved", "denied".
func (v Verdict) Past() string {
	if v == Approve {
		return "approved"
	}
	return "denied"
}

// Vote is one person's say on one approval, bound by Digest to the statement
// that was on the screen.
type Vote struct {
	ID         int64
	ApprovalID int64
	Voter      PersonID // at the keyboard
	Seat       PersonID // whose say it is: the voter, or the one who delegated
	Verdict    Verdict
	Digest     Digest
	Allowed    Access // what the voter would allow; never more than asked
	Comment    string // foreign text
	At         time.Time
}

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
	OverdueRemind   OverdueAction = "remind"
	OverdueEscalate OverdueAction = "escalate"
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
}

// Step returns the policy of a step counted from 1.
func (p Policy) Step(n int) (PolicyStep, bool) {
	if n < 1 || n > len(p.Steps) {
		return PolicyStep{}, false
	}
	return p.Steps[n-1], true
}

// Words says what a step needs: "any one of Vault Approvers".
func (s PolicyStep) Words() string {
	switch s.Mode {
	case All:
		return "everyone in " + string(s.Group)
	case NOf:
		return itoa(s.Needed) + " of " + string(s.Group)
	}
	return "any one of " + string(s.Group)
}

// Tally decides a step from its votes. Each seat and each voter counts once, so
// "two of the group" is two people and two seats. members is how many could
// vote, which matters only for the mode "all".
func (s PolicyStep) Tally(votes []Vote, members int) ApprovalState {
	approvals := countDistinct(votes, Approve)
	denials := countDistinct(votes, Deny)
	if denials >= max(s.Denied, 1) {
		return ApprovalRejected
	}
	if approvals >= s.needed(members) {
		return ApprovalApproved
	}
	return ApprovalRequested
}

// Missing says how many more approvals the step needs.
func (s PolicyStep) Missing(votes []Vote, members int) int {
	return max(0, s.needed(members)-countDistinct(votes, Approve))
}

func (s PolicyStep) needed(members int) int {
	switch s.Mode {
	case All:
		return max(members, 1)
	case NOf:
		return max(s.Needed, 1)
	}
	return 1
}

func countDistinct(votes []Vote, v Verdict) int {
	var seats, voters []PersonID
	for _, vote := range votes {
		if vote.Verdict != v || slices.Contains(seats, vote.Seat) || slices.Contains(voters, vote.Voter) {
			continue
		}
		seats, voters = append(seats, vote.Seat), append(voters, vote.Voter)
	}
	return len(seats)
}
