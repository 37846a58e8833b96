package widget

import (
	"slices"
	"strings"
	"testing"

	"countersign/ui/theme"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// Where what is taken is only reversed, its sign stands beside it: reversed
// itself it would be a gap, and look the same whether the list has the keys or
// not.
func TestTheCursorOfWhatIsReversedIsNotReversed(t *testing.T) {
	t.Parallel()
	for _, p := range []colorprofile.Profile{colorprofile.ASCII, colorprofile.ANSI} {
		th := theme.New(theme.Options{Dark: true, Profile: p})
		onPanel := th.Paint(theme.Panel, theme.Accent, "▌")
		d := NewDialog(th, DialogOptions{Title: Words(theme.Strong, "Sure?")})
		d.SetSize(80, 24)
		if !strings.Contains(d.View(), onPanel) {
			t.Errorf("%v: no %q beside the button", p, onPanel)
		}
		a := NewPalette(th, []Action{{Title: "Approve", Key: "a"}})
		a.SetSize(80, 24)
		if !strings.Contains(a.View(), onPanel) {
			t.Errorf("%v: no %q beside the command", p, onPanel)
		}
		l := requestList(th)
		l.SetSize(80, 8)
		l.SetRows(someRequests(), false)
		focused := l.View()
		if want := th.Paint(theme.Page, theme.Accent, "▌"); !strings.Contains(focused, "\n"+want) {
			t.Errorf("%v: %q does not begin with %q", p, strings.Split(focused, "\n")[1], want)
		}
		l.SetFocused(false)
		if want := th.Paint(theme.Page, theme.Faint, "▌"); !strings.Contains(l.View(), "\n"+want) {
			t.Errorf("%v: without the keys %q does not begin with %q", p, strings.Split(l.View(), "\n")[1], want)
		}
	}
}

func TestColumnsDropInTheirOrder(t *testing.T) {
	t.Parallel()
	cols := []Column[int]{{Width: 10}, {Width: 10, Drop: 1}, {Width: 10, Drop: 2}, {Width: 5, Flex: 1, Max: 8}}
	for _, tt := range []struct {
		total int
		want  []int
	}{
		{100, []int{10, 10, 10, 8}},
		{42, []int{10, 10, 10, 6}},
		{40, []int{10, 10, 0, 8}},
		{29, []int{10, 10, 0, 5}},
		{28, []int{10, 0, 0, 8}},
		{17, []int{10, 0, 0, 5}},
		{14, []int{10, 0, 0, 2}},
		{6, []int{6, 0, 0, 0}},
		{-3, []int{0, 0, 0, 0}},
	} {
		if got := columnWidths(cols, tt.total); !slices.Equal(got, tt.want) {
			t.Errorf("columnWidths(%d) = %v, want %v", tt.total, got, tt.want)
		}
	}
}

func TestALongCellTakesOfTheColumnBehindIt(t *testing.T) {
	t.Parallel()
	type row struct{ right, object, limit string }
	text := func(get func(row) string) func(row) Line {
		return func(r row) Line { return Words(theme.Text, get(r)) }
	}
	l := NewList(darkTheme(), ListOptions[row]{ID: func(r row) string { return r.right }, Columns: []Column[row]{
		{Title: "WANTS", Width: 5, Spills: true, Cell: text(func(r row) string { return r.right })},
		{Width: 10, Flex: 1, Cell: text(func(r row) string { return r.object })},
		{Width: 9, Right: true, Cell: text(func(r row) string { return r.limit })},
	}})
	l.SetSize(35, 8)
	l.SetRows([]row{
		{"edit", "prod-db-01 of the shop", "permanent"},
		{"edit+share", "prod-db-01 of the shop", "permanent"},
		{"view+share", "prod-db-01 of the shop", "4 h"},
		{"everything there is", "prod-db-01", "permanent"},
	}, false)
	l.Select("everything there is")
	lines := strings.Split(ansi.Strip(l.View()), "\n")
	for n, want := range []string{
		"  WANTS",
		"  edit   prod-db-01 of…  permanent",
		"  edit+share  prod-db-…  permanent",
		"  view+share  prod-db-01 of…   4 h",
		"▌ everything…   prod-d…  permanent",
	} {
		if got := strings.TrimRight(lines[n], " "); got != want {
			t.Errorf("line %d = %q, want %q", n, got, want)
		}
	}
}

// An ink for nothing is 22 bytes in every row of every page.
func TestAnEmptyCellChangesNoInk(t *testing.T) {
	t.Parallel()
	th := theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor})
	l := NewList(th, ListOptions[string]{ID: func(s string) string { return s }, Columns: []Column[string]{
		{Width: 6, Cell: func(s string) Line { return Words(theme.Text, s) }},
		{Width: 9, Cell: func(string) Line { return Words(theme.Heading, "") }},
		{Width: 6, Cell: func(s string) Line { return Words(theme.Text, s) }},
	}})
	l.SetSize(40, 4)
	l.SetRows([]string{"one", "two"}, false)
	row := strings.Split(l.View(), "\n")[2]
	if strings.Contains(row, "\x1b") || ansi.StringWidth(row) != 40 {
		t.Errorf("the row is %q", row)
	}
}
