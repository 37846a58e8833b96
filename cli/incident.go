package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
	"countersign/workflow"
)

func (a *app) incidentCommand() *cobra.Command {
	return group("incident", "See and work on the incidents of endpoint requests", `See and work on security incidents. Every endpoint request opens one, which is
closed when the request ends.`,
		a.listOf("list [VIEW] [FILTER]...", "List incidents", a.incidentListings(), `countersign incident list state:Draft priority:1
countersign incident list all installer --json`, nil),
		a.incidentShowCommand(),
		a.incidentTextCommand("close", "Close an incident", "comment", "`TEXT` that says what came of it", (*workflow.Service).CloseIncident, "is closed"),
		a.incidentTextCommand("reopen", "Open a closed incident again", "comment", "`TEXT` that says why", (*workflow.Service).ReopenIncident, "is open again"),
		a.incidentTextCommand("note", "Add a work note to an incident", "text", "`TEXT` of the note", (*workflow.Service).NoteIncident, "has a new note"),
		a.incidentTextCommand("assign", "Give an incident to somebody", "to", "`LOGIN` of who works on it, or none for nobody", assignIncident, "is assigned"))
}

func assignIncident(svc *workflow.Service, ctx context.Context, me model.PersonID, n model.Number, login string) error {
	if login == "none" {
		login = ""
	}
	return svc.AssignIncident(ctx, me, n, login)
}

// incidentJSON is an incident as lists show it.
type incidentJSON struct {
	Number     model.Number        `json:"number"`
	State      string              `json:"state"`
	Code       model.IncidentState `json:"state_code"` // ServiceNow's
	Priority   int                 `json:"priority"`
	Short      string              `json:"short_description"`
	Assignee   string              `json:"assignee,omitempty"`
	Created    time.Time           `json:"created,omitzero"`
	Updated    time.Time           `json:"updated,omitzero"`
	Closed     time.Time           `json:"closed,omitzero"`
	CloseNotes string              `json:"close_notes,omitempty"`
	Revision   int64               `json:"revision"`
	Request    endpointJSON        `json:"request"`
}

func incidentOf(i workflow.IncidentRow) incidentJSON {
	return incidentJSON{i.Number, i.StateName, i.State, i.Priority, i.Short, i.Login, moment(i.Created), moment(i.Updated), moment(i.Closed),
		i.CloseNotes, i.Revision, endpointOf(i.Endpoint)}
}

// incidentListings are the views of incidents; the first is the usual one.
func (a *app) incidentListings() []listing {
	view := func(name, about, view string) listing {
		return listing{name: name, about: about, keys: workflow.FilterNames(workflow.IncidentKeys()), sorts: []string{workflow.SortNewest, workflow.SortOldest},
			head: []string{"INCIDENT", "STATE", "PRIORITY", "WHO HAS IT", "WHAT", "REQUEST", "SINCE", "CLOSED"}, read: a.readIncidents(view)}
	}
	return []listing{
		view("open", "what is open, newest first", workflow.IncidentsOpen),
		view("mine", "open ones that are yours", workflow.IncidentsMine),
		view("closed", "what is closed", workflow.IncidentsClosed),
		view("all", "every incident", workflow.IncidentsAll),
	}
}

func (a *app) readIncidents(view string) reader {
	return func(ctx context.Context, svc *workflow.Service, me model.PersonID, q workflow.Query) ([]entry, workflow.Cursor, error) {
		q.View = view
		p, err := svc.Incidents(ctx, me, q)
		return each(p.Rows, func(i workflow.IncidentRow) entry {
			return entry{[]string{string(i.Number), i.StateName, strconv.Itoa(i.Priority), i.Login, i.Short, i.Endpoint.State.Words(), a.clock(i.Created),
				a.clock(i.Closed)}, incidentOf(i)}
		}), p.Next, err
	}
}

// incidentCaseJSON is an incident with both stories.
type incidentCaseJSON struct {
	incidentJSON
	Timeline []timelineJSON   `json:"timeline"`
	Case     endpointCaseJSON `json:"endpoint_request"`
	Actions  []actionJSON     `json:"actions"`
}

func (a *app) incidentShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "show NUMBER", Short: "Show an incident with its endpoint request", Args: one("NUMBER"),
		Example: "countersign incident show SIR0010017"}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			v, err := q.svc.Incident(ctx, me.ID, model.Number(args[0]))
			if err != nil {
				return err
			}
			if asJSON || !a.read() {
				return writeJSON(a.Out, incidentCaseJSON{incidentOf(v.IncidentRow), each(v.Timeline, timelineOf), endpointCaseOf(v.Request),
					each(v.Perms, actionOf)})
			}
			if err := a.printIncident(a.Out, v); err != nil {
				return err
			}
			fmt.Fprintln(a.Out)
			return a.printEndpoint(a.Out, v.Request)
		})
	})
	return cmd
}

func (a *app) printIncident(w io.Writer, v workflow.IncidentView) error {
	var f facts
	fmt.Fprintf(&f.b, "%s  %s  priority %d\n", v.Number, safetext.Line(v.StateName), v.Priority)
	f.add("What", v.Short)
	f.add("Who has it", v.Login)
	f.add("Opened", a.clock(v.Created))
	f.add("Closed", a.clock(v.Closed))
	f.add("Close notes", v.CloseNotes)
	f.add("You can", mayDo(v.Perms))
	_, err := io.WriteString(w, f.b.String())
	return err
}

// incidentDoneJSON is an incident after something was done to it.
type incidentDoneJSON struct {
	Incident incidentJSON `json:"incident"`
}

// incidentTextCommand is a command that does something to an incident with one text,
// which is the value of a flag.
func (a *app) incidentTextCommand(verb, short, flag, about string,
	do func(*workflow.Service, context.Context, model.PersonID, model.Number, string) error, said string) *cobra.Command {
	var text string
	var asJSON bool
	cmd := &cobra.Command{Use: verb + " NUMBER", Short: short, Args: one("NUMBER"), Example: fmt.Sprintf("countersign incident %s SIR0010017 --%s …", verb, flag)}
	cmd.Flags().StringVar(&text, flag, "", about)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		if strings.TrimSpace(text) == "" {
			return usage("--%s is needed", flag)
		}
		return a.with(ctx, func(q *queue, me model.Actor) error {
			n := model.Number(args[0])
			if err := do(q.svc, ctx, me.ID, n, text); err != nil {
				return err
			}
			if !asJSON {
				_, err := fmt.Fprintf(a.Out, "%s %s\n", n, said)
				return err
			}
			v, err := q.svc.Incident(ctx, me.ID, n)
			if err != nil {
				return err
			}
			return writeJSON(a.Out, incidentDoneJSON{incidentOf(v.IncidentRow)})
		})
	})
	return cmd
}
