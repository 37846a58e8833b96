package widget

import (
	"slices"
	"strings"
	"testing"

	"countersign/safetext"
	"countersign/ui/theme"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func foreign(s string) Line { return Foreign(theme.Text, safetext.Line(s)) }

func TestCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in string
		width    int
		want     string
	}{
		{"fits", "prod-db-01", 10, "prod-db-01"},
		{"too long", "github-deploy-key", 16, "github-deploy-k…"},
		{"no blank before the ellipsis", "stripe live", 8, "stripe…"},
		{"an escape is not divided", "stripe\u202egnp", 10, "stripe…"},
		{"a wide letter is not divided", "日本語", 4, "日…"},
		{"one cell", "abc", 1, "…"},
		{"no cell", "abc", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := foreign(tt.in).Cut(tt.width).String(); got != tt.want {
				t.Errorf("Cut(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
			}
		})
	}
}

func TestInChangesOnlyTheInk(t *testing.T) {
	t.Parallel()
	line := Line{Say(theme.Accent, "edit "), Show(theme.Text, safetext.Line("x\u202e⟦"))}
	got := line.In(theme.Faint)
	if got.String() != line.String() {
		t.Errorf("In reads %q, want %q", got, line)
	}
	for i, s := range got {
		if s.ink != theme.Faint || s.words != line[i].words {
			t.Errorf("span %d is %+v", i, s)
		}
	}
	if line[0].ink != theme.Accent {
		t.Error("In changed the line that it was called on")
	}
}

func TestTooLongCountsCharacters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "日本語": "", "日本語x": "at most 3 characters"} {
		if got := TooLong(text, 3); got != want {
			t.Errorf("TooLong(%q, 3) = %q, want %q", text, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in string
		width    int
		want     string
	}{
		{"fits", "one two", 7, "one two"},
		{"between words", "one two three", 8, "one two |three"},
		{"no room for the blank behind a word", "one two three", 7, "one two|three"},
		{"a word longer than the line", "abcdefghij k", 4, "abcd|efgh|ij k"},
		{"a word that fills the line", "abcd efgh", 4, "abcd| efg|h"},
		{"several blanks at the break", "one    two", 8, "one |   two"},
		{"more blanks than a line holds", "one       two", 4, "one |    |  tw|o"},
		{"blanks at the end", "one two   ", 8, "one two |  "},
		{"no room for the blank at the end", "one two ", 7, "one |two "},
		{"an escape stays whole", "ab \u202e cd", 9, "ab |⟦U+202E⟧ |cd"},
		{"an escape wider than the line is broken, not lost", "\u202e", 4, "⟦U+2|02E⟧"},
		{"an indent is kept", "  one two", 6, "  one |two"},
		{"nothing", "", 5, ""},
		{"no room", "abc", 0, "-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var parts []string
			for _, l := range foreign(tt.in).Wrap(tt.width) {
				parts = append(parts, l.String())
			}
			got := strings.Join(parts, "|")
			if parts == nil {
				got = "-"
			}
			if got != tt.want {
				t.Errorf("Wrap(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
			}
		})
	}
}

// Blanks of our own words are dropped at a break, so that they may part things
// that stand beside each other; foreign ones stay.
func TestWrapDropsOurOwnBlanksOnly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		in    Line
		width int
		want  string
	}{
		{"our words", Words(theme.Text, "one two three"), 7, "one two|three"},
		{"a gap of ours", Line{Show(theme.Text, safetext.Line("prod-db")), Say(theme.Faint, "  login")}, 9, "prod-db|login"},
		{"a foreign blank before a gap of ours", Line{Show(theme.Text, safetext.Line("prod ")), Say(theme.Faint, "  login")}, 9, "prod |login"},
		{"blanks that take the line from a long word", foreign("a   bcdefgh"), 8, "a |  bcdefg|h"},
		{"a gap of ours before foreign blanks", Line{Say(theme.Faint, "what: "), Show(theme.Text, safetext.Line("  prod"))}, 8, "what:|  prod"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var parts []string
			for _, l := range tt.in.Wrap(tt.width) {
				parts = append(parts, l.String())
			}
			if got := strings.Join(parts, "|"); got != tt.want {
				t.Errorf("Wrap(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
			}
		})
	}
}

