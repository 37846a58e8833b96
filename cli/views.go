package cli

import (
	"context"
	"time"

	"countersign/model"
	"countersign/ui/widget"
	"countersign/workflow"
)

// listing is one view of `countersign list`.
type listing struct {
	name, about string
	keys, sorts []string // what may be filtered by, and the orders; nil for none
	head        []string
	read        reader
	known       func(workflow.EndpointsState) model.Listing // of lists that the vault fills; nil for others
}

// entry is one row, for people and for programs.
type entry struct {
	cells []string
	json  any
}

// reader reads a page of a list.
type reader func(ctx context.Context, svc *workflow.Service, me model.PersonID, q workflow.Query) ([]entry, workflow.Cursor, error)

func (a *app) listings() []listing {
	byTime := []string{workflow.SortNewest, workflow.SortOldest}
	requests := func(name, about, view string, sorts []string) listing {
		return listing{name: name, about: about, sorts: sorts, read: a.readRequests(view),
			keys: []string{"requestor", "for", "item", "state", "age", "due", "number"},
			head: []string{"NUMBER", "STATE", "DUE", "WHO", "RIGHT", "WHAT", "HOW LONG", "FOR"}}
	}
	return []listing{
		requests("waiting", "requests that wait for your decision", workflow.RequestsWaiting, append([]string{workflow.SortDue}, byTime...)),
		requests("mine", "requests by you or for you", workflow.RequestsMine, byTime),
		requests("all", "every request that you may see", workflow.RequestsAll, byTime),
		requests("decided", "requests that your groups have decided", workflow.RequestsDecided, nil),
		{name: "tasks", about: "open tasks of your groups", read: a.readTasks(workflow.TasksOpen),
			keys: []string{"requestor", "item", "number", "state", "assignee"}, sorts: []string{workflow.SortOldest, workflow.SortNewest},
			head: []string{"TASK", "REQUEST", "STATE", "WHO HAS IT", "VAULT", "FOR WHOM", "RIGHT", "WHAT", "SINCE"}},
		{name: "unknown", about: "orders to the vault whose outcome is looked for", read: a.readUnknown,
			head: []string{"REQUEST", "TASK", "ORDER", "WHAT", "SENT", "LOOKING AT", "NEXT LOOK"}},
		{name: "access", about: "what you have through this program", read: a.readAccess,
			head: []string{"REQUEST", "STATE", "RIGHT", "WHAT", "SINCE", "UNTIL", "NOTE"}},
	}
}

func (a *app) readRequests(view string) reader {
	return func(ctx context.Context, svc *workflow.Service, me model.PersonID, q workflow.Query) ([]entry, workflow.Cursor, error) {
		q.View = view
		p, err := svc.Requests(ctx, me, q)
		return each(p.Rows, func(r workflow.RequestRow) entry {
			state, left, limit := r.State.Words(), "", ""
			if r.State == model.Requested {
				left = a.left(r.Due)
			}
			if r.NeedsInfo {
				state += ", asked back"
				left = "stands"
			}
			if r.Allowed.Right != "" {
				limit = r.Allowed.Limit.String()
			}
			return entry{[]string{string(r.Number), state, left, r.Requestor, string(r.Allowed.Right), r.Title, limit, r.For}, requestOf(r)}
		}), p.Next, err
	}
}

func (a *app) readTasks(view string) reader {
	return func(ctx context.Context, svc *workflow.Service, me model.PersonID, q workflow.Query) ([]entry, workflow.Cursor, error) {
		q.View = view
		p, err := svc.Tasks(ctx, me, q)
		return each(p.Rows, func(t workflow.TaskRow) entry {
			r := t.Request
			return entry{[]string{string(t.Number), string(r.Number), t.State.Words(), t.Assignee, string(t.OpState), r.Requestor,
				string(r.Allowed.Right), r.Title, a.clock(t.Created)}, taskRowOf(t)}
		}), p.Next, err
	}
}

func (a *app) readUnknown(ctx context.Context, svc *workflow.Service, me model.PersonID, q workflow.Query) ([]entry, workflow.Cursor, error) {
	p, err := svc.Unknown(ctx, me, q)
	return each(p.Rows, func(o workflow.OperationRow) entry {
		out := operationOf(o.Op)
		out.Request, out.Task = o.Number, o.Task
		return entry{[]string{string(o.Number), string(o.Task), out.Does, o.Title, a.clock(o.Op.Sent), o.Op.LookingFor,
			a.clock(o.Op.NextLook)}, out}
	}), p.Next, err
}

func (a *app) readAccess(ctx context.Context, svc *workflow.Service, me model.PersonID, q workflow.Query) ([]entry, workflow.Cursor, error) {
	p, err := svc.Access(ctx, me, q)
	return each(p.Rows, func(r workflow.GrantRow) entry {
		g := r.Grant
		state, until := string(g.State), "permanent"
		if g.State == model.GrantPending {
			state = "invited"
		}
		if !g.Until.IsZero() {
			until = a.clock(g.Until)
		}
		return entry{[]string{string(g.Number), state, string(g.Right), g.Target.Label(), a.clock(g.Since), until, g.Note}, grantOf(g)}
	}), p.Next, err
}

// clock is a moment as people read it, "" for none.
func (a *app) clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(a.Zone).Format("2006-01-02 15:04")
}

// left is how long something still has, as the console says it, "" for ever.
func (a *app) left(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return widget.Due(t.Sub(a.Now()))
}
