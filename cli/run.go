package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"os/user"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"countersign/config"
	"countersign/sshserver"
)

// Invocation is one call of the program with its surroundings.
type Invocation struct {
	Args     []string // without the program's name
	In       io.Reader
	Out, Err io.Writer
	Env      config.Env
	// Login says who calls.
	Login func() (string, error)
	Now   func() time.Time
	Zone  *time.Location
	// Remote is set for somebody who is not on this host: none of its files is read
	// for them.
	Remote bool
	// Hide keeps what is typed from being shown where In is no terminal of this host
	// and shows it all the same; nil where it does not.
	Hide func() (show func(), err error)
	// Program are further options for the console, and for each that is served, such
	// as another terminal.
	Program []tea.ProgramOption
	// served is the queue of a process that serves others; the command does not
	// open one of its own.
	served *queue
	// sessions are those of the server that runs the command, nil without one.
	sessions func() []sshserver.Open
}

// grace is how long a program that was told to end is left to itself. One event
// tells it several times: a shell passes on that the terminal is gone, and the system
// says so again; systemd sends SIGTERM and SIGHUP.
const grace = time.Second

// Main runs the program on its real surroundings and returns the exit code. The
// first interrupt, SIGTERM or loss of the terminal ends it in good order. An interrupt
// or SIGTERM that comes a second later or more ends it at once.
func Main() int {
	keepMemory()
	// The signals stay taken until the process has ended: before that, none may cut off
	// what the terminal and the log are still to get.
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, func() {
		time.Sleep(grace)
		signal.Reset(os.Interrupt, syscall.SIGTERM)
	})
	return int(Run(ctx, Invocation{
		Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.LookupEnv,
		Login: systemUser, Now: time.Now, Zone: time.Local,
	}))
}

// systemUser is the login of the operating system's user.
func systemUser() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("find out who you are: %w", err)
	}
	return u.Username, nil
}

// Run carries out one command and returns its exit code. It prints everything
// there is to say, errors too.
func Run(ctx context.Context, inv Invocation) Code {
	a := &app{Invocation: inv}
	root := a.root()
	// Cobra takes the process's own arguments in the place of nil.
	root.SetArgs(append([]string{}, markUIDs(inv.Args)...))
	root.SetIn(inv.In)
	root.SetOut(inv.Out)
	root.SetErr(inv.Err)
	// What ExecuteContextC returns is a command that was not written as it should
	// be: what a command itself returns is kept in a.err.
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil {
		err = &usageError{err.Error(), "see: " + cmd.CommandPath() + " --help"}
	} else {
		err = a.err
	}
	if err == nil {
		return CodeOK
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = context.Canceled
	}
	p := explain(err)
	report(inv.Err, p)
	return p.code
}

// app is one call of the program while it runs.
type app struct {
	Invocation
	configPath string
	plain      bool  // the console line by line
	err        error // of the command
}

// does makes a command's function into one of cobra's.
func (a *app) does(fn func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a.err = fn(cmd.Context(), args)
		return nil
	}
}

// everydayExample is what everybody does, here or elsewhere.
const everydayExample = `# what waits for you
countersign list waiting
# read the evidence, then decide on exactly that
countersign show REQ0010042
countersign approve REQ0010042`

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   name,
		Short: "Request, approve and carry out access to secrets in a Keeper vault",
		Long: `Request, approve and carry out access to secrets in a Keeper vault.

Without a command it opens the console on the configured queue, as you.`,
		Example:       "# look around, without a vault and without a configuration\ncountersign demo\n" + everydayExample,
		Args:          none,
		RunE:          a.does(a.console),
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	a.plainFlag(root)
	root.AddCommand(a.supportCommand(), a.privacyCommand(), a.completionCommand(), a.manCommand())
	root.CompletionOptions.DisableDefaultCmd = true // ours completes numbers, too
	root.SetHelpFunc(a.help)
	root.SetUsageFunc(a.usage)
	root.SetHelpCommand(a.helpCommand())
	if !a.Remote { // whose configuration is the host's
		root.PersistentFlags().StringVar(&a.configPath, "config", "", "read `FILE`, not the configuration in the usual places")
	}
	root.AddCommand(a.requestCommand(), a.listCommand(), a.showCommand(), a.approveCommand(), a.denyCommand(), a.reviewCommand(), a.noticesCommand(), a.taskCommand(),
		a.grantsCommand(), a.epmCommand(), a.deviceCommand(), a.incidentCommand(), a.linkCommand(), a.searchCommand(), a.workerCommand(), a.peopleCommand(), a.keygenCommand(),
		a.logsCommand(), a.trafficCommand(), a.auditCommand(), a.backupCommand(), a.restoreCommand(), a.waitingCommand(), a.notifyCommand(), a.setupCommand(), a.doctorCommand(), a.demoCommand(), a.serveCommand(), a.versionCommand())
	if a.Remote {
		a.serveOnly(root)
	} else {
		a.complete(root)
	}
	return root
}

// typed reports whether somebody types the input: on a terminal here, or on one
// elsewhere.
func (a *app) typed() bool { return isTerminal(a.In) || a.Hide != nil }

// read reports whether somebody reads the output: on a terminal here, or on one
// elsewhere. Else it is for programs.
func (a *app) read() bool { return isTerminal(a.Out) || a.Hide != nil }

// isTerminal reports whether something read from or written to is a terminal.
func isTerminal(v any) bool {
	f, ok := v.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(f.Fd())
}
