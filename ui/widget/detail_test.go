package widget

import (
	"fmt"
	"strings"
	"testing"

	"countersign/safetext"
	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func someContent() DetailContent {
	return DetailContent{
		Title:    Line{Say(theme.Strong, "REQ0010042"), Say(theme.Heading, "  Request access to record")},
		Right:    Words(theme.WarnStrong, "due 12m"),
		Warnings: []Line{Words(theme.Warn, "changed since you last looked"), Words(theme.Warn, "the name of the record mixes Latin and Cyrillic letters, read it twice")},
		Sections: []Section{
			{Facts: []Fact{
				{Label: "Who", Value: []Line{Words(theme.Text, "alice@example.com, for herself")}},
				{Label: "What", Value: []Line{
					{Show(theme.Strong, safetext.Line("prod-db-01\u202e")), Say(theme.Heading, "  databaseCredentials")},
					Words(theme.Heading, "Infrastructure / Databases"),
				}},
			}},
			{Facts: []Fact{
				{Label: "Why", Value: Paragraphs(theme.Text, safetext.Block("INC0012345: restore the ledger before the night batch; DBA on call is out\nsecond line"))},
				{Label: "Before"},
			}},
			{Title: "Other things", Ruled: true, Facts: []Fact{{Label: "Can decide", Value: []Line{Words(theme.Heading, "dana, omar, priya")}}}},
		},
		Timeline: []Event{{"09:58", Words(theme.Heading, "requested by alice")}, {"10:04", Words(theme.Text, "omar: is this for the whole night?")}},
	}
}

func TestDetailGolden(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ w, h int }{{53, 30}, {80, 20}, {34, 40}, {120, 8}} {
		d := NewDetail(darkTheme())
		d.SetSize(tt.w, tt.h)
		d.SetContent("REQ0010042/1", someContent())
		golden(t, fmt.Sprintf("detail-%dx%d", tt.w, tt.h), d.View())
	}
}

func TestDetailWithoutContentSaysSo(t *testing.T) {
	t.Parallel()
	d := NewDetail(darkTheme())
	d.SetSize(60, 5)
	d.SetEmpty("Choose a request on the left.")
	if !strings.Contains(ansi.Strip(d.View()), "Choose a request") {
		t.Errorf("drew %q", d.View())
	}
}

