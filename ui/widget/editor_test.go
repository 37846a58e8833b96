package widget

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func typeInto(f Field, keys ...string) {
	for _, k := range keys {
		f.Update(press(k))
	}
}

func TestEditing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, start string
		keys        []string
		want        string
	}{
		{"typing", "", []string{"a", "b", "space", "c"}, "ab c"},
		{"letters of other scripts", "", []string{"é", "日"}, "é日"},
		{"backspace", "abc", []string{"backspace"}, "ab"},
		{"backspace on nothing", "", []string{"backspace"}, ""},
		{"backspace takes a whole cluster", "ae\u0301", []string{"backspace"}, "a"},
		{"left goes over a whole cluster", "e\u0301x", []string{"left", "left", "a"}, "ae\u0301x"},
		{"delete forward", "abc", []string{"home", "delete"}, "bc"},
		{"in the middle", "ac", []string{"left", "b"}, "abc"},
		{"word left by ctrl+w", "one two", []string{"ctrl+w"}, "one "},
		{"to the start", "one two", []string{"left", "ctrl+u"}, "o"},
		{"to the end", "one two", []string{"home", "right", "ctrl+k"}, "o"},
		{"ends", "bc", []string{"ctrl+a", "a", "ctrl+e", "d"}, "abcd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := NewInput(darkTheme(), InputOptions{})
			i.SetValue(tt.start)
			typeInto(i, tt.keys...)
			if got := i.Value(); got != tt.want {
				t.Errorf("value %q, want %q", got, tt.want)
			}
		})
	}
}

// Whatever keys come, the text stays valid and the caret on a border.
func TestCaretStaysOnABorder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := NewArea(darkTheme(), AreaOptions{Height: 3})
		a.SetFocused(true)
		a.SetWidth(rapid.IntRange(0, 30).Draw(t, "width"))
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "paste") {
				a.Update(tea.PasteMsg{Content: rapid.StringN(0, 12, -1).Draw(t, "pasted")})
			} else {
				a.Update(press(rapid.SampledFrom(somePresses).Draw(t, "key")))
			}
			if !slices.Contains(a.edit.borders(), a.edit.at) {
				t.Fatalf("caret at %d of %q, borders %v", a.edit.at, a.edit.value, a.edit.borders())
			}
			for _, l := range a.View(theme.Page) {
				if w := ansi.StringWidth(l); w > a.width {
					t.Fatalf("line of %d cells in %d: %q", w, a.width, l)
				}
			}
		}
	})
}

// What is typed and pasted comes out as it went in: nothing is dropped, nothing
// changed.
func TestTextComesOutAsItWentIn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.Rune()).Draw(t, "text")
		if strings.ContainsAny(s, "\r\n") || !utf8.ValidString(s) {
			return
		}
		i := NewInput(darkTheme(), InputOptions{})
		i.Update(tea.PasteMsg{Content: s})
		if i.Value() != s {
			t.Fatalf("pasted %q, value %q", s, i.Value())
		}
		i.SetWidth(40)
		if bad := firstControl(i.View(theme.Panel)[0]); bad != "" {
			t.Fatalf("%q is drawn with %s", s, bad)
		}
	})
}

func TestPaste(t *testing.T) {
	t.Parallel()
	th := darkTheme()
	for _, tt := range []struct {
		name, paste string
		field       func() (Field, func() string)
		want        string
		notice      bool
	}{
		{"lines become blanks in a line", "one\r\ntwo\n", lineField(th, false), "one two", false},
		{"the line feed behind a password is not part of it", "s3cret\n", lineField(th, true), "s3cret", false},
		{"a secret of several lines is not bent into one", "a\nb", lineField(th, true), "", true},
		{"lines stay lines in an area", "one\r\ntwo\rthree\n", areaField(th), "one\ntwo\nthree\n", false},
		{"what is far too long is refused whole", strings.Repeat("x", maxTyped+1), areaField(th), "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, value := tt.field()
			f.Update(tea.PasteMsg{Content: tt.paste})
			if got := value(); got != tt.want || (f.Notice() != "") != tt.notice {
				t.Errorf("value %q, notice %q", got, f.Notice())
			}
			f.Update(press("a"))
			if f.Notice() != "" {
				t.Error("the notice stays after the next key")
			}
		})
	}
}

