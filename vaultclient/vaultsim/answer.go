package vaultsim

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// exception is an error that escapes a command; the service answers 500 `Unexpected error: <text>`.
type exception string

func (e exception) Error() string { return string(e) }

// commandError is an exception whose text Commander prefixes with the command's name.
func commandError(command, text string) exception {
	return exception(command + ": " + text)
}

// output collects what a command wrote. Printed text, logged text and printed JSON are kept apart because the
// response parser treats them differently (PROTOCOL 11).
type output struct {
	printed  []string
	logged   []string
	document any // JSON that the command printed
	hasDoc   bool
	parsed   any // what the parser for this command makes of its printed text
}

func (o *output) print(text string) { o.printed = append(o.printed, text) }
func (o *output) log(text string)   { o.logged = append(o.logged, text) }
func (o *output) json(v any)        { o.document, o.hasDoc = v, true }

// reply is the outcome of one command: an HTTP status and a body.
type reply struct {
	status    int
	body      object
	exception bool // exceptions are never encrypted (PROTOCOL 15)
}

const (
	emptyOutput   = "Command executed successfully but produced no output"
	controlChars  = "Invalid command: control characters are not allowed in command input."
	invalidJSON   = "Invalid JSON response"
	jsonFlag      = " --format"
	statusSuccess = "success"
	statusError   = "error"
)

// exceptionReply is the answer to an exception.
func exceptionReply(text string) reply {
	return reply{
		status:    http.StatusInternalServerError,
		body:      object{{statusError, "Unexpected error: " + text}, {"status", statusError}},
		exception: true,
	}
}

// jsonForm tells whether the response parser takes the output for JSON. It looks at the whole command text,
// values included (PROTOCOL 7.7).
func jsonForm(text string) bool {
	return strings.Contains(text, "--format=json") || strings.Contains(text, "--format json")
}

// JSONParser reads answers of commands whose text asks for JSON, be it in a value.
const JSONParser = "json"

// Phrases are the texts that choose another parser for the answer wherever they stand in a command that does not
// ask for JSON, values included (PROTOCOL 7.7).
func Phrases() []string {
	return []string{"search record", "search folder", "policy add", "pam project import", "enterprise-push"}
}

// parserOf is the parser that a command's text chooses, "" for the usual one.
func parserOf(text string) string {
	if jsonForm(text) {
		return JSONParser
	}
	for _, p := range Phrases() {
		if strings.Contains(text, p) {
			return p
		}
	}
	return ""
}

// answer turns a command's output into the service's reply by the rules of PROTOCOL 11.
func answer(text string, out *output) reply {
	word, _, _ := strings.Cut(text, " ")
	if jsonForm(text) {
		head, _, _ := strings.Cut(text, jsonFlag)
		switch {
		case out.hasDoc && len(out.printed) == 0 && len(out.logged) == 0:
			return reply{status: http.StatusOK, body: object{{"command", head}, {"data", out.document}, {"status", statusSuccess}}}
		case out.hasDoc || len(out.printed) > 0:
			return reply{status: http.StatusBadRequest, body: object{
				{"command", head}, {"data", nil}, {"error", invalidJSON}, {"status", statusError}}}
		}
	}
	if out.hasDoc {
		out.print(indented(out.document, ""))
	}
	printed := lines(out.printed)
	if data, command := special(word, text, out, printed); data != nil {
		return reply{status: http.StatusOK, body: object{{"command", command}, {"data", data}, {"status", statusSuccess}}}
	}
	return classify(word, text, append(printed, lines(out.logged)...))
}

// lines cuts texts into trimmed lines and drops empty ones.
func lines(texts []string) []string {
	var out []string
	for _, text := range texts {
		for line := range strings.SplitSeq(text, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				out = append(out, line)
			}
		}
	}
	return out
}

// special applies the parsers that some commands have for their printed text; nil means there is none.
func special(word, text string, out *output, printed []string) (any, string) {
	switch {
	case len(printed) == 0 && out.parsed == nil:
		return nil, ""
	case out.parsed != nil:
		return out.parsed, word
	case word == "get":
		return keyValues(printed), word
	case parserOf(text) == "search record": // of the others nothing was recorded
		return searchRows(printed), "search record"
	}
	return nil, ""
}

// keyValues is the parser for the detail form of get: one pair a line, later pairs replace earlier ones.
func keyValues(printed []string) object {
	o := object{}
	for _, line := range printed {
		key, value, found := strings.Cut(line, ":")
		if !found {
			continue
		}
		key = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(key)), " ", "_")
		o = o.with(key, strings.TrimSpace(value))
	}
	return o
}

