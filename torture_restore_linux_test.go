package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// spoiling is what a queue has become that a restore replaces.
type spoiling struct {
	name   string
	which  string // what looked says of it
	spoils func(t *testing.T, dir string)
}

func spoilings() []spoiling {
	return []spoiling{
		{"sound", "old", func(*testing.T, string) {}},
		{"damaged", "unreadable", func(t *testing.T, dir string) { damagedPage(t, dir) }},
		{"no database", "unreadable", func(t *testing.T, dir string) { written("queue.db", []byte(strings.Repeat("nothing ", 9000)))(t, dir) }},
		{"gone", "none", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "queue.db")) }},
	}
}

// looked is a queue's folder as a restore finds it, or leaves it.
type looked struct {
	which string            // queue: the "old" one, the "new" one, "none", or "unreadable"
	files map[string]string // but for those that change whenever somebody looks
}

// look looks at the queue's folder.
func (c *cell) look() looked {
	c.t.Helper()
	l := looked{which: c.whichRestored(), files: map[string]string{}}
	dir := filepath.Join(c.dir, "queue")
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		name := strings.TrimPrefix(strings.TrimPrefix(path, dir), "/")
		for _, other := range []string{"log.db", "live.db", "queue.gate", "queue.db-"} {
			if strings.HasPrefix(name, other) {
				return nil
			}
		}
		if err != nil || name == "" || name == "queue.db" && l.which == "old" {
			return err
		}
		if e.IsDir() {
			l.files[name] = "a folder"
			return nil
		}
		content, err := os.ReadFile(path)
		l.files[name] = string(content)
		return err
	})
	if err != nil {
		c.t.Error(err)
	}
	return l
}

// whichRestored says which queue it is.
func (c *cell) whichRestored() string {
	c.t.Helper()
	path := filepath.Join(c.dir, "queue", "queue.db")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "none"
	}
	db, err := sql.Open("sqlite3", "file:"+path+"?_query_only=1")
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	var sound string
	var decided, restored int
	err = errors.Join(db.QueryRow("PRAGMA quick_check(1)").Scan(&sound),
		db.QueryRow(writings()[1].done, c.number).Scan(&decided), db.QueryRow("SELECT count(*) FROM setting WHERE key = 'restore'").Scan(&restored))
	switch {
	case err != nil || sound != "ok":
		return "unreadable"
	case decided == 1 && restored == 0:
		return "old"
	case decided == 0 && restored == 1:
		return "new"
	}
	return fmt.Sprintf("one with %d of the decision and %d restores", decided, restored)
}

// leaves says what is wrong with what a restore has left, "" where it is right: all as
// it was where it failed; otherwise the new queue, and what was there before beside it.
func leaves(before, after looked, code int) string {
	if code != 0 {
		switch {
		case after.which != before.which:
			return "the queue was the " + before.which + " one and is the " + after.which + " one"
		case !maps.Equal(after.files, before.files):
			return fmt.Sprintf("the folder is not as it was: %d files, and %d before", len(after.files), len(before.files))
		}
		return ""
	}
	if after.which != "new" {
		return "it said that it was done, and the queue is the " + after.which + " one"
	}
	kept := ""
	for name, content := range after.files {
		switch first, rest, _ := strings.Cut(name, "/"); {
		case strings.HasPrefix(first, ".") || strings.HasPrefix(first, "replacing-"):
			return "left behind: " + name
		case strings.HasPrefix(first, "replaced-") && rest == "queue.db" && before.which == "unreadable" && content != before.files["queue.db"]:
			return "what cannot be read was not kept as it was"
		case strings.HasPrefix(first, "replaced-") && rest == "queue.db":
			kept = name
		}
	}
	if kept == "" && before.which != "none" {
		return "what was replaced was not kept"
	}
	for line := range strings.Lines(before.files["audit-heads.log"]) {
		found := false
		for name, content := range after.files {
			found = found || filepath.Base(name) == "audit-heads.log" && strings.Contains(content, line)
		}
		if !found {
			return "a checkpoint is lost: " + line
		}
	}
	return ""
}

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

// The control: what a restore must not leave is noticed.
func TestTortureStorageRestoreControl(t *testing.T) {
	t.Parallel()
	template := newToRestore(t)
	for name, harm := range map[string]func(c *cell, queue string){
		"the queue is empty":       func(c *cell, queue string) { c.write("queue/queue.db", "") },
		"the queue is gone":        func(c *cell, queue string) { remove(c.t, filepath.Join(queue, "queue.db")) },
		"the checkpoints are gone": func(c *cell, queue string) { c.write("queue/audit-heads.log", "") },
		"a copy is left": func(c *cell, queue string) {
			if err := os.MkdirAll(filepath.Join(queue, ".restoring-1"), 0o700); err != nil {
				c.t.Error(err)
			}
		},
		"what was taken away is left": func(c *cell, queue string) {
			if err := os.MkdirAll(filepath.Join(queue, "replaced-1"), 0o700); err != nil {
				c.t.Error(err)
			}
		},
		"it is done": func(c *cell, _ string) {
			if said, code := c.call(disk{}, "", "restore", "--replace", "whole.db"); code != 0 {
				c.t.Error(said)
			}
		},
	} {
		c := template.cell(t)
		before := c.look()
		if wrong := leaves(before, before, 8); wrong != "" || leaves(before, before, 0) == "" {
			t.Errorf("nothing happened: %q", wrong)
		}
		harm(c, filepath.Join(c.dir, "queue"))
		after := c.look()
		if leaves(before, after, 8) == "" {
			t.Errorf("%s, and that is taken for what was there", name)
		}
		if wrong := leaves(before, after, 0); (wrong == "") != (name == "it is done") {
			t.Errorf("%s: %q", name, wrong)
		}
		if name != "it is done" {
			continue
		}
		for file := range after.files { // each thing that is kept has to be there
			less := looked{after.which, maps.Clone(after.files)}
			delete(less.files, file)
			if _, rest, _ := strings.Cut(file, "/"); rest != "" && rest != "queue.db.json" && leaves(before, less, 0) == "" {
				t.Errorf("without %s it is taken for done", file)
			}
		}
	}
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
