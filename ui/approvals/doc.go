// Package approvals is the tab where requests are decided: a list of what
// waits, the evidence of the row under the cursor, and the decision.
//
// Rules it keeps (SCREENS, Approvals; DESIGN 1 and 6):
//
//   - A decision is about the reading of the request that was on the screen. It
//     carries that reading's revision and the digest of its statement, so that
//     the queue refuses it when anything in it has changed.
//   - Approving needs every line of the evidence to have been on the screen at
//     this revision; denying does not. While a dialog covers the evidence, what
//     is drawn under it does not change.
//   - What changes while a decision is open is said in it, and the old reading
//     cannot be approved any more.
//   - Moving the cursor reads nothing. When it has rested, the request is read
//     from the queue; when it rests longer, the vault is asked about the record.
//   - Who acts for somebody else sees whose vote it is before they give it. Who
//     approves alone, in an emergency, types a phrase for it.
//   - An answer belongs to the question that asked for it. Late ones are dropped.
package approvals

import (
	"context"

	"countersign/model"
	"countersign/workflow"
)

// Service is what the tab asks of the workflow.
type Service interface {
	Requests(ctx context.Context, actor model.PersonID, q workflow.Query) (workflow.Page[workflow.RequestRow], error)
	Case(ctx context.Context, actor model.PersonID, n model.Number) (workflow.CaseView, error)
	WaitingToo(ctx context.Context, actor model.PersonID, limit int) ([]workflow.WaitingRow, error)
	Endpoint(ctx context.Context, actor model.PersonID, id int64) (workflow.EndpointView, error)
	Device(ctx context.Context, actor model.PersonID, id int64) (workflow.DeviceView, error)
	Facts(ctx context.Context, actor model.PersonID, uid model.UID, fresh bool) (model.RecordFacts, error)
	Decide(ctx context.Context, actor model.PersonID, d workflow.Decision) (workflow.Decided, error)
	DecideMany(ctx context.Context, actor model.PersonID, ds []workflow.Decision) []workflow.Decided
	Comment(ctx context.Context, actor model.PersonID, n model.Number, kind model.EntryKind, text string) error
	Ask(ctx context.Context, actor model.PersonID, n model.Number, question string) error
	Reassignable(ctx context.Context, actor model.PersonID, n model.Number) ([]model.GroupName, error)
	Reassign(ctx context.Context, actor model.PersonID, n model.Number, to model.GroupName, reason string) error
	ApproveInEmergency(ctx context.Context, actor model.PersonID, e workflow.Emergency) (workflow.Decided, error)
	Reviews(ctx context.Context, actor model.PersonID, done bool) ([]workflow.ReviewRow, error)
	Review(ctx context.Context, actor model.PersonID, n model.Number, comment string) error
}
