package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

func (a *app) privacyCommand() *cobra.Command {
	return group("privacy", "Say what is kept of people; export somebody, and erase them", `Say what is kept of people: what, where, protected how, how long, and who sees it.
Export everything that is kept of somebody, and erase it. The audit stays whole: it
knows people by a random id, and texts by commitments.`,
		a.privacyShowCommand(), a.privacyExportCommand(), a.privacyEraseCommand())
}

// holdingJSON is one kind of thing that is kept of people.
type holdingJSON struct {
	What   string   `json:"what"`
	Holds  string   `json:"holds"`
	File   string   `json:"file"`
	Where  []string `json:"where"`
	Sealed string   `json:"protected"`
	Kept   string   `json:"kept"`
	Sees   string   `json:"sees"`
}

func (a *app) privacyShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "show", Short: "Say what is kept of people, where, how long, and who sees it", Args: none,
		Example: "countersign privacy show --json"}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			all, err := q.svc.Privacy(ctx, me.ID)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.Out, each(all, func(h workflow.Holding) holdingJSON {
					return holdingJSON{h.What, h.Holds, h.File, h.Where, h.Sealed, h.Kept, h.Sees}
				}))
			}
			var f facts
			for _, h := range all {
				f.section(h.What)
				f.add("Of people", h.Holds)
				f.add("Where", h.File+"\n"+strings.Join(h.Where, "\n"))
				f.add("Protected", h.Sealed)
				f.add("Kept", h.Kept)
				f.add("Seen by", h.Sees)
			}
			_, err = io.WriteString(a.Out, strings.TrimPrefix(f.b.String(), "\n"))
			return err
		})
	})
	return cmd
}

// exportJSON is everything that is kept of one person.
type exportJSON struct {
	Person personJSON   `json:"person"`
	Rows   []exportedTo `json:"rows"`
}

type personJSON struct {
	ID     model.PersonID    `json:"id"`
	Login  string            `json:"login"`
	Name   string            `json:"name"`
	Email  string            `json:"email"`
	Roles  []model.Role      `json:"roles"`
	Groups []model.GroupName `json:"groups"`
	Active bool              `json:"active"`
}

// exportedTo is a row with the table that it is in.
type exportedTo struct {
	Table  string         `json:"table"`
	Values map[string]any `json:"values"`
}

func (a *app) privacyExportCommand() *cobra.Command {
	return &cobra.Command{Use: "export PERSON", Short: "Print everything that is kept of somebody, as JSON", Args: one("PERSON"),
		Long: `Print everything that the queue keeps of somebody, named by login or address, as JSON.
Admins export anybody, everybody else themselves. The export is written into the audit.
What the vault keeps is not in it, and of sealed answers only their size.`,
		Example: "countersign privacy export alice > alice.json",
		RunE: a.does(func(ctx context.Context, args []string) error {
			return a.with(ctx, func(q *queue, me model.Actor) error {
				e, err := q.svc.ExportPerson(ctx, me.ID, args[0])
				if err != nil {
					return err
				}
				p := e.Person
				return writeJSON(a.Out, exportJSON{
					Person: personJSON{p.ID, p.Login, p.Name, p.Email, p.Roles, p.Groups, p.Active},
					Rows:   each(e.Rows, func(r store.PersonalRow) exportedTo { return exportedTo{r.Table, r.Values} }),
				})
			})
		})}
}

// erasureJSON is what erasing somebody did.
type erasureJSON struct {
	Pseudonym string           `json:"pseudonym"`
	Rows      map[string]int64 `json:"rows"`
	LogLines  int64            `json:"log_lines"`
	Copies    []string         `json:"copies,omitempty"` // that still hold it
	DryRun    bool             `json:"dry_run,omitempty"`
	Left      bool             `json:"left_in_files,omitempty"`
}

func (a *app) privacyEraseCommand() *cobra.Command {
	var dryRun, asJSON bool
	var confirmed string
	cmd := &cobra.Command{Use: "erase PERSON", Short: "Erase what is kept of somebody, for ever", Args: one("PERSON"),
		Long: `Erase what is kept of somebody, named by login or address, for ever: who they are, what
they wrote, what was written about their requests, and the lines of the logs that name
their address. A pseudonym stays in the histories, and the audit stays whole.

What they still wait for, work at or have must end first; "countersign list all
requestor:PERSON" and "countersign grants list open person:PERSON" show most of it. In
what others wrote, their address and whole name are replaced. Not reached are backups,
the vault and exports.

On a terminal you are asked; otherwise --confirm repeats PERSON. For admins.`,
		Example: `countersign privacy erase alice --dry-run
countersign privacy erase alice --confirm alice`}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would be erased")
	cmd.Flags().StringVar(&confirmed, "confirm", "", "repeat `PERSON`, where there is no terminal to ask on")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		who := args[0]
		if !dryRun && confirmed != who && (confirmed != "" || !a.typed()) {
			return usage("--confirm: repeat %s, since nothing brings it back", who)
		}
		return a.with(ctx, func(q *queue, me model.Actor) error {
			if !dryRun && confirmed == "" {
				if err := a.agreeToErase(ctx, q, me, who); err != nil {
					return err
				}
			}
			e, err := q.svc.ErasePerson(ctx, me.ID, who, dryRun)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.Out, erasureJSON{e.Pseudonym, e.Rows, e.LogLines, e.Copies, dryRun, e.Left})
			}
			return a.printErasure(e, dryRun)
		})
	})
	return cmd
}

// agreeToErase says what would be erased and has the person type who.
func (a *app) agreeToErase(ctx context.Context, q *queue, me model.Actor, who string) error {
	e, err := q.svc.ErasePerson(ctx, me.ID, who, true)
	if err != nil {
		return err
	}
	if err := a.printErasure(e, true); err != nil {
		return err
	}
	asked := a.Now()
	fmt.Fprintf(a.Err, "\nTo erase it for ever, type %s; anything else means no: ", who)
	typed, err := a.readLine(ctx)
	switch {
	case err != nil:
		return err
	case typed != who || a.Now().Sub(asked) < typedAhead:
		return fmt.Errorf("nothing was erased")
	}
	return nil
}

// counted is a number with the word for what is counted.
func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (a *app) printErasure(e workflow.Erasure, dryRun bool) error {
	var f facts
	verb := "Erased"
	if dryRun {
		verb = "Would be erased"
	}
	fmt.Fprintf(&f.b, "%s; what stays is the pseudonym %s\n", verb, e.Pseudonym)
	for _, table := range sortedKeys(e.Rows) {
		f.add(table, counted(e.Rows[table], "row"))
	}
	if !dryRun {
		f.add("log and traffic", counted(e.LogLines, "line"))
	}
	for _, c := range e.Copies {
		f.add("still holds it", c+", a copy of before an update: remove it when that need not be undone")
	}
	if e.Left {
		f.add("", "a console is reading: the texts leave the disk at the next checkpoint, within "+time.Minute.String())
	}
	_, err := io.WriteString(a.Out, f.b.String())
	return err
}
