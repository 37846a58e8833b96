package portal

import (
	"context"
	"slices"
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

// talk is a comment, the answer to a question, or the reason of a withdrawal, while
// it is written.
type talk struct {
	number model.Number
	act    model.Action
	text   interface{ Value() string }
	form   *widget.Form
}

// draft is under which name its words are kept.
func (t *talk) draft() draftOf {
	key := map[model.Action]string{model.ActWithdraw: draftEnd, model.ActReply: draftReply, model.ActComment: draftComment}[t.act]
	return draftOf{key, string(t.number)}
}

// talked is what came of it.
type talked struct {
	number model.Number
	act    model.Action
	text   string
	err    error
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
	t := r.newTalk(n, model.ActComment, "Comment", text)
	r.openTalk(t, "Comment on "+string(n), "Send", "No, go back",
		[]widget.Line{widget.Words(theme.Text, "Everybody who sees the request can read it.")}, nil)
}

// newTalk is a text of several lines that has to be written.
func (r *requests) newTalk(n model.Number, act model.Action, label, text string) *talk {
	area := widget.NewArea(r.core.env.Theme, widget.AreaOptions{Height: 5, Limit: workflow.MaxComment})
	area.SetValue(text)
	check := func() string {
		if strings.TrimSpace(area.Value()) == "" {
			return "write something first"
		}
		return widget.TooLong(area.Value(), workflow.MaxComment)
	}
	return &talk{number: n, act: act, text: area, form: widget.NewForm(r.core.env.Theme, []widget.FormItem{{Label: label, Field: area, Check: check}})}
}

// answer asks for the answer to the question that waits.
func (r *requests) answer() tea.Cmd {
	n := r.current()
	c, ok := r.pane.Shown(n)
	if !ok {
		return notice.Warn(string(n) + " is still being read")
	}
	if err := c.Can(model.ActReply); err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	r.writeAnswer(c)
	return nil
}

func (r *requests) writeAnswer(c workflow.CaseView) {
	n := c.Request.Number
	q, _ := c.Inquiry()
	lead := append([]widget.Line{{widget.Show(theme.Strong, visible(c.Name(q.By))), widget.Say(theme.Text, " asks:")}},
		widget.Paragraphs(theme.Quote, safetext.Block(q.Question))...)
	then := []widget.Line{widget.Words(theme.Text, "It becomes part of what is decided, and the time to decide runs on.")}
	if voted(c) {
		then = append(then, widget.Words(theme.Warn, "Votes were given before: everybody decides anew."))
	}
	r.openTalk(r.newTalk(n, model.ActReply, "Answer", r.core.drafts[draftOf{draftReply, string(n)}]),
		"Answer about "+string(n), "Send", "No, go back", lead, then)
}

// voted reports whether votes have been given that count so far.
func voted(c workflow.CaseView) bool {
	return slices.ContainsFunc(c.Counted(), func(ap model.Approval) bool { return len(ap.Votes) > 0 })
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
	t := &talk{number: c.Request.Number, act: model.ActWithdraw, text: reason,
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
		switch t.act {
		case model.ActWithdraw:
			return talked{n, t.act, text, svc.Withdraw(ctx, me, n, text)}
		case model.ActReply:
			return talked{n, t.act, text, svc.Reply(ctx, me, n, text)}
		}
		return talked{n, t.act, text, svc.Comment(ctx, me, n, model.EntryComment, text)}
	})
}

// talked says what came of it; what was not kept can be sent again.
func (r *requests) talked(msg talked) tea.Cmd {
	n := string(msg.number)
	withdraws := msg.act == model.ActWithdraw
	switch {
	case msg.err == nil && withdraws:
		return tea.Batch(r.reload(), notice.Say(tab.NoticeOK, widget.Words(theme.OK, n+" withdrawn")))
	case msg.err == nil && msg.act == model.ActReply:
		return tea.Batch(r.reload(), notice.Say(tab.NoticeOK, widget.Words(theme.OK, n+" is answered, it waits for its decision again")))
	case msg.err == nil:
		return tea.Batch(r.reload(), notice.Say(tab.NoticeOK, widget.Words(theme.OK, "comment added to "+n)))
	case msg.act != model.ActComment && r.core.stack.Empty():
		t := talk{number: msg.number, act: msg.act}
		r.core.drafts.keep(t.draft(), msg.text)
		r.core.tellTrouble(n+" was not "+map[bool]string{true: "withdrawn", false: "answered"}[withdraws], msg.err)
		return r.reload()
	case r.core.stack.Empty():
		r.writeComment(msg.number, msg.text)
	default:
		t := talk{number: msg.number, act: msg.act}
		r.core.drafts.keep(t.draft(), msg.text)
	}
	return notice.Say(tab.NoticeBad, append(widget.Words(theme.Bad, "not kept: "), notice.Cause(msg.err)...))
}
