package epm

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/evidence"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// kind is what a row of this tab is.
type kind uint8

const (
	nothing kind = iota
	endpoint
	device
	incident
)

// ref names one thing; its zero value names nothing.
type ref struct {
	kind   kind
	id     int64        // of an endpoint request or a device
	number model.Number // of an incident
}

func (r ref) String() string {
	switch r.kind {
	case endpoint:
		return "endpoint " + strconv.FormatInt(r.id, 10)
	case device:
		return "device " + strconv.FormatInt(r.id, 10)
	case incident:
		return string(r.number)
	}
	return ""
}

// row is one of the three that is set.
type row struct {
	endpoint *model.EndpointRequest
	device   *workflow.DeviceRow
	incident *workflow.IncidentRow
}

func (r row) ref() ref {
	switch {
	case r.endpoint != nil:
		return ref{kind: endpoint, id: r.endpoint.ID}
	case r.device != nil:
		return ref{kind: device, id: r.device.ID}
	case r.incident != nil:
		return ref{kind: incident, number: r.incident.Number}
	}
	return ref{}
}

// version grows with what the row shows; 0 while the evidence is pending.
func (r row) version() int64 {
	switch {
	case r.endpoint != nil && !r.endpoint.Complete:
		return 0
	case r.endpoint != nil:
		return r.endpoint.Revision
	case r.device != nil:
		return r.device.Revision
	}
	return r.incident.Revision
}

// view is one of the tab's lists.
type view struct {
	name          string
	lists         []string // that w goes round
	sorts         []string
	filters       []workflow.FilterKey
	marks         bool
	empty, advice string
	whatThereIs   string // for the footer, behind a number
	kind          kind
	read          func(ctx context.Context, svc Service, me model.PersonID, q workflow.Query) (workflow.Page[row], error)
}

// The places of the views.
const (
	waiting = iota
	devices
	decided
	incidents
)

func views() []view {
	newest := []string{workflow.SortNewest}
	return []view{
		{name: "Waiting", lists: []string{workflow.EndpointsWaiting}, sorts: append([]string{workflow.SortExpires}, newest...), marks: true, filters: workflow.EndpointKeys(),
			empty: "No endpoint request waits.", advice: "New ones appear here by themselves.", whatThereIs: "waiting", kind: endpoint, read: readEndpoints},
		{name: "Devices", lists: []string{workflow.DevicesWaiting, workflow.DevicesDecided}, sorts: newest, marks: true, filters: workflow.DeviceKeys(),
			empty: "No device here.", advice: "New ones that wait appear by themselves; w shows those that were decided.", whatThereIs: "devices", kind: device, read: readDevices},
		{name: "Decided", lists: []string{workflow.EndpointsDecided}, sorts: newest, filters: workflow.EndpointKeys(),
			empty: "No endpoint request has been decided yet.", advice: "What was approved, denied or ran out of time is kept here.",
			whatThereIs: "decided, the latest first", kind: endpoint, read: readEndpoints},
		{name: "Incidents", lists: []string{workflow.IncidentsOpen, workflow.IncidentsMine, workflow.IncidentsAll, workflow.IncidentsClosed},
			sorts: []string{workflow.SortNewest, workflow.SortOldest}, filters: workflow.IncidentKeys(),
			empty: "No incident here.", advice: "Every endpoint request opens one and closes it at its end; w shows others.",
			whatThereIs: "incidents", kind: incident, read: readIncidents},
	}
}

func readEndpoints(ctx context.Context, svc Service, me model.PersonID, q workflow.Query) (workflow.Page[row], error) {
	page, err := svc.Endpoints(ctx, me, q)
	out := workflow.Page[row]{Rows: make([]row, len(page.Rows)), Next: page.Next}
	for i, r := range page.Rows {
		light := inBrief(r)
		out.Rows[i] = row{endpoint: &light}
	}
	return out, err
}

// mostShown is more characters than a cell has room for.
const mostShown = 300

// inBrief leaves of a request what its row shows: the evidence of thousands would be
// most of the console's memory.
func inBrief(r model.EndpointRequest) model.EndpointRequest {
	cut := func(s string) string {
		for i := range s {
			if i >= mostShown {
				return strings.Clone(s[:i])
			}
		}
		return s
	}
	var facts []model.Fact
	for _, f := range r.Facts {
		if evidence.InRow(f) {
			facts = append(facts, model.Fact{Group: f.Group, Key: f.Key, Value: cut(f.Value)})
		}
	}
	r.Facts, r.What, r.Justification, r.Outcome = facts, cut(r.What), "", ""
	r.Decision.Comment = ""
	return r
}

func readDevices(ctx context.Context, svc Service, me model.PersonID, q workflow.Query) (workflow.Page[row], error) {
	page, err := svc.Devices(ctx, me, q)
	out := workflow.Page[row]{Next: page.Next}
	for i := range page.Rows {
		out.Rows = append(out.Rows, row{device: &page.Rows[i]})
	}
	return out, err
}

func readIncidents(ctx context.Context, svc Service, me model.PersonID, q workflow.Query) (workflow.Page[row], error) {
	page, err := svc.Incidents(ctx, me, q)
	out := workflow.Page[row]{Next: page.Next}
	for i := range page.Rows {
		out.Rows = append(out.Rows, row{incident: &page.Rows[i]})
	}
	return out, err
}

