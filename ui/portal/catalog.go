package portal

import (
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/answer"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// catalog is the view of what can be ordered, and of the form that is filled in.
type catalog struct {
	core  *core
	items []model.Item
	list  *widget.List[catalogRow]
	bar   *widget.FilterBar
	forms map[model.ItemKey]*form // those that were begun
	form  *form                   // on the screen, nil while the list is

	// search is on the screen, or under the form that a result began; nil while the
	// list is. searches are those that were begun.
	search   *searchPage
	searches map[model.ItemKey]*searchPage

	width, height int
}

func newCatalog(c *core) *catalog {
	g := &catalog{core: c, items: model.Catalog(), forms: map[model.ItemKey]*form{}, searches: map[model.ItemKey]*searchPage{}}
	g.list = widget.NewList(c.env.Theme, widget.ListOptions[catalogRow]{
		Columns: g.columns(), ID: func(r catalogRow) string { return string(r.Key) }, Unmarkable: true,
		Empty: "Nothing fits the filter.", EmptyAdvice: "/ changes it, esc drops it.",
	})
	g.bar = widget.NewFilterBar(c.env.Theme, nil, func(widget.Filter) tea.Cmd { g.show(); return nil })
	g.show()
	return g
}

// openForm shows the form of the item under the cursor, as it was left.
func (g *catalog) openForm() tea.Cmd {
	row, ok := g.list.Selected()
	switch {
	case !ok:
		return nil
	case !row.Offered:
		return notice.Warn(row.Name + " comes later: it cannot be ordered yet")
	case !g.core.orders():
		return notice.Warn("only requestors order from the catalog")
	}
	if row.Searches() {
		switch g.core.mode(row.Item) {
		case model.SearchLive:
			return g.openSearch(row.Item)
		case model.SearchOff:
			return notice.Warn("searching is switched off here: describe in words what you need when you ask for access")
		}
	}
	var cmd tea.Cmd
	f := g.forms[row.Key]
	if f == nil {
		var err error
		if f, err = g.begin(row.Item); err != nil {
			return notice.Say(tab.NoticeBad, notice.Cause(err))
		}
		cmd = f.load()
	}
	f.fields.Wake()
	f.setSize(g.width, g.height)
	g.form = f
	return cmd
}

// openSearch shows the search of an item, as it was left.
func (g *catalog) openSearch(item model.Item) tea.Cmd {
	s := g.searches[item.Key]
	if s == nil {
		s = newSearchPage(g.core, item, g.core.orderHit)
		g.searches[item.Key] = s
	}
	s.setSize(g.width, g.height)
	g.search = s
	return nil
}

// begin makes a new form for an item.
func (g *catalog) begin(item model.Item) (*form, error) {
	f, err := newForm(g.core, item, func() tea.Cmd { return g.anew(item) })
	if err != nil {
		return nil, err
	}
	f.setSize(g.width, g.height)
	g.forms[item.Key] = f
	return f, nil
}

// anew empties the form on the screen, after a question where something would
// be lost. What is on its way to the queue stays.
func (g *catalog) anew(item model.Item) tea.Cmd {
	switch {
	case g.form == nil || g.form.busy:
		return nil
	case !g.form.halfWritten():
		return g.empty(item)
	}
	g.core.stack.Push(widget.NewDialog(g.core.env.Theme, widget.DialogOptions{
		Title:    widget.Words(theme.Strong, "Start anew?"),
		Evidence: widget.DetailContent{Lead: []widget.Line{widget.Words(theme.Text, "What you have filled in is thrown away.")}},
		Buttons:  []widget.Button{{ID: buttonBack, Label: "No, keep it"}, {ID: buttonConfirm, Label: "Start anew", Confirm: true}},
		Now:      g.core.env.Now,
		Done: func(id string) tea.Cmd {
			if id != buttonConfirm {
				return nil
			}
			return g.empty(item)
		},
	}))
	return nil
}

func (g *catalog) empty(item model.Item) tea.Cmd {
	if old := g.forms[item.Key]; old != nil {
		old.wipe()
	}
	f, err := g.begin(item)
	if err != nil {
		return notice.Say(tab.NoticeBad, notice.Cause(err))
	}
	g.form = f
	return tea.Batch(g.core.drop(item.Key), notice.Say(tab.NoticeOK, widget.Words(theme.OK, "the form is empty again")))
}

// leave goes back to the list. The form stays as it is.
func (g *catalog) leave() tea.Cmd {
	g.form.fields.Rest()
	half, keep := g.form.halfWritten(), g.form.keep()
	g.form = nil
	g.list.Redraw()
	if !half {
		return keep
	}
	return tea.Batch(keep, notice.Say(tab.NoticeOK, widget.Words(theme.OK, "kept as you left it: enter goes on")))
}

// submitted takes the form away whose request stands now.
func (g *catalog) submitted(msg submitted) tea.Cmd {
	if msg.err != nil {
		g.list.Redraw()
		return msg.form.failed(msg.err)
	}
	msg.form.wipe()
	key := msg.form.item.Key
	if g.forms[key] == msg.form {
		delete(g.forms, key)
	}
	if g.form == msg.form {
		g.form = nil
	}
	g.list.Redraw()
	if g.core.stack.Empty() {
		g.core.tellSubmitted(msg)
	}
	return tea.Batch(g.core.drop(key), tab.Send(tab.Notice{Kind: tab.NoticeOK, Text: widget.Words(theme.OK, string(msg.request.Number)+" submitted"),
		Correlation: msg.request.Correlation}))
}

// unsaved names the half-written forms, "" if there are none.
func (g *catalog) unsaved() string {
	var names []string
	for _, item := range g.items {
		if f := g.forms[item.Key]; f != nil && f.atRisk() {
			names = append(names, item.Name)
		}
	}
	if names == nil {
		return ""
	}
	if len(names) > 1 {
		return "half-filled forms: " + strings.Join(names, ", ")
	}
	return "a half-filled form: " + names[0]
}

// formOf returns the form that a record field belongs to, nil if it is gone.
func (g *catalog) formOf(field *recordField) *form {
	for _, f := range g.forms {
		if f.record == field {
			return f
		}
	}
	return nil
}

func (g *catalog) setSize(width, height int) {
	g.width, g.height = width, height
	if g.bar.IsOpen() {
		height = max(height-1, 0)
	}
	g.list.SetSize(width, height)
	g.list.SetFooter(g.footer())
	for _, f := range g.forms {
		f.setSize(g.width, g.height)
	}
	for _, s := range g.searches {
		s.setSize(g.width, g.height)
	}
}

func (g *catalog) reload() tea.Cmd { return nil }

func (g *catalog) press(msg tea.KeyPressMsg) tea.Cmd {
	k := g.core.keys
	if g.form != nil {
		if key.Matches(msg, k.Back) {
			return g.leave()
		}
		return g.form.press(msg)
	}
	if g.search != nil {
		if key.Matches(msg, k.Back) {
			g.search = nil
			return nil
		}
		return g.search.press(msg)
	}
	switch {
	case key.Matches(msg, k.Open, k.New):
		return g.openForm()
	case key.Matches(msg, k.Filter):
		g.bar.Open()
		g.setSize(g.width, g.height)
		return nil
	case key.Matches(msg, k.Drop):
		return g.bar.Set("")
	}
	cmd := g.list.Update(msg)
	g.list.SetFooter(g.footer())
	return cmd
}

func (g *catalog) mouse(msg tea.MouseMsg) tea.Cmd {
	if g.form != nil {
		return g.form.mouse(msg)
	}
	if g.search != nil {
		return g.search.mouse(msg)
	}
	cmd := g.list.Update(msg)
	g.list.SetFooter(g.footer())
	return cmd
}

// update takes pastes for the form, and the answers to what forms asked.
func (g *catalog) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		switch {
		case g.form != nil:
			return g.form.paste(msg)
		case g.search != nil:
			return g.search.take(msg)
		}
		return nil
	case draftLoaded:
		return msg.form.loaded(msg)
	case draftSaved:
		msg.form.saved(msg)
		return nil
	case searched:
		return msg.field.searched(msg)
	case looked:
		msg.field.looked(msg)
		if f := g.formOf(msg.field); f != nil && f.review != nil {
			f.review.redraw()
		}
		return nil
	case reread:
		return msg.field.reread(msg)
	case answer.FileRead:
		msg.Keep()
		return nil
	case checked:
		if g.form != msg.form {
			msg.form.busy = false
			wipe(msg.draft)
			return nil
		}
		return msg.form.checked(msg)
	case submitted:
		return g.submitted(msg)
	}
	cmds := []tea.Cmd{g.bar.Update(msg)}
	for _, f := range g.forms {
		cmd, _ := f.fields.Update(msg) // the ticks of its fields
		cmds = append(cmds, cmd)
	}
	for _, s := range g.searches {
		cmd, _ := s.form.Update(msg)
		cmds = append(cmds, cmd)
	}
	return tea.Batch(cmds...)
}

