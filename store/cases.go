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
// each with everything that hangs on it. It takes at most nine statements
// however many there are, so that a page's allowed actions can be told.
func (t *Tx) Cases(ids []int64) ([]model.Case, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	set, hangs, err := t.caseRequests(ids)
	if err != nil {
		return nil, wrap(err, "read requests")
	}
	sealed, err := t.sealedAnswers(hangs.sealed)
	if err != nil {
		return nil, err
	}
	approvals, err := t.approvalsOf(ids)
	if err != nil {
		return nil, err
	}
	tasks, err := t.tasksOf(hangs.tasks)
	if err != nil {
		return nil, err
	}
	operations, err := t.operationsOf(hangs.operations)
	if err != nil {
		return nil, err
	}
	grants, err := t.grantsOf(hangs.grants)
	if err != nil {
		return nil, err
	}
	inquiries, err := t.inquiriesOf(hangs.inquiries)
	if err != nil {
		return nil, err
	}
	reviews, err := t.reviewsOf(hangs.reviews)
	if err != nil {
		return nil, err
	}
	cases := make([]model.Case, 0, len(set))
	for _, id := range ids {
		if c, ok := set[id]; ok {
			c.Request.Sealed, c.Request.Inquiries, c.Review = sealed[id], inquiries[id], reviews[id]
			c.Approvals, c.Tasks, c.Operations, c.Grants = approvals[id], tasks[id], operations[id], grants[id]
			cases = append(cases, c)
		}
	}
	return cases, nil
}

// hanging are the ids of requests that have something of a kind. Most requests
// that wait have none, and a statement saved is a tenth of a decision's reading.
type hanging struct {
	sealed, tasks, operations, grants, inquiries, reviews []int64
}

func (t *Tx) caseRequests(ids []int64) (map[int64]model.Case, hanging, error) {
	var q query
	addIn(q.add("SELECT "+requestColumns+`, coalesce(nullif(r.for_person, ''), p.id),
		EXISTS (SELECT 1 FROM sealed s WHERE s.request_id = r.id), EXISTS (SELECT 1 FROM task t WHERE t.request_id = r.id),
		EXISTS (SELECT 1 FROM operation o WHERE o.request_id = r.id), EXISTS (SELECT 1 FROM access_grant g WHERE g.request_id = r.id),
		EXISTS (SELECT 1 FROM inquiry i WHERE i.request_id = r.id), EXISTS (SELECT 1 FROM review v WHERE v.request_id = r.id)
		FROM request r LEFT JOIN person p ON p.email_key = r.for_key WHERE`), "r.id", ids)
	type found struct {
		model.Case
		has [6]bool
	}
	all, err := collect(t, func(f *found) []any {
		return append(requestInto(&f.Request), text(&f.Recipient),
			boolean(&f.has[0]), boolean(&f.has[1]), boolean(&f.has[2]),
			boolean(&f.has[3]), boolean(&f.has[4]), boolean(&f.has[5]))
	}, q.text(), q.args...)
	set := make(map[int64]model.Case, len(all))
	var hangs hanging
	for _, f := range all {
		id := f.Request.ID
		set[id] = f.Case
		for i, list := range []*[]int64{&hangs.sealed, &hangs.tasks, &hangs.operations, &hangs.grants, &hangs.inquiries, &hangs.reviews} {
			if f.has[i] {
				*list = append(*list, id)
			}
		}
	}
	return set, hangs, err
}

// Approvals returns the steps of a request's approval with their votes, in
// order.
func (t *Tx) Approvals(request int64) ([]model.Approval, error) {
	all, err := t.approvalsOf([]int64{request})
	return all[request], err
}

// OperationsOf returns the operations of a request, the oldest first.
func (t *Tx) OperationsOf(request int64) ([]model.Operation, error) {
	all, err := t.operationsOf([]int64{request})
	return all[request], err
}

func (t *Tx) approvalsOf(requests []int64) (map[int64][]model.Approval, error) {
	var q query
	addIn(q.add("SELECT "+approvalColumns+" FROM approval a WHERE"), "a.request_id", requests).add("ORDER BY a.request_id, a.step") // in the order of their opening
	steps, err := collect(t, approvalInto, q.text(), q.args...)
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
	votes, err := collect(t, voteInto, q.text(), q.args...)
	by := map[int64][]model.Vote{}
	for _, v := range votes {
		by[v.ApprovalID] = append(by[v.ApprovalID], v)
	}
	return by, wrap(err, "read votes")
}

func (t *Tx) tasksOf(requests []int64) (map[int64][]model.Task, error) {
	if len(requests) == 0 {
		return nil, nil
	}
	var q query
	addIn(q.add("SELECT "+taskColumns+" FROM task t WHERE"), "t.request_id", requests).add("ORDER BY t.id")
	all, err := collect(t, taskInto, q.text(), q.args...)
	by := map[int64][]model.Task{}
	for _, k := range all {
		by[k.RequestID] = append(by[k.RequestID], k)
	}
	return by, wrap(err, "read tasks")
}

func (t *Tx) operationsOf(requests []int64) (map[int64][]model.Operation, error) {
	if len(requests) == 0 {
		return nil, nil
	}
	var q query
	addIn(q.add("SELECT "+operationColumns+" FROM operation o WHERE"), "o.request_id", requests).add("ORDER BY o.id")
	all, err := collect(t, operationInto, q.text(), q.args...)
	by := map[int64][]model.Operation{}
	for _, o := range all {
		by[o.RequestID] = append(by[o.RequestID], o)
	}
	return by, wrap(err, "read operations")
}

func (t *Tx) grantsOf(requests []int64) (map[int64][]model.Grant, error) {
	if len(requests) == 0 {
		return nil, nil
	}
	var q query
	addIn(q.add("SELECT "+grantColumns+grantTables+" WHERE"), "g.request_id", requests).add("ORDER BY g.id")
	all, err := collect(t, grantInto, q.text(), q.args...)
	by := map[int64][]model.Grant{}
	for _, g := range all {
		by[g.RequestID] = append(by[g.RequestID], g)
	}
	return by, wrap(err, "read grants")
}
