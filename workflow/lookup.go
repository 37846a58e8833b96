package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
)

// lookupsAtOnce is how many questions of other processes are answered at the
// same time; most cost no call to the vault.
const lookupsAtOnce = 8

// errBadQuestion says that a look-up of another process cannot be read.
var errBadQuestion = errors.New("the question is not written as this version writes it")

// serveLookups answers the questions that consoles of other processes put into
// live.db.
func (w *Worker) serveLookups(t *tenure) error {
	changed := w.db.WatchLive(t.ctx)
	var answering errgroup.Group
	answering.SetLimit(lookupsAtOnce)
	defer func() {
		// The answers' own errors were dealt with where they arose.
		_ = answering.Wait()
	}()
	for {
		lookups, err := w.waiting(t.ctx)
		if t.ctx.Err() != nil {
			return nil
		}
		if err != nil {
			w.log.Warn("look-ups could not be taken", "error", err)
			wait(t.ctx, time.Second)
		}
		for _, l := range lookups {
			answering.Go(func() error {
				if err := w.answerLookup(t, l); err != nil && t.ctx.Err() == nil {
					w.log.Warn("a look-up could not be answered", "kind", l.Kind, "error", err)
				}
				return nil
			})
		}
		select {
		case <-t.ctx.Done():
			return nil
		case _, open := <-changed:
			if !open {
				return store.ErrClosed
			}
		}
	}
}

// waiting takes the questions that wait. It looks before it writes, since a
// write wakes everybody who watches live.db, also this loop.
func (w *Worker) waiting(ctx context.Context) ([]store.Lookup, error) {
	asked, err := w.db.LookupsAsked(ctx)
	if err != nil || !asked {
		return nil, err
	}
	return w.db.TakeLookups(ctx, lookupsAtOnce)
}

// answerLookup opens one question and seals the answer to who asked.
func (w *Worker) answerLookup(t *tenure, l store.Lookup) error {
	plain, err := seal.Open([]seal.Identity{w.key}, seal.Binding{Request: l.Kind, Field: "question"}, l.Args)
	if err != nil {
		_, failed := w.db.FailLookup(t.ctx, l.ID, "the worker has changed; ask again")
		return errors.Join(err, failed)
	}
	var q question
	err = json.Unmarshal(plain, &q)
	seal.Wipe(plain)
	if err != nil {
		return errBadQuestion // what is in it is nobody's to read, so it is not repeated
	}
	ctx, cancel := context.WithDeadline(t.ctx, time.Now().Add(l.Expires.Sub(w.now())))
	defer cancel()
	r, err := w.answer(WithCorrelation(ctx, l.Correlation), t, l.Kind, q)
	if err != nil {
		r.Trouble = troubleOf(err)
	}
	answer, err := sealed(l.Recipient, q.Answer, l.Kind, r)
	seal.Wipe(r.Link)
	if err != nil {
		return err
	}
	_, err = w.db.AnswerLookup(t.ctx, l.ID, answer)
	return err
}

// troubleOf makes an error fit to travel.
func troubleOf(err error) *trouble {
	var e *VaultError
	if errors.As(err, &e) {
		return &trouble{Kind: e.Kind, Text: e.Text, Advice: e.Advice, Until: e.Until}
	}
	var denied *model.Denied
	if errors.As(err, &denied) {
		return &trouble{Kind: VaultFailed, Text: denied.Reason}
	}
	return &trouble{Kind: VaultUnreachable, Text: "the vault did not answer in time: " + err.Error()}
}

// answer answers a question of whichever process.
func (w *Worker) answer(ctx context.Context, t *tenure, kind string, q question) (reply, error) {
	var r reply
	var err error
	switch kind {
	case askSearch:
		r, err = w.searchFor(ctx, q)
	case askHits:
		r.Hits, err = w.hits(ctx, q.UIDs)
	case askFacts:
		r, err = w.factsFor(ctx, t, q)
	case askTeams:
		r.Teams, err = w.readTeams(ctx, t)
	case askAccount:
		r.Account, err = w.account(ctx, t)
	case askLinks:
		r.Facts, err = w.readLinks(ctx, t, q.UID)
	case askReveal:
		r, err = w.reveal(ctx, q.Actor, q.Number)
	case askContent:
		r.Content, err = w.readContent(ctx, q.UID)
	case askRefresh:
		nudge(w.readNow)
	case askEndpoints:
		w.wanted.Store(w.now().UnixNano())
		nudge(w.pollNow)
		nudge(w.devicesNow)
	default:
		err = &VaultError{Kind: VaultFailed, Text: fmt.Sprintf("the worker does not know the question %q", kind),
			Advice: "run the same version everywhere"}
	}
	return r, err
}
