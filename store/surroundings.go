package store

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Surroundings are the folder and the disk that a queue lies on.
type Surroundings struct {
	Dir, Queue string // the folder, and queue.db in it
	FileSystem string // as "ext4"
	Doubt      string // what speaks against that file system, "" if nothing
	Free       int64  // bytes that this process may still write
	Size       int64  // bytes of all files of the queue
	// Open are the folder and the files that more people may use than should.
	Open []OpenMode
}

// OpenMode is a file whose permissions are too wide.
type OpenMode struct {
	Path         string
	Mode, Should os.FileMode
}

// Surroundings looks at the folder of the store. Trouble of the operating system is
// a *Fault.
func (db *DB) Surroundings() (Surroundings, error) {
	s := Surroundings{Dir: db.opt.Dir, Queue: filepath.Join(db.opt.Dir, queueName)}
	magic, err := fileSystemOf(s.Dir)
	if err == nil {
		s.Free, err = freeSpace(s.Dir)
	}
	if err != nil {
		return s, fmt.Errorf("look at %s: %w", s.Dir, faultOf(s.Dir, err))
	}
	s.FileSystem, s.Doubt = localFileSystem(magic)
	m := modesFor(db.opt.Shared)
	info, err := os.Stat(s.Dir)
	if err != nil {
		return s, fmt.Errorf("look at %s: %w", s.Dir, faultOf(s.Dir, err))
	}
	s.tooOpen(s.Dir, info, m.dir.Perm())
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return s, fmt.Errorf("look at %s: %w", s.Dir, faultOf(s.Dir, err))
	}
	private := modesFor(false)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue // it is gone, or none of ours
		}
		path := filepath.Join(s.Dir, e.Name())
		switch e.Name() {
		case auditKeyName:
			s.tooOpen(path, info, private.file)
		case queueName, logName, liveName, queueName + "-wal", logName + "-wal", liveName + "-wal":
			s.Size += info.Size()
			s.tooOpen(path, info, m.file)
		case gateName, auditHeadsName:
			s.tooOpen(path, info, m.file)
		}
	}
	return s, nil
}

// localFileSystem names a file system by the magic number of statfs(2), and says what
// speaks against keeping a queue there.
func localFileSystem(magic int64) (name, doubt string) {
	switch magic {
	case 0xef53:
		return "ext4", ""
	case 0x58465342:
		return "XFS", ""
	case 0x9123683e:
		return "Btrfs", ""
	case 0x2fc12fc1:
		return "ZFS", ""
	case 0x01021994:
		return "tmpfs", "which is in memory: all is gone when this host is started anew"
	case 0x794c7630:
		return "overlayfs", "the layer of a container: all is gone with the container"
	case 0x65735546:
		return "FUSE", "which may lead to another host: there two processes can damage the queue"
	}
	return fmt.Sprintf("one of type %#x", magic), ""
}

// tooOpen notes a file of which others may do more than they should.
func (s *Surroundings) tooOpen(path string, info fs.FileInfo, should os.FileMode) {
	if mode := info.Mode().Perm(); mode&0o077&^should != 0 {
		s.Open = append(s.Open, OpenMode{Path: path, Mode: mode, Should: should})
	}
}
