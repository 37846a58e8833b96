package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/workflow"
)

// waitingFlags are the flags of `countersign waiting`.
type waitingFlags struct{ count, json, quiet bool }

func (a *app) waitingCommand() *cobra.Command {
	var f waitingFlags
	cmd := &cobra.Command{
		Use:   "waiting",
		Short: "Say what waits for you, for a prompt or a message at login",
		Long: `Say in one line what waits for you: approvals, tasks, requests of endpoints and
devices, emergency approvals to review. Where nothing waits, it says nothing. It asks no
worker and no vault.

--count prints a number alone, up to 99+ of each kind as 100. --quiet prints nothing, and
tells by its exit code: 0 if something waits, 13 if nothing does.`,
		Example: `PS1='$(countersign waiting --count 2>/dev/null) \$ '
countersign waiting --quiet && notify-send "something waits"`,
		Args: none,
	}
	cmd.Flags().BoolVar(&f.count, "count", false, "print how much waits, as one number")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.Flags().BoolVar(&f.quiet, "quiet", false, "print nothing; tell by the exit code")
	cmd.MarkFlagsMutuallyExclusive("count", "json", "quiet")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error { return a.waiting(ctx, f) })
	return cmd
}

// errNothing says that nothing waits, to who asked by --quiet.
var errNothing = errors.New("nothing waits")

// waitingJSON is what waits, for programs. Each stops at 100.
type waitingJSON struct {
	Total     int `json:"total"`
	Approvals int `json:"approvals"`
	Tasks     int `json:"tasks"`
	Endpoints int `json:"endpoints"` // and devices
	Reviews   int `json:"reviews"`   // of emergency approvals
	Unknown   int `json:"unknown"`   // orders whose outcome is looked for
}

func (a *app) waiting(ctx context.Context, f waitingFlags) error {
	if err := a.mustExist(); err != nil {
		return err
	}
	return a.with(ctx, func(q *queue, me model.Actor) error {
		b, err := q.svc.Badges(ctx, me.ID)
		if err != nil {
			return err
		}
		if b.Approvals < workflow.BadgeCap {
			b.Approvals -= b.Endpoints // which the tab Approvals counts as well
		}
		n := waitingJSON{Approvals: b.Approvals, Tasks: b.Tasks, Endpoints: b.Endpoints, Reviews: b.Reviews, Unknown: b.Unknown}
		n.Total = n.Approvals + n.Tasks + n.Endpoints + n.Reviews
		switch {
		case f.json:
			return writeJSON(a.Out, n)
		case f.count:
			_, err = fmt.Fprintln(a.Out, n.Total)
			return err
		case f.quiet && n.Total == 0:
			return errNothing
		case f.quiet || n.Total == 0:
			return nil
		}
		_, err = fmt.Fprintf(a.Out, "%s: %s\n", name, n.words())
		return err
	})
}

// mustExist fails where there is no queue yet: a prompt must not make one.
func (a *app) mustExist() error {
	if a.served != nil {
		return nil
	}
	conf, err := a.load()
	if err != nil {
		return err
	}
	if _, err := os.Stat(conf.Store.Dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: there is no queue yet in %s", errFolder, conf.Store.Dir)
	}
	return nil
}

// words is what waits, in one line.
func (n waitingJSON) words() string {
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{{n.Approvals, "approval", "approvals"}, {n.Tasks, "task", "tasks"}, {n.Endpoints, "request of an endpoint", "requests of endpoints"},
		{n.Reviews, "emergency approval to review", "emergency approvals to review"}} {
		count, what := fmt.Sprint(p.n), p.many
		if p.n >= workflow.BadgeCap {
			count = fmt.Sprintf("%d+", workflow.BadgeCap-1)
		}
		if p.n == 1 {
			what = p.one
		}
		if p.n > 0 {
			parts = append(parts, count+" "+what)
		}
	}
	verb := "wait"
	if n.Total == 1 {
		verb = "waits"
	}
	return strings.Join(parts, ", ") + " " + verb + " for you"
}
