package main

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newToRestore is a queue with a decision that its backup, whole.db, has not, and with
// checkpoints before it and behind it.
func newToRestore(t *testing.T) *cell {
	t.Helper()
	c := newTemplate(t)
	w := writings()[1]
	for _, args := range [][]string{{"backup", "whole.db"}, {"approve"}, {"audit", "export"}} {
		login := ""
		if args[0] == "approve" {
			login, args = w.login, w.args(c)
		}
		if said, code := c.call(disk{}, login, args...); code != 0 {
			t.Fatal(said)
		}
	}
	return c
}

// TestTortureStorageRestore restores on a disk on which more and more fits, until it
// goes well: the disk is full at each thing that a restore writes. Where it fails, all
// is as it was, the checkpoints too, and with space the same command works.
func TestTortureStorageRestore(t *testing.T) {
	t.Parallel()
	template := newToRestore(t)
	for _, s := range spoilings() {
		if finest() != page && s.name != "sound" && s.name != "damaged" {
			continue // they fail as the damaged one does
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			c := template.cell(t)
			queue := filepath.Join(c.dir, "queue")
			s.spoils(t, queue)
			mounted(t, queue)
			verified, _ := c.call(disk{}, "", "audit", "verify")
			c.anew()
			before := c.look()
			if before.which != s.which {
				t.Fatalf("it is the %s one", before.which)
			}
			failed := map[string]int{}
			fails, works := c.fills(before, failed, 0, 8<<20)
			if finest() == page { // around there, and elsewhere
				for n := range 8 {
					c.fill(before, failed, fails-n*page)
				}
				for space := works; space > 0; space -= 128 << 10 {
					c.fill(before, failed, space)
				}
			}
			for range seizings() {
				c.fillLater(before, failed, works)
			}
			t.Logf("with %d KiB it works; it failed at %v", works>>10, failed)
			if finest() == page && s.name == "sound" && (failed["the copy"] == 0 || failed["what is replaced"] == 0 || failed["the queue"] == 0) {
				t.Errorf("it failed only at %v", failed)
			}
			c.anew()
			if said, _ := c.call(disk{}, "", "audit", "verify"); said != verified {
				t.Errorf("audit verify says\n%s, and said\n%s", said, verified)
			}
			if said, code := c.call(disk{}, "", "restore", "--replace", "whole.db"); code != 0 {
				t.Errorf("in the end: exit code %d: %s", code, said)
			}
			if said, code := c.call(disk{}, "", "audit", "verify"); code != 0 {
				t.Errorf("the audit: %s", said)
			}
		})
	}
}

// page is what a file system gives out at least.
const page = 4 << 10

// finest is how exactly the space is found from which on a restore works.
func finest() int {
	if os.Getenv("COUNTERSIGN_HEAVY") != "" || os.Getenv("COUNTERSIGN_LONG") != "" {
		return page
	}
	return 128 << 10
}

// fills finds the space with which a restore fails, and that with which it works.
func (c *cell) fills(before looked, failed map[string]int, fails, works int) (int, int) {
	c.t.Helper()
	for works-fails > finest() {
		if space := (fails + works) / 2 / page * page; c.fill(before, failed, space) {
			works = space
		} else {
			fails = space
		}
	}
	return fails, works
}

// fill restores where so much space is left, and reports whether it worked.
func (c *cell) fill(before looked, failed map[string]int, space int) bool {
	c.t.Helper()
	queue := filepath.Join(c.dir, "queue")
	if err := os.WriteFile(filepath.Join(queue, "spare"), make([]byte, space), 0o600); err != nil {
		c.t.Fatal(err)
	}
	over := noBlockLeft(c.t, queue)
	remove(c.t, filepath.Join(queue, "spare"))
	return c.restores(before, failed, space, over)
}

// restores restores, looks at what came of it when the space is there again, and
// reports whether it worked. Afterwards the folder is as it was.
func (c *cell) restores(before looked, failed map[string]int, space int, over func()) bool {
	c.t.Helper()
	said, code := c.call(disk{}, "", "restore", "--replace", "whole.db")
	over()
	if wrong := sentence(said, code); wrong != "" {
		c.t.Errorf("%d bytes: %s:\n%s", space, wrong, said)
	}
	if wrong := leaves(before, c.look(), code); wrong != "" {
		c.t.Errorf("%d bytes, exit code %d, %s:\n%s", space, code, wrong, said)
	}
	switch {
	case code == 0:
	case strings.Contains(said, "/.restoring-"):
		failed["the copy"]++
	case strings.Contains(said, "/replacing-"):
		failed["what is replaced"]++
	case strings.Contains(said, "/audit-heads.log"):
		failed["the checkpoints"]++
	default:
		failed["the queue"]++
	}
	c.anew()
	return code == 0
}

// seizings is how often somebody else takes the space that is left.
func seizings() int {
	switch {
	case os.Getenv("COUNTERSIGN_LONG") != "":
		return 60
	case finest() == page:
		return 6
	}
	return 2
}

// fillLater restores while somebody else takes the space that is left, from a random
// moment on: also what a restore itself gives free when its copy is ready.
func (c *cell) fillLater(before looked, failed map[string]int, space int) {
	c.t.Helper()
	path := filepath.Join(c.dir, "queue", "seized")
	f, err := os.Create(path)
	if err != nil {
		c.t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		timer := time.NewTimer(rand.N(200 * time.Millisecond))
		defer timer.Stop()
		for size := 4 << 20; ; timer.Reset(200 * time.Microsecond) {
			select {
			case <-stop:
				return
			case <-timer.C:
			}
			for {
				if _, err := f.Write(make([]byte, size)); err == nil {
					continue
				}
				if size /= 2; size < page {
					size = page
					break
				}
			}
		}
	}()
	c.restores(before, failed, space, func() {
		close(stop)
		<-stopped
		f.Close()
		remove(c.t, path)
	})
}

// anew makes the queue's folder what it was before it was mounted.
func (c *cell) anew() {
	c.t.Helper()
	queue := filepath.Join(c.dir, "queue")
	entries, err := os.ReadDir(queue)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(queue, e.Name())))
	}
	if err = errors.Join(err, os.CopyFS(queue, os.DirFS(queue+".aside"))); err != nil {
		c.t.Fatal(err)
	}
	modes(c.t, queue)
}

// A restore that cannot tidy up is done, and says so; one that was killed is told of by
// what looks at the audit.
func TestTortureStorageRestoreSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	c := newToRestore(t)
	live := filepath.Join(c.dir, "queue", "live.db")
	remove(t, live)
	if err := os.MkdirAll(filepath.Join(live, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := c.command(disk{}, "", "restore", "--replace", "whole.db").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "afterwards this could not be done") || c.whichRestored() != "new" {
		t.Errorf("%v: %s", err, out)
	}
	if err := os.RemoveAll(live); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(c.dir, "queue", "replaced-*"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	for _, unfinished := range []bool{false, true} {
		if unfinished {
			if err := os.Rename(found[0], strings.Replace(found[0], "replaced-", "replacing-", 1)); err != nil {
				t.Fatal(err)
			}
		}
		for _, args := range [][]string{{"audit", "verify"}, {"doctor"}} {
			out, _ := c.command(disk{}, "", args...).CombinedOutput() // doctor finds more that is missing
			if strings.Contains(string(out), "a restore has not come to its end") != unfinished {
				t.Errorf("%v, unfinished %v: %s", args, unfinished, out)
			}
		}
	}
}