// with returns the object with a key set.
func (o object) with(key string, value any) object {
	for i := range o {
		if o[i].key == key {
			o[i].value = value
			return o
		}
	}
	return append(o, member{key, value})
}

var columnGap = regexp.MustCompile(`\s{2,}`)

// searchRows is the parser for the table of a search whose text contains "search record".
func searchRows(printed []string) []any {
	rows := []any{}
	for _, line := range printed {
		cells := columnGap.Split(line, 5)
		number, err := strconv.Atoi(cells[0])
		if err != nil || len(cells) < 4 {
			continue
		}
		// The uid follows the number and is followed by type and title, all without double blanks.
		row := object{{"number", number}, {"uid", cells[1]}, {"type", cells[2]}, {"title", cells[3]}, {"description", ""}}
		if len(cells) == 5 {
			row = row.with("description", cells[4])
		}
		rows = append(rows, row)
	}
	return rows
}

// The words by which the service classifies text (PROTOCOL 11). They are looked for in everything a command
// wrote, titles and addresses included.
func successWords() []string {
	return []string{"created", "added", "removed", "updated", "deleted", "successfully", "completed", "done"}
}

func forbiddenWords() []string {
	return []string{"permission denied", "access denied", "unauthorized", "not authorized", "forbidden"}
}

func missingWords() []string {
	return []string{"not found", "does not exist", "could not be resolved", "no such", "cannot be found"}
}

func conflictWords() []string {
	return []string{"already exists", "already in", "duplicate", "conflict"}
}

func badRequestWords() []string {
	return []string{"invalid", "not allowed", "unrecognized", "reserved", "character", "empty", "cannot be", "expects"}
}

func failureWords() []string {
	return []string{"error", "failed", "failure"}
}

func containsAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

func classify(word, text string, all []string) reply {
	if len(all) == 0 {
		return success(word, cannedSentence(text))
	}
	joined := strings.Join(all, "\n")
	lower := strings.ToLower(joined)
	bad := containsAny(lower, missingWords()) || containsAny(lower, badRequestWords()) || containsAny(lower, failureWords())
	switch {
	case containsAny(lower, successWords()) && bad:
		return reply{status: http.StatusMultiStatus, body: object{
			{"command", word}, {"data", nil}, {"message", joined}, {"status", "partial_success"}}}
	case containsAny(lower, forbiddenWords()):
		return failure(http.StatusForbidden, word, joined)
	case containsAny(lower, missingWords()):
		return failure(http.StatusInternalServerError, word, joined)
	case containsAny(lower, conflictWords()):
		return reply{status: http.StatusConflict, body: object{
			{"command", word}, {"data", nil}, {"message", joined}, {"status", "warning"}}}
	case containsAny(lower, badRequestWords()):
		return failure(http.StatusBadRequest, word, joined)
	case containsAny(lower, failureWords()):
		return failure(http.StatusInternalServerError, word, joined)
	case containsAny(lower, []string{"warning:", "skipping"}):
		return failure(http.StatusBadRequest, word, joined)
	}
	if len(all) == 1 {
		return success(word, all[0])
	}
	list := make([]any, len(all))
	for i, line := range all {
		list[i] = line
	}
	return success(word, list)
}

func success(word string, message any) reply {
	return reply{status: http.StatusOK, body: object{
		{"command", word}, {"data", nil}, {"message", message}, {"status", statusSuccess}}}
}

func failure(status int, word, text string) reply {
	return reply{status: status, body: object{{"command", word}, {statusError, text}, {"status", statusError}}}
}

// cannedSentence is the message for a command that wrote nothing. It is chosen by substrings of the whole
// command, so a UID that contains "set" changes it (PROTOCOL 11).
func cannedSentence(text string) string {
	for _, c := range []struct{ part, sentence string }{
		{"sync-down", "Vault synchronized successfully"},
		{"logout", "Logged out successfully"},
		{"keep-alive", "Session kept alive successfully"},
		{"set", "Configuration updated successfully"},
		{"record-update", "Record updated successfully"},
		{"append-notes", "Notes appended successfully"},
		{"mv", "Item moved successfully"},
		{"ln", "Link created successfully"},
	} {
		if strings.Contains(text, c.part) {
			return c.sentence
		}
	}
	return emptyOutput
}
