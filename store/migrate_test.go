package store

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"countersign/model"
)

var update = flag.Bool("update", false, "write the fixture of the newest schema")

// migrateTo opens path with a connection and applies the migrations to it.
func migrateTo(t *testing.T, path string, migrations ...string) (session, error) {
	t.Helper()
	if err := prepareFile(path, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := openSession(t.Context(), path, queueSpec(), writing)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.close() })
	return c, migrate(t.Context(), c, queueSpec(), migrations, time.Unix(0, 0))
}

func TestMigrateGoesForwardAndKeepsACopy(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), queueName)
	v1 := "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);"
	v2 := "ALTER TABLE a ADD COLUMN y INTEGER; INSERT INTO a VALUES (2, 2);"

	if _, err := migrateTo(t, path, v1); err != nil {
		t.Fatal(err)
	}
	if copies := backups(t, path); len(copies) != 0 {
		t.Errorf("a new file was copied: %v", copies)
	}
	conn, err := migrateTo(t, path, v1, v2)
	if err != nil {
		t.Fatal(err)
	}
	var rows, version int
	if err := errors.Join(conn.one(t.Context(), "SELECT count(y) + count(*) FROM a", nil, []any{&rows}),
		conn.one(t.Context(), "PRAGMA user_version", nil, []any{&version})); err != nil {
		t.Fatal(err)
	}
	if rows != 3 || version != 2 {
		t.Errorf("after both migrations: %d values, version %d; want 3 and 2", rows, version)
	}
	copies := backups(t, path)
	if len(copies) != 1 || !strings.Contains(copies[0], ".v1-") {
		t.Fatalf("copies = %v, want one of version 1", copies)
	}
	info, err := os.Stat(copies[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("copy: %v %v, want mode 600", info.Mode(), err)
	}
	old, err := migrateTo(t, copies[0], v1)
	if err != nil {
		t.Fatalf("the copy does not open as version 1: %v", err)
	}
	if err := old.one(t.Context(), "SELECT count(*) FROM a", nil, []any{&rows}); err != nil || rows != 1 {
		t.Errorf("the copy has %d rows (%v), want 1", rows, err)
	}
}

func TestFailedMigrationLeavesTheOldVersion(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), queueName)
	v1 := "CREATE TABLE a (x INTEGER);"
	if _, err := migrateTo(t, path, v1); err != nil {
		t.Fatal(err)
	}
	if _, err := migrateTo(t, path, v1, "CREATE TABLE b (x INTEGER); CREATE TABLE a (x INTEGER);"); err == nil {
		t.Fatal("a migration that cannot be applied was reported as done")
	}
	conn, err := migrateTo(t, path, v1)
	if err != nil {
		t.Fatalf("the old program cannot open it any more: %v", err)
	}
	var tables int
	if err := conn.one(t.Context(), "SELECT count(*) FROM sqlite_master", nil, []any{&tables}); err != nil || tables != 1 {
		t.Errorf("%d tables (%v), want the one of version 1", tables, err)
	}
}

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	t.Parallel()
	for _, name := range []string{queueName, logName, liveName} {
		if all, err := migrationsOf(migrationFiles, name); err != nil || len(all) == 0 {
			t.Errorf("%s: %d migrations, %v", name, len(all), err)
		}
	}
	gap := fstest.MapFS{"migrations/queue/0001_a.sql": {}, "migrations/queue/0003_b.sql": {}}
	if _, err := migrationsOf(gap, queueName); err == nil {
		t.Error("a gap in the numbers was accepted")
	}
}

