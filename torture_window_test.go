package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"
)

// runWindow shows a program in a terminal of its own, as a window does. When it is
// killed, that terminal is gone: window ARG..., or window of a shell ARG..., where bash
// starts the program.
func runWindow() {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Args[0] = "countersign"
	if os.Args[0] == windowOfAShell {
		// Only a shell that somebody talks to passes on that its terminal is gone.
		cmd = exec.Command("bash", slices.Concat([]string{"--norc", "--noprofile", "-i", "-c", `(exec -a countersign "$0" "$@"); exit $?`, self}, os.Args[1:])...)
	}
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 36, Cols: 120})
	if err != nil {
		panic(err)
	}
	if _, err := term.MakeRaw(os.Stdin.Fd()); err != nil {
		panic(err)
	}
	go func() { _, _ = io.Copy(tty, os.Stdin) }()
	_, _ = io.Copy(os.Stdout, tty) // until the program ends
	_ = cmd.Wait()
	os.Exit(cmd.ProcessState.ExitCode())
}

// closeWindow closes the window of a console.
func closeWindow(m *manners) {
	for pids := m.children(m.cmd.Process.Pid); len(pids) > 0; {
		m.inside = append(m.inside, pids...)
		var further []int
		for _, pid := range pids {
			further = append(further, m.children(pid)...)
		}
		pids = further
	}
	_ = m.cmd.Process.Kill()
}

// children are the processes that one has started.
func (m *manners) children(of int) []int {
	var all []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", of)) // the pattern is right
	for _, path := range tasks {
		b, _ := os.ReadFile(path) // it may have ended
		for pid := range strings.FieldsSeq(string(b)) {
			n, err := strconv.Atoi(pid)
			if err != nil {
				m.t.Fatal(err)
			}
			all = append(all, n)
		}
	}
	return all
}

// ended waits until processes have ended.
func (m *manners) ended(pids []int) {
	m.t.Helper()
	deadline := time.Now().Add(patience)
	for _, pid := range pids {
		for {
			stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if _, after, _ := bytes.Cut(stat, []byte(") ")); err != nil || bytes.HasPrefix(after, []byte("Z")) {
				break
			}
			if time.Now().After(deadline) {
				m.t.Fatalf("the program goes on without its terminal: %s", stat)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}
