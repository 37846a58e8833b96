//go:build unix

package config

import (
	"io/fs"
	"os"
	"syscall"
)

// checksModes says that permissions mean something here.
const checksModes = true

const openNonblock = syscall.O_NONBLOCK

// ownedByUs reports whether the file belongs to the user of this process.
func ownedByUs(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int64(st.Uid) == int64(os.Geteuid())
}

// ownedByRoot reports whether the file belongs to who may do everything anyhow.
func ownedByRoot(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Uid == 0
}
