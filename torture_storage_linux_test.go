package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// writing is a command that writes. done and audited count what it leaves in the queue:
// both or neither.
type writing struct {
	name          string
	login         string // "" for whoever runs the tests
	about         string // selects the subject where it is not the cell's request
	args          func(c *cell) []string
	done, audited string // statements that count; the subject is $1
	// again is set for what may be done twice.
	again bool
	// left says what is wrong with the files outside the queue, nil where there are none.
	left func(c *cell, code int) string
}

const cellMark = "the cell of the table"

func writings() []writing {
	return []writing{
		{name: "request", login: "alice", args: func(*cell) []string {
			return []string{"request", "record-access", "--described", "the key of the shop", "--right", "view", "--limit", "4 h", "--justification", cellMark}
		}, done: "SELECT count(*) FROM request WHERE justification = '" + cellMark + "' AND $1 <> ''",
			audited: "SELECT count(*) FROM audit_text WHERE text = '" + cellMark + "' AND $1 <> ''", again: true},
		{name: "decision", login: "dana", args: func(c *cell) []string { return []string{"approve", c.number, "--digest", c.digest} },
			done:    "SELECT count(*) FROM vote v JOIN approval a ON a.id = v.approval_id JOIN request r ON r.id = a.request_id JOIN task t ON t.request_id = r.id WHERE r.number = $1 AND r.state = 'in_process'",
			audited: "SELECT count(*) FROM audit WHERE action = 'request.approve' AND object = $1"},
		{name: "denial", login: "dana", args: func(c *cell) []string {
			return []string{"deny", c.number, "--digest", c.digest, "--comment", "no"}
		},
			done:    "SELECT count(*) FROM vote v JOIN approval a ON a.id = v.approval_id JOIN request r ON r.id = a.request_id WHERE r.number = $1 AND r.state = 'closed_rejected'",
			audited: "SELECT count(*) FROM audit WHERE action IN ('request.deny', 'request.reject') AND object = $1"},
		{name: "withdrawal", login: "alice", args: func(c *cell) []string { return []string{"request", "withdraw", c.number} },
			done:    "SELECT count(*) FROM request WHERE number = $1 AND state = 'closed_cancelled'",
			audited: "SELECT count(*) FROM audit WHERE action = 'request.withdraw' AND object = $1"},
		{name: "people", args: func(*cell) []string { return []string{"people", "apply", "people.toml"} },
			done:    "SELECT count(*) FROM person p JOIN person_role r ON r.person = p.id WHERE p.login = 'newcomer' AND $1 <> ''",
			audited: "SELECT count(*) FROM audit a JOIN person p ON p.id = a.object WHERE p.login = 'newcomer' AND $1 <> ''"},
		{name: "export", args: func(*cell) []string { return []string{"audit", "export", "--texts"} },
			done:    "SELECT count(*) FROM audit WHERE action = 'audit.export' AND $1 <> ''",
			audited: "SELECT count(*) FROM audit WHERE action = 'audit.export' AND $1 <> ''", again: true},
		{name: "backup", args: func(*cell) []string { return []string{"backup", "queue/copy.db"} },
			done:    "SELECT coalesce((SELECT version FROM setting WHERE key = 'backup' AND $1 <> ''), 0)",
			audited: "SELECT count(*) FROM audit WHERE action = 'queue.backup' AND $1 <> ''", again: true, left: leftOfBackup},
		{name: "restore", args: func(*cell) []string { return []string{"restore", "--replace", "backup.db"} },
			done:    "SELECT count(*) FROM setting WHERE key = 'restore' AND $1 <> ''",
			audited: "SELECT count(*) FROM audit WHERE action = 'queue.restore' AND $1 <> ''", again: true, left: leftOfRestore},
	}
}

// leftOfRestore says what is wrong with what lies beside a queue that was or was not
// replaced.
func leftOfRestore(c *cell, _ int) string {
	found, err := filepath.Glob(filepath.Join(c.dir, "queue", ".restoring-*"))
	if err != nil || len(found) > 0 {
		return fmt.Sprintf("left behind: %v %v", found, err)
	}
	return ""
}

