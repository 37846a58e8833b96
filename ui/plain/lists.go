package plain

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/evidence"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"
)

const (
	// sortKey begins the order of a list among the words of its filter.
	sortKey = "sort"
	// exactKey begins what must occur as it is; words in quotes mean the same in a
	// list that has it.
	exactKey = "exact"
)

// pageRows is how many rows are printed at a time.
const pageRows = 20

// view is one list.
type view struct {
	name, about string
	tab         tab.Name
	keys        []string // of the filter
	sorts       []string // the orders there are, nil for one
	empty       string
	read        func(ctx context.Context, s *session, q workflow.Query) ([]row, workflow.Cursor, error)
}

// row is one line of a list.
type row struct {
	subject subject
	cells   []widget.Line
}

// shownList is the list that was printed last.
type shownList struct {
	view  view
	query workflow.Query
	next  workflow.Cursor
	rows  []subject
}

func views() []view {
	requests := []string{"requestor", "for", "item", "state", "age", "due", "number"}
	tasks := []string{"requestor", "item", "number", "state", "assignee"}
	incidents := []string{"state", "priority", "assignee"}
	grants := []string{"person", "record", "folder", "kind", "state", "ends", "number"}
	byTime := []string{workflow.SortNewest, workflow.SortOldest}
	due, byEnd, byLeft := append([]string{workflow.SortDue}, byTime...), []string{workflow.SortEnd, workflow.SortNewest}, []string{workflow.SortExpires, workflow.SortNewest}
	return []view{
		{"mine", "what you have asked for", tab.Portal, requests, byTime, "You have asked for nothing yet: order begins.", readRequests(workflow.RequestsMine)},
		{"access", "what you have through this program", tab.Portal, nil, nil, "You have no access through countersign.", readAccess},
		{"waiting", "requests that wait for your decision", tab.Approvals, requests, due, "Nothing waits for you.", readRequests(workflow.RequestsWaiting)},
		{"all", "every request that you may see", tab.Approvals, requests, byTime, "No requests yet.", readRequests(workflow.RequestsAll)},
		{"decided", "requests that your groups have decided", tab.Approvals, requests, nil, "Nothing has been decided yet.", readRequests(workflow.RequestsDecided)},
		{"reviews", "what was approved in an emergency and waits to be looked at", 0, nil, nil, "Nothing waits for a review.", readReviews},
		{"tasks", "what is still to be carried out", tab.Tasks, tasks, byTime, "No task waits.", readTasks(workflow.TasksOpen)},
		{"my-tasks", "what you have taken", tab.Tasks, tasks, byTime, "You have no task.", readTasks(workflow.TasksMine)},
		{"done", "tasks that are closed, the latest first", tab.Tasks, tasks, nil, "No task has been closed yet.", readTasks(workflow.TasksDone)},
		{"unknown", "orders to the vault whose outcome is looked for", tab.Tasks, nil, nil, "Every outcome is known.", readUnknown},
		{"grants", "who has what through this program", tab.Tasks, grants, byEnd, "Nobody has access through this program.", readGrants(workflow.GrantsOpen)},
		{"ended", "access that is over, the latest first", tab.Tasks, grants, nil, "No access has ended yet.", readGrants(workflow.GrantsOver)},
		{"endpoints", "requests of endpoints that wait", tab.EPM, []string{}, byLeft, "No endpoint request waits.", readEndpoints(workflow.EndpointsWaiting)},
		{"devices", "devices that wait", tab.EPM, []string{}, nil, "No device waits.", readDevices(workflow.DevicesWaiting)},
		{"decided-endpoints", "requests of endpoints that have ended", tab.EPM, []string{}, nil, "No endpoint request has been decided yet.", readEndpoints(workflow.EndpointsDecided)},
		{"decided-devices", "devices that were decided", tab.EPM, []string{}, nil, "No device has been decided yet.", readDevices(workflow.DevicesDecided)},
		{"incidents", "incidents that are open", tab.EPM, incidents, byTime, "No incident is open.", readIncidents(workflow.IncidentsOpen)},
		{"all-incidents", "every incident", tab.EPM, incidents, byTime, "No incident yet.", readIncidents(workflow.IncidentsAll)},
		{"application", "what the program did", tab.Logs, []string{"level", "component", "correlation", exactKey, "from", "to"}, nil, "The log is empty.", readLog},
		{"audit", "who did what", tab.Logs, []string{"who", "action", "object", "from", "to"}, nil, "The audit is empty.", readAudit},
		{"vault", "each command to the vault, without its secrets", tab.Logs, []string{"outcome", "correlation", "from", "to"}, nil, "Nothing was sent to the vault.", readTraffic},
		{"support", "versions, health, and what doctor finds", tab.Logs, nil, nil, "Nothing was found.", readSupport},
		{"privacy", "what is kept of people, where, how long, and who sees it", tab.Logs, nil, nil, "Nothing is kept.", readPrivacy},
	}
}

