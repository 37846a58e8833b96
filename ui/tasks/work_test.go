package tasks

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"
)

func TestThePlanIsReadOnceAndAgainOnDemand(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.press("enter")
		for range 5 {
			d.send(tab.Changed{})
			d.send(tab.Minute(d.now))
		}
		if n := q.count("plan"); n != 1 {
			t.Errorf("the plan was read %d times, want 1", n)
		}
		d.press("R")
		if n := q.count("plan"); n != 2 {
			t.Errorf("after R the plan was read %d times, want 2", n)
		}
		if n := q.count("facts"); n != 0 {
			t.Errorf("the record was asked for %d times beside the plan", n)
		}
	})
}

func TestStalePlansAreDropped(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.press("enter")
		w := d.tab.work
		old := planRead{work: w, gen: w.planGen, plan: *w.plan}
		old.plan.Plan.Nothing = "an old answer"
		d.press("R") // a newer question
		d.send(old)
		d.hides("an old answer")
		d.press("esc", "enter") // another work area of the same task
		old.gen = d.tab.work.planGen
		d.send(old)
		d.send(workRead{work: w, seq: 1000, err: errors.New("an old error")})
		d.send(factsRead{work: w, uid: prodUID, err: errors.New("an old error")})
		d.hides("an old answer", "an old error")
		d.press("esc")
		d.send(old)
		d.shows("NUMBER")
	})
}

func TestOfTwoReadingsTheLaterOneStays(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.press("enter")
		w := d.tab.work
		now, before := *w.c, *w.c
		now.Request.Justification, before.Request.Justification = "the new reason", "the old reason"
		d.send(workRead{work: w, seq: w.seq + 2, view: now})
		d.send(workRead{work: w, seq: w.seq + 1, view: before})
		d.shows("the new reason")
	})
}

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

func TestWhatCannotBeRunSaysWhy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(c *workflow.CaseView)
		shows  string
		says   string // f
		search string // s
	}{
		{"nobody has it", taken(""), "t takes the task", "take the task first", "take the task first"},
		{"somebody else has it", taken("priya"), "priya works on it since 10:24", "take the task first", "take the task first"},
		{"approved by name", nil, "f runs the plan", "", "the record was approved by name; another one needs a new request"},
		{"only described", func(c *workflow.CaseView) {
			c.Request.Target = model.Target{Kind: model.TargetRecord, Described: "the db"}
		},
			"s searches the vault", "pick the record first", ""},
		{"approved by the same person", func(c *workflow.CaseView) {
			c.Request.Policy.FulfillerDiffers, c.Approvals[0].Votes[0].Voter = true, "omar"
		}, "It cannot be run: you approved this request", "you approved this request; somebody else has to carry it out",
			"you approved this request; somebody else has to carry it out"},
		{"a folder", func(c *workflow.CaseView) { c.Request.Item = model.ItemFolderAccess }, "carried out in the vault by hand",
			"this program does not carry this kind of task out; c closes it", "records are searched for requests for access to a record only"},
		{"access to be taken back", func(c *workflow.CaseView) { c.Tasks[0].Kind = model.TaskRevoke }, "once the access is taken back",
			"this program does not carry this kind of task out; c closes it", "records are searched for requests for access to a record only"},
		{"an invitation is out", func(c *workflow.CaseView) { c.Grants = []model.Grant{{State: model.GrantPending}} }, "was invited to Keeper",
			"an invitation is out: the order is repeated by itself", "the record was approved by name; another one needs a new request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			instantly(t, func(t *testing.T) {
				q := company()
				if tt.change != nil {
					tt.change(q.cases["SCTASK0010042"])
				}
				d := sit(t, q, 120, 32)
				d.run(d.tab.Open("SCTASK0010042"))
				d.shows(tt.shows)
				for key, want := range map[string]string{"f": tt.says, "s": tt.search} {
					d.notices = nil
					if want == "" {
						continue
					}
					d.press(key)
					if d.said() != want || !d.tab.stack.Empty() || d.tab.work.search != nil {
						t.Errorf("%s says %q, want %q", key, d.said(), want)
					}
				}
			})
		})
	}
}

