package widget

import (
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

var filterNames = []string{"requestor", "state", "age", "title"}

func TestParseFilter(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in string
		want     Filter
	}{
		{"nothing", "  ", Filter{}},
		{"words", "payroll night batch", Filter{Words: []string{"payroll", "night", "batch"}}},
		{"the example of SCREENS", "requestor:alice state:rejected age:>2d", Filter{Terms: []Term{
			{"requestor", Is, "alice"}, {"state", Is, "rejected"}, {"age", More, "2d"}}}},
		{"all comparisons", "age:<1h age:<=1h age:>=1h age:=1h", Filter{Terms: []Term{
			{"age", Less, "1h"}, {"age", AtMost, "1h"}, {"age", AtLeast, "1h"}, {"age", Is, "1h"}}}},
		{"keys in any case", "State:Open", Filter{Terms: []Term{{"state", Is, "Open"}}}},
		{"a quoted value", `title:"prod db" x`, Filter{Words: []string{"x"}, Terms: []Term{{"title", Is, "prod db"}}}},
		{"a quoted word is no term", `"state:open now"`, Filter{Words: []string{"state:open now"}, Quoted: []string{"state:open now"}}},
		{"an open quote is being typed", `title:"prod d`, Filter{Terms: []Term{{"title", Is, "prod d"}}}},
		{"a term being typed", "state:", Filter{}},
		{"a URL is a word", "https://wiki/x", Filter{Words: []string{"https://wiki/x"}}},
		{"a time is a word", "10:30", Filter{Words: []string{"10:30"}}},
		{"an unknown key, with the nearest", "requester:bob x", Filter{Words: []string{"x"}, Unknown: []UnknownKey{{"requester", "requestor"}}}},
		{"an unknown key, begun", "req:bob", Filter{Unknown: []UnknownKey{{"req", "requestor"}}}},
		{"an unknown key like no other", "colour:red", Filter{Unknown: []UnknownKey{{"colour", ""}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := ParseFilter(tt.in, filterNames); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("ParseFilter(%q) = %+v, want %+v", tt.in, got, tt.want)
			}
		})
	}
}

func FuzzParseFilter(f *testing.F) {
	f.Add(`requestor:alice age:>2d "a b`)
	f.Add(`":" a:"":b`)
	f.Fuzz(func(t *testing.T, in string) {
		got := ParseFilter(in, filterNames)
		for _, w := range got.Words {
			if w == "" {
				t.Errorf("ParseFilter(%q) holds an empty word", in)
			}
		}
		for _, term := range got.Terms {
			if term.Key == "" || term.Value == "" || strings.ToLower(term.Key) != term.Key {
				t.Errorf("ParseFilter(%q) holds %+v", in, term)
			}
		}
	})
}

func TestNearest(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"stat": "state", "sate": "state", "tilte": "title", "ag": "age", "x": "", "": "", "zzz": "", "état": "state",
	} {
		if got := Nearest(word, filterNames); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestFilterBar(t *testing.T) {
	t.Parallel()
	var told []Filter
	f := NewFilterBar(darkTheme(), filterNames, func(x Filter) tea.Cmd { told = append(told, x); return nil })
	f.Update(press("a"))
	if f.Text() != "" {
		t.Fatal("a closed bar takes keys")
	}
	f.Open()
	f.Update(press("a"))
	f.Update(press("q"))
	f.Update(filterRested{f, f.gen - 1})
	if len(told) != 0 {
		t.Fatal("told before typing rested")
	}
	f.Update(filterRested{f, f.gen})
	f.Update(filterRested{f, f.gen})
	if len(told) != 1 || told[0].Words[0] != "aq" {
		t.Fatalf("told %+v, want aq once", told)
	}
	f.Update(press("x"))
	f.Update(press("enter"))
	if f.IsOpen() || len(told) != 2 || f.Text() != "aqx" {
		t.Fatalf("after enter: open %v, told %+v", f.IsOpen(), told)
	}
	f.Open()
	f.Update(press("esc"))
	if f.IsOpen() || len(told) != 3 || !told[2].Empty() {
		t.Errorf("after esc: open %v, told %+v", f.IsOpen(), told)
	}
	f.Set("state:open")
	if len(told) != 4 {
		t.Errorf("Set told %d times", len(told)-3)
	}
	f.Reset()
	if len(told) != 4 || f.Text() != "" {
		t.Error("Reset tells, or keeps the text")
	}
}

func TestAFilterWithAnUnknownKeyNeverComesIntoForce(t *testing.T) {
	t.Parallel()
	told := 0
	f := NewFilterBar(darkTheme(), filterNames, func(Filter) tea.Cmd { told++; return nil })
	f.Set("state:open")
	f.Open()
	f.Update(tea.PasteMsg{Content: " foo:bar"})
	f.Update(filterRested{f, f.gen})
	f.Update(press("enter"))
	if told != 1 || !f.IsOpen() {
		t.Errorf("foo:bar was told %d times; open %v", told-1, f.IsOpen())
	}
	if term, ok := f.Filter().Term("state"); !ok || term.Value != "open" {
		t.Errorf("in force is %+v, want what was before", f.Filter())
	}
	if got := ansi.Strip(f.View(100)); !strings.Contains(got, "▲ no key foo: here, but requestor: ") {
		t.Errorf("drew %q", got)
	}
	f.Update(press("esc"))
	if told != 2 || f.IsOpen() || !f.Filter().Empty() {
		t.Errorf("after esc: told %d times, open %v, filter %+v", told, f.IsOpen(), f.Filter())
	}
	words := NewFilterBar(darkTheme(), nil, nil)
	words.Set("user:niaj")
	if got := ansi.Strip(words.View(100)); !strings.Contains(got, "▲ no key user: here, only words") {
		t.Errorf("drew %q", got)
	}
}

func TestFilterBarShowsWhatIsWrong(t *testing.T) {
	t.Parallel()
	f := NewFilterBar(darkTheme(), filterNames, nil)
	f.Open()
	f.Update(tea.PasteMsg{Content: "requester:bob"})
	if got := ansi.Strip(f.View(100)); !strings.Contains(got, "no key requester: did you mean requestor:") {
		t.Errorf("drew %q", got)
	}
	golden(t, "filterbar", f.View(80))
}

func TestALongFilterIsReadWholeWhileItIsTyped(t *testing.T) {
	t.Parallel()
	const typed = "requestor:alice state:waiting item:record"
	f := NewFilterBar(darkTheme(), []string{"requestor", "state", "item", "age", "due", "number"}, nil)
	f.Open()
	f.Update(tea.PasteMsg{Content: typed})
	if got := ansi.Strip(f.View(80)); !strings.Contains(got, typed) || !strings.Contains(got, "enter keep · esc drop") || ansi.StringWidth(got) != 80 {
		t.Errorf("drew %q", got)
	}
}

func TestSignsOfComparisons(t *testing.T) {
	t.Parallel()
	for op, want := range map[Op]string{Is: "", More: ">", AtLeast: ">", Less: "<", AtMost: "<"} {
		if got := op.Sign(); got != want {
			t.Errorf("the sign of %q is %q, want %q", op, got, want)
		}
	}
}
