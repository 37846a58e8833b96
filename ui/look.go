package ui

import (
	"countersign/ui/theme"

	"github.com/charmbracelet/colorprofile"
)

// look changes the session's theme as the terminal tells about itself.
type look struct{ theme *theme.Theme }

func (l look) background(dark bool) {
	o := l.theme.Options()
	if o.Dark != dark {
		o.Dark = dark
		l.theme.Reset(o)
	}
}

func (l look) profile(p colorprofile.Profile) {
	o := l.theme.Options()
	if o.Profile != p {
		o.Profile = p
		l.theme.Reset(o)
	}
}
