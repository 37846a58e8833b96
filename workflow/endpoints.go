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
	// unasked is how long after its end a request waits for the vault to tell whether
	// somebody decided it.
	unasked = 2 * time.Minute
	// notHere is how long the listing rests when the service has no endpoint
	// requests for us: the command is not permitted, or not licensed.
	notHere = 10 * time.Minute
)

// listEndpoints compares the vault's list with ours, tells how that went, and
// returns when to do so again.
func (w *Worker) listEndpoints(t *tenure) (time.Duration, error) {
	pause, err := w.readEndpoints(t)
	w.tellListing(t, "endpoint requests", err, w.clock.doubt(), func(h *model.Health) *model.Listing { return &h.Endpoints })
	return pause, unlessKnown(err)
}

// unlessKnown is the error of a listing, nil where it was known before that the key
// may not list, and nothing was asked.
func unlessKnown(err error) error {
	var e *VaultError
	if errors.As(err, &e) && e.Kind == VaultNotPermitted && e.NotSent {
		return nil
	}
	return err
}

func (w *Worker) readEndpoints(t *tenure) (time.Duration, error) {
	if err := w.expireEndpoints(t); err != nil {
		return 0, err
	}
	if w.pulse.lacks(epmWord) {
		return notHere, notPermitted(epmWord)
	}
	ctx, cancel := context.WithTimeout(WithPriority(t.ctx, PriorityPolling), 2*w.opt.ReadLimit)
	defer cancel()
	asked := w.now()
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
	prev := w.lastList
	if prev.After(asked.Add(clockSlop)) {
		prev = time.Time{} // the clock went back
	}
	err = w.meet(t, listed, known, prev)
	for _, step := range []func() error{
		func() error { return w.part(ctx, t, listed, known) },
		func() error { return w.complete(ctx, t) },
		func() error { return w.applyRules(t) },
	} {
		if w.ends(t, err) {
			return 0, err
		}
		err = errors.Join(err, step())
	}
	if err != nil {
		return 0, err
	}
	w.lastList = asked
	return w.nextListing(len(listed)), nil
}

// nextListing is when to list again: soon while something waits or somebody looks.
func (w *Worker) nextListing(waiting int) time.Duration {
	looked := time.Unix(0, w.wanted.Load())
	if waiting > 0 || w.now().Sub(looked) < wantedFor {
		return w.opt.EndpointsBusy
	}
	return w.opt.EndpointsIdle
}

// expireEndpoints ends the requests whose time is over and about which the vault could
// not be asked since. It needs no vault.
func (w *Worker) expireEndpoints(t *tenure) error {
	const batch = 100
	var over []model.EndpointRequest
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		over, err = tx.OverdueEndpoints(batch)
		return err
	})
	if err != nil {
		return err
	}
	return each(w, t, over, func(e model.EndpointRequest) error {
		if w.now().Before(e.Expires.Add(unasked)) {
			return nil
		}
		err := w.write(t, func(tx *store.Tx) error {
			return endEndpoint(tx, e.ID, model.EndpointExpired, "nobody decided here in time: "+lateWords(e, tx.Now)+"; whether somebody did elsewhere is not known")
		})
		return wrapped(err, "end endpoint request %s", e.UID)
	})
}

