package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
	"countersign/workflow"
)

func (a *app) epmCommand() *cobra.Command {
	return group("epm", "See and decide requests of endpoints for more rights", `See and decide requests of endpoints: people who ask to run a program with more
rights than they have. A request is named by the number of its incident, as
SIR0010017, or by its UID.`,
		a.epmListCommand(), a.epmShowCommand(), a.epmDecideCommand(model.Approve), a.epmDecideCommand(model.Deny), a.epmRulesCommand())
}

// uidMark stands before a UID that begins with -, which would be taken for a flag.
const uidMark = "uid:"

// markUIDs puts the mark before such UIDs in the words of an epm command.
func markUIDs(args []string) []string {
	if len(args) == 0 || args[0] != "epm" {
		return args
	}
	marked := slices.Clone(args)
	for i, arg := range args {
		valued := slices.Contains([]string{"--comment", "--digest", "--config"}, args[max(i-1, 0)])
		if strings.HasPrefix(arg, "-") && model.UID(arg).Valid() && !valued {
			marked[i] = uidMark + arg
		}
	}
	return marked
}

func (a *app) epmListCommand() *cobra.Command {
	return a.listOf("list [VIEW] [FILTER]...", "List endpoint requests", a.endpointListings(),
		`countersign epm list carol
countersign epm list decided --json`, nil)
}

// endpointListings are the views of endpoint requests; the first is the usual one.
func (a *app) endpointListings() []listing {
	head := []string{"INCIDENT", "STATE", "LEFT", "WHO", "MACHINE", "KIND", "WHAT", "UID"}
	return []listing{
		{name: "waiting", about: "what waits for a decision, the one that ends first on top", head: head, keys: workflow.FilterNames(workflow.EndpointKeys()),
			sorts: []string{workflow.SortExpires, workflow.SortNewest}, read: a.readEndpoints(workflow.EndpointsWaiting),
			known: func(s workflow.EndpointsState) model.Listing { return s.Endpoints }},
		{name: "decided", about: "what has ended, latest first", head: head, keys: workflow.FilterNames(workflow.EndpointKeys()),
			read: a.readEndpoints(workflow.EndpointsDecided)},
	}
}

func (a *app) readEndpoints(view string) reader {
	return func(ctx context.Context, svc *workflow.Service, me model.PersonID, q workflow.Query) ([]entry, workflow.Cursor, error) {
		q.View = view
		p, err := svc.Endpoints(ctx, me, q)
		return each(p.Rows, func(e model.EndpointRequest) entry {
			state, left := e.State.Words(), ""
			if e.State.Open() {
				left = a.left(e.Expires)
			}
			if e.State == model.EndpointPending && !e.Complete {
				state = "evidence pending"
			}
			return entry{[]string{string(e.Incident), state, left, e.User, e.Machine, e.Kind, e.What, string(e.UID)}, endpointOf(e)}
		}), p.Next, err
	}
}

func (a *app) epmShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "show NUMBER", Short: "Show everything that is known of an endpoint request", Args: one("NUMBER"),
		Example: `countersign epm show SIR0010017
countersign epm show -N-ffuRDIM3bv_hnPv6tUA --json`}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			v, err := q.svc.EndpointByUID(ctx, me.ID, strings.TrimPrefix(args[0], uidMark))
			if err != nil {
				return err
			}
			if asJSON || !a.read() {
				return writeJSON(a.Out, endpointCaseOf(v))
			}
			return a.printEndpoint(a.Out, v)
		})
	})
	return cmd
}

// printEndpoint prints an endpoint request for people. What a decision is about is
// printed as its statement.
func (a *app) printEndpoint(w io.Writer, v workflow.EndpointView) error {
	var f facts
	fmt.Fprintf(&f.b, "%s  %s  %s\n", safetext.Line(string(v.EndpointRequest.Incident)), safetext.Line(v.Kind), v.State.Words())
	if !v.Complete && v.State.Open() {
		fmt.Fprintf(&f.b, "  ! evidence pending, %d ahead: what follows is cut; it can be denied, not approved\n", v.Ahead)
	}
	if v.Soon {
		fmt.Fprintf(&f.b, "  ! it ends within a minute\n")
	}
	if v.Doubt != "" {
		fmt.Fprintf(&f.b, "  ! %s\n", safetext.Line(v.Doubt))
	}
	f.statement(v.Statement)
	if missing := missingKeys(v.EndpointRequest); missing != "" {
		f.add("Not reported", missing)
	}
	command := model.CommandOf(v.EndpointRequest)
	if len(command.Words) > 0 {
		f.section("Command, one argument a line")
		for i, arg := range command.Args() {
			f.add(fmt.Sprintf("%d", i+1), orEmpty(arg))
		}
		f.add("", command.Doubt)
	}
	f.hints(v.Hints)
	f.section("Now")
	if v.State.Open() && !v.Expires.IsZero() {
		f.add("Ends", a.clock(v.Expires)+" ("+a.left(v.Expires)+" left)")
	}
	f.add("Outcome", v.Outcome)
	f.add("Decided by", v.DecidedBy)
	f.add("Comment", v.Decision.Comment)
	f.add("Group", string(v.Group))
	f.add("Can decide", strings.Join(v.Deciders, ", "))
	f.add("You can", mayDo(v.Perms))
	f.section("Before")
	f.add("Same user", earlierWords(v.History.User))
	f.add("Same file", earlierWords(v.History.File))
	f.add("Same hash", earlierWords(v.History.Hash))
	f.add("Same command", earlierWords(v.History.Command))
	f.history(v.Timeline, a.Zone)
	_, err := io.WriteString(w, f.b.String())
	return err
}

