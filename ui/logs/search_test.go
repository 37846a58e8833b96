package logs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/ui/tab"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// hayLogs has n lines, one a minute, of which every few hundredth has the needle.
func hayLogs(n, every int) *fake {
	f := &fake{slow: 500}
	for id := n; id > 0; id-- {
		r := workflow.LogRow{ID: int64(id), At: noon.Add(time.Duration(id-n) * time.Minute), Level: "INFO", Component: "test", Message: fmt.Sprintf("line %d", id)}
		if id%every == 0 {
			r.Message += " needle"
		}
		f.log = append(f.log, r)
	}
	return f
}

// once runs a command and the answer to it, and returns what would go on.
func once(tb *Tab, cmd tea.Cmd) tea.Cmd {
	msg := cmd()
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, c := range batch {
			if c != nil {
				return once(tb, c)
			}
		}
		return nil
	}
	return tb.Update(msg)
}

func TestASearchShowsWhatItFindsWhileItGoesOn(t *testing.T) {
	t.Parallel()
	f := hayLogs(3000, 400)
	tb := newTab(t, f, wideW, wideH)
	cmd := tb.filtered(application, "needle")
	cmd = once(tb, cmd)
	if got := plain(tb); !strings.Contains(got, "line 2800 needle") || !strings.Contains(got, "searching: back to 03:40:00 · esc stops it") {
		t.Errorf("after the first answer:\n%s", got)
	}
	golden(t, "searching_120", plain(tb))
	play(tb, cmd)
	got := plain(tb)
	if !strings.Contains(got, "line 400 needle") || strings.Contains(got, "searching") || len(f.asked) != 1+6 {
		t.Errorf("after %d questions:\n%s", len(f.asked), got)
	}
}

func TestASearchStopsOnEscAndGoesOnAtTheEnd(t *testing.T) {
	t.Parallel()
	f := hayLogs(3000, 400)
	tb := newTab(t, f, narrowW, narrowH)
	cmd := once(tb, tb.filtered(application, "needle"))
	press(tb, "esc")
	if strings.Contains(plain(tb), "esc stops it") {
		t.Errorf("esc does not stop the search:\n%s", plain(tb))
	}
	play(tb, cmd) // what was asked already comes
	asked := len(f.asked)
	if got := plain(tb); !strings.Contains(got, "▲ searched back to 20 Nov 19:20 · G goes on") || !strings.Contains(got, "line 2400") || asked != 3 {
		t.Errorf("after %d questions:\n%s", asked, got)
	}
	golden(t, "searched_80", plain(tb))
	if tb.FilterText() != "needle" {
		t.Errorf("esc left the filter %q", tb.FilterText())
	}
	press(tb, "G")
	if got := plain(tb); !strings.Contains(got, "line 400 needle") || strings.Contains(got, "searched back") {
		t.Errorf("G does not go on to the end:\n%s", got)
	}
	press(tb, "esc")
	if tb.FilterText() != "" {
		t.Errorf("esc leaves the filter %q", tb.FilterText())
	}
}

func TestASearchRestsWhenAPageIsFull(t *testing.T) {
	t.Parallel()
	f := hayLogs(20_000, 10)
	tb := newTab(t, f, wideW, wideH)
	play(tb, tb.filtered(application, "needle"))
	if n := len(f.asked); n != 1+2 {
		t.Errorf("%d questions for a page of hits, want 2", n-1)
	}
	press(tb, "G")
	if n := len(f.asked); n != 1+4 {
		t.Errorf("%d questions for the next one, want 2", n-3)
	}
}

func TestASearchThatFoundNothingSoFarSaysSo(t *testing.T) {
	t.Parallel()
	f := hayLogs(3000, 400)
	tb := newTab(t, f, wideW, wideH)
	cmd := once(tb, tb.filtered(application, "nowhere"))
	if got := plain(tb); !strings.Contains(got, "Searching… back to 03:40:00") {
		t.Errorf("screen =\n%s", got)
	}
	press(tb, "esc")
	play(tb, cmd)
	if got := plain(tb); !strings.Contains(got, "Nothing was found back to 20 Nov 19:20.") || !strings.Contains(got, "G goes on") {
		t.Errorf("screen =\n%s", got)
	}
	golden(t, "nothing_found_120", plain(tb))
	press(tb, "G")
	if got := plain(tb); !strings.Contains(got, "Nothing fits the filter.") || !strings.Contains(got, `"in quotes"`) {
		t.Errorf("screen =\n%s", got)
	}
}

