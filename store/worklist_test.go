package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/model"
)

func TestTaskLists(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	r := addRequest(t, db)
	other := addRequest(t, db, func(r *model.Request) {
		r.RequestedBy, r.Item, r.Justification = bob, "login", "something else entirely"
	})
	open1 := addTask(t, db, r)
	mine := addTask(t, db, other, func(k *model.Task) { k.State, k.Assignee = model.TaskInProgress, carol })
	foreign := addTask(t, db, r, func(k *model.Task) { k.Group = owners })
	done1 := addTask(t, db, r, func(k *model.Task) { k.State, k.Closed = model.TaskClosedComplete, c.Now().Add(time.Hour) })
	done2 := addTask(t, db, r, func(k *model.Task) { k.State, k.Closed = model.TaskClosedSkipped, c.Now() })
	write(t, db, func(tx *Tx) error {
		for i, s := range []model.OpState{model.OpDone, model.OpUnknown, model.OpScheduled} {
			o := operation(r, "plan", i+1)
			if o.State = s; s.Final() {
				o.Ended = tx.Now
			}
			if _, err := tx.InsertOperation(o); err != nil {
				return err
			}
		}
		return nil
	})
	groups := []model.GroupName{fulfillers}
	for _, tt := range []struct {
		name string
		q    TaskQuery
		want []int64
	}{
		{"open of the group", TaskQuery{View: TasksOpen, Groups: groups}, []int64{open1.ID, mine.ID}},
		{"open, newest first", TaskQuery{View: TasksOpen, Groups: groups, Sort: SortNewest}, []int64{mine.ID, open1.ID}},
		{"open of both groups", TaskQuery{View: TasksOpen, Groups: append(groups, owners)}, []int64{open1.ID, mine.ID, foreign.ID}},
		{"open of no group", TaskQuery{View: TasksOpen}, nil},
		{"open of all", TaskQuery{View: TasksOpen, All: true}, []int64{open1.ID, mine.ID, foreign.ID}},
		{"mine", TaskQuery{View: TasksMine, Assignee: carol}, []int64{mine.ID}},
		{"done, the last first", TaskQuery{View: TasksDone, Groups: groups}, []int64{done1.ID, done2.ID}},
		{"done of all in a state", TaskQuery{View: TasksDone, All: true, States: []model.TaskState{model.TaskClosedSkipped}}, []int64{done2.ID}},
		{"nobody has", TaskQuery{View: TasksOpen, Groups: groups, Unassigned: true}, []int64{open1.ID}},
		{"by words of the request", TaskQuery{View: TasksOpen, All: true, Words: []string{"entirely"}}, []int64{mine.ID}},
		{"by requestor", TaskQuery{View: TasksOpen, All: true, Requestors: []model.PersonID{bob}}, []int64{mine.ID}},
		{"by item", TaskQuery{View: TasksOpen, All: true, Items: []model.ItemKey{"login"}}, []int64{mine.ID}},
		{"by the task's number", TaskQuery{View: TasksOpen, All: true, Number: string(foreign.Number)}, []int64{foreign.ID}},
		{"by the request's number", TaskQuery{View: TasksOpen, All: true, Number: string(other.Number)}, []int64{mine.ID}},
	} {
		read(t, db, func(tx *Tx) error {
			page, err := tx.Tasks(tt.q)
			var got []int64
			for _, row := range page.Rows {
				got = append(got, row.Task.ID)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			}
			return err
		})
	}
	read(t, db, func(tx *Tx) error {
		page, err := tx.Tasks(TaskQuery{View: TasksOpen, All: true})
		if err != nil {
			return err
		}
		if row := page.Rows[0]; row.Task != open1 || row.Login != "" || row.Request.Number != r.Number || row.OpState != model.OpUnknown {
			t.Errorf("row = %+v, want the task, its request and the unknown operation", row)
		}
		if row := page.Rows[1]; row.Login != "carol" || row.Request.Login != "bob" || row.OpState != "" {
			t.Errorf("row = %+v, want carol's task for bob without operations", row)
		}
		for all, want := range map[bool]int{true: 1, false: 0} {
			unknown, err := tx.Unknown(all, []model.GroupName{owners}, Span{})
			if err != nil || len(unknown.Rows) != want {
				t.Errorf("unknown of all %v: %+v, %v; want %d", all, unknown.Rows, err, want)
			}
		}
		unknown, err := tx.Unknown(false, groups, Span{})
		if err != nil || len(unknown.Rows) != 1 || unknown.Rows[0].Number != r.Number || unknown.Rows[0].Label != "prod-db-01" {
			t.Errorf("unknown of the group: %+v, %v", unknown.Rows, err)
		}
		return nil
	})
}

