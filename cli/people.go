package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
	"countersign/store"
	"countersign/workflow"
)

func (a *app) peopleCommand() *cobra.Command {
	people := group("people", "Say who uses the queue, in which roles and groups", "")
	var dryRun, asJSON bool
	apply := &cobra.Command{
		Use:   "apply FILE",
		Short: "Make the queue's people what a file says",
		Long: `Make the queue's people what a TOML file says, and print what that changes.
People and groups that the file does not name stay as they are. On a queue without
people, who applies the first file becomes an admin; afterwards only admins may.

  [[person]]
  login = "dana"                     # of the operating system
  name  = "Dana Novak"
  email = "dana@example.com"         # the Keeper account that gets the shares
  roles = ["requestor", "approver"]  # requestor, approver, admin, support
  # keys = ["ssh-ed25519 …"]         # for the console over SSH: all their keys; left
                                     # out, those of people key add stay
  # disabled = true

  [[group]]
  name    = "Vault Approvers"
  members = ["dana"]                 # all its members`,
		Example: "countersign people apply people.toml --dry-run",
		Args:    one("FILE"),
	}
	apply.Flags().BoolVar(&dryRun, "dry-run", false, "only print what would change")
	apply.Flags().BoolVar(&asJSON, "json", false, "print what changes as JSON")
	apply.RunE = a.does(func(ctx context.Context, args []string) error { return a.applyPeople(ctx, args[0], dryRun, asJSON) })
	people.AddCommand(apply, a.peopleListCommand(), a.peopleShowCommand(), a.peopleAddCommand(), a.peopleEditCommand(), a.peopleDisableCommand(), a.peopleEnableCommand(), a.delegateCommand(), a.keyCommand(), a.sessionsCommand())
	return people
}

// undecided returns the groups that the configuration has decide and in which
// nobody may.
func (q *queue) undecided(ctx context.Context) ([]model.GroupName, error) {
	var without []model.GroupName
	err := q.db.Read(ctx, func(tx *store.Tx) error {
		for _, p := range q.conf.AllPolicies() {
			for _, group := range p.Decides() {
				members, err := tx.Members(group)
				if err != nil {
					return err
				}
				decides := slices.ContainsFunc(members, func(p model.Person) bool { return p.Has(model.RoleApprover) })
				if !decides && !slices.Contains(without, group) {
					without = append(without, group)
				}
			}
		}
		return nil
	})
	return without, err
}

// maxPeopleFile is far more than a company's people need.
const maxPeopleFile = 16 << 20

func (a *app) applyPeople(ctx context.Context, path string, dryRun, asJSON bool) error {
	roster, err := a.readPeople(path)
	if err != nil {
		return err
	}
	login, err := a.Login()
	if err != nil {
		return err
	}
	q, err := a.open(ctx)
	if err != nil {
		return err
	}
	changes, err := q.svc.ApplyPeople(ctx, login, roster, dryRun)
	var wrong workflow.Invalid
	if errors.As(err, &wrong) {
		err = &peopleError{path: path, problems: []string{invalidWords(wrong)}}
	}
	var idle []model.GroupName
	if err == nil && !dryRun {
		idle, err = q.undecided(ctx)
	}
	if err = errors.Join(err, q.close()); err != nil {
		return err
	}
	for _, g := range idle {
		fmt.Fprintf(a.Err, "%s: nobody in the group %q has the role approver: what waits for it cannot be decided\n", name, safetext.Line(string(g)))
	}
	if err := a.printChanges(changes, asJSON); err != nil || asJSON {
		return err
	}
	switch {
	case len(changes) == 0:
		_, err = fmt.Fprintln(a.Out, "nothing to change")
	case dryRun:
		_, err = fmt.Fprintln(a.Out, "dry run: nothing was changed")
	}
	return err
}

// printChanges prints what was changed, a line each.
func (a *app) printChanges(changes []string, asJSON bool) error {
	if asJSON {
		return writeJSON(a.Out, append([]string{}, changes...))
	}
	for _, c := range changes {
		if _, err := fmt.Fprintln(a.Out, safetext.Line(c)); err != nil {
			return err
		}
	}
	return nil
}

// readPeople reads a people file, "-" for standard input.
func (a *app) readPeople(path string) (workflow.Roster, error) {
	in := a.In
	switch {
	case path == "-":
	case a.Remote:
		return workflow.Roster{}, &usageError{"people apply: files of this host cannot be read from here", "give it on standard input: people apply -"}
	default:
		f, err := os.Open(path)
		if err != nil {
			return workflow.Roster{}, fmt.Errorf("%w: %w", errPeople, err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxPeopleFile+1))
	switch {
	case err != nil:
		return workflow.Roster{}, fmt.Errorf("%w: %w", errPeople, err)
	case len(text) > maxPeopleFile:
		return workflow.Roster{}, &peopleError{path: path, problems: []string{fmt.Sprintf("too large: at most %d MiB", maxPeopleFile>>20)}}
	}
	return parsePeople(path, string(text))
}
