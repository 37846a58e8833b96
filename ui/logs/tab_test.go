package logs

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// fake answers as the workflow does, from fixed lists, newest first. Cursors are
// the number of rows before the page.
type fake struct {
	log     []workflow.LogRow
	audit   []workflow.AuditRow
	traffic []workflow.TrafficRow
	chain   workflow.ChainState
	err     error
	asked   []workflow.Query
	news    chan struct{} // closed where it is nil
	// slow is how many lines one question of a search looks at, 0 for all.
	slow int
	// helped is how often the support page was made.
	helped int
}

func pageFrom[R any](f *fake, rows []R, q workflow.Query) (workflow.Page[R], error) {
	f.asked = append(f.asked, q)
	if f.err != nil {
		return workflow.Page[R]{}, f.err
	}
	from := 0
	if q.After != "" {
		if _, err := fmt.Sscan(string(q.After), &from); err != nil {
			return workflow.Page[R]{}, err
		}
	}
	p := workflow.Page[R]{Rows: rows[from:min(from+q.Limit, len(rows))]}
	if from+q.Limit < len(rows) {
		p.Next = workflow.Cursor(fmt.Sprint(from + q.Limit))
	}
	return p, nil
}

func (f *fake) Log(_ context.Context, _ model.PersonID, q workflow.Query) (workflow.LogPage, error) {
	if f.slow > 0 && len(q.Words) > 0 {
		return f.search(q)
	}
	rows := f.log
	if n := slices.IndexFunc(rows, func(r workflow.LogRow) bool { return r.ID <= q.Above }); n >= 0 {
		rows = rows[:n]
	}
	p, err := pageFrom(f, rows, q)
	top := int64(0)
	if len(f.log) > 0 {
		top = f.log[0].ID
	}
	return workflow.LogPage{Page: p, Top: top}, err
}

// search looks at a few lines for each question.
func (f *fake) search(q workflow.Query) (workflow.LogPage, error) {
	f.asked = append(f.asked, q)
	from := 0
	if q.After != "" {
		if _, err := fmt.Sscan(string(q.After), &from); err != nil {
			return workflow.LogPage{}, err
		}
	}
	to := min(from+f.slow, len(f.log))
	p := workflow.LogPage{Top: f.log[0].ID}
	for _, r := range f.log[from:to] {
		if r.ID > q.Above && strings.Contains(r.Message, q.Words[0]) {
			p.Rows = append(p.Rows, r)
		}
	}
	if to < len(f.log) {
		p.Next, p.Reached = workflow.Cursor(fmt.Sprint(to)), f.log[to].At
	}
	return p, nil
}

func (f *fake) LogNews(context.Context) <-chan struct{} {
	if f.news != nil {
		return f.news
	}
	closed := make(chan struct{})
	close(closed)
	return closed
}

func (f *fake) Audit(_ context.Context, _ model.PersonID, q workflow.Query) (workflow.Page[workflow.AuditRow], error) {
	return pageFrom(f, f.audit, q)
}

func (f *fake) Traffic(_ context.Context, _ model.PersonID, q workflow.Query) (workflow.Page[workflow.TrafficRow], error) {
	return pageFrom(f, f.traffic, q)
}

func (f *fake) VerifyAudit(context.Context, model.PersonID) (workflow.ChainState, error) {
	return f.chain, f.err
}

