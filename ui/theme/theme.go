// Package theme holds how the console looks: a palette of meanings, the signs
// it draws, and the styles made from both once per session.
//
// Rules it keeps (SCREENS, Frame): colour means something only together with
// a word or a sign; every look exists in full colour, 256 and 16 colours,
// without colour and in ASCII; nothing depends on the terminal's background
// but the choice between the dark and the light palette.
package theme

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// Ink is what a piece of text means.
type Ink uint8

// The inks. Those named Strong are the same meaning in bold.
const (
	Text         Ink = iota // facts
	Strong                  // the fact that matters
	Faint                   // labels, hints, column heads
	Note                    // faint remarks, in italics
	Heading                 // quieter than a fact, louder than a label
	Quote                   // what a person said, in italics
	Accent                  // what may be done, what is chosen
	AccentStrong            // keys, the chosen right
	Current                 // the view one is in, underlined
	OK                      // went well
	Warn                    // look here
	WarnStrong              // look here first
	Bad                     // went wrong, dangerous
	BadStrong               // escaped characters of foreign text
	Ticking                 // Bad for what changes with every second: the same in fewer bytes
	Rule                    // lines between things
	Caret                   // the cell with the text cursor
	inks
)

// Surface is what text is drawn on.
type Surface uint8

// The surfaces.
const (
	Page     Surface = iota // the terminal's own background
	Bar                     // first and last line of the frame
	Panel                   // inside a dialog
	Chip                    // a choice that could be taken
	Selected                // the row, tab, chip or button that is taken
	surfaces
)

// Options choose a look.
type Options struct {
	// Dark tells the background; ask the terminal, true when it stays silent.
	Dark bool
	// Profile is what the terminal can show. Unknown counts as full colour,
	// which Bubble Tea reduces; NO_COLOR gives colorprofile.ASCII.
	Profile colorprofile.Profile
	// ASCII draws every sign and border in ASCII (configuration ui.ascii).
	ASCII bool
}

// Theme is the look of one session. Widgets keep a pointer to it; Reset
// changes all of them at once. It is not safe for concurrent use, as nothing
// in a Bubble Tea model needs to be.
type Theme struct {
	Glyphs Glyphs

	opts     Options
	noColor  bool
	revision int
	words    *strings.Replacer
	styles   [surfaces][inks]lipgloss.Style
	prefix   [surfaces][inks]string
}

// New returns the theme for opts.
func New(opts Options) *Theme {
	t := &Theme{}
	t.Reset(opts)
	return t
}

// Reset rebuilds t for opts, when the terminal has told its background or its
// colours after the start. Revision changes with it.
func (t *Theme) Reset(opts Options) {
	t.opts = opts
	t.revision++
	t.Glyphs, t.words = unicodeGlyphs(), nil
	if opts.ASCII {
		t.Glyphs, t.words = asciiGlyphs(), asciiWords()
	}
	p, coloured := paletteFor(opts.Profile, opts.Dark)
	t.noColor = !coloured
	for s := range surfaces {
		for i := range inks {
			st := colouredStyle(p, s, i)
			if t.noColor {
				st = plainStyle(s, i)
			}
			t.styles[s][i] = st
			t.prefix[s][i], _, _ = strings.Cut(st.Render("x"), "x")
		}
	}
}

// Options returns what the theme was made for.
func (t *Theme) Options() Options { return t.opts }

// NoColor reports whether only attributes may be used; then what colour would
// show needs brackets or another sign.
func (t *Theme) NoColor() bool { return t.noColor }

// ASCII reports whether signs are drawn in ASCII.
func (t *Theme) ASCII() bool { return t.opts.ASCII }

// Revision grows with every Reset; caches of drawn text compare it.
func (t *Theme) Revision() int { return t.revision }

// Style returns the Lip Gloss style of an ink on a surface.
func (t *Theme) Style(s Surface, i Ink) lipgloss.Style { return t.styles[s][i] }

// Paint returns text, one line without escape codes, in an ink on a surface.
// It does what Style(s, i).Render would, for a fraction of the cost.
func (t *Theme) Paint(s Surface, i Ink, text string) string {
	if text == "" || t.prefix[s][i] == "" {
		return text
	}
	return t.prefix[s][i] + text + "\x1b[m"
}

// Words returns words of ours as this theme draws them: in ASCII if it must.
// The width stays the same.
func (t *Theme) Words(s string) string {
	if t.words == nil {
		return s
	}
	return t.words.Replace(s)
}

// colouredStyle builds one style from a palette; what is taken is in reverse where
// that has no background for it.
func colouredStyle(p Palette, s Surface, i Ink) lipgloss.Style {
	if s == Selected && p.AccentBg == nil {
		return plainStyle(s, i)
	}
	st := lipgloss.NewStyle()
	fg := inkColour(p, i)
	switch s {
	case Page:
		// Plain text on the terminal's own background keeps the terminal's own
		// colour: readable before the background is known, and 5 bytes instead of
		// 19 for every change to it.
		if i == Text || i == Strong {
			fg = nil
		}
	case Bar, Panel:
		st = background(st, p.Bar)
	case Chip:
		st = background(st, p.Chip)
		if i == Heading && p.ChipText != nil {
			fg = p.ChipText
		}
	case Selected:
		st = background(st, p.AccentBg)
		if c := selectedColour(p, i); c != nil {
			fg = c
		}
	}
	if fg != nil {
		st = st.Foreground(fg)
	}
	switch i {
	case Strong, AccentStrong, WarnStrong, BadStrong:
		st = st.Bold(true)
	case Note, Quote:
		st = st.Italic(true)
	case Current:
		st = st.Bold(true).Underline(true)
	case Caret:
		st = st.Reverse(true)
	}
	return st
}

func background(st lipgloss.Style, c color.Color) lipgloss.Style {
	if c == nil {
		return st
	}
	return st.Background(c)
}

func inkColour(p Palette, i Ink) color.Color {
	switch i {
	case Faint, Note:
		return p.Faint
	case Heading, Quote:
		return p.Heading
	case Accent, AccentStrong, Current, Caret:
		return p.Accent
	case OK:
		return p.OK
	case Warn, WarnStrong:
		return p.Warn
	case Ticking:
		if p.Ticking != nil {
			return p.Ticking
		}
		return p.Bad
	case Bad, BadStrong:
		return p.Bad
	case Rule:
		return p.Rule
	default:
		return p.Text
	}
}

func selectedColour(p Palette, i Ink) color.Color {
	switch i {
	case Faint, Note:
		return p.SelFaint
	case Heading, Quote:
		return p.SelHeading
	case Accent, AccentStrong, Current, Caret:
		return p.SelAccent
	case Warn, WarnStrong:
		return p.SelWarn
	default:
		return nil
	}
}

// plainStyle builds one style from attributes alone.
func plainStyle(s Surface, i Ink) lipgloss.Style {
	st := lipgloss.NewStyle()
	if (s == Selected) != (i == Caret) {
		st = st.Reverse(true)
	}
	switch i {
	case Strong, AccentStrong, Warn, WarnStrong:
		st = st.Bold(true)
	case Faint, Rule:
		if s != Selected {
			st = st.Faint(true)
		}
	case Note:
		st = st.Italic(true)
		if s != Selected {
			st = st.Faint(true)
		}
	case Quote:
		st = st.Italic(true)
	case Current, Bad, BadStrong, Ticking:
		st = st.Bold(true).Underline(true)
	}
	return st
}
