//go:build unix

package cli

import (
	"errors"
	"io"
	"regexp"
	"syscall"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

// deviceAttributes is the answer to the last question.
var deviceAttributes = regexp.MustCompile(`\x1b\[\?[0-9;]*c`)

// takeAnswers takes what a terminal still answers. It asks one thing more, which every
// terminal answers, behind all the others.
func takeAnswers(in io.Reader, out terminalFile) error {
	was, err := term.GetState(out.Fd())
	if err != nil {
		return err
	}
	quiet := *was
	quiet.Lflag &^= syscall.ICANON | syscall.ECHO
	quiet.Cc[syscall.VMIN], quiet.Cc[syscall.VTIME] = 0, 1 // a read waits for a tenth of a second
	if err := term.SetState(out.Fd(), &quiet); err != nil {
		return err
	}
	_, err = io.WriteString(out, ansi.RequestPrimaryDeviceAttributes)
	var answers []byte
	for began := time.Now(); err == nil && time.Since(began) < answerTime; {
		some := make([]byte, 256)
		var n int
		if n, err = in.Read(some); errors.Is(err, io.EOF) {
			err = nil // nothing came in that time
		}
		answers = append(answers, some[:n]...)
		if deviceAttributes.Match(answers) {
			break
		}
	}
	return errors.Join(err, term.SetState(out.Fd(), was))
}
