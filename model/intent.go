package model

import (
	"fmt"
	"time"
)

// LinkID names a one-time link without giving access to it: it is computed from
// the link and can revoke it (PROTOCOL 12.4).
type LinkID string

// Intent is what an operation wants, in terms the vault client can turn into
// one command and the reconciler can compare with what is. It holds no secret.
type Intent struct {
	// Record is what the order is about, or what OpCreate made. The steps after
	// an OpCreate learn it when that is done.
	Record UID `json:"record,omitempty"`
	// Folder is what OpJoin, OpLeave and OpDefaults are about, and where OpCreate
	// puts the record: empty means the root of the service account.
	Folder UID    `json:"folder,omitempty"`
	Title  string `json:"title,omitempty"` // of the record or folder, for people; foreign text
	// Email is who gets or loses access: an address, or the UID of a team.
	Email string `json:"email,omitempty"`
	Team  string `json:"team,omitempty"` // the team's name, for people; foreign text
	// Right is what the person has once the operation is done; empty means
	// nothing. For OpDefaults it is what members may do with records that are put
	// into the folder later.
	Right Right `json:"right,omitempty"`
	// DropEdit and DropShare say what OpLower takes away.
	DropEdit  bool `json:"drop_edit,omitempty"`
	DropShare bool `json:"drop_share,omitempty"`
	// Limit is how long the right lasts, counted from the sending; it becomes
	// Expires the moment the operation is sent.
	Limit   Limit     `json:"limit"`
	Expires time.Time `json:"expires,omitzero"`
	// Rotate has the vault change the record's password when the right ends.
	Rotate bool `json:"rotate,omitempty"`
	// Before is what the person had when the plan was made: what to give back if
	// a later step of the plan is refused.
	Before Share `json:"before,omitzero"`
	// Restores marks the operation that gives a standing right back when a
	// limited raise over it has ended (DESIGN 3).
	Restores bool `json:"restores,omitempty"`
	// Doubtful marks one that was due before the queue was restored from a backup: it may
	// Unseen says that what stood before may have ended together with access that nobody
	// saw, so that nothing there is no drift.
	Unseen bool `json:"unseen,omitempty"`
	// have been carried out since, and what it gave taken away again.
	Doubtful bool `json:"doubtful,omitempty"`
	// Link is what OpUnlink takes back, or what OpLink made.
	Link LinkID `json:"link,omitempty"`
	// Known are the links that the record had when OpLink was sent: any other one
	// found after a lost answer is the order's, and nobody has seen it
	// (PROTOCOL 13).
	Known []LinkID `json:"known,omitempty"`
	// Number is the request's: what a link is called in the vault, and what its
	// sealed answers are bound to.
	Number Number `json:"number,omitempty"`
	// Approval is the endpoint request and Device the 20 digits of the device that
	// a decision is about.
	Approval UID    `json:"approval,omitempty"`
	Device   string `json:"device,omitempty"`

	Create *NewRecord    `json:"create,omitempty"`
	Update *RecordChange `json:"update,omitempty"`
}

// Object is the UID of what the order is about, empty for a record that is not
// made yet and goes to the root.
func (i Intent) Object() UID {
	switch {
	case i.Record != "":
		return i.Record
	case i.Approval != "":
		return i.Approval
	case i.Device != "":
		return UID(i.Device)
	}
	return i.Folder
}

// ForTeam reports whether the order gives something to a team or takes it from
// one.
func (i Intent) ForTeam() bool { return UID(i.Email).Valid() }

// Who is who the order gives something to or takes it from, for people.
func (i Intent) Who() string {
	if i.Team != "" {
		return "team " + i.Team
	}
	return i.Email
}

// Words says what the intent does, for plans and timelines. The result holds
// foreign text where the intent does.
func (i Intent) Words(kind OpKind) string {
	end := ""
	switch {
	case !i.Expires.IsZero():
		end = " until " + i.Expires.UTC().Format("2006-01-02 15:04") + " UTC"
	case !i.Limit.IsPermanent():
		end = " for " + i.Limit.String()
	}
	if i.Rotate && end != "" {
		end += ", and change the password then"
	}
	switch kind {
	case OpGrant, OpJoin:
		if i.Restores {
			return fmt.Sprintf("give %s %s back%s", i.Who(), i.Right.Words(), end)
		}
		return fmt.Sprintf("give %s %s%s", i.Who(), i.Right.Words(), end)
	case OpLower:
		return fmt.Sprintf("lower %s to %s", i.Who(), i.Right)
	case OpRemove:
		return "remove the share of " + i.Who()
	case OpOwner:
		return "make " + i.Who() + " the owner"
	case OpLeave:
		return "remove " + i.Who() + " from the folder"
	case OpDefaults:
		return "make " + string(i.Right) + " what members may do with records that are put into the folder later"
	case OpLink:
		return fmt.Sprintf("make a link to %s with %s%s", i.Title, i.Right, end)
	case OpUnlink:
		return "remove the link"
	case OpCreate:
		return i.Create.Words()
	case OpUpdate:
		return i.Update.Words()
	case OpEndpointApprove:
		return "approve the endpoint request " + string(i.Approval)
	case OpEndpointDeny:
		return "deny the endpoint request " + string(i.Approval)
	case OpDeviceApprove:
		return "approve the device " + i.Device + " of " + i.Email
	case OpDeviceDeny:
		return "deny the device " + i.Device + " of " + i.Email
	}
	return string(kind)
}
