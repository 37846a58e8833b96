package store

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// fileSystemOf returns the magic number of the file system that path lies on.
func fileSystemOf(path string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, fmt.Errorf("statfs: %w", err)
	}
	// Sign-extended on 32-bit systems; the table has the unsigned numbers.
	return int64(st.Type) & 0xffffffff, nil
}

// freeSpace returns how many bytes this process may still write there.
func freeSpace(path string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, fmt.Errorf("statfs: %w", err)
	}
	return int64(st.Bavail) * int64(st.Bsize), nil // #nosec G115 -- no disk has that many blocks
}

// walWriteLock is the byte of the -shm file that SQLite locks while it writes.
const walWriteLock = 120

// writeLockHolder names the process that holds the write lock of a database, as
// /proc/locks tells, or "".
func writeLockHolder(path string) string {
	info, err := os.Stat(path + "-shm")
	if err != nil {
		return ""
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		return ""
	}
	pid := lockOwner(string(locks), st.Ino, walWriteLock)
	if pid == 0 {
		return ""
	}
	return processName(pid)
}

// The bytes of a database that SQLite locks as long as it has the file open in WAL mode.
const sharedFirst, sharedSize = 0x40000002, 510

// fileHolder names another process that has a database open, or "". It must not be
// called by a process that has it open itself: closing a file gives up all its locks.
func fileHolder(path string) string {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Start: sharedFirst, Len: sharedSize}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &lock); err != nil || lock.Type == syscall.F_UNLCK {
		return ""
	}
	return processName(int(lock.Pid))
}

// processName is a process as people know it.
func processName(pid int) string {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return fmt.Sprintf("process %d", pid)
	}
	return fmt.Sprintf("process %d, %s", pid, strings.TrimSpace(string(name)))
}

// lockOwner finds the process with a write lock on a byte of an inode in the
// text of /proc/locks, whose lines read
//
//	1: POSIX  ADVISORY  WRITE 4711 fe:00:1234 120 120
//
// with " -> " before the kind for those who only wait.
func lockOwner(locks string, inode uint64, offset int64) int {
	suffix := ":" + strconv.FormatUint(inode, 10)
	for line := range strings.Lines(locks) {
		f := strings.Fields(line)
		if len(f) != 8 || f[3] != "WRITE" || !strings.HasSuffix(f[5], suffix) {
			continue
		}
		first, err1 := strconv.ParseInt(f[6], 10, 64)
		last, err2 := strconv.ParseInt(f[7], 10, 64)
		pid, err3 := strconv.Atoi(f[4])
		if err1 == nil && err2 == nil && err3 == nil && first <= offset && offset <= last {
			return pid
		}
	}
	return 0
}
