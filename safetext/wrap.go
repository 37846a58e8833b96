package safetext

// widestUnit is the most cells that something unsplittable takes: four emoji of
// which two have a skin tone, counted by code point.
const widestUnit = 12

// Wrap breaks v into lines of at most cells, between words where it can. Nothing
// is lost: the lines put together are v. Blanks stay at the end of the line that
// they follow, so a word is taken to the next line when its blank has no room;
// only the blank behind a word that fills a line by itself begins the next one.
// A word longer than a line is broken where the line ends; wide characters, such
// as Chinese ones, are words by themselves. The result has at least one line.
//
// Less than twelve cells are taken as twelve, the widest thing that is not split.
func (v Visible) Wrap(cells int) []Visible {
	cells = max(cells, widestUnit)
	if v.fits(cells) {
		return []Visible{v}
	}
	var (
		lines  []Visible
		start  int    // where the line begins
		word   int    // where its last word begins
		width  extent // of the line so far
		atWord extent // of the line before its last word
	)
	for i := 0; i < len(v.s); {
		u := v.unit(i)
		wide := u.cells > 1 && escapeLen(v.s[i:]) == 0
		if wide {
			word, atWord = i, width
		}
		for start < i && !width.plus(u.extent).within(cells) {
			if word == start {
				word, atWord = i, width
			}
			lines = append(lines, v.slice(start, word))
			start = word
			width, atWord = width.minus(atWord), extent{}
		}
		width = width.plus(u.extent)
		i = u.end
		if wide || v.s[u.start:u.end] == " " {
			word, atWord = i, width
		}
	}
	return append(lines, v.slice(start, len(v.s)))
}
