package workflow

import (
	"regexp"
	"slices"
	"strings"

	"countersign/model"
)

// redactor takes out of a text what people and the vault have brought into it: for
// what leaves the house. It takes out too much rather than too little.
type redactor struct {
	forms []foreignForm
	known *strings.Replacer
}

// foreignForm is what something is like that is not ours, and what is put in its place.
type foreignForm struct {
	like *regexp.Regexp
	in   string
}

// leastKnown is how long a word has to be to be looked for: shorter ones are parts
// of other words.
const leastKnown = 3

// newRedactor returns one that knows some words, such as the names of people.
func newRedactor(words []string) *redactor {
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return len(w) < leastKnown })
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) }) // the longest first
	words = slices.Compact(words)
	pairs := make([]string, 0, 4*len(words))
	for _, w := range words {
		pairs = append(pairs, w, "<name>")
		if lower := strings.ToLower(w); lower != w {
			pairs = append(pairs, lower, "<name>")
		}
	}
	return &redactor{forms: foreignForms(), known: strings.NewReplacer(pairs...)}
}

// foreignForms are in the order that counts: a quotation may hold all the others.
func foreignForms() []foreignForm {
	return []foreignForm{
		{regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'[^']*'|“[^”]*”|«[^»]*»`), "<quoted>"},
		{regexp.MustCompile(`[a-z]+://[^\s]+`), "<address>"},
		{regexp.MustCompile(`[^\s@]+@[^\s@]+`), "<address>"},
		{regexp.MustCompile(`\blookup [^\s:]+`), "lookup <address>"},
		{regexp.MustCompile(`\bvalid for .*`), "valid for <address>"}, // the names in a certificate
		{regexp.MustCompile(`\bprocess ([0-9]+) on [^\s,:]+`), "process $1 on <name>"},
		{regexp.MustCompile(`\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?\b`), "<address>"},
		{regexp.MustCompile(`\[[0-9A-Fa-f:.]*:[^\]\s]*\](?::[0-9]+)?|(?:[0-9A-Fa-f]{0,4}:){3,}[0-9A-Fa-f]{1,4}|::[0-9A-Fa-f]+`), "<address>"},
		{regexp.MustCompile(`\b[A-Za-z][\w-]*(?:\.[\w-]+)*:[0-9]{2,5}\b|\b[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*){2,}\b`), "<address>"},
		{regexp.MustCompile(`(?:/[\w.~-]+){2,}|[A-Za-z]:\\[^\s]+`), "<path>"},
		{regexp.MustCompile(`[A-Za-z0-9_-]{22,}`), "<id>"},
	}
}

// clean returns a text without what is not ours.
func (r *redactor) clean(text string) string {
	for _, f := range r.forms {
		text = f.like.ReplaceAllString(text, f.in)
	}
	return r.known.Replace(text)
}

// plainValue is a value that says nothing of anybody: a number, a length of time,
// yes or no, one of our own numbers.
var plainValue = regexp.MustCompile(`^(-?[0-9]+(\.[0-9]+)?(ns|µs|ms|s|m|h)?([0-9]+(\.[0-9]+)?(ms|s|m))*|true|false)$`)

// value returns the value of a field as it may go out.
func (r *redactor) value(key, value string) string {
	switch {
	case key == "error":
		return r.clean(value)
	case plainValue.MatchString(value), model.Number(value).Valid():
		return value
	case value == "":
		return ""
	}
	return "<text>"
}
