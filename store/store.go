package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"countersign/model"
)

// Options say where the store is and how it behaves. Only Dir is needed.
type Options struct {
	// Dir is the folder of the store; it is made where it is missing.
	Dir string

	// Shared makes the files readable and writable for the folder's group
	// (0660 in a setgid folder). Otherwise they are the owner's alone.
	Shared bool

	// Now is the clock; time.Now where it is nil.
	Now func() time.Time

	// Readers is how many reads of queue.db may run at once; 4 where it is 0.
	Readers int

	// Audited, if set, is told of every entry of the audit that this process has
	// committed, in their order. It must not wait for anything.
	Audited func(e model.AuditEvent)

	// Failed, if set, is told of every fault that a Read or Write meets. It must not
	// wait for anything.
	Failed func(f *Fault)

	// GateLimit is how long a writer waits for its turn behind other processes
	// before it goes on without; 2 s where it is 0.
	GateLimit time.Duration
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Readers == 0 {
		o.Readers = 4
	}
	if o.GateLimit == 0 {
		o.GateLimit = 2 * time.Second
	}
	return o
}

// DB is an open store. It is safe for use by any number of goroutines, and any
// number of processes may have the same folder open.
type DB struct {
	opt   Options
	gate  *gate
	queue *file
	log   *file
	live  *liveFile
	watch *watcher

	closing  sync.Once
	closeErr error
}

// Open opens the store in a folder and makes what is missing. Every problem of
// the surroundings is a *Fault: a full disk, a read-only folder, somebody else's
// file, a damaged or newer one, a network file system.
func Open(ctx context.Context, opt Options) (*DB, error) {
	opt = opt.withDefaults()
	dir, err := filepath.Abs(opt.Dir)
	if err != nil {
		return nil, fmt.Errorf("open store in %s: %w", opt.Dir, err)
	}
	opt.Dir = dir
	if err := prepareDir(dir, opt.Shared); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	gatePath := filepath.Join(dir, gateName)
	g, err := openGate(gatePath, modesFor(opt.Shared).file, opt.GateLimit)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", faultOf(gatePath, err))
	}
	db := &DB{opt: opt, gate: g}
	if err := db.openFiles(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), db.Close())
	}
	return db, nil
}

func (db *DB) openFiles(ctx context.Context) error {
	if db.gate.lock() {
		defer db.gate.unlock()
	}
	db.watch = newWatcher(db)
	var err error
	if db.queue, err = openFile(ctx, db.opt, queueSpec()); err != nil {
		return err
	}
	if db.log, err = openFile(ctx, db.opt, logSpec()); err != nil {
		return err
	}
	if db.live, err = openLive(ctx, db.opt, db.watch.liveCommitted); err != nil {
		return err
	}
	db.queue.start(db.opt, db.gate, db.watch.queueCommitted)
	db.log.start(db.opt, nil, db.watch.logCommitted)
	return nil
}

// Dir returns the store's folder as an absolute path.
func (db *DB) Dir() string { return db.opt.Dir }

// Write runs fn in an immediate transaction on queue.db and returns nil only
// after its commit is on the disk. If fn returns an error, nothing of it stays
// and Write returns that error. Jobs of several callers may share a commit; each
// is still atomic by itself and sees those before it.
//
// fn runs on the store's own goroutine: it must not call Write, wait for
// anybody, or do anything slow. If ctx ends before fn has started, fn is not
// run; later it is finished regardless. A panic in fn comes back as *JobPanic.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	return db.told(db.queue.writer.write(ctx, fn))
}

// Read runs fn in a transaction that sees one unchanging state of queue.db and
// can change nothing. It never waits for a writer. fn should be short: a reader
// left open keeps the WAL growing and wipes from finishing.
func (db *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	return db.told(db.queue.read(ctx, db.opt.Now, fn))
}

// told tells of a fault, and returns the error as it is.
func (db *DB) told(err error) error {
	var f *Fault
	if db.opt.Failed != nil && errors.As(err, &f) {
		db.opt.Failed(f)
	}
	return err
}

// Close ends every goroutine of the store, waits for them and closes the files.
// Writes that have begun are finished first. Closing again does nothing.
func (db *DB) Close() error {
	db.closing.Do(func() { db.closeErr = db.closeAll() })
	return db.closeErr
}

