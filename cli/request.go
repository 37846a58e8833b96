package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/workflow"
)

// orderFlags are the flags of `countersign request ITEM`.
type orderFlags struct {
	recipient, team   string
	record, folder    string
	described         string
	right, limit      string
	justification     string
	given             answerFlags
	onlyCheck, asJSON bool
}

func (a *app) requestCommand() *cobra.Command {
	cmd := group("request", "Order something from the catalog, and talk about what was ordered", `Order one of the items of the catalog, for you or, where the item says so, for
somebody else. What each one asks for: countersign request ITEM --help

The others are about requests that are there: ask, answer, withdraw, and say who
decides.`)
	cmd.Example = `countersign request record-access --record RZToj60CrP9GDxjDTPWxAQ --right edit --limit "4 h" \
  --justification "INC0012345: restore the ledger before the night batch"
countersign request login --field login=deploy --field url=https://ci.example.com \
  --secret totp=@seed --justification "PLAT-8127: the new build server"
countersign request note --secret note --justification "SEC-77: recovery codes" < codes.txt`
	for _, item := range model.Catalog() {
		cmd.AddCommand(a.orderCommand(item))
	}
	cmd.AddCommand(a.talking()...)
	return cmd
}

// orderCommand is the command that orders an item. Its flags are those that the
// item has a use for.
func (a *app) orderCommand(item model.Item) *cobra.Command {
	var f orderFlags
	cmd := &cobra.Command{Use: string(item.Key), Short: item.Summary, Args: none, Long: aboutItem(item)}
	flags := cmd.Flags()
	for _, field := range item.Fields {
		switch field.Key {
		case "record":
			flags.StringVar(&f.record, "record", "", "`UID` of the record; search tells it")
		case "folder":
			flags.StringVar(&f.folder, "folder", "", "`UID` of the folder; search tells it")
		case "for":
			flags.StringVar(&f.recipient, "for", "", "`ADDRESS` of who gets it, if that is not you")
		case "right":
			flags.StringVar(&f.right, "right", "", "`RIGHT` that is asked for: "+joined(item.Rights))
		case "limit":
			flags.StringVar(&f.limit, "limit", "", "for how long: `TIME`, \"4 h\", \"until 2026-11-21 18:00\", \"permanent\"")
		}
	}
	if item.Target != model.TargetNone && !item.Creates() && !item.Searches() {
		flags.StringVar(&f.described, "described", "", "instead of a UID: `WORDS` by which who carries it out can find it")
	}
	if item.Key == model.ItemFolderAccess {
		flags.StringVar(&f.team, "team", "", "instead of --for: `NAME` of a team of the vault; for admins")
	}
	f.given.flags(cmd, item.Answers())
	flags.StringVar(&f.justification, "justification", "", "`TEXT` that says why; the approvers read it")
	flags.BoolVar(&f.onlyCheck, "dry-run", false, "only say whether it could be ordered")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error { return a.order(ctx, q, me, item, f) })
	})
	return cmd
}

// aboutItem is the help of an item: what it is and what it asks for.
func aboutItem(item model.Item) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s. %s.\n", item.Name, item.Summary)
	fields := item.Answers()
	if item.Creates() {
		fmt.Fprintf(&b, "\nIt makes a record of the type %s.\n", item.RecordType)
	}
	if len(fields) == 0 {
		return b.String()
	}
	width := 0
	for _, f := range fields {
		width = max(width, len(f.Key))
	}
	b.WriteString("\nFields:\n")
	for _, f := range fields {
		for i, line := range wrapped(aboutField(f), helpWidth-width-4) {
			key := f.Key
			if i > 0 {
				key = ""
			}
			fmt.Fprintf(&b, "  %-*s  %s\n", width, key, line)
		}
	}
	if slices.ContainsFunc(fields, model.Field.Secret) {
		b.WriteString(secretsHelp)
	}
	return b.String()
}

// secretsHelp says how secrets are given.
const secretsHelp = /* #nosec G101 -- it holds none */ `
A secret is never an argument, which others could read. --secret FIELD takes it
from standard input, the whole of it, or one line each where there are several;
--secret FIELD=@PATH from a file. It is sealed before anything is stored. Better
is what the vault makes up, which is what it does with a password or key pair that
is not given (--generate FIELD=none: it is left empty).
`

// aboutField says what a field takes.
func aboutField(f model.Field) string {
	s := f.Label
	if f.Required {
		s += ", needed"
	}
	if f.Secret() {
		s += ", secret"
	}
	if f.Kind == model.FieldYesNo {
		s += ", yes or no"
	}
	if f.Kind == model.FieldRight {
		s += ", " + joined(model.RecordRights()[:4])
	}
	if f.Hint != "" {
		s += ": " + f.Hint
	}
	if gens := f.Generators(); len(gens) > 0 {
		s += " (--generate " + f.Key + "=" + strings.Join(waysToGenerate(gens), ", ") + ")"
	}
	return s
}

// order submits what the flags say.
func (a *app) order(ctx context.Context, q *queue, me model.Actor, item model.Item, f orderFlags) error {
	d := workflow.Draft{Item: item.Key, For: f.recipient, Justification: f.justification, Source: model.SourceCommand}
	// Submit wipes the secrets, too; what fails before it must not leave them.
	defer func() { wipeAll(d.Secrets) }()
	var err error
	if d.Answers, d.Secrets, err = a.answers(item, f.given); err != nil {
		return err
	}
	if d.Asked, err = a.asked(item, f); err != nil {
		return err
	}
	if d.Target, err = a.target(ctx, q, me, item, f); err != nil {
		return err
	}
	if f.team != "" {
		if err := a.forTeam(ctx, q, me, f, &d); err != nil {
			return err
		}
	}
	return a.submit(ctx, q, me, d, f.onlyCheck, f.asJSON)
}

