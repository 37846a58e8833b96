package tasks

import (
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"
)

// owed makes the first task one to take alice's access back: she gave it back,
// and the vault refused.
func owed(c *workflow.CaseView) {
	c.Request.State = model.ClosedComplete
	c.Tasks[0].Kind = model.TaskRevoke
	c.Grants = []model.Grant{{ID: 7, Person: "alice", Email: "alice@example.com", Target: c.Request.Target, Right: model.RightEdit,
		Since: noon.Add(-time.Hour), State: model.GrantActive}}
	c.Operations = []model.Operation{
		{ID: 1, TaskID: 90, GrantID: 7, Plan: "given", Seq: 1, Kind: model.OpGrant, State: model.OpDone,
			Intent: model.Intent{Record: prodUID, Email: "alice@example.com", Right: model.RightEdit}},
		{ID: 2, GrantID: 7, Plan: "back", Seq: 1, Kind: model.OpRemove, State: model.OpRefused, Sent: noon.Add(-10 * time.Minute),
			Reason: "the share is not as it was", Intent: model.Intent{Record: prodUID, Email: "alice@example.com"}},
	}
}

// owedQueue has that task; alice has a right on the record, and is to have what
// stood before.
func owedQueue(has model.Right, standing model.Share) *queue {
	q := company()
	c := q.cases["SCTASK0010042"]
	owed(c)
	c.Grants[0].Standing = standing
	q.facts[prodUID].Shares[0].Share.Right = has
	return q
}

func TestTakingTheAccessBackIsPlannedAndRun(t *testing.T) {
	t.Parallel()
	view := model.Share{Right: model.RightView}
	for _, tt := range []struct {
		name     string
		has      model.Right
		standing model.Share
		plan     []string // on the page and in the confirmation
		sentence string   // in the confirmation
	}{
		{"nothing stood before", model.RightEdit, model.Share{},
			[]string{"alice@example.com: edit, permanent → nothing", "1  remove the share of alice@example.com"},
			"alice@example.com loses the share of prod-db-01."},
		{"something stood before", model.RightEdit, view,
			[]string{"alice@example.com: edit, permanent → view, permanent", "1  lower alice@example.com to view"},
			"alice@example.com goes back to view on prod-db-01."},
		{"what stood before ends by itself", model.RightEditShare, model.Share{Right: model.RightView, Expires: noon.Add(2 * time.Hour)},
			[]string{"edit and share, permanent → view", "1  lower alice@example.com to view", "2  give alice@example.com view back until 2026-11-21"},
			"alice@example.com goes back to view on prod-db-01."},
		{"the share has ended and something stood before", "", view,
			[]string{"alice@example.com: nothing → view, permanent", "1  give alice@example.com view back"},
			"alice@example.com goes back to view on prod-db-01."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			instantly(t, func(t *testing.T) {
				d := sit(t, owedQueue(tt.has, tt.standing), 120, 32)
				d.press("enter")
				d.shows("SCTASK0010042  take back", "▲ refused: remove the share of alice@example.com. the share is",
					"f takes the access back, c closes it with a reason.")
				d.shows(tt.plan...)
				d.press("f")
				d.shows("Take the access back: SCTASK0010042", tt.sentence, "Take it back")
				d.shows(tt.plan...)
				d.confirm()
				if want := "SCTASK0010042 is queued for the vault"; d.said() != want {
					t.Errorf("notice = %q, want %q", d.said(), want)
				}
				d.shows("Leaving this screen stops nothing")
				d.hides("▲ refused")
			})
		})
	}
}

func TestTheProgressOfTakingBackIsFollowed(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := owedQueue(model.RightEdit, model.Share{})
		c := q.cases["SCTASK0010042"]
		d := sit(t, q, 120, 32)
		d.press("enter", "f")
		d.confirm()
		d.shows("queued 0 s → sent → checking → done")
		op := &c.Operations[len(c.Operations)-1]
		op.State, op.Sent, op.ServiceID, op.Updated = model.OpSent, d.now, "id1", d.now
		d.send(tab.Changed{})
		d.shows("✓ sent → checking")
		op.State, op.Ended = model.OpDone, d.now.Add(time.Second)
		c.Tasks[0].State, c.Tasks[0].Closed, c.Grants[0].State = model.TaskClosedComplete, d.now, model.GrantRevoked
		d.send(tab.Changed{})
		d.shows("✓ done", "closed complete")
		if want := "SCTASK0010042 is done"; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
	})
}

