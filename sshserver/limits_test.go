package sshserver

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

func TestSessionsAreLimited(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *Options) { o.Limits = Limits{Sessions: 3, PerPerson: 2} })
	alice := h.enter("", h.person("alice"))
	h.sit(alice)
	second := h.sit(alice)
	_, err := alice.NewSession()
	var open *ssh.OpenChannelError
	if !errors.As(err, &open) || open.Reason != ssh.ResourceShortage || !strings.Contains(open.Message, "you have 2 sessions open") {
		t.Errorf("a third session of one person: %v", err)
	}
	h.sit(h.enter("", h.person("bob")))
	if _, err := h.enter("", h.person("carol")).NewSession(); err == nil || !strings.Contains(err.Error(), "3 sessions are open") {
		t.Errorf("a fourth session in all: %v", err)
	}
	second.press("q")
	second.code()
	// The place is free before the client hears of the end, or soon after.
	deadline := time.Now().Add(patience)
	for {
		s, err := alice.NewSession()
		if err == nil {
			s.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestAConsoleEndsWithoutKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *Options) { o.Limits.Idle = 300 * time.Millisecond })
	s := h.sit(h.enter("", h.person("alice")))
	if code := s.code(); code != 130 || !strings.Contains(s.err.String(), "no key was pressed") {
		t.Errorf("exit code %d, told %q", code, s.err)
	}
}

func TestNoSessionLastsForEver(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *Options) { o.Limits.Longest = 300 * time.Millisecond })
	c := h.enter("", h.person("alice"))
	if _, errs, code := h.run(c, "", "wait"); code != 130 || !strings.Contains(errs, "none lasts longer") {
		t.Errorf("exit code %d, told %q", code, errs)
	}
	if err := c.Wait(); err == nil {
		t.Error("the connection ended in no way")
	}
}

func TestAStoppedServerTellsItsSessions(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *Options) { o.Limits.Stop = 500 * time.Millisecond })
	one, c := h.sit(h.enter("", h.person("alice"))), h.enter("", h.person("bob"))
	two := h.sit(c)
	idle := h.enter("", h.person("carol"))
	waiting, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	said := &notes{more: make(chan struct{}, 1)}
	waiting.Stdout = said
	if err := waiting.Start("wait"); err != nil {
		t.Fatal(err)
	}
	said.wait(t, "waiting")
	h.stop()
	for _, s := range []*seat{one, two} {
		if code := s.code(); code != 130 || !strings.Contains(s.err.String(), "the server is being stopped") {
			t.Errorf("exit code %d, told %q", code, s.err)
		}
	}
	if code := codeOf(t, waiting.Wait()); code != 130 {
		t.Errorf("the command ends with %d", code)
	}
	_ = idle.Wait()
	h.close()
	if conn, err := net.Dial("tcp", h.addr); err == nil {
		conn.Close()
		t.Error("the server listens still")
	}
}

func TestASessionThatCannotBeRecordedDoesNotBegin(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.deaf = errors.New("the disk is full")
	c := h.enter("", h.person("alice"))
	if out, errs, code := h.run(c, "", "list"); code != codeFailure || out != "" || !strings.Contains(errs, "the disk is full") {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
}

func TestAClientThatSaysNothingIsGivenUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *Options) { o.Limits.Handshake = 200 * time.Millisecond })
	for _, first := range []string{"", "SSH-2.0-slow\r\n", "GET / HTTP/1.1\r\n\r\n"} {
		conn, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, first); err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		var timeout net.Error
		if _, err := io.Copy(io.Discard, conn); errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("%q: the server waits for ever", first)
		}
		conn.Close()
	}
}

// TestAClientThatDoesNotReadIsCutOff fills the window of a client that reads
// nothing, and ends its session, or the server.
func TestAClientThatDoesNotReadIsCutOff(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"signal", "stop"} {
		flooded := make(chan struct{}, 1)
		h := newHouse(t, func(o *Options) {
			o.Limits.Stop = 100 * time.Millisecond
			o.Command = func(_ context.Context, _ Guest, c Call) int {
				for n := 0; ; n++ {
					if n == 10 {
						flooded <- struct{}{}
					}
					if _, err := c.Out.Write(make([]byte, 32<<10)); err != nil {
						return 1
					}
				}
			}
		})
		c := h.enter("", h.person("alice"))
		ch, reqs, err := c.OpenChannel("session", nil)
		if err != nil {
			t.Fatal(err)
		}
		go ssh.DiscardRequests(reqs)
		if ok, err := ch.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{"flood"})); !ok || err != nil {
			t.Fatal(ok, err)
		}
		<-flooded
		if how == "signal" {
			if _, err := ch.SendRequest("signal", false, ssh.Marshal(struct{ Name string }{"INT"})); err != nil {
				t.Fatal(err)
			}
			h.log.wait(t, "session ended")
		}
		h.close()
	}
}

// deafConn is a connection whose end can stop to read, as one does that lost its
// network.
type deafConn struct {
	net.Conn
	deaf atomic.Bool
	gone chan struct{}
}

func (c *deafConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.deaf.Load() {
		<-c.gone
	}
	return n, err
}

func TestAClientThatDoesNotAnswerIsGivenUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *Options) { o.Limits.KeepAlive = 100 * time.Millisecond })
	tcp, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	conn := &deafConn{Conn: tcp, gone: make(chan struct{})}
	defer tcp.Close()
	defer close(conn.gone)
	sc, chans, reqs, err := ssh.NewClientConn(conn, h.addr, &ssh.ClientConfig{Auth: []ssh.AuthMethod{ssh.PublicKeys(h.person("alice"))},
		HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err != nil {
		t.Fatal(err)
	}
	h.sit(ssh.NewClient(sc, chans, reqs))
	conn.deaf.Store(true)
	h.log.wait(t, "the client does not answer")
	h.log.wait(t, "connection ended")
}

// TestWaitingAddressesDisturbNobody turns connections away by the hundred while
// somebody works.
func TestWaitingAddressesDisturbNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	alice := h.sit(h.enter("", h.person("alice")))
	for range 200 {
		if c, err := h.dial("mallory", newKey(t)); err == nil {
			c.Close()
			t.Fatal("a stranger came in")
		}
	}
	alice.press("x")
	alice.out.wait(t, "key x")
	h.log.wait(t, "logins from there failed")
	if n := strings.Count(h.log.String(), "refused"); n > 2*quietLines {
		t.Errorf("%d lines in the log", n)
	}
}

// A file of keys, or of revoked ones, changes without a word to the server.
func TestARevokedKeyIsSentAwayFromAnOpenSession(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	taken := ""
	h := newHouse(t, func(o *Options) {
		o.Limits.KeepAlive = 50 * time.Millisecond
		o.Revoked = func(fingerprint string) bool {
			mu.Lock()
			defer mu.Unlock()
			return fingerprint == taken
		}
	})
	bare := h.person("alice")
	a, b := h.sit(h.enter("alice", bare)), h.sit(h.enter("bob", h.certify(newKey(t), h.ca, func(c *ssh.Certificate) { c.ValidPrincipals = []string{"bob"} })))
	for at, key := range map[*seat]ssh.PublicKey{a: bare.PublicKey(), b: h.ca.PublicKey()} {
		mu.Lock()
		taken = ssh.FingerprintSHA256(key)
		mu.Unlock()
		at.err.wait(t, "your key was removed")
		if code := at.code(); code != 130 {
			t.Errorf("code %d", code)
		}
	}
}
