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
	Commitment string // hex SHA-256 of Body as it was approved
	Resealed   string // that of Body where a rotation of keys sealed it anew, else empty
	KeyID      string // which of the worker's keys it is sealed to
	Body       []byte // nil once wiped
	WipeDue    time.Time
	Shown      time.Time // when who it is for had seen it
	Wiped      time.Time
}

// Present is the commitment of Body as it lies there now.
func (s SealedSecret) Present() string {
	if s.Resealed != "" {
		return s.Resealed
	}
	return s.Commitment
}

// InsertSealed stores a sealed answer, in place of an earlier one to the same
// field, and returns its id. The earlier ciphertext leaves the disk with the next
// checkpoint.
func (t *Tx) InsertSealed(s SealedSecret) (int64, error) {
	id, err := t.insert(`INSERT INTO sealed (request_id, field, commitment, key_id, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (request_id, field) DO UPDATE SET commitment = excluded.commitment, key_id = excluded.key_id,
			body = excluded.body, resealed = '', wipe_due = NULL, shown_at = NULL, wiped_at = NULL
		RETURNING id`, s.RequestID, s.Field, s.Commitment, s.KeyID, s.Body)
	return id, wrap(err, "seal %s of request %d", s.Field, s.RequestID)
}

const sealedColumns = "SELECT id, request_id, field, commitment, resealed, key_id, body, wipe_due, shown_at, wiped_at FROM sealed"

func sealedInto(s *SealedSecret) []any {
	return []any{number(&s.ID), number(&s.RequestID), text(&s.Field), text(&s.Commitment), text(&s.Resealed), text(&s.KeyID),
		&s.Body, moment(&s.WipeDue), moment(&s.Shown), moment(&s.Wiped)}
}

// Sealed returns the sealed answers of a request with their ciphertexts, by
// field.
func (t *Tx) Sealed(request int64) ([]SealedSecret, error) {
	all, err := collect(t, sealedInto, sealedColumns+" WHERE request_id = $1 ORDER BY field", request)
	return all, wrap(err, "read sealed answers of request %d", request)
}

// SealedPending returns every sealed answer that has not been wiped, with its
// ciphertext.
func (t *Tx) SealedPending() ([]SealedSecret, error) {
	all, err := collect(t, sealedInto, sealedColumns+" WHERE body IS NOT NULL ORDER BY key_id, id")
	return all, wrap(err, "read pending sealed answers")
}

// Reseal puts a new ciphertext of the same answer in place of the old one, which
// leaves the disk with the next checkpoint. It reports false if the stored one is
// not the old one any more.
func (t *Tx) Reseal(s SealedSecret, body []byte, commitment, keyID string) (bool, error) {
	changed, err := t.changed("UPDATE sealed SET body = $1, resealed = $2, key_id = $3 WHERE id = $4 AND body = $5",
		body, commitment, keyID, s.ID, s.Body)
	return changed, wrap(err, "seal %s of request %d anew", s.Field, s.RequestID)
}

// sealedAnswers returns what the domain knows of sealed answers, by request:
// nothing that came later than what was approved.
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
		if model.OfRequest(a.Field) {
			all[request] = append(all[request], a)
		}
		return nil
	})
	return all, wrap(err, "read sealed answers")
}

// ScheduleWipe makes it a duty to wipe the sealed answers of a request from a
// moment on, but for the one under the field except, and reports whether there
// are any left.
func (t *Tx) ScheduleWipe(request int64, due time.Time, except string) (bool, error) {
	changed, err := t.changed(`UPDATE sealed SET wipe_due = $1
		WHERE request_id = $2 AND field <> $3 AND wiped_at IS NULL AND (wipe_due IS NULL OR wipe_due > $1)`, micros(due), request, except)
	return changed, wrap(err, "schedule the wipe of request %d", request)
}

// ScheduleWipeOf is ScheduleWipe for one field alone.
func (t *Tx) ScheduleWipeOf(request int64, field string, due time.Time) (bool, error) {
	changed, err := t.changed(`UPDATE sealed SET wipe_due = $1
		WHERE request_id = $2 AND field = $3 AND wiped_at IS NULL AND (wipe_due IS NULL OR wipe_due > $1)`, micros(due), request, field)
	return changed, wrap(err, "schedule the wipe of %s of request %d", field, request)
}

// Shown notes that who a sealed answer is for has seen it, which makes its wipe
// due at once. It reports false if that was noted before or there is nothing left.
func (t *Tx) Shown(request int64, field string) (bool, error) {
	changed, err := t.changed(`UPDATE sealed SET shown_at = $1, wipe_due = $1
		WHERE request_id = $2 AND field = $3 AND shown_at IS NULL AND body IS NOT NULL`, micros(t.Now), request, field)
	return changed, wrap(err, "note that %s of request %d was seen", field, request)
}

// WipeDue reports whether some sealed answer waits to be wiped.
func (t *Tx) WipeDue() (bool, error) {
	var n int
	_, err := t.row("SELECT count(*) FROM sealed WHERE wipe_due <= $1 AND wiped_at IS NULL", []any{micros(t.Now)}, []any{&n})
	return n > 0, wrap(err, "look for secrets to wipe")
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
