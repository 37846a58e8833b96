package store

import (
	"context"
	"math/rand/v2"
	"time"

	"countersign/model"
)

// Heartbeat says that a process is alive.
type Heartbeat struct {
	Name string // unique: one a process and kind
	Kind string // "worker", "console", "serve"
	Host string
	PID  int
	At   time.Time
	Note string
}

// forgetAfter is when the heartbeat of a process that died is removed.
const forgetAfter = 24 * time.Hour

// Beat stores a heartbeat, dated now.
func (db *DB) Beat(ctx context.Context, h Heartbeat) error {
	return wrap(db.live.write(ctx, func(tx *Tx) error {
		_, err := tx.exec(`INSERT INTO heartbeat (name, kind, host, pid, at, note) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, host = excluded.host, pid = excluded.pid,
				at = excluded.at, note = excluded.note`,
			h.Name, h.Kind, h.Host, h.PID, micros(tx.Now), h.Note)
		if err != nil {
			return err
		}
		_, err = tx.exec("DELETE FROM heartbeat WHERE at < $1", micros(tx.Now.Add(-forgetAfter)))
		return err
	}), "store the heartbeat of %s", h.Name)
}

// StopBeating removes a heartbeat, so that others need not wait for it to grow
// old.
func (db *DB) StopBeating(ctx context.Context, name string) error {
	return wrap(db.live.write(ctx, func(tx *Tx) error {
		_, err := tx.exec("DELETE FROM heartbeat WHERE name = $1", name)
		return err
	}), "remove the heartbeat of %s", name)
}

// Heartbeats returns every heartbeat that is not older than age, by name. One
// from farther in the future is left out as well: it was made before the clock
// was set back.
func (db *DB) Heartbeats(ctx context.Context, age time.Duration) ([]Heartbeat, error) {
	var all []Heartbeat
	err := db.live.read(ctx, func(tx *Tx) error {
		var err error
		all, err = collect(tx, func(h *Heartbeat) []any {
			return []any{text(&h.Name), text(&h.Kind), text(&h.Host), number(&h.PID), moment(&h.At), text(&h.Note)}
		}, "SELECT name, kind, host, pid, at, note FROM heartbeat WHERE at BETWEEN $1 AND $2 ORDER BY name",
			micros(tx.Now.Add(-age)), micros(tx.Now.Add(age)))
		return err
	})
	return all, wrap(err, "read heartbeats")
}

// PutHealth stores the vault's health as the worker sees it.
func (db *DB) PutHealth(ctx context.Context, h model.Health) error {
	body, err := document(h)
	if err != nil {
		return err
	}
	return wrap(db.live.write(ctx, func(tx *Tx) error {
		_, err := tx.exec(`INSERT INTO health (one, at, body) VALUES (1, $1, $2)
			ON CONFLICT (one) DO UPDATE SET at = excluded.at, body = excluded.body`, micros(tx.Now), body)
		return err
	}), "store the vault's health")
}

// Health returns the vault's health as it was stored last, and whether it ever
// was.
func (db *DB) Health(ctx context.Context) (model.Health, bool, error) {
	var h model.Health
	found := false
	err := db.live.read(ctx, func(tx *Tx) error {
		var err error
		found, err = tx.row("SELECT body FROM health WHERE one = 1", nil, []any{parsed(&h)})
		return err
	})
	return h, found, wrap(err, "read the vault's health")
}

// LookupState is where a look-up is.
type LookupState string

// The states of a look-up.
const (
	LookupAsked    LookupState = "asked"
	LookupTaken    LookupState = "taken" // the worker is at it
	LookupAnswered LookupState = "answered"
	LookupFailed   LookupState = "failed"
)

// Lookup is a question that a console asks the worker (DESIGN 5). It lives for
// seconds.
type Lookup struct {
	ID          int64 // random
	Kind        string
	Args        []byte
	Recipient   string // the console's ephemeral key, for answers that only it may read
	State       LookupState
	Answer      []byte
	Problem     string // why it failed
	Correlation model.CorrelationID
	Asked       time.Time
	Expires     time.Time
}

