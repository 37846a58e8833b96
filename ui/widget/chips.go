package widget

import (
	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Choice is one of the things Chips offer.
type Choice struct {
	ID    string
	Label string
	// Off, if set, says why this choice cannot be taken; the cursor skips it.
	Off string
}

// ChipKeys move the choice.
type ChipKeys struct{ Left, Right key.Binding }

// DefaultChipKeys returns left and right.
func DefaultChipKeys() ChipKeys {
	return ChipKeys{
		Left:  key.NewBinding(key.WithKeys("left", "h"), key.WithHelp("←", "choice before")),
		Right: key.NewBinding(key.WithKeys("right", "l", "space"), key.WithHelp("→", "next choice")),
	}
}

// Chips is a choice among a few, all of them visible.
type Chips struct {
	theme   *theme.Theme
	keys    ChipKeys
	choices []Choice
	taken   int // -1 while nothing is chosen
	width   int
	focused bool
	spots   []Rect // where the chips were drawn last
}

// NewChips returns a choice with the one named by id taken, or none.
func NewChips(t *theme.Theme, choices []Choice, id string) *Chips {
	c := &Chips{theme: t, keys: DefaultChipKeys(), width: 60}
	c.SetChoices(choices, id)
	return c
}

// Keys returns the keys of the choice.
func (c *Chips) Keys() ChipKeys { return c.keys }

// SetChoices replaces the choices and takes the one named by id, or none.
func (c *Chips) SetChoices(choices []Choice, id string) {
	c.choices = choices
	c.Take(id)
}

// Take takes the choice named by id and reports whether it may be taken;
// otherwise nothing is taken.
func (c *Chips) Take(id string) bool {
	c.taken = -1
	for n, ch := range c.choices {
		if ch.ID == id && ch.Off == "" {
			c.taken = n
		}
	}
	return c.taken >= 0
}

// Value returns the id of the choice taken, or "".
func (c *Chips) Value() string {
	if c.taken < 0 || c.taken >= len(c.choices) {
		return ""
	}
	return c.choices[c.taken].ID
}

// SetWidth implements Field.
func (c *Chips) SetWidth(width int) { c.width = max(width, 0) }

// SetFocused implements Field.
func (c *Chips) SetFocused(focused bool) { c.focused = focused }

// Writes implements Field.
func (c *Chips) Writes() bool { return false }

// Notice implements Field.
func (c *Chips) Notice() string { return "" }

// Holds implements Field.
func (c *Chips) Holds() ([]Line, bool) {
	if c.Value() == "" {
		return nil, true
	}
	taken := Words(theme.Text, c.choices[c.taken].Label)
	return []Line{taken}, taken.Width()+2 <= c.width
}

// Update implements Field.
func (c *Chips) Update(msg tea.Msg) (tea.Cmd, bool) {
	if click, ok := msg.(tea.MouseClickMsg); ok {
		for n, r := range c.spots {
			if r.Contains(click.X, click.Y) && c.choices[n].Off == "" {
				c.taken = n
				return nil, true
			}
		}
		return nil, false
	}
	switch {
	case matches(msg, c.keys.Left):
		c.move(-1)
	case matches(msg, c.keys.Right):
		c.move(1)
	default:
		return nil, false
	}
	return nil, true
}

// move takes the next choice in a direction that can be taken; at the end it
// stays.
func (c *Chips) move(by int) {
	n := c.taken + by
	if c.taken < 0 {
		n = 0
	}
	for ; n >= 0 && n < len(c.choices); n += by {
		if c.choices[n].Off == "" {
			c.taken = n
			return
		}
	}
}

// View implements Field. Chips that do not fit go on the next line.
func (c *Chips) View(s theme.Surface) []string {
	var lines []string
	line, used := "", 0
	c.spots = c.spots[:0]
	for n, ch := range c.choices {
		chip := chipLine(c.theme, ch, n == c.taken).Cut(c.width)
		w := chip.Width()
		if used > 0 && used+1+w > c.width {
			lines = append(lines, line)
			line, used = "", 0
		}
		if used > 0 {
			line += blanks(c.theme, s, 1)
			used++
		}
		c.spots = append(c.spots, Rect{X: used, Y: len(lines), W: w, H: 1})
		line += chip.Draw(c.theme, chipSurface(ch, n == c.taken, s))
		used += w
	}
	return append(lines, line)
}

// chipLine is a chip's text; without colour the one taken stands in brackets.
func chipLine(t *theme.Theme, ch Choice, taken bool) Line {
	switch {
	case ch.Off != "":
		return Words(theme.Faint, " "+ch.Label+" ")
	case taken && t.NoColor():
		return Words(theme.Strong, "["+ch.Label+"]")
	case taken:
		return Words(theme.Strong, " "+ch.Label+" ")
	default:
		return Words(theme.Heading, " "+ch.Label+" ")
	}
}

func chipSurface(ch Choice, taken bool, s theme.Surface) theme.Surface {
	switch {
	case ch.Off != "":
		return s
	case taken:
		return theme.Selected
	default:
		return theme.Chip
	}
}
