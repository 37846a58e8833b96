package tab

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// work counts the commands of a session that are running, so that the session
// can wait for them at its end. The zero value is ready.
type work struct {
	mu      sync.Mutex
	running int
	ended   bool
	idle    chan struct{} // closed when the last one ends after End
}

// begin reports whether a command may still start.
func (w *work) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return false
	}
	w.running++
	return true
}

func (w *work) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running--
	if w.ended && w.running == 0 {
		close(w.idle)
	}
}

// stop lets no command start any more and returns a channel that is closed when
// none runs.
func (w *work) stop() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		w.ended, w.idle = true, make(chan struct{})
		if w.running == 0 {
			close(w.idle)
		}
	}
	return w.idle
}

// Do returns a command that runs fn outside Update with a deadline. fn's message
// goes back to the tab that asked, by its type.
func (e *Env) Do(fn func(ctx context.Context) tea.Msg) tea.Cmd { return e.DoFor(Patience, fn) }

// DoFor is Do with another patience; 0 sets no deadline. fn must end when its
// context does.
func (e *Env) DoFor(patience time.Duration, fn func(ctx context.Context) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		if !e.work.begin() {
			return nil
		}
		defer e.work.end()
		ctx, cancel := e.Root, context.CancelFunc(func() {})
		if patience > 0 {
			ctx, cancel = context.WithTimeout(e.Root, patience)
		}
		defer cancel()
		return fn(ctx)
	}
}

// End lets no further command of Do start and returns a channel that is closed
// when none is running. Root is to be cancelled before, so that they end.
func (e *Env) End() <-chan struct{} { return e.work.stop() }
