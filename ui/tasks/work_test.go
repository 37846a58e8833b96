package tasks

import (
	"errors"
	"testing"

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

// unheard makes a request one of an item that this version does not know.
func unheard(c *workflow.CaseView) { c.Request.Item, c.Item = "teleport", model.Item{} }

func TestWhatCannotBeRunSaysWhy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(c *workflow.CaseView)
		shows  string
		says   string // f
		search string // s
	}{
		{"nobody has it", heldBy(""), "t takes the task", "take the task first: t", "take the task first"},
		{"somebody else has it", heldBy("priya"), "priya works on it since 10:24. Nothing is to be done here",
			"priya has it; an admin can release it", "priya has it; an admin can release it"},
		{"approved by name", nil, "f runs the plan", "", "the record was approved by name; another one needs a new request"},
		{"only described", func(c *workflow.CaseView) {
			c.Request.Target = model.Target{Kind: model.TargetRecord, Described: "the db"}
		},
			"s searches the vault", "pick the record first: s searches the vault", ""},
		{"approved by the same person", func(c *workflow.CaseView) {
			c.Request.Policy.FulfillerDiffers, c.Approvals[0].Votes[0].Voter = true, "omar"
		}, "It cannot be run: you approved this request", "you approved this request; somebody else has to carry it out",
			"you approved this request; somebody else has to carry it out"},
		{"an item of another version", unheard, "c closes it once it is done in the vault by hand: this version",
			"this program does not carry this task out; c closes it", "there is nothing to pick for this task"},
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
		q := company()
		unheard(q.cases["SCTASK0010042"])
		d := sit(t, q, 120, 32)
		d.press("enter", "R", "f")
		if n := q.count("plan"); n != 0 {
			t.Errorf("a plan was read: %q", q.asked)
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

func TestReadingOnScrollsThePageWhereTheRequestIsPartOfIt(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := sit(t, company(), 80, 20)
		d.press("enter")
		d.shows("f runs the plan")
		d.press("J", "J", "J", "J")
		d.hides("f runs the plan")
		d.press("K", "K", "K", "K")
		d.shows("f runs the plan")
	})
}
