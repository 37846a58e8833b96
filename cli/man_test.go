package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// everyCommand calls each for a command and all below it that help lists.
func everyCommand(cmd *cobra.Command, each func(*cobra.Command)) {
	each(cmd)
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			everyCommand(sub, each)
		}
	}
}

func newApp() *app {
	return &app{Invocation: Invocation{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}, In: strings.NewReader(""), Env: func(string) (string, bool) { return "", false }}}
}

// TestEveryCommandHasAManualPageThatIsTrueToIt writes the pages and reads in each
// what --help says.
func TestEveryCommandHasAManualPageThatIsTrueToIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root := newApp().root()
	if err := writeMan(t.Context(), dir, root); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	everyCommand(root, func(cmd *cobra.Command) {
		pages++
		text, err := os.ReadFile(filepath.Join(dir, manName(cmd)+".1"))
		if err != nil {
			t.Errorf("%s has no page: %v", cmd.CommandPath(), err)
			return
		}
		page := string(text)
		wanted := []string{cmd.Short, cmd.CommandPath()}
		for _, l := range slices.Concat(strings.Split(cmd.Long, "\n"), strings.Split(cmd.Example, "\n")) {
			wanted = append(wanted, strings.TrimSpace(l))
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden {
				return
			}
			value, means := pflag.UnquoteUsage(f)
			want := `--` + f.Name
			if f.Shorthand != "" {
				want = "-" + f.Shorthand + ", " + want
			}
			if want = `\fB` + roff(want) + `\fR \fI` + roff(value) + `\fR`; !strings.Contains(page, ".TP\n"+want+"\n"+strings.TrimPrefix(roff(means), `\&`)) {
				t.Errorf("the page of %s lacks %q with what it means", cmd.CommandPath(), want)
			}
		})
		for _, want := range wanted {
			if !strings.Contains(page, strings.TrimPrefix(roff(want), `\&`)) {
				t.Errorf("the page of %s lacks %q", cmd.CommandPath(), want)
			}
		}
		for l := range strings.Lines(page) {
			macro, _, _ := strings.Cut(strings.TrimSpace(l), " ")
			if strings.HasPrefix(l, ".") && !slices.Contains([]string{".TH", ".SH", ".B", ".BR", ".TP", ".PP", ".nf", ".fi"}, macro) || strings.HasPrefix(l, "'") {
				t.Errorf("the page of %s has a line that man takes for a macro: %q", cmd.CommandPath(), l)
			}
		}
	})
	if len(written) != pages {
		t.Errorf("%d pages for %d commands", len(written), pages)
	}
}

func TestRoffTakesNothingForAMacro(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		".SH evil": `\&.SH evil`, "'so file": `\&'so file`, `a\fB-x`: `a\efB\-x`, "3f0a…": `3f0a\[u2026]`, "plain": "plain",
	} {
		if got := roff(in); got != want {
			t.Errorf("roff(%q) is %q, want %q", in, got, want)
		}
	}
}

// TestEveryCommandThatTakesANumberCompletesIt fails when a command is added whose
// argument nobody completes.
func TestEveryCommandThatTakesANumberCompletesIt(t *testing.T) {
	t.Parallel()
	a := newApp()
	known := completes()
	everyCommand(a.root(), func(cmd *cobra.Command) {
		path := pathOf(cmd)
		for _, word := range []string{"NUMBER", "DEVICE", "GRANT"} {
			if strings.Contains(cmd.Use, word) && known[path] == nil {
				t.Errorf("%s takes a %s and does not complete it", path, word)
			}
		}
		if cmd.ValidArgsFunction == nil && cmd.ValidArgs == nil && !strings.Contains(cmd.Use, "FILE") && !strings.Contains(cmd.Use, "DIR") {
			t.Errorf("%s completes nothing, not even that there is nothing", path)
		}
		delete(known, path)
	})
	for path := range known {
		t.Errorf("there is no command %s", path)
	}
}

// TestFlagsOfferWhatTheyTake holds what is offered against what help says.
func TestFlagsOfferWhatTheyTake(t *testing.T) {
	t.Parallel()
	known := choices()
	everyCommand(newApp().root(), func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			name := pathOf(cmd) + " --" + f.Name
			for _, value := range known[name] {
				if !strings.Contains(f.Usage, value) {
					t.Errorf("%s offers %s, and its help does not name it: %s", name, value, f.Usage)
				}
			}
			if strings.Contains(f.Usage, " or ") && strings.Contains(f.Usage, ": ") && known[name] == nil {
				t.Errorf("%s takes one of a few, and offers none: %s", name, f.Usage)
			}
			delete(known, name)
		})
	})
	for name := range known {
		t.Errorf("there is no flag %s", name)
	}
}

func TestCompletionIsPrintedForEachShell(t *testing.T) {
	t.Parallel()
	for _, shell := range shells() {
		var out, errs bytes.Buffer
		code := Run(t.Context(), Invocation{Args: []string{"completion", shell}, In: strings.NewReader(""), Out: &out, Err: &errs,
			Env: func(string) (string, bool) { return "", false }})
		if code != CodeOK || !strings.Contains(out.String(), "__complete") || !strings.Contains(out.String(), "countersign") {
			t.Errorf("%s: exit code %d, %s%s", shell, code, out.String(), errs.String())
		}
	}
	var errs bytes.Buffer
	if code := Run(t.Context(), Invocation{Args: []string{"completion", "tcsh"}, In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &errs,
		Env: func(string) (string, bool) { return "", false }}); code != CodeUsage || !strings.Contains(errs.String(), "bash, zsh, fish") {
		t.Errorf("tcsh: exit code %d, %s", code, errs.String())
	}
}
