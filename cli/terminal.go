package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"countersign/safetext"
	"countersign/ui"
)

// run shows a console on the terminal, and says in the log how it has ended.
func (a *app) run(q *queue, opts ui.Options) error {
	began := a.Now()
	err := a.onScreen(func(program ...tea.ProgramOption) error { return ui.Run(opts, program...) })
	a.logEnd(q, opts, began, err)
	return err
}

// onScreen has a program take the terminal, and leaves that as it was.
func (a *app) onScreen(run func(program ...tea.ProgramOption) error) error {
	defer a.gateErrors()()
	out := &tidy{File: a.Out.(terminalFile), now: a.Now} // a terminal is one, see isTerminal
	// Signals end the context (see Main). A second receiver would take some of them,
	// and wait for ever for a program that has ended to hear of it.
	err := run(append([]tea.ProgramOption{tea.WithOutput(out), tea.WithoutSignalHandler()}, a.Program...)...)
	err = errors.Join(err, out.restore())
	if in, is := a.In.(terminalFile); is && out.owed() {
		_ = takeAnswers(in, out.File) // a terminal that is gone owes none
	}
	return err
}

// logEnd says in the log who has left the console, and why.
func (a *app) logEnd(q *queue, opts ui.Options, began time.Time, err error) {
	log, about := q.logger("console"), []any{"person", opts.Env.Me.Login, "lasted", a.Now().Sub(began).Round(time.Millisecond)}
	switch {
	case opts.Env.Root.Err() != nil:
		log.Info("console ended", append(about, "why", fmt.Sprintf("the program was told to end: %v", context.Cause(opts.Env.Root)))...)
	case err != nil:
		log.Error("console ended", append(about, "why", err)...)
	default:
		log.Info("console ended", append(about, "why", "left")...)
	}
}

// terminalFile is what Bubble Tea takes for a terminal.
type terminalFile interface {
	io.ReadWriteCloser
	Fd() uintptr
}

// tidy is the output of a console that sees to it that the terminal is left as it was.
// Bubble Tea leaves margins of an old size behind where the terminal has grown
// meanwhile. Where it ends before what it began with is written, it pops keys before
// it pushes them, and leaves them pushed.
type tidy struct {
	File   terminalFile
	pushed int // reports of keys that are on the stack of the screen that is shown
	now    func() time.Time
	asked  time.Time // when the terminal was asked something last
}

// answerTime is how long the answer of a terminal may take, which may be far away.
const answerTime = time.Second

// questions are what Bubble Tea asks of a terminal.
var questions = [][]byte{[]byte(ansi.RequestModeSynchronizedOutput), []byte(ansi.RequestModeUnicodeCore), []byte(ansi.RequestKittyKeyboard), []byte(ansi.RequestBackgroundColor)}

// owed reports whether an answer may still be on its way: the shell would take it for
// something typed.
func (t *tidy) owed() bool { return !t.asked.IsZero() && t.now().Sub(t.asked) < answerTime }

// keyReports finds what changes the stack of key reports, of which each of the
// terminal's two screens has its own, and what leaves the screen of the console.
var keyReports = regexp.MustCompile(regexp.QuoteMeta(ansi.PushKittyKeyboard(1)) + "|" + regexp.QuoteMeta(ansi.PopKittyKeyboard(1)) + "|" +
	regexp.QuoteMeta(ansi.ResetModeAltScreenSaveCursor))

func (t *tidy) Read(p []byte) (int, error) { return t.File.Read(p) }
func (t *tidy) Close() error               { return t.File.Close() }
func (t *tidy) Fd() uintptr                { return t.File.Fd() }

// Write writes what Bubble Tea draws, which never parts a sequence. Keys are popped
// before their screen is left, and never more of them than were pushed: what is below
// is the shell's.
func (t *tidy) Write(p []byte) (int, error) {
	if slices.ContainsFunc(questions, func(q []byte) bool { return bytes.Contains(p, q) }) {
		t.asked = t.now()
	}
	drawn := keyReports.ReplaceAllFunc(p, func(sequence []byte) []byte {
		switch string(sequence) {
		case ansi.PushKittyKeyboard(1):
			t.pushed++
		case ansi.PopKittyKeyboard(1):
			if t.pushed == 0 {
				return nil
			}
			t.pushed--
		default:
			return append(t.popped(), sequence...)
		}
		return sequence
	})
	if _, err := t.File.Write(drawn); err != nil {
		return 0, err
	}
	return len(p), nil
}

// popped is what pops the keys that are pushed.
func (t *tidy) popped() []byte {
	if t.pushed == 0 {
		return nil
	}
	sequence := ansi.PopKittyKeyboard(t.pushed)
	t.pushed = 0
	return []byte(sequence)
}

// restore takes back what may be left.
func (t *tidy) restore() error {
	sequence := ansi.SaveCursor + ansi.SetTopBottomMargins(0, 0) + ansi.RestoreCursor + ansi.ResetModifyOtherKeys + string(t.popped())
	if _, err := io.WriteString(t.File, sequence); err != nil {
		return fmt.Errorf("leave the terminal as it was: %w", err)
	}
	return nil
}

// gateErrors lets what a library writes to standard error come out by name only, until
// the function that it returns is called: the words of a panic, which can hold what
// somebody has written, on the terminal or in what a server says.
func (a *app) gateErrors() func() {
	if a.Err != io.Writer(os.Stderr) {
		return func() {} // it is not the process's own
	}
	r, w, err := os.Pipe()
	if err != nil {
		return func() {} // what is written is still better than nothing
	}
	lineEnd := "\n"
	if isTerminal(a.Err) {
		lineEnd = "\r\n" // it may be raw
	}
	own, done := os.Stderr, make(chan struct{})
	os.Stderr = w
	go func() {
		defer close(done)
		for lines := bufio.NewReader(r); ; {
			line, err := lines.ReadString('\n')
			if line = strings.TrimRight(line, "\r\n"); line != "" || err == nil {
				fmt.Fprintf(own, "%s%s", safetext.Block(line)[0], lineEnd) // tabs as blanks
			}
			if err != nil {
				return
			}
		}
	}()
	return func() {
		os.Stderr = own
		_ = w.Close()
		<-done
		_ = r.Close()
	}
}
