package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
)

// actionReseal stands in the audit for the sealing of an answer to another key.
const actionReseal = "secret.reseal"

// SealedUse says which keys what waits in the queue is sealed to first, by how
// many answers and links.
func (s *Service) SealedUse(ctx context.Context) (map[seal.KeyID]int, error) {
	use := map[seal.KeyID]int{}
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.SealedPending()
		for _, row := range rows {
			use[seal.KeyID(row.KeyID)]++
		}
		return err
	})
	return use, err
}

// Reseal seals to other recipients what waits in the queue and is not sealed to
// the first of them, and returns how many answers and links those were. Each one
// is a step of its own in the audit, so it can be broken off and repeated. What
// cannot be opened stays as it is, and is in the error. It needs no person: who
// has the identities could read everything anyway.
func (s *Service) Reseal(ctx context.Context, identities []seal.Identity, to []seal.Recipient) (int, error) {
	if len(to) == 0 {
		return 0, errNoRecipient
	}
	var rows []store.SealedSecret
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		var err error
		rows, err = tx.SealedPending()
		return err
	})
	if err != nil {
		return 0, err
	}
	first := string(to[0].KeyID())
	rows = slices.DeleteFunc(rows, func(row store.SealedSecret) bool { return row.KeyID == first })
	n := 0
	var failed error
	for _, row := range rows {
		done, err := s.resealOne(ctx, identities, to, row)
		if ctx.Err() != nil || errors.Is(err, store.ErrClosed) {
			return n, errors.Join(err, ctx.Err())
		}
		failed = errors.Join(failed, err)
		if done {
			n++
		}
	}
	if n > 0 {
		// What was sealed to the old key leaves the disk; where a reader is in the
		// way, it does so with a later wipe.
		_, err := s.db.Checkpoint(ctx)
		failed = errors.Join(failed, err)
	}
	return n, failed
}

// resealOne seals one answer anew, unless it has been wiped or exchanged
// meanwhile.
func (s *Service) resealOne(ctx context.Context, identities []seal.Identity, to []seal.Recipient, row store.SealedSecret) (bool, error) {
	done := false
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		c, err := loadCaseByID(tx, row.RequestID)
		if err != nil {
			return err
		}
		n := c.Request.Number
		if err := asApproved(row); err != nil {
			return fmt.Errorf("%s: %w", n, err)
		}
		body, err := seal.Reseal(identities, to, binding(n, row.Field), row.Body)
		if err != nil {
			return err
		}
		commitment := seal.Commitment(body)
		if done, err = tx.Reseal(row, body, commitment, string(to[0].KeyID())); err != nil || !done {
			return err
		}
		return record(tx, change{by: model.System, object: n, correlation: c.Request.Correlation, action: actionReseal,
			detail: fmt.Sprintf("%s from %s to %s key %s", row.Field, row.Present(), commitment, to[0].KeyID())})
	})
	return done && err == nil, err
}

// asApproved checks that a ciphertext is the very one that was approved, or what
// a rotation of keys made of it.
func asApproved(row store.SealedSecret) error {
	switch {
	case len(row.Body) == 0:
		return fmt.Errorf("the sealed answer to %q has been wiped: the requestor has to order again", row.Field)
	case seal.Commitment(row.Body) != row.Present():
		return fmt.Errorf("the sealed answer to %q is not the one that was approved", row.Field)
	}
	return nil
}