func TestEvidenceCountsOnlyWhenAllOfItWasDrawn(t *testing.T) {
	t.Parallel()
	lines := func(n int, first string) DetailContent {
		c := DetailContent{Lead: []Line{Words(theme.Text, first)}}
		for i := range n - 1 {
			c.Lead = append(c.Lead, Words(theme.Text, fmt.Sprintf("line %d", i)))
		}
		return c
	}
	for _, tt := range []struct {
		name string
		do   func(d *Detail)
		want bool
	}{
		{"fits and is drawn", func(d *Detail) { d.SetContent("a", lines(10, "x")); d.View() }, true},
		{"fits and is not drawn", func(d *Detail) { d.SetContent("a", lines(10, "x")) }, false},
		{"nothing to see", func(d *Detail) { d.View() }, false},
		{"longer than the screen", func(d *Detail) { d.SetContent("a", lines(30, "x")); d.View() }, false},
		{"read to its end page by page", func(d *Detail) {
			d.SetContent("a", lines(30, "x"))
			for range 4 {
				d.View()
				d.Update(press("pgdown"))
			}
			d.View()
		}, true},
		{"jumped to the end over lines never drawn", func(d *Detail) {
			d.SetContent("a", lines(30, "x"))
			d.View()
			d.Update(press("G"))
			d.View()
		}, false},
		{"scrolled by the wheel", func(d *Detail) {
			d.SetContent("a", lines(15, "x"))
			d.View()
			for range 3 {
				d.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
				d.View()
			}
		}, true},
		{"another thing is shown", func(d *Detail) {
			d.SetContent("a", lines(10, "x"))
			d.View()
			d.SetContent("b", lines(10, "x"))
		}, false},
		{"the same again", func(d *Detail) {
			d.SetContent("a", lines(10, "x"))
			d.View()
			d.SetContent("a", lines(10, "x"))
		}, true},
		{"one line of it changed", func(d *Detail) {
			d.SetContent("a", lines(10, "x"))
			d.View()
			d.SetContent("a", lines(10, "y"))
		}, false},
		{"only the countdown changed", func(d *Detail) {
			c := lines(8, "x")
			c.Title, c.Right = Words(theme.Strong, "REQ1"), Words(theme.Warn, "due 12m")
			d.SetContent("a", c)
			d.View()
			c.Right = Words(theme.Warn, "due 11m")
			d.SetContent("a", c)
		}, true},
		{"seen, then wrapped anew", func(d *Detail) {
			d.SetContent("a", lines(9, strings.Repeat("word ", 12)))
			d.SetSize(80, 11)
			d.View()
			d.SetSize(30, 8)
		}, true},
		{"seen, then without a width for a while", func(d *Detail) {
			d.SetContent("a", lines(9, "x"))
			d.View()
			d.SetSize(0, 0)
			d.SetSize(60, 11)
		}, true},
		{"changed while it had no width", func(d *Detail) {
			d.SetContent("a", lines(9, "x"))
			d.View()
			d.SetSize(0, 0)
			d.SetContent("a", lines(9, "y"))
			d.SetSize(60, 11)
		}, false},
		{"seen, but nothing has a width now", func(d *Detail) {
			d.SetContent("a", lines(9, "x"))
			d.View()
			d.SetSize(0, 0)
		}, false},
		{"not seen, then wrapped anew", func(d *Detail) {
			d.SetContent("a", lines(9, strings.Repeat("word ", 12)))
			d.SetSize(30, 8)
			d.View()
			d.SetSize(28, 8)
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := NewDetail(darkTheme())
			d.SetSize(60, 11)
			tt.do(d)
			if got := d.SeenAll(); got != tt.want {
				t.Errorf("SeenAll = %v with %d lines unseen, want %v", got, d.Unseen(), tt.want)
			}
		})
	}
}

// Lines that read alike are lines of their own: each has to be on the screen,
// and what was seen stays with the one it belongs to when others come or go.
func TestAlikeLinesAreSeenOneByOne(t *testing.T) {
	t.Parallel()
	content := func(words ...string) DetailContent {
		var c DetailContent
		for _, w := range words {
			c.Lead = append(c.Lead, Words(theme.Text, w))
		}
		return c
	}
	fact := func(label string, values ...string) Section {
		f := Fact{Label: label}
		for _, v := range values {
			f.Value = append(f.Value, Words(theme.Text, v))
		}
		return Section{Facts: []Fact{f}}
	}
	for _, tt := range []struct {
		name  string
		first DetailContent // drawn on a screen of four lines
		then  DetailContent // set under the same key, not drawn
		want  int           // unseen afterwards
	}{
		{"the second one is below the screen", content("-", "a", "b", "c", "-"), content("-", "a", "b", "c", "-"), 2},
		{"one more below", content("-", "a"), content("-", "a", "-"), 1},
		{"one more above", content("a", "-"), content("-", "a", "-"), 1},
		{"one more above what is seen by half", content("a", "b", "-", "c", "-"), content("-", "a", "b", "-", "c", "-"), 3},
		{"one of them left", content("-", "a", "-"), content("-", "a"), 0},
		{"another line between them", content("-", "-"), content("-", "x", "-"), 1},
		{"the same words under another label",
			DetailContent{Sections: []Section{fact("Has", "view", "edit"), fact("Asks", "share")}},
			DetailContent{Sections: []Section{fact("Has", "view"), fact("Asks", "share", "edit")}}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := NewDetail(darkTheme())
			d.SetSize(40, 4)
			d.SetContent("a", tt.first)
			d.View()
			d.SetContent("a", tt.then)
			if got := d.Unseen(); got != tt.want {
				t.Errorf("%d lines unseen, want %d", got, tt.want)
			}
		})
	}
}

