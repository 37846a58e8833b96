package store

import (
	"context"
	"fmt"
	"time"

	"countersign/model"
)

// SealedSecret is a sealed answer with its ciphertext, which only the worker's
// identity opens.
type SealedSecret struct {
	ID         int64
	RequestID  int64
	Field      string
	Commitment string // hex SHA-256 of Body
	KeyID      string // which of the worker's keys it is sealed to
	Body       []byte // nil once wiped
	WipeDue    time.Time
	Wiped      time.Time
}

// InsertSealed stores a sealed answer, in place of an earlier one to the same
// field, and returns its id. The earlier ciphertext leaves the disk with the next
// checkpoint.
func (t *Tx) InsertSealed(s SealedSecret) (int64, error) {
	id, err := t.insert(`INSERT INTO sealed (request_id, field, commitment, key_id, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (request_id, field) DO UPDATE SET commitment = excluded.commitment, key_id = excluded.key_id,
			body = excluded.body, wipe_due = NULL, wiped_at = NULL
		RETURNING id`, s.RequestID, s.Field, s.Commitment, s.KeyID, s.Body)
	return id, wrap(err, "seal %s of request %d", s.Field, s.RequestID)
}

// Sealed returns the sealed answers of a request with their ciphertexts, by
// field.
func (t *Tx) Sealed(request int64) ([]SealedSecret, error) {
	all, err := collect(t, func(s *SealedSecret) []any {
		return []any{number(&s.ID), number(&s.RequestID), text(&s.Field), text(&s.Commitment), text(&s.KeyID),
			&s.Body, moment(&s.WipeDue), moment(&s.Wiped)}
	}, `SELECT id, request_id, field, commitment, key_id, body, wipe_due, wiped_at FROM sealed
		WHERE request_id = $1 ORDER BY field`, request)
	return all, wrap(err, "read sealed answers of request %d", request)
}

// sealedAnswers returns what the domain knows of sealed answers, by request.
func (t *Tx) sealedAnswers(requests []int64) (map[int64][]model.SealedAnswer, error) {
	if len(requests) == 0 {
		return nil, nil
	}
	var q query
	addIn(q.add("SELECT request_id, id, field, commitment FROM sealed WHERE"), "request_id", requests).add("ORDER BY request_id, field")
	all := map[int64][]model.SealedAnswer{}
	err := t.rows(q.text(), q.args, func(r row) error {
		var request int64
		var a model.SealedAnswer
		if err := r.Scan(number(&request), number(&a.SecretID), text(&a.Field), text(&a.Commitment)); err != nil {
			return err
		}
		all[request] = append(all[request], a)
		return nil
	})
	return all, wrap(err, "read sealed answers")
}

// ScheduleWipe makes it a duty to wipe the sealed answers of a request from a
// moment on, and reports whether there are any left.
func (t *Tx) ScheduleWipe(request int64, due time.Time) (bool, error) {
	changed, err := t.changed("UPDATE sealed SET wipe_due = $1 WHERE request_id = $2 AND wiped_at IS NULL", micros(due), request)
	return changed, wrap(err, "schedule the wipe of request %d", request)
}

// WipeSecrets carries out the wipes that are due: the ciphertexts go from the
// table, then from the WAL and the free pages by a checkpoint, and only then
// they count as wiped. It returns how many did. With 0 and no error there was
// nothing to do, or a reader was in the way and the duty stays (STORAGE 4).
func (db *DB) WipeSecrets(ctx context.Context) (int, error) {
	var due time.Time
	waiting := false
	err := db.Write(ctx, func(tx *Tx) error {
		due = tx.Now
		if _, err := tx.exec("UPDATE sealed SET body = NULL WHERE wipe_due <= $1 AND wiped_at IS NULL AND body IS NOT NULL",
			micros(due)); err != nil {
			return err
		}
		var n int
		_, err := tx.row("SELECT count(*) FROM sealed WHERE wipe_due <= $1 AND wiped_at IS NULL", []any{micros(due)}, []any{&n})
		waiting = n > 0
		return err
	})
	if err != nil || !waiting {
		return 0, wrap(err, "wipe secrets")
	}
	clean, err := db.Checkpoint(ctx)
	if err != nil || !clean {
		return 0, wrap(err, "wipe secrets")
	}
	var wiped int64
	err = db.Write(ctx, func(tx *Tx) error {
		var err error
		wiped, err = tx.exec("UPDATE sealed SET wiped_at = $1 WHERE wipe_due <= $2 AND wiped_at IS NULL AND body IS NULL",
			micros(tx.Now), micros(due))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("record the wipe: %w", err)
	}
	return int(wiped), nil
}
