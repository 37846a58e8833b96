package approvals

import (
	"strings"
	"testing"

	"countersign/model"
	"countersign/workflow"
)

// offers are the keys that the tab says work now.
func (d *desk) offers() string {
	var words []string
	for _, b := range d.tab.Keys() {
		if b.Enabled() {
			words = append(words, b.Help().Key+" "+b.Help().Desc)
		}
	}
	return strings.Join(words, ", ")
}

// decidedQueue is the usual queue after all of it was approved.
func decidedQueue() *queue {
	q := seven()
	for _, c := range q.cases {
		c.Request.State = model.InProcess
	}
	return q
}

func TestKeysThatCanDoNothingAreNotOffered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		queue    *queue
		view     int
		yes, not []string
	}{
		{"rows that wait", seven(), 0, []string{"space mark", "* mark all shown", "/ filter", "o sort"}, nil},
		{"no rows", &queue{}, 0, []string{"R refresh"}, []string{"mark", "filter", "sort"}},
		{"what is decided", decidedQueue(), 2, []string{"/ filter"}, []string{"mark", "sort"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := sit(t, tt.queue, 120, 32)
			d.run(d.tab.SetView(tt.view))
			d.rest()
			got := d.offers()
			for _, want := range tt.yes {
				if !strings.Contains(got, want) {
					t.Errorf("no %q in %s", want, got)
				}
			}
			for _, no := range tt.not {
				if strings.Contains(got, no) {
					t.Errorf("%q in %s", no, got)
				}
			}
		})
	}
}

func TestWhatIsDecidedHasOneOrderAndNoMarks(t *testing.T) {
	t.Parallel()
	d := sit(t, decidedQueue(), 120, 32)
	d.run(d.tab.SetView(2))
	d.rest()
	if got := d.tab.SortText(); d.tab.views[2].list != workflow.RequestsDecided || got != "last decided" {
		t.Errorf("sorted by %q", got)
	}
	d.press("o")
	if got := d.lastNotice(); got != "this list has one order only: last decided" {
		t.Errorf("o says %q", got)
	}
	d.press("space", "*")
	if got := d.lastNotice(); len(d.tab.list.Marked()) > 0 || got != "these are decided: there is nothing to mark them for" {
		t.Errorf("space says %q and marks %d", got, len(d.tab.list.Marked()))
	}
}

func TestANarrowListSaysWhyADecisionBeginsWithTheDetail(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"a": "read it first, then a again", "d": "read it first, then d again",
	} {
		d := sit(t, seven(), 80, 20)
		d.press(key)
		if got := d.lastNotice(); got != want || !d.tab.page {
			t.Errorf("%s says %q, want %q; page %t", key, got, want, d.tab.page)
		}
	}
}

func TestTheLimitIsHintedAtOnceOnly(t *testing.T) {
	t.Parallel()
	d := sit(t, seven(), 120, 32)
	d.press("a", "tab", "right", "right", "right", "right", "right", "right", "tab")
	if !d.tab.decision.allow.free() {
		t.Fatal("no limit is typed")
	}
	d.shows("2026-11-22 18:30")
	d.paste("45 min")
	if got := strings.Count(d.screen(), "until about"); got != 1 {
		t.Errorf("the end is said %d times\n%s", got, d.screen())
	}
}
