package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/model"
)

// RequestView says which requests a list is of.
type RequestView string

// The views of requests.
const (
	// RequestsWaiting are those whose open step waits for one of Groups, and in which
	// Person has not had their say. Sorts: due, newest, oldest.
	RequestsWaiting RequestView = "waiting"
	// RequestsDecided are those on which one of Groups has decided. Sort: closed.
	RequestsDecided RequestView = "decided"
	// RequestsMine are those asked by Person or for Email. Sorts: newest, oldest.
	RequestsMine RequestView = "mine"
	// RequestsSeen are those that Person, Email, Groups, OnCall or Fulfils open. Sorts:
	// newest, oldest.
	RequestsSeen RequestView = "seen"
	// RequestsAll are all. Sorts: newest, oldest.
	RequestsAll RequestView = "all"
)

// RequestQuery says which requests are wanted. Every filter that is set must
// fit.
type RequestQuery struct {
	View    RequestView
	Groups  []model.GroupName // that the person has a seat in
	Acts    []Seat            // of others, that the view waiting is for as well
	OnCall  []model.GroupName // that the person may approve for alone, in the view seen
	Fulfils []model.GroupName // that the person fulfils for
	Person  model.PersonID
	Email   string
	// Others leaves out what is asked by Person or for Email.
	Others bool

	// Words are looked for anywhere in the texts of the views waiting and mine,
	// and as words by the index in the others (see matchOf).
	Words       []string
	Requestors  []model.PersonID // nil for any
	For         string           // part of the recipient's address
	Items       []model.ItemKey
	States      []model.RequestState
	Number      string // how the number begins
	Target      model.UID
	CreatedFrom time.Time // inclusive
	CreatedTo   time.Time // exclusive
	DueBefore   time.Time
	NeedsInfo   bool // only those that wait for the requestor's answer

	Sort Sort // "" for the view's first
	Span Span
}

// Seat is somebody's say in a group, which another gives for them.
type Seat struct {
	Group model.GroupName
	Of    model.PersonID
	Email string // of theirs
}

// RequestRow is a request as lists show it.
type RequestRow struct {
	ID          int64
	Number      model.Number
	Item        model.ItemKey
	RequestedBy model.PersonID
	Login       string // of the requestor
	For         string // e-mail
	Asked       model.Access
	Allowed     model.Access
	Target      model.Target
	Label       string // of the target, or of what is to be stored; foreign text
	State       model.RequestState
	NeedsInfo   bool
	Due         time.Time
	Created     time.Time
	Updated     time.Time
	Revision    int64
	Decided     time.Time // of the latest step that was decided; zero if none was
	LinkWaits   bool      // a one-time link is sealed and was not shown yet
}

const requestRowColumns = `r.id, r.number, r.item, r.requested_by, p.login, r.requested_for,
	r.asked_right, r.asked_limit, r.allowed_right, r.allowed_limit,
	r.target_kind, r.target_uid, r.target_title, r.target_type, r.target_words, r.label,
	r.state, r.needs_info, r.due, r.created_at, r.updated_at, r.revision,
	(SELECT max(a.decided_at) FROM approval a WHERE a.request_id = r.id AND a.state IN ('approved', 'rejected')),
	EXISTS (SELECT 1 FROM sealed s WHERE s.request_id = r.id AND s.field = '` + model.FieldLink + `' AND s.body IS NOT NULL AND s.shown_at IS NULL)`

func requestRowInto(r *RequestRow) []any {
	return []any{number(&r.ID), text(&r.Number), text(&r.Item), text(&r.RequestedBy), text(&r.Login), text(&r.For),
		text(&r.Asked.Right), limit(&r.Asked.Limit), text(&r.Allowed.Right), limit(&r.Allowed.Limit),
		text(&r.Target.Kind), text(&r.Target.UID), text(&r.Target.Title), text(&r.Target.Type), text(&r.Target.Described),
		text(&r.Label), text(&r.State), boolean(&r.NeedsInfo), moment(&r.Due), moment(&r.Created), moment(&r.Updated),
		number(&r.Revision), moment(&r.Decided), boolean(&r.LinkWaits)}
}

// Requests returns a page of requests.
func (t *Tx) Requests(q RequestQuery) (Page[RequestRow], error) {
	l, err := q.listing()
	if err != nil {
		return Page[RequestRow]{}, err
	}
	page, err := pageOf(t, l, q.Span, requestRowInto)
	return page, wrap(err, "list %s requests", q.View)
}

