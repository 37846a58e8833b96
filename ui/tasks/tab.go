package tasks

import (
	"maps"
	"strconv"
	"time"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// requestPercent is the request's share of the width beside the work.
const requestPercent = 44

// Tab is the Tasks tab. It implements tab.Tab, tab.Timely, tab.Parted and
// tab.Resting.
type Tab struct {
	env  *tab.Env
	svc  Service
	keys Keys

	width, height int
	split         widget.Split

	views  []view
	view   int
	sort   []string // by view
	counts []int    // by view, as far as they were counted; -1 before that

	list     *widget.List[row]
	next     workflow.Cursor
	unknown  *widget.List[workflow.OperationRow]
	ops      []workflow.OperationRow // all that were loaded, the filter aside
	moreOps  bool
	filter   *widget.FilterBar
	loads    int // generation of the rows: answers of older ones are dropped
	countGen int

	preview  *casepane.Preview
	opDetail *widget.Detail
	opPage   bool // the detail of an operation is the whole body
	inDetail bool // the detail has the keys, beside the list

	ledger  *ledger
	files   bool             // files of this machine are the person's own
	taking  *taking          // while access is taken that was not granted here
	reasons map[int64]string // of revocations, by grant, that were written and not sent
	reason  *widget.Area     // while the reason of a revocation is written

	work *work // nil while a list is shown

	stack   widget.Stack
	running *running // while the confirmation of a plan is open
	writing *writing // while a record is written
	closing *closing // while a note or a closing is written
	busy    map[model.Number]string
	drafts  map[model.Number]draft // what was written and not sent
}

// New returns the tab. It shows nothing before its first Focus.
func New(env *tab.Env, svc Service) *Tab {
	t := &Tab{env: env, svc: svc, keys: DefaultKeys(), views: views(),
		busy: map[model.Number]string{}, drafts: map[model.Number]draft{}, reasons: map[int64]string{}}
	for _, v := range t.views {
		t.sort = append(t.sort, v.sorts[0])
		t.counts = append(t.counts, -1)
	}
	t.list = widget.NewList(env.Theme, widget.ListOptions[row]{
		Columns: t.columns(), Unmarkable: true,
		ID:      func(r row) string { return string(r.Number) },
		Version: version,
		More:    func() tea.Cmd { return t.load(t.next) },
	})
	t.unknown = widget.NewList(env.Theme, widget.ListOptions[workflow.OperationRow]{
		Columns: t.unknownColumns(), Unmarkable: true, ID: opID,
		Version: func(r workflow.OperationRow) int64 { return int64(r.Op.Attempts) },
	})
	t.ledger = newLedger(t)
	t.filter = widget.NewFilterBar(env.Theme, t.filterNames(), func(widget.Filter) tea.Cmd { return t.refilter() })
	t.preview = casepane.NewPreview(env, svc.Case)
	t.opDetail = widget.NewDetail(env.Theme)
	t.setEmpty()
	t.showOperation()
	return t
}

// UseFiles lets forms read secrets from files of this machine. It is for consoles
// that run as the person who looks at them (DESIGN 6).
func (t *Tab) UseFiles() { t.files = true }

// inUnknown reports whether the view is that of unknown outcomes.
func (t *Tab) inUnknown() bool { return t.view == unknownView }

// inGrants reports whether the view is the ledger.
func (t *Tab) inGrants() bool { return t.view == grantsView }

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
	if t.filter.IsOpen() {
		list.H = max(list.H-1, 0)
	}
	t.list.SetSize(list.W, list.H)
	t.unknown.SetSize(list.W, list.H)
	t.ledger.list.SetSize(list.W, list.H)
	t.list.SetFocused(!t.inDetail)
	t.unknown.SetFocused(!t.inDetail)
	t.ledger.list.SetFocused(!t.inDetail && !t.ledger.page)
	t.preview.SetSize(detail.W, detail.H)
	if t.opPage || t.ledger.page {
		detail = body
	}
	t.opDetail.SetSize(detail.W, detail.H)
	t.ledger.detail.SetSize(detail.W, detail.H)
	if t.work != nil {
		t.work.setSize(body)
	}
	t.stack.SetSize(t.width, t.height)
}

// Split implements tab.Parted.
func (t *Tab) Split() widget.Split {
	switch {
	case t.work != nil:
		return t.work.parts()
	case t.opPage, t.ledger.page:
		return widget.Split{}
	}
	return t.split
}

// Rest implements tab.Resting.
func (t *Tab) Rest(on bool) {
	t.preview.SetBlank(on)
	t.opDetail.SetBlank(on)
	t.ledger.detail.SetBlank(on)
}

// Focus implements tab.Tab.
func (t *Tab) Focus() tea.Cmd { return t.reload() }