func TestWhyAnAccessIsToBeTakenBackIsSaid(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(c *workflow.CaseView)
		shows  string
	}{
		{"a removal was refused", func(*workflow.CaseView) {}, "▲ refused: remove the share of alice@example.com"},
		{"what stood before could not be given back", func(c *workflow.CaseView) {
			c.Operations = []model.Operation{
				{ID: 1, TaskID: 90, GrantID: 7, Plan: "given", Seq: 1, Kind: model.OpGrant, State: model.OpDone,
					Intent: model.Intent{Record: prodUID, Email: "alice@example.com", Right: model.RightEdit}},
				{ID: 2, TaskID: 90, GrantID: 7, Plan: "given", Seq: 2, Kind: model.OpGrant, State: model.OpRefused, Reason: "it did not end",
					Intent: model.Intent{Record: prodUID, Email: "alice@example.com", Right: model.RightView, Restores: true}},
			}
		}, "▲ refused: give alice@example.com view back. it did not end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			instantly(t, func(t *testing.T) {
				q := owedQueue(model.RightEdit, model.Share{})
				tt.change(q.cases["SCTASK0010042"])
				d := sit(t, q, 120, 32)
				d.press("enter")
				d.shows(tt.shows)
			})
		})
	}
}

func TestTakingBackWhatIsGoneClosesTheTask(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := owedQueue("", model.Share{})
		d := sit(t, q, 120, 32)
		d.press("enter")
		d.shows("nothing to do: alice@example.com has no access any", "Given     edit since 09:30 · before it nothing")
		d.press("f")
		d.shows("Close SCTASK0010042", "Nothing is sent to the vault.")
		d.confirm()
		if want := "SCTASK0010042 closed complete: nothing was to do"; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
	})
}

func TestTakingBackLeavesNothingToPick(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := owedQueue(model.RightEdit, model.Share{})
		c := q.cases["SCTASK0010042"]
		c.Tasks = append(c.Tasks, model.Task{ID: 90, Number: "SCTASK0010001", Kind: model.TaskFulfil, State: model.TaskClosedComplete, Picked: c.Request.Target})
		c.Request.Target = model.Target{Kind: model.TargetRecord, Described: "the ledger"}
		d := sit(t, q, 120, 32)
		d.press("enter")
		d.shows("→ nothing")
		d.hides("picks another record")
		d.press("s")
		if want := "what is taken back is what was given: there is nothing to pick"; d.said() != want || d.tab.work.search != nil {
			t.Errorf("s says %q, want %q", d.said(), want)
		}
	})
}

func TestWhatWasNeverGivenIsSetRightByHand(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := owedQueue(model.RightEdit, model.Share{})
		q.cases["SCTASK0010042"].Grants = nil // something taken first could not be given back
		d := sit(t, q, 120, 32)
		d.press("enter")
		d.shows("c closes it once")
		d.press("f")
		if want := "this program does not carry this task out; c closes it"; d.said() != want {
			t.Errorf("f says %q, want %q", d.said(), want)
		}
		if q.count("plan") != 0 {
			t.Errorf("a plan was read: %q", q.asked)
		}
	})
}

func TestClosingATaskToTakeBackSpeaksOfTheAccess(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := sit(t, owedQueue(model.RightEdit, model.Share{}), 120, 32)
		d.press("enter", "c", "right", "right")
		d.shows("The task is closed complete: the access is taken back.", "nothing was sent to the vault from here")
		d.press("right")
		d.shows("The task is closed incomplete: the access could not be taken back.")
		d.press("right")
		d.shows("The task is skipped: the access stays as it is.")
		d.hides("and with it the request")
	})
}
