package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"countersign/model"
	"countersign/workflow"
)

// shells are those that a completion is made for.
func shells() []string { return []string{"bash", "zsh", "fish"} }

func (a *app) completionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print what completes commands in bash, zsh or fish",
		Long: `Print what completes commands, flags and numbers in bash, zsh or fish. Numbers are
those that you could work with now.

  bash:  countersign completion bash > ~/.local/share/bash-completion/completions/countersign
  zsh:   countersign completion zsh > "${fpath[1]}/_countersign"
  fish:  countersign completion fish > ~/.config/fish/completions/countersign.fish`,
		Example:   "source <(countersign completion bash)",
		Args:      one("SHELL"),
		ValidArgs: shells(),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		root := cmd.Root()
		switch args[0] {
		case "bash":
			a.err = root.GenBashCompletionV2(a.Out, true)
		case "zsh":
			a.err = root.GenZshCompletion(a.Out)
		case "fish":
			a.err = root.GenFishCompletion(a.Out, true)
		default:
			a.err = usage("%q is none of %s", args[0], strings.Join(shells(), ", "))
		}
		return nil
	}
	return cmd
}

// offered lists what a person could name now, each with a word about it behind a
// tab. Only words of this program are in it: a shell is no place for foreign text.
type offered func(ctx context.Context, svc *workflow.Service, me model.PersonID) []string

// completes says how the arguments of commands are completed: what comes first,
// by the command's path.
func completes() map[string]offered {
	requests := func(view string) offered {
		return func(ctx context.Context, svc *workflow.Service, me model.PersonID) []string {
			page, err := svc.Requests(ctx, me, workflow.Query{View: view, Limit: mostOffered})
			return numbered(page.Rows, err, func(r workflow.RequestRow) (model.Number, string) { return r.Number, r.State.Words() })
		}
	}
	tasks := func(view string) offered {
		return func(ctx context.Context, svc *workflow.Service, me model.PersonID) []string {
			page, err := svc.Tasks(ctx, me, workflow.Query{View: view, Limit: mostOffered})
			return numbered(page.Rows, err, func(t workflow.TaskRow) (model.Number, string) { return t.Number, t.State.Words() })
		}
	}
	endpoints := func(ctx context.Context, svc *workflow.Service, me model.PersonID) []string {
		page, err := svc.Endpoints(ctx, me, workflow.Query{View: workflow.EndpointsWaiting, Limit: mostOffered})
		return numbered(page.Rows, err, func(e model.EndpointRequest) (model.Number, string) { return e.Incident, e.State.Words() })
	}
	incidents := func(ctx context.Context, svc *workflow.Service, me model.PersonID) []string {
		page, err := svc.Incidents(ctx, me, workflow.Query{View: workflow.IncidentsOpen, Limit: mostOffered})
		return numbered(page.Rows, err, func(i workflow.IncidentRow) (model.Number, string) { return i.Number, i.State.Words() })
	}
	devices := func(ctx context.Context, svc *workflow.Service, me model.PersonID) []string {
		page, err := svc.Devices(ctx, me, workflow.Query{View: workflow.DevicesWaiting, Limit: mostOffered})
		return numbered(page.Rows, err, func(d workflow.DeviceRow) (model.Number, string) { return model.Number(d.DeviceID), d.State.Words() })
	}
	mine := func(ctx context.Context, svc *workflow.Service, me model.PersonID) []string {
		page, err := svc.Access(ctx, me, workflow.Query{Limit: mostOffered})
		return granted(page.Rows, err)
	}
	all := func(ctx context.Context, svc *workflow.Service, me model.PersonID) []string {
		page, err := svc.Ledger(ctx, me, workflow.Query{View: workflow.GrantsOpen, Limit: mostOffered})
		return granted(page.Rows, err)
	}
	waiting, open, own := requests(workflow.RequestsWaiting), tasks(workflow.TasksOpen), tasks(workflow.TasksMine)
	return map[string]offered{
		"approve": waiting, "deny": waiting, "show": requests(workflow.RequestsAll), "link": requests(workflow.RequestsMine),
		"request ask": waiting, "request reassign": waiting, "request emergency": waiting, "request answer": requests(workflow.RequestsMine),
		"request withdraw": requests(workflow.RequestsMine), "review done": requests(workflow.RequestsDecided), "logs": requests(workflow.RequestsAll),
		"task claim": open, "task show": open, "task release": own, "task pick": own, "task plan": own, "task run": own,
		"task create": own, "task change": own, "task answer": own, "task close": own,
		"epm show": endpoints, "epm approve": endpoints, "epm deny": endpoints,
		"device show": devices, "device approve": devices, "device deny": devices,
		"incident show": incidents, "incident close": incidents, "incident assign": incidents, "incident note": incidents,
		"incident reopen": incidents,
		"grants extend":   mine, "grants give-back": mine, "grants revoke": all, "grants close": all,
	}
}

