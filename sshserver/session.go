package sshserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"countersign/model"
)

// Terminal is what a console is drawn on.
type Terminal struct {
	In  io.Reader
	Out io.Writer
	// Environ describes it: TERM, and of the rest what the client sent.
	Environ []string
	Size    Size
	Sizes   <-chan Size // when it changes; the newest one
}

// Call is a command, or what stands for a console where nothing can be drawn.
type Call struct {
	Args     []string
	In       io.Reader
	Out, Err io.Writer
	Environ  []string
	// Hide keeps what is typed from being shown, until the function that it returns
	// is called; nil where nothing is.
	Hide func() (func(), error)
}

// Size is the size of a terminal in cells.
type Size struct{ Width, Height int }

// session is one channel: a console or a command.
type session struct {
	conn    *conn
	ch      ssh.Channel
	reqs    <-chan *ssh.Request
	ctx     context.Context
	cancel  context.CancelCauseFunc
	environ []string
	term    string // "" without a terminal
	size    Size
	sizes   chan Size
	begun   bool        // the one thing that a session does
	next    func()      // is to begin
	patient atomic.Bool // that is a command
	run     sync.WaitGroup
	pumping sync.WaitGroup
	over    func()      // frees its place, once
	left    atomic.Bool // its place
	done    atomic.Bool // what ran in it
	since   time.Time
	running atomic.Pointer[string]    // the first word of the command
	active  atomic.Pointer[time.Time] // when something was typed last
}

func newSession(c *conn, ch ssh.Channel, reqs <-chan *ssh.Request) *session {
	ctx, cancel := context.WithCancelCause(context.Background())
	s := &session{conn: c, ch: ch, reqs: reqs, ctx: ctx, cancel: cancel, sizes: make(chan Size, 1)}
	s.over = sync.OnceFunc(func() {
		s.left.Store(true)
		c.ended(s)
	})
	return s
}

// end tells the session why it ends. What runs in it has a moment to do so; then
// the channel is closed under it. A command that the server's own end meets has a
// moment more, to finish what it does.
func (s *session) end(why error) {
	if errors.Is(why, errStopping) && s.patient.Load() {
		time.AfterFunc(s.conn.server.limit.Stop/2, func() { s.cancel(why) })
		return
	}
	s.cancel(why)
}

// serve answers the channel's requests until it is closed.
func (s *session) serve() {
	limit := s.conn.server.limit
	defer s.over()
	defer s.pumping.Wait()
	defer s.ch.Close()
	defer s.run.Wait()
	defer s.end(errGone)
	defer s.conn.server.recovered("the requests of a session", nil)
	defer context.AfterFunc(s.ctx, s.cutOff)()
	late := time.AfterFunc(limit.Handshake, func() { s.end(errIdle) })
	defer late.Stop()
	waiting := s.ctx.Done() // while nothing runs
	for {
		select {
		case <-waiting:
			return
		case r, open := <-s.reqs:
			if !open {
				return
			}
			ok := s.answer(r)
			if s.begun {
				waiting = nil
				late.Stop()
			}
			if r.WantReply {
				_ = r.Reply(ok, nil)
			}
			if s.next != nil { // the client hears that it begins before anything of it
				s.run.Go(s.next)
				s.next = nil
			}
		}
	}
}

// cutOff closes the channel of a session that does not end by itself, and then the
// connection: who waits for a client that reads nothing does not notice the first.
func (s *session) cutOff() {
	limit := s.conn.server.limit.Stop
	time.AfterFunc(limit, func() {
		s.ch.Close()
		time.AfterFunc(limit, func() {
			if !s.left.Load() {
				s.conn.ssh.Close()
			}
		})
	})
}

