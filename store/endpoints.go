package store

import (
	"time"

	"countersign/model"
)

const endpointColumns = `e.id, e.uid, e.kind, e.state, e.agent, e.account, e.machine, e.what, e.facts, e.justification,
	e.complete, e.created_at, e.minutes, e.expires_at, e.seen_at, e.updated_at, e.ended_at, e.outcome, e.incident, e.revision,
	e.grp, e.doubt, e.verdict, e.decided_by, e.decided_at, e.digest, e.comment`

func endpointInto(e *model.EndpointRequest) []any {
	return []any{number(&e.ID), text(&e.UID), text(&e.Kind), text(&e.State), text(&e.Agent), text(&e.User), text(&e.Machine),
		text(&e.What), parsed(&e.Facts), text(&e.Justification), boolean(&e.Complete), moment(&e.Created), number(&e.Minutes),
		moment(&e.Expires), moment(&e.Seen), moment(&e.Updated), moment(&e.Ended), text(&e.Outcome), text(&e.Incident),
		number(&e.Revision), text(&e.Group), text(&e.Doubt), text(&e.Decision.Verdict), text(&e.Decision.By),
		moment(&e.Decision.At), text(&e.Decision.Digest), text(&e.Decision.Comment)}
}

// Endpoint returns an endpoint request and whether there is one.
func (t *Tx) Endpoint(id int64) (model.EndpointRequest, bool, error) {
	e, found, err := one(t, endpointInto, "SELECT "+endpointColumns+" FROM endpoint e WHERE e.id = $1", id)
	return e, found, wrap(err, "read endpoint request %d", id)
}

// EndpointByUID is Endpoint by the vault's UID.
func (t *Tx) EndpointByUID(uid model.UID) (model.EndpointRequest, bool, error) {
	e, found, err := one(t, endpointInto, "SELECT "+endpointColumns+" FROM endpoint e WHERE e.uid = $1", string(uid))
	return e, found, wrap(err, "read endpoint request %s", uid)
}

// OpenEndpoints returns every endpoint request that waits for a decision, the
// oldest first: what a poll of the vault is compared with.
func (t *Tx) OpenEndpoints() ([]model.EndpointRequest, error) {
	all, err := collect(t, endpointInto, "SELECT "+endpointColumns+
		" FROM endpoint e WHERE e.ended_at IS NULL ORDER BY e.created_at, e.id")
	return all, wrap(err, "read open endpoint requests")
}

// OverdueEndpoints returns up to n endpoint requests that nobody has decided and
// whose time is over, the longest first.
func (t *Tx) OverdueEndpoints(n int) ([]model.EndpointRequest, error) {
	all, err := collect(t, endpointInto, "SELECT "+endpointColumns+" FROM endpoint e WHERE e.ended_at IS NULL AND e.expires_at <= $1"+
		" AND e.state = 'pending' ORDER BY e.expires_at, e.id LIMIT $2", micros(t.Now), n)
	return all, wrap(err, "read endpoint requests that are over")
}

// EndingEndpoints returns up to n endpoint requests that nobody has decided and that
// end until a time, the first to end first.
func (t *Tx) EndingEndpoints(until time.Time, n int) ([]model.EndpointRequest, error) {
	all, err := collect(t, endpointInto, "SELECT "+endpointColumns+" FROM endpoint e WHERE e.ended_at IS NULL AND e.expires_at > $1 AND e.expires_at <= $2"+
		" AND e.state = 'pending' ORDER BY e.expires_at, e.id LIMIT $3", micros(t.Now), micros(until), n)
	return all, wrap(err, "read endpoint requests that end soon")
}

// InsertEndpoint stores an endpoint request and returns its id. ErrExists says
// that its UID is known.
func (t *Tx) InsertEndpoint(e model.EndpointRequest) (int64, error) {
	facts, err := document(e.Facts)
	if err != nil {
		return 0, err
	}
	same := model.KeysOf(e)
	id, err := t.insert(`INSERT INTO endpoint (uid, kind, state, agent, account, machine, what, facts, justification, complete,
			created_at, minutes, expires_at, seen_at, updated_at, ended_at, outcome, incident, revision, grp, doubt, verdict,
			decided_by, decided_at, digest, comment, user_key, file_key, hash_key, command_key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1, $19, $20, $21, $22, $23,
			$24, $25, $26, $27, $28, $29) RETURNING id`,
		string(e.UID), e.Kind, string(e.State), e.Agent, e.User, e.Machine, e.What, facts, e.Justification, bit(e.Complete),
		micros(e.Created), e.Minutes, microsOrNever(e.Expires), micros(e.Seen), micros(t.Now), microsOrNull(e.Ended),
		e.Outcome, string(e.Incident), string(e.Group), e.Doubt, string(e.Decision.Verdict), string(e.Decision.By),
		micros(e.Decision.At), string(e.Decision.Digest), e.Decision.Comment, same.User, same.File, same.Hash, same.Command)
	return id, wrap(err, "store endpoint request %s", e.UID)
}

