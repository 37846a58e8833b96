package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
	"countersign/workflow"
)

// reduction is what an approver would allow less than was asked.
type reduction struct{ right, limit string }

func (r *reduction) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.right, "right", "", "allow a lower `RIGHT`: view, edit, share, edit and share")
	cmd.Flags().StringVar(&r.limit, "limit", "", "allow a shorter `TIME`: \"2 h\", \"until 2026-11-21 18:00\"")
}

// of is the access that would be allowed.
func (r reduction) of(c workflow.CaseView, zone *time.Location) (model.Access, error) {
	allow := c.Request.Allowed
	if r.right != "" {
		allow.Right = model.Right(r.right)
	}
	if r.limit != "" {
		limit, err := model.ParseLimit(r.limit, zone)
		if err != nil {
			return allow, usage("--limit: %s", err)
		}
		allow.Limit = limit
	}
	if r.right != "" && !allow.Right.Valid() {
		return allow, usage("--right: %q is no right; there are %s", r.right, joined(model.LowerRights(c.Request.Asked.Right)))
	}
	return allow, nil
}

func joined[T ~string](all []T) string {
	words := make([]string, len(all))
	for i, v := range all {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}

func (a *app) showCommand() *cobra.Command {
	var asJSON bool
	var less reduction
	cmd := &cobra.Command{
		Use:   "show NUMBER",
		Short: "Show a request, or the one of a task, with all the evidence",
		Long: `Show a request, or the one of a task: what is decided (the statement) with its
digest, what was said and done, what the person has now if the vault tells.

On a terminal it is text; otherwise, and with --json, it is JSON. With --right and
--limit the statement and its digest are those of approving less.`,
		Example: `countersign show REQ0010042
digest=$(countersign show REQ0010042 --json | jq -r .digest)`,
		Args: one("NUMBER"),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	less.flags(cmd)
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			c, err := a.loadCase(ctx, q, me, args[0])
			if err != nil {
				return err
			}
			allow, err := less.of(c, a.Zone)
			if err != nil {
				return err
			}
			if asJSON || !a.read() {
				return writeJSON(a.Out, caseOf(c, allow))
			}
			return a.printCase(a.Out, c, allow)
		})
	})
	return cmd
}

// factsWithin is how long a command waits for what the vault has to say.
const factsWithin = 3 * time.Second

// loadCase reads a case, with what the vault says of its target now. Without a
// worker it says why it does not know.
func (a *app) loadCase(ctx context.Context, q *queue, me model.Actor, number string) (workflow.CaseView, error) {
	n := model.Number(strings.ToUpper(number))
	if !n.Valid() {
		return workflow.CaseView{}, usage("%q is no number: they look like REQ0010042 or SCTASK0010007", number)
	}
	c, err := q.svc.Case(ctx, me.ID, n)
	if err != nil || !c.Target().Named() || c.Facts != nil {
		return c, err
	}
	asking, cancel := context.WithTimeout(ctx, factsWithin)
	defer cancel()
	facts, err := q.svc.Facts(asking, me.ID, c.Target().UID, false)
	if err != nil {
		c.FactsErr = err
		return c, nil
	}
	// The second reading weighs the answer and warns.
	again, err := q.svc.Case(ctx, me.ID, n)
	if again.Facts == nil {
		again.Facts = &facts
	}
	return again, err
}

// stepWords says how a step stands: what it needs, who has decided, and who can.
func stepWords(c workflow.CaseView, s workflow.StepView) string {
	words := s.Rule.By(s.Group)
	for _, v := range s.Votes {
		words += "; " + v.Verdict.Past() + " by " + c.Name(v.Voter)
		if v.Seat != v.Voter {
			words += " for " + c.Name(v.Seat)
		}
	}
	if s.State != model.ApprovalRequested || c.Request.State != model.Requested {
		return words
	}
	var able []string
	for _, d := range s.Deciders {
		who := d.Login
		if len(d.For) > 0 {
			who += " (for " + strings.Join(d.For, ", ") + ")"
		}
		able = append(able, who)
	}
	if able == nil {
		return words + fmt.Sprintf("; %d more needed, and nobody can decide", s.Missing)
	}
	return words + fmt.Sprintf("; %d more needed of %s", s.Missing, strings.Join(able, ", "))
}

