package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"countersign/cli"
)

// windowOfAShell is a window in which bash starts the console.
const windowOfAShell = "window of a shell"

// parting is a way in which a console comes to its end.
type parting struct {
	name   string
	code   int    // exit code
	why    string // what the log says of it, as a pattern
	do     func(m *manners)
	window string // in which the console runs, if it is one of the program's own: see runWindow
}

// killed is the exit code of what a signal has ended that it does not take.
const killed = -1

func signalled(sig syscall.Signal) func(*manners) {
	return func(m *manners) { _ = m.cmd.Process.Signal(sig) }
}

// toldBy is what the log says of an end by a signal.
func toldBy(signal string) string {
	return "^the program was told to end: " + signal + " signal received$"
}

// partings are the ways in which nothing may be left behind. A panic comes by itself,
// see runPanicking.
func partings() []parting {
	return []parting{
		{name: "TERM", code: int(cli.CodeInterrupted), why: toldBy("terminated"), do: signalled(syscall.SIGTERM)},
		{name: "HUP", code: int(cli.CodeInterrupted), why: toldBy("hangup"), do: signalled(syscall.SIGHUP)},
		{name: "INT", code: int(cli.CodeInterrupted), why: toldBy("interrupt"), do: signalled(syscall.SIGINT)},
		{name: "several signals", code: int(cli.CodeInterrupted), why: toldBy("(terminated|hangup|interrupt)"), do: func(m *manners) { // as systemd does it, or somebody impatient
			for range 2 + rand.N(3) {
				_ = m.cmd.Process.Signal([]syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT}[rand.N(3)])
				time.Sleep(rand.N(3 * time.Millisecond))
			}
		}},
		{name: "panic in an update", code: int(cli.CodeFailure), why: "^the console stopped because of a mistake of its own;.*panic$"},
		{name: "panic in a command", code: int(cli.CodeFailure), why: "^the console stopped because of a mistake of its own;.*panic$"},
		{name: "closed terminal", code: killed, why: toldBy("hangup"), do: closeWindow, window: "window"},
		{name: "closed terminal of a shell", code: killed, why: toldBy("hangup"), do: closeWindow, window: windowOfAShell},
		{name: "sizes", code: int(cli.CodeInterrupted), why: toldBy("terminated"), do: func(m *manners) {
			m.mu.Lock()
			m.sized = true
			m.mu.Unlock()
			for range 12 {
				size := []pty.Winsize{{Rows: 1, Cols: 1}, {Rows: 200, Cols: 500}, {Rows: 24, Cols: 80}, {Rows: 1, Cols: 500}, {Rows: 200, Cols: 1}}[rand.N(5)]
				_ = pty.Setsize(m.tty, &size) // it may have been closed
				time.Sleep(rand.N(30 * time.Millisecond))
			}
			_ = m.cmd.Process.Signal(syscall.SIGTERM)
		}},
		{name: "into the background and TERM", code: int(cli.CodeInterrupted), why: toldBy("terminated"), do: func(m *manners) {
			_, _ = m.tty.WriteString("\x1a")
			_ = m.cmd.Process.Signal(syscall.SIGTSTP)
			time.Sleep(rand.N(50 * time.Millisecond))
			_ = m.cmd.Process.Signal(syscall.SIGCONT)
			_ = m.cmd.Process.Signal(syscall.SIGTERM)
		}},
	}
}

// manners is one console that comes to its end at a random moment.
type manners struct {
	*terminal
	parting parting
	drew    bool  // it had taken the screen
	inside  []int // what ran in a window that was closed
}

// keysOfReading are what somebody does who looks around and decides what the cursor is
// on; 0 is the pause before a dialog takes a key.
const keysOfReading = "2 enter pgdown pgdown pgdown a tab tab tab tab 0 enter esc 0 enter pgdown pgdown pgdown a tab tab tab tab 0 enter esc 0 j d 0 tab enter esc 1 ] 4 j enter esc 2 / a esc"

