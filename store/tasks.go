package store

import "countersign/model"

const taskColumns = `t.id, t.number, t.request_id, t.kind, t.grp, t.assignee, t.state, t.picked, t.revision,
	t.correlation, t.created_at, t.updated_at, t.closed_at, t.close_notes`

func taskInto(t *model.Task) []any {
	return []any{number(&t.ID), text(&t.Number), number(&t.RequestID), text(&t.Kind), text(&t.Group), text(&t.Assignee),
		number(&t.State), parsed(&t.Picked), number(&t.Revision), text(&t.Correlation), moment(&t.Created),
		moment(&t.Updated), moment(&t.Closed), text(&t.CloseNotes)}
}

// Task returns a task by its number and whether there is one.
func (t *Tx) Task(n model.Number) (model.Task, bool, error) {
	task, found, err := one(t, taskInto, "SELECT "+taskColumns+" FROM task t WHERE t.number = $1", string(n))
	return task, found, wrap(err, "read %s", n)
}

// AutomaticTasks returns the numbers of up to n tasks that the program may carry
// out by itself, the oldest first: open, in nobody's hands, never tried, on an
// approved request that names its target and whose policy says so.
func (t *Tx) AutomaticTasks(n int) ([]model.Number, error) {
	all, err := collect(t, func(n *model.Number) []any { return []any{text(n)} },
		`SELECT t.number FROM task t CROSS JOIN request r
		WHERE r.id = t.request_id AND t.closed_at IS NULL AND t.kind = 'fulfil' AND t.state = 1 AND t.assignee IS NULL
			AND r.state = 'in_process' AND (r.target_kind = 'record' OR r.item = 'folder-access') AND r.target_uid <> '' AND r.fulfilment = $1
			AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.request_id = t.request_id AND o.task_id = t.id)
		ORDER BY t.id LIMIT $2`, string(model.FulfilAutomatic), n)
	return all, wrap(err, "read the tasks to be carried out automatically")
}

// InsertTask stores a task and returns its id. Its number must have been drawn.
func (t *Tx) InsertTask(k model.Task) (int64, error) {
	picked, err := document(k.Picked)
	if err != nil {
		return 0, err
	}
	id, err := t.insert(`INSERT INTO task (number, request_id, kind, grp, assignee, state, picked, revision, correlation,
			created_at, updated_at, closed_at, close_notes)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id`,
		string(k.Number), k.RequestID, string(k.Kind), string(k.Group), textOrNull(k.Assignee), int(k.State), picked,
		k.Revision, string(k.Correlation), micros(k.Created), micros(t.Now), microsOrNull(k.Closed), k.CloseNotes)
	return id, wrap(err, "store %s", k.Number)
}

// UpdateTask writes everything about a task that can change and raises its
// revision. It reports false if the stored revision is not k's: somebody else
// was first.
func (t *Tx) UpdateTask(k model.Task) (bool, error) {
	picked, err := document(k.Picked)
	if err != nil {
		return false, err
	}
	changed, err := t.changed(`UPDATE task SET grp = $1, assignee = $2, state = $3, picked = $4, revision = revision + 1,
			updated_at = $5, closed_at = $6, close_notes = $7
		WHERE id = $8 AND revision = $9`,
		string(k.Group), textOrNull(k.Assignee), int(k.State), picked, micros(t.Now), microsOrNull(k.Closed), k.CloseNotes,
		k.ID, k.Revision)
	return changed, wrap(err, "change %s", k.Number)
}

// OpenTasksOf counts the open tasks of everybody who has any.
func (t *Tx) OpenTasksOf() (map[model.PersonID]int, error) {
	counts := map[model.PersonID]int{}
	err := t.rows("SELECT assignee, count(*) FROM task WHERE closed_at IS NULL AND assignee IS NOT NULL GROUP BY assignee", nil, func(r row) error {
		var id model.PersonID
		var n int
		err := r.Scan(text(&id), number(&n))
		counts[id] = n
		return err
	})
	return counts, wrap(err, "count open tasks")
}
