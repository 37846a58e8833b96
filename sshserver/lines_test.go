package sshserver

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func TestALineIsTypedAsOnATerminal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, typed, want, shown string }{
		{"a line", "approve\r", "approve\n", "approve\r\n"},
		{"two lines", "a\rb\n", "a\nb\n", "a\r\nb\r\n"},
		{"a mistake", "ax\x7fb\r", "ab\n", "ax\b \bb\r\n"},
		{"a mistake in a wide character", "größ\x7f\x7fo\r", "gro\n", "größ\b \b\b \bo\r\n"},
		{"nothing to take back", "\x7f\x7fa\r", "a\n", "a\r\n"},
		{"another beginning", "abc\x15d\r", "d\n", "abc\b \b\b \b\b \bd\r\n"},
		{"arrows", "a\x1b[A\x1b[1;5Cb\x1bOAc\r", "abAc\n", "abAc\r\n"},
		{"the end", "a\r\x04b\r", "a\n", "a\r\n"},
		{"the end behind a beginning", "ab\x04c\r", "abc\n", "abc\r\n"},
		{"an interrupt", "ab\x03c\r", "", "ab^C\r\n"},
		{"other control characters", "a\x00\x07\x0cb\r", "ab\n", "ab\r\n"},
		{"half a line", "abc", "", "abc"},
	} {
		var shown bytes.Buffer
		interrupted := false
		l := newLines(context.Background(), strings.NewReader(tt.typed), &screen{out: &shown}, func() {}, func() { interrupted = true })
		l.pump()
		got, err := io.ReadAll(l)
		if string(got) != tt.want || err != nil || shown.String() != tt.shown || interrupted != strings.Contains(tt.typed, "\x03") {
			t.Errorf("%s: got %q, %v, shown %q; want %q, %q", tt.name, got, err, shown.String(), tt.want, tt.shown)
		}
	}
}

func TestASecretIsNotShown(t *testing.T) {
	t.Parallel()
	var shown bytes.Buffer
	l := newLines(context.Background(), strings.NewReader("hunter2\r"), &shown, func() {}, func() {})
	show, err := l.Hide()
	if err != nil {
		t.Fatal(err)
	}
	l.pump()
	if got, _ := io.ReadAll(l); string(got) != "hunter2\n" || shown.Len() > 0 {
		t.Errorf("got %q, shown %q", got, shown.String())
	}
	show()
	l.show("again")
	if shown.String() != "again" {
		t.Errorf("shown %q", shown.String())
	}
}

func TestTypedAheadHasABound(t *testing.T) {
	t.Parallel()
	var shown bytes.Buffer
	l := newLines(context.Background(), io.MultiReader(strings.NewReader(strings.Repeat("x\r", 2*mostLines)), strings.NewReader(strings.Repeat("y", 2*mostLine))),
		&shown, func() {}, func() {})
	l.pump()
	got, _ := io.ReadAll(l)
	if n := bytes.Count(got, []byte("\n")); n != mostLines || !strings.Contains(shown.String(), bell) {
		t.Errorf("%d lines were taken", n)
	}
}

func TestACommandOnATerminalHasLinesAndCanBeInterrupted(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c := h.enter("", h.person("alice"))
	start := func(command string) (*ssh.Session, io.Writer, *notes) {
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		out := &notes{more: make(chan struct{}, 1)}
		s.Stdout = out
		in, err := s.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RequestPty("dumb", 24, 80, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Start(command); err != nil {
			t.Fatal(err)
		}
		return s, in, out
	}
	s, in, out := start("cat")
	if _, err := io.WriteString(in, "hellp\x7fo\r\x04"); err != nil {
		t.Fatal(err)
	}
	if code := codeOf(t, s.Wait()); code != 0 || out.String() != "hellp\b \bo\r\nhello\r\n" {
		t.Errorf("exit code %d, %q", code, out)
	}
	s, in, out = start("wait")
	out.wait(t, "waiting\r\n")
	if _, err := io.WriteString(in, "\x03"); err != nil {
		t.Fatal(err)
	}
	if code := codeOf(t, s.Wait()); code != 130 {
		t.Errorf("exit code %d", code)
	}
	// Without a terminal the client sends the signal by itself.
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	plain := &notes{more: make(chan struct{}, 1)}
	s.Stdout = plain
	if err := s.Start("wait"); err != nil {
		t.Fatal(err)
	}
	plain.wait(t, "waiting\n")
	if err := s.Signal(ssh.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := codeOf(t, s.Wait()); code != 130 {
		t.Errorf("exit code %d", code)
	}
}

func TestWhatIsTypedAheadIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := newLines(t.Context(), strings.NewReader(strings.Repeat(strings.Repeat("x", mostLine-1)+"\n", 100)), &out, func() {}, func() {})
	l.pump()
	typed, err := io.ReadAll(l)
	if err != nil || len(typed) != mostAhead {
		t.Errorf("%d bytes are kept, %v", len(typed), err)
	}
	if !strings.Contains(out.String(), bell) {
		t.Error("no bell for what is not taken")
	}
	if l.ahead.Load() != 0 {
		t.Errorf("%d bytes seem to be left", l.ahead.Load())
	}
}