func TestHandworkIsNeverPlanned(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		for _, change := range []func(c *workflow.CaseView){
			func(c *workflow.CaseView) { c.Request.Item = model.ItemFolderAccess },
			func(c *workflow.CaseView) { c.Tasks[0].Kind = model.TaskRevoke },
		} {
			q := company()
			change(q.cases["SCTASK0010042"])
			d := sit(t, q, 120, 32)
			d.press("enter", "R", "f")
			if n := q.count("plan"); n != 0 {
				t.Errorf("a plan was read: %q", q.asked)
			}
		}
	})
}

func TestAVaultThatIsAwaySaysSoWhereThePlanWouldBe(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		q.planErr, q.factsErr = away(), away()
		d := sit(t, q, 120, 32)
		d.press("enter")
		d.shows("Plan      ▲ cannot be read now: the vault service does not", "R tries again")
		d.press("f")
		if want := "there is no plan: R reads the vault again"; d.said() != want {
			t.Errorf("f says %q, want %q", d.said(), want)
		}
		d.press("t")
		if q.count("release") != 1 {
			t.Errorf("the task cannot be released: %q", d.said())
		}
		d.press("t")
		if q.count("claim") != 1 {
			t.Errorf("the task cannot be taken: %q", d.said())
		}
		q.planErr = nil
		d.press("R")
		d.shows("f runs the plan.")
	})
}

func TestARecordThatIsGoneIsNoMatterOfTrying(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		q.planErr = &workflow.VaultError{Kind: workflow.VaultGone, Text: "the vault has no such record (any more)", Advice: "ask the requestor"}
		d := sit(t, q, 120, 32)
		d.press("enter")
		d.shows("cannot be made: the vault has no such record", "ask the requestor")
	})
}

