//go:build linux || darwin

package ui

import (
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	tea "charm.land/bubbletea/v2"
)

// CanStop reports whether the program can go into the background: whether a shell is
// there to bring it back. Where there is none the system does not stop it, and it
// would wait for ever, off the screen, to be continued.
func CanStop() bool {
	parent := os.Getppid()
	mine, err := syscall.Getpgid(0)
	theirs, parentErr := syscall.Getpgid(parent)
	return err == nil && parentErr == nil && mine != theirs && sessionOf(parent) == sessionOf(0)
}

// sessionOf is the session of a process, -1 where it is not known.
func sessionOf(pid int) int {
	id, _, errno := syscall.Syscall(syscall.SYS_GETSID, uintptr(pid), 0, 0)
	if errno != 0 {
		return -1
	}
	return int(id)
}

// stop puts the program into the background, off the screen, and brings it back when it
// is continued.
func stop() tea.Cmd {
	return tea.Exec(stopped{}, func(error) tea.Msg { return tea.ResumeMsg{} })
}

// stopped is a command during which the program, and what it is started together with,
// stands still.
type stopped struct{}

// Run returns when the program is continued. It takes the stop that nobody can take:
// once Go has taken the other one, the system does not stop a program for it any more.
func (stopped) Run() error {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	if err := syscall.Kill(0, syscall.SIGSTOP); err != nil {
		return err
	}
	<-continued
	return nil
}

func (stopped) SetStdin(io.Reader)  {}
func (stopped) SetStdout(io.Writer) {}
func (stopped) SetStderr(io.Writer) {}

// stopsFor has a program leave the screen before it is stopped from elsewhere, as it
// does for its key, until the function that it returns is called.
func stopsFor(p *tea.Program) (end func()) {
	told, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(told, syscall.SIGTSTP)
	var working sync.WaitGroup
	working.Go(func() {
		for {
			select {
			case <-told:
				p.Send(stop()())
			case <-done:
				return
			}
		}
	})
	return func() {
		signal.Stop(told)
		close(done)
		working.Wait()
	}
}