// listView lists a view by its name, with a filter behind it.
func (s *session) listView(args string) error {
	name, filter, _ := strings.Cut(args, " ")
	var names []string
	for _, v := range views() {
		if !s.opens(v.tab) {
			continue
		}
		if v.name == name {
			return s.show(v, filter)
		}
		names = append(names, v.name)
	}
	if name != "" {
		if meant := widget.Nearest(name, names); meant != "" {
			return complain("There is no list %s here. Did you mean %s?", name, meant)
		}
		return complain("There is no list %s here. There are %s.", name, strings.Join(names, ", "))
	}
	for _, v := range views() {
		if s.opens(v.tab) {
			s.out.say("list %s: %s", v.name, v.about)
		}
	}
	return nil
}

// show prints the first page of a view.
func (s *session) show(v view, filter string) error {
	q, err := v.query(filter, s.opt.Now(), s.opt.Zone)
	if err != nil {
		return err
	}
	s.trust(v)
	list := &shownList{view: v, query: q}
	if err := s.page(list); err != nil {
		return err
	}
	s.list = list
	switch {
	case len(list.rows) > 0 || list.next != "":
	case len(q.Words)+len(q.Terms) == 0:
		s.out.say("%s", v.empty)
	default:
		s.out.say("Nothing fits the filter.")
	}
	if v.name == workflow.RequestsWaiting {
		return s.waitingToo()
	}
	return nil
}

// query is what a filter of the view asks for. Times are read as people in a zone
// mean them.
func (v view) query(filter string, now time.Time, zone *time.Location) (workflow.Query, error) {
	q := workflow.Query{Limit: pageRows}
	keys := v.keys
	if v.sorts != nil {
		keys = append(slices.Clone(keys), sortKey)
	}
	f := widget.ParseFilter(filter, keys)
	if len(f.Unknown) > 0 {
		u := f.Unknown[0]
		if u.Suggestion != "" {
			return q, complain("%s: is no filter here. Did you mean %s:?", u.Key, u.Suggestion)
		}
		return q, complain("%s: is no filter here. There are %s.", u.Key, strings.Join(keys, ", "))
	}
	if keys == nil && !f.Empty() {
		return q, complain("%s takes no filter.", v.name)
	}
	for _, word := range f.Words {
		if slices.Contains(f.Quoted, word) && slices.Contains(keys, exactKey) {
			q.Terms = append(q.Terms, workflow.Term{Key: exactKey, Value: word})
			continue
		}
		q.Words = append(q.Words, word)
	}
	for _, t := range f.Terms {
		switch t.Key {
		case sortKey:
			if !slices.Contains(v.sorts, t.Value) {
				return q, complain("%s is no order of it. There are %s.", t.Value, strings.Join(v.sorts, ", "))
			}
			q.Sort = t.Value
			continue
		case "from", "to":
			at, err := model.ParseMoment(t.Value, now, zone)
			if err != nil {
				return q, complain("%s: %v.", t.Key, err)
			}
			t.Value = at.Format(time.RFC3339)
		}
		q.Terms = append(q.Terms, workflow.Term{Key: t.Key, Op: operator(t.Op), Value: t.Value})
	}
	return q, nil
}

// trust says what stands against a list of what waits in the vault: one that cannot
// be read is not an empty one. The others are the queue's own.
func (s *session) trust(v view) {
	state := s.svc.EndpointsState(s.ctx)
	listing, of, needs := state.Endpoints, evidence.Requests, []string{"epm", "sync-down"}
	switch v.name {
	case "endpoints":
	case "devices":
		listing, of, needs = state.Devices, evidence.Devices, []string{"device-approve"}
	default:
		return
	}
	cause, advice := evidence.Trouble(s.svc.Health(s.ctx), listing, of, needs, s.opt.Zone)
	if cause != nil {
		s.out.lines([]widget.Line{cause, advice})
	}
	if listing.Doubt != "" {
		s.out.say("%s", listing.Doubt)
	}
}

// operator is the workflow's sign for a comparison.
func operator(op widget.Op) string {
	switch op {
	case widget.More, widget.AtLeast:
		return ">"
	case widget.Less, widget.AtMost:
		return "<"
	}
	return ""
}

// page prints the next rows of a list.
func (s *session) page(l *shownList) error {
	q := l.query
	q.After = l.next
	ctx, cancel := context.WithTimeout(s.ctx, tab.Patience)
	defer cancel()
	rows, next, err := l.view.read(ctx, s, q)
	if err != nil {
		return err
	}
	for _, r := range rows {
		l.rows = append(l.rows, r.subject)
		s.out.row(len(l.rows), r.cells...)
	}
	switch l.next = next; {
	case next == "":
	case len(rows) == 0: // a search that takes its time
		s.out.say("Nothing was found so far: more goes on.")
	default:
		s.out.say("There are more: more goes on.")
	}
	return nil
}

func (s *session) more(string) error {
	if s.list == nil || s.list.next == "" {
		return complain("There is nothing more.")
	}
	return s.page(s.list)
}

// waitingToo says what else waits for a decision.
func (s *session) waitingToo() error {
	too, err := s.svc.WaitingToo(s.ctx, s.me.ID, pageRows)
	if err != nil {
		return err
	}
	endpoints, devices := 0, 0
	for _, w := range too {
		if w.Endpoint != nil {
			endpoints++
		} else {
			devices++
		}
	}
	if endpoints > 0 {
		s.out.say("%s wait, too: list endpoints", counted(endpoints, "endpoint request"))
	}
	if devices > 0 {
		s.out.say("%s wait, too: list devices", counted(devices, "device"))
	}
	return nil
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
