package model

import "time"

// EndpointState is where an endpoint privilege request is (DESIGN 3).
type EndpointState string

// The states of an endpoint request.
const (
	EndpointPending   EndpointState = "pending"
	EndpointApproving EndpointState = "approving"
	EndpointDenying   EndpointState = "denying"
	EndpointApproved  EndpointState = "approved"
	EndpointDenied    EndpointState = "denied"
	EndpointExpired   EndpointState = "expired"
	EndpointEscalated EndpointState = "escalated"
	EndpointElsewhere EndpointState = "decided_elsewhere"
)

// EndpointStates lists every state.
func EndpointStates() []EndpointState {
	return []EndpointState{EndpointPending, EndpointApproving, EndpointDenying, EndpointApproved,
		EndpointDenied, EndpointExpired, EndpointEscalated, EndpointElsewhere}
}

// Open reports whether the request still waits for a decision.
func (s EndpointState) Open() bool {
	return s == EndpointPending || s == EndpointApproving || s == EndpointDenying
}

// Fact is one key and value of evidence, under the service's own name.
type Fact struct {
	Group string `json:"group,omitempty"` // "account" or "application"
	Key   string `json:"key"`
	Value string `json:"value"` // foreign text
}

// EndpointRequest is an elevation request of an endpoint (PROTOCOL 12.7).
type EndpointRequest struct {
	ID            int64
	UID           UID
	Kind          string // approval_type, as the service names it
	State         EndpointState
	Agent         string
	User          string
	Machine       string
	What          string // file, command or policy: what the list shows
	Facts         []Fact // every key that the service reports
	Justification string // foreign text
	// Complete is false while only the list's cut values are known; nothing is
	// offered for approval on them.
	Complete bool
	Created  time.Time // by the service host's clock, read in the configured zone
	Minutes  int       // how long it lasts; 0: not reported
	Expires  time.Time // Created plus Minutes; zero if not known
	Seen     time.Time // first seen by us
	Updated  time.Time
	Ended    time.Time
	Outcome  string // one sentence; foreign text
	Incident Number
	Revision int64
	// Group is who decides it; empty means every approver.
	Group GroupName
	// Doubt is why Created and Expires may be wrong, "" where nothing speaks
	// against them. One sentence of this program.
	Doubt string
	// Again is what Created may mean as well: the hour comes twice when summer
	// time ends. Zero where it means one moment; it is not stored.
	Again    time.Time
	Decision EndpointVote
}

// EndpointVote is what somebody here decided about an endpoint request or a
// device; its zero value is nothing. The vault takes no comment with it.
type EndpointVote struct {
	Verdict Verdict
	By      PersonID // or RuleActor
	At      time.Time
	Digest  Digest // of the statement; empty for a device
	Comment string // foreign text
}

// RuleActor stands in the audit for a rule that decided.
func RuleActor(name string) PersonID { return PersonID("rule:" + name) }

// Words names the state for people.
func (s EndpointState) Words() string {
	switch s {
	case EndpointApproving:
		return "being approved"
	case EndpointDenying:
		return "being denied"
	case EndpointElsewhere:
		return "decided elsewhere"
	}
	return string(s)
}

// Device is a device waiting for approval (PROTOCOL 12.8).
type Device struct {
	ID       int64
	DeviceID string // 20 hex digits
	Email    string
	Name     string
	Type     string
	IP       string
	Client   string
	Location string
	Asked    time.Time
	State    EndpointState
	Seen     time.Time
	Updated  time.Time
	Revision int64
	Ended    time.Time
	Outcome  string    // one sentence; foreign text
	Group    GroupName // who decides it; not stored
	Decision EndpointVote
}

// Object is the name of a device in the audit and in timelines: it has no number.
func (d Device) Object() Number { return Number("device " + itoa(int(d.ID))) }

// IncidentState is ServiceNow's code for the state of a security incident.
type IncidentState int

// The states of a security incident (DESIGN 3, issue 3).
const (
	IncidentDraft     IncidentState = 10
	IncidentAnalysis  IncidentState = 16
	IncidentContain   IncidentState = 18
	IncidentEradicate IncidentState = 19
	IncidentRecover   IncidentState = 20
	IncidentReview    IncidentState = 100
	IncidentClosed    IncidentState = 3
	IncidentCancelled IncidentState = 7
)

// IncidentStates lists every state.
func IncidentStates() []IncidentState {
	return []IncidentState{IncidentDraft, IncidentAnalysis, IncidentContain, IncidentEradicate,
		IncidentRecover, IncidentReview, IncidentClosed, IncidentCancelled}
}

// Incident is the security incident that accompanies an endpoint request.
type Incident struct {
	ID          int64
	Number      Number
	EndpointID  int64
	State       IncidentState
	Priority    int // 1 critical to 5 planning
	Short       string
	Assignee    PersonID
	Correlation CorrelationID
	Revision    int64
	Created     time.Time
	Updated     time.Time
	Closed      time.Time
	CloseNotes  string
}
