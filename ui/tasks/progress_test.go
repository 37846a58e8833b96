package tasks

import (
	"fmt"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
)

// queuedSays is what is said while the outcome is not there.
const queuedSays = "SCTASK0010042 is queued for the vault"

func TestProgressFollowsTheOrdersRow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(op *model.Operation)
		shows  []string
		clock  bool // seconds run
		says   string
	}{
		{"queued", func(*model.Operation) {}, []string{"queued 3 s → sent → checking → done"}, true, queuedSays},
		{"sent", func(op *model.Operation) { op.State, op.Sent = model.OpSent, op.Created.Add(time.Second) },
			[]string{"✓ queued → sent 2 s → checking → done"}, true, queuedSays},
		{"checking", func(op *model.Operation) {
			op.State, op.ServiceID, op.Updated = model.OpSent, "id1", op.Created.Add(2*time.Second)
		}, []string{"✓ queued → ✓ sent → checking 1 s → done", "service id id1"}, true, queuedSays},
		{"put back", func(op *model.Operation) { op.Reason, op.NotBefore = "the vault is away", op.Created.Add(time.Minute) },
			[]string{"queued → sent → checking → ▲ waits", "waits: the vault is away", "tried again at 10:31:16"}, false, queuedSays},
		{"unknown", func(op *model.Operation) {
			op.State, op.Sent, op.LookingFor, op.NextLook = model.OpUnknown, op.Created, "no answer yet", op.Created.Add(43*time.Second)
		}, []string{"▲ outcome unknown", "looking at what alice@example.com has on", "next look", "in 40s", "so far: no answer yet", "Nothing is sent again"}, false, "SCTASK0010042: the outcome is looked for"},
		{"refused unsent", func(op *model.Operation) { op.State, op.Reason = model.OpRefused, "the time was over" },
			[]string{"refused: give alice@example.com edit for 4 h. the time", "f runs the new plan"}, false, "SCTASK0010042 was refused"},
		{"done", func(op *model.Operation) {
			op.State, op.Ended, op.Evidence = model.OpDone, op.Created.Add(2*time.Second), "shared"
		},
			[]string{"the vault: shared"}, false, "SCTASK0010042 is done"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			instantly(t, func(t *testing.T) {
				d := ordered(sit(t, company(), 120, 32), tt.change)
				d.shows(tt.shows...)
				if on := d.tab.work.progress.On(); on != tt.clock {
					t.Errorf("the clock runs: %v, want %v", on, tt.clock)
				}
				if d.said() != tt.says {
					t.Errorf("notice = %q, want %q", d.said(), tt.says)
				}
				if d.tab.work.spinner.On() != tt.clock {
					t.Errorf("the spinner turns: %v, want %v", d.tab.work.spinner.On(), tt.clock)
				}
			})
		})
	}
}

func TestStepsAreCounted(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		intent := model.Intent{Record: prodUID, Email: "alice@example.com", Right: model.RightView}
		q.cases["SCTASK0010042"].Operations = []model.Operation{
			{ID: 4, TaskID: 1, Plan: "old", Seq: 1, Kind: model.OpGrant, Intent: intent, State: model.OpRefused},
			{ID: 5, TaskID: 1, Plan: "new", Seq: 1, Kind: model.OpLower, Intent: intent, State: model.OpDone},
			{ID: 6, TaskID: 1, Plan: "new", Seq: 2, Kind: model.OpGrant, Intent: intent, State: model.OpSent, Sent: noon, ServiceID: "x", Updated: noon},
			{ID: 7, TaskID: 1, Plan: "new", Seq: 3, Kind: model.OpGrant, Intent: intent, State: model.OpScheduled, NotBefore: noon.Add(time.Hour)},
		}
		d := sit(t, q, 120, 32)
		d.press("enter")
		d.shows("step 2 of 2  ✓ queued → ✓ sent → checking")
		d.hides("▲ refused")
	})
}

func TestLookingAgainFromTheWork(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := ordered(sit(t, company(), 120, 32), func(op *model.Operation) { op.State, op.NextLook = model.OpUnknown, op.Created.Add(time.Minute) })
		d.press("R")
		if id := d.q.cases["SCTASK0010042"].Operations[0].ID; d.q.count(fmt.Sprint("look again ", id)) != 1 {
			t.Errorf("R asked %q", d.q.asked)
		}
		d.press("f")
		if want := "an order to the vault is unknown; wait for its outcome"; d.said() != want {
			t.Errorf("f says %q, want %q", d.said(), want)
		}
	})
}

func TestAfterTheRunTheRecordIsReadAgain(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.press("enter", "f")
		d.confirm()
		q.facts[prodUID].Shares[0].Share.Right = model.RightEdit
		c := q.cases["SCTASK0010042"]
		c.Operations[0].State, c.Operations[0].Ended, c.Tasks[0].State = model.OpDone, d.now, model.TaskClosedComplete
		d.send(tab.Changed{})
		d.shows("✓ done", "alice@example.com  edit, permanent", "closed complete")
		d.press("f")
		if want := "there is no open task"; d.said() != want {
			t.Errorf("f says %q, want %q", d.said(), want)
		}
	})
}
