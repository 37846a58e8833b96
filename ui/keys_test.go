package ui

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

func admin() model.Actor { return person("omar", model.RoleRequestor, model.RoleAdmin) }

func TestKeysGoToTheTabInFront(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.press("a", "esc", "x")
	if got, want := c.front().got[1:], []string{"key a", "key esc", "key x"}; !slices.Equal(got, want) {
		t.Errorf("the tab got %v, want %v", got, want)
	}
}

func TestAFieldHasAllKeys(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.front().capturing = true
	c.press("1", "[", ":", "?", "q", "R", "P", "l", "esc")
	want := []string{"focus", "key 1", "key [", "key :", "key ?", "key q", "key R", "key P", "key l", "key esc"}
	if got := c.front().got; !slices.Equal(got, want) {
		t.Errorf("the tab got %v, want %v", got, want)
	}
	if strings.Contains(c.plain(), "? help") {
		t.Error("the key line offers ? while it is text")
	}
	if !quits(c.press("ctrl+c")) {
		t.Error("ctrl+c does not leave a field")
	}
}

func TestViewsGoRound(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	for _, tt := range []struct {
		key  string
		want int
	}{{"]", 1}, {"]", 2}, {"]", 0}, {"[", 2}, {"[", 1}} {
		if c.press(tt.key); c.front().view != tt.want {
			t.Errorf("%s went to view %d, want %d", tt.key, c.front().view, tt.want)
		}
	}
}

func TestRefreshLoadsAgain(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.service.badges.Approvals = 9
	c.press("R")
	if got := c.front().got; !slices.Contains(got, "Changed") || !slices.Contains(got, "key R") {
		t.Errorf("the tab got %v", got)
	}
	c.wantScreen("Approvals 9")
}

func TestBadgesThatCannotBeCountedStay(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.service.err = errDisk
	c.press("R")
	c.wantScreen("Approvals 7")
}

func TestHelpAndPaletteAreMadeOfTheBindings(t *testing.T) {
	t.Parallel()
	c := newConsole(t, admin(), 120, 36)
	c.press("?")
	for _, b := range append(c.front().Keys(), c.App.keys.bindings()...) {
		if b.Enabled() {
			c.wantScreen(b.Help().Desc)
		}
	}
	c.press("esc", ":")
	c.wantScreen("approve", "deny", "show All", "go to Portal", "be somebody else", "quit")
	if strings.Contains(c.plain(), "into the background") {
		t.Error("a disabled key is offered")
	}
}

func TestChoosingInThePaletteSendsTheKey(t *testing.T) {
	t.Parallel()
	c := newConsole(t, admin(), 120, 36)
	c.press(":", "d", "e", "n", "y", "enter")
	if got := c.front().got; !slices.Contains(got, "key d") {
		t.Errorf("the tab got %v", got)
	}
	c.press(":", "g", "o", "space", "t", "o", "space", "L", "o", "g", "enter")
	if c.session.front != tab.Logs {
		t.Errorf("tab %d is in front", c.session.front)
	}
	c.press(":", "s", "h", "o", "w", "space", "D", "enter")
	if c.front().view != 2 {
		t.Errorf("view %d is shown", c.front().view)
	}
}

func TestKeyNamesMakeTheirKeys(t *testing.T) {
	t.Parallel()
	list, detail := widget.DefaultListKeys(), widget.DefaultDetailKeys()
	all := append(list.Bindings(), detail.Bindings()...)
	all = append(all, newKeys(Options{Demo: true, Personas: []Persona{{}}, Suspend: true}).bindings()...)
	all = append(all, key.NewBinding(key.WithKeys("shift+tab", "enter", "esc", "+", "ctrl+shift+up", "ä", "backspace")))
	for _, b := range all {
		for _, name := range b.Keys() {
			if got := keyPress(name).String(); got != name {
				t.Errorf("the key %q calls itself %q", name, got)
			}
		}
	}
}

func TestQuittingAsksOnlyWhenSomethingWouldBeLost(t *testing.T) {
	t.Parallel()
	c := newConsole(t, admin(), 120, 36)
	if !quits(c.press("q")) {
		t.Error("q does not quit")
	}
	c = newConsole(t, admin(), 120, 36)
	c.tabs["omar"][tab.Portal].unsaved = "a request for prod-db-01"
	if quits(c.press("q")) {
		t.Error("q quit although something would be lost")
	}
	c.wantScreen("Portal: a request for prod-db-01", "No, stay")
	if quits(c.press("enter")) {
		t.Error("enter, typed ahead, quit")
	}
	if c.press("q"); quits(c.press("tab", "enter")) == false {
		t.Error("the button does not quit")
	}
	c = newConsole(t, admin(), 120, 36)
	c.tabs["omar"][tab.Portal].unsaved = "a request for prod-db-01"
	c.press("ctrl+c")
	if !quits(c.press("ctrl+c")) {
		t.Error("ctrl+c over the question does not quit")
	}
}

