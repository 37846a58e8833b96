package store

import "countersign/model"

const inquiryColumns = "i.request_id, i.asked_by, i.asked_at, i.question, i.answered_by, i.answered_at, i.answer"

// InsertInquiry stores a question to the requestor, which waits for its answer.
func (t *Tx) InsertInquiry(request int64, q model.Inquiry) error {
	_, err := t.exec(`INSERT INTO inquiry (request_id, seq, asked_by, asked_at, question, answer)
		VALUES ($1, (SELECT count(*) + 1 FROM inquiry WHERE request_id = $1), $2, $3, $4, '')`,
		request, string(q.By), micros(q.At), q.Question)
	return wrap(err, "store a question about request %d", request)
}

// AnswerInquiry stores the answer to the question that waits. It reports false if
// none does.
func (t *Tx) AnswerInquiry(request int64, by model.PersonID, answer string) (bool, error) {
	changed, err := t.changed("UPDATE inquiry SET answered_by = $1, answered_at = $2, answer = $3 WHERE request_id = $4 AND answered_at IS NULL",
		string(by), micros(t.Now), answer, request)
	return changed, wrap(err, "answer a question about request %d", request)
}

func (t *Tx) inquiriesOf(requests []int64) (map[int64][]model.Inquiry, error) {
	if len(requests) == 0 {
		return nil, nil
	}
	type found struct {
		request int64
		model.Inquiry
	}
	var q query
	addIn(q.add("SELECT "+inquiryColumns+" FROM inquiry i WHERE"), "i.request_id", requests).add("ORDER BY i.request_id, i.seq")
	all, err := collect(t, func(f *found) []any {
		return []any{number(&f.request), text(&f.By), moment(&f.At), text(&f.Question), text(&f.Answerer), moment(&f.Answered), text(&f.Answer)}
	}, q.text(), q.args...)
	by := map[int64][]model.Inquiry{}
	for _, f := range all {
		by[f.request] = append(by[f.request], f.Inquiry)
	}
	return by, wrap(err, "read questions")
}

const reviewColumns = "v.id, v.used_by, v.used_at, v.reason, v.done_by, v.done_at, v.comment"

func reviewInto(r *model.Review) []any {
	return []any{number(&r.ID), text(&r.UsedBy), moment(&r.Used), text(&r.Reason), text(&r.DoneBy), moment(&r.Done), text(&r.Comment)}
}

// InsertReview queues the review of an emergency approval. ErrExists says that the
// request has one.
func (t *Tx) InsertReview(request int64, r model.Review) error {
	_, err := t.insert(`INSERT INTO review (request_id, used_by, used_at, reason, comment)
		VALUES ($1, $2, $3, $4, '') RETURNING id`, request, string(r.UsedBy), micros(r.Used), r.Reason)
	return wrap(err, "queue a review of request %d", request)
}

// CloseReview records who has reviewed. It reports false if somebody has already.
func (t *Tx) CloseReview(id int64, by model.PersonID, comment string) (bool, error) {
	changed, err := t.changed("UPDATE review SET done_by = $1, done_at = $2, comment = $3 WHERE id = $4 AND done_at IS NULL",
		string(by), micros(t.Now), comment, id)
	return changed, wrap(err, "close review %d", id)
}

func (t *Tx) reviewsOf(requests []int64) (map[int64]model.Review, error) {
	if len(requests) == 0 {
		return nil, nil
	}
	type found struct {
		request int64
		model.Review
	}
	var q query
	addIn(q.add("SELECT v.request_id, "+reviewColumns+" FROM review v WHERE"), "v.request_id", requests)
	all, err := collect(t, func(f *found) []any { return append([]any{number(&f.request)}, reviewInto(&f.Review)...) }, q.text(), q.args...)
	by := map[int64]model.Review{}
	for _, f := range all {
		by[f.request] = f.Review
	}
	return by, wrap(err, "read reviews")
}

// ReviewedRequests returns the ids of at most n requests with an emergency approval
// that waits for its review, the oldest first, or of the last ones that were reviewed.
func (t *Tx) ReviewedRequests(done bool, n int) ([]int64, error) {
	statement := "SELECT v.request_id FROM review v WHERE v.done_at IS NULL ORDER BY v.id LIMIT $1"
	if done {
		statement = "SELECT v.request_id FROM review v WHERE v.done_at IS NOT NULL ORDER BY v.id DESC LIMIT $1"
	}
	ids, err := collect(t, func(id *int64) []any { return []any{number(id)} }, statement, n)
	return ids, wrap(err, "list reviews")
}

func noticeInto(n *model.Notice) []any {
	return []any{number(&n.ID), text(&n.Person), moment(&n.At), text(&n.Object), text(&n.Text)}
}

// noticesKept is how much is kept for somebody who never looks.
const noticesKept = 200

// InsertNotice tells a person something. Of what they have not seen the last 200 are
// kept.
func (t *Tx) InsertNotice(n model.Notice) error {
	_, err := t.insert("INSERT INTO notice (person, at, object, text) VALUES ($1, $2, $3, $4) RETURNING id",
		string(n.Person), micros(t.Now), n.Object, n.Text)
	if err == nil {
		_, err = t.exec(`DELETE FROM notice WHERE person = $1
			AND id <= (SELECT id FROM notice WHERE person = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)`, string(n.Person), noticesKept)
	}
	return wrap(err, "tell %s about %s", n.Person, n.Object)
}

// Notices returns at most n of what a person was told and has not seen, the newest
// first.
func (t *Tx) Notices(person model.PersonID, n int) ([]model.Notice, error) {
	all, err := collect(t, noticeInto, "SELECT id, person, at, object, text FROM notice WHERE person = $1 ORDER BY id DESC LIMIT $2", string(person), n)
	return all, wrap(err, "read what %s was told", person)
}

// DropNotices removes what a person was told, up to a notice.
func (t *Tx) DropNotices(person model.PersonID, upTo int64) error {
	_, err := t.exec("DELETE FROM notice WHERE person = $1 AND id <= $2", string(person), upTo)
	return wrap(err, "remove what %s has seen", person)
}
