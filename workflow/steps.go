package workflow

import (
	"slices"

	"countersign/model"
	"countersign/store"
)

// withApproval returns the case with one of its approvals as it is to be.
func withApproval(c model.Case, ap model.Approval) model.Case {
	c.Approvals = slices.Clone(c.Approvals)
	for i := range c.Approvals {
		if c.Approvals[i].ID == ap.ID {
			c.Approvals[i] = ap
		}
	}
	return c
}

// able lists the members of the approval's group who could still vote on it
// themselves, with the votes that ap has: whom the rules leave out is not counted.
func able(tx *store.Tx, c model.Case, ap model.Approval) ([]model.Person, error) {
	members, err := tx.Members(ap.Group)
	if err != nil {
		return nil, err
	}
	c = asOpen(c, ap)
	return slices.DeleteFunc(members, func(p model.Person) bool {
		return model.Can(model.Actor{Person: p}, model.ActApprove, c, tx.Now) != nil
	}), nil
}

// asOpen is the case with the approval waiting, whatever the time.
func asOpen(c model.Case, ap model.Approval) model.Case {
	ap.State = model.ApprovalRequested
	c = withApproval(c, ap)
	c.Request.State, c.Request.Due = model.Requested, noDue
	return c
}

// deciding lists who can vote on the open approval: its members, and those who act
// for them.
func deciding(tx *store.Tx, n *names, c model.Case, ap model.Approval) ([]Decider, error) {
	members, err := tx.Members(ap.Group)
	if err != nil {
		return nil, err
	}
	delegations, err := tx.DelegationsIn(ap.Group)
	if err != nil {
		return nil, err
	}
	c = asOpen(c, ap)
	candidates := members
	acts := map[model.PersonID][]model.Person{}
	for _, d := range delegations {
		from := slices.IndexFunc(members, func(p model.Person) bool { return p.ID == d.From })
		if from < 0 || !d.Active(tx.Now) {
			continue
		}
		acts[d.To] = append(acts[d.To], members[from])
		if !slices.ContainsFunc(candidates, func(p model.Person) bool { return p.ID == d.To }) {
			candidates = append(slices.Clip(candidates), n.person(d.To))
		}
	}
	var able []Decider
	for _, p := range candidates {
		a := model.Actor{Person: p, For: acts[p.ID]}
		if model.Can(a, model.ActApprove, c, tx.Now) != nil {
			continue
		}
		d := Decider{Login: p.Short()}
		seats, _ := model.OpenSeats(a, c, ap) // Can has asked it
		for _, seat := range seats {
			if seat != p.ID {
				d.For = append(d.For, n.short(seat))
			} else {
				d.Own = true
			}
		}
		able = append(able, d)
	}
	return able, n.err
}

// stepViews says of each step of the policy how it stands.
func stepViews(tx *store.Tx, n *names, c model.Case) ([]StepView, error) {
	views := make([]StepView, len(c.Request.Policy.Steps))
	for i, rule := range c.Request.Policy.Steps {
		views[i] = StepView{Step: i + 1, Rule: rule, Group: rule.Group}
	}
	for _, ap := range c.Counted() {
		rule, ok := c.Request.Policy.Step(ap.Step)
		if !ok {
			continue // taken without an approval
		}
		v := &views[ap.Step-1]
		v.Group, v.State, v.Decided, v.Votes, v.MovedBy = ap.Group, ap.State, ap.Decided, ap.Votes, ap.MovedBy
		if ap.State != model.ApprovalRequested || c.Request.State != model.Requested {
			continue
		}
		left, err := able(tx, c, ap)
		if err != nil {
			return nil, err
		}
		v.Left, v.Missing = len(left), rule.Missing(ap.Votes, len(left))
		if v.Deciders, err = deciding(tx, n, c, ap); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// followTally writes what a tally means for the request: nothing yet, the next step,
// the work, or the end.
func followTally(tx *store.Tx, a model.Actor, c *model.Case, ap model.Approval, tally model.ApprovalState) (model.RequestState, error) {
	r := &c.Request
	if tally == model.ApprovalRequested {
		return r.State, updateRequest(tx, *r, model.Requested)
	}
	if err := closeApproval(tx, *r, ap, tally); err != nil {
		return "", err
	}
	if next, more := r.Policy.Step(ap.Step + 1); more && tally == model.ApprovalApproved {
		open := model.Approval{Step: ap.Step + 1, Round: ap.Round, Group: next.Group}
		if err := openStep(tx, *c, open, "now waits for "+next.Words()); err != nil {
			return "", err
		}
		return r.State, updateRequest(tx, *r, model.Requested)
	}
	if tally == model.ApprovalApproved {
		return approved(tx, r)
	}
	r.Outcome = "denied by " + a.Short()
	return model.ClosedRejected, moveRequest(tx, r, model.EventRejected)
}

// approved moves a request on to the work.
func approved(tx *store.Tx, r *model.Request) (model.RequestState, error) {
	if err := moveRequest(tx, r, model.EventApproved); err != nil {
		return "", err
	}
	return r.State, openTask(tx, *r, model.TaskFulfil)
}

// openStep opens a step of a case's approval, and says so.
func openStep(tx *store.Tx, c model.Case, ap model.Approval, says string) error {
	ap.RequestID, ap.State, ap.Revision, ap.Seq = c.Request.ID, model.ApprovalRequested, 1, lastSeq(c)+1
	if _, err := tx.InsertApproval(ap); err != nil {
		return err
	}
	return say(tx, c.Request.Number, model.System, model.EntryEvent, says)
}

// lastSeq is the Seq of the approval that was opened last, from which the next follows.
func lastSeq(c model.Case) int {
	last := 0
	for _, ap := range c.Approvals {
		last = max(last, ap.Seq, ap.Step)
	}
	return last
}

// closeApproval closes an open approval; a *Conflict says that somebody was first.
func closeApproval(tx *store.Tx, r model.Request, ap model.Approval, to model.ApprovalState) error {
	changed, err := tx.CloseApproval(ap.ID, to)
	if err == nil && !changed {
		err = &Conflict{Number: r.Number, State: r.State, At: r.Updated}
	}
	return err
}

// moveStep gives an open step to another group. It begins anew there: the votes
// given on it so far do not count any more.
func moveStep(tx *store.Tx, c model.Case, ap model.Approval, to model.GroupName, by model.PersonID) error {
	if err := closeApproval(tx, c.Request, ap, model.ApprovalCancelled); err != nil {
		return err
	}
	rule, _ := c.Request.Policy.Step(ap.Step)
	says := "now waits for " + rule.By(to)
	if len(ap.Votes) > 0 {
		says += "; the votes given before do not count any more"
	}
	return openStep(tx, c, model.Approval{Step: ap.Step, Round: ap.Round, Group: to, MovedBy: by}, says)
}

// tell leaves a notice for each of the people but one.
func tell(tx *store.Tx, people []model.Person, but model.PersonID, object model.Number, text string) error {
	for _, p := range people {
		if !p.Active || p.ID == but {
			continue
		}
		if err := tx.InsertNotice(model.Notice{Person: p.ID, Object: string(object), Text: text}); err != nil {
			return err
		}
	}
	return nil
}

// membersOf returns the people in any of the groups, each once.
func membersOf(tx *store.Tx, groups []model.GroupName) ([]model.Person, error) {
	var people []model.Person
	for _, g := range groups {
		members, err := tx.Members(g)
		if err != nil {
			return nil, err
		}
		for _, p := range members {
			if !slices.ContainsFunc(people, func(q model.Person) bool { return q.ID == p.ID }) {
				people = append(people, p)
			}
		}
	}
	return people, nil
}