func TestWhatComesDuringASearchDoesNotDisturbIt(t *testing.T) {
	t.Parallel()
	f := hayLogs(3000, 400)
	tb := newTab(t, f, wideW, wideH)
	cmd := once(tb, tb.filtered(application, "needle"))
	if tb.Update(tab.Changed{}) != nil {
		t.Error("a change begins another question")
	}
	play(tb, cmd)
	if !strings.Contains(plain(tb), "line 400 needle") {
		t.Errorf("the search did not come to its end:\n%s", plain(tb))
	}
	// Afterwards only what is new is searched.
	asked := len(f.asked)
	f.log = append([]workflow.LogRow{{ID: 3001, At: noon, Level: "INFO", Message: "new needle"}, {ID: 3001, At: noon, Level: "INFO", Message: "straw"}}, f.log...)
	f.slow = 1_000_000
	play(tb, tb.Update(tab.Changed{}))
	if q := f.asked[len(f.asked)-1]; len(f.asked) != asked+1 || q.Above != 3000 || !strings.Contains(plain(tb), "new needle") {
		t.Errorf("asked for %+v:\n%s", q, plain(tb))
	}
}

func TestTimesOfAFilterAreReadInTheZoneOfTheScreen(t *testing.T) {
	t.Parallel()
	f := someLogs()
	tb := newTab(t, f, wideW, wideH)
	tb.env.Zone = time.FixedZone("east", 2*60*60)
	for n := range tb.views {
		play(tb, tb.filtered(n, "from:11:30 to:2026-11-21"))
		q := f.asked[len(f.asked)-1]
		want := []workflow.Term{{Key: "from", Value: "2026-11-21T11:30:00+02:00"}, {Key: "to", Value: "2026-11-21T00:00:00+02:00"}}
		if len(q.Terms) != 2 || q.Terms[0] != want[0] || q.Terms[1] != want[1] {
			t.Errorf("view %d asked for %+v, want %+v", n, q.Terms, want)
		}
	}
}

func TestFollowingIsToldOfEveryChange(t *testing.T) {
	t.Parallel()
	f := &fake{log: manyLogs(20), news: make(chan struct{}, 1)}
	tb := newTab(t, f, wideW, wideH)
	msg, ok := tb.Update(tea.KeyPressMsg{Text: "F", Code: 'F'})().(subscribed)
	if !ok {
		t.Fatal("following does not subscribe")
	}
	// What came before the subscription is read with it.
	f.log = manyLogs(22)
	batch, ok := tb.Update(msg)().(tea.BatchMsg)
	if !ok || len(batch) != 2 {
		t.Fatalf("subscribed, it does %v", batch)
	}
	play(tb, batch[0])
	if c, _ := tb.view().selected(); c.id != "22" {
		t.Errorf("the cursor is on %s", c.id)
	}
	f.news <- struct{}{}
	news, ok := batch[1]().(grew)
	if !ok {
		t.Fatal("a change is not told")
	}
	f.log = manyLogs(25)
	batch, ok = tb.Update(news)().(tea.BatchMsg)
	if !ok {
		t.Fatal("a change is not looked at")
	}
	play(tb, batch[0])
	if c, _ := tb.view().selected(); c.id != "25" {
		t.Errorf("the cursor is on %s", c.id)
	}
	if q := f.asked[len(f.asked)-1]; q.Above != 22 {
		t.Errorf("asked for lines above %d, want 22: only those that came", q.Above)
	}
	press(tb, "j")
	if tb.news.stop != nil || tb.Update(news) != nil {
		t.Error("the subscription goes on although nothing is followed")
	}
}

func TestAFloodThatIsFollowedShowsItsNewestPage(t *testing.T) {
	t.Parallel()
	f := &fake{log: manyLogs(20)}
	tb := newTab(t, f, wideW, wideH)
	press(tb, "F")
	f.log = manyLogs(5000)
	play(tb, tb.Update(tab.Changed{}))
	c, _ := tb.view().selected()
	if rows := tb.views[application].(*pane[workflow.LogRow]).list.Len(); c.id != "5000" || rows != pageRows {
		t.Errorf("the cursor is on %s of %d rows", c.id, rows)
	}
	press(tb, "G", "G")
	if rows := tb.views[application].(*pane[workflow.LogRow]).list.Rows(); rows[len(rows)-1].ID != 4701 {
		t.Errorf("further down comes %d, want every line", rows[len(rows)-1].ID)
	}
}
