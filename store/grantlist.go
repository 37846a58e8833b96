package store

import (
	"fmt"
	"strings"
	"time"

	"countersign/model"
)

// GrantQuery says which grants are wanted. Every filter that is set must fit.
type GrantQuery struct {
	Email string // whose; "" for everybody's
	Ended bool   // those that are over, not those that stand

	Target model.UID
	// Groups are whose work the grants came from; nil for any.
	Groups []model.GroupName
	// Who is whose, by a part of the address or of a team's name, or else one of
	// People; "" for anybody.
	Who    string
	People []model.PersonID
	// Titles are parts of the target's title, Words of the row: of the title, the
	// address, the team's name or the request's number.
	Titles []string
	Words  []string
	Kind   model.TargetKind // of the target, without one-time links
	Links  bool             // only one-time links
	States []model.GrantState
	Number string    // how the request's number begins
	Before time.Time // which end before it
	Drift  bool      // only those that the vault shows otherwise

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
	l := listing{sort: q.Sort, filters: q.filters(), tables: "CROSS JOIN access_grant g CROSS JOIN request r",
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
	base := leg{table: "access_grant g", join: "request r", on: "r.id = g.request_id", id: "g.id"}
	switch {
	case l.sort == SortEnd && !q.Ended:
		base.key = "g.until"
	case l.sort != SortNewest:
		return l, fmt.Errorf("grants are not sorted by %q here", l.sort)
	}
	// One of the two is walked by an index, the other filters.
	switch {
	case q.Target != "":
		base.conds = append(base.conds, where("g.target_uid = ?", string(q.Target)))
		if q.Email != "" {
			l.filters = append(l.filters, where("+g.email_key = ?", emailKey(q.Email)))
		}
	case q.Email != "":
		base.conds = append(base.conds, where("g.email_key = ?", emailKey(q.Email)))
	}
	if q.Ended {
		base.conds = append(base.conds, where("g.open = 0"))
	} else {
		base.conds = append(base.conds, where("g.open = 1"))
	}
	if !q.Before.IsZero() {
		base.conds = append(base.conds, where("g.until <= ?", micros(q.Before)))
	}
	l.legs = []leg{base}
	return l, nil
}

func (q GrantQuery) filters() []condition {
	var f []condition
	if q.Groups != nil {
		f = append(f, whereIn("r.fulfil_grp", q.Groups))
	}
	if q.Who != "" {
		part := "%" + escapeLike(emailKey(q.Who)) + "%"
		someone := where(`g.email_key LIKE ? ESCAPE '\' OR lower(g.team) LIKE ? ESCAPE '\'`, part, part)
		if len(q.People) > 0 {
			in := whereIn("g.person", q.People)
			someone = where(someone.fragment+" OR "+in.fragment, append(someone.args, in.args...)...)
		}
		someone.fragment = "(" + someone.fragment + ")"
		f = append(f, someone)
	}
	for _, w := range q.Titles {
		f = append(f, where(`lower(g.title) LIKE ? ESCAPE '\'`, "%"+escapeLike(strings.ToLower(w))+"%"))
	}
	for _, w := range q.Words {
		f = append(f, where(`lower(g.title || ' ' || g.email_key || ' ' || g.team || ' ' || r.number) LIKE ? ESCAPE '\'`,
			"%"+escapeLike(strings.ToLower(w))+"%"))
	}
	switch {
	case q.Links:
		f = append(f, where("g.link <> ''"))
	case q.Kind != model.TargetNone:
		f = append(f, where("g.kind = ?", string(q.Kind)), where("g.link = ''"))
	}
	if len(q.States) > 0 {
		f = append(f, whereIn("g.state", q.States))
	}
	if q.Number != "" {
		f = append(f, where(`r.number LIKE ? ESCAPE '\'`, escapeLike(strings.ToUpper(q.Number))+"%"))
	}
	if q.Drift {
		f = append(f, where("g.drift <> ''"))
	}
	return f
}
