package vaultclient

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxCommand is the longest command the service accepts, in Unicode code points after quoting (PROTOCOL 3).
const maxCommand = 4096

// bareCharacters need no quotes (PROTOCOL 8, rule 2).
const bareCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%+=:,./_-"

// Quote returns arg as it must stand in a command so that the service receives exactly arg (PROTOCOL 8). The error wraps
// ErrInvalid: text with a line feed, carriage return or NUL, text that is not UTF-8, and the text "--" cannot be sent.
func Quote(arg string) (string, error) {
	if !utf8.ValidString(arg) {
		return "", fmt.Errorf("text is not UTF-8: %w", ErrInvalid)
	}
	if strings.ContainsAny(arg, "\n\r\x00") {
		return "", fmt.Errorf("text holds a line feed, carriage return or NUL: %w", ErrInvalid)
	}
	if arg == "--" {
		return "", fmt.Errorf("the text %q alone: %w", arg, ErrInvalid)
	}
	if isBare(arg) {
		return arg, nil
	}
	return "'" + insideQuotes.Replace(arg) + "'", nil
}

// The last two spellings hide text from the variable substitution and from the answer's format detection, both of which
// look at the command before it is split (PROTOCOL 7.3, 7.7).
var insideQuotes = strings.NewReplacer("'", `'"'"'`, "${", "$''{", "--format", "--form''at")

// withoutPhrases breaks up, in the quoted arguments of a command, the phrases by which the service chooses another parser for the
// answer wherever they stand, so that a title could hide what the service says (PROTOCOL 7.7). A pair of quotes between two
// characters adds nothing to a word, inside single quotes or outside. It is done to all arguments at once, since the end of one and the beginning
// of the next can be such a phrase.
func withoutPhrases(arguments string) string {
	return phraseBreaker.Replace(arguments)
}

var phraseBreaker = strings.NewReplacer("search record", "search'' record", "search folder", "search'' folder", "policy add", "policy'' add",
	"pam project import", "pam'' project import", "enterprise-push", "enterprise''-push")

func isBare(arg string) bool {
	return arg != "" && arg[0] != '-' && !strings.Contains(arg, "--format") && strings.Trim(arg, bareCharacters) == ""
}

// encodeNotes writes the text of a notes option, where backslash-n means a line feed (PROTOCOL 8). A backslash directly
// before a line feed cannot be expressed; the error wraps ErrInvalid.
func encodeNotes(text string) (string, error) {
	text = lineFeeds(text)
	if strings.Contains(text, "\\\n") {
		return "", fmt.Errorf("notes hold a backslash at the end of a line: %w", ErrInvalid)
	}
	return strings.NewReplacer(`\n`, `\\n`, "\n", `\n`).Replace(text), nil
}

// lineFeeds ends every line with a line feed alone.
func lineFeeds(text string) string {
	return lineEnds.Replace(text)
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// trimmed takes away what the service takes for blanks around a text: Python's idea of them, which has four more than Go's.
func trimmed(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f })
}

// encodeBase64 writes a field value that carries any UTF-8 text unchanged (PROTOCOL 8).
func encodeBase64(text string) (string, error) {
	if text == "" {
		return "", fmt.Errorf("empty field value: %w", ErrInvalid)
	}
	if !utf8.ValidString(text) {
		return "", fmt.Errorf("field value is not UTF-8: %w", ErrInvalid)
	}
	return "$BASE64:" + base64.StdEncoding.EncodeToString([]byte(text)), nil
}

// encodeJSON writes the value of an object field. JSON escapes carry line feeds, so that the text passes the quoting rule.
func encodeJSON(parts map[string]Secret) (string, error) {
	object := make(map[string]string, len(parts))
	for name, part := range parts {
		object[name] = part.Reveal()
		if !utf8.ValidString(name) || !utf8.ValidString(object[name]) {
			return "", fmt.Errorf("field value is not UTF-8: %w", ErrInvalid)
		}
	}
	b, err := json.Marshal(object)
	if err != nil {
		return "", fmt.Errorf("field value: %w", err)
	}
	return "$JSON:" + string(b), nil
}

// plainValue reports whether a field value arrives unchanged without $BASE64, which services before 17.2.8 do not know
// (PROTOCOL 8 and 16): nothing that is trimmed, taken for an instruction or unescaped.
func plainValue(text string) bool {
	return text != "" && text == trimmed(text) && utf8.ValidString(text) &&
		!strings.ContainsAny(text, "\n\r\x00\\") && text[0] != '$' && text[0] != '='
}
