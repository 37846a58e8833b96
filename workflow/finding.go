package workflow

import (
	"context"

	"countersign/model"
)

// SearchMode returns whether people search by themselves, have somebody search for
// them, or neither.
func (s *Service) SearchMode() model.SearchMode {
	if s.settings.Portal.Search == "" {
		return model.SearchLive
	}
	return s.settings.Portal.Search
}

// Answer sends the chosen records or folders to whoever asked for the search that a
// task is about, and closes the task complete.
func (s *Service) Answer(ctx context.Context, actorID model.PersonID, task model.Number, hits []model.UID, note string) error {
	return Invalid{"hits": "not yet"}
}
