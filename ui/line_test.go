package ui

import (
	"os"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"
)

// tap is somewhere to draw that takes what the test lets through, so long.
type tap struct {
	reached chan struct{}
	open    chan time.Duration
	now     *time.Time
}

func (p *tap) Write(b []byte) (int, error) {
	p.reached <- struct{}{}
	*p.now = p.now.Add(<-p.open)
	return len(b), nil
}

func TestALineStalls(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		takes, after  time.Duration
		during, later bool
	}{
		{"a line that takes it at once", 0, 0, false, false},
		{"a line that takes a moment", 20 * time.Millisecond, 0, false, false},
		{"a line that waits", time.Second, 0, true, true},
		{"a line that waited a moment ago", time.Second, 399 * time.Millisecond, true, true},
		{"a line that waited a while ago", time.Second, 400 * time.Millisecond, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			now := noon
			p := &tap{reached: make(chan struct{}), open: make(chan time.Duration), now: &now}
			l := &line{to: p, now: func() time.Time { return now }}
			if l.stalls() {
				t.Error("it stalls before anything is written")
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _ = l.Write([]byte("a frame"))
			}()
			<-p.reached
			now = now.Add(tt.takes)
			if got := l.stalls(); got != tt.during {
				t.Errorf("while it is written: %v, want %v", got, tt.during)
			}
			p.open <- 0
			<-done
			now = now.Add(tt.after)
			if got := l.stalls(); got != tt.later {
				t.Errorf("%s later: %v, want %v", tt.after, got, tt.later)
			}
		})
	}
}

func TestALineToATerminalIsOne(t *testing.T) {
	t.Parallel()
	f, is := (&line{to: os.Stdout, now: time.Now}).output().(term.File)
	if !is || f.Fd() != os.Stdout.Fd() {
		t.Error("Bubble Tea cannot ask it for its size")
	}
}

// What is typed while nothing can be drawn confirms nothing, once it is handled.
func TestWhatIsTypedAtAStalledLineIsAheadOfTheScreen(t *testing.T) {
	t.Parallel()
	const uncovered = "widget.Uncovered"
	c := newConsole(t, dana(), 120, 36)
	c.Update(tea.KeyPressMsg{Code: 'j', Text: "j"})
	if got := c.front().got; slices.Contains(got, uncovered) {
		t.Fatalf("the dialogs were told of a line that does not stall: %q", got)
	}
	c.out.ended = c.now
	c.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	got := c.front().got
	if i := slices.Index(got, uncovered); i < 0 || i > slices.Index(got, "key enter") {
		t.Errorf("the dialogs were told %q", got)
	}
}
