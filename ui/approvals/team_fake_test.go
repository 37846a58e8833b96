package approvals

import (
	"context"

	"countersign/model"
	"countersign/workflow"
)

func (q *queue) Ask(_ context.Context, _ model.PersonID, n model.Number, question string) error {
	q.comments = append(q.comments, string(n)+" asks "+question)
	return q.commentErr
}

func (q *queue) Reassignable(context.Context, model.PersonID, model.Number) ([]model.GroupName, error) {
	return q.groups, nil
}

func (q *queue) Reassign(_ context.Context, _ model.PersonID, n model.Number, to model.GroupName, reason string) error {
	q.comments = append(q.comments, string(n)+" to "+string(to)+": "+reason)
	return q.commentErr
}

func (q *queue) ApproveInEmergency(ctx context.Context, me model.PersonID, e workflow.Emergency) (workflow.Decided, error) {
	q.emergencies = append(q.emergencies, e)
	return q.Decide(ctx, me, e.Decision)
}

func (q *queue) Reviews(_ context.Context, _ model.PersonID, done bool) ([]workflow.ReviewRow, error) {
	var rows []workflow.ReviewRow
	for _, r := range q.reviews {
		if r.Waits() != done {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func (q *queue) Review(_ context.Context, _ model.PersonID, n model.Number, comment string) error {
	q.comments = append(q.comments, string(n)+" reviewed "+comment)
	return q.commentErr
}
