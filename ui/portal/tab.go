package portal

import (
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// The places of the views.
const (
	viewCatalog = iota
	viewRequests
	viewAccess
)

// Tab is the Portal tab. It implements tab.Tab, tab.Timely, tab.Parted and
// tab.Resting.
type Tab struct {
	core     *core
	catalog  *catalog
	requests *requests
	access   *access
	at       int // the view that is shown

	width, height int
}

// New returns the tab, which loads nothing before its first Focus. policy may be
// nil: the review then cannot say who will decide.
func New(env *tab.Env, svc Service, policy PolicyOf) *Tab {
	c := &core{env: env, svc: svc, policy: policy, keys: DefaultKeys(), drafts: drafts{},
		after: func(d time.Duration, msg tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return msg })
		}}
	t := &Tab{core: c, catalog: newCatalog(c), requests: newRequests(c), access: newAccess(c)}
	c.order = t.catalog.order
	c.toCatalog = func() tea.Cmd { return t.SetView(viewCatalog) }
	return t
}

// UseFiles lets forms read secrets from files of this machine. It is for consoles
// of the person who sits at it, never for those that are served (DESIGN 6). It is
// to be called before the tab is used.
func (t *Tab) UseFiles() { t.core.files = true }

func (t *Tab) screens() [3]screen { return [3]screen{t.catalog, t.requests, t.access} }

// screen is the view that is shown.
func (t *Tab) screen() screen { return t.screens()[t.at] }

// SetSize implements tab.Tab.
func (t *Tab) SetSize(width, height int) {
	t.width, t.height = max(width, 0), max(height, 0)
	t.layOut()
}

func (t *Tab) layOut() {
	for _, s := range t.screens() {
		s.setSize(t.width, t.height)
	}
	t.core.stack.SetSize(t.width, t.height)
}

// Split implements tab.Parted.
func (t *Tab) Split() widget.Split { return t.screen().split() }

// Rest implements tab.Resting.
func (t *Tab) Rest(on bool) {
	t.requests.pane.SetBlank(on)
	t.access.detail.SetBlank(on)
}

// Focus implements tab.Tab.
func (t *Tab) Focus() tea.Cmd { return t.screen().reload() }

// Views implements tab.Tab.
func (t *Tab) Views() ([]tab.View, int) {
	return []tab.View{{Name: "Catalog"}, {Name: "My requests", Count: t.requests.open()}, {Name: "My access"}}, t.at
}

// SetView implements tab.Tab.
func (t *Tab) SetView(n int) tea.Cmd {
	if n < 0 || n >= len(t.screens()) || n == t.at || !t.core.stack.Empty() {
		return nil
	}
	if f := t.screen().filter(); f.IsOpen() {
		f.Reset()
	}
	var keep tea.Cmd
	if f := t.catalog.form; f != nil && t.at == viewCatalog {
		f.checks++ // a review that was asked for does not open over another view
		keep = f.keep()
	}
	t.requests.closePage()
	t.access.closePage()
	t.at = n
	t.layOut()
	return tea.Batch(keep, t.screen().reload())
}

// FilterText implements tab.Tab.
func (t *Tab) FilterText() string {
	if t.at == viewCatalog && (t.catalog.form != nil || t.catalog.search != nil) {
		return ""
	}
	return t.screen().filter().Text()
}

// Filterable implements tab.Refiltered.
func (t *Tab) Filterable() bool {
	switch t.at {
	case viewCatalog:
		return t.catalog.form == nil && t.catalog.search == nil
	case viewRequests:
		return !t.requests.page
	}
	return !t.access.page
}

// Filter implements tab.Refiltered.
func (t *Tab) Filter() string { return t.screen().filter().Told() }

// SetFilter implements tab.Refiltered.
func (t *Tab) SetFilter(text string) tea.Cmd { return t.screen().filter().Set(text) }

// SortText implements tab.Tab.
func (t *Tab) SortText() string { return t.screen().sortText() }

// Capturing implements tab.Tab.
func (t *Tab) Capturing() bool {
	return !t.core.stack.Empty() || t.screen().filter().IsOpen() || t.screen().writes()
}

// Unsaved implements tab.Tab.
func (t *Tab) Unsaved() string {
	switch {
	case t.requests.talk != nil && t.requests.talk.form.Dirty():
		return "a comment that was not sent"
	case t.access.reason != nil && t.access.reason.Dirty():
		return "an access that was not given back"
	}
	if form := t.catalog.unsaved(); form != "" {
		return form
	}
	return t.core.drafts.unsaved()
}

// NextTick implements tab.Timely.
func (t *Tab) NextTick() time.Duration { return t.screen().nextTick() }

// Open implements tab.Tab: the request is shown as a page of My requests.
func (t *Tab) Open(n model.Number) tea.Cmd {
	if !t.core.stack.Empty() {
		return nil
	}
	move := t.SetView(viewRequests)
	if move == nil {
		move = t.requests.reload()
	}
	return tea.Batch(move, t.requests.show(n))
}

// View implements tab.Tab.
func (t *Tab) View() string {
	if t.width == 0 || t.height == 0 {
		return ""
	}
	return t.core.stack.View(t.screen().view())
}

// Keys implements tab.Tab.
func (t *Tab) Keys() []key.Binding {
	switch {
	case !t.core.stack.Empty():
		d := widget.DefaultDialogKeys()
		return []key.Binding{d.Next, d.Choose, d.Back}
	case t.screen().filter().IsOpen():
		return filterKeys(t.screen().filter())
	}
	return t.screen().keyList()
}

// Update implements tab.Tab.
func (t *Tab) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tab.Changed:
		return t.screen().reload()
	case tea.KeyPressMsg, tea.PasteMsg, tea.MouseMsg:
		return t.input(msg)
	}
	cmds := []tea.Cmd{t.core.stack.Update(msg)}
	for _, s := range t.screens() {
		cmds = append(cmds, s.update(msg))
	}
	return tea.Batch(cmds...)
}

// input is a key, a click or a paste: for the dialog on top, the filter that is
// being typed, or the view.
func (t *Tab) input(msg tea.Msg) tea.Cmd {
	s := t.screen()
	switch {
	case !t.core.stack.Empty():
		return t.core.stack.Update(msg)
	case s.filter().IsOpen():
		cmd := s.filter().Update(msg)
		t.layOut()
		return cmd
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if t.at != viewCatalog && key.Matches(msg, t.core.keys.New) {
			return t.SetView(viewCatalog)
		}
		return s.press(msg)
	case tea.MouseMsg:
		return s.mouse(msg)
	}
	return s.update(msg)
}
