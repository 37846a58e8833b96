package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
)

// Replaced is what Replace did.
type Replaced struct {
	// Aside is the folder with what was replaced, "" where there was nothing.
	Aside string
	// Entries and Head are the end of the audit chain that was replaced, where it could
	// be read.
	Entries int64
	Head    string
	// Newest is the newest checkpoint beside the queue: what was signed there at least.
	Newest AuditHead
	// Untidy is what could not be done after the queue was replaced. It is replaced all
	// the same.
	Untidy []error
}

// note adds what could not be done afterwards.
func (d *Replaced) note(err error) {
	if err != nil {
		d.Untidy = append(d.Untidy, err)
	}
}

// Restoring is a copy of a backup that is being made ready, in a folder of its own
// in that of the queue which it will replace.
type Restoring struct {
	*DB
	opt    Options
	base   BackupRecord // what the backup is
	target string       // queue.db that is replaced
	path   string       // queue.db of the copy
	aside  aside
	// reached, if set, is told of each step that Replace has done: tests end there.
	reached func(step string)
}

// restoringName is how the folders of such copies begin.
const restoringName = ".restoring-"

// StartRestore copies a backup that InspectBackup has found good to where it can be
// made ready, and brings it to this version's schema. Nothing of the queue is touched
// before Replace. The caller calls Discard at last.
func StartRestore(ctx context.Context, opt Options, backup string, base BackupRecord) (*Restoring, error) {
	opt = opt.withDefaults()
	var err error
	if opt.Dir, err = filepath.Abs(opt.Dir); err != nil {
		return nil, fmt.Errorf("restore to %s: %w", opt.Dir, err)
	}
	if err := prepareDir(opt.Dir, opt.Shared); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	dir, err := os.MkdirTemp(opt.Dir, restoringName) // mode 0700
	if err != nil {
		return nil, fmt.Errorf("restore: %w", faultOf(opt.Dir, err))
	}
	r := &Restoring{opt: opt, base: base, target: filepath.Join(opt.Dir, queueName), path: filepath.Join(dir, queueName), aside: aside{opt: opt}}
	if err := copyFile(backup, r.path); err != nil {
		return nil, errors.Join(fmt.Errorf("restore: %w", faultOf(r.path, err)), os.RemoveAll(dir))
	}
	if _, sum, err := sumOf(r.path); err != nil || sum != base.SHA256 {
		if err == nil {
			err = &BadBackup{backup, "it was changed after it was looked at"}
		}
		return nil, errors.Join(fmt.Errorf("restore: %w", faultOf(r.path, err)), os.RemoveAll(dir))
	}
	r.DB, err = Open(ctx, Options{Dir: dir, Now: opt.Now})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("restore: %w", err), os.RemoveAll(dir))
	}
	return r, nil
}

// Discard removes the copy.
func (r *Restoring) Discard() error {
	return errors.Join(r.Close(), os.RemoveAll(filepath.Dir(r.path)))
}

// Replace puts what was made ready into the place of the queue at once: whoever looks,
// also after a crash, finds the old queue or the new one. Nobody may have the queue
// open, which is a *Fault of kind FaultLocked. A queue that has what the backup lacks
// is a *Newer unless force is set, a damaged one too. What is replaced is kept in a
// folder beside, and so are the checkpoints that do not fit any more; live.db is begun
// anew. After an error all is as it was, unless that is a *Fault that is Unsure.
func (r *Restoring) Replace(ctx context.Context, force bool) (Replaced, error) {
	done, err := r.replace(ctx, force)
	return done, wrap(err, "restore %s", r.target)
}

func (r *Restoring) replace(ctx context.Context, force bool) (done Replaced, err error) {
	switch ok, err := r.Checkpoint(ctx); {
	case err != nil:
		return done, err
	case !ok:
		return done, errors.New("the copy that was made ready is in use")
	}
	if err := r.Close(); err != nil {
		return done, err
	}
	source, err := openSession(ctx, r.path, queueSpec(), still)
	if err != nil {
		return done, err
	}
	old, err := r.exchange(ctx, source, &done, force)
	done.Aside = r.aside.dir
	var f *Fault
	switch {
	case err == nil:
		r.reach("replaced")
		done.note(source.close())
		err = r.finish(ctx, old, &done)
		return done, err
	case errors.As(err, &f) && f.Unsure:
		// It may be either queue, and the checkpoints that are left are true of both.
		err = fmt.Errorf("what was there is in %s: %w", done.Aside, err)
		return done, errors.Join(err, old.close(), source.close())
	}
	return Replaced{}, errors.Join(err, old.close(), source.close(), r.aside.putBack())
}

