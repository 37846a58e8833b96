package widget

import (
	"fmt"
	"strings"
	"testing"

	"countersign/safetext"
	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/colorprofile"
	"pgregory.net/rapid"
)

// anySize draws a size that a terminal could have, often a small one.
func anySize(t *rapid.T) (int, int) {
	return rapid.IntRange(0, 200).Draw(t, "width"), rapid.IntRange(0, 60).Draw(t, "height")
}

// anyText draws foreign text, with the characters that make trouble.
func anyText(t *rapid.T, label string) safetext.Visible {
	return safetext.Line(rapid.OneOf(
		rapid.StringN(0, 30, -1),
		rapid.SampledFrom([]string{"", "plain words here", "\x1b[31mred", "a\u202eb", "日本語テキスト", "👩‍👩‍👧 family", "e\u0301\u0301\u0301", strings.Repeat("long", 60)}),
	).Draw(t, label))
}

func anyTheme(t *rapid.T) *theme.Theme {
	return theme.New(theme.Options{
		Dark:    rapid.Bool().Draw(t, "dark"),
		ASCII:   rapid.Bool().Draw(t, "ascii"),
		Profile: rapid.SampledFrom([]colorprofile.Profile{colorprofile.ASCII, colorprofile.ANSI, colorprofile.TrueColor}).Draw(t, "profile"),
	})
}

func anyLine(t *rapid.T, label string) Line {
	return Line{Say(theme.Accent, "ours → "), Show(theme.Text, anyText(t, label))}
}

func anyContent(t *rapid.T) DetailContent {
	var c DetailContent
	if rapid.Bool().Draw(t, "titled") {
		c.Title, c.Right = anyLine(t, "title"), Words(theme.WarnStrong, "due 12m")
	}
	for range rapid.IntRange(0, 3).Draw(t, "leads") {
		c.Lead = append(c.Lead, anyLine(t, "lead"))
		c.Warnings = append(c.Warnings, anyLine(t, "warning"))
	}
	for range rapid.IntRange(0, 4).Draw(t, "sections") {
		s := Section{Ruled: rapid.Bool().Draw(t, "ruled"), Title: rapid.SampledFrom([]string{"", "Heading"}).Draw(t, "heading")}
		for range rapid.IntRange(0, 4).Draw(t, "facts") {
			s.Facts = append(s.Facts, Fact{Label: "Label", Value: []Line{anyLine(t, "fact"), nil}})
		}
		c.Sections = append(c.Sections, s)
	}
	for range rapid.IntRange(0, 3).Draw(t, "events") {
		c.Timeline = append(c.Timeline, Event{When: "09:58", What: anyLine(t, "event")})
	}
	return c
}

var somePresses = []string{"j", "k", "g", "G", "tab", "shift+tab", "enter", "left", "right", "up", "down", "pgdown", "pgup",
	"ctrl+d", "ctrl+u", "space", "*", "x", "backspace", "ctrl+w", "home", "end", "é", "日"}

func TestListFitsAnySize(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := NewList(anyTheme(t), ListOptions[string]{
			ID: func(s string) string { return s },
			Columns: []Column[string]{
				{Title: "DUE", Width: 5, Drop: 2, Cell: func(s string) Line { return Words(theme.Faint, "12m") }},
				{Title: "NAME", Width: 8, Flex: 1, Cell: func(s string) Line { return Foreign(theme.Text, safetext.Line(s)) }},
				{Title: "FOR", Width: 9, Right: true, Drop: 1, Cell: func(s string) Line { return Words(theme.Warn, "permanent") }},
			},
			Empty: "Nothing waits.", EmptyAdvice: "Come back later.",
		})
		for range 4 {
			w, h := anySize(t)
			l.SetSize(w, h)
			switch rapid.IntRange(0, 4).Draw(t, "do") {
			case 0:
				l.SetRows(rapid.SliceOfNDistinct(rapid.String(), 0, 80, rapid.ID).Draw(t, "rows"), rapid.Bool().Draw(t, "more"))
			case 1:
				l.SetError(anyLine(t, "cause"), anyLine(t, "advice"))
			case 2:
				l.SetFooter(anyLine(t, "footer"))
			case 3:
				l.Clear()
			}
			l.Update(press(rapid.SampledFrom(somePresses).Draw(t, "key")))
			mustFit(t, "list", l.View(), w, h)
		}
	})
}

