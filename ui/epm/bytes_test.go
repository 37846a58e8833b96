package epm

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// What moving the cursor may cost, usually and now and then (TERMINAL, Bars): a second
// that passes costs no more, however many count down.
const (
	tickBytes     = 700
	mostTickBytes = 1200
)

// seat is the tab alone in a program, with a clock that the test moves.
type seat struct {
	tab *Tab
	at  *clock
}

// secondsLater is a tick of the frame's clock.
type secondsLater time.Time

func (s seat) Init() tea.Cmd { return nil }

func (s seat) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if now, ok := msg.(secondsLater); ok {
		s.at.now = time.Time(now)
		return s, s.tab.Update(tab.Minute(now))
	}
	return s, nil
}

func (s seat) View() tea.View {
	v := tea.NewView(s.tab.View())
	v.AltScreen = true
	return v
}

// wire is the far end of a pseudo-terminal: the screen, and how many bytes made it.
type wire struct {
	mu     sync.Mutex
	screen *vt.Emulator
	bytes  int
	drew   chan struct{}
}

// read feeds the screen until the terminal is closed.
func (w *wire) read(from io.Reader) {
	defer close(w.drew)
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		w.mu.Lock()
		_, _ = w.screen.Write(buf[:n])
		w.bytes += n
		w.mu.Unlock()
		if err != nil {
			return
		}
		w.drew <- struct{}{}
	}
}

// shows waits for a screen and returns how many bytes there were so far.
func (w *wire) shows(t *testing.T, want string) int {
	t.Helper()
	// No measure of speed: the machine may be busy.
	deadline := time.After(30 * time.Second)
	for {
		w.mu.Lock()
		got, n := trimmed(w.screen.String()), w.bytes
		w.mu.Unlock()
		if got == want {
			return n
		}
		select {
		case <-w.drew:
		case <-deadline:
			t.Fatalf("the terminal shows\n%s\nwant\n%s", got, want)
		}
	}
}

func trimmed(screen string) string {
	lines := strings.Split(strings.TrimRight(screen, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// countingDown are requests in their last two minutes, each with an end of its own.
func countingDown(n int) *fake {
	f := someRequests()
	f.waiting = nil
	for i := range n {
		r := carol()
		r.ID, r.UID = int64(i+1), model.UID(fmt.Sprintf("AAAAAAAAAAAAAAAAAAAA%02d", i))
		r.Expires = noon.Add(40*time.Second + time.Duration(i)*1500*time.Millisecond)
		f.waiting = append(f.waiting, r)
	}
	return f
}

// TestASecondOfFiftyCountdownsCostsFewBytes lets fifty requests count down on a real
// terminal, through the renderer.
func TestASecondOfFiftyCountdownsCostsFewBytes(t *testing.T) {
	t.Parallel()
	const width, height = 120, 36 // of a screen of 40 lines
	tb, at := newTabAt(t, countingDown(50), width, height)
	far, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(tty, &pty.Winsize{Rows: height, Cols: width}); err != nil {
		t.Fatal(err)
	}
	w := &wire{screen: vt.NewEmulator(width, height), drew: make(chan struct{}, 1)}
	go w.read(far)
	answered := make(chan struct{})
	go func() { // what the emulator answers, nobody asks for
		defer close(answered)
		_, _ = io.Copy(io.Discard, w.screen)
	}()
	program := tea.NewProgram(seat{tb, at}, tea.WithInput(tty), tea.WithOutput(tty), tea.WithoutSignals(),
		tea.WithWindowSize(width, height), tea.WithColorProfile(colorprofile.TrueColor))
	ended := make(chan error, 1)
	go func() {
		_, err := program.Run()
		ended <- err
	}()
	defer func() {
		program.Quit()
		for {
			select {
			case err := <-ended:
				if err != nil {
					t.Error(err)
				}
				_ = tty.Close()
				_ = far.Close()
				for range w.drew {
				}
				if pipe, ok := w.screen.InputPipe().(io.Closer); ok {
					_ = pipe.Close()
				}
				<-answered
				return
			case <-w.drew:
			}
		}
	}()

	// The same screens without a terminal tell when one is complete.
	twin, twinAt := newTabAt(t, countingDown(50), width, height)
	screen := func() string { return trimmed(ansi.Strip(twin.View())) }
	before := w.shows(t, screen())
	var costs []int
	// A loaded machine may draw the first screen twice, the second time after it was
	// seen: the first seconds are not counted.
	const unsettled = 2
	for second := 1; second <= 30+unsettled; second++ {
		twinAt.now = noon.Add(time.Duration(second) * time.Second)
		twin.Update(tab.Minute(twinAt.now))
		program.Send(secondsLater(twinAt.now))
		now := w.shows(t, screen())
		if second > unsettled {
			costs = append(costs, now-before)
		}
		before = now
	}
	slices.Sort(costs)
	if median, most := costs[len(costs)/2], costs[len(costs)-1]; median > tickBytes || most > mostTickBytes {
		t.Errorf("a second costs %d bytes, and up to %d; want at most %d and %d", median, most, tickBytes, mostTickBytes)
	}
	if costs[0] < height {
		t.Errorf("%d bytes are too few for countdowns", costs[0])
	}
}
