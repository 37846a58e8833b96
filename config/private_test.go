//go:build unix

package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestPrivateFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, tt := range []struct {
		mode os.FileMode
		ok   bool
	}{
		{0o600, true}, {0o400, true},
		{0o644, false}, {0o640, false}, {0o604, false}, {0o602, false}, {0o620, false}, {0o601, false}, {0o700, false}, {0o444, false},
	} {
		t.Run(fmt.Sprintf("%04o", tt.mode), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, fmt.Sprintf("%o", tt.mode))
			if err := os.WriteFile(path, []byte(canary), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			b, err := ReadPrivate(path)
			if tt.ok {
				if err != nil || string(b) != canary {
					t.Errorf("ReadPrivate = %q, %v", b, err)
				}
				return
			}
			if !errors.Is(err, ErrExposed) || !strings.HasSuffix(err.Error(), "chmod 600 "+path) || strings.Contains(err.Error(), canary) {
				t.Errorf("err = %v", err)
			}
			if b != nil {
				t.Errorf("returned %q beside the error", b)
			}
		})
	}
}

func TestPrivateFileOfSomebodyElse(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 12345, -1); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPrivate(path); !errors.Is(err, ErrExposed) || !strings.Contains(err.Error(), "belongs to another user") {
		t.Errorf("err = %v", err)
	}
}

func TestWhatIsNoFileIsNotRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, dir} {
		if _, err := ReadPrivate(path); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("ReadPrivate(%s): %v", path, err)
		}
	}
	if _, err := ReadPrivate(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	big := filepath.Join(dir, "big")
	if err := os.WriteFile(big, make([]byte, maxSecretFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPrivate(big); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("big file: %v", err)
	}
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte(canary), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPrivate(link); !errors.Is(err, ErrExposed) {
		t.Errorf("link to an exposed file: %v", err)
	}
}
