package tasks

import (
	"context"
	"strconv"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/notice"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// ledger is the view of who has what until when by which request.
type ledger struct {
	tab    *Tab
	list   *widget.List[workflow.GrantRow]
	detail *widget.Detail
	page   bool // the detail is the whole body
	gen    int  // of the rows; answers to older ones are dropped
	next   workflow.Cursor
	busy   map[int64]bool // those whose revoking is on its way to the queue
}

// The messages of the ledger.
type (
	grantsLoaded struct {
		gen   int
		after workflow.Cursor
		page  workflow.Page[workflow.GrantRow]
		err   error
	}
	revoked struct {
		grant model.Grant
		err   error
	}
)

func newLedger(t *Tab) *ledger {
	l := &ledger{tab: t, detail: widget.NewDetail(t.env.Theme), busy: map[int64]bool{}}
	l.list = widget.NewList(t.env.Theme, widget.ListOptions[workflow.GrantRow]{
		Columns: l.columns(), Unmarkable: true,
		ID:      func(r workflow.GrantRow) string { return strconv.FormatInt(r.Grant.ID, 10) },
		Version: func(r workflow.GrantRow) int64 { return r.Grant.Revision },
		More:    func() tea.Cmd { return l.load(l.next) },
	})
	return l
}

func (l *ledger) columns() []widget.Column[workflow.GrantRow] {
	return []widget.Column[workflow.GrantRow]{
		{Title: "LEFT", Width: 9, Cell: l.left},
		{Title: "WHO", Width: 10, Flex: 1, Max: 26, Key: true, Cell: func(r workflow.GrantRow) widget.Line {
			return widget.Foreign(theme.Text, safetext.Line(l.who(r.Grant)))
		}},
		{Title: "HAS", Width: 6, Spills: true, Cell: func(r workflow.GrantRow) widget.Line {
			item := model.ItemRecordAccess
			if r.Grant.Link != "" {
				item = model.ItemOneTimeShare
			}
			return casepane.Has(item, r.Grant.Right)
		}},
		{Width: 16, Flex: 3, Cell: func(r workflow.GrantRow) widget.Line {
			line := widget.Foreign(theme.Text, safetext.Line(r.Grant.Target.Label()))
			if r.Grant.Target.Kind == model.TargetFolder {
				line = append(line, say(theme.Text, " (folder)"))
			}
			return line
		}},
		{Title: "UNTIL", Width: 12, Drop: 2, Cell: l.until},
		{Title: "REQUEST", Width: 10, Drop: 1, Cell: func(r workflow.GrantRow) widget.Line {
			return widget.Foreign(theme.Text, safetext.Line(string(r.Grant.Number)))
		}},
		{Title: "STATE", Width: 12, Cell: l.state},
	}
}

// who has it: a person as shortly as they are known, or a team.
func (l *ledger) who(g model.Grant) string {
	if g.Team != "" {
		return "team " + g.Team
	}
	return l.tab.short(g.Email, "")
}

func (l *ledger) left(r workflow.GrantRow) widget.Line {
	g := r.Grant
	switch {
	case !g.State.Open():
		return widget.Words(theme.Faint, "-")
	case g.State == model.GrantPending:
		return widget.Words(theme.Heading, "not yet")
	case g.Until.IsZero():
		return widget.Words(theme.Warn, "permanent")
	case r.Ending:
		return widget.Words(theme.WarnStrong, widget.Due(g.Until.Sub(l.tab.env.Now())))
	}
	return widget.Words(theme.Heading, widget.Due(g.Until.Sub(l.tab.env.Now())))
}

func (l *ledger) until(r workflow.GrantRow) widget.Line {
	end := r.Grant.Until
	if r.Grant.State == model.GrantRevoked {
		end = r.Grant.Updated // before it was meant to
	}
	if end.IsZero() {
		return widget.Words(theme.Faint, "-")
	}
	return widget.Words(theme.Heading, l.tab.moment(end))
}

// state is where the access is: what is being done to it first, then what the
// vault shows that should not be.
func (l *ledger) state(r workflow.GrantRow) widget.Line {
	g := r.Grant
	switch {
	case l.busy[g.ID]:
		return widget.Words(theme.Accent, "revoking…")
	case g.State == model.GrantRevoked:
		return widget.Words(theme.Faint, "ended early")
	case g.State == model.GrantEnded:
		return widget.Words(theme.Faint, "ended")
	case r.OpState == model.OpQueued, r.OpState == model.OpSent:
		return widget.Words(theme.Accent, "end "+string(r.OpState))
	case r.OpState == model.OpUnknown:
		return widget.Words(theme.WarnStrong, "end unknown")
	case r.OpState == model.OpRefused:
		return widget.Words(theme.Bad, "end refused")
	case r.Drift != "":
		return widget.Words(theme.WarnStrong, "▲ drift")
	case g.State == model.GrantPending:
		return widget.Words(theme.Warn, "invited")
	case r.Ending:
		return widget.Words(theme.WarnStrong, "ending soon")
	}
	return widget.Words(theme.OK, "active")
}

// load asks for the rows after a place, or for all those from the beginning that
// are on the screen now.
func (l *ledger) load(after workflow.Cursor) tea.Cmd {
	t := l.tab
	q := workflow.Query{Sort: t.sort[grantsView], After: after, Limit: pageSize}
	if after == "" {
		l.gen++
		q.Limit = max(pageSize, l.list.Len())
	}
	f := t.filter.Filter()
	q.Words = f.Words
	for _, term := range f.Terms {
		q.Terms = append(q.Terms, workflow.Term{Key: term.Key, Op: term.Op.Sign(), Value: term.Value})
	}
	gen, me := l.gen, t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		page, err := t.svc.Ledger(ctx, me, q)
		return grantsLoaded{gen, after, page, err}
	})
}