func (q RequestQuery) listing() (listing, error) {
	l := listing{sort: q.Sort, columns: requestRowColumns, filters: q.filters(),
		tables: "CROSS JOIN request r CROSS JOIN person p", on: "r.id = hit.id AND p.id = r.requested_by"}
	if l.sort == "" {
		l.sort = map[RequestView]Sort{RequestsWaiting: SortDue, RequestsDecided: SortClosed}[q.View]
	}
	if l.sort == "" {
		l.sort = SortNewest
	}
	l.desc = l.sort == SortNewest || l.sort == SortClosed
	match := matchOf(q.Words)
	switch {
	case q.View == RequestsWaiting && (l.sort == SortDue || l.sort == SortNewest || l.sort == SortOldest):
		l.legs = q.waitingLegs(l.sort)
	case q.View == RequestsDecided && l.sort == SortClosed:
		l.legs = q.decidedLegs()
	case l.sort != SortNewest && l.sort != SortOldest:
		return l, fmt.Errorf("%s requests are not sorted by %q", q.View, l.sort)
	case q.View == RequestsMine:
		l.legs = q.ownLegs()
	case q.View == RequestsSeen:
		l.legs = slices.Concat(q.ownLegs(), q.groupLegs(), q.onCallLegs(), q.fulfilLegs())
	case q.View == RequestsAll && match != "" && l.sort == SortNewest:
		// The word index itself yields the newest first.
		l.legs = []leg{{table: "request_words w", join: "request r", on: "r.id = w.docid", id: "w.docid",
			conds: []condition{where("w.request_words MATCH ?", match)}}}
		return l, nil
	case q.View == RequestsAll:
		l.legs = q.allLegs()
	default:
		return l, fmt.Errorf("unknown view %q of requests", q.View)
	}
	switch {
	case q.View == RequestsWaiting || q.View == RequestsMine:
		l.filters = append(l.filters, containsWords(q.Words)...)
	case match != "":
		l.filters = append(l.filters, where("r.id IN (SELECT docid FROM request_words WHERE request_words MATCH ?)", match))
	}
	return l, nil
}

// containsWords looks for parts of words in the rows themselves: for lists that
// are short by nature that is faster than the word index, which would first
// gather every request with a common word.
func containsWords(words []string) []condition {
	var f []condition
	for _, w := range words {
		f = append(f, where(`lower(r.number || ' ' || r.label || ' ' || r.requested_for || ' ' || r.who || ' ' || r.justification)
			LIKE ? ESCAPE '\'`, "%"+escapeLike(strings.ToLower(w))+"%"))
	}
	return f
}

func (q RequestQuery) waitingLegs(sort Sort) []leg {
	var legs []leg
	add := func(g model.GroupName, conds ...condition) {
		step := leg{table: "approval a", join: "request r", on: "r.id = a.request_id", id: "a.request_id",
			conds: append([]condition{where("a.grp = ?", string(g)), where("a.decided_at IS NULL"), undecidedBy(q.Person)}, conds...)}
		if sort == SortDue {
			step.key = "a.due"
		}
		legs = append(legs, step)
	}
	for _, g := range q.Groups {
		add(g)
	}
	for _, s := range q.Acts {
		add(s.Group, s.open())
	}
	return legs
}

// open keeps the open steps a on which the seat's say can be given: not of the
// requests that are its own, nor where it has been given.
func (s Seat) open() condition {
	return where("NOT EXISTS (SELECT 1 FROM request o WHERE o.id = a.request_id AND (o.requested_by = ? OR o.for_key = ? OR o.for_person = ?))",
		string(s.Of), emailKey(s.Email), string(s.Of)).and(undecidedBy(s.Of))
}

// undecidedBy keeps the open steps a of requests in which a person has not had their
// say: by a vote that counts, of their own or given for them, or by choosing who
// decides. Before the first opening of a step there is nothing to look at.
func undecidedBy(person model.PersonID) condition {
	id := string(person)
	return where(`NOT EXISTS (SELECT 1 FROM vote v WHERE v.approval_id = a.id AND v.voter = ?)
		AND NOT EXISTS (SELECT 1 FROM vote v WHERE v.approval_id = a.id AND v.seat = ?)
		AND (a.step = 1 OR NOT EXISTS (SELECT 1 FROM approval b LEFT JOIN vote v ON v.approval_id = b.id WHERE b.request_id = a.request_id
			AND (b.moved_by <> '' AND b.moved_by = ? OR b.round = a.round AND b.state <> 'cancelled' AND (v.voter = ? OR v.seat = ?))))`,
		id, id, id, id, id)
}

