package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mapping is the head of a part of memory that can be written, in the list of them.
var mapping = regexp.MustCompile(`^([0-9a-f]+)-([0-9a-f]+) rw`)

// readMemory reads all that a process has written in its memory, but for what it wants in
// no core: the race detector's own, which is larger than any machine.
func readMemory(pid int) ([]byte, error) {
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps", pid))
	if err != nil {
		return nil, err
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return nil, err
	}
	defer mem.Close()
	var all []byte
	never := make([]byte, os.Getpagesize()) // written
	var from, to int64
	for line := range strings.Lines(string(list)) {
		if m := mapping.FindStringSubmatch(line); m != nil {
			from, _ = strconv.ParseInt(m[1], 16, 64)
			to, _ = strconv.ParseInt(m[2], 16, 64)
			continue
		}
		if !strings.HasPrefix(line, "VmFlags:") { // the last line of each
			continue
		}
		if from < to && !strings.Contains(line, " dd") {
			part := make([]byte, to-from)
			n, err := mem.ReadAt(part, from)
			if err != nil && !errors.Is(err, syscall.EIO) { // which a file gives behind its end, and what is not there any more
				return nil, err
			}
			for page := range slices.Chunk(part[:n], os.Getpagesize()) {
				if !bytes.Equal(page, never[:len(page)]) {
					all = append(all, page...)
				}
			}
		}
		from, to = 0, 0
	}
	return all, nil
}

// memory is what a process holds in memory, while it stands still. It is nil where the
// system lets nobody read it, which the heavy tests do not accept.
func memory(t *testing.T, pid int) []byte {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(pid, syscall.SIGCONT) }()
	b, err := readMemory(pid)
	if errors.Is(err, os.ErrPermission) && os.Getenv("COUNTERSIGN_HEAVY") == "" && os.Getenv("COUNTERSIGN_LONG") == "" {
		t.Logf("NOT CHECKED in memory: %v", err)
		return nil
	}
	if err != nil {
		t.Fatalf("%v: processes must be allowed to read the memory of their own children (kernel.yama.ptrace_scope at most 1)", err)
	}
	return b
}

// remembered looks into what a console holds in memory: it needs neither the key of the
// vault service nor the identity nor what others typed, and does not hold them. The one
// that is looked into is the program without its guard, which lets nobody look.
func (o *office) remembered(secrets map[string]string) {
	o.t.Helper()
	guarded := startNamed(o.t, 120, 36, "countersign", "--config", o.conf)
	guarded.wait("waiting for you")
	for name, pid := range map[string]int{"server": o.server.Process.Pid, "console": guarded.cmd.Process.Pid} {
		limits := contentOf(o.t, fmt.Sprintf("/proc/%d/limits", pid))
		if !strings.Contains(strings.Join(strings.Fields(limits), " "), "Max core file size 0 0 ") {
			o.t.Errorf("the %s would write a core:\n%s", name, limits)
		}
	}
	me, err := user.Current()
	if err != nil {
		o.t.Fatal(err)
	}
	console := startNamed(o.t, 120, 36, "frozen", time.Now().UTC().Format(time.RFC3339), me.Username, "--config", o.conf)
	console.wait("waiting for you")
	b := memory(o.t, console.cmd.Process.Pid)
	if b == nil {
		return
	}
	for _, found := range search(map[string][]byte{"the console's memory": b}, secrets) {
		o.t.Error(found)
	}
	if !bytes.Contains(b, []byte("REQ0010063")) {
		o.t.Error("the memory of the console is not that of a console")
	}
	o.t.Logf("looked for in %d MiB of memory", len(b)>>20)
}

// TestTortureNoCoreIsWritten lets the program crash where the system would write a
// core, with and without its guard.
func TestTortureNoCoreIsWritten(t *testing.T) {
	t.Parallel()
	if pattern := contentOf(t, "/proc/sys/kernel/core_pattern"); strings.ContainsAny(pattern, "|/") {
		t.Skipf("NOT CHECKED by a crash: cores go to %q", pattern)
	}
	c := newCompany(t)
	conf := c.mine()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"countersign", "frozen"} { // the latter comes by another way than main
		args := []string{"--config", conf}
		if name == "frozen" {
			args = append([]string{"2026-11-22T10:00:00Z", "casey"}, args...)
		}
		dir := t.TempDir()
		cmd := exec.Command("bash", append([]string{"-c", `ulimit -c unlimited; n=$0; shift 0; exec -a "$n" "$@"`, name, self}, args...)...)
		cmd.Dir = dir
		cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "LANG=C.UTF-8", "GOTRACEBACK=crash"}
		term := openTerminal(t, 120, 36, cmd)
		term.wait("Approvals")
		if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil {
			t.Fatal(err)
		}
		_ = term.quit()
		cores, err := filepath.Glob(filepath.Join(dir, "core*"))
		if err != nil {
			t.Fatal(err)
		}
		if wrote := len(cores) > 0; wrote != (name == "frozen") {
			t.Errorf("%s wrote %q", name, cores)
		}
	}
}
