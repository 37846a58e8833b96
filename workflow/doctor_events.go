package workflow

import (
	"context"

	"countersign/store"
)

// checkEvents says whether the program that is told of events takes them.
func (s *Service) checkEvents(ctx context.Context, found *checks) {
	var state store.EventState
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		var err error
		state, err = tx.EventState()
		return err
	})
	const remedy = "try it by hand: countersign notify test; the program gets the event as JSON on its standard input and has to end with 0"
	switch {
	case err != nil:
		found.unread("notify.told", err)
	case state.Given > 0:
		found.bad("notify.told", remedy, "given up within the last days: %s, which the program did not take: %s", howMany(state.Given, "event", "events"), state.Problem)
	case state.Waiting > 0:
		found.warn("notify.told", remedy, "waiting to be told: %s, which the program did not take: %s", howMany(state.Waiting, "event", "events"), state.Problem)
	default:
		found.ok("notify.told", "no event waits to be told")
	}
}
