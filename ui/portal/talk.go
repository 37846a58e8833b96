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

// talk is a comment, or the reason of a withdrawal, while it is written.
type talk struct {
	number    model.Number
	withdraws bool
	text      interface{ Value() string }
	form      *widget.Form
}

// draft is under which name its words are kept.
func (t *talk) draft() draftOf {
	if t.withdraws {
		return draftOf{draftEnd, string(t.number)}
	}
	return draftOf{draftComment, string(t.number)}
}

// talked is what came of it.
type talked struct {
	number    model.Number
	withdraws bool
	text      string
	err       error
}

// comment asks for a comment on the request under the cursor.
func (r *requests) comment() tea.Cmd {
	n := r.current()
	if c, ok := r.pane.Shown(n); ok {
		if err := c.Can(model.ActComment); err != nil {
			return notice.Say(tab.NoticeWarn, notice.Cause(err))
		}
	}
	r.writeComment(n, r.core.drafts[draftOf{draftComment, string(n)}])
	return nil
}

func (r *requests) writeComment(n model.Number, text string) {
	area := widget.NewArea(r.core.env.Theme, widget.AreaOptions{Height: 5, Limit: workflow.MaxComment})
	area.SetValue(text)
	check := func() string {
		if strings.TrimSpace(area.Value()) == "" {
			return "write something first"
		}
		return widget.TooLong(area.Value(), workflow.MaxComment)
	}
	t := &talk{number: n, text: area, form: widget.NewForm(r.core.env.Theme, []widget.FormItem{{Label: "Comment", Field: area, Check: check}})}
	r.openTalk(t, "Comment on "+string(n), "Send", "No, go back",
		[]widget.Line{widget.Words(theme.Text, "Everybody who sees the request can read it.")}, nil)
}

// withdraw asks whether the request under the cursor is to be closed.
func (r *requests) withdraw() tea.Cmd {
	n := r.current()
	c, ok := r.pane.Shown(n)
	if !ok {
		return notice.Warn(string(n) + " is still being read")
	}
	if err := c.Can(model.ActWithdraw); err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	r.writeReason(c)
	return nil
}

func (r *requests) writeReason(c workflow.CaseView) {
	reason := widget.NewInput(r.core.env.Theme, widget.InputOptions{Placeholder: "for those who would have decided, if you like"})
	reason.SetValue(r.core.drafts[draftOf{draftEnd, string(c.Request.Number)}])
	check := func() string { return widget.TooLong(reason.Value(), workflow.MaxComment) }
	t := &talk{number: c.Request.Number, withdraws: true, text: reason,
		form: widget.NewForm(r.core.env.Theme, []widget.FormItem{{Label: "Reason", Field: reason, Check: check}})}
	label := c.Request.Target.Label()
	if title, ok := c.Request.Answer("title"); ok && label == "" {
		label = title
	}
	asks := widget.Line{widget.Say(theme.Heading, c.Item.Name+": ")}
	if c.Request.Asked.Right != "" {
		asks = append(asks, widget.Say(theme.AccentStrong, casepane.RightName(c.Request.Asked.Right)), widget.Say(theme.Text, " on "))
	}
	happens := "It is closed; nobody decides it any more."
	if c.Request.State == model.InProcess {
		happens = "It is closed, and its work is not done any more."
	}
	r.openTalk(t, "Withdraw "+string(t.number), "Withdraw", "No, keep it", []widget.Line{
		append(asks, widget.Show(theme.Strong, visible(label)))},
		[]widget.Line{widget.Words(theme.Text, happens), widget.Words(theme.Faint, "To have it after all takes a new request.")})
}

// openTalk opens the dialog in which a text is written.
func (r *requests) openTalk(t *talk, title, do, not string, lead, follows []widget.Line) {
	r.talk = t
	t.form.SetDirty(t.text.Value() != "")
	content := widget.DetailContent{Lead: lead}
	if follows != nil {
		content.Sections = []widget.Section{{Facts: []widget.Fact{{Label: "Then", Value: follows}}}}
	}
	r.core.stack.Push(widget.NewDialog(r.core.env.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, title), Evidence: content, Form: t.form,
		Buttons: []widget.Button{{ID: buttonBack, Label: not}, {ID: buttonConfirm, Label: do, Confirm: true}},
		Now:     r.core.env.Now,
		Done:    func(id string) tea.Cmd { return r.endTalk(t, id) },
	}))
}

func (r *requests) endTalk(t *talk, id string) tea.Cmd {
	r.talk = nil
	if id != buttonConfirm {
		return r.core.drafts.told(t.draft(), t.text.Value())
	}
	delete(r.core.drafts, t.draft())
	n, text, me, svc := t.number, strings.TrimSpace(t.text.Value()), r.core.env.Me.ID, r.core.svc
	return r.core.env.Do(func(ctx context.Context) tea.Msg {
		if t.withdraws {
			return talked{n, true, text, svc.Withdraw(ctx, me, n, text)}
		}
		return talked{n, false, text, svc.Comment(ctx, me, n, model.EntryComment, text)}
	})
}

// talked says what came of it; a comment that was not kept can be sent again.
func (r *requests) talked(msg talked) tea.Cmd {
	n := string(msg.number)
	switch {
	case msg.err == nil && msg.withdraws:
		return tea.Batch(r.reload(), notice.Say(tab.NoticeOK, widget.Words(theme.OK, n+" withdrawn")))
	case msg.err == nil:
		return tea.Batch(r.reload(), notice.Say(tab.NoticeOK, widget.Words(theme.OK, "comment added to "+n)))
	case msg.withdraws && r.core.stack.Empty():
		r.core.drafts.keep(draftOf{draftEnd, n}, msg.text)
		r.core.tellTrouble(n+" was not withdrawn", msg.err)
		return r.reload()
	case r.core.stack.Empty():
		r.writeComment(msg.number, msg.text)
	default:
		r.core.drafts.keep(draftOf{draftComment, n}, msg.text)
	}
	return notice.Say(tab.NoticeBad, append(widget.Words(theme.Bad, "not kept: "), notice.Cause(msg.err)...))
}
