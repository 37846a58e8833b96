package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/workflow"
)

func (a *app) grantsCommand() *cobra.Command {
	return group("grants", "See who has what through this program, extend it, and end it", `See who has what until when by which request, extend it, and end it. Each grant has
a number of its own, the first column of the list.`,
		a.grantsListCommand(), a.grantsExtendCommand(), a.grantsGiveBackCommand(), a.grantsRevokeCommand(), a.grantsCloseCommand(), a.grantsTakeCommand())
}

func (a *app) grantsListCommand() *cobra.Command {
	return a.listOf("list [VIEW] [FILTER]...", "List who has what until when", a.grantListings(),
		`countersign grants list person:carol
countersign grants list "ends:<7d" --json
countersign grants list state:drift`, func(me model.Actor) int {
			if me.Has(model.RoleAdmin) || me.Has(model.RoleSupport) {
				return 1
			}
			return 0
		})
}

// grantListings are the views of access.
func (a *app) grantListings() []listing {
	keys := []string{"person", "record", "folder", "kind", "state", "ends", "number"}
	head := []string{"GRANT", "REQUEST", "STATE", "WHO", "RIGHT", "WHAT", "SINCE", "UNTIL", "NOTE"}
	ledger := func(name, about, view string, sorts []string) listing {
		return listing{name: name, about: about, keys: keys, sorts: sorts, head: head, read: a.readLedger(view)}
	}
	return []listing{
		{name: "mine", about: "what you have, and had", read: a.readMine, head: head},
		ledger("open", "what stands, or waits for an accepted invitation", workflow.GrantsOpen, []string{workflow.SortEnd, workflow.SortNewest}),
		ledger("over", "what has ended, latest first", workflow.GrantsOver, nil),
	}
}

// grantRowJSON is access as lists show it.
type grantRowJSON struct {
	grantJSON
	Ending  bool          `json:"ending,omitempty"` // soon
	Drift   string        `json:"drift,omitempty"`  // what the vault shows instead
	Checked string        `json:"checked,omitempty"`
	Vault   model.OpState `json:"vault,omitempty"` // of the order that is ending it
	Link    model.LinkID  `json:"link,omitempty"`
	Actions []actionJSON  `json:"actions,omitempty"`
}

func (a *app) grantEntry(r workflow.GrantRow) entry {
	g := r.Grant
	state, until, note := string(g.State), "permanent", g.Note
	switch {
	case g.State == model.GrantPending:
		state = "invited"
	case r.Drift != "":
		state, note = "drift", r.Drift
	case r.Ending:
		state = "ending soon"
	}
	if !g.Until.IsZero() {
		until = a.clock(g.Until)
	}
	row := grantRowJSON{grantJSON: grantOf(g), Ending: r.Ending, Drift: r.Drift, Vault: r.OpState, Link: g.Link, Actions: each(r.Perms, actionOf)}
	if !r.Checked.IsZero() {
		row.Checked = r.Checked.UTC().Format("2006-01-02T15:04:05Z")
	}
	return entry{[]string{strconv.FormatInt(g.ID, 10), string(g.Number), state, g.Email, rightOf(g), g.Target.Label(), a.clock(g.Since),
		until, note}, row}
}

// rightOf is what a grant gives, in a word or two.
func rightOf(g model.Grant) string {
	switch {
	case g.Link != "":
		return "link, " + string(g.Right)
	case g.Right == model.RightNone:
		return "member"
	}
	return string(g.Right)
}

func (a *app) readLedger(view string) reader {
	return func(ctx context.Context, svc *workflow.Service, me model.PersonID, q workflow.Query) ([]entry, workflow.Cursor, error) {
		q.View = view
		p, err := svc.Ledger(ctx, me, q)
		return each(p.Rows, a.grantEntry), p.Next, err
	}
}

func (a *app) readMine(ctx context.Context, svc *workflow.Service, me model.PersonID, q workflow.Query) ([]entry, workflow.Cursor, error) {
	p, err := svc.Access(ctx, me, q)
	return each(p.Rows, a.grantEntry), p.Next, err
}

// onGrant makes a function about the grant that the argument names into one of
// cobra's.
func (a *app) onGrant(fn func(ctx context.Context, q *queue, me model.Actor, grant int64) error) func(*cobra.Command, []string) error {
	return a.does(func(ctx context.Context, args []string) error {
		id, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil || id < 1 {
			return usage("%q is no grant: it is the number in the first column of grants list", args[0])
		}
		return a.with(ctx, func(q *queue, me model.Actor) error { return fn(ctx, q, me, id) })
	})
}

// ending are the flags of what ends access.
type ending struct {
	reason     string
	wait, json bool
}

func (e *ending) flags(cmd *cobra.Command, reader string) {
	cmd.Flags().StringVar(&e.reason, "reason", "", "`TEXT` that says why"+reader)
	cmd.Flags().BoolVar(&e.wait, "wait", false, "wait for what comes of it")
	cmd.Flags().BoolVar(&e.json, "json", false, "print JSON")
}

func (a *app) grantsGiveBackCommand() *cobra.Command {
	var e ending
	cmd := &cobra.Command{Use: "give-back GRANT", Short: "End access of your own", Args: one("GRANT"),
		Long: `End access of your own. What you had before is given back to you. With --wait the
exit code tells what came of it.`}
	e.flags(cmd, "")
	cmd.RunE = a.onGrant(func(ctx context.Context, q *queue, me model.Actor, grant int64) error {
		return a.end(ctx, q, me, grant, e, q.svc.GiveBack)
	})
	return cmd
}

