package store

import (
	"fmt"
	"strings"

	"countersign/model"
)

// EndpointQuery says which endpoint requests are wanted. Every filter that is
// set must fit.
type EndpointQuery struct {
	Ended bool // those that are over, not those that wait

	Words  []string // parts of user, machine, what and kind, ignoring case
	States []model.EndpointState

	Sort Sort // waiting: expires, newest, oldest; ended: closed, newest. "" for the first
	Span Span
}

// Endpoints returns a page of endpoint requests.
func (t *Tx) Endpoints(q EndpointQuery) (Page[model.EndpointRequest], error) {
	l, err := q.listing()
	if err != nil {
		return Page[model.EndpointRequest]{}, err
	}
	page, err := pageOf(t, l, q.Span, endpointInto)
	return page, wrap(err, "list endpoint requests")
}

func (q EndpointQuery) listing() (listing, error) {
	l := listing{sort: q.Sort, columns: endpointColumns, tables: "CROSS JOIN endpoint e", on: "e.id = hit.id"}
	base := leg{table: "endpoint e", id: "e.id", conds: []condition{where("e.ended_at IS NULL")}}
	first, keys := SortExpiry, map[Sort]string{SortExpiry: "e.expires_at", SortNewest: "e.created_at", SortOldest: "e.created_at"}
	if q.Ended {
		base.conds = []condition{where("e.ended_at IS NOT NULL")}
		first, keys = SortClosed, map[Sort]string{SortClosed: "e.ended_at", SortNewest: "e.created_at"}
	}
	if l.sort == "" {
		l.sort = first
	}
	l.desc = l.sort == SortNewest || l.sort == SortClosed
	if base.key = keys[l.sort]; base.key == "" {
		return l, fmt.Errorf("endpoint requests are not sorted by %q here", l.sort)
	}
	for _, w := range q.Words {
		like := "%" + escapeLike(strings.ToLower(w)) + "%"
		l.filters = append(l.filters,
			where(`lower(e.account || ' ' || e.machine || ' ' || e.what || ' ' || e.kind || ' ' || e.incident) LIKE ? ESCAPE '\'`, like))
	}
	if len(q.States) > 0 {
		l.filters = append(l.filters, whereIn("e.state", q.States))
	}
	l.legs = []leg{base}
	return l, nil
}
