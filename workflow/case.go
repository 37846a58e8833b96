package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// noDue is the zero time where a due date is not to matter.
var noDue time.Time

// beforeWindow is how far back earlier decisions are counted (SCREENS, Approvals).
const beforeWindow = 90 * 24 * time.Hour

// loadCase reads a request with everything that hangs on it; ErrNotFound if
// there is none with that number.
func loadCase(tx *store.Tx, n model.Number) (model.Case, error) {
	c, found, err := tx.Case(n)
	if err == nil && !found {
		err = notFound(string(n))
	}
	return c, err
}

func loadCaseByID(tx *store.Tx, id int64) (model.Case, error) {
	cases, err := tx.Cases([]int64{id})
	if err != nil {
		return model.Case{}, err
	}
	if len(cases) == 0 {
		return model.Case{}, notFound(fmt.Sprintf("request %d", id))
	}
	return cases[0], nil
}

// loadTask reads a task with its case. The task is put first among the open
// ones, so that the rules look at it.
func loadTask(tx *store.Tx, n model.Number) (model.Case, model.Task, error) {
	t, found, err := tx.Task(n)
	if err == nil && !found {
		err = notFound(string(n))
	}
	if err != nil {
		return model.Case{}, t, err
	}
	c, err := loadCaseByID(tx, t.RequestID)
	if err != nil {
		return c, t, err
	}
	slices.SortStableFunc(c.Tasks, func(a, b model.Task) int {
		switch t.ID {
		case a.ID:
			return -1
		case b.ID:
			return 1
		}
		return 0
	})
	return c, t, nil
}

// loadAny reads the case of a request's or a task's number.
func loadAny(tx *store.Tx, n model.Number) (model.Case, error) {
	if strings.HasPrefix(string(n), model.PrefixTask) {
		c, _, err := loadTask(tx, n)
		return c, err
	}
	return loadCase(tx, n)
}

// Case returns everything a detail screen shows of a request: by its number, or
// by the number of one of its tasks. Facts come from the last answer of the
// vault that is still fresh; ask Facts for new ones.
func (s *Service) Case(ctx context.Context, actorID model.PersonID, n model.Number) (CaseView, error) {
	var v CaseView
	var facts *model.RecordFacts
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		c, err := loadAny(tx, n)
		if err != nil {
			return err
		}
		if err := model.Can(a, model.ActSee, c, tx.Now); err != nil {
			return fmt.Errorf("%s: %w", n, err)
		}
		if v, err = view(tx, a, c); err != nil {
			return err
		}
		if v.Found, err = s.foundBy(tx, a, c); err != nil {
			return err
		}
		facts, err = s.knownFacts(tx, a, v.Target().UID)
		return err
	})
	if err != nil {
		return v, err
	}
	if facts != nil {
		v.Facts = facts
		v.Warnings = append(v.Warnings, factWarnings(v.Case, *facts)...)
		v.Warnings = append(v.Warnings, alreadyHas(v.Case, facts, v.Request.Allowed)...)
	}
	return v, nil
}

// view gathers what a detail screen shows of a case.
func view(tx *store.Tx, a model.Actor, c model.Case) (CaseView, error) {
	n := namesIn(tx)
	v := CaseView{Case: c, People: n.seen, Perms: model.Allowed(a, c, tx.Now)}
	v.Item, _ = model.FindItem(c.Request.Item)
	if v.Item.Creates() {
		n := model.NewRecordOf(c.Request, v.Item)
		v.Record = &n
	}
	n.person(c.Request.RequestedBy)
	n.person(c.Recipient)
	for _, t := range c.Tasks {
		n.person(t.Assignee)
	}
	for _, ap := range c.Approvals {
		for _, vote := range ap.Votes {
			n.person(vote.Voter)
			n.person(vote.Seat)
		}
		n.person(ap.MovedBy)
	}
	for _, q := range c.Request.Inquiries {
		n.person(q.By)
		n.person(q.Answerer)
	}
	n.person(c.Review.UsedBy)
	n.person(c.Review.DoneBy)
	n.person(a.ID)
	for _, p := range a.For {
		n.person(p.ID)
	}
	entries, err := tx.Entries(string(c.Request.Number))
	if err != nil {
		return v, err
	}
	for _, e := range entries {
		v.Timeline = append(v.Timeline, TimelineEntry{At: e.At, Who: n.short(e.By), Kind: e.Kind, Text: e.Text})
	}
	if n.err != nil {
		return v, n.err
	}
	if v.Steps, err = stepViews(tx, n, c); err != nil {
		return v, err
	}
	if ap, open := c.OpenApproval(); open && ap.Step <= len(v.Steps) {
		step := v.Steps[ap.Step-1]
		v.Missing = step.Missing
		for _, d := range step.Deciders {
			v.Deciders = append(v.Deciders, d.Login)
		}
		if v.Can(model.ActApprove) == nil {
			v.Seats, _ = model.OpenSeats(a, c, ap) // Can has asked it
		}
	}
	if v.Link, err = linkView(tx, c); err != nil {
		return v, err
	}
	for i, p := range v.Perms {
		if p.Action == model.ActReveal && p.Err == nil {
			v.Perms[i].Err = v.Link.revealable()
		}
	}
	v.Before.Approved, v.Before.Denied, err = tx.CountBefore(c.Request, tx.Now.Add(-beforeWindow))
	v.Warnings = warnings(v)
	return v, err
}

