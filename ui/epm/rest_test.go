package epm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"

	tea "charm.land/bubbletea/v2"
)

func TestTheWorkerIsToldWhileSomebodyLooks(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, 120, 32)
	now := noon
	tb.env.Now = func() time.Time { return now }
	for _, tt := range []struct {
		name  string
		after time.Duration
		do    func() tea.Cmd
		want  int
	}{
		{"a change right after it came to the front", time.Second, func() tea.Cmd { return tb.Update(tab.Changed{}) }, 1},
		{"the minute is over", time.Minute, func() tea.Cmd { return tb.Update(tab.Minute(now)) }, 2},
		{"a tick of the last two minutes", time.Second, func() tea.Cmd { return tb.Update(tab.Minute(now)) }, 2},
		{"a change a while later", 15 * time.Second, func() tea.Cmd { return tb.Update(tab.Changed{}) }, 3},
		{"it comes to the front again", time.Second, tb.Focus, 4},
	} {
		now = now.Add(tt.after)
		play(tb, tt.do())
		if f.wanted != tt.want {
			t.Errorf("%s: the worker was told %d times, want %d", tt.name, f.wanted, tt.want)
		}
	}
}

func TestAWorkerThatCannotBeToldDisturbsNothing(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, 120, 32)
	f.err = errors.New("nothing talks to the vault")
	if msgs := play(tb, tb.tellWorker()); len(msgs) > 0 {
		t.Errorf("it answered %v", msgs)
	}
	if !strings.Contains(plain(tb), "HOST-02") {
		t.Errorf("the rows are gone:\n%s", plain(tb))
	}
}

func TestTheDetailFollowsWhenTheCursorHasRested(t *testing.T) {
	t.Parallel()
	tb := newTab(t, someRequests(), 120, 32)
	var waits []tea.Msg
	tb.after = func(_ time.Duration, msg tea.Msg) tea.Cmd {
		waits = append(waits, msg)
		return nil
	}
	before := tb.detail.Key()
	press(tb, "j", "k", "j")
	if tb.detail.Key() != before {
		t.Errorf("the detail follows a cursor that moves: %q", tb.detail.Key())
	}
	if len(waits) != 2 {
		t.Fatalf("%d waits, want one for each move away from what is shown", len(waits))
	}
	tb.Update(waits[0])
	if tb.detail.Key() != before {
		t.Errorf("the detail follows a cursor that moved on: %q", tb.detail.Key())
	}
	tb.Update(waits[1])
	if tb.detail.Key() == before {
		t.Error("the detail does not follow the cursor that rests")
	}
	press(tb, "k", "tab")
	if tb.detail.Key() != before {
		t.Errorf("entered, the detail is %q, want that of the row: %q", tb.detail.Key(), before)
	}
}

func TestArgumentsAreNeverShownWithoutTheirFile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, what, file, path, args, want string }{
		{"arguments alone", "/S", "DriverUpdate.exe", `C:\Temp`, "/S", "DriverUpdate.exe /S"},
		{"file and arguments", "node install.js", "node", "/usr/bin", "install.js", "node install.js"},
		{"a line that begins with the file", "sudo apt-get install", "sudo", "/usr/bin", "sudo apt-get install", "sudo apt-get install"},
		{"a line that begins with the file's folder", `"C:\Tools\setup.exe" /q`, "setup.exe", `C:\Tools`, `"C:\Tools\setup.exe" /q`, `"C:\Tools\setup.exe" /q`},
		{"no arguments", "dsa.msc", "dsa.msc", "", "", "dsa.msc"},
		{"no file", "/quiet", "", "", "/quiet", "/quiet"},
		{"nothing", "", "", "", "", "not reported"},
	} {
		r := model.EndpointRequest{What: tt.what, Facts: app(keyFile, tt.file, keyPath, tt.path, keyCommand, tt.args)}
		if got := what(r).String(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDaysOfOneDigitStandUnderThoseOfTwo(t *testing.T) {
	t.Parallel()
	tb := newTab(t, someRequests(), 120, 32)
	ended := tb.decidedColumns()[0]
	for _, tt := range []struct {
		at   time.Time
		want string
	}{
		{noon.Add(-time.Hour), "09:04"},
		{noon.AddDate(0, 0, -7), "14 Nov 10:04"},
		{noon.AddDate(0, 0, -14), " 7 Nov 10:04"},
		{noon.AddDate(-1, 0, 0), "2025-11-21"},
		{time.Time{}, "?"},
	} {
		if got := ended.Cell(model.EndpointRequest{Ended: tt.at}).String(); got != tt.want || len(got) > ended.Width {
			t.Errorf("%v: %q, want %q", tt.at, got, tt.want)
		}
	}
}

func TestAFilterThatLetsNothingThroughIsNotPeace(t *testing.T) {
	t.Parallel()
	f := someRequests()
	f.waiting = nil
	tb := newTab(t, f, 120, 32)
	if !strings.Contains(plain(tb), "No endpoint request waits.") {
		t.Fatalf("screen =\n%s", plain(tb))
	}
	press(tb, "/", "z", "enter")
	if got := plain(tb); !strings.Contains(got, "Nothing fits the filter.") || strings.Contains(got, "No endpoint request waits.") {
		t.Errorf("screen =\n%s", got)
	}
	press(tb, "esc")
	if got := plain(tb); !strings.Contains(got, "No endpoint request waits.") || tb.FilterText() != "" {
		t.Errorf("screen =\n%s", got)
	}
}
