package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/muesli/cancelreader"
	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
	"countersign/workflow"
)

// decision is what the words of approve or deny ask for.
type decision struct {
	verdict model.Verdict
	digest  string
	comment string
	seat    string // login of whose say it is; "" for one's own, if there is one
	json    bool
	less    reduction
}

func (a *app) approveCommand() *cobra.Command {
	d := decision{verdict: model.Approve}
	cmd := &cobra.Command{
		Use:   "approve NUMBER",
		Short: "Approve a request, exactly as it was shown",
		Long: `Approve a request, exactly as it was shown: --digest names what you have read, as
"show" printed it, and nothing is approved if the request has changed since. On a
terminal and without --digest the statement is shown and you are asked. --for says for whom you
act, where that is not you.`,
		Example: `countersign approve REQ0010042
countersign approve REQ0010042 --digest 3f0a… --right view --limit "2 h"`,
		Args: one("NUMBER"),
	}
	d.flags(cmd)
	d.less.flags(cmd)
	cmd.RunE = a.does(func(ctx context.Context, args []string) error { return a.decide(ctx, args[0], d) })
	return cmd
}

func (a *app) denyCommand() *cobra.Command {
	d := decision{verdict: model.Deny}
	cmd := &cobra.Command{
		Use:     "deny NUMBER",
		Short:   "Deny a request, with a reason",
		Long:    `Deny a request. The comment is required: the requestor reads it. See approve for --digest.`,
		Example: `countersign deny REQ0010042 --digest 3f0a… --comment "please add a ticket number"`,
		Args:    one("NUMBER"),
	}
	d.flags(cmd)
	cmd.RunE = a.does(func(ctx context.Context, args []string) error { return a.decide(ctx, args[0], d) })
	return cmd
}

func (d *decision) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.digest, "digest", "", "`DIGEST` of the statement that you have read")
	cmd.Flags().StringVar(&d.comment, "comment", "", "`TEXT` for the requestor to read")
	cmd.Flags().StringVar(&d.seat, "for", "", "`LOGIN` of the one for whom you act, if it is not your own say")
	cmd.Flags().BoolVar(&d.json, "json", false, "print the request as JSON afterwards")
}

func (a *app) decide(ctx context.Context, number string, d decision) error {
	if d.verdict == model.Deny && strings.TrimSpace(d.comment) == "" {
		return usage("--comment: say why, so that the requestor knows what to do")
	}
	if d.digest != "" && !model.Digest(d.digest).Valid() {
		return usage("--digest: a digest has 64 hex digits, as show prints it")
	}
	if d.digest == "" && !a.typed() {
		return &usageError{"--digest is needed where there is no terminal", "countersign show " + number + " --json prints it"}
	}
	return a.with(ctx, func(q *queue, me model.Actor) error {
		c, err := a.loadCase(ctx, q, me, number)
		if err != nil {
			return err
		}
		allow := c.Request.Allowed
		if d.verdict == model.Approve {
			if allow, err = d.less.of(c, a.Zone); err != nil {
				return err
			}
		}
		if d.seat != "" && d.digest == "" {
			// Whose say it is stands in the question, so it has to be somebody's.
			if _, err := seatOf(c, d.seat); err != nil {
				return err
			}
		}
		if err := a.consent(ctx, c, allow, d, me); err != nil {
			return err
		}
		return a.vote(ctx, q, me, c, allow, d)
	})
}

// consent returns nil if the person has agreed to the statement as it is now: by
// its digest, or by typing on the terminal.
func (a *app) consent(ctx context.Context, c workflow.CaseView, allow model.Access, d decision, me model.Actor) error {
	if d.digest == "" {
		if err := mayDecide(c, d.verdict); err != nil {
			return err
		}
		return a.ask(ctx, c, allow, d, me)
	}
	for _, seen := range []model.Access{allow, c.Request.Allowed} {
		if c.Statement(seen).Digest() == model.Digest(d.digest) {
			return nil
		}
	}
	// What was decided before is said before what changed.
	if err := mayDecide(c, d.verdict); err != nil && denyCode(err) == model.DenyDecided {
		return nil
	}
	return &workflow.Conflict{Number: c.Request.Number, State: c.Request.State, At: c.Request.Updated}
}

func mayDecide(c workflow.CaseView, v model.Verdict) error {
	if v == model.Deny {
		return c.Can(model.ActDeny)
	}
	return c.Can(model.ActApprove)
}

// typedAhead is how soon an answer comes that nobody can have thought about.
const typedAhead = 400 * time.Millisecond

