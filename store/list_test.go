package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"

	"pgregory.net/rapid"
)

// randomRequests fills a store with requests of random people, groups, states
// and due dates, and returns them.
func randomRequests(rt *rapid.T, tx *Tx) []int64 {
	var all []int64
	for i := range rapid.IntRange(0, 40).Draw(rt, "requests") {
		steps := rapid.SampledFrom([][]model.GroupName{{approvers}, {owners}, {approvers, owners}, {owners, approvers}, {approvers, approvers}}).Draw(rt, "steps")
		r, err := openRequest(tx, func(r *model.Request) {
			r.RequestedBy = rapid.SampledFrom([]model.PersonID{alice, bob, carol}).Draw(rt, "by")
			r.RequestedFor = rapid.SampledFrom([]string{"alice@example.com", "bob@example.com"}).Draw(rt, "for")
			r.Policy = policy(steps...)
			r.Due = tx.Now.Add(time.Duration(rapid.IntRange(0, 5).Draw(rt, "due")) * time.Hour) // many are the same
			r.Created = tx.Now.Add(time.Duration(i) * time.Second)
			if rapid.IntRange(0, 9).Draw(rt, "no due") == 0 {
				r.Due = time.Time{}
			}
		})
		if err != nil {
			rt.Fatal(err)
		}
		decideRandomly(rt, tx, &r, steps)
		all = append(all, r.ID)
	}
	return all
}

// decideRandomly walks a request through some of its steps.
func decideRandomly(rt *rapid.T, tx *Tx, r *model.Request, steps []model.GroupName) {
	must := func(err error) {
		if err != nil {
			rt.Fatal(err)
		}
	}
	for i := range steps {
		verdict := rapid.SampledFrom([]model.ApprovalState{model.ApprovalRequested, model.ApprovalApproved,
			model.ApprovalRejected, model.ApprovalCancelled}).Draw(rt, "verdict")
		if verdict == model.ApprovalRequested {
			return
		}
		approvals, err := tx.Approvals(r.ID)
		must(err)
		tx.Now = tx.Now.Add(time.Second) // each decision has its own time
		_, err = tx.CloseApproval(approvals[i].ID, verdict)
		must(err)
		switch {
		case verdict == model.ApprovalApproved && i+1 < len(steps):
			_, err := tx.InsertApproval(model.Approval{RequestID: r.ID, Step: i + 2, Group: steps[i+1], State: model.ApprovalRequested})
			must(err)
			continue
		case verdict == model.ApprovalApproved:
			r.State = model.InProcess
		case verdict == model.ApprovalRejected:
			r.State, r.Closed = model.ClosedRejected, tx.Now
		default:
			r.State, r.Closed = model.ClosedCancelled, tx.Now
		}
		_, err = tx.UpdateRequest(*r, model.Requested)
		must(err)
		return
	}
}

// expected returns the ids that a query should list, in order, by walking every
// case.
func expected(cases []model.Case, q RequestQuery) []int64 {
	type place struct {
		key, id int64
	}
	var places []place
	for _, c := range cases {
		key, fits := expectedKey(c, q)
		if !fits || q.Others && (c.Request.RequestedBy == q.Person || strings.EqualFold(c.Request.RequestedFor, q.Email) || c.Recipient == q.Person) {
			continue
		}
		if q.States != nil && !slices.Contains(q.States, c.Request.State) ||
			q.Requestors != nil && !slices.Contains(q.Requestors, c.Request.RequestedBy) {
			continue
		}
		places = append(places, place{key, c.Request.ID})
	}
	slices.SortFunc(places, func(a, b place) int {
		order := cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id))
		if q.Sort == SortNewest || q.Sort == SortClosed {
			return -order
		}
		return order
	})
	ids := make([]int64, len(places))
	for i, p := range places {
		ids[i] = p.id
	}
	return ids
}