const lookupColumns = "id, kind, args, recipient, state, answer, problem, correlation, asked_at, expires_at"

func lookupInto(l *Lookup) []any {
	return []any{number(&l.ID), text(&l.Kind), &l.Args, text(&l.Recipient), text(&l.State), &l.Answer, text(&l.Problem),
		text(&l.Correlation), moment(&l.Asked), moment(&l.Expires)}
}

// AskLookup stores a question that expires after ttl, and returns its id.
func (db *DB) AskLookup(ctx context.Context, l Lookup, ttl time.Duration) (int64, error) {
	id := rand.Int64() // #nosec G404 -- it has to be another one, not secret: answers are sealed
	args := l.Args
	if args == nil {
		args = []byte{}
	}
	err := db.live.write(ctx, func(tx *Tx) error {
		_, err := tx.exec(`INSERT INTO lookup (id, kind, args, recipient, state, problem, correlation, asked_at, expires_at)
			VALUES ($1, $2, $3, $4, 'asked', '', $5, $6, $7)`,
			id, l.Kind, args, l.Recipient, string(l.Correlation), micros(tx.Now), micros(tx.Now.Add(ttl)))
		return err
	})
	return id, wrap(err, "ask the worker for %s", l.Kind)
}

// TakeLookups hands up to n questions that nobody has taken to the worker, the
// oldest first. It also removes every look-up that has expired, with its answer.
func (db *DB) TakeLookups(ctx context.Context, n int) ([]Lookup, error) {
	var taken []Lookup
	err := db.live.write(ctx, func(tx *Tx) error {
		if _, err := tx.exec("DELETE FROM lookup WHERE expires_at <= $1", micros(tx.Now)); err != nil {
			return err
		}
		var err error
		taken, err = collect(tx, lookupInto, "SELECT "+lookupColumns+
			" FROM lookup WHERE state = 'asked' ORDER BY asked_at, id LIMIT $1", n)
		for i := range taken {
			if err == nil {
				taken[i].State = LookupTaken
				_, err = tx.exec("UPDATE lookup SET state = 'taken' WHERE id = $1", taken[i].ID)
			}
		}
		return err
	})
	return taken, wrap(err, "take look-ups")
}

// AnswerLookup stores an answer, and reports whether anybody still waits for it.
func (db *DB) AnswerLookup(ctx context.Context, id int64, answer []byte) (bool, error) {
	if answer == nil {
		answer = []byte{}
	}
	return db.endLookup(ctx, id, LookupAnswered, answer, "")
}

// FailLookup stores why there is no answer, and reports whether anybody still
// waits for it.
func (db *DB) FailLookup(ctx context.Context, id int64, problem string) (bool, error) {
	return db.endLookup(ctx, id, LookupFailed, nil, problem)
}

func (db *DB) endLookup(ctx context.Context, id int64, state LookupState, answer []byte, problem string) (bool, error) {
	waited := false
	err := db.live.write(ctx, func(tx *Tx) error {
		var err error
		waited, err = tx.changed("UPDATE lookup SET state = $1, answer = $2, problem = $3 WHERE id = $4 AND state = 'taken' AND expires_at > $5",
			string(state), answer, problem, id, micros(tx.Now))
		return err
	})
	return waited, wrap(err, "answer a look-up")
}

// Lookup returns a look-up and whether it is still there: it is not after it
// expired, was dropped, or live.db was deleted.
func (db *DB) Lookup(ctx context.Context, id int64) (Lookup, bool, error) {
	var l Lookup
	found := false
	err := db.live.read(ctx, func(tx *Tx) error {
		var err error
		l, found, err = one(tx, lookupInto, "SELECT "+lookupColumns+" FROM lookup WHERE id = $1 AND expires_at > $2", id, micros(tx.Now))
		return err
	})
	return l, found, wrap(err, "read a look-up")
}

// DropLookup removes a look-up: its console has read the answer, or waits no
// longer.
func (db *DB) DropLookup(ctx context.Context, id int64) error {
	return wrap(db.live.write(ctx, func(tx *Tx) error {
		_, err := tx.exec("DELETE FROM lookup WHERE id = $1", id)
		return err
	}), "drop a look-up")
}
