package store

import (
	"strings"
	"time"

	"countersign/model"
)

const requestColumns = `r.id, r.number, r.item, r.requested_by, r.requested_for, r.justification,
	r.target_kind, r.target_uid, r.target_title, r.target_type, r.target_words,
	r.asked_right, r.asked_limit, r.allowed_right, r.allowed_limit, r.answers,
	r.state, r.needs_info, r.due, r.source, r.refers_to, r.policy, r.correlation, r.revision,
	r.created_at, r.updated_at, r.closed_at, r.outcome`

func requestInto(r *model.Request) []any {
	return []any{number(&r.ID), text(&r.Number), text(&r.Item), text(&r.RequestedBy), text(&r.RequestedFor),
		text(&r.Justification), text(&r.Target.Kind), text(&r.Target.UID), text(&r.Target.Title), text(&r.Target.Type),
		text(&r.Target.Described), text(&r.Asked.Right), limit(&r.Asked.Limit), text(&r.Allowed.Right),
		limit(&r.Allowed.Limit), parsed(&r.Answers), text(&r.State), boolean(&r.NeedsInfo), moment(&r.Due),
		text(&r.Source), text(&r.RefersTo), parsed(&r.Policy), text(&r.Correlation), number(&r.Revision),
		moment(&r.Created), moment(&r.Updated), moment(&r.Closed), text(&r.Outcome)}
}

// Request returns a request with its sealed answers and the questions about it by
// its number, and whether there is one.
func (t *Tx) Request(n model.Number) (model.Request, bool, error) {
	r, found, err := one(t, requestInto, "SELECT "+requestColumns+" FROM request r WHERE r.number = $1", string(n))
	return t.withSealed(r, found, wrap(err, "read %s", n))
}

func (t *Tx) withSealed(r model.Request, found bool, err error) (model.Request, bool, error) {
	if err != nil || !found {
		return model.Request{}, false, err
	}
	sealed, err := t.sealedAnswers([]int64{r.ID})
	if err != nil {
		return model.Request{}, false, err
	}
	asked, err := t.inquiriesOf([]int64{r.ID})
	r.Sealed, r.Inquiries = sealed[r.ID], asked[r.ID]
	return r, err == nil, err
}

// InsertRequest stores a new request and returns its id. r.Number must have been
// drawn; r.ID, r.Sealed and r.Inquiries are ignored (see InsertSealed, InsertInquiry).
// Whose address it is for is remembered: who has it, or who had it when it was last
// asked for.
func (t *Tx) InsertRequest(r model.Request) (int64, error) {
	answers, err := document(r.Answers)
	if err != nil {
		return 0, err
	}
	policy, err := document(r.Policy)
	if err != nil {
		return 0, err
	}
	who, err := t.wordsAbout(r.RequestedBy)
	if err != nil {
		return 0, err
	}
	id, err := t.insert(`INSERT INTO request (number, item, requested_by, requested_for, for_key, justification,
			target_kind, target_uid, target_title, target_type, target_words, label,
			asked_right, asked_limit, allowed_right, allowed_limit, answers, state, needs_info, due, source, refers_to,
			policy, fulfil_grp, fulfilment, correlation, revision, created_at, updated_at, closed_at, outcome, who, emergency_grp, answer_in, for_person)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
			$21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34,
			coalesce((SELECT p.id FROM person p WHERE p.email_key = $5),
				(SELECT f.for_person FROM request f WHERE f.for_key = $5 AND f.for_person <> '' ORDER BY f.id DESC LIMIT 1), '')) RETURNING id`,
		string(r.Number), string(r.Item), string(r.RequestedBy), r.RequestedFor, emailKey(r.RequestedFor), r.Justification,
		string(r.Target.Kind), string(r.Target.UID), r.Target.Title, r.Target.Type, r.Target.Described, labelOf(r),
		string(r.Asked.Right), limitMicros(r.Asked.Limit), string(r.Allowed.Right), limitMicros(r.Allowed.Limit), answers,
		string(r.State), bit(r.NeedsInfo), microsOrNever(r.Due), string(r.Source), string(r.RefersTo),
		policy, string(r.Policy.FulfilGroup), string(r.Policy.Fulfilment), string(r.Correlation), r.Revision, micros(r.Created), micros(t.Now),
		microsOrNull(r.Closed), r.Outcome, who,
		string(r.Policy.Emergency), r.Policy.AnswerIn.Length().Microseconds())
	return id, wrap(err, "store %s", r.Number)
}

