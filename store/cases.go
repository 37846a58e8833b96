package store

import "countersign/model"

// Case returns a request with everything that hangs on it, and whether there is
// one.
func (t *Tx) Case(n model.Number) (model.Case, bool, error) {
	var id int64
	found, err := t.row("SELECT id FROM request WHERE number = $1", []any{string(n)}, []any{&id})
	if err != nil || !found {
		return model.Case{}, false, wrap(err, "find %s", n)
	}
	cases, err := t.Cases([]int64{id})
	if err != nil {
		return model.Case{}, false, err
	}
	return cases[0], true, nil
}

// Cases returns the requests with the given ids that exist, in the order given,
// each with everything that hangs on it. It takes seven statements however many
// there are, so that a page's allowed actions can be told.
func (t *Tx) Cases(ids []int64) ([]model.Case, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	set, err := t.caseRequests(ids)
	if err != nil {
		return nil, wrap(err, "read requests")
	}
	approvals, err := t.approvalsOf(ids)
	if err != nil {
		return nil, err
	}
	tasks, err := t.tasksOf(ids)
	if err != nil {
		return nil, err
	}
	operations, err := t.operationsOf(ids)
	if err != nil {
		return nil, err
	}
	grants, err := t.grantsOf(ids)
	if err != nil {
		return nil, err
	}
	cases := make([]model.Case, 0, len(set))
	for _, id := range ids {
		if c, ok := set[id]; ok {
			c.Approvals, c.Tasks, c.Operations, c.Grants = approvals[id], tasks[id], operations[id], grants[id]
			cases = append(cases, c)
		}
	}
	return cases, nil
}

func (t *Tx) caseRequests(ids []int64) (map[int64]model.Case, error) {
	var q query
	addIn(q.add("SELECT "+requestColumns+", p.id FROM request r LEFT JOIN person p ON p.email_key = r.for_key WHERE"), "r.id", ids)
	cases, err := collect(t, func(r scanner) (model.Case, error) {
		var c model.Case
		var err error
		c.Request, err = readRequest(withLast{r, text(&c.Recipient)})
		return c, err
	}, q.text(), q.args...)
	if err != nil {
		return nil, err
	}
	sealed, err := t.sealedAnswers(ids)
	set := make(map[int64]model.Case, len(cases))
	for _, c := range cases {
		c.Request.Sealed = sealed[c.Request.ID]
		set[c.Request.ID] = c
	}
	return set, err
}

// withLast scans one more column after those its reader knows of.
type withLast struct {
	scanner
	last any
}

// Scan scans a row with one column more than dest.
func (w withLast) Scan(dest ...any) error { return w.scanner.Scan(append(dest, w.last)...) }

// Approvals returns the steps of a request's approval with their votes, in
// order.
func (t *Tx) Approvals(request int64) ([]model.Approval, error) {
	all, err := t.approvalsOf([]int64{request})
	return all[request], err
}

// TasksOf returns the tasks of a request, the oldest first.
func (t *Tx) TasksOf(request int64) ([]model.Task, error) {
	all, err := t.tasksOf([]int64{request})
	return all[request], err
}

// OperationsOf returns the operations of a request, the oldest first.
func (t *Tx) OperationsOf(request int64) ([]model.Operation, error) {
	all, err := t.operationsOf([]int64{request})
	return all[request], err
}

// GrantsOf returns the grants of a request, the oldest first.
func (t *Tx) GrantsOf(request int64) ([]model.Grant, error) {
	all, err := t.grantsOf([]int64{request})
	return all[request], err
}

func (t *Tx) approvalsOf(requests []int64) (map[int64][]model.Approval, error) {
	var q query
	addIn(q.add("SELECT "+approvalColumns+" FROM approval a WHERE"), "a.request_id", requests).add("ORDER BY a.request_id, a.step")
	steps, err := collect(t, readApproval, q.text(), q.args...)
	if err != nil || len(steps) == 0 {
		return nil, wrap(err, "read approvals")
	}
	votes, err := t.votesOf(steps)
	by := map[int64][]model.Approval{}
	for _, a := range steps {
		a.Votes = votes[a.ID]
		by[a.RequestID] = append(by[a.RequestID], a)
	}
	return by, err
}

func (t *Tx) votesOf(steps []model.Approval) (map[int64][]model.Vote, error) {
	ids := make([]int64, len(steps))
	for i, a := range steps {
		ids[i] = a.ID
	}
	var q query
	addIn(q.add("SELECT "+voteColumns+" FROM vote v WHERE"), "v.approval_id", ids).add("ORDER BY v.id")
	votes, err := collect(t, readVote, q.text(), q.args...)
	by := map[int64][]model.Vote{}
	for _, v := range votes {
		by[v.ApprovalID] = append(by[v.ApprovalID], v)
	}
	return by, wrap(err, "read votes")
}

func (t *Tx) tasksOf(requests []int64) (map[int64][]model.Task, error) {
	var q query
	addIn(q.add("SELECT "+taskColumns+" FROM task t WHERE"), "t.request_id", requests).add("ORDER BY t.id")
	all, err := collect(t, readTask, q.text(), q.args...)
	by := map[int64][]model.Task{}
	for _, k := range all {
		by[k.RequestID] = append(by[k.RequestID], k)
	}
	return by, wrap(err, "read tasks")
}

func (t *Tx) operationsOf(requests []int64) (map[int64][]model.Operation, error) {
	var q query
	addIn(q.add("SELECT "+operationColumns+" FROM operation o WHERE"), "o.request_id", requests).add("ORDER BY o.id")
	all, err := collect(t, readOperation, q.text(), q.args...)
	by := map[int64][]model.Operation{}
	for _, o := range all {
		by[o.RequestID] = append(by[o.RequestID], o)
	}
	return by, wrap(err, "read operations")
}

func (t *Tx) grantsOf(requests []int64) (map[int64][]model.Grant, error) {
	var q query
	addIn(q.add("SELECT "+grantColumns+grantTables+" WHERE"), "g.request_id", requests).add("ORDER BY g.id")
	all, err := collect(t, readGrant, q.text(), q.args...)
	by := map[int64][]model.Grant{}
	for _, g := range all {
		by[g.RequestID] = append(by[g.RequestID], g)
	}
	return by, wrap(err, "read grants")
}
