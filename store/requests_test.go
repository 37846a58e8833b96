package store

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"countersign/model"

	"pgregory.net/rapid"
)

func TestRequestsAreReadAsTheyWereStored(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	want := addRequest(t, db)
	later := c.Now().Add(time.Minute)
	c.advance(time.Minute)
	described := addRequest(t, db, func(r *model.Request) {
		r.Target = model.Target{Kind: model.TargetFolder, Described: "the payroll folder"}
		r.Asked, r.Allowed, r.Answers, r.Due = model.Access{}, model.Access{}, nil, time.Time{}
		r.NeedsInfo, r.RefersTo, r.Source = true, want.Number, model.SourceCommand
	})
	for _, want := range []model.Request{want, described} {
		read(t, db, func(tx *Tx) error {
			got, found, err := tx.Request(want.Number)
			if err != nil || !found || !reflect.DeepEqual(got, want) {
				t.Errorf("Request = %+v %v %v\nwant      %+v", got, found, err, want)
			}
			return nil
		})
	}

	want.State, want.Closed, want.Outcome, want.Revision = model.ClosedRejected, later, "denied by bob", 2
	want.Justification, want.NeedsInfo, want.Due, want.Updated = "another reason", true, time.Time{}, later
	want.Target.Title, want.Asked.Limit, want.Allowed.Right = "renamed", model.Permanent, model.RightEdit
	write(t, db, func(tx *Tx) error {
		if changed, err := tx.UpdateRequest(want, model.Requested); !changed || err != nil {
			t.Errorf("update: %v, %v", changed, err)
		}
		return nil
	})
	read(t, db, func(tx *Tx) error {
		if got, _, err := tx.Request(want.Number); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("after update %+v %v\nwant         %+v", got, err, want)
		}
		if _, found, err := tx.Request("REQ0099999"); found || err != nil {
			t.Errorf("a number nobody drew: %v, %v", found, err)
		}
		return nil
	})
}

func TestUpdateRequestIsConditional(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	r := addRequest(t, db)
	update := func(r model.Request, from model.RequestState) (changed bool) {
		write(t, db, func(tx *Tx) error {
			var err error
			changed, err = tx.UpdateRequest(r, from)
			return err
		})
		return changed
	}
	r.Revision = 3
	if update(r, model.Requested) {
		t.Error("a revision two ahead of the stored one was written")
	}
	r.Revision = 2
	if !update(r, model.Requested) {
		t.Error("the next revision was refused")
	}
	r.Revision = 1
	if update(r, model.Requested) {
		t.Error("the revision before was written")
	}
	r.Revision, r.State = 2, model.InProcess
	if update(r, model.InProcess) {
		t.Error("a request that is not in process was taken for one")
	}
	if !update(r, model.Requested) {
		t.Error("the approval was refused")
	}
	if update(r, model.Requested) {
		t.Error("it was approved twice")
	}
}

func TestOpenStepsFollowTheDueDate(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	r := addRequest(t, db)
	due := func() (at time.Time) {
		read(t, db, func(tx *Tx) error {
			_, err := tx.row("SELECT due FROM approval WHERE request_id = $1", []any{r.ID}, []any{moment(&at)})
			return err
		})
		return at
	}
	if got := due(); !got.Equal(r.Due) {
		t.Errorf("due of the step = %v, want the request's %v", got, r.Due)
	}
	r.Due = c.Now().Add(time.Hour)
	write(t, db, func(tx *Tx) error { _, err := tx.UpdateRequest(r, model.Requested); return err })
	if got := due(); !got.Equal(r.Due) {
		t.Errorf("due of the step = %v, want the new %v", got, r.Due)
	}
}

func TestLimitsSurviveTheStore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		want := rapid.OneOf(
			rapid.Just(model.Permanent),
			rapid.Map(rapid.Int64Range(1, 1<<50), func(us int64) model.Limit { return model.For(time.Duration(us) * time.Microsecond) }),
			rapid.Map(rapid.Int64Range(1, 1<<40), func(s int64) model.Limit { return model.Until(time.Unix(s, 0)) }),
		).Draw(rt, "limit")
		var got model.Limit
		if err := limit(&got)(limitMicros(want)); err != nil || got != want {
			rt.Errorf("%v came back as %v, %v", want, got, err)
		}
	})
}

