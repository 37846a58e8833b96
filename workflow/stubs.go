package workflow

import (
	"context"
	"errors"

	"countersign/model"
)

var errNotBuilt = errors.New("not built yet")

type console struct{}

// Draft is a request that has not been submitted.
type Draft struct {
	Item          model.ItemKey
	For           string // e-mail; "" means the actor's own
	Target        model.Target
	Asked         model.Access
	Justification string
	Answers       []model.Answer
	RefersTo      model.Number
	Source        model.Source
}

// Check validates a draft at the present time without storing anything. The
// error is nil or an Invalid, keyed by the item's field keys.
func (s *Service) Check(ctx context.Context, actor model.PersonID, d Draft) error { return errNotBuilt }

// Submit stores a request and opens its approval. It returns the new request,
// or an Invalid with one sentence a field.
func (s *Service) Submit(ctx context.Context, actor model.PersonID, d Draft) (model.Request, error) {
	return model.Request{}, errNotBuilt
}

// Decision is one vote as it leaves the screen: the revision and the digest of
// the statement that was drawn.
type Decision struct {
	Number   model.Number
	Revision int64
	Digest   model.Digest
	Verdict  model.Verdict
	Allow    model.Access // the request's Allowed, or less; ignored when denying
	Comment  string       // required to deny
}

// Decided is what came of a decision. Err is a *Conflict, a *model.Denied, an
// Invalid or a fault of the store; State and Approval say how the case stands
// when Err is nil.
type Decided struct {
	Number   model.Number
	State    model.RequestState
	Approval model.ApprovalState // "requested" while more votes are needed
	Err      error
}

// Decide gives one vote. It is durable when Decide returns.
func (s *Service) Decide(ctx context.Context, actor model.PersonID, d Decision) (Decided, error) {
	return Decided{}, errNotBuilt
}

// DecideMany gives several votes, each by itself: one that is refused does not
// stop the others. The results are in the order of the decisions.
func (s *Service) DecideMany(ctx context.Context, actor model.PersonID, ds []Decision) []Decided {
	return nil
}

// Withdraw closes the person's own request.
func (s *Service) Withdraw(ctx context.Context, actor model.PersonID, n model.Number, reason string) error {
	return errNotBuilt
}

// Comment adds a line to the timeline: a comment to the requestor, or a work
// note (model.EntryNote) for those who fulfil.
func (s *Service) Comment(ctx context.Context, actor model.PersonID, n model.Number, kind model.EntryKind, text string) error {
	return errNotBuilt
}

// Claim takes a task from its group; Release gives it back to the group.
func (s *Service) Claim(ctx context.Context, actor model.PersonID, task model.Number) error {
	return errNotBuilt
}

// Release gives a task back to its group.
func (s *Service) Release(ctx context.Context, actor model.PersonID, task model.Number) error {
	return errNotBuilt
}

// Pick chooses the record that a request only described. It asks the vault
// whether the record exists, so it needs a worker.
func (s *Service) Pick(ctx context.Context, actor model.PersonID, task model.Number, uid model.UID) error {
	return errNotBuilt
}

// Plan reads live what the person has now and says what would be done. It
// changes nothing. It fails with a *VaultError when the vault is away.
func (s *Service) Plan(ctx context.Context, actor model.PersonID, task model.Number) (PlanView, error) {
	return PlanView{}, errNotBuilt
}

// Fulfil queues the plan with that digest. It plans anew and refuses with a
// *Conflict if the vault has changed since. It returns at once; the screen
// follows the operations' rows.
func (s *Service) Fulfil(ctx context.Context, actor model.PersonID, task model.Number, digest model.Digest) error {
	return errNotBuilt
}

// CloseTask ends a task by hand; the reason is required unless it is complete.
func (s *Service) CloseTask(ctx context.Context, actor model.PersonID, task model.Number, state model.TaskState, reason string) error {
	return errNotBuilt
}

// GiveBack ends the person's own access early: it queues the operations that
// lead back to what they had before.
func (s *Service) GiveBack(ctx context.Context, actor model.PersonID, grant int64, reason string) error {
	return errNotBuilt
}

// Revoke ends somebody's access; the reason is required.
func (s *Service) Revoke(ctx context.Context, actor model.PersonID, grant int64, reason string) error {
	return errNotBuilt
}

