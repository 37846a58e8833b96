package workflow

import (
	"context"
	"fmt"

	"countersign/model"
	"countersign/store"
)

// GrantedBy returns the number of the request that gave access, if the person may
// see that request; else ErrNotFound or a *model.Denied.
func (s *Service) GrantedBy(ctx context.Context, actorID model.PersonID, grant int64) (model.Number, error) {
	var number model.Number
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		g, found, err := tx.Grant(grant)
		if err != nil {
			return err
		}
		if !found {
			return notFound(fmt.Sprintf("grant %d", grant))
		}
		c, err := loadCase(tx, g.Number)
		if err != nil {
			return err
		}
		number = g.Number
		return model.Can(a, model.ActSee, c, tx.Now)
	})
	return number, err
}
