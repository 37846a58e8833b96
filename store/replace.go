package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mattn/go-sqlite3"
)

// Newer says that a queue has what a backup lacks, or that nobody can tell.
type Newer struct{ Path, Why string }

// Error says what would be lost.
func (e *Newer) Error() string { return e.Path + " is not older than the backup: " + e.Why }

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
}

// Restoring is a copy of a backup that is being made ready, in a folder of its own
// in that of the queue which it will replace.
type Restoring struct {
	*DB
	opt    Options
	base   BackupRecord // what the backup is
	target string       // queue.db that is replaced
	path   string       // queue.db of the copy
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
	r := &Restoring{opt: opt, base: base, target: filepath.Join(opt.Dir, queueName), path: filepath.Join(dir, queueName)}
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

// Replace puts what was made ready into the place of the queue, in one transaction:
// whoever looks, also after a crash, finds the old queue or the new one. Nobody may
// have the queue open, which is a *Fault of kind FaultLocked. A queue that has what
// the backup lacks is a *Newer unless force is set, a damaged one too. What is
// replaced is kept in a folder beside, and so are the checkpoints that do not fit
// any more; live.db is begun anew.
func (r *Restoring) Replace(ctx context.Context, force bool) (Replaced, error) {
	done, err := r.replace(ctx, force)
	return done, wrap(err, "restore %s", r.target)
}

func (r *Restoring) replace(ctx context.Context, force bool) (Replaced, error) {
	var done Replaced
	heads, _, err := (&DB{opt: r.opt}).AuditHeads()
	if err != nil {
		return done, err
	}
	if len(heads) > 0 {
		done.Newest = slices.MaxFunc(heads, func(a, b AuditHead) int { return int(a.Seq - b.Seq) })
	}
	switch ok, err := r.Checkpoint(ctx); {
	case err != nil:
		return done, err
	case !ok:
		return done, errors.New("the copy that was made ready is in use")
	}
	if err := r.Close(); err != nil {
		return done, err
	}
	target, err := r.takeTarget(ctx, &done, force)
	if err != nil {
		return done, err
	}
	err = r.keepHeads(ctx, &done, heads)
	if err == nil {
		err = r.fill(ctx, target)
	}
	if err := errors.Join(err, target.close()); err != nil {
		return done, err
	}
	return done, faultOf(r.target, syncFile(r.target))
}

// takeTarget opens the queue so that nobody else can, keeps what is in it aside, and
// makes a new file where there is none that can be read.
func (r *Restoring) takeTarget(ctx context.Context, done *Replaced, force bool) (session, error) {
	if holder := fileHolder(r.target); holder != "" {
		return session{}, &Fault{Kind: FaultLocked, Path: r.target, Holder: holder, Err: errors.New("it is in use")}
	}
	switch _, err := os.Stat(r.target); {
	case err == nil:
		target, err := r.takeSound(ctx, done, force)
		var f *Fault
		if !errors.As(err, &f) || f.Kind != FaultDamaged && f.Kind != FaultWrongFile {
			return target, err
		}
		if !force {
			return session{}, &Newer{r.target, fmt.Sprintf("what is in it cannot be read: %v", f)}
		}
	case !errors.Is(err, fs.ErrNotExist):
		return session{}, faultOf(r.target, err)
	}
	if err := r.moveAside(done); err != nil {
		return session{}, err
	}
	if err := prepareFile(r.target, modesFor(r.opt.Shared).file); err != nil {
		return session{}, err
	}
	return openAlone(ctx, r.target)
}

// takeSound takes a queue that can be read.
func (r *Restoring) takeSound(ctx context.Context, done *Replaced, force bool) (session, error) {
	target, err := openAlone(ctx, r.target)
	if err != nil {
		return target, err
	}
	if err = r.compare(ctx, target, done, force); err == nil && done.Entries > 0 {
		err = r.keepAside(ctx, target, done)
	}
	if err != nil {
		return session{}, errors.Join(err, target.close())
	}
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
func (r *Restoring) compare(ctx context.Context, c session, done *Replaced, force bool) error {
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
	same, err := r.holds(ctx, done.Entries, done.Head)
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

// holds reports whether the copy has an entry of the audit with a hash.
func (r *Restoring) holds(ctx context.Context, seq int64, hash string) (bool, error) {
	pool := pool(r.path, queueSpec(), still, 1)
	defer pool.Close()
	is := ""
	err := withSession(ctx, pool, r.path, func(c session) error {
		return c.query(ctx, "SELECT lower(hex(hash)) FROM audit WHERE seq = $1", []any{seq}, func(at row) error { return at.Scan(&is) })
	})
	return is == hash && seq <= r.base.Entries, err
}

// keepAside copies the queue as it is, with a record, so that it can be restored like
// any backup.
func (r *Restoring) keepAside(ctx context.Context, target session, done *Replaced) error {
	if err := r.makeAside(done); err != nil {
		return err
	}
	path := filepath.Join(done.Aside, queueName)
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

// moveAside moves what is left of a queue that cannot be read.
func (r *Restoring) moveAside(done *Replaced) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		from := r.target + suffix
		if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := r.makeAside(done); err != nil {
			return err
		}
		if err := os.Rename(from, filepath.Join(done.Aside, queueName+suffix)); err != nil {
			return faultOf(from, err)
		}
	}
	return nil
}

// makeAside makes the folder for what is replaced, once.
func (r *Restoring) makeAside(done *Replaced) error {
	if done.Aside != "" {
		return nil
	}
	dir, err := os.MkdirTemp(r.opt.Dir, "replaced-"+r.opt.Now().UTC().Format("20060102T150405Z")+"-") // mode 0700
	if err != nil {
		return faultOf(r.opt.Dir, err)
	}
	done.Aside = dir
	return nil
}

// fill writes the copy into the queue.
func (r *Restoring) fill(ctx context.Context, target session) error {
	source, err := openSession(ctx, r.path, queueSpec(), still)
	if err != nil {
		return err
	}
	if err := errors.Join(copyPages(target, source), source.close()); err != nil {
		return faultOf(r.target, err)
	}
	if err := soundPages(ctx, target); err != nil {
		return faultOf(r.target, err)
	}
	live := filepath.Join(r.opt.Dir, liveName)
	if err := removeDatabase(live); err != nil {
		return faultOf(live, err)
	}
	return r.tidy()
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
	// A lock that somebody holds ends a step without an error; that Finish tells of it is
	// not promised.
	done, err := b.Step(-1)
	if err == nil && !done {
		err = &Fault{Kind: FaultLocked, Path: from.path, Err: errors.New("not every page could be copied")}
	}
	return errors.Join(err, b.Finish())
}

// keepHeads leaves those checkpoints beside the queue that are of the chain in the
// copy and signed by the key that is there; all of them are kept aside. It comes before
// the queue is replaced, so that a crash leaves fewer of them and never wrong ones.
func (r *Restoring) keepHeads(ctx context.Context, done *Replaced, heads []AuditHead) error {
	if len(heads) == 0 {
		return nil
	}
	own := ""
	switch key, err := readAuditKey(filepath.Join(r.opt.Dir, auditKeyName)); {
	case err == nil:
		own = publicKey(key)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	var kept []byte
	for _, h := range heads {
		fits, err := r.holds(ctx, h.Seq, h.Hash)
		if err != nil {
			return err
		}
		if !fits || h.Key != own {
			continue
		}
		line, err := json.Marshal(h)
		if err != nil {
			return fmt.Errorf("encode a checkpoint: %w", err)
		}
		kept = append(append(kept, line...), '\n')
	}
	if err := r.makeAside(done); err != nil {
		return err
	}
	path := filepath.Join(r.opt.Dir, auditHeadsName)
	if err := os.Link(path, filepath.Join(done.Aside, auditHeadsName)); err != nil {
		return faultOf(path, err)
	}
	return faultOf(path, replaceFile(path, kept, modesFor(r.opt.Shared).file))
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
