package workflow

import (
	"context"

	"countersign/model"
)

// Change is what an admin wants to change in a record. What is not named stays.
type Change struct {
	Title   string
	Answers []model.Answer // by the keys of model.RecordFields; an empty value clears the field
	// Secrets are the values of secret fields, sealed before they are stored.
	// RunChange wipes them.
	Secrets map[string][]byte
	Notes   string // in place of the record's, or added to them
	Append  bool
}

// PlanChange compares a change with the record that a task is about and says
// what would be done.
func (s *Service) PlanChange(ctx context.Context, actorID model.PersonID, task model.Number, c Change) (PlanView, error) {
	return PlanView{}, Invalid{"title": "not yet"}
}

// RunChange queues the change whose plan has that digest.
func (s *Service) RunChange(ctx context.Context, actorID model.PersonID, task model.Number, c Change, digest model.Digest) error {
	return Invalid{"title": "not yet"}
}

// PlanRecord plans a new record for the access that a task is about.
func (s *Service) PlanRecord(ctx context.Context, actorID model.PersonID, task model.Number, d Draft) (PlanView, error) {
	return PlanView{}, Invalid{"title": "not yet"}
}

// RunRecord queues the plan of PlanRecord.
func (s *Service) RunRecord(ctx context.Context, actorID model.PersonID, task model.Number, d Draft, digest model.Digest) error {
	return Invalid{"title": "not yet"}
}
