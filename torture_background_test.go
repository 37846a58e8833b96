package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shell starts the console as a job, says each time when it is back itself, and how
// often it was, and lets the job go on at a key.
const shell = `set -m
(exec -a countersign "$0" --config "$1")
while [ -n "$(jobs -p)" ]; do n=$((n+1)); echo "THE SHELL $n."; read x; fg >/dev/null; done
echo OVER`

// inBash is a command that runs a script of bash.
func inBash(t *testing.T, script string, args ...string) *exec.Cmd {
	cmd := exec.Command("bash", append([]string{"--norc", "--noprofile", "-c", script}, args...)...)
	home := t.TempDir()
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", detector()}
	return cmd
}

// behindAShell starts the console as a job of a shell.
func (c *company) behindAShell(conf string) *manners {
	c.t.Helper()
	self, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	m := &manners{terminal: openTerminal(c.t, 120, 36, inBash(c.t, shell, self, conf))}
	m.wait("Approvals")
	m.settle(100 * time.Millisecond)
	return m
}

// job is the console's process.
func (m *manners) job() int {
	m.t.Helper()
	pids := m.children(m.cmd.Process.Pid)
	if len(pids) != 1 {
		m.t.Fatalf("the shell has the jobs %v", pids)
	}
	return pids[0]
}

// TestTortureMannersInTheBackground stops a console by its key and from elsewhere, and
// lets it go on, or end at once: meanwhile and afterwards the terminal is the shell's, as
// it was. A console that is stopped by a signal which nobody can take is noticed.
func TestTortureMannersInTheBackground(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skipf("NOT CHECKED in the background: %v", err)
	}
	c := newCompany(t)
	conf := c.mine()
	byItsKey := func(m *manners) { m.press("\x1a") }
	for name, way := range map[string]struct {
		stop func(m *manners)
		told syscall.Signal // while it stands still
	}{
		"by its key":                 {stop: byItsKey},
		"from elsewhere":             {stop: func(m *manners) { _ = syscall.Kill(m.job(), syscall.SIGTSTP) }},
		"by force":                   {stop: func(m *manners) { _ = syscall.Kill(m.job(), syscall.SIGSTOP) }},
		"by its key, TERM meanwhile": {byItsKey, syscall.SIGTERM},
		"by its key, HUP meanwhile":  {byItsKey, syscall.SIGHUP},
	} {
		t.Run(name, func(t *testing.T) {
			c := c.of(t)
			m, ended := c.behindAShell(conf), c.ends(conf)
			job := m.job()
			way.stop(m)
			m.wait("THE SHELL")
			left := m.leftAt(36)
			if name == "by force" {
				if len(left) == 0 {
					t.Error("it was stopped on its screen, and nobody noticed")
				}
				_ = syscall.Kill(job, syscall.SIGKILL)
				return
			}
			if len(left) > 0 {
				t.Errorf("the shell has a terminal with %q", left)
			}
			if way.told != 0 { // it hears of it when it goes on
				_ = syscall.Kill(job, way.told)
			}
			if _, err := m.tty.WriteString("\n"); err != nil {
				t.Fatal(err)
			}
			why := toldBy("terminated")
			if way.told == syscall.SIGHUP {
				why = toldBy("hangup")
			}
			if way.told == 0 {
				m.gone("THE SHELL")
				m.wait("Approvals")
				m.press("?")
				m.wait("Everywhere")
				_ = syscall.Kill(job, syscall.SIGTERM)
			}
			m.wait("OVER")
			if left := m.leftAt(36); len(left) > 0 {
				t.Errorf("afterwards the terminal is left with %q", left)
			}
			if wrong := (parting{why: why}).misTold(ended, c.ends(conf)); wrong != "" {
				t.Error(wrong)
			}
		})
	}
}

// stopTimes is how often one console is stopped.
func stopTimes() int {
	if n, err := strconv.Atoi(os.Getenv("COUNTERSIGN_LONG")); err == nil && n > 1 {
		return n
	}
	switch {
	case os.Getenv("COUNTERSIGN_LONG") != "":
		return 1000
	case os.Getenv("COUNTERSIGN_HEAVY") != "":
		return 40
	}
	return 12
}

