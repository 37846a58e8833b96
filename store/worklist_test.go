package store

import (
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
