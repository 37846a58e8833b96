package tasks

import (
	"context"

	"countersign/ui/notice"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// pageSize is how many rows are asked for at once; opsAtOnce how many operations
// of unknown outcome, whose filter is here.
const (
	pageSize  = 100
	opsAtOnce = 500
)

// The answers of the lists.
type (
	rowsLoaded struct {
		gen   int
		after workflow.Cursor
		page  workflow.Page[workflow.TaskRow]
		err   error
	}
	opsLoaded struct {
		gen  int
		page workflow.Page[workflow.OperationRow]
		err  error
	}
	// counted is how many rows the views have, -1 where that is not known.
	counted struct {
		gen                 int
		open, mine, unknown int
	}
)

// load asks for the rows after a place, or for all those from the beginning that
// are on the screen now.
func (t *Tab) load(after workflow.Cursor) tea.Cmd {
	switch {
	case t.inUnknown():
		return t.loadUnknown()
	case t.inGrants():
		return t.ledger.load(after)
	}
	q := workflow.Query{View: t.views[t.view].list, Sort: t.sort[t.view], After: after, Limit: pageSize}
	if after == "" {
		t.loads++
		q.Limit = max(pageSize, t.list.Len())
	}
	f := t.filter.Filter()
	q.Words = f.Words
	for _, term := range f.Terms {
		q.Terms = append(q.Terms, workflow.Term{Key: term.Key, Op: term.Op.Sign(), Value: term.Value})
	}
	gen, me := t.loads, t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		page, err := t.svc.Tasks(ctx, me, q)
		return rowsLoaded{gen, after, page, err}
	})
}

func (t *Tab) loadUnknown() tea.Cmd {
	t.loads++
	gen, me := t.loads, t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		page, err := t.svc.Unknown(ctx, me, workflow.Query{Limit: opsAtOnce})
		return opsLoaded{gen, page, err}
	})
}

// count asks how many rows the views have: what waits is said whichever view is
// in front.
func (t *Tab) count() tea.Cmd {
	t.countGen++
	gen, me := t.countGen, t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		m := counted{gen: gen, open: -1, mine: -1, unknown: -1}
		limit := workflow.BadgeCap
		if open, err := t.svc.Tasks(ctx, me, workflow.Query{View: workflow.TasksOpen, Limit: limit}); err == nil {
			m.open = len(open.Rows)
			if open.Next == "" {
				m.mine = mineOf(open.Rows)
			}
		}
		if m.mine < 0 {
			if mine, err := t.svc.Tasks(ctx, me, workflow.Query{View: workflow.TasksMine, Limit: limit}); err == nil {
				m.mine = len(mine.Rows)
			}
		}
		if unknown, err := t.svc.Unknown(ctx, me, workflow.Query{Limit: limit}); err == nil {
			m.unknown = len(unknown.Rows)
		}
		return m
	})
}

func mineOf(rows []workflow.TaskRow) int {
	n := 0
	for _, r := range rows {
		if r.Mine {
			n++
		}
	}
	return n
}

func (t *Tab) counted(m counted) {
	if m.gen != t.countGen {
		return
	}
	for at, n := range map[int]int{openView: m.open, mineView: m.mine, unknownView: m.unknown} {
		if n >= 0 {
			t.counts[at] = n
		}
	}
}

// reload reads what is shown again, without moving anything.
func (t *Tab) reload() tea.Cmd {
	if t.work != nil {
		return tea.Batch(t.work.read(), t.count())
	}
	return tea.Batch(t.load(""), t.count(), t.preview.Reload())
}

// restart shows another list: another view or order.
func (t *Tab) restart() tea.Cmd {
	t.list.Clear()
	t.unknown.Clear()
	t.ledger.list.Clear()
	t.ledger.list.SetFooter(nil)
	t.ops = nil
	t.list.SetFooter(nil)
	t.unknown.SetFooter(nil)
	t.setEmpty()
	t.layOut()
	t.showOperation()
	t.ledger.draw()
	return tea.Batch(t.load(""), t.count(), t.follow())
}

// refilter shows what fits another filter.
func (t *Tab) refilter() tea.Cmd {
	if !t.inUnknown() {
		return t.restart()
	}
	t.setEmpty()
	t.layOut()
	t.showOperations()
	return nil
}

func (t *Tab) setEmpty() {
	v := t.views[t.view]
	empty, advice := v.empty, v.advice
	if !t.filter.Filter().Empty() {
		empty, advice = "Nothing fits the filter.", "/ changes it, esc drops it."
	}
	t.list.SetEmpty(empty, advice)
	t.unknown.SetEmpty(empty, advice)
	t.ledger.list.SetEmpty(empty, advice)
}

func (t *Tab) rowsLoaded(msg rowsLoaded) tea.Cmd {
	if msg.gen != t.loads || t.inUnknown() || t.inGrants() {
		return nil
	}
	if msg.err != nil {
		return notice.Unread(t.list, msg.err, t.env.Me)
	}
	t.next = msg.page.Next
	if msg.after == "" {
		t.list.SetRows(rowsOf(msg.page.Rows), msg.page.Next != "")
	} else {
		t.list.AppendRows(rowsOf(msg.page.Rows), msg.page.Next != "")
	}
	t.setFooter()
	return t.follow()
}

// setFooter says how much there is, and how old the oldest is.
func (t *Tab) setFooter() {
	rows := t.list.Rows()
	if len(rows) == 0 {
		t.list.SetFooter(nil)
		return
	}
	oldest := rows[0].Created
	for _, r := range rows {
		if r.Created.Before(oldest) {
			oldest = r.Created
		}
	}
	t.list.SetFooter(t.footer(len(rows), t.next != "", oldest))
}

// follow shows the task under the cursor when that has rested.
func (t *Tab) follow() tea.Cmd {
	switch {
	case t.work != nil:
		return nil
	case t.inUnknown(), t.inGrants():
		return t.preview.Follow("", nil, false)
	}
	r, _ := t.list.Selected()
	return t.preview.Follow(r.Number, r.request.Alike, false)
}

// nextSort goes round the orders that the view offers.
func (t *Tab) nextSort() tea.Cmd {
	sorts := t.views[t.view].sorts
	if len(sorts) < 2 {
		return notice.Warn("always the latest first")
	}
	for i, s := range sorts {
		if s == t.sort[t.view] {
			t.sort[t.view] = sorts[(i+1)%len(sorts)]
			break
		}
	}
	if t.inUnknown() {
		t.showOperations()
		return nil
	}
	return t.restart()
}

// redraw draws what depends on the time anew.
func (t *Tab) redraw() {
	t.list.Redraw()
	t.unknown.Redraw()
	switch {
	case t.inUnknown():
		t.footOperations()
		t.showOperation()
	case t.inGrants():
		t.ledger.redraw()
	default:
		t.setFooter()
	}
	t.preview.Redraw()
	if t.work != nil {
		t.work.draw()
	}
}
