package notify_test

import (
	"strings"
	"testing"
	"time"

	"countersign/ui/notify"

	"pgregory.net/rapid"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		env  string // NAME=value, divided by blanks
		want notify.Way
	}{
		{"", notify.Bell},
		{"TERM=xterm-256color", notify.Bell},
		{"TERM=xterm-256color TERM_PROGRAM=Apple_Terminal", notify.Bell},
		{"TERM=xterm-256color TERM_PROGRAM=iTerm.app", notify.Desktop9},
		{"TERM=xterm-kitty", notify.Desktop9},
		{"TERM=xterm-ghostty", notify.Desktop9},
		{"TERM=wezterm", notify.Desktop9},
		{"TERM=foot", notify.Desktop777},
		{"TERM=foot-extra", notify.Desktop777},
		{"TERM=footnote", notify.Bell},
		{"TERM=rxvt-unicode-256color", notify.Desktop777},
		{"TERM=tmux-256color TERM_PROGRAM=WezTerm", notify.Bell},
		{"TERM=xterm-kitty TMUX=/tmp/x", notify.Bell},
		{"TERM=screen.xterm-kitty", notify.Bell},
	} {
		got := notify.Detect(func(name string) (string, bool) {
			for _, pair := range strings.Fields(tt.env) {
				if key, value, _ := strings.Cut(pair, "="); key == name {
					return value, true
				}
			}
			return "", false
		})
		if got != tt.want {
			t.Errorf("%q: %d, want %d", tt.env, got, tt.want)
		}
	}
}

func TestSequences(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		way  notify.Way
		call notify.Call
		want string
	}{
		{notify.Off, notify.Call{New: 1}, ""},
		{notify.Desktop9, notify.Call{}, ""},
		{notify.Bell, notify.Call{New: 1}, "\a"},
		{notify.Desktop9, notify.Call{New: 1}, "\a\x1b]9;countersign: 1 endpoint request waits\x1b\\"},
		{notify.Desktop777, notify.Call{New: 2, Ending: 1, Left: 42500 * time.Millisecond},
			"\a\x1b]777;notify;countersign;1 endpoint request ends within 42 s; 2 endpoint requests wait\x1b\\"},
	} {
		if got := tt.way.Sequence(tt.call); got != tt.want {
			t.Errorf("Sequence(%+v) = %q, want %q", tt.call, got, tt.want)
		}
	}
}

func TestSomebodyIsCalledOnce(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)
	end := start.Add(90 * time.Second)
	var c notify.Caller
	for _, step := range []struct {
		at      time.Duration
		waiting int
		ends    time.Time
		want    notify.Call
	}{
		{0, 3, end, notify.Call{}}, // they are on the screen
		{time.Second, 3, end, notify.Call{}},
		{2 * time.Second, 5, end, notify.Call{New: 2}},
		{3 * time.Second, 6, end, notify.Call{}}, // so soon
		{4 * time.Second, 7, end, notify.Call{}},
		{12 * time.Second, 7, end, notify.Call{New: 2}},
		{25 * time.Second, 6, end, notify.Call{}}, // one less is no news
		{31 * time.Second, 6, end, notify.Call{Ending: 1, Left: 59 * time.Second}},
		{50 * time.Second, 6, end, notify.Call{}}, // it was said
		{70 * time.Second, 6, end.Add(5 * time.Second), notify.Call{Ending: 1, Left: 25 * time.Second}},
		{89 * time.Second, 6, start.Add(10 * time.Second), notify.Call{}}, // over
		{100 * time.Second, 0, time.Time{}, notify.Call{}},
		{120 * time.Second, 1, time.Time{}, notify.Call{New: 1}},
		{-time.Hour, 2, time.Time{}, notify.Call{New: 1}}, // the clock was put back
	} {
		if got := c.Look(step.waiting, step.ends, start.Add(step.at)); got != step.want {
			t.Errorf("after %s: %+v, want %+v", step.at, got, step.want)
		}
	}
}

func TestTheTitleIsMarkedBeforeTheEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)
	for left, want := range map[time.Duration]bool{0: false, time.Nanosecond: true, time.Minute: true, time.Minute + 1: false, -time.Second: false} {
		if got := notify.Ending(now.Add(left), now); got != want {
			t.Errorf("%s before the end: %v", left, got)
		}
	}
	if notify.Ending(time.Time{}, now) || notify.Title("x", false) != "x" || notify.Title("x", true) != "(!) x" {
		t.Error("a title that is wrong")
	}
}

// TestNothingElseIsSent holds that whatever there is to call for, the sequence is one
// bell and printable ASCII inside one control string.
func TestNothingElseIsSent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		call := notify.Call{New: rapid.Int().Draw(t, "new"), Ending: rapid.Int().Draw(t, "ending"), Left: time.Duration(rapid.Int64().Draw(t, "left"))}
		for way := notify.Off; way <= notify.Desktop777; way++ {
			s := way.Sequence(call)
			for _, known := range []string{"\a", "\x1b]9;", "\x1b]777;", "\x1b\\"} {
				s = strings.Replace(s, known, "", 1)
			}
			if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("way %d sends %q", way, s)
			}
		}
	})
}
