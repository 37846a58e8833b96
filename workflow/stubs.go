package workflow

import (
	"context"
	"errors"

	"countersign/model"
)

var errNotBuilt = errors.New("not built yet")

// Health returns the vault's health as the worker last told it.
func (s *Service) Health(ctx context.Context) model.Health { return model.Health{} }

// Search asks the worker's index. What is typed never reaches the vault
// (DESIGN 5). It answers within a second or fails with a *VaultError of kind
// VaultNoWorker. An exact UID comes first.
func (s *Service) Search(ctx context.Context, actor model.PersonID, text string, kind model.TargetKind) (SearchAnswer, error) {
	return SearchAnswer{}, errNotBuilt
}

// Facts asks the vault about one record; an answer younger than
// Settings.FactsMaxAge is given again unless fresh is set.
func (s *Service) Facts(ctx context.Context, actor model.PersonID, uid model.UID, fresh bool) (model.RecordFacts, error) {
	return model.RecordFacts{}, errNotBuilt
}

// RefreshIndex makes the worker read the vault's titles again.
func (s *Service) RefreshIndex(ctx context.Context, actor model.PersonID) error { return errNotBuilt }

// Changes returns a channel that receives whenever the queue, the log or the
// health may have changed, and a function that ends it. Bursts are merged.
func (s *Service) Changes() (<-chan struct{}, func()) { return nil, func() {} }