func TestGrantLists(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	r := addRequest(t, db)
	ids := map[string]int64{}
	write(t, db, func(tx *Tx) (err error) {
		for _, g := range []struct {
			name, email string
			hours       int
			state       model.GrantState
		}{
			{"late", "Alice@example.com", 5, model.GrantActive},
			{"forever", "alice@example.com", 0, model.GrantPending},
			{"soon", "alice@example.com", 1, model.GrantActive},
			{"ended", "alice@example.com", 1, model.GrantEnded},
			{"revoked", "alice@example.com", 1, model.GrantRevoked},
			{"bob's", "bob@example.com", 2, model.GrantActive},
		} {
			grant := model.Grant{RequestID: r.ID, Email: g.email, Right: model.RightView, State: g.state, Since: tx.Now,
				Target: model.Target{Kind: model.TargetRecord, UID: "u-" + model.UID(g.name), Title: "The " + g.name + " one"}}
			switch g.name {
			case "bob's":
				grant.Target.Kind, grant.Person, grant.Team = model.TargetFolder, bob, "DBA of the North"
			case "late":
				grant.Link = "a link"
			}
			if g.hours > 0 {
				grant.Until = c.Now().Add(time.Duration(g.hours) * time.Hour)
			}
			if ids[g.name], err = tx.InsertGrant(grant); err != nil {
				return err
			}
		}
		o := operation(r, "plan", 1)
		o.GrantID = ids["soon"]
		_, err = tx.InsertOperation(o)
		return err
	})
	for _, tt := range []struct {
		name string
		q    GrantQuery
		want []string
	}{
		{"what a person has, what ends first first", GrantQuery{Email: "ALICE@example.com"}, []string{"soon", "late", "forever"}},
		{"the newest first", GrantQuery{Email: "alice@example.com", Sort: SortNewest}, []string{"soon", "forever", "late"}},
		{"what a person had", GrantQuery{Email: "alice@example.com", Ended: true}, []string{"revoked", "ended"}},
		{"what everybody has", GrantQuery{}, []string{"soon", "bob's", "late", "forever"}},
		{"what everybody has, the newest first", GrantQuery{Sort: SortNewest}, []string{"bob's", "soon", "forever", "late"}},
		{"what everybody had", GrantQuery{Ended: true}, []string{"revoked", "ended"}},
		{"on a target", GrantQuery{Target: "u-soon"}, []string{"soon"}},
		{"on a target, of another", GrantQuery{Target: "u-soon", Email: "bob@example.com"}, nil},
		{"on a target, over", GrantQuery{Target: "u-ended", Ended: true}, []string{"ended"}},
		{"by words of the title", GrantQuery{Titles: []string{"the", "FOREVER"}}, []string{"forever"}},
		{"by words of the title, of an address", GrantQuery{Titles: []string{"alice"}}, nil},
		{"by words of the row", GrantQuery{Words: []string{"soon", "ALICE", "REQ"}}, []string{"soon"}},
		{"by a part of the address", GrantQuery{Who: "BOB@"}, []string{"bob's"}},
		{"by a part of the address or the person", GrantQuery{Who: "nobody", People: []model.PersonID{bob}}, []string{"bob's"}},
		{"by a part of a team's name", GrantQuery{Who: "dba of"}, []string{"bob's"}},
		{"folders", GrantQuery{Kind: model.TargetFolder}, []string{"bob's"}},
		{"records", GrantQuery{Kind: model.TargetRecord}, []string{"soon", "forever"}},
		{"links", GrantQuery{Links: true}, []string{"late"}},
		{"that wait for an invitation", GrantQuery{States: []model.GrantState{model.GrantPending}}, []string{"forever"}},
		{"that end soon", GrantQuery{Before: c.Now().Add(2 * time.Hour)}, []string{"soon", "bob's"}},
		{"from the group's work", GrantQuery{Groups: []model.GroupName{fulfillers}}, []string{"soon", "bob's", "late", "forever"}},
		{"from another group's work", GrantQuery{Groups: []model.GroupName{owners}}, nil},
		{"by the request's number", GrantQuery{Number: string(r.Number)}, []string{"soon", "bob's", "late", "forever"}},
		{"of another request", GrantQuery{Number: "REQ99"}, nil},
		{"that the vault shows otherwise", GrantQuery{Drift: true}, nil},
	} {
		var got, want []int64
		for _, name := range tt.want {
			want = append(want, ids[name])
		}
		read(t, db, func(tx *Tx) error {
			page, err := tx.Grants(tt.q)
			for _, row := range page.Rows {
				got = append(got, row.Grant.ID)
				if (row.OpState == model.OpQueued) != (row.Grant.ID == ids["soon"]) || row.Grant.Number != r.Number {
					t.Errorf("%s: row %+v", tt.name, row)
				}
			}
			return err
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", tt.name, got, want)
		}
	}
}

func TestEndpointLists(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	ids := map[string]int64{}
	write(t, db, func(tx *Tx) (err error) {
		for i, e := range []struct {
			name    string
			created int
			minutes int
			ended   int
		}{{"slow", 1, 60, 0}, {"fast", 2, 5, 0}, {"open end", 3, 0, 0}, {"first", 4, 0, 20}, {"last", 5, 0, 30}} {
			r := model.EndpointRequest{UID: model.UID(fmt.Sprint(i)), State: model.EndpointPending, User: e.name, Machine: "ws-17", Kind: "CommandLine",
				What: `C:\run_as.exe`, Facts: evidenceOf(e.name), Incident: model.MakeNumber(model.PrefixIncident, int64(i)), Created: c.Now().Add(time.Duration(e.created) * time.Minute)}
			if e.minutes > 0 {
				r.Minutes, r.Expires = e.minutes, r.Created.Add(time.Duration(e.minutes)*time.Minute)
			}
			if e.ended > 0 {
				r.State, r.Ended = model.EndpointDenied, c.Now().Add(time.Duration(e.ended)*time.Minute)
			}
			if ids[e.name], err = tx.InsertEndpoint(r); err != nil {
				return err
			}
		}
		for i, state := range []model.IncidentState{model.IncidentAnalysis, model.IncidentClosed} {
			n := model.Incident{Number: model.MakeNumber(model.PrefixIncident, int64(i)), EndpointID: int64(i + 1), State: state, Priority: 3}
			if state == model.IncidentClosed {
				n.Closed = tx.Now
			}
			if _, err := tx.InsertIncident(n); err != nil {
				return err
			}
		}
		return nil
	})
	for _, tt := range []struct {
		name string
		q    EndpointQuery
		want []string
	}{
		{"waiting, by what expires first", EndpointQuery{}, []string{"fast", "slow", "open end"}},
		{"waiting, newest", EndpointQuery{Sort: SortNewest}, []string{"open end", "fast", "slow"}},
		{"waiting, oldest", EndpointQuery{Sort: SortOldest}, []string{"slow", "fast", "open end"}},
		{"ended, the last first", EndpointQuery{Ended: true}, []string{"last", "first"}},
		{"ended, newest", EndpointQuery{Ended: true, Sort: SortNewest}, []string{"last", "first"}},
		{"by words", EndpointQuery{Words: []string{"WS-", "slo", "run_as"}}, []string{"slow"}},
		{"by state", EndpointQuery{States: []model.EndpointState{model.EndpointApproving}}, nil},
		{"by user", EndpointQuery{User: "SLO"}, []string{"slow"}},
		{"by machine and another user", EndpointQuery{Machine: "ws", User: "x"}, nil},
		{"by kind, in words", EndpointQuery{Kind: "command line", User: "open"}, []string{"open end"}},
		{"by number", EndpointQuery{Number: "sir0000001"}, []string{"fast"}},
		{"by nobody", EndpointQuery{By: []model.PersonID{}}, nil},
		{"by age", EndpointQuery{CreatedTo: c.Now().Add(2 * time.Minute)}, []string{"slow"}},
		{"young ones", EndpointQuery{CreatedFrom: c.Now().Add(2 * time.Minute)}, []string{"fast", "open end"}},
		{"by what is left", EndpointQuery{EndsTo: c.Now().Add(10 * time.Minute)}, []string{"fast"}},
		{"by file", EndpointQuery{File: `PROGRAMS\É slow.EXE`}, []string{"slow"}},
		{"a file is no command", EndpointQuery{Command: "programs"}, nil},
		{"by command", EndpointQuery{Command: `"fast" & <x>`}, []string{"fast"}},
		{"a command is no file", EndpointQuery{File: "& <x>"}, nil},
		{"by hash", EndpointQuery{Hash: "AB-fast"}, []string{"fast"}},
		{"a hash from its middle", EndpointQuery{Hash: "fast"}, nil},
		{"no plain letter to look for", EndpointQuery{File: "É"}, []string{"fast", "slow", "open end"}},
	} {
		var got, want []int64
		for _, name := range tt.want {
			want = append(want, ids[name])
		}
		read(t, db, func(tx *Tx) error {
			page, err := tx.Endpoints(tt.q)
			for _, e := range page.Rows {
				got = append(got, e.ID)
			}
			return err
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", tt.name, got, want)
		}
	}
	read(t, db, func(tx *Tx) error {
		open, err := tx.Incidents(IncidentQuery{Open: true})
		if err != nil || len(open.Rows) != 1 || open.Rows[0].State != model.IncidentAnalysis {
			t.Errorf("open incidents = %+v, %v", open.Rows, err)
		}
		all, err := tx.Incidents(IncidentQuery{Sort: SortOldest})
		if err != nil || len(all.Rows) != 2 || all.Rows[0].ID > all.Rows[1].ID {
			t.Errorf("incidents = %+v, %v", all.Rows, err)
		}
		return nil
	})
}

// evidenceOf is evidence in which a name stands in three places.
func evidenceOf(name string) []model.Fact {
	app := func(key, value string) model.Fact {
		return model.Fact{Group: model.GroupApplication, Key: key, Value: value}
	}
	return []model.Fact{app(model.KeyFile, "É "+name+".exe"), app(model.KeyPath, `C:\Programs`), app(model.KeyCommand, `--say "`+name+`" & <x>`),
		app(model.KeyHash, "AB-"+name)}
}

// TestPagesByEvidenceHoldAllThatFits reads page by page what the database alone
// cannot tell apart.
func TestPagesByEvidenceHoldAllThatFits(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	var want []int64
	write(t, db, func(tx *Tx) error {
		for i := range 40 {
			name, command := "other.exe", "setup.exe"
			if i%3 == 0 {
				name, command = "setup.exe", ""
			}
			id, err := tx.InsertEndpoint(model.EndpointRequest{UID: model.UID(fmt.Sprint(i)), State: model.EndpointPending, Created: c.Now(),
				Facts: []model.Fact{{Group: model.GroupApplication, Key: model.KeyFile, Value: name}, {Group: model.GroupApplication, Key: model.KeyCommand, Value: command}}})
			if err != nil {
				return err
			}
			if i%3 == 0 {
				want = append(want, id)
			}
		}
		return nil
	})
	for _, sort := range []Sort{SortExpiry, SortOldest} {
		for limit := 1; limit < 16; limit++ {
			var got []int64
			for span := (Span{Limit: limit}); ; {
				var page Page[model.EndpointRequest]
				read(t, db, func(tx *Tx) (err error) {
					page, err = tx.Endpoints(EndpointQuery{File: "setup", Sort: sort, Span: span})
					return err
				})
				for _, e := range page.Rows {
					got = append(got, e.ID)
				}
				if len(page.Rows) > limit || page.More && len(page.Rows) < limit {
					t.Fatalf("a page of %d has %d rows", limit, len(page.Rows))
				}
				if !page.More {
					break
				}
				span.After = page.Next()
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %d a page: %v, want %v", sort, limit, got, want)
			}
		}
	}
	read(t, db, func(tx *Tx) error {
		if _, err := tx.Endpoints(EndpointQuery{File: "setup", Span: Span{Before: Cursor{SortExpiry, 1, 1}}}); err == nil {
			t.Error("it is read backwards")
		}
		return nil
	})
}

func TestIncidentsAndDevicesAreFiltered(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	write(t, db, func(tx *Tx) error {
		for i, e := range []model.EndpointRequest{
			{UID: "a", State: model.EndpointPending, User: "Carol", Machine: "ws-1"},
			{UID: "b", State: model.EndpointDenied, Ended: c.Now(), User: "bob", Machine: "WS-2"},
		} {
			id, err := tx.InsertEndpoint(e)
			if err != nil {
				return err
			}
			if _, err := tx.InsertIncident(model.Incident{Number: model.MakeNumber(model.PrefixIncident, int64(i+1)), EndpointID: id, State: model.IncidentDraft,
				Priority: i + 1, Created: c.Now().Add(time.Duration(i) * time.Hour)}); err != nil {
				return err
			}
		}
		for i, d := range []model.Device{{Email: "Kofi@example.com", Name: "Firefox", IP: "192.0.2.1", Location: "Accra", State: model.EndpointPending},
			{Email: "ann@example.com", Name: "Edge", IP: "192.0.2.2", Location: "Cork", State: model.EndpointPending},
			{Email: "ann@example.com", Name: "Edge", State: model.EndpointDenied, Ended: c.Now()}} {
			d.DeviceID, d.Asked = fmt.Sprintf("%020d", i), c.Now().Add(time.Duration(-i)*time.Hour)
			if _, err := tx.InsertDevice(d); err != nil {
				return err
			}
		}
		return nil
	})
	for _, tt := range []struct {
		name string
		q    IncidentQuery
		want string
	}{
		{"by user", IncidentQuery{User: "caro"}, "SIR0000001"},
		{"by machine", IncidentQuery{Machine: "ws-2"}, "SIR0000002"},
		{"by the request's state", IncidentQuery{Requests: []model.EndpointState{model.EndpointDenied}}, "SIR0000002"},
		{"by number", IncidentQuery{Number: "sir0000001"}, "SIR0000001"},
		{"by age", IncidentQuery{CreatedTo: c.Now().Add(time.Minute)}, "SIR0000001"},
		{"by priority", IncidentQuery{Priority: 2}, "SIR0000002"},
		{"by two that do not go together", IncidentQuery{Priority: 2, User: "carol"}, ""},
	} {
		read(t, db, func(tx *Tx) error {
			page, err := tx.Incidents(tt.q)
			got := ""
			for _, i := range page.Rows {
				got += string(i.Number)
			}
			if got != tt.want {
				t.Errorf("incidents %s: %q, want %q", tt.name, got, tt.want)
			}
			return err
		})
	}
	for _, tt := range []struct {
		name string
		q    DeviceQuery
		want int
	}{
		{"that wait", DeviceQuery{Open: true}, 2},
		{"that ended", DeviceQuery{}, 1},
		{"by address", DeviceQuery{Open: true, Email: "KOFI"}, 1},
		{"by name and place", DeviceQuery{Open: true, Name: "edge", Location: "cork"}, 1},
		{"by IP", DeviceQuery{Open: true, IP: "192.0.2."}, 2},
		{"by state", DeviceQuery{States: []model.EndpointState{model.EndpointApproved}}, 0},
		{"by age", DeviceQuery{Open: true, AskedTo: c.Now().Add(-time.Minute)}, 1},
		{"by nobody", DeviceQuery{By: []model.PersonID{}}, 0},
	} {
		read(t, db, func(tx *Tx) error {
			page, err := tx.Devices(tt.q)
			if len(page.Rows) != tt.want {
				t.Errorf("devices %s: %d, want %d", tt.name, len(page.Rows), tt.want)
			}
			if tt.name == "that wait" && page.Rows[0].Email != "ann@example.com" {
				t.Errorf("the first is of %s, which did not ask first", page.Rows[0].Email)
			}
			return err
		})
	}
}

// TestNobodyIsToldOfWhatTheyRaisedThemselves compares what a list leaves out with
// what the rules call a person's own.
func TestNobodyIsToldOfWhatTheyRaisedThemselves(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	me := model.Actor{Person: model.Person{ID: "p", Login: "b_b", Email: "b.b@Example.com", Active: true, Roles: []model.Role{model.RoleApprover}}}
	accounts := map[int64]string{}
	write(t, db, func(tx *Tx) error {
		for i, user := range []string{"b_b", "B_B", "bxb", `CORP\b_b`, `CORP\x\b_b`, "b_b@corp", `CORP\b_b@corp`, "b_b@corp@x", "xb_b", "b_bx", `b_b\carol`, `b_b@x\carol`,
			`CORP\b_b@x\carol`, "b.b@example.com", `CORP\B.B@example.com`, "b.b", "@b_b", "", `\`, "b_b@"} {
			id, err := tx.InsertEndpoint(model.EndpointRequest{UID: model.UID(fmt.Sprint(i)), State: model.EndpointPending, User: user, Created: c.Now()})
			if err != nil {
				return err
			}
			accounts[id] = user
		}
		return nil
	})
	read(t, db, func(tx *Tx) error {
		page, err := tx.Endpoints(EndpointQuery{NotLogin: me.Login, NotEmail: me.Email})
		left := map[int64]bool{}
		for _, e := range page.Rows {
			left[e.ID] = true
		}
		for id, user := range accounts {
			var denied *model.Denied
			err := model.CanEndpoint(me, model.ActDeny, model.EndpointRequest{State: model.EndpointPending, User: user}, c.Now())
			if own := errors.As(err, &denied) && denied.Code == model.DenyOwn; left[id] == own {
				t.Errorf("what %q raised is listed: %v; it is their own: %v", user, left[id], own)
			}
		}
		return err
	})
}

func TestBadgesCountWhatWaits(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	soon, sooner := c.Now().Add(time.Hour), c.Now().Add(time.Minute)
	var waiting model.Request
	for range 5 {
		waiting = addRequest(t, db)
	}
	addRequest(t, db, func(r *model.Request) { r.RequestedBy = bob })                  // bob's own
	addRequest(t, db, func(r *model.Request) { r.RequestedFor = "BOB@example.com" })   // for bob
	addRequest(t, db, func(r *model.Request) { r.Policy = policy(owners, approvers) }) // another group first
	addTask(t, db, waiting)
	addTask(t, db, waiting, func(k *model.Task) { k.State, k.Assignee = model.TaskInProgress, bob })
	addTask(t, db, waiting, func(k *model.Task) { k.State, k.Assignee = model.TaskInProgress, carol })
	addTask(t, db, waiting, func(k *model.Task) { k.State, k.Closed = model.TaskClosedComplete, c.Now() })
	addTask(t, db, waiting, func(k *model.Task) { k.Group = owners })
	write(t, db, func(tx *Tx) error {
		for i, s := range []model.OpState{model.OpUnknown, model.OpUnknown, model.OpSent} {
			o := operation(waiting, "p", i)
			o.State = s
			if _, err := tx.InsertOperation(o); err != nil {
				return err
			}
		}
		for i, e := range []model.EndpointRequest{
			{State: model.EndpointPending, User: "carol", Expires: soon},
			{State: model.EndpointPending, User: `CORP\Bob`, Expires: sooner},             // bob's own
			{State: model.EndpointPending, User: "carol", Expires: sooner, Group: owners}, // another group's
			{State: model.EndpointDenying, User: "carol", Expires: sooner},                // decided
			{State: model.EndpointDenied, User: "carol", Expires: sooner, Ended: tx.Now},  // over
		} {
			e.UID, e.Created = model.UID(fmt.Sprint(i)), tx.Now
			if _, err := tx.InsertEndpoint(e); err != nil {
				return err
			}
		}
		decision := operation(waiting, "decision", 1)
		decision.RequestID, decision.TaskID, decision.EndpointID = 0, 0, 1
		decision.Kind, decision.State = model.OpEndpointDeny, model.OpUnknown
		if _, err := tx.InsertOperation(decision); err != nil {
			return err
		}
		for i, d := range []model.Device{{State: model.EndpointPending, Email: "carol@example.com"}, {State: model.EndpointPending, Email: "BOB@example.com"},
			{State: model.EndpointApproving, Email: "carol@example.com"}} {
			d.DeviceID, d.Asked = fmt.Sprint(i), tx.Now
			if _, err := tx.InsertDevice(d); err != nil {
				return err
			}
		}
		return nil
	})
	base := BadgeQuery{Person: bob, Login: "bob", Email: "bob@example.com", Cap: 100}
	for _, tt := range []struct {
		name   string
		change func(*BadgeQuery)
		want   Badges
	}{
		{"nothing asked", func(*BadgeQuery) {}, Badges{}},
		{"an approver", func(q *BadgeQuery) { q.Decides = []model.GroupName{approvers} }, Badges{Approvals: 5}},
		{"of two groups", func(q *BadgeQuery) { q.Decides = []model.GroupName{approvers, owners} }, Badges{Approvals: 6}},
		{"a fulfiller", func(q *BadgeQuery) { q.Fulfils = []model.GroupName{fulfillers} }, Badges{Tasks: 2, Unknown: 2}},
		{"an admin", func(q *BadgeQuery) { q.FulfilAll = true }, Badges{Tasks: 3, Unknown: 3}},
		{"endpoints", func(q *BadgeQuery) { q.Endpoints = true }, Badges{Approvals: 1, Endpoints: 1, EndpointEnds: soon}},
		{"endpoints and devices", func(q *BadgeQuery) { q.Endpoints, q.Devices = true, true }, Badges{Approvals: 2, Endpoints: 2, EndpointEnds: soon}},
		{"endpoints of a group", func(q *BadgeQuery) { q.Endpoints, q.Decides = true, []model.GroupName{owners} },
			Badges{Approvals: 3, Endpoints: 2, EndpointEnds: sooner}},
		{"all that is decided", func(q *BadgeQuery) { q.Endpoints, q.Devices, q.Decides = true, true, []model.GroupName{approvers} },
			Badges{Approvals: 7, Endpoints: 2, EndpointEnds: soon}},
		{"capped together", func(q *BadgeQuery) {
			q.Endpoints, q.Devices, q.Decides, q.Cap = true, true, []model.GroupName{approvers}, 6
		},
			Badges{Approvals: 6, Endpoints: 2, EndpointEnds: soon}},
		{"capped", func(q *BadgeQuery) { q.Decides, q.FulfilAll, q.Cap = []model.GroupName{approvers, owners}, true, 2 }, Badges{Approvals: 2, Tasks: 2, Unknown: 2}},
	} {
		q := base
		tt.change(&q)
		read(t, db, func(tx *Tx) error {
			got, err := tx.Badges(q)
			if got != tt.want {
				t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
			}
			return err
		})
	}
	read(t, db, func(tx *Tx) error {
		for all, want := range map[bool]int{true: 3, false: 2} {
			page, err := tx.Unknown(all, []model.GroupName{fulfillers}, Span{})
			if err != nil || len(page.Rows) != want {
				t.Errorf("unknown of all %v: %d, %v; want %d, as the badge counts", all, len(page.Rows), err, want)
			}
		}
		return nil
	})
}
