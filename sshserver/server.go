package sshserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"countersign/model"
)

// Guest is somebody who has proved by the finished handshake who they are.
type Guest struct {
	Owner
	Credential
	// From is the address that they came from, without its port.
	From string
	// Connection is a random word that ties what the log says of one connection
	// together.
	Connection string
}

// Owner is whom a key or a name belongs to.
type Owner struct {
	ID    model.PersonID
	Login string
}

// Credential is what proves who somebody is: a key, or a certificate for a name.
type Credential struct {
	// Key is the key as in an authorized_keys file, without a note. Of a certificate
	// it is the key that was certified.
	Key string
	// Fingerprint names it, as SHA256:….
	Fingerprint string
	// Name is the principal of the certificate that was asked for: a login. It is
	// empty where a bare key was given, which alone says whose it is.
	Name string
	// Certificate is the key id that the authority gave the certificate, with its
	// serial number, and Authority the fingerprint of the authority's key.
	Certificate string
	Authority   string
}

// ErrNobody says that a key or name belongs to nobody who may come in.
var ErrNobody = errors.New("nobody here")

// Visit is one session, as it is recorded.
type Visit struct {
	Guest Guest
	// Command is the first word of the command, empty for a console. It may be
	// anything that was typed.
	Command string
	// Lasted and Why are known at the end.
	Lasted time.Duration
	Why    string
}

// Options are the surroundings of a server. All functions are called by several
// goroutines at once.
type Options struct {
	HostKeys    []ssh.Signer
	Authorities []ssh.PublicKey // of certificates; empty for none
	// Revoked reports whether a key, certified or not, is taken back.
	Revoked func(fingerprint string) bool
	// Who finds whom a credential belongs to: by its name, or else by its key. It
	// returns an error that wraps ErrNobody where that is nobody, or somebody who is
	// disabled.
	Who func(ctx context.Context, c Credential) (Owner, error)
	// Changes returns a channel that receives when Who may answer differently, and
	// a function that ends it.
	Changes func() (<-chan struct{}, func())
	// Console draws the console until the guest leaves or ctx ends, whose cause says
	// why. It returns the exit code.
	Console func(ctx context.Context, g Guest, t Terminal) int
	// Command runs one command and returns its exit code.
	Command func(ctx context.Context, g Guest, c Call) int
	// Begin records a session before it begins, which it does not if that fails; End
	// records its end.
	Begin func(ctx context.Context, v Visit) error
	End   func(ctx context.Context, v Visit) error

	Limits Limits
	Logger *slog.Logger
	Now    func() time.Time
}

// Limits bound what others can cause. Nought means the default.
type Limits struct {
	Sessions, PerPerson int           // at once; 200 and 10
	Idle                time.Duration // without a key, after which a console ends; 30 min
	Longest             time.Duration // that a session lasts; 12 h
	Handshake           time.Duration // 30 s
	Handshakes, PerHost int           // at once, in all and of one address; 64 and 16
	KeepAlive           time.Duration // between looks whether the client is still there; 30 s
	Stop                time.Duration // that sessions have to end when they are told; 5 s
}

func (l Limits) withDefaults() Limits {
	for _, n := range []struct {
		at  *int
		def int
	}{{&l.Sessions, 200}, {&l.PerPerson, 10}, {&l.Handshakes, 64}, {&l.PerHost, 16}} {
		if *n.at == 0 {
			*n.at = n.def
		}
	}
	for _, d := range []struct {
		at  *time.Duration
		def time.Duration
	}{{&l.Idle, 30 * time.Minute}, {&l.Longest, 12 * time.Hour}, {&l.Handshake, 30 * time.Second}, {&l.KeepAlive, 30 * time.Second},
		{&l.Stop, 5 * time.Second}} {
		if *d.at == 0 {
			*d.at = d.def
		}
	}
	return l
}

