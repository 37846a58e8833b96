package config

import (
	"fmt"
	"io"
)

// maxTrusted bounds such a file: a company's keys have some hundred KiB.
const maxTrusted = 8 << 20

// ReadTrusted returns the content of a file that decides who may do what: nobody
// but its owner, who is this process's user or root, may be able to change it.
// Anything else is an error that wraps ErrExposed and names the remedy.
func ReadTrusted(path string) ([]byte, error) {
	f, err := openSecret(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, withoutPath(path, err)
	case checksModes && info.Mode().Perm()&0o022 != 0:
		return nil, fmt.Errorf("%w: others may change %s (mode %04o): chmod go-w %[2]s", ErrExposed, shellPath(path), info.Mode().Perm())
	case !ownedByUs(info) && !ownedByRoot(info):
		return nil, fmt.Errorf("%w: %s belongs to another user: give it to root or to the account that runs this program", ErrExposed, shellPath(path))
	}
	b, err := io.ReadAll(io.LimitReader(f, maxTrusted+1))
	switch {
	case err != nil:
		return nil, withoutPath(path, err)
	case len(b) > maxTrusted:
		return nil, fmt.Errorf("%s is too large: at most %d MiB", shellPath(path), maxTrusted>>20)
	}
	return b, nil
}