func (g *catalog) view() string {
	switch {
	case g.form != nil:
		return g.form.view()
	case g.search != nil:
		return g.search.view()
	case g.bar.IsOpen():
		return g.bar.View(g.width) + "\n" + g.list.View()
	}
	return g.list.View()
}

func (g *catalog) keyList() []key.Binding {
	if g.form != nil {
		return g.form.keyList()
	}
	if g.search != nil {
		return g.search.keyList()
	}
	k := g.core.keys
	row, ok := g.list.Selected()
	k.Open.SetHelp("enter", "open the form")
	k.Open.SetEnabled(ok && row.Offered && g.core.orders())
	k.New.SetEnabled(k.Open.Enabled())
	k.Drop.SetEnabled(!g.bar.Filter().Empty())
	return slices.Concat([]key.Binding{k.Open, k.New, k.Filter, k.Drop}, moves(g.list.Keys()))
}

func (g *catalog) split() widget.Split       { return widget.Split{} }
func (g *catalog) filter() *widget.FilterBar { return g.bar }
func (g *catalog) sortText() string          { return "" }
func (g *catalog) nextTick() time.Duration   { return 0 }
func (g *catalog) writes() bool {
	if g.form != nil {
		return g.form.fields.Writes()
	}
	return g.search != nil
}
func (g *catalog) open() int { return 0 }
