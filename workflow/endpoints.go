package workflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/model"
	"countersign/store"
)

const (
	// wantedFor is how long somebody's look at the endpoint requests keeps the
	// listing busy.
	wantedFor = time.Minute
	// viewsAtOnce is how many requests one listing reads in full, so that a flood
	// of them leaves calls for people.
	viewsAtOnce = 10
	// epmWord is the command that endpoint requests need (PROTOCOL 12.7).
	epmWord = "epm"
	// notHere is how long the listing rests when the service has no endpoint
	// requests for us: the command is not permitted, or not licensed.
	notHere = 10 * time.Minute
	// incidentPriority is that of a new incident: moderate.
	incidentPriority = 3
)

// pollEndpoints lists the endpoint requests of the vault, often while somebody
// looks or some wait, else rarely.
func (w *Worker) pollEndpoints(t *tenure) error {
	failures := 0
	for {
		pause, err := w.listEndpoints(t)
		switch {
		case t.ctx.Err() != nil:
			return nil
		case errors.Is(err, errLeaseLost), errors.Is(err, store.ErrClosed):
			return err
		case err != nil:
			pause = max(w.noEndpoints(err, failures), w.opt.EndpointsBusy)
			failures++
		default:
			failures = 0
		}
		if !w.untilNextPoll(t, pause, failures == 0) {
			return nil
		}
	}
}

// untilNextPoll waits for the pause to end. Somebody who looks shortens it, but
// the vault is never asked more often than while requests wait. It reports false
// when the worker is to end.
func (w *Worker) untilNextPoll(t *tenure, pause time.Duration, hurry bool) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	soonest := time.Now().Add(w.opt.EndpointsBusy)
	for {
		select {
		case <-t.ctx.Done():
			return false
		case <-timer.C:
			return true
		case <-w.pollNow:
			if hurry && pause > w.opt.EndpointsBusy {
				timer.Reset(max(time.Until(soonest), 0))
			}
		}
	}
}

// noEndpoints logs why there is no list, once in a row, and returns how long not
// to ask.
func (w *Worker) noEndpoints(err error, failures int) time.Duration {
	if failures == 0 {
		w.log.Warn("endpoint requests cannot be listed", "error", err)
	}
	var e *VaultError
	if errors.As(err, &e) && (e.Kind == VaultNotPermitted || !e.Passing()) {
		return notHere
	}
	return delay(failures)
}

// listEndpoints compares the vault's list with ours and returns when to do so
// again.
func (w *Worker) listEndpoints(t *tenure) (time.Duration, error) {
	if w.pulse.lacks(epmWord) {
		return notHere, nil
	}
	ctx, cancel := context.WithTimeout(WithPriority(t.ctx, PriorityPolling), 2*w.opt.ReadLimit)
	defer cancel()
	listed, err := w.vault.Endpoints(ctx)
	if err != nil {
		return 0, err
	}
	var known []model.EndpointRequest
	err = w.db.Read(t.ctx, func(tx *store.Tx) error {
		known, err = tx.OpenEndpoints()
		return err
	})
	if err != nil {
		return 0, err
	}
	err = w.meet(t, listed, known)
	for _, step := range []func() error{
		func() error { return w.part(ctx, t, listed, known) },
		func() error { return w.complete(ctx, t) },
	} {
		if w.ends(t, err) {
			return 0, err
		}
		err = errors.Join(err, step())
	}
	if err != nil {
		return 0, err
	}
	looked := time.Unix(0, w.wanted.Load())
	if len(listed) > 0 || w.now().Sub(looked) < wantedFor {
		return w.opt.EndpointsBusy, nil
	}
	return w.opt.EndpointsIdle, nil
}

// meet stores the listed requests that are new, each with its incident.
func (w *Worker) meet(t *tenure, listed, known []model.EndpointRequest) error {
	have := map[model.UID]bool{}
	for _, e := range known {
		have[e.UID] = true
	}
	return each(w, t, listed, func(e model.EndpointRequest) error {
		if have[e.UID] {
			return nil
		}
		err := w.write(t, func(tx *store.Tx) error {
			_, found, err := tx.EndpointByUID(e.UID)
			if err != nil || found {
				return err // it has ended here, and the vault does not know yet
			}
			return meetEndpoint(tx, e)
		})
		return wrapped(err, "store endpoint request %s", e.UID)
	})
}

