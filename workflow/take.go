package workflow

import (
	"context"

	"countersign/model"
)

// Take begins the taking of access that was not granted here and returns the
// task, which the actor has: Plan and Fulfil run it.
func (s *Service) Take(ctx context.Context, actorID model.PersonID, on model.Target, who []string, reason string) (model.Number, error) {
	return "", Invalid{"who": "not yet"}
}
