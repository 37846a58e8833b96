package workflow

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
)

// The kinds of look-up that a console asks the worker for.
const (
	askSearch    = "search"
	askFacts     = "facts"
	askTeams     = "teams"
	askRefresh   = "refresh"
	askEndpoints = "endpoints"
	askContent   = "content"
	askLinks     = "links"  // facts with the one-time links
	askReveal    = "reveal" // a one-time link for its requestor
)

// How long a console waits for the worker.
const (
	takenWithin    = time.Second      // before it concludes that none is there
	answeredWithin = 30 * time.Second // once the worker has the question
)

// question is what a console asks. It crosses live.db sealed to the worker.
type question struct {
	Text string           `json:"text,omitempty"`
	Kind model.TargetKind `json:"kind,omitempty"`
	UID  model.UID        `json:"uid,omitempty"`
	// Actor and Number are who wants to see the link of which request.
	Actor  model.PersonID `json:"actor,omitempty"`
	Number model.Number   `json:"number,omitempty"`
	// Answer names the answer, so that one cannot be put in another's place.
	Answer string `json:"answer"`
}

// reply is the worker's answer, sealed to the console.
type reply struct {
	Search  SearchAnswer        `json:"search,omitzero"`
	Facts   model.RecordFacts   `json:"facts,omitzero"`
	Content model.RecordContent `json:"content,omitzero"`
	Teams   []model.Team        `json:"teams,omitempty"`
	Link    []byte              `json:"link,omitempty"` // who gets it wipes it
	LinkID  model.LinkID        `json:"link_id,omitempty"`
	Expires time.Time           `json:"expires,omitzero"`
	Trouble *trouble            `json:"trouble,omitempty"`
}

// trouble is a VaultError on its way to another process.
type trouble struct {
	Kind   VaultErrorKind `json:"kind"`
	Text   string         `json:"text"`
	Advice string         `json:"advice"`
	Until  time.Time      `json:"until,omitzero"`
}

// asking is how a Service reaches the worker: directly where it runs in the same
// process, else through live.db.
type asking struct {
	worker atomic.Pointer[Worker]

	mu  sync.Mutex
	key *seal.Ephemeral // of this process; made when it is first needed
}

// UseWorker makes the service ask a worker of its own process directly while
// that one is the active one.
func (s *Service) UseWorker(w *Worker) { s.asking.worker.Store(w) }

// here returns the worker of this process and its tenure, which is nil if there
// is none or another one is the active one.
func (a *asking) here() (*Worker, *tenure) {
	w := a.worker.Load()
	if w == nil {
		return nil, nil
	}
	return w, w.isActive()
}

// ephemeral returns the key pair of this process.
func (a *asking) ephemeral() (*seal.Ephemeral, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.key == nil {
		key, err := seal.NewEphemeral()
		if err != nil {
			return nil, err
		}
		a.key = &key
	}
	return a.key, nil
}

// may reports whether somebody may ask the vault at all: whoever is active. Which
// titles they may see is the policy's (DESIGN 5).
func (s *Service) may(ctx context.Context, actorID model.PersonID) error {
	return s.db.Read(ctx, func(tx *store.Tx) error {
		_, err := actor(tx, actorID)
		return err
	})
}

// Search asks the worker's index. What is typed never reaches the vault
// (DESIGN 5). It answers within a second or fails with a *VaultError of kind
// VaultNoWorker. An exact UID comes first.
func (s *Service) Search(ctx context.Context, actorID model.PersonID, text string, kind model.TargetKind) (SearchAnswer, error) {
	if err := s.may(ctx, actorID); err != nil {
		return SearchAnswer{}, err
	}
	r, err := s.ask(ctx, askSearch, question{Text: text, Kind: kind})
	return r.Search, err
}

// Facts asks the vault about one record; an answer younger than
// Settings.FactsMaxAge is given again unless fresh is set. It fails with a
// *VaultError when the vault or the worker is away; a record that does not exist
// is no error, but Gone.
func (s *Service) Facts(ctx context.Context, actorID model.PersonID, uid model.UID, fresh bool) (model.RecordFacts, error) {
	if err := s.may(ctx, actorID); err != nil {
		return model.RecordFacts{}, err
	}
	if !uid.Valid() {
		return model.RecordFacts{}, Invalid{"record": fmt.Sprintf("%q is no UID of the vault", string(uid))}
	}
	if facts, ok := s.facts.get(uid, s.now(), s.factsMaxAge()); ok && !fresh {
		return facts, nil
	}
	r, err := s.ask(ctx, askFacts, question{UID: uid})
	if err == nil {
		s.facts.put(r.Facts)
	}
	return r.Facts, err
}

