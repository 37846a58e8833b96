package vaultclient

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"countersign/vaultclient/vaultsim"
)

// hints are texts that some reader of a command, or of its answer, takes for more than text (PROTOCOL 7, 8).
var hints = []string{
	"'", `"`, `\`, `\\`, "''", `'"'"'`, "$''{", "`", "$(id)", "$HOME", "${last_record_uid}", "${last_folder_uid}", "${a}", "${", "$", "{", "}",
	"--", "-", "-h", "--help", "-f", "--force", "--format=json", "--format json", "--format", "--form''at", "--title=x", "-t", "--notes=", "=", "=x=y",
	"@file", "@existing", "@", "*", "~", "#", ";", "|", "&&", ">", "&amp;", "&#x27;", "&lt;", "&#10;", "FILEDATA", "search record", "search folder",
	"policy add", "pam project import", "enterprise-push", "policy", "add", "search ", "record", "sync-down", "set", "$GEN", "$GENERAL", "$JSON", "$JSON:{}", "$BASE64:", "$BASE64:AAAA", "password=", "f.", "c.",
	" ", "  ", "\t", "\v", "\f", "\n", "\r", "\r\n", "\x00", "\x01", "\x1b[31m", "\x1c", "\x7f", "\u0085", "\u00a0", "\u2028", "\u2029", "\u200b", "\u202e", "\ufeff",
	"’", "‘", "“", "”", "＇", "＂", "＄", "－", "–", "—", "e\u0301", "東", "🔐", "\xff", "\xc3", "\xed\xa0\x80", `\n`, `\\n`, "+", "a", "b", "Z9", "",
}

// randomValue is a value as nobody would type it.
func randomValue(rng *rand.Rand) string {
	var b strings.Builder
	for range rng.IntN(6) {
		switch rng.IntN(8) {
		case 0:
			b.WriteRune(rune(rng.IntN(utf8.MaxRune + 1)))
		case 1:
			b.WriteByte(byte(rng.Uint32()))
		default:
			b.WriteString(hints[rng.IntN(len(hints))])
		}
	}
	return b.String()
}

// variables are those that the service's session knows.
func variables() map[string]string {
	return map[string]string{"last_record_uid": "EXPANDED", "last_folder_uid": "EXPANDED", "a": "EXPANDED"}
}

// unsendable reports whether a value must be refused: it is none of the quoter's business to change it (PROTOCOL 8, rule 1).
func unsendable(value string) bool {
	return value == "--" || !utf8.ValidString(value) || strings.ContainsAny(value, "\n\r\x00")
}

type quoter func(string) (string, error)

// speller writes a value into a command: the quoting, and then what is done to all arguments at once.
type speller struct {
	quote  quoter
	hiding func(string) string
}

// readsBack spells a value and reads it as the service does, as an option's value and as a positional one, by two readers that
// know nothing of the speller. The error says what came back.
func readsBack(s speller, value string) error {
	quoted, err := s.quote(value)
	switch {
	case unsendable(value) && err == nil:
		return fmt.Errorf("%q is sent as %q", value, quoted)
	case unsendable(value) && errors.Is(err, ErrInvalid):
		return nil
	case err != nil:
		return fmt.Errorf("%q is refused: %w", value, err)
	}
	dashes := ""
	if strings.HasPrefix(value, "-") {
		dashes = "-- "
	}
	for _, text := range []string{
		"record-add" + s.hiding(" --title="+quoted+" --record-type=login c.text.request_id=REQ1"),
		"search" + s.hiding(" --format=json "+dashes+quoted),
	} {
		if err := readAs(text, value); err != nil {
			return fmt.Errorf("%q is sent as %q: %w", value, text, err)
		}
	}
	return nil
}

// readAs checks that the value of a command is read as it was meant, and nothing else.
func readAs(text, value string) error {
	u, err := vaultsim.Understand(text, variables())
	if err != nil {
		return err
	}
	command, parser, key, rest := "record-add", "", "title", map[string][]string{"record-type": {"login"}, "fields": {"c.text.request_id=REQ1"}}
	if strings.HasPrefix(text, "search") {
		command, parser, key, rest = "search", vaultsim.JSONParser, "pattern", map[string][]string{"format": {"json"}}
	}
	switch got := u.Values[key]; {
	case u.Command != command || u.Help || u.Parser != parser:
		return fmt.Errorf("taken for %q, help %t, its answer read by %q", u.Command, u.Help, u.Parser)
	case len(got) != 1 || got[0] != value:
		return fmt.Errorf("read as %q", got)
	case strings.Contains(text, "${"):
		return errors.New("it could be a variable")
	case len(u.Values) != len(rest)+1:
		return fmt.Errorf("read as %q", u.Values)
	}
	for k, want := range rest {
		if !slices.Equal(u.Values[k], want) {
			return fmt.Errorf("%s is read as %q", k, u.Values[k])
		}
	}
	words, err := serviceSplit(text)
	if err != nil || !slices.Equal(words[1:], u.Words) {
		return fmt.Errorf("split as %q and as %q, %w", words, u.Words, err)
	}
	return nil
}

// values is how many values the torture of the quoting takes: some in the short form, more in the heavy one, and in the long one
// 10 million or what COUNTERSIGN_LONG says.
func values() int {
	switch n, err := strconv.Atoi(os.Getenv("COUNTERSIGN_LONG")); {
	case err == nil && n > 1:
		return n
	case os.Getenv("COUNTERSIGN_LONG") != "":
		return 10_000_000
	case os.Getenv("COUNTERSIGN_HEAVY") != "":
		return 100_000
	}
	return 60_000
}

// eachValue plays a check for n values on every processor, until it fails.
func eachValue(t *testing.T, n int, check func(*rand.Rand) error) {
	t.Helper()
	var players sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(n))
	for player := range runtime.GOMAXPROCS(0) {
		players.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(player), 7))
			for left.Add(-1) >= 0 {
				if err := check(rng); err != nil {
					left.Store(0)
					t.Errorf("player %d: %v", player, err)
				}
			}
		})
	}
	players.Wait()
}

// TestTortureQuoting sends values of every kind as an option and as a positional argument.
func TestTortureQuoting(t *testing.T) {
	t.Parallel()
	n := values()
	eachValue(t, n, func(rng *rand.Rand) error { return readsBack(speller{Quote, withoutPhrases}, randomValue(rng)) })
	t.Logf("%d values", n)
}

// TestTortureQuotingSeesAMissingRule is the control: a quoter with one rule taken out is noticed in the short form.
func TestTortureQuotingSeesAMissingRule(t *testing.T) {
	t.Parallel()
	wrap := func(pairs ...string) quoter {
		return func(arg string) (string, error) {
			if _, err := Quote(arg); err != nil || isBare(arg) {
				return arg, err
			}
			return "'" + strings.NewReplacer(pairs...).Replace(arg) + "'", nil
		}
	}
	bare := func(takes func(string) bool) quoter {
		return func(arg string) (string, error) {
			if quoted, err := Quote(arg); err != nil || !takes(arg) {
				return quoted, err
			}
			return arg, nil
		}
	}
	lets := func(part string) quoter {
		return func(arg string) (string, error) {
			quoted, err := Quote(strings.ReplaceAll(arg, part, "_"))
			return strings.ReplaceAll(quoted, "_", part), err
		}
	}
	for name, q := range map[string]quoter{
		"single quotes stay as they are": wrap("${", "$''{", "--format", "--form''at"),
		"variables are not broken up":    wrap("'", `'"'"'`, "--format", "--form''at"),
		"--format is not broken up":      wrap("'", `'"'"'`, "${", "$''{"),
		"single quotes as in a shell's double ones": func(arg string) (string, error) {
			if _, err := Quote(arg); err != nil || isBare(arg) {
				return arg, err
			}
			return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(arg) + `"`, nil
		},
		"an empty text stays bare": bare(func(arg string) bool { return arg == "" }),
		"--format stays bare":      bare(func(arg string) bool { return strings.Trim(arg, bareCharacters) == "" && arg != "" }),
		"a backslash stays bare": bare(func(arg string) bool {
			return arg != "" && strings.Trim(arg, bareCharacters+`\`) == "" && arg[0] != '-'
		}),
		"a blank stays bare": bare(func(arg string) bool {
			return strings.Contains(arg, " ") && strings.Trim(arg, bareCharacters+" ") == ""
		}),
		"a line feed is let through": lets("\n"), "a carriage return is let through": lets("\r"), "a NUL is let through": lets("\x00"),
		"text that is not UTF-8 is let through": func(arg string) (string, error) { return Quote(strings.ToValidUTF8(arg, "?")) },
		"-- is let through": func(arg string) (string, error) {
			if arg == "--" {
				return arg, nil
			}
			return Quote(arg)
		},
		"everything is refused": func(string) (string, error) { return "", ErrInvalid },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			noticed(t, speller{q, withoutPhrases})
		})
	}
	for _, left := range vaultsim.Phrases() {
		t.Run(left+" is not broken up", func(t *testing.T) {
			t.Parallel()
			noticed(t, speller{Quote, func(arguments string) string {
				return strings.ReplaceAll(withoutPhrases(strings.ReplaceAll(arguments, left, "\x00")), "\x00", left)
			}})
		})
	}
	t.Run("one character of a phrase is lost", func(t *testing.T) {
		t.Parallel()
		noticed(t, speller{Quote, func(arguments string) string { return strings.ReplaceAll(arguments, "search record", "search''record") }})
	})
}

// noticed fails where a speller's fault is not found in the short form.
func noticed(t *testing.T, s speller) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 7))
	for range 60_000 {
		if readsBack(s, randomValue(rng)) != nil {
			return
		}
	}
	t.Error("not noticed")
}