// answer does what a request of the channel asks for, or reports that it does
// not.
func (s *session) answer(r *ssh.Request) bool {
	switch r.Type {
	case "env":
		return !s.begun && s.setenv(r.Payload)
	case "pty-req":
		return !s.begun && s.term == "" && s.openTerminal(r.Payload)
	case "window-change":
		return s.term != "" && s.resize(r.Payload)
	case "shell":
		if s.begun {
			return false
		}
		s.start(nil)
		return true
	case "exec":
		var exec struct{ Command string }
		if s.begun || ssh.Unmarshal(r.Payload, &exec) != nil {
			return false
		}
		s.start(&exec.Command)
		return true
	case "signal":
		return s.signal(r.Payload)
	}
	// Subsystems such as sftp, the agent, X11, a break.
	s.conn.refuse("request", r.Type)
	return false
}

// mostEnv bounds a variable.
const mostEnv = 128

// setenv takes a variable that describes the terminal, and no other.
func (s *session) setenv(payload []byte) bool {
	var env struct{ Name, Value string }
	if ssh.Unmarshal(payload, &env) != nil {
		return false
	}
	switch env.Name {
	case "COLORTERM", "NO_COLOR", "LANG":
	default:
		s.conn.refuse("variable", env.Name)
		return false
	}
	taken := slices.ContainsFunc(s.environ, func(e string) bool { return strings.HasPrefix(e, env.Name+"=") })
	if taken || len(env.Value) > mostEnv || !printable(env.Value) {
		return false
	}
	s.environ = append(s.environ, env.Name+"="+env.Value)
	return true
}

// printable reports whether a text is visible ASCII.
func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// The largest screen that is drawn. A larger one is filled from its upper left:
// what a client says of its size must not decide how much memory is used.
const (
	mostWidth  = 640
	mostHeight = 240
)

// openTerminal notes what the client draws on.
func (s *session) openTerminal(payload []byte) bool {
	var pty struct {
		Term                          string
		Width, Height, PixelW, PixelH uint32
		Modes                         string
	}
	if ssh.Unmarshal(payload, &pty) != nil || len(pty.Term) > mostEnv || !printable(pty.Term) {
		return false
	}
	if _, allowed := s.conn.ssh.Permissions.Extensions["permit-pty"]; s.conn.guest.Certificate != "" && !allowed {
		s.conn.refuse("terminal", "the certificate does not permit one")
		return false
	}
	if pty.Term == "" {
		pty.Term = "dumb"
	}
	s.term, s.size = pty.Term, sizeOf(pty.Width, pty.Height)
	s.environ = append(s.environ, "TERM="+pty.Term)
	return true
}

// sizeOf is a size as it is drawn; one that is not known is that of an old
// terminal.
func sizeOf(width, height uint32) Size {
	if width == 0 || height == 0 {
		return Size{80, 24}
	}
	return Size{int(min(width, mostWidth)), int(min(height, mostHeight))}
}

// resize passes a new size on. One that nobody has taken yet is replaced.
func (s *session) resize(payload []byte) bool {
	var win struct{ Width, Height, PixelW, PixelH uint32 }
	if ssh.Unmarshal(payload, &win) != nil {
		return false
	}
	select {
	case <-s.sizes:
	default:
	}
	s.sizes <- sizeOf(win.Width, win.Height)
	return true
}

// signal ends what runs, as it would end a program.
func (s *session) signal(payload []byte) bool {
	var sig struct{ Name string }
	if ssh.Unmarshal(payload, &sig) != nil || !slices.Contains([]string{"INT", "TERM", "HUP", "QUIT", "KILL"}, sig.Name) {
		return false
	}
	s.end(context.Canceled)
	return true
}

// start has the console begin, or the command that is given.
func (s *session) start(command *string) {
	s.begun = true
	s.patient.Store(command != nil)
	s.next = func() {
		defer s.over()
		code := s.recorded(command)
		_ = s.ch.CloseWrite()
		_, _ = s.ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Code uint32 }{uint32(code)})) // #nosec G115 -- an exit code
		_ = s.ch.Close()
	}
}

// The exit codes of what the server itself says. They are those of the commands.
const (
	codeFailure = 1
	codeUsage   = 2
)