func TestDetailFitsAnySize(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := NewDetail(anyTheme(t))
		for n := range 4 {
			w, h := anySize(t)
			d.SetSize(w, h)
			d.SetContent(fmt.Sprint(n/2), anyContent(t))
			d.Update(press(rapid.SampledFrom(somePresses).Draw(t, "key")))
			mustFit(t, "detail", d.View(), w, h)
			for _, y := range d.Rules() {
				if y >= h {
					t.Fatalf("rule on line %d of %d", y, h)
				}
			}
		}
	})
}

func anyForm(t *rapid.T, th *theme.Theme) *Form {
	input := NewInput(th, InputOptions{Limit: 20, Masked: rapid.Bool().Draw(t, "masked"), Placeholder: "optional"})
	return NewForm(th, []FormItem{
		{Label: "Rights", Field: NewChips(th, []Choice{{ID: "v", Label: "view"}, {ID: "e", Label: "edit"}, {ID: "o", Label: "owner", Off: "no"}}, "v"), Hint: Hint("asked: edit")},
		{Label: "Comment", Field: input, Check: func() string { return "too short → longer" }},
		{Label: "Why", Field: NewArea(th, AreaOptions{Height: 2, Limit: 500})},
		{Label: "Will do", Text: func() []Line { return []Line{anyLine(t, "plan")} }},
	})
}

func TestFormFitsAnySize(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := anyForm(t, anyTheme(t))
		for range 12 {
			w, h := anySize(t)
			f.SetSize(w, h)
			f.Update(press(rapid.SampledFrom(somePresses).Draw(t, "key")))
			mustFit(t, "form", f.View(theme.Panel), w, h)
		}
	})
}

func TestDialogFitsAnySize(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		th := anyTheme(t)
		opts := DialogOptions{
			Title: anyLine(t, "title"), Evidence: anyContent(t),
			Buttons: []Button{{ID: "no", Label: "No, go back"}, {ID: "yes", Label: "Approve", Confirm: true, NeedsEvidence: true}},
		}
		if rapid.Bool().Draw(t, "with form") {
			opts.Form = anyForm(t, th)
		}
		d := NewDialog(th, opts)
		var stack Stack
		stack.Push(d)
		for range 6 {
			w, h := anySize(t)
			stack.SetSize(w, h)
			d.Update(press(rapid.SampledFrom(somePresses).Draw(t, "key")))
			f := d.Frame()
			mustFit(t, "dialog", d.View(), f.W, f.H)
			if f.X < 0 || f.Y < 0 || f.X+f.W > w || f.Y+f.H > h {
				t.Fatalf("frame %+v leaves %dx%d", f, w, h)
			}
			if h > 0 {
				screen := strings.TrimSuffix(strings.Repeat(strings.Repeat("日", w/2)+strings.Repeat("x", w%2)+"\n", h), "\n")
				mustFit(t, "stack", stack.View(screen), w, h)
			}
		}
	})
}

func TestBarsFitAnyWidth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		th := anyTheme(t)
		w := rapid.IntRange(0, 200).Draw(t, "width")
		h := Header{
			Name: "countersign", Active: rapid.IntRange(0, 4).Draw(t, "active"), HealthText: "vault away since 09:58", HealthShort: "away",
			Budget: "52/60", Person: anyText(t, "person"), Role: "approver", Demo: rapid.Bool().Draw(t, "demo"),
			Health: Health(rapid.IntRange(0, 2).Draw(t, "health")),
			Tabs:   []Tab{{"1", "Portal", "Port", 0}, {"2", "Approvals", "Appr", 700000}, {"3", "Tasks", "Task", 3}},
		}
		mustFit(t, "header", NewTabBar(th).View(h, w), w, 1)
		views := []ViewTab{{"Waiting", 7}, {"All", -1}, {"Decided", 0}}
		mustFit(t, "views", NewViewBar(th).View(views, 1, Listing{Filter: anyText(t, "filter"), Sort: "due"}, w), w, 1)
		bind := func(k, d string) key.Binding { return key.NewBinding(key.WithKeys(k), key.WithHelp(k, d)) }
		mustFit(t, "keys", KeyBar(th, w, []key.Binding{bind("a", "approve"), bind("d", "deny")}, bind("?", "help"), anyLine(t, "status")), w, 1)
		f := NewFilterBar(th, []string{"requestor", "state"}, nil)
		f.Open()
		f.input.SetValue(anyText(t, "typed").String())
		mustFit(t, "filter", f.View(w), w, 1)
		mustFit(t, "notice", TooSmall(th, w, 5), w, 5)
	})
}
