package store

import (
	"time"

	"countersign/model"
)

const operationColumns = `o.id, o.request_id, o.task_id, o.grant_id, o.endpoint_id, o.device_id, o.plan, o.seq, o.kind, o.intent, o.state, o.not_before,
	o.attempts, o.service_id, o.fence, o.sent_at, o.ended_at, o.next_look, o.looking_for, o.evidence, o.reason,
	o.correlation, o.requested_by, o.created_at, o.updated_at`

func operationInto(o *model.Operation) []any {
	return []any{number(&o.ID), number(&o.RequestID), number(&o.TaskID), number(&o.GrantID), number(&o.EndpointID), number(&o.DeviceID), text(&o.Plan), number(&o.Seq),
		text(&o.Kind), parsed(&o.Intent), text(&o.State), moment(&o.NotBefore), number(&o.Attempts), text(&o.ServiceID),
		number(&o.Fence), moment(&o.Sent), moment(&o.Ended), moment(&o.NextLook), text(&o.LookingFor), text(&o.Evidence),
		text(&o.Reason), text(&o.Correlation), text(&o.RequestedBy), moment(&o.Created), moment(&o.Updated)}
}

// Operation returns an operation and whether there is one.
func (t *Tx) Operation(id int64) (model.Operation, bool, error) {
	o, found, err := one(t, operationInto, "SELECT "+operationColumns+" FROM operation o WHERE o.id = $1", id)
	return o, found, wrap(err, "read operation %d", id)
}

// InsertOperation puts an order to the vault into the outbox and returns its id.
// ErrExists says that the plan has this step already.
func (t *Tx) InsertOperation(o model.Operation) (int64, error) {
	intent, err := document(o.Intent)
	if err != nil {
		return 0, err
	}
	id, err := t.insert(`INSERT INTO operation (request_id, task_id, grant_id, plan, seq, kind, intent, state, not_before,
			attempts, service_id, fence, sent_at, ended_at, next_look, looking_for, evidence, reason, correlation,
			requested_by, created_at, updated_at, endpoint_id, device_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
		RETURNING id`,
		idOrNull(o.RequestID), idOrNull(o.TaskID), idOrNull(o.GrantID), o.Plan, o.Seq, string(o.Kind), intent,
		string(o.State), micros(o.NotBefore), o.Attempts, o.ServiceID, o.Fence, microsOrNull(o.Sent), microsOrNull(o.Ended),
		micros(o.NextLook), o.LookingFor, o.Evidence, o.Reason, string(o.Correlation), string(o.RequestedBy),
		micros(o.Created), micros(t.Now), idOrNull(o.EndpointID), idOrNull(o.DeviceID))
	return id, wrap(err, "queue step %d of plan %s", o.Seq, o.Plan)
}

const setOperation = `UPDATE operation SET task_id = $1, grant_id = $2, intent = $3, state = $4, not_before = $5, attempts = $6,
		service_id = $7, fence = $8, sent_at = $9, ended_at = $10, next_look = $11, looking_for = $12, evidence = $13,
		reason = $14, updated_at = $15
	WHERE id = $16 AND state = $17`

func (t *Tx) operationArgs(o model.Operation, from model.OpState) ([]any, error) {
	intent, err := document(o.Intent)
	if err != nil {
		return nil, err
	}
	return []any{idOrNull(o.TaskID), idOrNull(o.GrantID), intent, string(o.State), micros(o.NotBefore), o.Attempts,
		o.ServiceID, o.Fence, microsOrNull(o.Sent), microsOrNull(o.Ended), micros(o.NextLook), o.LookingFor, o.Evidence,
		o.Reason, micros(t.Now), o.ID, string(from)}, nil
}

// UpdateOperation writes an operation that a person moves: cancels, looks at
// again. It reports false if it is no longer in state from.
func (t *Tx) UpdateOperation(o model.Operation, from model.OpState) (bool, error) {
	args, err := t.operationArgs(o, from)
	if err != nil {
		return false, err
	}
	changed, err := t.changed(setOperation, args...)
	return changed, wrap(err, "change operation %d", o.ID)
}

// RecordOperation is UpdateOperation for the worker: it also reports false if
// the lease is not the worker's any more, so that a late one cannot record
// anything (DESIGN 5).
func (t *Tx) RecordOperation(l Lease, o model.Operation, from model.OpState) (bool, error) {
	args, err := t.operationArgs(o, from)
	if err != nil {
		return false, err
	}
	changed, err := t.changed(setOperation+" AND EXISTS (SELECT 1 FROM lease WHERE name = $18 AND fence = $19)",
		append(args, l.Name, l.Fence)...)
	return changed, wrap(err, "record operation %d", o.ID)
}