// recorded runs the session between the entries that record it.
func (s *session) recorded(command *string) (code int) {
	o := &s.conn.server.opt
	visit := Visit{Guest: s.conn.guest}
	var args []string
	if command != nil {
		var err error
		if args, err = words(*command); err != nil {
			s.say(err.Error())
			return codeUsage
		}
		if len(args) > 0 {
			visit.Command = cmp.Or(args[0], "''")
			s.running.Store(&visit.Command)
		}
	}
	began := o.Now()
	if err := o.Begin(s.ctx, visit); err != nil {
		o.Logger.Error("a session could not be recorded", s.conn.about("error", err)...)
		s.say("this session cannot be recorded, so it does not begin: " + err.Error())
		return codeFailure
	}
	defer func() {
		s.done.Store(true)
		visit.Lasted = o.Now().Sub(began)
		if cause := context.Cause(s.ctx); cause != nil {
			visit.Why = cause.Error()
		}
		if err := o.End(context.WithoutCancel(s.ctx), visit); err != nil {
			o.Logger.Error("the end of a session could not be recorded", s.conn.about("error", err)...)
		}
		o.Logger.Info("session ended", s.conn.about("command", shortened(visit.Command), "exit_code", code, "lasted", visit.Lasted, "why", visit.Why)...)
	}()
	defer s.conn.server.recovered("a session", func() {
		code = codeFailure
		s.say("this session met a mistake of the program and has ended; what was decided before is kept")
	})
	if command == nil && s.term != "" && s.term != "dumb" {
		return s.console()
	}
	return s.command(args)
}

// console draws the console, and says on the screen that it has left why it ended.
func (s *session) console() int {
	limit := s.conn.server.limit.Idle
	idle := time.AfterFunc(limit, func() { s.end(errIdle) })
	defer idle.Stop()
	code := s.conn.server.opt.Console(s.ctx, s.conn.guest, Terminal{
		In: &keys{in: s.ch, pressed: func() { s.pressed(); idle.Reset(limit) }}, Out: &screen{out: s.ch}, Environ: s.environ, Size: s.size, Sizes: s.sizes,
	})
	s.farewell()
	return code
}

// pressed notes that something was typed.
func (s *session) pressed() {
	now := s.conn.server.opt.Now()
	s.active.Store(&now)
}

// command runs a command. One without words is a console for who has no terminal
// that can be drawn on: it ends without keys as the other does.
func (s *session) command(args []string) int {
	pressed := s.pressed
	if len(args) == 0 {
		limit := s.conn.server.limit.Idle
		idle := time.AfterFunc(limit, func() { s.end(errIdle) })
		defer idle.Stop()
		pressed = func() { s.pressed(); idle.Reset(limit) }
	}
	call := Call{Args: args, In: &keys{in: s.ch, pressed: pressed}, Out: s.ch, Err: s.ch.Stderr(), Environ: s.environ}
	if s.term != "" {
		call.Out, call.Err = &screen{out: s.ch}, &screen{out: s.ch.Stderr()}
		typed := newLines(s.ctx, s.ch, call.Out, pressed, func() { s.end(context.Canceled) })
		// It ends when the channel does, which is closed after the command.
		s.pumping.Go(s.conn.server.guarded("the keys of a session", typed.pump))
		call.In, call.Hide = typed, typed.Hide
	}
	code := s.conn.server.opt.Command(s.ctx, s.conn.guest, call)
	s.farewell()
	return code
}

// farewell says why the session ended, if the guest did not end it.
func (s *session) farewell() {
	limit := s.conn.server.limit
	switch cause := context.Cause(s.ctx); {
	case errors.Is(cause, errStopping):
		s.say("the server is being stopped; what was decided before is kept")
	case errors.Is(cause, errIdle):
		s.say("this session has ended: no key was pressed for " + model.FormatDuration(limit.Idle))
	case errors.Is(cause, errLongest):
		s.say("this session has ended: none lasts longer than " + model.FormatDuration(limit.Longest))
	case errors.Is(cause, errSentAway):
		s.say("this session has ended: your account was disabled, or your key was removed; ask an admin")
	}
}

// say tells the guest something, in the place of the program's errors.
func (s *session) say(sentence string) {
	end := "\n"
	if s.term != "" {
		end = "\r\n"
	}
	_, _ = fmt.Fprint(s.ch.Stderr(), "countersign: "+sentence+end)
}
