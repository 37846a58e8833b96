package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"countersign/cli"
	"countersign/demo"
)

// patience is how long a screen may take to show something before a test gives
// up. It is no measure of speed: the machine may be busy.
const patience = 30 * time.Second

// least is how many requests the smallest demo has.
var least = strconv.Itoa(demo.LeastRequests)

// terminal is a program in a pseudo-terminal, with the screen it draws.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	tty    *os.File
	mu     sync.Mutex // guards screen, but for reading its answers, and what follows
	screen *vt.Emulator
	drawn  []byte // all that came from the program
	rows   rows   // all that stood on the screen
	// sized says that the terminal has other sizes by now than the emulator, which then
	// gets nothing any more: it panics over what is drawn for a larger one.
	sized  bool
	change chan struct{}
	ended  chan error
	// answered is closed when the emulator has answered its last question.
	answered chan struct{}
}

// startTerminal runs the program with arguments in a terminal of the given size
// and an empty home folder.
func startTerminal(t *testing.T, width, height int, args ...string) *terminal {
	t.Helper()
	return startNamed(t, width, height, "countersign", args...)
}

// startNamed is startTerminal for one of the commands of TestMain.
func startNamed(t *testing.T, width, height int, name string, args ...string) *terminal {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Args[0] = name
	home := t.TempDir()
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "TMPDIR=" + t.TempDir(), detector()}
	return openTerminal(t, width, height, cmd)
}

// openTerminal runs a command in a terminal of the given size.
func openTerminal(t *testing.T, width, height int, cmd *exec.Cmd) *terminal {
	t.Helper()
	return openTerminalAfar(t, width, height, 0, cmd)
}

// openTerminalAfar is openTerminal for a terminal whose answers take so long.
func openTerminalAfar(t *testing.T, width, height int, late time.Duration, cmd *exec.Cmd) *terminal {
	t.Helper()
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)})
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, cmd: cmd, tty: tty, screen: vt.NewEmulator(width, height), rows: rows{},
		change: make(chan struct{}, 1), ended: make(chan error, 1), answered: make(chan struct{})}
	go term.draw()
	go func() {
		defer close(term.answered)
		_, _ = io.Copy(&afar{tty: tty, late: late}, term.screen)
	}()
	t.Cleanup(term.stop)
	return term
}

// afar is a terminal that is so far away.
type afar struct {
	tty    *os.File
	late   time.Duration
	before chan struct{} // closed when what was written before has come
}

func (a *afar) Write(p []byte) (int, error) {
	if a.late == 0 {
		return a.tty.Write(p)
	}
	answer, before, come := bytes.Clone(p), a.before, make(chan struct{})
	time.AfterFunc(a.late, func() {
		defer close(come)
		if before != nil {
			<-before
		}
		_, _ = a.tty.Write(answer) // it may be closed by now
	})
	a.before = come
	return len(p), nil
}

// draw feeds the emulator until the program ends.
func (term *terminal) draw() {
	buf := make([]byte, 64<<10)
	for {
		n, err := term.tty.Read(buf)
		if n > 0 {
			term.mu.Lock()
			term.drawn = append(term.drawn, buf[:n]...)
			if !term.sized {
				_, _ = term.screen.Write(buf[:n])
				term.rows.add(term.screen.String(), len(term.drawn))
			}
			term.mu.Unlock()
			select {
			case term.change <- struct{}{}:
			default:
			}
		}
		if err != nil {
			term.ended <- term.cmd.Wait()
			return
		}
	}
}

func (term *terminal) stop() {
	for _, found := range term.marks() {
		term.t.Errorf("%s", found)
	}
	_ = term.cmd.Process.Kill()
	select {
	case <-term.ended:
	case <-time.After(patience):
	}
	// The emulator's own Close races with its Read; closing the pipe between the
	// two ends Read just as well.
	if pipe, ok := term.screen.InputPipe().(io.Closer); ok {
		_ = pipe.Close()
	}
	<-term.answered
	_ = term.tty.Close()
}

// text is the screen as lines of text, blanks at line ends cut off.
func (term *terminal) text() string {
	term.mu.Lock()
	lines := strings.Split(term.screen.String(), "\n")
	term.mu.Unlock()
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \r")
	}
	return strings.Join(lines, "\n")
}

// wait waits until all the texts are on the screen at once.
func (term *terminal) wait(texts ...string) {
	term.t.Helper()
	term.until(strings.Join(texts, " and "), func(s string) bool {
		for _, text := range texts {
			if !strings.Contains(s, text) {
				return false
			}
		}
		return true
	})
}

// gone waits until a text is not on the screen any more.
func (term *terminal) gone(text string) {
	term.t.Helper()
	term.until("no "+text, func(s string) bool { return !strings.Contains(s, text) })
}

