package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// canaries are secrets that must be found nowhere but in the vault.
type canaries struct{ watched []canary }

// canary is a secret, and the part of what the terminal got in which it may be:
// the one reveal of a link.
type canary struct {
	text     string
	from, to int
}

// watch makes a secret one that is looked for.
func (p *play) watch(secret string) { p.watched = append(p.watched, canary{text: secret}) }

// got is how many bytes the terminal has got so far.
func (term *terminal) got() int {
	term.mu.Lock()
	defer term.mu.Unlock()
	return len(term.drawn)
}

// rows are all that stood in the rows of a screen, and when, in bytes that had come by
// then: what a person types is drawn in pieces, so that no recording holds it as a whole.
type rows map[string]struct{ first, last int }

// add adds what stands on the screen now.
func (r rows) add(screen string, now int) {
	for row := range strings.SplitSeq(screen, "\n") {
		when, known := r[row]
		if !known {
			when.first = now
		}
		when.last = now
		r[row] = when
	}
}

// piece is how much of a secret in a row is enough to find it by: a text can be longer
// than the place that it is drawn in.
const piece = 12

// show lists the rows that showed a secret, or a piece of it, where it must not be.
func (r rows) show(c canary) []string {
	pieces := map[string]bool{}
	for line := range strings.Lines(c.text) {
		if strings.HasPrefix(line, "-----") {
			continue
		}
		_, key, isLink := strings.Cut(strings.TrimSpace(line), "#")
		if !isLink { // what stands before the key of a link is known to everybody
			key = strings.TrimSpace(line)
		}
		for i := range len(key) - piece + 1 {
			pieces[key[i:i+piece]] = true
		}
	}
	var all []string
	for row, when := range r {
		if c.from < when.first && when.last <= c.to {
			continue
		}
		for i := range len(row) - piece + 1 {
			if pieces[row[i:i+piece]] {
				all = append(all, strings.TrimSpace(row))
				break
			}
		}
	}
	return all
}

// shapes are the forms in which a secret could lie around: as it is, line by
// line, quoted, and encoded as commands carry it.
func shapes(secret string) []string {
	quoted, err := json.Marshal(secret)
	if err != nil {
		panic(err)
	}
	all := []string{secret, strings.Trim(string(quoted), `"`), base64.StdEncoding.EncodeToString([]byte(secret))}
	for line := range strings.Lines(secret) {
		if line = strings.TrimSpace(line); len(line) >= 8 && !strings.HasPrefix(line, "-----") {
			all = append(all, line, fmt.Sprintf("%x", line))
		}
	}
	for word := range strings.FieldsSeq(secret) { // a terminal need not be sent blanks
		if strings.Contains(strings.ToLower(word), "cnry") {
			all = append(all, word)
		}
	}
	return all
}

// showed lists the rows of a terminal that showed a secret where it must not be.
func (term *terminal) showed(c canary) []string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.rows.show(c)
}

// findNone looks for the secrets in everything that the program keeps and tells.
func (p *play) findNone() {
	p.t.Helper()
	for _, found := range p.found() {
		p.t.Error(found)
	}
}

// found lists where the secrets are that must be nowhere.
func (p *play) found() []string {
	p.t.Helper()
	places := map[string][]byte{}
	err := filepath.WalkDir(p.cmd.Dir, readInto(places))
	if err == nil {
		err = filepath.WalkDir(p.dir, readInto(places))
	}
	if err != nil {
		p.t.Fatal(err)
	}
	for name, known := range map[string]string{"queue": "alice@example.com", "log": "sync-down", "live": "CREATE TABLE"} {
		path := filepath.Join(p.dir, name+".db")
		if !bytes.Contains(append(places[path], places[path+"-wal"]...), []byte(known)) {
			p.t.Fatalf("%s does not hold %q, so it would not show a secret either", path, known)
		}
	}
	for _, what := range []string{"cmdline", "environ"} {
		places[what+" of the program"] = told(p.t, p.cmd.Process.Pid, what)
	}
	var all []string
	for _, c := range p.watched {
		for _, row := range p.showed(c) {
			all = append(all, fmt.Sprintf("the screen showed %q of %q", row, c.text))
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.watched {
		for _, shape := range shapes(c.text) {
			for path, b := range places {
				if bytes.Contains(b, []byte(shape)) {
					all = append(all, fmt.Sprintf("%s holds %q", path, shape))
				}
			}
			if bytes.Contains(p.drawn[:c.from], []byte(shape)) || bytes.Contains(p.drawn[c.to:], []byte(shape)) {
				all = append(all, fmt.Sprintf("the terminal got %q", shape))
			}
		}
	}
	return all
}

// told is what the system tells of a process to others, nil once that has ended. Where
// the program's guard refuses it to the account that runs the test, as it does to all
// programs of an account, there is nothing to look at: root looks all the same.
func told(t *testing.T, pid int, what string) []byte {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, what))
	switch {
	case err == nil:
		return b
	case errors.Is(err, fs.ErrPermission) && what == "environ" && !mayTrace(t):
		t.Logf("kept from other programs, and looked at only by tests that root runs: %v", err)
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ESRCH):
		t.Error(err)
	}
	return nil
}

