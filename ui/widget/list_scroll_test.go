package widget

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"
)

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

func TestTheCursorStaysOnItsRowThroughAFilter(t *testing.T) {
	t.Parallel()
	rows := someRequests()
	l := requestList(darkTheme())
	l.SetSize(80, 12)
	l.SetRows(rows, false)
	l.Select("REQ0010036")
	for _, shown := range [][]request{rows[2:5], rows} {
		l.Clear()
		l.SetRows(shown, false)
		if got := l.SelectedID(); got != "REQ0010036" {
			t.Errorf("among %d rows the cursor is on %s", len(shown), got)
		}
	}
	l.Clear()
	l.SetRows(nil, false)
	l.Clear()
	l.SetRows(rows, false)
	if got := l.SelectedID(); got != "REQ0010036" {
		t.Errorf("after a filter that nothing fits the cursor is on %s", got)
	}
	l.Clear()
	l.SetRows(rows[:2], false)
	if got := l.SelectedID(); got != "REQ0010042" {
		t.Errorf("its row gone, the cursor is on %s", got)
	}
	l.Select("REQ0010039")
	l.Restart()
	l.SetRows(rows, false)
	if got := l.SelectedID(); got != "REQ0010042" {
		t.Errorf("after Restart the cursor is on %s", got)
	}
}

// A page that is opened before the list has come leaves the cursor on its row.
func TestTheCursorGoesToWhatWasSelectedBeforeTheRowsCame(t *testing.T) {
	t.Parallel()
	l := requestList(darkTheme())
	l.SetSize(80, 12)
	if l.Select("REQ0010036") {
		t.Error("selected among no rows")
	}
	l.SetRows(someRequests(), false)
	if got := l.SelectedID(); got != "REQ0010036" {
		t.Errorf("the cursor is on %s", got)
	}
}
