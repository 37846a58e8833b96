package people

import (
	"context"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// found is the request that a notice is about.
type found struct {
	number model.Number
	view   workflow.CaseView
	err    error
}

func (t *Tab) actsOnNotices(msg tea.KeyPressMsg, r row, here bool) (tea.Cmd, bool) {
	switch {
	case here && key.Matches(msg, t.keys.Request):
		return t.toRequest(r.notice), true
	case here && key.Matches(msg, t.keys.Seen):
		return t.seen(), true
	}
	return nil, false
}

// toRequest opens the request of a notice: in the portal where it is the person's
// own, since they follow and answer it there.
func (t *Tab) toRequest(n model.Notice) tea.Cmd {
	if n.Object == "" {
		return notice.Warn("it is about no request")
	}
	me, number := t.env.Me.ID, model.Number(n.Object)
	return t.env.Do(func(ctx context.Context) tea.Msg {
		view, err := t.svc.Case(ctx, me, number)
		return found{number, view, err}
	})
}

func (t *Tab) found(msg found) tea.Cmd {
	if msg.err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(msg.err))
	}
	to := tab.Goto{Tab: tab.Approvals, Number: msg.number}
	me := t.env.Me
	switch {
	case msg.view.Request.RequestedBy == me.ID, !me.Has(model.RoleApprover):
		to.Tab = tab.Portal
	}
	return tab.Send(to)
}

// seen takes the notices away that are shown.
func (t *Tab) seen() tea.Cmd {
	last := int64(0)
	for _, n := range t.read.notices {
		last = max(last, n.ID)
	}
	me := t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		return done{says: []string{"seen"}, err: t.svc.SeeNotices(ctx, me, last)}
	})
}