func someLogs() *fake {
	return &fake{
		log: []workflow.LogRow{
			{ID: 9, At: noon.Add(-10 * time.Second), Level: "ERROR", Component: "worker", Message: "share record prod-db-01: no answer in time\x1b[2J",
				Fields:      []model.Fact{{Key: "operation", Value: "41"}, {Key: "task", Value: "SCTASK0010042"}, {Key: "request", Value: "REQ0010042"}, {Key: "service_request_identifier", Value: "b2f0"}, {Key: "error", Value: "vault service: no answer in time\nqueue: idle"}},
				Correlation: "c7a1f3"},
			{ID: 8, At: noon.Add(-time.Minute), Level: "WARN", Component: "budget", Message: "55 of 55 calls used; polling waits", Correlation: "d00d11",
				Fields: []model.Fact{{Key: "task", Value: "SCTASK0010044"}}},
			{ID: 7, At: noon.Add(-2 * time.Minute), Level: "INFO", Component: "worker", Message: "index read: 200 records, 30 folders"},
			{ID: 6, At: noon.Add(-26 * time.Hour), Level: "DEBUG", Component: "store", Message: "checkpoint 118 pages"},
		},
		audit: []workflow.AuditRow{
			{Who: "dana", AuditEntry: model.AuditEntry{Seq: 1203, At: noon.Add(-time.Minute), Hash: strings.Repeat("9f3a", 16),
				AuditEvent: model.AuditEvent{Actor: "p4", Action: "request.approve", Object: "REQ0010042", Detail: "revision 2, view, 4h0m0s",
					Texts: []model.AuditText{{Name: "comment", Text: "only for tonight's restore"}}, Correlation: "c7a1f3"}}},
			{AuditEntry: model.AuditEntry{Seq: 1202, At: noon.Add(-2 * time.Hour), Hash: strings.Repeat("11ab", 16),
				AuditEvent: model.AuditEvent{Actor: model.System, Action: "operation.refused", Object: "REQ0010031"}}},
			{Who: "priya", Whom: "trent", AuditEntry: model.AuditEntry{Seq: 1201, At: noon.Add(-28 * time.Hour), Hash: strings.Repeat("5e11", 16),
				AuditEvent: model.AuditEvent{Actor: "p2", Action: "privacy.export", Object: "pyzvesviaurn3mvz"}}},
			{AuditEntry: model.AuditEntry{Seq: 1200, At: noon.Add(-30 * time.Hour), Hash: strings.Repeat("77c0", 16), Erased: true,
				AuditEvent: model.AuditEvent{Actor: "p9", Action: "request.submit", Object: "REQ0010030"}}},
		},
		traffic: []workflow.TrafficRow{
			{ID: 31, At: noon.Add(-10 * time.Second), Command: "share-record -e alice@example.com -a grant -w -- RZToj60CrP9GDxjDTPWxAQ", Wait: 120 * time.Millisecond,
				Run: 30 * time.Second, Outcome: "no answer", Error: "no answer in time", Correlation: "c7a1f3"},
			{ID: 30, At: noon.Add(-time.Minute), Command: "record-add --title=*** -rt=login password=***", Wait: 4 * time.Millisecond, Run: 812 * time.Millisecond,
				Status: 202, Outcome: "queued", ServiceID: "5f6f0fa5", Correlation: "d00d11"},
			{ID: 29, At: noon.Add(-time.Hour), Command: "get --format json -- RZToj60CrP9GDxjDTPWxAQ", Wait: 2 * time.Second, Run: 75 * time.Second, Status: 500, Outcome: "failed", Error: "Record not found"},
			{ID: 28, At: noon.Add(-2 * time.Hour), Command: "sync-down", Wait: time.Millisecond, Run: 3 * time.Second, Status: 200, Outcome: "answered"},
		},
		chain: workflow.ChainState{Entries: 1203, Intact: true, Checkpoints: 4, Signed: 1200, SignedAt: noon.Add(-2 * time.Minute)},
	}
}

// manyLogs has n lines, the newest numbered n.
func manyLogs(n int) []workflow.LogRow {
	var rows []workflow.LogRow
	for id := n; id > 0; id-- {
		rows = append(rows, workflow.LogRow{ID: int64(id), At: noon, Level: "INFO", Component: "test", Message: fmt.Sprintf("line %d", id)})
	}
	return rows
}

func newTab(t *testing.T, f *fake, width, height int) *Tab {
	t.Helper()
	env := &tab.Env{
		Theme: theme.New(theme.Options{Dark: true}), Now: func() time.Time { return noon }, Zone: time.UTC,
		Root: t.Context(), Me: model.Actor{Person: model.Person{ID: "p7", Login: "sam"}},
	}
	tb := New(env, f)
	tb.after = func(_ time.Duration, msg tea.Msg) tea.Cmd { return tab.Send(msg) }
	tb.SetSize(width, height)
	play(tb, tb.Focus())
	return tb
}

// play runs a command and what follows from it, as the program would. What is
// meant for the frame is returned.
func play(tb *Tab, cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case nil:
		return nil
	case tea.BatchMsg:
		var out []tea.Msg
		for _, c := range msg {
			out = append(out, play(tb, c)...)
		}
		return out
	case answered[workflow.LogRow], answered[workflow.AuditRow], answered[workflow.TrafficRow], verified, rested, subscribed, grew:
		return play(tb, tb.Update(msg))
	default:
		return []tea.Msg{msg}
	}
}