// leftOfBackup says what is wrong with the files of a backup: one that was made is
// sound, also where the queue could not be written any more, and one that was not is
// not there.
func leftOfBackup(c *cell, code int) string {
	found, err := filepath.Glob(filepath.Join(c.dir, "queue", "*copy.db*"))
	switch {
	case err != nil:
		return err.Error()
	case code != 0 && len(found) > 0:
		return fmt.Sprintf("left behind: %v", found)
	case code != 0:
		return ""
	}
	if said, code := c.call(disk{}, "", "restore", "--check", "queue/copy.db"); code != 0 {
		return said
	}
	for _, path := range found { // the next one gets the same name
		remove(c.t, path)
	}
	return ""
}

// TestTortureStorage meets every command that writes with every fault of the disk. It
// ends with a sentence and without a panic; what it says is done is done, whole and
// with its entry in the audit, and what it says is not done is not. When the fault is
// over, it works.
func TestTortureStorage(t *testing.T) {
	t.Parallel()
	template := newTemplate(t)
	for _, d := range disks() {
		for _, w := range append(writings(), furtherWritings()...) {
			if !isPlayed(d, w) {
				continue
			}
			t.Run(d.name+"/"+w.name, func(t *testing.T) {
				t.Parallel()
				c := template.cell(t)
				for _, wrong := range c.play(d, w) {
					t.Error(wrong)
				}
			})
		}
	}
}

// isPlayed leaves out most cells where time is short, and those where a command waits
// ten seconds for a lock as another one does.
func isPlayed(d disk, w writing) bool {
	switch {
	case os.Getenv("COUNTERSIGN_LONG") != "":
		return true
	case w.name == "decision" || w.name == "backup":
		return !d.slow || os.Getenv("COUNTERSIGN_HEAVY") != ""
	case os.Getenv("COUNTERSIGN_HEAVY") == "" || w.name == "denial" || w.name == "withdrawal":
		return false
	case !slices.ContainsFunc(writings(), func(one writing) bool { return one.name == w.name }):
		return d.name == "full in the midst of writing" || d.name == "making durable fails" || slices.Contains(d.stops, w.name)
	case d.slow:
		return w.name == "restore" || w.name == "people" && strings.Contains(d.name, "log")
	}
	return !d.loses || w.name == "restore"
}

// play lets the fault happen, runs the command, and again when the fault is over. It
// returns what is wrong.
func (c *cell) play(d disk, w writing) []string {
	c.t.Helper()
	queue := filepath.Join(c.dir, "queue")
	if w.about != "" {
		c.subject = c.selects(w.about)
	}
	args := w.args(c) // which may ask the program
	had, noted := c.count(w)
	over := func() {}
	if d.unread != "" {
		d.calls = []call{{number: syscall.SYS_PREAD64, at: c.firstPage(d.unread)}}
	}
	if d.held {
		_, over = hold(c.t, "open", queue)
	}
	if d.wal {
		inWAL(c.t, queue, c.tells)
	}
	if d.happens != nil {
		over = d.happens(c.t, queue)
	}
	if d.loses {
		had, noted, _ = c.cell(c.t).counted(w) // in a copy, for counting mends a WAL
	}
	said, code := c.call(d, w.login, args...)
	over()
	if wrong := sentence(said, code); wrong != "" {
		c.isWrong("%s:\n%s", wrong, said)
	}
	want, isMet := d.ends, true
	switch {
	case slices.Contains(d.spares, w.name):
		want, isMet = 0, false
	case slices.Contains(d.stops, w.name):
		want = 8
	}
	if code != want {
		c.isWrong("it ended with %d, want %d: %s", code, want, said)
	}
	if code == 0 && isMet && !strings.Contains(said, d.says) {
		c.isWrong("it does not say %q: %s", d.says, said)
	}
	done, audited, err := c.counted(w)
	switch wrong := halves(said, code, done-had, audited-noted, w); {
	case err != nil && (!d.loses || code == 0):
		c.isWrong("exit code %d: %v", code, err)
	case err == nil && wrong != "":
		c.isWrong("exit code %d, %s: %d of it and %d entries of the audit:\n%s", code, wrong, done-had, audited-noted, said)
	}
	if w.left != nil {
		if wrong := w.left(c, code); wrong != "" {
			c.isWrong("%s", wrong)
		}
	}
	if d.wal && w.name != "restore" { // which keeps the checkpoints of the old queue apart
		if said, code := c.call(disk{}, "", "audit", "verify"); code != 9 {
			c.isWrong("what was told is lost, and the audit ends with %d: %s", code, said)
		}
	}
	if d.loses {
		c.lives()
		return c.wrong
	}
	if code != 0 || w.again {
		if said, code := c.call(disk{}, w.login, args...); code != 0 {
			c.isWrong("when it was over: exit code %d: %s", code, said)
		}
	}
	if again, entries := c.count(w); again-had != entries-noted || again == had {
		c.isWrong("when it was over: %d of it and %d entries of the audit", again, entries)
	}
	if said, code := c.call(disk{}, "", "audit", "verify"); code != 0 {
		c.isWrong("the audit: %s", said)
	}
	return c.wrong
}

