package approvals

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// The tab is what the frame expects, and the service what the tab does.
var (
	_ tab.Tab    = (*Tab)(nil)
	_ tab.Timely = (*Tab)(nil)
	_ tab.Parted = (*Tab)(nil)
	_ Service    = (*workflow.Service)(nil)
)

func (q *queue) count(prefix string) int {
	n := 0
	for _, a := range q.asked {
		if strings.HasPrefix(a, prefix) {
			n++
		}
	}
	return n
}

func TestMovingReadsNothingUntilTheCursorRests(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	q.asked = nil
	d.press("j", "j", "j", "j", "k")
	if len(q.asked) != 0 {
		t.Errorf("asked while moving: %q", q.asked)
	}
	d.shows("prod-db-01  databaseCredentials") // the evidence before, until the cursor rests
	d.rest()
	want := []string{"case REQ0010036", "facts " + string(q.cases["REQ0010036"].Target().UID) + " false", "case REQ0010036"}
	if !slices.Equal(q.asked, want) {
		t.Errorf("asked = %q, want %q", q.asked, want)
	}
	d.shows("github-deploy-key-of-the-shop")
}

func TestTheVaultIsAskedOncePerVisit(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	for range 5 {
		d.send(changed)
		d.rest()
	}
	if n := q.count("facts"); n != 1 {
		t.Errorf("the vault was asked %d times, want 1", n)
	}
	d.shows("Has       view, permanent") // kept although the queue forgets it
	d.press("R")
	if got := q.count("facts " + string(aliceUID) + " true"); got != 1 {
		t.Errorf("refresh asked %d times, want 1", got)
	}
}

func TestNobodyAsksTheVaultAboutWhatItCannotAnswer(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	q.asked = nil
	for range 6 {
		d.press("j")
		d.rest()
	}
	// folder, one-time share (a record), owner (a record), ssh key that goes nowhere yet, description, record
	if n := q.count("facts"); n != 4 {
		t.Errorf("the vault was asked %d times, want 4: %q", n, q.asked)
	}
}

func TestAVaultThatIsAwaySaysSoAndHoldsNothingUp(t *testing.T) {
	t.Parallel()
	q := seven()
	q.factsErr = &workflow.VaultError{Kind: workflow.VaultNoWorker, Text: "nothing here talks to the vault", Advice: "start a worker"}
	d := sit(t, q, 120, 32)
	d.shows("not known: nothing here talks to the")
	d.send(changed)
	d.shows("not known: nothing here talks to the")
	d.press("a")
	d.shows("Approve REQ0010042")
}

func TestLateAnswersAreDropped(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	old := *q.cases["REQ0010042"]
	d.press("j")
	d.rest()
	d.send(caseLoaded{gen: d.tab.pane.gen - 1, seq: 1000, view: old})
	d.send(factsLoaded{gen: d.tab.pane.gen - 1, uid: aliceUID, view: caseLoaded{view: old, seq: 1000}})
	d.shows("bob@example.com")
	d.hides("INC0012345")

	// Of two readings of the same request the later one stays, whichever comes last.
	now := *q.cases["REQ0010039"]
	now.Request.Justification = "the new reason"
	seq := d.tab.pane.seqs
	d.send(caseLoaded{gen: d.tab.pane.gen, seq: seq + 2, view: now})
	d.send(caseLoaded{gen: d.tab.pane.gen, seq: seq + 1, view: *q.cases["REQ0010039"]})
	d.shows("the new reason")

	d.send(rowsLoaded{gen: d.tab.loads - 1, err: errors.New("an old error")})
	d.hides("an old error")
}

func TestMarksAndCursorSurviveAReload(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	d.press("j", "space", "space")
	q.add("REQ0010050", "omar", func(c *workflow.CaseView) { c.Request.Target.Title = "brand-new" })
	q.order = append([]model.Number{"REQ0010050"}, q.order[:len(q.order)-1]...)
	d.send(changed)
	var marked []model.Number
	for _, r := range d.tab.list.Marked() {
		marked = append(marked, r.Number)
	}
	if want := []model.Number{"REQ0010039", "REQ0010037"}; !slices.Equal(marked, want) {
		t.Errorf("marked = %q, want %q", marked, want)
	}
	if got := d.tab.current(); got != "REQ0010036" {
		t.Errorf("the cursor is on %s, want REQ0010036", got)
	}
	d.shows("brand-new", "8 waiting for you")
	d.press("esc")
	if len(d.tab.list.Marked()) != 0 {
		t.Error("esc leaves the marks")
	}
}

