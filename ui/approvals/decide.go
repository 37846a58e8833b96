package approvals

import (
	"fmt"

	"countersign/model"
	"countersign/ui/casepane"
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
	note    []widget.Line     // what happened while the dialog was open
	allow   *allowance        // nil when denying and where nothing is granted
	words   *words
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
		return t.openPage() // the evidence first
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
		how := "J reads on"
		if t.page || t.inDetail {
			how = "pgdn reads on"
		}
		return notice.Say(tab.NoticeWarn, widget.Words(theme.Warn, fmt.Sprintf("↓ %s first: %s", more(unread), how)))
	}
	t.openDecision(c, v)
	return nil
}

func more(lines int) string {
	if lines == 1 {
		return "1 more line"
	}
	return fmt.Sprintf("%d more lines", lines)
}

// openDecision asks for the decision on a reading that is on the screen.
func (t *Tab) openDecision(c workflow.CaseView, v model.Verdict) {
	d := &decision{tab: t, verdict: v, view: c, words: newWords(t.env.Theme, v)}
	d.words.comment.SetValue(t.drafts[c.Request.Number])
	title, label := "Approve ", "Approve"
	var items []widget.FormItem
	if v == model.Deny {
		title, label = "Deny ", "Deny"
	} else if c.Request.Allowed.Right != "" {
		d.allow = newAllowance(t.env.Theme, c.Request, t.env.Now, t.env.Zone)
		items = d.allow.items()
	}
	items = append(items, d.words.items()...)
	if v == model.Approve {
		items = append(items, widget.FormItem{Label: "Will do", Text: d.willDo})
	}
	d.form = widget.NewForm(t.env.Theme, items)
	d.dialog = widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, title+string(c.Request.Number)), Evidence: d.evidence(), Form: d.form,
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: label, Confirm: true}},
		Done:    d.done, Width: dialogWidth, Now: t.env.Now,
	})
	t.decision = d
	t.ask(d.dialog)
}

// access is what would be allowed.
func (d *decision) access() (model.Access, error) {
	if d.allow == nil {
		return d.view.Request.Allowed, nil
	}
	return d.allow.access()
}

// evidence is the decision in one sentence, and what happened meanwhile.
func (d *decision) evidence() widget.DetailContent {
	return widget.DetailContent{Lead: []widget.Line{d.sentence()}, Warnings: d.note}
}

// redraw makes the sentence say what is chosen now.
func (d *decision) redraw() { d.dialog.SetEvidence(d.evidence()) }

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
	line := widget.Line{widget.Show(theme.Strong, visible(who)), widget.Say(theme.Text, verb)}
	if r.Asked.Right == "" {
		title, _ := r.Answer("title")
		return append(line, widget.Say(theme.AccentStrong, d.view.Item.Name), widget.Say(theme.Text, ": "),
			widget.Show(theme.Strong, visible(title)))
	}
	right := r.Allowed.Right
	if access, err := d.access(); err == nil {
		right = access.Right
	}
	ink := theme.AccentStrong
	if right.Owner() {
		ink = theme.WarnStrong
	}
	on := " on "
	switch {
	case r.Item == model.ItemOneTimeShare:
		on = ", by a link, on "
	case r.Target.Kind == model.TargetFolder:
		on = " on the folder "
	case !r.Target.Named():
		on = " on what is described as "
	}
	return append(line, widget.Say(ink, string(right)), widget.Say(theme.Text, on),
		widget.Show(theme.Strong, visible(r.Target.Label())))
}

func (d *decision) willDo() []widget.Line {
	o := d.tab.pane.options(d.view)
	access, err := d.access()
	if err != nil {
		return []widget.Line{widget.Words(theme.Faint, "-")}
	}
	o.Allow = access
	return casepane.WillDo(d.view, o)
}

// done ends the dialog: with a vote on what was drawn, or with nothing.
func (d *decision) done(id string) tea.Cmd {
	t, n := d.tab, d.view.Request.Number
	t.decision = nil
	t.drafts[n] = d.words.comment.Value()
	if id != buttonConfirm {
		return nil
	}
	access, err := d.access()
	if err != nil {
		return notice.Say(tab.NoticeBad, notice.Cause(err))
	}
	return t.vote(decisionOn(d.view, d.verdict, access, d.words.text()), d.view)
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
