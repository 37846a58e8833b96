package workflow

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"countersign/model"
	"countersign/store"
)

// complete reads in full those requests of which only the list's cut values are
// known, the ones that end first before the others.
func (w *Worker) complete(ctx context.Context, t *tenure) error {
	var open []model.EndpointRequest
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		open, err = tx.OpenEndpoints()
		return err
	})
	if err != nil {
		return err
	}
	open = slices.DeleteFunc(open, func(e model.EndpointRequest) bool { return e.Complete })
	slices.SortStableFunc(open, func(a, b model.EndpointRequest) int {
		return cmp.Or(boolOrder(w.sick[a.UID], w.sick[b.UID]), boolOrder(a.Expires.IsZero(), b.Expires.IsZero()), a.Expires.Compare(b.Expires))
	})
	away, began := false, w.now()
	return each(w, t, open[:min(len(open), viewsAtOnce)], func(e model.EndpointRequest) error {
		if away || w.now().Sub(began) >= w.opt.EndpointsBusy {
			return nil // where calls are scarce, new requests must not wait for the evidence of others
		}
		full, err := w.vault.Endpoint(ctx, e.UID)
		switch {
		case isGone(err):
			return nil // the next listing tells what became of it
		case err != nil:
			away = !w.unreadable(e.UID, err)
			return whole(away, err)
		}
		err = w.write(t, func(tx *store.Tx) error { return completeEndpoint(tx, e.ID, full) })
		return wrapped(err, "complete endpoint request %s", e.UID)
	})
}

// unreadable reports whether an error of the vault concerns one request alone,
// and says so once. The others are read all the same.
func (w *Worker) unreadable(uid model.UID, err error) bool {
	var e *VaultError
	if !errors.As(err, &e) || e.Passing() {
		return false
	}
	if !w.sick[uid] {
		w.sick[uid] = true
		w.log.Warn("endpoint request "+string(uid)+" cannot be read in full", "error", err)
	}
	return true
}

// whole is the error, if it concerns the whole list.
func whole(is bool, err error) error {
	if is {
		return err
	}
	return nil
}

// boolOrder puts false before true.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// completeEndpoint stores the full evidence of a request.
func completeEndpoint(tx *store.Tx, id int64, full model.EndpointRequest) error {
	e, found, err := tx.Endpoint(id)
	if err != nil || !found || !e.State.Open() || e.Complete {
		return err
	}
	now := full
	now.ID, now.State, now.Seen, now.Incident, now.Revision = e.ID, e.State, e.Seen, e.Incident, e.Revision
	now.Complete, now.Ended, now.Outcome = true, e.Ended, e.Outcome
	// Its end was found out when it was first seen.
	now.Created, now.Expires, now.Doubt, now.Group, now.Decision = e.Created, e.Expires, e.Doubt, e.Group, e.Decision
	if changed, err := tx.UpdateEndpoint(now, e.State); err != nil || !changed {
		return orConflict(err, e.Incident)
	}
	i, found, err := tx.IncidentOf(id)
	if err != nil || !found || i.Short == incidentWords(now) {
		return err
	}
	i.Short = incidentWords(now)
	if changed, err := tx.UpdateIncident(i); err != nil || !changed {
		return orConflict(err, i.Number)
	}
	return nil
}
