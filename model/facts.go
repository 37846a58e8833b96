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
	// Nested marks a folder of the kind that this service cannot share, or a
	// record in one (PROTOCOL 12.1).
	Nested bool
	// Personal marks a folder of the service account's own, which cannot be
	// shared.
	Personal bool
	// In is the folder that a record lies in, empty for the root.
	In UID
	// Links are the one-time links of a record; only read for orders about links.
	Links []Link
	// Marked are the records that bear the number of a request; only read for
	// orders that create one.
	Marked []UID
	// Unlike says in which way the record that an order made is not what was
	// ordered, "" where it is; only read for orders that create one.
	Unlike string
	// Changed is set where the record holds what an order to change it wants; only
	// read for such orders.
	Changed bool
	Read    time.Time
	// Only is the address of who asked, where Shares tells of nobody else's because
	// they are not theirs to see; empty where it tells of everybody's.
	Only string
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

// OnlyFor is what somebody with an address may know who neither decides nor carries
// out requests about the record or folder: what it is, where, whose, and what they
// have themselves.
func (f RecordFacts) OnlyFor(email string) RecordFacts {
	p := Person{Email: email}
	own := []Holder{}
	for _, h := range f.Shares {
		if p.Is(h.Email) {
			own = append(own, h)
		}
	}
	f.Shares, f.Only, f.Links, f.Marked = own, email, nil, nil
	return f
}

// Tells reports whether the facts tell what the address, or the team with that UID,
// has.
func (f RecordFacts) Tells(email string) bool {
	return f.Only == "" || Person{Email: f.Only}.Is(email)
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

// Unshareable says why nobody can be given this record or folder here, and what
// to do instead; "" where it can be shared, as far as the vault tells.
func (f RecordFacts) Unshareable() string {
	switch {
	case f.Nested && f.Kind == TargetFolder:
		return "this is a nested share folder, a kind that the vault service cannot share: share it in Keeper's web vault, or ask for one of its records"
	case f.Nested:
		return "this record lies in a nested share folder, whose records the vault service cannot share: share it in Keeper's web vault"
	case f.Personal:
		return "this is a personal folder of the service account, which cannot be shared: ask for one of its records, or have it made a shared folder in Keeper"
	}
	return ""
}

// PAM reports whether a record type is of the kind that one-time shares refuse
// (PROTOCOL 12.4).
func PAM(recordType string) bool { return strings.HasPrefix(recordType, "pam") }

// NoLinks says why a record of a type that is PAM gets no one-time link, and what
// to do instead.
func NoLinks(recordType string) string {
	return "Keeper makes no one-time links to records of type " + recordType + ": ask for access to the record instead"
}

// Rotates reports whether the vault can change the password of a record of that
// type when access to it ends (PROTOCOL 12.2).
func Rotates(recordType string) bool { return recordType == "pamUser" }
