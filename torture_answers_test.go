package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestTortureMannersOfATerminalAfar ends consoles right after their first screen, on a
// terminal whose answers take 0.2 s: the shell does not get them. One that is killed is
// the control.
func TestTortureMannersOfATerminalAfar(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skipf("NOT CHECKED with a shell: %v", err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const late = 200 * time.Millisecond
	conf := newCompany(t).mine()
	for n, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(fmt.Sprintf("%d %s", n, sig), func(t *testing.T) {
			m := &manners{terminal: openTerminalAfar(t, 120, 36, late, inBash(t, `(exec -a countersign "$0" --config "$1")
stty sane; echo THE SHELL; read x; printf 'READ %q.\n' "$x"`, self, conf))}
			for deadline := time.Now().Add(patience); !m.took(); time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("the console does not draw")
				}
			}
			time.Sleep(rand.N(late * 3 / 4))
			_ = syscall.Kill(m.job(), sig)
			m.wait("THE SHELL")
			time.Sleep(2 * late) // the last answer has come
			if _, err := m.tty.WriteString("\n"); err != nil {
				t.Fatal(err)
			}
			m.wait("READ ")
			got := m.text()
			if read := strings.Contains(got, "READ ''."); read == (sig == syscall.SIGKILL) {
				t.Errorf("the shell got\n%s", got)
			}
		})
	}
}
