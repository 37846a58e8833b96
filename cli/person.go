package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
	"countersign/workflow"
)

// memberJSON is a person for programs.
type memberJSON struct {
	Login       string            `json:"login"`
	Name        string            `json:"name"`
	Email       string            `json:"email"`
	Roles       []model.Role      `json:"roles"`
	Groups      []model.GroupName `json:"groups"`
	Active      bool              `json:"active"`
	Keys        int               `json:"keys"`
	Tasks       int               `json:"tasks"` // open ones that they have
	Delegations []delegationJSON  `json:"delegations"`
	Actions     []actionJSON      `json:"actions"`
}

// delegationJSON is a delegation for programs.
type delegationJSON struct {
	ID     int64     `json:"id"`
	From   string    `json:"from"`
	To     string    `json:"to"`
	Starts time.Time `json:"starts"`
	Ends   time.Time `json:"ends"`
	MadeBy string    `json:"made_by,omitempty"`
	Active bool      `json:"active"`
}

func delegationOf(d workflow.DelegationView) delegationJSON {
	return delegationJSON{d.ID, d.FromLogin, d.ToLogin, moment(d.Starts), moment(d.Ends), d.MadeByLogin, d.Active}
}

func memberOf(v workflow.PersonView) memberJSON {
	return memberJSON{Login: v.Login, Name: v.Name, Email: v.Email, Roles: append([]model.Role{}, v.Roles...), Groups: append([]model.GroupName{}, v.Groups...),
		Active: v.Active, Keys: len(v.Keys), Tasks: v.Tasks, Delegations: each(v.Delegations, delegationOf), Actions: each(v.Perms, actionOf)}
}

func (a *app) peopleListCommand() *cobra.Command {
	var groups, asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "List the people, or the groups", Args: none,
		Long: "List the people with their roles and groups, or with --groups the groups with their members;\nfor admins and support.", Example: "countersign people list --groups"}
	cmd.Flags().BoolVar(&groups, "groups", false, "list the groups instead")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			if groups {
				return a.listGroups(ctx, q, me, asJSON)
			}
			people, err := q.svc.People(ctx, me.ID)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.Out, each(people, memberOf))
			}
			t := table{head: []string{"LOGIN", "NAME", "ADDRESS", "ROLES", "GROUPS", "STATE", "TASKS", "ACTED FOR BY"}}
			for _, p := range people {
				t.add(p.Login, p.Name, p.Email, joined(p.Roles), joined(p.Groups), stateOfPerson(p.Person), countOf(p.Tasks), actedForBy(p))
			}
			return t.print(a.Out)
		})
	})
	return cmd
}

func stateOfPerson(p model.Person) string {
	if p.Active {
		return "active"
	}
	return "disabled"
}

// countOf leaves a column of zeros empty.
func countOf(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// actedForBy names those who act for somebody now.
func actedForBy(p workflow.PersonView) string {
	var logins []string
	for _, d := range p.Delegations {
		if d.From == p.ID && d.Active {
			logins = append(logins, d.ToLogin)
		}
	}
	return strings.Join(logins, ", ")
}

// groupJSON is a group for programs.
type groupJSON struct {
	Name      model.GroupName `json:"name"`
	Members   []string        `json:"members"`
	Approvers int             `json:"approvers"` // of them, active
	Decides   bool            `json:"decides"`
	Fulfils   bool            `json:"fulfils"`
}

func (a *app) listGroups(ctx context.Context, q *queue, me model.Actor, asJSON bool) error {
	groups, err := q.svc.Groups(ctx, me.ID)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.Out, each(groups, func(g workflow.GroupView) groupJSON {
			return groupJSON{g.Name, append([]string{}, g.Members...), g.Able, g.Decides, g.Fulfils}
		}))
	}
	t := table{head: []string{"GROUP", "DOES", "APPROVERS", "MEMBERS"}}
	for _, g := range groups {
		var does []string
		if g.Decides {
			does = append(does, "decides")
		}
		if g.Fulfils {
			does = append(does, "fulfils")
		}
		t.add(string(g.Name), strings.Join(does, ", "), strconv.Itoa(g.Able), strings.Join(g.Members, ", "))
	}
	return t.print(a.Out)
}

func (a *app) peopleShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "show [LOGIN]", Short: "Show a person, or yourself", Args: cobra.MaximumNArgs(1),
		Long: "Show a person with roles, groups and who acts for whom; others for admins and support alone.", Example: "countersign people show dana"}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			v, err := q.svc.Person(ctx, me.ID, append(args, me.Login)[0])
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.Out, memberOf(v))
			}
			return a.printPerson(v)
		})
	})
	return cmd
}