// submit orders what a draft says and tells what came of it.
func (a *app) submit(ctx context.Context, q *queue, me model.Actor, d workflow.Draft, onlyCheck, asJSON bool) error {
	if onlyCheck {
		if err := q.svc.Check(ctx, me.ID, d); err != nil {
			return err
		}
		_, err := fmt.Fprintln(a.Out, "this can be ordered; nothing was")
		return err
	}
	r, err := q.svc.Submit(ctx, me.ID, d)
	if err != nil {
		return err
	}
	c, err := q.svc.Case(ctx, me.ID, r.Number)
	if err != nil {
		return fmt.Errorf("%s is ordered; read it again: %w", r.Number, err)
	}
	if asJSON {
		return writeJSON(a.Out, caseOf(c, c.Request.Allowed))
	}
	return a.printOrdered(c)
}

// printOrdered says what was ordered, in two or three lines.
func (a *app) printOrdered(c workflow.CaseView) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is ordered", c.Request.Number)
	if step, open := c.OpenApproval(); open {
		if rule, ok := c.Request.Policy.Step(step.Step); ok {
			fmt.Fprintf(&b, "; to be decided by %s", rule.Words())
		}
	}
	if !c.Request.Due.IsZero() {
		fmt.Fprintf(&b, ", due %s", a.clock(c.Request.Due))
	}
	b.WriteString("\n")
	var f facts
	f.add("Can decide", strings.Join(c.Deciders, ", "))
	f.add("Digest", string(c.Statement(c.Request.Allowed).Digest()))
	_, err := io.WriteString(a.Out, b.String()+f.b.String())
	return err
}

// asked is the access that the flags ask for.
func (a *app) asked(item model.Item, f orderFlags) (model.Access, error) {
	access := model.Access{Right: model.Right(f.right)}
	if !item.Grants() {
		return access, nil
	}
	if f.limit == "" {
		return access, usage(`--limit: say for how long: "4 h", "until 2026-11-21 18:00", "permanent"`)
	}
	limit, err := model.ParseTyped(f.limit, a.Now(), a.Zone)
	if err != nil {
		return access, usage("--limit: %s", err)
	}
	access.Limit = limit
	return access, nil
}

// target is what the flags say that the request is about, with the title that it
// has now: who decides reads it.
func (a *app) target(ctx context.Context, q *queue, me model.Actor, item model.Item, f orderFlags) (model.Target, error) {
	uid := model.UID(f.record)
	if item.Target == model.TargetFolder {
		uid = model.UID(f.folder)
	}
	switch {
	case uid != "" && f.described != "":
		return model.Target{}, usage("--described: leave it out where the UID is named")
	case uid == "":
		return model.Target{Kind: item.Target, Described: f.described}, nil
	}
	return findTarget(ctx, q, me, item.Target, uid)
}

// findTarget looks a UID up: in the worker's index, or else in the vault.
func findTarget(ctx context.Context, q *queue, me model.Actor, kind model.TargetKind, uid model.UID) (model.Target, error) {
	if !uid.Valid() {
		return model.Target{}, usage("--%s: %q is no UID of the vault", kind, string(uid))
	}
	facts, err := q.svc.Facts(ctx, me.ID, uid, false)
	switch {
	case err != nil && kind == model.TargetRecord:
		if hit, ok := inIndex(ctx, q, me, kind, uid); ok {
			return hit, nil
		}
		return model.Target{}, err
	case err != nil:
		return model.Target{}, err
	case facts.Gone:
		return model.Target{}, fmt.Errorf("the vault knows no %s %s: %w", kind, uid, workflow.ErrNotFound)
	case facts.Kind != kind:
		return model.Target{}, usage("--%s: %s is a %s", kind, uid, facts.Kind)
	}
	return facts.Target(), nil
}

// inIndex finds a record among the titles that the worker keeps, for when the
// vault is away.
func inIndex(ctx context.Context, q *queue, me model.Actor, kind model.TargetKind, uid model.UID) (model.Target, bool) {
	found, err := q.svc.Search(ctx, me.ID, string(uid), kind)
	if err != nil {
		return model.Target{}, false
	}
	for _, h := range found.Hits {
		if h.UID == uid {
			return model.Target{Kind: h.Kind, UID: h.UID, Title: h.Title, Type: h.Type}, true
		}
	}
	return model.Target{}, false
}

// forTeam makes a draft one for a team of the vault.
func (a *app) forTeam(ctx context.Context, q *queue, me model.Actor, f orderFlags, d *workflow.Draft) error {
	if f.recipient != "" {
		return usage("--team: leave --for out")
	}
	teams, err := q.svc.Teams(ctx, me.ID, f.team)
	if err != nil {
		return err
	}
	var names []string
	for _, t := range teams {
		if t.Name == f.team || string(t.UID) == f.team {
			d.For = string(t.UID)
			d.Answers = append(d.Answers, model.Answer{Field: model.FieldTeam, Value: t.Name})
			return nil
		}
		names = append(names, t.Name)
	}
	if len(names) > 0 {
		return usage("--team: %q is no team of the vault; there are %s", f.team, strings.Join(names, ", "))
	}
	return usage("--team: the vault shows no team %q", f.team)
}
