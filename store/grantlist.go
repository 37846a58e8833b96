package store

import (
	"fmt"

	"countersign/model"
)

// GrantQuery says which grants are wanted.
type GrantQuery struct {
	Email string // whose; "" for everybody's
	Ended bool   // those that are over, not those that stand

	Sort Sort // standing: end, newest; ended: newest. "" for the first
	Span Span
}

// GrantRow is a grant as lists show it.
type GrantRow struct {
	Grant model.Grant
	// OpState is that of an operation on the grant that is not finished, "" if
	// there is none.
	OpState model.OpState
}

// Grants returns a page of grants.
func (t *Tx) Grants(q GrantQuery) (Page[GrantRow], error) {
	l, err := q.listing()
	if err != nil {
		return Page[GrantRow]{}, err
	}
	page, err := pageOf(t, l, q.Span, func(g *GrantRow) []any {
		return append(grantInto(&g.Grant), text(&g.OpState))
	})
	return page, wrap(err, "list grants")
}

func (q GrantQuery) listing() (listing, error) {
	l := listing{sort: q.Sort, tables: "CROSS JOIN access_grant g CROSS JOIN request r",
		on: "g.id = hit.id AND r.id = g.request_id",
		columns: grantColumns + `, (SELECT o.state FROM operation o WHERE o.grant_id = g.id AND o.ended_at IS NULL
			AND o.state <> 'scheduled' ORDER BY o.id DESC LIMIT 1)`}
	if l.sort == "" {
		l.sort = SortEnd
		if q.Ended {
			l.sort = SortNewest
		}
	}
	l.desc = l.sort == SortNewest
	base := leg{table: "access_grant g", id: "g.id"}
	switch {
	case l.sort == SortEnd && !q.Ended:
		base.key = "g.until"
	case l.sort != SortNewest:
		return l, fmt.Errorf("grants are not sorted by %q here", l.sort)
	}
	if q.Email != "" {
		base.conds = append(base.conds, where("g.email_key = ?", emailKey(q.Email)))
	}
	if q.Ended {
		base.conds = append(base.conds, where("g.open = 0"))
	} else {
		base.conds = append(base.conds, where("g.open = 1"))
	}
	l.legs = []leg{base}
	return l, nil
}