// What is drawn of a foreign text reads back as that text, however it is broken,
// and of several blanks at a break those that would not be seen begin the next
// line.
func TestWrappedTextReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"a", "prod", "a-word-longer-than-most", " ", "  ", "        ", "\t", "\u202e", "⟦", "日本", "\xff", "👩‍🚀"})
		raw := strings.Join(rapid.SliceOfN(part, 1, 15).Draw(t, "parts"), "")
		if rapid.Bool().Draw(t, "any text") {
			raw = rapid.String().Draw(t, "raw")
		}
		width := rapid.IntRange(2, 30).Draw(t, "width")
		lines := foreign(raw).Wrap(width)
		drawn := ""
		for i, l := range lines {
			text := l.String()
			drawn += text
			if i == len(lines)-1 {
				break
			}
			if strings.HasSuffix(text, "  ") && strings.TrimSpace(text) != "" {
				t.Fatalf("%q wrapped to %d hides blanks at the end of %q", raw, width, text)
			}
			us := l.units()
			for len(us) > 0 && us[0].isBlank() {
				us = us[1:]
			}
			if len(us) == 0 && l.Width() < width-14 {
				t.Fatalf("%q wrapped to %d: line %d is nothing but blanks", raw, width, i)
			}
			if slices.ContainsFunc(us, unit.isBlank) && !us[len(us)-1].isBlank() {
				drawn += " " // several words that fill the line
			}
		}
		if back, err := safetext.Decode(drawn); err != nil || back != raw {
			t.Fatalf("%q wrapped to %d reads back as %q, %v", raw, width, back, err)
		}
	})
}

// Whatever is wrapped fits, by both ways terminals count, and loses nothing but
// blanks; whatever is cut fits.
func TestWrapAndCutKeepTheirWidth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var l Line
		for range rapid.IntRange(0, 4).Draw(t, "spans") {
			ink := theme.Ink(rapid.IntRange(0, 5).Draw(t, "ink"))
			l = append(l, Show(ink, anyText(t, "text")), Say(ink, rapid.SampledFrom([]string{"", " ", "  ", " · ", "our words"}).Draw(t, "ours")))
		}
		width := rapid.IntRange(2, 60).Draw(t, "width")
		var joined Line
		for _, w := range l.Wrap(width) {
			if !w.fits(width) {
				t.Fatalf("%q does not fit %d", w, width)
			}
			joined = append(joined, w...)
		}
		bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if bare(joined.String()) != bare(l.String()) {
			t.Fatalf("Wrap lost something: %q became %q", l, joined)
		}
		if c := l.Cut(width); !c.fits(width) {
			t.Fatalf("Cut left %q wider than %d", c, width)
		}
		if fit := l.fit(darkTheme(), theme.Bar, width); ansi.StringWidth(fit) != width {
			t.Fatalf("fit is %d cells, want %d", ansi.StringWidth(fit), width)
		}
	})
}

// Nothing foreign reaches the terminal as a control: of what is drawn, only our
// own style sequences begin with ESC.
func TestDrawnTextHoldsNoControls(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.String().Draw(t, "raw")
		drawn := Line{Say(theme.Text, raw), Show(theme.Accent, safetext.Line(raw))}.Draw(darkTheme(), theme.Panel)
		if bad := firstControl(drawn); bad != "" {
			t.Fatalf("%q is drawn as %q, with %s", raw, drawn, bad)
		}
	})
}

// firstControl returns what is neither text nor a style sequence, or "".
func firstControl(drawn string) string {
	for drawn != "" {
		if rest, ok := strings.CutPrefix(drawn, "\x1b["); ok {
			end := strings.IndexByte(rest, 'm')
			if end < 0 || strings.Trim(rest[:end], "0123456789;:") != "" {
				return "a sequence that is no style"
			}
			drawn = rest[end+1:]
			continue
		}
		if drawn[0] < 0x20 || drawn[0] == 0x7F {
			return "a control character"
		}
		for _, hidden := range []string{"\u202e", "\u200b", "\u0085", "\u2028", "\u00ad"} {
			if strings.HasPrefix(drawn, hidden) {
				return "a hidden character"
			}
		}
		drawn = drawn[1:]
	}
	return ""
}

func TestEscapesHaveTheWarningInk(t *testing.T) {
	t.Parallel()
	th := darkTheme()
	want := th.Paint(theme.Page, theme.BadStrong, "⟦U+202E⟧")
	if got := foreign("a\u202eb").Draw(th, theme.Page); !strings.Contains(got, want) {
		t.Errorf("drew %q, want %q in it", got, want)
	}
	if got := foreign("a\u202ebcdefgh").Cut(12).Draw(th, theme.Page); !strings.Contains(got, want) {
		t.Errorf("cut and drew %q, want %q in it", got, want)
	}
}

func TestOurWordsFollowTheTheme(t *testing.T) {
	t.Parallel()
	th := theme.New(theme.Options{ASCII: true, Dark: true})
	l := Line{Say(theme.Text, "view → edit "), Show(theme.Text, safetext.Line("a → b"))}
	if got, want := ansi.Strip(l.Draw(th, theme.Page)), "view > edit a → b"; got != want {
		t.Errorf("drew %q, want %q: ours in ASCII, foreign as it came", got, want)
	}
}
