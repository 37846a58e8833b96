package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mattn/go-sqlite3"
)

func TestEveryConnectionHasItsSettings(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	live, err := db.live.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const full, normal = "2", "1"
	for _, tt := range []struct {
		name   string
		file   *file
		sync   string
		secure string
	}{
		{"queue", db.queue, full, "1"},
		{"log", db.log, normal, "0"},
		{"live", live, normal, "1"},
	} {
		for name, query := range map[string]func(string) string{
			"writer": func(q string) string { return pragma(t, tt.file.own, q) },
			"reader": func(q string) string { return pooled(t, tt.file.readers, q) },
			"spare":  func(q string) string { return pooled(t, tt.file.spare, q) },
		} {
			query("SELECT count(*) FROM sqlite_master") // a connection learns of WAL when it reads
			readOnly, busy := "0", "10000"
			switch name {
			case "reader":
				readOnly = "1"
			case "spare":
				busy = "200"
			}
			for _, want := range []struct{ pragma, value string }{
				{"journal_mode", "wal"}, {"synchronous", tt.sync}, {"secure_delete", tt.secure},
				{"foreign_keys", "1"}, {"busy_timeout", busy}, {"mmap_size", "0"}, {"query_only", readOnly},
			} {
				if got := query("PRAGMA " + want.pragma); got != want.value {
					t.Errorf("%s %s: %s = %s, want %s", tt.name, name, want.pragma, got, want.value)
				}
			}
		}
	}
}

func pragma(t *testing.T, c session, q string) string {
	t.Helper()
	var v string
	if err := c.one(t.Context(), q, nil, []any{scan(func(src any) error { v = fmt.Sprint(src); return nil })}); err != nil {
		t.Fatal(err)
	}
	return v
}

func pooled(t *testing.T, pool *sql.DB, q string) (v string) {
	t.Helper()
	if err := withSession(t.Context(), pool, "", func(c session) error { v = pragma(t, c, q); return nil }); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	old := syscall.Umask(0o022)
	defer syscall.Umask(old)
	checkModes(t, filepath.Join(t.TempDir(), "new"), false, 0o700, 0o600)
}

func TestSharedFilesAreTheGroups(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	checkModes(t, filepath.Join(t.TempDir(), "new"), true, 0o770|fs.ModeSetgid, 0o660)

	plain := t.TempDir()
	if _, err := Open(t.Context(), Options{Dir: plain, Shared: true}); !errors.Is(err, &Fault{Kind: FaultNoAccess}) {
		t.Errorf("a shared folder without setgid: %v, want FaultNoAccess", err)
	}
}

func checkModes(t *testing.T, dir string, shared bool, wantDir, wantFile fs.FileMode) {
	t.Helper()
	db := openIn(t, Options{Dir: dir, Shared: shared})
	write(t, db, func(tx *Tx) error { return put(tx, "so that there is a WAL") })
	if err := db.Backup(t.Context(), filepath.Join(dir, "backup.db")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode() & (fs.ModePerm | fs.ModeSetgid); got != wantDir {
		t.Errorf("folder has mode %v, want %v", got, wantDir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		want := wantFile
		if e.Name() == "backup.db" {
			want = 0o600
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", e.Name(), got, want)
		}
		seen++
	}
	if want := 3*3 + 2; seen != want { // three files with -wal and -shm, gate and backup
		t.Errorf("%d files in the folder, want %d: %v", seen, want, entries)
	}
}

func TestModesOfLeftFilesAreRepaired(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	wal := filepath.Join(dir, queueName+"-wal")
	if err := os.WriteFile(wal, nil, 0o400); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, queueName), 0o644); err != nil {
		t.Fatal(err)
	}
	openIn(t, Options{Dir: dir})
	for _, name := range []string{queueName, queueName + "-wal"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o after opening, want 600", name, info.Mode().Perm())
		}
	}
}

func TestForeignFilesAreRefusedUntouched(t *testing.T) {
	t.Parallel()
	garbage := []byte(strings.Repeat("not a database ", 1000))
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, path string)
		want    FaultKind
	}{
		{"garbage", func(t *testing.T, path string) {
			if err := os.WriteFile(path, garbage, 0o600); err != nil {
				t.Fatal(err)
			}
		}, FaultWrongFile},
		{"another program's database", func(t *testing.T, path string) {
			execRaw(t, path, "CREATE TABLE theirs (a)")
		}, FaultWrongFile},
		{"a file of a newer countersign", func(t *testing.T, path string) {
			openAndClose(t, filepath.Dir(path))
			execRaw(t, path, "PRAGMA user_version = 99")
		}, FaultNewer},
		{"a file cut in half", func(t *testing.T, path string) {
			openAndClose(t, filepath.Dir(path))
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, info.Size()/8192*4096); err != nil {
				t.Fatal(err)
			}
		}, FaultDamaged},
		{"a folder in its place", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), queueName)
			tt.prepare(t, path)
			before, _ := os.ReadFile(path)
			_, err := Open(t.Context(), Options{Dir: filepath.Dir(path)})
			var f *Fault
			if tt.want == "" {
				if err == nil {
					t.Error("opened")
				}
				return
			}
			if !errors.As(err, &f) || f.Kind != tt.want || f.Advice() == "" {
				t.Fatalf("Open = %v, want a Fault %q with advice", err, tt.want)
			}
			if after, _ := os.ReadFile(path); string(before) != string(after) {
				t.Error("the file was changed")
			}
		})
	}
}

func openAndClose(t *testing.T, dir string) {
	t.Helper()
	db, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// execRaw runs a statement on a file without any of our settings.
func execRaw(t *testing.T, path, statement string) {
	t.Helper()
	conn, err := (&sqlite3.SQLiteDriver{}).Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.(*sqlite3.SQLiteConn).Exec(statement, nil); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
