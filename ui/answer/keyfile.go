package answer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"countersign/ui/notice"
	"countersign/ui/theme"
	"countersign/ui/widget"

	tea "charm.land/bubbletea/v2"
)

// keyFile is a private key that was read from a file.
type keyFile struct {
	path    string // of which held or err tells
	reading bool
	held    []byte
	err     error
}

func (k *keyFile) wipe() {
	clear(k.held)
	*k = keyFile{}
}

// FileRead answers ReadFile: who has the form gives it to Keep.
type FileRead struct {
	answer *Secret
	path   string
	data   []byte
	err    error
}

// maxKeyFile is how much of a file is read: more than any key pair that fits
// into an order.
const maxKeyFile = 16 << 10

// ReadFile reads the file that is named, unless it was read already.
func (a *Secret) ReadFile() tea.Cmd {
	path := strings.TrimSpace(a.path.Value())
	if a.way() != wayFile || a.path.Focused() || path == a.file.path {
		return nil
	}
	a.file.wipe()
	if path == "" {
		return nil
	}
	a.file.path, a.file.reading = path, true
	return a.o.Env.Do(func(context.Context) tea.Msg {
		data, err := readKey(path)
		return FileRead{a, path, data, err}
	})
}

// errNotYours is why a file is not read that its person may not read.
var errNotYours = errors.New("you may not read this file")

// readKey reads a file of a person, "~" for their home.
func readKey(path string) ([]byte, error) {
	if rest, home := strings.CutPrefix(path, "~/"); home {
		dir, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("read the key file: %w", err)
		}
		path = filepath.Join(dir, rest)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such file")
	case errors.Is(err, fs.ErrPermission):
		return nil, errNotYours
	case err != nil:
		return nil, fmt.Errorf("read the key file: %w", err)
	case !info.Mode().IsRegular():
		return nil, errors.New("this is no plain file")
	}
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, errNotYours
	case err != nil:
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	switch {
	case err != nil:
		clear(data)
		return nil, fmt.Errorf("read the key file: %w", err)
	case len(data) > maxKeyFile:
		clear(data)
		return nil, errors.New("this file is too long for a key pair")
	}
	return data, nil
}

// Keep keeps what the file holds, if it is still the one that is named.
func (msg FileRead) Keep() {
	a := msg.answer
	if msg.path != a.file.path || a.way() != wayFile {
		clear(msg.data)
		return
	}
	a.file.reading, a.file.held, a.file.err = false, msg.data, msg.err
	if msg.err == nil {
		a.file.err = a.field.Validate(string(msg.data))
	}
	if a.file.err != nil {
		clear(a.file.held)
		a.file.held = nil
	}
}

func (a *Secret) fileHint() widget.Line {
	switch path := strings.TrimSpace(a.path.Value()); {
	case path == "" || path != a.file.path:
		return widget.Words(theme.Faint, "a private key on this machine; it is read as you leave the field")
	case a.file.reading:
		return widget.Words(theme.Note, "reading…")
	case a.file.err != nil:
		return append(widget.Words(theme.Bad, "▲ "), notice.Cause(a.file.err)...)
	}
	return append(widget.Words(theme.OK, "✓ sealed"), widget.Say(theme.Faint, ", not shown again"))
}

// wrongFile is why what the file holds will not do, "" if it does or is not
// known yet.
func (a *Secret) wrongFile() string {
	switch path := strings.TrimSpace(a.path.Value()); {
	case path == "":
		return "name the file that holds the private key"
	case path == a.file.path && a.file.err != nil:
		return plain(a.file.err)
	}
	return ""
}

// Unread reports whether a file is named that has not been read yet.
func (a *Secret) Unread() bool {
	return a.way() == wayFile && !a.off() && a.file.held == nil && a.file.err == nil
}

var _ Asking = (*Secret)(nil)
