package cli

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creack/pty"
)

// first returns the number of the first request in a list.
func (c *caller) first(args ...string) string {
	c.t.Helper()
	var rows []struct{ Number string }
	if err := json.Unmarshal([]byte(c.call(CodeOK, append([]string{"list", "--json"}, args...)...)), &rows); err != nil || len(rows) == 0 {
		c.t.Fatalf("%v: %d rows, %v", args, len(rows), err)
	}
	return rows[0].Number
}

// terminal opens a pseudo-terminal and collects what is drawn on it.
func terminal(t *testing.T) (keyboard, tty *os.File, screen *watched) {
	t.Helper()
	keyboard, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	screen = newWatched()
	drawn := make(chan struct{})
	go func() {
		defer close(drawn)
		_, _ = io.Copy(screen, keyboard) // ends with the terminal
	}()
	t.Cleanup(func() {
		tty.Close()
		<-drawn
		keyboard.Close()
	})
	return keyboard, tty, screen
}

func TestAskingOnATerminal(t *testing.T) {
	t.Parallel()
	const question = "anything else means no: "
	for _, tt := range []struct {
		name  string
		think time.Duration
		typed func(number string) string
		code  Code
		said  string
	}{
		{"the last four digits decide", time.Second, func(n string) string { return n[len(n)-4:] + "\n" }, CodeOK, "is approved"},
		{"nothing means no", time.Second, func(string) string { return "\n" }, CodeFailure, "nothing was decided"},
		{"the end of the input means no", time.Second, func(string) string { return "\x04" }, CodeFailure, "nothing was decided"},
		{"yes means no", time.Second, func(string) string { return "yes\n" }, CodeFailure, "nothing was decided"},
		{"consent cannot be typed ahead", 100 * time.Millisecond, func(n string) string { return n[len(n)-4:] + "\n" }, CodeUsage, "before the question was asked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t)
			number := c.first("waiting", "requestor:alice")
			keyboard, tty, screen := terminal(t)
			var passed atomic.Int64
			began := time.Now()
			c.now = func() time.Time { return began.Add(time.Duration(passed.Load())) }
			code := make(chan Code, 1)
			go func() { code <- c.run(t.Context(), tty, tty, tty, "approve", number) }()
			if err := screen.until(t.Context(), question); err != nil {
				t.Fatal(err)
			}
			passed.Store(int64(tt.think))
			if _, err := keyboard.WriteString(tt.typed(number)); err != nil {
				t.Fatal(err)
			}
			if got := <-code; got != tt.code {
				t.Fatalf("exit code %d, want %d:\n%s", got, tt.code, screen)
			}
			if err := screen.until(t.Context(), tt.said); err != nil {
				t.Error(err)
			}
			for _, fact := range []string{"Why", "INC0012345: restore the ledger", "Allowed         edit, 4 h", "omar says: is this for the whole night?"} {
				if !strings.Contains(screen.String(), fact) {
					t.Errorf("%q was not shown before the question:\n%s", fact, screen)
				}
			}
		})
	}
}

// The question says whose say is given, where the person could give more than one.
func TestTheQuestionSaysForWhom(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
		said string
	}{
		{"one's own", nil, "You give your own say. With --for it would be that of: dana"},
		{"for somebody else", []string{"--for", "dana"}, "You give the say of dana, for whom you act. With --for it would be that of: omar"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t)
			number := c.first("waiting", "requestor:alice")
			c.call(CodeOK, "people", "delegate", "--for", "dana", "--to", "omar", "--until", "5 d")
			c.login = "omar"
			_, tty, screen := terminal(t)
			ctx, interrupt := context.WithCancel(t.Context())
			code := make(chan Code, 1)
			go func() { code <- c.run(ctx, tty, tty, tty, append([]string{"approve", number}, tt.args...)...) }()
			if err := screen.until(t.Context(), tt.said); err != nil {
				t.Error(err)
			}
			if err := screen.until(t.Context(), "means no: "); err != nil {
				t.Error(err)
			}
			interrupt()
			<-code
		})
	}
	c := newCaller(t)
	number := c.first("waiting", "requestor:alice")
	_, tty, screen := terminal(t)
	if code := c.run(t.Context(), tty, tty, tty, "approve", number, "--for", "dana"); code != CodeNotAllowed || strings.Contains(screen.String(), "means no: ") {
		t.Errorf("for somebody for whom one does not act: exit code %d:\n%s", code, screen)
	}
}

func TestInterruptedQuestionDecidesNothing(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	number := c.first("waiting", "requestor:alice")
	_, tty, screen := terminal(t)
	ctx, interrupt := context.WithCancel(t.Context())
	code := make(chan Code, 1)
	go func() { code <- c.run(ctx, tty, tty, tty, "approve", number) }()
	if err := screen.until(t.Context(), "means no: "); err != nil {
		t.Fatal(err)
	}
	interrupt()
	if got := <-code; got != CodeInterrupted {
		t.Errorf("exit code %d, want %d", got, CodeInterrupted)
	}
	if again := c.first("waiting", "requestor:alice"); again != number {
		t.Errorf("%s waits no more", number)
	}
}

func TestOnATerminalForeignTextIsDrawnByName(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	number := c.first("waiting", "requestor:mallory")
	_, tty, screen := terminal(t)
	if code := c.run(t.Context(), nil, tty, tty, "show", number); code != CodeOK {
		t.Errorf("exit code %d", code)
	}
	if err := screen.until(t.Context(), "SEC-77 approved by ⟦U+202E⟧nire⟦U+202C⟧"); err != nil {
		t.Error(err)
	}
	if strings.ContainsRune(screen.String(), '\u202e') {
		t.Error("a bidirectional control reached the terminal")
	}
}
