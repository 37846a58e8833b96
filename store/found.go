package store

import "countersign/model"

// InsertFound stores the answer to a request that asked for a search, the best
// first. A request is answered once: ErrExists says that it was before.
func (t *Tx) InsertFound(request int64, hits []model.Hit) error {
	for i, h := range hits {
		_, err := t.insert(`INSERT INTO found (request_id, seq, uid, kind, title, type, description, nested)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING seq`,
			request, i+1, string(h.UID), string(h.Kind), h.Title, h.Type, h.Description, bit(h.Nested))
		if err != nil {
			return wrap(err, "store what was found for request %d", request)
		}
	}
	return nil
}

// Found returns the answer to a request that asked for a search, the best first.
func (t *Tx) Found(request int64) ([]model.Hit, error) {
	all, err := collect(t, func(h *model.Hit) []any {
		return []any{text(&h.UID), text(&h.Kind), text(&h.Title), text(&h.Type), text(&h.Description), boolean(&h.Nested)}
	}, "SELECT uid, kind, title, type, description, nested FROM found WHERE request_id = $1 ORDER BY seq", request)
	return all, wrap(err, "read what was found for request %d", request)
}

// FoundFor reports whether somebody was sent a record or folder as the answer to a
// search of theirs.
func (t *Tx) FoundFor(who model.PersonID, uid model.UID) (bool, error) {
	found, err := t.row("SELECT f.seq FROM found f JOIN request r ON r.id = f.request_id WHERE f.uid = $1 AND r.requested_by = $2 LIMIT 1",
		[]any{string(uid), string(who)}, []any{new(int64)})
	return found, wrap(err, "find who was sent %s", uid)
}

// Concerns reports whether a request about a record or folder is decided by one of
// some groups, or carried out by one of others. Requests of the person's own, or
// for their address, do not count: nobody opens a record to themselves by asking for it.
func (t *Tx) Concerns(uid model.UID, p model.Person, decide, fulfil []model.GroupName) (bool, error) {
	var q query
	q.add("SELECT r.id FROM request r WHERE r.target_uid = ? AND r.target_uid <> '' AND r.requested_by <> ? AND r.for_key <> ? AND (",
		string(uid), string(p.ID), emailKey(p.Email))
	addIn(&q, "r.fulfil_grp", texts(fulfil))
	q.add("OR EXISTS (SELECT 1 FROM approval a WHERE a.request_id = r.id AND")
	addIn(&q, "a.grp", texts(decide))
	q.add(")) LIMIT 1")
	found, err := t.row(q.text(), q.args, []any{new(int64)})
	return found, wrap(err, "find requests about %s", uid)
}

func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}
