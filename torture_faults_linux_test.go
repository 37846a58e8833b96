package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

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
	// held keeps the queue open in another process, so that the command meets the fault
	// when it writes and not when it opens.
	held    bool
	happens func(t *testing.T, dir string) (over func())
	// loses is set where what was written before may be gone, or cannot be read.
	loses bool
	// slow is set where the command waits for somebody else.
	slow bool
}

// call is a system call: all of them, or those of so many bytes.
type call struct{ number, bytes uint32 }

func disks() []disk {
	pwrite, trunc := call{number: syscall.SYS_PWRITE64}, call{number: syscall.SYS_FTRUNCATE}
	page := call{syscall.SYS_PREAD64, 4096} // what loads the program reads other lengths
	return []disk{
		{name: "nothing is wrong"},
		{name: "full while it writes", calls: []call{pwrite}, errno: syscall.ENOSPC, held: true},
		{name: "full when it opens", calls: []call{pwrite, trunc}, errno: syscall.ENOSPC},
		{name: "over its quota", calls: []call{pwrite}, errno: syscall.EDQUOT, held: true},
		{name: "writing fails", calls: []call{pwrite}, errno: syscall.EIO, held: true},
		{name: "reading fails", calls: []call{page}, errno: syscall.EIO, held: true},
		{name: "making durable fails", calls: []call{{number: syscall.SYS_FDATASYNC}, {number: syscall.SYS_FSYNC}}, errno: syscall.EIO, held: true},
		{name: "became read-only", calls: []call{pwrite, trunc}, errno: syscall.EROFS},
		{name: "a file system without a block left", happens: fullDisk},
		{name: "a file system mounted read-only", happens: readOnlyDisk},
		{name: "another process holds the lock", happens: locked("queue"), slow: true},
		{name: "a suspended process holds the lock", happens: suspended, slow: true},
		{name: "another process holds the log's lock", happens: locked("log"), slow: true},
		{name: "a page is damaged", happens: damagedPage, loses: true},
		{name: "the file is no database", happens: written("queue.db", []byte(strings.Repeat("nothing ", 9000))), loses: true},
		{name: "the file is cut in half", happens: halved, loses: true},
		{name: "the WAL is lost", happens: lostWAL, loses: true},
		{name: "the WAL is garbled", happens: garbledWAL, loses: true},
		{name: "the log is no database", happens: written("log.db", []byte("nothing")), loses: true},
		{name: "the heartbeats are no database", happens: written("live.db", []byte("nothing"))},
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

// inWAL kills a process that has just written, so that what it wrote is in the WAL
// alone.
func inWAL(t *testing.T, dir string) string {
	p, _ := hold(t, "wal", dir)
	_ = p.Kill()
	wal := filepath.Join(dir, "queue.db-wal")
	if info, err := os.Stat(wal); err != nil || info.Size() == 0 {
		t.Fatalf("nothing is in the WAL: %v", err)
	}
	return wal
}

func lostWAL(t *testing.T, dir string) func() {
	remove(t, inWAL(t, dir))
	return func() {}
}

func garbledWAL(t *testing.T, dir string) func() {
	wal := inWAL(t, dir)
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

// runBroken lets system calls fail in this process, and becomes a colleague:
// broken ERRNO CALL:BYTES,CALL:BYTES LOGIN ARG...
func runBroken() {
	runtime.LockOSThread() // the filter is this thread's, and exec keeps it
	errno, err := strconv.Atoi(os.Args[1])
	for _, text := range strings.Split(os.Args[2], ",") {
		var c call
		if err == nil {
			_, err = fmt.Sscanf(text, "%d:%d", &c.number, &c.bytes)
		}
		if err == nil {
			err = failing(c, uint32(errno))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "broken:", err)
			os.Exit(cannotBreak)
		}
	}
	exe, err := os.Executable()
	if err == nil {
		err = syscall.Exec(exe, append([]string{"colleague"}, os.Args[3:]...), os.Environ())
	}
	fmt.Fprintln(os.Stderr, "broken:", err)
	os.Exit(cannotBreak)
}

// cannotBreak is the exit code where the system does not let calls fail.
const cannotBreak = 99

// failing has the kernel answer a system call with an error (seccomp(2)).
func failing(c call, errno uint32) error {
	type instruction struct {
		code  uint16
		_, jf uint8
		k     uint32
	}
	const (
		load, jumpEqual, ret     = 0x20, 0x15, 0x06
		allow, fails             = 0x7fff0000, 0x00050000
		noNewPrivs, seccomp, bpf = 38, 22, 2
		number, third            = 0, 32 // where the call's number lies, and its third argument
	)
	program := []instruction{{code: load, k: number}, {code: jumpEqual, jf: 3, k: c.number},
		{code: load, k: third}, {code: jumpEqual, jf: 1, k: c.bytes}, {code: ret, k: fails | errno}, {code: ret, k: allow}}
	if c.bytes == 0 {
		program = []instruction{{code: load, k: number}, {code: jumpEqual, jf: 1, k: c.number}, {code: ret, k: fails | errno}, {code: ret, k: allow}}
	}
	filter := struct {
		n       uint16
		program *instruction
	}{uint16(len(program)), &program[0]}
	if _, _, e := syscall.RawSyscall6(syscall.SYS_PRCTL, noNewPrivs, 1, 0, 0, 0, 0); e != 0 {
		return e
	}
	if _, _, e := syscall.RawSyscall6(syscall.SYS_PRCTL, seccomp, bpf, uintptr(unsafe.Pointer(&filter)), 0, 0, 0); e != 0 {
		return e
	}
	return nil
}
