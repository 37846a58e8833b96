package main

import (
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// talk is the program line by line: what it says, and a way to answer it.
type talk struct {
	t      *testing.T
	cmd    *exec.Cmd
	in     io.WriteCloser
	mu     sync.Mutex // guards said
	said   strings.Builder
	read   int // how much of it was waited for
	change chan struct{}
	ended  chan error
}

// startTalk runs the program with arguments on pipes, or in a terminal that can
// place no text.
func startTalk(t *testing.T, tty bool, args ...string) *talk {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append(args, "--calls", "600")...) // nobody types as fast as a test
	cmd.Args[0] = "countersign"                                  // see TestMain
	home := t.TempDir()
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=dumb", "LANG=C.UTF-8", "TMPDIR=" + t.TempDir(), detector()}
	return talkWith(t, cmd, tty)
}

// talkWith runs a command, and talks with what it runs.
func talkWith(t *testing.T, cmd *exec.Cmd, tty bool) *talk {
	t.Helper()
	k := &talk{t: t, cmd: cmd, change: make(chan struct{}, 1), ended: make(chan error, 1)}
	var out io.Reader
	if tty {
		f, err := pty.Start(cmd)
		if err != nil {
			t.Fatal(err)
		}
		k.in, out = f, f
	} else {
		var err error
		if k.in, err = cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, cmd.Stderr = pipe, os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	go k.listen(out)
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-k.ended
		_ = k.in.Close()
	})
	return k
}

func (k *talk) listen(out io.Reader) {
	defer close(k.ended)
	buf := make([]byte, 4096)
	for {
		n, err := out.Read(buf)
		k.mu.Lock()
		k.said.Write(buf[:n])
		k.mu.Unlock()
		select {
		case k.change <- struct{}{}:
		default:
		}
		if err != nil {
			k.ended <- k.cmd.Wait()
			return
		}
	}
}

// wait waits for a text that comes after what was waited for before, and returns
// everything up to it.
func (k *talk) wait(text string) string {
	k.t.Helper()
	late := time.After(patience)
	for {
		k.mu.Lock()
		all := k.said.String()
		k.mu.Unlock()
		if i := strings.Index(all[k.read:], text); i >= 0 {
			before := all[k.read : k.read+i+len(text)]
			k.read += i + len(text)
			return before
		}
		select {
		case <-k.change:
		case <-late:
			k.t.Fatalf("%q was not said; since then:\n%s", text, all[k.read:])
		}
	}
}

// quit leaves and returns all that was said.
func (k *talk) quit() string {
	k.t.Helper()
	k.do("quit", "")
	select {
	case err := <-k.ended:
		if err != nil {
			k.t.Errorf("it ended with %v", err)
		}
	case <-time.After(patience):
		k.t.Fatal("it did not end")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.said.String()
}

// say types lines, all at once.
func (k *talk) say(lines ...string) {
	k.t.Helper()
	if _, err := io.WriteString(k.in, strings.Join(lines, "\n")+"\n"); err != nil {
		k.t.Fatal(err)
	}
}

// do types a command at the prompt and waits for what it says.
func (k *talk) do(command, says string) string {
	k.t.Helper()
	k.wait("countersign> ")
	k.say(command)
	return k.wait(says)
}

var wantsWord = regexp.MustCompile(`type: ([a-z -]+ [0-9]{4})\. Anything else means no:$`)

// confirm types what is asked for, and returns what was said before that.
func (k *talk) confirm() string {
	k.t.Helper()
	before := k.wait("Anything else means no:")
	m := wantsWord.FindStringSubmatch(before)
	if m == nil {
		k.t.Fatalf("it asks for nothing:\n%s", before)
	}
	k.say(m[1])
	return before
}

// number is the first number with a prefix in a text.
func (k *talk) number(prefix, text string) string {
	k.t.Helper()
	n := regexp.MustCompile(prefix + `[0-9]{7}`).FindString(text)
	if n == "" {
		k.t.Fatalf("no number in:\n%s", text)
	}
	return n
}
