package people

import (
	"slices"

	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"

	tea "charm.land/bubbletea/v2"
)

// checks is a choice of any number among a few, all of them visible: left and right
// move, space takes or leaves. It implements widget.Field.
type checks struct {
	theme   *theme.Theme
	names   []string
	taken   map[string]bool
	at      int
	spots   []widget.Rect // where the names were drawn last
	width   int
	focused bool
}

func newChecks(look *theme.Theme, names, taken []string) *checks {
	c := &checks{theme: look, names: names, taken: map[string]bool{}, width: 20}
	for _, name := range taken {
		c.taken[name] = true
		if !slices.Contains(c.names, name) {
			c.names = append(slices.Clip(c.names), name)
		}
	}
	return c
}

// value lists what is taken, in the order it is shown.
func (c *checks) value() []string {
	var taken []string
	for _, name := range c.names {
		if c.taken[name] {
			taken = append(taken, name)
		}
	}
	return taken
}

// SetWidth implements widget.Field.
func (c *checks) SetWidth(width int) { c.width = max(width, 0) }

// SetFocused implements widget.Field.
func (c *checks) SetFocused(focused bool) { c.focused = focused }

// Writes implements widget.Field.
func (c *checks) Writes() bool { return false }

// Notice implements widget.Field.
func (c *checks) Notice() string { return "" }

// Holds implements widget.Field.
func (c *checks) Holds() ([]widget.Line, bool) {
	var held []widget.Line
	for _, name := range c.value() {
		held = append(held, widget.Foreign(theme.Text, safetext.Line(name)))
	}
	return held, true
}

// Update implements widget.Field.
func (c *checks) Update(msg tea.Msg) (tea.Cmd, bool) {
	if click, ok := msg.(tea.MouseClickMsg); ok {
		return nil, c.click(click.X, click.Y)
	}
	k, ok := msg.(tea.KeyPressMsg)
	if !ok || len(c.names) == 0 {
		return nil, false
	}
	switch k.String() {
	case "left", "h":
		c.at = max(c.at-1, 0)
	case "right", "l":
		c.at = min(c.at+1, len(c.names)-1)
	case "space":
		c.turn(c.at)
	default:
		return nil, false
	}
	return nil, true
}

func (c *checks) turn(n int) { c.taken[c.names[n]] = !c.taken[c.names[n]] }

// click takes or leaves the name under the mouse, and reports whether there is one.
func (c *checks) click(x, y int) bool {
	for n, r := range c.spots {
		if r.Contains(x, y) {
			c.at = n
			c.turn(n)
			return true
		}
	}
	return false
}

// View implements widget.Field. Names that do not fit go on the next line.
func (c *checks) View(s theme.Surface) []string {
	if len(c.names) == 0 {
		return []string{widget.Words(theme.Faint, "there are none").Draw(c.theme, s)}
	}
	var lines []string
	var line string
	used := 0
	c.spots = c.spots[:0]
	for n, name := range c.names {
		chip := c.chip(n, name).Cut(c.width)
		if used > 0 && used+1+chip.Width() > c.width {
			lines = append(lines, line)
			line, used = "", 0
		}
		if used > 0 {
			line += widget.Words(theme.Text, " ").Draw(c.theme, s)
			used++
		}
		c.spots = append(c.spots, widget.Rect{X: used, Y: len(lines), W: chip.Width(), H: 1})
		surface := theme.Chip
		if c.focused && n == c.at {
			surface = theme.Selected
		}
		line += chip.Draw(c.theme, surface)
		used += chip.Width()
	}
	return append(lines, line)
}

// chip is one name with whether it is taken, in a sign and not by colour alone.
func (c *checks) chip(n int, name string) widget.Line {
	sign, ink := "[ ] ", theme.Heading
	if c.taken[name] {
		sign, ink = "[x] ", theme.Strong
	}
	open, shut := " ", " "
	if c.focused && n == c.at && c.theme.NoColor() {
		open, shut = ">", "<"
	}
	return widget.Line{widget.Say(ink, open+sign), widget.Show(ink, safetext.Line(name)), widget.Say(ink, shut)}
}
