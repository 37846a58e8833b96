package approvals

import (
	"context"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"

	tea "charm.land/bubbletea/v2"
)

// groupsFound are the groups that a request could be given to.
type groupsFound struct {
	number model.Number
	groups []model.GroupName
	err    error
}

// findGroups asks which other groups could decide a request.
func (t *Tab) findGroups(n model.Number) tea.Cmd {
	me := t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		groups, err := t.svc.Reassignable(ctx, me, n)
		return groupsFound{n, groups, err}
	})
}

// groupsFound lets one of them be chosen, if the person is still there.
func (t *Tab) groupsFound(msg groupsFound) tea.Cmd {
	switch {
	case msg.number != t.current() || !t.stack.Empty():
		return nil
	case msg.err != nil:
		return notice.Say(tab.NoticeWarn, notice.Cause(msg.err))
	case len(msg.groups) == 0:
		return notice.Warn("no other group could decide " + string(msg.number))
	}
	talk := &talk{number: msg.number, act: model.ActReassign}
	talk.offer(t.env.Theme, msg.groups, "")
	t.writeTalk(talk, t.drafts[talk.draftOf()].Text)
	return nil
}

// offer lets one of some groups be chosen.
func (t *talk) offer(look *theme.Theme, groups []model.GroupName, chosen model.GroupName) {
	choices := make([]widget.Choice, len(groups))
	for i, g := range groups {
		choices[i] = widget.Choice{ID: string(g), Label: string(g)}
	}
	t.groups, t.among = widget.NewChips(look, choices, string(chosen)), groups
}
