package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"countersign/safetext"
)

// commandsOf is a command and everything below it.
func commandsOf(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		all = append(all, commandsOf(sub)...)
	}
	return all
}

func TestHelpFitsATerminal(t *testing.T) {
	t.Parallel()
	for _, cmd := range commandsOf((&app{}).root()) {
		path := strings.Fields(cmd.CommandPath())[1:]
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			inv := Invocation{Args: append(path, "--help"), In: &bytes.Buffer{}, Out: &out, Err: &errs}
			if code := Run(t.Context(), inv); code != CodeOK || errs.Len() > 0 {
				t.Fatalf("exit code %d: %s", code, &errs)
			}
			for _, want := range []string{"Usage\n  " + cmd.CommandPath(), "-h, --help"} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is missing in:\n%s", want, &out)
				}
			}
			for line := range strings.SplitSeq(out.String(), "\n") {
				if n := safetext.Width(line); n > 96 || strings.TrimRight(line, " ") != line || strings.Contains(line, "\x1b") {
					t.Errorf("%d cells, blanks at the end or colour: %q", n, line)
				}
			}
		})
	}
}

func TestHelpNamesEveryCommandAndFlag(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	Run(t.Context(), Invocation{Args: []string{"--help"}, Out: &out, Err: &out})
	for _, want := range []string{"approve NUMBER", "list [VIEW] [FILTER]...", "people", "--config FILE", "Exit codes\n    0  done", "130  interrupted", "# look around"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &out)
		}
	}
	out.Reset()
	Run(t.Context(), Invocation{Args: []string{"demo", "-h"}, Out: &out, Err: &out})
	if strings.Contains(out.String(), "--control") || !strings.Contains(out.String(), "--keep DIR") {
		t.Errorf("the demo's flags are told as\n%s", &out)
	}
}

func TestHeadingsAreBoldOnATerminal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		env  map[string]string
		bold bool
	}{
		{"a terminal", nil, true},
		{"a dumb one", map[string]string{"TERM": "dumb"}, false},
		{"without colours", map[string]string{"NO_COLOR": "1"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, tty, screen := terminal(t)
			Run(t.Context(), Invocation{Args: []string{"version", "--help"}, In: tty, Out: tty, Err: tty,
				Env: func(name string) (string, bool) { v, ok := tt.env[name]; return v, ok }})
			if err := screen.until(t.Context(), "--help"); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(screen.String(), "\x1b[1mUsage\x1b[m"); got != tt.bold {
				t.Errorf("bold is %t in %q", got, screen)
			}
		})
	}
}
