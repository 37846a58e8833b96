package tasks

import (
	"context"
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

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
	return []widget.Line{state, {show(theme.Faint, casepane.LinkName(g.Link))}}
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
	delete(t.reasons, g.ID)
	t.reason = area
	t.stack.Push(widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: append(widget.Words(theme.Strong, "Revoke by "), show(theme.Strong, string(g.Number))),
		Evidence: widget.DetailContent{Lead: []widget.Line{now}, Warnings: l.warnings(r),
			Sections: []widget.Section{{Facts: []widget.Fact{{Label: "Then", Value: []widget.Line{then, widget.Words(theme.Heading, "the vault is read first, and what has to be done is planned from it")}}}}}},
		Form:    widget.NewForm(t.env.Theme, []widget.FormItem{{Label: "Reason", Field: area, Check: func() string { return reasonProblem(area.Value()) }}}),
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, leave it"}, {ID: buttonConfirm, Label: "Revoke", Confirm: true, NeedsEvidence: true}},
		Width:   dialogWidth, Now: t.env.Now,
		Done: func(id string) tea.Cmd {
			t.reason = nil
			t.reasons[g.ID] = area.Value()
			if id != buttonConfirm {
				return nil
			}
			return l.end(g, strings.TrimSpace(area.Value()))
		},
	}))
	return nil
}

// revokes counts the reasons of revocations that were written and not sent.
func (t *Tab) revokes() int {
	n := 0
	for _, text := range t.reasons {
		if strings.TrimSpace(text) != "" {
			n++
		}
	}
	if t.reason != nil && strings.TrimSpace(t.reason.Value()) != "" {
		n++
	}
	return n
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
