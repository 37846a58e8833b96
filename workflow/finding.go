package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/model"
	"countersign/store"
)

// hitsSent is how many records or folders an answer to a search holds at most.
const hitsSent = 20

// SearchMode returns whether people search by themselves, have somebody search for
// them, or neither.
func (s *Service) SearchMode() model.SearchMode {
	if s.settings.Portal.Search == "" {
		return model.SearchLive
	}
	return s.settings.Portal.Search
}

// wrongSearch says why a search is not ordered, nil where it is somebody's work.
func (s *Service) wrongSearch(a model.Actor, item model.Item) error {
	switch {
	case s.SearchMode() == model.SearchLive, s.fulfils(a, item.Target):
		return Invalid{model.FieldWords: "this is answered at once: search instead of ordering a search"}
	case s.SearchMode() == model.SearchOff:
		return errSearchOff()
	}
	return nil
}

// Answer sends the chosen records or folders, the best first, to whoever asked for
// the search that a task is about, and closes the task complete. Only who has the
// task answers, and only with what the index has. Without any, the note must say
// what was looked for. It fails with an Invalid of "hits" or "note", or as CloseTask
// does.
func (s *Service) Answer(ctx context.Context, actorID model.PersonID, task model.Number, hits []model.UID, note string) error {
	if err := validComment(note, len(hits) == 0); err != nil {
		return err
	}
	if len(hits) > hitsSent {
		return Invalid{"hits": fmt.Sprintf("at most %d: choose those that are meant", hitsSent)}
	}
	if err := s.mayOnTask(ctx, actorID, model.ActAnswer, task); err != nil {
		return err
	}
	found, err := s.chosen(ctx, hits)
	if err != nil {
		return err
	}
	return s.withTask(ctx, actorID, task, model.ActAnswer, func(tx *store.Tx, a model.Actor, c model.Case, t model.Task) error {
		item, _ := model.FindItem(c.Request.Item)
		for _, h := range found {
			if h.Kind != item.Target {
				return Invalid{"hits": otherKind(item.Target, h.Kind)}
			}
		}
		if err := tx.InsertFound(c.Request.ID, found); err != nil {
			return err
		}
		ch := taskChange(a, c, t, "task.answer", answeredWords(item, len(found)))
		for _, h := range found {
			// The UIDs are nobody's secret; the titles stay out of the chain.
			ch.detail += " " + string(h.UID)
		}
		if err := record(tx, ch); err != nil {
			return err
		}
		return closeTask(tx, a.ID, c, t, model.TaskClosedComplete, strings.TrimSpace(note))
	})
}

func answeredWords(item model.Item, n int) string {
	switch n {
	case 0:
		return "answered: nothing was found"
	case 1:
		return "answered with one " + string(item.Target)
	}
	return fmt.Sprintf("answered with %d %ss", n, item.Target)
}

// chosen returns what the index has for some UIDs, in their order, each once; an
// Invalid names those that it does not have.
func (s *Service) chosen(ctx context.Context, uids []model.UID) ([]model.Hit, error) {
	if len(uids) == 0 {
		return nil, nil
	}
	r, err := s.ask(ctx, askHits, question{UIDs: uids})
	if err != nil {
		return nil, err
	}
	var found []model.Hit
	var missing []string
	for i, uid := range uids {
		at := slices.IndexFunc(r.Hits, func(h model.Hit) bool { return h.UID == uid })
		switch {
		case at < 0:
			missing = append(missing, fmt.Sprintf("%q", string(uid)))
		case !slices.Contains(uids[:i], uid):
			found = append(found, r.Hits[at])
		}
	}
	if len(missing) > 0 {
		return nil, Invalid{"hits": "the index of the vault does not have " + strings.Join(missing, ", ") + ": read it anew, or choose others"}
	}
	return found, nil
}

// hits returns what the index has for some UIDs.
func (w *Worker) hits(ctx context.Context, uids []model.UID) ([]model.Hit, error) {
	x, err := w.listed(ctx)
	if err != nil {
		return nil, err
	}
	var found []model.Hit
	for _, uid := range uids {
		if i := x.find(uid); i >= 0 {
			found = append(found, x.hits[i])
		}
	}
	return found, nil
}

// foundBy returns the answer to a search for who asked for it, and for those who
// answer such requests; nil for everybody else who sees the request.
func (s *Service) foundBy(tx *store.Tx, a model.Actor, c model.Case) ([]model.Hit, error) {
	item, _ := model.FindItem(c.Request.Item)
	if !item.Searches() || a.ID != c.Request.RequestedBy && !s.fulfils(a, item.Target) && !a.In(c.Request.Policy.FulfilGroup) {
		return nil, nil
	}
	return tx.Found(c.Request.ID)
}
