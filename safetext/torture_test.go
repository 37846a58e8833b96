package safetext

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"
)

// share says of how many texts one is played: all of them in the long form, few in
// the short one. It is a prime, so that in time each residue of an alphabet is met.
func share() int {
	switch {
	case os.Getenv("COUNTERSIGN_LONG") != "":
		return 1
	case os.Getenv("COUNTERSIGN_HEAVY") != "":
		return 499
	}
	return 1009
}

// tortured holds what every text must keep, on one line, wrapped, cut and in lines.
func tortured(t failer, text string) {
	t.Helper()
	v := Line(text)
	checkDrawn(t, v)
	if first, _ := utf8.DecodeRuneInString(v.String()); joins(first) {
		t.Fatalf("%+q begins with a mark that would sit on what stands before it", text)
	}
	checkRoundTrip(t, text)
	if back, err := Decode(Counted(text).String()); err != nil || back != text {
		t.Fatalf("%+q counted reads back as %+q, %v", text, back, err)
	}
	for _, line := range Block(text) {
		checkDrawn(t, line)
	}
	checkDrawn(t, v.Cut(7))
}

// halves plays texts 0 to n on two goroutines.
func halves(t *testing.T, n int, play func(t failer, i int)) {
	t.Helper()
	var both sync.WaitGroup
	step := share()
	for half := range 2 {
		both.Go(func() {
			first := &firstFailure{}
			for i := half * step; i < n && first.said == ""; i += 2 * step {
				first.run(func() { play(first, i) })
			}
			if first.said != "" {
				t.Error(first.said)
			}
		})
	}
	both.Wait()
	t.Logf("%d of %d texts", (n+step-1)/step, n)
}

// firstFailure keeps the first failure, so that a control can look at it and
// goroutines need not end the test.
type firstFailure struct{ said string }

func (f *firstFailure) Helper() {}

func (f *firstFailure) Fatalf(format string, args ...any) {
	f.said = fmt.Sprintf(format, args...)
	panic(f)
}

// run calls fn, which ends at its first failure.
func (f *firstFailure) run(fn func()) {
	defer func() {
		if r := recover(); r != nil && r != any(f) {
			panic(r)
		}
	}()
	fn()
}

// TestTortureEveryCodePoint draws each code point alone, behind a letter, under a
// mark, doubled, in front of an emoji's parts and between two regional letters.
func TestTortureEveryCodePoint(t *testing.T) {
	t.Parallel()
	halves(t, unicode.MaxRune+1, func(t failer, i int) {
		if !utf8.ValidRune(rune(i)) {
			return // as bytes they are among the three-byte strings
		}
		char := string(rune(i))
		for _, text := range []string{char, "a" + char + "b", char + "\u0301", char + char, "👩\u200d" + char + "\ufe0f", "\U0001f1e9" + char + "\U0001f1ea"} {
			tortured(t, text)
		}
	})
}

// TestTortureEveryThreeBytes draws each string of three bytes, in front of which
// and behind which stands what a truncated character could swallow.
func TestTortureEveryThreeBytes(t *testing.T) {
	t.Parallel()
	halves(t, 1<<24, func(t failer, i int) {
		text := string([]byte{byte(i >> 16), byte(i >> 8), byte(i)})
		tortured(t, text)
		checkRoundTrip(t, "é"+text+"\x80]0;x\a")
	})
}

// TestTortureLongAndNested draws what has no end: it stays in its column, is read
// back, and costs no more for each byte than a short one.
func TestTortureLongAndNested(t *testing.T) {
	t.Parallel()
	length := 1 << 10
	if share() == 1 {
		length = 1 << 14
	}
	for _, piece := range append(pieces, "\x1b[", "\x1b]8;;", "\x1bP", "\x9b1;", "⟦", "⟦⟦ESC⟧", "⟦U+", "\x1b]52;c;", "\x1b[200~", "\xc2", "\xe2\x80", "\xf0\x9f\x98", "\ufe0f\u200d") {
		if piece == "" {
			continue
		}
		text := strings.Repeat(piece, length/len(piece)+1)
		checkRoundTrip(t, text)
		for _, line := range Line(text).Wrap(40) {
			checkDrawn(t, line)
		}
		checkCut(t, text, 33)
	}
}

// TestTortureControlOfTheCheck draws texts as a sink would that does not use this
// package, and one that does half of it: each has to be noticed.
func TestTortureControlOfTheCheck(t *testing.T) {
	t.Parallel()
	noticed := func(v Visible) bool {
		f := &firstFailure{}
		f.run(func() { checkDrawn(f, v) })
		return f.said != ""
	}
	for r := range rune(unicode.MaxRune + 1) {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Mn, unicode.Me) && !noticed(Visible{s: string(r)}) {
			t.Errorf("%U was drawn as it is, and nobody noticed", r)
		}
	}
	for name, text := range map[string]string{"half a character": "a\xe2\x80", "a byte": "\x9b", "five marks": "z\u0301\u0301\u0301\u0301\u0301",
		"an escape that names nothing": "⟦NOTHING⟧", "a tag": "\U000e0061", "an override": "ann\u202egnp.exe"} {
		if !noticed(Visible{s: text}) {
			t.Errorf("%s was drawn as it is, and nobody noticed", name)
		}
	}
	lost := &firstFailure{}
	lost.run(func() { checkRoundTrip(lost, "fine") })
	if lost.said != "" {
		t.Errorf("a good text was found bad: %s", lost.said)
	}
	if back, err := Decode(strings.TrimSuffix(Line("a\x1b").String(), "⟦ESC⟧")); err == nil && back == "a\x1b" {
		t.Error("what was deleted was read back")
	}
}
