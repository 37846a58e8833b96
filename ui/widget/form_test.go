package widget

import (
	"fmt"
	"strings"
	"testing"

	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// order is a form like that of the portal.
type order struct {
	form           *Form
	record, secret *Input
	rights         *Chips
	why            *Area
	hideSecret     bool
}

func newOrder() *order {
	th := darkTheme()
	o := &order{
		record: NewInput(th, InputOptions{Placeholder: "title or UID"}),
		secret: NewInput(th, InputOptions{Masked: true}),
		rights: NewChips(th, []Choice{{ID: "view", Label: "view"}, {ID: "edit", Label: "edit"}, {ID: "owner", Label: "owner", Off: "only without a limit"}, {ID: "share", Label: "share"}}, "view"),
		why:    NewArea(th, AreaOptions{Height: 3, Limit: 500}),
	}
	o.form = NewForm(th, []FormItem{
		{Text: func() []Line { return []Line{Words(theme.Strong, "Request access to record")} }},
		{Label: "Record", Field: o.record, Check: func() string {
			if o.record.Value() == "" {
				return "choose a record"
			}
			return ""
		}},
		{Label: "Rights", Field: o.rights, Hint: Hint("you have: nothing")},
		{Label: "Password", Field: o.secret, Hint: Hint("sealed as soon as you submit"), Hidden: func() bool { return o.hideSecret }},
		{Label: "Why", Field: o.why, Check: func() string {
			if len(o.why.Value()) < 10 {
				return "at least 10 characters, so that an approver can decide"
			}
			return ""
		}},
	})
	o.form.SetSize(76, 20)
	return o
}

func (o *order) do(keys ...string) {
	for _, k := range keys {
		o.form.Update(press(k))
	}
}

// focused names the field with the keys.
func (o *order) focused() string {
	if o.form.focus < 0 {
		return "-"
	}
	return o.form.items[o.form.focus].Label
}

func TestFormFocus(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		keys []string
		want string
		used bool // of the last key
	}{
		{"the first field, not the text above it", nil, "Record", true},
		{"tab", []string{"tab"}, "Rights", true},
		{"enter and down move on too", []string{"enter", "down"}, "Password", true},
		{"back", []string{"tab", "tab", "shift+tab"}, "Rights", true},
		{"up", []string{"tab", "up"}, "Record", true},
		{"tab on the last field is for the owner", []string{"tab", "tab", "tab", "tab"}, "Why", false},
		{"shift+tab on the first too", []string{"shift+tab"}, "Record", false},
		{"enter in an area is text", []string{"tab", "tab", "tab", "enter"}, "Why", true},
		{"esc is for the owner", []string{"esc"}, "Record", false},
		{"letters over chips are for the owner", []string{"tab", "q"}, "Rights", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, used := newOrder(), true
			for _, k := range tt.keys {
				_, used = o.form.Update(press(k))
			}
			if got := o.focused(); got != tt.want || used != tt.used {
				t.Errorf("focus on %s, used %v; want %s, %v", got, used, tt.want, tt.used)
			}
		})
	}
}

func TestFieldsAreCheckedWhenLeft(t *testing.T) {
	t.Parallel()
	o := newOrder()
	shown := func() string { return ansi.Strip(o.form.View(theme.Page)) }
	if strings.Contains(shown(), "▲") {
		t.Fatal("an error before anything was typed")
	}
	o.do("tab")
	if !strings.Contains(shown(), "▲ choose a record") {
		t.Fatal("no error after leaving an empty field")
	}
	o.do("shift+tab", "x")
	if strings.Contains(shown(), "▲") {
		t.Error("the error stays while it is being mended")
	}
	if o.form.Validate() {
		t.Error("Validate passes without a justification")
	}
	if o.focused() != "Why" {
		t.Errorf("focus on %s, want the field that is wrong", o.focused())
	}
	o.do("restore the ledger")
	if !o.form.Validate() {
		t.Error("Validate refuses a form that is right")
	}
	o.form.SetError(o.record, "this record is gone")
	if !strings.Contains(shown(), "▲ this record is gone") {
		t.Error("an error from outside is not shown")
	}
}

func TestAHalfWrittenFormSurvivesAnyResize(t *testing.T) {
	t.Parallel()
	o := newOrder()
	o.do("p", "r", "o", "d", "tab", "right", "tab", "s", "3", "tab", "w", "h", "y")
	if !o.form.Dirty() || !o.form.Writes() {
		t.Error("the form does not know that it was written in")
	}
	for _, s := range [][2]int{{120, 30}, {10, 3}, {0, 0}, {200, 1}, {76, 20}} {
		o.form.SetSize(s[0], s[1])
		o.form.View(theme.Page)
	}
	if got := fmt.Sprint(o.record.Value(), " ", o.rights.Value(), " ", o.secret.Value(), " ", o.why.Value(), " ", o.focused()); got != "prod edit s3 why Why" {
		t.Errorf("after resizing: %q", got)
	}
}

