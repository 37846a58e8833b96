package sshserver

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"countersign/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what is to come, however busy the machine.
const patience = 20 * time.Second

// house is a server with people in it, whose consoles and commands are made up.
type house struct {
	t      *testing.T
	addr   string
	server *Server
	stop   context.CancelFunc
	ended  chan error
	log    *notes
	ca     ssh.Signer

	mu      sync.Mutex
	keys    map[string]string // login by key
	away    map[string]bool   // logins that may not be here
	visits  []string
	changed chan struct{}
	deaf    error // of Begin
}

// notes is a log that can be looked into.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case n.more <- struct{}{}:
	default:
	}
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// wait waits until something was noted.
func (n *notes) wait(t *testing.T, part string) {
	t.Helper()
	deadline := time.After(patience)
	for !strings.Contains(n.String(), part) {
		select {
		case <-n.more:
		case <-deadline:
			t.Fatalf("no %q in the log:\n%s", part, n.String())
		}
	}
}

func newKey(t *testing.T) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// newHouse starts a server. change may change its options before.
func newHouse(t *testing.T, change func(*Options)) *house {
	t.Helper()
	h := &house{t: t, log: &notes{more: make(chan struct{}, 1)}, ca: newKey(t), keys: map[string]string{}, away: map[string]bool{},
		changed: make(chan struct{}, 1), ended: make(chan error, 1)}
	opt := Options{
		HostKeys: []ssh.Signer{newKey(t)}, Authorities: []ssh.PublicKey{h.ca.PublicKey()},
		Who: h.who, Console: h.console, Command: h.command, Begin: h.begin, End: h.end,
		Changes: func() (<-chan struct{}, func()) { return h.changed, func() {} },
		Logger:  slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&opt)
	}
	var err error
	if h.server, err = New(opt); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.addr = l.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	go func() { h.ended <- h.server.Serve(ctx, l) }()
	t.Cleanup(h.close)
	return h
}

// close stops the server and waits for its end.
func (h *house) close() {
	h.stop()
	select {
	case err := <-h.ended:
		h.ended <- err
		if err != nil {
			h.t.Errorf("Serve: %v", err)
		}
	case <-time.After(patience):
		h.t.Error("the server does not end")
	}
}

// person lets a new key in.
func (h *house) person(login string) ssh.Signer {
	key := newKey(h.t)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keys[lineOf(key.PublicKey())] = login
	return key
}

// disable lets somebody in no more.
func (h *house) disable(login string) {
	h.mu.Lock()
	h.away[login] = true
	h.mu.Unlock()
	h.changed <- struct{}{}
}

func (h *house) who(_ context.Context, c Credential) (Owner, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	login := c.Name
	if login == "" {
		login = h.keys[c.Key]
	}
	if login == "" || login == "stranger" || h.away[login] {
		return Owner{}, fmt.Errorf("for the test: %w", ErrNobody)
	}
	return Owner{ID: model.PersonID("p-" + login), Login: login}, nil
}

func (h *house) begin(_ context.Context, v Visit) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.visits = append(h.visits, fmt.Sprintf("begin %s %q", v.Guest.Login, v.Command))
	return h.deaf
}

func (h *house) end(_ context.Context, v Visit) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.visits = append(h.visits, fmt.Sprintf("end %s %q %s", v.Guest.Login, v.Command, v.Why))
	return nil
}

// console says who is there, tells every size, and does what is typed.
func (h *house) console(ctx context.Context, g Guest, t Terminal) int {
	fmt.Fprintf(t.Out, "console of %s %dx%d %s\n", g.Login, t.Size.Width, t.Size.Height, strings.Join(t.Environ, " "))
	typed := make(chan byte)
	go func() {
		defer close(typed)
		for b := make([]byte, 1); ; {
			if n, err := t.In.Read(b); n == 0 || err != nil {
				return
			}
			select {
			case typed <- b[0]:
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return 130
		case s := <-t.Sizes:
			fmt.Fprintf(t.Out, "now %dx%d\n", s.Width, s.Height)
		case b, open := <-typed:
			switch {
			case !open || b == 'q':
				fmt.Fprintln(t.Out, "bye")
				return 0
			case b == 'p':
				panic("a mistake")
			}
			fmt.Fprintf(t.Out, "key %c\n", b)
		}
	}
}

func (h *house) command(ctx context.Context, g Guest, c Call) int {
	switch strings.Join(c.Args, " ") {
	case "":
		fmt.Fprintln(c.Err, "no terminal")
		return 2
	case "cat":
		_, _ = io.Copy(c.Out, c.In)
		return 0
	case "wait":
		fmt.Fprintln(c.Out, "waiting")
		<-ctx.Done()
		return 130
	case "panic":
		panic("a mistake")
	case "fail":
		fmt.Fprintln(c.Out, "out")
		fmt.Fprintln(c.Err, "err")
		return 7
	}
	fmt.Fprintf(c.Out, "%s from %s runs %q with %q\n", g.Login, g.From, c.Args, c.Environ)
	return 0
}

// dial connects with keys.
func (h *house) dial(name string, keys ...ssh.Signer) (*ssh.Client, error) {
	return ssh.Dial("tcp", h.addr, &ssh.ClientConfig{User: name, Auth: []ssh.AuthMethod{ssh.PublicKeys(keys...)},
		HostKeyCallback: ssh.FixedHostKey(h.server.opt.HostKeys[0].PublicKey()), Timeout: patience})
}

// enter connects, or fails the test.
func (h *house) enter(name string, keys ...ssh.Signer) *ssh.Client {
	h.t.Helper()
	c, err := h.dial(name, keys...)
	if err != nil {
		h.t.Fatalf("%s: %v", name, err)
	}
	h.t.Cleanup(func() { c.Close() })
	return c
}

// seat is a console that is open.
type seat struct {
	t    *testing.T
	s    *ssh.Session
	keys io.Writer
	out  *notes
	err  *notes
}

// sit opens a console.
func (h *house) sit(c *ssh.Client) *seat {
	h.t.Helper()
	s, err := c.NewSession()
	if err != nil {
		h.t.Fatal(err)
	}
	at := &seat{t: h.t, s: s, out: &notes{more: make(chan struct{}, 1)}, err: &notes{more: make(chan struct{}, 1)}}
	s.Stdout, s.Stderr = at.out, at.err
	if at.keys, err = s.StdinPipe(); err != nil {
		h.t.Fatal(err)
	}
	if err := s.RequestPty("xterm-256color", 24, 80, ssh.TerminalModes{}); err != nil {
		h.t.Fatal(err)
	}
	if err := s.Shell(); err != nil {
		h.t.Fatal(err)
	}
	at.out.wait(h.t, "console of")
	return at
}

func (s *seat) press(keys string) {
	s.t.Helper()
	if _, err := io.WriteString(s.keys, keys); err != nil {
		s.t.Fatal(err)
	}
}

// code is the exit code of a session that ends.
func (s *seat) code() int { return codeOf(s.t, s.s.Wait()) }

func codeOf(t *testing.T, err error) int {
	t.Helper()
	var exit *ssh.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitStatus()
	}
	t.Fatalf("no exit code: %v", err)
	return -1
}

// run runs a command.
func (h *house) run(c *ssh.Client, in, command string) (out, errs string, code int) {
	h.t.Helper()
	s, err := c.NewSession()
	if err != nil {
		h.t.Fatal(err)
	}
	defer s.Close()
	var o, e bytes.Buffer
	s.Stdin, s.Stdout, s.Stderr = strings.NewReader(in), &o, &e
	code = codeOf(h.t, s.Run(command))
	return o.String(), e.String(), code
}
