package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"countersign/model"
	"countersign/store"
)

// MaxComment is the longest comment, in characters.
const MaxComment = 1000

// Decision is one vote as it leaves the screen: the revision and the digest of
// the statement that was drawn.
type Decision struct {
	Number   model.Number
	Revision int64
	Digest   model.Digest
	Verdict  model.Verdict
	Allow    model.Access // the request's Allowed, or less; ignored when denying
	Comment  string       // required to deny
	// For is whose say it is: one of CaseView.Seats, or "" for the first of them,
	// which is the actor's own where they have one.
	For model.PersonID
}

// Decided is what came of a decision. Err is a *Conflict, a *model.Denied, an
// Invalid, ErrNotFound or a fault of the store; State and Approval say how the
// case stands when Err is nil.
type Decided struct {
	Number   model.Number
	State    model.RequestState
	Approval model.ApprovalState // "requested" while more votes are needed
	// Endpoint is the state of an endpoint request or a device instead; Number is
	// that of its incident, or the device's Object.
	Endpoint model.EndpointState
	Err      error
}

// Decide gives one vote. It is durable when Decide returns; the error is the
// result's Err.
func (s *Service) Decide(ctx context.Context, actorID model.PersonID, d Decision) (Decided, error) {
	out := Decided{Number: d.Number}
	out.Err = s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		c, err := loadCase(tx, d.Number)
		if err != nil {
			return err
		}
		act := model.ActApprove
		if d.Verdict == model.Deny {
			act = model.ActDeny
		}
		if err := decidable(tx, a, c, d, act); err != nil {
			return err
		}
		out.State, out.Approval, err = s.vote(tx, a, c, d)
		return err
	})
	return out, out.Err
}

// DecideMany gives several votes, each by itself: one that is refused does not
// stop the others. The results are in the order of the decisions.
func (s *Service) DecideMany(ctx context.Context, actorID model.PersonID, ds []Decision) []Decided {
	results := make([]Decided, len(ds))
	for i, d := range ds {
		results[i], _ = s.Decide(ctx, actorID, d)
	}
	return results
}

