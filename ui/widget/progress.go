package widget

import (
	"fmt"
	"time"

	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
)

// Progress shows how far an operation is: "✓ queued → ✓ sent → checking 3 s →
// done" (SCREENS, Tasks). Its clock ticks once a second, only while it runs.
type Progress struct {
	now   func() time.Time
	steps []string
	at    int
	since time.Time
	gen   int
	on    bool
	end   Line // what came of it, once it is over
	ended theme.Ink
}

// ticked asks one Progress to draw its seconds again.
type ticked struct {
	progress *Progress
	gen      int
}

// NewProgress returns a progress that has not begun. steps are named as people
// read them; the last one is the end.
func NewProgress(now func() time.Time, steps ...string) *Progress {
	return &Progress{now: now, steps: steps, at: -1}
}

// Step says that the operation is at a step since a time, and starts the clock.
func (p *Progress) Step(step int, since time.Time) tea.Cmd {
	p.at = min(max(step, 0), len(p.steps)-1)
	p.since, p.end = since, nil
	if p.on {
		return nil
	}
	p.on = true
	p.gen++
	return p.tick()
}

// Finish stops the clock. ink says how it went: theme.OK for done, theme.Bad
// for refused, theme.Warn for an unknown outcome; what is shown behind.
func (p *Progress) Finish(ink theme.Ink, what Line) {
	p.on, p.ended, p.end = false, ink, what
	if p.end == nil {
		p.end = Line{}
	}
}

// On reports whether the clock runs.
func (p *Progress) On() bool { return p.on }

func (p *Progress) tick() tea.Cmd {
	next := ticked{p, p.gen}
	return tea.Tick(time.Second, func(time.Time) tea.Msg { return next })
}

// Update lets the seconds go on.
func (p *Progress) Update(msg tea.Msg) tea.Cmd {
	m, ok := msg.(ticked)
	if !ok || m.progress != p || m.gen != p.gen || !p.on {
		return nil
	}
	return p.tick()
}

// Line returns what to draw.
func (p *Progress) Line() Line {
	var l Line
	for n, step := range p.steps {
		if n > 0 {
			l = append(l, Say(theme.Faint, " → "))
		}
		switch {
		case p.end != nil && n == len(p.steps)-1:
			l = append(l, p.outcome(step)...)
		case n < p.at || p.end != nil && p.ended == theme.OK:
			l = append(l, Say(theme.OK, "✓ "), Say(theme.Heading, step))
		case n == p.at && p.end == nil:
			l = append(l, Say(theme.AccentStrong, step), Say(theme.Accent, p.seconds()))
		case n == p.at:
			l = append(l, Say(theme.Heading, step))
		default:
			l = append(l, Say(theme.Faint, step))
		}
	}
	return l
}

// outcome is the last step once it is over: its name when all went well, else
// what came instead.
func (p *Progress) outcome(step string) Line {
	sign := "▲ "
	if p.ended == theme.OK {
		sign = "✓ "
	}
	l := Words(p.ended, sign)
	if p.ended == theme.OK {
		l = append(l, Say(p.ended, step))
		if len(p.end) > 0 {
			l = append(l, Say(theme.Faint, " · "))
		}
	}
	return append(l, p.end...)
}

func (p *Progress) seconds() string {
	return fmt.Sprintf(" %d s", max(int(p.now().Sub(p.since)/time.Second), 0))
}