// exchange takes what is there, and puts the copy into its place.
func (r *Restoring) exchange(ctx context.Context, source session, done *Replaced, force bool) (replaceable, error) {
	if err := soundPages(ctx, source); err != nil {
		return replaceable{}, faultOf(r.path, err)
	}
	old, err := r.take(ctx, source, done, force)
	if err != nil {
		return old, err
	}
	heads, err := r.heads()
	if err != nil {
		return old, err
	}
	if len(heads) > 0 {
		done.Newest = heads[len(heads)-1]
	}
	if err := r.keepHeads(ctx, source, heads); err != nil {
		return old, err
	}
	return old, r.put(old, source)
}

// reach tells of a step.
func (r *Restoring) reach(step string) {
	if r.reached != nil {
		r.reached(step)
	}
}

// put puts the copy into the place of the queue: page by page in one transaction where
// that can be read, since nobody else can have it open meanwhile; otherwise as a file.
func (r *Restoring) put(old replaceable, source session) error {
	if old.sound {
		return commitFault(r.target, copyPages(old.session, source))
	}
	if err := os.Chmod(r.path, modesFor(r.opt.Shared).file); err != nil {
		return faultOf(r.path, err)
	}
	if err := syncFile(r.path); err != nil {
		return faultOf(r.path, err)
	}
	// What SQLite left beside the old file would spoil the new one.
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := r.aside.take(r.target + suffix); err != nil {
			return err
		}
	}
	r.reach("taken away")
	// A file that somebody makes meanwhile is not replaced.
	place := os.Link
	if old.there {
		place = os.Rename
	}
	if err := place(r.path, r.target); err != nil {
		return faultOf(r.target, err)
	}
	if err := syncName(r.opt.Dir); err != nil {
		return &Fault{Kind: FaultDisk, Path: r.target, Unsure: true, Err: err}
	}
	return nil
}

// finish does what comes after the queue was replaced, and cannot change that. The error
// says that what is there now is damaged.
func (r *Restoring) finish(ctx context.Context, old replaceable, done *Replaced) error {
	var bad error
	if old.sound {
		bad = faultOf(r.target, soundPages(ctx, old.session))
	}
	done.note(old.close())
	done.note(faultOf(r.target, syncFile(r.target)))
	live := filepath.Join(r.opt.Dir, liveName)
	done.note(faultOf(live, removeDatabase(live)))
	done.note(r.tidy())
	done.note(r.aside.finish())
	done.Aside = r.aside.dir
	return wrap(bad, "it was replaced, and cannot be read again; what was there is in %s", done.Aside)
}

// tidy removes the copies that restores left which were killed.
func (r *Restoring) tidy() error {
	left, err := filepath.Glob(filepath.Join(r.opt.Dir, restoringName+"*"))
	for _, dir := range left {
		if dir != filepath.Dir(r.path) {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}
	return err
}

// copyPages copies every page of a database over another one, in one transaction.
func copyPages(to, from session) error {
	dest, ok1 := to.conn.(*sqlite3.SQLiteConn)
	src, ok2 := from.conn.(*sqlite3.SQLiteConn)
	if !ok1 || !ok2 {
		return errNoSession
	}
	b, err := dest.Backup("main", src, "main")
	if err != nil {
		return err
	}
	done, err := b.Step(-1)
	if finishErr := b.Finish(); err == nil {
		err = finishErr
	}
	if err == nil && !done { // somebody holds a lock: that ends a step without an error
		err = &Fault{Kind: FaultLocked, Path: from.path, Err: errors.New("not every page could be copied")}
	}
	return backupError(err)
}

// backupError gives an error of the backup interface the two codes that those of other
// calls have: the driver puts the extended one into the place of both.
func backupError(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	return sqlite3.Error{Code: e.Code & 0xff, ExtendedCode: sqlite3.ErrNoExtended(e.Code)}
}

func copyFile(from, to string) error {
	content, err := os.Open(from)
	if err != nil {
		return err
	}
	defer content.Close()
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.ReadFrom(content)
	return errors.Join(err, f.Close())
}
