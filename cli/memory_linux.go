package cli

import "syscall"

// keepMemory keeps what the program holds in memory, which can be a secret that is
// being typed or the key of the vault service, from being written to a file when it
// crashes, and from being read by other programs of the same account. Where the system
// refuses that, the program runs all the same: nothing of it is needed for anything.
func keepMemory() {
	const setDumpable = 4 // PR_SET_DUMPABLE
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setDumpable, 0, 0)
}
