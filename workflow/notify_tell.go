package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"countersign/model"
	"countersign/store"
)

const (
	// auditRead is the setting that holds the last entry of the audit that was turned
	// into events.
	auditRead = "notify.audit"
	// entriesAtOnce is how many entries one transaction turns into events.
	entriesAtOnce = 100
	// staleAfter is how old an entry may be to be told, and how long an event is
	// tried: later, it is of no use to anybody.
	staleAfter = 24 * time.Hour
	// eventsKept is how long it is known which events were told.
	eventsKept = 7 * 24 * time.Hour
	// tellLimit bounds the telling of one event.
	tellLimit = 30 * time.Second
	// troubleAfter is how long trouble lasts before it is told.
	troubleAfter = time.Minute
)

// Telling is how events reach a program outside.
type Telling struct {
	// Tell gives one event to the program, and returns when it has taken it. It is
	// given the time to do so by its context.
	Tell func(ctx context.Context, e Event) error
	// Kinds are the events that are wanted; all where it is nil.
	Kinds []model.OutsideEvent
	// Ending is how long before its end an endpoint request is told of; 5 min.
	Ending time.Duration
}

// keepTelling turns what happens into events and tells them, until the tenure ends.
// It reads what was decided after that was committed, so that no decision waits for
// it. An event is told until the program has taken it; after a crash in between it
// is told again, with the same id.
func (w *Worker) keepTelling(t *tenure) error {
	if w.opt.Telling.Tell == nil {
		return nil
	}
	changed := w.db.Watch(t.ctx)
	told := teller{Worker: w, t: t, ending: map[model.UID]bool{}}
	for t.ctx.Err() == nil {
		next, err := told.round()
		switch {
		case t.ctx.Err() != nil:
			return nil
		case errors.Is(err, errLeaseLost), errors.Is(err, store.ErrClosed):
			return err
		case err != nil:
			w.log.Warn("events could not be told", "error", err)
		}
		changed = w.untilDue(t, next, changed)
	}
	return nil
}

// teller tells events during one tenure.
type teller struct {
	*Worker
	t       *tenure
	read    int64              // the last entry of the audit that needs no telling
	trouble time.Time          // since when; zero while all is well
	told    bool               // whether that trouble was told
	ending  map[model.UID]bool // endpoint requests whose end was made into an event
}

func (w *teller) wanted(k model.OutsideEvent) bool {
	return w.opt.Telling.Kinds == nil || slices.Contains(w.opt.Telling.Kinds, k)
}

// round gathers what has happened and tells what is due. It returns when something
// is due again.
func (w *teller) round() (time.Time, error) {
	later := w.now().Add(w.opt.Tick)
	if err := errors.Join(w.readAudit(), w.readClock(), w.readHealth()); err != nil {
		return later, err
	}
	var due []store.Event
	err := w.db.Read(w.t.ctx, func(tx *store.Tx) error {
		var err error
		due, err = tx.DueEvents(20)
		return err
	})
	if err != nil {
		return later, err
	}
	for _, e := range due {
		if err := w.tell(e); err != nil || w.t.ctx.Err() != nil {
			return later, err
		}
	}
	next := later
	err = w.db.Read(w.t.ctx, func(tx *store.Tx) error {
		at, err := tx.NextEvent()
		if !at.IsZero() && at.Before(later) {
			next = at
		}
		return err
	})
	return next, err
}