func expectedKey(c model.Case, q RequestQuery) (key int64, fits bool) {
	own := c.Request.RequestedBy == q.Person || strings.EqualFold(c.Request.RequestedFor, q.Email)
	grouped := false
	for _, a := range c.Approvals {
		in := slices.Contains(q.Groups, a.Group)
		grouped = grouped || in
		switch {
		case q.View == RequestsWaiting && in && a.State == model.ApprovalRequested:
			fits = true
			if q.Sort == SortDue {
				key = microsOrNever(c.Request.Due)
			}
		case q.View == RequestsDecided && in && (a.State == model.ApprovalApproved || a.State == model.ApprovalRejected):
			key, fits = micros(a.Decided), true
		}
	}
	switch q.View {
	case RequestsMine:
		fits = own
	case RequestsSeen:
		fits = own || grouped || slices.Contains(q.Fulfils, c.Request.Policy.FulfilGroup)
	case RequestsAll:
		fits = true
	}
	return key, fits
}

func TestPagesOfRequestsAreTheWholeListInOrder(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	undo := errors.New("undo")
	rapid.Check(t, func(rt *rapid.T) {
		// One transaction, undone at the end, is much faster than a new store.
		err := db.Write(t.Context(), func(tx *Tx) error {
			ids := randomRequests(rt, tx)
			cases, err := tx.Cases(ids)
			if err != nil {
				return err
			}
			q := randomQuery(rt)
			checkPages(rt, tx, q, expected(cases, q))
			return undo
		})
		var p *JobPanic
		if errors.As(err, &p) {
			panic(p.Value) // rapid's own way to stop a round
		}
		if !errors.Is(err, undo) {
			rt.Fatal(err)
		}
	})
}

func randomQuery(rt *rapid.T) RequestQuery {
	view := rapid.SampledFrom([]RequestView{RequestsWaiting, RequestsDecided, RequestsMine, RequestsSeen, RequestsAll}).Draw(rt, "view")
	sorts := map[RequestView][]Sort{RequestsWaiting: {SortDue, SortNewest, SortOldest}, RequestsDecided: {SortClosed}}[view]
	if sorts == nil {
		sorts = []Sort{SortNewest, SortOldest}
	}
	q := RequestQuery{View: view, Sort: rapid.SampledFrom(sorts).Draw(rt, "sort"), Person: alice, Email: "Bob@example.com",
		Others: rapid.Bool().Draw(rt, "others"),
		Groups: rapid.SampledFrom([][]model.GroupName{nil, {approvers}, {approvers, owners}}).Draw(rt, "groups"),
		States: rapid.SampledFrom([][]model.RequestState{nil, {model.Requested}, {model.InProcess, model.ClosedRejected}}).Draw(rt, "states"),
	}
	if rapid.Bool().Draw(rt, "fulfils") {
		q.Fulfils = []model.GroupName{fulfillers}
	}
	if rapid.Bool().Draw(rt, "by") {
		q.Requestors = []model.PersonID{bob, carol}
	}
	return q
}

// checkPages walks a list forwards and back, and from the first row of each page.
func checkPages(rt *rapid.T, tx *Tx, q RequestQuery, want []int64) {
	limit := rapid.IntRange(1, 7).Draw(rt, "limit")
	page := func(s Span) Page[RequestRow] {
		s.Limit = limit
		q.Span = s
		p, err := tx.Requests(q)
		if err != nil {
			rt.Fatal(err)
		}
		return p
	}
	var got []int64
	var pages []Page[RequestRow]
	for at := (Cursor{}); ; {
		p := page(Span{After: at})
		got, pages = append(got, idsOf(p)...), append(pages, p)
		if at = p.Next(); at.IsZero() {
			break
		}
		if len(p.Rows) != limit {
			rt.Fatalf("a page in the middle has %d rows, want %d", len(p.Rows), limit)
		}
	}
	if !slices.Equal(got, want) {
		rt.Fatalf("forwards %v\nwant     %v", got, want)
	}
	for i := len(pages) - 1; i > 0; i-- {
		back := page(Span{Before: pages[i].First})
		if !slices.Equal(idsOf(back), idsOf(pages[i-1])) {
			rt.Fatalf("back from page %d: %v, want %v", i, idsOf(back), idsOf(pages[i-1]))
		}
		if again := page(Span{From: pages[i].First}); !slices.Equal(idsOf(again), idsOf(pages[i])) {
			rt.Fatalf("page %d from its first row: %v, want %v", i, idsOf(again), idsOf(pages[i]))
		}
	}
}

func idsOf(p Page[RequestRow]) []int64 {
	ids := make([]int64, len(p.Rows))
	for i, r := range p.Rows {
		ids[i] = r.ID
	}
	return ids
}

