package widget

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/safetext"
	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// lookup is a picker with what it asked for.
type lookup struct {
	picker   *Picker
	searches []string
	gens     []int
	looks    []string
}

func newLookup() *lookup {
	l := &lookup{}
	l.picker = NewPicker(darkTheme(), PickerOptions{
		Columns:     []PickColumn{{Title: "TITLE", Width: 12, Flex: 1}, {Title: "TYPE", Width: 20, Drop: 1}},
		Rows:        4,
		Placeholder: "type a title, a type or a UID",
		Search: func(query string, gen int) tea.Cmd {
			l.searches, l.gens = append(l.searches, query), append(l.gens, gen)
			return nil
		},
		Look: func(id string) tea.Cmd { l.looks = append(l.looks, id); return nil },
	})
	l.picker.SetWidth(60)
	l.picker.SetFocused(true)
	return l
}

func picks(names ...string) []Pick {
	var ps []Pick
	for _, n := range names {
		title := Foreign(theme.Text, safetext.Line(n))
		ps = append(ps, Pick{ID: n, Name: title, Cells: []Line{title, Words(theme.Heading, "databaseCredentials")}})
	}
	return ps
}

func (l *lookup) shown() string {
	return ansi.Strip(strings.Join(l.picker.View(theme.Page), "\n"))
}

// rested ends the wait after the last key.
func (l *lookup) rested() { l.picker.Update(pickerTyped{l.picker, l.picker.gen}) }

func TestPickerSearchesWhenTypingRests(t *testing.T) {
	t.Parallel()
	l := newLookup()
	typeInto(l.picker, "p", "r")
	l.picker.Update(pickerTyped{l.picker, l.picker.gen - 1})
	if len(l.searches) != 0 {
		t.Fatalf("searched %q while typing", l.searches)
	}
	l.rested()
	if fmt.Sprint(l.searches) != "[pr]" {
		t.Fatalf("searched %q, want pr once", l.searches)
	}
	if !strings.Contains(l.shown(), "searching…") {
		t.Error("it does not say that it searches")
	}
	typeInto(l.picker, "o", "backspace", "backspace", "backspace")
	l.rested()
	if len(l.searches) != 1 {
		t.Errorf("an empty field searched: %q", l.searches)
	}
}

func TestPickerDropsStaleAnswers(t *testing.T) {
	t.Parallel()
	l := newLookup()
	typeInto(l.picker, "p")
	l.rested()
	typeInto(l.picker, "r")
	l.picker.Results(l.gens[0], picks("stale"), 0, 0)
	l.picker.Fail(l.gens[0], Words(theme.Bad, "stale failure"), nil)
	if strings.Contains(l.shown(), "stale") {
		t.Fatal("a stale answer is shown")
	}
	typeInto(l.picker, "enter")
	if l.picker.Value() != "" {
		t.Error("enter chose something while the answer is awaited")
	}
	l.rested()
	l.picker.Results(l.gens[1], picks("prod-db-01", "prod-db-02"), 5, 3*time.Minute)
	if got := l.shown(); !strings.Contains(got, "prod-db-02") || !strings.Contains(got, "2 of 7 found") || !strings.Contains(got, "list 3m old") {
		t.Errorf("drew:\n%s", got)
	}
}

func TestPickerChoosesAndChanges(t *testing.T) {
	t.Parallel()
	l := newLookup()
	typeInto(l.picker, "p")
	l.rested()
	l.picker.Results(l.gens[0], picks("a", "b", "c"), 0, 0)
	typeInto(l.picker, "down", "down", "up", "enter")
	if l.picker.Value() != "b" || l.picker.Writes() {
		t.Fatalf("chose %q", l.picker.Value())
	}
	if got := l.shown(); !strings.HasPrefix(got, "✓ b") {
		t.Errorf("drew %q", got)
	}
	if _, used := l.picker.Update(press("enter")); used {
		t.Error("enter on a choice does not leave the field")
	}
	if _, used := l.picker.Update(press("z")); used {
		t.Error("a letter changes a choice")
	}
	typeInto(l.picker, "backspace")
	if l.picker.Value() != "" || l.picker.Query() != "p" {
		t.Errorf("after backspace: value %q, query %q", l.picker.Value(), l.picker.Query())
	}
	l.picker.Choose(picks("new")[0])
	if l.picker.Value() != "new" {
		t.Error("Choose did not choose")
	}
	l.picker.Clear()
	if l.picker.Value() != "" || l.picker.Query() != "" {
		t.Error("Clear left something")
	}
}

func TestPickerLooksOnlyWhereTheCursorRests(t *testing.T) {
	t.Parallel()
	l := newLookup()
	typeInto(l.picker, "p")
	l.rested()
	l.picker.Results(l.gens[0], picks("a", "b", "c"), 0, 0)
	typeInto(l.picker, "down", "down")
	l.picker.Update(pickerRested{l.picker, "b"}) // it moved on
	if len(l.looks) != 0 {
		t.Fatalf("looked at %q while moving", l.looks)
	}
	l.picker.Update(pickerRested{l.picker, "c"})
	l.picker.Info("b", []Line{Words(theme.Text, "of another")})
	l.picker.Info("c", []Line{Words(theme.Text, "owned by omar")})
	if got := l.shown(); fmt.Sprint(l.looks) != "[c]" || !strings.Contains(got, "owned by omar") || strings.Contains(got, "another") {
		t.Errorf("looked at %q, drew:\n%s", l.looks, got)
	}
	l.picker.Update(pickerRested{l.picker, "c"})
	if len(l.looks) != 1 {
		t.Error("looked twice at one thing")
	}
	typeInto(l.picker, "up")
	if strings.Contains(l.shown(), "omar") {
		t.Error("the details of another row are shown")
	}
}

func TestPickerSaysWhyThereIsNoAnswer(t *testing.T) {
	t.Parallel()
	l := newLookup()
	typeInto(l.picker, "p")
	l.rested()
	l.picker.Fail(l.gens[0], Words(theme.Text, "no worker can be reached"), Words(theme.Faint, "describe the record in words instead"))
	got := l.shown()
	if !strings.Contains(got, "▲ no worker can be reached") || !strings.Contains(got, "in words instead") {
		t.Errorf("drew:\n%s", got)
	}
	l.picker.Refresh()
	if len(l.searches) != 2 {
		t.Error("Refresh does not ask again")
	}
	l.picker.Results(l.gens[1], nil, 0, 0)
	if got := l.shown(); !strings.Contains(got, "Nothing is called like that") {
		t.Errorf("drew:\n%s", got)
	}
}

func TestPickerGolden(t *testing.T) {
	t.Parallel()
	l := newLookup()
	typeInto(l.picker, "p")
	l.rested()
	l.picker.Results(l.gens[0], picks("prod-db-01", "prod\u202edb", "vpn", "x", "y", "z"), 0, 0)
	typeInto(l.picker, "down")
	l.picker.Update(pickerRested{l.picker, l.picker.Highlighted()})
	l.picker.Info(l.picker.Highlighted(), []Line{Words(theme.Heading, "in Infrastructure / Databases, owned by omar; alice has view")})
	golden(t, "picker", strings.Join(l.picker.View(theme.Page), "\n"))
}
