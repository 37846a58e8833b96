package vaultsim

import (
	"regexp"
	"strings"
)

const (
	errNoClosingQuotation = exception("No closing quotation")
	errNoEscapedCharacter = exception("No escaped character")
)

// split cuts a command line as Python's shlex does in POSIX mode without comments (PROTOCOL 7.4): single
// quotes are literal, inside double quotes a backslash escapes only a double quote and a backslash, outside
// quotes it escapes anything; only blank, tab, CR and LF separate.
func split(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	in := false // a word has begun, perhaps an empty one
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; r {
		case ' ', '\t', '\r', '\n':
			if in {
				words = append(words, word.String())
				word.Reset()
				in = false
			}
		case '\'':
			in = true
			for i++; i < len(runes) && runes[i] != '\''; i++ {
				word.WriteRune(runes[i])
			}
			if i == len(runes) {
				return nil, errNoClosingQuotation
			}
		case '"':
			in = true
			for i++; i < len(runes) && runes[i] != '"'; i++ {
				if runes[i] != '\\' {
					word.WriteRune(runes[i])
					continue
				}
				i++
				if i == len(runes) {
					return nil, errNoEscapedCharacter
				}
				if runes[i] != '"' && runes[i] != '\\' {
					word.WriteByte('\\')
				}
				word.WriteRune(runes[i])
			}
			if i == len(runes) {
				return nil, errNoClosingQuotation
			}
		case '\\':
			in = true
			i++
			if i == len(runes) {
				return nil, errNoEscapedCharacter
			}
			word.WriteRune(runes[i])
		default:
			in = true
			word.WriteRune(r)
		}
	}
	if in {
		words = append(words, word.String())
	}
	return words, nil
}

// substitute replaces ${name} by the session's variables; unknown names stay (PROTOCOL 7.3).
func substitute(text string, vars map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(m string) string {
		if value, known := vars[m[2:len(m)-1]]; known {
			return value
		}
		return m
	})
}

var variable = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)
