package store

import (
	"strings"
	"unicode"
)

// matchOf turns what people type into a word search: every word must occur, what
// punctuation joins must follow one another ("prod-db" is two words in a row),
// and the last word may be unfinished. It is "" where nothing to look for is
// left. Every part is quoted, so that no word is an operator.
func matchOf(words []string) string {
	var phrases []string
	for _, w := range words {
		parts := strings.FieldsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
		if len(parts) > 0 {
			phrases = append(phrases, strings.Join(parts, " "))
		}
	}
	for i, p := range phrases {
		if i == len(phrases)-1 {
			p += "*"
		}
		phrases[i] = `"` + p + `"`
	}
	return strings.Join(phrases, " ")
}
