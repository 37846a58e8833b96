package widget

import (
	"slices"
	"strings"
	"unicode"
)

// Op compares the value of a filter term.
type Op string

// The comparisons: key:value, key:>value and so on.
const (
	Is      Op = "="
	More    Op = ">"
	AtLeast Op = ">="
	Less    Op = "<"
	AtMost  Op = "<="
)

// Sign is the comparison as the workflow's queries know it: "<", ">" or "".
// They make no difference between more and at least.
func (op Op) Sign() string {
	switch op {
	case More, AtLeast:
		return ">"
	case Less, AtMost:
		return "<"
	}
	return ""
}

// Term is one key:value of a filter.
type Term struct {
	Key   string
	Op    Op
	Value string
}

// Filter is what was typed behind "/": words that must be found, and terms.
type Filter struct {
	Words []string
	// Quoted are those of Words that stood in quotes, for lists that look for them
	// as they are.
	Quoted []string
	Terms  []Term
	// Unknown are the keys the list does not have; their terms are left out.
	Unknown []UnknownKey
}

// UnknownKey is a key that a list does not have, with the nearest that it has,
// or "".
type UnknownKey struct{ Key, Suggestion string }

// Empty reports whether the filter lets everything through.
func (f Filter) Empty() bool { return len(f.Words) == 0 && len(f.Terms) == 0 }

// Term returns the value of the first term with a key, whatever its comparison.
func (f Filter) Term(key string) (Term, bool) {
	for _, t := range f.Terms {
		if t.Key == key {
			return t, true
		}
	}
	return Term{}, false
}

// ParseFilter reads words and key:value pairs, such as
//
//	backup requestor:alice state:rejected age:>2d title:"prod db"
//
// Keys are those of the list and match in any case; a quoted part is one word.
// What has a colon but cannot be a key, such as a URL or a time, is a word.
func ParseFilter(text string, keys []string) Filter {
	var f Filter
	for _, part := range splitQuoted(text) {
		name, value, found := strings.Cut(part.text, ":")
		if part.quoted || !found || !isKeyName(name) || strings.HasPrefix(value, "//") {
			if part.text != "" {
				f.Words = append(f.Words, part.text)
			}
			if part.text != "" && part.quoted {
				f.Quoted = append(f.Quoted, part.text)
			}
			continue
		}
		name = strings.ToLower(name)
		if !slices.Contains(keys, name) {
			f.Unknown = append(f.Unknown, UnknownKey{name, Nearest(name, keys)})
			continue
		}
		op, value := cutOp(value)
		if value != "" {
			f.Terms = append(f.Terms, Term{name, op, value})
		}
	}
	return f
}

func cutOp(s string) (Op, string) {
	for _, op := range []Op{AtLeast, AtMost, More, Less, Is} {
		if rest, ok := strings.CutPrefix(s, string(op)); ok {
			return op, rest
		}
	}
	return Is, s
}

func isKeyName(s string) bool {
	for i, r := range s {
		if !unicode.IsLetter(r) && (i == 0 || r != '-' && r != '_') {
			return false
		}
	}
	return s != ""
}

type filterPart struct {
	text   string
	quoted bool // began with a quote
}

// splitQuoted splits at blanks outside double quotes, and drops the quotes. An
// open quote reaches to the end: it is being typed.
func splitQuoted(text string) []filterPart {
	var parts []filterPart
	var b strings.Builder
	inQuotes, begun, quoted := false, false, false
	end := func() {
		if begun {
			parts = append(parts, filterPart{b.String(), quoted})
		}
		b.Reset()
		begun, quoted = false, false
	}
	for _, r := range text {
		switch {
		case r == '"':
			quoted = quoted || !begun
			inQuotes, begun = !inQuotes, true
		case unicode.IsSpace(r) && !inQuotes:
			end()
		default:
			begun = true
			b.WriteRune(r)
		}
	}
	end()
	return parts
}

// Nearest returns the name nearest to word, or "" when none is within two
// changes of a letter or begins with it.
func Nearest(word string, names []string) string {
	best, least := "", 3
	for _, n := range names {
		d := distance(word, n)
		if len(word) > 1 && strings.HasPrefix(n, word) {
			d = 1
		}
		if d < least && d < max(len(word), 2) {
			best, least = n, d
		}
	}
	return best
}

// distance is the number of letters to change, add or leave out between a and b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}