func TestGotoOpensWhatIsWanted(t *testing.T) {
	t.Parallel()
	c := newConsole(t, admin(), 120, 36)
	c.play(c.handle(tab.Goto{Tab: tab.Portal, Number: "REQ0010042"}))
	if got := c.front().got; c.session.front != tab.Portal || !slices.Equal(got, []string{"focus", "open REQ0010042"}) {
		t.Errorf("tab %d got %v", c.session.front, got)
	}
	c.play(c.handle(tab.Goto{Tab: tab.Logs, Correlation: "c7a1"}))
	if got := c.front().got; c.session.front != tab.Logs || !slices.Equal(got, []string{"focus", "Goto"}) {
		t.Errorf("tab %d got %v", c.session.front, got)
	}
	c.play(c.handle(tab.Goto{Tab: tab.Approvals}))
	c.wantScreen("Approvals is not open to your roles")
	c.play(c.handle(tab.Goto{Tab: 77}))
}

func TestANoticeLeadsToTheLog(t *testing.T) {
	t.Parallel()
	c := newConsole(t, admin(), 120, 36)
	bad := tab.Notice{Kind: tab.NoticeBad, Text: widget.Words(theme.Text, "it failed"), Correlation: "c7a1"}
	c.play(c.handle(bad))
	c.wantScreen("▲ it failed  l log")
	c.press("l")
	if c.session.front != tab.Logs || !slices.Contains(c.front().got, "Goto") {
		t.Errorf("l went to tab %d, which got %v", c.session.front, c.front().got)
	}
	c.press("2")
	if c.press("l"); !slices.Contains(c.front().got, "key l") {
		t.Error("without a notice l is not the tab's")
	}
	d := newConsole(t, dana(), 120, 36)
	d.play(d.handle(bad))
	if strings.Contains(d.plain(), "l log") {
		t.Error("the log is offered to somebody who may not see it")
	}
}

func TestNoticesGo(t *testing.T) {
	t.Parallel()
	c := newConsole(t, admin(), 120, 36)
	ok := tab.Notice{Kind: tab.NoticeOK, Text: widget.Words(theme.Text, "REQ0010040 approved")}
	c.play(c.handle(ok))
	c.wantScreen("✓ REQ0010040 approved")
	c.play(c.handle(keyPress("x")))
	c.wantScreen("REQ0010040 approved") // it could not be read yet
	c.press("x")
	if strings.Contains(c.plain(), "REQ0010040") {
		t.Error("the notice stayed after a key")
	}
	c.play(c.handle(ok))
	if at := c.nextChange(c.now); at != c.now.Add(noticeFor) {
		t.Errorf("the frame wakes at %v for a notice of %v", at, c.now)
	}
	c.now = c.now.Add(noticeFor)
	c.wake()
	c.play(c.awake(woken{c.clock.gen}))
	if strings.Contains(c.plain(), "REQ0010040") {
		t.Error("the notice stayed after its time")
	}
}

func TestBelowTheLeastSizeNothingIsWorkedWith(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 59, 24)
	c.press("a", "enter", "2", "?")
	c.handle(tea.PasteMsg{Content: "x"})
	if got := c.front().got; !slices.Equal(got, []string{"focus"}) {
		t.Errorf("the tab got %v", got)
	}
	if !quits(c.press("q")) {
		t.Error("q does not quit")
	}
}

func TestATabIsNotDrawnUnderAnOverlay(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.View()
	c.press("?")
	c.front().rows = "another list"
	if strings.Contains(c.plain(), "another list") {
		t.Error("the tab was drawn under the help")
	}
	c.press("esc")
	c.wantScreen("rows of another list")
}

func TestMouseWorks(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.View()
	click := func(x, y int) { c.play(c.handle(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})) }
	click(strings.Index(c.line(0), "4 EPM"), 0)
	if c.session.front != tab.EPM {
		t.Errorf("a click on EPM brought tab %d to the front", c.session.front)
	}
	c.View()
	click(strings.Index(c.line(1), "Decided"), 1)
	if c.front().view != 2 {
		t.Errorf("a click on Decided went to view %d", c.front().view)
	}
	click(10, 10)
	if got := c.front().got; got[len(got)-1] != "tea.MouseClickMsg" {
		t.Errorf("a click into the body gave the tab %v", got)
	}
}

