package tasks

import (
	"context"
	"slices"
	"time"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// holding is who has a task.
type holding struct {
	number model.Number
	state  model.TaskState
	who    string // login, "" for nobody
	mine   bool
	since  time.Time // zero where it is not known
}

// holdingOf is who has the task of a row. Since when is said by the reading of
// its case that is on the screen, nil if there is none.
func holdingOf(r row, c *workflow.CaseView) holding {
	h := holding{number: r.Number, state: r.State, who: r.Assignee, mine: r.Mine}
	if c != nil {
		h.since = takenAt(*c, r.Number)
	}
	return h
}

// takenAt is when a task was taken last, zero where the timeline does not say: it
// is changed later too, such as by picking a record.
func takenAt(c workflow.CaseView, n model.Number) time.Time {
	for _, e := range slices.Backward(c.Timeline) {
		if e.Kind == model.EntryEvent && e.Text == "took "+string(n) {
			return e.At
		}
	}
	return time.Time{}
}

// has says who has a task, which is called so, and since when where that is known.
func (t *Tab) has(ink theme.Ink, h holding, called string) widget.Line {
	words := " has " + called
	if !h.since.IsZero() {
		words += " since " + t.moment(h.since)
	}
	return widget.Line{show(ink, h.who), say(ink, words)}
}

// others says that a task is somebody else's, and what can be done about that: an
// admin may give it back to its group, anybody else asks or waits. Since when is
// left to the work area where that is open: there is not much room.
func (t *Tab) others(h holding, c *workflow.CaseView) tea.Cmd {
	if t.work != nil {
		h.since = time.Time{}
	}
	way := "; an admin can release it"
	if c != nil && c.Can(model.ActRelease) == nil {
		way = "; t releases it"
	}
	return notice.Say(tab.NoticeWarn, append(t.has(theme.Warn, h, "it"), say(theme.Warn, way)))
}

// claimed is what came of taking or releasing a task.
type claimed struct {
	number model.Number
	act    model.Action
	err    error
}

// take takes a task that nobody has, gives back one's own, and says who has any
// other. c is the reading of its case that is on the screen, nil if there is
// none: then the queue alone decides.
func (t *Tab) take(h holding, c *workflow.CaseView) tea.Cmd {
	can := func(act model.Action) error {
		if c == nil {
			return nil
		}
		return c.Can(act)
	}
	act := model.ActClaim
	switch {
	case t.busy[h.number] != "":
		return notice.Warn(string(h.number) + " is " + t.busy[h.number])
	case h.state.Closed():
		return notice.Warn(string(h.number) + " is " + h.state.Words() + ": there is nothing left to do")
	case h.mine:
		act = model.ActRelease
	case h.who != "" && c != nil && c.Can(model.ActRelease) == nil:
		t.askRelease(h)
		return nil
	case h.who != "":
		return t.others(h, c)
	}
	if err := can(act); err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	return t.claim(h.number, act)
}

// claim asks the queue to take or release a task.
func (t *Tab) claim(n model.Number, act model.Action) tea.Cmd {
	t.busy[n] = "being taken"
	do := t.svc.Claim
	if act == model.ActRelease {
		t.busy[n] = "being released"
		do = t.svc.Release
	}
	me := t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg { return claimed{n, act, do(ctx, me, n)} })
}

func (t *Tab) claimed(msg claimed) tea.Cmd {
	delete(t.busy, msg.number)
	if msg.err != nil {
		words := append(widget.Words(theme.Warn, string(msg.number)+": "), notice.Cause(msg.err)...)
		return tea.Batch(t.reload(), notice.Say(tab.NoticeWarn, words))
	}
	said := string(msg.number) + " is yours"
	if msg.act == model.ActRelease {
		said = string(msg.number) + " is given back to its group"
	}
	return tea.Batch(t.reload(), notice.Say(tab.NoticeOK, widget.Words(theme.OK, said)))
}

// The ids of the buttons.
const (
	buttonBack    = "back"
	buttonConfirm = "confirm"
)

// askRelease asks an admin whether somebody else's task goes back to its group.
func (t *Tab) askRelease(h holding) {
	t.stack.Push(widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, "Release "+string(h.number)),
		Evidence: widget.DetailContent{Lead: []widget.Line{
			append(t.has(theme.Text, h, "it"), say(theme.Text, ". Released, anybody of its group can take it; what was done so far stays.")),
		}},
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: "Release", Confirm: true}},
		Now:     t.env.Now,
		Done: func(id string) tea.Cmd {
			if id != buttonConfirm {
				return nil
			}
			return t.claim(h.number, model.ActRelease)
		},
	}))
}

// tell opens a dialog that only says something.
func (t *Tab) tell(title string, content widget.DetailContent, button string) {
	t.stack.Push(widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, title), Evidence: content,
		Buttons: []widget.Button{{ID: buttonBack, Label: button}}, Now: t.env.Now,
	}))
}
