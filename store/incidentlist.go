package store

import (
	"fmt"
	"strings"

	"countersign/model"
)

// IncidentQuery says which incidents are wanted. Every filter that is set must fit.
type IncidentQuery struct {
	Open     bool // only those that are not closed
	Closed   bool // only those that are
	Assignee model.PersonID
	Nobodys  bool // only those that nobody has

	Words    []string // parts of the number and the description, ignoring case
	States   []model.IncidentState
	Priority int // 0: any

	Sort Sort // newest, oldest; "" for the first
	Span Span
}

// Incidents returns a page of security incidents.
func (t *Tx) Incidents(q IncidentQuery) (Page[model.Incident], error) {
	l := listing{sort: q.Sort, columns: incidentColumns, tables: "CROSS JOIN incident i", on: "i.id = hit.id"}
	if l.sort == "" {
		l.sort = SortNewest
	}
	if l.sort != SortNewest && l.sort != SortOldest {
		return Page[model.Incident]{}, fmt.Errorf("incidents are not sorted by %q", l.sort)
	}
	l.desc = l.sort == SortNewest
	base := leg{table: "incident i", id: "i.id"}
	switch {
	case q.Open:
		base.conds = append(base.conds, where("i.closed_at IS NULL"))
	case q.Closed:
		base.conds = append(base.conds, where("i.closed_at IS NOT NULL"))
	}
	if q.Assignee != "" {
		base.conds = append(base.conds, where("i.assignee = ?", string(q.Assignee)))
	}
	if q.Nobodys {
		l.filters = append(l.filters, where("i.assignee IS NULL"))
	}
	if len(q.States) > 0 {
		l.filters = append(l.filters, whereIn("i.state", q.States))
	}
	if q.Priority > 0 {
		l.filters = append(l.filters, where("i.priority = ?", q.Priority))
	}
	for _, w := range q.Words {
		like := "%" + escapeLike(strings.ToLower(w)) + "%"
		l.filters = append(l.filters, where(`lower(i.number || ' ' || i.short) LIKE ? ESCAPE '\'`, like))
	}
	l.legs = []leg{base}
	page, err := pageOf(t, l, q.Span, incidentInto)
	return page, wrap(err, "list incidents")
}

// DeviceQuery says which of the devices that ended are wanted.
type DeviceQuery struct {
	Words []string // parts of address, name, type, IP and location, ignoring case
	Span  Span
}

// Devices returns a page of the devices that were decided or went away, the
// newest first. Those that wait are few: OpenDevices returns them all.
func (t *Tx) Devices(q DeviceQuery) (Page[model.Device], error) {
	l := listing{sort: SortNewest, desc: true, columns: deviceColumns, tables: "CROSS JOIN device d", on: "d.id = hit.id",
		legs: []leg{{table: "device d", id: "d.id", conds: []condition{where("d.ended_at IS NOT NULL")}}}}
	for _, w := range q.Words {
		like := "%" + escapeLike(strings.ToLower(w)) + "%"
		l.filters = append(l.filters,
			where(`lower(d.email || ' ' || d.name || ' ' || d.type || ' ' || d.ip || ' ' || d.location || ' ' || d.device_id) LIKE ? ESCAPE '\'`, like))
	}
	page, err := pageOf(t, l, q.Span, deviceInto)
	return page, wrap(err, "list devices")
}
