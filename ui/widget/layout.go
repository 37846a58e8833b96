package widget

import (
	"slices"
	"strings"

	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
)

// Breakpoints of the frame (SCREENS, Frame).
const (
	// MinWidth and MinHeight are the smallest screen that is laid out; below
	// it TooSmall is drawn.
	MinWidth  = 60
	MinHeight = 16
	// SplitWidth is the least width at which list and detail stand side by
	// side; below it one of them is shown.
	SplitWidth = 100
)

// Rect is a part of the screen in cells.
type Rect struct{ X, Y, W, H int }

// Empty reports whether nothing can be drawn in r.
func (r Rect) Empty() bool { return r.W <= 0 || r.H <= 0 }

// Contains reports whether the cell is in r.
func (r Rect) Contains(x, y int) bool {
	return x >= r.X && x < r.X+r.W && y >= r.Y && y < r.Y+r.H
}

// Mouse returns msg with coordinates relative to r, and false when it is not a
// mouse message or happened outside r.
func (r Rect) Mouse(msg tea.Msg) (tea.Msg, bool) {
	m, ok := msg.(tea.MouseMsg)
	if !ok || !r.Contains(m.Mouse().X, m.Mouse().Y) {
		return nil, false
	}
	local := m.Mouse()
	local.X -= r.X
	local.Y -= r.Y
	switch msg.(type) {
	case tea.MouseClickMsg:
		return tea.MouseClickMsg(local), true
	case tea.MouseWheelMsg:
		return tea.MouseWheelMsg(local), true
	case tea.MouseReleaseMsg:
		return tea.MouseReleaseMsg(local), true
	case tea.MouseMotionMsg:
		return tea.MouseMotionMsg(local), true
	}
	return nil, false
}

// Frame is the screen cut into its lines and its middle.
type Frame struct {
	TooSmall bool // draw TooSmall and nothing else
	Tabs     Rect // first line
	Views    Rect // second line
	Rule     Rect // third line
	Body     Rect // the tab
	Keys     Rect // last line
}

// NewFrame cuts a screen of width by height cells.
func NewFrame(width, height int) Frame {
	width, height = max(width, 0), max(height, 0)
	return Frame{
		TooSmall: width < MinWidth || height < MinHeight,
		Tabs:     Rect{0, 0, width, min(height, 1)},
		Views:    Rect{0, 1, width, min(max(height-1, 0), 1)},
		Rule:     Rect{0, 2, width, min(max(height-2, 0), 1)},
		Body:     Rect{0, 3, width, max(height-4, 0)},
		Keys:     Rect{0, max(height-1, 0), width, min(height, 1)},
	}
}

// TooSmall draws the notice for screens below MinWidth by MinHeight.
func TooSmall(t *theme.Theme, width, height int) string {
	var lines []string
	for _, l := range Words(theme.Text, "countersign needs a window of 60 columns and 16 lines. Make it larger; nothing is lost.").Wrap(width) {
		lines = append(lines, l.Draw(t, theme.Page))
	}
	return strings.Join(pad(lines, height), "\n")
}

// Split is a body cut into list and detail with a rule between, or the one of
// them that fits.
type Split struct {
	Both   bool // list and detail side by side
	List   Rect
	Detail Rect
	wall   int
	right  bool // the detail has the keys
}

// ToDetail returns s with the sign of the keys at the head of the detail: one
// cell, as a lit wall would cost a slow line one for each row.
func (s Split) ToDetail(on bool) Split {
	s.right = on
	return s
}

// NewSplit cuts body. listPercent is the list's share of the width where both
// fit; below SplitWidth both rectangles are the whole body and the caller shows
// one of them.
func NewSplit(body Rect, listPercent int) Split {
	if body.W < SplitWidth {
		return Split{List: body, Detail: body}
	}
	w := body.W * min(max(listPercent, 10), 90) / 100
	return Split{
		Both:   true,
		List:   Rect{body.X, body.Y, w, body.H},
		Detail: Rect{body.X + w + 1, body.Y, body.W - w - 1, body.H},
		wall:   w,
	}
}

// Join draws list and detail side by side. rules are the lines of the detail
// that are horizontal rules (Detail.Rules): there the wall gets a branch.
// It must only be called when Both is set.
func (s Split) Join(t *theme.Theme, list, detail string, rules []int) string {
	left, right := strings.Split(list, "\n"), strings.Split(detail, "\n")
	wall := t.Paint(theme.Page, theme.Rule, t.Glyphs.Wall)
	branch := t.Paint(theme.Page, theme.Rule, t.Glyphs.TeeRight)
	var b strings.Builder
	for y := range s.List.H {
		if y > 0 {
			b.WriteByte('\n')
		}
		var l, r string
		if y < len(left) {
			l = left[y]
		}
		if y < len(right) {
			r = right[y]
		}
		b.WriteString(padTo(l, s.List.W))
		switch {
		case y == 0 && s.right:
			b.WriteString(t.Paint(theme.Page, theme.Accent, t.Glyphs.Cursor))
		case slices.Contains(rules, y):
			b.WriteString(branch)
		default:
			b.WriteString(wall)
		}
		b.WriteString(r)
	}
	return b.String()
}

// TopRule draws the line under the views: whole, or with a branch where the
// wall of s begins.
func (s Split) TopRule(t *theme.Theme, width int) string {
	line := strings.Repeat(t.Glyphs.Rule, max(width, 0))
	if s.Both && s.wall < width {
		line = strings.Repeat(t.Glyphs.Rule, s.wall) + t.Glyphs.TeeDown + strings.Repeat(t.Glyphs.Rule, width-s.wall-1)
	}
	return t.Paint(theme.Page, theme.Rule, line)
}
