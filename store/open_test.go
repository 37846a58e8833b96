package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
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
			"writer": func(q string) string { return pragma(t, tt.file.conn.QueryRowContext(t.Context(), q)) },
			"reader": func(q string) string { return pragma(t, tt.file.readers.QueryRowContext(t.Context(), q)) },
			"spare":  func(q string) string { return pragma(t, tt.file.spare.QueryRowContext(t.Context(), q)) },
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

func pragma(t *testing.T, row interface{ Scan(...any) error }) string {
	t.Helper()
	var v string
	if err := row.Scan(&v); err != nil {
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

func TestDamageFoundLaterStopsWriting(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	write(t, db, func(tx *Tx) error {
		for i := range 2000 {
			if err := put(tx, strings.Repeat("k", 100)+string(rune('a'+i%26))+strings.Repeat("x", i%500)+strconv.Itoa(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if ok, err := db.Checkpoint(t.Context()); !ok || err != nil {
		t.Fatalf("checkpoint = %v, %v", ok, err)
	}
	if err := db.QuickCheck(t.Context()); err != nil {
		t.Fatalf("quick check of a good file: %v", err)
	}
	f, err := os.OpenFile(db.queue.path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, 8192), info.Size()-3*4096); err != nil {
		t.Fatal(err)
	}

	// A fresh connection has no page cached.
	other := openIn(t, Options{Dir: db.Dir()})
	if err := other.QuickCheck(t.Context()); !errors.Is(err, &Fault{Kind: FaultDamaged}) {
		t.Fatalf("quick check of a damaged file = %v, want FaultDamaged", err)
	}
	if err := other.Write(t.Context(), func(tx *Tx) error { return nil }); !errors.Is(err, &Fault{Kind: FaultDamaged}) {
		t.Errorf("write to a damaged file = %v, want FaultDamaged", err)
	}
	if err := other.Read(t.Context(), func(*Tx) error { return nil }); err != nil {
		t.Errorf("reading what is still readable: %v", err)
	}
}

func TestNetworkFileSystemsAreRefused(t *testing.T) {
	t.Parallel()
	for magic, name := range networkFileSystems() {
		err := refuseNetwork("/somewhere", func(string) (int64, error) { return magic, nil })
		if !errors.Is(err, &Fault{Kind: FaultNetwork}) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want FaultNetwork", name, err)
		}
	}
	const ext4 = 0xef53
	if err := refuseNetwork("/somewhere", func(string) (int64, error) { return ext4, nil }); err != nil {
		t.Errorf("ext4: %v", err)
	}
}

// onSmallDisk mounts a file system in memory of the given size; only root can.
func onSmallDisk(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("no right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := onSmallDisk(t, "size=4m")
	db, err := Open(t.Context(), Options{Dir: filepath.Join(dir, "q")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}

	written := 0
	for err == nil {
		err = db.Write(t.Context(), func(tx *Tx) error {
			if err := put(tx, "a"+strconv.Itoa(written)); err != nil {
				return err
			}
			return put(tx, "b"+strconv.Itoa(written)+strings.Repeat("x", 50_000))
		})
		if err == nil {
			written++
		}
	}
	if !errors.Is(err, &Fault{Kind: FaultFull}) {
		t.Fatalf("Write on a full disk = %v, want FaultFull", err)
	}
	if n := countKeys(t, db); n != 2*written {
		t.Errorf("%d rows, want %d: nothing half done, and reads go on", n, 2*written)
	}
	// A job that hides the error cannot make the rest of it count.
	err = db.Write(t.Context(), func(tx *Tx) error {
		_ = put(tx, strings.Repeat("y", 3_000_000))
		_ = put(tx, "after")
		return nil
	})
	if !errors.Is(err, &Fault{Kind: FaultFull}) {
		t.Errorf("a job that ignored the full disk = %v, want FaultFull", err)
	}
	if _, err := Open(t.Context(), Options{Dir: filepath.Join(dir, "second")}); !errors.Is(err, &Fault{Kind: FaultFull}) {
		t.Errorf("Open on a full disk = %v, want FaultFull", err)
	}
	if err := db.Backup(t.Context(), filepath.Join(dir, "copy")); !errors.Is(err, &Fault{Kind: FaultFull}) {
		t.Errorf("Backup on a full disk = %v, want FaultFull", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "copy")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a failed backup left its file behind: %v", err)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	write(t, db, func(tx *Tx) error { return put(tx, "space again") })
	if n := countKeys(t, db); n != 2*written+1 {
		t.Errorf("%d rows after space returned, want %d", n, 2*written+1)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	dir := onSmallDisk(t, "size=8m")
	openAndClose(t, dir)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("no right to remount: %v", err)
	}
	_, err := Open(t.Context(), Options{Dir: dir})
	if !errors.Is(err, &Fault{Kind: FaultReadOnly}) {
		t.Errorf("Open in a read-only folder = %v, want FaultReadOnly", err)
	}
	_, err = Open(t.Context(), Options{Dir: filepath.Join(dir, "new")})
	if !errors.Is(err, &Fault{Kind: FaultReadOnly}) {
		t.Errorf("Open of a new folder in it = %v, want FaultReadOnly", err)
	}
}

func TestLockedFileNamesItsHolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openAndClose(t, dir)
	holder := startChild(t, "hold the write lock", dir)
	defer holder.Wait()
	defer holder.Process.Kill()
	if !holder.out.Scan() {
		t.Fatal(holder.err.String())
	}
	if got, want := writeLockHolder(filepath.Join(dir, queueName)), "process "+strconv.Itoa(holder.Process.Pid)+", "; !strings.HasPrefix(got, want) {
		t.Errorf("holder = %q, want %q and its name", got, want)
	}
}

// holdWriteLock begins a transaction, says so, and stays.
func holdWriteLock(ctx context.Context, dir string) error {
	db, err := Open(ctx, Options{Dir: dir})
	if err != nil {
		return err
	}
	return db.Write(ctx, func(tx *Tx) error {
		os.Stdout.WriteString("held\n")
		select {}
	})
}