// tells has somebody be told that a decision is made, and signs the end of the audit.
func (c *cell) tells() {
	c.t.Helper()
	if said, code := c.call(disk{}, "dana", "approve", c.told, "--digest", c.toldDigest); code != 0 {
		c.t.Fatal(said)
	}
	if said, code := c.call(disk{}, "", "audit", "export"); code != 0 {
		c.t.Fatal(said)
	}
}

// sentence says what is wrong with what a command said, "" where it is a sentence.
func sentence(said string, code int) string {
	if code == 0 {
		return ""
	}
	for _, bad := range []string{"panic:", "goroutine ", "runtime error", "SIGBUS", "SIGSEGV", "FATAL"} {
		if strings.Contains(said, bad) {
			return "it panicked"
		}
	}
	// 7 is for set-up, whose first file is the configuration.
	if !slices.Contains([]int{1, 5, 7, 8, 9}, code) {
		return fmt.Sprintf("it ended with %d", code)
	}
	for line := range strings.Lines(said) {
		if strings.HasPrefix(line, "countersign: ") && len(line) > 30 {
			return ""
		}
	}
	return "it said no sentence"
}

// halves says where a command lied or left a half of its work, "" where it did not.
func halves(said string, code, done, audited int, w writing) string {
	// A copy of a queue that nobody can write any more is made all the same, and says so.
	unnoted := w.name == "backup" && strings.Contains(said, "that it was made could not be noted")
	switch {
	case done != audited:
		return "half of it is there"
	case code == 0 && done != 1 && !(unnoted && done == 0):
		return "it said that it was done"
	case code != 0 && done != 0 && w.name != "export": // the export was noted, and then could not be printed
		return "it said that it was not done"
	}
	return ""
}

// count counts what a command has left.
func (c *cell) count(w writing) (done, audited int) {
	c.t.Helper()
	done, audited, err := c.counted(w)
	if err != nil {
		c.t.Error(err)
	}
	return done, audited
}

// counted is count where the queue may be one that cannot be read.
func (c *cell) counted(w writing) (done, audited int, err error) {
	err = c.opens("?_query_only=1", func(db *sql.DB) error {
		return errors.Join(db.QueryRow(w.done, c.subject).Scan(&done), db.QueryRow(w.audited, c.subject).Scan(&audited))
	})
	return done, audited, err
}

// firstPage is where the first page of a table begins.
func (c *cell) firstPage(table string) uint32 {
	c.t.Helper()
	page, err := strconv.ParseUint(c.selects("SELECT rootpage FROM sqlite_master WHERE name = '"+table+"'"), 10, 32)
	if err != nil {
		c.t.Fatal(err)
	}
	return uint32(page-1) * 4096
}

