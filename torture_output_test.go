package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"countersign/cli"
	"countersign/safetext"
)

// prints are commands that tell what is in the queue, NUMBER standing for one after
// the other of each kind.
func prints() []string {
	return []string{
		"list waiting", "list mine", "list all --limit 200", "list decided", "list tasks", "list unknown", "list access", "show REQ", "show SCTASK", "task list done", "task show SCTASK",
		"grants list all", "grants list", "people list", "people list --groups", "people show alice", "people show", "people delegate list", "people key list alice",
		"epm list", "epm list decided", "epm show SIR", "device list", "device list decided", "device show 1", "device show 2", "incident list", "incident list all", "incident show SIR", "notices", "review list",
		"audit list --limit 500", "audit verify", "logs --limit 500", "traffic --limit 500", "privacy show", "privacy export casey", "support show", "doctor --offline", "waiting",
	}
}

// called is what a command has printed, and what it has said beside.
func (c *company) called(conf, in string, args ...string) (printed, said string) {
	var out, errs bytes.Buffer
	call := c.invocation(conf, in, &out, args)
	call.Err = &errs
	cli.Run(context.Background(), call)
	return out.String(), errs.String()
}

// printed is what a command prints on a terminal, where it prints text for people.
func (c *company) printed(conf string, args ...string) string {
	c.t.Helper()
	mine, theirs, err := pty.Open()
	if err != nil {
		c.t.Fatal(err)
	}
	defer mine.Close()
	if _, err := term.MakeRaw(theirs.Fd()); err != nil { // so that what is read is what was written
		c.t.Fatal(err)
	}
	if err := pty.Setsize(theirs, &pty.Winsize{Rows: high, Cols: wide}); err != nil {
		c.t.Fatal(err)
	}
	var out bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(&out, mine) // until the other end is closed
	}()
	cli.Run(context.Background(), c.invocation(conf, "", theirs, args))
	if err := theirs.Close(); err != nil {
		c.t.Fatal(err)
	}
	<-read
	return out.String()
}

func (c *company) invocation(conf, in string, out io.Writer, args []string) cli.Invocation {
	return cli.Invocation{Args: append(slices.Clone(args), "--config", conf), In: strings.NewReader(in), Out: out, Err: out,
		Env: func(name string) (string, bool) { return "1", name == "NO_COLOR" }, Login: func() (string, error) { return "casey", nil },
		Now: func() time.Time { return c.at }, Zone: time.UTC}
}

// numbers are the numbers of a kind, the newest last.
func (c *company) numbers(kind string) []string {
	last := map[string]int{"REQ": 64, "SCTASK": 39, "SIR": 30}[kind]
	var all []string
	for n := 1; n <= last; n++ {
		all = append(all, fmt.Sprintf("%s%07d", kind, 10000+n))
	}
	if os.Getenv("COUNTERSIGN_HEAVY") == "" && os.Getenv("COUNTERSIGN_LONG") == "" {
		return all[len(all)-12:]
	}
	return all
}

// lines are the commands with their numbers put in.
func (c *company) lines() []string {
	var all []string
	for _, p := range prints() {
		words := strings.Fields(p)
		if kind := words[len(words)-1]; slices.Contains([]string{"REQ", "SCTASK", "SIR"}, kind) {
			for _, n := range c.numbers(kind) {
				all = append(all, strings.Replace(p, kind, n, 1))
			}
			continue
		}
		all = append(all, p)
	}
	return all
}

// output is what a command has printed in two companies, and what of it has to be alike.
type output struct {
	line, hostile, harmless string
	alike                   func(string) string
}

// TestTortureTextInOutput writes tricks into every column, and reads what commands
// print: as text, in which they are drawn by name, as JSON, which holds what was
// stored, and as files for other programs.
func TestTortureTextInOutput(t *testing.T) {
	t.Parallel()
	made := newCompany(t)
	whole := map[string]bool{}
	for round := range rounds(len(tricks())) {
		c := made.of(t)
		says := c.saying(round)
		hostile, harmless := c.written(says), c.written(func(k column) string { return twin(says(k)) })
		var all []output
		for _, line := range c.lines() {
			args := strings.Fields(line)
			a, b := c.printed(hostile, args...), c.printed(harmless, args...)
			if args[0] != "privacy" && alike(a) != alike(b) {
				t.Errorf("%s: the outputs differ:\n%s", line, firstDifference(alike(a), alike(b)))
			}
			if why := unclean(a); why != "" {
				t.Errorf("%s: %s", line, why)
			}
			if args[0] != "privacy" {
				all = append(all, output{line, a, b, alike})
			}
			if j, said := c.called(hostile, "", append(args, "--json")...); !strings.Contains(said, "unknown flag") {
				c.holdsAsStored(line+" --json", j, says, whole)
				if why := unclean(said); why != "" {
					t.Errorf("%s --json: %s", line, why)
				}
			}
		}
		for _, commands := range c.sittings() {
			a, said := c.called(hostile, commands, "--plain")
			b, _ := c.called(harmless, commands, "--plain")
			a += said
			if rawAlike(a) != rawAlike(b) {
				t.Errorf("line by line: the outputs differ:\n%s", firstDifference(rawAlike(a), rawAlike(b)))
			}
			if why := unclean(a); why != "" {
				t.Errorf("line by line: %s", why)
			}
			all = append(all, output{"line by line", a, b, rawAlike})
		}
		c.onTerminals(all)
		c.exports(hostile, says, whole)
		for _, k := range c.columns {
			drawn := safetext.Line(says(k)).String()
			whole[k.mark] = whole[k.mark] || slices.ContainsFunc(all, func(o output) bool { return strings.Contains(o.hostile, drawn) })
		}
		if round == 0 {
			c.rawOutput(all)
		}
	}
	for _, name := range made.saw(whole) {
		if !slices.Contains(strings.Fields(notPrinted), name) {
			t.Errorf("%s was nowhere to be read whole", name)
		}
	}
}

