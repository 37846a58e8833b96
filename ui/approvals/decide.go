package approvals

import (
	"fmt"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/decide"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// dialogWidth is the width of a decision where the screen has it: all limits and
// what they mean on one line.
const dialogWidth = 88

// The ids of the buttons.
const (
	buttonBack    = "back"
	buttonConfirm = "confirm"
)

// decision is an open dialog about one request.
type decision struct {
	tab     *Tab
	verdict model.Verdict
	view    workflow.CaseView // the reading that was on the screen
	alike   []string          // names of the list that look like the target's
	note    []widget.Line     // what happened while the dialog was open
	allow   *allowance        // nil when denying and where nothing is granted
	seats   *widget.Chips     // whose say it is, nil where that is no question
	alone   *alone            // in an emergency, else nil
	words   *decide.Words
	below   bool // what will be done stands under the form, not above it
	form    *widget.Form
	dialog  *widget.Dialog
}

// decide begins a decision on the marked rows, or on the one under the cursor.
func (t *Tab) decide(v model.Verdict) tea.Cmd {
	if !t.page && len(t.list.Marked()) > 0 {
		return t.openBulk(v)
	}
	n := t.current()
	if !t.page && !t.split.Both {
		again := map[model.Verdict]string{model.Approve: "a again", model.Deny: "d again"}[v]
		return tea.Batch(t.openPage(), notice.Say(tab.NoticeWarn, widget.Words(theme.Warn, "read it first, then "+again)))
	}
	c, ok := t.pane.shownFor(n)
	if !ok {
		return notice.Say(tab.NoticeWarn, widget.Words(theme.Warn, "the evidence is not on the screen yet"))
	}
	if t.busy[n] {
		return notice.Say(tab.NoticeWarn, widget.Words(theme.Warn, "your decision on "+string(n)+" is being kept"))
	}
	if err := decidable(c, v); err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	if unread := t.pane.unread(); v == model.Approve && unread > 0 {
		return t.readOn(unread)
	}
	t.openDecision(c, v, nil)
	return nil
}

func more(lines int) string {
	if lines == 1 {
		return "1 more line"
	}
	return fmt.Sprintf("%d more lines", lines)
}

// openDecision asks for the decision on a reading that is on the screen, of one
// person alone where it is an emergency.
func (t *Tab) openDecision(c workflow.CaseView, v model.Verdict, one *alone) {
	d := &decision{tab: t, verdict: v, view: c, alike: t.pane.alike, alone: one, words: decide.NewWords(t.env.Theme, v, decide.ForRequests())}
	written, again := t.drafts[d.draftOf()]
	d.words.Take(written)
	title, label := "Approve ", "Approve"
	var items []widget.FormItem
	if one == nil {
		if d.seats = seatsOf(t.env.Theme, c, t.env.Me.ID); d.seats != nil {
			items = append(items, widget.FormItem{Label: "Vote", Field: d.seats})
		}
	}
	if v == model.Deny {
		title, label = "Deny ", "Deny"
	} else if c.Request.Allowed.Right != "" {
		d.allow = newAllowance(t.env.Theme, c.Request, t.env.Now, t.env.Zone)
		items = append(items, d.allow.items()...)
	}
	if one == nil {
		items = append(items, d.words.Items()...)
	} else {
		title, label = "Approve alone, in an emergency: ", "Approve alone"
		one.reason.SetValue(written.Text)
		items = append(items, one.items()...)
	}
	if v == model.Approve {
		items = append(items, widget.FormItem{Label: "Will do", Text: d.willDo, Hidden: func() bool { return !d.below }})
	}
	d.form = widget.NewForm(t.env.Theme, items)
	d.dialog = widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, title+string(c.Request.Number)), Evidence: d.evidence(), Form: d.form,
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: label, Confirm: true,
			NeedsEvidence: v == model.Approve}},
		Done: d.done, Width: dialogWidth, Now: t.env.Now,
	})
	d.form.SetDirty(again)
	t.decision = d
	t.ask(d.dialog)
	d.redraw()
}

// draftOf is under which name the words are kept.
func (d *decision) draftOf() draftOf {
	if d.alone != nil {
		return draftOf{number: d.view.Request.Number, act: model.ActEmergency}
	}
	return draftOf{number: d.view.Request.Number, verdict: d.verdict}
}

// access is what would be allowed.
func (d *decision) access() (model.Access, error) {
	if d.allow == nil {
		return d.view.Request.Allowed, nil
	}
	return d.allow.access()
}

// right is what is chosen, whether its limit will do or not.
func (d *decision) right() model.Right {
	if d.allow == nil {
		return d.view.Request.Allowed.Right
	}
	return d.allow.right()
}

// options show the request as it would be allowed; until a limit is chosen the
// one allowed so far stands for it.
func (d *decision) options() casepane.Options {
	o := d.tab.pane.options(d.view)
	o.Alike, o.Allow = d.alike, model.Access{Right: d.right(), Limit: d.view.Request.Allowed.Limit}
	if access, _ := d.access(); access.Right != "" {
		o.Allow = access
	}
	return o
}

// evidence is the decision in one sentence, what happened meanwhile, what has to
// be read first, and, where the form would hide it, what would be done. All of it
// has to be drawn before the approval counts, however small the screen is.
func (d *decision) evidence() widget.DetailContent {
	content := widget.DetailContent{Lead: append([]widget.Line{d.sentence()}, actsFor(d.view, d.seat(), d.tab.env.Me.ID)...),
		Warnings: append(append([]widget.Line(nil), d.note...), casepane.Warnings(d.view, d.options())...)}
	if d.verdict == model.Deny {
		return content
	}
	if d.alone != nil {
		content.Lead = append(content.Lead, d.consequences()...)
	} else if words := votes(d.view); words != "" {
		content.Lead = append(content.Lead, widget.Words(theme.Heading, words))
	}
	if !d.below {
		content.Sections = []widget.Section{{Facts: []widget.Fact{{Label: "Will do", Value: d.willDo()}}}}
	}
	return content
}

