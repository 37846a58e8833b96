package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/model"
)

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