// notPrinted are columns of which commands tell nothing: search indexes, drafts,
// what is only looked up, and what stands in for another column.
const notPrinted = "access_grant.standing access_grant.team access_grant.title draft.body found.uid found.title found.type found.description lease.holder request.who saved_view.name saved_view.query " +
	"traffic.path traffic.priority heartbeat.note lookup.problem"

// sittings are what somebody types into the console line by line.
func (c *company) sittings() []string {
	last := func(kind string) string { all := c.numbers(kind); return all[len(all)-1] }
	return []string{
		"status\nlist waiting\nopen 1\nraw\nlist all\nopen 3\nraw\nopen " + last("REQ") + "\nraw\nnotices\nquit\n",
		"list tasks\nopen 1\nopen " + last("SIR") + "\nraw\nlist devices\nopen 1\nraw\nlist audit\nlist application\nlist vault\nlist access\nlist people\nquit\n",
	}
}

// unclean says what a text holds that no terminal should get, "" for nothing.
func unclean(out string) string {
	for line := range strings.SplitSeq(out, "\n") {
		if _, err := safetext.Decode(line); err != nil {
			return fmt.Sprintf("%q: %v", line, err)
		}
		rest := anyName.ReplaceAllString(line, "x")
		if drawn := safetext.Line(rest).String(); drawn != rest {
			return fmt.Sprintf("%q is not drawn as %q", line, drawn)
		}
	}
	w := newWitness()
	_, _ = w.Write([]byte(out))
	if len(w.touched) > 0 {
		return fmt.Sprintf("it asks for %v", w.touched)
	}
	return ""
}

var anyName = regexp.MustCompile(`⟦[^⟦⟧]*⟧`)

// holdsAsStored reads JSON, a value or one in each line, to its end: a text is in it
// whole and as it is stored, and nothing of it means anything to a terminal.
func (c *company) holdsAsStored(line, out string, says func(column) string, whole map[string]bool) {
	c.t.Helper()
	if why := unclean(out); why != "" {
		c.t.Errorf("%s: %s", line, why)
	}
	all, err := values(out)
	if err != nil {
		c.t.Errorf("%s: %v", line, err)
	}
	for _, v := range all {
		c.holds(line, v, says, whole)
	}
}

// values are all values of JSON; nothing else stands between them or follows.
func values(out string) ([]any, error) {
	var all []any
	for dec := json.NewDecoder(strings.NewReader(out)); ; {
		var v any
		switch err := dec.Decode(&v); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return all, fmt.Errorf("behind %d values: %w", len(all), err)
		}
		all = append(all, v)
	}
}

// asJSON is a text as JSON can carry it: bytes that are no UTF-8 are replaced.
func asJSON(text string) string { return string([]rune(text)) }

func (c *company) holds(line string, v any, says func(column) string, whole map[string]bool) {
	switch at := v.(type) {
	case string:
		for _, k := range c.columns {
			if !strings.Contains(at, k.mark) {
				continue
			}
			switch stored := says(k); {
			case strings.Contains(at, stored), strings.Contains(at, asJSON(stored)), strings.Contains(at, asJSON(asJSON(stored))):
				whole[k.mark] = true
			default:
				c.t.Errorf("%s: %s.%s is %q, want %q", line, k.table, k.name, at, stored)
			}
		}
	case []any:
		for _, e := range at {
			c.holds(line, e, says, whole)
		}
	case map[string]any:
		for key, e := range at {
			c.holds(line, key, says, whole)
			c.holds(line, e, says, whole)
		}
	}
}

