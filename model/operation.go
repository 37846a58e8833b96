package model

import (
	"slices"
	"time"
)

// OpState is where an order to the vault is in the outbox (DESIGN 3).
type OpState string

// The states of an operation. Only done, refused and cancelled are final;
// unknown is being reconciled.
const (
	OpScheduled OpState = "scheduled" // runs at NotBefore
	OpQueued    OpState = "queued"
	OpSent      OpState = "sent" // may have reached the vault
	OpDone      OpState = "done"
	OpRefused   OpState = "refused"
	OpUnknown   OpState = "unknown"
	OpCancelled OpState = "cancelled"
)

// OpStates lists every state.
func OpStates() []OpState {
	return []OpState{OpScheduled, OpQueued, OpSent, OpDone, OpRefused, OpUnknown, OpCancelled}
}

// Final reports whether nothing can happen to the operation any more.
func (s OpState) Final() bool { return s == OpDone || s == OpRefused || s == OpCancelled }

// opNext lists which state may follow which. Nothing leads back from sent to
// queued but the positive knowledge that the vault never got the command, and
// nothing is cancelled once it may have been sent.
var opNext = map[OpState][]OpState{
	OpScheduled: {OpQueued, OpCancelled},
	OpQueued:    {OpSent, OpRefused, OpCancelled, OpDone},              // done or refused unsent: what is wanted already holds, or cannot be sent at all
	OpSent:      {OpDone, OpRefused, OpUnknown, OpQueued, OpScheduled}, // scheduled: the person was invited and is asked again later
	OpUnknown:   {OpDone, OpRefused, OpQueued, OpScheduled},            // scheduled: its late answer says that the person was invited
}

// CanBecome reports whether an operation may go from one state to another.
func (s OpState) CanBecome(next OpState) bool { return slices.Contains(opNext[s], next) }

// OpKind is what an operation tells the vault to do; it names a mutation of
// PROTOCOL 12.
type OpKind string

// The kinds of operation.
const (
	OpGrant  OpKind = "share-record grant"  // give or raise, with an end or without
	OpLower  OpKind = "share-record lower"  // take edit or share away, the share stays
	OpRemove OpKind = "share-record remove" // end the share
	OpOwner  OpKind = "share-record owner"  // transfer ownership

	OpJoin     OpKind = "share-folder grant"    // make somebody a member, or set their rights, exactly
	OpLeave    OpKind = "share-folder remove"   // end the membership
	OpDefaults OpKind = "share-folder defaults" // what members may do with the records in the folder

	OpLink   OpKind = "one-time-share create"
	OpUnlink OpKind = "one-time-share remove"

	OpCreate OpKind = "record-add"
	OpUpdate OpKind = "record-update"

	OpEndpointApprove OpKind = "epm approve"
	OpEndpointDeny    OpKind = "epm deny"
	OpDeviceApprove   OpKind = "device approve"
	OpDeviceDeny      OpKind = "device deny"
)

// OpKinds lists every kind.
func OpKinds() []OpKind {
	return []OpKind{OpGrant, OpLower, OpRemove, OpOwner, OpJoin, OpLeave, OpDefaults, OpLink, OpUnlink, OpCreate, OpUpdate,
		OpEndpointApprove, OpEndpointDeny, OpDeviceApprove, OpDeviceDeny}
}

// Gives reports whether an order of this kind leaves somebody with access that
// they may not have had before, so that a grant stands once it is done.
func (k OpKind) Gives() bool { return k == OpGrant || k == OpOwner || k == OpJoin || k == OpLink }

// OnEndpoint and OnDevice report whether the order is a decision about an endpoint
// request or a device; it belongs to no request of ours then.
func (k OpKind) OnEndpoint() bool { return k == OpEndpointApprove || k == OpEndpointDeny }

// OnDevice is described at OnEndpoint.
func (k OpKind) OnDevice() bool { return k == OpDeviceApprove || k == OpDeviceDeny }

// Decides reports whether the order is a decision, see OnEndpoint.
func (k OpKind) Decides() bool { return k.OnEndpoint() || k.OnDevice() }

// OnFolder reports whether the order is about a folder's members or defaults.
func (k OpKind) OnFolder() bool { return k == OpJoin || k == OpLeave || k == OpDefaults }

// Operation is one order to the vault.
type Operation struct {
	ID        int64
	RequestID int64
	TaskID    int64 // 0 where the operation belongs to no task
	GrantID   int64 // the grant that it creates, changes or ends; 0 if none yet
	// EndpointID and DeviceID are what a decision is about; RequestID is 0 then.
	EndpointID int64
	DeviceID   int64
	// Plan groups the operations of one plan; Seq orders them. One starts only
	// when those before it in the same plan are done.
	Plan        string
	Seq         int
	Kind        OpKind
	Intent      Intent
	State       OpState
	NotBefore   time.Time // earliest start; zero means at once
	Attempts    int
	ServiceID   string    // the service's request id, stored before the first poll
	Fence       int64     // of the worker that took it
	Sent        time.Time // first time it may have reached the vault
	Ended       time.Time
	NextLook    time.Time // when an unknown one is looked at again
	LookingFor  string    // what is known of an unknown one so far, and why that is not enough; empty otherwise
	Evidence    string    // why it is done; words of the service, foreign text
	Reason      string    // why it was refused or is unknown; foreign text
	Correlation CorrelationID
	RequestedBy PersonID // who ran the plan
	Created     time.Time
	Updated     time.Time
}

// GrantState is where a grant is.
type GrantState string

// The states of a grant (DESIGN 3).
const (
	GrantPending GrantState = "pending_invitation" // Keeper invited the person; repeated until accepted
	GrantActive  GrantState = "active"
	GrantEnded   GrantState = "ended"
	GrantRevoked GrantState = "revoked"
)

// GrantStates lists every state.
func GrantStates() []GrantState {
	return []GrantState{GrantPending, GrantActive, GrantEnded, GrantRevoked}
}

// Open reports whether the person has, or is about to have, the access.
func (s GrantState) Open() bool { return s == GrantPending || s == GrantActive }

// Grant is what somebody has through us.
type Grant struct {
	ID        int64
	RequestID int64
	Number    Number // of the request
	Person    PersonID
	Email     string
	Target    Target
	// Link is the id of a one-time link, empty for access of other kinds.
	Link   LinkID
	Opened time.Time // when somebody first used the link; zero: not yet
	Team   string    // the team's name where Email is the UID of one
	Right  Right
	Since  time.Time
	Until  time.Time // zero: no end
	// Standing is what the person had before and gets back when the grant ends;
	// its zero value means nothing.
	Standing Share
	State    GrantState
	Revision int64
	Updated  time.Time
	Note     string // one sentence about its end; foreign text
	// Checked is when the vault was last asked about it, and Drift what it showed
	// instead, "" where it was as it should be.
	Checked time.Time
	Drift   string
}

// Share is what the vault says somebody has on a record. The zero value is
// nothing.
type Share struct {
	Right   Right     `json:"right,omitempty"`
	Expires time.Time `json:"expires,omitzero"` // zero: no end
	// Pending is set while the person has not accepted.
	Pending bool `json:"pending,omitempty"`
}

// None reports whether the share is nothing at all.
func (s Share) None() bool { return s.Right == "" }

// Words is the share as screens name it: "nothing", "view, permanent".
func (s Share) Words() string {
	switch {
	case s.None():
		return "nothing"
	case s.Expires.IsZero():
		return s.Right.inBrief() + ", permanent"
	}
	return s.Right.inBrief() + " until " + s.Expires.UTC().Format("2006-01-02 15:04") + " UTC"
}

// Same reports whether two shares give the same for the same time, to the
// second, which is what the vault keeps.
func (s Share) Same(other Share) bool {
	return s.Right == other.Right && s.Expires.Truncate(time.Second).Equal(other.Expires.Truncate(time.Second))
}
