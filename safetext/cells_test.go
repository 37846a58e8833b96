package safetext

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestCut(t *testing.T) {
	t.Parallel()
	const path = "Infrastructure/Databases/prod-db-01"
	for _, tt := range []struct {
		name                      string
		text                      string
		cells                     int
		wantCut, wantCount, wantM string
	}{
		{"what fits stays", "prod-db", 7, "prod-db", "prod-db", "prod-db"},
		{"a wide column", "github-deploy-key-2026", 16, "github-deploy-k…", "github-deploy…+9", "github-d…ey-2026"},
		{"a path keeps its end", path, 24, "Infrastructure/Database…", "Infrastructure/Datab…+15", "Infrastructu…/prod-db-01"},
		{"a narrow column has no number", "prod-db-01", 5, "prod…", "prod…", "pr…01"},
		{"the number takes half of it", "prod-db-01", 6, "prod-…", "pro…+7", "pro…01"},
		{"two cells", "prod", 2, "p…", "p…", "p…"},
		{"one cell", "prod", 1, "…", "…", "…"},
		{"no cell", "prod", 0, "", "", ""},
		{"less than no cell", "prod", -3, "", "", ""},
		{"nothing in no cell", "", 0, "", "", ""},
		{"an escape is one character and not split", "ab\u202ecdefgh\u202e", 12, "ab⟦U+202E⟧c…", "ab…+8", "ab…h⟦U+202E⟧"},
		{"wide characters are not split", "漢字漢字漢字", 8, "漢字漢…", "漢字…+4", "漢字…字"},
		{"accents stay on their letters", "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", 7, "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301…", "e\u0301e\u0301e\u0301e\u0301…+5", "e\u0301e\u0301e\u0301…e\u0301e\u0301e\u0301"},
		{"emoji count as wide as any terminal draws them", "👨\u200d👩\u200d👧\u200d👦👨\u200d👩\u200d👧\u200d👦", 12, "👨\u200d👩\u200d👧\u200d👦…", "👨\u200d👩\u200d👧\u200d👦…+1", "…👨\u200d👩\u200d👧\u200d👦"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := Line(tt.text)
			for _, cut := range []struct {
				name string
				got  Visible
				want string
			}{
				{"Cut", v.Cut(tt.cells), tt.wantCut},
				{"CutCount", v.CutCount(tt.cells), tt.wantCount},
				{"CutMiddle", v.CutMiddle(tt.cells), tt.wantM},
			} {
				if cut.got.String() != cut.want {
					t.Errorf("%s(%d) = %q, want %q", cut.name, tt.cells, cut.got, cut.want)
				}
				if got, want := cut.got.Whole(), cut.want == v.String(); got != want {
					t.Errorf("%s(%d): Whole = %v, want %v", cut.name, tt.cells, got, want)
				}
			}
		})
	}
}

func TestCutCountCountsWhatIsHidden(t *testing.T) {
	t.Parallel()
	for length := 9; length < 2000; length += 7 {
		text := strings.Repeat("x", length)
		got := Line(text).CutCount(20).String()
		head, number, _ := strings.Cut(got, "…+")
		hidden := 0
		for _, digit := range number {
			hidden = 10*hidden + int(digit-'0')
		}
		if length > 20 && len(head)+hidden != length {
			t.Fatalf("CutCount of %d characters = %q", length, got)
		}
	}
}

func TestCutOfACutTextCutsFurther(t *testing.T) {
	t.Parallel()
	v := Line("Infrastructure/Databases").CutMiddle(15)
	if got, want := v.String(), "Infrast…tabases"; got != want {
		t.Fatalf("CutMiddle = %q, want %q", got, want)
	}
	for _, tt := range []struct {
		got  Visible
		want []Span
	}{
		{v.Cut(10), []Span{{"Infrast…t", Plain}, {"…", Elided}}},
		{v.PadLeft(16), []Span{{" Infrast", Plain}, {"…", Elided}, {"tabases", Plain}}},
		{v.Pad(16), []Span{{"Infrast", Plain}, {"…", Elided}, {"tabases ", Plain}}},
		{v.Wrap(12)[0], []Span{{"Infrast", Plain}, {"…", Elided}, {"taba", Plain}}},
		{v.Wrap(12)[1], []Span{{"ses", Plain}}},
	} {
		if got := slices.Collect(tt.got.Spans()); !slices.Equal(got, tt.want) {
			t.Errorf("Spans = %q, want %q", got, tt.want)
		}
	}
}

