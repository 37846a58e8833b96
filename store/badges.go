package store

import (
	"fmt"
	"time"

	"countersign/model"
)

// BadgeQuery says what a person's badges count. A part that is empty counts
// nothing.
type BadgeQuery struct {
	Person    model.PersonID
	Login     string
	Email     string
	Decides   []model.GroupName // groups in which the person has a seat of their own
	Acts      []Seat            // of others, which the person can give
	Fulfils   []model.GroupName // groups for which the person fulfils
	FulfilAll bool
	Endpoints bool // endpoint requests that Decides or every approver decides
	Devices   bool
	// Cap is where counting stops, so that a badge costs the same on any queue.
	Cap int
}

// Badges are what waits for a person, each at most the query's Cap.
type Badges struct {
	Approvals int // open steps of Decides and Acts that are not on the person's own requests, nor decided by them, and Endpoints
	Tasks     int // open tasks that nobody has, or the person
	Unknown   int // operations whose outcome is being looked for
	Endpoints int // endpoint requests and devices that wait and are not the person's own
	// EndpointEnds is when the first of these requests ends, of those whose time is
	// not over; zero for none.
	EndpointEnds time.Time
}

// Badges counts what waits for a person.
func (t *Tx) Badges(q BadgeQuery) (Badges, error) {
	var b Badges
	for _, part := range []struct {
		count *int
		legs  []condition
	}{{&b.Approvals, q.approvals()}, {&b.Tasks, q.tasks()}, {&b.Unknown, q.unknown()}, {&b.Endpoints, q.endpoints()}} {
		if len(part.legs) == 0 {
			continue
		}
		count := q.capped(part.legs)
		if _, err := t.row(count.text(), count.args, []any{part.count}); err != nil {
			return Badges{}, wrap(err, "count badges")
		}
	}
	// The list of approvals has them all.
	b.Approvals = min(b.Approvals+b.Endpoints, q.Cap)
	if !q.Endpoints {
		return b, nil
	}
	first := &query{}
	first.add("SELECT e.expires_at FROM endpoint e WHERE e.ended_at IS NULL AND e.expires_at > ? AND e.expires_at < ?", micros(t.Now), never)
	for _, c := range q.decidable().filters() {
		first.add("AND "+c.fragment, c.args...)
	}
	first.add("ORDER BY e.expires_at LIMIT 1")
	_, err := t.row(first.text(), first.args, []any{moment(&b.EndpointEnds)})
	return b, wrap(err, "find the first endpoint request to end")
}

// decidable are the endpoint requests that wait for the person.
func (q BadgeQuery) decidable() EndpointQuery {
	groups := append([]model.GroupName{""}, q.Decides...)
	for _, s := range q.Acts {
		groups = append(groups, s.Group)
	}
	return EndpointQuery{States: []model.EndpointState{model.EndpointPending}, Groups: groups, NotLogin: q.Login, NotEmail: q.Email}
}

// capped counts the different ids that legs yield; no leg is walked beyond the
// cap.
func (q BadgeQuery) capped(legs []condition) *query {
	c := &query{}
	c.add("SELECT count(*) FROM (")
	for i, l := range legs {
		if i > 0 {
			c.add("UNION")
		}
		c.add("SELECT id FROM (").add(l.fragment, l.args...).add(fmt.Sprintf("LIMIT ?) leg%d", i), q.Cap)
	}
	return c.add("LIMIT ?) hit", q.Cap)
}

func (q BadgeQuery) approvals() []condition {
	var legs []condition
	waiting := func(g model.GroupName) condition {
		return where(`SELECT a.request_id AS id FROM approval a CROSS JOIN request r
			WHERE r.id = a.request_id AND a.grp = ? AND a.decided_at IS NULL AND r.requested_by <> ? AND r.for_key <> ? AND r.for_person <> ?`,
			string(g), string(q.Person), emailKey(q.Email), string(q.Person)).and(undecidedBy(q.Person))
	}
	for _, g := range q.Decides {
		legs = append(legs, waiting(g))
	}
	for _, s := range q.Acts {
		legs = append(legs, waiting(s.Group).and(s.open()))
	}
	return legs
}

func (q BadgeQuery) tasks() []condition {
	const waits = "SELECT t.id AS id FROM task t WHERE t.closed_at IS NULL AND (t.assignee IS NULL OR t.assignee = ?)"
	if q.FulfilAll {
		return []condition{where(waits, string(q.Person))}
	}
	var legs []condition
	for _, g := range q.Fulfils {
		legs = append(legs, where(waits+" AND t.grp = ?", string(q.Person), string(g)))
	}
	return legs
}

func (q BadgeQuery) unknown() []condition {
	if q.FulfilAll {
		return []condition{where("SELECT o.id AS id FROM operation o WHERE o.state = 'unknown'")}
	}
	if len(q.Fulfils) == 0 {
		return nil
	}
	in := whereIn("r.fulfil_grp", q.Fulfils)
	return []condition{where("SELECT o.id AS id FROM operation o CROSS JOIN request r"+
		" WHERE r.id = o.request_id AND o.state = 'unknown' AND "+in.fragment, in.args...)}
}

func (q BadgeQuery) endpoints() []condition {
	var legs []condition
	add := func(leg condition, filters []condition) {
		for _, f := range filters {
			leg = where(leg.fragment+" AND "+f.fragment, append(leg.args, f.args...)...)
		}
		legs = append(legs, leg)
	}
	if q.Endpoints {
		add(where("SELECT e.id AS id FROM endpoint e WHERE e.ended_at IS NULL"), q.decidable().filters())
	}
	if q.Devices {
		// Negative, so that a device is never the same as an endpoint request.
		add(where("SELECT -d.id AS id FROM device d WHERE d.ended_at IS NULL"),
			DeviceQuery{States: []model.EndpointState{model.EndpointPending}, NotEmail: q.Email}.filters())
	}
	return legs
}