// UpdateEndpoint writes everything about an endpoint request that can change and
// raises its revision. It reports false if the stored one has another revision
// or is no longer in state from.
func (t *Tx) UpdateEndpoint(e model.EndpointRequest, from model.EndpointState) (bool, error) {
	facts, err := document(e.Facts)
	if err != nil {
		return false, err
	}
	same := model.KeysOf(e)
	changed, err := t.changed(`UPDATE endpoint SET kind = $1, state = $2, agent = $3, account = $4, machine = $5, what = $6,
			facts = $7, justification = $8, complete = $9, created_at = $10, minutes = $11, expires_at = $12, updated_at = $13,
			ended_at = $14, outcome = $15, incident = $16, grp = $17, doubt = $18, verdict = $19, decided_by = $20,
			decided_at = $21, digest = $22, comment = $23, user_key = $24, file_key = $25, hash_key = $26, command_key = $27,
			revision = revision + 1
		WHERE id = $28 AND state = $29 AND revision = $30`,
		e.Kind, string(e.State), e.Agent, e.User, e.Machine, e.What, facts, e.Justification, bit(e.Complete),
		micros(e.Created), e.Minutes, microsOrNever(e.Expires), micros(t.Now), microsOrNull(e.Ended), e.Outcome,
		string(e.Incident), string(e.Group), e.Doubt, string(e.Decision.Verdict), string(e.Decision.By), micros(e.Decision.At),
		string(e.Decision.Digest), e.Decision.Comment, same.User, same.File, same.Hash, same.Command, e.ID, string(from), e.Revision)
	return changed, wrap(err, "change endpoint request %s", e.UID)
}

const incidentColumns = `i.id, i.number, i.endpoint_id, i.state, i.priority, i.short, i.assignee, i.correlation, i.revision,
	i.created_at, i.updated_at, i.closed_at, i.close_notes`

func incidentInto(i *model.Incident) []any {
	return []any{number(&i.ID), text(&i.Number), number(&i.EndpointID), number(&i.State), number(&i.Priority), text(&i.Short),
		text(&i.Assignee), text(&i.Correlation), number(&i.Revision), moment(&i.Created), moment(&i.Updated),
		moment(&i.Closed), text(&i.CloseNotes)}
}

// Incident returns an incident by its number and whether there is one.
func (t *Tx) Incident(n model.Number) (model.Incident, bool, error) {
	i, found, err := one(t, incidentInto, "SELECT "+incidentColumns+" FROM incident i WHERE i.number = $1", string(n))
	return i, found, wrap(err, "read %s", n)
}

// IncidentOf returns the incident of an endpoint request and whether there is
// one.
func (t *Tx) IncidentOf(endpoint int64) (model.Incident, bool, error) {
	i, found, err := one(t, incidentInto, "SELECT "+incidentColumns+" FROM incident i WHERE i.endpoint_id = $1", endpoint)
	return i, found, wrap(err, "read the incident of endpoint request %d", endpoint)
}

// InsertIncident stores an incident and returns its id. ErrExists says that the
// endpoint request has one.
func (t *Tx) InsertIncident(i model.Incident) (int64, error) {
	id, err := t.insert(`INSERT INTO incident (number, endpoint_id, state, priority, short, assignee, correlation, revision,
			created_at, updated_at, closed_at, close_notes)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11) RETURNING id`,
		string(i.Number), i.EndpointID, int(i.State), i.Priority, i.Short, textOrNull(i.Assignee), string(i.Correlation),
		micros(i.Created), micros(t.Now), microsOrNull(i.Closed), i.CloseNotes)
	return id, wrap(err, "store %s", i.Number)
}

// UpdateIncident writes everything about an incident that can change and raises
// its revision. It reports false if the stored one has another revision.
func (t *Tx) UpdateIncident(i model.Incident) (bool, error) {
	changed, err := t.changed(`UPDATE incident SET state = $1, priority = $2, short = $3, assignee = $4, updated_at = $5,
			closed_at = $6, close_notes = $7, revision = revision + 1
		WHERE id = $8 AND revision = $9`,
		int(i.State), i.Priority, i.Short, textOrNull(i.Assignee), micros(t.Now), microsOrNull(i.Closed), i.CloseNotes,
		i.ID, i.Revision)
	return changed, wrap(err, "change %s", i.Number)
}