func (term *terminal) until(what string, ok func(string) bool) {
	term.t.Helper()
	deadline := time.After(patience)
	for {
		if ok(term.text()) {
			return
		}
		select {
		case <-term.change:
		case err := <-term.ended:
			term.ended <- err
			if ok(term.text()) {
				return
			}
			term.t.Fatalf("the program ended (%v) before the screen showed %s:\n%s", err, what, term.text())
		case <-deadline:
			term.t.Fatalf("the screen does not show %s:\n%s", what, term.text())
		}
	}
}

// settle waits until nothing has been drawn for a while, as a person does before
// the next key.
func (term *terminal) settle(quiet time.Duration) {
	for {
		select {
		case <-term.change:
		case <-time.After(quiet):
			return
		}
	}
}

// keys that are more than a character.
var keyBytes = map[string]string{
	"enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "esc": "\x1b", "space": " ", "backspace": "\x7f",
	"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "pgdown": "\x1b[6~", "end": "\x1b[F",
	"ctrl+t": "\x14", "ctrl+u": "\x15", "ctrl+r": "\x12",
}

// press presses keys one after another, with the pauses of a quick typist. After
// esc it waits longer, since esc and a key within 50 ms are alt and the key.
func (term *terminal) press(keys ...string) {
	term.t.Helper()
	for _, k := range keys {
		b, special := keyBytes[k]
		if !special && len(k) > 1 {
			term.t.Fatalf("no such key: %s", k)
		}
		if !special {
			b = k
		}
		if _, err := term.tty.WriteString(b); err != nil {
			term.t.Fatalf("press %s: %v", k, err)
		}
		pause := 60 * time.Millisecond
		if k == "esc" {
			pause = 150 * time.Millisecond
		}
		term.settle(pause)
	}
}

// typed types a text, character by character.
func (term *terminal) typed(s string) {
	term.t.Helper()
	for _, r := range s {
		if _, err := term.tty.WriteString(string(r)); err != nil {
			term.t.Fatalf("type %q: %v", s, err)
		}
		time.Sleep(2 * time.Millisecond)
	}
	term.settle(100 * time.Millisecond)
}

// paste pastes a text as terminals do, between the marks of a paste.
func (term *terminal) paste(s string) {
	term.t.Helper()
	if _, err := term.tty.WriteString("\x1b[200~" + s + "\x1b[201~"); err != nil {
		term.t.Fatalf("paste: %v", err)
	}
	term.settle(100 * time.Millisecond)
}

// quit waits for the end of the program and returns its error.
func (term *terminal) quit() error {
	term.t.Helper()
	select {
	case err := <-term.ended:
		term.ended <- err
		return err
	case <-time.After(patience):
		term.t.Fatalf("the program does not end:\n%s", term.text())
		return nil
	}
}

func TestSignalsEndTheConsoleInGoodOrder(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		for try := range 4 { // what two receivers make of one signal is chance
			t.Run(fmt.Sprintf("%s %d", sig, try), func(t *testing.T) {
				t.Parallel()
				term := startTerminal(t, 80, 24, "demo", "--requests", least)
				term.wait("waiting for you")
				if err := term.cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				var exit *exec.ExitError
				if err := term.quit(); !errors.As(err, &exit) || exit.ExitCode() != int(cli.CodeInterrupted) {
					t.Errorf("the program ended with %v, want exit code %d", err, cli.CodeInterrupted)
				}
			})
		}
	}
}

// TestASecondSignalEndsAProgramThatHangs has the program wait for a file that never
// comes. What comes right behind the first signal is the same event told again.
func TestASecondSignalEndsAProgramThatHangs(t *testing.T) {
	t.Parallel()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	answers := filepath.Join(home, "answers")
	if err := syscall.Mkfifo(answers, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "setup", "--from", answers, "--dry-run")
	cmd.Args[0], cmd.Dir, cmd.Env = "countersign", home, []string{"HOME=" + home, detector()}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // its state is looked at
	}()
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	hold, err := os.OpenFile(answers, os.O_WRONLY, 0) // the program reads it when this returns
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	began := time.Now()
	for n := 0; ; n++ {
		_ = cmd.Process.Signal([]syscall.Signal{syscall.SIGTERM, syscall.SIGHUP}[n%2]) // it may have ended
		select {
		case <-time.After(20 * time.Millisecond):
			continue
		case <-ended:
		}
		break
	}
	if lasted := time.Since(began); lasted < time.Second {
		t.Errorf("it was ended after %s already", lasted)
	}
	status, is := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !is || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v, want SIGTERM", cmd.ProcessState)
	}
}
