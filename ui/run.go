package ui

import (
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"
)

// ErrCrashed says that the console met a mistake of its own. The terminal has
// been restored; everything that was decided before is in the queue.
var ErrCrashed = errors.New("the console stopped because of a mistake of its own; what was decided before is kept")

// Run shows the console until the person leaves or Env.Root ends, and restores
// the terminal, whatever happened. program are further options of Bubble Tea,
// such as another input and output. The error is nil when the person left,
// ErrCrashed after a panic, otherwise what Bubble Tea or the context says.
func Run(opts Options, program ...tea.ProgramOption) error {
	a := New(opts)
	defer a.Close()
	all := []tea.ProgramOption{tea.WithContext(opts.Env.Root)}
	if opts.FPS > 0 {
		all = append(all, tea.WithFPS(opts.FPS))
	}
	p := tea.NewProgram(a, append(all, program...)...)
	if opts.Suspend {
		defer stopsFor(p)()
	}
	_, err := p.Run()
	switch {
	case err == nil, errors.Is(err, tea.ErrInterrupted):
		return nil
	case errors.Is(err, tea.ErrProgramPanic):
		return fmt.Errorf("%w: %w", ErrCrashed, err)
	}
	return fmt.Errorf("console: %w", err)
}
