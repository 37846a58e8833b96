package approvals

import (
	"context"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// listReviews is the view of emergency approvals: those that wait for a review, then
// the last ones that were looked at. It has no page and no order but that.
const listReviews = "reviews"

// sortReviews is its order.
const sortReviews = "waiting first"

// reviewsLoaded answers loadReviews.
type reviewsLoaded struct {
	gen           int
	waiting, done []workflow.ReviewRow
	err           error
}

func (t *Tab) loadReviews() tea.Cmd {
	t.loads++
	gen, me := t.loads, t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		msg := reviewsLoaded{gen: gen}
		msg.waiting, msg.err = t.svc.Reviews(ctx, me, false)
		if msg.err == nil {
			msg.done, msg.err = t.svc.Reviews(ctx, me, true)
		}
		return msg
	})
}

// reviewsLoaded shows the emergency approvals that the filter lets through.
func (t *Tab) reviewsLoaded(msg reviewsLoaded) tea.Cmd {
	if msg.err != nil || msg.gen != t.loads {
		return t.rowsLoaded(rowsLoaded{gen: msg.gen, err: msg.err})
	}
	t.reviews = reviewable(msg.waiting)
	page := workflow.Page[workflow.RequestRow]{}
	var of []workflow.ReviewRow
	for _, r := range append(msg.waiting, msg.done...) {
		if !t.fitsReview(r) {
			continue
		}
		of = append(of, r)
		page.Rows = append(page.Rows, workflow.RequestRow{Number: r.Number, Requestor: r.Requestor, Title: r.Title, Asked: r.Allowed,
			Allowed: r.Allowed, State: r.State, Created: r.Used, Updated: latest(r.Used, r.Done)})
	}
	rows := casepane.Rows(page.Rows)
	for i := range rows {
		rows[i].Review = &of[i]
	}
	t.next = ""
	t.list.SetRows(rows, false)
	t.list.SetFooter(t.footer(rows, false))
	return t.follow(false)
}

// reviewable counts what the person may review.
func reviewable(rows []workflow.ReviewRow) int {
	n := 0
	for _, r := range rows {
		if r.Err == nil {
			n++
		}
	}
	return n
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// fitsReview holds the filter against an emergency approval.
func (t *Tab) fitsReview(r workflow.ReviewRow) bool {
	f := t.filter.Filter()
	holds := func(text, part string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(part)) }
	all := strings.Join([]string{string(r.Number), r.Requestor, r.UsedBy, r.DoneBy, r.Title, r.Reason}, "\n")
	for _, w := range f.Words {
		if !holds(all, w) {
			return false
		}
	}
	for _, term := range f.Terms {
		value, known := map[string]string{"requestor": r.Requestor, "number": string(r.Number), "state": reviewState(r)}[term.Key]
		if !known || !holds(value, term.Value) {
			return false
		}
	}
	return true
}

func reviewState(r workflow.ReviewRow) string {
	if r.Waits() {
		return "waits"
	}
	return "done"
}

// reviewColumns are those of the view: when it was used, by whom, for whom, what.
func (t *Tab) reviewColumns() []widget.Column[row] {
	who := func(login string) widget.Line {
		if login == t.env.Me.Login {
			return widget.Words(theme.Heading, "you")
		}
		return widget.Foreign(theme.Text, safetext.Line(login))
	}
	return []widget.Column[row]{
		{Title: "REVIEW", Width: 6, Cell: func(r row) widget.Line {
			if r.Review.Waits() {
				return widget.Words(theme.Warn, reviewState(*r.Review))
			}
			return widget.Words(theme.OK, reviewState(*r.Review))
		}},
		{Title: "USED", Width: 7, Cell: func(r row) widget.Line {
			return widget.Words(theme.Heading, widget.Day(r.Review.Used, t.env.Now(), t.env.Zone))
		}},
		{Title: "NUMBER", Width: 10, Cell: func(r row) widget.Line { return widget.Foreign(theme.Text, safetext.Line(string(r.Number))) }},
		{Title: "BY", Width: 6, Flex: 1, Max: 12, Cell: func(r row) widget.Line { return who(r.Review.UsedBy) }},
		{Title: "FOR", Width: 6, Flex: 1, Max: 12, Drop: 1, Cell: func(r row) widget.Line { return who(r.Requestor) }},
		{Title: "WHAT", Width: 10, Flex: 8, Cell: casepane.Subject},
	}
}

// countReviews tells how many emergency approvals wait for the person's look.
func (t *Tab) countReviews(ctx context.Context, me model.PersonID) (int, error) {
	rows, err := t.svc.Reviews(ctx, me, false)
	return reviewable(rows), err
}
