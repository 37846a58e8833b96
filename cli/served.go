package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// servedCommands are the commands that work over SSH as well (DESIGN 6): those
// that act on the queue as the person who calls, and name no file of this host.
// Every other one is refused there, so that a new one is until somebody has
// thought about it.
func servedCommands() map[string]bool {
	served := map[string]bool{}
	for _, name := range []string{"help", "version", "list", "show", "approve", "deny", "request", "task", "grants", "search", "link", "epm", "device",
		"incident", "people", "logs", "traffic", "audit", "waiting", "review", "notices", "doctor", "support", "privacy"} {
		served[name] = true
	}
	return served
}

// serveOnly leaves only what works over SSH. Completion is for a shell on the
// host.
func (a *app) serveOnly(root *cobra.Command) {
	root.Example = everydayExample
	root.CompletionOptions.DisableDefaultCmd = true
	for _, name := range []string{cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd} {
		root.AddCommand(&cobra.Command{Use: name})
	}
	for _, cmd := range root.Commands() {
		if !servedCommands()[cmd.Name()] {
			a.keepHere(cmd)
		}
	}
}

// keepHere makes a command, and those below it, say that it is none for somebody
// who is elsewhere.
func (a *app) keepHere(cmd *cobra.Command) {
	cmd.Hidden = true
	cmd.DisableFlagParsing = true
	cmd.Args = cobra.ArbitraryArgs
	path := cmd.CommandPath()
	cmd.RunE = func(*cobra.Command, []string) error {
		a.err = &usageError{fmt.Sprintf("%s acts on the host, and is not served over SSH", path), "run it there; help says what works here"}
		return nil
	}
	for _, sub := range cmd.Commands() {
		cmd.RemoveCommand(sub)
	}
}
