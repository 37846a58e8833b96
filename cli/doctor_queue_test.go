package cli

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	_ "github.com/mattn/go-sqlite3"

	"countersign/demo"
	"countersign/seal"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
)

// settled gives the clinic a queue with a company in it, in which casey may do
// everything, in the folder queue; and a backup of it.
func (c *clinic) settled() {
	c.t.Helper()
	d, err := demo.Start(c.t.Context(), demo.Options{Dir: filepath.Join(c.dir, "queue"), Requests: demo.LeastRequests, Login: "casey", Away: true})
	if err != nil {
		c.t.Fatal(err)
	}
	c.more = fmt.Sprintf("[seal]\nrecipients = [%q]\nidentity = \"queue/identity\"\n", d.Identity.Recipient())
	if err := d.Close(); err != nil {
		c.t.Fatal(err)
	}
	if code, _, errs := c.run("backup", filepath.Join(c.dir, "backup.db")); code != CodeOK {
		c.t.Fatal(errs)
	}
}

func (c *clinic) path(name string) string { return filepath.Join(c.dir, "queue", name) }

// restore puts the backup in the place of the queue, as a damaged one is mended.
func (c *clinic) restore() {
	c.t.Helper()
	if code, _, errs := c.run("restore", filepath.Join(c.dir, "backup.db"), "--replace"); code != CodeOK {
		c.t.Fatal(errs)
	}
}

