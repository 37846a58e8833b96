package theme

import (
	"image/color"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// Palette is a set of colours named by what they mean. A nil colour means
// "the terminal's own": nothing is painted.
type Palette struct {
	Text, Faint, Heading, Rule color.Color
	Accent, OK, Warn, Bad      color.Color

	// Bar is behind the first and last line and behind dialogs, Chip behind a
	// choice that is not taken, AccentBg behind the row or choice that is. Nil
	// for AccentBg means that this one is drawn in reverse.
	Bar, Chip, AccentBg color.Color

	// On the accent background some colours would not be readable; these take
	// the place of the ones above there. Nil keeps them.
	SelFaint, SelHeading, SelAccent, SelWarn color.Color

	// Ticking is next to Bad, by a number of the 256 colours: that takes half the
	// bytes. Nil is Bad.
	Ticking color.Color

	// ChipText takes the place of Heading on a chip. Nil keeps it.
	ChipText color.Color
}

// paletteFor returns the palette of SCREENS for a profile and background, and
// false where nothing may be coloured (NO_COLOR, a terminal without colours).
func paletteFor(p colorprofile.Profile, dark bool) (Palette, bool) {
	switch {
	case p == colorprofile.NoTTY || p == colorprofile.ASCII:
		return Palette{}, false
	case p == colorprofile.ANSI && dark:
		return dark16(), true
	case p == colorprofile.ANSI:
		return light16(), true
	case p == colorprofile.ANSI256 && dark:
		return dark256(), true
	case p == colorprofile.ANSI256:
		return light256(), true
	case dark:
		return darkFull(), true
	default:
		return lightFull(), true
	}
}

// darkFull is the palette of SCREENS, "Dark palette".
func darkFull() Palette {
	c := lipgloss.Color
	return Palette{
		Text: c("#D6DAE3"), Faint: c("#7C8495"), Heading: c("#9AA3B5"), Rule: c("#393F4B"),
		Accent: c("#7AB8FF"), OK: c("#8FCF8B"), Warn: c("#E9B86B"), Bad: c("#F08181"),
		Bar: c("#20242C"), Chip: c("#2A303B"), AccentBg: c("#1F2C40"),
		Ticking: c("210"),
	}
}

// lightFull has the contrasts of darkFull on white.
func lightFull() Palette {
	c := lipgloss.Color
	return Palette{
		Text: c("#252A34"), Faint: c("#6A7281"), Heading: c("#505A6B"), Rule: c("#C6CBD5"),
		Accent: c("#0A5AB4"), OK: c("#1D6E2B"), Warn: c("#855300"), Bad: c("#B3232B"),
		Bar: c("#EEF0F4"), Chip: c("#DFE3EA"), AccentBg: c("#D8E7FB"),
		Ticking: c("124"),
	}
}

// dark256 is darkFull in the 256 colours that most SSH sessions have. Named by
// hand: the nearest grey to the accent background is the bar's own.
func dark256() Palette {
	c := lipgloss.Color
	return Palette{
		Text: c("253"), Faint: c("245"), Heading: c("248"), Rule: c("238"),
		Accent: c("111"), OK: c("114"), Warn: c("179"), Bad: c("210"),
		Bar: c("235"), Chip: c("237"), AccentBg: c("17"),
		SelFaint: c("247"),
	}
}

// light256 is lightFull in 256 colours.
func light256() Palette {
	c := lipgloss.Color
	return Palette{
		Text: c("235"), Faint: c("242"), Heading: c("240"), Rule: c("251"),
		Accent: c("25"), OK: c("22"), Warn: c("94"), Bad: c("124"),
		Bar: c("255"), Chip: c("254"), AccentBg: c("153"),
		SelFaint: c("238"), SelHeading: c("238"), SelAccent: c("18"), SelWarn: c("52"),
	}
}

// dark16 uses no bright black for text: in widespread colour schemes it is
// the background. Nor has it a background for what is taken: where blue is pale,
// light text on it is not readable, where it is dark, dark text is not.
func dark16() Palette {
	return Palette{
		Text: lipgloss.BrightWhite, Faint: lipgloss.White, Heading: lipgloss.White, Rule: lipgloss.BrightBlack,
		Accent: lipgloss.BrightCyan, OK: lipgloss.BrightGreen, Warn: lipgloss.BrightYellow, Bad: lipgloss.BrightRed,
		Chip: lipgloss.BrightBlack, ChipText: lipgloss.BrightWhite,
	}
}

// light16 is dark16 on a light background.
func light16() Palette {
	return Palette{
		Text: lipgloss.Black, Faint: lipgloss.BrightBlack, Heading: lipgloss.BrightBlack, Rule: lipgloss.White,
		Accent: lipgloss.Blue, OK: lipgloss.Green, Warn: lipgloss.Magenta, Bad: lipgloss.Red,
		Chip: lipgloss.White, ChipText: lipgloss.Black,
	}
}