// TestOnlyTheStatesOfTheDomainCanBeStored offers every state of the domain and
// one that is not to every table.
func TestOnlyTheStatesOfTheDomainCanBeStored(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	r := addRequest(t, db)
	now := c.Now()
	ended := func(closed bool) time.Time {
		if closed {
			return now
		}
		return time.Time{}
	}
	try := func(name string, good bool, insert func(tx *Tx) error) {
		undo := errors.New("undo")
		err := db.Write(t.Context(), func(tx *Tx) error {
			if err := insert(tx); err != nil {
				return err
			}
			return undo
		})
		if good != errors.Is(err, undo) {
			t.Errorf("%s: %v, stored should be %v", name, err, good)
		}
	}
	for _, s := range append(model.RequestStates(), "approved", "") {
		try("request "+string(s), s.Valid(), func(tx *Tx) error {
			_, err := request(tx, func(r *model.Request) { r.State, r.Closed = s, ended(s.Closed()) })
			return err
		})
	}
	try("closed request without an end", false, func(tx *Tx) error {
		_, err := request(tx, func(r *model.Request) { r.State = model.ClosedComplete })
		return err
	})
	for _, s := range append(model.ApprovalStates(), "pending") {
		try("approval "+string(s), s != "pending", func(tx *Tx) error {
			_, err := tx.InsertApproval(model.Approval{RequestID: r.ID, Step: 9, Group: owners, State: s, Decided: ended(s != model.ApprovalRequested)})
			return err
		})
	}
	for _, s := range append(model.TaskStates(), 5) {
		try("task "+s.Words(), s != 5, func(tx *Tx) error {
			_, err := tx.InsertTask(model.Task{Number: "SCTASK1", RequestID: r.ID, Kind: model.TaskFulfil, State: s, Closed: ended(s.Closed() || s == 5)})
			return err
		})
	}
	for _, s := range append(model.OpStates(), "failed") {
		try("operation "+string(s), s != "failed", func(tx *Tx) error {
			o := operation(r, "plan", 1)
			o.State, o.Ended = s, ended(s.Final())
			_, err := tx.InsertOperation(o)
			return err
		})
	}
	for _, s := range append(model.GrantStates(), "gone") {
		try("grant "+string(s), s != "gone", func(tx *Tx) error {
			_, err := tx.InsertGrant(model.Grant{RequestID: r.ID, Email: "a@b.c", State: s})
			return err
		})
	}
	for _, s := range append(model.EndpointStates(), "new") {
		try("endpoint request "+string(s), s != "new", func(tx *Tx) error {
			_, err := tx.InsertEndpoint(model.EndpointRequest{UID: "u", State: s, Ended: ended(!s.Open()), Created: now})
			return err
		})
		try("device "+string(s), s != "new", func(tx *Tx) error {
			_, err := tx.InsertDevice(model.Device{DeviceID: "d", State: s, Asked: now})
			return err
		})
	}
	for _, s := range append(model.IncidentStates(), 17) {
		try(fmt.Sprintf("incident %d", s), s != 17, func(tx *Tx) error {
			endpoint, err := tx.InsertEndpoint(model.EndpointRequest{UID: "u", State: model.EndpointPending, Created: now})
			if err != nil {
				return err
			}
			_, err = tx.InsertIncident(model.Incident{Number: "SIR1", EndpointID: endpoint, State: s, Priority: 3,
				Closed: ended(s == model.IncidentClosed || s == model.IncidentCancelled)})
			return err
		})
	}
}

func TestCaseIsWhole(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	other := addRequest(t, db)
	r := addRequest(t, db, func(r *model.Request) { r.RequestedFor = "BOB@example.com" })
	task := addTask(t, db, r)
	var want model.Case
	write(t, db, func(tx *Tx) error {
		approvals, err := tx.Approvals(r.ID)
		if err != nil {
			return err
		}
		vote := model.Vote{ApprovalID: approvals[0].ID, Voter: bob, Seat: carol, Verdict: model.Approve, Digest: "d",
			Allowed: r.Allowed, Comment: "fine", At: c.Now()}
		if err := tx.InsertVote(vote); err != nil {
			return err
		}
		vote.ID = 1
		approvals[0].Votes = []model.Vote{vote}
		grant := model.Grant{RequestID: r.ID, Number: r.Number, Person: bob, Email: "bob@example.com", Target: r.Target,
			Right: model.RightView, Since: c.Now(), Until: c.Now().Add(time.Hour), Standing: model.Share{Right: model.RightView},
			State: model.GrantActive, Revision: 1, Updated: c.Now(), Note: "n"}
		if grant.ID, err = tx.InsertGrant(grant); err != nil {
			return err
		}
		o := operation(r, "plan", 1)
		o.TaskID, o.GrantID, o.NotBefore, o.Sent = task.ID, grant.ID, c.Now(), c.Now()
		o.State, o.Ended, o.Evidence, o.ServiceID, o.Fence, o.Attempts = model.OpDone, c.Now(), "granted", "id", 3, 2
		if o.ID, err = tx.InsertOperation(o); err != nil {
			return err
		}
		want = model.Case{Request: r, Approvals: approvals, Tasks: []model.Task{task}, Operations: []model.Operation{o},
			Grants: []model.Grant{grant}, Recipient: bob}
		_, err = tx.InsertSealed(SealedSecret{RequestID: r.ID, Field: "password", Commitment: "c", KeyID: "k", Body: []byte("sealed")})
		want.Request.Sealed = []model.SealedAnswer{{Field: "password", SecretID: 1, Commitment: "c"}}
		return err
	})
	read(t, db, func(tx *Tx) error {
		got, found, err := tx.Case(r.Number)
		if err != nil || !found || !reflect.DeepEqual(got, want) {
			t.Errorf("Case = %+v %v %v\nwant   %+v", got, found, err, want)
		}
		both, err := tx.Cases([]int64{r.ID, 999, other.ID})
		if err != nil || len(both) != 2 || !reflect.DeepEqual(both[0], want) || both[1].Request.ID != other.ID || len(both[1].Tasks) != 0 {
			t.Errorf("Cases = %+v, %v; want both in the order asked for", both, err)
		}
		if _, found, err := tx.Case("REQ0099999"); found || err != nil {
			t.Errorf("a number nobody drew: %v, %v", found, err)
		}
		return nil
	})
}

