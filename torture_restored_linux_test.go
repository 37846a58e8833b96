package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
