package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// notKnown is what a command has to say whose commit may yet be found in the WAL.
const notKnown = "whether it was written is not known"

// left is who else had the queue open, and did not end as they should: what they leave
// in the WAL is read again by whoever opens the queue next, and so is what a command
// put behind it whose commit failed.
type left struct {
	name string
	// begins happens before the command, and what it returns behind it.
	begins func(t *testing.T, dir string) (over func())
}

func leavings() []left {
	killed := func(what string) func(*testing.T, string) func() {
		return func(t *testing.T, dir string) func() {
			p, end := hold(t, what, dir)
			return func() {
				if err := p.Kill(); err != nil {
					t.Error(err)
				}
				end()
			}
		}
	}
	return []left{
		{"a WAL is left", func(t *testing.T, dir string) func() { inWAL(t, dir); return func() {} }},
		{"the holder is killed", killed("open")},
		{"the holder is killed, who wrote", killed("wal")},
	}
}

// unkept are the faults that meet a commit when some of it may be in the WAL already.
func unkept() []disk {
	sync := []call{{number: syscall.SYS_FDATASYNC}, {number: syscall.SYS_FSYNC}}
	return []disk{
		{name: "making durable fails", calls: sync, errno: syscall.EIO},
		{name: "no space is found when it is made durable", calls: sync, errno: syscall.ENOSPC},
		{name: "writing fails", calls: []call{{number: syscall.SYS_PWRITE64}}, errno: syscall.EIO},
	}
}

// TestTortureStorageCommit lets commits fail whose content may be read again when
// others that had the queue open are killed. A command that says that it failed, and
// not that it may have been written all the same, has written nothing, also then.
func TestTortureStorageCommit(t *testing.T) {
	t.Parallel()
	template := newTemplate(t)
	t.Run("cells", func(t *testing.T) {
		for _, l := range leavings() {
			for n, d := range unkept() {
				for _, w := range writings() {
					if w.left != nil {
						continue // it has files of its own, and tests of them
					}
					heavy := os.Getenv("COUNTERSIGN_HEAVY") != "" && n == 0 || os.Getenv("COUNTERSIGN_LONG") != ""
					if w.name != "decision" && !heavy {
						continue
					}
					t.Run(l.name+"/"+d.name+"/"+w.name, func(t *testing.T) {
						t.Parallel()
						c := template.cell(t)
						if c.commits(l, d, w) {
							t.Log("it is there all the same")
						}
					})
				}
			}
		}
	})
}

// commits plays a cell, and reports whether what a command said to have failed was
// there afterwards.
func (c *cell) commits(l left, d disk, w writing) bool {
	c.t.Helper()
	over := l.begins(c.t, filepath.Join(c.dir, "queue"))
	said, code := c.call(d, w.login, w.args(c)...)
	over()
	if wrong := sentence(said, code); wrong != "" {
		c.t.Errorf("%s:\n%s", wrong, said)
	}
	done, audited := c.count(w)
	if wrong := appears(said, code, done, audited); wrong != "" {
		c.t.Errorf("exit code %d, %s: %d of it and %d entries of the audit:\n%s", code, wrong, done, audited, said)
	}
	if done == 0 { // as whoever looks finds it, who then does it again
		if said, code := c.call(disk{}, w.login, w.args(c)...); code != 0 {
			c.t.Errorf("when it was over: exit code %d: %s", code, said)
		}
	}
	if done, audited := c.count(w); done != 1 || audited != 1 {
		c.t.Errorf("when it was over: %d of it and %d entries of the audit", done, audited)
	}
	if said, code := c.call(disk{}, "", "audit", "verify"); code != 0 {
		c.t.Errorf("the audit: %s", said)
	}
	return code != 0 && done > 0
}

// appears says where a command was wrong about what is there in the end, "" where it
// was right.
func appears(said string, code, done, audited int) string {
	switch {
	case done != audited:
		return "half of it is there"
	case code == 0 && done != 1:
		return "it said that it was done"
	case code != 0 && done != 0 && !strings.Contains(said, notKnown):
		return "it said that it was not done"
	}
	return ""
}

// The control: a commit that failed is found in the WAL, so that the cells are not
// blind, and what a command says of it is not believed whatever it is.
func TestTortureStorageCommitControl(t *testing.T) {
	t.Parallel()
	template := newTemplate(t)
	found := false
	for _, l := range leavings() {
		c := template.cell(t)
		found = c.commits(l, unkept()[0], writings()[1]) || found
	}
	if !found {
		t.Error("nothing that failed was there afterwards: the fault does not happen")
	}
	full := "countersign: queue.db: the disk is full: database or disk is full"
	for _, tt := range []struct {
		said                string
		code, done, audited int
		wrong               bool
	}{
		{"", 0, 1, 1, false}, {"", 0, 0, 0, true}, {full, 8, 0, 0, false}, {full, 8, 1, 1, true},
		{full + ": " + notKnown, 8, 1, 1, false}, {full + ": " + notKnown, 8, 1, 0, true},
	} {
		if wrong := appears(tt.said, tt.code, tt.done, tt.audited); (wrong != "") != tt.wrong {
			t.Error(fmt.Sprintf("%+v", tt), "is taken for", wrong)
		}
	}
}
