package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// behindAShell starts the console as a job of a shell, which says when it is back.
func (c *company) behindAShell(conf string) *manners {
	c.t.Helper()
	self, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.Command("bash", "--norc", "--noprofile", "-c", `set -m; (exec -a countersign "$0" --config "$1"); echo THE SHELL; read x; fg >/dev/null; echo OVER`, self, conf)
	home := c.t.TempDir()
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8"}
	m := &manners{terminal: openTerminal(c.t, 120, 36, cmd)}
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

// TestTortureMannersOfALostConnection ends the clients of people who work over SSH at
// random moments, as a line that is cut does: the server ends each session, says so in
// the log, and leaves nothing half done.
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
	o := startOffice(t, "", func(o *office) { o.addKey("dana", "dana") })
	c := &company{t: t}
	for n := range times {
		dana := o.sit("dana", "dana@127.0.0.1")
		dana.wait("dana")
		over := make(chan struct{})
		go func() {
			defer close(over)
			for k := range strings.FieldsSeq(keysOfWork) {
				b, special := keyBytes[k]
				if !special {
					b = k
				}
				if _, err := dana.tty.WriteString(b); err != nil {
					return
				}
				time.Sleep(30 * time.Millisecond)
			}
		}()
		time.Sleep(rand.N(2 * time.Second))
		_ = dana.cmd.Process.Kill()
		_ = dana.quit()
		<-over
		deadline := time.Now().Add(patience)
		for c.count(o.conf, "log", "SELECT count(*) FROM line WHERE message = 'session ended'") <= n {
			if time.Now().After(deadline) {
				t.Fatalf("the log does not tell of the end of session %d", n+1)
			}
			time.Sleep(20 * time.Millisecond)
		}
		if wrong := c.halfDone(o.conf); len(wrong) > 0 {
			t.Errorf("after connection %d the queue has %q", n+1, wrong)
		}
	}
	t.Logf("%d connections were lost", times)
}