// readAudit turns new entries of the audit into events. On a queue where that is
// done for the first time it begins with what comes.
func (w *teller) readAudit() error {
	for w.t.ctx.Err() == nil {
		var from store.Setting
		var entries []model.AuditEntry
		var end int64
		err := w.db.Read(w.t.ctx, func(tx *store.Tx) error {
			var err error
			if from, err = tx.Setting(auditRead); err != nil {
				return err
			}
			if end, err = tx.AuditEnd(); err != nil || from.Version == 0 {
				return err
			}
			entries, err = tx.AuditAfter(max(seqOf(from), w.read), entriesAtOnce)
			return err
		})
		switch {
		case err != nil:
			return err
		case from.Version > 0 && len(entries) == 0:
			return nil
		case len(entries) == entriesAtOnce && w.now().Sub(entries[len(entries)-1].At) > staleAfter:
			// Nothing was told for long, as while no program was named: what is of no
			// use any more is passed over without a transaction for it.
			w.read = entries[len(entries)-1].Seq
			continue
		}
		err = w.write(w.t, func(tx *store.Tx) error {
			g := &gathering{tx: tx, wanted: w.wanted, svc: w.svc}
			to := end
			for _, e := range entries {
				to = e.Seq
				if tx.Now.Sub(e.At) > staleAfter {
					continue
				}
				if err := g.entry(e); err != nil {
					return fmt.Errorf("entry %d of the audit: %w", e.Seq, err)
				}
			}
			if err := tx.ForgetEvents(tx.Now.Add(-eventsKept)); err != nil {
				return err
			}
			from.Value, from.By = strconv.FormatInt(to, 10), model.System
			_, err := tx.ChangeSetting(from)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// seqOf is the sequence number that a setting holds.
func seqOf(s store.Setting) int64 {
	n, err := strconv.ParseInt(s.Value, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// readClock turns the ends of endpoint requests into events.
func (w *teller) readClock() error {
	within := w.opt.Telling.Ending
	if !w.wanted(model.OutsideEnding) {
		return nil
	}
	var ending []model.EndpointRequest
	err := w.db.Read(w.t.ctx, func(tx *store.Tx) error {
		var err error
		ending, err = tx.EndingEndpoints(tx.Now.Add(within), endingAtOnce)
		return err
	})
	if err != nil || !slices.ContainsFunc(ending, func(e model.EndpointRequest) bool { return !w.ending[e.UID] }) {
		return err
	}
	err = w.write(w.t, func(tx *store.Tx) error {
		return (&gathering{tx: tx, wanted: w.wanted, svc: w.svc}).endingSoon(ending)
	})
	if err == nil {
		clear(w.ending)
		for _, e := range ending {
			w.ending[e.UID] = true
		}
	}
	return err
}

// readHealth turns trouble that lasts into an event, and its end into another.
func (w *teller) readHealth() error {
	h := w.pulse.get()
	bad := h.State == model.HealthUnreachable || h.State == model.HealthRefused
	now := w.now()
	switch {
	case bad && w.trouble.IsZero():
		w.trouble = now
		return nil
	case bad && !w.told && now.Sub(w.trouble) >= troubleAfter:
		w.told = true
		return w.tellHealth(model.OutsideTrouble, "nothing is carried out: "+h.Cause, h)
	case h.State == model.HealthConnected && w.told:
		since := w.trouble
		w.told, w.trouble = false, time.Time{}
		return w.tellHealth(model.OutsideWell, "the vault service answers again, after "+model.FormatDuration(now.Sub(since).Round(time.Minute)), h)
	case !bad && !w.told:
		w.trouble = time.Time{}
	}
	return nil
}

func (w *teller) tellHealth(kind model.OutsideEvent, text string, h model.Health) error {
	if !w.wanted(kind) {
		return nil
	}
	return w.write(w.t, func(tx *store.Tx) error {
		g := &gathering{tx: tx, wanted: w.wanted, svc: w.svc}
		admins, err := g.with(func(p model.Person) bool { return p.Has(model.RoleAdmin) })
		if err != nil {
			return err
		}
		return g.put(eventKey(kind, tx.Now.Unix()), Event{Kind: kind, State: string(h.State), To: toldTo(admins), Text: text})
	})
}

// tell gives one event to the program and records what came of it.
func (w *teller) tell(e store.Event) error {
	var event Event
	problem := ""
	err := json.Unmarshal([]byte(e.Body), &event)
	if err == nil {
		ctx, cancel := context.WithTimeout(w.t.ctx, tellLimit)
		err = w.opt.Telling.Tell(ctx, event)
		cancel()
	}
	if w.t.ctx.Err() != nil {
		return nil // it may have been told; it is told again
	}
	if err != nil {
		problem = err.Error()
	}
	over := w.now().Sub(e.At) > staleAfter
	switch {
	case err != nil && over:
		w.log.Error("an event is given up: the program did not take it", "event", e.Key, "attempts", e.Attempts+1, "error", err)
	case err != nil:
		w.log.Warn("the program did not take an event", "event", e.Key, "error", err)
	}
	return w.write(w.t, func(tx *store.Tx) error {
		if err != nil && !over {
			return tx.DelayEvent(e.ID, tx.Now.Add(tellAgain(e.Attempts)), problem)
		}
		return tx.EndEvent(e.ID, err == nil, problem)
	})
}

// tellAgain is how long to wait after a try that failed.
func tellAgain(attempts int) time.Duration {
	d := 10 * time.Second
	for range min(attempts, 10) {
		d *= 2
	}
	return min(d, time.Hour)
}
