package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// PersonID is a random identifier that stands for a person in the audit chain,
// so that the chain holds no personal text (DESIGN 4).
type PersonID string

// System is the actor of what the program does by itself: expiry, scheduled
// operations, reconciliation.
const System PersonID = "system"

// Role says which tabs and actions a person has. A person may have several.
type Role string

// The four roles (DESIGN 3).
const (
	RoleRequestor Role = "requestor"
	RoleApprover  Role = "approver"
	RoleAdmin     Role = "admin"
	RoleSupport   Role = "support"
)

// Roles lists every role, in the order screens show them.
func Roles() []Role { return []Role{RoleRequestor, RoleApprover, RoleAdmin, RoleSupport} }

// Valid reports whether r is one of the four roles.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// GroupName is the name of an approval or fulfilment group.
type GroupName string

// Person is somebody who uses the program or is granted access through it.
type Person struct {
	ID     PersonID
	Login  string // the operating system's user name, or the one bound to an SSH key
	Name   string // as shown; foreign text
	Email  string // the address that gets shares; compared without case
	Roles  []Role
	Groups []GroupName
	Keys   []string // authorized_keys lines, used by the console over SSH
	Active bool
	// Revision counts changes, so that two admins do not overwrite each other.
	Revision int64
}

// Has reports whether the person holds the role and is active.
func (p Person) Has(r Role) bool { return p.Active && slices.Contains(p.Roles, r) }

// In reports whether the person is an active member of the group.
func (p Person) In(g GroupName) bool { return p.Active && slices.Contains(p.Groups, g) }

// Is reports whether the address is this person's, ignoring case as Keeper does
// (PROTOCOL 12.2).
func (p Person) Is(email string) bool {
	return p.Email != "" && strings.EqualFold(p.Email, email)
}

// Short is how the person is named where room is scarce: the login, which is
// unique.
func (p Person) Short() string {
	if p.Login != "" {
		return p.Login
	}
	return p.Email
}

// Group is a set of people who approve or fulfil together.
type Group struct {
	Name    GroupName
	Members []PersonID
}

// Delegation lets one person act for another between two moments. It does not
// cascade: a delegate cannot pass it on.
type Delegation struct {
	ID       int64
	From, To PersonID
	Starts   time.Time
	Ends     time.Time
	MadeBy   PersonID // From, or an admin; "" where it is not known
	Made     time.Time
}

// MaxDelegation is how long somebody can have another act for them in one go.
const MaxDelegation = 90 * 24 * time.Hour

// Active reports whether the delegation holds at t.
func (d Delegation) Active(t time.Time) bool { return !t.Before(d.Starts) && t.Before(d.Ends) }

// Actor is a person together with those they may act for now. Every workflow
// method takes one person's id and loads the Actor inside its transaction, so a
// disabled person is refused at once.
type Actor struct {
	Person
	// For holds the active delegators, each with their groups.
	For []Person
}

// Seats lists the people whose say the actor can give in a group: first the
// actor, then those who delegated to them. Who has no say of their own, because
// they are no approver, has none to delegate.
func (a Actor) Seats(g GroupName) []PersonID {
	var seats []PersonID
	if a.In(g) {
		seats = append(seats, a.ID)
	}
	for _, p := range a.For {
		if p.In(g) && p.Has(RoleApprover) && p.ID != a.ID {
			seats = append(seats, p.ID)
		}
	}
	return seats
}

// ValidateEmail checks an address by the rule that the vault service keeps:
// letters, digits and _ . + - before the @ (PROTOCOL 12.2).
func ValidateEmail(s string) error {
	local, domain, ok := strings.Cut(s, "@")
	switch {
	case !ok || local == "" || domain == "":
		return fmt.Errorf("%q is not an e-mail address", s)
	case strings.ContainsFunc(local, func(r rune) bool { return !emailRune(r, "_.+-") }):
		return fmt.Errorf("%q: the vault allows only letters, digits and _ . + - before the @", s)
	case strings.ContainsFunc(domain, func(r rune) bool { return !emailRune(r, ".-") }) || !strings.Contains(domain, "."):
		return fmt.Errorf("%q: the part after the @ is not a domain", s)
	}
	return nil
}

func emailRune(r rune, extra string) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(extra, r)
}

// ErrJustification is wrapped by every complaint about a justification.
var ErrJustification = errors.New("justification")

// The limits of a justification, in characters (SCREENS, Portal).
const (
	MinJustification = 10
	MaxJustification = 500
)

// ValidateJustification checks the length, counted in characters after the
// blanks around it; the text itself is stored untouched.
func ValidateJustification(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%w: not valid UTF-8", ErrJustification)
	}
	n := utf8.RuneCountInString(strings.TrimFunc(s, unicode.IsSpace))
	switch {
	case n < MinJustification:
		return fmt.Errorf("%w: say in at least %d characters why you need it", ErrJustification, MinJustification)
	case n > MaxJustification:
		return fmt.Errorf("%w: %d characters, at most %d are kept", ErrJustification, n, MaxJustification)
	}
	return nil
}
