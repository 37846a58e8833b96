package workflow

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// processName names a process by its id, by when it began, since ids are used
// again, and by the namespace in which the id means something: "4711-81234-4026531836".
// It is "" where the system does not tell.
func processName(pid int) string {
	space, err := os.Readlink("/proc/self/ns/pid")
	began, _, known := processStat(pid)
	if err != nil || !known {
		return ""
	}
	return fmt.Sprintf("%d-%s-%s", pid, began, strings.Trim(space, "pid:[]"))
}

// ended reports whether the process of that name is certainly not there any more.
func ended(process string) bool {
	parts := strings.Split(process, "-")
	self := strings.Split(processName(os.Getpid()), "-")
	if len(parts) != 3 || len(self) != 3 || parts[2] != self[2] {
		return false // of another container, in which its id is another process
	}
	pid, err := strconv.Atoi(parts[0])
	if err != nil || pid <= 0 {
		return false
	}
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	began, dead, known := processStat(pid)
	return known && (dead || began != parts[1])
}

// processStat reads when a process began, in ticks since the system did, and
// whether it is dead and only not buried yet. Processes of others may be hidden.
func processStat(pid int) (began string, dead, known bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", false, false
	}
	// The name before may hold anything, also blanks and parentheses.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	const state, start = 0, 19 // the third and the 22nd of all
	if len(fields) <= start {
		return "", false, false
	}
	return fields[start], fields[state] == "Z" || fields[state] == "X", true
}
