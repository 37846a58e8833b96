package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/evidence"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"
)

// Options are the surroundings of a session.
type Options struct {
	Now  func() time.Time
	Zone *time.Location // times are shown in it; nil means UTC
	// Opens says which tabs are open to somebody, as for the screens.
	Opens func(model.Actor) []tab.Name
	// Hide keeps what is typed from being shown while a secret is, and returns what
	// shows it again. Where it is nil or fails, what is typed is seen, and that is
	// said before.
	Hide func() (show func(), err error)
	// Command runs a command of the program as somebody, without any input and without
	// a terminal: what decides needs a digest then. Nil offers none.
	Command func(ctx context.Context, login string, args []string, out io.Writer) error
	// Personas are the logins among which one can change, in a demo; nil otherwise.
	Personas []string
	// Echo prints what was read behind its question, where no terminal does; never
	// a secret.
	Echo bool
}

// Run is the console line by line, for one person, until they quit, the input
// ends or ctx does. It returns nil for the first two, the cause of ctx for the
// third, and an error where out cannot be written.
//
// It reads in beside the session. A read that cannot be ended, as of a network
// connection, ends when in is closed.
func Run(ctx context.Context, svc *workflow.Service, me model.Actor, in io.Reader, out io.Writer, opt Options) error {
	if opt.Zone == nil {
		opt.Zone = time.UTC
	}
	s := &session{ctx: ctx, svc: svc, me: me, in: newInput(in), out: &output{w: out}, opt: opt}
	defer s.in.close()
	s.greet()
	for {
		err := s.prompt()
		switch {
		case s.out.err != nil:
			return fmt.Errorf("write to the terminal: %w", s.out.err)
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errQuit), errors.Is(err, errEnd):
			return nil
		case err != nil:
			s.trouble(err)
		}
	}
}

// errQuit says that the person leaves.
var errQuit = errors.New("quit")

// errNothing says that the person has not confirmed, and nothing was done.
var errNothing = errors.New("nothing was done")

// session is one console.
type session struct {
	ctx context.Context
	svc *workflow.Service
	me  model.Actor
	in  *input
	out *output
	opt Options

	list *shownList
	open subject // what was opened last
}

// greet says where one is and what waits.
func (s *session) greet() {
	s.out.say("countersign, line by line. You are %s, %s.", s.me.Short(), rolesOf(s.me))
	s.status()
	s.told()
	s.out.say("help lists what can be done here, quit leaves.")
}

func rolesOf(a model.Actor) string {
	if len(a.Roles) == 0 {
		return "without a role"
	}
	words := make([]string, len(a.Roles))
	for i, r := range a.Roles {
		words[i] = string(r)
	}
	return strings.Join(words, ", ")
}

// status says how the vault is and what waits for the person.
func (s *session) status() {
	h := s.svc.Health(s.ctx)
	line := "Vault: " + string(h.State)
	if h.Cause != "" {
		line += ", " + h.Cause
	}
	s.out.say("%s.", line)
	badges, err := s.svc.Badges(s.ctx, s.me.ID)
	if err != nil {
		s.trouble(err)
		return
	}
	for _, b := range []struct {
		tab   tab.Name
		count int
		words string
	}{
		{tab.Approvals, badges.Approvals, "to decide: list waiting"},
		{tab.EPM, badges.Endpoints, "endpoint requests to decide: list endpoints"},
		{tab.Tasks, badges.Tasks, "tasks to carry out: list tasks"},
		{tab.Tasks, badges.Unknown, "orders whose outcome is looked for: list unknown"},
	} {
		if b.count > 0 && s.opens(b.tab) {
			s.out.say("%s %s.", capped(b.count), b.words)
		}
	}
}

func capped(n int) string {
	if n >= workflow.BadgeCap {
		return fmt.Sprintf("%d or more", workflow.BadgeCap-1)
	}
	return fmt.Sprint(n)
}

// opens reports whether a tab is open to the person; 0 is open to everybody.
func (s *session) opens(t tab.Name) bool {
	if t == 0 {
		return true
	}
	for _, open := range s.opt.Opens(s.me) {
		if open == t {
			return true
		}
	}
	return false
}

// prompt asks for a command and carries it out.
func (s *session) prompt() error {
	s.out.gap()
	s.out.write("countersign> ")
	words, err := s.read()
	if err != nil {
		return err
	}
	name, rest, _ := strings.Cut(strings.TrimSpace(words), " ")
	if name == "" {
		return nil
	}
	// What somebody may do changes while they are here.
	if s.me, err = s.svc.Actor(s.ctx, s.me.Login); err != nil {
		return err
	}
	if !s.me.Active {
		s.out.say("Your account is disabled; ask an admin.")
		return errQuit
	}
	cmd, found := s.find(strings.ToLower(name))
	if !found {
		return s.unknown(name)
	}
	return cmd.run(s, strings.TrimSpace(rest))
}

// read reads a line of text.
func (s *session) read() (string, error) {
	l, err := s.in.next(s.ctx)
	switch {
	case err != nil:
		return "", err
	case l.long:
		return "", complaint("that line was too long; nothing was done with it")
	}
	if s.opt.Echo {
		s.out.line(safetext.Line(string(l.text)).String())
	}
	return string(l.text), nil
}

// ask asks for a text and returns it without the blanks around it.
func (s *session) ask(format string, args ...any) (string, error) {
	s.out.write(safetext.Line(fmt.Sprintf(format, args...)).String() + " ")
	text, err := s.read()
	return strings.TrimSpace(text), err
}

// complaint is an error in words of ours, about what was typed.
type complaint string

func (c complaint) Error() string { return string(c) }

func complain(format string, args ...any) error { return complaint(fmt.Sprintf(format, args...)) }

// trouble says what went wrong, and what helps.
func (s *session) trouble(err error) {
	var vault *workflow.VaultError
	var said complaint
	switch {
	case errors.Is(err, errNothing):
		s.out.say("Nothing was done.")
	case errors.As(err, &said):
		s.out.say("%s", said)
	case errors.Is(err, workflow.ErrNotFound):
		s.out.say("%s", err)
	default:
		s.out.line(notice.Cause(err).String())
		if errors.As(err, &vault) && vault.Advice != "" {
			s.out.say("%s", vault.Advice)
		}
	}
}

// options say when and for whom a request is shown.
func (s *session) options() casepane.Options {
	return casepane.Options{Now: s.opt.Now(), Zone: s.opt.Zone, Viewer: s.me.ID}
}

func (s *session) evidence() evidence.Options {
	return evidence.Options{Now: s.opt.Now(), Zone: s.opt.Zone}
}

// moment writes a time as the screens do.
func (s *session) moment(at time.Time) string { return widget.Moment(at, s.opt.Now(), s.opt.Zone) }

// within runs something with the patience that the screens have.
func within[T any](s *session, fn func(ctx context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(s.ctx, tab.Patience)
	defer cancel()
	return fn(ctx)
}