// printCase draws a case for people.
func (a *app) printCase(w io.Writer, c workflow.CaseView, allow model.Access) error {
	var f facts
	fmt.Fprintf(&f.b, "%s  %s  %s\n", c.Request.Number, c.Item.Name, c.Request.State.Words())
	for _, warning := range c.Warnings {
		fmt.Fprintf(&f.b, "  ! %s\n", safetext.Line(warning))
	}
	statement := c.Statement(allow)
	f.section("Statement: what is decided")
	for _, l := range statement.Lines() {
		f.add(l.Label, l.Value)
	}
	f.add("Digest", string(statement.Digest()))
	f.section("Now")
	f.add("State", a.stateOf(c))
	f.add("Has", a.presentAccess(c))
	if c.Link != nil {
		f.add("Link", a.linkState(c.Request.Number, *c.Link)+", ends "+a.clock(c.Link.Expires))
	}
	for _, h := range c.Found {
		f.add("Found", fmt.Sprintf("%s %s %s", h.UID, h.Title, h.Type))
	}
	f.add("Before", fmt.Sprintf("%d approved, %d denied in 90 days", c.Before.Approved, c.Before.Denied))
	for _, s := range c.Steps {
		f.add(fmt.Sprintf("Step %d", s.Step), stepWords(c, s))
	}
	if c.Review.ID != 0 && c.Review.Waits() {
		f.add("Emergency", "by "+c.Name(c.Review.UsedBy)+"; it waits for a review")
	}
	f.add("You can", allowed(c))
	f.history(c.Timeline, a.Zone)
	_, err := io.WriteString(w, f.b.String())
	return err
}

func said(e workflow.TimelineEntry) string {
	switch e.Kind {
	case model.EntryComment:
		return "says: " + e.Text
	case model.EntryNote:
		return "notes: " + e.Text
	}
	return e.Text
}

// stateOf says where the case stands.
func (a *app) stateOf(c workflow.CaseView) string {
	r := c.Request
	switch {
	case r.State == model.Requested && r.NeedsInfo:
		words := "waiting for an answer of " + c.Name(r.RequestedBy)
		if last := r.LastDue(); !last.IsZero() {
			words += ", without one due " + a.clock(last)
		}
		return words
	case r.State == model.Requested && !r.Due.IsZero():
		return fmt.Sprintf("waiting, due %s (%s left)", a.clock(r.Due), a.left(r.Due))
	case r.Outcome != "":
		return r.State.Words() + ": " + r.Outcome
	}
	return r.State.Words()
}

// presentAccess is what the person has now, as far as it is known.
func (a *app) presentAccess(c workflow.CaseView) string {
	switch {
	case !c.Target().Named():
		return ""
	case c.Facts == nil && c.FactsErr != nil:
		return "not known: " + explain(c.FactsErr).text
	case c.Facts == nil:
		return "not known"
	case c.Facts.Gone:
		return "the vault does not know this record (any more)"
	case !c.Facts.Tells(c.Request.RequestedFor):
		return "not shown: what others have is for those who decide and fulfil"
	}
	return fmt.Sprintf("%s (read %s)", c.Facts.Share(c.Request.RequestedFor).Words(), c.Facts.Read.In(a.Zone).Format("15:04:05"))
}

// allowed lists what the person may do now.
func allowed(c workflow.CaseView) string {
	var may []string
	for _, p := range c.Perms {
		if p.Err == nil && p.Action != model.ActSee {
			may = append(may, string(p.Action))
		}
	}
	return strings.Join(may, ", ")
}
