package tasks

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// row is a task with what the list knows about the name of its request.
type row struct {
	workflow.TaskRow
	request casepane.Row
}

func rowsOf(tasks []workflow.TaskRow) []row {
	requests := make([]workflow.RequestRow, len(tasks))
	for i, r := range tasks {
		requests[i] = r.Request
	}
	rows := make([]row, len(tasks))
	for i, r := range casepane.Rows(requests) {
		rows[i] = row{tasks[i], r}
	}
	return rows
}

// version changes with what the row shows.
func version(r row) int64 {
	return r.Updated.UnixNano()<<4 + int64(slices.Index(model.OpStates(), r.OpState)+1)
}

// The places of the views.
const (
	openView = iota
	mineView
	doneView
	unknownView
	grantsView
)

// view is one of the tab's lists.
type view struct {
	name, list    string
	sorts         []string
	done          bool // nothing is to be done there
	empty, advice string
	whatThereIs   string // for the footer, behind a number
}

// The orders of the Unknown view.
const (
	sortOldest = workflow.SortOldest
	sortLook   = "next look"
)

func views() []view {
	both := []string{workflow.SortOldest, workflow.SortNewest}
	return []view{
		{name: "Open", list: workflow.TasksOpen, sorts: both, whatThereIs: "to be done",
			empty: "No task waits.", advice: "Approved requests that need a hand appear here by themselves."},
		{name: "Mine", list: workflow.TasksMine, sorts: both, whatThereIs: "taken by you",
			empty: "You have no task.", advice: "[ shows the open ones; t takes one."},
		{name: "Done", list: workflow.TasksDone, sorts: []string{workflow.SortNewest}, done: true, whatThereIs: "closed, the latest first",
			empty: "No task has been closed yet.", advice: "What your groups carry out is kept here."},
		{name: "Unknown", sorts: []string{sortOldest, sortLook}, whatThereIs: "being looked for",
			empty:  "Every outcome is known.",
			advice: "When an answer of the vault is lost, what became of the order is looked for, and shown here."},
		{name: "Grants", sorts: []string{workflow.SortEnd, workflow.SortNewest},
			empty:  "Nobody has access through this program.",
			advice: "What is granted here is listed until it ends, and then behind state:ended."},
	}
}

// filterNames are the keys that the filter of the view shown knows: operations of
// unknown outcome are found by words alone.
func (t *Tab) filterNames() []string {
	switch {
	case t.inUnknown():
		return nil
	case t.inGrants():
		return []string{"person", "record", "ends", "state", "kind", "number"}
	}
	return []string{"requestor", "item", "number", "state", "assignee"}
}

// columns of a list of tasks: WHAT stands over the right and what it is on. On
// most screens how long it lasts is left to the detail, for the sake of that.
func (t *Tab) columns() []widget.Column[row] {
	return []widget.Column[row]{
		{Title: "NUMBER", Width: 13, Key: true, Cell: func(r row) widget.Line {
			return widget.Foreign(theme.Text, safetext.Line(string(r.Number)))
		}},
		{Title: "REQUEST", Width: 10, Drop: 3, Cell: func(r row) widget.Line {
			return widget.Foreign(theme.Text, safetext.Line(string(r.Request.Number)))
		}},
		{Title: "WHAT", Width: 5, Spills: true, Cell: what},
		{Width: 18, Flex: 8, Cell: func(r row) widget.Line { return casepane.Subject(r.request) }},
		{Title: "FOR", Width: 6, Flex: 1, Max: 14, Drop: 1, Cell: t.recipient},
		{Title: "LIMIT", Width: 9, Right: true, Drop: 2, Cell: t.limit},
		{Title: "STATE", Width: 13, Cell: state},
	}
}

// what is to be done in one short word.
func what(r row) widget.Line {
	if r.Kind == model.TaskRevoke {
		return widget.Words(theme.Warn, "take back")
	}
	return casepane.Wants(r.Request.Item, r.Request.Allowed.Right)
}

// recipient is who gets the access. The domain is left out only where it is the
// one of whoever looks.
func (t *Tab) recipient(r row) widget.Line {
	return widget.Foreign(theme.Text, safetext.Line(t.short(r.Request.For, r.Request.Requestor)))
}

// short is an address without the domain that the person has as well; the login
// where there is no address.
func (t *Tab) short(email, login string) string {
	if email == "" {
		return login
	}
	local, domain, _ := strings.Cut(email, "@")
	if _, mine, found := strings.Cut(t.env.Me.Email, "@"); found && strings.EqualFold(domain, mine) {
		return local
	}
	return email
}

func (t *Tab) limit(r row) widget.Line {
	return casepane.Lasts(r.Request.Allowed, t.env.Now(), t.env.Zone)
}

// state is the state of the order that is under way, else that of the task, and
// who has it. Who closed a task is left to the detail.
func state(r row) widget.Line {
	who := safetext.Line(r.Assignee)
	if r.Mine {
		who = safetext.Line("you")
	}
	taken := r.Mine || r.Assignee != ""
	switch {
	case r.State.Closed():
		return widget.Words(taskInk(r.State), r.State.Words())
	case r.OpState == model.OpQueued, r.OpState == model.OpSent, r.OpState == model.OpUnknown, r.OpState == model.OpRefused:
		line := widget.Words(opInk(r.OpState), string(r.OpState))
		if taken {
			line = append(line, say(theme.Text, ", "), widget.Show(theme.Text, who))
		}
		return line
	case r.Mine:
		return widget.Line{say(theme.Accent, "with "), widget.Show(theme.Accent, who)}
	case taken:
		return widget.Line{say(theme.Text, "with "), widget.Show(theme.Text, who)}
	}
	return widget.Words(theme.Text, r.State.Words())
}

// taskInk is the ink of a task's state; the word stands beside it always.
func taskInk(s model.TaskState) theme.Ink {
	switch s {
	case model.TaskClosedComplete:
		return theme.OK
	case model.TaskClosedIncomplete:
		return theme.Bad
	}
	return theme.Heading
}

// opInk is the ink of an order's state.
func opInk(s model.OpState) theme.Ink {
	switch s {
	case model.OpDone:
		return theme.OK
	case model.OpRefused:
		return theme.Bad
	case model.OpUnknown:
		return theme.WarnStrong
	case model.OpQueued, model.OpSent:
		return theme.Accent
	}
	return theme.Heading
}

// footer says how much there is under the list.
func (t *Tab) footer(n int, more bool, oldest time.Time) widget.Line {
	if n == 0 {
		return nil
	}
	words := strconv.Itoa(n)
	if more {
		words += "+"
	}
	v := t.views[t.view]
	if t.filter.Filter().Empty() {
		words += " " + v.whatThereIs
	} else {
		words += " fit the filter"
	}
	if age := t.env.Now().Sub(oldest); !v.done && !more && age >= time.Minute {
		words += " · oldest " + widget.Age(age)
	}
	return widget.Words(theme.Note, words)
}
