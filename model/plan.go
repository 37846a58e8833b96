package model

import (
	"errors"
	"fmt"
	"time"
)

// Step is one operation of a plan, not yet queued.
type Step struct {
	Kind   OpKind
	Intent Intent
	// At is when the step runs; zero means at once, after the step before it.
	At time.Time
	// AfterGrant marks a step that runs when the granted time is over, where
	// that moment is only known once the grant stands.
	AfterGrant bool
}

// Plan is how to get from what somebody has to what was approved.
type Plan struct {
	Now   Share // what the person has, read live
	Want  Access
	Steps []Step
	// Standing is what the person gets back when the granted access ends.
	Standing Share
	// Nothing says why no step is needed, empty otherwise.
	Nothing string
	// Warnings are sentences the fulfiller has to read.
	Warnings []string
}

// Wanted is who is to have which access to what.
type Wanted struct {
	On     Target // a record or a folder
	Email  string // an address, or the UID of a team
	Team   string // the team's name, for people
	Access Access
	// Standing is what they are to have again when the access ends, where what
	// they have now is itself a limited raise of ours; the zero value where it is
	// not.
	Standing Share
	Rotate   bool // have the vault change the password at the end
	// Owner is who owns the record now, "" if the vault does not tell.
	Owner string
}

// Who is who the access is for, for people.
func (w Wanted) Who() string { return w.base(Share{}).Who() }

// team reports whether the access is for a team.
func (w Wanted) team() bool { return UID(w.Email).Valid() }

func (w Wanted) base(have Share) Intent {
	i := Intent{Title: w.On.Title, Email: w.Email, Team: w.Team, Before: have}
	if w.On.Kind == TargetFolder {
		i.Folder = w.On.UID
	} else {
		i.Record = w.On.UID
	}
	return i
}

// grantKind is the order that gives access to such a target.
func (w Wanted) grantKind() OpKind {
	if w.On.Kind == TargetFolder {
		return OpJoin
	}
	return OpGrant
}

// PlanAccess plans how somebody gets the wanted access to a record or folder at
// time now (DESIGN 3, PROTOCOL 12.2, 12.3). It keeps four promises: existing
// access is never lost for having asked for more; going from one right to
// another lowers first, so nobody holds more than was approved at any moment; a
// limited raise over standing access plans the restoring, since Keeper ends the
// whole share; and nothing is repeated that already holds. It fails when the
// vault cannot give the right with that limit, or not on such a target.
func PlanAccess(w Wanted, have Share, now time.Time) (Plan, error) {
	p := Plan{Now: have, Want: w.Access}
	want := w.Access
	if err := ValidateAccess(want.Right, want.Limit); err != nil {
		return p, err
	}
	if err := w.Possible(); err != nil {
		return p, err
	}
	base := w.base(have)
	if want.Right.Owner() {
		return planOwner(p, base, w.Owner), nil
	}
	if have.Right.Owner() {
		p.Nothing = base.Who() + " owns the record, which is more than was asked"
		return p, nil
	}

	end := want.Limit.End(now)
	if have.Right.Covers(want.Right) && !endsBefore(have.Expires, end) {
		p.Nothing = fmt.Sprintf("%s already has %s", base.Who(), have.Words())
		if w.Rotate {
			p.Nothing += "; whether the password changes when that ends is not touched"
		}
		return p, nil
	}
	grant := Step{Kind: w.grantKind(), Intent: base.with(want.Right, want.Limit, time.Time{})}
	if grant.Intent.Rotate = w.Rotate; w.Rotate {
		p.Warnings = append(p.Warnings, "the vault does not show afterwards whether it will change the password when the access ends")
	}
	if have.None() {
		p.Steps = []Step{grant}
		return p, nil
	}
	if w.keeps(have, end) {
		p.Standing = w.Standing
		p.Nothing = fmt.Sprintf("%s has %s, and %s after that", base.Who(), have.Words(), w.Standing.Words())
		return p, nil
	}
	if have.Right != want.Right && have.Right.Covers(want.Right) && (w.Standing.None() || w.Standing.Right.Covers(want.Right)) {
		// More, but for a shorter time: leave it, and give the lower right when it
		// ends, and what it was a raise over.
		grant.At = have.Expires
		if w.Standing.Expires.After(grant.At) {
			grant.At = w.Standing.Expires
		}
		grant.Intent.Expires = end
		grant.Intent.Restores = true
		p.Steps = []Step{grant}
		p.Warnings = []string{fmt.Sprintf("%s keeps %s; %s follows when that ends", base.Who(), have.Words(), want.Right.Words())}
		return p, nil
	}

	if !want.Right.Covers(have.Right) {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%s is replaced by %s: the vault cannot give both from two requests",
			have.Right.Words(), want.Right.Words()))
	}
	// A folder's rights are set by one order, so nothing is lowered before.
	if drop, needed := lower(base, have.Right, want.Right); needed && w.On.Kind != TargetFolder {
		p.Steps = append(p.Steps, drop)
	}
	p.Steps = append(p.Steps, grant)
	standing := have
	if !w.Standing.None() && !endsBefore(end, have.Expires) {
		standing = w.Standing
	}
	if endsBefore(end, standing.Expires) {
		p.Standing = standing
		restore := Step{Kind: w.grantKind(), AfterGrant: true, Intent: base.with(standing.Right, Permanent, standing.Expires)}
		restore.Intent.Restores = true
		p.Steps = append(p.Steps, restore)
		p.Warnings = append(p.Warnings, fmt.Sprintf("Keeper ends the whole share after %s; %s is given back right then",
			want.Limit, standing.Right.Words()))
	}
	return p, nil
}

