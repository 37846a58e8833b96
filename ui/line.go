package ui

import (
	"io"
	"sync"
	"time"

	"countersign/ui/widget"

	"github.com/charmbracelet/x/term"
)

// slow is how long it takes to write to a line that stalls: what is drawn waits then
// for a terminal or a network that takes nothing.
const slow = 50 * time.Millisecond

// line is where a console is drawn. It knows when that took long: until then,
// nobody saw what the console believes to be on the screen.
type line struct {
	to  io.Writer
	now func() time.Time

	mu    sync.Mutex
	began time.Time // of the write that has not ended, zero for none
	ended time.Time // of the last write that was slow
}

// Write implements io.Writer.
func (l *line) Write(b []byte) (int, error) {
	l.set(func() { l.began = l.now() })
	n, err := l.to.Write(b)
	l.set(func() {
		if now := l.now(); now.Sub(l.began) >= slow {
			l.ended = now
		}
		l.began = time.Time{}
	})
	return n, err
}

func (l *line) set(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
}

// stalls reports whether a write waits, or has waited until so short a time ago that
// nobody can have read what it drew.
func (l *line) stalls() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	return !l.began.IsZero() && now.Sub(l.began) >= slow || !l.ended.IsZero() && now.Sub(l.ended) < widget.Quiet
}

// onTerminal is a line to a terminal of this machine, which Bubble Tea asks for its
// size.
type onTerminal struct {
	term.File
	line *line
}

// Write implements io.Writer.
func (t onTerminal) Write(b []byte) (int, error) { return t.line.Write(b) }

// output is the line as Bubble Tea is to see it.
func (l *line) output() io.Writer {
	if f, is := l.to.(term.File); is {
		return onTerminal{f, l}
	}
	return l
}
