package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
	"countersign/workflow"
)

// caseWork is a request on which a command does something, as it was before.
type caseWork struct {
	q  *queue
	me model.Actor
	c  workflow.CaseView
}

// number is the request's, for the text of an answer and for verbs.
func (w caseWork) number() model.Number { return w.c.Request.Number }

// onCase makes a function that does something to the request of its argument into one
// of cobra's. What it returns is said, or with asJSON the request as it is then.
func (a *app) onCase(asJSON *bool, fn func(ctx context.Context, w caseWork) (string, error)) func(*cobra.Command, []string) error {
	return a.does(func(ctx context.Context, args []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			n := model.Number(strings.ToUpper(args[0]))
			if !n.Valid() {
				return usage("%q is no number: they look like REQ0010042", args[0])
			}
			c, err := q.svc.Case(ctx, me.ID, n)
			if err != nil {
				return err
			}
			said, err := fn(ctx, caseWork{q, me, c})
			if err != nil {
				return err
			}
			if !*asJSON {
				_, err = fmt.Fprintln(a.Out, said)
				return err
			}
			if c, err = q.svc.Case(ctx, me.ID, n); err != nil {
				return err
			}
			return writeJSON(a.Out, caseOf(c, c.Request.Allowed))
		})
	})
}

// caseCommand is a command about one request, with its flag for JSON.
func (a *app) caseCommand(use, short, long, example string, asJSON *bool, fn func(ctx context.Context, w caseWork) (string, error)) *cobra.Command {
	cmd := &cobra.Command{Use: use + " NUMBER", Short: short, Long: long, Example: example, Args: one("NUMBER"), RunE: a.onCase(asJSON, fn)}
	cmd.Flags().BoolVar(asJSON, "json", false, "print the request as JSON")
	return cmd
}

// talking are the commands about requests that are there already.
func (a *app) talking() []*cobra.Command {
	return []*cobra.Command{a.askCommand(), a.answerCommand(), a.reassignCommand(), a.emergencyCommand(), a.withdrawCommand()}
}

func (a *app) askCommand() *cobra.Command {
	var asJSON bool
	var question string
	cmd := a.caseCommand("ask", "Ask the requestor for information", `Ask the requestor for information, as one of those who could decide. The time to
decide stands until the answer, for as long as the policy lets it.`, `countersign request ask REQ0010042 --question "for which ticket?"`, &asJSON,
		func(ctx context.Context, w caseWork) (string, error) {
			said := fmt.Sprintf("%s: %s is asked; the time to decide stands", w.number(), safetext.Line(w.c.Name(w.c.Request.RequestedBy)))
			if most := w.c.Request.Policy.AnswerIn.Length(); most > 0 && !w.c.Request.Due.IsZero() {
				said += ", for at most " + model.FormatDuration(most)
			}
			return said,
				w.q.svc.Ask(ctx, w.me.ID, w.number(), question)
		})
	cmd.Flags().StringVar(&question, "question", "", "`TEXT` for the requestor to answer")
	return cmd
}

func (a *app) answerCommand() *cobra.Command {
	var asJSON bool
	var text string
	cmd := a.caseCommand("answer", "Answer what an approver asked about your request", `Answer what an approver asked about your request. The answer is part of what is
decided: where votes have been given, everybody decides anew.`, `countersign request answer REQ0010042 --text "INC0012345"`, &asJSON,
		func(ctx context.Context, w caseWork) (string, error) {
			return fmt.Sprintf("%s: answered; it waits for its decision again", w.number()), w.q.svc.Reply(ctx, w.me.ID, w.number(), text)
		})
	cmd.Flags().StringVar(&text, "text", "", "`TEXT` of the answer")
	return cmd
}

func (a *app) reassignCommand() *cobra.Command {
	var asJSON bool
	var to, reason string
	cmd := a.caseCommand("reassign", "Have another group decide what waits", `Give the step that waits to another group: as a member of the present one, or as an
admin. The step begins anew there, and you do not decide the request any more.`,
		`countersign request reassign REQ0010042 --to "Security Office" --reason "it is their database"`, &asJSON,
		func(ctx context.Context, w caseWork) (string, error) {
			return fmt.Sprintf("%s waits for %s now", w.number(), safetext.Line(to)), w.q.svc.Reassign(ctx, w.me.ID, w.number(), model.GroupName(to), reason)
		})
	cmd.Flags().StringVar(&to, "to", "", "`GROUP` that is to decide")
	cmd.Flags().StringVar(&reason, "reason", "", "`TEXT` that says why")
	return cmd
}

func (a *app) withdrawCommand() *cobra.Command {
	var asJSON bool
	var reason string
	cmd := a.caseCommand("withdraw", "Withdraw your request", "Withdraw your request, as long as no access stands.",
		`countersign request withdraw REQ0010042 --reason "found another way"`, &asJSON,
		func(ctx context.Context, w caseWork) (string, error) {
			return fmt.Sprintf("%s is withdrawn", w.number()), w.q.svc.Withdraw(ctx, w.me.ID, w.number(), reason)
		})
	cmd.Flags().StringVar(&reason, "reason", "", "`TEXT` that says why, if you like")
	return cmd
}

func (a *app) emergencyCommand() *cobra.Command {
	var asJSON bool
	var phrase, reason, digest string
	var less reduction
	cmd := a.caseCommand("emergency", "Approve a request alone, in an emergency", `Approve a request alone, at once, as a member of the group that its policy has for
emergencies. All groups that would have decided it are told, and somebody else has to
review it. --digest names what you have read, as "show" printed it; --phrase is the
word emergency and the request's number.`,
		`countersign request emergency REQ0010042 --digest 3f0a… \
  --phrase "emergency REQ0010042" --reason "the line is down"`, &asJSON,
		func(ctx context.Context, w caseWork) (string, error) {
			allow, err := less.of(w.c, a.Zone)
			if err != nil {
				return "", err
			}
			e := workflow.Emergency{Phrase: phrase, Reason: reason, Decision: workflow.Decision{Number: w.number(),
				Revision: w.c.Request.Revision, Digest: w.c.Statement(allow).Digest(), Allow: allow}}
			switch {
			case !model.Digest(digest).Valid():
				return "", &usageError{"--digest: name what you have read", "countersign show " + string(w.number()) + " --json prints it"}
			case w.c.Can(model.ActEmergency) == nil && model.Digest(digest) != e.Digest && model.Digest(digest) != w.c.Statement(w.c.Request.Allowed).Digest():
				return "", &workflow.Conflict{Number: w.number(), State: w.c.Request.State, At: w.c.Request.Updated}
			}
			_, err = w.q.svc.ApproveInEmergency(ctx, w.me.ID, e)
			return fmt.Sprintf("%s is approved; it is now for %s to carry out, and somebody else has to review it", w.number(), safetext.Line(string(w.c.Request.Policy.FulfilGroup))), err
		})
	cmd.Flags().StringVar(&digest, "digest", "", "`DIGEST` of the statement that you have read")
	cmd.Flags().StringVar(&phrase, "phrase", "", "`PHRASE` that says that you mean it")
	cmd.Flags().StringVar(&reason, "reason", "", "`TEXT` that says what the emergency is")
	less.flags(cmd)
	return cmd
}
