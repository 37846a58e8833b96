package widget

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares drawn text, without styles and trailing blanks, with a file.
func golden(t *testing.T, name, drawn string) {
	t.Helper()
	lines := strings.Split(ansi.Strip(drawn), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	got := strings.Join(lines, "\n") + "\n"
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s\nwant:\n%s", path, got, want)
	}
}

// mustFit fails when drawn is not exactly height lines of at most width cells.
func mustFit(t interface {
	Helper()
	Fatalf(string, ...any)
}, what, drawn string, width, height int) {
	t.Helper()
	lines := strings.Split(drawn, "\n")
	if len(lines) != max(height, 1) {
		t.Fatalf("%s at %dx%d has %d lines, want %d", what, width, height, len(lines), max(height, 1))
	}
	for n, l := range lines {
		if w := ansi.StringWidth(l); w > width {
			t.Fatalf("%s at %dx%d: line %d is %d cells wide: %q", what, width, height, n, w, ansi.Strip(l))
		}
	}
}

func darkTheme() *theme.Theme { return theme.New(theme.Options{Dark: true}) }

// press is a key as the terminal would send it.
func press(name string) tea.KeyPressMsg {
	if code, ok := map[string]rune{
		"enter": tea.KeyEnter, "tab": tea.KeyTab, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown,
		"left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd,
		"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete,
	}[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	switch {
	case name == "space":
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	case name == "shift+tab":
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	case strings.HasPrefix(name, "ctrl+"):
		return tea.KeyPressMsg{Code: rune(name[len(name)-1]), Mod: tea.ModCtrl}
	}
	r := []rune(name)
	return tea.KeyPressMsg{Code: r[0], Text: name}
}

// clock is a time that tests move.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }
