package safetext

import (
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const (
	// maxMarks is how many combining marks one base may carry (SCREENS, Foreign
	// text).
	maxMarks = 4

	// maxJoined is how many code points may join the first one of a cluster.
	// Scripts of India make one cluster of several consonants, each a base; five
	// with the signs that tie them together are more than any word has.
	maxJoined = 8

	// clusterWindow is how far a cluster is looked at, in bytes: more than the
	// longest real emoji sequence and than a base with all it may carry. Without
	// it a text of nothing but joiners would cost the square of its length.
	clusterWindow = 64
)

// plain reports whether s is printable ASCII, in which nothing needs to be made
// visible and each byte takes one cell.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7E {
			return false
		}
	}
	return true
}

// shower makes one text visible. It copies only when it meets the first
// character that cannot stay.
type shower struct {
	text string
	out  []byte
	done int // text[:done] is in out

	// based says that a character stands before this place that may carry a
	// mark; an escape may not, nor may whatever the screen drew before the text.
	based bool
}

// show returns s as it is drawn on one line.
func show(s string) string {
	if plain(s) {
		return s
	}
	w := shower{text: s}
	for i := 0; i < len(s); {
		if isPrintable(s[i]) && (i+1 == len(s) || s[i+1] < utf8.RuneSelf) {
			w.based = true
			i++
			continue
		}
		i = w.cluster(i)
	}
	if w.done == 0 {
		return s
	}
	return string(append(w.out, s[w.done:]...))
}

func isPrintable(b byte) bool { return 0x20 <= b && b <= 0x7E }

// cluster handles what stands at i: the whole cluster if it may be drawn as it
// is, otherwise its beginning. It returns where to go on.
func (w *shower) cluster(i int) int {
	base, size := utf8.DecodeRuneInString(w.text[i:])
	cluster := firstCluster(w.text[i:])
	if len(cluster) > size && isEmojiSequence(cluster) {
		w.based = true
		return i + len(cluster)
	}
	if !standsAlone(base, size) || joins(base) && !w.based {
		return w.escape(i, size)
	}
	w.based = true

	last, marks := base, 0
	end := i + len(cluster)
	i += size
	for joined := 1; i < end; joined++ {
		r, size := utf8.DecodeRuneInString(w.text[i:])
		marks++
		if !joins(r) {
			marks = 0
		}
		if marks > maxMarks || joined > maxJoined || !mayFollow(last, r, size) {
			return w.escape(i, size)
		}
		last = r
		i += size
	}
	return i
}

// escape draws the character of size bytes at i by name and returns what is
// behind it.
func (w *shower) escape(i, size int) int {
	if w.out == nil {
		w.out = make([]byte, 0, len(w.text)+32)
	}
	w.out = append(w.out, w.text[w.done:i]...)
	w.out = appendEscape(w.out, w.text[i:i+size])
	w.done = i + size
	w.based = false
	return w.done
}

// firstCluster returns the grapheme cluster that s begins with, or the first
// clusterWindow bytes of a longer one.
func firstCluster(s string) string {
	s = beginning(s, clusterWindow)
	cluster, _ := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	return cluster
}

// beginning returns at most size bytes of s, ending where a character ends.
func beginning(s string, size int) string {
	if len(s) <= size {
		return s
	}
	for end := size; end > size-utf8.UTFMax; end-- {
		if utf8.RuneStart(s[end]) {
			return s[:end]
		}
	}
	return s[:size] // not UTF-8 here, so any place does
}

// standsAlone reports whether a character, size bytes long, can begin a cluster
// that is drawn as it is.
func standsAlone(r rune, size int) bool {
	return drawable(r, size) && !isRegional(r) && !isSkinTone(r) && !isVowelJamo(r) && !isFinalJamo(r)
}

// mayFollow reports whether r, size bytes long, may be drawn as it is when the
// segmentation puts it into one cluster behind last.
func mayFollow(last, r rune, size int) bool {
	switch {
	case !drawable(r, size), isRegional(r), isSkinTone(r):
		return false
	case isVowelJamo(r):
		return isLeadJamo(last)
	case isFinalJamo(r):
		return isVowelJamo(last) || isOpenSyllable(last)
	case isLeadJamo(r), isSyllable(r):
		// Only jamo before them can have joined them: an old spelling that is
		// drawn in two cells however long it gets.
		return false
	}
	return true
}
