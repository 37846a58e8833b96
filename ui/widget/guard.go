package widget

import "time"

const (
	// Quiet is how long nothing must have been typed after a dialog was first
	// drawn before it can be confirmed (DESIGN 6).
	Quiet = 400 * time.Millisecond
	// burst is the gap under which two inputs count as one: what a terminal
	// without bracketed paste sends, what waited in a queue, a held key. People
	// who press tab, then enter, take longer.
	burst = 50 * time.Millisecond
	// LeastFPS is how often a second frames have to be written at least ([ui] fps).
	LeastFPS = 20
	// written is how long it may take until a frame that was asked for is written
	// to the terminal; of a line that takes it later, the frame says Uncovered.
	written = time.Second / LeastFPS
)

// Guard decides whether a confirming key counts: consent cannot be typed ahead.
// It opens once nothing was typed for Quiet after the first drawn frame, and
// even then refuses a key that comes in one burst with the input before it.
type Guard struct {
	now   func() time.Time
	drawn bool
	open  bool
	last  time.Time // of the first frame or the last input, the later one
}

// NewGuard returns a closed guard that reads the time from now.
func NewGuard(now func() time.Time) *Guard { return &Guard{now: now} }

// Reset closes the guard, when its dialog comes back from under another.
func (g *Guard) Reset() { g.drawn, g.open = false, false }

// Drawn notes that a frame is drawn; the first one counts, from when it is
// written.
func (g *Guard) Drawn() {
	if !g.drawn {
		g.drawn, g.last = true, g.now().Add(written)
	}
}

// Input notes that something was typed, clicked or pasted, and reports whether
// it may confirm. Every input must be told, in its order.
func (g *Guard) Input() bool {
	if !g.drawn {
		return false
	}
	now := g.now()
	gap := now.Sub(g.last)
	if gap > 0 {
		g.last = now
	}
	g.open = g.open || gap >= Quiet
	return g.open && gap >= burst
}
