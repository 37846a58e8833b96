package widget

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/safetext"
	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
)

type request struct {
	due, number, who, right, object, length string
	version                                 int64
}

func requestColumns() []Column[request] {
	text := func(ink theme.Ink, get func(request) string) func(request) Line {
		return func(r request) Line { return Foreign(ink, safetext.Line(get(r))) }
	}
	return []Column[request]{
		{Title: "DUE", Width: 5, Key: true, Cell: text(theme.Heading, func(r request) string { return r.due })},
		{Title: "NUMBER", Width: 11, Key: true, Cell: text(theme.Text, func(r request) string { return r.number })},
		{Title: "WHO", Width: 7, Drop: 1, Cell: text(theme.Text, func(r request) string { return r.who })},
		{Title: "WANTS", Width: 5, Cell: text(theme.Accent, func(r request) string { return r.right })},
		{Width: 10, Flex: 1, Cell: text(theme.Text, func(r request) string { return r.object })},
		{Width: 9, Right: true, Drop: 2, Cell: text(theme.Faint, func(r request) string { return r.length })},
	}
}

func someRequests() []request {
	return []request{
		{"12m", "REQ0010042", "alice", "edit", "prod-db-01", "4 h", 1},
		{"58m", "REQ0010039", "bob", "view", "Payroll (folder)", "30 d", 1},
		{"2h", "REQ0010037", "erin", "link", "vpn-gateway", "1 d", 1},
		{"3h", "REQ0010036", "heidi", "owner", "github-deploy-key", "permanent", 1},
		{"5h", "REQ0010033", "frank", "store", "SSH key: build-07", "", 1},
		{"1d", "REQ0010031", "carol", "view", "Infrastructure/Linux", "7 d", 1},
		{"2d", "REQ0010028", "grace", "edit", "stripe\u202egnp.exe", "1 h", 1},
	}
}

func requestList(t *theme.Theme) *List[request] {
	return NewList(t, ListOptions[request]{
		Columns: requestColumns(),
		ID:      func(r request) string { return r.number },
		Version: func(r request) int64 { return r.version },
		Empty:   "Nothing waits for you.", EmptyAdvice: "[ and ] show all requests and those decided.",
	})
}

// many returns n requests with falling numbers.
func many(n int) []request {
	rs := make([]request, n)
	for i := range rs {
		rs[i] = request{"2h", fmt.Sprintf("REQ%07d", 9999999-i), "alice", "edit", fmt.Sprintf("record-%d", i), "4 h", 1}
	}
	return rs
}

func TestListGolden(t *testing.T) {
	t.Parallel()
	for _, w := range []int{30, 50, 66, 80, 120} {
		l := requestList(darkTheme())
		l.SetSize(w, 12)
		l.SetRows(someRequests(), false)
		l.SetFooter(Words(theme.Note, "7 waiting for Vault Approvers · oldest 3 d"))
		l.Update(press("j"))
		l.Update(press("space"))
		golden(t, fmt.Sprintf("list-%d", w), l.View())
	}
}

func TestListStatesGolden(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(*List[request])
	}{
		{"loading", func(l *List[request]) {}},
		{"empty", func(l *List[request]) { l.SetRows(nil, false) }},
		{"error", func(l *List[request]) {
			l.SetError(Words(theme.Bad, "the queue is locked by another program"), Words(theme.Text, "R tries again"))
		}},
		{"error-over-rows", func(l *List[request]) {
			l.SetRows(someRequests(), false)
			l.SetError(Words(theme.Bad, "the disk is full"), Words(theme.Text, "R tries again"))
		}},
		{"stale", func(l *List[request]) {
			l.SetRows(someRequests(), true)
			l.SetStale(3 * time.Minute)
			l.SetFooter(Words(theme.Note, "7 waiting"))
		}},
		{"ascii", func(l *List[request]) {
			l.theme.Reset(theme.Options{ASCII: true})
			l.SetRows(someRequests(), false)
			l.Update(press("*"))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := requestList(darkTheme())
			l.SetSize(60, 12)
			tt.do(l)
			golden(t, "list-"+tt.name, l.View())
		})
	}
}

