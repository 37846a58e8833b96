package workflow

import (
	"context"

	"countersign/model"
)

// Ledger lists who has what until when by which request.
func (s *Service) Ledger(ctx context.Context, actorID model.PersonID, q Query) (Page[GrantRow], error) {
	return Page[GrantRow]{}, Invalid{"view": "not yet"}
}
