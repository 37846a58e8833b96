package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"countersign/model"
	"countersign/workflow"
)

// following says which orders a command waits for.
type following struct {
	number model.Number // of their request or task
	after  int64        // those with a higher id
	wait   bool         // until their outcome is known
	json   bool
}

// outcome is what came of orders to the vault.
type outcome struct {
	state model.OpState // the worst of them
	ops   []model.Operation
}

// outcomeJSON is an outcome for programs.
type outcomeJSON struct {
	Number  model.Number       `json:"number"`
	Request model.Number       `json:"request"`
	State   model.RequestState `json:"state"`
	Outcome model.OpState      `json:"outcome"`
	Orders  []operationJSON    `json:"orders"`
	Notes   string             `json:"notes,omitempty"` // of the closed task
}

// lookEvery is how often is looked whether anybody works at all.
const lookEvery = time.Second

// follow tells what came of orders, after waiting for it if that is wanted. What
// is not done, and will not be by itself soon, is an error with its own code.
func (a *app) follow(ctx context.Context, q *queue, me model.Actor, f following) error {
	c, err := q.svc.Case(ctx, me.ID, f.number)
	if err != nil {
		return err
	}
	out := outcomeOf(c.Operations, f.after)
	var away error
	if f.wait {
		c, out, away = a.awaitOutcome(ctx, q, me, f, c)
	}
	if away != nil && !isVaultError(away) {
		return away
	}
	if f.json {
		err = writeJSON(a.Out, outcomeJSON{Number: f.number, Request: c.Request.Number, State: c.Request.State, Outcome: out.state,
			Orders: each(out.ops, operationOf), Notes: notesOf(c, f.number)})
	} else {
		err = a.printOutcome(c, f, out)
	}
	if err != nil || !f.wait {
		return err
	}
	if away != nil {
		return away
	}
	return out.err()
}

func isVaultError(err error) bool {
	var vault *workflow.VaultError
	return errors.As(err, &vault)
}

// notesOf are the closing notes of the task with that number.
func notesOf(c workflow.CaseView, n model.Number) string {
	for _, t := range c.Tasks {
		if t.Number == n {
			return t.CloseNotes
		}
	}
	return ""
}

// outcomeOf sums up the orders that came after another one. What is to give a
// standing right back when the time is over does not count.
func outcomeOf(ops []model.Operation, after int64) outcome {
	out := outcome{state: model.OpDone}
	worst := []model.OpState{model.OpDone, model.OpCancelled, model.OpScheduled, model.OpRefused, model.OpUnknown, model.OpQueued, model.OpSent}
	rank := func(s model.OpState) int {
		for i, w := range worst {
			if w == s {
				return i
			}
		}
		return len(worst)
	}
	for _, op := range ops {
		if op.ID <= after {
			continue
		}
		out.ops = append(out.ops, op)
		if op.State == model.OpScheduled && op.Restores() {
			continue
		}
		if rank(op.State) > rank(out.state) {
			out.state = op.State
		}
	}
	return out
}

// open reports whether something is still under way.
func (o outcome) open() bool { return o.state == model.OpQueued || o.state == model.OpSent }

// awaitOutcome waits until nothing is under way any more, or nobody is there who
// carries it out.
func (a *app) awaitOutcome(ctx context.Context, q *queue, me model.Actor, f following, c workflow.CaseView) (workflow.CaseView, outcome, error) {
	changed, stop := q.svc.Changes()
	defer stop()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		again, err := q.svc.Case(ctx, me.ID, f.number)
		if err != nil {
			return c, outcome{}, err
		}
		c = again
		out := outcomeOf(c.Operations, f.after)
		if !out.open() {
			return c, out, nil
		}
		if away := troubleWith(q.svc.Health(ctx)); away != nil && out.state == model.OpQueued {
			return c, out, away
		}
		select {
		case <-ctx.Done():
			return c, out, ctx.Err()
		case <-changed:
		case <-ticker.C:
		}
	}
}

// troubleWith is why nothing is carried out now, nil if it should be.
func troubleWith(h model.Health) error {
	const kept = "the orders are kept and carried out later: countersign show tells what came of them"
	switch h.State {
	case model.HealthNoWorker:
		return &workflow.VaultError{Kind: workflow.VaultNoWorker, Text: "no worker is running", Advice: kept}
	case model.HealthUnreachable, model.HealthRefused:
		return &workflow.VaultError{Kind: workflow.VaultUnreachable, Text: h.Cause, Advice: kept}
	}
	return nil
}

// printOutcome says what came of each order.
func (a *app) printOutcome(c workflow.CaseView, f following, out outcome) error {
	var b facts
	if len(out.ops) == 0 {
		notes := notesOf(c, f.number)
		if notes == "" {
			notes = "nothing was to be done"
		}
		b.add(string(f.number), notes)
	}
	for _, op := range out.ops {
		words := orderWords(op)
		if op.State == model.OpScheduled {
			words = "at " + a.clock(op.NotBefore) + ": " + words
		}
		b.add(string(op.State), words)
	}
	_, err := io.WriteString(a.Out, b.b.String())
	return err
}

// notDone says that orders ended otherwise than by being done.
type notDone struct {
	state model.OpState
	text  string
}

func (e *notDone) Error() string { return e.text }

// err is nil where everything is done.
func (o outcome) err() error {
	var said []string
	for _, op := range o.ops {
		if op.State != o.state {
			continue
		}
		why := op.Reason
		if op.State == model.OpUnknown {
			why = op.LookingFor
		}
		said = append(said, fmt.Sprintf("%s: %s", op.Intent.Words(op.Kind), why))
	}
	switch words := strings.Join(said, "\n"); o.state {
	case model.OpRefused:
		return &notDone{o.state, "refused: " + words}
	case model.OpUnknown:
		return &notDone{o.state, "not known yet: " + words}
	case model.OpScheduled, model.OpCancelled:
		return &notDone{o.state, string(o.state) + ": " + words}
	}
	return nil
}
