package workflow

import (
	"context"

	"countersign/model"
)

// Extension returns a draft that asks for the access of a grant again.
func (s *Service) Extension(ctx context.Context, actorID model.PersonID, grant int64) (Draft, error) {
	return Draft{}, Invalid{"grant": "not yet"}
}