func lineField(th *theme.Theme, masked bool) func() (Field, func() string) {
	return func() (Field, func() string) {
		i := NewInput(th, InputOptions{Masked: masked})
		return i, i.Value
	}
}

func areaField(th *theme.Theme) func() (Field, func() string) {
	return func() (Field, func() string) {
		a := NewArea(th, AreaOptions{})
		return a, a.Value
	}
}

func TestSecretsAreNotDrawn(t *testing.T) {
	t.Parallel()
	i := NewInput(darkTheme(), InputOptions{Masked: true})
	i.SetFocused(true)
	i.SetWidth(30)
	i.Update(tea.PasteMsg{Content: "hunter2 x"})
	got := ansi.Strip(strings.Join(i.View(theme.Page), "\n"))
	if strings.ContainsAny(got, "hunter2x") || !strings.Contains(got, "•••••••••") {
		t.Errorf("drew %q", got)
	}
	i.Update(press("ctrl+w"))
	if i.Value() != "" {
		t.Errorf("ctrl+w tells where the words of a secret break: %q is left", i.Value())
	}
	a := NewArea(darkTheme(), AreaOptions{Masked: true})
	a.SetWidth(30)
	a.Update(tea.PasteMsg{Content: "BEGIN\nkey"})
	if got := ansi.Strip(strings.Join(a.View(theme.Page), "\n")); strings.Contains(got, "BEGIN") || strings.Contains(got, "key") {
		t.Errorf("drew %q", got)
	}
}

func TestInputShowsTheCaret(t *testing.T) {
	t.Parallel()
	i := NewInput(darkTheme(), InputOptions{Limit: 10})
	i.SetFocused(true)
	i.SetWidth(12)
	i.SetValue("abcdefghijklmnopqrstuvwxyz")
	for _, tt := range []struct {
		key, want string
	}{
		{"", "…rstuvwxyz"}, {"left", "…qrstuvwxyz"}, {"home", "abcdefghij…"}, {"right", "abcdefghij…"},
	} {
		if tt.key != "" {
			i.Update(press(tt.key))
		}
		lines := i.View(theme.Page)
		if got := strings.TrimSpace(ansi.Strip(lines[0])); got != tt.want {
			t.Errorf("after %q: drew %q, want %q", tt.key, got, tt.want)
		}
		if !strings.Contains(lines[0], darkTheme().Paint(theme.Page, theme.Caret, string(caretLetter(i)))) {
			t.Errorf("after %q the caret is not drawn: %q", tt.key, lines[0])
		}
		if !strings.HasSuffix(ansi.Strip(lines[1]), " 26/10") {
			t.Errorf("count %q", ansi.Strip(lines[1]))
		}
	}
}

func caretLetter(i *Input) byte {
	if i.edit.at == len(i.edit.value) {
		return ' '
	}
	return i.edit.value[i.edit.at]
}

func TestAreaMovesByDrawnLines(t *testing.T) {
	t.Parallel()
	a := NewArea(darkTheme(), AreaOptions{Height: 3, Limit: 500})
	a.SetFocused(true)
	a.SetWidth(20)
	a.SetValue("the first line is long and wraps\n\nlast")
	golden(t, "area", strings.Join(a.View(theme.Page), "\n"))
	typeInto(a, "up", "X")
	if got, want := a.Value(), "the first line is long and wraps\nX\nlast"; got != want {
		t.Errorf("value %q, want %q", got, want)
	}
	typeInto(a, "up", "Y")
	if got, want := a.Value(), "the first line is lYong and wraps\nX\nlast"; got != want {
		t.Errorf("value %q, want %q", got, want)
	}
	for range 5 {
		a.Update(press("up"))
	}
	if _, used := a.Update(press("up")); used {
		t.Error("up on the first line is kept by the field")
	}
	for range 5 {
		a.Update(press("down"))
	}
	if _, used := a.Update(press("down")); used {
		t.Error("down on the last line is kept by the field")
	}
	typeInto(a, "end", "enter", "z")
	if !strings.HasSuffix(a.Value(), "last\nz") {
		t.Errorf("enter gave %q", a.Value())
	}
}
