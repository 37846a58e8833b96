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
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
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

// A list beside a detail is drawn anew, line by line, when it scrolls: that has
// to be rare while the cursor goes row by row.
func TestLeavingTheWindowScrollsAThirdOfIt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name             string
		keys             string
		top, line, moves int // first row drawn, line of the cursor, scrolls on the way
	}{
		{"down to the edge", strings.Repeat("j ", 9), 0, 9, 0},
		{"one further", strings.Repeat("j ", 10), 4, 6, 1},
		{"a long way down", strings.Repeat("j ", 40), 32, 8, 8},
		{"up again inside", strings.Repeat("j ", 10) + strings.Repeat("k ", 6), 4, 0, 1},
		{"up out of the window", strings.Repeat("j ", 10) + strings.Repeat("k ", 7), 0, 3, 2},
		{"marking goes down too", strings.Repeat("space ", 10), 4, 6, 1},
		{"not past the end", "G" + strings.Repeat(" k", 3) + strings.Repeat(" j", 9), 90, 9, 1},
		{"not before the beginning", "G " + strings.Repeat("k ", 99), 0, 0, 24},
		{"a page", "j j j pgdown", 10, 3, 1},
		{"a page and back", "j j j pgdown pgup", 0, 3, 2},
		{"pages to the end", strings.Repeat("pgdown ", 12), 90, 9, 9},
		{"half a page inside", "ctrl+d", 0, 5, 0},
		{"half pages", "ctrl+d ctrl+d", 4, 6, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := requestList(darkTheme())
			l.SetSize(80, 11)
			l.SetRows(many(100), false)
			moves := 0
			for _, k := range strings.Fields(tt.keys) {
				before := l.top
				l.Update(press(k))
				if l.top != before {
					moves++
				}
			}
			if l.top != tt.top || l.cursor-l.top != tt.line || moves != tt.moves {
				t.Errorf("first row %d, cursor on line %d, scrolled %d times; want %d, %d, %d",
					l.top, l.cursor-l.top, moves, tt.top, tt.line, tt.moves)
			}
		})
	}
}

// Whatever is pressed or arrives, the cursor is on the screen, the screen is full
// where there are rows enough, and it scrolls by a single step only when the
// cursor would leave it.
func TestTheCursorIsAlwaysOnTheScreen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := requestList(darkTheme())
		all := many(60)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			top, n := l.top, l.visible()
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				l.SetSize(80, rapid.IntRange(0, 30).Draw(t, "height"))
			case 1:
				from := rapid.IntRange(0, 60).Draw(t, "from")
				l.SetRows(all[from:rapid.IntRange(from, 60).Draw(t, "to")], false)
			case 2:
				l.Update(tea.MouseWheelMsg{Button: rapid.SampledFrom([]tea.MouseButton{tea.MouseWheelUp, tea.MouseWheelDown}).Draw(t, "wheel")})
			case 3, 4:
				l.Update(press(rapid.SampledFrom([]string{"g", "G", "pgup", "pgdown", "ctrl+u", "ctrl+d", "space"}).Draw(t, "key")))
			default:
				l.Update(press(rapid.SampledFrom([]string{"j", "k"}).Draw(t, "step")))
				if l.top != top && l.cursor >= top && l.cursor < top+n {
					t.Fatalf("scrolled from %d to %d for row %d of a window of %d", top, l.top, l.cursor, n)
				}
			}
			n = max(l.visible(), 1)
			if l.Len() > 0 && (l.cursor < l.top || l.cursor >= l.top+n) {
				t.Fatalf("row %d is not among the %d from %d", l.cursor, n, l.top)
			}
			if l.top < 0 || l.top > max(l.Len()-n, 0) {
				t.Fatalf("the %d rows from %d of %d leave room", n, l.top, l.Len())
			}
		}
	})
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

