package vaultadapt

import (
	"context"
	"sync"

	"countersign/model"
	"countersign/vaultclient"
	"countersign/workflow"
)

// Traffic tells every call of a client to a sink, with the correlation id of the
// request it was made for. Give its Observe to vaultclient.Options and the
// Traffic itself to New.
type Traffic struct {
	sink func(workflow.Call)

	mu       sync.Mutex
	byTarget map[model.UID]model.CorrelationID // of calls that are under way
	byID     map[string]model.CorrelationID    // of orders that are waited for
}

// NewTraffic returns a Traffic that tells the sink. The sink is called from many
// goroutines and must be quick.
func NewTraffic(sink func(workflow.Call)) *Traffic {
	return &Traffic{sink: sink, byTarget: map[model.UID]model.CorrelationID{}, byID: map[string]model.CorrelationID{}}
}

// during remembers for whom calls on a record are made until the returned
// function is called.
func (t *Traffic) during(ctx context.Context, uid model.UID) func() {
	id := workflow.CorrelationOf(ctx)
	if t == nil || id == "" {
		return func() {}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byTarget[uid] = id
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.byTarget, uid)
	}
}

// submitted remembers for whom an order's answer is waited for.
func (t *Traffic) submitted(ctx context.Context, serviceID string) {
	id := workflow.CorrelationOf(ctx)
	if t == nil || id == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byID[serviceID] = id
}

func (t *Traffic) finished(serviceID string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byID, serviceID)
}

func (t *Traffic) correlation(x vaultclient.Exchange) model.CorrelationID {
	t.mu.Lock()
	defer t.mu.Unlock()
	if id, ok := t.byID[string(x.Request)]; ok && x.Request != "" {
		return id
	}
	return t.byTarget[model.UID(x.Target)]
}

// Observe takes a call of the client. Looks at results that are not there yet
// are left out: they say nothing and would be most of the log.
func (t *Traffic) Observe(x vaultclient.Exchange) {
	if x.Path.String() == "health" && x.Err == nil || x.Path == vaultclient.PathQueue && x.Err == nil || x.Outcome == "waiting" {
		return
	}
	call := workflow.Call{Path: x.Path.String(), Priority: priorityName(x.Priority), TrafficRow: workflow.TrafficRow{
		At: x.At, Command: x.Command, Wait: x.Wait, Run: x.Run, Status: x.HTTP, Outcome: x.Outcome,
		ServiceID: string(x.Request), Correlation: t.correlation(x)}}
	if call.Command == "" {
		call.Command = call.Path
	}
	if x.Err != nil {
		call.Error = x.Err.Error()
	}
	t.sink(call)
}

func priorityName(p vaultclient.Priority) string {
	switch p {
	case vaultclient.Decision:
		return "decision"
	case vaultclient.Person:
		return "person"
	}
	return "polling"
}
