package sshserver

import (
	"context"
	"io"
	"sync/atomic"
	"unicode/utf8"
)

// lines is the input of a command on a terminal. The client sends every key as it
// is typed, so what a terminal does for a program otherwise is done here: it shows
// what is typed, lets it be corrected, and gives out whole lines. ^C ends the
// command, ^D on an empty line the input.
type lines struct {
	ctx       context.Context
	in        io.Reader
	out       io.Writer // where what is typed is shown
	interrupt func()
	pressed   func() // something was typed

	hidden atomic.Bool
	line   []byte // that is being typed
	escape byte   // of a key that is more than a character, how far it has come
	whole  chan []byte
	ahead  atomic.Int64 // bytes in it
	rest   []byte
}

// These bound what is typed ahead, the last one in bytes; what is more is not taken,
// with a bell.
const (
	mostLines = 256
	mostLine  = 64 << 10
	mostAhead = 4 * mostLine
)

const (
	keyInterrupt = 0x03
	keyEnd       = 0x04
	keyErase     = 0x7f
	keyKill      = 0x15
	keyEscape    = 0x1b
	bell         = "\a"
)

func newLines(ctx context.Context, in io.Reader, out io.Writer, pressed, interrupt func()) *lines {
	return &lines{ctx: ctx, in: in, out: out, pressed: pressed, interrupt: interrupt, whole: make(chan []byte, mostLines)}
}

// Hide keeps what is typed from being shown until the function that it returns is
// called.
func (l *lines) Hide() (func(), error) {
	l.hidden.Store(true)
	return func() { l.hidden.Store(false) }, nil
}

// Read gives out lines, io.EOF when the input or the session has ended.
func (l *lines) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		select {
		case line, open := <-l.whole:
			if !open {
				return 0, io.EOF
			}
			l.ahead.Add(-int64(len(line)))
			l.rest = line
		case <-l.ctx.Done():
			return 0, io.EOF
		}
	}
	n := copy(p, l.rest)
	clear(l.rest[:n]) // it may be a secret
	l.rest = l.rest[n:]
	return n, nil
}

// pump takes keys until the input ends.
func (l *lines) pump() {
	defer close(l.whole)
	defer func() { clear(l.line) }()
	for buf := make([]byte, 1024); ; {
		n, err := l.in.Read(buf)
		if n > 0 {
			l.pressed()
		}
		for _, b := range buf[:n] {
			if !l.key(b) {
				return
			}
		}
		clear(buf[:n])
		if err != nil {
			return
		}
	}
}

// key takes a key, and reports whether more are wanted.
func (l *lines) key(b byte) bool {
	switch {
	case b == keyInterrupt:
		l.show("^C\n")
		l.interrupt()
		return false
	case l.escape != 0:
		// An arrow and its like: ESC [ numbers letter, or ESC letter.
		if l.escape == keyEscape && b == '[' {
			l.escape = b
		} else if l.escape == keyEscape || b >= 0x40 {
			l.escape = 0
		}
	case b == keyEscape:
		l.escape = b
	case b == '\r', b == '\n':
		l.show("\n")
		l.give(append(l.line, '\n'))
		l.line = nil
	case b == keyEnd:
		if len(l.line) == 0 {
			return false
		}
		l.give(l.line)
		l.line = nil
	case b == keyErase, b == '\b':
		l.erase()
	case b == keyKill:
		for len(l.line) > 0 {
			l.erase()
		}
	case b < ' ' && b != '\t':
	case len(l.line) >= mostLine:
		l.show(bell)
	default:
		l.line = append(l.line, b)
		l.show(string([]byte{b}))
	}
	return true
}

func (l *lines) give(line []byte) {
	if n := int64(len(line)); l.ahead.Add(n) <= mostAhead {
		select {
		case l.whole <- line:
			return
		default:
		}
	}
	l.ahead.Add(-int64(len(line)))
	clear(line)
	l.show(bell)
}

// erase takes the last character back.
func (l *lines) erase() {
	if len(l.line) == 0 {
		return
	}
	_, size := utf8.DecodeLastRune(l.line)
	l.line = l.line[:len(l.line)-size]
	l.show("\b \b")
}

func (l *lines) show(text string) {
	if !l.hidden.Load() {
		_, _ = io.WriteString(l.out, text) // a client that is gone is noticed elsewhere
	}
}
