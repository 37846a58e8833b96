package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/vaultclient/vaultsim"
)

// TestTortureStorageElsewhere writes what is no queue where no block is left: it ends
// with a sentence, and leaves no half of a file.
func TestTortureStorageElsewhere(t *testing.T) {
	t.Parallel()
	c := newTemplate(t)
	full := filepath.Join(c.dir, "full")
	if err := os.Mkdir(full, 0o700); err != nil {
		t.Fatal(err)
	}
	over := fullDisk(t, full)
	before, err := os.ReadDir(full)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"backup", "full"}, {"backup", "full/copy.db"}, {"keygen", "full/identity"}, {"support", "bundle", "full/bundle"}} {
		said, code := c.call(disk{}, "", args...)
		if wrong := sentence(said, code); code == 0 || wrong != "" {
			t.Errorf("%v: exit code %d, %s: %s", args, code, wrong, said)
		}
		after, err := os.ReadDir(full)
		if err != nil || len(after) != len(before) {
			t.Errorf("%v: left behind: %v, %v", args, after, err)
		}
	}
	for _, args := range [][]string{{"audit", "export", "--texts"}, {"list", "mine"}, {"show", c.number, "--json"}} {
		cmd := c.command(disk{}, "alice", args...)
		device, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if args[0] == "audit" {
			cmd = c.command(disk{}, "", args...)
		}
		var errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = device, &errs
		err = cmd.Run()
		device.Close()
		if wrong := sentence(errs.String(), cmd.ProcessState.ExitCode()); err == nil || wrong != "" {
			t.Errorf("%v to a full device: %v, %s: %s", args, err, wrong, &errs)
		}
	}
	over()
	if said, code := c.call(disk{}, "", "backup", "full"); code != 0 {
		t.Errorf("when it was over: exit code %d: %s", code, said)
	}
}

// A queue whose disk is full can still be copied to another disk while somebody has it
// open, though nothing can be noted in it any more.
func TestTortureStorageBackupOfAFullQueue(t *testing.T) {
	t.Parallel()
	c := newTemplate(t)
	queue := filepath.Join(c.dir, "queue")
	mounted(t, queue)
	hold(t, "open", queue)
	over := noBlockLeft(t, queue)
	cmd := c.command(disk{}, "", "backup", "saved.db")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "the copy is whole; that it was made could not be noted") {
		t.Errorf("%v: %s", err, out)
	}
	if said, code := c.call(disk{}, "", "restore", "--check", "saved.db"); code != 0 {
		t.Errorf("exit code %d: %s", code, said)
	}
	over()
}

// TestTortureStorageSetup sets everything up on a disk on which less and less fits, so
// that it is full at each of the files that set-up writes. When there is space again,
// the same command ends it.
func TestTortureStorageSetup(t *testing.T) {
	t.Parallel()
	const key = "0123456789012345678901234567890123456789012="
	sim, err := vaultsim.New(vaultsim.Options{Vault: vaultsim.Company(1, vaultsim.NewClock()).Vault, Keys: []vaultsim.Key{{Value: key}}, RateLimit: "10000/minute"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	address, err := sim.Start()
	if err != nil {
		t.Fatal(err)
	}
	failed := map[string]bool{}
	spaces := []int{0, 4 << 10, 8 << 10, 64 << 10, 512 << 10, 8 << 20}
	for _, space := range spaces {
		c := &cell{t: t, dir: t.TempDir()}
		home := filepath.Join(c.dir, "me")
		if err := os.Mkdir(home, 0o700); err != nil {
			t.Fatal(err)
		}
		c.write("key", key+"\n")
		c.write("answers.toml", fmt.Sprintf("host = \"127.0.0.1\"\nport = %q\ntimezone = \"UTC\"\napi_key_file = %q\nadmin_email = \"me@example.com\"\n",
			address[strings.LastIndexByte(address, ':')+1:], filepath.Join(c.dir, "key")))
		mounted(t, home)
		if err := os.WriteFile(filepath.Join(home, "spare"), make([]byte, space), 0o600); err != nil {
			t.Fatal(err)
		}
		over := noBlockLeft(t, home)
		remove(t, filepath.Join(home, "spare"))
		setup := func(args ...string) (string, int) {
			cmd := c.command(disk{}, "", args...)
			cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME=", "XDG_DATA_HOME=", "XDG_STATE_HOME=", "COUNTERSIGN_CONFIG=")
			out, _ := cmd.CombinedOutput() // the exit code tells
			return string(out), cmd.ProcessState.ExitCode()
		}
		said, code := setup("setup", "--from", "answers.toml")
		if wrong := sentence(said, code); wrong != "" {
			t.Errorf("%d bytes: %s:\n%s", space, wrong, said)
		}
		if code != 0 {
			for line := range strings.Lines(said) {
				if _, what, is := strings.Cut(line, "✗ "); is {
					failed[strings.SplitAfterN(what, ": ", 3)[0]] = true
				}
			}
			if !strings.Contains(said, "run it again") {
				t.Errorf("%d bytes: it does not say how to go on:\n%s", space, said)
			}
		}
		over()
		for _, args := range [][]string{{"setup", "--from", "answers.toml"}, {"list", "mine"}, {"audit", "verify"}} {
			if said, code := setup(args...); code != 0 {
				t.Errorf("%d bytes: %v when there is space: exit code %d: %s", space, args, code, said)
			}
		}
	}
	if len(failed) < 3 { // the identity, the configuration, the queue
		t.Errorf("it failed in %d ways: %v", len(failed), failed)
	}
}
