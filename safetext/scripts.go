package safetext

import (
	"iter"
	"slices"
	"unicode"
)

// MixedScripts returns the scripts, by their Unicode names in order, that name
// mixes in a way that could deceive, or nil if it does not. A name mixes scripts
// when one of its words does: a Cyrillic letter among Latin ones. It also does
// when one word is in Latin letters and another, of two letters or more, is not
// but reads as if it were.
//
// What is usually written together does not count as mixed: the scripts of
// Japanese, of Chinese with its phonetic letters, of Korean with Chinese
// characters, each also with Latin. Digits and signs belong to every script.
func MixedScripts(name string) []string {
	if plain(name) {
		return nil
	}
	var found, disguised []string
	latin := false
	for word := range words(name) {
		scripts := scriptsOf(word)
		switch {
		case len(scripts) > 1 && !usualTogether(scripts):
			found = append(found, scripts...)
		case len(scripts) == 1 && scripts[0] == "Latin":
			latin = true
		case len(scripts) == 1 && readsAsLatin(word):
			disguised = append(disguised, scripts[0])
		}
	}
	if latin && len(disguised) > 0 {
		found = append(append(found, disguised...), "Latin")
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// words yields the words of s: runs of letters, marks and digits.
func words(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start := -1
		for i, r := range s {
			inWord := unicode.In(r, unicode.L, unicode.M, unicode.N)
			if inWord && start < 0 {
				start = i
			}
			if !inWord && start >= 0 {
				if !yield(s[start:i]) {
					return
				}
				start = -1
			}
		}
		if start >= 0 {
			yield(s[start:])
		}
	}
}

// scriptsOf returns the scripts of the letters of word, each once.
func scriptsOf(word string) []string {
	var scripts []string
	for _, r := range word {
		if script := scriptOf(r); script != "" && !slices.Contains(scripts, script) {
			scripts = append(scripts, script)
		}
	}
	return scripts
}

// frequent are the scripts looked at first, because most text is in them. What
// belongs to every script has no name here.
var frequent = []struct {
	name  string
	table *unicode.RangeTable
}{
	{"Latin", unicode.Latin}, {"Cyrillic", unicode.Cyrillic}, {"Greek", unicode.Greek}, {"Han", unicode.Han},
	{"Hiragana", unicode.Hiragana}, {"Katakana", unicode.Katakana}, {"Hangul", unicode.Hangul},
	{"Arabic", unicode.Arabic}, {"Hebrew", unicode.Hebrew}, {"", unicode.Common}, {"", unicode.Inherited},
}

// scriptOf returns the script of r, or "" if it belongs to none in particular.
func scriptOf(r rune) string {
	for _, script := range frequent {
		if unicode.Is(script.table, r) {
			return script.name
		}
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}

// usual are the sets of scripts that people write within one word.
var usual = [][]string{
	{"Latin", "Han", "Hiragana", "Katakana"},
	{"Latin", "Han", "Bopomofo"},
	{"Latin", "Han", "Hangul"},
}

func usualTogether(scripts []string) bool {
	return slices.ContainsFunc(usual, func(set []string) bool {
		return !slices.ContainsFunc(scripts, func(script string) bool { return !slices.Contains(set, script) })
	})
}

// readsAsLatin reports whether word, which holds no Latin letter, has two or
// more letters and each of them looks like a Latin one.
func readsAsLatin(word string) bool {
	letters := 0
	for _, r := range word {
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		if to := lookAlikes()[r]; to == "" || !unicode.IsLetter(rune(to[0])) {
			return false
		}
	}
	return letters > 1
}
