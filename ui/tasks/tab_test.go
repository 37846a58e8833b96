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

	"charm.land/bubbles/v2/key"
)

// The tab is what the frame expects, and the service what the tab does.
var (
	_ tab.Tab    = (*Tab)(nil)
	_ tab.Timely = (*Tab)(nil)
	_ tab.Parted = (*Tab)(nil)
	_ Service    = (*workflow.Service)(nil)
)

func TestMovingReadsNothingUntilTheCursorRests(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		q.asked = nil
		d.press("j", "j", "j")
		if len(q.asked) != 0 {
			t.Errorf("asked while moving: %q", q.asked)
		}
		d.shows("REQ0010042  Request access")
		d.rest()
		if want := []string{"case SCTASK0010047"}; !slices.Equal(q.asked, want) {
			t.Errorf("asked = %q, want %q", q.asked, want)
		}
		d.shows("REQ0010048  Request access")
	})
}

func TestTheListNeverAsksTheVault(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		for range 5 {
			d.press("j")
			d.rest()
			d.send(tab.Changed{})
		}
		if n := q.count("facts") + q.count("plan") + q.count("search"); n != 0 {
			t.Errorf("the vault was asked %d times: %q", n, q.asked)
		}
	})
}

func TestCursorStaysOnItsTaskWhenRowsComeAndLeave(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 80, 20)
		d.press("j", "j")
		q.add("SCTASK0010060", "REQ0010061", nil)
		q.order = append([]model.Number{"SCTASK0010060"}, q.order[1:len(q.order)-1]...)
		d.send(tab.Changed{})
		if got := d.tab.list.SelectedID(); got != "SCTASK0010045" {
			t.Errorf("the cursor is on %s, want SCTASK0010045", got)
		}
		d.shows("SCTASK0010060")
		d.hides("SCTASK0010042")
	})
}

func TestViewsAreCounted(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := sit(t, company().doubts(), 120, 32)
		views, at := d.tab.Views()
		want := []tab.View{{Name: "Open", Count: 5}, {Name: "Mine", Count: 2}, {Name: "Done"}, {Name: "Unknown", Count: 2}, {Name: "Grants"}}
		if !slices.Equal(views, want) || at != openView {
			t.Errorf("views = %v at %d, want %v at 0", views, at, want)
		}
		d.run(d.tab.SetView(mineView))
		d.shows("SCTASK0010042", "SCTASK0010043", "2 taken by you")
		d.hides("SCTASK0010045")
	})
}

func TestFilterAndSortReachTheQueue(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		q.asked = nil
		d.press("/")
		d.paste("ledger requestor:alice")
		d.press("enter")
		if want := "tasks open oldest ledger [{requestor  alice}]"; len(q.asked) == 0 || q.asked[0] != want {
			t.Errorf("asked = %q, want %q first", q.asked, want)
		}
		d.shows("fit the filter")
		q.asked = nil
		d.press("o")
		if want := "tasks open newest ledger"; len(q.asked) == 0 || !strings.HasPrefix(q.asked[0], want) {
			t.Errorf("asked = %q, want %q first", q.asked, want)
		}
		d.press("esc")
		if d.tab.FilterText() != "" {
			t.Errorf("esc leaves the filter %q", d.tab.FilterText())
		}
		d.run(d.tab.SetView(doneView))
		q.asked = nil
		d.press("o")
		if len(q.asked) != 0 {
			t.Errorf("the only order was changed: %q", q.asked)
		}
	})
}

func TestLateRowsAreDropped(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := sit(t, company(), 80, 20)
		d.send(rowsLoaded{gen: d.tab.loads - 1, err: errors.New("an old error")})
		d.send(opsLoaded{gen: d.tab.loads, err: errors.New("of another view")})
		d.hides("an old error", "of another")
		d.send(counted{gen: d.tab.countGen - 1, open: 77})
		if views, _ := d.tab.Views(); views[openView].Count != 5 {
			t.Errorf("an old count is shown: %v", views)
		}
	})
}

func TestATaskIsOnesOwnSinceItWasTaken(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		for _, c := range q.cases {
			c.Tasks[0].Updated = noon // as by a record that was picked
		}
		d := sit(t, q, 80, 20)
		d.press("enter")
		d.shows("yours since 10:24")
	})
}

func TestNarrowListOpensTheWork(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := sit(t, company(), 80, 20)
		d.press("enter")
		d.shows("yours since 10:24", "f runs the plan")
		if d.tab.Split().Both {
			t.Error("a narrow page is split")
		}
		d.press("esc")
		d.shows("NUMBER", "SCTASK0010049")
	})
}

func TestOpenShowsATaskByItsOwnNumberOrItsRequests(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		open  model.Number
		shows string
	}{
		{"a task", "SCTASK0010045", "t takes the task"},
		{"a request", "REQ0010046", "t takes the task"},
		{"a closed one is only shown", "REQ0010031", "Decided"},
		{"one that does not exist", "REQ0099999", "REQ0099999: not found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			instantly(t, func(t *testing.T) {
				d := sit(t, company(), 120, 32)
				d.run(d.tab.Open(tt.open))
				d.shows(tt.shows)
				d.press("esc")
				d.shows("NUMBER")
			})
		})
	}
}