func (a *app) grantsRevokeCommand() *cobra.Command {
	var e ending
	cmd := &cobra.Command{Use: "revoke GRANT", Short: "End somebody's access", Args: one("GRANT"),
		Long: `End somebody's access that was given here. What they had before is given back to
them. With --wait the exit code tells what came of it.`,
		Example: `countersign grants revoke 17 --reason "has left the team" --wait`}
	e.flags(cmd, ", which they read")
	cmd.RunE = a.onGrant(func(ctx context.Context, q *queue, me model.Actor, grant int64) error {
		return a.end(ctx, q, me, grant, e, q.svc.Revoke)
	})
	return cmd
}

func (a *app) grantsCloseCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{Use: "close GRANT", Short: "Close access that was changed in the vault", Args: one("GRANT"),
		Long: `Close access that was found changed in the vault (drift), and leave the vault as it
is: whoever changed it there answers for it from now on.`,
		Example: `countersign grants close 17 --reason "moved to another account by hand, INC0012345"`}
	cmd.Flags().StringVar(&reason, "reason", "", "`TEXT` that says why")
	cmd.RunE = a.onGrant(func(ctx context.Context, q *queue, me model.Actor, grant int64) error {
		number, err := q.svc.GrantedBy(ctx, me.ID, grant)
		if err != nil {
			return err
		}
		if err := q.svc.CloseGrant(ctx, me.ID, grant, reason); err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.Out, "%s: closed, and the vault left as it is\n", number)
		return err
	})
	return cmd
}

// end ends a grant by a verb and follows what comes of it.
func (a *app) end(ctx context.Context, q *queue, me model.Actor, grant int64, e ending,
	verb func(ctx context.Context, actor model.PersonID, grant int64, reason string) error) error {
	number, err := q.svc.GrantedBy(ctx, me.ID, grant)
	if err != nil {
		return err
	}
	before, err := q.svc.Case(ctx, me.ID, number)
	if err != nil {
		return err
	}
	if err := verb(ctx, me.ID, grant, e.reason); err != nil {
		return err
	}
	return a.follow(ctx, q, me, following{number: number, after: newest(before.Operations), wait: e.wait, json: e.json})
}

func (a *app) grantsExtendCommand() *cobra.Command {
	var right, limit, justification string
	var onlyCheck, asJSON bool
	cmd := &cobra.Command{Use: "extend GRANT", Short: "Ask for access again that is about to end", Args: one("GRANT"),
		Long: `Ask for access again that is about to end: a new request, which refers to the old
one and is decided like any other. What is not said is as it was.`,
		Example: `countersign grants extend 17 --limit "2 d" --justification "INC0012345: not done yet"`}
	cmd.Flags().StringVar(&right, "right", "", "`RIGHT` that is asked for, if it is another one")
	cmd.Flags().StringVar(&limit, "limit", "", "for how long: `TIME`")
	cmd.Flags().StringVar(&justification, "justification", "", "`TEXT` that says why; the approvers read it")
	cmd.Flags().BoolVar(&onlyCheck, "dry-run", false, "only say whether it could be ordered")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.onGrant(func(ctx context.Context, q *queue, me model.Actor, grant int64) error {
		d, err := q.svc.Extension(ctx, me.ID, grant)
		if err != nil {
			return err
		}
		d.Source = model.SourceCommand
		if right != "" {
			d.Asked.Right = model.Right(right)
		}
		if limit != "" {
			if d.Asked.Limit, err = model.ParseTyped(limit, a.Now(), a.Zone); err != nil {
				return usage("--limit: %s", err)
			}
		}
		if justification != "" {
			d.Justification = justification
		}
		return a.submit(ctx, q, me, d, onlyCheck, asJSON)
	})
	return cmd
}

// takenJSON is the task that takes access.
type takenJSON struct {
	Task   model.Number `json:"task"`
	Target model.Target `json:"target"`
}

func (a *app) grantsTakeCommand() *cobra.Command {
	var record, folder, reason string
	var from []string
	var asJSON bool
	cmd := &cobra.Command{Use: "take", Short: "Begin to take access that was not given here", Args: none,
		Long: `Begin to take access that was not given here, from one or several who have it. It
makes a task that is yours: read its plan and run it. For admins.`,
		Example: `countersign grants take --record RZToj60CrP9GDxjDTPWxAQ --from bob@example.com --reason "left"
countersign task plan SCTASK0010007`}
	cmd.Flags().StringVar(&record, "record", "", "`UID` of the record")
	cmd.Flags().StringVar(&folder, "folder", "", "`UID` of the shared folder")
	cmd.Flags().StringArrayVar(&from, "from", nil, "`ADDRESS` of who loses it; may be repeated")
	cmd.Flags().StringVar(&reason, "reason", "", "`TEXT` that says why")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		kind, uid := model.TargetRecord, model.UID(record)
		if record == "" {
			kind, uid = model.TargetFolder, model.UID(folder)
		}
		switch {
		case (record == "") == (folder == ""):
			return usage("--record or --folder: name one of the two")
		case len(from) == 0:
			return usage("--from: say whose access is to be taken")
		}
		return a.with(ctx, func(q *queue, me model.Actor) error {
			on, err := findTarget(ctx, q, me, kind, uid)
			if err != nil {
				return err
			}
			task, err := q.svc.Take(ctx, me.ID, on, slices.Clone(from), reason)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.Out, takenJSON{task, on})
			}
			_, err = fmt.Fprintf(a.Out, "%s is yours; read what it would do: countersign task plan %s\n", task, task)
			return err
		})
	})
	return cmd
}
