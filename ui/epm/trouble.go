package epm

import (
	"slices"
	"strings"

	"countersign/ui/evidence"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// listedAs says what a pane's rows are.
func listedAs(k kind) evidence.Listed {
	if k == device {
		return evidence.Devices
	}
	return evidence.Requests
}

// mostBanner is how many lines a banner takes at most.
const mostBanner = 5

// bannerOf puts a cause, and what to do about it, above rows.
func bannerOf(cause, advice widget.Line, width int) []widget.Line {
	lead, indent := widget.Words(theme.Bad, "  ▲ "), widget.Words(theme.Text, "    ")
	room := max(width-lead.Width()-2, 1)
	var lines []widget.Line
	parts := cause.Wrap(room)
	if advice != nil {
		parts = append(parts, advice.Wrap(room)...)
	}
	for _, part := range parts {
		lines = append(lines, append(slices.Clone(lead), part...).Cut(width))
		lead = indent
	}
	if len(lines) > mostBanner {
		lines = lines[:mostBanner]
		lines[mostBanner-1] = append(lines[mostBanner-1], widget.Say(theme.Faint, "…")).Cut(width)
	}
	return lines
}

// drawBanner draws the lines of a banner.
func drawBanner(t *theme.Theme, lines []widget.Line) string {
	drawn := make([]string, len(lines))
	for i, l := range lines {
		drawn[i] = l.Draw(t, theme.Page)
	}
	return strings.Join(drawn, "\n")
}
