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

// settled waits until what was written is drawn: until the screen does not change any
// more.
func (s *second) settled() string {
	s.t.Helper()
	for same, before := 0, ""; ; same++ {
		text := s.text()
		if text != before {
			same, before = 0, text
		}
		if same > 10 {
			return text
		}
		time.Sleep(20 * time.Millisecond)
	}
}
