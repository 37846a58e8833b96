package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// liveFile is live.db, which may be deleted by anybody at any time: before each
// use the open file is compared with the one in the folder, and a missing or
// damaged one is made anew.
type liveFile struct {
	opt       Options
	committed func()

	mu     sync.Mutex
	cur    *file
	closed bool
}

// openLive opens live.db. The caller holds the gate.
func openLive(ctx context.Context, opt Options, committed func()) (*liveFile, error) {
	l := &liveFile{opt: opt, committed: committed}
	if err := l.open(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// open opens the file that is there or makes a new one, and tries again if that
// is deleted meanwhile.
func (l *liveFile) open(ctx context.Context) error {
	path := filepath.Join(l.opt.Dir, liveName)
	var err error
	for range 3 {
		if err = l.tryOpen(ctx, path); err == nil {
			return nil
		}
		if _, missing := os.Stat(path); missing == nil && !isUnreadable(err) {
			return err
		}
	}
	return err
}

// tryOpen opens the file once. Remains of a deleted one go first: another
// process may still have its wal-index mapped, and a new file must not share it.
// So does one that makes no sense.
func (l *liveFile) tryOpen(ctx context.Context, path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := removeDatabase(path); err != nil {
			return faultOf(path, err)
		}
	}
	f, err := openFile(ctx, l.opt, liveSpec())
	if isUnreadable(err) {
		return errors.Join(err, removeDatabase(path))
	}
	if err != nil {
		return err
	}
	f.start(l.opt, nil, l.committed)
	l.cur = f
	return nil
}

// get returns the file that is in the folder now.
func (l *liveFile) get(ctx context.Context) (*file, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, ErrClosed
	case l.cur != nil && l.cur.writer.damaged.Load() != nil:
		if err := removeDatabase(l.cur.path); err != nil {
			return nil, faultOf(l.cur.path, err)
		}
	case l.cur != nil && sameFile(l.cur.path, l.cur.info):
		return l.cur, nil
	}
	if err := l.reopen(ctx); err != nil {
		return nil, fmt.Errorf("reopen %s: %w", liveName, err)
	}
	return l.cur, nil
}

// reopen replaces the file under the gate. The gate is opened for this alone,
// because the queue's writer owns the other one.
func (l *liveFile) reopen(ctx context.Context) error {
	g, err := openGate(filepath.Join(l.opt.Dir, gateName), modesFor(l.opt.Shared).file, l.opt.GateLimit)
	if err != nil {
		return faultOf(l.opt.Dir, err)
	}
	defer g.close()
	if g.lock() {
		defer g.unlock()
	}
	if l.cur != nil {
		old := l.cur
		l.cur = nil
		if err := old.close(); err != nil {
			return err
		}
	}
	return l.open(ctx)
}

// write and read run fn on the present file, and again if that was replaced
// meanwhile.
func (l *liveFile) write(ctx context.Context, fn func(*Tx) error) error {
	return l.again(ctx, func(f *file) error { return f.write(ctx, fn) })
}

func (l *liveFile) read(ctx context.Context, fn func(*Tx) error) error {
	return l.again(ctx, func(f *file) error { return f.read(ctx, l.opt.Now, fn) })
}

// mostReplaced is how often a file is taken that was replaced while it was used: others
// may find it gone at the same time, and each of them replaces it.
const mostReplaced = 5

func (l *liveFile) again(ctx context.Context, use func(*file) error) error {
	var failed error
	for range mostReplaced {
		f, err := l.get(ctx)
		if err != nil {
			return err
		}
		failed = use(f)
		var fault *Fault
		if !errors.Is(failed, ErrClosed) && (!errors.As(failed, &fault) || sameFile(f.path, f.info)) {
			return failed
		}
	}
	return failed
}

func (l *liveFile) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.cur == nil {
		return nil
	}
	err := l.cur.close()
	l.cur = nil
	return err
}

// removeDatabase deletes a database with its WAL and wal-index.
func removeDatabase(path string) error {
	for _, name := range []string{path + "-wal", path + "-shm", path} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
