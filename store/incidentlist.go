package store

import (
	"fmt"
	"strings"
	"time"

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
	Priority int    // 0: any
	Number   string // how it begins, in any case

	// User and Machine are parts of those of the endpoint request, ignoring case,
	// and Requests are the states of that.
	User, Machine string
	Requests      []model.EndpointState
	CreatedFrom   time.Time // inclusive
	CreatedTo     time.Time // exclusive

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
	l.desc, l.filters = l.sort == SortNewest, q.filters()
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
	l.legs = []leg{base}
	page, err := pageOf(t, l, q.Span, incidentInto)
	return page, wrap(err, "list incidents")
}

func (q IncidentQuery) filters() []condition {
	var f []condition
	if q.Nobodys {
		f = append(f, where("i.assignee IS NULL"))
	}
	if len(q.States) > 0 {
		f = append(f, whereIn("i.state", q.States))
	}
	if q.Priority > 0 {
		f = append(f, where("i.priority = ?", q.Priority))
	}
	if q.Number != "" {
		f = append(f, where(`i.number LIKE ? ESCAPE '\'`, escapeLike(strings.ToUpper(q.Number))+"%"))
	}
	for _, w := range q.Words {
		f = append(f, where(`lower(i.number || ' ' || i.short) LIKE ? ESCAPE '\'`, likePart(w)))
	}
	f = append(f, between("i.created_at", q.CreatedFrom, q.CreatedTo)...)
	ofRequest := func(c condition) condition {
		c.fragment = "EXISTS (SELECT 1 FROM endpoint e WHERE e.id = i.endpoint_id AND " + c.fragment + ")"
		return c
	}
	if q.User != "" {
		f = append(f, ofRequest(where(`lower(e.account) LIKE ? ESCAPE '\'`, likePart(q.User))))
	}
	if q.Machine != "" {
		f = append(f, ofRequest(where(`lower(e.machine) LIKE ? ESCAPE '\'`, likePart(q.Machine))))
	}
	if len(q.Requests) > 0 {
		f = append(f, ofRequest(whereIn("e.state", q.Requests)))
	}
	return f
}

// DeviceQuery says which devices are wanted. Every filter that is set must fit.
type DeviceQuery struct {
	Open bool // those that wait, the one that asked first on top; else those that ended, the newest first

	Words  []string // parts of address, name, type, IP, location and id, ignoring case
	States []model.EndpointState
	By     []model.PersonID

	Email, Name, Type, IP, Location string    // parts, ignoring case
	NotEmail                        string    // leaves out those of this address
	AskedFrom                       time.Time // inclusive
	AskedTo                         time.Time // exclusive

	Span Span
}

// Devices returns a page of devices.
func (t *Tx) Devices(q DeviceQuery) (Page[model.Device], error) {
	l := listing{sort: SortNewest, desc: true, columns: deviceColumns, filters: q.filters(), tables: "CROSS JOIN device d", on: "d.id = hit.id",
		legs: []leg{{table: "device d", id: "d.id", conds: []condition{where("d.ended_at IS NOT NULL")}}}}
	if q.Open {
		l.sort, l.desc = SortOldest, false
		l.legs = []leg{{table: "device d", id: "d.id", key: "d.asked_at", conds: []condition{where("d.ended_at IS NULL")}}}
	}
	page, err := pageOf(t, l, q.Span, deviceInto)
	return page, wrap(err, "list devices")
}

func (q DeviceQuery) filters() []condition {
	var f []condition
	for _, w := range q.Words {
		f = append(f,
			where(`lower(d.email || ' ' || d.name || ' ' || d.type || ' ' || d.ip || ' ' || d.location || ' ' || d.device_id) LIKE ? ESCAPE '\'`, likePart(w)))
	}
	for _, c := range []struct{ is, part string }{
		{`lower(d.email) LIKE ? ESCAPE '\'`, q.Email}, {`lower(d.name) LIKE ? ESCAPE '\'`, q.Name}, {`lower(d.type) LIKE ? ESCAPE '\'`, q.Type},
		{`lower(d.ip) LIKE ? ESCAPE '\'`, q.IP}, {`lower(d.location) LIKE ? ESCAPE '\'`, q.Location},
	} {
		if c.part != "" {
			f = append(f, where(c.is, likePart(c.part)))
		}
	}
	if q.NotEmail != "" {
		f = append(f, where("lower(d.email) <> ?", strings.ToLower(q.NotEmail)))
	}
	if len(q.States) > 0 {
		f = append(f, whereIn("d.state", q.States))
	}
	if q.By != nil {
		f = append(f, whereIn("d.decided_by", q.By))
	}
	return append(f, between("d.asked_at", q.AskedFrom, q.AskedTo)...)
}