// decidable returns why the vote must not be given: something was decided or
// changed since the statement was drawn, the person may not, or the comment or
// allowance is wrong.
func decidable(tx *store.Tx, a model.Actor, c model.Case, d Decision, act model.Action) error {
	if !d.Verdict.Valid() {
		return Invalid{"verdict": fmt.Sprintf("%q is neither approve nor deny", string(d.Verdict))}
	}
	if err := model.Can(a, act, c, tx.Now); err != nil {
		var denied *model.Denied
		if errors.As(err, &denied) && denied.Code == model.DenyDecided {
			return decidedBefore(tx, c)
		}
		return err
	}
	n := namesIn(tx)
	allow := d.Allow
	if d.Verdict == model.Deny {
		allow = c.Request.Allowed
	}
	statement := model.StatementOf(c.Request, allow, n.short)
	if n.err != nil {
		return n.err
	}
	if c.Request.Revision != d.Revision || statement.Digest() != d.Digest {
		return &Conflict{Number: c.Request.Number, State: c.Request.State, At: c.Request.Updated}
	}
	if d.Verdict == model.Approve {
		if err := model.ValidateAllow(c.Request, allow, tx.Now); err != nil {
			return Invalid{"allow": err.Error()}
		}
	}
	return validComment(d.Comment, d.Verdict == model.Deny)
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

func validComment(comment string, required bool) error {
	if required && blank(comment) {
		return Invalid{"comment": "say why, so that the requestor knows what to do"}
	}
	return validLength("comment", comment)
}

// validLength checks that what somebody wrote can be kept.
func validLength(field, text string) error {
	switch {
	case !utf8.ValidString(text):
		return Invalid{field: "not valid UTF-8"}
	case utf8.RuneCountInString(text) > MaxComment:
		return Invalid{field: fmt.Sprintf("at most %d characters", MaxComment)}
	}
	return nil
}

// decidedBefore says who decided a case and when.
func decidedBefore(tx *store.Tx, c model.Case) error {
	n := namesIn(tx)
	conflict := &Conflict{Number: c.Request.Number, Decided: true, State: c.Request.State, At: c.Request.Updated}
	if c.Request.State == model.ClosedCancelled || c.Request.State == model.ClosedExpired {
		return conflict // whoever voted before, that is not how it ended
	}
	for _, ap := range c.Counted() {
		for _, v := range ap.Votes {
			conflict.By, conflict.At = n.short(v.Voter), v.At
		}
	}
	return errors.Join(conflict, n.err)
}

// vote stores the vote and whatever follows from it, and returns how the case
// stands.
func (s *Service) vote(tx *store.Tx, a model.Actor, c model.Case, d Decision) (model.RequestState, model.ApprovalState, error) {
	ap, _ := c.OpenApproval()
	seat, err := model.Seat(a, c, ap, d.For)
	if err != nil {
		return "", "", err
	}
	v := model.Vote{ApprovalID: ap.ID, Voter: a.ID, Seat: seat, Verdict: d.Verdict, Digest: d.Digest,
		Allowed: c.Request.Allowed, Comment: d.Comment, At: tx.Now}
	if d.Verdict == model.Approve {
		v.Allowed = d.Allow
	}
	if err := tx.InsertVote(v); err != nil {
		return "", "", err
	}
	if err := recordVote(tx, a, c, v); err != nil {
		return "", "", err
	}
	step, ok := c.Request.Policy.Step(ap.Step)
	if !ok {
		return "", "", fmt.Errorf("%s has no step %d in its policy", c.Request.Number, ap.Step)
	}
	ap.Votes = append(slices.Clone(ap.Votes), v)
	left, err := able(tx, c, ap)
	if err != nil {
		return "", "", err
	}
	tally := step.Tally(ap.Votes, len(left))
	lowered := d.Verdict == model.Approve && v.Allowed != c.Request.Allowed
	if lowered {
		// The next approver decides on what is left, so it is another statement.
		c.Request.Allowed = v.Allowed
		if tally == model.ApprovalRequested {
			c.Request.Revision++
		}
	}
	state, err := followTally(tx, a, &c, ap, tally)
	return state, tally, err
}

// recordVote writes the vote into the audit chain and the timeline.
func recordVote(tx *store.Tx, a model.Actor, c model.Case, v model.Vote) error {
	said := v.Verdict.Past()
	detail := "digest " + string(v.Digest)
	if v.Verdict == model.Approve && c.Request.Asked.Right != "" {
		detail += ", allowed " + v.Allowed.Words()
		if v.Allowed != c.Request.Asked {
			said += ", lowered to " + v.Allowed.Words()
		}
	}
	if v.Emergency {
		said = "approved alone, in an emergency"
		detail += ", emergency"
	}
	if v.Seat != v.Voter {
		said += " for " + namesIn(tx).short(v.Seat)
		detail += ", seat " + string(v.Seat)
	}
	says := []string{said}
	var texts []model.AuditText
	if v.Comment != "" {
		texts = []model.AuditText{{Name: "comment", Text: v.Comment}}
	}
	err := record(tx, change{by: a.ID, object: c.Request.Number, correlation: c.Request.Correlation,
		action: "request." + string(v.Verdict), detail: detail, texts: texts, says: says})
	if err != nil || v.Comment == "" {
		return err
	}
	return say(tx, c.Request.Number, a.ID, model.EntryComment, v.Comment)
}

// moveRequest moves a request by an event and writes it, conditional on the
// state it came from.
func moveRequest(tx *store.Tx, r *model.Request, e model.Event) error {
	from := r.State
	next, err := model.Next(from, e)
	if err != nil {
		return err
	}
	r.State, r.NeedsInfo = next, false
	if next.Closed() {
		r.Closed = tx.Now
	}
	if err := updateRequest(tx, *r, from); err != nil {
		return err
	}
	return wipeIfClosed(tx, *r)
}

// wipeIfClosed has the sealed answers of a request wiped that has ended, whichever
// way. A link is not an answer: its requestor has yet to see it.
func wipeIfClosed(tx *store.Tx, r model.Request) error {
	if !r.State.Closed() {
		return nil
	}
	_, err := tx.ScheduleWipe(r.ID, tx.Now, model.FieldLink)
	return err
}

// updateRequest writes a request that was read in this transaction in the given
// state.
func updateRequest(tx *store.Tx, r model.Request, from model.RequestState) error {
	changed, err := tx.UpdateRequest(r, from)
	if err != nil {
		return err
	}
	if !changed {
		return &Conflict{Number: r.Number, State: r.State, At: r.Updated}
	}
	return nil
}

// openTask opens the work on an approved request, or the taking back of access.
func openTask(tx *store.Tx, r model.Request, kind model.TaskKind) error {
	number, err := tx.NextNumber(model.PrefixTask)
	if err != nil {
		return err
	}
	_, err = tx.InsertTask(model.Task{Number: number, RequestID: r.ID, Kind: kind, Group: r.Policy.FulfilGroup,
		State: model.TaskOpen, Revision: 1, Correlation: r.Correlation, Created: tx.Now, Updated: tx.Now})
	if err != nil {
		return err
	}
	return record(tx, change{by: model.System, object: r.Number, correlation: r.Correlation,
		action: "task.open", detail: string(number) + " " + string(kind),
		says: []string{string(number) + " opened for " + string(r.Policy.FulfilGroup)}})
}
