package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/sshserver"
	"countersign/ui/people"
)

func (a *app) sessionsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "sessions", Short: "List who is here over SSH now", Args: none,
		Long: `List the sessions that are open over SSH: whose they are, from where, since when, and
how long nothing was typed in them; the last column is the correlation of their lines in
the log. Admins and support see all, others their own. Only
the server knows them, so it is asked over SSH: ssh -p 2222 HOST people sessions.

countersign people disable ends all of somebody's sessions at once.`,
		Example: "ssh -p 2222 vault.example.com people sessions"}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		if a.sessions == nil {
			return usage("only the server knows who is here: ssh -p 2222 HOST people sessions")
		}
		return a.with(ctx, func(q *queue, me model.Actor) error { return a.listSessions(ctx, q, me, asJSON) })
	})
	return cmd
}

// sessionJSON is an open session for programs.
type sessionJSON struct {
	Login       string    `json:"login"`
	From        string    `json:"from"`
	Since       time.Time `json:"since"`
	IdleSeconds int       `json:"idle_seconds"`
	Command     string    `json:"command"` // empty for a console
	Key         string    `json:"key"`
	Certificate string    `json:"certificate"`
	Connection  string    `json:"connection"`
}

func (a *app) listSessions(ctx context.Context, q *queue, me model.Actor, asJSON bool) error {
	all := a.sessions()
	var denied *model.Denied
	switch err := q.svc.MayDiagnose(ctx, me.ID); {
	case errors.As(err, &denied):
		all = slices.DeleteFunc(all, func(o sshserver.Open) bool { return o.Guest.ID != me.ID })
	case err != nil:
		return err
	}
	now := a.Now()
	if asJSON {
		return writeJSON(a.Out, each(all, func(o sshserver.Open) sessionJSON {
			return sessionJSON{Login: o.Guest.Login, From: o.Guest.From, Since: o.Since.UTC(), IdleSeconds: int(now.Sub(o.Active).Seconds()), Command: o.Command,
				Key: o.Guest.Fingerprint, Certificate: o.Guest.Certificate, Connection: o.Guest.Connection}
		}))
	}
	t := table{head: []string{"LOGIN", "FROM", "SINCE", "IDLE", "WHAT", "CORRELATION"}}
	for _, o := range all {
		what := o.Command
		if what == "" {
			what = "console"
		}
		t.add(o.Guest.Login, o.Guest.From, a.clock(o.Since), now.Sub(o.Active).Round(time.Second).String(), what, o.Guest.Connection)
	}
	return t.print(a.Out)
}

// here are the open sessions as the page of people shows them.
func (d *desk) here() []people.Session {
	if d.sessions == nil {
		return nil
	}
	return each(d.sessions(), func(o sshserver.Open) people.Session {
		return people.Session{Person: o.Guest.ID, From: o.Guest.From, Command: o.Command, Since: o.Since}
	})
}
