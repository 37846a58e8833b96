package people

import (
	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// The names of the views, as the palette has them, too.
const (
	ViewPeople      = "People"
	ViewGroups      = "Groups"
	ViewDelegations = "Delegations"
	ViewNotices     = "Notices"
)

// Tab is the page of people. It implements tab.Tab and tab.Parted.
type Tab struct {
	env  *tab.Env
	svc  Service
	keys Keys

	views  []*view
	at     int
	detail *widget.Detail
	page   bool // the detail is the whole body
	inside bool // the detail has the keys, beside the list

	width, height int
	split         widget.Split

	loads int // generation of what is read; answers of older ones are dropped
	read  reading
	stack widget.Stack
	open  *dialog // the form that is written
	kept  *dialog // one that was left half-written

	sessions func() []Session // that are open; nil where nobody knows
}

// New returns the page, which loads nothing before its first Focus.
func New(env *tab.Env, svc Service) *Tab {
	t := &Tab{env: env, svc: svc, keys: DefaultKeys(), detail: widget.NewDetail(env.Theme)}
	t.views = t.makeViews()
	t.show()
	return t
}

// manages reports whether the person sees others than themselves.
func manages(a model.Actor) bool { return a.Has(model.RoleAdmin) || a.Has(model.RoleSupport) }

func (t *Tab) view() *view { return t.views[t.at] }

// SetSize implements tab.Tab.
func (t *Tab) SetSize(width, height int) {
	t.width, t.height = max(width, 0), max(height, 0)
	t.layOut()
}

func (t *Tab) layOut() {
	body := widget.Rect{W: t.width, H: t.height}
	t.split = widget.NewSplit(body, tab.ListPercent)
	detail := t.split.Detail
	if t.page {
		detail = body
	}
	for _, v := range t.views {
		list := t.split.List
		if v.bar.IsOpen() {
			list.H = max(list.H-1, 0)
		}
		v.list.SetSize(list.W, list.H)
		v.list.SetFocused(!t.page && !t.inside)
	}
	t.detail.SetSize(detail.W, detail.H)
	t.stack.SetSize(t.width, t.height)
}

// Split implements tab.Parted.
func (t *Tab) Split() widget.Split {
	if t.page {
		return widget.Split{}
	}
	return t.split
}

// Focus implements tab.Tab.
func (t *Tab) Focus() tea.Cmd { return t.load() }

// Views implements tab.Tab.
func (t *Tab) Views() ([]tab.View, int) {
	vs := make([]tab.View, len(t.views))
	for i, v := range t.views {
		vs[i] = tab.View{Name: v.name}
		if v.name == ViewNotices {
			vs[i].Count = len(t.read.notices)
		}
	}
	return vs, t.at
}

// SetView implements tab.Tab.
func (t *Tab) SetView(n int) tea.Cmd {
	if n < 0 || n >= len(t.views) || n == t.at || !t.stack.Empty() {
		return nil
	}
	t.view().bar.Reset()
	t.at = n
	t.closePage()
	t.fill()
	return t.load()
}

// FilterText implements tab.Tab.
func (t *Tab) FilterText() string { return t.view().bar.Text() }

// Filterable implements tab.Refiltered.
func (t *Tab) Filterable() bool { return !t.page }

// Filter implements tab.Refiltered.
func (t *Tab) Filter() string { return t.view().bar.Told() }

// SetFilter implements tab.Refiltered.
func (t *Tab) SetFilter(text string) tea.Cmd { return t.view().bar.Set(text) }

// SortText implements tab.Tab.
func (t *Tab) SortText() string { return t.view().order().name }

// Capturing implements tab.Tab.
func (t *Tab) Capturing() bool { return t.view().bar.IsOpen() || !t.stack.Empty() }

// Unsaved implements tab.Tab.
func (t *Tab) Unsaved() string {
	for _, d := range []*dialog{t.open, t.kept} {
		if d != nil && d.form.Dirty() {
			return d.lost
		}
	}
	return ""
}

// Open implements tab.Tab: nothing here has a number.
func (t *Tab) Open(model.Number) tea.Cmd { return nil }

// View implements tab.Tab.
func (t *Tab) View() string {
	if t.width == 0 || t.height == 0 {
		return ""
	}
	body := ""
	switch {
	case t.page:
		body = t.detail.View()
	case t.split.Both:
		body = t.split.ToDetail(t.inside).Join(t.env.Theme, t.listView(), t.detail.View(), t.detail.Rules())
	default:
		body = t.listView()
	}
	return t.stack.View(body)
}

func (t *Tab) listView() string {
	v := t.view()
	if !v.bar.IsOpen() {
		return v.list.View()
	}
	return v.bar.View(t.split.List.W) + "\n" + v.list.View()
}

// show draws what the cursor is on.
func (t *Tab) show() {
	r, ok := t.view().list.Selected()
	if !ok {
		t.detail.SetEmpty("")
		return
	}
	t.detail.SetContent(r.id, t.content(r))
}

func (t *Tab) closePage() {
	t.page, t.inside = false, false
	t.layOut()
}

// Update implements tab.Tab.
func (t *Tab) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tab.Changed:
		return t.load()
	case tab.Minute:
		for _, v := range t.views {
			v.list.Redraw()
		}
		t.show()
		return nil
	case loaded:
		return t.loaded(msg)
	case done:
		return t.done(msg)
	case found:
		return t.found(msg)
	case candidates:
		return t.candidates(msg)
	case tea.KeyPressMsg, tea.PasteMsg, tea.MouseMsg:
		return t.input(msg)
	}
	cmds := []tea.Cmd{t.stack.Update(msg)}
	for _, v := range t.views {
		cmds = append(cmds, v.bar.Update(msg))
	}
	return tea.Batch(cmds...)
}

