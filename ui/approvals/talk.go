package approvals

import (
	"context"
	"strings"

	"countersign/model"
	"countersign/ui/decide"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// talk is a comment while it is written.
type talk struct {
	number model.Number
	area   *widget.Area
	form   *widget.Form
}

// commented is what came of a comment.
type commented struct {
	number model.Number
	text   string
	err    error
}

// openTalk asks for a comment on the request under the cursor.
func (t *Tab) openTalk() tea.Cmd {
	n := t.current()
	if c, ok := t.pane.shownFor(n); ok {
		if err := c.Can(model.ActComment); err != nil {
			return notice.Say(tab.NoticeWarn, notice.Cause(err))
		}
	}
	t.writeTalk(n, t.drafts[draftOf{number: n}].Text)
	return nil
}

func (t *Tab) writeTalk(n model.Number, text string) {
	talk := &talk{number: n, area: widget.NewArea(t.env.Theme, widget.AreaOptions{Height: 5, Limit: workflow.MaxComment})}
	talk.area.SetValue(text)
	talk.form = widget.NewForm(t.env.Theme, []widget.FormItem{{Label: "Comment", Field: talk.area, Check: talk.problem}})
	talk.form.SetDirty(text != "")
	t.talk = talk
	t.ask(widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, "Comment on "+string(n)),
		Evidence: widget.DetailContent{Lead: []widget.Line{
			widget.Words(theme.Text, "The requestor and everybody who sees the request can read it.")}},
		Form:    talk.form,
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: "Send", Confirm: true}},
		Now:     t.env.Now,
		Done:    func(id string) tea.Cmd { return t.endTalk(talk, id) },
	}))
}

func (t *talk) problem() string {
	text := t.area.Value()
	if strings.TrimSpace(text) == "" {
		return "write something first"
	}
	return widget.TooLong(text, workflow.MaxComment)
}

func (t *Tab) endTalk(talk *talk, id string) tea.Cmd {
	t.talk = nil
	of := draftOf{number: talk.number}
	if id != buttonConfirm {
		return t.drafts.Told(of, decide.Draft{Text: talk.area.Value()}, of.key())
	}
	delete(t.drafts, of)
	n, text, me := talk.number, strings.TrimSpace(talk.area.Value()), t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		return commented{n, text, t.svc.Comment(ctx, me, n, model.EntryComment, text)}
	})
}

// commented says what came of a comment; one that was not kept can be sent
// again.
func (t *Tab) commented(msg commented) tea.Cmd {
	if msg.err == nil {
		return tea.Batch(t.pane.reload(), notice.Say(tab.NoticeOK, widget.Words(theme.OK, "comment added to "+string(msg.number))))
	}
	if t.stack.Empty() {
		t.writeTalk(msg.number, msg.text)
	} else {
		t.drafts.Keep(draftOf{number: msg.number}, decide.Draft{Text: msg.text})
	}
	return notice.Say(tab.NoticeBad, append(widget.Words(theme.Bad, "not kept: "), notice.Cause(msg.err)...))
}