func TestVotesCountOncePerSeatAndPerson(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	r := addRequest(t, db)
	vote := func(voter, seat model.PersonID) error {
		return db.Write(t.Context(), func(tx *Tx) error {
			approvals, err := tx.Approvals(r.ID)
			if err != nil {
				return err
			}
			return tx.InsertVote(model.Vote{ApprovalID: approvals[0].ID, Voter: voter, Seat: seat, Verdict: model.Approve, At: tx.Now})
		})
	}
	if err := vote(alice, bob); err != nil {
		t.Fatal(err)
	}
	if err := vote(bob, bob); !errors.Is(err, ErrExists) {
		t.Errorf("a second vote from the same seat: %v, want ErrExists", err)
	}
	if err := vote(alice, alice); !errors.Is(err, ErrExists) {
		t.Errorf("a second vote of the same person: %v, want ErrExists", err)
	}
	if err := vote(carol, carol); err != nil {
		t.Errorf("a vote of somebody else: %v", err)
	}
}

func TestAnApprovalIsClosedOnce(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	r := addRequest(t, db)
	write(t, db, func(tx *Tx) error {
		approvals, err := tx.Approvals(r.ID)
		if err != nil {
			return err
		}
		if closed, err := tx.CloseApproval(approvals[0].ID, model.ApprovalApproved); !closed || err != nil {
			t.Errorf("close: %v, %v", closed, err)
		}
		if closed, err := tx.CloseApproval(approvals[0].ID, model.ApprovalRejected); closed || err != nil {
			t.Errorf("close again: %v, %v; want false", closed, err)
		}
		approvals, err = tx.Approvals(r.ID)
		if a := approvals[0]; a.State != model.ApprovalApproved || !a.Decided.Equal(c.Now()) || a.Revision != 2 {
			t.Errorf("after closing: %+v", a)
		}
		return err
	})
}

func TestEarlierRequestsAreCounted(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	end := func(s model.RequestState) func(*model.Request) {
		return func(r *model.Request) { r.State, r.Closed = s, c.Now() }
	}
	old := addRequest(t, db, end(model.ClosedComplete))
	c.advance(time.Hour)
	since := c.Now()
	addRequest(t, db, end(model.ClosedComplete))
	addRequest(t, db, end(model.ClosedRejected))
	addRequest(t, db, end(model.ClosedCancelled))
	addRequest(t, db, end(model.ClosedComplete), func(r *model.Request) { r.RequestedBy = bob })
	addRequest(t, db, end(model.ClosedComplete), func(r *model.Request) { r.Target.UID = "another" })
	inProcess := addRequest(t, db, func(r *model.Request) { r.State = model.InProcess })
	now := addRequest(t, db)
	for _, tt := range []struct {
		name             string
		r                model.Request
		since            time.Time
		approved, denied int
	}{
		{"those of the window", now, since, 2, 1},
		{"a longer window", now, old.Created, 3, 1},
		{"itself does not count", inProcess, since, 1, 1},
	} {
		read(t, db, func(tx *Tx) error {
			approved, denied, err := tx.CountBefore(tt.r, tt.since)
			if err != nil || approved != tt.approved || denied != tt.denied {
				t.Errorf("%s: %d approved, %d denied, %v; want %d and %d", tt.name, approved, denied, err, tt.approved, tt.denied)
			}
			return nil
		})
	}
}

func TestOverdueRequests(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	late := addRequest(t, db, func(r *model.Request) { r.Due = c.Now().Add(time.Hour) })
	later := addRequest(t, db, func(r *model.Request) { r.Due = c.Now().Add(30 * time.Minute) })
	addRequest(t, db, func(r *model.Request) { r.Due = c.Now().Add(time.Hour); r.NeedsInfo = true })
	addRequest(t, db, func(r *model.Request) { r.Due = time.Time{} })
	c.advance(time.Hour + time.Second)
	read(t, db, func(tx *Tx) error {
		got, err := tx.OverdueRequests(10)
		if err != nil || len(got) != 2 || got[0].ID != later.ID || got[1].ID != late.ID {
			t.Errorf("overdue = %+v, %v; want the two whose clock runs, the oldest due first", got, err)
		}
		return nil
	})
}
