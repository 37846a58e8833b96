package sshserver

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

func TestACommandIsCutAsAShellWould(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want []string
		err  error
	}{
		{"", nil, nil},
		{"  \t\n ", nil, nil},
		{"list waiting --json", []string{"list", "waiting", "--json"}, nil},
		{"approve REQ0010001 --comment 'as agreed'", []string{"approve", "REQ0010001", "--comment", "as agreed"}, nil},
		{`a"b c"d`, []string{"ab cd"}, nil},
		{`'' ""`, []string{"", ""}, nil},
		{`a\ b \\ \'`, []string{"a b", `\`, "'"}, nil},
		{`"a\"b\\c\nd"`, []string{`a"b\c\nd`}, nil},
		{`'a\b'`, []string{`a\b`}, nil},
		{"$HOME `id` $(id) * ~ ; | & > x", []string{"$HOME", "`id`", "$(id)", "*", "~", ";", "|", "&", ">", "x"}, nil},
		{"caf\xe9 größe", []string{"caf\xe9", "größe"}, nil},
		{"a\x00b", []string{"a\x00b"}, nil},
		{"'open", nil, errQuote},
		{`"open`, nil, errQuote},
		{`open\`, nil, errQuote},
		{strings.Repeat("x", mostCommand+1), nil, errLong},
	} {
		got, err := words(tt.in)
		if !slices.Equal(got, tt.want) || !errors.Is(err, tt.err) {
			t.Errorf("%.60q: %q, %v; want %q, %v", tt.in, got, err, tt.want, tt.err)
		}
	}
}

// quoted is a word as a careful person writes it.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

func FuzzWordsComeThroughQuotes(f *testing.F) {
	f.Add("a", "it's", `\"$x`)
	f.Add("", " ", "\x00\xff\n")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if len(a)+len(b)+len(c) > mostCommand/8 {
			return
		}
		got, err := words(quoted(a) + "  " + quoted(b) + "\t" + quoted(c))
		if want := []string{a, b, c}; err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
		if _, err := words(a); err != nil && !errors.Is(err, errQuote) {
			t.Error(err)
		}
	})
}

// FuzzRequestsAreTakenOrNot gives what a client may send to each request of a
// session: whatever it is, what is kept of it has a bound.
func FuzzRequestsAreTakenOrNot(f *testing.F) {
	f.Add(ssh.Marshal(struct{ Name, Value string }{"COLORTERM", "truecolor"}), true)
	f.Add(ssh.Marshal(struct {
		Term       string
		W, H, X, Y uint32
		Modes      string
	}{"xterm", 1 << 31, 1, 0, 0, ""}), false)
	f.Add(ssh.Marshal(struct{ W, H, X, Y uint32 }{0, 5, 0, 0}), true)
	f.Fuzz(func(t *testing.T, payload []byte, certified bool) {
		c := &conn{server: &Server{quiet: newQuiet(time.Now, slog.New(slog.DiscardHandler))},
			ssh: &ssh.ServerConn{Permissions: &ssh.Permissions{}}}
		if certified {
			c.guest.Certificate = "x"
		}
		s := newSession(c, nil, nil)
		for range 3 {
			for _, kind := range []string{"env", "pty-req", "window-change", "signal", "x11-req"} {
				s.answer(&ssh.Request{Type: kind, Payload: payload})
			}
		}
		if len(s.environ) > 4 || s.size.Width > mostWidth || s.size.Height > mostHeight || s.size.Width < 0 || certified && s.term != "" {
			t.Errorf("kept %q, %+v, %q", s.environ, s.size, s.term)
		}
		for _, e := range s.environ {
			if len(e) > 2*mostEnv || !printable(e) {
				t.Errorf("kept %q", e)
			}
		}
	})
}