func press(tb *Tab, names ...string) []tea.Msg {
	var out []tea.Msg
	for _, name := range names {
		k := tea.KeyPressMsg{Text: name, Code: []rune(name)[0]}
		switch name {
		case "enter":
			k = tea.KeyPressMsg{Code: tea.KeyEnter}
		case "esc":
			k = tea.KeyPressMsg{Code: tea.KeyEscape}
		case "tab":
			k = tea.KeyPressMsg{Code: tea.KeyTab}
		}
		out = append(out, play(tb, tb.Update(k))...)
	}
	return out
}

// plain is what is on the screen, without styles and trailing blanks.
func plain(tb *Tab) string {
	lines := strings.Split(ansi.Strip(tb.View()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s\nwant:\n%s", path, got, want)
	}
}

// The bodies that the frame leaves of the two window sizes.
const (
	wideW, wideH     = 120, 32
	narrowW, narrowH = 80, 20
)

func TestScreens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		fake          *fake
		width, height int
		view          int
		keys          []string
	}{
		{"application_120", someLogs(), wideW, wideH, application, nil},
		{"application_80", someLogs(), narrowW, narrowH, application, nil},
		{"application_detail_80", someLogs(), narrowW, narrowH, application, []string{"enter"}},
		{"following_120", someLogs(), wideW, wideH, application, []string{"F"}},
		{"audit_120", someLogs(), wideW, wideH, audit, []string{"V"}},
		{"audit_80", someLogs(), narrowW, narrowH, audit, nil},
		{"audit_checked_80", someLogs(), narrowW, narrowH, audit, []string{"V"}},
		{"vault_detail_80", someLogs(), narrowW, narrowH, vault, []string{"enter"}},
		{"vault_120", someLogs(), wideW, wideH, vault, nil},
		{"vault_80", someLogs(), narrowW, narrowH, vault, nil},
		{"empty_80", &fake{}, narrowW, narrowH, application, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tb := newTab(t, tt.fake, tt.width, tt.height)
			play(tb, tb.SetView(tt.view))
			press(tb, tt.keys...)
			golden(t, tt.name, plain(tb))
		})
	}
}

func TestNewLinesComeInFrontAndTheCursorStays(t *testing.T) {
	t.Parallel()
	f := &fake{log: manyLogs(20)}
	tb := newTab(t, f, wideW, wideH)
	press(tb, "j", "j")
	f.log = manyLogs(25)
	play(tb, tb.Update(tab.Changed{}))
	if c, _ := tb.view().selected(); c.id != "18" {
		t.Errorf("the cursor went to line %s", c.id)
	}
	if !strings.Contains(plain(tb), "line 25") {
		t.Errorf("the new lines are not there:\n%s", plain(tb))
	}
}

func TestRefreshGoesToTheNewestLines(t *testing.T) {
	t.Parallel()
	f := &fake{log: manyLogs(20)}
	tb := newTab(t, f, wideW, wideH)
	press(tb, "G")
	f.log = manyLogs(25)
	press(tb, "R")
	if c, _ := tb.view().selected(); c.id != "25" {
		t.Errorf("R leaves the cursor on line %s", c.id)
	}
	if tb.shown != "25" {
		t.Errorf("the detail shows line %s", tb.shown)
	}
}

func TestLinesThatCameAboveAreSaid(t *testing.T) {
	t.Parallel()
	f := &fake{log: manyLogs(60)}
	tb := newTab(t, f, wideW, wideH)
	press(tb, "G")
	f.log = manyLogs(63)
	play(tb, tb.Update(tab.Changed{}))
	if !strings.Contains(plain(tb), "newer lines above") {
		t.Errorf("nothing says that lines came above:\n%s", plain(tb))
	}
	press(tb, "g")
	if c, _ := tb.view().selected(); c.id != "63" || strings.Contains(plain(tb), "newer lines above") {
		t.Errorf("g goes to line %s:\n%s", c.id, plain(tb))
	}
}