func TestCursorsAreText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		want := Cursor{rapid.SampledFrom([]Sort{SortDue, SortNewest}).Draw(rt, "sort"), rapid.Int64().Draw(rt, "key"), rapid.Int64().Draw(rt, "id")}
		if got, err := ParseCursor(want.String()); err != nil || got != want {
			rt.Errorf("%v came back as %v, %v", want, got, err)
		}
	})
	if got, err := ParseCursor(Cursor{}.String()); err != nil || !got.IsZero() {
		t.Errorf("the beginning came back as %v, %v", got, err)
	}
	for _, bad := range []string{"x", "due.1", "due.1.x", "due..2", "a.1.2.3"} {
		if _, err := ParseCursor(bad); !errors.Is(err, ErrCursor) {
			t.Errorf("ParseCursor(%q) = %v, want ErrCursor", bad, err)
		}
	}
}

func TestListsRefuseWhatTheyHaveNoIndexFor(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	read(t, db, func(tx *Tx) error {
		for name, list := range map[string]func() error{
			"all requests by due date":     func() error { _, err := tx.Requests(RequestQuery{View: RequestsAll, Sort: SortDue}); return err },
			"decided requests, newest":     func() error { _, err := tx.Requests(RequestQuery{View: RequestsDecided, Sort: SortNewest}); return err },
			"requests of an unknown view":  func() error { _, err := tx.Requests(RequestQuery{View: "x"}); return err },
			"open tasks by end":            func() error { _, err := tx.Tasks(TaskQuery{View: TasksOpen, Sort: SortClosed}); return err },
			"tasks by an unknown sort":     func() error { _, err := tx.Tasks(TaskQuery{View: TasksOpen, Sort: "x"}); return err },
			"ended grants by end":          func() error { _, err := tx.Grants(GrantQuery{Ended: true, Sort: SortEnd}); return err },
			"ended endpoints by expiry":    func() error { _, err := tx.Endpoints(EndpointQuery{Ended: true, Sort: SortExpiry}); return err },
			"incidents by an unknown sort": func() error { _, err := tx.Incidents(IncidentQuery{Sort: "x"}); return err },
			"a place in another order": func() error {
				_, err := tx.Requests(RequestQuery{View: RequestsMine, Sort: SortOldest, Span: Span{After: Cursor{SortNewest, 0, 1}}})
				return err
			},
		} {
			if list() == nil {
				t.Errorf("%s: no complaint", name)
			}
		}
		return nil
	})
}

func TestFiltersOfRequests(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	first := addRequest(t, db, func(r *model.Request) { r.Item, r.NeedsInfo = "login", true })
	c.advance(time.Hour)
	second := addRequest(t, db, func(r *model.Request) { r.RequestedFor, r.Due = "Bob_x@example.com", c.Now() })
	for _, tt := range []struct {
		name string
		q    RequestQuery
		want []int64
	}{
		{"item", RequestQuery{Items: []model.ItemKey{"login"}}, []int64{first.ID}},
		{"part of the address", RequestQuery{For: "BOB_"}, []int64{second.ID}},
		{"an underscore is no wildcard", RequestQuery{For: "b_b"}, nil},
		{"number", RequestQuery{Number: "req0010002"}, []int64{second.ID}},
		{"beginning of the number", RequestQuery{Number: "REQ"}, []int64{second.ID, first.ID}},
		{"target", RequestQuery{Target: "4KcmDEAO-kNEabcdefghij"}, []int64{second.ID, first.ID}},
		{"created from", RequestQuery{CreatedFrom: c.Now()}, []int64{second.ID}},
		{"created to", RequestQuery{CreatedTo: c.Now()}, []int64{first.ID}},
		{"due before", RequestQuery{DueBefore: c.Now().Add(time.Second)}, []int64{second.ID}},
		{"needs information", RequestQuery{NeedsInfo: true}, []int64{first.ID}},
		{"nobody's", RequestQuery{Requestors: []model.PersonID{}}, nil},
	} {
		tt.q.View = RequestsAll
		read(t, db, func(tx *Tx) error {
			page, err := tx.Requests(tt.q)
			if got := idsOf(page); !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			}
			return err
		})
	}
	read(t, db, func(tx *Tx) error {
		page, err := tx.Requests(RequestQuery{View: RequestsAll, NeedsInfo: true})
		want := RequestRow{ID: first.ID, Number: first.Number, Item: first.Item, RequestedBy: alice, Login: "alice", For: first.RequestedFor,
			Asked: first.Asked, Allowed: first.Allowed, Target: first.Target, Label: "prod-db-01", State: first.State, NeedsInfo: true,
			Due: first.Due, Created: first.Created, Updated: first.Updated, Revision: 1}
		if err == nil && page.Rows[0] != want {
			t.Errorf("row = %+v\nwant  %+v", page.Rows[0], want)
		}
		return err
	})
}