// However the content changes under one key, a line counts as seen only where
// lines like it were drawn, no more often than they were, and a line that is new
// by its words has not been seen.
func TestNoLineIsSeenThatWasNotDrawn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := NewDetail(darkTheme())
		d.SetSize(40, rapid.IntRange(1, 12).Draw(t, "height"))
		seen := map[string]int{} // by text, how many lines of the content before
		for range rapid.IntRange(1, 6).Draw(t, "rounds") {
			words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 1, 20).Draw(t, "words")
			var c DetailContent
			for _, w := range words {
				c.Lead = append(c.Lead, Words(theme.Text, w))
			}
			d.SetContent("a", c)
			now := map[string]int{}
			for _, l := range d.lines {
				if l.seen {
					now[l.text]++
				}
			}
			for text, n := range now {
				if n > seen[text] {
					t.Fatalf("%d lines %q are seen, %d were", n, text, seen[text])
				}
			}
			if rapid.Bool().Draw(t, "scrolled") {
				d.Scroll(rapid.IntRange(-20, 20).Draw(t, "by"))
			}
			if rapid.Bool().Draw(t, "drawn") {
				d.View()
			}
			unseen := d.Unseen()
			d.SetContent("a", c)
			if got := d.Unseen(); got != unseen {
				t.Fatalf("the same content again: %d unseen, want %d", got, unseen)
			}
			seen = map[string]int{}
			for _, l := range d.lines {
				if l.seen {
					seen[l.text]++
				}
			}
		}
	})
}

func TestDetailSaysHowMuchFollows(t *testing.T) {
	t.Parallel()
	d := NewDetail(darkTheme())
	d.SetSize(40, 5)
	c := DetailContent{}
	for i := range 43 {
		c.Lead = append(c.Lead, Words(theme.Text, fmt.Sprint("line ", i)))
	}
	d.SetContent("a", c)
	last := func() string {
		lines := strings.Split(ansi.Strip(d.View()), "\n")
		return strings.TrimSpace(lines[len(lines)-1])
	}
	if got, want := last(), "↓ 39 more lines"; got != want {
		t.Errorf("last line %q, want %q", got, want)
	}
	d.Scroll(37)
	if got, want := last(), "↓ 2 more lines"; got != want {
		t.Errorf("last line %q, want %q", got, want)
	}
	d.Scroll(1)
	if got, want := last(), "line 42"; got != want {
		t.Errorf("last line %q, want %q", got, want)
	}
}

func TestDetailKeepsItsPlaceForTheSameThing(t *testing.T) {
	t.Parallel()
	d := NewDetail(darkTheme())
	d.SetSize(53, 10)
	d.SetContent("a", someContent())
	d.Scroll(4)
	d.SetContent("a", someContent())
	if d.top != 4 {
		t.Errorf("top = %d, want 4", d.top)
	}
	d.SetContent("b", someContent())
	if d.top != 0 {
		t.Errorf("another thing begins at %d, want 0", d.top)
	}
}

func TestSplitJoinsRulesToTheWall(t *testing.T) {
	t.Parallel()
	th := darkTheme()
	for _, w := range []int{100, 120, 160} {
		s := NewSplit(Rect{0, 3, w, 24}, 55)
		l, d := requestList(th), NewDetail(th)
		l.SetSize(s.List.W, s.List.H)
		d.SetSize(s.Detail.W, s.Detail.H)
		l.SetRows(someRequests(), false)
		d.SetContent("a", someContent())
		left, right := l.View(), d.View()
		golden(t, fmt.Sprintf("split-%d", w), s.TopRule(th, w)+"\n"+s.Join(th, left, right, d.Rules()))
	}
}