var rightsNow = regexp.MustCompile(`(?m)^CapEff:\s*([0-9a-f]+)$`)

// mayTrace reports whether this process may look into all others, as root may where
// nothing takes it from root.
func mayTrace(t *testing.T) bool {
	t.Helper()
	const trace = 19 // CAP_SYS_PTRACE
	m := rightsNow.FindStringSubmatch(contentOf(t, "/proc/self/status"))
	if m == nil {
		return false
	}
	rights, err := strconv.ParseUint(m[1], 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return rights&(1<<trace) != 0
}

// marked is the first marked secret of a text with what stands around it, "" where there
// is none: every secret has a mark that a test types, and every key that the program makes.
// Files are large, so the marks are plain texts; no name that the program draws at random
// (letters and digits) holds one by chance.
func marked(text []byte) string {
	for _, mark := range []string{"cnry-", "Cnry-", "CNRYTYPED", "AGE-SECRET-KEY-1", "age-secret-key-1", "PRIVATE KEY-----"} {
		if at := bytes.Index(text, []byte(mark)); at >= 0 {
			return fmt.Sprintf("%q", text[max(0, at-40):min(len(text), at+len(mark)+20)])
		}
	}
	return ""
}

// marks lists where a secret shows itself by its mark: every terminal is looked at when
// its test is over, what came to it and what the system tells of its program.
func (term *terminal) marks() []string {
	places := map[string][]byte{}
	for _, what := range []string{"cmdline", "environ"} {
		places[what] = told(term.t, term.cmd.Process.Pid, what)
	}
	term.mu.Lock()
	places["the terminal"] = slices.Clone(term.drawn)
	places["a row of the screen"] = []byte(strings.Join(slices.Collect(maps.Keys(term.rows)), "\n"))
	term.mu.Unlock()
	var all []string
	for place, text := range places {
		if found := marked(text); found != "" {
			all = append(all, fmt.Sprintf("%s got a secret: %s", place, found))
		}
	}
	return all
}

// TestTortureSecretsOnAScreen types a text into a row of a form that hides nothing: it
// has to be found on the screen, though no recording holds it as a whole, and so has
// one that is longer than the row.
func TestTortureSecretsOnAScreen(t *testing.T) {
	t.Parallel()
	const short, long = "Typed-in-the-open-0001", "Typed-in-the-open-and-longer-than-the-row-in-which-it-is-drawn-by-far-0002"
	for _, text := range []string{short, long} {
		p := startPlay(t, 80, 24)
		p.choose("Login")
		p.fill(filled{row: "Title", text: text})
		p.watch(text)
		p.wait(text[len(text)-piece:]) // however late it is drawn
		p.settle(guard)
		p.mu.Lock()
		whole := bytes.Contains(p.drawn, []byte(text))
		p.mu.Unlock()
		if whole {
			t.Errorf("the recording holds %q as a whole", text)
		}
		from := p.got()
		if found := p.found(); len(found) == 0 {
			t.Errorf("%q was not found on the screen:\n%s", text, p.text())
		}
		p.press("ctrl+u")
		p.gone(text[len(text)-piece:])
		p.watched = []canary{{text, 0, from}}
		if found := p.found(); len(found) > 0 {
			t.Errorf("%q was found where it may be: %q", text, found)
		}
		p.watched = []canary{{text, from, p.got()}}
		if found := p.found(); len(found) == 0 {
			t.Errorf("%q was not found before it may be there", text)
		}
	}
}

// TestTortureSecretsControl has a program print a canary, and carry one in its
// arguments and in its environment: the look at every terminal notices each.
func TestTortureSecretsControl(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("sh", "-c", "echo AGE-SECRET''-KEY-1ABC; sleep 600", "cnry-Argument")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "SECRET=CNRYTYPED"}
	tty, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = tty.Close()
	}()
	term := &terminal{t: t, cmd: cmd}
	for buf := make([]byte, 100); !bytes.Contains(term.drawn, []byte("ABC")); {
		n, err := tty.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		term.drawn = append(term.drawn, buf[:n]...)
	}
	if found := term.marks(); len(found) != 3 {
		t.Errorf("found %q", found)
	}
}

// readInto reads all plain files of a folder.
func readInto(places map[string][]byte) func(string, os.DirEntry, error) error {
	return func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		places[path], err = os.ReadFile(path)
		return err
	}
}

// TestACrashShowsNoSecret ends the program with all its stacks while a form holds
// one secret that is sealed and one that is being typed.
func TestACrashShowsNoSecret(t *testing.T) {
	t.Parallel()
	p := startPlay(t, 120, 36)
	p.choose("Login")
	p.fill(filled{row: "Password", right: 2, below: true, text: "cnry-Sealed-0001"}, filled{row: "Two-factor", right: 1, below: true, text: "CNRYTYPED234567"})
	p.watch("cnry-Sealed-0001")
	p.watch("CNRYTYPED234567")
	if err := p.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	if err := p.quit(); err == nil {
		t.Error("the program ended in good order")
	}
	if !bytes.Contains(p.drawn, []byte("goroutine ")) {
		t.Errorf("no stacks were written:\n%s", p.text())
	}
	p.findNone()
}