func TestFollowingShowsTheNewestUntilOneMovesAway(t *testing.T) {
	t.Parallel()
	f := &fake{log: manyLogs(20)}
	tb := newTab(t, f, wideW, wideH)
	press(tb, "j", "F")
	f.log = manyLogs(25)
	play(tb, tb.Update(tab.Changed{}))
	if c, _ := tb.view().selected(); c.id != "25" {
		t.Errorf("following, the cursor is on line %s", c.id)
	}
	press(tb, "j")
	if strings.Contains(plain(tb), "following") {
		t.Error("moving away does not end following")
	}
}

func TestOneKeepsOnesPlaceInAFlood(t *testing.T) {
	t.Parallel()
	f := &fake{log: manyLogs(20)}
	tb := newTab(t, f, wideW, wideH)
	press(tb, "j", "j")
	f.log = manyLogs(500)
	play(tb, tb.Update(tab.Changed{}))
	if c, _ := tb.view().selected(); c.id != "18" || !strings.Contains(plain(tb), "newer lines above") {
		t.Errorf("the cursor is on line %s:\n%s", c.id, plain(tb))
	}
	press(tb, "g")
	if c, _ := tb.view().selected(); c.id != "500" || strings.Contains(plain(tb), "newer lines above") {
		t.Errorf("g went to line %s:\n%s", c.id, plain(tb))
	}
}

func TestTheNextPageIsLoadedWhenItIsNear(t *testing.T) {
	t.Parallel()
	f := &fake{log: manyLogs(250)}
	tb := newTab(t, f, wideW, wideH)
	press(tb, "G", "G", "G")
	if c, _ := tb.view().selected(); c.id != "1" {
		t.Errorf("G went to line %s", c.id)
	}
	if len(f.asked) != 3 {
		t.Errorf("%d questions for 250 rows, want 3", len(f.asked))
	}
}

func TestFilterAsksWithWordsAndTerms(t *testing.T) {
	t.Parallel()
	f := someLogs()
	tb := newTab(t, f, wideW, wideH)
	press(tb, "/")
	for _, r := range `worker level:ERROR "no answer"` {
		tb.Update(tea.KeyPressMsg{Text: string(r), Code: r})
	}
	if !tb.Capturing() {
		t.Fatal("the filter does not have the keys")
	}
	press(tb, "enter")
	q := f.asked[len(f.asked)-1]
	exact, level := workflow.Term{Key: "exact", Value: "no answer"}, workflow.Term{Key: "level", Value: "ERROR"}
	if strings.Join(q.Words, "|") != "worker" || !slices.Equal(q.Terms, []workflow.Term{exact, level}) {
		t.Errorf("asked for %+v", q)
	}
	press(tb, "esc")
	if q := f.asked[len(f.asked)-1]; len(q.Words)+len(q.Terms) != 0 {
		t.Errorf("esc left the filter %+v", q)
	}
}

// The frame draws it by name; drawn by the tab before, its names would be named.
func TestTheFilterIsToldAsItIs(t *testing.T) {
	t.Parallel()
	tb := newTab(t, someLogs(), narrowW, narrowH)
	play(tb, tb.SetFilter("correlation:a\x1b"))
	if got := tb.FilterText(); got != "correlation:a\x1b" {
		t.Errorf("the filter says %q", got)
	}
}

func TestOneKeyLeadsToTheLinesOfAMatter(t *testing.T) {
	t.Parallel()
	f := someLogs()
	tb := newTab(t, f, narrowW, narrowH)
	play(tb, tb.SetView(vault))
	press(tb, "enter", "l")
	q := f.asked[len(f.asked)-1]
	if _, at := tb.Views(); at != application || len(q.Terms) != 1 || q.Terms[0] != (workflow.Term{Key: "correlation", Value: "c7a1f3"}) {
		t.Errorf("view %d asked for %+v", at, q)
	}
	if tb.FilterText() != "correlation:c7a1f3" {
		t.Errorf("the filter says %q", tb.FilterText())
	}
	play(tb, tb.Update(tab.Goto{Tab: tab.Logs, Correlation: "c7a1f3"}))
	if again := f.asked[len(f.asked)-1]; len(again.Terms) != 1 {
		t.Errorf("coming from another tab asked for %+v", again)
	}
}

