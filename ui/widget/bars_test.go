package widget

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/safetext"
	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func someHeader() Header {
	return Header{
		Name: "countersign", Active: 1,
		Tabs:       []Tab{{"1", "Portal", "Port", 0}, {"2", "Approvals", "Appr", 7}, {"3", "Tasks", "Task", 3}, {"4", "EPM", "", 2}, {"5", "Logs", "", 0}},
		HealthText: "vault 41 ms", HealthShort: "41 ms", Budget: "52/60", Person: safetext.Line("dana"), Role: "approver",
	}
}

func bind(k, desc string) key.Binding { return key.NewBinding(key.WithKeys(k), key.WithHelp(k, desc)) }

func someBindings() []key.Binding {
	off := bind("z", "never")
	off.SetEnabled(false)
	return []key.Binding{bind("a", "approve"), bind("d", "deny"), off, bind("c", "comment"), bind("space", "mark"), bind("enter", "open"), bind("y", "copy uid"), bind(":", "commands")}
}

func TestBarsGolden(t *testing.T) {
	t.Parallel()
	th := darkTheme()
	var b strings.Builder
	for _, w := range []int{140, 120, 100, 80, 60, 40} {
		h := someHeader()
		fmt.Fprintf(&b, "%d columns\n%s\n", w, NewTabBar(th).View(h, w))
		h.Demo, h.Health, h.HealthText, h.HealthShort = true, Unreachable, "vault away since 09:58", "away 09:58"
		h.Person = safetext.Line("maximiliane.featherstonehaugh")
		fmt.Fprintf(&b, "%s\n", NewTabBar(th).View(h, w))
		views := []ViewTab{{"Waiting", 7}, {"All", -1}, {"Decided", -1}}
		fmt.Fprintf(&b, "%s\n", NewViewBar(th).View(views, 0, Listing{Filterable: true, Sort: "due"}, w))
		fmt.Fprintf(&b, "%s\n", NewViewBar(th).View(views, 0, Listing{Filter: safetext.Line("requestor:alice state:rejected age:>2d"), Filterable: true, Sort: "due"}, w))
		fmt.Fprintf(&b, "%s\n", KeyBar(th, w, someBindings(), bind("?", "help"), nil))
		fmt.Fprintf(&b, "%s\n", KeyBar(th, w, someBindings(), bind("?", "help"), Words(theme.OK, "✓ REQ0010040 approved")))
	}
	golden(t, "bars", b.String())
}

func TestTheHeaderAlwaysShowsHealthAndDemo(t *testing.T) {
	t.Parallel()
	for w := MinWidth; w <= 160; w++ {
		h := someHeader()
		h.Demo = true
		got := ansi.Strip(NewTabBar(darkTheme()).View(h, w))
		for _, want := range []string{"DEMO", "●", "41 ms", "Appr", " 7 "} {
			if !strings.Contains(got, want) {
				t.Errorf("%d columns: %q is not in %q", w, want, got)
			}
		}
	}
}

func TestFromAHundredOnItIsNotSaidHowMany(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{99: "99", 100: "99+", 250: "99+"} {
		head := ansi.Strip(NewTabBar(darkTheme()).View(Header{Name: "countersign", Tabs: []Tab{{Key: "2", Title: "Approvals", Badge: n}}}, 80))
		if !strings.Contains(head, " Approvals "+want+"  ") {
			t.Errorf("%d that wait: the header is %q", n, head)
		}
		views := ansi.Strip(NewViewBar(darkTheme()).View([]ViewTab{{Title: "Waiting", Count: n}}, 0, Listing{Filterable: true, Sort: "due"}, 80))
		if !strings.Contains(views, " Waiting "+want+"  ") {
			t.Errorf("%d that wait: the views are %q", n, views)
		}
	}
}

func TestTheKeyLineKeepsHelp(t *testing.T) {
	t.Parallel()
	for w := 30; w <= 160; w++ {
		for _, status := range []Line{nil, Words(theme.Warn, "▲ omar approved it at 10:04; nothing was changed")} {
			got := ansi.Strip(KeyBar(darkTheme(), w, someBindings(), bind("?", "help"), status))
			if !strings.Contains(got, "? help") {
				t.Errorf("%d columns: no help in %q", w, got)
			}
			if strings.Contains(got, "never") {
				t.Errorf("a disabled key is shown: %q", got)
			}
		}
	}
}

func TestWhatHappenedIsNotCutForKeys(t *testing.T) {
	t.Parallel()
	const happened = "▲ bob is no approver: there is nothing to act for"
	for _, w := range []int{60, 80, 120} {
		got := ansi.Strip(KeyBar(darkTheme(), w, someBindings(), bind("?", "help"), Words(theme.Warn, happened)))
		if !strings.Contains(got, happened) || !strings.Contains(got, "? help") {
			t.Errorf("%d columns: %q", w, got)
		}
	}
}

