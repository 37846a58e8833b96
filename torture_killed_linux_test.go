package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestTortureKilledBackupAndRestore kills backup and restore at random moments. A
// backup that has its record is whole, and one that has not is refused; the queue is
// the old one or the new one, and the next restore goes well.
func TestTortureKilledBackupAndRestore(t *testing.T) {
	t.Parallel()
	template := newTemplate(t)
	kills := 4
	if os.Getenv("COUNTERSIGN_HEAVY") != "" {
		kills = 25
	}
	if n, err := strconv.Atoi(os.Getenv("COUNTERSIGN_LONG")); err == nil && n > 1 {
		kills = n
	}
	c := template.cell(t)
	w := writings()[1] // a decision that the backup does not have
	if said, code := c.call(disk{}, w.login, w.args(c)...); code != 0 {
		t.Fatal(said)
	}
	took := c.lasts("backup", "whole.db")
	backups, restores := map[string]int{}, map[string]int{}
	for n := range kills {
		path := "killed-" + strconv.Itoa(n) + ".db"
		c.killed(rand.N(took), "backup", path)
		said, code := c.call(disk{}, "", "restore", "--check", path)
		_, err := os.Stat(filepath.Join(c.dir, path+".json"))
		switch {
		case err == nil && code == 0:
			backups["whole"]++
		case err != nil && code != 0 && !strings.Contains(said, "panic"):
			backups["refused"]++
		default:
			t.Errorf("a killed backup, record %v: exit code %d: %s", err, code, said)
		}
	}
	took = c.lasts("restore", "--replace", "backup.db")
	for range kills {
		c.back(t)
		c.killed(rand.N(took), "restore", "--replace", "backup.db")
		restores[c.whichQueue(w)]++
	}
	t.Logf("%d kills of each: backups %v, queues %v", kills, backups, restores)
	if restores["neither"] > 0 {
		t.Errorf("%d queues are neither the old one nor the new one", restores["neither"])
	}
	c.back(t)
	if said, code := c.call(disk{}, "", "restore", "--replace", "backup.db"); code != 0 || c.whichQueue(w) != "new" {
		t.Errorf("the last restore: exit code %d: %s", code, said)
	}
	if wrong := leftOfRestore(c, 0); wrong != "" {
		t.Error(wrong)
	}

	// The control: a queue that is half the old and half the new one is noticed.
	c.back(t)
	queue := filepath.Join(c.dir, "queue", "queue.db")
	old, err := os.ReadFile(queue)
	if err != nil {
		t.Fatal(err)
	}
	half, err := os.ReadFile(filepath.Join(c.dir, "backup.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(queue, append(half[:len(half)/8192*4096], old[len(half)/8192*4096:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	if is := c.whichQueue(w); is != "neither" {
		t.Errorf("half of each is taken for the %s one", is)
	}
}

// lasts says how long a command takes that nobody kills.
func (c *cell) lasts(args ...string) time.Duration {
	c.t.Helper()
	began := time.Now()
	if said, code := c.call(disk{}, "", args...); code != 0 {
		c.t.Fatalf("%v: exit code %d: %s", args, code, said)
	}
	return time.Since(began)
}

// killed runs a command and kills it after a while, if it has not ended by then.
func (c *cell) killed(after time.Duration, args ...string) {
	c.t.Helper()
	cmd := c.command(disk{}, "", args...)
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	kill := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait() // it was killed, or not
	kill.Stop()
}

// back restores the queue that the decision was made in.
func (c *cell) back(t *testing.T) {
	t.Helper()
	if said, code := c.call(disk{}, "", "restore", "--replace", "whole.db"); code != 0 {
		t.Fatalf("back to the old queue: exit code %d: %s", code, said)
	}
}

// whichQueue says whether the queue is the old one, which has the decision, the new one,
// which has not, or neither: one that cannot be read to the end.
func (c *cell) whichQueue(w writing) string {
	c.t.Helper()
	if _, code := c.call(disk{}, "", "backup", "check-"+strconv.FormatInt(rand.Int64(), 36)+".db"); code != 0 {
		return "neither" // it is read to the end, and its chain is checked
	}
	switch done, audited := c.count(w); {
	case done == 1 && audited == 1:
		return "old"
	case done == 0 && audited == 0:
		return "new"
	}
	return "neither"
}
