// Package tasks is the tab where approved requests are carried out: the lists of
// tasks, the work area of one of them, and the orders whose outcome is being
// looked for (SCREENS, Tasks).
//
// Rules it keeps (DESIGN 1 and 5):
//
//   - What is run is the plan that was confirmed. Running carries its digest, so
//     that the queue refuses it when the vault would need another plan now; the
//     new one is then shown, and confirmed anew.
//   - What is not as it was when the request was approved is confirmed by itself.
//   - A plan is read from the vault when somebody opens the work or asks for it,
//     never because the cursor moved or something else in the queue changed.
//   - Running only queues. The screen follows the order's row; leaving it stops
//     nothing, and no outcome is said before the row says it.
//   - What is typed in the search goes to the workflow's Search and nowhere else.
//   - Access that was not granted here is taken as any other work is done: by a
//     task, whose plan is confirmed. The ledger sets nothing right by itself.
//   - A one-time link is never on this screen, and a secret that an admin types
//     is sealed as its field is left, and wiped when the work area is.
//   - When the vault is away the task can still be taken, noted and closed.
//   - An answer belongs to the question that asked for it. Late ones are dropped.
package tasks

import (
	"context"

	"countersign/model"
	"countersign/workflow"
)

// Service is what the tab asks of the workflow.
type Service interface {
	Tasks(ctx context.Context, actor model.PersonID, q workflow.Query) (workflow.Page[workflow.TaskRow], error)
	Unknown(ctx context.Context, actor model.PersonID, q workflow.Query) (workflow.Page[workflow.OperationRow], error)
	Case(ctx context.Context, actor model.PersonID, n model.Number) (workflow.CaseView, error)
	Claim(ctx context.Context, actor model.PersonID, task model.Number) error
	Release(ctx context.Context, actor model.PersonID, task model.Number) error
	Pick(ctx context.Context, actor model.PersonID, task model.Number, uid model.UID) error
	Plan(ctx context.Context, actor model.PersonID, task model.Number) (workflow.PlanView, error)
	Fulfil(ctx context.Context, actor model.PersonID, task model.Number, digest model.Digest) error
	CloseTask(ctx context.Context, actor model.PersonID, task model.Number, state model.TaskState, reason string) error
	Comment(ctx context.Context, actor model.PersonID, n model.Number, kind model.EntryKind, text string) error
	LookAgain(ctx context.Context, actor model.PersonID, operation int64) error
	Answer(ctx context.Context, actor model.PersonID, task model.Number, hits []model.UID, note string) error
	PlanRecord(ctx context.Context, actor model.PersonID, task model.Number, d workflow.Draft) (workflow.PlanView, error)
	RunRecord(ctx context.Context, actor model.PersonID, task model.Number, d workflow.Draft, digest model.Digest) error
	PlanChange(ctx context.Context, actor model.PersonID, task model.Number, c workflow.Change) (workflow.PlanView, error)
	RunChange(ctx context.Context, actor model.PersonID, task model.Number, c workflow.Change, digest model.Digest) error
	Ledger(ctx context.Context, actor model.PersonID, q workflow.Query) (workflow.Page[workflow.GrantRow], error)
	Revoke(ctx context.Context, actor model.PersonID, grant int64, reason string) error
	WhoHas(ctx context.Context, actor model.PersonID, on model.Target) (model.RecordFacts, error)
	Take(ctx context.Context, actor model.PersonID, on model.Target, who []string, reason string) (model.Number, error)
	Search(ctx context.Context, actor model.PersonID, text string, kind model.TargetKind) (workflow.SearchAnswer, error)
	Facts(ctx context.Context, actor model.PersonID, uid model.UID, fresh bool) (model.RecordFacts, error)
}