// decidedLegs takes, where several of the groups decided, the latest decision
// only.
func (q RequestQuery) decidedLegs() []leg {
	var legs []leg
	for _, g := range q.Groups {
		later := whereIn("b.grp", q.Groups)
		later.fragment = "NOT EXISTS (SELECT 1 FROM approval b WHERE b.request_id = a.request_id AND b.step > a.step" +
			" AND b.state IN ('approved', 'rejected') AND " + later.fragment + ")"
		legs = append(legs, leg{table: "approval a", join: "request r", on: "r.id = a.request_id", key: "a.decided_at", id: "a.request_id",
			conds: []condition{where("a.grp = ?", string(g)), where("a.decided_at IS NOT NULL"),
				where("a.state IN ('approved', 'rejected')"), later}})
	}
	return legs
}

func (q RequestQuery) groupLegs() []leg {
	var legs []leg
	for _, g := range q.Groups {
		legs = append(legs, leg{table: "approval a", join: "request r", on: "r.id = a.request_id", id: "a.request_id",
			twice: true, conds: []condition{where("a.grp = ?", string(g)), where("a.decided_at IS NULL")}})
		closed := legs[len(legs)-1]
		closed.conds = []condition{where("a.grp = ?", string(g)), where("a.decided_at IS NOT NULL")}
		legs = append(legs, closed)
	}
	return legs
}

// requestLegs makes a leg of table request for each value of a column.
func requestLegs[T ~string](column string, values []T) []leg {
	return valueLegs(leg{table: "request r", id: "r.id"}, column, values)
}

func (q RequestQuery) onCallLegs() []leg {
	return valueLegs(leg{table: "request r", id: "r.id", conds: []condition{where("r.emergency_grp <> ''")}}, "r.emergency_grp", q.OnCall)
}

func (q RequestQuery) fulfilLegs() []leg { return requestLegs("r.fulfil_grp", q.Fulfils) }

func (q RequestQuery) ownLegs() []leg {
	return append(requestLegs("r.requested_by", []model.PersonID{q.Person}), requestLegs("r.for_key", []string{emailKey(q.Email)})...)
}

// allLegs walks the index of the most selective filter that has one.
func (q RequestQuery) allLegs() []leg {
	switch {
	case q.Requestors != nil:
		return requestLegs("r.requested_by", q.Requestors)
	case len(q.States) > 0:
		return requestLegs("r.state", q.States)
	}
	return []leg{{table: "request r", id: "r.id"}}
}

func (q RequestQuery) filters() []condition {
	var f []condition
	if q.Others {
		f = append(f, where("r.requested_by <> ?", string(q.Person)), where("r.for_key <> ?", emailKey(q.Email)),
			where("r.for_person <> ?", string(q.Person)))
	}
	if q.Requestors != nil {
		f = append(f, whereIn("r.requested_by", q.Requestors))
	}
	if q.For != "" {
		f = append(f, where(`r.for_key LIKE ? ESCAPE '\'`, "%"+escapeLike(emailKey(q.For))+"%"))
	}
	if len(q.Items) > 0 {
		f = append(f, whereIn("r.item", q.Items))
	}
	if len(q.States) > 0 {
		f = append(f, whereIn("r.state", q.States))
	}
	if q.Number != "" {
		f = append(f, where(`r.number LIKE ? ESCAPE '\'`, escapeLike(strings.ToUpper(q.Number))+"%"))
	}
	if q.Target != "" {
		f = append(f, where("r.target_uid = ?", string(q.Target)))
	}
	if !q.CreatedFrom.IsZero() {
		f = append(f, where("r.created_at >= ?", micros(q.CreatedFrom)))
	}
	if !q.CreatedTo.IsZero() {
		f = append(f, where("r.created_at < ?", micros(q.CreatedTo)))
	}
	if !q.DueBefore.IsZero() {
		f = append(f, where("r.due < ?", micros(q.DueBefore)))
	}
	if q.NeedsInfo {
		f = append(f, where("r.needs_info = 1"))
	}
	return f
}
