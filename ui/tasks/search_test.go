package tasks

import (
	"errors"
	"strings"
	"testing"

	"countersign/model"
	"countersign/workflow"
)

// toSearch opens the search of the described task.
func toSearch(t *testing.T, q *queue, width, height int) *desk {
	d := sit(t, q, width, height)
	d.press("j", "enter", "s")
	return d
}

func TestWhatIsTypedGoesToSearchAlone(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := toSearch(t, q, 120, 32)
		q.asked = nil
		if !d.tab.Capturing() {
			t.Error("the search does not take all keys")
		}
		for _, key := range strings.Split("reporting", "") {
			d.press(key)
		}
		if q.count("search") == 0 {
			t.Fatalf("nothing was searched: %q", q.asked)
		}
		for _, a := range q.asked {
			if strings.Contains(a, "repor") && !strings.HasPrefix(a, "search record ") {
				t.Errorf("typed words went to %q", a)
			}
		}
		d.shows("reporting-replica", "reporting-etl", "2 found · list 4m old", "Finance / Reporting", "bob@example.com: nothing", "heidi@example.com view, permanent")
		d.press("esc")
		d.shows("s searches the vault")
		if q.count("pick") != 0 {
			t.Error("esc picked something")
		}
	})
}

func TestPickingLeadsToThePlan(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := toSearch(t, q, 80, 20)
		d.paste("reporting")
		d.press("enter")
		if q.count("pick SCTASK0010043 "+string(replicaUID)) != 1 {
			t.Fatalf("asked %q", q.asked)
		}
		if want := "SCTASK0010043: picked reporting-replica"; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
		d.shows("f runs the plan, bob@example.com: nothing → view, 4 h")
		d.press("f")
		d.shows("bob@example.com gets view on reporting-replica", string(replicaUID))
	})
}

func TestAPickThatFailsLeadsBackToTheResults(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		q.pickErr = &workflow.VaultError{Kind: workflow.VaultGone, Text: "the vault has no record like that (any more)"}
		d := toSearch(t, q, 120, 32)
		d.paste("reporting")
		d.hold = true
		d.press("enter", "enter", "down")
		d.shows("asking the vault whether it is there")
		d.release()
		if want := "not picked: the vault has no record like that (any more)"; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
		if q.count("pick") != 1 {
			t.Errorf("it was picked %d times", q.count("pick"))
		}
		d.shows("reporting-etl", "2 found")
		q.pickErr = nil
		d.press("down", "up", "enter")
		d.shows("f runs the plan.")
	})
}

func TestASearchWithoutAWorkerSaysSo(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		q.searchErr = &workflow.VaultError{Kind: workflow.VaultNoWorker, Text: "nothing here talks to the vault", Advice: "start a worker"}
		d := toSearch(t, q, 120, 32)
		d.paste("reporting")
		d.shows("nothing here talks to the vault", "start a worker")
		q.searchErr, q.factsErr = nil, away()
		d.press("backspace")
		d.shows("not known: the vault service does not answer")
		d.send(found{search: d.tab.work.search, gen: 0, err: errors.New("an old error")})
		d.send(looked{search: &search{}, err: errors.New("an old error")})
		d.hides("an old error")
	})
}

func TestTheSearchEndsWhenTheTaskIsTakenAway(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := toSearch(t, q, 120, 32)
		q.cases["SCTASK0010043"].Request.Target = model.Target{Kind: model.TargetRecord, UID: replicaUID, Title: "reporting-replica"}
		d.run(d.tab.reload())
		if d.tab.work.search != nil || d.tab.Capturing() {
			t.Error("the search goes on for a record that is named")
		}
	})
}

func TestManyHoldersAreCounted(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		f := q.facts[replicaUID]
		for _, who := range []string{"a", "b", "c", "d", "e"} {
			f.Shares = append(f.Shares, model.Holder{Email: who + "@example.com", Share: model.Share{Right: model.RightView}})
		}
		lines := d.tab.lookLines(f, "bob@example.com")
		if last := lines[len(lines)-1].String(); !strings.HasSuffix(last, "and 2 more") {
			t.Errorf("others = %q", last)
		}
		if got := d.tab.lookLines(model.RecordFacts{Gone: true}, "x")[0].String(); !strings.Contains(got, "does not know it") {
			t.Errorf("a record that is gone says %q", got)
		}
	})
}

func TestTheSearchHasTheWholeBody(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := toSearch(t, company(), 120, 32)
		if d.tab.Split().Both {
			t.Error("there is a wall through the search")
		}
		d.shows("bob@example.com: view, 4 h", "quarterly report for the auditors") // what has to be known of the request
		d.press("esc")
		if !d.tab.Split().Both {
			t.Error("the request does not stand beside the work again")
		}
	})
}
