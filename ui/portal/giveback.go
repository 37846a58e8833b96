package portal

import (
	"context"
	"strings"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// content is what the detail says of a grant.
func (a *access) content(r workflow.GrantRow) widget.DetailContent {
	g, now, zone := r.Grant, a.core.env.Now(), a.core.env.Zone
	what := []widget.Line{{widget.Show(theme.Strong, visible(g.Target.Label())), widget.Say(theme.Text, "  "), widget.Show(theme.Heading, visible(g.Target.Type))}}
	if g.Target.UID != "" {
		what = append(what, widget.Foreign(theme.Faint, visible(string(g.Target.UID))))
	}
	ink := theme.AccentStrong
	if g.Right.Owner() {
		ink = theme.WarnStrong
	}
	facts := []widget.Fact{
		{Label: "What", Value: what},
		{Label: "Rights", Value: []widget.Line{widget.Words(ink, rightHeld(g))}},
		{Label: "For", Value: []widget.Line{widget.Foreign(theme.Text, visible(g.Email))}},
	}
	times := []widget.Fact{{Label: "Until", Value: []widget.Line{a.until(g)}}}
	if link := a.link(g); link != nil {
		facts = append(facts, widget.Fact{Label: "Link", Value: link})
	}
	if !g.State.Open() {
		times = nil // how and when it ended is said instead
	}
	if !g.Since.IsZero() {
		times = append([]widget.Fact{{Label: "Since", Value: []widget.Line{widget.Words(theme.Text, widget.Moment(g.Since, now, zone))}}}, times...)
	}
	if g.State == model.GrantActive && !g.Right.Owner() {
		times = append(times, widget.Fact{Label: "Then", Value: []widget.Line{a.afterwards(g)}})
	}
	switch how := casepane.Ended(a.ends[g.ID], g); {
	case how != nil:
		times = append(times, widget.Fact{Label: "Ended", Value: append([]widget.Line{a.endedAt(g)}, how...)})
	case g.Note != "":
		times = append(times, widget.Fact{Label: "Outcome", Value: []widget.Line{widget.Foreign(theme.Text, visible(g.Note))}})
	}
	request := []widget.Fact{{Label: "Request", Value: []widget.Line{widget.Foreign(theme.Text, visible(string(g.Number)))}}}
	if steps := a.steps(r); steps != nil {
		request = append([]widget.Fact{{Label: "Give back", Value: steps}}, request...)
	}
	return widget.DetailContent{
		Title: widget.Foreign(theme.Strong, visible(g.Target.Label())), Right: a.state(r), Warnings: a.explained(r),
		Sections: []widget.Section{{Facts: facts}, {Facts: times}, {Facts: request}},
	}
}

// explained is what has to be understood about the state of a grant.
func (a *access) explained(r workflow.GrantRow) []widget.Line {
	switch {
	case r.Grant.State == model.GrantPending:
		return []widget.Line{{widget.Say(theme.Warn, "Keeper has invited "), widget.Show(theme.Text, visible(r.Grant.Email)),
			widget.Say(theme.Warn, ", who has no account yet. Accept the invitation in the mail from Keeper; the access is then given by itself.")}}
	case !r.Grant.State.Open():
		return nil
	}
	var lines []widget.Line
	if drift := r.Grant.Drift; drift != "" {
		line := widget.Line{widget.Say(theme.Warn, "changed in the vault: "), widget.Show(theme.Text, visible(drift))}
		if at := r.Grant.Checked; !at.IsZero() {
			line = append(line, widget.Say(theme.Faint, "  "+asOf(a.core.env.Now().Sub(at))))
		}
		lines = append(lines, line, widget.Words(theme.Heading, "nothing is put right by itself; if you need what you were given, ask an admin"))
	}
	if r.Ending {
		lines = append(lines, widget.Words(theme.Warn, "it ends soon: e asks for more time"))
	}
	return lines
}

func (a *access) until(g model.Grant) widget.Line {
	now := a.core.env.Now()
	switch {
	case g.State == model.GrantPending && g.Until.IsZero():
		return widget.Words(theme.Heading, "known once the invitation is accepted")
	case g.Until.IsZero():
		return widget.Words(theme.Warn, "nothing ends it by itself")
	}
	line := widget.Words(theme.Text, widget.Moment(g.Until, now, a.core.env.Zone))
	if g.State.Open() {
		line = append(line, widget.Say(theme.Faint, ", "+widget.Due(g.Until.Sub(now))+" left"))
	}
	return line
}

// standing is what somebody still had before the grant and gets back; what would
// have ended by now is nothing.
func (a *access) standing(g model.Grant) model.Share {
	if s := g.Standing; s.Expires.IsZero() || s.Expires.After(a.core.env.Now()) {
		return s
	}
	return model.Share{}
}

// afterwards says what is left when the grant ends.
func (a *access) afterwards(g model.Grant) widget.Line {
	back := a.standing(g)
	if back.None() {
		return widget.Words(theme.Text, nothingLeft(g))
	}
	return append(widget.Words(theme.Text, "again "), casepane.Share(theme.Text, back, a.core.env.Now(), a.core.env.Zone)...)
}

// steps draw how far the giving back is, nil while nothing is given back.
func (a *access) steps(r workflow.GrantRow) []widget.Line {
	at := 0
	switch {
	case !r.Grant.State.Open():
		return nil
	case a.busy[r.Grant.ID], r.OpState == model.OpQueued:
	case r.OpState == model.OpSent:
		at = 1
	case r.OpState == model.OpUnknown:
		return []widget.Line{widget.Words(theme.Warn, "the vault gave no clear answer; what came of it is being found out")}
	case r.OpState == model.OpRefused:
		return []widget.Line{widget.Words(theme.Bad, "the vault refused it; the request says why")}
	default:
		return nil
	}
	var line widget.Line
	for i, step := range []string{"queued", "sent", "done"} {
		switch {
		case i < at:
			line = append(line, widget.Say(theme.OK, "✓ "+step))
		case i == at:
			line = append(line, widget.Say(theme.AccentStrong, step))
		default:
			line = append(line, widget.Say(theme.Faint, step))
		}
		if i < 2 {
			line = append(line, widget.Say(theme.Faint, " → "))
		}
	}
	return []widget.Line{line}
}

// giveBack asks whether an access is to end now, saying what happens then.
func (a *access) giveBack(r workflow.GrantRow) tea.Cmd {
	g := r.Grant
	switch err := permission(r, model.ActGiveBack); {
	case a.busy[g.ID]:
		return notice.Warn("it is being given back")
	case err != nil:
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	reason := widget.NewInput(a.core.env.Theme, widget.InputOptions{Placeholder: "if you like"})
	of := draftOf{draftEnd, string(g.Number)}
	reason.SetValue(a.core.drafts[of])
	a.reason = widget.NewForm(a.core.env.Theme, []widget.FormItem{
		{Label: "Reason", Field: reason, Check: func() string { return widget.TooLong(reason.Value(), workflow.MaxComment) }}})
	a.reason.SetDirty(reason.Value() != "")
	a.core.stack.Push(widget.NewDialog(a.core.env.Theme, widget.DialogOptions{
		Title:    append(widget.Words(theme.Strong, "Give back "), widget.Show(theme.Strong, visible(g.Target.Label()))),
		Evidence: a.whatHappens(g), Form: a.reason,
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, keep it"}, {ID: buttonConfirm, Label: "Give back", Confirm: true}},
		Now:     a.core.env.Now,
		Done: func(id string) tea.Cmd {
			a.reason = nil
			if id != buttonConfirm {
				return a.core.drafts.told(of, reason.Value())
			}
			delete(a.core.drafts, of)
			return a.end(g, strings.TrimSpace(reason.Value()))
		},
	}))
	return nil
}

// whatHappens says what giving back does.
func (a *access) whatHappens(g model.Grant) widget.DetailContent {
	now := widget.Line{widget.Show(theme.Text, visible(g.Email)), widget.Say(theme.Text, " has "),
		widget.Say(theme.AccentStrong, rightHeld(g)), widget.Say(theme.Text, " on "), widget.Show(theme.Strong, visible(g.Target.Label()))}
	if g.Link != "" {
		now = widget.Line{widget.Say(theme.Text, "A link gives "), widget.Say(theme.AccentStrong, string(g.Right)), widget.Say(theme.Text, " of "), widget.Show(theme.Strong, visible(g.Target.Label()))}
	}
	switch {
	case g.State == model.GrantPending:
		now = append(now, widget.Say(theme.Text, " once the invitation is accepted"))
	case g.Until.IsZero():
		now = append(now, widget.Say(theme.Text, ", permanent"))
	default:
		now = append(now, widget.Say(theme.Text, " until "+widget.Moment(g.Until, a.core.env.Now(), a.core.env.Zone)))
	}
	var then []widget.Line
	back := a.standing(g)
	switch {
	case g.State == model.GrantPending:
		then = []widget.Line{widget.Words(theme.Text, "it is not given any more, also when the invitation is accepted")}
	case back.None():
		then = []widget.Line{widget.Words(theme.Text, endsNow(g))}
	default:
		then = []widget.Line{append(append(widget.Words(theme.Text, "back to "), casepane.Share(theme.Text, back, a.core.env.Now(), a.core.env.Zone)...),
			widget.Say(theme.Text, ", as before"))}
	}
	then = append(then, widget.Words(theme.Faint, "To have it again takes a new request."))
	return widget.DetailContent{Lead: []widget.Line{now}, Sections: []widget.Section{{Facts: []widget.Fact{{Label: "Then", Value: then}}}}}
}

// givenBack is what came of ending a grant.
type givenBack struct {
	grant model.Grant
	err   error
}

// end queues the way back. The vault is read before, so that takes a moment.
func (a *access) end(g model.Grant, reason string) tea.Cmd {
	a.busy[g.ID] = true
	a.list.Redraw()
	a.follow()
	svc, me := a.core.svc, a.core.env.Me.ID
	return a.core.env.Do(func(ctx context.Context) tea.Msg {
		return givenBack{g, svc.GiveBack(ctx, me, g.ID, reason)}
	})
}

func (a *access) givenBack(msg givenBack) tea.Cmd {
	delete(a.busy, msg.grant.ID)
	a.list.Redraw()
	a.follow()
	if msg.err != nil {
		words := append(visibleTitle(msg.grant), widget.Say(theme.Bad, " was not given back"))
		if a.core.stack.Empty() {
			a.core.tellTrouble("Not given back", msg.err)
		}
		return tea.Batch(a.reload(), notice.Say(tab.NoticeBad, words))
	}
	a.ending[msg.grant.ID] = true
	return tea.Batch(a.reload(), notice.Say(tab.NoticeOK, append(visibleTitle(msg.grant), widget.Say(theme.OK, " is being given back"))))
}

func visibleTitle(g model.Grant) widget.Line {
	return widget.Foreign(theme.Text, visible(g.Target.Label()))
}
