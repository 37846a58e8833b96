package store

import (
	"time"

	"countersign/model"
)

// Event is something that a program outside is told of, until it has taken it.
type Event struct {
	ID       int64
	Key      string // what has happened: there is one event for it
	Body     string // JSON
	At       time.Time
	Next     time.Time // when to tell it
	Attempts int
	Problem  string // why it could not be told last time, "" before; foreign text
}

const eventColumns = "id, key, body, at, next_at, attempts, problem"

func eventInto(e *Event) []any {
	return []any{number(&e.ID), text(&e.Key), text(&e.Body), moment(&e.At), moment(&e.Next), number(&e.Attempts), text(&e.Problem)}
}

// InsertEvent stores an event that is to be told now, unless there is one with that
// key, and reports whether it did.
func (t *Tx) InsertEvent(key, body string) (bool, error) {
	added, err := t.changed(`INSERT INTO event (key, body, at, next_at, attempts, problem, told) VALUES ($1, $2, $3, $3, 0, '', 0)
		ON CONFLICT (key) DO NOTHING`, key, body, micros(t.Now))
	return added, wrap(err, "store the event %s", key)
}

// DueEvents returns up to n events that are to be told now, those that wait longest
// first.
func (t *Tx) DueEvents(n int) ([]Event, error) {
	all, err := collect(t, eventInto, "SELECT "+eventColumns+
		" FROM event WHERE ended_at IS NULL AND next_at <= $1 ORDER BY next_at, id LIMIT $2", micros(t.Now), n)
	return all, wrap(err, "read the events that are due")
}

// NextEvent is when the next event is to be told; zero if none waits.
func (t *Tx) NextEvent() (time.Time, error) {
	var next time.Time
	_, err := t.row("SELECT next_at FROM event WHERE ended_at IS NULL ORDER BY next_at, id LIMIT 1", nil, []any{moment(&next)})
	return next, wrap(err, "find the next event")
}

// DelayEvent notes that an event could not be told, and when to try again.
func (t *Tx) DelayEvent(id int64, next time.Time, problem string) error {
	_, err := t.exec("UPDATE event SET attempts = attempts + 1, next_at = $1, problem = $2 WHERE id = $3 AND ended_at IS NULL", micros(next), problem, id)
	return wrap(err, "delay event %d", id)
}

// EndEvent ends an event: it was told, or is given up.
func (t *Tx) EndEvent(id int64, told bool, problem string) error {
	_, err := t.exec("UPDATE event SET attempts = attempts + 1, ended_at = $1, told = $2, problem = $3 WHERE id = $4 AND ended_at IS NULL",
		micros(t.Now), told, problem, id)
	return wrap(err, "end event %d", id)
}

// ForgetEvents removes those that ended before a time.
func (t *Tx) ForgetEvents(before time.Time) error {
	_, err := t.exec("DELETE FROM event WHERE ended_at < $1", micros(before))
	return wrap(err, "forget old events")
}

// EventState is how the telling of events goes.
type EventState struct {
	Waiting int    // that were tried and could not be told yet
	Given   int    // that were given up
	Problem string // of the latest of them; foreign text
}

// EventState looks at the events of the last days.
func (t *Tx) EventState() (EventState, error) {
	var s EventState
	err := t.rows(`SELECT ended_at IS NULL, problem FROM event WHERE problem <> '' AND told = 0 ORDER BY id DESC LIMIT 1000`, nil, func(r row) error {
		var isOpen bool
		var problem string
		if err := r.Scan(boolean(&isOpen), text(&problem)); err != nil {
			return err
		}
		if s.Problem == "" {
			s.Problem = problem
		}
		if isOpen {
			s.Waiting++
		} else {
			s.Given++
		}
		return nil
	})
	return s, wrap(err, "read how events are told")
}

// AuditAfter returns up to n entries of the audit that follow a sequence number, the
// oldest first and without their texts.
func (t *Tx) AuditAfter(seq int64, n int) ([]model.AuditEntry, error) {
	all, err := collect(t, func(e *model.AuditEntry) []any {
		return []any{number(&e.Seq), moment(&e.At), text(&e.Actor), text(&e.Action), text(&e.Object), text(&e.Detail), text(&e.Correlation)}
	}, "SELECT seq, at, actor, action, object, detail, correlation FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2", seq, n)
	return all, wrap(err, "read the audit after entry %d", seq)
}

// AuditEnd is the sequence number of the last entry of the audit, 0 where there is
// none.
func (t *Tx) AuditEnd() (int64, error) {
	var seq int64
	_, err := t.row("SELECT seq FROM audit ORDER BY seq DESC LIMIT 1", nil, []any{number(&seq)})
	return seq, wrap(err, "read the end of the audit")
}
