package workflow

import (
	"context"
	"slices"
	"sync"
	"time"

	"countersign/model"
)

// news tells the consoles of this process that something may have changed: one
// goroutine for all of them, which runs while anybody listens.
type news struct {
	mu        sync.Mutex
	listeners map[chan struct{}]bool
	stop      context.CancelFunc
	ended     chan struct{}
}

// Changes returns a channel that receives whenever the queue or the health may
// have changed, and a function that ends it. Bursts are merged. The health counts
// as changed when its words do, not with every measurement.
func (s *Service) Changes() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	n := &s.news
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.listeners) == 0 {
		ctx, stop := context.WithCancel(context.Background())
		n.listeners, n.stop, n.ended = map[chan struct{}]bool{}, stop, make(chan struct{})
		// Watching begins before the first listener is told its channel, so that
		// what changes from then on is not missed.
		go s.listen(ctx, s.db.Watch(ctx), s.db.WatchLive(ctx), n.ended)
	}
	n.listeners[ch] = true
	return ch, sync.OnceFunc(func() { n.remove(ch) })
}

// remove ends one subscription; with the last one the goroutine ends, and is
// waited for.
func (n *news) remove(ch chan struct{}) {
	n.mu.Lock()
	delete(n.listeners, ch)
	close(ch)
	var ended chan struct{}
	if len(n.listeners) == 0 {
		n.stop()
		ended = n.ended
	}
	n.mu.Unlock()
	if ended != nil {
		<-ended
	}
}

func (n *news) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ch := range n.listeners {
		nudge(ch)
	}
}

// healthWords is what of the health is worth a redraw.
type healthWords struct {
	state  model.HealthState
	cause  string
	advice string
}

// listen waits for changes until ctx ends.
func (s *Service) listen(ctx context.Context, queue, live <-chan struct{}, ended chan<- struct{}) {
	defer close(ended)
	// A worker that dies says nothing: its silence has to be looked for.
	silence := time.NewTicker(beatAge / 2)
	defer silence.Stop()
	last := s.Health(ctx)
	for {
		open, health := true, true
		select {
		case <-ctx.Done():
			return
		case _, open = <-queue:
			health = false
		case _, open = <-live:
		case <-silence.C:
		}
		if !open {
			return // the store is closed
		}
		if health {
			now := s.Health(ctx)
			same := wordsOf(now) == wordsOf(last) && slices.Equal(now.Missing, last.Missing)
			last = now
			if same {
				continue
			}
		}
		s.news.tell()
	}
}

func wordsOf(h model.Health) healthWords { return healthWords{h.State, h.Cause, h.Advice} }
