package sshserver

import (
	"bytes"
	"io"
)

// keys is what a guest types into a console. It tells that something came.
type keys struct {
	in      io.Reader
	pressed func()
}

func (k *keys) Read(p []byte) (int, error) {
	n, err := k.in.Read(p)
	if n > 0 {
		k.pressed()
	}
	return n, err
}

// screen is the output of a session with a terminal. The client's terminal moves
// down without going back to the left, so every line's end says both.
type screen struct{ out io.Writer }

func (s *screen) Write(p []byte) (int, error) {
	plain := bytes.ReplaceAll(p, []byte("\r\n"), []byte("\n"))
	if _, err := s.out.Write(bytes.ReplaceAll(plain, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}
