package portal

import (
	"context"
	"time"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// pageSize is how many rows are asked for at once.
const pageSize = 100

// requests is the view of what the person asked for.
type requests struct {
	core   *core
	list   *widget.List[casepane.Row]
	bar    *widget.FilterBar
	sort   string
	gen    int // of the rows; answers to older ones are dropped
	next   workflow.Cursor
	pane   *casepane.Preview
	wants  model.Number // to put the cursor on when the rows are there
	page   bool         // the detail is the whole body
	inPane bool         // the detail has the keys, beside the list
	pinned model.Number // shown as a page, whether the list has it or not
	talk   *talk        // while a comment or a withdrawal is written

	revealing bool // a link was asked for

	width, height int
	parts         widget.Split
}

// requestsLoaded answers load.
type requestsLoaded struct {
	gen   int
	after workflow.Cursor
	page  workflow.Page[workflow.RequestRow]
	err   error
}

func newRequests(c *core) *requests {
	r := &requests{core: c, sort: workflow.SortNewest, pane: newPane(c)}
	r.list = widget.NewList(c.env.Theme, widget.ListOptions[casepane.Row]{
		Columns: r.columns(),
		ID:      func(row casepane.Row) string { return string(row.Number) },
		Version: rowVersion,
		More:    func() tea.Cmd { return r.load(r.next) }, Unmarkable: true,
	})
	r.bar = widget.NewFilterBar(c.env.Theme, []string{"for", "item", "state", "age", "due", "number"},
		func(widget.Filter) tea.Cmd { return r.restart() })
	r.setEmpty()
	return r
}

// load asks for the rows after a place, or for all those from the beginning that
// are on the screen now.
func (r *requests) load(after workflow.Cursor) tea.Cmd {
	q := workflow.Query{View: workflow.RequestsMine, Sort: r.sort, After: after, Limit: pageSize}
	if after == "" {
		r.gen++
		q.Limit = max(pageSize, r.list.Len())
	}
	f := r.bar.Filter()
	q.Words = f.Words
	for _, term := range f.Terms {
		q.Terms = append(q.Terms, workflow.Term{Key: term.Key, Op: term.Op.Sign(), Value: term.Value})
	}
	gen, me, svc := r.gen, r.core.env.Me.ID, r.core.svc
	return r.core.env.Do(func(ctx context.Context) tea.Msg {
		page, err := svc.Requests(ctx, me, q)
		return requestsLoaded{gen, after, page, err}
	})
}

func (r *requests) loaded(msg requestsLoaded) tea.Cmd {
	if msg.gen != r.gen {
		return nil
	}
	if msg.err != nil {
		return notice.Unread(r.list, msg.err, r.core.env.Me)
	}
	r.next = msg.page.Next
	rows, more := casepane.Rows(msg.page.Rows), r.next != ""
	if msg.after == "" {
		r.list.SetRows(rows, more)
	} else {
		r.list.AppendRows(rows, more)
	}
	if r.wants != "" && r.list.Select(string(r.wants)) {
		r.wants = ""
	}
	r.list.SetFooter(r.footer())
	return r.follow(false)
}

func (r *requests) setEmpty() {
	if !r.bar.Filter().Empty() {
		r.list.SetEmpty("Nothing fits the filter.", "/ changes it, esc drops it.")
		return
	}
	r.list.SetEmpty("You have not asked for anything yet.", "n opens the catalog; what you order appears here.")
}

// restart shows another list: another filter or order.
func (r *requests) restart() tea.Cmd {
	r.list.Clear()
	r.list.SetFooter(nil)
	r.setEmpty()
	r.layOut()
	return tea.Batch(r.load(""), r.follow(false))
}

func (r *requests) reload() tea.Cmd { return tea.Batch(r.load(""), r.pane.Reload()) }

// current is the number that keys act on, "" if there is none.
func (r *requests) current() model.Number {
	if r.pinned != "" {
		return r.pinned
	}
	return model.Number(r.list.SelectedID())
}

// follow shows the request that keys act on, at once or when the cursor has
// rested.
func (r *requests) follow(atOnce bool) tea.Cmd {
	var alike []string
	if row, ok := r.list.Selected(); ok && row.Number == r.current() {
		alike = row.Alike
	}
	return r.pane.Follow(r.current(), alike, atOnce)
}

// show opens one request as a page, whether the list has it or not.
func (r *requests) show(n model.Number) tea.Cmd {
	r.wants = n
	if r.list.Select(string(n)) {
		r.wants = ""
	}
	r.page, r.inPane, r.pinned = true, false, n
	r.layOut()
	return r.follow(true)
}

// closePage goes back from the detail to the list.
func (r *requests) closePage() {
	r.page, r.inPane, r.pinned = false, false, ""
	r.pane.SetRaw(false)
	r.layOut()
}

func (r *requests) setSize(width, height int) {
	r.width, r.height = width, height
	r.layOut()
}

// layOut shares the body among what is drawn.
func (r *requests) layOut() {
	body := widget.Rect{W: r.width, H: r.height}
	r.parts = widget.NewSplit(body, tab.ListPercent)
	list, detail := r.parts.List, r.parts.Detail
	if r.page {
		detail = body
	}
	if r.bar.IsOpen() {
		list.H = max(list.H-1, 0)
	}
	r.list.SetSize(list.W, list.H)
	r.list.SetFocused(!r.inPane && !r.page)
	r.pane.SetSize(detail.W, detail.H)
}

func (r *requests) split() widget.Split {
	if r.page {
		return widget.Split{}
	}
	return r.parts
}

func (r *requests) filter() *widget.FilterBar { return r.bar }
func (r *requests) sortText() string          { return r.sort }
func (r *requests) writes() bool              { return false }

// nextTick lets seconds run while something waits in its last two minutes, or is
// about to.
func (r *requests) nextTick() time.Duration {
	least := time.Duration(0)
	for _, row := range r.list.Rows() {
		if row.State == model.Requested && !row.NeedsInfo {
			least = sooner(least, row.Due.Sub(r.core.env.Now()))
		}
	}
	return least
}

// sooner is the lesser of a tick and of the time for which a countdown stays
// true, where that is so near its end that minutes are not enough.
func sooner(tick, left time.Duration) time.Duration {
	if left <= 0 || left > 3*time.Minute {
		return tick
	}
	if d := widget.DueTick(left); tick == 0 || d < tick {
		return d
	}
	return tick
}

// update implements screen.
func (r *requests) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tab.Minute:
		r.list.Redraw()
		r.pane.Redraw()
		return nil
	case requestsLoaded:
		return r.loaded(msg)
	case talked:
		return r.talked(msg)
	case revealed:
		return r.revealed(msg)
	case acknowledged:
		return r.acknowledged(msg)
	}
	return tea.Batch(r.bar.Update(msg), r.pane.Update(msg))
}

func (r *requests) view() string {
	switch {
	case r.page:
		return r.pane.Detail().View()
	case r.parts.Both:
		return r.parts.ToDetail(r.inPane).Join(r.core.env.Theme, r.listView(), r.pane.Detail().View(), r.pane.Detail().Rules())
	}
	return r.listView()
}

func (r *requests) listView() string {
	if !r.bar.IsOpen() {
		return r.list.View()
	}
	return r.bar.View(r.parts.List.W) + "\n" + r.list.View()
}