// TestTortureMannersOfManyStops stops one console at random moments, by its key or from
// elsewhere, and continues it at others: from elsewhere, before it stands still and
// while it does, and by its shell. Each time the shell has the terminal as it was.
func TestTortureMannersOfManyStops(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skipf("NOT CHECKED in the background: %v", err)
	}
	c := newCompany(t)
	conf := c.mine()
	m := c.behindAShell(conf)
	job, w := m.job(), newWitness()
	w.rows = 36
	seen, again := 0, 0
	for n := range stopTimes() {
		time.Sleep(rand.N(120 * time.Millisecond))
		stop := func() { _ = syscall.Kill(job, syscall.SIGTSTP) }
		if rand.N(3) == 0 {
			stop = func() { m.press("\x1a") }
		}
		stop()
		if rand.N(2) == 0 {
			time.Sleep(rand.N(10 * time.Millisecond))
			_ = syscall.Kill(job, syscall.SIGCONT)
		}
		for deadline := time.Now().Add(patience); !m.shellIsBack(seen); {
			if time.Now().After(deadline) {
				t.Fatalf("stop %d: the shell is not back:\n%s", n, m.text())
			}
			// It may have gone on before the shell noticed, and a key may have been the
			// shell's still.
			if m.settle(300 * time.Millisecond); !m.shellIsBack(seen) {
				again++
				stop()
			}
		}
		if rand.N(3) == 0 { // it cannot go on where the terminal is not its own
			_ = syscall.Kill(job, syscall.SIGCONT)
			time.Sleep(rand.N(20 * time.Millisecond))
		}
		m.mu.Lock()
		_, _ = w.Write(m.drawn[seen:])
		seen = len(m.drawn)
		m.mu.Unlock()
		if left := append(w.left(), m.discipline()...); len(left) > 0 {
			t.Fatalf("stop %d: the shell has a terminal with %q", n, left)
		}
		if _, err := m.tty.WriteString("\n"); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(patience); !strings.Contains(m.text(), "OVER"); { // one stop may still be on its way
		if time.Now().After(deadline) {
			t.Fatalf("the console does not end:\n%s", m.text())
		}
		_ = syscall.Kill(job, syscall.SIGTERM)
		if m.settle(300 * time.Millisecond); m.shellIsBack(seen) {
			_, _ = m.tty.WriteString("\n")
		}
	}
	if left := m.leftAt(36); len(left) > 0 {
		t.Errorf("afterwards the terminal is left with %q", left)
	}
	if wrong := (parting{why: toldBy("terminated")}).misTold(nil, c.ends(conf)); wrong != "" {
		t.Error(wrong)
	}
	t.Logf("%d stops, %d told again", stopTimes(), again)
}

// shellIsBack reports whether the shell has said that it is, behind what was drawn
// first.
func (m *manners) shellIsBack(behind int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Contains(m.drawn[behind:], []byte("THE SHELL "))
}

// TestTortureMannersOfALostConnection ends the client of somebody who decides over SSH
// about the key that confirms, as a line that is cut does: the decision is made as a
// whole or not at all, and made where the screen has said so; the server ends the
// session, and its log says whose it was and why.
func TestTortureMannersOfALostConnection(t *testing.T) {
	t.Parallel()
	times := 2
	if n, err := strconv.Atoi(os.Getenv("COUNTERSIGN_LONG")); err == nil && n > 1 {
		times = n
	} else if os.Getenv("COUNTERSIGN_LONG") != "" {
		times = 200
	} else if os.Getenv("COUNTERSIGN_HEAVY") != "" {
		times = 8
	}
	var o *office
	c, made, told := &company{t: t}, 0, 0
	for n := range times {
		if n%8 == 0 { // before nothing is left to decide
			o = startOffice(t, "", func(o *office) { o.addKey("dana", "dana") })
		}
		p := parting{name: "lost connection", code: killed, do: func(m *manners) { _ = m.cmd.Process.Kill() }}
		after := rand.N(120*time.Millisecond) - 40*time.Millisecond
		if n == 0 { // this one is made for certain, whatever becomes of the others
			p.do = func(m *manners) {
				m.wait(" denied")
				_ = m.cmd.Process.Kill()
			}
			after = 0
		}
		m := &manners{terminal: o.sit("dana", "dana@127.0.0.1"), parting: p}
		d := m.deny(fmt.Sprintf("too broad, said %d", n), after)
		o.sessionEnds("dana", n%8+1)
		for _, wrong := range c.otherwise(o.conf, d) {
			t.Errorf("%s, after connection %d was lost %s after the key", wrong, n, after)
		}
		if c.count(o.conf, "queue", "SELECT count(*) FROM vote WHERE comment = '"+d.reason+"'") > 0 {
			made++
			c.control(o.conf, d)
		}
		if d.told {
			told++
		}
	}
	t.Logf("%d connections were lost about the key that confirms: %d decisions were made, %d of them told", times, made, told)
	if made == 0 {
		t.Error("no decision was made: the connections were lost too early to tell anything")
	}
}

// sessionEnds waits until the log tells of so many ends of sessions, and looks at what
// it says of the last one.
func (o *office) sessionEnds(login string, times int) {
	o.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		ends := (&company{t: o.t}).logged(o.conf, "session ended")
		if len(ends) == times {
			if e := ends[times-1]; e.Person != login || e.Why != "the connection is gone" {
				o.t.Errorf("the log tells of %+v", e)
			}
			return
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("the log tells of %d ends of sessions, want %d", len(ends), times)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