// sql runs a statement on queue.db behind the program's back.
func (c *clinic) sql(statements ...string) {
	c.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+c.path("queue.db"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	for _, s := range append(statements, "PRAGMA wal_checkpoint(TRUNCATE)") {
		if _, err := db.ExecContext(c.t.Context(), s); err != nil {
			c.t.Fatal(err)
		}
	}
}

// inStore runs fn on the open store.
func (c *clinic) inStore(fn func(ctx context.Context, db *store.DB) error) {
	c.t.Helper()
	db, err := store.Open(c.t.Context(), store.Options{Dir: filepath.Join(c.dir, "queue")})
	if err == nil {
		err = errors.Join(fn(c.t.Context(), db), db.Close())
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// TestDoctorKnowsTheSurroundings makes the queue's files, the worker and the
// identity wrong in every way, does what the remedy tells, and sees that doctor is
// content.
func TestDoctorKnowsTheSurroundings(t *testing.T) {
	t.Parallel()
	var lease store.Lease
	for _, ill := range []struct {
		name, check, state, remedy string
		code                       Code
		fall, mend                 func(c *clinic)
	}{
		{name: "a corrupt page", check: "queue.pages", remedy: "countersign restore FILE --replace", code: CodeQueue, fall: func(c *clinic) {
			info, err := os.Stat(c.path("queue.db"))
			if err != nil {
				c.t.Fatal(err)
			}
			c.overwrite("queue.db", info.Size()/2/4096*4096)
		}, mend: (*clinic).restore},
		{name: "a newer schema", check: "queue.open", remedy: "Update countersign", code: CodeQueue,
			fall: func(c *clinic) { c.sql("PRAGMA user_version = 9999") },
			mend: func(c *clinic) { c.sql("PRAGMA user_version = 4") }}, // as for the version that the others use
		{name: "somebody else's file", check: "queue.open", remedy: "Check the configured folder", code: CodeQueue, fall: func(c *clinic) {
			c.sql("PRAGMA application_id = 77")
		}, mend: (*clinic).restore},
		{name: "a beginning that was overwritten", check: "queue.open", remedy: "countersign restore FILE --replace", code: CodeQueue, fall: func(c *clinic) {
			c.overwrite("queue.db", 0)
		}, mend: (*clinic).restore},
		{name: "a log whose beginning was overwritten", check: "queue.open", remedy: "move log.db, log.db-wal and log.db-shm out of its folder; a new one is made", code: CodeQueue, fall: func(c *clinic) {
			c.overwrite("log.db", 0)
		}, mend: (*clinic).withoutLog},
		{name: "a page of the log", check: "queue.log", remedy: "move log.db, log.db-wal and log.db-shm out of its folder; a new one is made", code: CodeQueue, fall: func(c *clinic) {
			for page := range int64(12) {
				c.overwrite("log.db", 4096*(page+1))
			}
		}, mend: (*clinic).withoutLog},
		{name: "an audit that was changed", check: "queue.audit", remedy: "keep the queue's folder as it is", code: CodeBroken, fall: func(c *clinic) {
			c.sql("DROP TRIGGER audit_no_update", "UPDATE audit SET detail = 'nothing to see' WHERE seq = 7")
		}, mend: (*clinic).restore},
		{name: "a folder that others may list", check: "queue.modes", state: "warning", remedy: "chmod 700",
			fall: func(c *clinic) { c.chmod(c.path(""), 0o755) }, mend: func(c *clinic) { c.chmod(c.path(""), 0o700) }},
		{name: "a folder that others may change", check: "queue.modes", remedy: "chmod 700", code: CodeQueue,
			fall: func(c *clinic) { c.chmod(c.path(""), 0o777) }, mend: func(c *clinic) { c.chmod(c.path(""), 0o700) }},
		{name: "a key that others may read", check: "config.key", remedy: "chmod 600 it; if somebody else may have read it", code: CodeConfig,
			fall: func(c *clinic) { c.chmod(filepath.Join(c.dir, "key"), 0o644) }, mend: func(c *clinic) { c.chmod(filepath.Join(c.dir, "key"), 0o600) }},
		{name: "an identity that others may read", check: "seal.identity", remedy: "chmod 600 it; if somebody else may have read it", code: CodeConfig,
			fall: func(c *clinic) { c.chmod(c.path("identity"), 0o640) }, mend: func(c *clinic) { c.chmod(c.path("identity"), 0o600) }},
		{name: "no identity where one is named", check: "seal.identity", remedy: "bring the file back", code: CodeConfig,
			fall: func(c *clinic) { c.rename("identity", "away") }, mend: func(c *clinic) { c.rename("away", "identity") }},
		{name: "an identity that is lost", check: "seal.identity", remedy: "countersign keygen FILE, and write what it prints into [seal]", code: CodeConfig,
			fall: func(c *clinic) { c.rename("identity", "lost") }, mend: func(c *clinic) {
				code, out, errs := c.run("keygen", c.path("identity"))
				if code != CodeOK {
					c.t.Fatalf("keygen: %d\n%s", code, errs)
				}
				c.more = fmt.Sprintf("[seal]\nrecipients = [%q]\nidentity = \"queue/identity\"\n", strings.TrimSpace(out))
			}},
		{name: "the wrong identity", check: "seal.identity", remedy: "[seal] identity", code: CodeConfig, fall: func(c *clinic) {
			c.rename("identity", "right")
			id, err := seal.Generate()
			if err == nil {
				err = os.WriteFile(c.path("identity"), id.File(), 0o600)
			}
			if err != nil {
				c.t.Fatal(err)
			}
		}, mend: func(c *clinic) { c.rename("right", "identity") }},
		{name: "no worker", check: "worker.alive", remedy: "countersign worker", code: CodeVaultAway, fall: func(*clinic) {}, mend: func(c *clinic) { c.beat("one") }},
		{name: "a second worker", check: "worker.one", state: "warning", remedy: "end one of them", fall: func(c *clinic) {
			c.beat("one")
			c.inStore(func(ctx context.Context, db *store.DB) error {
				return db.Write(ctx, func(tx *store.Tx) error {
					var err error
					lease, _, err = tx.AcquireLease(store.WorkerLease, "two", time.Minute)
					return err
				})
			})
		}, mend: func(c *clinic) {
			c.inStore(func(ctx context.Context, db *store.DB) error {
				return db.Write(ctx, func(tx *store.Tx) error {
					_, err := tx.ReleaseLease(lease)
					return err
				})
			})
		}},
	} {
		t.Run(ill.name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t, vaultsim.Options{})
			c.settled()
			ill.fall(c)
			if ill.state == "" {
				ill.state = "wrong"
			}
			code, found := c.doctor("--offline")
			f, ok := find(found, ill.check)
			if !ok || f.State != ill.state || !strings.Contains(f.Remedy, ill.remedy) || f.Text == "" {
				t.Fatalf("%s: found %+v, want %s with %q; all: %+v", ill.check, f, ill.state, ill.remedy, wrongOnes(found))
			}
			if ill.code != CodeOK && code != ill.code && ill.check != "worker.alive" {
				t.Errorf("exit code %d, want %d", code, ill.code)
			}
			ill.mend(c)
			_, found = c.doctor("--offline")
			if f, ok := find(found, ill.check); ok && f.State != "ok" {
				t.Errorf("after the remedy: %+v", f)
			}
			if _, open := find(found, "queue.pages"); !open {
				t.Errorf("the queue was not looked at: %+v", found)
			}
		})
	}
}

// overwrite spoils a page of a file of the queue.
func (c *clinic) overwrite(name string, at int64) {
	c.t.Helper()
	f, err := os.OpenFile(c.path(name), os.O_RDWR, 0)
	if err == nil {
		_, err = f.WriteAt(bytes.Repeat([]byte{0x5a}, 3000), at)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// withoutLog does what is to be done about a damaged log.
func (c *clinic) withoutLog() {
	c.t.Helper()
	for _, name := range []string{"log.db", "log.db-wal", "log.db-shm"} {
		if err := os.Rename(c.path(name), filepath.Join(c.dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			c.t.Fatal(err)
		}
	}
}

func (c *clinic) chmod(path string, mode os.FileMode) {
	c.t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		c.t.Fatal(err)
	}
}

func (c *clinic) rename(from, to string) {
	c.t.Helper()
	if err := os.Rename(c.path(from), c.path(to)); err != nil {
		c.t.Fatal(err)
	}
}

// beat is a worker's sign of life.
func (c *clinic) beat(name string) {
	c.inStore(func(ctx context.Context, db *store.DB) error {
		return db.Beat(ctx, store.Heartbeat{Name: name, Kind: "worker", Host: "here", PID: 1, Note: "{}"})
	})
}

// onDisk puts the queue on a small disk of its own, if this process may mount one.
func (c *clinic) onDisk(options string) {
	c.t.Helper()
	dir := filepath.Join(c.dir, "queue")
	if err := os.Mkdir(dir, 0o700); err != nil {
		c.t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		c.t.Skipf("a disk cannot be mounted here: %v", err)
	}
	c.t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			c.t.Error(err)
		}
	})
}

