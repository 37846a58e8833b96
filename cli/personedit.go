package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"countersign/model"
	"countersign/workflow"
)

// memberFlags say what somebody is to be. Those that are not given leave it as it is.
type memberFlags struct {
	name, email   string
	roles, groups []string
	json          bool
}

func (f *memberFlags) flags(flags *pflag.FlagSet) {
	flags.StringVar(&f.name, "name", "", "`NAME`, as it is shown")
	flags.StringVar(&f.email, "email", "", "`ADDRESS` of the Keeper account that gets the shares")
	flags.StringArrayVar(&f.roles, "role", nil, "`ROLE`: requestor, approver, admin or support; once for each, \"\" for none")
	flags.StringArrayVar(&f.groups, "group", nil, "`GROUP`, which must be there; once for each, \"\" for none")
	flags.BoolVar(&f.json, "json", false, "print what changes as JSON")
}

// onto writes what was given over a draft.
func (f *memberFlags) onto(d *workflow.PersonDraft, flags *pflag.FlagSet) {
	if flags.Changed("name") {
		d.Name = f.name
	}
	if flags.Changed("email") {
		d.Email = f.email
	}
	if flags.Changed("role") {
		d.Roles = valuesOf[model.Role](f.roles)
	}
	if flags.Changed("group") {
		d.Groups = valuesOf[model.GroupName](f.groups)
	}
}

// valuesOf are the values of a flag that may be given several times, each once; "" is none.
func valuesOf[T ~string](all []string) []T {
	var values []T
	seen := map[string]bool{"": true}
	for _, v := range all {
		if !seen[v] {
			values = append(values, T(v))
		}
		seen[v] = true
	}
	return values
}

func (a *app) peopleAddCommand() *cobra.Command {
	var f memberFlags
	cmd := &cobra.Command{
		Use:   "add LOGIN",
		Short: "Add a person",
		Long: `Add a person, as an admin. Keys for the console over SSH come by people key add, groups
that are not there yet by people apply.`,
		Example: `countersign people add dana --name "Dana Novak" --email dana@example.com \
  --role requestor --role approver --group "Vault Approvers"`,
		Args: one("LOGIN"),
	}
	f.flags(cmd.Flags())
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		if f.email == "" {
			return usage("--email: name the Keeper account that gets the shares")
		}
		return a.with(ctx, func(q *queue, me model.Actor) error {
			d := workflow.PersonDraft{RosterPerson: workflow.RosterPerson{Login: args[0]}}
			f.onto(&d, cmd.Flags())
			return a.savePerson(ctx, q, me, d, f.json)
		})
	})
	return cmd
}

func (a *app) peopleEditCommand() *cobra.Command {
	var f memberFlags
	cmd := &cobra.Command{
		Use:   "edit LOGIN",
		Short: "Change a person's name, address, roles or groups",
		Long: `Change a person's name, address, roles or groups, as an admin. What is not given stays
as it is; --role and --group name all that the person is to have. It takes effect at
once, in open sessions too; who leaves a group gives back the tasks for it.`,
		Example: `countersign people edit dana --role requestor --role approver --group "Vault Approvers"`,
		Args:    one("LOGIN"),
	}
	f.flags(cmd.Flags())
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			p, err := q.svc.Person(ctx, me.ID, args[0])
			if err != nil {
				return err
			}
			if err := p.Can(model.ActEdit); err != nil {
				return err
			}
			d := workflow.PersonDraft{RosterPerson: workflow.RosterPerson{Login: p.Login, Name: p.Name, Email: p.Email, Roles: p.Roles, Keys: p.Keys},
				Groups: p.Groups, Revision: p.Revision}
			f.onto(&d, cmd.Flags())
			return a.savePerson(ctx, q, me, d, f.json)
		})
	})
	return cmd
}

func (a *app) savePerson(ctx context.Context, q *queue, me model.Actor, d workflow.PersonDraft, asJSON bool) error {
	changes, err := q.svc.SavePerson(ctx, me.ID, d)
	if err != nil {
		return err
	}
	if err := a.printChanges(changes, asJSON); err != nil || asJSON || len(changes) > 0 {
		return err
	}
	_, err = fmt.Fprintln(a.Out, "nothing to change")
	return err
}
