//go:build linux || darwin

package ui

import (
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

// stops has the console leave the screen before it is stopped from elsewhere, as it
// does for ctrl+z. While it is stopped nobody here takes the signal: it would not stop
// then.
type stops struct {
	signals chan os.Signal
	done    chan struct{}
	working sync.WaitGroup
}

// filter lets go of the signal before the program is stopped, and takes it again
// afterwards.
func (s *stops) filter(_ tea.Model, msg tea.Msg) tea.Msg {
	switch msg.(type) {
	case tea.SuspendMsg:
		signal.Stop(s.signals)
	case tea.ResumeMsg:
		signal.Notify(s.signals, syscall.SIGTSTP)
	}
	return msg
}

// begin takes the signal that stops programs, for p, until end.
func (s *stops) begin(p *tea.Program) {
	s.signals, s.done = make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(s.signals, syscall.SIGTSTP)
	s.working.Go(func() {
		for {
			select {
			case <-s.signals:
				p.Send(tea.SuspendMsg{})
			case <-s.done:
				return
			}
		}
	})
}

func (s *stops) end() {
	signal.Stop(s.signals)
	close(s.done)
	s.working.Wait()
}
