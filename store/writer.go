package store

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"countersign/model"
)

// maxGroup bounds how many jobs share one commit, and with it how long the gate
// is held.
const maxGroup = 128

// writer is the one goroutine of this process that writes to a file. It takes
// whatever jobs wait, runs each in its own savepoint of one transaction, and
// answers all of them after the commit (STORAGE 5, transaction pattern).
type writer struct {
	path string
	s    session
	now  func() time.Time
	// gate is nil for the files that need no order between processes.
	gate *gate
	// jobs is unbuffered: a caller that goes away before the writer has taken
	// its job leaves nothing behind.
	jobs      chan *job
	stop      chan struct{}
	ended     chan struct{}
	committed func()
	audited   func(model.AuditEvent) // nil where nobody wants to hear of entries
	// damaged holds the fault after which nothing is written any more.
	damaged atomic.Pointer[Fault]
}

// job is one caller's function and where its outcome goes.
type job struct {
	fn    func(*Tx) error
	taken atomic.Bool // by the writer to run it, or by the caller to leave
	err   error
	done  chan struct{}
	// audited are the entries of the audit that fn has added.
	audited []model.AuditEvent
}

func newWriter(s session, now func() time.Time, g *gate, committed func()) *writer {
	w := &writer{
		path: s.path, s: s, now: now, gate: g, committed: committed,
		jobs: make(chan *job), stop: make(chan struct{}), ended: make(chan struct{}),
	}
	go w.loop()
	return w
}

// close ends the goroutine after the group it is busy with, and waits for it.
func (w *writer) close() {
	close(w.stop)
	<-w.ended
}

// write runs fn in a transaction of its own and returns after the commit. If ctx
// ends before fn was started, fn is not run; once started it is finished, so
// that the answer is always the true one.
func (w *writer) write(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{fn: fn, done: make(chan struct{})}
	select {
	case w.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stop:
		return ErrClosed
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		<-j.done
	}
	return j.err
}

func (w *writer) loop() {
	finished := false
	defer func() {
		if !finished {
			// A job called runtime.Goexit (a test's FailNow does): this
			// goroutine is lost, the writer is not.
			go w.loop()
			return
		}
		close(w.ended)
	}()
	for {
		select {
		case j := <-w.jobs:
			w.run(w.collect(j))
		case <-w.stop:
			finished = true
			return
		}
	}
}

// collect adds the jobs that wait right now.
func (w *writer) collect(first *job) []*job {
	group := []*job{first}
	for len(group) < maxGroup {
		select {
		case j := <-w.jobs:
			group = append(group, j)
		default:
			return group
		}
	}
	return group
}

// run carries out a group and answers everybody in it, whatever happens.
func (w *writer) run(group []*job) {
	fault := errors.New("the writer was ended by its job")
	defer func() {
		for _, j := range group {
			if j.err == nil {
				j.err = fault
			}
			close(j.done)
		}
	}()
	if w.gate != nil && w.gate.lock() {
		defer w.gate.unlock()
	}
	fault = w.transact(group)
	if fault == nil {
		w.committed()
		w.tell(group)
	}
}

// tell tells what was added to the audit by the jobs that were committed.
func (w *writer) tell(group []*job) {
	for _, j := range group {
		if w.audited == nil || j.err != nil {
			continue
		}
		for _, e := range j.audited {
			w.audited(e)
		}
	}
}

// transact runs the jobs of a group in one transaction. A job's own error goes
// into the job; the returned one is for all that have none.
func (w *writer) transact(group []*job) (err error) {
	if f := w.damaged.Load(); f != nil {
		return f
	}
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return w.fault(err)
	}
	open := true
	defer func() {
		if open {
			// After a commit that failed, or a job that never came back. The
			// error that led here is the one to tell.
			_ = w.exec("ROLLBACK")
		}
	}()
	now := w.now().UTC().Truncate(time.Microsecond)
	kept := 0
	for _, j := range group {
		if !j.taken.CompareAndSwap(false, true) {
			j.err = context.Canceled // nobody reads it
			continue
		}
		if err := w.runJob(now, j, len(group) > 1); err != nil {
			return w.fault(err)
		}
		if j.err == nil {
			kept++
		}
	}
	if kept == 0 {
		open = false
		return w.fault(w.exec("ROLLBACK"))
	}
	if err := w.exec("COMMIT"); err != nil {
		return w.fault(commitFault(w.path, err))
	}
	open = false
	return nil
}

// runJob runs one job and undoes it if it fails. The returned error means that
// the whole transaction is lost.
func (w *writer) runJob(now time.Time, j *job, grouped bool) error {
	if grouped {
		if err := w.exec("SAVEPOINT job"); err != nil {
			return err
		}
	}
	tx := &Tx{Now: now, s: w.s, write: true}
	j.err = callJob(tx, j.fn)
	j.audited = tx.audited
	if tx.broken != nil {
		// SQLite may have rolled everything back (full disk, I/O error); going
		// on would write outside of any transaction.
		j.err = tx.broken
		if w.s.autocommit() {
			return tx.broken
		}
	}
	if !grouped {
		return nil
	}
	if j.err != nil {
		if err := w.exec("ROLLBACK TO job"); err != nil {
			return err
		}
	}
	return w.exec("RELEASE job")
}

// callJob calls a job's function and turns a panic into an error.
func callJob(tx *Tx, fn func(*Tx) error) (err error) {
	defer tx.end()
	defer func() {
		if v := recover(); v != nil {
			err = newJobPanic(v)
		}
	}()
	return fn(tx)
}

func (w *writer) exec(statement string) error {
	_, err := w.s.exec(context.Background(), statement)
	return err
}

// fault turns an error into a Fault where it is one. After a damaged page the
// file is written no more, though SQLite would let us (STORAGE 6.9).
func (w *writer) fault(err error) error {
	err = faultOf(w.path, err)
	var f *Fault
	if errors.As(err, &f) && (f.Kind == FaultDamaged || f.Kind == FaultWrongFile) {
		w.refuse(f)
	}
	return err
}

// refuse stops all further writing with f as the answer.
func (w *writer) refuse(f *Fault) {
	w.damaged.CompareAndSwap(nil, &Fault{Kind: FaultDamaged, Path: f.Path, Err: f.Err})
}
