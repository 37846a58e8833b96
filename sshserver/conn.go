package sshserver

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// conn is the connection of a guest. It may hold several sessions.
type conn struct {
	server *Server
	guest  Guest
	ssh    *ssh.ServerConn
	began  time.Time

	mu       sync.Mutex
	sessions map[*session]struct{}
	ending   error         // why no further session begins
	empty    *time.Timer   // ends a connection without a session
	told     chan struct{} // closed when it is ending
	free     chan struct{} // closed when it is ending and has no session left
}

// handle serves one connection, from its first byte to its end.
func (s *Server) handle(ctx context.Context, nc net.Conn) {
	defer nc.Close()
	from, host := addressOf(nc.RemoteAddr()), hostOf(nc.RemoteAddr())
	if err := s.door.enter(from); err != nil {
		var away *turnedAway
		if !errors.As(err, &away) || !away.quiet {
			s.quiet.warn("connection refused", "from", host, "reason", err)
		}
		return
	}
	defer s.recovered("a connection", nil)
	c, chans, reqs := s.login(ctx, nc, from)
	if c != nil {
		c.serve(ctx, chans, reqs)
	}
}

// login does the handshake and finds out who came; nil if nobody who may come in.
func (s *Server) login(ctx context.Context, nc net.Conn, from netip.Prefix) (*conn, <-chan ssh.NewChannel, <-chan *ssh.Request) {
	leave := func() { s.door.leave(from, false) }
	defer func() { leave() }()
	sc, chans, reqs, err := s.shake(ctx, nc)
	var guest Guest
	if err == nil {
		guest, err = s.welcome(ctx, sc)
	}
	if errors.Is(err, errSilent) {
		leave = func() { s.door.pass(from) }
		return nil, nil, nil
	}
	if err != nil {
		s.quiet.warn("login refused", "from", hostOf(nc.RemoteAddr()), "reason", err)
		return nil, nil, nil
	}
	leave = func() { s.door.leave(from, true) }
	guest.Connection = strings.ToLower(rand.Text()[:13])
	return &conn{server: s, guest: guest, ssh: sc, began: s.opt.Now(), sessions: map[*session]struct{}{},
		told: make(chan struct{}), free: make(chan struct{})}, chans, reqs
}

// refused is a login that came to nothing, with what was tried.
type refused struct {
	name  string
	tried []string
	err   error
}

func (e *refused) Error() string {
	all := append([]string{"as " + e.name}, e.tried...)
	return strings.Join(append(all, e.err.Error()), "; ")
}

func (e *refused) Unwrap() error { return e.err }

// errNoLogin replaces what the library says of a login for which nothing fitted:
// it repeats every try.
var errNoLogin = errors.New("no key that opens anything was proved")

// errSilent says that a client left without a word, as what only looks whether
// somebody listens here does: doctor, and what watches over hosts. It has not tried
// anything, so it has not failed.
var errSilent = errors.New("the client said nothing")

// listened is a connection that knows whether the client has said anything.
type listened struct {
	net.Conn
	anything atomic.Bool
}

func (l *listened) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if n > 0 {
		l.anything.Store(true)
	}
	return n, err
}

// shake does the handshake. It may take only so long, however slowly the client
// speaks.
func (s *Server) shake(ctx context.Context, nc net.Conn) (*ssh.ServerConn, <-chan ssh.NewChannel, <-chan *ssh.Request, error) {
	defer context.AfterFunc(ctx, func() { nc.Close() })()
	if err := nc.SetDeadline(time.Now().Add(s.limit.Handshake)); err != nil {
		return nil, nil, nil, err
	}
	l := &login{server: s, ctx: ctx}
	said := &listened{Conn: nc}
	sc, chans, reqs, err := ssh.NewServerConn(said, l.config())
	if errors.Is(err, io.EOF) && !said.anything.Load() {
		return nil, nil, nil, errSilent
	}
	if err != nil {
		var none *ssh.ServerAuthError
		if errors.As(err, &none) {
			err = errNoLogin
		}
		return nil, nil, nil, &refused{l.name, l.tried, err}
	}
	return sc, chans, reqs, nc.SetDeadline(time.Time{})
}

// serve takes what the guest asks for until the connection ends.
func (c *conn) serve(ctx context.Context, chans <-chan ssh.NewChannel, reqs <-chan *ssh.Request) {
	if err := c.server.track(c); err != nil {
		c.server.quiet.warn("connection refused", c.about("reason", err)...)
		c.ssh.Close()
		return
	}
	defer c.server.untrack(c)
	// From here on changes are heard of; what changed before is asked once more.
	c.stillWelcome(ctx)
	c.server.opt.Logger.Info("login", c.about("certificate", c.guest.Certificate, "client", string(c.ssh.ClientVersion()))...)
	var all sync.WaitGroup
	defer all.Wait()
	alive, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	all.Go(c.server.guarded("the requests of a connection", func() { c.answer(reqs) }))
	all.Go(c.server.guarded("looking whether a client is there", func() { c.keepAlive(alive) }))
	all.Go(c.server.guarded("the end of a connection", func() { c.endWith(ctx, alive) }))
	c.mu.Lock()
	c.empty = time.AfterFunc(c.server.limit.Idle, func() { c.end(errIdle) })
	c.mu.Unlock()
	defer c.empty.Stop()
	longest := time.AfterFunc(c.server.limit.Longest, func() { c.end(errLongest) })
	defer longest.Stop()
	for ch := range chans {
		if ch.ChannelType() != "session" {
			c.refuse("channel", ch.ChannelType())
			_ = ch.Reject(ssh.Prohibited, "only consoles and commands are served here")
			continue
		}
		s, err := c.begin(ch)
		if err != nil {
			c.server.quiet.warn("session refused", c.about("reason", err)...)
			_ = ch.Reject(ssh.ResourceShortage, err.Error())
			continue
		}
		all.Go(s.serve)
	}
	c.end(errGone)
	c.server.opt.Logger.Debug("connection ended", c.about("lasted", c.lasted())...)
}

