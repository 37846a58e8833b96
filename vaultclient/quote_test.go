package vaultclient

import (
	"encoding/json"
	"errors"
	"html"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

type vectors struct {
	Vectors []struct {
		Argument  string `json:"argument"`
		Quoted    string `json:"quoted"`
		RoundTrip bool   `json:"round_trip"`
	} `json:"vectors"`
	Rejected []struct {
		Argument string `json:"argument"`
	} `json:"rejected"`
	FieldValues []struct {
		Wanted      string `json:"wanted"`
		SentAs      string `json:"sent_as"`
		CommandPart string `json:"command_part"`
		HTTP        int    `json:"http"`
		Stored      *struct {
			Password []string          `json:"password"`
			Custom   []json.RawMessage `json:"custom"`
		} `json:"stored"`
	} `json:"field_values"`
	Notes []struct {
		Text    string `json:"text"`
		Encoded string `json:"encoded_and_quoted"`
	} `json:"notes"`
	ShareID struct {
		URL    string  `json:"url"`
		Listed ShareID `json:"listed_share_link_id"`
	} `json:"one_time_share_link_id"`
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	b, err := os.ReadFile("testdata/quoting_vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestQuoteWritesEveryRecordedArgumentAsRecorded(t *testing.T) {
	t.Parallel()
	roundTrips := 0
	for _, v := range readVectors(t).Vectors {
		got, err := Quote(v.Argument)
		if !v.RoundTrip {
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("Quote(%q) = %q, %v, want ErrInvalid", v.Argument, got, err)
			}
			continue
		}
		roundTrips++
		if err != nil || got != v.Quoted {
			t.Errorf("Quote(%q) = %q, %v, want %q", v.Argument, got, err, v.Quoted)
		}
		if args, err := serviceSplit("record-add --title=" + got + " -rt login"); err != nil || args[1] != "--title="+v.Argument {
			t.Errorf("the service reads %q back as %q, %v", v.Argument, args, err)
		}
	}
	if roundTrips != 98 {
		t.Errorf("%d vectors round-tripped, want 98", roundTrips)
	}
}

func TestQuoteRefusesWhatTheServiceRefuses(t *testing.T) {
	t.Parallel()
	arguments := []string{"--", "\xff", "a\xc3", "\xed\xa0\x80"}
	for _, v := range readVectors(t).Rejected {
		arguments = append(arguments, v.Argument)
	}
	for _, arg := range arguments {
		if got, err := Quote(arg); !errors.Is(err, ErrInvalid) {
			t.Errorf("Quote(%q) = %q, %v, want ErrInvalid", arg, got, err)
		}
	}
}

func TestBase64CarriesFieldValuesAsRecorded(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t).FieldValues {
		if v.SentAs == "raw" {
			kept := v.Stored != nil && len(v.Stored.Custom) == 0 && len(v.Stored.Password) == 1 && v.Stored.Password[0] == v.Wanted
			if plainValue(v.Wanted) && !kept {
				t.Errorf("plainValue(%q) = true, but the service changed it", v.Wanted)
			}
			continue
		}
		b := newCommand("record-add")
		encoded, err := encodeBase64(v.Wanted)
		if v.HTTP != 200 {
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("encodeBase64(%q) = %v, want ErrInvalid", v.Wanted, err)
			}
			continue
		}
		c, err := b.secretPositional("password=", encoded).build()
		if want := "record-add " + v.CommandPart; err != nil || c.text != want {
			t.Errorf("field %q is sent as %q, %v, want %q", v.Wanted, c.text, err, want)
		}
	}
}

func TestNotesAreWrittenAsRecorded(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t).Notes {
		if v.Encoded == "" {
			continue // how the service reads notes that were not encoded
		}
		encoded, err := encodeNotes(v.Text)
		if err != nil {
			t.Errorf("encodeNotes(%q) = %v", v.Text, err)
			continue
		}
		if got, err := Quote(encoded); err != nil || got != v.Encoded {
			t.Errorf("notes %q are sent as %q, %v, want %q", v.Text, got, err, v.Encoded)
		}
	}
}

func TestNotesSurviveTheService(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab\\n\n\r +{$'"))).Draw(t, "text")
		encoded, err := encodeNotes(text)
		if err != nil {
			if !strings.Contains(strings.ReplaceAll(text, "\r", "\n"), "\\\n") {
				t.Fatalf("refused %q: %v", text, err)
			}
			return
		}
		want := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
		if got := serviceNotes(encoded); got != want {
			t.Fatalf("%q is sent as %q and read as %q", text, encoded, got)
		}
	})
}

func TestNotesWithABackslashBeforeALineFeedAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a\\\nb", "a\\\r\nb", "a\\\rb", "\\\n"} {
		if got, err := encodeNotes(text); !errors.Is(err, ErrInvalid) {
			t.Errorf("encodeNotes(%q) = %q, %v, want ErrInvalid", text, got, err)
		}
	}
}

func TestShareIDIsComputedFromTheURL(t *testing.T) {
	t.Parallel()
	v := readVectors(t).ShareID
	if got, err := ShareIDOf(NewSecret(v.URL)); err != nil || got != v.Listed {
		t.Errorf("ShareIDOf = %s, %v, want %s", got, err, v.Listed)
	}
}

