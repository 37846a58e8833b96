package workflow

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
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
	askHits      = "hits" // what the index has for some UIDs
	askTeams     = "teams"
	askRefresh   = "refresh"
	askEndpoints = "endpoints"
	askContent   = "content"
	askAccount   = "account" // who the service account is
	askLinks     = "links"   // facts with the one-time links
	askReveal    = "reveal"  // a one-time link for its requestor
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
	UIDs []model.UID      `json:"uids,omitempty"`
	// Actor is who asks, and learns no more than they may; "" where a verb has
	// allowed it. Number is the request whose link they want to see.
	Actor  model.PersonID `json:"actor,omitempty"`
	Number model.Number   `json:"number,omitempty"`
	// Answer names the answer, so that one cannot be put in another's place.
	Answer string `json:"answer"`
}

// reply is the worker's answer, sealed to the console.
type reply struct {
	Search  SearchAnswer        `json:"search,omitzero"`
	Facts   model.RecordFacts   `json:"facts,omitzero"`
	Hidden  bool                `json:"hidden,omitempty"` // the asker may not know, or there is no such thing
	Hits    []model.Hit         `json:"hits,omitempty"`
	Content model.RecordContent `json:"content,omitzero"`
	Teams   []model.Team        `json:"teams,omitempty"`
	Account string              `json:"account,omitempty"`
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

// maxSearch is how many bytes a search may have.
const maxSearch = 1000

// Search asks the worker's index for what the person may see. What is typed never
// reaches the vault, and nobody else (DESIGN 5). It answers within a second or fails
// with a *VaultError of kind VaultNoWorker. An exact UID comes first. Where people
// do not search by themselves, it is a *model.Denied for all who fulfil nothing.
func (s *Service) Search(ctx context.Context, actorID model.PersonID, text string, kind model.TargetKind) (SearchAnswer, error) {
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		return s.maySearch(a, kind)
	})
	if err != nil {
		return SearchAnswer{}, err
	}
	if len(text) > maxSearch {
		return SearchAnswer{}, Invalid{model.FieldWords: fmt.Sprintf("at most %d bytes", maxSearch)}
	}
	r, err := s.ask(ctx, askSearch, question{Actor: actorID, Text: text, Kind: kind})
	return r.Search, err
}

// Facts asks the vault about one record or folder; an answer younger than
// Settings.FactsMaxAge is given again unless fresh is set. It fails with a
// *VaultError when the vault or the worker is away; a record that does not exist
// is no error, but Gone. Who neither administers, nor decides or carries out requests
// about it, learns of their own share alone (RecordFacts.Only), and of what they may
// not see nothing: a *model.Denied, the same as where nothing has that UID.
func (s *Service) Facts(ctx context.Context, actorID model.PersonID, uid model.UID, fresh bool) (model.RecordFacts, error) {
	var known *model.RecordFacts
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		known, err = s.knownFacts(tx, a, uid)
		return err
	})
	switch {
	case err != nil:
		return model.RecordFacts{}, err
	case !uid.Valid():
		return model.RecordFacts{}, Invalid{"record": fmt.Sprintf("%q is no UID of the vault", string(uid))}
	case known != nil && !fresh:
		return *known, nil
	}
	return s.askFacts(ctx, question{UID: uid, Actor: actorID})
}

// allFacts is Facts for a verb that has allowed the person to work on the record or
// folder: it asks anew, and tells of everybody's shares.
func (s *Service) allFacts(ctx context.Context, uid model.UID) (model.RecordFacts, error) {
	if !uid.Valid() {
		return model.RecordFacts{}, Invalid{"record": fmt.Sprintf("%q is no UID of the vault", string(uid))}
	}
	return s.askFacts(ctx, question{UID: uid})
}

