package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// pried is what a program could read of another one of the same account, and why not.
type pried struct{ Memory, Environment, Refused string }

// runPrying runs a program without any right that root has, and tries, when it is
// signalled, what every program of the same account could: prying FILE NAME ARG...
func runPrying() {
	file, name, args := os.Args[1], os.Args[2], os.Args[3:]
	if err := dropRights(); err != nil {
		panic(err)
	}
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	wakes := make(chan os.Signal, 1)
	signal.Notify(wakes, syscall.SIGUSR1)
	cmd := exec.Command(self, args...)
	cmd.Args[0] = name
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	<-wakes
	var got pried
	var refused []string
	if b, err := readMemory(cmd.Process.Pid); err != nil {
		refused = append(refused, err.Error())
	} else if strings.Contains(string(b), "REQ0010063") {
		got.Memory = "read"
	}
	if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", cmd.Process.Pid)); err != nil {
		refused = append(refused, err.Error())
	} else if strings.Contains(string(b), "PATH=") {
		got.Environment = "read"
	}
	got.Refused = strings.Join(refused, "; ")
	b, err := json.Marshal(got)
	if err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		panic(err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// dropRights gives up what root may do more than others, for this thread and all that it
// starts. Who is not root has nothing to give up.
func dropRights() error {
	const dropBounding = 24 // PR_CAPBSET_DROP
	runtime.LockOSThread()
	for right := range uintptr(64) {
		_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, dropBounding, right, 0)
	}
	head := struct {
		version uint32
		pid     int32
	}{version: 0x20080522}
	var none [6]uint32
	if _, _, err := syscall.RawSyscall(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&head)), uintptr(unsafe.Pointer(&none)), 0); err != 0 {
		return fmt.Errorf("give up the rights of root: %w", err)
	}
	return nil
}

// TestTortureMemoryIsKept has another program of the same account read the memory and
// the environment of a console, with and without its guard.
func TestTortureMemoryIsKept(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	conf := c.mine()
	for name, args := range map[string][]string{"countersign": nil, "frozen": {time.Now().UTC().Format(time.RFC3339), "casey"}} {
		file := filepath.Join(t.TempDir(), "pried")
		term := startNamed(t, 120, 36, "prying", append(append([]string{file, name}, args...), "--config", conf)...)
		term.wait("Approvals", "REQ0010063")
		if err := term.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		if err := term.quit(); err != nil {
			t.Fatal(err)
		}
		var got pried
		if err := json.Unmarshal([]byte(contentOf(t, file)), &got); err != nil {
			t.Fatal(err)
		}
		want := pried{Memory: "read", Environment: "read"}
		if name == "countersign" {
			want = pried{Refused: got.Refused}
		}
		if got != want || name == "countersign" && strings.Count(got.Refused, "permission denied") != 2 {
			t.Errorf("another program read of %s: %+v", name, got)
		}
	}
}
