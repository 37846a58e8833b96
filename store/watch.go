package store

import (
	"context"
	"sync"
	"time"
)

// pollEvery is how often another process's commits are looked for: half the
// delay that a person notices, at 0.5 % of a core (STORAGE 2, noticing changes).
const pollEvery = 50 * time.Millisecond

// topic is a file whose changes are watched.
type topic int

const (
	topicQueue topic = iota
	topicLog
	topicLive
	topicCount
)

// watcher tells subscribers that a file has changed. One goroutine for the whole
// process polls PRAGMA data_version, on connections of its own because a
// connection does not see its own commits there; file system events come before
// the commit is visible and miss one in ten (STORAGE 6.12). Commits of this
// process are told at once.
type watcher struct {
	db *DB

	mu      sync.Mutex
	subs    [topicCount]map[chan struct{}]func() bool
	running bool
	closed  bool
	ready   chan struct{} // closed when the goroutine knows the first versions
	stop    chan struct{}
	ended   chan struct{}
}

func newWatcher(db *DB) *watcher {
	w := &watcher{db: db, ready: make(chan struct{}), stop: make(chan struct{}), ended: make(chan struct{})}
	for t := range w.subs {
		w.subs[t] = map[chan struct{}]func() bool{}
	}
	return w
}

// Watch returns a channel that receives after every change of queue.db, by this
// or any other process, at the latest 50 ms after its commit. Changes are
// coalesced: a slow receiver finds one value for all it missed. The channel is
// closed when ctx ends or the store is closed.
func (db *DB) Watch(ctx context.Context) <-chan struct{} { return db.watch.subscribe(ctx, topicQueue) }

// WatchLog is Watch for log.db: for those who follow the log.
func (db *DB) WatchLog(ctx context.Context) <-chan struct{} { return db.watch.subscribe(ctx, topicLog) }

// WatchLive is Watch for live.db: heartbeats, health, look-ups. It wakes often,
// so only those who wait for a look-up or show health should use it.
func (db *DB) WatchLive(ctx context.Context) <-chan struct{} {
	return db.watch.subscribe(ctx, topicLive)
}

func (w *watcher) subscribe(ctx context.Context, t topic) <-chan struct{} {
	ch := make(chan struct{}, 1)
	if !w.add(ctx, t, ch) {
		close(ch)
		return ch
	}
	// The first versions are read before Watch returns, so that nothing
	// committed from now on is missed.
	<-w.ready
	return ch
}

// add registers a channel and starts the goroutine with the first one. It
// reports false after close.
func (w *watcher) add(ctx context.Context, t topic, ch chan struct{}) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.subs[t][ch] = context.AfterFunc(ctx, func() { w.unsubscribe(t, ch) })
	if !w.running {
		w.running = true
		go w.loop()
	}
	return true
}

func (w *watcher) unsubscribe(t topic, ch chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.subs[t][ch]; ok {
		delete(w.subs[t], ch)
		close(ch)
	}
}

// queueCommitted, logCommitted and liveCommitted are called by this process's own writers.
func (w *watcher) queueCommitted() { w.notify(topicQueue) }
func (w *watcher) logCommitted()   { w.notify(topicLog) }
func (w *watcher) liveCommitted()  { w.notify(topicLive) }

func (w *watcher) notify(t topic) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.subs[t] {
		select {
		case ch <- struct{}{}:
		default: // it has one to read already
		}
	}
}

func (w *watcher) watched(t topic) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.subs[t]) > 0
}

func (w *watcher) loop() {
	defer close(w.ended)
	p := &poller{db: w.db}
	defer p.close()
	for t := range topicCount {
		p.changed(t)
	}
	close(w.ready)
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-ticker.C:
		}
		for t := range topicCount {
			if w.watched(t) && p.changed(t) {
				w.notify(t)
			}
		}
	}
}

// close ends the goroutine, waits for it and closes all channels.
func (w *watcher) close() {
	w.mu.Lock()
	running := w.running && !w.closed
	w.closed = true
	w.mu.Unlock()
	if running {
		close(w.stop)
		<-w.ended
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for t := range w.subs {
		for ch, stopWaiting := range w.subs[t] {
			stopWaiting()
			delete(w.subs[t], ch)
			close(ch)
		}
	}
}

// poller keeps one connection and the last version for each topic.
type poller struct {
	db   *DB
	seen [topicCount]seen
}

type seen struct {
	file    *file
	own     session
	version int64
	failing bool
}

// changed reports whether a file has changed since the last call. The first of
// several errors counts as a change, so that those who read meet it themselves.
func (p *poller) changed(t topic) bool {
	s := &p.seen[t]
	version, err := p.version(s, t)
	if err != nil {
		s.forget()
		first := !s.failing
		s.failing = true
		return first
	}
	changed := s.failing || version != s.version
	s.failing, s.version = false, version
	return changed
}

// version reads the data version of the file that is there now.
func (p *poller) version(s *seen, t topic) (int64, error) {
	f, err := p.file(t)
	if err != nil {
		return 0, err
	}
	if s.file != f || s.own.conn == nil {
		s.forget()
		if s.own, err = openSession(context.Background(), f.path, f.spec, reading); err != nil {
			return 0, err
		}
		s.file = f
	}
	var version int64
	err = s.own.one(context.Background(), "PRAGMA data_version", nil, []any{&version})
	return version, err
}

func (p *poller) file(t topic) (*file, error) {
	switch t {
	case topicLog:
		return p.db.log, nil
	case topicLive:
		return p.db.live.get(context.Background())
	}
	return p.db.queue, nil
}

// forget closes the connection; the next look opens a new one. A connection that
// only ever read has nothing to lose by an error here.
func (s *seen) forget() {
	if s.own.conn != nil {
		_ = s.own.close()
	}
	s.file, s.own, s.version = nil, session{}, -1
}

func (p *poller) close() {
	for t := range topicCount {
		p.seen[t].forget()
	}
}
