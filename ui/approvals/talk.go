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

// talk is what somebody writes about a request while they write it: a comment, a
// question to the requestor, what the review of an emergency has found, or why
// another group is to decide.
type talk struct {
	number model.Number
	act    model.Action
	area   *widget.Area
	groups *widget.Chips // to choose among when reassigning, else nil
	among  []model.GroupName
	form   *widget.Form
}

// talkWords are how a kind of talk is asked for.
type talkWords struct{ title, label, lead, send string }

func wordsOfTalk(act model.Action) talkWords {
	switch act {
	case model.ActAsk:
		return talkWords{"Ask about ", "Question", "The requestor answers it, and both become part of what is decided. Until then the time to decide stands.", "Ask"}
	case model.ActReview:
		return talkWords{"Review ", "Found", "One person approved this alone. Say what you found when you looked at it: it is kept, and cannot be taken back.", "Reviewed"}
	case model.ActReassign:
		return talkWords{"Who shall decide ", "Why", "The step begins anew in the other group, and you do not decide this request any more.", "Give it to them"}
	}
	return talkWords{"Comment on ", "Comment", "The requestor and everybody who sees the request can read it.", "Send"}
}

// draftOf is under which name the words are kept.
func (t *talk) draftOf() draftOf { return talkDraft(t.number, t.act) }

func talkDraft(n model.Number, act model.Action) draftOf {
	if act == model.ActComment {
		return draftOf{number: n}
	}
	return draftOf{number: n, act: act}
}

// talked is what came of a talk.
type talked struct {
	number model.Number
	act    model.Action
	to     model.GroupName
	groups []model.GroupName
	text   string
	err    error
}

// openTalk asks for words on the request under the cursor.
func (t *Tab) openTalk(act model.Action) tea.Cmd {
	n := t.current()
	c, ok := t.pane.shownFor(n)
	switch {
	case !ok && act != model.ActComment:
		return notice.Warn("the evidence is not on the screen yet")
	case ok && c.Can(act) != nil:
		return notice.Say(tab.NoticeWarn, notice.Cause(c.Can(act)))
	case act == model.ActReview && t.pane.unread() > 0:
		return t.readOn(t.pane.unread())
	}
	if act == model.ActReassign {
		return t.findGroups(n)
	}
	t.writeTalk(&talk{number: n, act: act}, t.drafts[talkDraft(n, act)].Text)
	return nil
}

// writeTalk opens the dialog in which the words are written.
func (t *Tab) writeTalk(talk *talk, text string) {
	w := wordsOfTalk(talk.act)
	talk.area = widget.NewArea(t.env.Theme, widget.AreaOptions{Height: 5, Limit: workflow.MaxComment})
	talk.area.SetValue(text)
	words := widget.FormItem{Label: w.label, Field: talk.area, Check: talk.problem}
	items := []widget.FormItem{words}
	if talk.groups != nil {
		items = []widget.FormItem{{Label: "Group", Field: talk.groups, Check: talk.noGroup}, words}
	}
	talk.form = widget.NewForm(t.env.Theme, items)
	talk.form.SetDirty(text != "")
	t.talk = talk
	t.ask(widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title:    widget.Words(theme.Strong, w.title+string(talk.number)),
		Evidence: widget.DetailContent{Lead: []widget.Line{widget.Words(theme.Text, w.lead)}},
		Form:     talk.form,
		Buttons:  []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: w.send, Confirm: true}},
		Now:      t.env.Now,
		Done:     func(id string) tea.Cmd { return t.endTalk(talk, id) },
	}))
}

func (t *talk) problem() string {
	text := t.area.Value()
	if strings.TrimSpace(text) == "" {
		return "write something first"
	}
	return widget.TooLong(text, workflow.MaxComment)
}

func (t *talk) noGroup() string {
	if t.groups.Value() == "" {
		return "choose one"
	}
	return ""
}

func (t *Tab) endTalk(talk *talk, id string) tea.Cmd {
	t.talk = nil
	of := talk.draftOf()
	if id != buttonConfirm {
		return t.drafts.Told(of, decide.Draft{Text: talk.area.Value()}, of.key())
	}
	delete(t.drafts, of)
	msg := talked{number: talk.number, act: talk.act, text: strings.TrimSpace(talk.area.Value())}
	if talk.groups != nil {
		msg.to, msg.groups = model.GroupName(talk.groups.Value()), talk.among
	}
	me := t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		msg.err = t.send(ctx, me, msg)
		return msg
	})
}

func (t *Tab) send(ctx context.Context, me model.PersonID, msg talked) error {
	switch msg.act {
	case model.ActAsk:
		return t.svc.Ask(ctx, me, msg.number, msg.text)
	case model.ActReview:
		return t.svc.Review(ctx, me, msg.number, msg.text)
	case model.ActReassign:
		return t.svc.Reassign(ctx, me, msg.number, msg.to, msg.text)
	}
	return t.svc.Comment(ctx, me, msg.number, model.EntryComment, msg.text)
}

// talked says what came of a talk; words that were not kept can be sent again.
func (t *Tab) talked(msg talked) tea.Cmd {
	if msg.err == nil {
		return tea.Batch(t.reload(), notice.Say(tab.NoticeOK, msg.done()))
	}
	if t.stack.Empty() {
		again := &talk{number: msg.number, act: msg.act}
		if msg.groups != nil {
			again.offer(t.env.Theme, msg.groups, msg.to)
		}
		t.writeTalk(again, msg.text)
	} else {
		t.drafts.Keep(talkDraft(msg.number, msg.act), decide.Draft{Text: msg.text})
	}
	return notice.Say(tab.NoticeBad, append(widget.Words(theme.Bad, "not kept: "), notice.Cause(msg.err)...))
}

// done says what a talk has done.
func (m talked) done() widget.Line {
	n := string(m.number)
	switch m.act {
	case model.ActAsk:
		return widget.Words(theme.OK, n+": the requestor is asked, the time to decide stands")
	case model.ActReview:
		return widget.Words(theme.OK, n+" is reviewed")
	case model.ActReassign:
		return widget.Line{widget.Say(theme.OK, n+" waits for "), widget.Show(theme.OK, visible(string(m.to))), widget.Say(theme.OK, " now")}
	}
	return widget.Words(theme.OK, "comment added to "+n)
}
