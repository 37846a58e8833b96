package workflow

import (
	"context"
	"errors"
	"fmt"

	"countersign/model"
	"countersign/store"
)

// Emergency is an approval by one person alone, where the policy has a group for
// emergencies. Verdict and For of its decision are ignored.
type Emergency struct {
	Decision
	Phrase string // as model.EmergencyPhrase has it, typed
	Reason string
}

// ApproveInEmergency approves a request at once, whatever steps it still waits for.
// Everybody in the groups that would have decided it is told, and it waits for a
// review by somebody else.
func (s *Service) ApproveInEmergency(ctx context.Context, actorID model.PersonID, e Emergency) (Decided, error) {
	e.Verdict, e.For, e.Comment = model.Approve, "", e.Reason
	out := Decided{Number: e.Number}
	out.Err = s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		c, err := loadCase(tx, e.Number)
		if err != nil {
			return err
		}
		if err := decidable(tx, a, c, e.Decision, model.ActEmergency); err != nil {
			return err
		}
		if want := model.EmergencyPhrase(c.Request.Number); e.Phrase != want {
			return Invalid{"phrase": fmt.Sprintf("type %q, exactly so", want)}
		}
		if err := validText("reason", e.Reason); err != nil {
			return err
		}
		out.Approval = model.ApprovalApproved
		out.State, err = breakGlass(tx, a, c, e)
		return err
	})
	return out, out.Err
}

// breakGlass stores the vote that decides alone, with everything that follows.
func breakGlass(tx *store.Tx, a model.Actor, c model.Case, e Emergency) (model.RequestState, error) {
	ap, _ := c.OpenApproval()
	r := &c.Request
	v := model.Vote{ApprovalID: ap.ID, Voter: a.ID, Seat: a.ID, Verdict: model.Approve, Digest: e.Digest, Allowed: e.Allow,
		Comment: e.Reason, At: tx.Now, Emergency: true}
	if err := tx.InsertVote(v); err != nil {
		return "", err
	}
	if err := recordVote(tx, a, c, v); err != nil {
		return "", err
	}
	if err := closeApproval(tx, *r, ap, model.ApprovalApproved); err != nil {
		return "", err
	}
	seq := lastSeq(c)
	for n := ap.Step + 1; n <= len(r.Policy.Steps); n++ {
		step, _ := r.Policy.Step(n)
		seq++
		_, err := tx.InsertApproval(model.Approval{RequestID: r.ID, Seq: seq, Step: n, Round: ap.Round, Group: step.Group,
			State: model.ApprovalNotRequired, Revision: 1, Decided: tx.Now})
		if err != nil {
			return "", err
		}
	}
	if err := tx.InsertReview(r.ID, model.Review{UsedBy: a.ID, Used: tx.Now, Reason: e.Reason}); err != nil {
		return "", err
	}
	told, err := membersOf(tx, append(r.Policy.Decides(), ap.Group))
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("%s approved %s alone, in an emergency: %s", a.Short(), r.Number, e.Reason)
	if err := tell(tx, told, a.ID, r.Number, text); err != nil {
		return "", err
	}
	r.Allowed = e.Allow
	return approved(tx, r)
}

// ReviewRow is an emergency approval as lists show it.
type ReviewRow struct {
	model.Review
	Number    model.Number
	Requestor string // login
	UsedBy    string // login
	DoneBy    string // login, "" while it waits
	Title     string // of the target; foreign text
	Allowed   model.Access
	State     model.RequestState
	Err       error // why the person may not review it, nil if they may
}

// Reviews lists the emergency approvals that wait for their review, the oldest
// first, or the last ones that were reviewed: to those who review such requests, and
// to support.
func (s *Service) Reviews(ctx context.Context, actorID model.PersonID, done bool) ([]ReviewRow, error) {
	var rows []ReviewRow
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		ids, err := tx.ReviewedRequests(done, pageLimit)
		if err != nil {
			return err
		}
		cases, err := tx.Cases(ids)
		if err != nil {
			return err
		}
		n := namesIn(tx)
		for _, c := range cases {
			if !seesReview(a, c, tx) {
				continue
			}
			rows = append(rows, ReviewRow{Review: c.Review, Number: c.Request.Number, Requestor: n.short(c.Request.RequestedBy),
				UsedBy: n.short(c.Review.UsedBy), DoneBy: who(n, c.Review.DoneBy), Title: titleOf(c), Allowed: c.Request.Allowed,
				State: c.Request.State, Err: model.Can(a, model.ActReview, c, tx.Now)})
		}
		return n.err
	})
	return rows, err
}

// reviewable counts the emergency approvals that wait and that the person can review.
func reviewable(tx *store.Tx, a model.Actor) (int, error) {
	if !a.Has(model.RoleApprover) && !a.Has(model.RoleAdmin) {
		return 0, nil
	}
	ids, err := tx.ReviewedRequests(false, BadgeCap)
	if err != nil {
		return 0, err
	}
	cases, err := tx.Cases(ids)
	n := 0
	for _, c := range cases {
		if model.Can(a, model.ActReview, c, tx.Now) == nil {
			n++
		}
	}
	return n, err
}

// seesReview reports whether the review of a case is for the person to see.
func seesReview(a model.Actor, c model.Case, tx *store.Tx) bool {
	var denied *model.Denied
	errors.As(model.Can(a, model.ActReview, c, tx.Now), &denied)
	return a.ID == c.Review.UsedBy || a.Has(model.RoleSupport) || denied == nil || denied.Code != model.DenyRole
}

// titleOf is what lists call the target of a case.
func titleOf(c model.Case) string {
	if title, _ := c.Request.Answer(model.FieldTitle); title != "" {
		return title
	}
	return c.Target().Label()
}

// Review records that somebody else has looked at an emergency approval, and what
// they say about it.
func (s *Service) Review(ctx context.Context, actorID model.PersonID, n model.Number, comment string) error {
	if err := validText("comment", comment); err != nil {
		return err
	}
	return s.withCase(ctx, actorID, n, model.ActReview, func(tx *store.Tx, a model.Actor, c model.Case) error {
		changed, err := tx.CloseReview(c.Review.ID, a.ID, comment)
		if err != nil || !changed {
			return orConflict(err, n)
		}
		by := namesIn(tx)
		text := fmt.Sprintf("%s has reviewed your emergency approval of %s: %s", a.Short(), n, comment)
		if err := tell(tx, []model.Person{by.person(c.Review.UsedBy)}, a.ID, n, text); err != nil {
			return err
		}
		err = record(tx, change{by: a.ID, object: n, correlation: c.Request.Correlation, action: "request.review",
			detail: fmt.Sprintf("review %d", c.Review.ID), texts: []model.AuditText{{Name: "comment", Text: comment}},
			says: []string{"reviewed the emergency approval: " + comment}})
		if err == nil {
			err = by.err
		}
		return err
	})
}

// Notices lists what the person was told and has not seen, the newest first.
func (s *Service) Notices(ctx context.Context, actorID model.PersonID) ([]model.Notice, error) {
	var notices []model.Notice
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		notices, err = tx.Notices(a.ID, pageLimit)
		return err
	})
	return notices, err
}

// SeeNotices takes the person's notices up to one for seen: they are not told again.
func (s *Service) SeeNotices(ctx context.Context, actorID model.PersonID, upTo int64) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		return tx.DropNotices(a.ID, upTo)
	})
}
