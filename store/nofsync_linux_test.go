package store

import (
	"fmt"
	"syscall"
	"unsafe"
)

// nothingDurable has the kernel answer fsync and fdatasync of this thread with an I/O
// error (seccomp(2)).
func nothingDurable() error {
	type instruction struct {
		code   uint16
		jt, jf uint8
		k      uint32
	}
	const (
		load, jumpEqual, ret     = 0x20, 0x15, 0x06
		allow, fails             = 0x7fff0000, 0x00050000
		noNewPrivs, seccomp, bpf = 38, 22, 2
	)
	program := []instruction{{code: load}, {code: jumpEqual, jt: 1, k: syscall.SYS_FSYNC}, {code: jumpEqual, jf: 1, k: syscall.SYS_FDATASYNC},
		{code: ret, k: fails | uint32(syscall.EIO)}, {code: ret, k: allow}}
	filter := struct {
		n       uint16
		program *instruction
	}{uint16(len(program)), &program[0]}
	for _, call := range [][3]uintptr{{noNewPrivs, 1, 0}, {seccomp, bpf, uintptr(unsafe.Pointer(&filter))}} {
		if _, _, e := syscall.RawSyscall6(syscall.SYS_PRCTL, call[0], call[1], call[2], 0, 0, 0); e != 0 {
			return fmt.Errorf("let no fsync succeed: %w", e)
		}
	}
	return nil
}
