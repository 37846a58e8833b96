package model

import (
	"fmt"
	"slices"
)

// Right is what somebody may do with a record or a folder.
type Right string

// Rights on a record, and on a folder (DESIGN 3, PROTOCOL 12.2 and 12.3).
const (
	RightView      Right = "view"
	RightEdit      Right = "edit"
	RightShare     Right = "share"
	RightEditShare Right = "edit and share"
	RightOwner     Right = "owner"

	RightNone          Right = "none" // member of the folder, managing nothing
	RightManageUsers   Right = "manage users"
	RightManageRecords Right = "manage records"
	RightAll           Right = "all"
)

// RecordRights lists the rights on a record from the lowest up.
func RecordRights() []Right {
	return []Right{RightView, RightEdit, RightShare, RightEditShare, RightOwner}
}

// FolderRights lists the rights on a folder from the lowest up.
func FolderRights() []Right {
	return []Right{RightNone, RightManageUsers, RightManageRecords, RightAll}
}

// The bits a right is made of. Two rights are compared by them, because edit
// and share are independent: neither contains the other.
const (
	bitSee = 1 << iota
	bitEdit
	bitShare
	bitOwn
	bitMember
	bitUsers
	bitRecords
)

func (r Right) bits() int {
	switch r {
	case RightView:
		return bitSee
	case RightEdit:
		return bitSee | bitEdit
	case RightShare:
		return bitSee | bitShare
	case RightEditShare:
		return bitSee | bitEdit | bitShare
	case RightOwner:
		return bitSee | bitEdit | bitShare | bitOwn
	case RightNone:
		return bitMember
	case RightManageUsers:
		return bitMember | bitUsers
	case RightManageRecords:
		return bitMember | bitRecords
	case RightAll:
		return bitMember | bitUsers | bitRecords
	}
	return 0
}

// Valid reports whether r is a known right.
func (r Right) Valid() bool { return r.bits() != 0 }

// Words is the right as a sentence names it: "view", "membership".
func (r Right) Words() string {
	switch {
	case r == RightNone:
		return "membership"
	case r.OnFolder():
		return "membership with " + map[Right]string{RightManageUsers: "managing users", RightManageRecords: "managing records",
			RightAll: "managing users and records"}[r]
	}
	return string(r)
}

// inBrief is the right in front of how long it lasts: "view", "manage users", and
// "membership" for a member who manages nothing.
func (r Right) inBrief() string {
	if r == RightNone {
		return r.Words()
	}
	return string(r)
}

// OnFolder reports whether r is a right on a folder.
func (r Right) OnFolder() bool { return slices.Contains(FolderRights(), r) }

// OnRecord reports whether r is a right on a record.
func (r Right) OnRecord() bool { return slices.Contains(RecordRights(), r) }

// Covers reports whether whoever holds r can do everything other allows. It is
// a partial order: edit and share do not cover each other.
func (r Right) Covers(other Right) bool {
	return r.Valid() && other.Valid() && r.bits()&other.bits() == other.bits()
}

// Edit, Share and Owner report the flags of a record share.
func (r Right) Edit() bool  { return r.bits()&bitEdit != 0 }
func (r Right) Share() bool { return r.bits()&bitShare != 0 }
func (r Right) Owner() bool { return r.bits()&bitOwn != 0 }

// ManageUsers and ManageRecords report the flags of a folder membership.
func (r Right) ManageUsers() bool   { return r.bits()&bitUsers != 0 }
func (r Right) ManageRecords() bool { return r.bits()&bitRecords != 0 }

// AllowsLimit reports whether Keeper can end the right by itself after a time.
// It cannot for ownership, for re-sharing, and for managing a folder's users
// (DESIGN 3); such a right asked with a limit is refused, never silently made
// permanent.
func (r Right) AllowsLimit() bool {
	return r.Valid() && r.bits()&(bitShare|bitOwn|bitUsers) == 0
}

// RecordRight returns the right that a pair of share flags amounts to.
func RecordRight(edit, share bool) Right {
	switch {
	case edit && share:
		return RightEditShare
	case edit:
		return RightEdit
	case share:
		return RightShare
	}
	return RightView
}

// FolderRight returns the right that a pair of membership flags amounts to.
func FolderRight(users, records bool) Right {
	switch {
	case users && records:
		return RightAll
	case users:
		return RightManageUsers
	case records:
		return RightManageRecords
	}
	return RightNone
}

// LowerRights lists the rights that may be given instead of the one asked for:
// those it covers, itself last.
func LowerRights(asked Right) []Right {
	var lower []Right
	for _, r := range append(RecordRights(), FolderRights()...) {
		if asked.Covers(r) {
			lower = append(lower, r)
		}
	}
	return lower
}

// ValidateAccess checks that a right may be given with a limit.
func ValidateAccess(r Right, l Limit) error {
	if !r.Valid() {
		return fmt.Errorf("unknown right %q", string(r))
	}
	if !l.IsPermanent() && !r.AllowsLimit() {
		return fmt.Errorf("the vault gives %q only without a time limit: choose permanent, or a lower right for %s", string(r), l)
	}
	return nil
}
