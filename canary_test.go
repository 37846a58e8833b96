package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
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