func TestProgressFollowsTheOrdersRow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(op *model.Operation)
		shows  []string
		clock  bool // seconds run
	}{
		{"queued", func(*model.Operation) {}, []string{"queued 3 s → sent → checking → done"}, true},
		{"sent", func(op *model.Operation) { op.State, op.Sent = model.OpSent, op.Created.Add(time.Second) },
			[]string{"✓ queued → sent 2 s → checking → done"}, true},
		{"checking", func(op *model.Operation) {
			op.State, op.ServiceID, op.Updated = model.OpSent, "id1", op.Created.Add(2*time.Second)
		}, []string{"✓ queued → ✓ sent → checking 1 s → done", "service id id1"}, true},
		{"put back", func(op *model.Operation) { op.Reason, op.NotBefore = "the vault is away", op.Created.Add(time.Minute) },
			[]string{"queued → sent → checking → ▲ waits", "waits: the vault is away", "tried again at 10:31:16"}, false},
		{"unknown", func(op *model.Operation) {
			op.State, op.Sent, op.LookingFor, op.NextLook = model.OpUnknown, op.Created, "whether alice has edit", op.Created.Add(43*time.Second)
		}, []string{"▲ outcome unknown", "looking at whether alice has edit", "next look in 40s", "Nothing is sent again"}, false},
		{"refused unsent", func(op *model.Operation) { op.State, op.Reason = model.OpRefused, "the time was over" },
			[]string{"refused: give alice@example.com edit for 4 h. the time", "f runs the new plan"}, false},
		{"done", func(op *model.Operation) {
			op.State, op.Ended, op.Evidence = model.OpDone, op.Created.Add(2*time.Second), "shared"
		},
			[]string{"the vault: shared"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			instantly(t, func(t *testing.T) {
				d := ordered(sit(t, company(), 120, 32), tt.change)
				d.shows(tt.shows...)
				if on := d.tab.work.progress.On(); on != tt.clock {
					t.Errorf("the clock runs: %v, want %v", on, tt.clock)
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
		d.shows("queued 1/4")
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

func TestTakingATask(t *testing.T) {
	t.Parallel()
	t.Run("a free one", func(t *testing.T) {
		t.Parallel()
		instantly(t, func(t *testing.T) {
			q := company()
			d := sit(t, q, 120, 32)
			d.press("j", "j")
			d.rest()
			d.press("t")
			if want := "SCTASK0010045 is yours"; d.said() != want {
				t.Errorf("notice = %q, want %q", d.said(), want)
			}
			d.press("t")
			if want := "SCTASK0010045 is given back to its group"; d.said() != want {
				t.Errorf("notice = %q, want %q", d.said(), want)
			}
		})
	})
	t.Run("one that is known to be taken", func(t *testing.T) {
		t.Parallel()
		instantly(t, func(t *testing.T) {
			q := company()
			d := sit(t, q, 120, 32)
			d.press("j", "j", "j")
			d.rest()
			d.press("t")
			if want := "priya has SCTASK0010047 since 10:24"; d.said() != want || q.count("claim") != 0 {
				t.Errorf("notice = %q, want %q", d.said(), want)
			}
		})
	})
	t.Run("one that was taken a moment ago", func(t *testing.T) {
		t.Parallel()
		instantly(t, func(t *testing.T) {
			q := company()
			d := sit(t, q, 120, 32)
			d.press("j", "j")
			d.rest()
			taken("priya")(q.cases["SCTASK0010045"])
			d.press("t")
			if want := "SCTASK0010045: priya took it at 10:24:00"; d.said() != want {
				t.Errorf("notice = %q, want %q", d.said(), want)
			}
			d.shows("priya   in work")
		})
	})
	t.Run("twice at once", func(t *testing.T) {
		t.Parallel()
		instantly(t, func(t *testing.T) {
			q := company()
			d := sit(t, q, 120, 32)
			d.press("j", "j")
			d.rest()
			d.hold = true
			d.press("t", "t")
			if want := "SCTASK0010045 is being taken"; d.said() != want || q.count("claim") != 1 {
				t.Errorf("notice = %q, want %q; asked %q", d.said(), want, q.asked)
			}
			d.release()
		})
	})
	t.Run("in the work area, which then plans", func(t *testing.T) {
		t.Parallel()
		instantly(t, func(t *testing.T) {
			q := company()
			d := sit(t, q, 120, 32)
			d.press("j", "j", "enter", "t")
			d.shows("yours since", "f runs the plan.", "nothing → view, permanent")
		})
	})
}

func TestAnAdminIsAskedBeforeReleasingSomebodyElsesTask(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.press("j")
		taken("priya")(q.cases["SCTASK0010043"])
		d.send(tab.Changed{})
		d.rest()
		c := *d.tab.preview.shown
		c.Perms = slices.Clone(c.Perms)
		for i := range c.Perms {
			if c.Perms[i].Action == model.ActRelease {
				c.Perms[i].Err = nil // as the rules give an admin
			}
		}
		d.tab.preview.shown = &c
		d.press("t")
		d.shows("Release SCTASK0010043", "priya has it since 10:24")
		d.press("enter")
		if q.count("release") != 0 {
			t.Fatal("the default released it")
		}
		d.press("t", "right", "enter")
		if q.count("release SCTASK0010043") != 1 {
			t.Errorf("it was not released: %q", q.asked)
		}
	})
}

func TestUnknownOutcomesAreLookedAtAgain(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company().doubts()
		d := sit(t, q, 120, 32)
		d.run(d.tab.SetView(unknownView))
		d.press("R", "j", "enter")
		if q.count("look again 12") != 1 || q.count("look again 41") != 1 {
			t.Errorf("asked %q", q.asked)
		}
		if want := "REQ0010042 is looked at again"; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
		d.press("f")
		d.shows("SCTASK0010042", "yours since")
		d.press("esc")
		d.shows("LOOKING AT")

		n := sit(t, company().doubts(), 80, 20)
		n.run(n.tab.SetView(unknownView))
		n.press("enter")
		n.shows("outcome unknown", "Attempts")
		if n.q.count("look again") != 0 {
			t.Error("opening a narrow detail looked again")
		}
		n.press("enter")
		if n.q.count("look again 12") != 1 {
			t.Errorf("enter on the page asked %q", n.q.asked)
		}
		n.press("esc")
		n.shows("SINCE")
	})
}

func TestUnknownOutcomesAreFilteredHere(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := sit(t, company().doubts(), 120, 32)
		d.run(d.tab.SetView(unknownView))
		d.press("/")
		d.paste("GATEWAY")
		d.shows("1 fit the filter", "REQ0010029")
		d.hides("REQ0010042")
		d.press("esc", "o")
		rows := d.tab.unknown.Rows()
		if len(rows) != 2 || rows[0].Number != "REQ0010042" || d.tab.SortText() != "next look" {
			t.Errorf("sorted by %s: %v", d.tab.SortText(), rows)
		}
		d.q.ops = d.q.ops[:1]
		d.send(tab.Changed{})
		d.hides("REQ0010029")
	})
}

