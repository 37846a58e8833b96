package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/charmbracelet/x/term"

	"countersign/safetext"
	"countersign/ui/setup"
	"countersign/ui/widget"
	"countersign/workflow"
)

// askLines asks line by line, for screen readers and where there is no terminal.
func (w *wizard) askLines(ctx context.Context, script setup.Script) error {
	in := bufio.NewReader(w.In)
	for _, page := range script.Pages {
		fmt.Fprintf(w.Out, "\n%s\n", page.Title)
		if page.Text != nil {
			w.paragraphs(page.Text(script.Values))
		}
		for {
			if err := w.askPage(in, page, script.Values); err != nil {
				return err
			}
			if page.Look == nil {
				break
			}
			if len(page.Questions) == 0 {
				if yes, err := w.yes(in, "Do this?"); err != nil || !yes {
					return errors.Join(err, leftUnless(yes))
				}
			}
			fmt.Fprintln(w.Out, page.Looking+"…")
			r := page.Look(ctx, script.Values)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			w.show(r)
			for key, value := range r.Set {
				script.Values[key] = value
			}
			if on, err := w.goOn(in, r); err != nil || on {
				if err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

func leftUnless(yes bool) error {
	if yes {
		return nil
	}
	return setup.ErrLeft
}

// goOn asks what to do about what was found, where something is wrong.
func (w *wizard) goOn(in *bufio.Reader, r setup.Result) (bool, error) {
	if !r.Bad() || r.Done {
		return true, nil
	}
	if r.Stop {
		again, err := w.yes(in, "Answer this page again?")
		return false, errors.Join(err, leftUnless(again))
	}
	return w.yes(in, "Go on all the same? Otherwise this page is asked again.")
}

// askPage asks the questions of a page until the answers are right.
func (w *wizard) askPage(in *bufio.Reader, page setup.Page, v setup.Values) error {
	for _, q := range page.Questions {
		for q.Asked(v) {
			answer, err := w.askOne(in, q, v[q.Key])
			if err != nil {
				return err
			}
			v[q.Key] = answer
			wrong := q.Wrong(v)
			if wrong == "" {
				break
			}
			fmt.Fprintln(w.Out, "  "+safetext.Line(wrong).String())
		}
	}
	return nil
}

// askOne asks one question; an empty line keeps what stands.
func (w *wizard) askOne(in *bufio.Reader, q setup.Question, stands string) (string, error) {
	label := q.Label
	if q.Hint != "" {
		label += " (" + q.Hint + ")"
	}
	if q.Choices != nil {
		return w.choose(in, label, q.Choices, stands)
	}
	if stands != "" && !q.Secret {
		label += " [" + safetext.Line(stands).String() + "]"
	}
	fmt.Fprint(w.Out, label+": ")
	var line string
	var err error
	if f, ok := w.In.(*os.File); q.Secret && ok && isTerminal(f) && in.Buffered() == 0 {
		var typed []byte
		typed, err = term.ReadPassword(f.Fd()) // without echo
		fmt.Fprintln(w.Out)
		line = string(typed)
	} else {
		line, err = readAnswer(in)
	}
	switch line = strings.TrimSpace(line); {
	case err != nil:
		return "", err
	case line == "":
		return stands, nil
	case line == "-" && !q.Secret:
		return "", nil // nothing, where something stands
	}
	return line, nil
}

// readAnswer reads a line; the end of the input leaves set-up.
func readAnswer(in *bufio.Reader) (string, error) {
	line, err := in.ReadString('\n')
	if errors.Is(err, io.EOF) {
		if line != "" {
			return line, nil
		}
		return "", setup.ErrLeft
	}
	return line, err
}

// choose asks for one of a few, by number or name.
func (w *wizard) choose(in *bufio.Reader, label string, choices []setup.Choice, stands string) (string, error) {
	fmt.Fprintln(w.Out, label+":")
	for i, c := range choices {
		mark := " "
		if c.ID == stands {
			mark = "*"
		}
		fmt.Fprintf(w.Out, " %s %d  %s\n", mark, i+1, c.Label)
	}
	for {
		fmt.Fprint(w.Out, "number: ")
		line, err := readAnswer(in)
		if err != nil {
			return "", err
		}
		line = strings.TrimSpace(line)
		if line == "" && stands != "" {
			return stands, nil
		}
		for i, c := range choices {
			if line == fmt.Sprint(i+1) || line == c.ID {
				return c.ID, nil
			}
		}
		fmt.Fprintf(w.Out, "  a number from 1 to %d\n", len(choices))
	}
}

func (w *wizard) yes(in *bufio.Reader, question string) (bool, error) {
	fmt.Fprint(w.Out, question+" (yes or no): ")
	line, err := readAnswer(in)
	if err != nil {
		return false, err
	}
	line = strings.ToLower(strings.TrimSpace(line))
	return line == "y" || line == "yes", nil
}

func (w *wizard) paragraphs(all []string) {
	for _, p := range all {
		if code, ok := strings.CutPrefix(p, "\t"); ok {
			fmt.Fprintln(w.Out, "  "+safetext.Line(code).String())
			continue
		}
		for _, line := range wrapped(safetext.Line(p).String(), helpWidth) {
			fmt.Fprintln(w.Out, line)
		}
	}
}

// show prints what was found.
func (w *wizard) show(r setup.Result) {
	area := ""
	marks := w.signs(w.Out, w.oldTerminal())
	marks.colour = false
	printChecks(w.Out, marks, r.Checks, false, &area)
	fmt.Fprintln(w.Out)
	w.paragraphs(r.Notes)
}

// fromKeys are the keys of a file for --from.
func fromKeys() []string {
	return []string{askHost, askPort, askScheme, askPlain, askCAFile, askPin, askKeyFile, askEncryption, askZone, askApprovers, askFulfillers,
		askLogin, askName, askEmail, askDir, askIdentity, askWorker}
}

// read takes the answers of a file.
func (w *wizard) read(path string, v setup.Values) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return &usageError{"--from: " + err.Error(), ""}
	}
	var given map[string]any
	if _, err := toml.Decode(string(text), &given); err != nil {
		return usage("--from: %s%s", path, tomlProblem(err))
	}
	for _, key := range sortedKeys(given) {
		if !slices.Contains(fromKeys(), key) {
			hint := ""
			if near := widget.Nearest(key, fromKeys()); near != "" {
				hint = fmt.Sprintf(", did you mean %q?", near)
			}
			return usage("--from: %s: unknown key %q%s", path, key, hint)
		}
		switch value := given[key].(type) {
		case string, int64:
			v[key] = fmt.Sprint(value)
		case bool:
			v[key] = map[bool]string{true: "yes", false: "no"}[value]
		default:
			return usage("--from: %s: %s has to be a text", path, key)
		}
	}
	if v[askKeyFrom] != keyStands || given[askKeyFile] != nil {
		v[askKeyFrom] = keyInFile
	}
	switch {
	case given[askCAFile] != nil && given[askPin] != nil:
		return usage("--from: %s: ca_file and fingerprint exclude each other", path)
	case given[askCAFile] != nil:
		v[askTrust] = trustFile
	case given[askPin] != nil:
		v[askTrust] = trustPin
	}
	return nil
}

// from sets up without asking: every answer is checked and tried, and nothing is
// written if one is wrong.
func (w *wizard) from(ctx context.Context, script setup.Script, f setupFlags) error {
	if err := w.read(f.from, script.Values); err != nil {
		return err
	}
	var wrong []string
	for _, page := range script.Pages {
		for _, q := range page.Questions {
			if problem := q.Wrong(script.Values); problem != "" {
				wrong = append(wrong, q.Key+": "+problem)
			}
		}
	}
	if len(wrong) > 0 {
		return &usageError{strings.Join(wrong, "\n"), "nothing was changed"}
	}
	if f.dryRun {
		for _, line := range w.stands.Load().plan(w.app, script.Values) {
			fmt.Fprintln(w.Out, safetext.Line(line))
		}
		_, err := fmt.Fprintln(w.Out, "dry run: nothing was changed")
		return err
	}
	for _, page := range script.Pages {
		if page.Look == nil {
			continue
		}
		r := page.Look(ctx, script.Values)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if r.Done || r.Bad() {
			w.show(r)
		}
		if r.Bad() && (r.Stop || !r.Done && !f.anyway) {
			i := slices.IndexFunc(r.Checks, func(c workflow.Check) bool { return c.State == workflow.CheckBad })
			if r.Stop {
				fmt.Fprintln(w.Out, "it was not done to its end; when that is mended, run it again")
			} else {
				fmt.Fprintln(w.Out, "nothing was written; --anyway writes it all the same")
			}
			return &unwell{code: codeOf(r.Checks[i]), wrong: 1}
		}
	}
	return nil
}
