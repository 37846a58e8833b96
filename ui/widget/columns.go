package widget

import "slices"

// Column is one column of a List.
type Column[R any] struct {
	Title string
	// Width is the column's width in cells, or the least one where Flex is set.
	Width int
	// Flex is the column's share of the width that is left over; 0 keeps it at
	// Width. Max, if set, ends its growth.
	Flex, Max int
	// Key marks what names the row: it stands out where the cursor is.
	Key bool
	// Right draws head and cells against the right edge.
	Right bool
	// Spills lets a cell that is too long take up to half of the column behind
	// it, in its row alone: for short words of which few are longer.
	Spills bool
	// Drop is the order in which columns go when there is not enough width:
	// the highest first. 0 stays to the end.
	Drop int
	// Cell returns what is drawn for a row. It must depend on the row alone.
	Cell func(row R) Line
}

const columnGap = 2

// columnWidths returns the width of each column within total cells; 0 for one
// that is left out.
func columnWidths[R any](cols []Column[R], total int) []int {
	kept := make([]bool, len(cols))
	for i := range kept {
		kept[i] = true
	}
	for columnsNeed(cols, kept) > total {
		last := -1
		for i, c := range cols {
			if kept[i] && c.Drop > 0 && (last < 0 || c.Drop >= cols[last].Drop) {
				last = i
			}
		}
		if last < 0 {
			break
		}
		kept[last] = false
	}
	widths := make([]int, len(cols))
	left := max(total-columnsNeed(cols, kept), 0)
	for i, c := range cols {
		if kept[i] {
			widths[i] = c.Width
		}
	}
	growColumns(cols, kept, widths, left)
	return narrowColumns(widths, total)
}

// columnsNeed is the least width that the kept columns ask for.
func columnsNeed[R any](cols []Column[R], kept []bool) int {
	need := 0
	for i, c := range cols {
		if !kept[i] {
			continue
		}
		if need > 0 {
			need += columnGap
		}
		need += c.Width
	}
	return need
}

// growColumns shares left among the flexible columns, up to their Max.
func growColumns[R any](cols []Column[R], kept []bool, widths []int, left int) {
	for left > 0 {
		shares := 0
		for i, c := range cols {
			if kept[i] && c.Flex > 0 && (c.Max == 0 || widths[i] < c.Max) {
				shares += c.Flex
			}
		}
		if shares == 0 {
			return
		}
		before := left
		for i, c := range cols {
			if !kept[i] || c.Flex == 0 || c.Max > 0 && widths[i] >= c.Max {
				continue
			}
			more := min(max(before*c.Flex/shares, 1), left)
			if c.Max > 0 {
				more = min(more, c.Max-widths[i])
			}
			widths[i] += more
			left -= more
		}
	}
}

// narrowColumns takes from the right what no longer fits although every column
// that may go is gone.
func narrowColumns(widths []int, total int) []int {
	used := 0
	for i, w := range widths {
		if w == 0 {
			continue
		}
		if used > 0 {
			used += columnGap
		}
		widths[i] = max(min(w, total-used), 0)
		used += w
	}
	return slices.Clip(widths)
}