func TestDoneTasksAreOnlyShown(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.run(d.tab.SetView(doneView))
		d.rest()
		q.asked = nil
		for _, key := range []string{"t", "f", "c", "s"} {
			d.press(key)
			if !strings.Contains(d.said(), "there is nothing left to do") || !d.tab.stack.Empty() {
				t.Errorf("%s in the list said %q", key, d.said())
			}
		}
		d.press("enter")
		d.shows("complete · omar")
		for _, key := range []string{"t", "f", "c", "s"} {
			d.notices = nil
			d.press(key)
			if !strings.Contains(d.said(), "there is nothing left to do") || !d.tab.stack.Empty() {
				t.Errorf("%s on the page said %q", key, d.said())
			}
		}
		for _, a := range q.asked {
			if !strings.HasPrefix(a, "case") {
				t.Errorf("a closed task asked for %q", a)
			}
		}
		for _, b := range d.tab.Keys() {
			if b.Enabled() && slices.Contains([]string{"t", "f", "c", "s"}, b.Keys()[0]) {
				t.Errorf("the key %s is offered", b.Keys()[0])
			}
		}
	})
}

func TestKeysSayWhatMayBeDone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		steps []string
		want  string // the keys beside those that move
		desc  string // of t
	}{
		{"on one's own task", nil, "enter t f c y / o v l R tab J K", "release"},
		{"on a free task", []string{"j", "j"}, "enter t f c y / o v l R tab J K", "take"},
		{"on somebody else's", []string{"j", "j", "j"}, "enter f c y / o v l R tab J K", ""},
		{"in the work of a named record", []string{"enter"}, "f t c esc y v l R J K", "release"},
		{"before the record is picked", []string{"j", "enter"}, "s t c esc y v l R J K", "release"},
		{"in the work of a free task", []string{"j", "j", "enter"}, "t c esc y v l R J K", "take"},
		{"in a dialog", []string{"enter", "f"}, "tab enter esc", ""},
		{"while searching", []string{"j", "enter", "s"}, "enter up down esc", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			instantly(t, func(t *testing.T) {
				d := sit(t, company(), 120, 32)
				d.press(tt.steps...)
				moves := []string{"k", "j", "g", "G", "pgup", "pgdown", "ctrl+u", "ctrl+d"}
				var got []string
				desc := ""
				for _, b := range d.tab.Keys() {
					if !b.Enabled() || slices.Contains(moves, b.Keys()[0]) {
						continue
					}
					got = append(got, b.Keys()[0])
					if b.Keys()[0] == "t" {
						desc = b.Help().Desc
					}
				}
				if s := strings.Join(got, " "); s != tt.want || desc != tt.desc {
					t.Errorf("keys = %q, t is %q; want %q, %q", s, desc, tt.want, tt.desc)
				}
			})
		})
	}
}

func TestLogLinesAreOfferedToThoseWhoReadThem(t *testing.T) {
	t.Parallel()
	offered := func(d *desk) bool {
		return slices.ContainsFunc(d.tab.Keys(), func(b key.Binding) bool { return b.Enabled() && b.Keys()[0] == "l" })
	}
	instantly(t, func(t *testing.T) {
		for login, want := range map[string]bool{"omar": true, "priya": false} {
			d := sitAs(t, login, company().doubts(), 120, 32)
			if got := offered(d); got != want {
				t.Errorf("%s is offered log lines in the list: %v, want %v", login, got, want)
			}
			d.press("enter")
			if got := offered(d); got != want {
				t.Errorf("%s is offered log lines in the work: %v, want %v", login, got, want)
			}
			d.run(d.tab.SetView(unknownView))
			if got := offered(d); got != want {
				t.Errorf("%s is offered the log lines of an order: %v, want %v", login, got, want)
			}
		}
	})
}

func TestCopyAndLogLines(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		for _, steps := range [][]string{{}, {"enter"}} {
			d := sit(t, company(), 120, 32)
			d.press(steps...)
			d.press("y", "l")
			if len(d.sent) != 2 || fmt.Sprint(d.sent[0]) != string(prodUID) {
				t.Fatalf("sent %v, want the UID and a link", d.sent)
			}
			if got, want := d.sent[1], (tab.Goto{Tab: tab.Logs, Correlation: "cREQ0010042"}); got != want {
				t.Errorf("l leads to %v, want %v", got, want)
			}
		}
	})
}

func TestRawViewShowsCodePoints(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		q.cases["SCTASK0010042"].Request.Target.Title = "рrod-db-01\u202e"
		for _, width := range []int{120, 80} {
			d := sit(t, q, width, 32)
			d.press("v")
			d.shows("as it is stored", "U+202E")
			d.press("esc")
			if width == 80 {
				d.shows("f runs the plan")
			}
		}
		d := sit(t, q, 120, 32)
		d.shows("▲ рrod-db")
		d.press("enter")
		d.shows("⟦U+202E⟧")
		d.press("v")
		d.shows("as it is stored")
		d.press("v")
		d.shows("f runs the plan")
	})
}

func TestTimeIsDrawnAnewOnlyWhereItCounts(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := sit(t, company().doubts(), 120, 32)
		if got := d.tab.NextTick(); got != 0 {
			t.Errorf("a list of tasks wakes after %s", got)
		}
		d.run(d.tab.SetView(unknownView))
		if got := d.tab.NextTick(); got <= 0 || got > time.Second+1 {
			t.Errorf("a look in 72 s wakes after %s, want within a second", got)
		}
		d.shows("in 72s")
		d.now = d.now.Add(2 * time.Minute)
		d.send(tab.Minute(d.now))
		d.shows("now", "in 2m")
		d.hides("in 72s")
	})
}