// Views implements tab.Tab.
func (t *Tab) Views() ([]tab.View, int) {
	vs := make([]tab.View, len(t.views))
	for i, v := range t.views {
		vs[i] = tab.View{Name: v.name, Count: max(t.counts[i], 0)}
	}
	return vs, t.view
}

// SetView implements tab.Tab.
func (t *Tab) SetView(n int) tea.Cmd {
	if n < 0 || n >= len(t.views) || !t.stack.Empty() {
		return nil
	}
	left := t.work != nil
	t.leaveWork()
	if n == t.view {
		if left {
			return t.reload()
		}
		return nil
	}
	t.view = n
	t.filter.SetNames(t.filterNames())
	t.inDetail, t.opPage, t.ledger.page = false, false, false
	return t.restart()
}

// FilterText implements tab.Tab.
func (t *Tab) FilterText() string { return t.filter.Text() }

// Filterable implements tab.Refiltered.
func (t *Tab) Filterable() bool { return t.work == nil && !t.opPage && !t.ledger.page }

// Filter implements tab.Refiltered.
func (t *Tab) Filter() string { return t.filter.Told() }

// SetFilter implements tab.Refiltered.
func (t *Tab) SetFilter(text string) tea.Cmd { return t.filter.Set(text) }

// SortText implements tab.Tab: nothing over a work area, and where there is one
// order only, which the list's last line names.
func (t *Tab) SortText() string {
	if t.work != nil || len(t.views[t.view].sorts) < 2 {
		return ""
	}
	return t.sort[t.view]
}

// Capturing implements tab.Tab. A dialog takes all keys, so that none of them
// leads away from a confirmation by accident.
func (t *Tab) Capturing() bool {
	return t.filter.IsOpen() || !t.stack.Empty() || t.work != nil && t.work.search != nil
}

// Unsaved implements tab.Tab.
func (t *Tab) Unsaved() string {
	drafts := maps.Clone(t.drafts)
	if t.closing != nil {
		t.closing.keep(drafts)
	}
	if t.work != nil && t.work.halfWritten() {
		return "a record that was filled in and not queued"
	}
	switch revokes := t.revokes(); {
	case t.taking != nil && t.taking.begun():
		return "a taking of access that was not planned"
	case revokes == 1:
		return "a reason to revoke that was not sent"
	case revokes > 1:
		return strconv.Itoa(revokes) + " reasons to revoke that were not sent"
	}
	switch len(drafts) {
	case 0:
		return ""
	case 1:
		for n := range drafts {
			return "a note on " + string(n) + " that was not sent"
		}
	}
	return strconv.Itoa(len(drafts)) + " notes that were not sent"
}

// NextTick implements tab.Timely: what counts down is when an unknown outcome is
// looked at next, and the end of access.
func (t *Tab) NextTick() time.Duration {
	var looks []time.Time
	switch {
	case t.work != nil:
		looks = t.work.looks()
	case t.inUnknown():
		for _, r := range t.unknown.Rows() {
			looks = append(looks, r.Op.NextLook)
		}
	case t.inGrants():
		looks = t.ledger.looks()
	}
	least := time.Duration(0)
	for _, at := range looks {
		left := at.Sub(t.env.Now())
		if left <= 0 {
			continue
		}
		if tick := widget.DueTick(left); least == 0 || tick < least {
			least = tick
		}
	}
	return least
}

// Open implements tab.Tab: a task's number, or its request's, opens the work area.
func (t *Tab) Open(n model.Number) tea.Cmd {
	if !t.stack.Empty() {
		return nil
	}
	return t.openWork(n, false)
}

// View implements tab.Tab.
func (t *Tab) View() string {
	if t.width == 0 || t.height == 0 {
		return ""
	}
	return t.stack.View(t.body())
}

func (t *Tab) body() string {
	switch {
	case t.work != nil:
		return t.work.view()
	case t.opPage:
		return t.opDetail.View()
	case t.ledger.page:
		return t.ledger.detail.View()
	case !t.split.Both:
		return t.listView()
	case t.inGrants():
		return t.split.ToDetail(t.inDetail).Join(t.env.Theme, t.listView(), t.ledger.detail.View(), t.ledger.detail.Rules())
	case t.inUnknown():
		return t.split.ToDetail(t.inDetail).Join(t.env.Theme, t.listView(), t.opDetail.View(), t.opDetail.Rules())
	}
	return t.split.ToDetail(t.inDetail).Join(t.env.Theme, t.listView(), t.preview.Detail().View(), t.preview.Detail().Rules())
}

func (t *Tab) listView() string {
	drawn := t.list.View()
	switch {
	case t.inUnknown():
		drawn = t.unknown.View()
	case t.inGrants():
		drawn = t.ledger.list.View()
	}
	if !t.filter.IsOpen() {
		return drawn
	}
	return t.filter.View(t.split.List.W) + "\n" + drawn
}
