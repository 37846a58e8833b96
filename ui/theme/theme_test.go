package theme_test

import (
	"image/color"
	"math"
	"strings"
	"testing"

	"countersign/ui/theme"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// xterm's colours for the first sixteen; terminals differ, these are the
// strictest of the usual ones for blue and the darker greys.
func rgb16(n ansi.BasicColor) color.Color {
	hex := []string{
		"#000000", "#CD0000", "#00CD00", "#CDCD00", "#0000EE", "#CD00CD", "#00CDCD", "#E5E5E5",
		"#7F7F7F", "#FF0000", "#00FF00", "#FFFF00", "#5C5CFF", "#FF00FF", "#00FFFF", "#FFFFFF",
	}
	return lipgloss.Color(hex[n])
}

// luminance is the relative luminance of WCAG 2.
func luminance(c color.Color) float64 {
	if b, ok := c.(ansi.BasicColor); ok {
		c = rgb16(b)
	}
	r, g, b, _ := c.RGBA()
	lin := func(v uint32) float64 {
		f := float64(v) / 0xFFFF
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(r) + 0.7152*lin(g) + 0.0722*lin(b)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

func absent(c color.Color) bool {
	_, none := c.(lipgloss.NoColor)
	return c == nil || none
}

func TestTextIsReadableOnEverySurface(t *testing.T) {
	t.Parallel()
	want := map[theme.Ink]float64{
		theme.Text: 7, theme.Strong: 7,
		theme.Heading: 4.5, theme.Accent: 4.5, theme.AccentStrong: 4.5,
		theme.OK: 4.5, theme.Warn: 4.5, theme.Bad: 4.5, theme.Ticking: 4.5,
		// Labels beside facts: below AA only on the taken row.
		theme.Faint: 3.5,
	}
	for _, look := range []struct {
		name string
		opts theme.Options
		page string
	}{
		{"dark full colour", theme.Options{Dark: true, Profile: colorprofile.TrueColor}, "#16181D"},
		{"dark full colour on black", theme.Options{Dark: true}, "#000000"},
		{"dark 256", theme.Options{Dark: true, Profile: colorprofile.ANSI256}, "#16181D"},
		{"dark 16", theme.Options{Dark: true, Profile: colorprofile.ANSI}, "#000000"},
		{"light full colour", theme.Options{Profile: colorprofile.TrueColor}, "#FFFFFF"},
		{"light full colour on grey white", theme.Options{}, "#F7F7F7"},
		{"light 256", theme.Options{Profile: colorprofile.ANSI256}, "#FFFFFF"},
	} {
		t.Run(look.name, func(t *testing.T) {
			t.Parallel()
			th := theme.New(look.opts)
			for _, s := range []theme.Surface{theme.Page, theme.Bar, theme.Panel, theme.Chip, theme.Selected} {
				for ink, ratio := range want {
					if s == theme.Chip && ink != theme.Text && ink != theme.Strong && ink != theme.Heading {
						continue // chips carry only these
					}
					if s == theme.Chip && ink != theme.Heading {
						ratio = 4.5
					}
					if look.opts.Profile == colorprofile.ANSI {
						ratio = 3.5 // the terminal decides what its sixteen look like
					}
					st := th.Style(s, ink)
					bg := st.GetBackground()
					if st.GetReverse() {
						continue // text and background are the terminal's own
					}
					if s == theme.Page && (ink == theme.Text || ink == theme.Strong) {
						if !absent(st.GetForeground()) || !absent(bg) {
							t.Errorf("ink %d on the page is not the terminal's own", ink)
						}
						continue
					}
					if absent(bg) {
						bg = lipgloss.Color(look.page)
					}
					if got := contrast(st.GetForeground(), bg); got < ratio {
						t.Errorf("ink %d on surface %d: contrast %.2f, want at least %.1f", ink, s, got, ratio)
					}
				}
			}
		})
	}
}

func TestTheTakenRowStandsOut(t *testing.T) {
	t.Parallel()
	for _, p := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI} {
		for _, dark := range []bool{true, false} {
			th := theme.New(theme.Options{Dark: dark, Profile: p})
			sel := th.Style(theme.Selected, theme.Text)
			for _, s := range []theme.Surface{theme.Page, theme.Bar, theme.Panel, theme.Chip} {
				other := th.Style(s, theme.Text)
				if other.GetBackground() == sel.GetBackground() && other.GetReverse() == sel.GetReverse() {
					t.Errorf("%v dark=%v: surface %d has the background of the taken row", p, dark, s)
				}
			}
		}
	}
}

// What the sixteen colours look like is the scheme's choice: blue is dark in one
// and pale in the next, and nothing can be read on both. Text and background of
// the terminal can, either way round.
func TestAtSixteenColoursTheTakenRowIsReversed(t *testing.T) {
	t.Parallel()
	for _, dark := range []bool{true, false} {
		th := theme.New(theme.Options{Dark: dark, Profile: colorprofile.ANSI})
		for i := theme.Text; i < theme.Caret; i++ {
			st := th.Style(theme.Selected, i)
			if !st.GetReverse() || st.GetFaint() || !absent(st.GetForeground()) || !absent(st.GetBackground()) {
				t.Errorf("dark=%v: ink %d on the taken row is %q", dark, i, st.Render("x"))
			}
		}
		if th.Style(theme.Selected, theme.Caret).GetReverse() {
			t.Errorf("dark=%v: the caret is not seen on the taken row", dark)
		}
		if th.NoColor() {
			t.Errorf("dark=%v: NoColor = true, want false", dark)
		}
	}
}

func TestWithoutColourOnlyAttributesAreSent(t *testing.T) {
	t.Parallel()
	th := theme.New(theme.Options{Dark: true, Profile: colorprofile.ASCII})
	if !th.NoColor() {
		t.Fatal("NoColor = false, want true")
	}
	for s := theme.Page; s <= theme.Selected; s++ {
		for i := theme.Text; i <= theme.Caret; i++ {
			out := th.Paint(s, i, "x")
			if strings.Contains(out, "38;") || strings.Contains(out, "48;") {
				t.Errorf("ink %d on surface %d sends colour: %q", i, s, out)
			}
		}
	}
	if th.Paint(theme.Selected, theme.Text, "x") == th.Paint(theme.Page, theme.Text, "x") {
		t.Error("the taken row looks like any other")
	}
}

func TestPaintEqualsRender(t *testing.T) {
	t.Parallel()
	for _, opts := range []theme.Options{{Dark: true}, {}, {Profile: colorprofile.ASCII}, {Dark: true, Profile: colorprofile.ANSI}} {
		th := theme.New(opts)
		for s := theme.Page; s <= theme.Selected; s++ {
			for i := theme.Text; i <= theme.Caret; i++ {
				if th.Style(s, i).GetUnderline() {
					continue // Lip Gloss styles underlined text letter by letter
				}
				if got, want := th.Paint(s, i, "abc"), th.Style(s, i).Render("abc"); got != want {
					t.Errorf("Paint(%d, %d) = %q, want %q", s, i, got, want)
				}
			}
		}
	}
}

func TestASCIIWordsKeepTheirWidth(t *testing.T) {
	t.Parallel()
	th := theme.New(theme.Options{ASCII: true})
	const in = "view → edit · 4 h … ● ◐ ○ ✓ ▲ “so it’s” ─│┬┴├ ↓↑▾ ×—"
	got := th.Words(in)
	for _, r := range got {
		if r > 0x7E {
			t.Errorf("Words(%q) = %q holds %q", in, got, r)
		}
	}
	if len(got) != ansi.StringWidth(in) {
		t.Errorf("Words(%q) is %d cells, want %d", in, len(got), ansi.StringWidth(in))
	}
}

func TestEverySignIsOneCell(t *testing.T) {
	t.Parallel()
	for _, ascii := range []bool{false, true} {
		g := theme.New(theme.Options{ASCII: ascii}).Glyphs
		all := append([]string{
			g.Cursor, g.Mark, g.New, g.Changed, g.On, g.Half, g.Off, g.Check, g.Alert, g.Dot,
			g.Arrow, g.Down, g.Up, g.Sort, g.Ellipsis, g.Rule, g.Wall, g.TeeDown, g.TeeUp, g.TeeRight,
			g.TopLeft, g.TopRight, g.BottomLeft, g.BottomRight, g.Mask,
		}, g.Spinner...)
		for n, s := range all {
			if ansi.StringWidth(s) != 1 {
				t.Errorf("ascii=%v: sign %d (%q) is %d cells, want 1", ascii, n, s, ansi.StringWidth(s))
			}
		}
	}
}

func TestResetChangesTheRevision(t *testing.T) {
	t.Parallel()
	th := theme.New(theme.Options{Dark: true})
	before, look := th.Revision(), th.Paint(theme.Page, theme.Accent, "x")
	th.Reset(theme.Options{Dark: false})
	if th.Revision() == before {
		t.Error("Revision unchanged by Reset")
	}
	if th.Paint(theme.Page, theme.Accent, "x") == look {
		t.Error("the accent looks the same on light as on dark")
	}
}