func TestFormScrollsToTheFocus(t *testing.T) {
	t.Parallel()
	o := newOrder()
	for _, h := range []int{3, 5, 8, 20} {
		o.form.SetSize(76, h)
		o.form.FocusFirst()
		for range 4 {
			if got := ansi.Strip(o.form.View(theme.Page)); !strings.Contains(got, o.focused()) {
				t.Errorf("height %d: %s has the focus and is not on the screen:\n%s", h, o.focused(), got)
			}
			o.do("tab")
		}
	}
}

func TestTheFocusStaysOnTheScreen(t *testing.T) {
	t.Parallel()
	shows := func(o *order) bool { return strings.Contains(ansi.Strip(o.form.View(theme.Page)), "Why") }
	o := newOrder()
	o.form.FocusLast()
	for _, height := range []int{6, 20, 5} {
		o.form.SetSize(76, height)
		if !shows(o) {
			t.Errorf("at a height of %d the focus is not on the screen", height)
		}
	}
	o.do("pgup")
	o.form.SetSize(76, 5)
	if shows(o) {
		t.Error("a page that was scrolled to is left without need")
	}
	o = newOrder()
	o.hideSecret = true
	o.form.SetSize(76, 4)
	o.form.FocusLast()
	o.hideSecret = false
	if !shows(o) {
		t.Error("what came in above took the focus off the screen")
	}
}

func TestHiddenItemsAreLeftOut(t *testing.T) {
	t.Parallel()
	o := newOrder()
	o.hideSecret = true
	if strings.Contains(ansi.Strip(o.form.View(theme.Page)), "Password") {
		t.Error("a hidden item is drawn")
	}
	o.do("tab", "tab")
	if o.focused() != "Why" {
		t.Errorf("focus on %s, want Why", o.focused())
	}
	if o.form.FocusField(o.secret) {
		t.Error("a hidden field took the focus")
	}
	if !o.form.FocusField(o.rights) || o.focused() != "Rights" {
		t.Error("FocusField did not move the focus")
	}
}

func TestFormGolden(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ w, h int }{{120, 30}, {80, 20}, {60, 12}} {
		o := newOrder()
		o.form.SetSize(tt.w, tt.h)
		o.do("tab", "tab", "s", "3", "c", "r", "e", "t")
		golden(t, fmt.Sprintf("form-%dx%d", tt.w, tt.h), o.form.View(theme.Page))
	}
}

func TestChips(t *testing.T) {
	t.Parallel()
	o := newOrder()
	c := o.rights
	typeInto(c, "right", "right")
	if got := c.Value(); got != "share" {
		t.Errorf("right over a choice that is off takes %q, want share", got)
	}
	typeInto(c, "right")
	if got := c.Value(); got != "share" {
		t.Errorf("right at the end takes %q", got)
	}
	typeInto(c, "left", "left", "left")
	if got := c.Value(); got != "view" {
		t.Errorf("left takes %q, want view", got)
	}
	if c.Take("owner") || c.Value() != "" {
		t.Error("a choice that is off was taken")
	}
	typeInto(c, "right")
	if got := c.Value(); got != "view" {
		t.Errorf("right from no choice takes %q, want the first", got)
	}
	c.SetWidth(16)
	lines := c.View(theme.Page)
	if len(lines) != 2 {
		t.Errorf("%d lines in 16 cells, want 2", len(lines))
	}
	if _, used := c.Update(tea.MouseClickMsg{X: 2, Y: 1}); used {
		t.Error("a click on a choice that is off was taken")
	}
	if _, used := c.Update(tea.MouseClickMsg{X: 10, Y: 0}); !used || c.Value() != "edit" {
		t.Errorf("a click took %q, want edit", c.Value())
	}
}

func TestWithoutColourTheChoiceStandsInBrackets(t *testing.T) {
	t.Parallel()
	th := theme.New(theme.Options{Profile: 2})
	if !th.NoColor() {
		t.Fatal("not a theme without colour")
	}
	c := NewChips(th, []Choice{{ID: "a", Label: "view"}, {ID: "b", Label: "edit"}}, "b")
	if got, want := ansi.Strip(c.View(theme.Page)[0]), " view  [edit]"; got != want {
		t.Errorf("drew %q, want %q", got, want)
	}
}