// quoteAlphabet makes the rare cases frequent.
var quoteAlphabet = []rune("ab-–=${}'\"\\ \t&<>;#formatFILEDATA\x01\x1c\x7f\u0085\u00a0\u2028\u202e\ufeff東🔐")

func TestEveryArgumentComesBackFromTheService(t *testing.T) {
	t.Parallel()
	pieces := rapid.SampledFrom([]string{"--format", "${", "last_record_uid", "}", "'", "--", "&amp;", "&#x27;", `\`, `"`})
	rapid.Check(t, func(t *rapid.T) {
		var args []string
		for range rapid.IntRange(1, 4).Draw(t, "n") {
			arg := rapid.StringOf(rapid.RuneFrom(quoteAlphabet)).Draw(t, "text") +
				strings.Join(rapid.SliceOfN(pieces, 0, 3).Draw(t, "pieces"), "") + rapid.String().Draw(t, "any")
			args = append(args, arg)
		}
		checkRoundTrip(t, args)
	})
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

// checkRoundTrip builds a command from args as options and positionals and reads it back as the service does.
func checkRoundTrip(t fataler, args []string) {
	t.Helper()
	b := newCommand("search").json()
	sendable := true
	for _, arg := range args {
		b.positional(arg)
		sendable = sendable && utf8.ValidString(arg) && !strings.ContainsAny(arg, "\n\r\x00") && arg != "--"
	}
	c, err := b.build()
	if !sendable {
		if !errors.Is(err, ErrInvalid) {
			t.Fatalf("built %q from %q, want ErrInvalid", c.text, args)
		}
		return
	}
	if err != nil {
		if utf8.RuneCountInString(c.text) == 0 && len(strings.Join(args, "")) > maxCommand/8 {
			return // too long after quoting
		}
		t.Fatalf("build from %q: %v", args, err)
	}
	if n := strings.Count(c.text, "--format"); n != 1 {
		t.Fatalf("%q holds --format %d times", c.text, n)
	}
	got, err := serviceSplit(c.text)
	if err != nil {
		t.Fatalf("the service cannot split %q: %v", c.text, err)
	}
	rest := got[2:] // search --format=json
	if len(rest) > 0 && rest[0] == "--" && c.text != "search --format=json --" {
		rest = rest[1:]
	}
	if strings.Join(rest, "\x00") != strings.Join(args, "\x00") || len(rest) != len(args) {
		t.Fatalf("sent %q as %q, the service reads %q", args, c.text, rest)
	}
}

func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "--", "a b", "it's", "${last_record_uid}", "--format json", "-x", "&#x27;", "\\", "a\x00b", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		if len(arg) > maxCommand {
			return
		}
		checkRoundTrip(t, []string{arg})
	})
}

// serviceNotes reads notes as Commander does (PROTOCOL 8).
func serviceNotes(s string) string {
	return strings.NewReplacer(`\\n`, `\n`, `\n`, "\n").Replace(s)
}

// serviceSplit does to a command text what the service does before argparse (PROTOCOL 7): escape and unescape HTML,
// refuse control characters, substitute variables, split as Python's shlex in POSIX mode.
func serviceSplit(text string) ([]string, error) {
	text = html.UnescapeString(pythonEscape(text))
	if strings.ContainsAny(text, "\n\r\x00") {
		return nil, errors.New("control characters")
	}
	for _, name := range []string{"last_record_uid", "last_shared_folder_uid", "last_folder_uid", "last_team_uid", "a"} {
		text = strings.ReplaceAll(text, "${"+name+"}", "SUBSTITUTED")
	}
	word, rest, _ := strings.Cut(text, " ")
	args, err := shlexSplit(rest)
	return append([]string{word}, args...), err
}

// pythonEscape is html.escape with quotes.
func pythonEscape(s string) string { return pythonEscapes.Replace(s) }

var pythonEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#x27;")

// shlexSplit follows the state machine of Python's shlex.split(s) without comments: whitespace is blank, tab, CR and LF;
// inside double quotes a backslash escapes only the quote and itself.
func shlexSplit(s string) ([]string, error) {
	const (
		between = iota
		word
		single
		double
		escapeWord
		escapeDouble
	)
	var (
		args  []string
		token strings.Builder
		state = between
	)
	for _, r := range s {
		switch state {
		case between, word:
			switch r {
			case ' ', '\t', '\r', '\n':
				if state == word {
					args = append(args, token.String())
					token.Reset()
					state = between
				}
			case '\'':
				state = single
			case '"':
				state = double
			case '\\':
				state = escapeWord
			default:
				token.WriteRune(r)
				state = word
			}
		case single:
			if r == '\'' {
				state = word
			} else {
				token.WriteRune(r)
			}
		case double:
			switch r {
			case '"':
				state = word
			case '\\':
				state = escapeDouble
			default:
				token.WriteRune(r)
			}
		case escapeWord:
			token.WriteRune(r)
			state = word
		case escapeDouble:
			if r != '"' && r != '\\' {
				token.WriteRune('\\')
			}
			token.WriteRune(r)
			state = double
		}
	}
	switch state {
	case single, double:
		return nil, errors.New("no closing quotation")
	case escapeWord, escapeDouble:
		return nil, errors.New("no escaped character")
	case word:
		args = append(args, token.String())
	}
	return args, nil
}