// works has somebody look around, or deny one request after the other, until the
// console ends.
func (m *manners) works(over <-chan struct{}) {
	h := &hand{m.terminal}
	for rand.N(2) == 0 {
		number := h.toDeny("not needed")
		if number == "" || !h.press("enter") || !h.see(number+" denied") {
			return
		}
	}
	for k := range strings.FieldsSeq(keysOfReading) {
		b, special := keyBytes[k]
		if !special {
			b = k
		}
		pause := 30 * time.Millisecond
		if k == "0" {
			b, pause = "", 500*time.Millisecond
		}
		if _, err := m.tty.WriteString(b); err != nil {
			return
		}
		select {
		case <-over:
			return
		case <-time.After(pause):
		}
	}
}

// program starts the console in the window that a parting is about.
func (p parting) program(t *testing.T) string {
	t.Helper()
	switch p.window {
	case "":
		return "countersign"
	case windowOfAShell:
		if _, err := exec.LookPath("bash"); err != nil {
			t.Skipf("NOT CHECKED in a window of a shell: %v", err)
		}
	}
	return p.window
}

// leave starts a console, works in it, and ends it after a while.
func (c *company) leave(conf string, p parting, after time.Duration) *manners {
	c.t.Helper()
	name, args := p.program(c.t), []string{"--config", conf}
	if kind, is := strings.CutPrefix(p.name, "panic in "); is {
		name, args = "panicking", append([]string{strings.Fields(kind)[1], fmt.Sprint(1 + int(after/(100*time.Millisecond)))}, args...)
	}
	m := &manners{terminal: startNamed(c.t, 120, 36, name, args...), parting: p}
	over := make(chan struct{})
	typed := make(chan struct{})
	go func() {
		defer close(typed)
		if after > 0 { // else there is no time to work, and the console is watched by p.do
			m.works(over)
		}
	}()
	if p.do != nil {
		time.Sleep(after)
		m.drew = m.took()
		p.do(m)
	}
	err := m.quit()
	close(over)
	<-typed
	if p.do == nil {
		m.drew = m.took()
	}
	m.ended(m.inside)
	var exit *exec.ExitError
	if code := m.cmd.ProcessState.ExitCode(); m.drew && code != p.code || err != nil && !errors.As(err, &exit) {
		c.t.Errorf("%s after %s: the program ended with %v, want code %d:\n%s", p.name, after, err, p.code, m.text())
	}
	return m
}

// took reports whether the console has taken the screen.
func (m *manners) took() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Contains(m.drawn, []byte("\x1b[?1049h"))
}

// mine is a copy of a company in which nothing was written, and dana is who runs the
// test.
func (c *company) mine() string {
	c.t.Helper()
	me, err := user.Current()
	if err != nil {
		c.t.Fatal(err)
	}
	part := *c
	part.columns = nil
	conf := part.written(nil)
	c.conf(conf, "UPDATE person SET login = '"+me.Username+"' WHERE login = 'dana'")
	return conf
}

// partTimes is how often consoles part.
func partTimes() int {
	if n, err := strconv.Atoi(os.Getenv("COUNTERSIGN_LONG")); err == nil && n > 1 {
		return n
	}
	switch {
	case os.Getenv("COUNTERSIGN_LONG") != "":
		return 1000
	case os.Getenv("COUNTERSIGN_HEAVY") != "":
		return 24
	}
	return len(partings())
}