func TestWritingANoteOrClosing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		keys  []string // to the choice
		text  string
		wants string
		says  string
	}{
		{"a work note", nil, "asked alice", `comment REQ0010042 note "asked alice"`, "SCTASK0010042: note added"},
		{"a comment", []string{"right"}, "which one?", `comment REQ0010042 comment "which one?"`, "SCTASK0010042: comment added"},
		{"complete without words", []string{"right", "right"}, "", `close SCTASK0010042 complete ""`, "SCTASK0010042 closed complete"},
		{"incomplete", []string{"right", "right", "right"}, "retired", `close SCTASK0010042 incomplete "retired"`, "SCTASK0010042 closed incomplete"},
		{"skipped", []string{"right", "right", "right", "right"}, "not needed", `close SCTASK0010042 skipped "not needed"`, "SCTASK0010042 skipped"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			instantly(t, func(t *testing.T) {
				q := company()
				d := sit(t, q, 120, 32)
				d.press("enter", "c")
				d.press(tt.keys...)
				d.press("tab")
				if tt.text != "" {
					d.paste(tt.text)
				}
				d.press("tab", "right", "enter")
				if q.count(tt.wants) != 1 || d.said() != tt.says {
					t.Errorf("asked %q and said %q, want %q and %q", q.asked, d.said(), tt.wants, tt.says)
				}
			})
		})
	}
}

func TestAReasonIsRequiredAndWordsAreNotLost(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.press("enter", "c", "right", "right")
		d.shows("nothing was sent to the vault from here")
		d.press("right", "tab", "tab", "right", "enter")
		d.shows("say why")
		if q.count("close") != 0 {
			t.Fatal("it was closed without a reason")
		}
		d.paste("the record is retired")
		if d.tab.Unsaved() == "" {
			t.Error("half-written words are not unsaved")
		}
		d.tab.SetSize(80, 20)
		d.shows("the record is retired")
		d.press("esc")
		d.press("c")
		d.shows("the record is retired")
		q.closeErr = errors.New("write the queue: disk full")
		d.press("right", "right", "right", "tab", "tab", "right", "enter")
		if !strings.Contains(d.said(), "not kept: write the queue: disk full") {
			t.Errorf("notice = %q", d.said())
		}
		d.press("c")
		d.shows("the record is retired")
	})
}

func TestClosingIsNotOfferedWithoutTheTask(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.press("j", "j")
		d.rest()
		d.press("c")
		d.shows("not now: take the task first", "A work note")
		d.press("right", "right", "right", "tab")
		d.paste("is this still needed?")
		d.press("tab", "right", "enter")
		if q.count(`comment REQ0010046 comment "is this still needed?"`) != 1 {
			t.Errorf("asked %q", q.asked)
		}
	})
}
