package approvals

import (
	"context"
	"fmt"
	"slices"
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

// alone is what a decision asks for beside the rest where one person takes it alone,
// in an emergency: what that is, and a phrase that is typed.
type alone struct {
	reason *widget.Area
	phrase *typed
	number model.Number
}

// typed is a field that takes keys alone: what is to be typed on purpose cannot be
// pasted (DESIGN 6).
type typed struct {
	*widget.Input
	pasted bool
}

// Update implements widget.Field.
func (f *typed) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg.(type) {
	case tea.PasteMsg:
		f.pasted = true
		return nil, true
	case tea.KeyPressMsg:
		f.pasted = false
	}
	return f.Input.Update(msg)
}

// Notice implements widget.Field.
func (f *typed) Notice() string {
	if f.pasted {
		return "this is typed, not pasted"
	}
	return f.Input.Notice()
}

func newAlone(look *theme.Theme, n model.Number) *alone {
	return &alone{number: n, reason: widget.NewArea(look, widget.AreaOptions{Height: 2, Limit: workflow.MaxComment}),
		phrase: &typed{Input: widget.NewInput(look, widget.InputOptions{})}}
}

// items are the fields of the dialog.
func (a *alone) items() []widget.FormItem {
	return []widget.FormItem{
		{Label: "Reason", Field: a.reason, Check: a.noReason},
		{Label: "Phrase", Field: a.phrase, Hint: widget.Hint("type: " + model.EmergencyPhrase(a.number)), Check: a.otherPhrase},
	}
}

func (a *alone) noReason() string {
	if strings.TrimSpace(a.reason.Value()) == "" {
		return "say what the emergency is"
	}
	return widget.TooLong(a.reason.Value(), workflow.MaxComment)
}

func (a *alone) otherPhrase() string {
	if want := model.EmergencyPhrase(a.number); a.phrase.Value() != want {
		return "type: " + want
	}
	return ""
}

// recheck takes back what the form says against a field once it will do.
func (a *alone) recheck(f *widget.Form) {
	if a.noReason() == "" {
		f.SetError(a.reason, "")
	}
	if a.otherPhrase() == "" {
		f.SetError(a.phrase, "")
	}
}

// consequences say what happens beside the approval itself.
func (d *decision) consequences() []widget.Line {
	groups := d.view.Request.Policy.Decides()
	if ap, ok := d.view.OpenApproval(); ok {
		groups = append([]model.GroupName{ap.Group}, groups...)
	}
	var names []string
	for _, g := range groups {
		if !slices.Contains(names, string(g)) {
			names = append(names, string(g))
		}
	}
	return []widget.Line{
		widget.Words(theme.WarnStrong, "You approve it alone, whatever it still waits for."),
		{widget.Say(theme.Warn, "Everybody in "), widget.Show(theme.Warn, visible(strings.Join(names, ", "))),
			widget.Say(theme.Warn, " is told at once, and somebody else has to review it.")},
	}
}

// openEmergency begins an approval in an emergency of the request under the cursor.
// It is read to its end before, like any other.
func (t *Tab) openEmergency() tea.Cmd {
	n := t.current()
	c, ok := t.pane.shownFor(n)
	switch {
	case !ok:
		return notice.Warn("the evidence is not on the screen yet")
	case t.busy[n]:
		return notice.Warn("your decision on " + string(n) + " is being kept")
	}
	if err := c.Can(model.ActEmergency); err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	if !t.page && !t.split.Both {
		return tea.Batch(t.openPage(), notice.Warn("read it first, then ! again"))
	}
	if unread := t.pane.unread(); unread > 0 {
		return t.readOn(unread)
	}
	t.openDecision(c, model.Approve, newAlone(t.env.Theme, n))
	return nil
}

// readOn says that the evidence has to be read first.
func (t *Tab) readOn(unread int) tea.Cmd {
	how := "J reads on"
	if t.page || t.inDetail {
		how = "pgdn reads on"
	}
	return notice.Warn(fmt.Sprintf("↓ %s first: %s", more(unread), how))
}

// act is what a decision does.
func (d *decision) act() model.Action {
	switch {
	case d.alone != nil:
		return model.ActEmergency
	case d.verdict == model.Deny:
		return model.ActDeny
	}
	return model.ActApprove
}

// draft is what is written so far.
func (d *decision) draft() decide.Draft {
	if d.alone != nil {
		return decide.Draft{Text: d.alone.reason.Value()}
	}
	return d.words.Draft()
}

// approveAlone gives the one vote that decides in an emergency.
func (t *Tab) approveAlone(d *decision, vote workflow.Decision) tea.Cmd {
	t.busy[vote.Number] = true
	e := workflow.Emergency{Decision: vote, Phrase: d.alone.phrase.Value(), Reason: strings.TrimSpace(d.alone.reason.Value())}
	me, before, of := t.env.Me.ID, d.view, d.draftOf()
	return t.env.Do(func(ctx context.Context) tea.Msg {
		result, err := t.svc.ApproveInEmergency(ctx, me, e)
		return decided{vote, before, result, err, of}
	})
}