func TestDoctorKnowsAFullDisk(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	c.onDisk("size=40m,mode=700")
	c.settled()
	if err := os.WriteFile(c.path("filler"), make([]byte, 28<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	code, found := c.doctor("--offline")
	if f, _ := find(found, "queue.filesystem"); f.State != "warning" || !strings.Contains(f.Text, "in memory") {
		t.Errorf("%+v", f)
	}
	f, _ := find(found, "queue.space")
	if code != CodeQueue || f.State != "wrong" || !strings.Contains(f.Remedy, "free some space") {
		t.Fatalf("code %d, %+v", code, wrongOnes(found))
	}
	if err := os.Remove(c.path("filler")); err != nil {
		t.Fatal(err)
	}
	if _, found = c.doctor("--offline"); !slices.ContainsFunc(found, func(f checkJSON) bool { return f.Name == "queue.space" && f.State == "warning" }) {
		t.Errorf("after the remedy: %+v", found)
	}
}

func TestDoctorKnowsAReadOnlyFolder(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	c.onDisk("size=40m,mode=700")
	c.settled()
	if err := syscall.Mount("tmpfs", c.path(""), "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	code, found := c.doctor("--offline")
	f, _ := find(found, "queue.open")
	if code != CodeQueue || f.State != "wrong" || !strings.Contains(f.Remedy, "writable") {
		t.Fatalf("code %d, %+v", code, wrongOnes(found))
	}
	if err := syscall.Mount("tmpfs", c.path(""), "tmpfs", syscall.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	if _, found = c.doctor("--offline"); !slices.ContainsFunc(found, func(f checkJSON) bool { return f.Name == "queue.pages" && f.State == "ok" }) {
		t.Errorf("after the remedy: %+v", found)
	}
}

// TestDoctorHasEachHeadingOnce: what belongs together stands together, whether it was
// found in the configuration or in the queue.
func TestDoctorHasEachHeadingOnce(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	for _, begun := range []bool{false, true} {
		if begun {
			c.settled()
		}
		_, out, _ := c.run("doctor")
		var headings []string
		for line := range strings.Lines(out) {
			if w := ansi.StringWidth(strings.TrimSuffix(line, "\n")); w > 80 && strings.Count(strings.TrimSpace(line), " ") > 1 {
				t.Errorf("%d cells: %q", w, line)
			}
			if line = strings.TrimSpace(line); line != "" && out[strings.Index(out, line)-1] == '\n' && !strings.HasSuffix(line, "wrong") {
				headings = append(headings, line)
			}
		}
		slices.Sort(headings)
		if once := slices.Compact(slices.Clone(headings)); len(once) != len(headings) || len(once) < 3 {
			t.Errorf("headings %q", headings)
		}
	}
}
