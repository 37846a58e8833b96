package portal

import (
	"context"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// ends are the cases of accesses that ended early, by the access: they say who
// ended it. One that is being read, or cannot be, is there without content.
type ends map[int64]workflow.CaseView

// endRead answers readEnd.
type endRead struct {
	grant int64
	view  workflow.CaseView
	err   error
}

// readEnd asks once who ended the access under the cursor, where it was ended
// before its time.
func (a *access) readEnd() tea.Cmd {
	r, ok := a.list.Selected()
	g := r.Grant
	if _, asked := a.ends[g.ID]; !ok || asked || g.State != model.GrantRevoked {
		return nil
	}
	a.ends[g.ID] = workflow.CaseView{}
	svc, me := a.core.svc, a.core.env.Me.ID
	return a.core.env.Do(func(ctx context.Context) tea.Msg {
		view, err := svc.Case(ctx, me, g.Number)
		return endRead{g.ID, view, err}
	})
}

// endRead draws who it was; where that could not be read, the next look at it
// asks again.
func (a *access) endRead(msg endRead) {
	if msg.err != nil {
		delete(a.ends, msg.grant)
		return
	}
	a.ends[msg.grant] = msg.view
	a.follow()
}

// endedAt is when an access ended.
func (a *access) endedAt(g model.Grant) widget.Line {
	at := g.Updated
	if at.IsZero() {
		at = g.Until
	}
	if at.IsZero() {
		return widget.Words(theme.Faint, "it is not known when")
	}
	return widget.Words(theme.Text, widget.Moment(at, a.core.env.Now(), a.core.env.Zone))
}
