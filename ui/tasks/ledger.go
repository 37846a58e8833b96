package tasks

import (
	"context"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/notice"
	"countersign/ui/tab"
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
		{Title: "HAS", Width: 5, Spills: true, Cell: func(r workflow.GrantRow) widget.Line {
			item := model.ItemRecordAccess
			if r.Grant.Link != "" {
				item = model.ItemOneTimeShare
			}
			return casepane.Wants(item, r.Grant.Right)
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

func (l *ledger) loaded(msg grantsLoaded) {
	if msg.gen != l.gen || !l.tab.inGrants() {
		return
	}
	if msg.err != nil {
		l.list.SetError(notice.Trouble(msg.err, l.tab.env.Me))
		return
	}
	l.next = msg.page.Next
	if msg.after == "" {
		l.list.SetRows(msg.page.Rows, l.next != "")
	} else {
		l.list.AppendRows(msg.page.Rows, l.next != "")
	}
	l.list.SetFooter(l.footer())
	l.draw()
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

// content says all that is known of a grant.
func (l *ledger) content(r workflow.GrantRow) widget.DetailContent {
	t, g := l.tab, r.Grant
	one := func(line widget.Line) []widget.Line { return []widget.Line{line} }
	what := []widget.Line{{show(theme.Strong, g.Target.Label()), say(theme.Text, "  "), show(theme.Heading, g.Target.Type)}}
	what = append(what, widget.Line{show(theme.Faint, string(g.Target.UID)), say(theme.Faint, "  "+string(g.Target.Kind))})
	who := []widget.Line{{show(theme.Text, g.Email)}}
	if g.Team != "" {
		who = []widget.Line{{say(theme.Text, "team "), show(theme.Text, g.Team)}, {show(theme.Faint, g.Email)}}
	}
	ink := theme.AccentStrong
	if g.Right.Owner() {
		ink = theme.WarnStrong
	}
	about := []widget.Fact{{Label: "Who", Value: who}, {Label: "What", Value: what}, {Label: "Rights", Value: one(widget.Words(ink, casepane.RightName(g.Right)))}}
	if g.Link != "" {
		about[0].Value = []widget.Line{{say(theme.Text, "whoever has the link; asked for by "), show(theme.Text, g.Email)}}
		about = append(about, widget.Fact{Label: "Link", Value: l.link(g)})
	}
	var times []widget.Fact
	if !g.Since.IsZero() {
		times = append(times, widget.Fact{Label: "Since", Value: one(widget.Words(theme.Text, t.moment(g.Since)))})
	}
	switch {
	case !g.State.Open():
		ended := casepane.Ended(workflow.CaseView{}, g)
		times = append(times, widget.Fact{Label: "Ended", Value: append(one(widget.Words(theme.Text, t.moment(g.Updated))), ended...)})
	case g.Until.IsZero():
		times = append(times, widget.Fact{Label: "Until", Value: one(widget.Words(theme.Warn, "nothing ends it by itself"))})
	default:
		times = append(times, widget.Fact{Label: "Until", Value: one(widget.Line{say(theme.Text, t.moment(g.Until)), say(theme.Faint, ", "+widget.Due(g.Until.Sub(t.env.Now()))+" left")})})
	}
	if g.State.Open() && !g.Right.Owner() && g.Link == "" {
		times = append(times, widget.Fact{Label: "Then", Value: one(t.share(theme.Text, g.Standing))})
	}
	if g.State.Open() {
		times = append(times, widget.Fact{Label: "Checked", Value: one(l.checked(r))})
	}
	return widget.DetailContent{Title: widget.Foreign(theme.Strong, safetext.Line(g.Target.Label())), Right: l.state(r), Warnings: l.warnings(r),
		Sections: []widget.Section{{Facts: about}, {Facts: times},
			{Facts: []widget.Fact{{Label: "Request", Value: one(widget.Line{show(theme.Text, string(g.Number)), say(theme.Faint, "  enter opens it")})}}}}}
}

// checked says when the vault was last asked about a grant.
func (l *ledger) checked(r workflow.GrantRow) widget.Line {
	switch {
	case r.Checked.IsZero():
		return widget.Words(theme.Heading, "not compared with the vault yet")
	case r.Drift != "":
		return widget.Words(theme.Text, "with the vault "+l.tab.ago(r.Checked))
	}
	return widget.Words(theme.Text, "as it should be in the vault, "+l.tab.ago(r.Checked))
}

func (l *ledger) link(g model.Grant) []widget.Line {
	state := widget.Words(theme.Text, "not opened yet, as far as is known")
	if !g.Opened.IsZero() {
		state = widget.Words(theme.Text, "opened at "+l.tab.moment(g.Opened))
	}
	return []widget.Line{state, {show(theme.Faint, string(g.Link))}}
}

// warnings are what has to be read of a grant first.
func (l *ledger) warnings(r workflow.GrantRow) []widget.Line {
	g := r.Grant
	var lines []widget.Line
	if !g.State.Open() {
		return nil
	}
	if r.Drift != "" {
		lines = append(lines, widget.Line{say(theme.WarnStrong, "the vault shows something else: "), show(theme.Warn, r.Drift),
			say(theme.Warn, ". Somebody changed it there; nothing is set right by itself.")})
	}
	switch {
	case g.State == model.GrantPending:
		lines = append(lines, widget.Words(theme.Warn, "Keeper has invited them; the access follows when the invitation is accepted"))
	case r.Ending:
		lines = append(lines, widget.Words(theme.Warn, "it ends soon"))
	}
	return lines
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

// may is why the person may not do something to a grant, nil if they may.
func may(r workflow.GrantRow, act model.Action) error {
	for _, p := range r.Perms {
		if p.Action == act {
			return p.Err
		}
	}
	return &model.Denied{Code: model.DenyState, Reason: "this access has ended"}
}

// revoke asks whether an access is to be taken now, saying what is left then.
func (l *ledger) revoke(r workflow.GrantRow) tea.Cmd {
	t, g := l.tab, r.Grant
	switch err := may(r, model.ActRevoke); {
	case l.busy[g.ID]:
		return notice.Warn("it is being revoked")
	case err != nil:
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	now := widget.Line{show(theme.Strong, l.who(g)), say(theme.Text, " has "), say(theme.AccentStrong, casepane.RightName(g.Right)), say(theme.Text, " on "), show(theme.Strong, g.Target.Label())}
	if g.Link != "" {
		now = widget.Line{say(theme.Text, "A link gives "), say(theme.AccentStrong, string(g.Right)), say(theme.Text, " of "), show(theme.Strong, g.Target.Label()), say(theme.Text, " to whoever has it")}
	}
	if g.Until.IsZero() {
		now = append(now, say(theme.Text, ", permanent."))
	} else {
		now = append(now, say(theme.Text, " until "+t.moment(g.Until)+"."))
	}
	then := widget.Words(theme.AccentStrong, "nothing")
	if s := g.Standing; g.Link == "" && !s.None() && (s.Expires.IsZero() || s.Expires.After(t.env.Now())) {
		then = append(widget.Words(theme.Text, "again "), t.share(theme.AccentStrong, s)...)
	}
	area := widget.NewArea(t.env.Theme, widget.AreaOptions{Height: 3, Limit: workflow.MaxComment})
	area.SetValue(t.reasons[g.ID])
	t.stack.Push(widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: append(widget.Words(theme.Strong, "Revoke by "), show(theme.Strong, string(g.Number))),
		Evidence: widget.DetailContent{Lead: []widget.Line{now}, Warnings: l.warnings(r),
			Sections: []widget.Section{{Facts: []widget.Fact{{Label: "Then", Value: []widget.Line{then, widget.Words(theme.Heading, "the vault is read first, and what has to be done is planned from it")}}}}}},
		Form:    widget.NewForm(t.env.Theme, []widget.FormItem{{Label: "Reason", Field: area, Check: func() string { return reasonProblem(area.Value()) }}}),
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, leave it"}, {ID: buttonConfirm, Label: "Revoke", Confirm: true, NeedsEvidence: true}},
		Width:   dialogWidth, Now: t.env.Now,
		Done: func(id string) tea.Cmd {
			t.reasons[g.ID] = area.Value()
			if id != buttonConfirm {
				return nil
			}
			return l.end(g, strings.TrimSpace(area.Value()))
		},
	}))
	return nil
}

// reasonProblem is why a reason that is needed will not do, "" if it does.
func reasonProblem(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return "say why"
	}
	return widget.TooLong(text, workflow.MaxComment)
}

// end gives the revoking to the queue, once.
func (l *ledger) end(g model.Grant, reason string) tea.Cmd {
	if l.busy[g.ID] {
		return notice.Warn("it is being revoked")
	}
	l.busy[g.ID] = true
	l.redraw()
	t, me := l.tab, l.tab.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg { return revoked{g, t.svc.Revoke(ctx, me, g.ID, reason)} })
}

func (l *ledger) revoked(msg revoked) tea.Cmd {
	t, g := l.tab, msg.grant
	delete(l.busy, g.ID)
	l.redraw()
	reload := tea.Cmd(nil)
	if t.inGrants() {
		reload = l.load("")
	}
	if msg.err != nil {
		return tea.Batch(reload, notice.Say(tab.NoticeBad, append(widget.Words(theme.Bad, "not revoked: "), notice.Cause(msg.err)...)))
	}
	delete(t.reasons, g.ID)
	said := widget.Line{show(theme.OK, l.who(g)), say(theme.OK, " loses "), show(theme.OK, g.Target.Label()), say(theme.OK, ": queued for the vault")}
	return tea.Batch(reload, notice.Say(tab.NoticeOK, said))
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