func backups(t *testing.T, path string) []string {
	t.Helper()
	found, err := filepath.Glob(path + ".v*.backup")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestReleasedVersionsOpen opens a file of every released version and finds it
// migrated to the schema that a new file has, with its content. With -update it
// writes the fixture of the newest version.
func TestReleasedVersionsOpen(t *testing.T) {
	migrations, err := migrationsOf(migrationFiles, queueName)
	if err != nil {
		t.Fatal(err)
	}
	newest := fixture(len(migrations))
	if *update {
		writeFixture(t, newest)
	}
	fresh, _ := open(t)
	want := schemaOf(t, fresh)
	for version := 1; version <= len(migrations); version++ {
		dir := t.TempDir()
		unpack(t, fixture(version), filepath.Join(dir, queueName))
		db := openIn(t, Options{Dir: dir})
		if got := schemaOf(t, db); got != want {
			t.Errorf("version %d becomes another schema than a new file has\ngot  %s\nwant %s", version, got, want)
		}
		read(t, db, func(tx *Tx) error {
			c, found, err := tx.Case("REQ0010001")
			if err == nil && (!found || c.Request.Target.Title != "prod-db-01" || len(c.Approvals) != 1) {
				t.Errorf("version %d: the request became %+v", version, c)
			}
			return err
		})
		if report, err := db.VerifyAudit(t.Context()); err != nil || !report.Intact() || report.Entries != 1 {
			t.Errorf("version %d: audit %+v, %v", version, report, err)
		}
	}
}

func fixture(version int) string {
	return filepath.Join("testdata", fmt.Sprintf("queue.v%d.db.gz", version))
}

func writeFixture(t *testing.T, path string) {
	t.Helper()
	db, _ := world(t)
	r := addRequest(t, db)
	write(t, db, func(tx *Tx) error {
		return tx.AppendAudit(model.AuditEvent{Actor: alice, Action: "request.submit", Object: string(r.Number)})
	})
	copied := filepath.Join(t.TempDir(), queueName)
	if err := db.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(z.Close(), os.MkdirAll("testdata", 0o755), os.WriteFile(path, b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func unpack(t *testing.T, from, to string) {
	t.Helper()
	f, err := os.Open(from)
	if err != nil {
		t.Fatalf("%v: write it with go test -run ReleasedVersions -update before a release", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// schemaOf is every statement that made the queue's schema, sorted.
func schemaOf(t *testing.T, db *DB) string {
	t.Helper()
	var all []string
	read(t, db, func(tx *Tx) error {
		var err error
		all, err = collect(tx, func(s *string) []any { return []any{s} }, "SELECT coalesce(sql, '') FROM sqlite_master ORDER BY name")
		return err
	})
	return strings.Join(all, ";\n")
}

// TestAccessOfTheFirstReleaseIsInTheLedger holds that what was given before there
// was a ledger is found in it by its title, is compared with the vault, and is no
// link.
func TestAccessOfTheFirstReleaseIsInTheLedger(t *testing.T) {
	t.Parallel()
	migrations, err := migrationsOf(migrationFiles, queueName)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, queueName)
	unpack(t, fixture(1), path)
	c, err := migrateTo(t, path, migrations[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.exec(t.Context(), `INSERT INTO access_grant (request_id, email, email_key, target, target_uid, rights, since, until, standing, state,
			revision, created_at, updated_at, note, open)
		VALUES (1, 'Alice@example.com', 'alice@example.com', '{"kind":"record","uid":"AAAAAAAAAAAAAAAAAAAAAA","title":"prod-db-01"}',
			'AAAAAAAAAAAAAAAAAAAAAA', 'edit', 1, 2000000, '{}', 'active', 1, 1, 1, '', 1)`); err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	db := openIn(t, Options{Dir: dir})
	read(t, db, func(tx *Tx) error {
		page, err := tx.Grants(GrantQuery{Titles: []string{"prod-db"}, Kind: model.TargetRecord})
		if err == nil && (len(page.Rows) != 1 || page.Rows[0].Grant.Email != "Alice@example.com" || page.Rows[0].Grant.Link != "") {
			t.Errorf("the ledger has %+v", page.Rows)
		}
		if err != nil {
			return err
		}
		check, err := tx.GrantsToCheck(tx.Now, 5)
		if err == nil && (len(check) != 1 || !check[0].Opened.IsZero() || check[0].Drift != "") {
			t.Errorf("to be compared: %+v", check)
		}
		return err
	})
	older, err := migrateTo(t, path, migrations[0])
	var fault *Fault
	if !errors.As(err, &fault) || fault.Kind != FaultNewer {
		t.Errorf("the first release opens it again: %v, %v", older.path, err)
	}
}
