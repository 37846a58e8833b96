package workflow

import (
	"time"

	"countersign/model"
)

// Cursor marks a place in a list; "" is its beginning. It is only good for the
// query that returned it.
type Cursor string

// Page is a part of a list. Next is "" where the list ends.
type Page[T any] struct {
	Rows []T
	Next Cursor
}

// Term is one key:value of a filter, such as age:>2d. Op is "", "<" or ">".
type Term struct {
	Key, Op, Value string
}

// Query says which part of which list is wanted.
type Query struct {
	View  string // one of the view constants of the list
	Words []string
	Terms []Term
	Sort  string // one of the sorts that the view offers, "" for its first
	After Cursor
	Above int64 // only lines of the log that are newer than this one
	Limit int   // rows a page, 0 for 100
}

// The views of requests.
const (
	RequestsWaiting = "waiting" // for this approver
	RequestsAll     = "all"     // that this person may see
	RequestsDecided = "decided" // by this person's groups
	RequestsMine    = "mine"    // asked by or for this person
)

// The views of tasks. Unknown operations are a list of their own.
const (
	TasksOpen = "open"
	TasksMine = "mine"
	TasksDone = "done"
)

// The views of endpoint requests.
const (
	EndpointsWaiting = "waiting"
	EndpointsDecided = "decided"
)

// The sorts that lists offer.
const (
	SortDue     = "due"
	SortNewest  = "newest"
	SortOldest  = "oldest"
	SortExpires = "time left"
	SortEnd     = "end"
)

// RequestRow is a request as lists show it. Texts are foreign unless said
// otherwise.
type RequestRow struct {
	Number    model.Number
	Item      model.ItemKey
	Requestor string // login
	For       string // the e-mail that gets the access
	Asked     model.Access
	Allowed   model.Access
	Target    model.Target
	Title     string // of the target, or what would be stored
	State     model.RequestState
	NeedsInfo bool
	Due       time.Time
	Created   time.Time
	Updated   time.Time
	Decided   time.Time // the latest decision; zero if there was none
	Revision  int64
	Own       bool // the person's own, so not theirs to decide
	LinkWaits bool // a one-time link waits for the person to see it
}

// TaskRow is a task as lists show it.
type TaskRow struct {
	Number   model.Number
	Request  RequestRow
	Kind     model.TaskKind
	State    model.TaskState
	Group    model.GroupName
	Assignee string // login, "" while nobody has it
	Mine     bool
	OpState  model.OpState // of the operation that matters most, "" if there is none
	Created  time.Time
	Updated  time.Time
	Revision int64
}

// OperationRow is an operation whose outcome is looked for.
type OperationRow struct {
	Op model.Operation
	// Number is the request's; for a decision about an endpoint request that of its
	// incident, and for one about a device its Object.
	Number model.Number
	Task   model.Number
	Title  string
}

// GrantRow is access as lists show it.
type GrantRow struct {
	Grant model.Grant
	// Ending is set when less than a tenth of its time, or an hour, is left.
	Ending bool
	Perms  []model.Permission // give back and revoke
	// OpState is that of the operation that is ending it, "" if there is none.
	OpState model.OpState
	// Drift is what the vault shows instead, "" where it is as it should be, and
	// Checked when it was last compared; zero: never.
	Drift   string
	Checked time.Time
}

// TimelineEntry is one line of a case's history.
type TimelineEntry struct {
	At   time.Time
	Who  string // login, "" for the program
	Kind model.EntryKind
	Text string
}

// StepView is how one step of the policy stands.
type StepView struct {
	Step    int // from 1
	Rule    model.PolicyStep
	Group   model.GroupName     // who decides it now; another than the rule's where MovedBy is set
	MovedBy model.PersonID      // who gave it to that group; model.System for an escalation
	State   model.ApprovalState // "" while the steps before it wait
	Decided time.Time
	Votes   []model.Vote // those that count
	// Of the step that waits: how many more approvals it needs, how many people could
	// still give one, and who can vote now, delegates included.
	Missing  int
	Left     int
	Deciders []Decider
}

// Decider is somebody who can vote.
type Decider struct {
	Login string
	Own   bool     // with their own say
	For   []string // logins of those whose say they can give as well
}

// Before counts how such requests ended in the last 90 days: the same person,
// the same target.
type Before struct {
	Approved, Denied int
}

