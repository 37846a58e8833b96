package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ErrExposed is wrapped where a file with a secret can be read or changed by
// others, or belongs to somebody else.
var ErrExposed = errors.New("the file is not private")

// maxSecretFile bounds what is read as a secret; keys have some dozen bytes.
const maxSecretFile = 64 << 10

// ReadPrivate returns the content of a file that only its owner can use: mode
// 0600 or 0400, owned by the user of this process. Anything else is an error that
// wraps ErrExposed and names the remedy. A symbolic link is followed; what counts
// is the file that is read. The caller may overwrite the bytes when done.
func ReadPrivate(path string) ([]byte, error) {
	f, err := openSecret(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := checkPrivate(f, path); err != nil {
		return nil, err
	}
	return readSecret(f, path)
}

// readCredential returns the content of a file that the service manager put
// there. Its permissions are the manager's business: systemd uses access lists
// that the mode does not show.
func readCredential(path string) ([]byte, error) {
	f, err := openSecret(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readSecret(f, path)
}

// openSecret opens a regular file. The flag keeps a named pipe in its place from
// stopping the program for ever.
func openSecret(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return nil, withoutPath(path, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", shellPath(path))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// checkPrivate looks at the open file, so that it cannot be exchanged between the
// check and the reading.
func checkPrivate(f *os.File, path string) error {
	info, err := f.Stat()
	if err != nil {
		return withoutPath(path, err)
	}
	if exposed(info.Mode()) {
		return fmt.Errorf("%w: others may use %s (mode %04o): chmod 600 %[2]s",
			ErrExposed, shellPath(path), info.Mode().Perm())
	}
	if !ownedByUs(info) {
		return fmt.Errorf("%w: %s belongs to another user: give it to the account that runs this program (chown), mode 600",
			ErrExposed, shellPath(path))
	}
	return nil
}

// exposed reports whether anyone but the owner has a permission, or the file is
// executable.
func exposed(mode fs.FileMode) bool { return checksModes && mode.Perm()&^0o600 != 0 }

func readSecret(r io.Reader, path string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxSecretFile+1))
	if err != nil {
		return nil, withoutPath(path, err)
	}
	if len(b) > maxSecretFile {
		return nil, fmt.Errorf("%s is too large for a secret: at most %d KiB", shellPath(path), maxSecretFile>>10)
	}
	return b, nil
}

// withoutPath says a file error with the path quoted where it needs to be.
func withoutPath(path string, err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return fmt.Errorf("%s %s: %w", pathErr.Op, shellPath(path), pathErr.Err)
	}
	return fmt.Errorf("%s: %w", shellPath(path), err)
}
