package store

import (
	"context"
	"strings"
	"time"

	"countersign/model"
)

// Traffic is one command that was sent to the vault.
type Traffic struct {
	ID          int64
	At          time.Time
	Command     string // secrets masked by the caller
	Path        string // of the URL
	Priority    string
	Waited      time.Duration // for the rate budget
	Took        time.Duration // from sending to the result
	Status      int           // of HTTP; 0 without an answer
	Outcome     string        // answered, queued, failed, or a word for Problem
	ServiceID   string        // the service's request id
	Problem     string
	Correlation model.CorrelationID
}

// AppendTraffic stores one command.
func (db *DB) AppendTraffic(ctx context.Context, v Traffic) error {
	return wrap(db.log.write(ctx, func(tx *Tx) error { return tx.appendTraffic(v) }), "append to the vault traffic")
}

func (t *Tx) appendTraffic(v Traffic) error {
	_, err := t.exec(`INSERT INTO traffic (at, command, path, priority, waited, took, status, outcome, service_id, problem, correlation)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		micros(v.At), v.Command, v.Path, v.Priority, v.Waited.Microseconds(), v.Took.Microseconds(), v.Status, v.Outcome,
		v.ServiceID, v.Problem, string(v.Correlation))
	return err
}

// TrafficQuery says which commands are wanted; the newest come first.
type TrafficQuery struct {
	Words       []string // parts of the command, ignoring case
	Outcome     string
	Correlation model.CorrelationID
	From, To    time.Time
	Span        Span
}

// Traffic returns a page of the commands that were sent to the vault.
func (db *DB) Traffic(ctx context.Context, q TrafficQuery) (Page[Traffic], error) {
	var page Page[Traffic]
	err := db.log.read(ctx, db.opt.Now, func(tx *Tx) error {
		base := leg{table: "traffic v", id: "v.id"}
		if q.Correlation != "" {
			base.conds = append(base.conds, where("v.correlation = ?", string(q.Correlation)), where("v.correlation <> ''"))
		}
		if q.Outcome != "" {
			base.conds = append(base.conds, where("v.outcome = ?", q.Outcome))
		}
		for _, w := range q.Words {
			base.conds = append(base.conds, where(`lower(v.command) LIKE ? ESCAPE '\'`, "%"+escapeLike(strings.ToLower(w))+"%"))
		}
		r, err := tx.idsWithin(trafficTimes(), q.From, q.To)
		if err != nil {
			return err
		}
		base.conds = append(append(base.conds, withinTime("v.at", q.From, q.To)...), r.conditions("v.id")...)
		page, err = pageOf(tx, listing{sort: SortNewest, desc: true, legs: []leg{base}, tables: "CROSS JOIN traffic v", on: "v.id = hit.id",
			columns: "v.id, v.at, v.command, v.path, v.priority, v.waited, v.took, v.status, v.outcome, v.service_id, v.problem, v.correlation"},
			q.Span, trafficInto)
		return err
	})
	return page, wrap(err, "list the vault traffic")
}

func trafficInto(v *Traffic) []any {
	return []any{number(&v.ID), moment(&v.At), text(&v.Command), text(&v.Path), text(&v.Priority), length(&v.Waited), length(&v.Took),
		number(&v.Status), text(&v.Outcome), text(&v.ServiceID), text(&v.Problem), text(&v.Correlation)}
}

// length reads a number of microseconds.
func length(p *time.Duration) scan {
	return func(src any) error {
		us, ok := src.(int64)
		if !ok {
			return mismatch(src, "microseconds")
		}
		*p = time.Duration(us) * time.Microsecond
		return nil
	}
}