// The reasons for which a session ends before the guest leaves. They are the
// cause of a session's context.
var (
	errStopping = errors.New("the server is being stopped")
	errIdle     = errors.New("no key was pressed for too long")
	errLongest  = errors.New("a session lasts no longer")
	errSentAway = errors.New("you may not be here any more")
	errGone     = errors.New("the connection is gone")
)

// Server lets people in by their keys.
type Server struct {
	opt   Options
	limit Limits
	door  *door
	quiet *quiet

	mu    sync.Mutex
	conns map[*conn]struct{}
	open  int                    // sessions
	per   map[model.PersonID]int // of each person
}

// New returns a server that has done nothing yet. It refuses to be made without a
// host key.
func New(opt Options) (*Server, error) {
	if len(opt.HostKeys) == 0 {
		return nil, errors.New("a server needs a host key")
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	l := opt.Limits.withDefaults()
	return &Server{
		opt: opt, limit: l, door: newDoor(opt.Now, l.Handshakes, l.PerHost), quiet: newQuiet(opt.Now, opt.Logger),
		conns: map[*conn]struct{}{}, per: map[model.PersonID]int{},
	}, nil
}

// Serve lets people in until ctx ends. Then it tells every session, waits until
// they have ended, for a while, and returns nil; the listener is closed. The error
// is the listener's.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	var all sync.WaitGroup
	defer all.Wait()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	defer l.Close()
	watching, stop := context.WithCancel(ctx)
	defer stop()
	all.Go(func() { s.watch(watching) })
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			all.Go(func() { s.handle(ctx, c) })
		case ctx.Err() != nil:
			return nil
		case !passing(err):
			return fmt.Errorf("listen for consoles: %w", err)
		case !pause(ctx, acceptPause):
			return nil
		default:
			s.quiet.warn("no connection could be taken", "error", err)
		}
	}
}

// acceptPause is how long to wait when the system has no room for a connection.
const acceptPause = 100 * time.Millisecond

// passing reports whether a listener may go on after an error: it does unless it
// is closed.
func passing(err error) bool { return !errors.Is(err, net.ErrClosed) }

// pause waits and reports whether ctx still stands.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// watchApart is the least time between two looks at who may still be here.
const watchApart = time.Second

// watch sends away those who have lost the right to be here. It looks when the queue
// has changed, and now and then: of files with keys nobody says that they changed.
func (s *Server) watch(ctx context.Context) {
	changes, end := s.opt.Changes()
	defer end()
	again := time.NewTicker(s.limit.KeepAlive)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		case _, open := <-changes:
			if !open {
				return
			}
		}
		for _, c := range s.connections() {
			s.guarded("looking who may stay", func() { c.stillWelcome(ctx) })()
		}
		if !pause(ctx, watchApart) {
			return
		}
	}
}

func (s *Server) connections() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		all = append(all, c)
	}
	return all
}

// track counts a connection of a guest, who may have twice as many as sessions:
// one that has ended may still be on its way out when the next one comes.
func (s *Server) track(c *conn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := 0
	for other := range s.conns {
		if other.guest.ID == c.guest.ID {
			open++
		}
	}
	if open >= 2*s.limit.PerPerson {
		return fmt.Errorf("%d connections open already", open)
	}
	s.conns[c] = struct{}{}
	return nil
}

func (s *Server) untrack(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// admit counts a session of somebody, or says why there is no room for it. Who is
// admitted leaves later.
func (s *Server) admit(who model.PersonID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.per[who] >= s.limit.PerPerson:
		return fmt.Errorf("you have %d sessions open already: close one of them", s.per[who])
	case s.open >= s.limit.Sessions:
		return fmt.Errorf("%d sessions are open, and more are not allowed: try again later", s.open)
	}
	s.open++
	s.per[who]++
	return nil
}

func (s *Server) leave(who model.PersonID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.per[who]--; s.per[who] == 0 {
		delete(s.per, who)
	}
}
