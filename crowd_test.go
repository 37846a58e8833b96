package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"countersign/demo"
)

// member is one of many at consoles over SSH. Its screen is not drawn, only read.
type member struct {
	login   string
	client  *ssh.Client
	session *ssh.Session
	keys    io.Writer
	drawn   atomic.Int64
	last    tail
}

// tail keeps the end of what was written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	if n := len(l.text) - 4096; n > 0 {
		l.text = append([]byte(nil), l.text[n:]...)
	}
	return len(p), nil
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

func (m *member) Write(p []byte) (int, error) {
	m.drawn.Add(int64(len(p)))
	return m.last.Write(p)
}

// dial connects as somebody of the office, with the key of that name.
func (o *office) dial(login string) (*ssh.Client, error) {
	text, err := os.ReadFile(o.path(login))
	if err != nil {
		return nil, err
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return nil, err
	}
	return ssh.Dial("tcp", "127.0.0.1:"+o.port, &ssh.ClientConfig{User: login, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if ssh.FingerprintSHA256(key) != o.host {
				return fmt.Errorf("another host key: %s", ssh.FingerprintSHA256(key))
			}
			return nil
		}})
}

// join opens a console as somebody of the office.
func (o *office) join(login string) (*member, error) {
	client, err := o.dial(login)
	if err != nil {
		return nil, err
	}
	m := &member{login: login, client: client}
	if m.session, err = m.client.NewSession(); err != nil {
		return nil, err
	}
	m.session.Stdout, m.session.Stderr = m, m
	if m.keys, err = m.session.StdinPipe(); err != nil {
		return nil, err
	}
	if err := m.session.RequestPty("xterm-256color", 40, 120, ssh.TerminalModes{}); err != nil {
		return nil, err
	}
	return m, m.session.Shell()
}

// somethingTodo are keys that lead everywhere and decide nothing: what decides is
// confirmed in a dialog, which esc leaves.
func somethingTodo() []string {
	return []string{"j", "k", "j", "k", "G", "g", "\x1b[6~", "\x1b[5~", "1", "2", "3", "4", "5", "[", "]", "\r", "\x1b", "\x1b", "/", "prod\r", "/\x15\r",
		"?", ":", "R", " ", "*", "\t", "o", "v", "n", "d", "a", "c", "J", "K", "\x1b[200~pasted\x1b[201~"}
}

// work presses keys at random until the time is over.
func (m *member) work(r *rand.Rand, until time.Time) error {
	for time.Now().Before(until) {
		todo := somethingTodo()
		if _, err := io.WriteString(m.keys, todo[r.IntN(len(todo))]); err != nil {
			return fmt.Errorf("%s: a key: %w", m.login, err)
		}
		if r.IntN(100) == 0 {
			if err := m.session.WindowChange(20+r.IntN(40), 60+r.IntN(100)); err != nil {
				return fmt.Errorf("%s: a size: %w", m.login, err)
			}
		}
		if r.IntN(60) == 0 {
			if err := m.ask(r); err != nil {
				return err
			}
		}
		time.Sleep(time.Duration(100+r.IntN(900)) * time.Millisecond) // as people do
	}
	return nil
}

// ask runs a command beside the console.
func (m *member) ask(r *rand.Rand) error {
	s, err := m.client.NewSession()
	if err != nil {
		return fmt.Errorf("%s: a second session: %w", m.login, err)
	}
	defer s.Close()
	commands := []string{"list mine --json", "list all --json", "version", "search record prod --json",
		"request record-access --described 'the key of the shop' --right view --limit 4h --justification 'INC0012345: restore the payments'"}
	command := commands[r.IntN(len(commands))]
	if out, err := s.CombinedOutput(command); err != nil {
		return fmt.Errorf("%s: %s: %w: %s", m.login, command, err, out)
	}
	return nil
}

// TestACrowdAtTheConsole has many people work at random over SSH. Nobody's session
// ends before the server does, which tells all of them. What it costs is printed.
func TestACrowdAtTheConsole(t *testing.T) {
	t.Parallel()
	many, lasts := 12, 5*time.Second
	switch {
	case os.Getenv("COUNTERSIGN_LONG") != "":
		many, lasts = 100, 2*time.Minute
	case os.Getenv("COUNTERSIGN_HEAVY") != "":
		many, lasts = 30, 15*time.Second
	}
	o := startOffice(t, byAuthority+"sessions = 1000\nsessions_per_person = 1000\n", func(o *office) {
		everybody(o)
		o.addKey("dana", "dana")
	})
	bare := o.memory()
	logins := demo.Personas()
	crowd := make([]*member, many)
	var all sync.WaitGroup
	failed := make(chan error, many)
	for i := range crowd {
		var err error
		if crowd[i], err = o.join(logins[i%len(logins)].Login); err != nil {
			t.Fatalf("session %d: %v", i, err)
		}
		defer crowd[i].client.Close()
	}
	rest := o.rest(lasts / 10)
	t.Logf("%d sessions at rest: %.1f MiB each, over %.1f MiB for none; %.1f %% of a core", many, (o.memory()-bare)/float64(many), bare, rest)
	until, before := time.Now().Add(lasts), o.processor()
	for i, m := range crowd {
		all.Go(func() {
			if err := m.work(rand.New(rand.NewPCG(1, uint64(i))), until); err != nil {
				failed <- err
			}
		})
	}
	all.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	t.Logf("after %s of work: %.1f MiB each; %.0f %% of a core meanwhile", lasts, (o.memory()-bare)/float64(many), 100*(o.processor()-before).Seconds()/lasts.Seconds())
	for _, m := range crowd {
		if m.drawn.Load() == 0 {
			t.Errorf("nothing was drawn for %s", m.login)
		}
	}
	o.stop()
	for _, m := range crowd {
		var exit *ssh.ExitError
		if err := m.session.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != 130 {
			t.Errorf("%s: the session ended with %v", m.login, err)
		}
		if end := m.last.String(); !strings.Contains(end, "the server is being stopped") || !strings.Contains(end, "\x1b[?1049l") {
			t.Errorf("%s was not told: %q", m.login, end[max(0, len(end)-200):])
		}
	}
	if out, code := o.here("", "audit", "verify"); code != 0 {
		t.Errorf("the chain: %s", out)
	}
	if out, _ := o.here("", "logs", "--level", "error", "--limit", "20"); strings.Contains(out, "panic") {
		t.Errorf("the log: %s", out)
	}
}

// memory is what the server holds, in MiB.
func (o *office) memory() float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", o.server.Process.Pid))
	if err != nil {
		o.t.Skip("there is no /proc here")
	}
	for line := range bytes.Lines(text) {
		if kib, is := bytes.CutPrefix(line, []byte("VmRSS:")); is {
			n, err := strconv.Atoi(strings.Fields(string(kib))[0])
			if err != nil {
				o.t.Fatal(err)
			}
			return float64(n) / 1024
		}
	}
	return 0
}

// processor is how long the server has used one.
func (o *office) processor() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", o.server.Process.Pid))
	if err != nil {
		o.t.Fatal(err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+2:]))
	var ticks int
	for _, f := range fields[11:13] { // user and system, in hundredths of a second
		n, err := strconv.Atoi(f)
		if err != nil {
			o.t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// rest is what the server uses of a core while nobody does anything, in percent.
func (o *office) rest(lasts time.Duration) float64 {
	time.Sleep(lasts) // until the screens are drawn
	before := o.processor()
	time.Sleep(lasts)
	return 100 * (o.processor() - before).Seconds() / lasts.Seconds()
}
