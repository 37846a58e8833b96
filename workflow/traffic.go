package workflow

import (
	"context"
	"slices"
	"time"

	"countersign/store"
)

// Call is one command that was sent to the vault, as the log keeps it.
type Call struct {
	TrafficRow
	Path     string // of the rate budget
	Priority string
}

// Stored is the call as the store keeps it.
func (c Call) Stored() store.Traffic {
	return store.Traffic{At: c.At, Command: c.Command, Path: c.Path, Priority: c.Priority, Waited: c.Wait, Took: c.Run,
		Status: c.Status, Outcome: c.Outcome, ServiceID: c.ServiceID, Problem: c.Error, Correlation: c.Correlation}
}

// spentAtMost is more calls than any service answers in the time that is looked at.
const spentAtMost = 2000

// CallsSince returns the calls that were sent to the vault since a time, the oldest
// first: the service counts them, whichever process made them.
func (s *Service) CallsSince(ctx context.Context, since time.Time) ([]Call, error) {
	var calls []Call
	// What was logged while a clock ran ahead lies in the future, and is not known.
	q := store.TrafficQuery{From: since, To: s.now(), Span: store.Span{Limit: 500}}
	for len(calls) < spentAtMost {
		page, err := s.db.Traffic(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, t := range page.Rows {
			if t.Took > 0 { // else it was never sent
				calls = append(calls, Call{Path: t.Path, Priority: t.Priority, TrafficRow: TrafficRow{At: t.At, Command: t.Command, Wait: t.Waited, Run: t.Took}})
			}
		}
		if q.Span.After = page.Next(); q.Span.After == (store.Cursor{}) {
			break
		}
	}
	slices.SortFunc(calls, func(a, b Call) int { return a.At.Add(a.Wait).Compare(b.At.Add(b.Wait)) })
	return calls, nil
}
