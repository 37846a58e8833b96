package approvals

import (
	"strconv"
	"time"

	"countersign/model"
	"countersign/ui/decide"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// Tab is the Approvals tab. It implements tab.Tab, tab.Timely, tab.Parted and
// tab.Resting.
type Tab struct {
	env  *tab.Env
	svc  Service
	keys Keys

	width, height int
	split         widget.Split

	views   []view
	view    int
	sort    []string // by view
	waiting int      // how many wait, as far as they were counted; -1 before that
	reviews int      // emergency approvals that wait for the person's look
	beyond  bool     // more endpoint requests or devices wait than are listed here

	list   *widget.List[row]
	filter *widget.FilterBar
	loads  int // generation of the rows: answers of older ones are dropped
	next   workflow.Cursor

	pane     *pane
	aside    *aside
	inDetail bool         // the detail has the keys, beside the list
	page     bool         // the detail is the whole body
	pinned   model.Number // shown as a page without being in the list

	stack    widget.Stack
	decision *decision // while its dialog is open
	bulk     *bulk     // while its page is open
	busy     map[model.Number]bool
	drafts   decide.Drafts[draftOf]
	talk     *talk // while a comment is written
}

// New returns the tab. It shows nothing before its first Focus.
func New(env *tab.Env, svc Service) *Tab {
	t := &Tab{env: env, svc: svc, keys: DefaultKeys(), views: views(), waiting: -1,
		busy: map[model.Number]bool{}, drafts: decide.Drafts[draftOf]{}}
	for _, v := range t.views {
		t.sort = append(t.sort, v.sorts[0])
	}
	t.list = widget.NewList(env.Theme, widget.ListOptions[row]{
		Columns: t.columns(t.views[0]),
		ID:      func(r row) string { return string(r.Number) },
		Version: version,
		More:    func() tea.Cmd { return t.load(t.next) },
	})
	t.filter = widget.NewFilterBar(env.Theme, workflow.FilterNames(filterKeys()), func(widget.Filter) tea.Cmd { return t.restart() })
	t.pane, t.aside = newPane(env, svc), newAside(env, svc)
	t.setEmpty()
	return t
}

// SetSize implements tab.Tab.
func (t *Tab) SetSize(width, height int) {
	t.width, t.height = max(width, 0), max(height, 0)
	t.layOut()
}

// layOut shares the body among what is drawn.
func (t *Tab) layOut() {
	body := widget.Rect{W: t.width, H: t.height}
	t.split = widget.NewSplit(body, tab.ListPercent)
	list, detail := t.split.List, t.split.Detail
	if t.page {
		detail = body
	}
	if t.filter.IsOpen() {
		list.H = max(list.H-1, 0)
	}
	t.list.SetSize(list.W, list.H)
	t.list.SetFocused(!t.inDetail && !t.page)
	t.pane.setSize(detail.W, detail.H)
	t.aside.detail.SetSize(detail.W, detail.H)
	t.stack.SetSize(t.width, t.height)
	if t.decision != nil {
		t.decision.redraw()
	}
}

// Split implements tab.Parted.
func (t *Tab) Split() widget.Split {
	if t.page {
		return widget.Split{}
	}
	return t.split
}

// Rest implements tab.Resting.
func (t *Tab) Rest(on bool) { t.pane.resting = on }

// Focus implements tab.Tab.
func (t *Tab) Focus() tea.Cmd { return t.reload() }

// Views implements tab.Tab.
func (t *Tab) Views() ([]tab.View, int) {
	vs := make([]tab.View, len(t.views))
	for i, v := range t.views {
		vs[i].Name = v.name
		if v.offersDecisions {
			vs[i].Count = max(t.waiting, 0)
		}
		if v.list == listReviews {
			vs[i].Count = t.reviews
		}
	}
	return vs, t.view
}

// SetView implements tab.Tab.
func (t *Tab) SetView(n int) tea.Cmd {
	if n < 0 || n >= len(t.views) || n == t.view || !t.stack.Empty() {
		return nil
	}
	t.view = n
	t.filter.Reset()
	t.closePage()
	t.list.SetColumns(t.columns(t.views[n]))
	t.setEmpty()
	return t.restart()
}

// FilterText implements tab.Tab.
func (t *Tab) FilterText() string { return t.filter.Text() }

// Filterable implements tab.Refiltered.
func (t *Tab) Filterable() bool { return !t.page }

// Filter implements tab.Refiltered.
func (t *Tab) Filter() string { return t.filter.Told() }

// SetFilter implements tab.Refiltered.
func (t *Tab) SetFilter(text string) tea.Cmd { return t.filter.Set(text) }

// SortText implements tab.Tab.
func (t *Tab) SortText() string { return t.sort[t.view] }

// Capturing implements tab.Tab. A dialog takes all keys, so that none of them
// leads away from a decision by accident.
func (t *Tab) Capturing() bool { return t.filter.IsOpen() || !t.stack.Empty() }

// Unsaved implements tab.Tab.
func (t *Tab) Unsaved() string {
	switch {
	case t.talk != nil && t.talk.form.Dirty():
		return "a comment that was not sent"
	case t.decision != nil && t.decision.form.Dirty(), t.bulk != nil && t.bulk.form != nil && t.bulk.form.Dirty():
		return "a decision that was not taken"
	}
	return t.unsent()
}

// NextTick implements tab.Timely: seconds run while something on the screen is in
// its last two minutes, or about to be.
func (t *Tab) NextTick() time.Duration {
	least := time.Duration(0)
	for _, r := range t.list.Rows() {
		left := r.Due.Sub(t.env.Now())
		if r.State != model.Requested || r.NeedsInfo || left <= 0 || left > 3*time.Minute {
			continue
		}
		if tick := widget.DueTick(left); least == 0 || tick < least {
			least = tick
		}
	}
	return least
}

// Open implements tab.Tab: the request is shown as a page, whether the list has
// it or not.
func (t *Tab) Open(n model.Number) tea.Cmd {
	if !t.stack.Empty() {
		return nil
	}
	t.list.Select(string(n))
	t.page, t.inDetail, t.pinned = true, false, n
	t.layOut()
	return t.follow(true)
}

// View implements tab.Tab.
func (t *Tab) View() string {
	if t.width == 0 || t.height == 0 {
		return ""
	}
	body := ""
	switch {
	case t.page:
		body = t.pane.view()
	case t.split.Both:
		detail, rules := t.detailView()
		body = t.split.ToDetail(t.inDetail).Join(t.env.Theme, t.listView(), detail, rules)
	default:
		body = t.listView()
	}
	return t.stack.View(body)
}

func (t *Tab) listView() string {
	if !t.filter.IsOpen() {
		return t.list.View()
	}
	return t.filter.View(t.split.List.W) + "\n" + t.list.View()
}

// current returns the number that keys act on, "" if there is none.
func (t *Tab) current() model.Number {
	if t.pinned != "" {
		return t.pinned
	}
	return model.Number(t.list.SelectedID())
}

// closePage goes back from the detail to the list.
func (t *Tab) closePage() {
	t.page, t.inDetail, t.pinned = false, false, ""
	t.pane.setRaw(false)
	t.layOut()
}

func (t *Tab) setEmpty() {
	v := t.views[t.view]
	if !t.filter.Filter().Empty() {
		t.list.SetEmpty("Nothing fits the filter.", "/ changes it, esc drops it.")
		return
	}
	t.list.SetEmpty(v.empty, v.advice)
}

// count writes how many there are, at least.
func count(n int, more bool) string {
	if more {
		return strconv.Itoa(n) + "+"
	}
	return strconv.Itoa(n)
}