func (db *DB) closeAll() error {
	var errs []error
	if db.watch != nil {
		db.watch.close()
	}
	if db.queue != nil {
		errs = append(errs, db.queue.close())
	}
	if db.log != nil {
		errs = append(errs, db.log.close())
	}
	if db.live != nil {
		errs = append(errs, db.live.close())
	}
	return errors.Join(append(errs, db.gate.close())...)
}

// file is one of the three databases: the one connection for writing, a pool for
// reading, and a spare one for upkeep.
type file struct {
	spec    spec
	path    string
	info    os.FileInfo
	own     session // the writer's
	writer  *writer
	readers *sql.DB
	spare   *sql.DB
	closed  atomic.Bool
}

// openFile prepares a file, connects to it and brings it to the newest version.
// The caller holds the gate, and calls start to let writes in.
func openFile(ctx context.Context, opt Options, s spec) (*file, error) {
	f := &file{spec: s, path: filepath.Join(opt.Dir, s.name)}
	if err := prepareFile(f.path, modesFor(opt.Shared).file); err != nil {
		return nil, err
	}
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, faultOf(f.path, err)
	}
	f.info = info
	f.readers = pool(f.path, s, reading, opt.Readers)
	f.spare = pool(f.path, s, upkeep, 1)
	if err := f.connect(ctx, opt); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// connect looks at the file by a connection that cannot change it, because
// switching to WAL would write into somebody else's database, and then opens the
// one for writing.
func (f *file) connect(ctx context.Context, opt Options) error {
	migrations, err := migrationsOf(migrationFiles, f.spec.name)
	if err != nil {
		return err
	}
	err = withSession(ctx, f.readers, f.path, func(c session) error {
		_, err := checkVersion(ctx, c, f.spec, len(migrations))
		return err
	})
	if err != nil {
		return err
	}
	if f.own, err = openSession(ctx, f.path, f.spec, writing); err != nil {
		return err
	}
	var mode string
	if err := f.own.one(ctx, "PRAGMA journal_mode", nil, []any{&mode}); err != nil {
		return faultOf(f.path, err)
	}
	if mode != "wal" {
		return &Fault{Kind: FaultNetwork, Path: f.path, Err: fmt.Errorf("no shared memory here: journal mode is %q", mode)}
	}
	return migrate(ctx, f.own, f.spec, migrations, opt.Now())
}

// start begins to accept writes.
func (f *file) start(opt Options, g *gate, committed func()) {
	f.writer = newWriter(f.own, opt.Now, g, committed)
	f.writer.audited = opt.Audited // before anybody can have a job for it
}

func (f *file) write(ctx context.Context, fn func(*Tx) error) error {
	return f.writer.write(ctx, fn)
}

// read runs fn in a deferred transaction on a connection of the pool.
func (f *file) read(ctx context.Context, now func() time.Time, fn func(*Tx) error) error {
	var result error
	err := withSession(ctx, f.readers, f.path, func(c session) error {
		if _, err := c.exec(context.Background(), "BEGIN"); err != nil {
			return err
		}
		tx := &Tx{Now: now().UTC().Truncate(time.Microsecond), s: c}
		result = fn(tx)
		tx.end()
		_, err := c.exec(context.Background(), "ROLLBACK")
		return err
	})
	if result != nil {
		return result
	}
	return f.failed(err)
}

// upkeep lends the spare connection to fn.
func (f *file) upkeep(ctx context.Context, fn func(session) error) error {
	return f.failed(withSession(ctx, f.spare, f.path, fn))
}

// failed turns an error of a connection into a Fault or ErrClosed.
func (f *file) failed(err error) error {
	if err == nil {
		return nil
	}
	if f.closed.Load() {
		return ErrClosed
	}
	return faultOf(f.path, err)
}

func (f *file) close() error {
	f.closed.Store(true)
	if f.writer != nil {
		f.writer.close()
	}
	var errs []error
	if f.own.conn != nil {
		errs = append(errs, f.own.close())
	}
	return errors.Join(append(errs, f.readers.Close(), f.spare.Close())...)
}
