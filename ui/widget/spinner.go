package widget

import (
	"time"

	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
)

// spinEvery keeps a spinner at eight frames a second (TERMINAL, bars: at most
// ten frames and 200 bytes).
const spinEvery = 125 * time.Millisecond

// Spinner turns while something is awaited, and only then.
type Spinner struct {
	theme *theme.Theme
	frame int
	gen   int
	on    bool
}

// spun asks for the next frame of one Spinner.
type spun struct {
	spinner *Spinner
	gen     int
}

// NewSpinner returns a spinner at rest.
func NewSpinner(t *theme.Theme) *Spinner { return &Spinner{theme: t} }

// Start lets it turn; when it turns already, nothing happens.
func (s *Spinner) Start() tea.Cmd {
	if s.on {
		return nil
	}
	s.on = true
	s.gen++
	return s.tick()
}

// Stop ends it.
func (s *Spinner) Stop() { s.on = false }

// On reports whether it turns.
func (s *Spinner) On() bool { return s.on }

func (s *Spinner) tick() tea.Cmd {
	next := spun{s, s.gen}
	return tea.Tick(spinEvery, func(time.Time) tea.Msg { return next })
}

// Update draws the next frame when its time has come.
func (s *Spinner) Update(msg tea.Msg) tea.Cmd {
	m, ok := msg.(spun)
	if !ok || m.spinner != s || m.gen != s.gen || !s.on {
		return nil
	}
	s.frame = (s.frame + 1) % len(s.theme.Glyphs.Spinner)
	return s.tick()
}

// Line returns the frame to draw, one blank while it rests.
func (s *Spinner) Line() Line {
	if !s.on {
		return Words(theme.Text, " ")
	}
	return Words(theme.Accent, s.theme.Glyphs.Spinner[s.frame%len(s.theme.Glyphs.Spinner)])
}
