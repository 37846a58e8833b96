package plain

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/muesli/cancelreader"
)

// errEnd says that there is no more input.
var errEnd = errors.New("the input has ended")

// longest is how many bytes one line may have: more than any field takes.
const longest = 64 << 10

// waitingLines is how many lines are read before somebody asks for them.
const waitingLines = 256

// line is one line of input. One that was too long has lost its text.
type line struct {
	text []byte
	long bool
}

// input reads lines beside the session, so that what was typed before a question
// can be told from the answer to it.
type input struct {
	lines chan line // closed where the input ends
	in    cancelreader.CancelReader
	stop  chan struct{}
	ended chan struct{}
}

func newInput(from io.Reader) *input {
	in, err := cancelreader.NewReader(from)
	if err != nil {
		// A file, which need not be waited for.
		in, _ = cancelreader.NewReader(struct{ io.Reader }{from}) // nothing in it fails
	}
	i := &input{lines: make(chan line, waitingLines), in: in, stop: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(i.ended)
		defer close(i.lines)
		i.read()
	}()
	return i
}

// read reads until the input ends or is closed.
func (i *input) read() {
	r := bufio.NewReaderSize(i.in, 4096)
	for {
		l, err := readLine(r)
		if err == nil || len(l.text) > 0 {
			select {
			case i.lines <- l:
			case <-i.stop:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// readLine reads a line without what ends it. What of it is too long is dropped.
func readLine(r *bufio.Reader) (line, error) {
	var l line
	for {
		part, err := r.ReadSlice('\n')
		if len(l.text)+len(part) > longest {
			clear(l.text)
			l.text, l.long = nil, true
		}
		if !l.long {
			l.text = append(l.text, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		for len(l.text) > 0 && (l.text[len(l.text)-1] == '\n' || l.text[len(l.text)-1] == '\r') {
			l.text = l.text[:len(l.text)-1]
		}
		return l, err
	}
}

// next waits for a line. errEnd says that there are no more.
func (i *input) next(ctx context.Context) (line, error) {
	select {
	case l, open := <-i.lines:
		if !open {
			return line{}, errEnd
		}
		return l, nil
	case <-ctx.Done():
		return line{}, ctx.Err()
	}
}

// discard drops what was typed so far and reports whether that was anything.
func (i *input) discard() bool {
	any := false
	for {
		select {
		case l, open := <-i.lines:
			if !open {
				return any
			}
			clear(l.text)
			any = true
		default:
			return any
		}
	}
}

// close ends the reading and waits for that, where a read that is under way can
// be ended. Otherwise it ends with the next line, which is dropped.
func (i *input) close() {
	close(i.stop)
	if i.in.Cancel() {
		<-i.ended
	}
	_ = i.in.Close() // nothing was written
}
