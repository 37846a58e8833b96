package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// second is a terminal of another author: tmux, which draws what it is given and
// says what is on its screen and how its modes are.
type second struct {
	t    *testing.T
	name string
	fifo *os.File
	ends int // how many streams were written whole
}

// startSecond starts a tmux of the given size. It returns nil, and says so, where
// there is none; .ci/run installs it.
func startSecond(t *testing.T, width, height int) *second {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Logf("NOT CHECKED by a second terminal: %v", err)
		return nil
	}
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &second{t: t, name: filepath.Join(dir, "s")}
	s.must("start-server", ";", "set", "-g", "status", "off", ";", "set", "-g", "set-clipboard", "on", ";", "set", "-g", "allow-rename", "on", ";", "set", "-g", "automatic-rename", "off", ";",
		"set", "-g", "history-limit", "100000", ";", "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), "stty raw -echo; cat "+fifo+"; sleep 600")
	t.Cleanup(func() {
		_ = s.fifo.Close()
		_ = s.command("kill-server").Run()
	})
	var err error
	if s.fifo, err = os.OpenFile(fifo, os.O_WRONLY, 0); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *second) command(args ...string) *exec.Cmd {
	cmd := exec.Command("tmux", append([]string{"-u", "-S", s.name, "-f", os.DevNull}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "TERM=xterm-256color", "HOME=" + filepath.Dir(s.name)}
	return cmd
}

func (s *second) must(args ...string) string {
	s.t.Helper()
	out, err := s.command(args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %v: %v: %s", args, err, out)
	}
	return string(out)
}

func (s *second) Write(p []byte) (int, error) { return s.fifo.Write(p) }

// text is its screen.
func (s *second) text() string {
	s.t.Helper()
	return strings.TrimRight(s.must("capture-pane", "-p"), "\n")
}

// state is what a text could have touched: titles, modes, margins, and the clipboard.
func (s *second) state() string {
	s.t.Helper()
	return s.must("display-message", "-p", "title #{pane_title} window #{window_name} path #{pane_path} other screen #{alternate_on} cursor #{cursor_flag} insert #{insert_flag}"+
		" keypad #{keypad_flag}#{keypad_cursor_flag} mouse #{mouse_any_flag}#{mouse_all_flag}#{mouse_button_flag}#{mouse_standard_flag}#{mouse_sgr_flag}#{mouse_utf8_flag}"+
		" origin #{origin_flag} wrap #{wrap_flag} margins #{scroll_region_upper}-#{scroll_region_lower}") + "clipboard " + s.must("list-buffers")
}

// whole writes a stream, and then a mark to a place; it waits until that is drawn, for
// then all is. No string that the stream has left open swallows the mark.
func (s *second) whole(stream, to string) {
	s.t.Helper()
	s.ends++
	mark := fmt.Sprintf("~end %d~", s.ends)
	if _, err := s.Write([]byte(stream + "\x18\x1b\\\x1b[0m" + to + mark)); err != nil {
		s.t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); !strings.Contains(s.text(), mark); {
		if time.Now().After(deadline) {
			s.t.Fatalf("tmux does not come to the end %q:\n%s", mark, s.text())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// screen is what a stream of drawing leaves, but for the last line.
func (s *second) screen(stream []byte) string {
	s.t.Helper()
	s.whole(string(stream), "\x1b[999;1H\x1b[2K")
	lines := strings.Split(s.text(), "\n")
	return strings.Join(lines[:len(lines)-1], "\n")
}

// page is an output line by line, also what is above the screen by then.
func (s *second) page(out string) string {
	s.t.Helper()
	begin := fmt.Sprintf("~begin %d~", s.ends)
	s.whole("\r\n"+begin+"\r\n"+strings.ReplaceAll(out, "\n", "\r\n"), "\r\n")
	all := s.must("capture-pane", "-p", "-S", fmt.Sprint(-2*strings.Count(out, "\n")-2))
	_, all, found := strings.Cut(all, begin+"\n")
	if !found {
		return "the beginning was taken away"
	}
	all, _, _ = strings.Cut(all, "~end ")
	return strings.TrimRight(all, "\n")
}
