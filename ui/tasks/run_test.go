package tasks

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"
)

func TestRunningAsksOnceAndQueuesOnce(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.press("enter", "f")
		d.shows("alice@example.com gets edit on prod-db-01", "1  give alice@example.com edit for 4 h", "2  give alice@example.com view back at about 14:30")
		d.press("enter") // the default is no
		if q.count("fulfil") != 0 || !d.tab.stack.Empty() {
			t.Fatalf("enter on the default ran it: %q", q.asked)
		}
		d.press("f", "right")
		d.hold = true
		d.press("enter", "enter", "f", "enter", "enter")
		d.shows("queueing the plan")
		if want := "SCTASK0010042 is being queued already"; d.said() != want {
			t.Errorf("f while it is queued says %q, want %q", d.said(), want)
		}
		d.press("t", "c")
		if !d.tab.stack.Empty() || q.count("release") != 0 {
			t.Error("the task was released or closed while its plan is queued")
		}
		d.release()
		d.shows("queued 6 s", "Leaving this screen stops nothing", "scheduled  give alice@example.com view back at 14:30")
		d.press("f")
		d.press("enter")
		if n := q.count("fulfil"); n != 1 {
			t.Errorf("it was run %d times, want 1", n)
		}
		if want := "an order to the vault is queued; wait for its outcome"; d.said() != want {
			t.Errorf("f while it runs says %q, want %q", d.said(), want)
		}
	})
}

func TestConsentCannotBeTypedAhead(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.press("enter")
		d.key("f")
		d.key("right")
		d.key("enter") // all in one burst
		d.shows("that was too fast")
		d.now = d.now.Add(time.Second)
		d.paste("\r")
		d.key("enter")
		if q.count("fulfil") != 0 {
			t.Fatal("a paste confirmed the plan")
		}
		d.press("enter")
		if q.count("fulfil") != 1 {
			t.Errorf("a second later enter does not confirm:\n%s", d.screen())
		}
	})
}

func TestAPlanThatChangedIsShownAndConfirmedAnew(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.press("enter", "f")
		f := q.facts[prodUID]
		f.Shares = nil // alice lost her view meanwhile
		q.facts[prodUID] = f
		d.confirm()
		if len(q.cases["SCTASK0010042"].Operations) != 0 {
			t.Fatal("another plan was run than the one confirmed")
		}
		d.shows("nothing was run, the plan is another one now", "alice@example.com: nothing → edit, 4 h")
		if want := "SCTASK0010042 was not run: it has changed"; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
		d.press("f")
		d.confirm()
		if len(q.cases["SCTASK0010042"].Operations) != 1 {
			t.Errorf("the new plan was not run:\n%s", d.screen())
		}
		d.hides("nothing was run")
	})
}

func TestDifferencesAreConfirmedByThemselves(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		q.differ = []string{`approved as "prod-db-01", the record is now called "prod-db-02"`}
		d := sit(t, q, 120, 32)
		d.press("enter", "f")
		d.press("tab", "right", "enter")
		d.shows("confirm what is different first", "something is missing above")
		if q.count("fulfil") != 0 {
			t.Fatal("it ran without the difference confirmed")
		}
		d.press("right", "tab", "right", "enter")
		if q.count("fulfil") != 1 {
			t.Errorf("it does not run once the difference is confirmed:\n%s", d.screen())
		}
	})
}

func TestNothingToDoClosesTheTask(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		q.facts[prodUID].Shares[0].Share.Right = model.RightEdit
		d := sit(t, q, 120, 32)
		d.press("enter")
		d.shows("nothing to do: alice@example.com already has edit")
		d.press("f")
		d.shows("Nothing is sent to the vault.", "Close the task")
		d.confirm()
		if want := "SCTASK0010042 closed complete: nothing was to do"; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
		d.shows("closed complete", "nothing to do: alice")
	})
}

func TestAConfirmationEndsWhenItsPlanCannotBeRun(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(c *workflow.CaseView)
		shows  string
	}{
		{"the task was given to somebody else", func(c *workflow.CaseView) { c.Tasks[0].Assignee = "priya" }, "take the task first"},
		{"the request was changed", func(c *workflow.CaseView) { c.Request.Revision++ }, "what it depends on is not as it was"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			instantly(t, func(t *testing.T) {
				q := company()
				d := sit(t, q, 120, 32)
				d.press("enter", "f", "right")
				tt.change(q.cases["SCTASK0010042"])
				d.send(tab.Changed{})
				d.shows("SCTASK0010042 has changed", tt.shows)
				d.press("enter")
				if q.count("fulfil") != 0 {
					t.Error("it was run")
				}
			})
		})
	}
	q := company()
	d := sit(t, q, 120, 32)
	d.press("enter", "f")
	d.send(tab.Changed{}) // nothing that matters
	d.shows("Run SCTASK0010042")
}

func TestLeavingStopsNothing(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.press("enter", "f", "right")
		d.hold = true
		d.press("enter", "esc")
		d.shows("NUMBER")
		d.release()
		if want := "SCTASK0010042 is queued for the vault"; !slices.Contains(d.notices, want) {
			t.Errorf("notices = %q, want %q among them", d.notices, want)
		}
		d.shows("queued, you")
		d.press("enter")
		d.shows("queued ", "Leaving this screen stops nothing")
	})
}

func TestARunThatFailsLeavesTheTaskAsItWas(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		q.fulfilErr = away()
		d := sit(t, q, 120, 32)
		d.press("enter", "f")
		d.confirm()
		if want := "SCTASK0010042 was not run: the vault service does not answer since 10:12"; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
		q.fulfilErr = nil
		d.press("f")
		d.confirm()
		if len(q.cases["SCTASK0010042"].Operations) == 0 {
			t.Error("it cannot be run again")
		}
	})
}

func TestAnAnswerThatCameTooLateIsNotGuessed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		answer func(q *queue)
		says   string
	}{
		{"the plan is in the queue", func(q *queue) {
			c := q.cases["SCTASK0010042"]
			c.Operations = append(c.Operations, model.Operation{ID: 200, TaskID: 1, Plan: "p", State: model.OpQueued, Created: q.now()})
		}, "SCTASK0010042 is queued for the vault"},
		{"the plan is not in the queue", func(*queue) {}, "SCTASK0010042 was not run: there was no answer in time"},
		{"the queue does not answer", func(q *queue) { q.caseErr = errors.New("database is locked") },
			"it is not known whether SCTASK0010042 was queued: there was no answer in time"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			instantly(t, func(t *testing.T) {
				q := company()
				q.fulfilErr = context.DeadlineExceeded
				d := sit(t, q, 120, 32)
				d.press("enter", "f")
				tt.answer(q)
				d.confirm()
				if d.said() != tt.says {
					t.Errorf("notice = %q, want %q", d.said(), tt.says)
				}
			})
		})
	}
}
