package approvals

import (
	"testing"
	"time"

	"countersign/model"
	"countersign/workflow"
)

func TestADecisionSaysWhatIsChosenEvenBeforeItsLimit(t *testing.T) {
	t.Parallel()
	d := sit(t, seven(), 120, 32)
	d.press("a", "left", "tab", "right") // view, until…
	d.shows("alice@example.com gets view on prod-db-01", "choose how long first")
}

func TestACorrectedChoiceTakesItsErrorBack(t *testing.T) {
	t.Parallel()
	q := seven()
	access(model.RightOwner, model.Permanent)(q.cases["REQ0010042"])
	d := sit(t, q, 120, 40)
	d.press("a", "tab", "left") // owner for 30 d
	const wrong = "only without a time limit"
	d.shows(wrong)
	d.press("shift+tab", "left", "left", "left") // a right that can end
	d.hides(wrong)
	d.press("esc")

	d.press("d")
	d.confirm(2)
	d.shows("pick a reason, or say why")
	d.press("shift+tab", "right")
	d.hides("pick a reason, or say why")
}

func TestADecisionOnASmallScreenIsReadBeforeItIsTaken(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 60, 14)
	d.openFirst("a")
	d.confirm(3)
	d.shows("read on first")
	if len(q.votes) != 0 {
		t.Fatalf("votes = %+v before the plan was drawn", q.votes)
	}
	for range 5 {
		d.press("pgdown")
	}
	d.press("enter")
	if len(q.votes) != 1 {
		t.Errorf("%d votes, want 1:\n%s", len(q.votes), d.screen())
	}
}

func TestADecisionRepeatsTheWarnings(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"a", "d"} {
		q := seven()
		c := q.cases["REQ0010042"]
		access(model.RightOwner, model.Permanent)(c)
		c.Request.Target.Title = "рrod-db-01"
		c.Request.Justification = "for the batch\u200b"
		c.Warnings = []string{"the vault calls it prod-db-09"}
		d := sit(t, q, 120, 40)
		d.press(key)
		d.tab.pane.drawn = " " // only the dialog is left to say it
		d.shows("ownership is transferred for good", "mixes letters of", "the vault calls it prod-db-09",
			"the justification holds hidden characters")
		d.press("left") // of the rights
		if key == "a" {
			d.hides("ownership is transferred for good")
		}
	}
}

func TestAWarningGoesWithTheFactsItWasAbout(t *testing.T) {
	t.Parallel()
	q := seven()
	access(model.RightView, model.For(time.Hour))(q.cases["REQ0010042"])
	q.cases["REQ0010042"].Warnings = []string{"nothing to do: alice@example.com already has view, permanent"}
	d := sit(t, q, 120, 40)
	d.press("a")
	d.shows("▲ nothing to do: alice@example.com already has view, permanent")
	d.tab.pane.drawn = " "
	facts := q.facts[aliceUID]
	facts.Shares = nil
	q.cases["REQ0010042"].Facts = &facts
	d.send(changed)
	d.shows("what they have has changed", "give alice view, ends after 1 h")
	d.hides("nothing to do")
}

func TestADecisionSaysHowFarItGoes(t *testing.T) {
	t.Parallel()
	steps := func(n int) []model.PolicyStep { return make([]model.PolicyStep, n) }
	for _, tt := range []struct {
		name    string
		missing int
		steps   int
		votes   int
		want    string
	}{
		{"the only one", 1, 1, 0, ""},
		{"the first of two", 2, 1, 0, "1 more has to approve after yours"},
		{"the first of three", 3, 1, 0, "2 more have to approve after yours"},
		{"the second of two", 1, 1, 1, "yours is the last vote needed: it is carried out then"},
		{"the first step of two", 1, 2, 0, "yours is the last vote of this step; the next step waits then"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := workflow.CaseView{Missing: tt.missing, Case: model.Case{
				Request:   model.Request{State: model.Requested, Policy: model.Policy{Steps: steps(tt.steps)}},
				Approvals: []model.Approval{{Step: 1, State: model.ApprovalRequested, Votes: make([]model.Vote, tt.votes)}}}}
			if got := votes(c); got != tt.want {
				t.Errorf("votes = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestADecisionPromisesNothingTheVaultHasNotSaid(t *testing.T) {
	t.Parallel()
	q := seven()
	q.factsErr = workflow.ErrNotFound
	d := sit(t, q, 120, 40)
	d.press("a")
	d.shows("not known yet: depends on what alice has then", "planned from the vault before it runs")
	d.hides("give alice")
}

func TestATransferNamesWhoLosesTheRecordAndWhoElseHasIt(t *testing.T) {
	t.Parallel()
	q := seven()
	access(model.RightOwner, model.Permanent)(q.cases["REQ0010042"])
	f := q.facts[aliceUID]
	f.Shares = append(f.Shares, model.Holder{Email: "bob@example.com", Share: model.Share{Right: model.RightEdit, Expires: noon.Add(time.Hour)}})
	q.facts[aliceUID] = f
	d := sit(t, q, 120, 40)
	d.press("a")
	d.shows("transfer ownership to alice@example.com, from omar@example.com", "bob@example.com has edit until 11:30")
}
