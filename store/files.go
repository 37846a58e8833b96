package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The names of the files in the store's folder.
const (
	queueName = "queue.db"
	logName   = "log.db"
	liveName  = "live.db"
	gateName  = "queue.gate"

	auditKeyName   = "audit.key"
	auditHeadsName = "audit-heads.log"
)

// modes are the permissions of the folder and of the files in it.
type modes struct {
	dir, file os.FileMode
}

// modesFor returns private modes, or those of a folder shared by a Unix group:
// new files take the folder's group from its setgid bit.
func modesFor(shared bool) modes {
	if shared {
		return modes{dir: 0o770 | fs.ModeSetgid, file: 0o660}
	}
	return modes{dir: 0o700, file: 0o600}
}

// prepareDir makes the store's folder where it is missing and refuses one that
// cannot hold it.
func prepareDir(dir string, shared bool) error {
	m := modesFor(shared)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return faultOf(dir, err)
	}
	switch err := os.Mkdir(dir, m.dir.Perm()); {
	case err == nil:
		// Mkdir obeys the umask and drops setgid.
		if err := os.Chmod(dir, m.dir); err != nil {
			return faultOf(dir, err)
		}
	case !errors.Is(err, fs.ErrExist):
		return faultOf(dir, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return faultOf(dir, err)
	}
	if !info.IsDir() {
		return &Fault{Kind: FaultWrongFile, Path: dir, Err: errors.New("not a folder")}
	}
	if shared && info.Mode()&fs.ModeSetgid == 0 {
		return &Fault{Kind: FaultNoAccess, Path: dir,
			Err: errors.New("a shared folder needs the setgid bit (chmod g+s), so that files keep its group")}
	}
	return refuseNetwork(dir, fileSystemOf)
}

// refuseNetwork returns a Fault if dir lies on a network file system: WAL needs
// memory shared between all processes (STORAGE 6.13).
func refuseNetwork(dir string, typeOf func(string) (int64, error)) error {
	magic, err := typeOf(dir)
	if err != nil {
		return faultOf(dir, err)
	}
	if name, ok := networkFileSystems()[magic]; ok {
		return &Fault{Kind: FaultNetwork, Path: dir, Err: errors.New(name)}
	}
	return nil
}

// networkFileSystems maps the magic numbers of statfs(2) to names.
func networkFileSystems() map[int64]string {
	return map[int64]string{
		0x6969:     "NFS",
		0x517b:     "SMB",
		0xfe534d42: "SMB 2",
		0xff534d42: "CIFS",
		0x5346414f: "AFS",
		0x6b414653: "kAFS",
		0x73757245: "Coda",
		0x01021997: "9P",
		0x00c36400: "Ceph",
		0x0bd00bd0: "Lustre",
		0x47504653: "GPFS",
		0x01161970: "GFS2",
		0x7461636f: "OCFS2",
	}
}

// openWithMode opens a file for reading and writing and makes it where it is
// missing, with exactly the given permissions whatever the umask is.
func openWithMode(path string, mode os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return os.OpenFile(path, os.O_RDWR, mode)
	}
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(mode); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// prepareFile makes an empty database file with the right mode before SQLite
// opens it, because SQLite would use the umask; -wal and -shm take over the mode
// of the main file (STORAGE 6.7). A -wal or -shm that a read-only run left
// behind unwritable would block every writer (STORAGE 6.8); where it is ours, it
// is repaired.
func prepareFile(path string, mode os.FileMode) error {
	f, err := openWithMode(path, mode)
	if err != nil {
		return faultOf(path, err)
	}
	info, err := f.Stat()
	f.Close()
	if err != nil {
		return faultOf(path, err)
	}
	if !info.Mode().IsRegular() {
		return &Fault{Kind: FaultWrongFile, Path: path, Err: errors.New("not a regular file")}
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := repairMode(name, mode); err != nil {
			return err
		}
	}
	return nil
}

// repairMode gives a file the wanted permissions. Somebody else's file stays as
// it is: if it is in the way, opening it will say so.
func repairMode(path string, mode os.FileMode) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return faultOf(path, err)
	}
	if info.Mode().Perm() == mode {
		return nil
	}
	if err := os.Chmod(path, mode); err != nil && !errors.Is(err, fs.ErrPermission) {
		return faultOf(path, fmt.Errorf("set mode %o: %w", mode, err))
	}
	return nil
}

// sameFile reports whether path still names the file that info describes.
func sameFile(path string, info os.FileInfo) bool {
	now, err := os.Stat(path)
	return err == nil && os.SameFile(now, info)
}

// syncFile makes the content of a file durable, and its name in the folder.
func syncFile(path string) error {
	if err := syncName(path); err != nil {
		return err
	}
	return syncName(filepath.Dir(path))
}

// syncName makes the content of a file, or the names in a folder, durable.
func syncName(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