// keeps reports whether what stands under a raise of ours is what is wanted for
// after the raise, which gives that and more.
func (w Wanted) keeps(have Share, end time.Time) bool {
	want := w.Access.Right
	return have.Right.Covers(want) && w.Standing.Right.Covers(want) && !endsBefore(w.Standing.Expires, end)
}

// Possible says what the vault cannot do of what is wanted, nil if it can all.
func (w Wanted) Possible() error {
	right, limit := w.Access.Right, w.Access.Limit
	switch {
	case w.On.Kind == TargetFolder != right.OnFolder():
		return fmt.Errorf("%q is no right on a %s", string(right), w.On.Kind)
	case w.team() && w.On.Kind != TargetFolder:
		return errors.New("a team can only be given a folder")
	case w.team() && !limit.IsPermanent():
		return errors.New("the vault gives a folder to a team only without a time limit: choose permanent, or ask for its members one by one")
	case w.Rotate:
		return ValidateRotation(w.On, w.Access)
	}
	return nil
}

// ValidateRotation checks that the vault can change the password when access to
// the target ends (PROTOCOL 12.2), as far as its type is known.
func ValidateRotation(on Target, access Access) error {
	switch {
	case on.Kind == TargetFolder, on.Type != "" && !Rotates(on.Type):
		return errors.New("the vault changes passwords by itself only in records of type pamUser: leave this empty, and have the password changed by hand when the access ends")
	case access.Limit.IsPermanent():
		return errors.New("the password is changed when the access ends: choose how long it lasts")
	}
	return nil
}

// planOwner plans the transfer of a record, which the service account can only do
// with what it owns: it names what that account loses and keeps (PROTOCOL 12.2).
func planOwner(p Plan, base Intent, owner string) Plan {
	if p.Now.Right.Owner() {
		p.Nothing = base.Who() + " already owns the record"
		return p
	}
	p.Steps = []Step{{Kind: OpOwner, Intent: base.with(RightOwner, Permanent, time.Time{})}}
	p.Warnings = []string{OwnerLoses(owner)}
	return p
}

// OwnerLoses says what who owns a record now loses by its transfer, and keeps.
func OwnerLoses(owner string) string {
	if owner == "" {
		owner = "the present owner"
	} else {
		owner += ", who owns it now,"
	}
	return owner + " keeps view and loses edit, share and the right to end other people's access; this program cannot take the record back"
}

// PlanReturn plans the early end of a grant: back to what the person had before
// it, w.Standing, or to nothing. What the person has now is read live, since it
// may have changed outside.
func PlanReturn(w Wanted, have Share, now time.Time) Plan {
	standing := w.Standing
	p := Plan{Now: have, Standing: standing}
	if !standing.Expires.IsZero() && !standing.Expires.After(now) {
		standing = Share{}
	}
	base := w.base(have)
	remove := OpRemove
	if w.On.Kind == TargetFolder {
		remove = OpLeave
	}
	give := Step{Kind: w.grantKind(), Intent: base.with(standing.Right, Permanent, standing.Expires)}
	give.Intent.Restores = true
	switch {
	case have.None() && standing.None():
		p.Nothing = base.Who() + " has no access any more"
	case have.Right.Owner():
		p.Nothing = base.Who() + " owns the record; ownership is not taken back here"
	case standing.None():
		p.Steps = []Step{{Kind: remove, Intent: base.with("", Permanent, time.Time{})}}
	case have.Same(standing):
		p.Nothing = fmt.Sprintf("%s has %s already, as before the grant", base.Who(), have.Words())
	case w.On.Kind == TargetFolder:
		p.Steps = []Step{give}
	default:
		if drop, needed := lower(base, have.Right, standing.Right); needed {
			p.Steps = append(p.Steps, drop)
		}
		if !(Share{Right: loweredTo(have.Right, standing.Right), Expires: have.Expires}).Same(standing) {
			p.Steps = append(p.Steps, give)
		}
	}
	return p
}

func (i Intent) with(r Right, l Limit, expires time.Time) Intent {
	i.Right, i.Limit, i.Expires = r, l, expires
	return i
}

// lower returns the step that takes away what have holds beyond want, and
// whether there is anything to take.
func lower(base Intent, have, want Right) (Step, bool) {
	if have == "" {
		return Step{}, false
	}
	i := base.with(loweredTo(have, want), Permanent, time.Time{})
	i.DropEdit = have.Edit() && !want.Edit()
	i.DropShare = have.Share() && !want.Share()
	return Step{Kind: OpLower, Intent: i}, i.DropEdit || i.DropShare
}

// loweredTo is what remains of have when everything beyond want is taken away.
func loweredTo(have, want Right) Right {
	if have == "" {
		return ""
	}
	return RecordRight(have.Edit() && want.Edit(), have.Share() && want.Share())
}

// endsBefore compares two ends, the zero time meaning never.
func endsBefore(a, b time.Time) bool {
	if a.IsZero() {
		return false
	}
	return b.IsZero() || a.Before(b)
}
