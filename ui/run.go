package ui

import (
	"context"
	"errors"
	"fmt"
	"io"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
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
	all := []tea.ProgramOption{tea.WithContext(opts.Env.Root), tea.WithOutput(a.out.output())}
	if opts.FPS > 0 {
		all = append(all, tea.WithFPS(opts.FPS))
	}
	err := show(a, opts, append(all, program...))
	switch {
	case err == nil, errors.Is(err, tea.ErrInterrupted):
		return nil
	case errors.Is(err, tea.ErrProgramPanic):
		return fmt.Errorf("%w: %w", ErrCrashed, err)
	}
	return fmt.Errorf("console: %w", err)
}

// show runs the program of a console. What is typed at Options.In is read here:
// Bubble Tea's own reader waits for ever with what was typed behind the key that
// ended the console, and keeps the console in memory.
func show(a *App, opts Options, program []tea.ProgramOption) error {
	if opts.In == nil {
		p := tea.NewProgram(a, program...)
		if opts.Suspend {
			defer stopsFor(p)()
		}
		_, err := p.Run()
		return err
	}
	nothing, end := io.Pipe()
	p := tea.NewProgram(a, append(program, tea.WithInput(nothing))...)
	ctx, cancel := context.WithCancel(context.Background())
	events := make(chan uv.Event)
	go func() {
		defer close(events)
		_ = uv.NewTerminalReader(opts.In, opts.Term).StreamEvents(ctx, events) // who opened the connection learns how it ended
	}()
	go func() {
		for e := range events {
			p.Send(e) // of which nothing comes once the program has ended
		}
	}()
	_, err := p.Run()
	cancel()
	_ = end.Close() // a pipe always closes
	return err
}