func TestBreakpoints(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		w, h     int
		tooSmall bool
		both     bool
	}{
		{0, 0, true, false}, {59, 40, true, false}, {200, 15, true, true}, {60, 16, false, false},
		{80, 24, false, false}, {99, 30, false, false}, {100, 30, false, true}, {120, 36, false, true},
	} {
		f := NewFrame(tt.w, tt.h)
		s := NewSplit(f.Body, 55)
		if f.TooSmall != tt.tooSmall || s.Both != tt.both {
			t.Errorf("%dx%d: too small %v, both %v; want %v, %v", tt.w, tt.h, f.TooSmall, s.Both, tt.tooSmall, tt.both)
		}
		if s.Both && s.List.W+1+s.Detail.W != tt.w {
			t.Errorf("%dx%d: %d + 1 + %d columns", tt.w, tt.h, s.List.W, s.Detail.W)
		}
		if f.Tabs.H+f.Views.H+f.Rule.H+f.Body.H+f.Keys.H != tt.h && tt.h >= 4 {
			t.Errorf("%dx%d: the parts of %+v do not add up", tt.w, tt.h, f)
		}
	}
}

func TestMouseIsTranslated(t *testing.T) {
	t.Parallel()
	r := Rect{X: 10, Y: 5, W: 20, H: 3}
	if msg, ok := r.Mouse(tea.MouseClickMsg{X: 12, Y: 6}); !ok || msg != (tea.MouseClickMsg{X: 2, Y: 1}) {
		t.Errorf("inside: %v, %v", msg, ok)
	}
	for _, out := range []tea.Msg{tea.MouseClickMsg{X: 9, Y: 6}, tea.MouseWheelMsg{X: 30, Y: 6}, press("j")} {
		if _, ok := r.Mouse(out); ok {
			t.Errorf("%v taken for inside", out)
		}
	}
}

func TestWhatIsBlankHasNotBeenSeen(t *testing.T) {
	t.Parallel()
	d := NewDetail(darkTheme())
	d.SetSize(60, 20)
	d.SetContent("one", DetailContent{Title: Words(theme.Strong, "REQ0010042"), Sections: []Section{
		{Facts: []Fact{{Label: "Who", Value: []Line{Words(theme.Text, "alice")}}}},
		{Ruled: true, Facts: []Fact{{Label: "Why", Value: []Line{Words(theme.Text, "restore")}}}},
	}})
	d.SetBlank(true)
	view := d.View()
	mustFit(t, "a blank pane", view, 60, 20)
	if strings.TrimSpace(ansi.Strip(view)) != "" || len(d.Rules()) > 0 {
		t.Errorf("it draws %q with rules at %v", view, d.Rules())
	}
	if d.SeenAll() {
		t.Error("what was not drawn counts as seen")
	}
	d.SetBlank(false)
	if view := ansi.Strip(d.View()); !strings.Contains(view, "alice") || !d.SeenAll() || len(d.Rules()) != 1 {
		t.Errorf("afterwards: seen all %v, rules at %v:\n%s", d.SeenAll(), d.Rules(), view)
	}
}

func TestTheDetailShowsThatItHasTheKeys(t *testing.T) {
	t.Parallel()
	s := NewSplit(Rect{W: SplitWidth, H: 3}, 50)
	for _, on := range []bool{false, true} {
		head, _, _ := strings.Cut(ansi.Strip(s.ToDetail(on).Join(darkTheme(), "", "", nil)), "\n")
		if got := strings.Contains(head, "▌"); got != on {
			t.Errorf("keys in the detail %v: the head of the wall is %q", on, head)
		}
	}
}

// A field that an old form had is labelled by its key, which is foreign.
func TestALabelIsAsWideAsItIsDrawn(t *testing.T) {
	t.Parallel()
	for _, label := range []string{"key\x1b]0;x\a", "\x1b[2J"} {
		d := NewDetail(darkTheme())
		d.SetSize(80, 10)
		d.SetContent("REQ0010042/1", DetailContent{Title: Words(theme.Strong, "REQ0010042"), Sections: []Section{{Facts: []Fact{{Label: label, Value: []Line{Words(theme.Text, "value")}}}}}})
		if want := safetext.Line(label).String(); !strings.Contains(ansi.Strip(d.View()), want) {
			t.Errorf("the label %q is not drawn whole as %s:\n%s", label, want, ansi.Strip(d.View()))
		}
	}
}