// choices are the values of flags that take one of a few, by command and flag.
func choices() map[string][]string {
	roles := each(model.Roles(), func(r model.Role) string { return string(r) })
	return map[string][]string{
		"audit export --format": {"jsonl", "csv", "cef"},
		"logs --level":          {"debug", "info", "warn", "error"},
		"task close --as":       {"complete", "incomplete", "skipped"},
		"demo --as":             roles, "people add --role": roles, "people edit --role": roles,
	}
}

// completeFlags teaches a command what its flags take. Files are left to the shell;
// of other values, which are mostly words, there is nothing to offer.
func completeFlags(cmd *cobra.Command) {
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		switch value, _ := pflag.UnquoteUsage(f); value {
		case "FILE", "DIR", "PATH", "": // "" is a switch
		default:
			of := cobra.FixedCompletions(choices()[pathOf(cmd)+" --"+f.Name], cobra.ShellCompDirectiveNoFileComp)
			_ = cmd.RegisterFlagCompletionFunc(f.Name, of) // it is a flag of the command
		}
	})
}

// mostOffered is how many numbers are offered at once.
const mostOffered = 100

// numbered are the numbers of rows, none where they could not be read.
func numbered[R any](rows []R, err error, of func(R) (model.Number, string)) []string {
	if err != nil {
		return nil
	}
	return each(rows, func(r R) string {
		n, about := of(r)
		return string(n) + "\t" + about
	})
}

func granted(rows []workflow.GrantRow, err error) []string {
	return numbered(rows, err, func(r workflow.GrantRow) (model.Number, string) {
		return model.Number(fmt.Sprint(r.Grant.ID)), string(r.Grant.State)
	})
}

// completeWithin is how long somebody who has pressed tab is kept waiting.
const completeWithin = 2 * time.Second

// complete teaches a command and those below it to complete their arguments. What
// takes a file is left to the shell.
func (a *app) complete(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		a.complete(sub)
	}
	if len(a.Args) > 0 && strings.HasPrefix(a.Args[0], cobra.ShellCompRequestCmd) {
		completeFlags(cmd) // cobra keeps what it is told for good
	}
	if cmd.ValidArgsFunction != nil || cmd.ValidArgs != nil || strings.Contains(cmd.Use, "FILE") || strings.Contains(cmd.Use, "DIR") {
		return
	}
	if views := a.viewsOf(pathOf(cmd)); views != nil {
		cmd.ValidArgsFunction = cobra.FixedCompletions(views, cobra.ShellCompDirectiveNoFileComp)
		return
	}
	of := completes()[pathOf(cmd)]
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if of == nil || len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completeWithin)
		defer cancel()
		var found []string
		// Who presses tab does not want to read why there is nothing.
		_ = a.with(ctx, func(q *queue, me model.Actor) error {
			found = of(ctx, q.svc, me.ID)
			return nil
		})
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// viewsOf are the views of a command that lists, nil for another one.
func (a *app) viewsOf(path string) []string {
	all := map[string][]listing{"list": a.listings(), "task list": a.taskListings(), "grants list": a.grantListings(),
		"epm list": a.endpointListings(), "device list": a.deviceListings()}[path]
	if all == nil {
		return nil
	}
	return each(all, func(l listing) string { return l.name + "\t" + l.about })
}