// ReadyOperations returns up to n queued operations that may start now, the
// oldest first: their time has come, and every earlier step of their plan is done,
// or is about a folder's defaults, on which nothing else depends, and over.
func (t *Tx) ReadyOperations(n int) ([]model.Operation, error) {
	all, err := collect(t, operationInto, "SELECT "+operationColumns+` FROM operation o
		WHERE o.state = 'queued' AND o.not_before <= $1
			AND NOT EXISTS (SELECT 1 FROM operation b WHERE b.plan = o.plan AND b.seq < o.seq AND b.state <> 'done'
				AND NOT (b.kind = 'share-folder defaults' AND b.state IN ('refused', 'cancelled')))
		ORDER BY o.not_before, o.id LIMIT $2`, micros(t.Now), n)
	return all, wrap(err, "read queued operations")
}

// DecisionOn returns the latest order that carries out a decision about an endpoint
// request, or else about a device, and whether there is one.
func (t *Tx) DecisionOn(endpoint, device int64) (model.Operation, bool, error) {
	if endpoint != 0 {
		o, found, err := one(t, operationInto, "SELECT "+operationColumns+" FROM operation o WHERE o.endpoint_id = $1 ORDER BY o.id DESC LIMIT 1", endpoint)
		return o, found, wrap(err, "read the decision on endpoint request %d", endpoint)
	}
	o, found, err := one(t, operationInto, "SELECT "+operationColumns+" FROM operation o WHERE o.device_id = $1 ORDER BY o.id DESC LIMIT 1", device)
	return o, found, wrap(err, "read the decision on device %d", device)
}

// DueOperations returns up to n scheduled operations whose time has come.
func (t *Tx) DueOperations(n int) ([]model.Operation, error) {
	all, err := collect(t, operationInto, "SELECT "+operationColumns+
		" FROM operation o WHERE o.state = 'scheduled' AND o.not_before <= $1 ORDER BY o.not_before, o.id LIMIT $2",
		micros(t.Now), n)
	return all, wrap(err, "read scheduled operations")
}

// SentOperations returns every operation that may be under way, the oldest
// first; a worker that starts takes them up.
func (t *Tx) SentOperations() ([]model.Operation, error) {
	all, err := collect(t, operationInto, "SELECT "+operationColumns+" FROM operation o WHERE o.state = 'sent' ORDER BY o.id")
	return all, wrap(err, "read sent operations")
}

// UnknownOperations returns up to n operations whose outcome is to be looked for
// now, the oldest first.
func (t *Tx) UnknownOperations(n int) ([]model.Operation, error) {
	all, err := collect(t, operationInto, "SELECT "+operationColumns+
		" FROM operation o WHERE o.state = 'unknown' AND o.next_look <= $1 ORDER BY o.id LIMIT $2", micros(t.Now), n)
	return all, wrap(err, "read unknown operations")
}

// OperationsUnderWay returns every operation that is queued, sent or unknown: what
// the vault shows of what they are about may change any moment.
func (t *Tx) OperationsUnderWay() ([]model.Operation, error) {
	all, err := collect(t, operationInto, "SELECT "+operationColumns+" FROM operation o WHERE o.state = 'queued' UNION ALL SELECT "+
		operationColumns+" FROM operation o WHERE o.state = 'sent' UNION ALL SELECT "+operationColumns+" FROM operation o WHERE o.state = 'unknown'")
	return all, wrap(err, "read operations under way")
}

// OpenOperations returns every operation that is not over.
func (t *Tx) OpenOperations() ([]model.Operation, error) {
	open, err := t.OperationsUnderWay()
	if err != nil {
		return nil, err
	}
	scheduled, err := collect(t, operationInto, "SELECT "+operationColumns+" FROM operation o WHERE o.state = 'scheduled'")
	return append(open, scheduled...), wrap(err, "read scheduled operations")
}

// NextWake returns when the earliest operation that waits for a time has to be
// looked at, the zero time if there is none.
func (t *Tx) NextWake() (time.Time, error) {
	var at int64
	_, err := t.row(`SELECT coalesce(min(at), 0) FROM (
			SELECT min(not_before) AS at FROM operation WHERE state = 'scheduled'
			UNION ALL SELECT min(not_before) FROM operation WHERE state = 'queued'
			UNION ALL SELECT min(next_look) FROM operation WHERE state = 'unknown') w`, nil, []any{&at})
	return timeOf(at), wrap(err, "find the next operation")
}
