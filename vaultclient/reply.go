package vaultclient

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Reply is the answer of one executed command. It may hold secrets, so it can be judged but neither printed nor stored.
type Reply struct {
	code      int      // HTTP status
	status    string   // success, error, warning or partial_success
	lines     []string // message or error, trimmed, without blank lines
	data      json.RawMessage
	exception bool // the command ended in an exception: only status and error came
}

// Code returns the HTTP status of the answer, which proves nothing about what the command did.
func (r Reply) Code() int { return r.code }

// String returns the status word only.
func (r Reply) String() string { return "reply " + r.status }

// GoString hides the content from %#v.
func (r Reply) GoString() string { return r.String() }

// LogValue hides the content from log/slog.
func (r Reply) LogValue() slog.Value { return slog.StringValue(r.String()) }

// envelope is the JSON every answer of the service has. Its member "command" may hold a password that was sent
// (PROTOCOL 11); it is not read beyond noting that it is there.
type envelope struct {
	Status    loose           `json:"status"`
	Error     loose           `json:"error"`
	Message   loose           `json:"message"`
	Data      json.RawMessage `json:"data"`
	Command   presence        `json:"command"`
	RequestID loose           `json:"request_id"`
}

// presence notes that a member was there and keeps nothing of it.
type presence bool

// UnmarshalJSON implements json.Unmarshaler.
func (p *presence) UnmarshalJSON([]byte) error { *p = true; return nil }

// loose reads a text or a list of texts, and takes nothing from any other value.
type loose []string

// UnmarshalJSON implements json.Unmarshaler; it never fails, since a foreign answer must not stop the parsing.
func (l *loose) UnmarshalJSON(b []byte) error {
	*l = nil
	var one string
	if json.Unmarshal(b, &one) == nil {
		*l = loose{one}
		return nil
	}
	var many []json.RawMessage
	if json.Unmarshal(b, &many) != nil {
		return nil
	}
	for _, m := range many {
		var s string
		if json.Unmarshal(m, &s) == nil {
			*l = append(*l, s)
		}
	}
	return nil
}

func (l loose) text() string { return strings.Join(l, "\n") }

func (l loose) lines() []string {
	var lines []string
	for line := range strings.SplitSeq(l.text(), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// parseEnvelope reads a JSON object; ok is false if body is anything else.
func parseEnvelope(body []byte) (env envelope, ok bool) {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' || json.Unmarshal(body, &env) != nil {
		return envelope{}, false
	}
	return env, true
}

func (e envelope) reply(code int) Reply {
	r := Reply{code: code, status: e.Status.text(), data: e.Data}
	r.lines = append(e.Message.lines(), e.Error.lines()...)
	r.exception = !bool(e.Command) && strings.HasPrefix(e.Error.text(), "Unexpected error:")
	if bytes.Equal(r.data, []byte("null")) {
		r.data = nil
	}
	return r
}

// ParseReply reads the body of a result as the service sends it, for tests and simulators of callers. The error wraps
// ErrNotService if it is none.
func ParseReply(code int, body []byte) (Reply, error) {
	env, ok := parseEnvelope(body)
	if !ok {
		return Reply{}, &Error{Op: "reply", Kind: ErrNotService, HTTP: code}
	}
	return env.reply(code), nil
}

// text returns the service's words without secrets that the answer itself may carry.
func (r Reply) text() string { return scrub(strings.Join(r.lines, "\n")) }

// sessionLost looks for the signs of PROTOCOL 13 in the message, not in the data, where they could be somebody's title.
func (r Reply) sessionLost() bool {
	text := strings.Join(r.lines, "\n")
	for _, sign := range []string{"session_token_expired", "Logging in to Keeper", "LOGIN STATE"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

// has reports whether a line of the answer, as a whole, is one of texts.
func (r Reply) has(texts ...string) bool {
	for _, line := range r.lines {
		for _, text := range texts {
			if line == text {
				return true
			}
		}
	}
	return false
}

// line returns the first line that contains any of texts, "" if none does.
func (r Reply) line(texts ...string) string {
	for _, line := range r.lines {
		for _, text := range texts {
			if strings.Contains(line, text) {
				return line
			}
		}
	}
	return ""
}

// wipe overwrites the data, which held secrets.
func (r Reply) wipe() { clear(r.data) }

// maxText bounds what is kept of the service's words; a usage page is about 1,500 characters.
const maxText = 4096

// shareFragment is the secret half of a one-time link, wherever it stands.
var shareFragment = regexp.MustCompile(`(/vault/share/?[^\s#]*#)[A-Za-z0-9_-]+`)

// scrub takes one-time links out of a text and bounds its length.
func scrub(text string) string {
	text = shareFragment.ReplaceAllString(text, "${1}"+hidden)
	if len(text) <= maxText {
		return text
	}
	cut := maxText
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
