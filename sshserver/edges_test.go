package sshserver

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// ends waits until the server has ended a connection.
func ends(t *testing.T, c *ssh.Client) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("the connection does not end")
	}
}

func TestAShortKeyOpensNothing(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	h := newHouse(t, nil)
	_, short := rsaKey(t, 1024)
	h.mu.Lock()
	h.keys[lineOf(short.PublicKey())] = "alice"
	h.mu.Unlock()
	if c, err := h.dial("alice", short); err == nil {
		c.Close()
		t.Error("a key of 1024 bits opens a console")
	}
	h.log.wait(t, "shorter than 2048 bits")
}

func TestOnlySoManyKeysAreTried(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	mine := h.person("alice")
	for _, others := range []int{mostTries - 1, mostTries} {
		var keys []ssh.Signer
		for range others {
			keys = append(keys, newKey(t))
		}
		c, err := h.dial("alice", append(keys, mine)...)
		if in := err == nil; in != (others < mostTries) {
			t.Errorf("after %d other keys: %v", others, err)
		}
		if err == nil {
			c.Close()
		}
	}
}

// Whoever is disabled in the middle of coming in does not get in.
func TestWhoIsDisabledWhileTheyComeInIsSentAway(t *testing.T) {
	t.Parallel()
	const asked = 3 // when the key is offered, when it is proved, when changes are heard of
	for n, why := range map[int]string{1: "login refused", 2: "sent away", asked: "msg=login "} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			var h *house
			var mu sync.Mutex
			calls := 0
			h = newHouse(t, func(o *Options) {
				o.Who = func(ctx context.Context, c Credential) (Owner, error) {
					mu.Lock()
					defer mu.Unlock()
					if calls++; calls > n {
						return Owner{}, fmt.Errorf("for the test: %w", ErrNobody)
					}
					return h.who(ctx, c)
				}
			})
			c, err := h.dial("alice", h.person("alice"))
			if err != nil {
				t.Fatal(err) // the handshake is done before it is looked again
			}
			defer c.Close()
			h.log.wait(t, why)
			if n < asked {
				ends(t, c)
			}
			if n == 1 && strings.Contains(h.log.String(), "msg=login ") {
				t.Errorf("it counts as a login:\n%s", h.log)
			}
		})
	}
}

func TestAKeyThatBecomesSomebodyElsesSendsAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	key := h.person("alice")
	s := h.sit(h.enter("", key))
	h.mu.Lock()
	h.keys[lineOf(key.PublicKey())] = "bob"
	h.mu.Unlock()
	h.changed <- struct{}{}
	if code := s.code(); code != 130 || !strings.Contains(s.err.String(), "your key was removed") {
		t.Errorf("exit code %d, told %q", code, s.err)
	}
}

func TestAConnectionWithoutASessionEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *Options) { o.Limits.Idle = 2 * time.Second })
	never, once := h.enter("", h.person("alice")), h.enter("", h.person("bob"))
	if _, _, code := h.run(once, "", "fail"); code != 7 {
		t.Errorf("exit code %d", code)
	}
	ends(t, never)
	ends(t, once)
}

func TestASessionThatBeginsNothingEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *Options) { o.Limits.Handshake = 3 * time.Second })
	_, reqs, err := h.enter("", h.person("alice")).OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	late := time.After(patience)
	for {
		select {
		case _, open := <-reqs:
			if !open {
				return
			}
		case <-late:
			t.Fatal("the session does not end")
		}
	}
}

// timed is a listener whose connections know their deadline.
type timed struct {
	net.Listener
	taken chan *timedConn
}

type timedConn struct {
	net.Conn
	mu  sync.Mutex
	set []time.Time
}

func (l *timed) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	conn := &timedConn{Conn: c}
	l.taken <- conn
	return conn, nil
}

func (c *timedConn) SetDeadline(at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set = append(c.set, at)
	return c.Conn.SetDeadline(at)
}

func TestOnlyTheHandshakeHasADeadline(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	other := &timed{Listener: l, taken: make(chan *timedConn, 1)}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.server.Serve(ctx, other) }()
	h.addr = l.Addr().String()
	h.run(h.enter("", h.person("alice")), "", "list")
	c := <-other.taken
	c.mu.Lock()
	if len(c.set) != 2 || c.set[0].IsZero() || !c.set[1].IsZero() {
		t.Errorf("deadlines %v", c.set)
	}
	c.mu.Unlock()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestATerminalThatCannotPlaceTextGetsLines(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	for _, term := range []string{"dumb", ""} {
		s, err := h.enter("", h.person("alice")).NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RequestPty(term, 24, 80, ssh.TerminalModes{}); err != nil {
			t.Fatal(err)
		}
		if err := s.Shell(); err != nil {
			t.Fatal(err)
		}
		if code := codeOf(t, s.Wait()); code != 2 { // of the command without words
			t.Errorf("%q: exit code %d", term, code)
		}
	}
}
