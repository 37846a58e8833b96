package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
	"countersign/workflow"
)

func (a *app) reviewCommand() *cobra.Command {
	return group("review", "Look at what was approved in an emergency", `Look at what somebody approved alone, in an emergency. Somebody else who could have
decided it, or an admin, reviews it.`, a.reviewListCommand(), a.reviewDoneCommand())
}

// reviewJSON is an emergency approval for programs.
type reviewJSON struct {
	Number    model.Number       `json:"number"`
	State     model.RequestState `json:"state,omitempty"`
	Requestor string             `json:"requestor,omitempty"`
	Title     string             `json:"title,omitempty"`
	Allowed   *accessJSON        `json:"allowed,omitempty"`
	UsedBy    string             `json:"used_by"`
	Used      time.Time          `json:"used"`
	Reason    string             `json:"reason"`
	DoneBy    string             `json:"done_by,omitempty"` // missing: it waits
	Done      time.Time          `json:"done,omitzero"`
	Comment   string             `json:"comment,omitempty"`
}

func (a *app) reviewListCommand() *cobra.Command {
	var done, asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "List the emergency approvals that wait for a review", Args: none,
		Example: "countersign review list --done --json"}
	cmd.Flags().BoolVar(&done, "done", false, "list the last ones that were reviewed")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			rows, err := q.svc.Reviews(ctx, me.ID, done)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.Out, each(rows, func(r workflow.ReviewRow) reviewJSON {
					return reviewJSON{Number: r.Number, State: r.State, Requestor: r.Requestor, Title: r.Title, Allowed: accessOf(r.Allowed),
						UsedBy: r.UsedBy, Used: moment(r.Used), Reason: r.Reason, DoneBy: r.DoneBy, Done: moment(r.Done), Comment: r.Comment}
				}))
			}
			t := table{head: []string{"NUMBER", "REQUESTOR", "WHAT", "APPROVED BY", "AT", "WHY", "REVIEWED BY", "COMMENT"}}
			for _, r := range rows {
				t.add(string(r.Number), r.Requestor, r.Title, r.UsedBy, a.clock(r.Used), r.Reason, r.DoneBy, r.Comment)
			}
			return t.print(a.Out)
		})
	})
	return cmd
}

func (a *app) reviewDoneCommand() *cobra.Command {
	var asJSON bool
	var comment string
	cmd := a.caseCommand("done", "Say that you have looked at an emergency approval", "Say that you have looked at what somebody else approved in an emergency, and what you found.",
		`countersign review done REQ0010042 --comment "the line was down indeed"`, &asJSON,
		func(ctx context.Context, w caseWork) (string, error) {
			return fmt.Sprintf("%s is reviewed", w.number()), w.q.svc.Review(ctx, w.me.ID, w.number(), comment)
		})
	cmd.Flags().StringVar(&comment, "comment", "", "`TEXT` that says what you found")
	return cmd
}

// noticeJSON is a notice for programs.
type noticeJSON struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	Number string    `json:"number,omitempty"` // of a request
	Text   string    `json:"text"`
}

func (a *app) noticesCommand() *cobra.Command {
	var seen, asJSON bool
	cmd := &cobra.Command{Use: "notices", Short: "Read what you were told", Args: none,
		Long: `Read what you were told beside what waits for you: questions and answers, what came
to your group, emergencies, reminders, and who acts for whom. --seen ends them.`,
		Example: "countersign notices --seen"}
	cmd.Flags().BoolVar(&seen, "seen", false, "do not tell these again")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			notices, err := q.svc.Notices(ctx, me.ID)
			if err != nil {
				return err
			}
			if asJSON {
				err = writeJSON(a.Out, each(notices, func(n model.Notice) noticeJSON { return noticeJSON{n.ID, moment(n.At), n.Object, n.Text} }))
			} else {
				for _, n := range notices {
					if _, err := fmt.Fprintf(a.Out, "%s  %s\n", a.clock(n.At), safetext.Line(n.Text)); err != nil {
						return err
					}
				}
			}
			if err != nil || !seen || len(notices) == 0 {
				return err
			}
			return q.svc.SeeNotices(ctx, me.ID, notices[0].ID)
		})
	})
	return cmd
}