// CaseView is everything a detail screen shows of a request.
type CaseView struct {
	model.Case
	Item     model.Item
	People   map[model.PersonID]model.Person // everybody the case names
	Timeline []TimelineEntry                 // oldest first
	Before   Before
	// Steps say how each step of the policy stands.
	Steps []StepView
	// Deciders are the logins of those who can decide the open step.
	Deciders []string
	// Seats are whose say the person can give on the open step: their own first.
	Seats []model.PersonID
	// Missing is how many more approvals the open step needs.
	Missing int
	// Warnings are sentences to be read first, written by this program around
	// foreign names.
	Warnings []string
	Perms    []model.Permission
	// Facts is what the vault said of the target last, nil if it was not asked.
	Facts *model.RecordFacts
	// FactsErr is why Facts is missing, where it was asked for in vain.
	FactsErr error
	// Link is the one-time link of the request, nil where it has none.
	Link *LinkView
	// Found is the answer to a search that was asked as a request, as the vault
	// listed it then.
	Found []model.Hit
	// Record is what would be created, nil where the item creates nothing.
	Record *model.NewRecord
}

// Name returns the login of a person the case names, "" for the program.
func (c CaseView) Name(id model.PersonID) string { return c.People[id].Short() }

// Statement is what a decision with this allowance decides (DESIGN 1).
func (c CaseView) Statement(allow model.Access) model.Statement {
	return model.StatementOf(c.Request, allow, c.Name)
}

// Can returns why the person may not do the action now, nil if they may.
func (c CaseView) Can(act model.Action) error {
	for _, p := range c.Perms {
		if p.Action == act {
			return p.Err
		}
	}
	return &model.Denied{Code: model.DenyRole, Reason: "not offered here"}
}

// PlanView is a plan with what it was made from, to be confirmed.
type PlanView struct {
	Task  model.Number
	Facts model.RecordFacts
	Plan  model.Plan
	// Differences are what is not as it was when the request was approved; the
	// fulfiller confirms them.
	Differences []string
	// Diff is what a change of a record does to its fields, of PlanChange alone.
	Diff []FieldDiff
	// Digest identifies the plan; Fulfil refuses if it would be another one now.
	Digest model.Digest
}

// FieldDiff is one field of a record, now and after a change. Of a secret field
// only how it is told: "sealed", "generated in the vault".
type FieldDiff struct {
	Field  string // key of model.RecordFields, or "title" or "notes"
	Label  string
	Now    string // foreign text
	Then   string
	Secret bool
}

// Badges count what waits for a person; a count stops at BadgeCap.
type Badges struct {
	Approvals, Tasks, Unknown, Endpoints int
	// EndpointEnds is when the first endpoint request ends that waits; zero for none.
	EndpointEnds time.Time
	Reviews      int // emergency approvals that the person can review
	Notices      int // what they were told and have not seen
	// Me is the person as they are by now: an admin may have changed their roles.
	Me model.Actor
}

// BadgeCap is where counting stops: screens show "99+" from there.
const BadgeCap = 100

// SearchAnswer is what the worker's index has for a query.
type SearchAnswer struct {
	Hits  []model.Hit
	Total int       // how many fit, Hits may hold fewer
	Built time.Time // when the index was read from the vault
}

// LogRow is a line of the application log.
type LogRow struct {
	ID          int64
	At          time.Time
	Level       string // DEBUG, INFO, WARN, ERROR
	Component   string
	Message     string
	Fields      []model.Fact
	Correlation model.CorrelationID
}

// TrafficRow is one command sent to the vault, secrets masked.
type TrafficRow struct {
	ID          int64
	At          time.Time
	Command     string // masked
	Wait, Run   time.Duration
	Status      int    // HTTP, 0 if there was no answer
	Outcome     string // answered, queued, failed, or a word for Error
	ServiceID   string
	Error       string
	Correlation model.CorrelationID
}

// AuditRow is a link of the audit chain, with the actor's login.
type AuditRow struct {
	model.AuditEntry
	Who string
	// Whom is the login of the person that the object is, "" where it is none.
	Whom string
}

// ChainState is what a verification of the audit chain found.
type ChainState struct {
	Entries int64
	Head    string // hex
	Intact  bool
	BadSeq  int64  // the first entry that does not fit, 0 if intact
	Problem string // one sentence
	Erased  int64  // texts that were erased, which is no fault

	// Checkpoints are how many signed heads were compared, Unreadable how many could
	// not be read. The newest signed entry Signed, at SignedAt, with Key; entries
	// after it could have been cut off unseen. 0 where there is none.
	Checkpoints, Unreadable int
	Signed                  int64
	SignedAt                time.Time
	Key                     string // fingerprint
	// Unfinished are the folders of restores that have not come to their end: they may
	// hold checkpoints of this chain that nothing was compared with.
	Unfinished []string
}