// about are the attributes that every line of the log about a connection has.
func (c *conn) about(more ...any) []any {
	return append([]any{"person", c.guest.Login, "from", c.guest.From, "key", c.guest.Fingerprint, "correlation", c.guest.Connection}, more...)
}

func (c *conn) lasted() time.Duration {
	return c.server.opt.Now().Sub(c.began).Round(time.Millisecond)
}

// refuse notes what a guest asked for and did not get.
func (c *conn) refuse(what, name string) {
	c.server.quiet.warn("refused", c.about("what", what, "name", shortened(name))...)
}

// answer says no to what is asked of the connection as a whole, such as to
// forward a port. A client that only asks whether somebody is here takes that for
// an answer.
func (c *conn) answer(reqs <-chan *ssh.Request) {
	for r := range reqs {
		if !strings.HasPrefix(r.Type, "keepalive@") && !strings.HasPrefix(r.Type, "hostkeys-") && r.Type != "no-more-sessions@openssh.com" {
			c.refuse("request", r.Type)
		}
		if r.WantReply {
			_ = r.Reply(false, nil)
		}
	}
}

// begin makes a session of a channel, if there is room for one.
func (c *conn) begin(nch ssh.NewChannel) (*session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending != nil {
		return nil, c.ending
	}
	if err := c.server.admit(c.guest.ID); err != nil {
		return nil, err
	}
	ch, reqs, err := nch.Accept()
	if err != nil {
		c.server.leave(c.guest.ID)
		return nil, err
	}
	s := newSession(c, ch, reqs)
	s.since = c.server.opt.Now()
	c.sessions[s] = struct{}{}
	c.empty.Stop()
	return s, nil
}

// ended forgets a session.
func (c *conn) ended(s *session) {
	c.server.leave(c.guest.ID)
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sessions, s)
	if len(c.sessions) > 0 {
		return
	}
	if c.ending == nil {
		c.empty.Reset(c.server.limit.Idle)
		return
	}
	close(c.free)
}

// end tells every session why it ends, and lets no further one begin. The
// connection is closed when they have ended.
func (c *conn) end(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending != nil {
		return
	}
	c.ending = why
	close(c.told)
	for s := range c.sessions {
		s.end(why)
	}
	if len(c.sessions) == 0 {
		close(c.free)
	}
}

// endWith ends the connection with ctx, the server's. Once it is told to end, it
// is closed when its sessions have ended, or will not.
func (c *conn) endWith(ctx, alive context.Context) {
	defer c.ssh.Close()
	select {
	case <-ctx.Done():
		c.end(errStopping)
	case <-c.told:
	case <-alive.Done():
		return
	}
	// Commands have half of this more than consoles, and either is cut off then.
	late := time.NewTimer(2 * c.server.limit.Stop)
	defer late.Stop()
	select {
	case <-c.free:
		// A client hangs up by itself when it knows how its sessions ended. One that is
		// cut off before may lose the last that was sent, its exit code.
		_ = pause(alive, hangUp)
	case <-late.C:
	case <-alive.Done():
	}
}

// hangUp is how long a client has for that.
const hangUp = time.Second

// stillWelcome sends the guest away who is not any more whom the credential
// belongs to.
func (c *conn) stillWelcome(ctx context.Context) {
	if c.server.revoked(c.guest.Fingerprint) || c.guest.Authority != "" && c.server.revoked(c.guest.Authority) {
		c.server.opt.Logger.Warn("sent away", c.about("reason", errRevoked)...)
		c.end(errSentAway)
		return
	}
	owner, err := c.server.opt.Who(ctx, c.guest.Credential)
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, ErrNobody), err == nil && owner.ID != c.guest.ID:
		c.server.opt.Logger.Warn("sent away", c.about()...)
		c.end(errSentAway)
	case err != nil:
		// What cannot be read now is asked again with the next change. Whatever the
		// guest does meanwhile asks the queue itself.
		c.server.quiet.warn("cannot look whether somebody may stay", c.about("error", err)...)
	}
}

// keepAlive asks the client whether it is still there, and gives it up when
// three questions have found no answer.
func (c *conn) keepAlive(ctx context.Context) {
	every := c.server.limit.KeepAlive
	for pause(ctx, every) {
		answered := make(chan error, 1)
		go func() {
			_, _, err := c.ssh.SendRequest("keepalive@openssh.com", true, nil)
			answered <- err
		}()
		waited, stop := context.WithTimeout(ctx, 3*every)
		select {
		case <-answered:
		case <-waited.Done():
			if ctx.Err() == nil {
				c.server.opt.Logger.Info("the client does not answer", c.about()...)
			}
			c.end(errGone)
			c.ssh.Close()
			<-answered // the closed connection answers
		}
		stop()
	}
}

// guarded is fn, whose panic ends nothing but itself.
func (s *Server) guarded(what string, fn func()) func() {
	return func() {
		defer s.recovered(what, nil)
		fn()
	}
}

// recovered keeps a panic from ending more than what met it. It is to be
// deferred; then is what remains to be done.
func (s *Server) recovered(what string, then func()) {
	if p := recover(); p != nil {
		s.opt.Logger.Error("panic in "+what, "panic", p, "stack", string(debug.Stack()))
		if then != nil {
			then()
		}
	}
}