// exports reads what other programs are given of the audit.
func (c *company) exports(conf string, says func(column) string, whole map[string]bool) {
	c.t.Helper()
	for _, format := range []string{"jsonl", "jsonl --texts", "csv", "cef"} {
		out, said := c.called(conf, "", strings.Fields("audit export --format "+format)...)
		if why := unclean(out); why != "" || out == "" {
			c.t.Errorf("%s: %s\n%s", format, why, said)
		}
		if strings.HasPrefix(format, "jsonl") {
			c.holdsAsStored("audit export", out, says, whole)
		}
	}
	for _, starts := range []string{"=+", "-@"} { // what somebody does stands beside what is said of it
		out, _ := c.called(c.written(func(k column) string {
			i := slices.Index(c.columns, k) % len(starts)
			return starts[i:i+1] + "1+1" + k.mark
		}), "", "audit", "export", "--format", "csv")
		cells, computed, err := sheet(out)
		if err != nil || cells == 0 || len(computed) > 0 {
			c.t.Errorf("of %d texts a sheet would compute %q: %v", cells, computed, err)
		}
	}
	if _, computed, _ := sheet("a,=1+1Q01Z\n"); len(computed) != 1 { // the control
		c.t.Error("a formula was not noticed")
	}
	if all, err := values("{}\n{\"a\": \"b\"c\"}\n"); len(all) != 1 || err == nil {
		c.t.Error("JSON that a text has broken was not noticed")
	}
}

// sheet reads CSV: how many cells hold a text of a column, and which of them a sheet
// would take for a formula.
func sheet(out string) (cells int, computed []string, err error) {
	r := csv.NewReader(strings.NewReader(out))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	for _, row := range rows {
		for _, cell := range row {
			if !strings.Contains(cell, "1+1Q") {
				continue
			}
			cells++
			if strings.ContainsAny(cell[:1], "=+-@") {
				computed = append(computed, cell)
			}
		}
	}
	return cells, computed, err
}

// onTerminals holds that two terminals show the same of both companies' outputs, and
// have not obeyed what stands in one.
func (c *company) onTerminals(all []output) {
	c.t.Helper()
	hostile, harmless := startSecond(c.t, widest(all), high), startSecond(c.t, widest(all), high)
	for i, o := range all {
		if a, b := o.alike(o.onFirst(o.hostile)), o.alike(o.onFirst(o.harmless)); a != b {
			c.t.Errorf("%s: the terminal shows something else:\n%s", o.line, firstDifference(a, b))
		}
		if hostile == nil || i%9 > 0 && os.Getenv("COUNTERSIGN_HEAVY") == "" && os.Getenv("COUNTERSIGN_LONG") == "" {
			continue
		}
		if a, b := o.alike(hostile.page(o.hostile)), o.alike(harmless.page(o.harmless)); a != b || o.hostile != "" && b == "" {
			c.t.Errorf("%s: the second terminal shows something else:\n%s", o.line, firstDifference(a, b))
		}
	}
	if hostile == nil {
		return
	}
	if a, b := hostile.state(), harmless.state(); a != b {
		c.t.Errorf("the state of the second terminal is\n%swith harmless texts\n%s", a, b)
	}
}

// onFirst is one of the two on a terminal that has room for all of it.
func (o output) onFirst(out string) string {
	return onFirst(strings.ReplaceAll(out, "\n", "\r\n"), widest([]output{o}), strings.Count(o.harmless, "\n")+1)
}

// widest is how wide a terminal has to be for some outputs: a name that goes over the
// end of a line is none to alike.
func widest(all []output) int {
	width := wide
	for _, o := range all {
		for line := range strings.SplitSeq(o.harmless, "\n") {
			width = max(width, safetext.Width(line)+1)
		}
	}
	return width
}

// rawOutput is the control: what was printed, with the characters themselves in the
// place of their names, has to be noticed by the check of bytes and by the first
// terminal, and by the second for some of them, in the long form for each.
func (c *company) rawOutput(all []output) {
	c.t.Helper()
	n, second := 0, 0
	for _, k := range tricks() {
		drawn := safetext.Line(k.text).String()
		i := slices.IndexFunc(all, func(o output) bool { return strings.Contains(o.hostile, drawn) })
		if drawn == k.text || i < 0 {
			continue
		}
		n++
		o := all[i]
		raw := strings.Replace(o.hostile, drawn, k.text, 1)
		if unclean(raw) == "" {
			c.t.Errorf("%s was printed as it is, and nobody noticed", k.name)
		}
		good := o.alike(o.onFirst(o.harmless))
		if o.alike(o.onFirst(raw)) == good {
			c.t.Errorf("%s was printed as it is, and the terminal did not notice", k.name)
		}
		if n%12 != 1 && os.Getenv("COUNTERSIGN_LONG") == "" {
			continue
		}
		printed, fine := startSecond(c.t, widest(all), high), startSecond(c.t, widest(all), high)
		if printed == nil {
			continue
		}
		second++
		if o.alike(printed.page(raw)) == o.alike(fine.page(o.harmless)) && printed.state() == fine.state() {
			c.t.Errorf("%s was printed as it is, and the second terminal did not notice", k.name)
		}
	}
	if n < 10 {
		c.t.Errorf("only %d texts were there to be printed as they are", n)
	}
	c.t.Logf("control: %d texts printed as they are were noticed, %d of them by the second terminal", n, second)
}
