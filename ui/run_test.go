package ui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/exp/teatest/v2"
	"github.com/charmbracelet/x/vt"
)

// TestOneSession plays a whole session through a program: start, another tab,
// help, palette, quit.
func TestOneSession(t *testing.T) {
	c := &console{t: t, now: noon, tabs: map[string]map[tab.Name]*fakeTab{}, service: &fakeService{changes: make(chan struct{}, 1)}}
	app := New(c.options(admin()))
	defer app.Close()
	tm := teatest.NewTestModel(t, app, teatest.WithInitialTermSize(120, 36),
		teatest.WithProgramOptions(tea.WithColorProfile(colorprofile.TrueColor)))
	terminal := vt.NewEmulator(120, 36)
	drained := make(chan struct{})
	go func() { // its replies to what the program asks
		defer close(drained)
		_, _ = io.Copy(io.Discard, terminal)
	}()
	defer func() {
		// Closing the emulator itself would race with the reading.
		if pipe, ok := terminal.InputPipe().(io.Closer); ok {
			_ = pipe.Close()
		}
		<-drained
	}()
	see := func(text string) {
		t.Helper()
		fed := 0
		teatest.WaitFor(t, tm.Output(), func(out []byte) bool {
			// Without a terminal for its input the program leaves CR to whoever shows LF.
			if _, err := terminal.Write(bytes.ReplaceAll(out[fed:], []byte("\n"), []byte("\r\n"))); err != nil {
				t.Fatal(err)
			}
			fed = len(out)
			return strings.Contains(terminal.String(), text)
		}, teatest.WithDuration(10*time.Second), teatest.WithCheckInterval(time.Millisecond))
	}
	see("rows of omar Tasks")
	tm.Type("5")
	see("omar Logs")
	tm.Type("?")
	see("Everywhere")
	tm.Send(tea.KeyPressMsg{Code: tea.KeyEscape})
	tm.Type(":")
	see("Commands")
	tm.Type("go to Por")
	tm.Send(tea.KeyPressMsg{Code: tea.KeyEnter})
	see("omar Portal")
	tm.Type("q")
	tm.WaitFinished(t, teatest.WithFinalTimeout(10*time.Second))
}

const (
	entersAltScreen = "\x1b[?1049h"
	leavesAltScreen = "\x1b[?1049l"
)

// screen collects what a program writes and tells when it has drawn.
type screen struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	drawn chan struct{}
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := strings.Contains(s.buf.String(), entersAltScreen)
	n, err := s.buf.Write(p)
	if !before && strings.Contains(s.buf.String(), entersAltScreen) {
		close(s.drawn)
	}
	return n, err
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// runWith runs a console and types once it has drawn.
func runWith(t *testing.T, prepare func(c *console, opts *Options), typed string) (string, error) {
	t.Helper()
	c := &console{t: t, now: noon, tabs: map[string]map[tab.Name]*fakeTab{}, service: &fakeService{changes: make(chan struct{}, 1)}}
	opts := c.options(dana())
	if prepare != nil {
		prepare(c, &opts)
	}
	out := &screen{drawn: make(chan struct{})}
	in, keyboard := io.Pipe()
	var typing sync.WaitGroup
	over := make(chan struct{})
	typing.Go(func() {
		select {
		case <-out.drawn:
			_, _ = io.WriteString(keyboard, typed) // fails when the program is gone
		case <-over:
		}
	})
	opts.In, opts.Out = in, out
	err := Run(opts, tea.WithWindowSize(120, 36), tea.WithoutSignals(),
		tea.WithColorProfile(colorprofile.TrueColor))
	close(over)
	_ = in.Close()
	typing.Wait()
	return out.String(), err
}

func TestRunEndsCleanly(t *testing.T) {
	out, err := runWith(t, nil, "q")
	if err != nil {
		t.Errorf("Run = %v", err)
	}
	if !strings.Contains(out, leavesAltScreen) {
		t.Errorf("the alternate screen was not left: %q", out)
	}
	if title := "\x1b]2;countersign\a"; !strings.Contains(out, title) {
		t.Error("the window has no title")
	}
}

func TestAPanicRestoresTheTerminal(t *testing.T) {
	out, err := runWith(t, func(c *console, opts *Options) {
		make := opts.Tabs
		opts.Tabs = func(env *tab.Env) map[tab.Name]tab.Tab {
			tabs := make(env)
			c.tabs["dana"][tab.Approvals].panics = true
			return tabs
		}
	}, "x")
	if !errors.Is(err, ErrCrashed) {
		t.Errorf("Run = %v, want ErrCrashed", err)
	}
	if !strings.Contains(out, leavesAltScreen) {
		t.Errorf("the alternate screen was not left: %q", out)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, err := runWith(t, func(c *console, opts *Options) {
		opts.Env.Root = ctx
		opts.Service = endsOnHealth{c.service, cancel}
	}, "")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want the context's error", err)
	}
	if strings.Contains(out, entersAltScreen) != strings.Contains(out, leavesAltScreen) {
		t.Errorf("the alternate screen was not left: %q", out)
	}
}

// endsOnHealth ends the console as soon as it works.
type endsOnHealth struct {
	*fakeService
	end context.CancelFunc
}

func (e endsOnHealth) Health(context.Context) model.Health {
	e.end()
	return model.Health{}
}

// goleak looks for what is left (TestMain).
func TestWhatIsTypedBehindTheEndIsNotKept(t *testing.T) {
	if _, err := runWith(t, nil, "qxxxxxxxx"); err != nil {
		t.Errorf("Run = %v", err)
	}
}