func (a *app) printPerson(v workflow.PersonView) error {
	var f facts
	fmt.Fprintf(&f.b, "%s  %s\n", safetext.Line(v.Login), stateOfPerson(v.Person))
	f.add("Name", v.Name)
	f.add("Address", v.Email)
	f.add("Roles", joined(v.Roles))
	f.add("Groups", joined(v.Groups))
	f.add("Keys", countOf(len(v.Keys)))
	f.add("Open tasks", countOf(v.Tasks))
	for _, d := range v.Delegations {
		f.add("Delegation", a.delegationWords(d))
	}
	_, err := fmt.Fprint(a.Out, f.b.String())
	return err
}

// delegationWords is a delegation in one line, with the number that ends it.
func (a *app) delegationWords(d workflow.DelegationView) string {
	return fmt.Sprintf("%d: %s acts for %s from %s to %s", d.ID, d.ToLogin, d.FromLogin, a.clock(d.Starts), a.clock(d.Ends))
}

// activeCommand is `people disable` or `people enable`.
func (a *app) activeCommand(use, short, long string, set func(svc *workflow.Service) func(context.Context, model.PersonID, string, string) ([]string, error)) *cobra.Command {
	var asJSON bool
	var reason string
	cmd := &cobra.Command{Use: use + " LOGIN", Short: short, Long: long, Args: one("LOGIN"), Example: "countersign people " + use + ` dana --reason "left the company"`}
	cmd.Flags().StringVar(&reason, "reason", "", "`TEXT` that says why, for the audit")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what changed as JSON")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			done, err := set(q.svc)(ctx, me.ID, args[0], reason)
			if err != nil {
				return err
			}
			return a.printChanges(done, asJSON)
		})
	})
	return cmd
}

func (a *app) peopleDisableCommand() *cobra.Command {
	return a.activeCommand("disable", "Take everything from a person, at once", `Take everything from a person at once, in open sessions too. Their open tasks and
incidents go back to the groups, and nobody acts for them any more. Nobody disables
themselves, so that an admin is always left.`,
		func(svc *workflow.Service) func(context.Context, model.PersonID, string, string) ([]string, error) {
			return svc.Disable
		})
}

func (a *app) peopleEnableCommand() *cobra.Command {
	return a.activeCommand("enable", "Let a person in again", "Let a person in again, with the roles and groups that they had.",
		func(svc *workflow.Service) func(context.Context, model.PersonID, string, string) ([]string, error) {
			return svc.Enable
		})
}

func (a *app) delegateCommand() *cobra.Command {
	var d workflow.DelegationDraft
	var from, until string
	var end int64
	var asJSON bool
	cmd := &cobra.Command{Use: "delegate", Short: "Have another approver act for you, for a time", Args: none,
		Long: `Have another approver act for you for a time, or as an admin for somebody else with
--for. They give your say, each vote once, with their own name beside yours; what is
delegated to you they do not get. Votes on your own requests are not given by anybody.
Without --to it lists who acts for whom; --end takes one back.`,
		Example: `countersign people delegate --to omar --until "2026-12-24 18:00"
countersign people delegate --end 3`}
	cmd.Flags().StringVar(&d.To, "to", "", "`LOGIN` of who is to act")
	cmd.Flags().StringVar(&d.From, "for", "", "`LOGIN` of who is acted for, if that is not you")
	cmd.Flags().StringVar(&from, "from", "", "`TIME` when it begins, as \"2026-12-20 08:00\"; without it, now")
	cmd.Flags().StringVar(&until, "until", "", "`TIME` when it ends, as \"2026-12-24 18:00\", or how long it lasts, as \"5 d\"")
	cmd.Flags().Int64Var(&end, "end", 0, "end the delegation with this `NUMBER`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			switch {
			case end != 0 && d.To != "":
				return usage("--end: takes back what is there; leave out --to")
			case end != 0:
				if err := q.svc.EndDelegation(ctx, me.ID, end); err != nil {
					return err
				}
			case d.To != "":
				var err error
				if d.Starts, d.Ends, err = a.span(from, until); err != nil {
					return err
				}
				if _, err := q.svc.Delegate(ctx, me.ID, d); err != nil {
					return err
				}
			}
			login := d.From
			if login == "" {
				login = me.Login
			}
			v, err := q.svc.Person(ctx, me.ID, login)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.Out, each(v.Delegations, delegationOf))
			}
			for _, one := range v.Delegations {
				if _, err := fmt.Fprintln(a.Out, safetext.Line(a.delegationWords(one))); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return cmd
}

// span reads when something begins and ends; the beginning may be left out.
func (a *app) span(from, until string) (starts, ends time.Time, err error) {
	at := func(flag, text string) (time.Time, error) {
		limit, err := model.ParseLimit("until "+text, a.Zone)
		if err != nil {
			return time.Time{}, usage("--%s: write a time as \"2026-12-24 18:00\"", flag)
		}
		return limit.End(time.Time{}), nil
	}
	if from != "" {
		if starts, err = at("from", from); err != nil {
			return starts, ends, err
		}
	}
	if length, err := model.ParseDuration(until); err == nil {
		base := starts
		if base.IsZero() {
			base = a.Now()
		}
		return starts, base.Add(length), nil
	}
	ends, err = at("until", until)
	return starts, ends, err
}