func TestAPageStaysOnItsRequestWhenTheRowLeaves(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 80, 20)
	d.press("enter")
	q.cases["REQ0010042"].Request.State = model.ClosedExpired
	d.send(changed)
	d.shows("REQ0010042  Request access to record", "expired")
	d.press("esc")
	d.hides("REQ0010042")
}

func TestADecisionOnAPageLeadsBackToTheList(t *testing.T) {
	t.Parallel()
	d := sit(t, seven(), 80, 20)
	d.openFirst("a")
	d.confirm(3)
	d.shows("REQ0010039", "6 waiting for you")
}

func TestOpenShowsWhatTheListDoesNotHave(t *testing.T) {
	t.Parallel()
	q := seven()
	q.cases["REQ0010031"].Request.State = model.InProcess
	d := sit(t, q, 120, 32)
	d.run(d.tab.Open("REQ0010031"))
	d.shows("the Linux root keys", "approved")
	d.press("esc")
	d.rest()
	d.shows("REQ0010042  Request access to record")
	d.run(d.tab.Open("REQ0099999"))
	d.shows("REQ0099999: not found")
}

func TestFilterAndSortReachTheQueue(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	q.asked = nil
	d.press("/")
	d.paste("ledger requestor:alice age:>2d")
	d.press("enter")
	if want := "requests waiting due ledger[{requestor  alice} {age > 2d}]"; len(q.asked) == 0 || q.asked[0] != want {
		t.Errorf("asked = %q, want %q first", q.asked, want)
	}
	if d.tab.FilterText() != "ledger requestor:alice age:>2d" || d.tab.Capturing() {
		t.Errorf("filter = %q", d.tab.FilterText())
	}
	d.shows("fit the filter")
	q.asked = nil
	d.press("o", "o", "o")
	for i, want := range []string{"newest", "oldest", "due"} {
		if !strings.HasPrefix(q.asked[i], "requests waiting "+want) {
			t.Errorf("asked = %q, want %s", q.asked[i], want)
		}
	}
	d.press("esc")
	if d.tab.FilterText() != "" {
		t.Errorf("esc leaves the filter %q", d.tab.FilterText())
	}
}

func TestOnlyUIDsAndNumbersAreCopied(t *testing.T) {
	t.Parallel()
	q := seven()
	q.cases["REQ0010042"].Request.Target.UID = "\x1b]52;c;evil\x07"
	d := sit(t, q, 120, 32)
	d.press("y")
	d.press("j")
	d.rest()
	d.press("y")
	var got []string
	for _, m := range d.sent {
		got = append(got, fmt.Sprint(m))
	}
	if want := []string{"REQ0010042", "FoLdErFoLdErFoLdErFoLd"}; !slices.Equal(got, want) {
		t.Errorf("copied %q, want %q", got, want)
	}
}

func TestLogLinesAreThoseOfTheRequest(t *testing.T) {
	t.Parallel()
	d := sit(t, seven(), 120, 32)
	d.press("l")
	if want := (tab.Goto{Tab: tab.Logs, Correlation: "cREQ0010042"}); len(d.sent) != 1 || d.sent[0] != tea.Msg(want) {
		t.Errorf("sent = %v, want %v", d.sent, want)
	}
}

func TestACommentIsSentOrKept(t *testing.T) {
	t.Parallel()
	q := seven()
	q.commentErr = errors.New("the disk is full")
	d := sit(t, q, 120, 32)
	d.press("c")
	d.paste("which batch?")
	if d.tab.Unsaved() != "a comment that was not sent" {
		t.Errorf("unsaved = %q", d.tab.Unsaved())
	}
	d.press("tab", "tab", "enter")
	d.shows("Comment on REQ0010042", "which batch?") // open again, nothing lost
	q.commentErr = nil
	d.press("tab", "tab", "enter")
	want := []string{"REQ0010042 comment which batch?", "REQ0010042 comment which batch?"}
	if !slices.Equal(q.comments, want) || d.lastNotice() != "comment added to REQ0010042" {
		t.Errorf("comments = %q, notice %q", q.comments, d.lastNotice())
	}
}

func TestLookAlikesInTheListAreMarked(t *testing.T) {
	t.Parallel()
	q := seven()
	q.cases["REQ0010028"].Request.Target.Title = "prоd-db-01" // the o is Cyrillic
	d := sit(t, q, 120, 32)
	d.shows("▲ prod-db-01", "▲ prоd-db-01", "prod-db-01 looks like prоd-db-01 (with", "U+043E)")
}

