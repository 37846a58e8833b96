package epm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

func TestOpenShowsTheRequestOfAnIncidentAndADevice(t *testing.T) {
	t.Parallel()
	tb := newTab(t, someRequests(), narrowW, narrowH)
	play(tb, tb.Open("SIR0010009"))
	if !tb.page || !strings.Contains(plain(tb), "SIR0010009") {
		t.Errorf("the decided request was not opened:\n%s", plain(tb))
	}
	press(tb, "i")
	if !strings.Contains(plain(tb), "security incident") {
		t.Errorf("i does not lead to the incident:\n%s", plain(tb))
	}
	press(tb, "i", "esc")
	play(tb, tb.Open("device 2"))
	if tb.at != devices || !strings.Contains(plain(tb), "ad76aaedf0f4eb7597e2") {
		t.Errorf("the device was not opened:\n%s", plain(tb))
	}
	if got := notices(play(tb, tb.Open("SIR0019999"))); !strings.Contains(got, "SIR0019999 cannot be shown") {
		t.Errorf("got %q, want a notice that names the number", got)
	}
}

func TestCopyGivesOnlyAUIDOrANumber(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	if got := notices(press(tb, "y")); got != "UID copied" {
		t.Errorf("copying says %q", got)
	}
	f.waiting[0].UID, f.waiting[0].Incident = "\x1b]52;c;x\a", ""
	play(tb, tb.Focus())
	if got := notices(press(tb, "g", "y")); got != "there is nothing here that may be copied" {
		t.Errorf("what is no UID was copied: %q", got)
	}
}

func TestErrorsAreShownWithAdvice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"of the vault", &workflow.VaultError{Text: "no answer", Advice: "try later"}, "▲ no answer"},
		{"of the rules", &model.Denied{Reason: "only approvers see this"}, "▲ only approvers see this"},
		{"of the store", errors.New("disk I/O error"), "R tries again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := someRequests()
			f.err = tt.err
			tb := newTab(t, f, wideW, wideH)
			for _, v := range []int{waiting, devices, decided, incidents} {
				play(tb, tb.SetView(v))
				if !strings.Contains(plain(tb), tt.want) {
					t.Errorf("view %d does not say %q:\n%s", v, tt.want, plain(tb))
				}
			}
		})
	}
}

func TestSecondsRunInTheLastTwoMinutesOnly(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	if got := tb.NextTick(); got != 12*time.Second+1 {
		t.Errorf("with 4m12s left the next tick is in %v", got)
	}
	f.waiting[1].Expires = noon.Add(90 * time.Second)
	play(tb, tb.Focus())
	if got := tb.NextTick(); got > time.Second+1 {
		t.Errorf("in the last two minutes the next tick is in %v", got)
	}
	play(tb, tb.SetView(devices))
	if got := tb.NextTick(); got != 0 {
		t.Errorf("devices have no end, but tick in %v", got)
	}
}

func TestAFullListRestsBetweenTheMinutes(t *testing.T) {
	t.Parallel()
	f := countingDown(50)
	for i := range f.waiting {
		f.waiting[i].Expires = noon.Add(10*time.Minute + time.Duration(i)*1300*time.Millisecond)
	}
	tb, at := newTabAt(t, f, wideW, wideH)
	if got := tb.NextTick(); got != 0 {
		t.Errorf("with ten minutes left it ticks in %v", got)
	}
	at.now = noon.Add(9 * time.Minute).Add(300 * time.Millisecond)
	if got := tb.NextTick(); got != 700*time.Millisecond {
		t.Errorf("with fifty in their last two minutes it ticks in %v, want it with the second", got)
	}
}

func TestATickChangesNothingButTimes(t *testing.T) {
	t.Parallel()
	f := someRequests()
	f.waiting[0].Expires = noon.Add(100 * time.Second)
	f.views[1] = workflow.EndpointView{}
	tb, at := newTabAt(t, f, wideW, wideH)
	readOn(tb)
	before := strings.Split(plain(tb), "\n")
	at.now = at.now.Add(time.Second)
	play(tb, tb.Update(tab.Minute(at.now)))
	changed := 0
	for i, l := range strings.Split(plain(tb), "\n") {
		if l != before[i] {
			changed++
			if was, is := strings.ReplaceAll(before[i], "100s", "99s"), l; strings.Join(strings.Fields(was), " ") != strings.Join(strings.Fields(is), " ") {
				t.Errorf("a tick changed %q to %q", before[i], l)
			}
		}
	}
	if changed == 0 || changed > 2 {
		t.Errorf("%d lines changed", changed)
	}
	if tb.reader.unread() != 0 {
		t.Error("a tick made the evidence unread")
	}
}

func TestTheWorkerIsToldWhileSomebodyLooks(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb, at := newTabAt(t, f, 120, 32)
	for _, tt := range []struct {
		name  string
		after time.Duration
		do    func() tea.Cmd
		want  int
	}{
		{"a change right after it came to the front", time.Second, func() tea.Cmd { return tb.Update(tab.Changed{}) }, 1},
		{"the minute is over", time.Minute, func() tea.Cmd { return tb.Update(tab.Minute(at.now)) }, 2},
		{"a tick of the last two minutes", time.Second, func() tea.Cmd { return tb.Update(tab.Minute(at.now)) }, 2},
		{"a change a while later", 15 * time.Second, func() tea.Cmd { return tb.Update(tab.Changed{}) }, 3},
		{"it comes to the front again", time.Second, tb.Focus, 4},
	} {
		at.now = at.now.Add(tt.after)
		play(tb, tt.do())
		if f.wanted != tt.want {
			t.Errorf("%s: the worker was told %d times, want %d", tt.name, f.wanted, tt.want)
		}
	}
}

func TestTheDetailFollowsWhenTheCursorHasRested(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, 120, 32)
	var waits []tea.Msg
	tb.reader.after = func(_ time.Duration, msg tea.Msg) tea.Cmd {
		if _, late := msg.(readLate); !late {
			waits = append(waits, msg)
		}
		return nil
	}
	read := f.read
	press(tb, "j", "k", "j")
	if f.read != read || len(waits) != 3 {
		t.Fatalf("%d readings and %d waits for a cursor that moves", f.read-read, len(waits))
	}
	play(tb, tb.Update(waits[0]))
	if f.read != read {
		t.Error("what the cursor only passed was read")
	}
	play(tb, tb.Update(waits[2]))
	if s, ok := tb.reader.reading(tb.current()); !ok || s.endpoint.User != "bob" {
		t.Error("the detail does not follow the cursor that rests")
	}
}

func TestKeysThatAreOfferedDoSomething(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	for v := range tb.panes {
		play(tb, tb.SetView(v))
		for _, b := range tb.Keys() {
			if b.Enabled() && (b.Help().Key == "" || b.Help().Desc == "") {
				t.Errorf("view %d offers %v without words", v, b.Keys())
			}
		}
	}
	offers := func(name string) bool {
		for _, b := range tb.Keys() {
			if b.Enabled() && b.Help().Key == name {
				return true
			}
		}
		return false
	}
	play(tb, tb.SetView(waiting))
	if !offers("a") || !offers("d") || offers("t") {
		t.Error("a request does not offer its two decisions and no more")
	}
	press(tb, "j")
	if offers("a") || !offers("d") {
		t.Error("a request with cut evidence is to be denied only")
	}
	play(tb, tb.SetView(incidents))
	if offers("a") || !offers("t") || !offers("c") || offers("x") {
		t.Error("the incident of a request that waits offers the wrong keys")
	}
}
