package cli

import (
	"context"
	"io"
	"strings"
	"syscall"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"countersign/ui"
	"countersign/ui/plain"
)

// plainFlag adds the flag for the console line by line.
func (a *app) plainFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.plain, "plain", false, "line by line, as for a screen reader")
}

// plainly reports whether the console goes line by line: because somebody wants
// that, or because the terminal can do nothing else. Who is elsewhere and asks for
// the console here has none that can.
func (a *app) plainly() bool {
	t, _ := a.Env("TERM")
	return a.plain || a.Remote || t == "dumb" && isTerminal(a.In) && isTerminal(a.Out)
}

// showPlain runs the console line by line, with the surroundings of one that is
// drawn.
func (a *app) showPlain(ctx context.Context, q *queue, opts ui.Options) error {
	var personas []string
	for _, p := range opts.Personas {
		personas = append(personas, p.Login)
	}
	hide := a.hide()
	return plain.Run(ctx, q.svc, opts.Env.Me, a.In, a.Out, plain.Options{Now: opts.Env.Now, Zone: opts.Env.Zone, Opens: opts.Opens, Hide: hide,
		Echo:     hide == nil && !a.Remote, // who is elsewhere without a terminal here has one of their own
		Personas: personas, Command: a.inside(q)})
}

// inside runs commands within a console, on its queue. They have no input: what they
// would ask on a terminal, the console itself asks.
func (a *app) inside(q *queue) func(ctx context.Context, login string, args []string, out io.Writer) error {
	return func(ctx context.Context, login string, args []string, out io.Writer) error {
		inv := a.Invocation
		inv.Args, inv.In, inv.Out, inv.Err, inv.served = args, strings.NewReader(""), out, out, q
		inv.Login = func() (string, error) { return login, nil }
		Run(ctx, inv) // it has said what went wrong
		return nil
	}
}

// hide keeps what is typed on the terminal from being shown; nil where there is
// none.
func (a *app) hide() func() (func(), error) {
	if a.Hide != nil {
		return a.Hide
	}
	if !isTerminal(a.In) {
		return nil
	}
	fd := a.In.(interface{ Fd() uintptr }).Fd()
	return func() (func(), error) {
		before, err := term.GetState(fd)
		if err != nil {
			return nil, err
		}
		hidden := *before
		hidden.Lflag &^= syscall.ECHO
		if err := term.SetState(fd, &hidden); err != nil {
			return nil, err
		}
		return func() { _ = term.SetState(fd, before) }, nil // it was possible a moment ago
	}
}
