package store

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/mattn/go-sqlite3"
)

func TestACommitThatFailsIsToldAsWhatItIs(t *testing.T) {
	t.Parallel()
	ioError := func(code sqlite3.ErrNoExtended, errno syscall.Errno) error {
		return sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: code, SystemErrno: errno}
	}
	for _, tt := range []struct {
		name   string
		err    error
		unsure bool
	}{
		{"it was not made durable", ioError(sqlite3.ErrIoErrFsync, syscall.EIO), true},
		{"no space was found when it was made durable", ioError(sqlite3.ErrIoErrFsync, syscall.ENOSPC), true},
		{"writing failed, perhaps behind the last byte", ioError(sqlite3.ErrIoErrWrite, syscall.EIO), true},
		{"the index of the WAL cannot grow", ioError(sqlite3.ErrIoErrSHMSize, 0), true},
		{"it is over the quota", ioError(sqlite3.ErrIoErrWrite, syscall.EDQUOT), false},
		{"the disk is full", sqlite3.Error{Code: sqlite3.ErrFull}, false},
		{"somebody holds it", sqlite3.Error{Code: sqlite3.ErrBusy}, false},
	} {
		var f *Fault
		if err := commitFault("queue.db", tt.err); !errors.As(err, &f) || f.Unsure != tt.unsure {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if said := strings.Contains(f.Error(), "not known"); said != tt.unsure {
			t.Errorf("%s: %v", tt.name, f)
		}
		if sure := strings.Contains(f.Advice(), "nothing was"); tt.unsure && sure {
			t.Errorf("%s: %s", tt.name, f.Advice())
		}
	}
}
