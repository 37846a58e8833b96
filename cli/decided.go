package cli

import (
	"context"
	"fmt"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/workflow"
)

// verdictOn is a decision about an endpoint request or a device, as it stands.
type verdictOn struct {
	number  model.Number
	uid     string
	state   model.EndpointState
	outcome string           // foreign text
	op      *model.Operation // that carries it out
}

// decidedJSON is what became of a decision.
type decidedJSON struct {
	Number  model.Number        `json:"number"`
	UID     string              `json:"uid"`
	State   model.EndpointState `json:"state"`
	Outcome string              `json:"outcome,omitempty"`
	Order   *operationJSON      `json:"order,omitempty"`
}

// decided says what became of a decision, after waiting for it if that is wanted. It
// is an error, with its own code, where the vault did not do what was decided.
func (a *app) decided(ctx context.Context, q *queue, d deciding, read func() (verdictOn, error)) error {
	v, err := read()
	if err != nil {
		return err
	}
	var away error
	if d.wait {
		if v, away = a.awaitVerdict(ctx, q, v, read); away != nil && !isVaultError(away) {
			return away
		}
	}
	if d.json {
		out := decidedJSON{v.number, v.uid, v.state, v.outcome, nil}
		if v.op != nil {
			op := operationOf(*v.op)
			out.Order = &op
		}
		err = writeJSON(a.Out, out)
	} else {
		words := v.state.Words()
		if v.outcome != "" {
			words += ": " + v.outcome
		}
		_, err = fmt.Fprintf(a.Out, "%s is %s\n", safetext.Line(string(v.number)), safetext.Line(words))
	}
	switch {
	case err != nil || !d.wait:
		return err
	case away != nil:
		return away
	}
	return v.err(d.verdict)
}

// awaitVerdict waits until the vault has answered, or nobody is there who tells it.
func (a *app) awaitVerdict(ctx context.Context, q *queue, v verdictOn, read func() (verdictOn, error)) (verdictOn, error) {
	changed, stop := q.svc.Changes()
	defer stop()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		again, err := read()
		if err != nil {
			return v, err
		}
		v = again
		underWay := v.op != nil && (v.op.State == model.OpQueued || v.op.State == model.OpSent)
		if !underWay {
			return v, nil
		}
		if away := troubleWith(q.svc.Health(ctx)); away != nil && v.op.State == model.OpQueued {
			return v, away
		}
		select {
		case <-ctx.Done():
			return v, ctx.Err()
		case <-changed:
		case <-ticker.C:
		}
	}
}

// err is nil where the vault has done what was decided.
func (v verdictOn) err(verdict model.Verdict) error {
	wanted := model.EndpointApproved
	if verdict == model.Deny {
		wanted = model.EndpointDenied
	}
	switch {
	case v.state == wanted:
		return nil
	case v.op != nil && v.op.State == model.OpUnknown:
		return &notDone{model.OpUnknown, "not known yet: " + v.op.LookingFor}
	case v.op != nil && v.op.State == model.OpRefused && v.state == model.EndpointPending:
		return &notDone{model.OpRefused, "refused: " + v.op.Reason}
	case !v.state.Open():
		return &workflow.Conflict{Number: v.number, Changed: []string{"it is " + v.state.Words() + ", which is not what you decided"}}
	}
	return &notDone{model.OpUnknown, "not known yet"}
}