func TestADemoChangesThePerson(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	late := c.session.focus() // dana's rows, still on their way
	c.press("P", "a", "l", "i", "enter")
	if got := c.session.env.Me.Login; got != "alice" {
		t.Fatalf("it is %s now", got)
	}
	c.wantScreen("alice · requestor", "rows of alice Portal")
	c.play(c.handle(answer{1, loadedBy{"dana, late"}}))
	if strings.Contains(c.plain(), "dana, late") {
		t.Error("rows of one person were shown to another")
	}
	if msg := late(); msg != nil {
		t.Errorf("a command of a session that ended answered %v", msg)
	}
	c.press("P", "n", "o", "b", "enter")
	c.wantScreen("nobody: not registered here")
	c.front().unsaved = "a half-written request"
	c.press("P", "d", "a", "n", "enter")
	c.wantScreen("Become dana?", "a half-written request")
	if c.press("esc"); c.session.env.Me.Login != "alice" {
		t.Error("the person changed without an answer")
	}
}

func TestOnlyADemoChangesThePerson(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	opts := c.options(dana())
	opts.Demo = false
	c.App = New(opts)
	t.Cleanup(c.Close)
	c.resize(120, 36)
	c.press("P")
	if got := c.front().got; !slices.Contains(got, "key P") || strings.Contains(c.plain(), "DEMO") {
		t.Errorf("outside of a demo the tab got %v:\n%s", got, c.line(0))
	}
}

func TestClipboardReachesTheProgramUnmarked(t *testing.T) {
	t.Parallel()
	s := &session{id: 3}
	msg := s.own(tea.Batch(tea.SetClipboard("x"), func() tea.Msg { return "mine" }, nil))()
	batch, ok := msg.(tea.BatchMsg)
	if !ok || len(batch) != 2 {
		t.Fatalf("got %v", msg)
	}
	if got, want := batch[0](), tea.SetClipboard("x")(); got != want {
		t.Errorf("the clipboard's message became %#v", got)
	}
	if got := batch[1](); got != (answer{3, "mine"}) {
		t.Errorf("the tab's message became %#v", got)
	}
}

func TestFrameWakesWhenATimeRuns(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.clock.polled = c.now
	c.front().tick = 0
	if at := c.nextChange(c.now); at != c.now.Add(healthEvery) {
		t.Errorf("at rest the frame wakes at %v", at)
	}
	c.front().tick = 700 * time.Millisecond
	if at := c.nextChange(c.now); at != c.now.Add(700*time.Millisecond) {
		t.Errorf("in the last two minutes the frame wakes at %v", at)
	}
	if c.wake() == nil || c.wake() != nil {
		t.Error("one setting of the clock must be enough")
	}
	c.play(c.awake(woken{c.clock.gen}))
	if got := c.front().got; got[len(got)-1] != "Minute" {
		t.Errorf("waking gave the tab %v", got)
	}
	c.play(c.awake(woken{c.clock.gen - 1}))
	if n := len(c.front().got); n != 2 {
		t.Errorf("an old setting of the clock rang: %v", c.front().got)
	}
}

func TestChangesReachTheTabInFrontAlone(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.changes, c.unwatch = c.service.Changes()
	c.service.changes <- struct{}{}
	msg := c.watch(time.Time{})()
	if _, ok := msg.(changed); !ok {
		t.Fatalf("watching gave %v", msg)
	}
	c.handle(msg)
	if got := c.front().got; got[len(got)-1] != "Changed" {
		t.Errorf("the tab in front got %v", got)
	}
	if got := c.tabs["dana"][tab.Portal].got; got != nil {
		t.Errorf("a tab behind got %v", got)
	}
	c.Close()
	if !c.service.ended {
		t.Error("the watching was not ended")
	}
	if msg := c.watch(time.Time{})(); msg != nil {
		t.Errorf("watching after the end gave %v", msg)
	}
}

func TestAClosedChannelEndsTheWatch(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.changes, c.unwatch = c.service.Changes()
	close(c.service.changes)
	if msg := c.watch(time.Time{})(); msg != nil {
		t.Errorf("watching gave %v", msg)
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if sleep(ctx, time.Hour) || sleep(ctx, 0) {
		t.Error("a sleep outlived its context")
	}
}

func TestThePersonChooserSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.press("P")
	c.wantScreen("Be somebody else", "whose screen?", "be alice, requestor")
	if strings.Contains(c.plain(), "type what you want to do") {
		t.Errorf("it asks for a command:\n%s", c.plain())
	}
}

// The store counts no further than the cap, and the bar says so from there.
func TestBadgesThatReachTheCapSayMore(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.service.badges = workflow.Badges{Approvals: workflow.BadgeCap - 1, Endpoints: workflow.BadgeCap}
	c.press("R")
	c.wantScreen("2 Approvals 99 ", "4 EPM 99+ ")
}
