package cli

import (
	"fmt"
	"io"
	"strings"

	"countersign/safetext"
	"countersign/workflow"
)

// signs are how findings are marked.
type signs struct {
	ok, warn, bad, remedy string
	colour                bool
}

// of is the mark of a state.
func (s signs) of(state workflow.CheckState) string {
	mark, colour := s.bad, "31;1"
	switch state {
	case workflow.CheckOK:
		mark, colour = s.ok, "32"
	case workflow.CheckWarn:
		mark, colour = s.warn, "33"
	}
	if !s.colour {
		return mark
	}
	return "\x1b[" + colour + "m" + mark + "\x1b[m"
}

// signs are the marks that an output can show: in colour where it is a terminal, of
// ASCII alone where that is wanted.
func (a *app) signs(out io.Writer, ascii bool) signs {
	s := signs{ok: "✓", warn: "!", bad: "✗", remedy: "→"}
	if ascii {
		s = signs{ok: "+", warn: "!", bad: "x", remedy: ">"}
	}
	s.colour = a.bold(out)("") != ""
	return s
}

// oldTerminal reports whether the environment names a character set that is not
// UTF-8. One that names none says nothing about the terminal.
func (a *app) oldTerminal() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale, set := a.Env(name); set && locale != "" {
			_, charset, _ := strings.Cut(strings.ToLower(locale), ".")
			charset, _, _ = strings.Cut(charset, "@")
			return charset != "utf-8" && charset != "utf8"
		}
	}
	return false
}

// printChecks prints findings under the headings of their areas. Commands that are
// all permitted take one line, unless all is wanted.
func printChecks(w io.Writer, marks signs, found []workflow.Check, all bool, area *string) {
	const width = 76 // and the sign before it, on 80 columns
	if !all {
		found = workflow.FoldPermits(found)
	}
	for _, c := range found {
		if c.Area() != *area {
			*area = c.Area()
			fmt.Fprintf(w, "\n%s\n", areaWords(*area))
		}
		for i, line := range wrapped(safetext.Line(c.Text).String(), width) {
			head := "  " + marks.of(c.State) + " "
			if i > 0 {
				head = "    "
			}
			fmt.Fprintln(w, head+line)
		}
		if c.Remedy != "" {
			for i, line := range wrapped(safetext.Line(c.Remedy).String(), width-2) {
				head := "    " + marks.remedy + " "
				if i > 0 {
					head = "      "
				}
				fmt.Fprintln(w, head+line)
			}
		}
	}
}