func TestPad(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		got, want string
	}{
		{"after", Line("42").Pad(5).String(), "42   "},
		{"before", Line("42").PadLeft(5).String(), "   42"},
		{"wide characters count twice", Line("漢字").Pad(5).String(), "漢字 "},
		{"wider text stays", Line("prod").Pad(2).String() + Line("prod").PadLeft(2).String(), "prodprod"},
		{"a negative width changes nothing", Line("a").Pad(-1).String(), "a"},
		{"a cell is cut", Line("prod-db").Fit(5).String(), "prod…"},
		{"a cell is padded", Line("db").Fit(5).String(), "db   "},
		{"a wide character that has no room leaves a blank", Line("漢字漢").Fit(4).String(), "漢… "},
		{"wider than a screen", Line("").Pad(300).String(), strings.Repeat(" ", 300)},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestCutStaysInItsColumn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		checkCut(t, foreignText().Draw(t, "text"), rapid.IntRange(-2, 60).Draw(t, "cells"))
	})
}

// checkCut fails the test when a text cut to cells leaves its column or shows
// anything but its beginning (and end).
func checkCut(t failer, text string, cells int) {
	t.Helper()
	v := Line(text)
	for _, cut := range []Visible{v.Cut(cells), v.CutCount(cells), v.CutMiddle(cells)} {
		checkDrawn(t, cut)
		if !cut.fits(max(cells, 0)) {
			t.Fatalf("%+q cut to %d cells is %q, %d cells", text, cells, cut, cut.Width())
		}
		if cut.Whole() != (cut.String() == v.String()) {
			t.Fatalf("%+q cut to %d cells is %q: Whole = %v", text, cells, cut, cut.Whole())
		}
		if cut.Whole() {
			continue
		}
		head, tail := cut.s[:cut.markAt], cut.s[cut.markEnd:]
		if !strings.HasPrefix(v.s, head) || !strings.HasSuffix(v.s[len(head):], tail) {
			t.Fatalf("%+q cut to %d cells is %q, not its beginning and end", text, cells, cut)
		}
	}
	if got := v.Fit(cells).Width(); got != max(cells, 0) {
		t.Fatalf("%+q fit to %d cells has %d", text, cells, got)
	}
	if got, want := Cell(text, cells), v.Fit(cells); got != want {
		t.Fatalf("Cell of %+q in %d cells = %q, want %q", text, cells, got, want)
	}
}

func TestCellReadsNoMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	for _, piece := range pieces {
		if piece == "" {
			continue
		}
		text := strings.Repeat(piece, 4000/len(piece)+1)
		for _, cells := range []int{0, 1, 7, 24} {
			if got, want := Cell(text, cells), Line(text).Fit(cells); got != want {
				t.Errorf("Cell of %+q over and over in %d cells = %q, want %q", piece, cells, got, want)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		text  string
		cells int
		want  []string
	}{
		{"nothing is one empty line", "", 20, []string{""}},
		{"what fits is one line", "restore it", 20, []string{"restore it"}},
		{"words are kept", "restore the ledger before the night batch", 16, []string{"restore the ", "ledger before ", "the night batch"}},
		{"a word needs room for its blank", "restore the ledger", 14, []string{"restore the ", "ledger"}},
		{"the last word needs none", "restore the it", 14, []string{"restore the it"}},
		{"blanks stay at the end of their line", "one    two    three    four", 12, []string{"one    two  ", "  three    ", "four"}},
		{"a long word is broken", "https://example.com/a/b/c", 12, []string{"https://exam", "ple.com/a/b/", "c"}},
		{"a long word begins a line of its own", "see https://example.com", 12, []string{"see ", "https://exam", "ple.com"}},
		{"wide characters break anywhere", "INC1 漢字漢字漢字漢字", 12, []string{"INC1 漢字漢", "字漢字漢字"}},
		{"an escape is not split", "command \x1b\x1b\x1bx", 15, []string{"command ", "⟦ESC⟧⟦ESC⟧⟦ESC⟧", "x"}},
		{"less than twelve cells are twelve", "👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏿👩🏽", 3, []string{"👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏿", "👩🏽"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := drawn(Line(tt.text).Wrap(tt.cells)); !slices.Equal(got, tt.want) {
				t.Errorf("Wrap(%d) = %q, want %q", tt.cells, got, tt.want)
			}
		})
	}
}

func TestWrapLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		checkWrap(t, foreignText().Draw(t, "text"), rapid.IntRange(-2, 60).Draw(t, "cells"))
	})
}

