package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// runBroken lets system calls fail in this process, and becomes a colleague:
// broken ERRNO CALL:BYTES:AT:FROM,CALL:BYTES:AT:FROM LOGIN ARG...
func runBroken() {
	runtime.LockOSThread() // the filter is this thread's, and exec keeps it
	errno, err := strconv.Atoi(os.Args[1])
	for _, text := range strings.Split(os.Args[2], ",") {
		var c call
		if err == nil {
			_, err = fmt.Sscanf(text, "%d:%d:%d:%d", &c.number, &c.bytes, &c.at, &c.from)
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
		load, jumpEqual, jumpFrom, ret = 0x20, 0x15, 0x35, 0x06
		allow, fails                   = 0x7fff0000, 0x00050000
		noNewPrivs, seccomp, bpf       = 38, 22, 2
		number, third, fourth          = 0, 32, 40 // where the call's number lies, and the lower halves of its arguments
	)
	program := []instruction{{code: load, k: number}, {code: jumpEqual, k: c.number}}
	for _, rule := range []struct {
		where uint32
		code  uint16
		is    uint32
	}{{third, jumpEqual, c.bytes}, {fourth, jumpEqual, c.at}, {fourth, jumpFrom, c.from}} {
		if rule.is != 0 {
			program = append(program, instruction{code: load, k: rule.where}, instruction{code: rule.code, k: rule.is})
		}
	}
	program = append(program, instruction{code: ret, k: fails | errno}, instruction{code: ret, k: allow})
	for i := range program {
		if program[i].code != load && program[i].code != ret {
			program[i].jf = uint8(len(program) - 2 - i) // to the last one
		}
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
