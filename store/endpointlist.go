package store

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/model"
)

// EndpointQuery says which endpoint requests are wanted. Every filter that is
// set must fit.
type EndpointQuery struct {
	Ended bool // those that are over, not those that wait

	Words  []string // parts of user, machine, what, kind and incident, ignoring case
	States []model.EndpointState

	User, Machine string // parts, ignoring case
	Kind          string // part of the service's name, ignoring case and blanks
	Number        string // how the incident's number begins, in any case
	By            []model.PersonID
	CreatedFrom   time.Time // inclusive
	CreatedTo     time.Time // exclusive
	EndsFrom      time.Time // inclusive
	EndsTo        time.Time // exclusive

	Groups []model.GroupName // who decides, "" being every approver; nil for any
	// NotLogin and NotEmail leave out what a person with these raised, as far as the
	// name of the user tells: alone, behind a domain, or as login@domain.
	NotLogin, NotEmail string

	// File and Command are parts of the file with its path and of the command
	// line, ignoring case; Hash is how the hash begins. What is not reported never
	// fits.
	File, Command, Hash string

	Sort Sort // waiting: expires, newest, oldest; ended: closed, newest. "" for the first
	Span Span
}

// Endpoints returns a page of endpoint requests.
func (t *Tx) Endpoints(q EndpointQuery) (Page[model.EndpointRequest], error) {
	l, err := q.listing()
	if err != nil {
		return Page[model.EndpointRequest]{}, err
	}
	if q.File+q.Command+q.Hash != "" {
		page, err := t.endpointsByEvidence(l, q)
		return page, wrap(err, "list endpoint requests by their evidence")
	}
	page, err := pageOf(t, l, q.Span, endpointInto)
	return page, wrap(err, "list endpoint requests")
}

func (q EndpointQuery) listing() (listing, error) {
	l := listing{sort: q.Sort, columns: endpointColumns, filters: q.filters(), tables: "CROSS JOIN endpoint e", on: "e.id = hit.id"}
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
	l.legs = []leg{base}
	return l, nil
}

func (q EndpointQuery) filters() []condition {
	var f []condition
	for _, w := range q.Words {
		f = append(f, where(`lower(e.account || ' ' || e.machine || ' ' || e.what || ' ' || e.kind || ' ' || e.incident) LIKE ? ESCAPE '\'`, likePart(w)))
	}
	if len(q.States) > 0 {
		f = append(f, whereIn("e.state", q.States))
	}
	if q.User != "" {
		f = append(f, where(`lower(e.account) LIKE ? ESCAPE '\'`, likePart(q.User)))
	}
	if q.Machine != "" {
		f = append(f, where(`lower(e.machine) LIKE ? ESCAPE '\'`, likePart(q.Machine)))
	}
	if q.Kind != "" {
		f = append(f, where(`lower(e.kind) LIKE ? ESCAPE '\'`, likePart(strings.ReplaceAll(q.Kind, " ", ""))))
	}
	if q.Number != "" {
		f = append(f, where(`e.incident LIKE ? ESCAPE '\'`, escapeLike(strings.ToUpper(q.Number))+"%"))
	}
	if q.By != nil {
		f = append(f, whereIn("e.decided_by", q.By))
	}
	if q.Groups != nil {
		f = append(f, whereIn("e.grp", q.Groups))
	}
	if q.NotEmail != "" {
		f = append(f, where(`lower(e.account) <> ? AND lower(e.account) NOT LIKE ? ESCAPE '\'`, strings.ToLower(q.NotEmail), `%\\`+likeBegin(q.NotEmail)))
	}
	if q.NotLogin != "" {
		login := likeBegin(q.NotLogin)
		f = append(f, where(`lower(e.account) <> ? AND lower(e.account) NOT LIKE ? ESCAPE '\'
			AND (lower(e.account) NOT LIKE ? ESCAPE '\' OR lower(e.account) LIKE ? ESCAPE '\')
			AND (lower(e.account) NOT LIKE ? ESCAPE '\' OR lower(e.account) LIKE ? ESCAPE '\')`,
			strings.ToLower(q.NotLogin), `%\\`+login, login+"@%", `%\\%`, `%\\`+login+"@%", `%\\`+login+`@%\\%`))
	}
	f = append(f, between("e.created_at", q.CreatedFrom, q.CreatedTo)...)
	f = append(f, between("e.expires_at", q.EndsFrom, q.EndsTo)...)
	for _, part := range []string{q.File, q.Command, q.Hash} {
		if plain := longestPlain(part); plain != "" {
			f = append(f, where(`lower(e.facts) LIKE ? ESCAPE '\'`, likePart(plain)))
		}
	}
	return f
}

// likePart is the pattern of what holds a part, for a text in lower case.
func likePart(part string) string { return "%" + escapeLike(strings.ToLower(part)) + "%" }

// likeBegin is the pattern of a text as it is, in lower case.
func likeBegin(s string) string { return escapeLike(strings.ToLower(s)) }

// between is a column from a moment on and before another, each where it is set.
func between(column string, from, to time.Time) []condition {
	var f []condition
	if !from.IsZero() {
		f = append(f, where(column+" >= ?", micros(from)))
	}
	if !to.IsZero() {
		f = append(f, where(column+" < ?", micros(to)))
	}
	return f
}

// longestPlain is the longest piece of a text that stands in a JSON document as it
// is, and of which the store knows the lower case: of letters without accents. The
// separators of a path are left out as well, since path and name are two facts.
func longestPlain(s string) string {
	longest := ""
	for _, piece := range strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`\/"<>&`, r) }) {
		if len(piece) > len(longest) {
			longest = piece
		}
	}
	return longest
}

// endpointsByEvidence reads on until a page is full. The database tells only which
// documents may fit: a part can stand under any key of them, so each is looked at.
func (t *Tx) endpointsByEvidence(l listing, q EndpointQuery) (Page[model.EndpointRequest], error) {
	var out Page[model.EndpointRequest]
	if !q.Span.Before.IsZero() {
		return out, errors.New("such a list is read forwards only")
	}
	limit := q.Span.limit()
	for span := q.Span; ; {
		span.Limit = limit
		page, err := pageOf(t, l, span, endpointInto)
		if err != nil {
			return Page[model.EndpointRequest]{}, err
		}
		for _, e := range page.Rows {
			if !q.fits(e) {
				continue
			}
			if len(out.Rows) == limit {
				out.More = true
				return out, nil
			}
			out.Rows, out.Last = append(out.Rows, e), endpointPlace(l.sort, e)
			if len(out.Rows) == 1 {
				out.First = out.Last
			}
		}
		if !page.More {
			return out, nil
		}
		span = Span{After: page.Last}
	}
}

// fits reports whether the evidence is as the query says.
func (q EndpointQuery) fits(e model.EndpointRequest) bool {
	holds := func(text, part string) bool {
		return part == "" || strings.Contains(strings.ToLower(text), strings.ToLower(part))
	}
	command, _ := e.Fact(model.GroupApplication, model.KeyCommand)
	return holds(e.Program(), q.File) && holds(command, q.Command) && strings.HasPrefix(e.Hash(), strings.ToLower(q.Hash))
}

// endpointPlace is where a request stands in a list.
func endpointPlace(s Sort, e model.EndpointRequest) Cursor {
	switch s {
	case SortExpiry:
		return Cursor{s, microsOrNever(e.Expires), e.ID}
	case SortClosed:
		return Cursor{s, micros(e.Ended), e.ID}
	}
	return Cursor{s, micros(e.Created), e.ID}
}