func TestOpenShowsWhatWasDoneToANumber(t *testing.T) {
	t.Parallel()
	f := someLogs()
	tb := newTab(t, f, wideW, wideH)
	play(tb, tb.Open("REQ0010042"))
	q := f.asked[len(f.asked)-1]
	if _, at := tb.Views(); at != audit || len(q.Terms) != 1 || q.Terms[0] != (workflow.Term{Key: "object", Value: "REQ0010042"}) {
		t.Errorf("view %d asked for %+v", at, q)
	}
}

func TestTheChainIsCheckedOnDemand(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		state workflow.ChainState
		err   error
		want  string
	}{
		{"intact", workflow.ChainState{Entries: 1234567, Intact: true}, nil, "✓ chain intact: 1,234,567 entries at 12:00 · none signed"},
		{"broken", workflow.ChainState{BadSeq: 17, Problem: "the hash does not fit"}, nil, "▲ chain broken at entry 17: the hash does"},
		{"broken in no entry", workflow.ChainState{Problem: "a head is forged"}, nil, "▲ chain broken: a head is forged"},
		{"not read", workflow.ChainState{}, errors.New("disk I/O error"), "▲ the chain could not be checked: disk I/O"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := someLogs()
			tb := newTab(t, f, wideW, wideH)
			play(tb, tb.SetView(audit))
			if !strings.Contains(plain(tb), "V checks it") {
				t.Errorf("the screen does not offer the check:\n%s", plain(tb))
			}
			f.chain, f.err = tt.state, tt.err
			cmd := tb.Update(tea.KeyPressMsg{Text: "V", Code: 'V'})
			if !strings.Contains(plain(tb), "checking the chain") {
				t.Errorf("the screen does not say that it checks:\n%s", plain(tb))
			}
			play(tb, cmd)
			if !strings.Contains(plain(tb), tt.want) {
				t.Errorf("the screen does not say %q:\n%s", tt.want, plain(tb))
			}
		})
	}
}

func TestOnlyNumbersAndUIDsAreCopied(t *testing.T) {
	t.Parallel()
	f := someLogs()
	tb := newTab(t, f, wideW, wideH)
	play(tb, tb.SetView(audit))
	if out := press(tb, "y"); len(out) != 2 {
		t.Errorf("copying a number gave %v, want the clipboard and a notice", out)
	}
	f.audit[0].Object = "group Vault Approvers"
	tb = newTab(t, f, wideW, wideH)
	play(tb, tb.SetView(audit))
	if out := press(tb, "y"); out != nil {
		t.Errorf("foreign text was copied: %v", out)
	}
}

func TestARefusalIsSaidInWords(t *testing.T) {
	t.Parallel()
	f := someLogs()
	f.err = &model.Denied{Code: model.DenyRole, Reason: "only support and admins see how the program is and what it did"}
	if tb := newTab(t, f, wideW, wideH); !strings.Contains(plain(tb), "▲ only support and admins see how the program is and what it") {
		t.Errorf("the screen does not say why it is empty:\n%s", plain(tb))
	}
}

func TestOldAnswersAreDropped(t *testing.T) {
	t.Parallel()
	f := someLogs()
	tb := newTab(t, f, wideW, wideH)
	late := tb.Focus()()
	f.log = nil
	play(tb, tb.filtered(application, "nothing"))
	tb.Update(late)
	if strings.Contains(plain(tb), "prod-db-01") {
		t.Errorf("an answer to an older question was shown:\n%s", plain(tb))
	}
}

func TestEverySizeIsDrawnExactly(t *testing.T) {
	t.Parallel()
	tb := newTab(t, someLogs(), wideW, wideH)
	for view := range tb.views {
		play(tb, tb.SetView(view))
		for _, keys := range [][]string{nil, {"/"}, {"esc", "enter"}} {
			press(tb, keys...)
			for _, size := range [][2]int{{0, 0}, {1, 1}, {0, 5}, {5, 0}, {60, 12}, {99, 20}, {100, 20}, {300, 90}} {
				tb.SetSize(size[0], size[1])
				lines := strings.Split(tb.View(), "\n")
				if len(lines) != max(size[1], 1) {
					t.Errorf("view %d, %v after %v: %d lines", view, size, keys, len(lines))
				}
				for _, l := range lines {
					if w := ansi.StringWidth(l); w > size[0] {
						t.Errorf("view %d, %v after %v: a line of %d cells", view, size, keys, w)
					}
				}
			}
		}
	}
}
