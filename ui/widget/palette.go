package widget

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"countersign/safetext"
	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"
)

// Action is something the palette offers.
type Action struct {
	Title string
	Key   string // as help shows it, "" where none is bound
	// Off, if set, says why it cannot be done now; it is shown and refused.
	Off string
	// Run does it, after the palette has closed.
	Run func() tea.Cmd
}

// PaletteKeys are the keys of a palette beside text.
type PaletteKeys struct{ Up, Down, Choose, Back key.Binding }

// DefaultPaletteKeys returns the usual ones.
func DefaultPaletteKeys() PaletteKeys {
	return PaletteKeys{
		Up:     key.NewBinding(key.WithKeys("up", "ctrl+p"), key.WithHelp("↑", "up")),
		Down:   key.NewBinding(key.WithKeys("down", "ctrl+n"), key.WithHelp("↓", "down")),
		Choose: key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "do it")),
		Back:   key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "back")),
	}
}

// Palette finds an action by a few letters of its name.
type Palette struct {
	theme   *theme.Theme
	keys    PaletteKeys
	title   string
	actions []Action
	input   *Input
	found   []foundAction
	cursor  int
	top     int
	frame   Rect
	rows    int
	closed  bool
	notice  string
}

// foundAction is an action that matches, with the places of the letters.
type foundAction struct {
	action  int
	letters []int
}

const (
	paletteWidth = 64
	paletteRows  = 14
	// paletteRest is the lines beside the rows: the border, the field and its
	// rule, what follows the rows, the hint.
	paletteRest = 6
)

// NewPalette returns a palette of all actions in their order.
func NewPalette(t *theme.Theme, actions []Action) *Palette {
	p := &Palette{
		theme: t, keys: DefaultPaletteKeys(), actions: actions, input: NewInput(t, InputOptions{}),
	}
	p.SetWords("Commands", "type what you want to do")
	p.input.SetFocused(true)
	p.find()
	return p
}

// SetWords changes what the palette is called and what stands in its empty field.
func (p *Palette) SetWords(title, placeholder string) {
	p.title, p.input.opts.Placeholder = title, placeholder
}

// Keys returns the palette's keys.
func (p *Palette) Keys() PaletteKeys { return p.keys }

// SetSize sets the size of the screen.
func (p *Palette) SetSize(width, height int) {
	width, height = max(width, 0), max(height, 0)
	w := min(paletteWidth, width)
	p.rows = max(min(paletteRows, len(p.actions), height-paletteRest), 0)
	h := min(p.rows+paletteRest, height)
	p.frame = Rect{X: (width - w) / 2, Y: max((height-h)/3, 0), W: w, H: h}
	p.reveal()
}

// Frame implements Overlay.
func (p *Palette) Frame() Rect { return p.frame }

// Closed implements Overlay.
func (p *Palette) Closed() bool { return p.closed }

// Raise implements Overlay.
func (p *Palette) Raise() {}

// Update implements Overlay.
func (p *Palette) Update(msg tea.Msg) tea.Cmd {
	switch {
	case matches(msg, p.keys.Back):
		p.closed = true
	case matches(msg, p.keys.Choose):
		return p.choose()
	case matches(msg, p.keys.Up):
		p.move(-1)
	case matches(msg, p.keys.Down):
		p.move(1)
	case isInput(msg):
		before := p.input.Value()
		p.input.Update(msg)
		if p.input.Value() != before {
			p.find()
		}
	}
	return nil
}

func (p *Palette) choose() tea.Cmd {
	if p.cursor >= len(p.found) {
		return nil
	}
	a := p.actions[p.found[p.cursor].action]
	if a.Off != "" {
		p.notice = a.Off
		return nil
	}
	p.closed = true
	if a.Run == nil {
		return nil
	}
	return a.Run()
}

func (p *Palette) move(by int) {
	p.cursor = max(min(p.cursor+by, len(p.found)-1), 0)
	p.notice = ""
	p.reveal()
}

func (p *Palette) reveal() {
	p.top = max(min(p.top, p.cursor), p.cursor-max(p.rows, 1)+1)
}

// find matches what was typed against the titles, best first.
func (p *Palette) find() {
	p.found, p.cursor, p.top, p.notice = nil, 0, 0, ""
	query := strings.TrimSpace(p.input.Value())
	if query == "" {
		for n := range p.actions {
			p.found = append(p.found, foundAction{action: n})
		}
		return
	}
	titles := make([]string, len(p.actions))
	for n, a := range p.actions {
		titles[n] = a.Title
	}
	for _, m := range fuzzy.Find(query, titles) {
		p.found = append(p.found, foundAction{action: m.Index, letters: m.MatchedIndexes})
	}
}

// View implements Overlay.
func (p *Palette) View() string {
	w, h := p.frame.W, p.frame.H
	if w <= 2*dialogBorder || h < 2 {
		return strings.Join(padOn(p.theme, theme.Panel, nil, w, h), "\n")
	}
	inner := w - 2*dialogBorder
	p.input.SetWidth(inner - 2)
	var lines []string
	for _, l := range p.input.View(theme.Panel) {
		lines = append(lines, clip(blanks(p.theme, theme.Panel, 1)+l+blanks(p.theme, theme.Panel, 1), inner))
	}
	for n := p.top; n < min(p.top+p.rows, len(p.found)); n++ {
		lines = append(lines, p.row(n, inner))
	}
	if len(p.found) == 0 {
		lines = append(lines, Words(theme.Note, "  nothing is called like that").fit(p.theme, theme.Panel, inner))
	}
	if rest := len(p.found) - p.top - p.rows; rest > 0 && p.rows > 0 {
		lines = append(lines, Words(theme.Accent, "  ↓ "+strconv.Itoa(rest)+" more").fit(p.theme, theme.Panel, inner))
	}
	lines = padOn(p.theme, theme.Panel, lines, inner, h-3)
	hint := Words(theme.Faint, "  ↑ ↓ move · enter do it · esc back")
	if p.notice != "" {
		hint = Line{Say(theme.WarnStrong, "  ▲ "), Say(theme.Warn, p.notice)}
	}
	lines = append(lines, hint.fit(p.theme, theme.Panel, inner))
	return boxed(p.theme, Words(theme.Strong, p.title), padOn(p.theme, theme.Panel, lines, inner, h-2), w)
}

func (p *Palette) row(n, width int) string {
	f := p.found[n]
	a := p.actions[f.action]
	if width == 0 {
		return ""
	}
	surface, sign := theme.Panel, blanks(p.theme, theme.Panel, 1)
	if n == p.cursor {
		surface, sign = theme.Selected, cursor(p.theme, theme.Panel, theme.Accent)
	}
	left := append(Words(theme.Text, " "), markLetters(a, f.letters)...)
	return sign + ends(p.theme, surface, width-1, left, Line{Say(theme.AccentStrong, a.Key), Say(theme.Text, " ")})
}

// markLetters draws the title with the letters that were found standing out.
// The places are byte offsets into the title.
func markLetters(a Action, letters []int) Line {
	ink := theme.Text
	if a.Off != "" {
		ink = theme.Faint
	}
	var l Line
	from := 0
	for _, at := range letters {
		if at < from || at >= len(a.Title) {
			continue
		}
		_, size := utf8.DecodeRuneInString(a.Title[at:])
		l = append(l, Say(ink, a.Title[from:at]), Say(theme.AccentStrong, a.Title[at:at+size]))
		from = at + size
	}
	l = append(l, Say(ink, a.Title[from:]))
	if a.Off != "" {
		l = append(l, Show(theme.Faint, safetext.Line("  ("+a.Off+")")))
	}
	return l
}