// Where what is taken is only reversed, its sign stands beside it: reversed
// itself it would be a gap, and look the same whether the list has the keys or
// not.
func TestTheCursorOfWhatIsReversedIsNotReversed(t *testing.T) {
	t.Parallel()
	for _, p := range []colorprofile.Profile{colorprofile.ASCII, colorprofile.ANSI} {
		th := theme.New(theme.Options{Dark: true, Profile: p})
		onPanel := th.Paint(theme.Panel, theme.Accent, "▌")
		d := NewDialog(th, DialogOptions{Title: Words(theme.Strong, "Sure?")})
		d.SetSize(80, 24)
		if !strings.Contains(d.View(), onPanel) {
			t.Errorf("%v: no %q beside the button", p, onPanel)
		}
		a := NewPalette(th, []Action{{Title: "Approve", Key: "a"}})
		a.SetSize(80, 24)
		if !strings.Contains(a.View(), onPanel) {
			t.Errorf("%v: no %q beside the command", p, onPanel)
		}
		l := requestList(th)
		l.SetSize(80, 8)
		l.SetRows(someRequests(), false)
		focused := l.View()
		if want := th.Paint(theme.Page, theme.Accent, "▌"); !strings.Contains(focused, "\n"+want) {
			t.Errorf("%v: %q does not begin with %q", p, strings.Split(focused, "\n")[1], want)
		}
		l.SetFocused(false)
		if want := th.Paint(theme.Page, theme.Faint, "▌"); !strings.Contains(l.View(), "\n"+want) {
			t.Errorf("%v: without the keys %q does not begin with %q", p, strings.Split(l.View(), "\n")[1], want)
		}
	}
}

func TestColumnsDropInTheirOrder(t *testing.T) {
	t.Parallel()
	cols := []Column[int]{{Width: 10}, {Width: 10, Drop: 1}, {Width: 10, Drop: 2}, {Width: 5, Flex: 1, Max: 8}}
	for _, tt := range []struct {
		total int
		want  []int
	}{
		{100, []int{10, 10, 10, 8}},
		{42, []int{10, 10, 10, 6}},
		{40, []int{10, 10, 0, 8}},
		{29, []int{10, 10, 0, 5}},
		{28, []int{10, 0, 0, 8}},
		{17, []int{10, 0, 0, 5}},
		{14, []int{10, 0, 0, 2}},
		{6, []int{6, 0, 0, 0}},
		{-3, []int{0, 0, 0, 0}},
	} {
		if got := columnWidths(cols, tt.total); !slices.Equal(got, tt.want) {
			t.Errorf("columnWidths(%d) = %v, want %v", tt.total, got, tt.want)
		}
	}
}

func TestALongCellTakesOfTheColumnBehindIt(t *testing.T) {
	t.Parallel()
	type row struct{ right, object, limit string }
	text := func(get func(row) string) func(row) Line {
		return func(r row) Line { return Words(theme.Text, get(r)) }
	}
	l := NewList(darkTheme(), ListOptions[row]{ID: func(r row) string { return r.right }, Columns: []Column[row]{
		{Title: "WANTS", Width: 5, Spills: true, Cell: text(func(r row) string { return r.right })},
		{Width: 10, Flex: 1, Cell: text(func(r row) string { return r.object })},
		{Width: 9, Right: true, Cell: text(func(r row) string { return r.limit })},
	}})
	l.SetSize(35, 8)
	l.SetRows([]row{
		{"edit", "prod-db-01 of the shop", "permanent"},
		{"edit+share", "prod-db-01 of the shop", "permanent"},
		{"view+share", "prod-db-01 of the shop", "4 h"},
		{"everything there is", "prod-db-01", "permanent"},
	}, false)
	l.Select("everything there is")
	lines := strings.Split(ansi.Strip(l.View()), "\n")
	for n, want := range []string{
		"  WANTS",
		"  edit   prod-db-01 of…  permanent",
		"  edit+share  prod-db-…  permanent",
		"  view+share  prod-db-01 of…   4 h",
		"▌ everything…   prod-d…  permanent",
	} {
		if got := strings.TrimRight(lines[n], " "); got != want {
			t.Errorf("line %d = %q, want %q", n, got, want)
		}
	}
}

func BenchmarkListCursorMove(b *testing.B) {
	l := requestList(darkTheme())
	l.SetSize(66, 32)
	l.SetRows(many(5000), false)
	b.ReportAllocs()
	keys := []tea.KeyPressMsg{press("j"), press("k")}
	for i := 0; b.Loop(); i++ {
		l.Update(keys[i%2])
		_ = l.View()
	}
}

func BenchmarkListScroll(b *testing.B) {
	l := requestList(darkTheme())
	l.SetSize(66, 32)
	l.SetRows(many(5000), false)
	b.ReportAllocs()
	for b.Loop() {
		l.Update(press("j"))
		if l.cursor == l.Len()-1 {
			l.Update(press("g"))
		}
		_ = l.View()
	}
}

func BenchmarkListRefresh(b *testing.B) {
	l := requestList(darkTheme())
	l.SetSize(66, 32)
	rows := many(5000)
	l.SetRows(rows, false)
	b.ReportAllocs()
	for b.Loop() {
		l.SetRows(rows, false)
		_ = l.View()
	}
}
