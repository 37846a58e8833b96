package widget

import (
	"strconv"
	"strings"

	"countersign/safetext"
	"countersign/ui/theme"
)

// Tab is one of the tabs in the first line.
type Tab struct {
	Key   string // "2"
	Title string // "Approvals"
	Short string // "Appr", for narrow screens
	Badge int    // what waits for this person; 0 draws none
}

// Health is the state of the vault service in one word.
type Health uint8

// The states of SCREENS, Frame.
const (
	Connected   Health = iota // ●
	Limited                   // ◐ slow or limited
	Unreachable               // ○
)

// Header is what the first line says.
type Header struct {
	Name   string
	Tabs   []Tab
	Active int
	Health Health
	// HealthText follows the sign: "vault 41 ms", "vault away since 09:58";
	// HealthShort on narrow screens: "41 ms", "away 09:58".
	HealthText, HealthShort string
	Budget                  string // "52/60"
	Person                  safetext.Visible
	Role                    string
	Told                    int // notices that the person has not seen; 0 draws none
	Demo                    bool
}

// TabBar draws the first line of the frame.
type TabBar struct {
	theme *theme.Theme
	spots []Rect // where the tabs were drawn last
}

// NewTabBar returns the line.
func NewTabBar(t *theme.Theme) *TabBar { return &TabBar{theme: t} }

// squeeze says what a header leaves out to fit.
type squeeze struct {
	role, wideHealth, titles, gaps, budget, person, name bool
}

// squeezes are tried in this order; health, badges and the mark DEMO stay.
func squeezes() []squeeze {
	return []squeeze{
		{role: true, wideHealth: true, titles: true, gaps: true, budget: true, person: true, name: true},
		{wideHealth: true, titles: true, gaps: true, budget: true, person: true, name: true},
		{titles: true, gaps: true, budget: true, person: true, name: true},
		{gaps: true, budget: true, person: true, name: true},
		{budget: true, person: true, name: true},
		{budget: true, person: true},
		{budget: true},
		{},
	}
}

// View draws the header in exactly width cells.
func (b *TabBar) View(h Header, width int) string {
	b.spots = b.spots[:0]
	if width <= 0 {
		return ""
	}
	var left []tabPiece
	var right Line
	for _, q := range squeezes() {
		left, right = b.left(h, q), b.right(h, q)
		if piecesWidth(left)+1+right.Width() <= width {
			break
		}
	}
	return b.draw(left, right, width)
}

// tabPiece is one part of the left side with what it is drawn on.
type tabPiece struct {
	line    Line
	surface theme.Surface
	tab     int // -1 for what is no tab
}

func piecesWidth(ps []tabPiece) int {
	w := 0
	for _, p := range ps {
		w += p.line.Width()
	}
	return w
}

func (b *TabBar) left(h Header, q squeeze) []tabPiece {
	ps := []tabPiece{{line: Words(theme.Text, " "), surface: theme.Bar, tab: -1}}
	if q.name {
		gap := "  "
		if !q.gaps {
			gap = " "
		}
		ps = append(ps, tabPiece{line: Line{Say(theme.AccentStrong, h.Name), Say(theme.Faint, gap)}, surface: theme.Bar, tab: -1})
	}
	for n, tab := range h.Tabs {
		if q.gaps && n > 0 {
			ps = append(ps, tabPiece{line: Words(theme.Faint, " "), surface: theme.Bar, tab: -1})
		}
		ps = append(ps, b.tab(tab, n, n == h.Active, !q.titles))
	}
	return ps
}

func (b *TabBar) tab(tab Tab, n int, active, short bool) tabPiece {
	title := tab.Title
	if short && tab.Short != "" {
		title = tab.Short
	}
	open, shut := " ", " "
	if active && b.theme.NoColor() {
		open, shut = "[", "]"
	}
	ink, surface := theme.Heading, theme.Bar
	if active {
		ink, surface = theme.Strong, theme.Selected
	}
	// Blanks are in the ink of the key behind them: one change of it a tab.
	l := Line{Say(theme.Faint, open+tab.Key), Say(ink, " "+title)}
	if tab.Badge > 0 {
		badge := theme.Warn
		if active {
			badge = theme.WarnStrong
		}
		l = append(l, Say(badge, " "+howMany(tab.Badge)))
	}
	return tabPiece{line: append(l, Say(theme.Faint, shut)), surface: surface, tab: n}
}

// mostCounted is how many are said exactly; what waits is not counted much
// further (workflow.BadgeCap).
const mostCounted = 99

// howMany says a count.
func howMany(n int) string {
	if n > mostCounted {
		return strconv.Itoa(mostCounted) + "+"
	}
	return strconv.Itoa(n)
}

func (b *TabBar) right(h Header, q squeeze) Line {
	var l Line
	if h.Demo {
		l = append(l, Say(theme.WarnStrong, "DEMO"), Say(theme.Text, "  "))
	}
	ink, sign, words := theme.OK, b.theme.Glyphs.On, h.HealthText
	switch h.Health {
	case Limited:
		ink, sign = theme.Warn, b.theme.Glyphs.Half
	case Unreachable:
		ink, sign = theme.Bad, b.theme.Glyphs.Off
	}
	if !q.wideHealth && h.HealthShort != "" {
		words = h.HealthShort
	}
	l = append(l, Say(ink, sign))
	if words != "" {
		l = append(l, Say(theme.Heading, " "+words))
	}
	if q.budget && h.Budget != "" {
		l = append(l, Say(theme.Faint, "  "+h.Budget))
	}
	if h.Told > 0 {
		l = append(l, Say(theme.Faint, "  N"), Say(theme.Warn, " "+howMany(h.Told)))
	}
	if q.person && h.Person.String() != "" {
		room := 16
		switch {
		case !q.name:
			room = 8
		case !q.role:
			room = 12
		}
		who := Foreign(theme.Text, h.Person).Cut(room)
		gap := "   "
		if !q.titles {
			gap = "  "
		}
		l = append(append(l, Say(theme.Text, gap)), who...)
		if q.role && h.Role != "" {
			l = append(l, Say(theme.Text, " · "+h.Role))
		}
	}
	return append(l, Say(theme.Text, " "))
}

func (b *TabBar) draw(left []tabPiece, right Line, width int) string {
	right = right.Cut(width)
	var out strings.Builder
	x, room := 0, width-right.Width()
	for _, p := range left {
		l := p.line.Cut(room - x)
		if p.tab >= 0 && l.Width() > 0 {
			for len(b.spots) <= p.tab {
				b.spots = append(b.spots, Rect{})
			}
			b.spots[p.tab] = Rect{X: x, W: l.Width(), H: 1}
		}
		out.WriteString(l.Draw(b.theme, p.surface))
		x += l.Width()
	}
	out.WriteString(blanks(b.theme, theme.Bar, room-x))
	out.WriteString(right.Draw(b.theme, theme.Bar))
	return out.String()
}

// TabAt returns which tab was drawn at column x, or -1.
func (b *TabBar) TabAt(x int) int {
	for n, r := range b.spots {
		if r.Contains(x, 0) {
			return n
		}
	}
	return -1
}
