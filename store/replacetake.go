package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Newer says that a queue has what a backup lacks, or that nobody can tell.
type Newer struct{ Path, Why string }

// Error says what would be lost.
func (e *Newer) Error() string { return e.Path + " is not older than the backup: " + e.Why }

// replaceable is what lies in the place of a queue.
type replaceable struct {
	// session is the one that has it open, so that nobody else can; without a
	// connection where it is not sound.
	session
	there bool // there is a file
	sound bool // it can be read
}

// close closes what is open of it.
func (o replaceable) close() error {
	if o.conn == nil {
		return nil
	}
	return o.session.close()
}

// take opens the queue so that nobody else can, and keeps what is in it aside.
func (r *Restoring) take(ctx context.Context, source session, done *Replaced, force bool) (replaceable, error) {
	if holder := fileHolder(r.target); holder != "" {
		return replaceable{}, &Fault{Kind: FaultLocked, Path: r.target, Holder: holder, Err: errors.New("it is in use")}
	}
	switch _, err := os.Stat(r.target); {
	case errors.Is(err, fs.ErrNotExist):
		return replaceable{}, nil
	case err != nil:
		return replaceable{}, faultOf(r.target, err)
	}
	c, err := r.takeSound(ctx, source, done, force)
	if err == nil {
		return replaceable{c, true, true}, nil
	}
	var f *Fault
	if !errors.As(err, &f) || f.Kind != FaultDamaged && f.Kind != FaultWrongFile {
		return replaceable{}, err
	}
	if !force {
		return replaceable{}, &Newer{r.target, fmt.Sprintf("what is in it cannot be read: %v", f)}
	}
	return replaceable{there: true}, r.aside.keep(r.target)
}

// takeSound takes a queue that can be read.
func (r *Restoring) takeSound(ctx context.Context, source session, done *Replaced, force bool) (session, error) {
	target, err := openAlone(ctx, r.target)
	if err != nil {
		return target, err
	}
	if err = r.compare(ctx, target, source, done, force); err == nil && done.Entries > 0 {
		err = r.keepAside(ctx, target)
	}
	if err != nil {
		return session{}, errors.Join(err, target.close())
	}
	r.reach("kept aside")
	return target, nil
}

// openAlone opens a file so that nobody else can have it open; a FaultLocked says
// that somebody has.
func openAlone(ctx context.Context, path string) (session, error) {
	c, err := openSession(ctx, path, queueSpec(), alone)
	if err != nil {
		return c, err
	}
	// The lock is taken by the first transaction that may write, and stays.
	for _, statement := range []string{"BEGIN IMMEDIATE", "ROLLBACK"} {
		if _, err := c.exec(ctx, statement); err != nil {
			return session{}, errors.Join(faultOf(path, err), c.close())
		}
	}
	return c, nil
}

// compare says by a *Newer that the queue has what the backup lacks, and by a *Fault
// that it cannot be read.
func (r *Restoring) compare(ctx context.Context, c, source session, done *Replaced, force bool) error {
	migrations, err := migrationsOf(migrationFiles, queueName)
	if err != nil {
		return err
	}
	if version, err := checkVersion(ctx, c, queueSpec(), len(migrations)); err != nil || version == 0 {
		return err
	}
	if err := soundPages(ctx, c); err != nil {
		return faultOf(r.target, err)
	}
	var head []byte
	err = c.query(ctx, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", nil, func(at row) error { return at.Scan(&done.Entries, &head) })
	if err != nil {
		return faultOf(r.target, err)
	}
	done.Head = hex.EncodeToString(head)
	if force || done.Entries == 0 {
		return nil
	}
	same, err := r.holds(ctx, source, done.Entries, done.Head)
	switch {
	case err != nil:
		return err
	case done.Entries > r.base.Entries:
		return &Newer{r.target, fmt.Sprintf("its audit has %d entries, the backup %d", done.Entries, r.base.Entries)}
	case !same:
		return &Newer{r.target, fmt.Sprintf("its entry %d is not the one in the backup: it went on otherwise", done.Entries)}
	}
	return nil
}

// holds reports whether the copy has an entry of the audit with a hash, which it had
// when it was made.
func (r *Restoring) holds(ctx context.Context, source session, seq int64, hash string) (bool, error) {
	is := ""
	err := source.query(ctx, "SELECT lower(hex(hash)) FROM audit WHERE seq = $1", []any{seq}, func(at row) error { return at.Scan(&is) })
	return is == hash && seq <= r.base.Entries, faultOf(source.path, err)
}

// keepAside copies the queue as it is, with a record, so that it can be restored like
// any backup.
func (r *Restoring) keepAside(ctx context.Context, target session) error {
	if err := r.aside.make(); err != nil {
		return err
	}
	path := filepath.Join(r.aside.dir, queueName)
	if err := vacuumInto(ctx, target, path); err != nil {
		return fmt.Errorf("keep what is replaced: %w", err)
	}
	kept, err := readBackup(ctx, path)
	var bad *BadBackup
	if errors.As(err, &bad) {
		return nil // it is kept as it is
	}
	if err != nil {
		return err
	}
	kept.Made = r.opt.Now().UTC().Truncate(time.Microsecond)
	switch key, err := readAuditKey(filepath.Join(r.opt.Dir, auditKeyName)); {
	case err == nil:
		kept.sign(key)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return writeRecord(path, kept)
}