// UpdateRequest writes everything about a request that can change. It reports
// false, having changed nothing, if the stored one is no longer in state from or
// its revision is neither r's nor the one before: somebody else was first.
func (t *Tx) UpdateRequest(r model.Request, from model.RequestState) (bool, error) {
	answers, err := document(r.Answers)
	if err != nil {
		return false, err
	}
	changed, err := t.changed(`UPDATE request SET requested_for = $1, for_key = $2, justification = $3,
			target_kind = $4, target_uid = $5, target_title = $6, target_type = $7, target_words = $8, label = $9,
			asked_right = $10, asked_limit = $11, allowed_right = $12, allowed_limit = $13, answers = $14,
			state = $15, needs_info = $16, due = $17, revision = $18, updated_at = $19, closed_at = $20, outcome = $21
		WHERE id = $22 AND state = $23 AND revision BETWEEN $24 AND $25`,
		r.RequestedFor, emailKey(r.RequestedFor), r.Justification,
		string(r.Target.Kind), string(r.Target.UID), r.Target.Title, r.Target.Type, r.Target.Described, labelOf(r),
		string(r.Asked.Right), limitMicros(r.Asked.Limit), string(r.Allowed.Right), limitMicros(r.Allowed.Limit), answers,
		string(r.State), bit(r.NeedsInfo), microsOrNever(r.Due), r.Revision, micros(t.Now), microsOrNull(r.Closed), r.Outcome,
		r.ID, string(from), r.Revision-1, r.Revision)
	return changed, wrap(err, "change %s", r.Number)
}

// labelOf is what lists show for what a request is about: the title of what is to
// be stored, wherever that goes, the target or its description, or the words of a
// search.
func labelOf(r model.Request) string {
	if title, _ := r.Answer(model.FieldTitle); title != "" {
		return title
	}
	if label := r.Target.Label(); label != "" {
		return label
	}
	words, _ := r.Answer(model.FieldWords)
	return words
}

// wordsAbout is what the word search knows about a requestor.
func (t *Tx) wordsAbout(id model.PersonID) (string, error) {
	var login, name, email string
	_, err := t.row("SELECT login, name, email FROM person WHERE id = $1", []any{string(id)},
		[]any{text(&login), text(&name), text(&email)})
	return strings.TrimSpace(login + " " + name + " " + email), wrap(err, "read person %s", id)
}

// OverdueRequests returns up to n undecided requests whose due date has passed
// and whose clock runs, the oldest due first. It runs on where a question has stopped
// it for as long as it can.
func (t *Tx) OverdueRequests(n int) ([]model.Request, error) {
	all, err := collect(t, requestInto, "SELECT "+requestColumns+` FROM request r WHERE r.state = 'requested' AND r.due < $1
		AND (r.needs_info = 0 OR r.answer_in > 0 AND r.due + r.answer_in < $1) ORDER BY r.due, r.id LIMIT $2`, micros(t.Now), n)
	return all, wrap(err, "read overdue requests")
}

// CountBefore counts how the requests like this one ended since a moment: those
// of the same person for the same target, approved or denied.
func (t *Tx) CountBefore(r model.Request, since time.Time) (approved, denied int, err error) {
	_, err = t.row(`SELECT coalesce(sum(CASE WHEN r.state = 'closed_rejected' THEN 0 ELSE 1 END), 0),
			coalesce(sum(CASE WHEN r.state = 'closed_rejected' THEN 1 ELSE 0 END), 0)
		FROM request r WHERE r.requested_by = $1 AND r.target_kind = $2 AND r.target_uid = $3 AND r.created_at >= $4
			AND r.id <> $5 AND r.item = $6
			AND r.state IN ('in_process', 'closed_complete', 'closed_incomplete', 'closed_skipped', 'closed_rejected')`,
		[]any{string(r.RequestedBy), string(r.Target.Kind), string(r.Target.UID), micros(since), r.ID, string(r.Item)},
		[]any{&approved, &denied})
	return approved, denied, wrap(err, "count what came before %s", r.Number)
}