func (l *ledger) loaded(msg grantsLoaded) tea.Cmd {
	if msg.gen != l.gen || !l.tab.inGrants() {
		return nil
	}
	if msg.err != nil {
		return notice.Unread(l.list, msg.err, l.tab.env.Me)
	}
	l.next = msg.page.Next
	if msg.after == "" {
		l.list.SetRows(msg.page.Rows, l.next != "")
	} else {
		l.list.AppendRows(msg.page.Rows, l.next != "")
	}
	l.list.SetFooter(l.footer())
	l.draw()
	return nil
}

// footer says how much there is, and what of it needs a look.
func (l *ledger) footer() widget.Line {
	rows := l.list.Rows()
	if len(rows) == 0 {
		return nil
	}
	var soon, drift, invited int
	for _, r := range rows {
		switch {
		case !r.Grant.State.Open():
		case r.Drift != "":
			drift++
		case r.Grant.State == model.GrantPending:
			invited++
		case r.Ending:
			soon++
		}
	}
	words := strconv.Itoa(len(rows))
	if l.next != "" {
		words += "+"
	}
	if l.tab.filter.Filter().Empty() {
		words += " granted here"
	} else {
		words += " fit the filter"
	}
	line := widget.Words(theme.Note, words)
	add := func(n int, ink theme.Ink, words string) {
		if n > 0 {
			line = append(line, say(theme.Note, " · "), say(ink, strconv.Itoa(n)+" "+words))
		}
	}
	add(drift, theme.WarnStrong, "with drift")
	add(soon, theme.Warn, "ending soon")
	add(invited, theme.Note, "invited")
	return line
}

// draw shows the grant under the cursor.
func (l *ledger) draw() {
	r, ok := l.list.Selected()
	if !ok {
		l.page = false
		l.detail.SetEmpty("")
		return
	}
	l.detail.SetContent(l.list.SelectedID(), l.content(r))
}

func (l *ledger) redraw() {
	l.list.Redraw()
	l.draw()
}

// looks are the ends that count down.
func (l *ledger) looks() []time.Time {
	var at []time.Time
	for _, r := range l.list.Rows() {
		if r.Grant.State == model.GrantActive && !r.Grant.Until.IsZero() {
			at = append(at, r.Grant.Until)
		}
	}
	return at
}

// press handles a key of the ledger.
func (l *ledger) press(msg tea.KeyPressMsg) tea.Cmd {
	t, k := l.tab, l.tab.keys
	r, here := l.list.Selected()
	switch {
	case key.Matches(msg, k.Refresh):
		return l.load("")
	case key.Matches(msg, k.New):
		return t.openTake()
	case here && key.Matches(msg, k.Open) && !t.split.Both && !l.page:
		l.page = true
		t.layOut()
		return nil
	case here && key.Matches(msg, k.Open):
		return t.openWork(r.Grant.Number, true)
	case here && key.Matches(msg, k.Revoke):
		return l.revoke(r)
	case here && key.Matches(msg, k.Copy):
		return notice.Copy(r.Grant.Target.UID, r.Grant.Number)
	case l.page && key.Matches(msg, k.Back):
		l.page = false
		t.layOut()
		return nil
	case l.page:
		return l.detail.Update(msg)
	}
	return t.pressList(msg, l.detail, func() tea.Cmd {
		cmd := l.list.Update(msg)
		l.draw()
		return cmd
	})
}

// keys are those of the ledger.
func (l *ledger) keys() []key.Binding {
	t, k := l.tab, l.tab.keys
	r, here := l.list.Selected()
	k.Open.SetHelp("enter", "open the request")
	if !t.split.Both && !l.page {
		k.Open.SetHelp("enter", "open")
	}
	for _, b := range []*key.Binding{&k.Open, &k.Copy, &k.Focus, &k.DetailDown, &k.DetailUp} {
		b.SetEnabled(here)
	}
	k.Revoke.SetEnabled(here && may(r, model.ActRevoke) == nil && !l.busy[r.Grant.ID])
	k.New.SetHelp("n", "take access")
	k.New.SetEnabled(t.env.Me.Has(model.RoleAdmin))
	k.Drop.SetEnabled(!t.filter.Filter().Empty())
	if l.page {
		return append([]key.Binding{k.Open, k.Revoke, k.Back, k.Copy}, l.detail.Keys().Bindings()...)
	}
	if t.inDetail {
		k.FocusBack.SetHelp("tab", "to the list")
		return append([]key.Binding{k.Open, k.Revoke, k.FocusBack, k.Copy}, l.detail.Keys().Bindings()...)
	}
	keys := []key.Binding{k.Open, k.Revoke, k.New, k.Copy, k.Filter, k.Sort, k.Refresh, k.Drop}
	if t.split.Both {
		keys = append(keys, k.Focus, k.DetailDown, k.DetailUp)
	}
	return append(keys, movement(l.list.Keys(), l.list.Len())...)
}
