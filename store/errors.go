package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

var (
	// ErrClosed is returned by everything that is called after Close.
	ErrClosed = errors.New("the store is closed")

	// ErrExists is returned by an insert of something that is there already: a
	// second vote from the same seat, a number or login that is taken.
	ErrExists = errors.New("it exists already")

	// errReadOnly is returned by a write method inside DB.Read.
	errReadOnly = errors.New("write inside a read transaction")

	// errEnded is returned by a Tx that is used after its function returned.
	errEnded = errors.New("transaction used after its end")
)

// FaultKind names what is wrong with the surroundings of the store.
type FaultKind string

// The kinds of Fault.
const (
	FaultFull      FaultKind = "the disk is full"
	FaultReadOnly  FaultKind = "the folder or file is read-only"
	FaultNoAccess  FaultKind = "no permission"
	FaultDamaged   FaultKind = "the file is damaged"
	FaultWrongFile FaultKind = "this is not a countersign file"
	FaultNewer     FaultKind = "the file was written by a newer countersign"
	FaultNetwork   FaultKind = "the folder is on a network file system"
	FaultLocked    FaultKind = "another process holds the file"
	FaultDisk      FaultKind = "the disk reports an error"
)

// Fault is an error of the surroundings: nothing the caller did is wrong, and
// nothing was half done. Screens show Kind and Advice; Err holds the cause.
type Fault struct {
	Kind FaultKind
	Path string
	// Unsure is set where nobody knows whether what was to be written is there: the
	// commit failed behind the point from which on it may be found again.
	Unsure bool
	// Holder names the process in the way, where Kind is FaultLocked and the
	// system tells.
	Holder string
	Err    error
}

