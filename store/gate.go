package store

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
)

// gate orders the writers of several processes: an advisory lock on a file of
// its own, taken before BEGIN. SQLite's busy handler sleeps and polls, so that a
// loser of the race can be overtaken for a second; a waiter on flock is woken by
// the kernel (STORAGE 2, decisions). Nothing but fairness rests on it: who
// cannot have it within the limit goes on without.
//
// A gate belongs to one goroutine at a time.
type gate struct {
	path  string
	mode  os.FileMode
	limit time.Duration
	file  *os.File
	// left is an attempt that was given up while it waited in the kernel. It
	// cannot be called back; it ends when the other process lets go, and until
	// then the gate is not tried again.
	left *attempt
}

// attempt is one wait for the lock in the kernel.
type attempt struct {
	file *os.File
	got  chan error

	mu   sync.Mutex
	over bool // it ended, or nobody waits for it any more
}

func openGate(path string, mode os.FileMode, limit time.Duration) (*gate, error) {
	f, err := openWithMode(path, mode)
	if err != nil {
		return nil, err
	}
	return &gate{path: path, mode: mode, limit: limit, file: f}, nil
}

// lock takes the gate and reports whether it is held. It returns false after the
// limit, or at once where the file system knows no such locks.
func (g *gate) lock() bool {
	if g.left != nil {
		if !g.left.ended() {
			return false
		}
		g.left = nil
	}
	err := flock(g.file, syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return true
	}
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return false
	}
	a := &attempt{file: g.file, got: make(chan error, 1)}
	go a.wait()
	timer := time.NewTimer(g.limit)
	defer timer.Stop()
	select {
	case err := <-a.got:
		return err == nil
	case <-timer.C:
	}
	if !a.leave() {
		return <-a.got == nil
	}
	// The abandoned attempt owns the old file; the gate goes on with a new one.
	f, err := openWithMode(g.path, g.mode)
	if err != nil {
		f = nil
	}
	g.file, g.left = f, a
	return false
}

// unlock releases the gate.
func (g *gate) unlock() {
	// An error would mean that the file is closed, and then the lock is gone too.
	_ = flock(g.file, syscall.LOCK_UN)
}

// close gives the file back. An attempt that was given up ends by itself when
// the process in the way lets go: a wait in the kernel cannot be cancelled.
func (g *gate) close() error {
	if g.file == nil {
		return nil
	}
	return g.file.Close()
}

// wait blocks in the kernel until the lock is held, and gives it back at once
// if nobody waits for it any more.
func (a *attempt) wait() {
	err := flock(a.file, syscall.LOCK_EX)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		a.file.Close() // closing releases the lock
		close(a.got)
		return
	}
	a.over = true
	a.got <- err
}

// leave gives the attempt up. It reports false if the attempt ended first; its
// result is then in got.
func (a *attempt) leave() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return false
	}
	a.over = true
	return true
}

// ended reports whether an attempt that was given up has ended.
func (a *attempt) ended() bool {
	select {
	case <-a.got:
		return true
	default:
		return false
	}
}

func flock(f *os.File, how int) error {
	if f == nil {
		return os.ErrClosed
	}
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if err != syscall.EINTR {
			return err
		}
	}
}
