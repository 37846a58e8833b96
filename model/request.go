package model

import (
	"slices"
	"time"
)

// RequestState is where a request is; nothing else may be stored (DESIGN 3).
type RequestState string

// The states of a request.
const (
	Requested        RequestState = "requested"
	InProcess        RequestState = "in_process"
	ClosedComplete   RequestState = "closed_complete"
	ClosedIncomplete RequestState = "closed_incomplete"
	ClosedSkipped    RequestState = "closed_skipped"
	ClosedRejected   RequestState = "closed_rejected"
	ClosedCancelled  RequestState = "closed_cancelled"
	ClosedExpired    RequestState = "closed_expired"
)

// RequestStates lists every state, open ones first.
func RequestStates() []RequestState {
	return []RequestState{Requested, InProcess, ClosedComplete, ClosedIncomplete, ClosedSkipped,
		ClosedRejected, ClosedCancelled, ClosedExpired}
}

// Valid reports whether s is one of the states.
func (s RequestState) Valid() bool { return slices.Contains(RequestStates(), s) }

// Closed reports whether nothing can change the request any more.
func (s RequestState) Closed() bool { return s.Valid() && s != Requested && s != InProcess }

// Words is the state as screens name it.
func (s RequestState) Words() string {
	switch s {
	case Requested:
		return "waiting"
	case InProcess:
		return "approved"
	case ClosedComplete:
		return "done"
	case ClosedIncomplete:
		return "incomplete"
	case ClosedSkipped:
		return "skipped"
	case ClosedRejected:
		return "denied"
	case ClosedCancelled:
		return "withdrawn"
	case ClosedExpired:
		return "expired"
	}
	return string(s)
}

// Target is what a request is about. Either UID names it, or Described says in
// words what the fulfiller has to find.
type Target struct {
	Kind      TargetKind `json:"kind"`
	UID       UID        `json:"uid,omitempty"`
	Title     string     `json:"title,omitempty"` // foreign text, as it was when picked
	Type      string     `json:"type,omitempty"`  // the vault's record type
	Described string     `json:"described,omitempty"`
}

// How long a description in words has to be and may be, in characters.
const (
	MinDescription = 5
	MaxDescription = 200
)

// Named reports whether the target is a known record or folder.
func (t Target) Named() bool { return t.UID != "" }

// Label is the shortest text that says what the target is; foreign text.
func (t Target) Label() string {
	switch {
	case t.Title != "":
		return t.Title
	case t.UID != "":
		return string(t.UID)
	}
	return t.Described
}

// TargetKind tells a record from a folder.
type TargetKind string

// The kinds of target; a request that creates a record has none.
const (
	TargetNone   TargetKind = ""
	TargetRecord TargetKind = "record"
	TargetFolder TargetKind = "folder"
)

// Answer is one answered field of a request's form.
type Answer struct {
	Field string `json:"field"` // Field.Key of the catalog
	Value string `json:"value"`
}

// SealedAnswer stands for an answer that only the worker can read. The
// commitment binds the statement to the ciphertext without revealing anything.
type SealedAnswer struct {
	Field      string `json:"field"`
	SecretID   int64  `json:"secret_id"`
	Commitment string `json:"commitment"` // hex SHA-256 of the ciphertext
}

// Source says where a request came from.
type Source string

// Sources known now; the intake listener adds its own names later.
const (
	SourceConsole Source = "console"
	SourceCommand Source = "command"
)

// Access is a right together with how long it lasts.
type Access struct {
	Right Right `json:"right"`
	Limit Limit `json:"limit"`
}

// Words is the access as one reads it: "edit, 4 h".
func (a Access) Words() string {
	if a.Right == "" {
		return ""
	}
	return a.Right.inBrief() + ", " + a.Limit.String()
}

// Within reports whether a, granted at t, gives no more than other would.
func (a Access) Within(other Access, t time.Time) bool {
	return other.Right.Covers(a.Right) && a.Limit.Within(other.Limit, t)
}

// Request is one order from the catalog.
type Request struct {
	ID            int64
	Number        Number
	Item          ItemKey
	RequestedBy   PersonID
	RequestedFor  string // the e-mail that gets the share
	Justification string
	Target        Target
	Asked         Access // as submitted; the zero value where the item grants nothing
	Allowed       Access // as approved: Asked, or what an approver lowered it to
	Answers       []Answer
	Sealed        []SealedAnswer
	Inquiries     []Inquiry // in the order they were asked
	State         RequestState
	NeedsInfo     bool // an approver asked, the requestor has to answer; the due clock stands
	Due           time.Time
	Source        Source
	RefersTo      Number // the request that this one extends or orders again
	Policy        Policy
	Correlation   CorrelationID
	// Revision grows with every change of what is asked; a decision names the
	// revision it saw.
	Revision int64
	Created  time.Time
	Updated  time.Time
	Closed   time.Time // zero while open
	Outcome  string    // one sentence about how it ended; may hold foreign text
}

// ForWhom is who gets what is requested, for people: the address, or the name of
// the team, which is foreign text.
func (r Request) ForWhom() string {
	team, _ := r.Answer(FieldTeam)
	return Intent{Email: r.RequestedFor, Team: team}.Who()
}

// Answer returns the answer to a field and whether there is one.
func (r Request) Answer(field string) (string, bool) {
	for _, a := range r.Answers {
		if a.Field == field {
			return a.Value, true
		}
	}
	return "", false
}
