package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

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

// TestFullDatabase is TestFullDisk for those who cannot mount one: SQLite's own
// limit gives the same code.
func TestFullDatabase(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	limitPages := func(n string) {
		write(t, db, func(tx *Tx) error { _, err := tx.exec("PRAGMA max_page_count = " + n); return err })
	}
	limitPages("1") // the present size
	put2 := func(tx *Tx) error {
		if err := put(tx, "first"); err != nil {
			return err
		}
		return put(tx, strings.Repeat("second", 10_000))
	}
	if err := db.Write(t.Context(), put2); !errors.Is(err, &Fault{Kind: FaultFull}) {
		t.Errorf("Write = %v, want FaultFull", err)
	}
	if n := countKeys(t, db); n != 0 {
		t.Errorf("%d rows of a job that did not fit", n)
	}
	limitPages("1000000")
	write(t, db, put2)
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

// nobody is who a test becomes where root may do everything.
const nobody = 65534

// Root may write anywhere, so what others read is tried by a process of somebody
// else, which finds the queue and this program where it may look.
func TestFolderWithoutPermission(t *testing.T) {
	t.Parallel()
	base, err := os.MkdirTemp("", "countersign-nobody-*")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(base)
	dir := filepath.Join(base, "queue")
	openAndClose(t, dir)
	for path, mode := range map[string]os.FileMode{base: 0o711, dir: 0o500} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	defer os.Chmod(dir, 0o700)
	if os.Getuid() != 0 {
		if err := openForbidden(t.Context(), dir); err != nil {
			t.Error(err)
		}
		return
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(files, dir) {
		if err := os.Chown(path, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	exe := filepath.Join(base, "test")
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(exe, program, 0o755); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), exe)
	c.Env = append(os.Environ(), childTask+"=open forbidden", childDir+"="+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// openForbidden opens a queue in a folder that may be read but not written, and
// one in a new folder in it, and says what is not as it should be.
func openForbidden(ctx context.Context, dir string) error {
	if _, err := Open(ctx, Options{Dir: dir}); !errors.Is(err, &Fault{Kind: FaultReadOnly}) {
		return fmt.Errorf("Open = %w, want FaultReadOnly", err)
	}
	if _, err := Open(ctx, Options{Dir: filepath.Join(dir, "new")}); !errors.Is(err, &Fault{Kind: FaultNoAccess}) {
		return fmt.Errorf("Open of a new folder in it = %w, want FaultNoAccess", err)
	}
	return nil
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
