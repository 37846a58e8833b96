package workflow

import (
	"context"
	"time"

	"countersign/model"
)

// Vault is what the worker needs of the vault service. The methods speak
// model's terms; how commands are quoted, sent and judged is not known here.
// Every error is a *VaultError or the context's.
type Vault interface {
	// Index lists every record and shared folder the service account sees,
	// without field values.
	Index(ctx context.Context) ([]model.Hit, error)
	// Inside lists the records in a shared folder, also those in folders inside it, or
	// in a folder of the service account's own. A UID that is neither is an error.
	Inside(ctx context.Context, folder model.UID) ([]model.UID, error)
	// Record reads one record live, its secrets dropped. A record that does not
	// exist is no error: Gone is set.
	Record(ctx context.Context, uid model.UID) (model.RecordFacts, error)
	// Folder reads a shared folder with its members, after a sync. For a folder
	// inside one, Whole is set and the members are those of the whole. A folder
	// that does not exist, or cannot be shared, is Gone or Nested.
	Folder(ctx context.Context, uid model.UID) (model.RecordFacts, error)
	// Teams lists the teams that the service account belongs to, after a sync.
	Teams(ctx context.Context) ([]model.Team, error)
	// Account returns the address of the service account.
	Account(ctx context.Context) (string, error)
	// Links lists the one-time links of a record, also used and expired ones.
	Links(ctx context.Context, record model.UID) ([]model.Link, error)
	// Marked lists the records that bear a request's number, after a sync.
	Marked(ctx context.Context, marker model.Number) ([]model.UID, error)
	// Stored reads a record that an order to create one may have made, after
	// Marked found it, and says in Unlike what about it was not ordered.
	Stored(ctx context.Context, order Order, uid model.UID) (model.RecordFacts, error)
	// Content reads what a record holds, without anything secret, after a sync.
	Content(ctx context.Context, uid model.UID) (model.RecordContent, error)
	// Changed reports whether a record holds what an OpUpdate order wants and has
	// another revision than it was planned on, after a sync.
	Changed(ctx context.Context, order Order) (bool, error)
	// Submit sends an order and returns the service's request id. With an error
	// whose NotSent is set it is certain that nothing happened; with any other
	// the order may run.
	Submit(ctx context.Context, order Order) (serviceID string, err error)
	// Await waits for the answer to a submitted order and judges it by positive
	// evidence (PROTOCOL 11, 12).
	Await(ctx context.Context, order Order, serviceID string) (Outcome, error)
	// InTurn returns nil if the service carries out one command after the other, in
	// the order in which it got them (PROTOCOL 9): what is read shows then what every
	// order did that arrived before.
	InTurn(ctx context.Context) error
	// Sync makes the service read the cloud's state again.
	Sync(ctx context.Context) error
	// Endpoints lists the pending endpoint requests after a sync; values may be
	// cut, and Complete is false.
	Endpoints(ctx context.Context) ([]model.EndpointRequest, error)
	// Endpoint reads one endpoint request in full.
	Endpoint(ctx context.Context, uid model.UID) (model.EndpointRequest, error)
	// EndpointNow is Endpoint after a sync: how the request stands in the cloud.
	EndpointNow(ctx context.Context, uid model.UID) (model.EndpointRequest, error)
	// Devices lists the devices that wait for approval, freshly fetched.
	Devices(ctx context.Context) ([]model.Device, error)
	// Health asks whether the service answers, and how fast. It costs no call of
	// the budget.
	Health(ctx context.Context) model.Health
	// Ahead tells by how much our clock was ahead of that of the service's host at its
	// last answer, and whether it is known. It makes no call.
	Ahead() (d time.Duration, known bool)
	// Probe finds which commands the key is permitted (PROTOCOL 5), and the
	// service's version where it tells.
	Probe(ctx context.Context) (missing []string, version string, err error)
}

// Priority orders calls for the rate budget (DESIGN 5).
type Priority int

// The priorities, the most urgent first.
const (
	PriorityDecision Priority = iota
	PriorityPerson
	PriorityPolling
)

type priorityKey struct{}

// WithPriority marks every vault call made with the context.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

// PriorityOf returns the priority of a context, PriorityPolling if none is set.
func PriorityOf(ctx context.Context) Priority {
	if p, ok := ctx.Value(priorityKey{}).(Priority); ok {
		return p
	}
	return PriorityPolling
}

type correlationKey struct{}

// WithCorrelation ties every vault call made with the context to a request, for
// the traffic log.
func WithCorrelation(ctx context.Context, id model.CorrelationID) context.Context {
	return context.WithValue(ctx, correlationKey{}, id)
}

// CorrelationOf returns what WithCorrelation set, "" if nothing was.
func CorrelationOf(ctx context.Context) model.CorrelationID {
	id, _ := ctx.Value(correlationKey{}).(model.CorrelationID)
	return id
}

// Order is an operation as the vault gets it.
type Order struct {
	Kind   model.OpKind
	Intent model.Intent
	// Sent is when it is sent: a link lives from then on to the end in Intent.
	Sent time.Time
	// Secrets are the sealed answers that the intent names, opened, by field. Who
	// opened them wipes them.
	Secrets map[string][]byte `json:"-"`
}

// Outcome is the judgement on one order: done with evidence, refused with the
// reason, or unknown.
type Outcome struct {
	State model.OpState // OpDone, OpRefused or OpUnknown
	Words string        // of the service; foreign text
	// Advice is what to do about a refusal, "" where its words say it.
	Advice string
	// Invited is set on a refusal that sent an invitation: the order is repeated
	// when the person has accepted it.
	Invited bool
	// Expires is the end that the vault reports, zero if none.
	Expires time.Time
	// Record is what OpCreate made.
	Record model.UID
	// Link is the id of the link that was made, and Secret the link itself, which
	// the service tells only once. Who gets it seals and wipes it.
	Link   model.LinkID
	Secret []byte `json:"-"`
	// Trouble is why the outcome is unknown, where that concerns every command
	// and not this one; nil otherwise.
	Trouble *VaultError
}
