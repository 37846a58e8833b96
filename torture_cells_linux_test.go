package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// cell is one command that writes, met by one fault: a queue of its own, and what came
// of it.
type cell struct {
	t      *testing.T
	dir    string
	number string // of the request that the command is about
	digest string
	// told is another request, which somebody approves before something is lost.
	told, toldDigest string
	subject          string // what the command is about where that is no such request
	wrong            []string
}

// newTemplate is a queue that cells are copied from.
func newTemplate(t *testing.T) *cell {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	c := &cell{t: t, dir: t.TempDir()}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	company := exec.Command(exe, filepath.Join(c.dir, "queue"))
	company.Args[0] = "company"
	if out, err := company.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	c.write("config.toml", "[store]\ndir = \"queue\"\n[vault]\nurl = \"http://127.0.0.1:9\"\n")
	c.write("people.toml", "[[person]]\nlogin = \"newcomer\"\nname = \"New Comer\"\nemail = \"new@example.com\"\nroles = [\"requestor\"]\n")
	c.number, c.digest = c.ordered()
	c.told, c.toldDigest = c.ordered()
	c.subject = c.number
	c.waits()
	for _, args := range [][]string{{"backup", "backup.db"}, {"audit", "export"}} { // which signs the end
		if out, code := c.call(disk{}, me.Username, args...); code != 0 {
			t.Fatal(out)
		}
	}
	return c
}

// ordered orders something.
func (c *cell) ordered() (number, digest string) {
	c.t.Helper()
	out, _ := c.call(disk{}, "alice", "request", "record-access", "--described", "the key of the shop", "--right", "view", "--limit", "4 h",
		"--justification", "INC0012345: payments", "--json")
	var asked struct{ Number string }
	if err := json.Unmarshal([]byte(out), &asked); err != nil {
		c.t.Fatalf("%v: %s", err, out)
	}
	return asked.Number, c.digestOf("dana", "show", asked.Number)
}

// digestOf is the digest of what somebody is shown.
func (c *cell) digestOf(login string, args ...string) string {
	c.t.Helper()
	var shown struct{ Digest string }
	out, _ := c.call(disk{}, login, append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), &shown); err != nil {
		c.t.Fatalf("%v: %s", err, out)
	}
	return shown.Digest
}

// isWrong notes that something is.
func (c *cell) isWrong(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

func (c *cell) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// cell copies the template.
func (c *cell) cell(t *testing.T) *cell {
	t.Helper()
	n := *c
	n.wrong = nil
	n.t, n.dir = t, filepath.Join(t.TempDir(), "cell")
	if err := os.CopyFS(n.dir, os.DirFS(c.dir)); err != nil {
		t.Fatal(err)
	}
	modes(t, n.dir)
	return &n
}

// modes makes everything the owner's alone, as it was before it was copied.
func modes(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// command is a command on a disk, as somebody.
func (c *cell) command(d disk, login string, args ...string) *exec.Cmd {
	c.t.Helper()
	if login == "" {
		me, err := user.Current()
		if err != nil {
			c.t.Fatal(err)
		}
		login = me.Username
	}
	exe, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.Command(exe, append([]string{login}, args...)...)
	cmd.Args[0] = "colleague"
	if d.calls != nil {
		var calls []string
		for _, f := range d.calls {
			calls = append(calls, fmt.Sprintf("%d:%d:%d:%d", f.number, f.bytes, f.at, f.from))
		}
		cmd.Args = append([]string{"broken", strconv.Itoa(int(d.errno)), strings.Join(calls, ","), login}, args...)
	}
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "COUNTERSIGN_CONFIG="+filepath.Join(c.dir, "config.toml"), "GORACE=atexit_sleep_ms=0")
	return cmd
}

// call runs a command on a disk, and returns what it printed and what it said beside it,
// or only what it said where it did not go well.
func (c *cell) call(d disk, login string, args ...string) (said string, code int) {
	c.t.Helper()
	cmd := c.command(d, login, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return out.String() + errs.String(), 0
	case !errors.As(err, &exit):
		c.t.Fatal(err)
	case exit.ExitCode() == cannotBreak:
		c.t.Skipf("the system lets no call fail: %s", &errs)
	}
	return errs.String(), exit.ExitCode()
}
