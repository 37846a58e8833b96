package store

import "countersign/model"

const approvalColumns = "a.id, a.request_id, a.step, a.grp, a.state, a.revision, a.decided_at"

func approvalInto(a *model.Approval) []any {
	return []any{number(&a.ID), number(&a.RequestID), number(&a.Step), text(&a.Group), text(&a.State),
		number(&a.Revision), moment(&a.Decided)}
}

const voteColumns = "v.id, v.approval_id, v.voter, v.seat, v.verdict, v.digest, v.allowed_right, v.allowed_limit, v.comment, v.at"

func voteInto(v *model.Vote) []any {
	return []any{number(&v.ID), number(&v.ApprovalID), text(&v.Voter), text(&v.Seat), text(&v.Verdict), text(&v.Digest),
		text(&v.Allowed.Right), limit(&v.Allowed.Limit), text(&v.Comment), moment(&v.At)}
}

// InsertApproval opens a step of a request's approval and returns its id. The
// step is due when the request is, also when that changes. ErrExists says that
// the request has such a step.
func (t *Tx) InsertApproval(a model.Approval) (int64, error) {
	id, err := t.insert(`INSERT INTO approval (request_id, step, grp, state, revision, decided_at, due)
		VALUES ($1, $2, $3, $4, $5, $6, (SELECT due FROM request WHERE id = $1)) RETURNING id`,
		a.RequestID, a.Step, string(a.Group), string(a.State), a.Revision, microsOrNull(a.Decided))
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
	_, err := t.insert(`INSERT INTO vote (approval_id, voter, seat, verdict, digest, allowed_right, allowed_limit, comment, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
		v.ApprovalID, string(v.Voter), string(v.Seat), string(v.Verdict), string(v.Digest),
		string(v.Allowed.Right), limitMicros(v.Allowed.Limit), v.Comment, micros(v.At))
	return wrap(err, "store the vote of %s", v.Voter)
}