// formRoom is how much of the screen a dialog never gives to its form: its frame
// and buttons, and the least of the evidence.
const formRoom = 8

// arrange puts what will be done under the form, where all of that is drawn, or
// else among the evidence, which has to be read.
func (d *decision) arrange() {
	d.below = true
	d.below = d.form.Height() <= d.tab.height-formRoom
}

// redraw makes the dialog say what is chosen now, and looks again at what was
// wrong before.
func (d *decision) redraw() {
	if d.allow != nil {
		d.allow.recheck(d.form)
	}
	if d.alone != nil {
		d.alone.recheck(d.form)
	} else {
		d.words.Recheck(d.form)
	}
	d.arrange()
	d.dialog.SetEvidence(d.evidence())
}

// votes says how far one approval goes, "" where it is the only one needed.
func votes(c workflow.CaseView) string {
	open, ok := c.OpenApproval()
	steps := c.Request.Policy.Steps
	switch {
	case !ok:
		return ""
	case c.Missing == 2:
		return "1 more has to approve after yours"
	case c.Missing > 2:
		return fmt.Sprintf("%d more have to approve after yours", c.Missing-1)
	case open.Step < len(steps):
		return "yours is the last vote of this step; the next step waits then"
	case len(steps) > 1 || len(open.Votes) > 0:
		return "yours is the last vote needed: it is carried out then"
	}
	return ""
}

// sentence says who gets what.
func (d *decision) sentence() widget.Line {
	r := d.view.Request
	who := r.RequestedFor
	if who == "" {
		who = d.view.Name(r.RequestedBy)
	}
	verb := " gets "
	if d.verdict == model.Deny {
		verb = " does not get "
	}
	if r.Asked.Right == "" {
		return d.otherSentence(who)
	}
	line := widget.Line{widget.Show(theme.Strong, visible(who)), widget.Say(theme.Text, verb)}
	right := d.right()
	ink := theme.AccentStrong
	if right.Owner() {
		ink = theme.WarnStrong
	}
	on := " on "
	switch {
	case r.Item == model.ItemOneTimeShare:
		on = ", by a link, on "
	case r.Target.Kind == model.TargetFolder && r.Target.Named():
		on = " of the folder "
	case r.Target.Kind == model.TargetFolder:
		on = " of the folder that is described as "
	case !r.Target.Named():
		on = " on what is described as "
	}
	return append(line, widget.Say(ink, right.Words()), widget.Say(theme.Text, on),
		widget.Show(theme.Strong, visible(r.Target.Label())))
}

// otherSentence says what is decided about a request that asks for no access to
// what is there already.
func (d *decision) otherSentence(who string) widget.Line {
	r, deny := d.view.Request, d.verdict == model.Deny
	text := func(words string) widget.Span { return widget.Say(theme.Text, words) }
	switch words, _ := r.Answer(model.FieldWords); {
	case d.view.Item.Searches() && deny:
		return widget.Line{text("Nobody searches for "), widget.Show(theme.Strong, visible(words)), text(".")}
	case d.view.Item.Searches():
		return widget.Line{text("Somebody searches for "), widget.Show(theme.Strong, visible(words)), text(" and answers "), widget.Show(theme.Strong, visible(who)), text(".")}
	}
	title, _ := r.Answer(model.FieldTitle)
	line := widget.Line{widget.Show(theme.Strong, visible(title)), text(" ("), widget.Say(theme.AccentStrong, d.view.Item.Name)}
	if deny {
		return append(line, text(") is not stored."))
	}
	line = append(line, text(") is stored"))
	share, _ := r.Answer(model.FieldShareIt)
	switch right := model.Right(share); {
	case right.Owner():
		line = append(line, text("; then "), widget.Show(theme.Strong, visible(who)), widget.Say(theme.WarnStrong, " owns"), text(" it"))
	case share != "":
		line = append(line, text(", and "), widget.Show(theme.Strong, visible(who)), text(" gets "), widget.Show(theme.AccentStrong, visible(share)), text(" on it"))
	}
	return append(line, text("."))
}

func (d *decision) willDo() []widget.Line {
	if _, err := d.access(); err != nil {
		return []widget.Line{widget.Words(theme.Warn, "choose how long first")}
	}
	return casepane.WillDo(d.view, d.options())
}

// done ends the dialog: with a vote on what was drawn, or with nothing.
func (d *decision) done(id string) tea.Cmd {
	t := d.tab
	t.decision = nil
	if id != buttonConfirm {
		return t.drafts.Told(d.draftOf(), d.draft(), d.draftOf().key())
	}
	t.drafts.Keep(d.draftOf(), d.draft())
	access, err := d.access()
	if err != nil {
		return notice.Say(tab.NoticeBad, notice.Cause(err))
	}
	vote := decisionOn(d.view, d.verdict, access, d.words.Text())
	if d.alone != nil {
		return t.approveAlone(d, vote)
	}
	vote.For = d.seat()
	return t.vote(vote, d.view, d.draftOf())
}

// decisionOn is a vote on a reading of a request. A denial is about the request
// as it stands, whatever else might have been allowed.
func decisionOn(c workflow.CaseView, v model.Verdict, allow model.Access, comment string) workflow.Decision {
	if v == model.Deny {
		allow = c.Request.Allowed
	}
	return workflow.Decision{
		Number: c.Request.Number, Revision: c.Request.Revision, Digest: c.Statement(allow).Digest(),
		Verdict: v, Allow: allow, Comment: comment,
	}
}