// checkWrap fails the test when a text wrapped to cells leaves its column, is not
// whole, or has a line without anything on it.
func checkWrap(t failer, text string, cells int) {
	t.Helper()
	v := Line(text)
	lines := v.Wrap(cells)
	for _, line := range lines {
		checkDrawn(t, line)
		if !line.fits(max(cells, widestUnit)) {
			t.Fatalf("%+q wrapped to %d cells has the line %q, %d cells", text, cells, line, line.Width())
		}
		if line == (Visible{}) && len(lines) > 1 {
			t.Fatalf("%+q wrapped to %d cells has an empty line", text, cells)
		}
	}
	joined := strings.Join(drawn(lines), "")
	if joined != v.String() {
		t.Fatalf("%+q wrapped to %d cells is %q, want %q", text, cells, joined, v)
	}
	if back, err := Decode(joined); err != nil || back != text {
		t.Fatalf("%+q wrapped to %d cells reads back as %+q, %v", text, cells, back, err)
	}
}

func FuzzLineRoundTrip(f *testing.F) {
	seed(f, func(text string) { f.Add(text) })
	f.Fuzz(func(t *testing.T, text string) {
		checkRoundTrip(t, text)
		checkDrawn(t, Line(text))
		for row := range Raw(text) {
			checkDrawn(t, row.Shown)
		}
	})
}

func FuzzBlock(f *testing.F) {
	seed(f, func(text string) { f.Add(text) })
	f.Fuzz(func(t *testing.T, text string) {
		lines := Block(text)
		for _, line := range lines {
			checkDrawn(t, line)
		}
		back, err := Decode(strings.Join(drawn(lines), "\n"))
		if err != nil {
			t.Fatalf("Block of %+q: %v", text, err)
		}
		want := strings.ReplaceAll(text, "\r\n", "\n")
		if strings.Contains(text, "\t") {
			// How many blanks a tab becomes is for TestBlock to say.
			noBlanks := strings.NewReplacer(" ", "", "\t", "")
			back, want = noBlanks.Replace(back), noBlanks.Replace(want)
		}
		if back != want {
			t.Fatalf("Block reads back as %+q, want %+q", back, want)
		}
	})
}

func FuzzCut(f *testing.F) {
	seed(f, func(text string) { f.Add(text, 10) })
	f.Fuzz(func(t *testing.T, text string, cells int) { checkCut(t, text, cells%200) })
}

func FuzzWrap(f *testing.F) {
	seed(f, func(text string) { f.Add(text, 20) })
	f.Fuzz(func(t *testing.T, text string, cells int) { checkWrap(t, text, cells%200) })
}

// seed adds the pieces, pairs of them and all of them in a row.
func seed(f *testing.F, add func(text string)) {
	f.Helper()
	for i, piece := range pieces {
		add(piece)
		add(piece + pieces[(i*7+3)%len(pieces)])
	}
	add(strings.Join(pieces, ""))
	add(strings.Repeat("z\u0301", 3) + strings.Repeat("\u0301", 2*utf8.UTFMax))
}
