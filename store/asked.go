package store

import "context"

// LookupsAsked reports whether a question waits that nobody has taken. It writes
// nothing, so that whoever looks after every change of live.db does not wake
// itself.
func (db *DB) LookupsAsked(ctx context.Context) (bool, error) {
	asked := false
	err := db.live.read(ctx, func(tx *Tx) error {
		var id int64
		var err error
		asked, err = tx.row("SELECT id FROM lookup WHERE state = 'asked' LIMIT 1", nil, []any{&id})
		return err
	})
	return asked, wrap(err, "look for look-ups")
}