func (s *Service) askFacts(ctx context.Context, q question) (model.RecordFacts, error) {
	r, err := s.ask(ctx, askFacts, q)
	switch {
	case err != nil:
		return model.RecordFacts{}, err
	case r.Hidden:
		return model.RecordFacts{}, errHidden(q.UID)
	}
	s.facts.put(r.Facts)
	return r.Facts, nil
}

// knownFacts is the last answer of the vault that is still fresh, as far as somebody
// may know it; nil if there is none.
func (s *Service) knownFacts(tx *store.Tx, a model.Actor, uid model.UID) (*model.RecordFacts, error) {
	all, known := s.facts.get(uid, "", s.now(), s.factsMaxAge())
	own, told := s.toldBefore(a, uid, s.now())
	if !known && !told {
		return nil, nil
	}
	seesAll, err := s.seesAll(tx, a, uid, cmp.Or(all.Kind, own.Kind))
	switch {
	case err != nil:
		return nil, err
	case seesAll && known:
		return &all, nil
	case seesAll || !told:
		return nil, nil // there is more, or less, to tell than was
	}
	return &own, nil
}

// toldBefore is the last answer of the vault that is still fresh, if it was given to
// this person, or to somebody and everybody may see every title: then without what
// others have.
func (s *Service) toldBefore(a model.Actor, uid model.UID, now time.Time) (model.RecordFacts, bool) {
	if a.Email == "" {
		return model.RecordFacts{}, false
	}
	facts, ok := s.facts.get(uid, a.Email, now, s.factsMaxAge())
	if !ok && s.titles() == model.TitlesAll {
		facts, ok = s.facts.get(uid, "", now, s.factsMaxAge())
	}
	return facts.OnlyFor(a.Email), ok
}

// factsOf asks the vault about what a grant is on: for one of a link also about the
// links of the record.
func (s *Service) factsOf(ctx context.Context, g model.Grant) (model.RecordFacts, error) {
	if g.Link == "" {
		return s.allFacts(ctx, g.Target.UID)
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

// errAskAgain says that the worker that was asked has ended, or another one has taken
// over, and nobody else can read the question.
var errAskAgain = errors.New("the worker that was asked is not there any more")

// askElsewhere asks the worker of another process; when that has ended, the next one.
func (s *Service) askElsewhere(ctx context.Context, kind string, q question) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, takenWithin+answeredWithin)
	defer cancel()
	for {
		r, err := s.askOther(ctx, kind, q)
		if !errors.Is(err, errAskAgain) {
			return r, err
		}
		wait(ctx, takenWithin/20) // its heartbeat comes a moment after it has begun
	}
}

// askOther puts a question into live.db and waits for its answer.
func (s *Service) askOther(ctx context.Context, kind string, q question) (reply, error) {
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
	// Watching begins before asking, so that no answer is missed, and ends with it.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changed := s.db.WatchLive(ctx)
	id, err := s.db.AskLookup(ctx, store.Lookup{Kind: kind, Args: args, Recipient: key.Recipient(), Correlation: CorrelationOf(ctx)}, takenWithin+answeredWithin)
	if err != nil {
		return reply{}, err
	}
	defer func() {
		// The row ends by itself; this only spares it the wait.
		_ = s.db.DropLookup(context.WithoutCancel(ctx), id)
	}()
	return s.awaitLookup(ctx, id, beat.Name, changed, func(answer []byte) (reply, error) {
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

// awaitLookup waits until the worker has taken the question and answered it. It fails
// with errAskAgain where that worker will not.
func (s *Service) awaitLookup(ctx context.Context, id int64, worker string, changed <-chan struct{}, open func([]byte) (reply, error)) (reply, error) {
	look := time.NewTicker(takenWithin)
	defer look.Stop()
	for {
		late := false
		select {
		case <-ctx.Done():
			return reply{}, ctx.Err()
		case <-look.C:
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
		case l.State == store.LookupFailed, l.State == store.LookupTaken && late && died(worker):
			return reply{}, errAskAgain
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