func TestTabsAndViewsAreFoundByTheMouse(t *testing.T) {
	t.Parallel()
	bar := NewTabBar(darkTheme())
	line := ansi.Strip(bar.View(someHeader(), 120))
	if got := bar.TabAt(strings.Index(line, "Tasks")); got != 2 {
		t.Errorf("tab %d under Tasks, want 2", got)
	}
	if got := bar.TabAt(0); got != -1 {
		t.Errorf("tab %d under the name, want none", got)
	}
	views := NewViewBar(darkTheme())
	line = ansi.Strip(views.View([]ViewTab{{"Waiting", 7}, {"All", -1}}, 0, Listing{Filterable: true, Sort: ""}, 80))
	if got := views.ViewAt(strings.Index(line, "All")); got != 1 {
		t.Errorf("view %d under All, want 1", got)
	}
}

func TestSpinnerTurnsOnlyWhileOn(t *testing.T) {
	t.Parallel()
	s := NewSpinner(darkTheme())
	if s.Update(spun{s, 0}) != nil || strings.TrimSpace(s.Line().String()) != "" {
		t.Error("a spinner at rest turns")
	}
	if s.Start() == nil || s.Start() != nil {
		t.Error("Start must begin one chain of ticks and no second")
	}
	first := s.Line().String()
	if s.Update(spun{s, s.gen}) == nil || s.Line().String() == first {
		t.Error("it does not turn")
	}
	if s.Update(spun{NewSpinner(darkTheme()), s.gen}) != nil {
		t.Error("it turns by another's tick")
	}
	s.Stop()
	if s.Update(spun{s, s.gen}) != nil || s.On() {
		t.Error("it turns after Stop")
	}
	old := s.gen
	s.Start()
	if s.Update(spun{s, old}) != nil {
		t.Error("a tick from before Stop doubles the speed")
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	c := newClock()
	p := NewProgress(c.now, "queued", "sent", "checking", "done")
	step := func(want string) {
		t.Helper()
		if got := p.Line().String(); got != want {
			t.Errorf("drew %q, want %q", got, want)
		}
	}
	step("queued → sent → checking → done")
	if p.Step(0, c.now()) == nil {
		t.Error("the clock does not start")
	}
	c.advance(3 * time.Second)
	step("queued 3 s → sent → checking → done")
	if p.Step(2, c.now()) != nil {
		t.Error("a second clock was started")
	}
	step("✓ queued → ✓ sent → checking 0 s → done")
	if p.Update(ticked{p, p.gen}) == nil {
		t.Error("the clock stops while it runs")
	}
	p.Finish(theme.Warn, Words(theme.Warn, "unknown, looked at again at 10:05"))
	step("✓ queued → ✓ sent → checking → ▲ unknown, looked at again at 10:05")
	if p.Update(ticked{p, p.gen}) != nil {
		t.Error("the clock ticks on after the end")
	}
	p.Finish(theme.OK, nil)
	step("✓ queued → ✓ sent → ✓ checking → ✓ done")
}

func someActions(did *string) []Action {
	act := func(title, key, off string) Action {
		return Action{Title: title, Key: key, Off: off, Run: func() tea.Cmd { *did = title; return nil }}
	}
	return []Action{
		act("Approve request", "a", ""), act("Deny request", "d", ""), act("Open log lines", "l", ""),
		act("Fulfil task", "f", "the request is not approved"), act("Ask for information", "i", ""),
	}
}

func TestPalette(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		keys   []string
		want   string
		closed bool
	}{
		{"the first action", []string{"enter"}, "Approve request", true},
		{"the second", []string{"down", "enter"}, "Deny request", true},
		{"not above the first or below the last", []string{"up", "up", "down", "down", "down", "down", "down", "down", "enter"}, "Ask for information", true},
		{"a few letters", []string{"l", "o", "g", "enter"}, "Open log lines", true},
		{"what cannot be done now is refused", []string{"f", "u", "l", "f", "enter"}, "", false},
		{"nothing found", []string{"z", "z", "z", "enter"}, "", false},
		{"esc", []string{"d", "e", "esc"}, "", true},
		{"letters that are keys elsewhere are text", []string{"q", "j", "k"}, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var did string
			p := NewPalette(darkTheme(), someActions(&did))
			p.SetSize(80, 24)
			for _, k := range tt.keys {
				p.Update(press(k))
				p.View()
			}
			if did != tt.want || p.Closed() != tt.closed {
				t.Errorf("did %q, closed %v; want %q, %v", did, p.Closed(), tt.want, tt.closed)
			}
		})
	}
}

func TestAPaletteCanBeCalledSomethingElse(t *testing.T) {
	t.Parallel()
	var did string
	p := NewPalette(darkTheme(), someActions(&did))
	p.SetWords("Be somebody else", "whose screen?")
	p.SetSize(80, 24)
	view := ansi.Strip(p.View())
	if !strings.Contains(view, "Be somebody else") || !strings.Contains(view, "whose screen?") {
		t.Errorf("its words are not there:\n%s", view)
	}
	if strings.Contains(view, "Commands") || strings.Contains(view, "type what") {
		t.Errorf("the usual words are still there:\n%s", view)
	}
}