// selects reads one value of the queue.
func (c *cell) selects(statement string) (value string) {
	c.t.Helper()
	if err := c.opens("?_query_only=1", func(db *sql.DB) error { return db.QueryRow(statement).Scan(&value) }); err != nil {
		c.t.Fatalf("%s: %v", statement, err)
	}
	return value
}

// opens opens the queue.
func (c *cell) opens(how string, what func(*sql.DB) error) error {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(c.dir, "queue", "queue.db")+how)
	if err != nil {
		return err
	}
	return errors.Join(what(db), db.Close())
}

// lives looks at a queue of which something is lost for good: whatever reads it ends
// with a sentence or with what there is, and a restore lets work go on.
func (c *cell) lives() {
	c.t.Helper()
	for _, args := range [][]string{{"show", c.number}, {"audit", "verify"}, {"list", "mine"}, {"backup", "after.db"}} {
		said, code := c.call(disk{}, "", args...)
		if wrong := sentence(said, code); wrong != "" {
			c.isWrong("%v: %s:\n%s", args, wrong, said)
		}
	}
	w := writings()[1]
	c.subject = c.number
	if said, code := c.call(disk{}, "", "restore", "--replace", "backup.db"); code != 0 {
		c.isWrong("restore: exit code %d: %s", code, said)
	}
	if said, code := c.call(disk{}, w.login, w.args(c)...); code != 0 {
		c.isWrong("after a restore: exit code %d: %s", code, said)
	}
	if done, audited := c.count(w); done != 1 || audited != 1 {
		c.isWrong("after a restore: %d of it and %d entries of the audit", done, audited)
	}
	if said, code := c.call(disk{}, "", "audit", "verify"); code != 0 {
		c.isWrong("after a restore: the audit: %s", said)
	}
}

// The oracle of the table has to notice a command that lies, one that leaves a half
// and one that panics.
func TestTortureStorageControl(t *testing.T) {
	t.Parallel()
	c := newTemplate(t)
	w := writings()[1]
	if said, code := c.call(disk{}, w.login, w.args(c)...); code != 0 {
		t.Fatal(said)
	}
	done, audited := c.count(w)
	if wrong := halves("", 0, done, audited, w); wrong != "" {
		t.Errorf("%d and %d are taken for wrong: %s", done, audited, wrong)
	}
	for _, w := range append(writings(), furtherWritings()...) {
		if halves("", 8, 1, 1, w) == "" && w.name != "export" { // it was noted, and then could not be printed
			t.Errorf("%s: a command that did it and said that it failed is believed", w.name)
		}
		if halves("it is done", 0, 0, 0, w) == "" {
			t.Errorf("%s: a command that did nothing and said that it did is believed", w.name)
		}
		if halves("", 0, 1, 0, w) == "" || halves("", 8, 0, 1, w) == "" {
			t.Errorf("%s: a half of it is believed", w.name)
		}
	}
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(c.dir, "queue", "queue.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("DELETE FROM vote WHERE voter = (SELECT id FROM person WHERE login = 'dana')"); err != nil {
		t.Fatal(err)
	}
	if done, audited := c.count(w); halves("", 0, done, audited, w) == "" || halves("", 8, done, audited, w) == "" {
		t.Error("an entry of the audit without its vote is believed")
	}
	for said, code := range map[string]int{"panic: runtime error: index out of range": 2, "": 8, "countersign: no": 8, "countersign: the disk of the queue is full, so nothing": 3} {
		if sentence(said, code) == "" {
			t.Errorf("%q with exit code %d is taken for a sentence", said, code)
		}
	}
}

// Each fault is taken out of its cell, which is played as always: it has to be noticed
// that the fault has not happened, and so that each does.
func TestTortureStorageFaultsControl(t *testing.T) {
	t.Parallel()
	template := newTemplate(t)
	for _, d := range disks() {
		if d.ends == 0 && d.says == "" && !d.wal {
			continue // nothing goes wrong; the heartbeats are seen to be made anew
		}
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			d.calls, d.unread, d.happens = nil, "", nil
			if len(template.cell(t).play(d, writings()[1])) == 0 {
				t.Error("nobody notices that it does not happen")
			}
		})
	}
}