func TestCursorStaysOnItsRow(t *testing.T) {
	t.Parallel()
	all := someRequests()
	for _, tt := range []struct {
		name string
		rows []request
		want string
	}{
		{"nothing changed", all, "REQ0010036"},
		{"a row arrived above", append([]request{{number: "REQ0010050"}}, all...), "REQ0010036"},
		{"rows above left", all[2:], "REQ0010036"},
		{"the order turned round", reversed(all), "REQ0010036"},
		{"the row left: the one after it", append(slices.Clone(all[:3]), all[4:]...), "REQ0010033"},
		{"the row and all after it left: the one before it", slices.Clone(all[:3]), "REQ0010037"},
		{"all other rows", []request{{number: "REQ1"}, {number: "REQ2"}}, "REQ2"},
		{"no rows", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := requestList(darkTheme())
			l.SetSize(80, 20)
			l.SetRows(all, false)
			l.Select("REQ0010036")
			l.SetRows(tt.rows, false)
			if got := l.SelectedID(); got != tt.want {
				t.Errorf("cursor on %q, want %q", got, tt.want)
			}
			if _, ok := l.Selected(); ok != (tt.want != "") {
				t.Errorf("Selected ok = %v", ok)
			}
		})
	}
}

func reversed(rs []request) []request {
	out := slices.Clone(rs)
	slices.Reverse(out)
	return out
}

func TestCursorStaysOnItsLineWhenRowsArriveAbove(t *testing.T) {
	t.Parallel()
	l := requestList(darkTheme())
	l.SetSize(80, 12)
	rows := many(200)
	l.SetRows(rows[10:], false)
	l.Select(rows[60].number)
	before := cursorLine(l.View())
	l.SetRows(rows, false)
	if got := cursorLine(l.View()); got != before {
		t.Errorf("cursor on line %d, want %d", got, before)
	}
}

func cursorLine(view string) int {
	for n, l := range strings.Split(view, "\n") {
		if strings.Contains(l, "▌") {
			return n
		}
	}
	return -1
}

func TestCursorMoveChangesTwoLines(t *testing.T) {
	t.Parallel()
	l := requestList(darkTheme())
	l.SetSize(100, 30)
	l.SetRows(many(5000), false)
	before := strings.Split(l.View(), "\n")
	l.Update(press("j"))
	changed := 0
	for n, line := range strings.Split(l.View(), "\n") {
		if line != before[n] {
			changed++
		}
	}
	if changed != 2 {
		t.Errorf("%d lines changed, want 2", changed)
	}
}

func TestListKeys(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		keys string
		want int
	}{
		{"j", 1}, {"down down", 2}, {"j k", 0}, {"k", 0}, {"G", 99}, {"G g", 0}, {"end home", 0}, {"end", 99},
		{"pgdown", 10}, {"pgdown pgup", 0}, {"ctrl+d", 5}, {"ctrl+d ctrl+u", 0}, {"G j", 99}, {"space", 1},
	} {
		t.Run(tt.keys, func(t *testing.T) {
			t.Parallel()
			l := requestList(darkTheme())
			l.SetSize(80, 11)
			l.SetRows(many(100), false)
			for _, k := range strings.Fields(tt.keys) {
				l.Update(press(k))
			}
			if l.cursor != tt.want {
				t.Errorf("cursor at %d, want %d", l.cursor, tt.want)
			}
			if cursorLine(l.View()) < 0 {
				t.Error("the cursor is not on the screen")
			}
		})
	}
}