// meetEndpoint stores a new request and opens its incident.
func meetEndpoint(tx *store.Tx, e model.EndpointRequest) error {
	number, err := tx.NextNumber(model.PrefixIncident)
	if err != nil {
		return err
	}
	e.State, e.Seen, e.Incident = model.EndpointPending, tx.Now, number
	id, err := tx.InsertEndpoint(e)
	if err != nil {
		return err
	}
	i := model.Incident{Number: number, EndpointID: id, State: model.IncidentDraft, Priority: incidentPriority,
		Short: incidentWords(e), Correlation: newCorrelation(), Created: tx.Now, Updated: tx.Now}
	if _, err := tx.InsertIncident(i); err != nil {
		return err
	}
	return record(tx, change{by: model.System, object: number, correlation: i.Correlation, action: "endpoint.seen",
		detail: e.Kind + " " + string(e.UID), says: []string{"opened for a request for " + i.Short}})
}

// incidentWords is the one-line description of an incident; foreign text.
func incidentWords(e model.EndpointRequest) string {
	who := cmp.Or(e.User, "somebody")
	if e.Machine != "" {
		who += " on " + e.Machine
	}
	return fmt.Sprintf("%s by %s: %s", e.Kind, who, e.What)
}

// part ends the requests whose time is over, and those that the vault no longer
// lists, after asking it which way they went.
func (w *Worker) part(ctx context.Context, t *tenure, listed, known []model.EndpointRequest) error {
	still := map[model.UID]bool{}
	for _, e := range listed {
		still[e.UID] = true
	}
	away := false
	return each(w, t, known, func(e model.EndpointRequest) error {
		if away || e.State != model.EndpointPending {
			return nil // a decision of ours may be under way
		}
		state, outcome := model.EndpointPending, ""
		switch {
		case !e.Expires.IsZero() && !w.now().Before(e.Expires):
			state, outcome = model.EndpointExpired, "nobody decided in time"
		case !still[e.UID]:
			now, err := w.vault.Endpoint(ctx, e.UID)
			if err != nil && !isGone(err) {
				away = !w.unreadable(e.UID, err)
				return whole(away, err)
			}
			state, outcome = elsewhere(now, err)
		}
		if state == model.EndpointPending {
			return nil
		}
		err := w.write(t, func(tx *store.Tx) error { return endEndpoint(tx, e.ID, state, outcome) })
		return wrapped(err, "end endpoint request %s", e.UID)
	})
}

// elsewhere says how a request ended that nobody decided here.
func elsewhere(now model.EndpointRequest, err error) (model.EndpointState, string) {
	if err != nil {
		return model.EndpointElsewhere, "the vault no longer has it: decided or removed outside this program"
	}
	switch now.State {
	case model.EndpointApproved:
		return model.EndpointElsewhere, "approved outside this program"
	case model.EndpointDenied:
		return model.EndpointElsewhere, "denied outside this program"
	case model.EndpointExpired:
		return model.EndpointExpired, "expired in the vault"
	case model.EndpointEscalated:
		return model.EndpointEscalated, "escalated in the vault"
	}
	return model.EndpointPending, ""
}

// endEndpoint ends a request that is still pending, and closes its incident.
func endEndpoint(tx *store.Tx, id int64, state model.EndpointState, outcome string) error {
	e, found, err := tx.Endpoint(id)
	if err != nil || !found || e.State != model.EndpointPending {
		return err
	}
	e.State, e.Outcome, e.Ended = state, outcome, tx.Now
	if changed, err := tx.UpdateEndpoint(e, model.EndpointPending); err != nil || !changed {
		return orConflict(err, e.Incident)
	}
	i, found, err := tx.IncidentOf(id)
	if err != nil || !found {
		return err
	}
	i.State, i.Closed, i.CloseNotes = model.IncidentClosed, tx.Now, outcome
	if changed, err := tx.UpdateIncident(i); err != nil || !changed {
		return orConflict(err, i.Number)
	}
	return record(tx, change{by: model.System, object: i.Number, correlation: i.Correlation, action: "endpoint." + string(state),
		detail: string(e.UID), says: []string{"closed: " + outcome}})
}

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
	away := false
	return each(w, t, open[:min(len(open), viewsAtOnce)], func(e model.EndpointRequest) error {
		if away {
			return nil
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