// Error says what is wrong with which file.
func (f *Fault) Error() string {
	text := fmt.Sprintf("%s: %s", f.Path, f.Kind)
	if f.Holder != "" {
		text += " (" + f.Holder + ")"
	}
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	if f.Unsure {
		text += "; whether it was written is not known"
	}
	return text
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Advice is one plain sentence that says what a person can do.
func (f *Fault) Advice() string {
	if f.Unsure {
		return "Look whether it is there before you do it again: it may be, and it may come to light only when every countersign on this queue has ended. " +
			"Look at the system's log for errors of the disk that holds " + f.Path + ", and at its space."
	}
	switch f.Kind {
	case FaultFull:
		return "Free some space on the disk that holds " + f.Path + " and try again; nothing was half written."
	case FaultReadOnly:
		return "Make the folder of " + f.Path + " writable for this user, or start countersign with another folder."
	case FaultNoAccess:
		return "Ask the owner of " + f.Path + " for access, or start countersign as the user who made it."
	case FaultDamaged:
		return "Stop every countersign on this queue; " + f.replacing() + ". Nothing is written to it any more."
	case FaultWrongFile:
		return "Check the configured folder: " + f.Path + " belongs to something else, or its beginning was overwritten. If so, stop every countersign on this queue; " + f.replacing() + ". It was not touched."
	case FaultNewer:
		return "Update countersign on this machine to the version that the others use; " + f.Path + " was not touched."
	case FaultNetwork:
		return "Move the queue to a local disk, or run one `countersign serve` beside the file and connect to it over SSH."
	case FaultLocked:
		return "End or resume the process that holds " + f.Path + ", then try again; nothing was written."
	case FaultDisk:
		return "Look at the system's log for errors of the disk that holds " + f.Path + " and make a backup now."
	}
	return ""
}

// replacing says how another file takes the place of one that cannot be used. A
// restore keeps aside what SQLite left beside the old one, which would spoil the new
// one; of the log and the live file new ones are made.
func (f *Fault) replacing() string {
	switch name := filepath.Base(f.Path); name {
	case logName, liveName:
		return fmt.Sprintf("move %[1]s, %[1]s-wal and %[1]s-shm out of its folder; a new one is made", name)
	}
	return "put the newest backup in its place: countersign restore FILE --replace"
}

// Is reports whether target is a Fault of the same kind, so that
// errors.Is(err, &Fault{Kind: FaultFull}) works.
func (f *Fault) Is(target error) bool {
	t, ok := target.(*Fault)
	return ok && t.Kind == f.Kind && t.Path == "" && t.Err == nil
}

// JobPanic is what Write returns when the caller's function panicked. Its
// changes were undone and the writer goes on.
type JobPanic struct {
	Value any
	Stack []byte
}

// Error says what the function panicked with; the stack is in Stack.
func (p *JobPanic) Error() string { return fmt.Sprintf("panic in a transaction: %v", p.Value) }

func newJobPanic(v any) *JobPanic { return &JobPanic{Value: v, Stack: debug.Stack()} }

// faultOf turns an error of the driver or the operating system into a Fault
// where it is one, and returns any other error as it is. Drivers' errors are
// told apart by code, never by text.
func faultOf(path string, err error) error {
	if err == nil {
		return nil
	}
	var known *Fault
	if errors.As(err, &known) {
		return err
	}
	kind, ok := sqliteFault(err)
	if !ok {
		kind, ok = systemFault(err)
	}
	if !ok {
		return err
	}
	f := &Fault{Kind: kind, Path: path, Err: err}
	if kind == FaultLocked {
		f.Holder = writeLockHolder(path)
	}
	return f
}

// commitFault is faultOf for the error of a COMMIT. What it has written lies in the WAL
// when it is made durable, and is not taken out again where that fails: whoever reads
// the WAL anew, because all that knew of the failure are gone, finds it whole. Only
// where there was no space for it can it not be whole.
func commitFault(path string, err error) error {
	err = faultOf(path, err)
	var e sqlite3.Error
	var f *Fault
	if !errors.As(err, &e) || e.Code != sqlite3.ErrIoErr || !errors.As(err, &f) {
		return err
	}
	f.Unsure = e.ExtendedCode != sqlite3.ErrIoErrWrite || f.Kind != FaultFull
	return err
}

func sqliteFault(err error) (FaultKind, bool) {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return "", false
	}
	switch e.Code {
	case sqlite3.ErrFull:
		return FaultFull, true
	case sqlite3.ErrReadonly:
		return FaultReadOnly, true
	case sqlite3.ErrCorrupt:
		return FaultDamaged, true
	case sqlite3.ErrNotADB:
		return FaultWrongFile, true
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return FaultLocked, true
	case sqlite3.ErrPerm:
		return FaultNoAccess, true
	case sqlite3.ErrIoErr, sqlite3.ErrCantOpen:
		if kind, ok := systemFault(e.SystemErrno); ok {
			return kind, true
		}
		// The wal-index cannot be made on a full disk (STORAGE 2, faults).
		if e.ExtendedCode == sqlite3.ErrIoErrSHMSize {
			return FaultFull, true
		}
		if e.Code == sqlite3.ErrCantOpen {
			return FaultNoAccess, true
		}
		return FaultDisk, true
	}
	return "", false
}

func systemFault(err error) (FaultKind, bool) {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return FaultFull, true
	case errors.Is(err, syscall.EROFS):
		return FaultReadOnly, true
	case errors.Is(err, fs.ErrPermission):
		return FaultNoAccess, true
	case errors.Is(err, syscall.EIO):
		return FaultDisk, true
	}
	return "", false
}

// endsTransaction reports whether a transaction must not go on after err. A
// violated constraint undoes its own statement only, and a value that does not
// fit its Go type was read well; anything else may have rolled everything back.
func endsTransaction(err error) bool {
	var e sqlite3.Error
	if errors.As(err, &e) {
		return e.Code != sqlite3.ErrConstraint
	}
	return errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn)
}

// isUnique reports whether err is a violated UNIQUE or primary key constraint.
func isUnique(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) &&
		(e.ExtendedCode == sqlite3.ErrConstraintUnique || e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
}

// isUnreadable reports whether SQLite itself cannot make sense of a file; a
// database of another program is readable, and not ours to remove.
func isUnreadable(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB)
}
