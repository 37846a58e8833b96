package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"countersign/store"
)

// disk is something that goes wrong with the files of a queue. It happens to the
// queue's folder, and what it returns ends it.
type disk struct {
	name string
	// calls are system calls that fail in the command's process, and how: as they do where
	// a disk is full or broken.
	calls []call
	errno syscall.Errno
	// unread is a table whose first page cannot be read: none that opening reads.
	unread string
	// held keeps the queue open in another process, so that the command meets the fault
	// when it writes and not when it opens.
	held    bool
	happens func(t *testing.T, dir string) (over func())
	// loses is set where what was written before may be gone, or cannot be read.
	loses bool
	// wal has a decision that somebody was told of, and the signed end of the audit, lie
	// in the WAL alone.
	wal bool
	// slow is set where the command waits for somebody else.
	slow bool
	// ends is the exit code of a command that meets the fault, spares are those that do
	// their work all the same, and stops those that do not where others do; says is what
	// one says that meets it and goes well.
	ends          int
	spares, stops []string
	says          string
}

// call is a system call: all of them, or those of so many bytes, those at an offset of
// the file, and those from one on.
type call struct{ number, bytes, at, from uint32 }

func disks() []disk {
	pwrite, trunc := call{number: syscall.SYS_PWRITE64}, call{number: syscall.SYS_FTRUNCATE}
	page := call{number: syscall.SYS_PREAD64, bytes: 4096} // what loads the program reads other lengths
	second := call{number: syscall.SYS_PWRITE64, from: 32 + 24 + 4096}
	copied, replaced := []string{"backup"}, []string{"restore"} // a copy needs no lock, and a new queue nothing of the old one
	return []disk{
		{name: "nothing is wrong"},
		{name: "full while it writes", calls: []call{pwrite}, errno: syscall.ENOSPC, held: true, ends: 8},
		{name: "full in the midst of writing", calls: []call{second}, errno: syscall.ENOSPC, held: true, ends: 8},
		{name: "full when it opens", calls: []call{pwrite, trunc}, errno: syscall.ENOSPC, ends: 8},
		{name: "over its quota", calls: []call{pwrite}, errno: syscall.EDQUOT, held: true, ends: 8},
		{name: "writing fails", calls: []call{pwrite}, errno: syscall.EIO, held: true, ends: 8},
		{name: "reading fails", calls: []call{page}, errno: syscall.EIO, held: true, ends: 8},
		{name: "reading fails in the midst of work", unread: "audit", errno: syscall.EIO, held: true, ends: 8},
		{name: "making durable fails", calls: []call{{number: syscall.SYS_FDATASYNC}, {number: syscall.SYS_FSYNC}}, errno: syscall.EIO, held: true, ends: 8},
		{name: "became read-only", calls: []call{pwrite, trunc}, errno: syscall.EROFS, ends: 8},
		{name: "a file system without a block left", happens: fullDisk, ends: 8},
		{name: "a file system mounted read-only", happens: readOnlyDisk, ends: 8},
		{name: "another process holds the lock", happens: locked("queue"), slow: true, ends: 8, spares: copied},
		{name: "a suspended process holds the lock", happens: suspended, slow: true, ends: 8, spares: copied},
		{name: "another process holds the log's lock", happens: locked("log"), slow: true, says: "the application log lacks some lines", spares: []string{"backup", "restore"}, stops: []string{"erasure"}},
		{name: "a page is damaged", happens: damagedPage, loses: true, ends: 8, spares: replaced},
		{name: "the file is no database", happens: written("queue.db", []byte(strings.Repeat("nothing ", 9000))), loses: true, ends: 8, spares: replaced},
		{name: "the file is cut in half", happens: halved, loses: true, ends: 8, spares: replaced},
		{name: "the WAL is lost", happens: lostWAL, loses: true, wal: true},
		{name: "the WAL is garbled", happens: garbledWAL, loses: true, wal: true},
		{name: "the log is no database", happens: damagedLog, ends: 8, spares: replaced},
		{name: "the heartbeats are no database", happens: damagedHeartbeats},
	}
}

// fullDisk puts the queue on a file system without a block left.
func fullDisk(t *testing.T, dir string) func() {
	mounted(t, dir)
	return noBlockLeft(t, dir)
}

// noBlockLeft takes every block that is left.
func noBlockLeft(t *testing.T, dir string) func() {
	ballast := filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
	f.Close()
	return func() { remove(t, ballast) }
}

func readOnlyDisk(t *testing.T, dir string) func() {
	mounted(t, dir)
	remount := func(flags uintptr) {
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|flags, "size=16m"); err != nil {
			t.Fatal(err)
		}
	}
	remount(syscall.MS_RDONLY)
	return func() { remount(0) }
}

