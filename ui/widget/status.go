package widget

import (
	"time"

	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
)

const (
	statusFor   = 8 * time.Second // how long a message stays by itself
	statusLeast = time.Second     // how long it stays whatever is typed
)

// Status is what just happened, at the end of the last line. It goes with the
// next key, or by itself after some seconds; one timer is all it costs.
type Status struct {
	now   func() time.Time
	line  Line
	since time.Time
	gen   int
}

// statusOver ends the message of one generation of one Status.
type statusOver struct {
	status *Status
	gen    int
}

// NewStatus returns an empty status that reads the time from now.
func NewStatus(now func() time.Time) *Status { return &Status{now: now} }

// OK shows that something went well.
func (s *Status) OK(what Line) tea.Cmd { return s.show(join(Words(theme.OK, "✓ "), what)) }

// Warn shows that something did not go as it was meant.
func (s *Status) Warn(what Line) tea.Cmd { return s.show(join(Words(theme.Warn, "▲ "), what)) }

// Bad shows that something went wrong.
func (s *Status) Bad(what Line) tea.Cmd { return s.show(join(Words(theme.Bad, "▲ "), what)) }

// Info shows a message without a judgement.
func (s *Status) Info(what Line) tea.Cmd { return s.show(what) }

func (s *Status) show(l Line) tea.Cmd {
	s.gen++
	s.line, s.since = l, s.now()
	over := statusOver{s, s.gen}
	return tea.Tick(statusFor, func(time.Time) tea.Msg { return over })
}

// Clear takes the message away.
func (s *Status) Clear() { s.line = nil }

// Update takes the message away when its time is over or a key was pressed
// after it could be read.
func (s *Status) Update(msg tea.Msg) {
	switch msg := msg.(type) {
	case statusOver:
		if msg.status == s && msg.gen == s.gen {
			s.line = nil
		}
	case tea.KeyPressMsg:
		if s.line != nil && s.now().Sub(s.since) >= statusLeast {
			s.line = nil
		}
	}
}

// Line returns the message, nil while there is none.
func (s *Status) Line() Line { return s.line }
