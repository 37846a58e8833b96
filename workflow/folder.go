package workflow

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/model"
)

// planAccess plans the access that a request asks for, and for a folder what its
// members may do with later records.
func planAccess(c model.Case, facts model.RecordFacts, w model.Wanted, have model.Share, now time.Time) (model.Plan, error) {
	p, err := model.Plan{}, error(nil)
	if g, stands := standsAlready(c, w, have); stands {
		// Asked again after a later step was refused: its end is not counted anew.
		p = model.Plan{Now: have, Want: w.Access, Nothing: fmt.Sprintf("%s has %s by %s", w.Who(), have.Words(), g.Number)}
	} else if p, err = model.PlanAccess(w, have, now); err != nil {
		return p, err
	}
	if w.On.Kind != model.TargetFolder {
		return p, nil
	}
	defaults, _ := c.Request.Answer(model.FieldDefaults)
	p = model.PlanDefaults(p, w, facts.Default, model.Right(defaults))
	if facts.Whole.Named() {
		p.Warnings = append([]string{wholeWords(facts)}, p.Warnings...)
	}
	return p, nil
}

// standsAlready returns the grant of the request where the vault shows just that.
func standsAlready(c model.Case, w model.Wanted, have model.Share) (model.Grant, bool) {
	g, open := c.OpenGrant()
	stands := open && g.State == model.GrantActive && g.Target.UID == w.On.UID && g.Right == w.Access.Right &&
		have.Same(model.Share{Right: g.Right, Expires: g.Until})
	return g, stands
}

// wholeWords says that a folder stands for all of the shared folder it lies in
// (PROTOCOL 12.3).
func wholeWords(f model.RecordFacts) string {
	return fmt.Sprintf("%q lies in the shared folder %q, and Keeper shares only the whole of that: %s", f.Title, f.Whole.Title, holdsWords(f))
}

// holdsWords says how much a folder holds and who is in it, as far as the facts
// tell.
func holdsWords(f model.RecordFacts) string {
	if f.Only != "" {
		return count(f.Records, "record")
	}
	people, teams := 0, 0
	for _, h := range f.Shares {
		if h.Team != "" || model.UID(h.Email).Valid() {
			teams++
		} else {
			people++
		}
	}
	s := count(f.Records, "record") + ", " + count(people, "member")
	if teams > 0 {
		s += " and " + count(teams, "team")
	}
	return s
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// folderWarnings says what access to a folder means for the decision.
func folderWarnings(c model.Case, f model.RecordFacts) []string {
	var out []string
	if f.Whole.Named() {
		out = append(out, wholeWords(f))
	} else {
		out = append(out, "the folder holds "+holdsWords(f))
	}
	if right, _ := c.Request.Answer(model.FieldDefaults); right != "" && model.Right(right) != f.Default {
		out = append(out, model.DefaultsWords(f.Default, model.Right(right)))
	}
	if c.Request.Allowed.Right.ManageUsers() {
		out = append(out, "managing users means letting others into the folder, past this program")
	}
	return out
}

// otherKind says that the vault has another kind of thing under a UID than is
// needed.
func otherKind(needed, found model.TargetKind) string {
	return fmt.Sprintf("a %s is needed here, and the vault has a %s under that UID", needed, found)
}

// examineDefaults lets the default of a folder be changed that still is what it
// was when the plan was made.
func examineDefaults(i model.Intent, facts model.RecordFacts) advice {
	if facts.Default != i.Before.Right {
		return advice{act: actRefuse, why: fmt.Sprintf("members had %s on later records when this was planned and have %s now: plan it again", i.Before.Right, facts.Default)}
	}
	return advice{act: actSend}
}

// quarter is what time zones differ by, or a multiple of it.
const quarter = 15 * time.Minute

// zoneWords says that the vault shows what was ordered, only shifted by as much as
// time zones differ: the service tells the ends of memberships in its host's time
// (PROTOCOL 12.1). It is "" where that is not so.
func zoneWords(op model.Operation, facts model.RecordFacts) string {
	have, want := facts.Share(op.Intent.Email), op.Intent.Expires
	if op.Kind != model.OpJoin || have.Right != op.Intent.Right || have.Expires.IsZero() || want.IsZero() || have.Same(op.Intent.Before) {
		return ""
	}
	off, which := have.Expires.Sub(want.Truncate(time.Second)), "later"
	if off < 0 {
		off, which = -off, "earlier"
	}
	if off == 0 || off%quarter != 0 || off > 26*time.Hour {
		return ""
	}
	return fmt.Sprintf("%s %s than ordered: set timezone in [vault] of the configuration to that of the vault service's host", model.FormatDuration(off), which)
}

// Membership is one line of what a plan does to a folder: what a person or team has
// now, and then.
type Membership struct {
	Who       string // foreign text
	Now, Then string
	Changes   bool
}

// Members lists everybody who is in the folder of a plan or gets into it, whom the
// plan changes first. It is nil for a plan about something else.
func (v PlanView) Members() []Membership {
	if v.Facts.Kind != model.TargetFolder {
		return nil
	}
	var changed, rest []Membership
	for _, st := range v.Plan.Steps {
		if (st.Kind == model.OpJoin || st.Kind == model.OpLeave) && !st.AfterGrant {
			changed = append(changed, Membership{Who: st.Intent.Who(), Now: v.Facts.Share(st.Intent.Email).Words(), Then: thenWords(st), Changes: true})
		}
	}
	for _, h := range v.Facts.Shares {
		i := model.Intent{Email: h.Email, Team: h.Team}
		if !slices.ContainsFunc(changed, func(m Membership) bool { return strings.EqualFold(m.Who, i.Who()) }) {
			rest = append(rest, Membership{Who: i.Who(), Now: h.Share.Words(), Then: h.Share.Words()})
		}
	}
	return append(changed, rest...)
}

// thenWords is what somebody has in a folder after a step.
func thenWords(st model.Step) string {
	i := st.Intent
	switch {
	case st.Kind == model.OpLeave:
		return model.Share{}.Words()
	case !i.Limit.IsPermanent():
		return model.Access{Right: i.Right, Limit: i.Limit}.Words()
	}
	return model.Share{Right: i.Right, Expires: i.Expires}.Words()
}
