package store

import (
	"context"
	"errors"
	"os"
)

// Backup writes a consistent copy of queue.db to path, which must not exist,
// with mode 0600. Writers go on beside it; on a file of 230 MB the slowest of
// them waits about 0.1 s (STORAGE 2, upkeep). The copy holds everything that the
// queue holds, sealed answers included. A failed backup leaves no file behind.
func (db *DB) Backup(ctx context.Context, path string) error {
	err := db.queue.upkeep(ctx, func(c session) error { return vacuumInto(ctx, c, path) })
	return wrap(err, "back up to %s", path)
}

// vacuumInto copies a database by VACUUM INTO: the stepwise backup interface
// never ends beside a writer (STORAGE 6.6). The target is made first, because
// SQLite would use the umask.
func vacuumInto(ctx context.Context, c session, path string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return faultOf(path, err)
	}
	if err := f.Close(); err != nil {
		return faultOf(path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	if _, err := c.exec(ctx, "VACUUM INTO $1", path); err != nil {
		return faultOf(path, err)
	}
	return faultOf(path, syncFile(path))
}

// QuickCheck reads every page of queue.db and returns a Fault if one is damaged;
// from then on nothing is written to the file. It takes about a second for
// 230 MB and disturbs nobody, so it is meant to run in the background after
// Open (STORAGE 6.9).
func (db *DB) QuickCheck(ctx context.Context) error {
	err := db.queue.upkeep(ctx, func(c session) error { return soundPages(ctx, c) })
	var damaged *Fault
	if errors.As(err, &damaged) && damaged.Kind == FaultDamaged {
		db.queue.writer.refuse(damaged)
		return err
	}
	return db.queue.writer.fault(err)
}

// Checkpoint moves the WAL of queue.db into the file and truncates it. It
// reports false if a reader or writer was in the way; only after true are wiped
// values gone from the disk (STORAGE 4).
func (db *DB) Checkpoint(ctx context.Context) (bool, error) {
	var busy int
	err := db.queue.upkeep(ctx, func(c session) error {
		// The passive one does most of the work while others write.
		for _, pragma := range []string{"PRAGMA wal_checkpoint(PASSIVE)", "PRAGMA wal_checkpoint(TRUNCATE)"} {
			var frames, moved int
			if err := c.one(ctx, pragma, nil, []any{&busy, &frames, &moved}); err != nil {
				return err
			}
		}
		return nil
	})
	return err == nil && busy == 0, wrap(err, "checkpoint")
}