// LookAgain makes the worker reconcile an unknown operation at once.
func (s *Service) LookAgain(ctx context.Context, actor model.PersonID, operation int64) error {
	return errNotBuilt
}

// Actor loads a person with groups and delegations by login; ErrUnknownPerson
// if nobody has it.
func (s *Service) Actor(ctx context.Context, login string) (model.Actor, error) {
	return model.Actor{}, errNotBuilt
}

// Badges counts what waits for the person.
func (s *Service) Badges(ctx context.Context, actor model.PersonID) (Badges, error) {
	return Badges{}, errNotBuilt
}

// Requests lists requests that the person may see. Views RequestsWaiting,
// RequestsAll, RequestsDecided, RequestsMine; sorts SortDue (waiting only),
// SortNewest, SortOldest. Terms: requestor, for, item, state, age, due, number.
func (s *Service) Requests(ctx context.Context, actor model.PersonID, q Query) (Page[RequestRow], error) {
	return Page[RequestRow]{}, errNotBuilt
}

// Case returns everything a detail screen shows of a request. Facts come from
// the last answer of the vault that is still fresh; ask Facts for new ones.
func (s *Service) Case(ctx context.Context, actor model.PersonID, n model.Number) (CaseView, error) {
	return CaseView{}, errNotBuilt
}

// Tasks lists tasks of the person's groups (all for an admin). Views TasksOpen,
// TasksMine, TasksDone; sorts SortOldest, SortNewest.
func (s *Service) Tasks(ctx context.Context, actor model.PersonID, q Query) (Page[TaskRow], error) {
	return Page[TaskRow]{}, errNotBuilt
}

// Unknown lists operations whose outcome is being looked for, oldest first.
func (s *Service) Unknown(ctx context.Context, actor model.PersonID, q Query) (Page[OperationRow], error) {
	return Page[OperationRow]{}, errNotBuilt
}

// Access lists the person's own access through this program, the standing first.
func (s *Service) Access(ctx context.Context, actor model.PersonID, q Query) (Page[GrantRow], error) {
	return Page[GrantRow]{}, errNotBuilt
}

// Endpoints lists endpoint privilege requests. Views EndpointsWaiting and
// EndpointsDecided; sorts SortExpires (waiting only), SortNewest.
func (s *Service) Endpoints(ctx context.Context, actor model.PersonID, q Query) (Page[model.EndpointRequest], error) {
	return Page[model.EndpointRequest]{}, errNotBuilt
}

// Log lists the application log, newest first. Terms: level, component,
// correlation; words are looked for as they are.
func (s *Service) Log(ctx context.Context, actor model.PersonID, q Query) (Page[LogRow], error) {
	return Page[LogRow]{}, errNotBuilt
}

// Traffic lists the commands sent to the vault, newest first. Terms: outcome,
// correlation.
func (s *Service) Traffic(ctx context.Context, actor model.PersonID, q Query) (Page[TrafficRow], error) {
	return Page[TrafficRow]{}, errNotBuilt
}

// Audit lists the audit chain, newest first. Terms: who, action, object.
func (s *Service) Audit(ctx context.Context, actor model.PersonID, q Query) (Page[AuditRow], error) {
	return Page[AuditRow]{}, errNotBuilt
}

// Health returns the vault's health as the worker last told it.
func (s *Service) Health(ctx context.Context) model.Health { return model.Health{} }

// Search asks the worker's index. What is typed never reaches the vault
// (DESIGN 5). It answers within a second or fails with a *VaultError of kind
// VaultNoWorker. An exact UID comes first.
func (s *Service) Search(ctx context.Context, actor model.PersonID, text string, kind model.TargetKind) (SearchAnswer, error) {
	return SearchAnswer{}, errNotBuilt
}

// Facts asks the vault about one record; an answer younger than
// Settings.FactsMaxAge is given again unless fresh is set.
func (s *Service) Facts(ctx context.Context, actor model.PersonID, uid model.UID, fresh bool) (model.RecordFacts, error) {
	return model.RecordFacts{}, errNotBuilt
}

// RefreshIndex makes the worker read the vault's titles again.
func (s *Service) RefreshIndex(ctx context.Context, actor model.PersonID) error { return errNotBuilt }

// Changes returns a channel that receives whenever the queue, the log or the
// health may have changed, and a function that ends it. Bursts are merged.
func (s *Service) Changes() (<-chan struct{}, func()) { return nil, func() {} }