// meet stores the listed requests that are new, each with its incident, and takes
// those up again that ended here too early.
func (w *Worker) meet(t *tenure, listed, known []model.EndpointRequest, prev time.Time) error {
	have := map[model.UID]bool{}
	for _, e := range known {
		have[e.UID] = true
	}
	strange := slices.DeleteFunc(slices.Clone(listed), func(e model.EndpointRequest) bool { return have[e.UID] })
	ended := map[model.UID]model.EndpointRequest{}
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		for _, e := range strange {
			before, found, err := tx.EndpointByUID(e.UID)
			if err != nil {
				return err
			}
			if found {
				ended[e.UID] = before
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return each(w, t, strange, func(e model.EndpointRequest) error {
		before, found := ended[e.UID]
		if found && !tooEarly(before, w.now()) {
			return nil // it has ended here, and the vault does not know yet
		}
		if found {
			err := w.write(t, func(tx *store.Tx) error { return resume(tx, before.ID) })
			return wrapped(err, "take up endpoint request %s", e.UID)
		}
		w.clock.end(&e, prev, w.now())
		e.Group = w.svc.endpointGroup()
		err := w.write(t, func(tx *store.Tx) error {
			_, found, err := tx.EndpointByUID(e.UID)
			if err != nil || found {
				return err
			}
			return meetEndpoint(tx, e, w.svc.endpoints.Incidents)
		})
		return wrapped(err, "store endpoint request %s", e.UID)
	})
}

// tooEarly reports whether a request that the vault still lists as waiting was
// ended here in error: because the vault did not have it for a while, or the clock
// here was wrong.
func tooEarly(e model.EndpointRequest, now time.Time) bool {
	switch e.State {
	case model.EndpointElsewhere:
		return e.Decision.Verdict == ""
	case model.EndpointExpired:
		return e.Decision.Verdict == "" && now.Before(e.Expires) && !now.Before(e.Seen.Add(-clockSlop))
	}
	return false
}

// resume lets a request wait again that ended here too early, with its incident.
func resume(tx *store.Tx, id int64) error {
	e, found, err := tx.Endpoint(id)
	if err != nil || !found || !tooEarly(e, tx.Now) {
		return err
	}
	from, was := e.State, e.Outcome
	e.State, e.Outcome, e.Ended = model.EndpointPending, "", time.Time{}
	if changed, err := tx.UpdateEndpoint(e, from); err != nil || !changed {
		return orConflict(err, e.Incident)
	}
	i, found, err := tx.IncidentOf(id)
	if err != nil || !found {
		return err
	}
	i.State, i.Closed, i.CloseNotes = model.IncidentAnalysis, time.Time{}, ""
	if changed, err := tx.UpdateIncident(i); err != nil || !changed {
		return orConflict(err, i.Number)
	}
	return record(tx, change{by: model.System, object: i.Number, correlation: i.Correlation, action: "endpoint.resumed", detail: string(e.UID),
		says: []string{"waits again: the vault still lists it; it was closed with: " + was}})
}

// meetEndpoint stores a new request and opens its incident.
func meetEndpoint(tx *store.Tx, e model.EndpointRequest, table model.IncidentTable) error {
	number, err := tx.NextNumber(model.PrefixIncident)
	if err != nil {
		return err
	}
	e.State, e.Seen, e.Incident = model.EndpointPending, tx.Now, number
	id, err := tx.InsertEndpoint(e)
	if err != nil {
		return err
	}
	i := model.Incident{Number: number, EndpointID: id, State: model.IncidentDraft, Priority: table.PriorityOf(e.Kind),
		Short: incidentWords(e), Correlation: newCorrelation(), Created: tx.Now, Updated: tx.Now}
	if _, err := tx.InsertIncident(i); err != nil {
		return err
	}
	return record(tx, change{by: model.System, object: number, correlation: i.Correlation, action: "endpoint.seen",
		detail: e.Kind + " " + string(e.UID), says: []string{"opened for a request: " + i.Short}})
}

// incidentWords is the one-line description of an incident; foreign text.
func incidentWords(e model.EndpointRequest) string {
	who := cmp.Or(e.User, "somebody")
	if e.Machine != "" {
		who += " on " + e.Machine
	}
	return fmt.Sprintf("%s by %s: %s", e.Kind, who, e.What)
}

// part ends the requests that the vault no longer lists, after asking it which way
// they went, and those that it still lists though their time is over.
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
		if !still[e.UID] {
			now, err := w.vault.Endpoint(ctx, e.UID)
			if err != nil && !isGone(err) {
				away = !w.unreadable(e.UID, err)
				return whole(away, err)
			}
			state, outcome = elsewhere(now, err)
		}
		if late := lateWords(e, w.now()); late != "" && state == model.EndpointPending {
			state, outcome = model.EndpointExpired, "nobody decided in time: "+late
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
	return closeEndpoint(tx, e, state, outcome)
}

// closeEndpoint ends a request of whichever open state, and closes its incident
// with the outcome.
func closeEndpoint(tx *store.Tx, e model.EndpointRequest, state model.EndpointState, outcome string) error {
	from := e.State
	e.State, e.Outcome, e.Ended = state, outcome, tx.Now
	if changed, err := tx.UpdateEndpoint(e, from); err != nil || !changed {
		return orConflict(err, e.Incident)
	}
	i, found, err := tx.IncidentOf(e.ID)
	if err != nil || !found {
		return err
	}
	if i.Closed.IsZero() {
		i.State, i.Closed, i.CloseNotes = model.IncidentClosed, tx.Now, outcome
		if changed, err := tx.UpdateIncident(i); err != nil || !changed {
			return orConflict(err, i.Number)
		}
	}
	return record(tx, change{by: model.System, object: i.Number, correlation: i.Correlation, action: "endpoint." + string(state),
		detail: string(e.UID), texts: []model.AuditText{{Name: "outcome", Text: outcome}}, says: []string{"closed: " + outcome}})
}
