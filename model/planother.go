package model

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// PlanCreate plans a new record in a folder, whose zero value is the root of the
// service account, and what the requestor is to have on it: nothing, for the
// empty right.
func PlanCreate(n NewRecord, folder Target, email string, share Right) Plan {
	var p Plan
	base := Intent{Folder: folder.UID, Title: n.Title, Email: email, Number: n.Marker}
	create := base
	create.Create = &n
	p.Steps = []Step{{Kind: OpCreate, Intent: create}}
	switch {
	case share.Owner():
		p.Want = Access{Right: share}
		p.Steps = append(p.Steps, Step{Kind: OpOwner, Intent: withoutFolder(base).with(share, Permanent, time.Time{})})
		p.Warnings = append(p.Warnings, "the record belongs to "+email+" then; this program cannot take it back")
	case share != "":
		p.Want = Access{Right: share}
		p.Steps = append(p.Steps, Step{Kind: OpGrant, Intent: withoutFolder(base).with(share, Permanent, time.Time{})})
	}
	if folder.UID == "" && share == "" && n.Destroys == 0 {
		p.Warnings = append(p.Warnings, "without a folder, only the service account sees the record")
	}
	return p
}

func withoutFolder(i Intent) Intent {
	i.Folder = ""
	return i
}

// PlanLink plans a one-time link to a record. It fails where Keeper makes none.
func PlanLink(record Target, number Number, email string, want Access, now time.Time) (Plan, error) {
	p := Plan{Want: want}
	end := want.Limit.End(now)
	switch {
	case PAM(record.Type):
		return p, errors.New(NoLinks(record.Type))
	case end.IsZero():
		return p, fmt.Errorf("a link always ends: choose how long it lives")
	case end.Sub(now) > MaxLinkLife:
		return p, fmt.Errorf("a link lives at most %s", FormatDuration(MaxLinkLife))
	case want.Right != RightView && want.Right != RightEdit:
		return p, fmt.Errorf("a link gives view or edit, not %s", want.Right)
	}
	i := Intent{Record: record.UID, Title: record.Title, Email: email, Number: number, Right: want.Right, Limit: want.Limit}
	p.Steps = []Step{{Kind: OpLink, Intent: i}}
	return p, nil
}

// PlanDefaults adds to the plan of a folder's access what all members may do with
// records that are put into it later, which was have so far. It comes right after
// the access, so that nothing changes for others where that is refused; what gives
// a standing right back stays behind it. It is nobody's access: giving back the
// access leaves it.
func PlanDefaults(p Plan, w Wanted, have, want Right) Plan {
	if want == "" || have == want {
		return p
	}
	i := w.base(Share{Right: have}).with(want, Permanent, time.Time{})
	at := slices.IndexFunc(p.Steps, func(s Step) bool { return s.AfterGrant })
	if at < 0 {
		at = len(p.Steps)
	}
	p.Steps = slices.Insert(slices.Clone(p.Steps), at, Step{Kind: OpDefaults, Intent: i})
	p.Nothing = ""
	p.Warnings = append(p.Warnings, DefaultsWords(have, want))
	return p
}

// DefaultsWords says what another default for a folder's records means.
func DefaultsWords(have, want Right) string {
	return fmt.Sprintf("all members of the folder have %s instead of %s on records that are put into it later; those in it keep what they have, and this stays when the access ends",
		want, have)
}

// PlanUnlink plans the removal of a link that a grant gave.
func PlanUnlink(g Grant, facts RecordFacts) Plan {
	var p Plan
	if _, there := facts.Link(g.Link); !there && facts.Links != nil {
		p.Nothing = "the link is gone already"
		return p
	}
	p.Steps = []Step{{Kind: OpUnlink, Intent: Intent{Record: g.Target.UID, Title: g.Target.Title, Email: g.Email, Link: g.Link, Number: g.Number}}}
	return p
}
