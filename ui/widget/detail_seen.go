package widget

// maxAligned bounds the work of carrySeen: it is the number of lines before
// times the number of lines after, of those that differ.
const maxAligned = 1 << 20

// carrySeen marks those lines of now as seen that were so before. Lines belong
// together where they read the same and stand in the same order, as in a
// comparison of two files: each line that was seen stands for one line and not
// for all that are like it. Where far too much has changed at once to tell, it
// has to be seen again.
func carrySeen(before, now []detailLine) {
	old, fresh := toBeSeen(before), toBeSeen(now)
	for len(old) > 0 && len(fresh) > 0 && old[0].text == fresh[0].text {
		fresh[0].seen = old[0].seen
		old, fresh = old[1:], fresh[1:]
	}
	for len(old) > 0 && len(fresh) > 0 && old[len(old)-1].text == fresh[len(fresh)-1].text {
		fresh[len(fresh)-1].seen = old[len(old)-1].seen
		old, fresh = old[:len(old)-1], fresh[:len(fresh)-1]
	}
	if len(old)*len(fresh) > maxAligned {
		return
	}
	common := commonLines(old, fresh)
	for i, j := 0, 0; i < len(old) && j < len(fresh); {
		switch {
		case old[i].text == fresh[j].text:
			fresh[j].seen = old[i].seen
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			i++
		default:
			j++
		}
	}
}

// toBeSeen returns the lines that say something.
func toBeSeen(lines []detailLine) []*detailLine {
	var out []*detailLine
	for i := range lines {
		if lines[i].text != "" {
			out = append(out, &lines[i])
		}
	}
	return out
}

// commonLines returns, for each two places, how many lines from there on can be
// put together in their order.
func commonLines(old, fresh []*detailLine) [][]int {
	common := make([][]int, len(old)+1)
	for i := range common {
		common[i] = make([]int, len(fresh)+1)
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(fresh) - 1; j >= 0; j-- {
			if old[i].text == fresh[j].text {
				common[i][j] = common[i+1][j+1] + 1
				continue
			}
			common[i][j] = max(common[i+1][j], common[i][j+1])
		}
	}
	return common
}
