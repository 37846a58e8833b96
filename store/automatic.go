package store

import "countersign/model"

// AutomaticTasks returns the numbers of up to n tasks that the program may carry
// out by itself, the oldest first: open, in nobody's hands, never tried, on an
// approved request that names its target and whose policy says so.
func (t *Tx) AutomaticTasks(n int) ([]model.Number, error) {
	all, err := collect(t, func(r scanner) (model.Number, error) {
		var n model.Number
		return n, r.Scan(text(&n))
	}, `SELECT t.number FROM task t JOIN request r ON r.id = t.request_id
		WHERE t.closed_at IS NULL AND t.kind = 'fulfil' AND t.state = 1 AND t.assignee IS NULL
			AND r.state = 'in_process' AND r.target_kind = 'record' AND r.target_uid <> '' AND r.policy LIKE $1
			AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.request_id = t.request_id AND o.task_id = t.id)
		ORDER BY t.id LIMIT $2`, `%"fulfilment":"`+string(model.FulfilAutomatic)+`"%`, n)
	return all, wrap(err, "read the tasks to be carried out automatically")
}
