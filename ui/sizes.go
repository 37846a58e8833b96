package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"
)

// resized is a size that did not come from the terminal itself.
type resized struct{ width, height int }

// sizes waits for the next size that comes from elsewhere. One such command runs
// at any time.
func (a *App) sizes() tea.Cmd {
	if a.opts.Sizes == nil {
		return nil
	}
	return a.frameEnv.DoFor(0, func(ctx context.Context) tea.Msg {
		width, height, ok := a.opts.Sizes(ctx)
		if !ok {
			return nil
		}
		return resized{width, height}
	})
}

// sized gives a size to Bubble Tea, which draws for it, and waits for the next.
func (a *App) sized(msg resized) tea.Cmd {
	return tea.Batch(func() tea.Msg { return tea.WindowSizeMsg{Width: msg.width, Height: msg.height} }, a.sizes())
}
