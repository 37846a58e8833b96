package model

import (
	"slices"
	"strings"
	"time"
)

// RecordFacts is what the vault tells of a record or a folder, without secrets.
type RecordFacts struct {
	Kind   TargetKind
	UID    UID
	Title  string
	Type   string // of a record
	Path   string
	Owner  string
	Shares []Holder // of a record, or the members of a folder
	// Whole is the shared folder that a subfolder belongs to: sharing the
	// subfolder shares all of it (PROTOCOL 12.3). The zero value where the folder
	// is the whole.
	Whole   Target
	Records int   // in a folder
	Default Right // what members of a folder may do with new records in it
	// Nested marks a folder of the kind that this service cannot share
	// (PROTOCOL 12.1).
	Nested bool
	// In is the folder that a record lies in, empty for the root.
	In UID
	// Links are the one-time links of a record; only read for orders about links.
	Links []Link
	// Marked are the records that bear the number of a request; only read for
	// orders that create one.
	Marked []UID
	// Changed is set where the record holds what an order to change it wants; only
	// read for such orders.
	Changed bool
	Read    time.Time
	// Gone is set when the vault does not know the UID (any more).
	Gone     bool
	Revision int64
}

// Holder is somebody who has a share of a record or is a member of a folder.
type Holder struct {
	Email string // an address, or the UID of a team
	Team  string // the team's name; empty for a person
	Share Share
}

// Link is a one-time link as the vault lists it.
type Link struct {
	ID      LinkID
	Made    time.Time // zero if not told
	Expires time.Time
	Opened  time.Time // zero: not yet
}

// Share returns what the address, or the team with that UID, has, ignoring case
// for addresses.
func (f RecordFacts) Share(email string) Share {
	p := Person{Email: email}
	if f.Kind != TargetFolder && p.Is(f.Owner) {
		return Share{Right: RightOwner}
	}
	for _, h := range f.Shares {
		if p.Is(h.Email) {
			return h.Share
		}
	}
	return Share{}
}

// Link returns the link with the id and whether the record has it.
func (f RecordFacts) Link(id LinkID) (Link, bool) {
	n := slices.IndexFunc(f.Links, func(l Link) bool { return l.ID == id })
	if n < 0 {
		return Link{}, false
	}
	return f.Links[n], true
}

// Target is the record or folder as a request names it. For a subfolder it is
// the whole that sharing would act on.
func (f RecordFacts) Target() Target {
	if f.Whole.Named() {
		return f.Whole
	}
	return Target{Kind: f.Kind, UID: f.UID, Title: f.Title, Type: f.Type}
}

// PAM reports whether a record type is of the kind that one-time shares refuse
// (PROTOCOL 12.4).
func PAM(recordType string) bool { return strings.HasPrefix(recordType, "pam") }

// Rotates reports whether the vault can change the password of a record of that
// type when access to it ends (PROTOCOL 12.2).
func Rotates(recordType string) bool { return recordType == "pamUser" }
