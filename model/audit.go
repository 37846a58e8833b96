package model

import "time"

// AuditEvent is one thing somebody did, before it becomes an entry of the
// chain. Personal text goes into Texts, which the chain holds only as salted
// commitments, so that it can be erased without breaking it (DESIGN 4).
type AuditEvent struct {
	Actor       PersonID
	Action      string // what was done, in this program's words: "request.approve"
	Object      string // the number or id it was done to
	Detail      string // facts without personal text: states, digests, counts
	Texts       []AuditText
	Correlation CorrelationID
}

// AuditText is personal text that belongs to an audit event.
type AuditText struct {
	Name string
	Text string
}

// AuditEntry is a link of the chain as read back.
type AuditEntry struct {
	Seq int64
	At  time.Time
	AuditEvent
	Hash   string // hex
	Erased bool   // the texts have been erased
}

// EntryKind says what a journal entry is.
type EntryKind string

// The kinds of journal entry.
const (
	EntryEvent   EntryKind = "event"   // something happened
	EntryComment EntryKind = "comment" // somebody said something to the requestor
	EntryNote    EntryKind = "note"    // work note, for those who fulfil
)

// Entry is one line of a request's timeline.
type Entry struct {
	ID     int64
	Object string // number of the request, or of an incident
	At     time.Time
	By     PersonID
	Kind   EntryKind
	Text   string // foreign text
}

// HealthState is how the vault service is doing.
type HealthState string

// The health states of the header (SCREENS, Frame).
const (
	HealthUnknown     HealthState = "unknown" // nothing heard yet
	HealthConnected   HealthState = "connected"
	HealthSlow        HealthState = "slow"
	HealthLimited     HealthState = "limited"     // the rate limit is used up
	HealthRefused     HealthState = "refused"     // it answers, but not to our key or command
	HealthUnreachable HealthState = "unreachable" // no answer, or not from the service
	HealthNoWorker    HealthState = "no worker"   // nothing talks to the vault at the moment
)

// Health is the vault's health as the worker last saw it.
type Health struct {
	State   HealthState
	Latency time.Duration
	Used    int // calls in the last minute on the busiest path
	Limit   int
	Since   time.Time // of the present state
	Seen    time.Time // last heartbeat of the worker
	Cause   string    // one sentence; foreign text
	Advice  string
	// Missing names the commands that the key's allow list lacks (PROTOCOL 5).
	Missing []string
	Probed  time.Time // when Missing was found out; zero: it was not, or something has been refused since
	Version string    // of the service, if it tells
	// Endpoints and Devices are how the listing of each goes.
	Endpoints Listing
	Devices   Listing
}

// Listing is how it goes with reading what waits in the vault: a list that cannot
// be read is not an empty one.
type Listing struct {
	State  HealthState // HealthUnknown before the first answer
	Listed time.Time   // the last list that was read; zero: none
	Since  time.Time   // of the trouble; zero: there is none
	Cause  string      // one sentence, "" where all is well; foreign text
	Advice string
	Doubt  string // about the vault service's clock, one sentence; "": none
}

// Hit is a record or folder of the worker's index. It holds no field value.
type Hit struct {
	UID         UID
	Kind        TargetKind
	Title       string
	Type        string
	Description string
	// Nested marks a folder that this service cannot share, or a record in one
	// (PROTOCOL 12.1).
	Nested bool
}

// Team is a group of Keeper accounts that a folder can be given to. Its name is
// foreign text.
type Team struct {
	UID  UID
	Name string
}
