package approvals

import (
	"context"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/notice"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// pageSize is how many rows are asked for at once.
const pageSize = 100

// rowsLoaded answers load.
type rowsLoaded struct {
	gen   int
	after workflow.Cursor
	page  workflow.Page[workflow.RequestRow]
	too   []workflow.WaitingRow // endpoint requests and devices, with the first page
	looks int                   // emergency approvals to review, with the first page
	rest  bool                  // there are more of them
	err   error
}

// load asks for the rows after a place, or for all those from the beginning that
// are on the screen now.
func (t *Tab) load(after workflow.Cursor) tea.Cmd {
	if t.views[t.view].list == listReviews {
		return t.loadReviews()
	}
	q := workflow.Query{View: t.views[t.view].list, Sort: t.sort[t.view], After: after, Limit: pageSize}
	if after == "" {
		t.loads++
		q.Limit = max(pageSize, t.list.Len()-security(t.list.Rows()))
	}
	f := t.filter.Filter()
	q.Words = f.Words
	for _, term := range f.Terms {
		q.Terms = append(q.Terms, workflow.Term{Key: term.Key, Op: term.Op.Sign(), Value: term.Value})
	}
	gen, me, too := t.loads, t.env.Me.ID, after == "" && t.views[t.view].offersDecisions
	return t.env.Do(func(ctx context.Context) tea.Msg {
		msg := rowsLoaded{gen: gen, after: after}
		msg.page, msg.err = t.svc.Requests(ctx, me, q)
		if msg.err == nil && too {
			msg.too, msg.err = t.svc.WaitingToo(ctx, me, maxSecurity+1)
			msg.too, msg.rest = mostOf(msg.too)
		}
		if msg.err == nil && too {
			msg.looks, msg.err = t.countReviews(ctx, me)
		}
		return msg
	})
}

// reload reads rows and the shown request again, without moving anything.
func (t *Tab) reload() tea.Cmd {
	return tea.Batch(t.load(""), t.pane.reload(), t.aside.reload(), t.recheck())
}

// restart shows another list: another view, filter or order.
func (t *Tab) restart() tea.Cmd {
	t.list.Clear()
	t.list.SetFooter(nil)
	t.setEmpty()
	t.layOut()
	return tea.Batch(t.load(""), t.follow(false))
}

func (t *Tab) rowsLoaded(msg rowsLoaded) tea.Cmd {
	if msg.gen != t.loads {
		return nil
	}
	if msg.err != nil {
		return notice.Unread(t.list, msg.err, t.env.Me)
	}
	t.next = msg.page.Next
	more := msg.page.Next != ""
	if msg.after == "" {
		t.beyond = msg.rest
		t.list.SetRows(t.withSecurity(casepane.Rows(msg.page.Rows), msg.too), more)
		if t.views[t.view].offersDecisions {
			t.reviews = msg.looks
		}
	} else {
		t.list.AppendRows(casepane.Rows(msg.page.Rows), more)
	}
	rows := t.list.Rows()
	if t.views[t.view].offersDecisions && t.filter.Filter().Empty() {
		t.waiting = len(rows)
	}
	t.list.SetFooter(t.footer(rows, more))
	return t.follow(false)
}

// follow shows the request that keys act on now, at once or when the cursor has
// rested.
func (t *Tab) follow(atOnce bool) tea.Cmd {
	var alike []string
	w := t.security()
	read := t.aside.follow(w, func(msg asideRested) tea.Cmd { return t.pane.after(restForCase, msg) })
	if w != nil {
		return tea.Batch(read, t.pane.follow("", nil, atOnce))
	}
	if r, ok := t.list.Selected(); ok && r.Number == t.current() {
		alike = r.Alike
	}
	return t.pane.follow(t.current(), alike, atOnce)
}

// decidable reports whether the person may decide a case, nil if so.
func decidable(c workflow.CaseView, v model.Verdict) error {
	if v == model.Deny {
		return c.Can(model.ActDeny)
	}
	return c.Can(model.ActApprove)
}
