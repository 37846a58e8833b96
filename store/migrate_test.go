package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

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
