package setup

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"countersign/ui/theme"
	"countersign/workflow"
)

var update = flag.Bool("update", false, "write the golden files anew")

// session is a form that is played on.
type session struct {
	t      *testing.T
	m      *Model
	cmd    tea.Cmd // not run yet
	looked []Values
	found  Result
}

// newSession opens a small script in a size.
func newSession(t *testing.T, width, height int) *session {
	t.Helper()
	s := &session{t: t, found: Result{Checks: []workflow.Check{{Name: "vault.address", State: workflow.CheckOK, Text: "http://localhost:8900 answers after 2ms"}}}}
	look := func(_ context.Context, v Values) Result {
		s.looked = append(s.looked, v)
		return s.found
	}
	script := Script{Values: Values{"host": "localhost", "secured": "no", "key": ""}, Pages: []Page{
		{Title: "The vault service", Text: func(Values) []string {
			return []string{"Somebody writes this on one line:", "\tservice-create -p 8900", "\t-q y", "It prints the key."}
		}},
		{Title: "Where the service listens", Looking: "knocking", Look: look, Text: func(Values) []string { return []string{"Host and certificate."} },
			Questions: []Question{
				{Key: "host", Label: "Host", Hint: "a name or an address", Check: func(_ Values, s string) string {
					if s == "" {
						return "a name is needed"
					}
					return ""
				}},
				{Key: "secured", Label: "Certificate", Choices: []Choice{{"yes", "yes, https"}, {"no", "no, http"}}},
				{Key: "ca", Label: "Authority", Hint: "a file", When: func(v Values) bool { return v["secured"] == "yes" }},
				{Key: "key", Label: "The key", Secret: true},
			}},
		{Title: "What is done", Looking: "writing", Look: look, Text: func(v Values) []string { return []string{"Enter writes it for " + v["host"] + "."} }},
	}}
	s.m = New(t.Context(), theme.New(theme.Options{Dark: true}), script)
	s.m.Update(tea.WindowSizeMsg{Width: width, Height: height})
	return s
}

// press sends keys; what they start is run to its end.
func (s *session) press(keys ...string) {
	s.t.Helper()
	for _, k := range keys {
		msg := map[string]tea.KeyPressMsg{"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab}, "right": {Code: tea.KeyRight}, "left": {Code: tea.KeyLeft},
			"ctrl+s": {Code: 's', Mod: tea.ModCtrl}, "ctrl+c": {Code: 'c', Mod: tea.ModCtrl}, "ctrl+u": {Code: 'u', Mod: tea.ModCtrl}}[k]
		if msg.Code == 0 {
			msg = tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
		}
		_, s.cmd = s.m.Update(msg)
		if s.m.looking {
			s.m.Update(s.cmd())
		}
	}
}

func (s *session) text() string { return ansi.Strip(s.m.draw()) }

func (s *session) shows(want ...string) {
	s.t.Helper()
	for _, w := range want {
		if !strings.Contains(s.text(), w) {
			s.t.Errorf("not shown: %q\n%s", w, s.text())
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	lines := strings.Split(got, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	got = strings.Join(lines, "\n") + "\n"
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
		t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
	}
}

func TestPagesInBothSizes(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ width, height int }{{120, 36}, {80, 24}} {
		name := func(page string) string { return fmt.Sprintf("%s-%dx%d", page, size.width, size.height) }
		s := newSession(t, size.width, size.height)
		golden(t, name("service"), s.text())
		s.press("enter", "tab", "left", "tab")
		golden(t, name("questions"), s.text())
		s.found.Checks = append(s.found.Checks,
			workflow.Check{Name: "vault.command.search", State: workflow.CheckOK, Text: "permitted"},
			workflow.Check{Name: "vault.command.epm", State: workflow.CheckBad, Text: "the key may not run epm, which is needed for endpoint requests", Remedy: `have the service's administrator add "epm" to the commands of this key`},
			workflow.Check{Name: "vault.version", State: workflow.CheckWarn, Text: "the release is not known \x1b[31m", Remedy: "permit the command"})
		s.found.Notes = []string{"All commands, to paste:", "\tsearch,epm"}
		s.press("ctrl+s")
		golden(t, name("findings"), s.text())
		for _, line := range strings.Split(s.m.draw(), "\n") {
			if w := ansi.StringWidth(line); w > size.width {
				t.Errorf("a line of %d cells: %q", w, ansi.Strip(line))
			}
		}
	}
}

func TestWhatIsWrongIsNotPassedByEnter(t *testing.T) {
	t.Parallel()
	s := newSession(t, 80, 24)
	s.press("enter", "ctrl+u", "ctrl+s")
	s.shows("a name is needed", "page 2 of 3")
	if len(s.looked) != 0 {
		t.Fatal("looked at a wrong answer")
	}
	s.press("v")
	s.found = Result{Checks: []workflow.Check{{Name: "vault.key", State: workflow.CheckBad, Text: "no key", Remedy: "make one"}}}
	s.press("ctrl+s", "enter")
	s.shows("no key", "make one", "page 2 of 3")
	s.press("esc")
	s.shows("Host", "page 2 of 3")
	s.press("ctrl+s", "R")
	if len(s.looked) != 3 || s.looked[2]["host"] != "v" {
		t.Errorf("looked at %v", s.looked)
	}
	s.press("c")
	s.shows("page 3 of 3", "Enter writes it for v.")
	s.found = Result{Stop: true, Checks: []workflow.Check{{Name: "setup.failed", State: workflow.CheckBad, Text: "the disk is full"}}}
	s.press("enter", "c", "enter")
	s.shows("the disk is full", "page 3 of 3")
	s.found = Result{Done: true}
	s.press("R", "enter")
	if s.m.left || s.cmd == nil {
		t.Error("it does not end well")
	}
}

func TestAnswersFollowEachOther(t *testing.T) {
	t.Parallel()
	s := newSession(t, 80, 24)
	s.press("enter")
	if strings.Contains(s.text(), "Authority") {
		t.Error("what is not asked is shown")
	}
	s.press("tab", "left")
	s.shows("Authority")
	s.press("tab", "tab", "s", "e", "c")
	if strings.Contains(s.text(), "sec\n") || strings.Contains(s.text(), " sec ") {
		t.Errorf("the key is shown:\n%s", s.text())
	}
	s.found = Result{Set: Values{"host": "other"}}
	s.press("ctrl+s", "esc", "esc", "enter")
	s.shows("other")
	if s.m.script.Values["key"] != "sec" {
		t.Errorf("answers %v", s.m.script.Values)
	}
}

func TestLeavingIsNoEnd(t *testing.T) {
	t.Parallel()
	s := newSession(t, 80, 24)
	s.press("ctrl+c")
	if !s.m.left {
		t.Error("leaving counts as an end")
	}
	// A look that is left is not heard of any more.
	s = newSession(t, 80, 24)
	s.press("enter")
	_, cmd := s.m.Update(tea.KeyPressMsg{Code: 's', Mod: tea.ModCtrl})
	s.shows("knocking…")
	s.m.Update(tea.KeyPressMsg{Code: tea.KeyEscape})
	s.m.Update(cmd())
	if s.m.result != nil {
		t.Error("a late answer is shown")
	}
	s.shows("Host")
}
