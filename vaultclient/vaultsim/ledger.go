package vaultsim

import "time"

// Kind is a kind of entry in the ledger.
type Kind string

// What a ledger entry can say was done.
const (
	Grant          Kind = "grant"           // a record was shared with somebody who had no share
	Change         Kind = "change"          // rights or time limit of an existing share changed
	Revoke         Kind = "revoke"          // a share ended
	Owner          Kind = "owner"           // a record got another owner
	Invite         Kind = "invite"          // an invitation was sent, nothing was shared
	FolderGrant    Kind = "folder-grant"    // a person or team joined a shared folder
	FolderChange   Kind = "folder-change"   // a member's rights or time limit changed
	FolderRevoke   Kind = "folder-revoke"   // a person or team left a shared folder
	FolderDefaults Kind = "folder-defaults" // the defaults of a shared folder changed
	FolderRecords  Kind = "folder-records"  // rights on a record in a shared folder changed
	LinkCreate     Kind = "ots-create"      // a one-time share was made
	LinkRemove     Kind = "ots-remove"      // a one-time share was removed
	RecordAdd      Kind = "record-add"
	RecordUpdate   Kind = "record-update"
	RecordRemove   Kind = "record-remove"
	FolderAdd      Kind = "folder-add"
	Approve        Kind = "epm-approve"
	Deny           Kind = "epm-deny"
	RemoveRequest  Kind = "epm-remove"
	DeviceApprove  Kind = "device-approve"
	DeviceDeny     Kind = "device-deny"
)

// Entry is one thing that the service really did in the vault. Commands without effect (a grant of what
// somebody has already) leave no entry, nor does a share that ends by itself when its time is over.
type Entry struct {
	Seq     int       `json:"seq"` // from 1
	At      time.Time `json:"at"`
	Kind    Kind      `json:"kind"`
	Record  string    `json:"record,omitempty"` // uid
	Folder  string    `json:"folder,omitempty"` // uid
	UID     string    `json:"uid,omitempty"`    // of an approval, a device or a one-time share
	User    string    `json:"user,omitempty"`   // address, or name of a team
	Rights  string    `json:"rights,omitempty"` // what the user has afterwards, in words
	Expires time.Time `json:"expires,omitzero"` // zero: for good
	Details string    `json:"details,omitempty"`
	Rotates bool      `json:"rotates,omitempty"` // the password changes when the share ends
	Content *Record   `json:"content,omitempty"` // what a record-add or record-update left in the record, byte for byte
}

// Command is one command that reached the service, whatever became of it.
type Command struct {
	At        time.Time `json:"at"`
	Key       string    `json:"key"`
	Endpoint  string    `json:"endpoint"` // "v1" or "submit"
	RequestID string    `json:"request_id,omitempty"`
	Text      string    `json:"text"`     // as received
	Refused   int       `json:"refused"`  // HTTP status of a refusal before the queue, else 0
	Executed  bool      `json:"executed"` // the worker carried it out, or tried to
	Status    int       `json:"status"`   // HTTP status of the result, 0 while there is none
}

// Ledger returns everything that was done so far, in order.
func (s *Server) Ledger() []Entry {
	s.vault.mu.Lock()
	defer s.vault.mu.Unlock()
	out := make([]Entry, len(s.ledger))
	copy(out, s.ledger)
	return out
}

// Commands returns every command received so far, in order of arrival.
func (s *Server) Commands() []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Command, len(s.commands))
	for i, c := range s.commands {
		out[i] = *c
	}
	return out
}

// did adds an entry to the ledger. The caller holds the vault's lock.
func (s *Server) did(e Entry) {
	e.Seq = len(s.ledger) + 1
	e.At = s.clock.Now()
	s.ledger = append(s.ledger, e)
}