func TestListWithoutFocusIgnoresKeys(t *testing.T) {
	t.Parallel()
	l := requestList(darkTheme())
	l.SetSize(80, 11)
	l.SetRows(many(100), false)
	l.SetFocused(false)
	l.Update(press("j"))
	if l.cursor != 0 {
		t.Error("the cursor moved")
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	l := requestList(darkTheme())
	l.SetSize(80, 20)
	all := someRequests()
	l.SetRows(all, false)
	l.Update(press("space"))
	l.Update(press("j"))
	l.Update(press("space"))
	if got := numbers(l.Marked()); got != "REQ0010042 REQ0010037" {
		t.Errorf("marked %q", got)
	}
	l.SetRows(all[1:], false)
	if got := numbers(l.Marked()); got != "REQ0010037" {
		t.Errorf("after the first left: marked %q", got)
	}
	l.Update(press("*"))
	if got := len(l.Marked()); got != 6 {
		t.Errorf("* marked %d, want 6", got)
	}
	l.Update(press("*"))
	if got := len(l.Marked()); got != 0 {
		t.Errorf("* again left %d marks", got)
	}
	l.Update(press("*"))
	l.ClearMarks()
	if strings.Contains(l.View(), "✓") {
		t.Error("a mark is drawn after ClearMarks")
	}
}

func TestSingleMarksAreTakenAway(t *testing.T) {
	t.Parallel()
	l := requestList(darkTheme())
	l.SetSize(80, 20)
	l.SetRows(someRequests()[:3], false)
	l.Update(press("*"))
	l.Unmark("REQ0010042", "REQ0010037", "not there")
	if got := numbers(l.Marked()); got != "REQ0010039" {
		t.Errorf("marked %q, want REQ0010039", got)
	}
	if got := strings.Count(l.View(), "✓"); got != 1 {
		t.Errorf("%d marks are drawn, want 1", got)
	}
	l.Update(press("*"))
	if got := len(l.Marked()); got != 3 {
		t.Errorf("* marked %d, want 3", got)
	}
}

func numbers(rs []request) string {
	var ns []string
	for _, r := range rs {
		ns = append(ns, r.number)
	}
	return strings.Join(ns, " ")
}

func TestNewsAreMarkedUntilVisited(t *testing.T) {
	t.Parallel()
	l := requestList(darkTheme())
	l.SetSize(80, 20)
	all := someRequests()
	l.SetRows(all[1:], false)
	if len(l.news) != 0 {
		t.Fatalf("the first load marks %d rows", len(l.news))
	}
	changed := slices.Clone(all)
	changed[2].version++
	l.SetRows(changed, false)
	if l.news["REQ0010042"] != 'n' || l.news["REQ0010037"] != 'c' || len(l.news) != 2 {
		t.Fatalf("news = %v", l.news)
	}
	l.Update(press("k"))
	l.Update(press("G"))
	l.Select("REQ0010037")
	if len(l.news) != 0 {
		t.Errorf("news after visiting = %v", l.news)
	}
	partial := slices.Clone(changed)
	partial[3].version = 0
	l.SetRows(partial, false)
	l.news = map[string]rune{partial[4].number: 'n'}
	whole := slices.Clone(changed)
	whole[4].version++
	l.SetRows(whole, false)
	if l.news[whole[3].number] != 0 || l.news[whole[4].number] != 'n' {
		t.Errorf("what completes a row, or changes one that is new, is marked: %v", l.news)
	}
	l.SetRows(all[:1], false)
	l.Clear()
	l.SetRows(all, false)
	if len(l.news) != 0 {
		t.Errorf("another view starts with news %v", l.news)
	}
}

func TestPagesAreAskedForOnce(t *testing.T) {
	t.Parallel()
	asked := 0
	l := NewList(darkTheme(), ListOptions[request]{
		Columns: requestColumns(), ID: func(r request) string { return r.number },
		More: func() tea.Cmd { asked++; return nil },
	})
	l.SetSize(80, 11)
	rows := many(300)
	l.SetRows(rows[:100], true)
	l.Update(press("j"))
	if asked != 0 {
		t.Fatalf("asked %d times at the top", asked)
	}
	l.Update(press("G"))
	l.Update(press("k"))
	if asked != 1 {
		t.Fatalf("asked %d times near the end, want 1", asked)
	}
	id := l.SelectedID()
	l.AppendRows(rows[90:200], true) // ten of them known
	if l.Len() != 200 || l.SelectedID() != id {
		t.Fatalf("%d rows, cursor on %s; want 200 and %s", l.Len(), l.SelectedID(), id)
	}
	l.Update(press("G"))
	l.SetError(Words(theme.Bad, "no answer"), nil)
	l.Update(press("k"))
	l.AppendRows(rows[200:], false)
	l.Update(press("G"))
	if asked != 3 {
		t.Errorf("asked %d times in all, want 3: the second page, again after the error, never after the last", asked)
	}
}

func TestListMouse(t *testing.T) {
	t.Parallel()
	l := requestList(darkTheme())
	l.SetSize(80, 11)
	l.SetRows(many(100), false)
	l.Update(tea.MouseClickMsg{X: 5, Y: 4})
	if l.cursor != 3 {
		t.Errorf("a click on the fourth row puts the cursor at %d", l.cursor)
	}
	l.Update(tea.MouseClickMsg{X: 5, Y: 0})
	if l.cursor != 3 {
		t.Error("a click on the heads moved the cursor")
	}
	l.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	l.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	l.Update(tea.MouseWheelMsg{Button: tea.MouseWheelUp})
	if l.cursor != 6 {
		t.Errorf("the wheel put the cursor at %d, want 6", l.cursor)
	}
}

func TestAChangedThemeIsDrawn(t *testing.T) {
	t.Parallel()
	th := darkTheme()
	l := requestList(th)
	l.SetSize(80, 20)
	l.SetRows(someRequests(), false)
	dark := l.View()
	th.Reset(theme.Options{Dark: false})
	if l.View() == dark {
		t.Error("rows come from the cache of the old theme")
	}
}