// TestTortureMannersOfATerminal ends consoles in every way at random moments while
// somebody works in them. Each leaves the terminal as it was, nothing half done in
// the queue, and a line in the log.
func TestTortureMannersOfATerminal(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	conf := c.mine()
	var ended []end
	drew, decided := 0, c.count(conf, "queue", "SELECT count(*) FROM vote")
	longest := 700 * time.Millisecond
	switch {
	case os.Getenv("COUNTERSIGN_LONG") != "":
		longest = 4 * time.Second
	case os.Getenv("COUNTERSIGN_HEAVY") != "":
		longest = 2 * time.Second
	}
	for n := range partTimes() {
		p := partings()[n%len(partings())]
		t.Run(fmt.Sprintf("%d %s", n, p.name), func(t *testing.T) {
			c := c.of(t)
			after := 40*time.Millisecond + rand.N(longest)
			m := c.leave(conf, p, after)
			if left := m.left(); len(left) > 0 && p.window == "" {
				t.Errorf("after %s the terminal is left with %q:\n%q", after, left, m.drawn[max(0, len(m.drawn)-300):])
			}
			if m.drew {
				drew++
			}
			now := c.ends(conf)
			if wrong := p.misTold(ended, now); m.drew && wrong != "" {
				t.Errorf("after %s %s", after, wrong)
			}
			ended = now
			if wrong := c.halfDone(conf); len(wrong) > 0 {
				t.Errorf("after %s the queue has %q", after, wrong)
			}
		})
	}
	decided = c.count(conf, "queue", "SELECT count(*) FROM vote") - decided
	t.Logf("%d ends, %d of them of a console that had drawn; %d votes meanwhile", partTimes(), drew, decided)
	if drew < partTimes()/3 || partTimes() >= 100 && decided == 0 {
		t.Error("the ends came too early to tell anything")
	}
}

// TestTortureMannersControl kills a console, which nobody can tidy up after, and takes
// out of a good end one sequence after the other: each has to be noticed.
func TestTortureMannersControl(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	conf := c.mine()
	m := c.leave(conf, parting{name: "KILL", code: killed, do: func(m *manners) {
		m.wait("Approvals")
		m.settle(100 * time.Millisecond)
		_ = m.cmd.Process.Kill()
	}}, 0)
	left := m.left()
	for _, want := range []string{"mode ?1049 is true", "mode ?25 is false", "mode ?2004 is true", "keys are still pushed", "the terminal is raw"} {
		if !slices.Contains(left, want) {
			t.Errorf("a console was killed, and nobody noticed that %s: %q", want, left)
		}
	}
	if ends := c.ends(conf); len(ends) > 0 {
		t.Errorf("the log tells of %v of a console that was killed", ends)
	}
	good := c.leave(conf, parting{name: "TERM", code: int(cli.CodeInterrupted), do: func(m *manners) {
		m.wait("Approvals")
		m.settle(100 * time.Millisecond)
		_ = m.cmd.Process.Signal(syscall.SIGTERM)
	}}, 0)
	if left := good.left(); len(left) > 0 {
		t.Fatalf("a good end leaves %q", left)
	}
	for _, p := range partings() {
		if told := p.misTold(nil, c.ends(conf)); (told == "") != regexp.MustCompile(p.why).MatchString("the program was told to end: terminated signal received") {
			t.Errorf("an end by TERM as one by %s: %q", p.name, told)
		}
	}
	for _, restores := range []string{"\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l", "\x1b[<1u", "\x1b[?1002l", "\x1b[?1006l", "\x1b]2;\a"} {
		at := bytes.LastIndex(good.drawn, []byte(restores))
		if at < 0 {
			t.Errorf("%q is not sent at all", restores)
			continue
		}
		w := newWitness()
		_, _ = w.Write(slices.Concat(good.drawn[:at], good.drawn[at+len(restores):]))
		if len(w.left()) == 0 {
			t.Errorf("%q was taken out, and nobody noticed", restores)
		}
	}
	good.controlDiscipline()
	c.conf(conf, "DELETE FROM vote WHERE id = (SELECT max(id) FROM vote)")
	if len(c.halfDone(conf)) == 0 {
		t.Error("a vote was taken out, and nobody noticed")
	}
}

// conf changes the queue of a configuration behind the program's back.
func (c *company) conf(conf, statement string) {
	part := *c
	part.dir = filepath.Join(filepath.Dir(conf), "queue")
	part.exec("queue", statement)
}