// columns of a view; what waits has one for policies where any row names one. Cells
// depend on their row alone within one drawing.
func (t *Tab) columns(v int, policies bool) []widget.Column[row] {
	o := t.options
	ofEndpoint := func(cell func(model.EndpointRequest) widget.Line) func(row) widget.Line {
		return func(r row) widget.Line { return cell(*r.endpoint) }
	}
	ofDevice := func(cell func(model.Device) widget.Line) func(row) widget.Line {
		return func(r row) widget.Line { return cell(r.device.Device) }
	}
	switch v {
	case waiting:
		columns := []widget.Column[row]{
			{Title: "LEFT", Width: 4, Right: true, Cell: func(r row) widget.Line { return evidence.Left(r.endpoint.Expires, o()) }},
			{Title: "WHO@MACHINE", Width: 15, Flex: 2, Max: 28, Cell: ofEndpoint(evidence.Who)},
			{Title: "RUNS", Width: 20, Flex: 3, Cell: ofEndpoint(evidence.Runs)},
			{Title: "KIND", Width: 12, Drop: 1, Cell: ofEndpoint(evidence.Kind)},
			{Title: "INCIDENT", Width: 10, Drop: 2, Cell: func(r row) widget.Line { return number(r.endpoint.Incident) }},
		}
		if policies {
			columns = slices.Insert(columns, len(columns)-1, widget.Column[row]{Title: "POLICY", Width: 10, Drop: 3, Cell: ofEndpoint(func(r model.EndpointRequest) widget.Line {
				l, _ := evidence.Policy(r)
				return l
			})})
		}
		return columns
	case devices:
		return []widget.Column[row]{
			{Title: "ASKED", Width: 5, Right: true, Cell: func(r row) widget.Line { return evidence.Asked(r.device.Device, o()) }},
			{Title: "E-MAIL", Width: 18, Flex: 2, Max: 32, Cell: ofDevice(evidence.Email)},
			{Title: "DEVICE", Width: 14, Flex: 2, Cell: ofDevice(evidence.Name)},
			{Title: "LOCATION", Width: 12, Flex: 1, Drop: 1, Cell: ofDevice(evidence.Place)},
			{Title: "STATE", Width: 10, Cell: func(r row) widget.Line { return evidence.State(r.device.State) }},
		}
	case decided:
		return []widget.Column[row]{
			{Title: "ENDED", Width: 12, Cell: func(r row) widget.Line {
				return widget.Words(theme.Heading, underTwoDigits(evidence.Clock(r.endpoint.Ended, o())))
			}},
			{Title: "OUTCOME", Width: 9, Cell: func(r row) widget.Line { return evidence.State(r.endpoint.State) }},
			{Title: "WHO@MACHINE", Width: 15, Flex: 1, Max: 28, Cell: ofEndpoint(evidence.Who)},
			{Title: "RUNS", Width: 10, Flex: 4, Drop: 1, Cell: ofEndpoint(evidence.Runs)},
		}
	}
	return []widget.Column[row]{
		{Title: "NUMBER", Width: 10, Cell: func(r row) widget.Line { return number(r.incident.Number) }},
		{Title: "STATE", Width: 9, Cell: func(r row) widget.Line { return incidentState(r.incident.State, r.incident.StateName) }},
		{Title: "PRIO", Width: 4, Right: true, Drop: 2, Cell: func(r row) widget.Line { return priority(r.incident.Priority) }},
		{Title: "WHO@MACHINE", Width: 15, Flex: 2, Max: 28, Cell: func(r row) widget.Line { return evidence.Who(r.incident.Endpoint) }},
		{Title: "REQUEST", Width: 9, Cell: func(r row) widget.Line { return evidence.State(r.incident.Endpoint.State) }},
		{Title: "ASSIGNED", Width: 8, Drop: 1, Flex: 1, Max: 12, Cell: func(r row) widget.Line { return login(r.incident.Login) }},
	}
}

// underTwoDigits puts days of one digit under those of two.
func underTwoDigits(clock string) string {
	if len(clock) > 1 && clock[1] == ' ' {
		return " " + clock
	}
	return clock
}

func number(n model.Number) widget.Line {
	if n == "" {
		return widget.Words(theme.Faint, "-")
	}
	return widget.Foreign(theme.Text, safetext.Line(string(n)))
}

func login(s string) widget.Line {
	if s == "" {
		return widget.Words(theme.Faint, "nobody")
	}
	return widget.Foreign(theme.Text, safetext.Line(s))
}

// incidentState is what a state is called, in the ink of its meaning.
func incidentState(s model.IncidentState, name string) widget.Line {
	ink := theme.Text
	switch {
	case s.Over():
		ink = theme.Faint
	case s == model.IncidentDraft:
		ink = theme.Accent
	}
	if name == "" {
		name = s.Words()
	}
	return widget.Foreign(ink, safetext.Line(name))
}

// priority says how urgent an incident is, in words as well.
func priority(p int) widget.Line {
	ink := theme.Text
	switch {
	case p <= 1:
		ink = theme.BadStrong
	case p == 2:
		ink = theme.Warn
	}
	return widget.Words(ink, fmt.Sprint(p))
}
