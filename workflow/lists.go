package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// pageLimit is how many rows a page has where the query does not say.
const pageLimit = 100

// span turns a query's place into the store's.
func (q Query) span() (store.Span, error) {
	at, err := store.ParseCursor(string(q.After))
	limit := q.Limit
	if limit <= 0 {
		limit = pageLimit
	}
	return store.Span{After: at, Limit: limit}, err
}

// pageOf turns a page of the store into one for screens.
func pageOf[S, T any](p store.Page[S], row func(S) T) Page[T] {
	out := Page[T]{Rows: make([]T, 0, len(p.Rows)), Next: Cursor(p.Next().String())}
	for _, r := range p.Rows {
		out.Rows = append(out.Rows, row(r))
	}
	return out
}

// badTerm is the complaint about a filter.
func badTerm(t Term, want string) error {
	return Invalid{"filter": fmt.Sprintf("%s:%s%s: %s", t.Key, t.Op, t.Value, want)}
}

// Requests lists requests that the person may see. Views RequestsWaiting,
// RequestsAll, RequestsDecided, RequestsMine; sorts SortDue (waiting only),
// SortNewest, SortOldest (not of decided ones, which come latest first). Terms:
// requestor, for, item, state, age, due, number.
func (s *Service) Requests(ctx context.Context, actorID model.PersonID, q Query) (Page[RequestRow], error) {
	var page Page[RequestRow]
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		sq, err := requestQuery(tx, a, q)
		if err != nil {
			return err
		}
		p, err := tx.Requests(sq)
		if err != nil {
			return err
		}
		page = pageOf(p, func(r store.RequestRow) RequestRow { return requestRow(a, r) })
		return nil
	})
	return page, err
}

func requestRow(a model.Actor, r store.RequestRow) RequestRow {
	row := RequestRow{Number: r.Number, Item: r.Item, Requestor: r.Login, For: r.For, Asked: r.Asked, Allowed: r.Allowed,
		Target: r.Target, Title: r.Label, State: r.State, NeedsInfo: r.NeedsInfo, Due: r.Due, Created: r.Created,
		Updated: r.Updated, Decided: r.Decided, Revision: r.Revision}
	row.Own = r.RequestedBy == a.ID || a.Is(r.For)
	row.LinkWaits = r.LinkWaits && r.RequestedBy == a.ID
	return row
}

// acting are the seats of others that the actor can give, in groups in which they
// have none of their own.
func acting(a model.Actor) []store.Seat {
	if !a.Has(model.RoleApprover) {
		return nil
	}
	var seats []store.Seat
	for _, p := range a.For {
		for _, g := range p.Groups {
			if !a.In(g) && p.Has(model.RoleApprover) {
				seats = append(seats, store.Seat{Group: g, Of: p.ID, Email: p.Email})
			}
		}
	}
	return seats
}

// ownGroups are the groups in which the actor has a say of their own.
func ownGroups(a model.Actor) []model.GroupName {
	if !a.Has(model.RoleApprover) {
		return nil
	}
	return a.Groups
}

// seatGroups are the groups in which the actor can give somebody's say.
func seatGroups(a model.Actor) []model.GroupName {
	groups := slices.Clone(ownGroups(a))
	for _, s := range acting(a) {
		groups = append(groups, s.Group)
	}
	return groups
}

func requestQuery(tx *store.Tx, a model.Actor, q Query) (store.RequestQuery, error) {
	span, err := q.span()
	sq := store.RequestQuery{Person: a.ID, Email: a.Email, Groups: seatGroups(a), Words: q.Words, Span: span}
	if err != nil {
		return sq, err
	}
	switch q.View {
	case RequestsWaiting:
		sq.View, sq.Others, sq.Groups, sq.Acts = store.RequestsWaiting, true, ownGroups(a), acting(a)
	case RequestsDecided:
		sq.View = store.RequestsDecided
	case RequestsMine:
		sq.View = store.RequestsMine
	case RequestsAll:
		sq.View, sq.Fulfils, sq.OnCall = store.RequestsSeen, a.Groups, ownGroups(a)
		if a.Has(model.RoleAdmin) || a.Has(model.RoleSupport) {
			sq.View = store.RequestsAll
		}
	default:
		return sq, Invalid{"view": fmt.Sprintf("unknown view %q", q.View)}
	}
	switch {
	case q.View == RequestsDecided:
	case q.Sort == SortDue && q.View == RequestsWaiting:
		sq.Sort = store.SortDue
	case q.Sort == SortNewest:
		sq.Sort = store.SortNewest
	case q.Sort == SortOldest:
		sq.Sort = store.SortOldest
	}
	for _, t := range q.Terms {
		if err := requestTerm(tx, &sq, t); err != nil {
			return sq, err
		}
	}
	return sq, nil
}

// requestTerm adds a term of the filter to the query.
func requestTerm(tx *store.Tx, sq *store.RequestQuery, t Term) (err error) {
	switch t.Key {
	case "requestor":
		sq.Requestors, err = tx.FindPeople(t.Value, pageLimit)
		if sq.Requestors == nil {
			sq.Requestors = []model.PersonID{}
		}
		return err
	case "for":
		sq.For = t.Value
	case "number":
		sq.Number = t.Value
	case "item":
		item, ok := findItem(t.Value)
		if !ok {
			return badTerm(t, "no such catalog item")
		}
		sq.Items = append(sq.Items, item)
	case "state":
		states := findStates(t.Value)
		if len(states) == 0 {
			return badTerm(t, "one of waiting, approved, done, incomplete, skipped, denied, withdrawn, expired, open, closed")
		}
		sq.States = append(sq.States, states...)
	case "age":
		d, err := model.ParseDuration(t.Value)
		if err != nil {
			return badTerm(t, "write it as age:>2d")
		}
		if t.Op == "<" {
			sq.CreatedFrom = tx.Now.Add(-d)
			return nil
		}
		sq.CreatedTo = tx.Now.Add(-d)
	case "due":
		d, err := model.ParseDuration(t.Value)
		if err != nil || t.Op == ">" {
			return badTerm(t, "write it as due:<1h")
		}
		sq.DueBefore = tx.Now.Add(d)
	default:
		return badTerm(t, "the keys are requestor, for, item, state, age, due, number")
	}
	return nil
}

// findItem reads an item's key or a part of its name.
func findItem(s string) (model.ItemKey, bool) {
	if item, ok := model.FindItem(model.ItemKey(s)); ok {
		return item.Key, true
	}
	for _, item := range model.Catalog() {
		if string(item.Key) == s || strings.Contains(strings.ToLower(item.Name), strings.ToLower(s)) {
			return item.Key, true
		}
	}
	return "", false
}

// findStates reads a state's own name or the word that screens use for it.
func findStates(s string) []model.RequestState {
	var states []model.RequestState
	for _, st := range model.RequestStates() {
		switch {
		case strings.EqualFold(st.Words(), s), string(st) == s, string(st) == "closed_"+s,
			s == "open" && !st.Closed(), s == "closed" && st.Closed():
			states = append(states, st)
		}
	}
	return states
}

// endingSoon reports whether a grant's end is near: an hour, or a tenth of its
// whole time.
func endingSoon(g model.Grant, now time.Time) bool {
	if g.Until.IsZero() || !g.State.Open() {
		return false
	}
	left := g.Until.Sub(now)
	return left <= max(time.Hour, g.Until.Sub(g.Since)/10)
}
