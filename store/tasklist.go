package store

import (
	"fmt"
	"strings"

	"countersign/model"
)

// TaskView says which tasks a list is of.
type TaskView string

// The views of tasks.
const (
	TasksOpen TaskView = "open" // of Groups, or of all. Sorts: oldest, newest.
	TasksMine TaskView = "mine" // open ones that Assignee has. Sorts: oldest, newest.
	TasksDone TaskView = "done" // of Groups, or of all. Sort: closed.
)

// TaskQuery says which tasks are wanted. Every filter that is set must fit.
type TaskQuery struct {
	View     TaskView
	All      bool // tasks of every group, not of Groups alone
	Groups   []model.GroupName
	Assignee model.PersonID

	Words      []string // of the task's request
	Requestors []model.PersonID
	Items      []model.ItemKey
	States     []model.TaskState
	Number     string // how the task's or the request's number begins
	Unassigned bool   // only those nobody has

	Sort Sort // "" for the view's first
	Span Span
}

// TaskRow is a task as lists show it.
type TaskRow struct {
	Task    model.Task
	Login   string // of the assignee, "" while nobody has it
	Request RequestRow
	// OpState is that of the request's operation that matters most: one that is
	// unknown, else one under way, refused or waiting, else the last. "" without
	// any.
	OpState model.OpState
}

const taskRowColumns = taskColumns + ", holder.login, " + requestRowColumns + `,
	(SELECT o.state FROM operation o WHERE o.request_id = t.request_id
		ORDER BY CASE o.state WHEN 'unknown' THEN 0 WHEN 'sent' THEN 1 WHEN 'queued' THEN 2 WHEN 'refused' THEN 3
			WHEN 'scheduled' THEN 4 ELSE 5 END, o.id DESC LIMIT 1)`

func taskRowInto(r *TaskRow) []any {
	dest := append(taskInto(&r.Task), text(&r.Login))
	dest = append(dest, requestRowInto(&r.Request)...)
	return append(dest, text(&r.OpState))
}

// Tasks returns a page of tasks.
func (t *Tx) Tasks(q TaskQuery) (Page[TaskRow], error) {
	l, err := q.listing()
	if err != nil {
		return Page[TaskRow]{}, err
	}
	page, err := pageOf(t, l, q.Span, taskRowInto)
	return page, wrap(err, "list %s tasks", q.View)
}

func (q TaskQuery) listing() (listing, error) {
	l := listing{sort: q.Sort, filters: q.filters(), columns: taskRowColumns,
		tables: "CROSS JOIN task t CROSS JOIN request r CROSS JOIN person p LEFT JOIN person holder ON holder.id = t.assignee",
		on:     "t.id = hit.id AND r.id = t.request_id AND p.id = r.requested_by"}
	if l.sort == "" {
		l.sort = SortOldest
		if q.View == TasksDone {
			l.sort = SortClosed
		}
	}
	l.desc = l.sort != SortOldest
	if (q.View == TasksDone) != (l.sort == SortClosed) || l.sort != SortClosed && l.sort != SortOldest && l.sort != SortNewest {
		return l, fmt.Errorf("%s tasks are not sorted by %q", q.View, l.sort)
	}
	base := leg{table: "task t", join: "request r", on: "r.id = t.request_id", id: "t.id"}
	switch q.View {
	case TasksOpen:
		base.conds = []condition{where("t.closed_at IS NULL")}
		l.legs = q.groupLegs(base)
	case TasksMine:
		base.conds = []condition{where("t.assignee = ?", string(q.Assignee)), where("t.closed_at IS NULL")}
		l.legs = []leg{base}
	case TasksDone:
		base.key, base.conds = "t.closed_at", []condition{where("t.closed_at IS NOT NULL")}
		l.legs = q.groupLegs(base)
	default:
		return l, fmt.Errorf("unknown view %q of tasks", q.View)
	}
	return l, nil
}

func (q TaskQuery) groupLegs(base leg) []leg {
	if q.All {
		return []leg{base}
	}
	var legs []leg
	for _, g := range q.Groups {
		one := base
		one.conds = append([]condition{where("t.grp = ?", string(g))}, base.conds...)
		legs = append(legs, one)
	}
	return legs
}

func (q TaskQuery) filters() []condition {
	var f []condition
	if match := matchOf(q.Words); match != "" {
		f = append(f, where("t.request_id IN (SELECT docid FROM request_words WHERE request_words MATCH ?)", match))
	}
	if q.Requestors != nil {
		f = append(f, whereIn("r.requested_by", q.Requestors))
	}
	if len(q.Items) > 0 {
		f = append(f, whereIn("r.item", q.Items))
	}
	if len(q.States) > 0 {
		f = append(f, whereIn("t.state", q.States))
	}
	if q.Number != "" {
		like := escapeLike(strings.ToUpper(q.Number)) + "%"
		f = append(f, where(`(t.number LIKE ? ESCAPE '\' OR r.number LIKE ? ESCAPE '\')`, like, like))
	}
	if q.Unassigned {
		f = append(f, where("t.assignee IS NULL"))
	}
	return f
}

// OperationRow is an operation as lists show it.
type OperationRow struct {
	Operation model.Operation
	Number    model.Number // of the request; "" of a decision, which belongs to none
	Task      model.Number // "" where it belongs to no task
	Label     string       // of the request's target; foreign text
}

// Unknown returns a page of the operations whose outcome is being looked for,
// the oldest first: of all, decisions about endpoint requests and devices among them,
// or of the groups that fulfil their requests.
func (t *Tx) Unknown(all bool, groups []model.GroupName, s Span) (Page[OperationRow], error) {
	unknown := leg{table: "operation o", id: "o.id", conds: []condition{where("o.state = 'unknown'")}}
	if !all {
		unknown.join, unknown.on = "request r", "r.id = o.request_id"
	}
	l := listing{sort: SortOldest, columns: operationColumns + ", r.number, t.number, r.label",
		tables: "CROSS JOIN operation o LEFT JOIN request r ON r.id = o.request_id LEFT JOIN task t ON t.id = o.task_id",
		on:     "o.id = hit.id",
		legs:   []leg{unknown}}
	if !all {
		l.filters = []condition{whereIn("r.fulfil_grp", groups)}
	}
	page, err := pageOf(t, l, s, func(o *OperationRow) []any {
		return append(operationInto(&o.Operation), text(&o.Number), text(&o.Task), text(&o.Label))
	})
	return page, wrap(err, "list unknown operations")
}