// mounted puts a folder with what is in it on a small file system of its own.
func mounted(t *testing.T, dir string) {
	aside := dir + ".aside"
	if err := os.CopyFS(aside, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m,mode=0700"); err != nil {
		t.Skipf("no right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	if err := os.CopyFS(dir, os.DirFS(aside)); err != nil {
		t.Fatal(err)
	}
	modes(t, dir)
}

func remove(t *testing.T, path string) {
	if err := os.Remove(path); err != nil {
		t.Error(err)
	}
}

// locked has another process hold the lock of a file.
func locked(what string) func(*testing.T, string) func() {
	return func(t *testing.T, dir string) func() {
		_, end := hold(t, what, dir)
		return end
	}
}

// suspended has a process hold the lock that is stopped as by Ctrl-Z.
func suspended(t *testing.T, dir string) func() {
	p, end := hold(t, "queue", dir)
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := p.Signal(syscall.SIGCONT); err != nil {
			t.Error(err)
		}
		end()
	}
}

func damagedPage(t *testing.T, dir string) func() {
	f, err := os.OpenFile(filepath.Join(dir, "queue.db"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	for page := info.Size() / 4096 / 3; page < info.Size()/4096; page += 7 {
		if _, err := f.WriteAt([]byte(strings.Repeat("\xff", 4096)), page*4096); err != nil {
			t.Fatal(err)
		}
	}
	return func() {}
}

func written(name string, content []byte) func(*testing.T, string) func() {
	return func(t *testing.T, dir string) func() {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		return func() {}
	}
}

func halved(t *testing.T, dir string) func() {
	path := filepath.Join(dir, "queue.db")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()/8192*4096); err != nil {
		t.Fatal(err)
	}
	return func() {}
}

// damagedLog makes the log useless, until it is taken away as the advice says.
func damagedLog(t *testing.T, dir string) func() {
	written("log.db", []byte("nothing"))(t, dir)
	return func() {
		for _, name := range []string{"log.db", "log.db-wal", "log.db-shm"} {
			if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
		}
	}
}

// damagedHeartbeats makes the heartbeats useless. Whoever meets them makes them anew, or
// takes them away with the old queue.
func damagedHeartbeats(t *testing.T, dir string) func() {
	written("live.db", []byte("nothing"))(t, dir)
	return func() {
		content, err := os.ReadFile(filepath.Join(dir, "live.db"))
		if !errors.Is(err, fs.ErrNotExist) && !strings.HasPrefix(string(content), "SQLite format 3") {
			t.Errorf("the heartbeats were not made anew: %.20q %v", content, err)
		}
	}
}

// inWAL kills a process that has just written, so that what it wrote, and what was
// done meanwhile, is in the WAL alone.
func inWAL(t *testing.T, dir string, meanwhile ...func()) string {
	p, end := hold(t, "wal", dir)
	for _, do := range meanwhile {
		do()
	}
	_ = p.Kill()
	end()
	wal := filepath.Join(dir, "queue.db-wal")
	if info, err := os.Stat(wal); err != nil || info.Size() == 0 {
		t.Fatalf("nothing is in the WAL: %v", err)
	}
	return wal
}

func lostWAL(t *testing.T, dir string) func() {
	remove(t, filepath.Join(dir, "queue.db-wal"))
	return func() {}
}

func garbledWAL(t *testing.T, dir string) func() {
	wal := filepath.Join(dir, "queue.db-wal")
	content, err := os.ReadFile(wal)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(content) / 2; i < len(content); i += 100 {
		content[i] ^= 0x55
	}
	if err := os.WriteFile(wal, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {}
}

// hold starts a process that has the queue open, or holds a lock of it, until it is
// told to end.
func hold(t *testing.T, what, dir string) (*os.Process, func()) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, what, dir)
	cmd.Args[0] = "holder"
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end := func() {
		if !ended {
			ended = true
			in.Close()
			_ = cmd.Wait() // it may have been killed
		}
	}
	t.Cleanup(end)
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the holder of the %s: %v", what, err)
	}
	return cmd.Process, end
}

// runHolder is the process of hold: holder WHAT DIR
func runHolder() {
	if err := holds(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "holder:", err)
		os.Exit(1)
	}
}

var errEnough = errors.New("enough")

func holds(ctx context.Context, what, dir string) error {
	waits := func() {
		fmt.Println("held")
		_, _ = io.Copy(io.Discard, os.Stdin)
	}
	if what == "log" {
		db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "log.db")+"?_txlock=immediate")
		if err != nil {
			return err
		}
		defer db.Close()
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		waits()
		return tx.Rollback()
	}
	db, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		return err
	}
	switch what {
	case "queue":
		err = db.Write(ctx, func(*store.Tx) error { waits(); return errEnough })
	case "wal":
		for n := range 50 {
			if err == nil {
				err = db.Write(ctx, func(tx *store.Tx) error {
					_, err := tx.ChangeSetting(store.Setting{Key: "wal" + strconv.Itoa(n), Value: strings.Repeat("x", 3000)})
					return err
				})
			}
		}
		fallthrough
	default:
		if err == nil {
			waits()
		}
	}
	if errors.Is(err, errEnough) {
		err = nil
	}
	return errors.Join(err, db.Close())
}
