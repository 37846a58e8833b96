package model

import "time"

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

// Approval is one opening of one step of the approval of one request. A step is
// opened again, as a further Approval, when it goes to another group, and when the
// requestor's answer begins a new round; the former one is then cancelled, and its
// votes stay to be read but do not count (see Case.Counted).
type Approval struct {
	ID        int64
	RequestID int64
	Seq       int // which opening this is, from 1 over all steps; 0 stands for Step
	Step      int // of the policy, from 1
	Round     int // from 1; 0 stands for it
	Group     GroupName
	MovedBy   PersonID // who gave it to this group: "" for the policy, System for an escalation
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
	// Emergency marks a vote that decided alone; see Review.
	Emergency bool
}

// Inquiry is a question to the requestor, and what they answered. Both are part of
// the statement: people decide on them.
type Inquiry struct {
	By       PersonID
	At       time.Time
	Question string   // foreign text
	Answerer PersonID // "" while it is open
	Answered time.Time
	Answer   string // foreign text
}

// Open reports whether the question waits for its answer.
func (q Inquiry) Open() bool { return q.Answerer == "" }

// Review is the look that somebody else takes afterwards at an emergency approval.
type Review struct {
	ID      int64
	UsedBy  PersonID
	Used    time.Time
	Reason  string   // foreign text
	DoneBy  PersonID // "" while it waits
	Done    time.Time
	Comment string // foreign text
}

// Waits reports whether nobody has looked yet.
func (r Review) Waits() bool { return r.DoneBy == "" }

// EmergencyPhrase is what has to be typed to approve a request in an emergency.
func EmergencyPhrase(n Number) string { return "emergency " + string(n) }

// Notice is something that one person is told until they have seen it.
type Notice struct {
	ID     int64
	Person PersonID
	At     time.Time
	Object string // number of a request, "" where it is about none
	Text   string // may hold foreign text
}