// input is a key, a click or a paste: for the dialog on top, the filter that is
// being typed, or the page.
func (t *Tab) input(msg tea.Msg) tea.Cmd {
	v := t.view()
	switch {
	case !t.stack.Empty():
		return t.stack.Update(msg)
	case v.bar.IsOpen():
		cmd := v.bar.Update(msg)
		t.layOut()
		return cmd
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return t.press(msg)
	case tea.MouseMsg:
		return t.mouse(msg)
	}
	return nil
}

func (t *Tab) mouse(msg tea.MouseMsg) tea.Cmd {
	if t.page {
		return t.detail.Update(msg)
	}
	if inner, ok := t.split.List.Mouse(msg); ok {
		t.inside = false
		t.layOut()
		cmd := t.view().list.Update(inner)
		t.show()
		return cmd
	}
	if inner, ok := t.split.Detail.Mouse(msg); ok && t.split.Both {
		return t.detail.Update(inner)
	}
	return nil
}

func (t *Tab) press(msg tea.KeyPressMsg) tea.Cmd {
	k, v := t.keys, t.view()
	r, here := v.list.Selected()
	switch {
	case key.Matches(msg, k.Refresh):
		return t.load()
	case v.acts != nil:
		if cmd, ok := v.acts(msg, r, here); ok {
			return cmd
		}
	}
	switch {
	case key.Matches(msg, k.Back) && (t.page || t.inside):
		t.closePage()
		return nil
	case t.page, t.inside && !key.Matches(msg, k.Focus, k.Open):
		return t.detail.Update(msg)
	case here && key.Matches(msg, k.Open):
		t.page, t.inside = true, false
		t.layOut()
		return nil
	case here && t.split.Both && key.Matches(msg, k.Focus):
		t.inside = !t.inside
		t.layOut()
		return nil
	case key.Matches(msg, k.Filter):
		v.bar.Open()
		t.layOut()
		return nil
	case key.Matches(msg, k.Sort):
		v.sort = (v.sort + 1) % len(v.orders)
		t.fill()
		return nil
	case key.Matches(msg, k.Back) && !v.bar.Filter().Empty():
		return v.bar.Set("")
	case key.Matches(msg, k.Back):
		return tab.Send(tab.Leave{})
	case t.split.Both && key.Matches(msg, k.DetailDown):
		t.detail.Scroll(1)
		return nil
	case t.split.Both && key.Matches(msg, k.DetailUp):
		t.detail.Scroll(-1)
		return nil
	}
	cmd := v.list.Update(msg)
	t.show()
	return cmd
}
