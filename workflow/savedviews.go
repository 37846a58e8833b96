package workflow

import (
	"context"
	"fmt"
	"unicode/utf8"

	"countersign/model"
	"countersign/store"
)

// SavedView is a filter that somebody keeps for a list: the list, and what they
// typed.
type SavedView struct{ Screen, Filter string }

// How many filters somebody may keep, and how long each may be in characters.
const (
	maxSavedViews  = 50
	maxSavedFilter = 500
)

// SavedViews returns what somebody keeps, list by list. The error is a fault of the
// store.
func (s *Service) SavedViews(ctx context.Context, actorID model.PersonID) ([]SavedView, error) {
	var kept []SavedView
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.SavedViews(actorID)
		for _, v := range all {
			kept = append(kept, SavedView{v.Screen, v.Query})
		}
		return err
	})
	return kept, err
}

// SaveView keeps a filter; one that is kept already stays. It fails with an Invalid
// for one without text, for one that is too long, and where there are too many.
func (s *Service) SaveView(ctx context.Context, actorID model.PersonID, v SavedView) error {
	if n := utf8.RuneCountInString(v.Filter); n == 0 || n > maxSavedFilter {
		return Invalid{"filter": fmt.Sprintf("a filter of %d characters is not kept; from 1 to %d", n, maxSavedFilter)}
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := actor(tx, actorID); err != nil {
			return err
		}
		all, err := tx.SavedViews(actorID)
		if err != nil {
			return err
		}
		if len(all) >= maxSavedViews {
			return Invalid{"filter": fmt.Sprintf("you keep %d already: forget one", len(all))}
		}
		return tx.SaveView(actorID, store.SavedView{Screen: v.Screen, Name: v.Filter, Query: v.Filter})
	})
}

// ForgetView keeps a filter no longer; one that was not kept is no error. Who may not
// act any more is a *model.Denied.
func (s *Service) ForgetView(ctx context.Context, actorID model.PersonID, v SavedView) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := actor(tx, actorID); err != nil {
			return err
		}
		return tx.DeleteView(actorID, v.Screen, v.Filter)
	})
}