// ask shows the statement and has the person type the end of its number. Anything
// else means no.
func (a *app) ask(ctx context.Context, c workflow.CaseView, allow model.Access, d decision, me model.Actor) error {
	if err := a.printCase(a.Out, c, allow); err != nil {
		return err
	}
	if words := seatWords(c, me, d.seat); words != "" {
		if _, err := fmt.Fprintf(a.Out, "\n%s\n", safetext.Line(words)); err != nil {
			return err
		}
	}
	return a.confirm(ctx, c.Request.Number, string(d.verdict), "nothing was decided")
}

// seatWords says whose say is given, and whose could be, where it is not plain: "" for
// who acts for nobody here.
func seatWords(c workflow.CaseView, me model.Actor, login string) string {
	var logins []string
	for _, seat := range c.Seats {
		logins = append(logins, c.Name(seat))
	}
	if login == "" && len(logins) > 0 {
		login = logins[0]
	}
	if login == me.Login && len(logins) < 2 || len(logins) == 0 {
		return ""
	}
	words := "You give the say of " + login + ", for whom you act."
	if login == me.Login {
		words = "You give your own say."
	}
	others := slices.DeleteFunc(logins, func(l string) bool { return l == login })
	if len(others) > 0 {
		words += " With --for it would be that of: " + strings.Join(others, ", ")
	}
	return words
}

// confirm has the person type the end of a number to do something with it.
// Anything else means no, which is the error no.
func (a *app) confirm(ctx context.Context, number model.Number, verb, no string) error {
	n := string(number)
	expected := n[len(n)-4:]
	// The time counts from right before the question is drawn; all that there is to
	// be read stands above it by then.
	asked := a.Now()
	fmt.Fprintf(a.Err, "\nTo %s it, type the last four digits of its number; anything else means no: ", verb)
	typed, err := a.readLine(ctx)
	switch {
	case err != nil:
		return err
	case typed == expected && a.Now().Sub(asked) < typedAhead:
		return usage("that was typed before the question was asked; %s", no)
	case typed != expected:
		return errors.New(no)
	}
	return nil
}

// readLine reads a line that is typed, "" at the end of the input. The end of ctx
// ends the wait for it.
func (a *app) readLine(ctx context.Context) (string, error) {
	in, err := cancelreader.NewReader(a.In)
	if err != nil {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	defer in.Close()
	stop := context.AfterFunc(ctx, func() { in.Cancel() })
	defer stop()
	line, err := bufio.NewReader(in).ReadString('\n')
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil && !errors.Is(err, io.EOF):
		return "", fmt.Errorf("read the answer: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// seatOf is the one with that login for whom the person can vote, "" for nobody in
// particular.
func seatOf(c workflow.CaseView, login string) (model.PersonID, error) {
	var logins []string
	for _, seat := range c.Seats {
		if login == c.Name(seat) {
			return seat, nil
		}
		logins = append(logins, c.Name(seat))
	}
	switch {
	case login == "":
		return "", nil
	case len(logins) == 0:
		return "", c.Can(model.ActApprove)
	}
	return "", &model.Denied{Code: model.DenyRole, Reason: fmt.Sprintf("you do not act for %s here; you can for %s", login, strings.Join(logins, ", "))}
}

// vote gives the vote and says what came of it.
func (a *app) vote(ctx context.Context, q *queue, me model.Actor, c workflow.CaseView, allow model.Access, d decision) error {
	seat, err := seatOf(c, d.seat)
	if err != nil {
		return err
	}
	done, err := q.svc.Decide(ctx, me.ID, workflow.Decision{Number: c.Request.Number, Revision: c.Request.Revision,
		Digest: c.Statement(allow).Digest(), Verdict: d.verdict, Allow: allow, Comment: d.comment, For: seat})
	if err != nil {
		return err
	}
	if d.json {
		if c, err = q.svc.Case(ctx, me.ID, c.Request.Number); err != nil {
			return err
		}
		return writeJSON(a.Out, caseOf(c, c.Request.Allowed))
	}
	switch {
	case done.State == model.InProcess:
		_, err = fmt.Fprintf(a.Out, "%s is approved; it is now for %s to carry out\n", done.Number, c.Request.Policy.FulfilGroup)
	case done.State == model.Requested:
		_, err = fmt.Fprintf(a.Out, "%s: your vote counts, more are needed\n", done.Number)
	default:
		_, err = fmt.Fprintf(a.Out, "%s is %s\n", done.Number, done.State.Words())
	}
	return err
}
