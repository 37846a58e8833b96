package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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

// findNone looks for the secrets in everything that the program keeps and tells.
func (p *play) findNone() {
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
		path := fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, what)
		if b, err := os.ReadFile(path); err == nil { // it may have ended
			places[path] = b
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.watched {
		for _, shape := range shapes(c.text) {
			for path, b := range places {
				if bytes.Contains(b, []byte(shape)) {
					p.t.Errorf("%s holds %q", path, shape)
				}
			}
			if bytes.Contains(p.drawn[:c.from], []byte(shape)) || bytes.Contains(p.drawn[c.to:], []byte(shape)) {
				p.t.Errorf("the terminal got %q", shape)
			}
		}
	}
}

// secretMarks are what every secret has that a test types, and every key that the
// program makes.
var secretMarks = regexp.MustCompile(`(?i)cnry|AGE-SECRET-KEY-1|-----BEGIN [A-Z ]*PRIVATE KEY`)

// marks lists where a secret shows itself by its mark: every terminal is looked at when
// its test is over, what came to it and what the system tells of its program.
func (term *terminal) marks() []string {
	places := map[string][]byte{}
	for _, what := range []string{"cmdline", "environ"} {
		if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", term.cmd.Process.Pid, what)); err == nil { // it may have ended
			places[what] = b
		}
	}
	term.mu.Lock()
	places["the terminal"] = slices.Clone(term.drawn)
	term.mu.Unlock()
	var all []string
	for place, text := range places {
		if at := secretMarks.FindIndex(text); at != nil {
			all = append(all, fmt.Sprintf("%s got a secret: %q", place, text[max(0, at[0]-40):min(len(text), at[1]+20)]))
		}
	}
	return all
}

// TestTortureSecretsControl has a program print a canary, and carry one in its
// arguments and in its environment: the look at every terminal notices each.
func TestTortureSecretsControl(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("sh", "-c", "echo AGE-SECRET''-KEY-1ABC; sleep 600", "cnry-Argument")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "SECRET=CNRYVARIABLE"}
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