func TestAPaletteSaysHowManyMoreThereAre(t *testing.T) {
	t.Parallel()
	var did string
	p := NewPalette(darkTheme(), someActions(&did))
	p.SetSize(80, 8)
	if want := fmt.Sprintf("↓ %d more", len(p.actions)-2); !strings.Contains(ansi.Strip(p.View()), want) {
		t.Errorf("%q is not said:\n%s", want, ansi.Strip(p.View()))
	}
	for range p.actions {
		p.Update(press("down"))
	}
	if strings.Contains(ansi.Strip(p.View()), " more") {
		t.Errorf("more is said at the end:\n%s", ansi.Strip(p.View()))
	}
}

func TestPaletteTakesAnyText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var did string
		p := NewPalette(darkTheme(), someActions(&did))
		w, h := anySize(t)
		p.SetSize(w, h)
		p.Update(tea.PasteMsg{Content: rapid.String().Draw(t, "query")})
		p.Update(press(rapid.SampledFrom(somePresses).Draw(t, "key")))
		mustFit(t, "palette", p.View(), p.Frame().W, p.Frame().H)
	})
}

func TestPaletteAndHelpGolden(t *testing.T) {
	t.Parallel()
	var did string
	p := NewPalette(darkTheme(), someActions(&did))
	p.SetSize(80, 24)
	golden(t, "palette", p.View())
	typeInto(paletteField{p}, "r", "e", "q")
	golden(t, "palette-req", p.View())
	l, d := requestList(darkTheme()), NewDetail(darkTheme())
	groups := []HelpGroup{{"Approvals", someBindings()}, {"List", l.Keys().Bindings()}, {"Detail", d.Keys().Bindings()}, {"Nothing", nil}}
	for _, s := range [][2]int{{120, 36}, {80, 24}, {60, 16}} {
		h := NewHelp(darkTheme(), "Help: Approvals", groups)
		h.SetSize(s[0], s[1])
		golden(t, fmt.Sprintf("help-%dx%d", s[0], s[1]), h.View())
	}
}

// paletteField lets typeInto type into a palette.
type paletteField struct{ *Palette }

func (p paletteField) SetWidth(int)                       {}
func (p paletteField) SetFocused(bool)                    {}
func (p paletteField) View(theme.Surface) []string        { return nil }
func (p paletteField) Writes() bool                       { return true }
func (p paletteField) Notice() string                     { return "" }
func (p paletteField) Holds() ([]Line, bool)              { return nil, true }
func (p paletteField) Update(msg tea.Msg) (tea.Cmd, bool) { return p.Palette.Update(msg), true }

func TestHelpFitsAnySizeAndShowsEveryKey(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		th := anyTheme(t)
		h := NewHelp(th, "Help", []HelpGroup{{"Here", someBindings()}, {"List", DefaultListKeys().Bindings()}, {"Form", DefaultDetailKeys().Bindings()}})
		w, hh := anySize(t)
		h.SetSize(w, hh)
		seen := ""
		for range 40 {
			mustFit(t, "help", h.View(), h.Frame().W, h.Frame().H)
			seen += ansi.Strip(h.View())
			h.Update(press("j"))
		}
		if w >= MinWidth && hh >= MinHeight {
			for _, want := range []string{"approve", "half a page down", "to the end"} {
				if !strings.Contains(seen, want) {
					t.Fatalf("%q is on no page of the help at %dx%d", want, w, hh)
				}
			}
		}
		h.Update(press("esc"))
		if !h.Closed() {
			t.Fatal("esc does not close it")
		}
	})
}

func TestTheNoticeForSmallScreens(t *testing.T) {
	t.Parallel()
	got := strings.Join(strings.Fields(ansi.Strip(TooSmall(darkTheme(), 40, 10))), " ")
	if !strings.Contains(got, "60 columns and 16 lines") {
		t.Errorf("drew %q", got)
	}
}

func TestViewsAreNotCutForTheOrder(t *testing.T) {
	t.Parallel()
	views := []ViewTab{{Title: "Waiting", Count: 9}, {Title: "Devices", Count: 4}, {Title: "Decided", Count: -1}, {Title: "Incidents", Count: -1}}
	for width := 50; width <= 100; width++ {
		got := ansi.Strip(NewViewBar(darkTheme()).View(views, 0, Listing{Filterable: true, Sort: "open, newest"}, width))
		if strings.Contains(got, "…") || !strings.Contains(got, "Incidents") {
			t.Errorf("%d cells: %q", width, got)
		}
		if strings.Contains(got, "/ filter") && !strings.Contains(got, "open, newest") && width > 70 {
			t.Errorf("%d cells have room for the order: %q", width, got)
		}
	}
}

func TestAFilterIsOfferedOnlyWhereThereIsOne(t *testing.T) {
	t.Parallel()
	for filterable, want := range map[bool]bool{true: true, false: false} {
		got := ansi.Strip(NewViewBar(darkTheme()).View([]ViewTab{{Title: "Support", Count: -1}}, 0, Listing{Filterable: filterable}, 80))
		if strings.Contains(got, "/ filter") != want {
			t.Errorf("filterable %t: %q", filterable, got)
		}
	}
}
