package store

import (
	"cmp"

	"countersign/model"
)

const approvalColumns = "a.id, a.request_id, a.step, a.level, a.round, a.moved_by, a.grp, a.state, a.revision, a.decided_at"

func approvalInto(a *model.Approval) []any {
	return []any{number(&a.ID), number(&a.RequestID), number(&a.Seq), number(&a.Step), number(&a.Round), text(&a.MovedBy),
		text(&a.Group), text(&a.State), number(&a.Revision), moment(&a.Decided)}
}

const voteColumns = "v.id, v.approval_id, v.voter, v.seat, v.verdict, v.digest, v.allowed_right, v.allowed_limit, v.comment, v.at, v.emergency"

func voteInto(v *model.Vote) []any {
	return []any{number(&v.ID), number(&v.ApprovalID), text(&v.Voter), text(&v.Seat), text(&v.Verdict), text(&v.Digest),
		text(&v.Allowed.Right), limit(&v.Allowed.Limit), text(&v.Comment), moment(&v.At), boolean(&v.Emergency)}
}

// InsertApproval opens a step of a request's approval and returns its id. The
// step is due when the request is, also when that changes. ErrExists says that
// the request has an opening with that Seq.
func (t *Tx) InsertApproval(a model.Approval) (int64, error) {
	id, err := t.insert(`INSERT INTO approval (request_id, step, level, round, moved_by, grp, state, revision, decided_at, due)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, (SELECT due FROM request WHERE id = $1)) RETURNING id`,
		a.RequestID, cmp.Or(a.Seq, a.Step), a.Step, max(a.Round, 1), string(a.MovedBy), string(a.Group), string(a.State), a.Revision,
		microsOrNull(a.Decided))
	return id, wrap(err, "open approval step %d of request %d", a.Step, a.RequestID)
}

// CloseApproval moves an open step to another state, now. It reports false if it
// is not open any more: somebody else closed it first.
func (t *Tx) CloseApproval(id int64, to model.ApprovalState) (bool, error) {
	changed, err := t.changed(`UPDATE approval SET state = $1, revision = revision + 1, decided_at = $2
		WHERE id = $3 AND state = 'requested'`, string(to), micros(t.Now), id)
	return changed, wrap(err, "close approval %d", id)
}

// InsertVote stores a vote. ErrExists says that this voter or this seat has
// voted on the step already.
func (t *Tx) InsertVote(v model.Vote) error {
	_, err := t.insert(`INSERT INTO vote (approval_id, voter, seat, verdict, digest, allowed_right, allowed_limit, comment, at, emergency)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`,
		v.ApprovalID, string(v.Voter), string(v.Seat), string(v.Verdict), string(v.Digest),
		string(v.Allowed.Right), limitMicros(v.Allowed.Limit), v.Comment, micros(v.At), bit(v.Emergency))
	return wrap(err, "store the vote of %s", v.Voter)
}