// TestListsWalkAnIndex holds the plan of every list: no leg reads a whole table
// or sorts it.
func TestListsWalkAnIndex(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	groups := []model.GroupName{approvers, owners}
	lists := map[string]func() (listing, error){}
	for _, q := range []RequestQuery{
		{View: RequestsWaiting, Sort: SortDue}, {View: RequestsWaiting, Sort: SortNewest}, {View: RequestsWaiting, Sort: SortOldest, Others: true},
		{View: RequestsDecided}, {View: RequestsMine}, {View: RequestsSeen, Fulfils: groups}, {View: RequestsAll},
		{View: RequestsAll, States: []model.RequestState{model.Requested}}, {View: RequestsAll, Requestors: []model.PersonID{alice}},
	} {
		q.Groups = groups
		lists[fmt.Sprintf("requests %s by %s, %d states, %d requestors", q.View, q.Sort, len(q.States), len(q.Requestors))] = q.listing
	}
	for _, q := range []TaskQuery{{View: TasksOpen}, {View: TasksOpen, All: true}, {View: TasksMine}, {View: TasksDone}, {View: TasksDone, All: true}} {
		q.Groups = groups
		lists[fmt.Sprintf("tasks %s, all %v", q.View, q.All)] = q.listing
	}
	soon := time.Unix(1, 0)
	for _, q := range []GrantQuery{{}, {Email: "a"}, {Email: "a", Ended: true}, {Sort: SortNewest}, {Ended: true}, {Email: "a", Sort: SortNewest},
		{Target: "t"}, {Target: "t", Sort: SortNewest}, {Target: "t", Ended: true}, {Target: "t", Email: "a"}, {Before: soon}, {Email: "a", Before: soon},
		{Target: "t", Before: soon}, {Words: []string{"x"}, Titles: []string{"x"}, Groups: groups, Who: "x", People: []model.PersonID{alice}, Kind: model.TargetFolder, Drift: true}} {
		lists[fmt.Sprintf("grants %+v", q)] = q.listing
	}
	for _, q := range []EndpointQuery{{}, {Sort: SortNewest}, {Sort: SortOldest}, {Ended: true}, {Ended: true, Sort: SortNewest},
		{User: "x", Kind: "x", File: "x", Hash: "x", Number: "x", States: model.EndpointStates(), EndsTo: soon, CreatedTo: soon}} {
		lists[fmt.Sprintf("endpoints %+v", q)] = q.listing
	}
	for name, list := range lists {
		l, err := list()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, at := range []Cursor{{}, {l.sort, 1, 1}} {
			for _, g := range l.legs {
				q := &query{}
				_, op, _, err := l.place(Span{After: at})
				if err != nil {
					t.Fatal(err)
				}
				direction := ""
				if l.desc {
					direction = " DESC"
				}
				l.addLeg(q, g, at, op, direction, 50)
				read(t, db, func(tx *Tx) error {
					return tx.rows("EXPLAIN QUERY PLAN "+q.text(), q.args, func(r row) error {
						var a, b, c int
						var step string
						err := r.Scan(&a, &b, &c, &step)
						// Walking the table itself by id is walking in order, too.
						byID := g.key == "" && (g.table == "request r" || g.table == "task t") && len(g.conds) == 0
						if strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "USING INDEX") && !strings.Contains(step, "USING COVERING") && !byID ||
							strings.Contains(step, "TEMP B-TREE") && !strings.Contains(step, "DISTINCT") {
							t.Errorf("%s at %v: %s\n%s", name, at, step, q.text())
						}
						return err
					})
				})
			}
		}
	}
}
