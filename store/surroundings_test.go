package store

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSurroundingsNameWhatOthersMayUse(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	if err := os.Chmod(db.Dir(), 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := db.Surroundings()
	if err != nil || len(s.Open) != 0 || s.Free <= 0 || s.Size <= 0 || s.Queue != filepath.Join(db.Dir(), queueName) {
		t.Fatalf("%+v, %v", s, err)
	}
	if err := os.WriteFile(filepath.Join(db.Dir(), auditKeyName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{db.Dir(): 0o755, filepath.Join(db.Dir(), logName): 0o640, filepath.Join(db.Dir(), auditKeyName): 0o604} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if s, err = db.Surroundings(); err != nil || len(s.Open) != 3 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, o := range s.Open {
		if err := os.Chmod(o.Path, o.Should); err != nil {
			t.Fatal(err)
		}
	}
	if s, err = db.Surroundings(); err != nil || len(s.Open) != 0 {
		t.Errorf("after the remedy: %+v, %v", s, err)
	}
}

func TestASharedFolderMayBeTheGroups(t *testing.T) {
	t.Parallel()
	db := openIn(t, Options{Dir: filepath.Join(t.TempDir(), "shared"), Shared: true})
	if s, err := db.Surroundings(); err != nil || len(s.Open) != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}
