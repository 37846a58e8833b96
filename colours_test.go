package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/creack/pty"
)

var attributes = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// coloursIn are the kinds of colours that were drawn with.
func coloursIn(drawn string) map[string]bool {
	found := map[string]bool{}
	for _, m := range attributes.FindAllStringSubmatch(drawn, -1) {
		codes := strings.Split(m[1], ";")
		for i := 0; i < len(codes); i++ {
			n, _ := strconv.Atoi(codes[i])
			switch {
			case (n == 38 || n == 48) && i+1 < len(codes) && codes[i+1] == "2":
				found["true colours"] = true
				i += 4
			case (n == 38 || n == 48) && i+1 < len(codes) && codes[i+1] == "5":
				found["256 colours"] = true
				i += 2
			case n >= 30 && n <= 37, n >= 40 && n <= 47, n >= 90 && n <= 97, n >= 100 && n <= 107:
				found["16 colours"] = true
			}
		}
	}
	return found
}

// TestEverySessionHasItsOwnTerminal opens consoles on terminals that differ in size
// and in colours, and changes the size of one.
func TestEverySessionHasItsOwnTerminal(t *testing.T) {
	t.Parallel()
	o := startOffice(t, byAuthority, everybody)
	terminals := map[string]*terminal{}
	for name, env := range map[string][]string{
		"true colours": {"TERM=xterm-256color", "COLORTERM=truecolor"}, "256 colours": {"TERM=xterm-256color"},
		"16 colours": {"TERM=xterm"}, "no colours": {"TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=1"},
	} {
		cmd := o.client("dana", "-tt", "-o", "SendEnv=COLORTERM NO_COLOR", "dana@127.0.0.1")
		cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
		width, height := 120, 36
		if name == "16 colours" {
			width, height = 80, 24
		}
		terminals[name] = openTerminal(t, width, height, cmd)
	}
	for name, term := range terminals {
		term.wait("waiting for you")
		term.settle(guard)
		term.mu.Lock()
		drawn := string(term.drawn)
		term.mu.Unlock()
		want := []string{name}
		if name == "no colours" {
			want = nil
		}
		if got := slices.Sorted(maps.Keys(coloursIn(drawn))); !slices.Equal(got, want) {
			t.Errorf("on a terminal with %s: %q", name, got)
		}
	}
	small := terminals["16 colours"]
	if err := pty.Setsize(small.tty, &pty.Winsize{Rows: 30, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	small.mu.Lock()
	small.screen.Resize(100, 30)
	small.mu.Unlock()
	small.until("a rule of 100 cells", func(s string) bool {
		return strings.Contains(s, strings.Repeat("─", 60)) && len(strings.Split(s, "\n")) >= 30
	})
}

// TestATerminalThatCannotPlaceTextHasTheConsoleLineByLine corrects what is typed
// there, leaves, and comes back to be interrupted.
func TestATerminalThatCannotPlaceTextHasTheConsoleLineByLine(t *testing.T) {
	t.Parallel()
	o := startOffice(t, byAuthority, everybody)
	for _, tt := range []struct {
		leave string
		code  int
	}{{"quit\r", 0}, {"\x04", 0}, {"\x03", 130}} {
		cmd := o.client("dana", "-tt", "dana@127.0.0.1")
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TERM=dumb"}
		term := openTerminal(t, 100, 30, cmd)
		term.wait("line by line", "countersign>")
		term.typed("list waitinh\x7fg\r")
		term.wait("list waiting", "prod-db-01")
		term.typed(tt.leave)
		_ = term.quit()
		if code := cmd.ProcessState.ExitCode(); code != tt.code {
			t.Errorf("%q: exit code %d, want %d:\n%s", tt.leave, code, tt.code, term.text())
		}
		if strings.Contains(string(term.drawn), "\x1b") {
			t.Errorf("the terminal got a control sequence: %q", term.drawn)
		}
	}
}