// missingKeys lists the known keys that are not reported.
func missingKeys(e model.EndpointRequest) string {
	var missing []string
	for _, l := range e.Evidence() {
		if !l.Reported {
			missing = append(missing, l.Key)
		}
	}
	return strings.Join(missing, ", ")
}

// earlierWords says what came of earlier requests.
func earlierWords(e workflow.Earlier) string {
	switch {
	case e.Key == "":
		return "not reported"
	case e.Total == 0:
		return "never seen"
	}
	return fmt.Sprintf("%d approved, %d denied, %d other, of %d", e.Approved, e.Denied, e.Total-e.Approved-e.Denied, e.Total)
}

// mayDo lists the actions that are allowed beside seeing.
func mayDo(perms []model.Permission) string {
	var words []string
	for _, p := range perms {
		if p.Err == nil && p.Action != model.ActSee {
			words = append(words, string(p.Action))
		}
	}
	return strings.Join(words, ", ")
}

// deciding are the flags of what decides an endpoint request or a device.
type deciding struct {
	verdict model.Verdict
	digest  string
	comment string
	wait    bool
	json    bool
}

func (d *deciding) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.digest, "digest", "", "`DIGEST` of the statement that you have read")
	cmd.Flags().StringVar(&d.comment, "comment", "", "`TEXT` that says why; it is kept here, the vault takes none")
	cmd.Flags().BoolVar(&d.wait, "wait", false, "wait for what the vault says; the exit code tells")
	cmd.Flags().BoolVar(&d.json, "json", false, "print JSON")
}

// wrong says what is missing on the command line.
func (d *deciding) wrong(a *app, show string) error {
	switch {
	case d.verdict == model.Deny && strings.TrimSpace(d.comment) == "":
		return usage("--comment: say why")
	case d.digest != "" && !model.Digest(d.digest).Valid():
		return usage("--digest: a digest has 64 hex digits, as show prints it")
	case d.digest == "" && !a.typed():
		return &usageError{"--digest is needed where there is no terminal", "countersign " + show + " --json prints it"}
	}
	return nil
}

func (a *app) epmDecideCommand(verdict model.Verdict) *cobra.Command {
	d := deciding{verdict: verdict}
	cmd := &cobra.Command{Args: one("NUMBER")}
	if verdict == model.Approve {
		cmd.Use, cmd.Short = "approve NUMBER", "Approve an endpoint request, exactly as it was shown"
		cmd.Long = `Approve an endpoint request, exactly as it was shown: --digest names what you have
read, as "epm show" printed it. On a terminal and without --digest it is shown and
you are asked. Nothing is approved on evidence that is cut, or after its end.`
		cmd.Example = "countersign epm approve SIR0010017 --digest 3f0a…"
	} else {
		cmd.Use, cmd.Short = "deny NUMBER", "Deny an endpoint request, with a reason"
		cmd.Long = "Deny an endpoint request. The comment is required. See epm approve for --digest."
		cmd.Example = `countersign epm deny SIR0010017 --digest 3f0a… --comment "use the packaged driver"`
	}
	d.flags(cmd)
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		if err := d.wrong(a, "epm show "+args[0]); err != nil {
			return err
		}
		return a.with(ctx, func(q *queue, me model.Actor) error {
			v, err := q.svc.EndpointByUID(ctx, me.ID, strings.TrimPrefix(args[0], uidMark))
			if err != nil {
				return err
			}
			agree := func() error {
				if err := a.printEndpoint(a.Out, v); err != nil {
					return err
				}
				return a.confirm(ctx, v.EndpointRequest.Incident, string(verdict), "nothing was decided")
			}
			if err := agreed(d, v.Can, agree); err != nil {
				return err
			}
			digest := v.Statement.Digest()
			if d.digest != "" {
				digest = model.Digest(d.digest) // another one is refused, with what is changed
			}
			_, err = q.svc.DecideEndpoint(ctx, me.ID, workflow.EndpointDecision{ID: v.ID, Verdict: verdict, Revision: v.Revision,
				Digest: digest, Comment: d.comment})
			if err != nil {
				return err
			}
			return a.decided(ctx, q, d, func() (verdictOn, error) {
				v, err := q.svc.Endpoint(ctx, me.ID, v.ID)
				return verdictOn{v.EndpointRequest.Incident, string(v.UID), v.State, v.Outcome, v.Op}, err
			})
		})
	})
	return cmd
}

// agreed returns nil if the person has agreed to a statement: by its digest, which is
// compared where the decision is stored, or by typing on the terminal.
func agreed(d deciding, can func(model.Action) error, ask func() error) error {
	if d.digest != "" {
		return nil
	}
	act := model.ActApprove
	if d.verdict == model.Deny {
		act = model.ActDeny
	}
	if err := can(act); err != nil {
		return err
	}
	return ask()
}
