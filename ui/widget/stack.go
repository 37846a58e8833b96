package widget

import tea "charm.land/bubbletea/v2"

// Overlay is what is drawn over a screen and has all keys until it is closed:
// Dialog, Help, Palette.
type Overlay interface {
	SetSize(width, height int)
	Update(msg tea.Msg) tea.Cmd
	View() string
	// Frame is where on the screen View belongs.
	Frame() Rect
	Closed() bool
	// Raise is called when the overlay comes to the top.
	Raise()
}

// Stack holds overlays; the last one has the keys.
type Stack struct {
	overlays      []Overlay
	width, height int
}

// SetSize sets the size of the screen.
func (s *Stack) SetSize(width, height int) {
	s.width, s.height = max(width, 0), max(height, 0)
	for _, o := range s.overlays {
		o.SetSize(width, height)
	}
}

// Push puts an overlay on top.
func (s *Stack) Push(o Overlay) {
	o.SetSize(s.width, s.height)
	o.Raise()
	s.overlays = append(s.overlays, o)
}

// Empty reports whether the screen below has the keys.
func (s *Stack) Empty() bool { return len(s.overlays) == 0 }

// Clear takes all overlays away without an answer.
func (s *Stack) Clear() { s.overlays = nil }

// Update hands keys and mouse to the top overlay and everything else to all,
// and takes those away that are closed.
func (s *Stack) Update(msg tea.Msg) tea.Cmd {
	if s.Empty() {
		return nil
	}
	top := s.overlays[len(s.overlays)-1]
	var cmds []tea.Cmd
	if isInput(msg) {
		cmds = append(cmds, top.Update(msg))
	} else {
		for _, o := range s.overlays {
			cmds = append(cmds, o.Update(msg))
		}
	}
	// What Update opened stands above the closed one and must stay.
	open := s.overlays[:0:0]
	for _, o := range s.overlays {
		if !o.Closed() {
			open = append(open, o)
		}
	}
	s.overlays = open
	if n := len(open); n > 0 && open[n-1] != top {
		open[n-1].Raise()
	}
	return tea.Batch(cmds...)
}

// View draws the overlays over a drawn screen.
func (s *Stack) View(screen string) string {
	for _, o := range s.overlays {
		f := o.Frame()
		screen = overlay(screen, o.View(), f.X, f.Y)
	}
	return screen
}