func TestALongRightIsWholeInTheList(t *testing.T) {
	t.Parallel()
	q := seven()
	access(model.RightEditShare, model.Permanent)(q.cases["REQ0010042"])
	d := sit(t, q, 120, 32)
	d.shows("edit+share  prod-db-01  permanent", "edit   stripe-live")
	d.tab.SetSize(80, 20)
	d.shows("edit+share  prod-db-01 ")
}

func TestNextTickCountsSecondsOnlyNearTheEnd(t *testing.T) {
	t.Parallel()
	d := sit(t, seven(), 120, 32)
	if got := d.tab.NextTick(); got != 0 {
		t.Errorf("NextTick = %v with 12 minutes left, want 0", got)
	}
	d.now = noon.Add(11 * time.Minute)
	if got := d.tab.NextTick(); got != time.Second+1 && got > time.Second+1 {
		t.Errorf("NextTick = %v with 90 s left, want a second", got)
	}
	d.send(minute)
	d.shows("90s", "due 90s")
}

func TestKeysFollowWhatIsAllowed(t *testing.T) {
	t.Parallel()
	q := seven()
	q.refuse("REQ0010042", model.DenyOwn, "own")
	d := sit(t, q, 120, 32)
	help := func() string {
		var out []string
		for _, b := range d.tab.Keys() {
			if b.Enabled() {
				out = append(out, b.Help().Key+" "+b.Help().Desc)
			}
		}
		return strings.Join(out, ", ")
	}
	if got := help(); strings.Contains(got, "a approve") || !strings.Contains(got, "c comment") {
		t.Errorf("keys on one's own = %s", got)
	}
	if got := help(); strings.Contains(got, "log lines") {
		t.Errorf("keys of somebody who reads no logs = %s", got)
	}
	d.tab.env.Me.Active, d.tab.env.Me.Roles = true, []model.Role{model.RoleApprover, model.RoleSupport}
	if got := help(); !strings.Contains(got, "l log lines") {
		t.Errorf("keys of somebody who reads logs = %s", got)
	}
	d.press("space")
	d.rest()
	if got := help(); !strings.Contains(got, "a approve the marked") {
		t.Errorf("keys with marks = %s", got)
	}
	d.press("a")
	if got := help(); got != "tab ←→ move, enter choose, esc back" || !d.tab.Capturing() {
		t.Errorf("keys in a dialog = %s", got)
	}
}

func TestAnySizeIsDrawnInItsLines(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{0, 0}, {1, 1}, {60, 12}, {99, 20}, {100, 20}, {200, 60}, {40, 3}} {
		d := sit(t, seven(), 120, 32)
		d.press("space", "space", "a")
		d.tab.SetSize(size[0], size[1])
		if got := strings.Count(d.tab.View(), "\n") + 1; got != max(size[1], 1) {
			t.Errorf("%dx%d is drawn in %d lines", size[0], size[1], got)
		}
	}
}

func TestAResizeLosesNoHalfWrittenComment(t *testing.T) {
	t.Parallel()
	d := sit(t, seven(), 120, 32)
	d.press("a", "tab", "tab")
	d.paste("half a")
	d.tab.SetSize(80, 20)
	d.shows("half a")
	d.press("tab", "enter")
	if got := d.tab.drafts[draftOf{number: "REQ0010042", verdict: model.Approve}].Text; got != "half a" {
		t.Errorf("draft = %q", got)
	}
}

func BenchmarkCursorMove(b *testing.B) {
	q := seven()
	for i := range 93 {
		q.add(model.MakeNumber("REQ", int64(20000+i)), "bob", func(*workflow.CaseView) {})
	}
	d := sit(&testing.T{}, q, 120, 32)
	b.ResetTimer()
	for i := range b.N {
		key := tea.KeyPressMsg{Code: 'j', Text: "j"}
		if i/90%2 == 1 {
			key = tea.KeyPressMsg{Code: 'k', Text: "k"}
		}
		d.tab.Update(key)
		d.tab.View()
	}
}

// The queue answers with what it was cancelled for.
func TestAQueueThatDoesNotAnswerIsNamed(t *testing.T) {
	t.Parallel()
	d := sit(t, &queue{requestsErr: fmt.Errorf("read: %w", context.DeadlineExceeded)}, 80, 20)
	d.shows("there was no answer in time", "R tries again")
	if len(d.notices) != 1 || d.notices[0] != "there was no answer in time" { // from which one key leads to the log
		t.Errorf("notices = %q", d.notices)
	}
}
