package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/model"
)

// stream is a way to type lines: all at once, or as they are read.
type stream func(lines []string) io.ReadCloser

func atOnce(lines []string) io.ReadCloser {
	return io.NopCloser(strings.NewReader(strings.Join(lines, "\n") + "\n"))
}

// asRead ends when it is closed, too.
func asRead(lines []string) io.ReadCloser {
	r, w := io.Pipe()
	go func() {
		for _, l := range lines {
			if _, err := io.WriteString(w, l+"\n"); err != nil {
				return
			}
		}
		_ = w.Close() // a pipe always closes
	}()
	return r
}

// TestNothingTypedAheadDecides types random lines into the console line by line,
// among them everything but the digits that are drawn for a question, and looks at
// what was decided, ordered or ended.
func TestNothingTypedAheadDecides(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	numbers := regexp.MustCompile(`"number": "(REQ[0-9]+)"`)
	var names []string
	for _, m := range numbers.FindAllStringSubmatch(c.call(CodeOK, "list", "waiting", "--json"), -1) {
		names = append(names, m[1])
	}
	if len(names) < 5 {
		t.Fatalf("only %v wait", names)
	}
	stands := func() string {
		return fmt.Sprint(numbers.FindAllString(c.call(CodeOK, "list", "waiting", "--json"), -1), numbers.FindAllString(c.call(CodeOK, "list", "mine", "--json"), -1),
			c.call(CodeOK, "grants", "list", "open"), c.call(CodeOK, "list", "unknown", "--json"))
	}
	before := stands()
	words := []string{"", "1", "2", "yes", "y", "approve", "deny", "run", "order", "revoke", "give back", "emergency", "approve 123", "deny 12345", "approve yes",
		"\x1b[A", "too broad", "INC0012345: restore the ledger", "4 h", "view", "edit", "list waiting", "list grants", "list access", "list tasks", "more", "open 1",
		"approve 1", "deny 1", "deny 2", "revoke 1", "give-back 1", "run 1", "take 1", "order note", "order record-access", "withdraw", "close 1", "help", "status"}
	asked := 0
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 5))
		for _, typing := range []stream{atOnce, asRead} {
			var lines []string
			for range 120 {
				l := words[rng.IntN(len(words))]
				if rng.IntN(4) == 0 {
					l = []string{"approve ", "deny ", "emergency ", "open ", "reassign "}[rng.IntN(5)] + names[rng.IntN(len(names))]
				}
				lines = append(lines, l)
			}
			var out, errs bytes.Buffer
			typed := typing(lines)
			code := c.run(t.Context(), typed, &out, &errs, "--plain")
			if typed.Close(); code != CodeOK {
				t.Fatalf("seed %d: exit code %d: %s", seed, code, errs.String())
			}
			asked += strings.Count(out.String(), "Anything else means no")
		}
	}
	if asked < 50 {
		t.Errorf("only %d confirmations were asked for", asked)
	}
	if after := stands(); after != before {
		t.Errorf("something was decided, ordered or ended; before:\n%s\nafter:\n%s", before, after)
	}
}

// broken is an output that takes so many bytes and then no more.
type broken struct{ room int }

func (b *broken) Write(p []byte) (int, error) {
	if b.room -= len(p); b.room < 0 {
		return 0, errors.New("the line is dead")
	}
	return len(p), nil
}

// TestWhatCannotBePrintedIsNotDecided lets the output die at every place of a
// decision.
func TestWhatCannotBePrintedIsNotDecided(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	waits := c.call(CodeOK, "list", "waiting")
	for room := 0; room < 4000; room += 250 {
		var errs bytes.Buffer
		typed := asRead([]string{"list waiting", "1", "approve", "", "", "", "approve"})
		code := c.run(t.Context(), typed, &broken{room}, &errs, "--plain")
		typed.Close()
		if code == CodeOK && room < 1000 {
			t.Errorf("with room for %d bytes it ended well", room)
		}
	}
	if got := c.call(CodeOK, "list", "waiting"); strings.Count(got, "REQ") != strings.Count(waits, "REQ") {
		t.Errorf("something was decided:\n%s", got)
	}
}

// TestPlainConsoleEndsWithItsContext ends it while it waits for a line.
func TestPlainConsoleEndsWithItsContext(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	r, w := io.Pipe()
	out := newWatched()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan Code, 1)
	go func() {
		var errs bytes.Buffer
		ended <- c.run(ctx, r, out, &errs, "--plain")
	}()
	waiting, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := out.until(waiting, "countersign> "); err != nil {
		t.Fatal(err)
	}
	cancel()
	if code := <-ended; code != CodeInterrupted {
		t.Errorf("exit code %d", code)
	}
	_ = w.Close() // ends the read that was under way
}

// TestLongLinesAreRefused types more than any field takes.
func TestLongLinesAreRefused(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	var out, errs bytes.Buffer
	in := strings.NewReader(strings.Repeat("x", 200_000) + "\nlist mine\nquit\n")
	if code := c.run(t.Context(), in, &out, &errs, "--plain"); code != CodeOK {
		t.Fatal(code, errs.String())
	}
	if !strings.Contains(out.String(), "too long") || strings.Contains(out.String(), "xxxx") {
		t.Errorf("it said:\n%.2000s", out.String())
	}
}

// TestEveryItemIsAskedFieldByField begins each item of the catalog, answers nothing,
// and leaves.
func TestEveryItemIsAskedFieldByField(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	for _, item := range model.Catalog() {
		if item.Searches() {
			continue // answered at once
		}
		lines := append([]string{"order " + string(item.Key)}, strings.Split(strings.Repeat("\n", 12), "\n")...)
		lines = append(lines, ".", "quit")
		var out, errs bytes.Buffer
		if code := c.run(t.Context(), atOnce(lines), &out, &errs, "--plain"); code != CodeOK {
			t.Fatalf("%s: exit code %d: %s", item.Key, code, errs.String())
		}
		if first := item.Fields[0]; !strings.Contains(out.String(), item.Summary) || !strings.Contains(out.String(), first.Label) && !strings.Contains(out.String(), "Search the ") {
			t.Errorf("%s is asked as\n%s", item.Key, out.String())
		}
	}
}
