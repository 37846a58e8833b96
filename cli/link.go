package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/seal"
	"countersign/workflow"
)

// linkJSON is a one-time link for programs. Link is the link itself, where it was
// revealed.
type linkJSON struct {
	Number  model.Number `json:"number"`
	ID      model.LinkID `json:"id"`
	Waiting bool         `json:"waiting"` // it lies sealed, and can be revealed
	Shown   time.Time    `json:"shown,omitzero"`
	Expires time.Time    `json:"expires,omitzero"`
	Opened  time.Time    `json:"opened,omitzero"`
	Gone    bool         `json:"gone,omitempty"`
	Link    string       `json:"link,omitempty"`
}

func linkOf(n model.Number, v workflow.LinkView) linkJSON {
	return linkJSON{Number: n, ID: v.ID, Waiting: v.Waiting, Shown: moment(v.Shown), Expires: moment(v.Expires),
		Opened: moment(v.Opened), Gone: v.Gone}
}

func (a *app) linkCommand() *cobra.Command {
	var reveal, asJSON bool
	cmd := &cobra.Command{Use: "link NUMBER", Short: "Say how the one-time link of a request is, or reveal it, once", Args: one("NUMBER"),
		Long: `Say how the one-time link of a request is: whether it waits to be seen, when it
ends, whether somebody has opened it.

With --reveal it is printed on standard output, and can never be shown again: it is
kept nowhere. Only who has asked for it can reveal it.`,
		Example: "countersign link REQ0010042 --reveal"}
	cmd.Flags().BoolVar(&reveal, "reveal", false, "print the link, once and for all")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		n := model.Number(strings.ToUpper(args[0]))
		if !n.Valid() {
			return usage("%q is no number: they look like REQ0010042", args[0])
		}
		return a.with(ctx, func(q *queue, me model.Actor) error {
			c, err := q.svc.Case(ctx, me.ID, n)
			switch {
			case err != nil:
				return err
			case reveal:
				return a.reveal(ctx, q, me, c.Request.Number, asJSON)
			case c.Link == nil:
				return fmt.Errorf("a link of %s: %w", n, workflow.ErrNotFound)
			case asJSON:
				return writeJSON(a.Out, linkOf(c.Request.Number, *c.Link))
			}
			return a.printLink(c.Request.Number, *c.Link)
		})
	})
	return cmd
}

func (a *app) printLink(n model.Number, v workflow.LinkView) error {
	var f facts
	f.add("Id", string(v.ID))
	f.add("State", a.linkState(n, v))
	f.add("Ends", a.clock(v.Expires))
	f.add("Opened", a.clock(v.Opened))
	_, err := io.WriteString(a.Out, f.b.String())
	return err
}

// linkState says where the link of a request is.
func (a *app) linkState(n model.Number, v workflow.LinkView) string {
	switch {
	case v.Gone:
		return "gone: it was removed, or its time is over"
	case v.Waiting:
		return "waits to be seen: countersign link " + string(n) + " --reveal"
	case !v.Opened.IsZero():
		return "was opened " + a.clock(v.Opened)
	case !v.Shown.IsZero():
		return "was shown " + a.clock(v.Shown)
	}
	return "not here any more"
}

// reveal prints the link and then records that it was shown: what could not be
// printed is not lost.
func (a *app) reveal(ctx context.Context, q *queue, me model.Actor, n model.Number, asJSON bool) error {
	r, err := q.svc.Reveal(ctx, me.ID, n)
	if err != nil {
		return err
	}
	defer seal.Wipe(r.Link)
	if asJSON {
		err = writeJSON(a.Out, linkJSON{Number: n, ID: r.ID, Expires: moment(r.Expires), Link: string(r.Link)})
	} else {
		line := append(append([]byte(nil), r.Link...), '\n')
		_, err = a.Out.Write(line)
		seal.Wipe(line)
	}
	if err != nil {
		return fmt.Errorf("print the link: %w; it can be revealed again", err)
	}
	if err := q.svc.Acknowledge(context.WithoutCancel(ctx), me.ID, n); err != nil {
		return fmt.Errorf("record that the link was shown: %w", err)
	}
	if !asJSON {
		fmt.Fprintf(a.Err, "it ends %s; it cannot be shown again\n", a.clock(r.Expires))
	}
	return nil
}
