package epm

import (
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// drawBanner puts a cause on one line of the width. What to do about it stands in
// the frame.
func drawBanner(t *theme.Theme, cause widget.Line, width int) string {
	l := append(widget.Words(theme.Bad, "  "+t.Glyphs.Alert+" "), cause...).Cut(width)
	return t.Paint(theme.Page, theme.Bad, l.String())
}