// factsOf asks the vault about what a grant is on: for one of a link also about the
// links of the record.
func (s *Service) factsOf(ctx context.Context, actorID model.PersonID, g model.Grant) (model.RecordFacts, error) {
	if g.Link == "" {
		return s.Facts(ctx, actorID, g.Target.UID, true)
	}
	r, err := s.ask(ctx, askLinks, question{UID: g.Target.UID})
	return r.Facts, err
}

// RefreshIndex makes the worker read the vault's titles again. It does not wait
// for them: SearchAnswer.Built tells when they were read.
func (s *Service) RefreshIndex(ctx context.Context, actorID model.PersonID) error {
	if err := s.may(ctx, actorID); err != nil {
		return err
	}
	_, err := s.ask(ctx, askRefresh, question{})
	return err
}

// WantEndpoints tells the worker that somebody looks at the endpoint requests,
// so that it lists them more often for a while.
func (s *Service) WantEndpoints(ctx context.Context, actorID model.PersonID) error {
	if err := s.may(ctx, actorID); err != nil {
		return err
	}
	_, err := s.ask(ctx, askEndpoints, question{})
	return err
}

// ask asks the worker of this process, or one of another.
func (s *Service) ask(ctx context.Context, kind string, q question) (reply, error) {
	if w, t := s.asking.here(); t != nil {
		return w.answer(ctx, t, kind, q)
	}
	return s.askElsewhere(ctx, kind, q)
}

// askElsewhere puts a question into live.db and waits for its answer.
func (s *Service) askElsewhere(ctx context.Context, kind string, q question) (reply, error) {
	beat, alive, err := s.workerBeat(ctx)
	if err != nil {
		return reply{}, err
	}
	var note beatNote
	if !alive || json.Unmarshal([]byte(beat.Note), &note) != nil {
		return reply{}, noWorker()
	}
	key, err := s.asking.ephemeral()
	if err != nil {
		return reply{}, err
	}
	q.Answer = rand.Text()
	args, err := sealed(note.Recipient, kind, "question", q)
	if err != nil {
		return reply{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, takenWithin+answeredWithin)
	defer cancel()
	// Watching begins before asking, so that no answer is missed.
	changed := s.db.WatchLive(ctx)
	id, err := s.db.AskLookup(ctx, store.Lookup{Kind: kind, Args: args, Recipient: key.Recipient()}, takenWithin+answeredWithin)
	if err != nil {
		return reply{}, err
	}
	defer func() {
		// The row ends by itself; this only spares it the wait.
		_ = s.db.DropLookup(context.WithoutCancel(ctx), id)
	}()
	return s.awaitLookup(ctx, id, changed, func(answer []byte) (reply, error) {
		var r reply
		plain, err := key.Open(seal.Binding{Request: q.Answer, Field: kind}, answer)
		if err != nil {
			return r, fmt.Errorf("open the worker's answer: %w", err)
		}
		defer seal.Wipe(plain)
		if err := json.Unmarshal(plain, &r); err != nil {
			return r, fmt.Errorf("read the worker's answer: %w", err)
		}
		if t := r.Trouble; t != nil {
			return r, &VaultError{Kind: t.Kind, Text: t.Text, Advice: t.Advice, Until: t.Until}
		}
		return r, nil
	})
}

// awaitLookup waits until the worker has taken the question and answered it.
func (s *Service) awaitLookup(ctx context.Context, id int64, changed <-chan struct{}, open func([]byte) (reply, error)) (reply, error) {
	nobody := time.NewTimer(takenWithin)
	defer nobody.Stop()
	for {
		late := false
		select {
		case <-ctx.Done():
			return reply{}, ctx.Err()
		case <-nobody.C:
			late = true
		case _, more := <-changed:
			if !more {
				return reply{}, noWorker()
			}
		}
		l, found, err := s.db.Lookup(ctx, id)
		switch {
		case err != nil:
			return reply{}, err
		case !found, l.State == store.LookupAsked && late:
			return reply{}, noWorker()
		case l.State == store.LookupAnswered:
			return open(l.Answer)
		case l.State == store.LookupFailed:
			return reply{}, &VaultError{Kind: VaultFailed, Text: l.Problem}
		}
	}
}

// sealed seals a value as JSON to a public key.
func sealed(recipient, request, field string, v any) ([]byte, error) {
	to, err := seal.ParseRecipient(recipient)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	defer seal.Wipe(plain)
	return seal.Seal([]seal.Recipient{to}, seal.Binding{Request: request, Field: field}, plain)
}