// warnings says what an approver has to read first (SCREENS, Approvals).
func warnings(v CaseView) []string {
	var out []string
	r := v.Request
	out = append(out, lasting(r.Allowed)...)
	if v.Record != nil {
		out = append(out, storeWarnings(v.Case, *v.Record)...)
	} else if !r.Target.Named() && r.Target.Kind != model.TargetNone && !v.Item.Searches() {
		out = append(out, "only described in words: the fulfiller picks which "+string(r.Target.Kind)+" is meant")
	}
	for _, id := range slices.Compact([]model.PersonID{r.RequestedBy, v.Recipient}) {
		if p := v.People[id]; id != "" && !p.Active && !r.State.Closed() {
			out = append(out, p.Short()+" is disabled here")
		}
	}
	if by := v.People[r.RequestedBy]; !by.Is(r.RequestedFor) {
		out = append(out, forOthers(v.Case, by.Short())...)
	}
	return slices.Concat(out, disabledVoters(v), stuck(v))
}

// disabledVoters says whose votes count although they have been disabled since:
// taking somebody out decides nothing by itself, and whoever acts next has to know.
func disabledVoters(v CaseView) []string {
	var out []string
	if v.Request.State.Closed() {
		return nil
	}
	for _, ap := range v.Counted() {
		for _, vote := range ap.Votes {
			did := vote.Verdict.Past()
			voter, seat := v.People[vote.Voter], v.People[vote.Seat]
			if !voter.Active {
				out = append(out, voter.Short()+" "+did+" this, and is disabled now: the vote counts still")
			}
			if vote.Seat != vote.Voter && !seat.Active {
				out = append(out, "this was "+did+" for "+seat.Short()+", who is disabled now: the vote counts still")
			}
		}
	}
	return out
}

// stuck says that too few people are left to approve a request.
func stuck(v CaseView) []string {
	ap, open := v.OpenApproval()
	if v.Request.State != model.Requested {
		return nil
	}
	if len(v.Deciders) == 0 {
		return []string{"nobody in the approval group can decide this: ask an admin to add somebody"}
	}
	if !open || ap.Step > len(v.Steps) {
		return nil
	}
	if s := v.Steps[ap.Step-1]; s.Missing > s.Left {
		return []string{fmt.Sprintf("%d more have to approve this, and only %d can: ask an admin to add somebody", s.Missing, s.Left)}
	}
	return nil
}

// factWarnings says what the vault's answer means for the decision.
func factWarnings(c model.Case, f model.RecordFacts) []string {
	if f.Gone {
		return []string{"the vault does not know this " + kindWord(c, f) + " (any more)"}
	}
	out := differences(c, f)
	item, _ := model.FindItem(c.Request.Item)
	switch why := f.Unshareable(); {
	case why != "":
		return append(out, why)
	case item.Grants() && f.Kind != item.Target:
		return append(out, otherKind(item.Target, f.Kind))
	case item.Key == model.ItemOneTimeShare && model.PAM(f.Type):
		return append(out, model.NoLinks(f.Type))
	case item.Key == model.ItemFolderAccess:
		out = append(out, folderWarnings(c, f)...)
	case c.Request.Allowed.Right.Owner():
		out = append(out, model.OwnerLoses(f.Owner))
	}
	if rotate, _ := c.Request.Answer(model.FieldRotate); rotate == "yes" {
		if err := model.ValidateRotation(f.Target(), c.Request.Allowed); err != nil {
			out = append(out, err.Error())
		}
	}
	return out
}

// kindWord is what the request's target is called, where the vault does not know it.
func kindWord(c model.Case, f model.RecordFacts) string {
	if c.Target().Kind == model.TargetFolder || f.Kind == model.TargetFolder {
		return "folder"
	}
	return "record"
}

// forOthers says who gets what somebody else asks for.
func forOthers(c model.Case, by string) []string {
	r := c.Request
	if team, isTeam := r.Answer(model.FieldTeam); isTeam {
		return []string{fmt.Sprintf("%s asks for the team %s: whoever is in it gets the access, now or later", by, team)}
	}
	out := []string{fmt.Sprintf("%s asks for somebody else: %s gets the access", by, r.RequestedFor)}
	if c.Recipient == "" {
		out = append(out, r.RequestedFor+" is nobody registered here")
	}
	return out
}

// AccessWarnings returns those of a case's warnings that depend on what would be
// allowed: that nothing ends it, and, where the vault has answered (f is not
// nil), that the person has it already or for a shorter time. A CaseView carries
// those for what the request allows so far; who lowers it asks for them anew.
func AccessWarnings(c model.Case, f *model.RecordFacts, allow model.Access) []string {
	return append(lasting(allow), alreadyHas(c, f, allow)...)
}

// lasting says what cannot be undone, or does not end, by itself.
func lasting(allow model.Access) []string {
	switch {
	case allow.Right == "":
		return nil
	case allow.Right.Owner():
		return []string{"ownership is transferred for good: this program cannot take it back"}
	case allow.Limit.IsPermanent():
		return []string{"permanent: nothing ends this access by itself"}
	}
	return nil
}

// alreadyHas says where the person has the right before it is given.
func alreadyHas(c model.Case, f *model.RecordFacts, allow model.Access) []string {
	r := c.Request
	item, _ := model.FindItem(r.Item)
	if f == nil || f.Gone || !f.Tells(r.RequestedFor) || !item.Grants() || item.Key == model.ItemOneTimeShare || r.State != model.Requested {
		return nil // a link is made beside whatever they have
	}
	have := f.Share(r.RequestedFor)
	c.Request.Allowed = allow
	plan, err := PlanOf(c, *f, f.Read)
	switch {
	case err != nil:
		return nil
	case plan.Nothing != "":
		return []string{"nothing to do: " + plan.Nothing}
	case have.Right == allow.Right && !have.Expires.IsZero():
		return []string{fmt.Sprintf("%s has %s already; this makes it %s", r.ForWhom(), have.Words(), allow.Limit)}
	}
	return nil
}
