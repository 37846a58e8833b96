// Command gallery shows the widgets with made-up content, to look at them:
//
//	go run ./ui/widget/internal/gallery [-light] [-ascii] [-rows n]
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

type row struct{ due, number, who, right, object, length string }

type gallery struct {
	theme         *theme.Theme
	tabs          *widget.TabBar
	views         *widget.ViewBar
	list          *widget.List[row]
	detail        *widget.Detail
	filter        *widget.FilterBar
	form          *widget.Form
	status        *widget.Status
	stack         widget.Stack
	frame         widget.Frame
	split         widget.Split
	picker        *widget.Picker
	width, height int
	opts          theme.Options
	showForm      bool
	moves         int // of the cursor: the detail follows when it rests
}

// rested comes when the cursor may have rested.
type rested struct{ moves int }

const rest = 100 * time.Millisecond

func main() {
	light := flag.Bool("light", false, "light palette")
	ascii := flag.Bool("ascii", false, "signs in ASCII")
	n := flag.Int("rows", 7, "rows of the list")
	flag.Parse()
	opts := theme.Options{Dark: !*light, ASCII: *ascii}
	g := &gallery{theme: theme.New(opts), opts: opts}
	g.tabs, g.views = widget.NewTabBar(g.theme), widget.NewViewBar(g.theme)
	g.detail, g.status = widget.NewDetail(g.theme), widget.NewStatus(time.Now)
	g.filter = widget.NewFilterBar(g.theme, []string{"requestor", "state", "age"}, nil)
	g.list = widget.NewList(g.theme, widget.ListOptions[row]{Columns: columns(), ID: func(r row) string { return r.number }})
	g.list.SetRows(rows(*n), false)
	g.list.SetFooter(widget.Words(theme.Note, fmt.Sprintf("%d waiting for Vault Approvers · oldest 3 d", *n)))
	g.makeForm()
	if _, err := tea.NewProgram(g).Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (g *gallery) Init() tea.Cmd { return nil }

func (g *gallery) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch m := msg.(type) {
	case tea.WindowSizeMsg:
		g.resize(m.Width, m.Height)
		return g, nil
	case tea.ColorProfileMsg:
		g.opts.Profile = m.Profile
		g.theme.Reset(g.opts)
		return g, nil
	case rested:
		if m.moves == g.moves {
			g.show()
		}
		return g, nil
	}
	g.status.Update(msg)
	k, isKey := msg.(tea.KeyPressMsg)
	switch {
	case !g.stack.Empty():
		return g, g.stack.Update(msg)
	case g.filter.IsOpen():
		return g, g.filter.Update(msg)
	case isKey && k.String() == "esc":
		g.showForm = false
		return g, nil
	case g.showForm:
		cmd, _ := g.form.Update(msg)
		return g, cmd
	}
	switch {
	case isKey && k.String() == "q":
		return g, tea.Quit
	case isKey && k.String() == "a":
		g.stack.Push(g.dialog())
	case isKey && k.String() == "?":
		g.stack.Push(widget.NewHelp(g.theme, "Help: Approvals", []widget.HelpGroup{
			{Title: "Approvals", Bindings: keys()}, {Title: "List", Bindings: g.list.Keys().Bindings()},
			{Title: "Detail", Bindings: g.detail.Keys().Bindings()},
		}))
	case isKey && k.String() == ":":
		g.stack.Push(widget.NewPalette(g.theme, []widget.Action{
			{Title: "Approve request", Key: "a"}, {Title: "Deny request", Key: "d"}, {Title: "Open log lines", Key: "l"},
			{Title: "Fulfil task", Key: "f", Off: "nothing is approved"},
		}))
	case isKey && k.String() == "/":
		g.filter.Open()
	case isKey && k.String() == "n":
		g.showForm = true
	case isKey && k.String() == "s":
		return g, g.status.OK(widget.Words(theme.OK, "REQ0010040 approved"))
	}
	before := g.list.SelectedID()
	cmd := g.list.Update(msg)
	if g.list.SelectedID() == before {
		return g, cmd
	}
	g.moves++
	moves := g.moves
	return g, tea.Batch(cmd, tea.Tick(rest, func(time.Time) tea.Msg { return rested{moves} }))
}

func (g *gallery) resize(w, h int) {
	g.width, g.height = w, h
	g.frame = widget.NewFrame(w, h)
	g.split = widget.NewSplit(g.frame.Body, 55)
	g.list.SetSize(g.split.List.W, g.split.List.H)
	g.detail.SetSize(g.split.Detail.W, g.split.Detail.H)
	g.form.SetSize(g.frame.Body.W, g.frame.Body.H)
	g.stack.SetSize(w, h)
	g.show()
}

func (g *gallery) show() {
	if r, ok := g.list.Selected(); ok {
		g.detail.SetContent(r.number, content(r))
	}
}

func (g *gallery) View() tea.View {
	if g.width == 0 {
		return tea.NewView("")
	}
	v := tea.NewView(safetext.Realign(g.stack.View(g.screen())))
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	return v
}

func (g *gallery) screen() string {
	if g.frame.TooSmall {
		return widget.TooSmall(g.theme, g.width, g.height)
	}
	header := widget.Header{
		Name: "countersign", Active: 1, HealthText: "vault 41 ms", HealthShort: "41 ms", Budget: "52/60",
		Person: safetext.Line("dana"), Role: "approver",
		Tabs: []widget.Tab{{Key: "1", Title: "Portal", Short: "Port"}, {Key: "2", Title: "Approvals", Short: "Appr", Badge: 7},
			{Key: "3", Title: "Tasks", Short: "Task", Badge: 3}, {Key: "4", Title: "EPM", Badge: 2}, {Key: "5", Title: "Logs"}},
	}
	second := g.views.View([]widget.ViewTab{{Title: "Waiting", Count: 7}, {Title: "All", Count: -1}, {Title: "Decided", Count: -1}}, 0,
		g.filter.Text(), "due", g.width)
	if g.filter.IsOpen() {
		second = g.filter.View(g.width)
	}
	split, body := g.split, ""
	switch {
	case g.showForm:
		split, body = widget.Split{}, g.form.View(theme.Page)
	case split.Both:
		list, detail := g.list.View(), g.detail.View()
		body = split.Join(g.theme, list, detail, g.detail.Rules())
	default:
		body = g.list.View()
	}
	help := key.NewBinding(key.WithKeys("?"), key.WithHelp("?", "help"))
	return g.tabs.View(header, g.width) + "\n" + second + "\n" + split.TopRule(g.theme, g.width) + "\n" + body + "\n" +
		widget.KeyBar(g.theme, g.width, keys(), help, g.status.Line())
}
