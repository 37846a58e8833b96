package vaultsim

import (
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
)

// numbered puts a running number before every row, as Commander's tables have it.
func numbered(headers []string, rows [][]string) ([]string, [][]string) {
	out := make([][]string, len(rows))
	for i, row := range rows {
		out[i] = append([]string{strconv.Itoa(i + 1)}, row...)
	}
	return append([]string{"#"}, headers...), out
}

// table draws rows under headers as Commander prints them: columns two blanks apart, at least two wider than
// their header, the number column flush right, cells of several lines allowed.
func table(headers []string, rows [][]string) string {
	// The process's own locale must not change what the service answers.
	measure := &runewidth.Condition{StrictEmojiNeutral: true}
	widths := make([]int, len(headers))
	for i, h := range headers {
		widths[i] = measure.StringWidth(h) + 2
	}
	for _, row := range rows {
		for i, cell := range row {
			for line := range strings.SplitSeq(cell, "\n") {
				widths[i] = max(widths[i], measure.StringWidth(line))
			}
		}
	}
	var b strings.Builder
	line := func(cells []string) {
		for i, cell := range cells {
			pad := strings.Repeat(" ", widths[i]-measure.StringWidth(cell))
			if i > 0 {
				b.WriteString("  ")
			}
			if headers[i] == "#" {
				b.WriteString(pad + cell)
			} else {
				b.WriteString(cell + pad)
			}
		}
		b.WriteByte('\n')
	}
	line(headers)
	rule := make([]string, len(headers))
	for i, w := range widths {
		rule[i] = strings.Repeat("-", w)
	}
	line(rule)
	for _, row := range rows {
		height := 1
		for _, cell := range row {
			height = max(height, strings.Count(cell, "\n")+1)
		}
		for h := range height {
			cells := make([]string, len(row))
			for i, cell := range row {
				if lines := strings.Split(cell, "\n"); h < len(lines) {
					cells[i] = lines[h]
				}
			}
			line(cells)
		}
	}
	return b.String()
}

// cut40 shortens a cell of more than 40 characters as Commander's tables do (PROTOCOL 12.1).
func cut40(s string) string {
	runes := []rune(s)
	if len(runes) <= 40 {
		return s
	}
	return string(runes[:38]) + "..."
}
