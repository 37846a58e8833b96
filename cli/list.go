package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/ui/widget"
	"countersign/workflow"
)

// listFlags are the flags of `countersign list`.
type listFlags struct {
	json  bool
	limit int
	sort  string
}

func (a *app) listCommand() *cobra.Command {
	var f listFlags
	var views strings.Builder
	for _, l := range a.listings() {
		fmt.Fprintf(&views, "  %-9s %s\n", l.name, l.about)
	}
	cmd := &cobra.Command{
		Use:   "list [VIEW] [FILTER]...",
		Short: "List requests, tasks, orders or access",
		Long: `List requests, tasks, orders or access. Without a view it lists what waits for
you, or your own requests if you are no approver. The views:

` + views.String() + `
A filter is words that must be found, and key:value as in the console:
  requestor:alice for:bob@example.com item:record state:denied "age:>2d" "due:<1h"
  number:REQ0010042, and for tasks assignee:none`,
		Example: `countersign list waiting "due:<4h"
countersign list all requestor:alice state:denied "age:<30d" --json`,
		Args: cobra.ArbitraryArgs,
	}
	f.flags(cmd)
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			view, words := chooseView(a.listings(), usualView(me), args)
			return a.list(ctx, q, me, view, words, f)
		})
	})
	return cmd
}

func (f *listFlags) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.Flags().IntVar(&f.limit, "limit", 100, "print at most `N` rows")
	cmd.Flags().StringVar(&f.sort, "sort", "", "begin with `FIRST`, one of the orders that the view offers")
}

// listOf is a command that lists one kind of thing in several views. usual says
// which of them is meant where none is named; nil means the first.
func (a *app) listOf(use, short string, all []listing, example string, usual func(me model.Actor) int) *cobra.Command {
	var f listFlags
	var views strings.Builder
	for _, l := range all {
		fmt.Fprintf(&views, "  %-9s %s\n", l.name, l.about)
	}
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, Example: example,
		Long: short + ". The views:\n\n" + views.String() + "\nA filter is words that must be found, and key:value with one of the keys\n  " +
			strings.Join(all[len(all)-1].keys, ", ")}
	f.flags(cmd)
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			n := 0
			if usual != nil {
				n = usual(me)
			}
			view, words := chooseView(all, n, args)
			return a.list(ctx, q, me, view, words, f)
		})
	})
	return cmd
}

// mostAtOnce is how many rows are read in one transaction.
const mostAtOnce = 500

func (a *app) list(ctx context.Context, q *queue, me model.Actor, view listing, words []string, f listFlags) error {
	query, err := queryOf(view, words, f)
	if err != nil {
		return err
	}
	found := []entry{}
	for len(found) < f.limit {
		query.Limit = min(f.limit-len(found), mostAtOnce)
		page, next, err := view.read(ctx, q.svc, me.ID, query)
		if err != nil {
			return err
		}
		found = append(found, page...)
		if query.After = next; next == "" {
			break
		}
	}
	if f.json {
		err = writeJSON(a.Out, each(found, func(e entry) any { return e.json }))
	} else {
		t := table{head: view.head}
		for _, e := range found {
			t.add(e.cells...)
		}
		err = t.print(a.Out)
	}
	if err == nil && query.After != "" {
		_, err = fmt.Fprintln(a.Err, "there are more: use --limit, or a filter")
	}
	if err == nil && view.known != nil {
		a.warnOfGaps(view.known(q.svc.EndpointsState(ctx)))
	}
	return err
}

// warnOfGaps says beside a list that the vault fills why something may be missing
// in it: a short list that is silent about that would look like peace.
func (a *app) warnOfGaps(l model.Listing) {
	switch {
	case l.Cause != "":
		report(a.Err, problem{text: l.Cause, advice: l.Advice})
	case l.Listed.IsZero():
		report(a.Err, problem{text: "what waits in the vault has not been listed yet"})
	}
}

// chooseView takes the view from the words of the command, or else the usual one.
func chooseView(all []listing, usual int, args []string) (listing, []string) {
	if len(args) > 0 {
		if n := slices.IndexFunc(all, func(l listing) bool { return l.name == args[0] }); n >= 0 {
			return all[n], args[1:]
		}
	}
	return all[usual], args
}

// usualView is what the person most likely wants to see: what waits for them, or
// what they have asked for.
func usualView(me model.Actor) int {
	if me.Has(model.RoleApprover) {
		return 0
	}
	return 1
}

// queryOf reads the filter as the console does.
func queryOf(view listing, words []string, f listFlags) (workflow.Query, error) {
	var q workflow.Query
	if f.limit < 1 {
		return q, usage("--limit: a number from 1 on is needed")
	}
	if f.sort != "" && !slices.Contains(view.sorts, f.sort) {
		if len(view.sorts) == 0 {
			return q, usage("--sort: %s has one order only", view.name)
		}
		return q, usage("--sort: %q is none of %s", f.sort, strings.Join(view.sorts, ", "))
	}
	q.Sort = f.sort
	filter := widget.ParseFilter(strings.Join(words, " "), view.keys)
	for _, u := range filter.Unknown {
		return q, unknownFilter(view, u)
	}
	if view.keys == nil && !filter.Empty() {
		return q, usage("%s takes no filter", view.name)
	}
	q.Words = filter.Words
	for _, t := range filter.Terms {
		q.Terms = append(q.Terms, workflow.Term{Key: t.Key, Op: operator(t.Op), Value: t.Value})
	}
	return q, nil
}

func unknownFilter(view listing, u widget.UnknownKey) error {
	switch {
	case u.Suggestion != "":
		return usage("%s: is no filter here, did you mean %s:?", u.Key, u.Suggestion)
	case len(view.keys) == 0:
		return usage("%s takes no filter", view.name)
	}
	return usage("%s: is no filter here; there are %s", u.Key, strings.Join(view.keys, ", "))
}

// operator is the workflow's sign for a comparison; lists know no difference
// between more and at least.
func operator(op widget.Op) string {
	switch op {
	case widget.More, widget.AtLeast:
		return ">"
	case widget.Less, widget.AtMost:
		return "<"
	}
	return ""
}
