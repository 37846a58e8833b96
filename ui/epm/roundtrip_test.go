package epm

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/widget"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

// hostile are characters of every class that could hide a piece of a command.
func hostile() []string {
	return []string{
		"a", "B", "0", "-", "/", `\`, `"`, "'", "`", "$", "|", ";", "…", "│", // what commands and screens are made of
		" ", "  ", "\u00a0", "\u2003", "\u3000", "\u2800", "\u3164", // blanks and what looks like them
		"\t", "\n", "\r", "\r\n", "\x00", "\x07", "\x1b", "\x1b[2J", "\x1b]52;c;eA==\a", "\x7f", "\u0085", "\u009b", // controls
		"\u202a", "\u202e", "\u2066", "\u2069", "\u200e", "\u061c", // directions
		"\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\U000e0041", "\ufe0f", "\u2028", "\u2029", // without ink
		"\xff", "\xc3", "\xed\xa0\x80", // no UTF-8
		"⟦", "⟧", "⟦ESC⟧", "⟦U+202E⟧", // what we write ourselves
		"漢", "字", "ｗ", "é", "e\u0301", "a\u0300\u0301\u0302\u0303\u0304\u0305", "\u0301", "👩‍💻", "🇩🇪", "❤️", "क्षि", "ﷺ", // width
		"\ue000", "\U0010ffff", "\ufffe", "\ufffd", "аpple", "ΑΒ", // private, none, look-alikes
		"arg 2", "not reported", "empty",
	}
}

// commands are of 1 to most characters.
func commands(most int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		n := rapid.IntRange(1, most).Draw(t, "characters")
		if rapid.Bool().Draw(t, "repeated") {
			piece := strings.Join(rapid.SliceOfN(rapid.SampledFrom(hostile()), 1, 40).Draw(t, "piece"), "")
			return firstOf(strings.Repeat(piece, n/len(piece)+1), n)
		}
		return firstOf(strings.Join(rapid.SliceOfN(rapid.SampledFrom(hostile()), 1, min(n, 600)).Draw(t, "all"), ""), n)
	})
}

// firstOf is the beginning of a text, of n characters at most.
func firstOf(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// pages scrolls from the top to the end and returns every line that was drawn, once.
func pages(tb *Tab, d *widget.Detail) []string {
	var all []string
	for n := 0; ; n++ {
		shown := strings.Split(ansi.Strip(d.View()), "\n")
		more := strings.Contains(shown[len(shown)-1], "↓ ")
		if !more {
			// The last page may repeat lines of the one before.
			return append(all, shown...)
		}
		all = append(all, shown[0])
		press(tb, "j")
		if n > 40000 {
			panic("there is no end")
		}
	}
}

// value returns the lines of one label, without the column of labels.
func value(t *rapid.T, lines []string, label string, column int) []string {
	for i, l := range lines {
		if !strings.HasPrefix(l, "  "+label+" ") {
			continue
		}
		out := []string{ansi.Cut(l, column, narrowW)}
		for _, next := range lines[i+1:] {
			if strings.TrimSpace(ansi.Cut(next, 0, column)) != "" {
				break
			}
			out = append(out, ansi.Cut(next, column, narrowW))
		}
		return out
	}
	t.Fatalf("%q is not on the screen:\n%s", label, strings.Join(lines, "\n"))
	return nil
}

// readBack reports whether lines that were wrapped are the text: each is the next
// piece of it. Blanks at its ends and many in a row are shown by their number. Whether
// one was left out at a break cannot be seen: the raw view tells.
func readBack(lines []string, text string) error {
	rests := map[string]bool{text: true} // what may be left of the text
	for i, l := range lines {
		shown := strings.TrimRight(l, " ")
		piece, err := safetext.Decode(shown)
		if err != nil {
			return fmt.Errorf("line %d: %w", i, err)
		}
		most := 1 // the one at the break
		if i == len(lines)-1 {
			most = 0
		}
		next := map[string]bool{}
		for rest := range rests {
			after, ok := strings.CutPrefix(rest, piece)
			if !ok {
				continue
			}
			blanks := len(after) - len(strings.TrimLeft(after, " "))
			for n := range min(blanks, most) + 1 {
				next[after[n:]] = true
			}
		}
		if len(next) == 0 {
			return fmt.Errorf("line %d is %q, which is not how the text goes on", i, piece)
		}
		rests = next
	}
	if !rests[""] {
		return fmt.Errorf("of the text remains %v", rests)
	}
	return nil
}

func TestEveryCharacterOfACommandIsShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		line := commands(8000).Draw(rt, "command")
		f := someRequests()
		r := carol()
		r.Facts = append(account("carol", "HOST-02"), app(model.KeyFile, "sudo", model.KeyPath, "/usr/bin", model.KeyCommand, line)...)
		f.waiting = []model.EndpointRequest{r}
		tb := newTab(t, f, narrowW, narrowH)
		press(tb, "enter")

		lines := pages(tb, tb.reader.detail)
		column := 0
		for _, l := range lines {
			if at := strings.Index(l, "/usr/bin/sudo"); at > 0 && strings.HasPrefix(l, "  Runs ") {
				column = at
			}
		}
		if err := readBack(value(rt, lines, model.KeyCommand, column), line); err != nil {
			rt.Fatalf("the command line: %v", err)
		}
		if tb.reader.unread() != 0 {
			rt.Fatalf("%d lines were not on the screen", tb.reader.unread())
		}

		press(tb, "v")
		var raw []byte
		on := false
		for _, l := range pages(tb, tb.reader.raw) {
			switch {
			case strings.TrimSpace(l) == "application CommandLine":
				on = true
			case on && strings.TrimSpace(l) == "":
				on = false
			case on:
				raw = append(raw, hexOf(l)...)
			}
		}
		if string(raw) != line {
			rt.Fatalf("the raw view shows %q, want %q", raw, line)
		}
	})
}

// hexOf reads the bytes of a line of the raw view: they stand in 23 cells behind
// the place, whatever follows them.
func hexOf(l string) []byte {
	place, rest, _ := strings.Cut(strings.TrimPrefix(l, "  "), " ")
	if _, err := strconv.Atoi(place); err != nil || len(place) < 4 {
		return nil
	}
	rest = strings.TrimLeft(rest, " ")
	var out []byte
	for _, f := range strings.Fields(rest[:min(len(rest), 23)]) {
		b, err := strconv.ParseUint(f, 16, 8)
		if err != nil {
			return nil
		}
		out = append(out, byte(b))
	}
	return out
}
