package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"countersign/model"
	"countersign/store"
)

// keptDraft is a draft as it is stored.
type keptDraft struct {
	For           string         `json:"for,omitempty"`
	Target        model.Target   `json:"target,omitzero"`
	Asked         model.Access   `json:"asked"`
	Justification string         `json:"justification,omitempty"`
	Answers       []model.Answer `json:"answers,omitempty"`
	Without       []string       `json:"without,omitempty"`
	RefersTo      model.Number   `json:"refers_to,omitempty"`
}

// maxDraft is how many bytes a draft may have: several times what a form takes.
const maxDraft = 64 << 10

// SaveDraft keeps what somebody has filled in of an item's form, in place of what
// was kept before. Secrets are never kept, nor is anything of a secret field but
// the wish to have its value made. It fails with an Invalid for what no form holds.
func (s *Service) SaveDraft(ctx context.Context, actorID model.PersonID, d Draft) error {
	item, ok := model.FindItem(d.Item)
	if !ok || !item.Offered {
		return Invalid{"item": fmt.Sprintf("%q cannot be ordered here", string(d.Item))}
	}
	kept := keptDraft{For: d.For, Target: d.Target, Asked: d.Asked, Justification: d.Justification, RefersTo: d.RefersTo}
	kept.Answers = slices.DeleteFunc(slices.Clone(d.Answers), func(a model.Answer) bool {
		f, known := item.Field(a.Field)
		_, generated := model.ParseGenerate(a.Value)
		return !known || f.Secret() && !generated
	})
	kept.Without = slices.DeleteFunc(slices.Clone(d.Without), func(key string) bool {
		_, known := item.Field(key)
		return !known
	})
	body, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("keep a draft of %s: %w", d.Item, err)
	}
	if len(body) > maxDraft {
		return Invalid{"item": fmt.Sprintf("a draft of %d bytes is not kept; at most %d", len(body), maxDraft)}
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := actor(tx, actorID); err != nil {
			return err
		}
		return tx.SaveDraft(actorID, d.Item, string(body))
	})
}

// LoadDraft returns what SaveDraft kept for an item, and whether there is
// anything.
func (s *Service) LoadDraft(ctx context.Context, actorID model.PersonID, item model.ItemKey) (Draft, bool, error) {
	var kept keptDraft
	var found bool
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		if _, err := actor(tx, actorID); err != nil {
			return err
		}
		var body string
		var err error
		if body, found, err = tx.Draft(actorID, item); err != nil || !found {
			return err
		}
		if err := json.Unmarshal([]byte(body), &kept); err != nil {
			return fmt.Errorf("read the draft of %s: %w", item, err)
		}
		return nil
	})
	if err != nil || !found {
		return Draft{}, false, err
	}
	return Draft{Item: item, For: kept.For, Target: kept.Target, Asked: kept.Asked, Justification: kept.Justification,
		Answers: kept.Answers, Without: kept.Without, RefersTo: kept.RefersTo}, true, nil
}

// DropDraft forgets what was kept for an item.
func (s *Service) DropDraft(ctx context.Context, actorID model.PersonID, item model.ItemKey) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := actor(tx, actorID); err != nil {
			return err
		}
		return tx.DeleteDraft(actorID, item)
	})
}
