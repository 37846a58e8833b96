package widget

import (
	"strings"

	"countersign/ui/theme"

	"github.com/charmbracelet/x/ansi"
)

// padTo fills a drawn line up to width cells.
func padTo(line string, width int) string {
	if w := ansi.StringWidth(line); w < width {
		return line + strings.Repeat(" ", width-w)
	}
	return line
}

// overlay draws top over bottom with its upper left corner at x, y. Both are
// drawn text; a wide letter that top covers by half becomes a blank.
func overlay(bottom, top string, x, y int) string {
	lines := strings.Split(bottom, "\n")
	for i, over := range strings.Split(top, "\n") {
		n := y + i
		if n < 0 || n >= len(lines) {
			continue
		}
		w := ansi.StringWidth(over)
		left := padTo(ansi.Truncate(lines[n], x, ""), x)
		right := ""
		if rest := ansi.StringWidth(lines[n]) - x - w; rest > 0 {
			right = ansi.TruncateLeft(lines[n], x+w, "")
			if ansi.StringWidth(right) > rest { // it kept the letter it cut through
				right = ansi.TruncateLeft(lines[n], x+w+1, "")
			}
			right = strings.Repeat(" ", rest-ansi.StringWidth(right)) + right
		}
		lines[n] = left + "\x1b[m" + over + "\x1b[m" + right
	}
	return strings.Join(lines, "\n")
}

// clip cuts a drawn line that a very narrow place cannot hold.
func clip(line string, width int) string {
	if ansi.StringWidth(line) <= width {
		return line
	}
	return ansi.Truncate(line, max(width, 0), "") + "\x1b[m"
}

// pad returns exactly height lines: lines cut or filled up with empty ones.
func pad(lines []string, height int) []string {
	if height < 0 {
		height = 0
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines[:height]
}

// padOn is pad on a surface.
func padOn(t *theme.Theme, s theme.Surface, lines []string, width, height int) []string {
	out := pad(append([]string(nil), lines...), height)
	for i := min(len(lines), height); i < height; i++ {
		out[i] = blanks(t, s, width)
	}
	return out
}
