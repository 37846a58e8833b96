package tasks

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// lookedAgain is what came of asking the worker to look again.
type lookedAgain struct {
	number model.Number
	err    error
}

func opID(r workflow.OperationRow) string { return strconv.FormatInt(r.Op.ID, 10) }

func (t *Tab) unknownColumns() []widget.Column[workflow.OperationRow] {
	return []widget.Column[workflow.OperationRow]{
		{Title: "SINCE", Width: 5, Cell: func(r workflow.OperationRow) widget.Line {
			return widget.Words(theme.WarnStrong, widget.Age(t.env.Now().Sub(since(r.Op))))
		}},
		{Title: "REQUEST", Width: 10, Key: true, Cell: func(r workflow.OperationRow) widget.Line {
			return widget.Foreign(theme.Text, safetext.Line(string(r.Number)))
		}},
		{Title: "WHAT", Width: 6, Spills: true, Cell: opWord},
		{Width: 14, Flex: 3, Cell: func(r workflow.OperationRow) widget.Line { return widget.Line{show(theme.Text, r.Title)} }},
		{Title: "FOR", Width: 6, Flex: 1, Max: 14, Drop: 1, Cell: func(r workflow.OperationRow) widget.Line {
			if r.Op.Intent.Team != "" {
				return widget.Foreign(theme.Text, safetext.Line(r.Op.Intent.Who()))
			}
			return widget.Foreign(theme.Text, safetext.Line(t.short(r.Op.Intent.Email, "")))
		}},
		{Title: "SO FAR", Width: 16, Flex: 3, Drop: 2, Cell: func(r workflow.OperationRow) widget.Line {
			return widget.Foreign(theme.Text, safetext.Line(r.Op.LookingFor))
		}},
		{Title: "NEXT", Width: 7, Right: true, Cell: func(r workflow.OperationRow) widget.Line {
			return widget.Words(theme.Text, t.until(r.Op.NextLook))
		}},
	}
}

// since is when an outcome could have been known first.
func since(op model.Operation) time.Time {
	if op.Sent.IsZero() {
		return op.Created
	}
	return op.Sent
}

// opWord is what an order does, in one word.
func opWord(r workflow.OperationRow) widget.Line {
	switch r.Op.Kind {
	case model.OpLower:
		return widget.Words(theme.Accent, "lower")
	case model.OpRemove, model.OpLeave, model.OpUnlink:
		return widget.Words(theme.Accent, "remove")
	case model.OpLink:
		return widget.Words(theme.Accent, "link")
	case model.OpCreate:
		return widget.Words(theme.Accent, "create")
	case model.OpUpdate, model.OpDefaults:
		return widget.Words(theme.Accent, "change")
	case model.OpEndpointApprove, model.OpDeviceApprove:
		return widget.Words(theme.Accent, "approve")
	case model.OpEndpointDeny, model.OpDeviceDeny:
		return widget.Words(theme.Accent, "deny")
	}
	return casepane.Wants(model.ItemRecordAccess, r.Op.Intent.Right)
}

func (t *Tab) opsLoaded(msg opsLoaded) tea.Cmd {
	if msg.gen != t.loads || !t.inUnknown() {
		return nil
	}
	if msg.err != nil {
		return notice.Unread(t.unknown, msg.err, t.env.Me)
	}
	t.ops, t.moreOps = msg.page.Rows, msg.page.Next != ""
	t.showOperations()
	return nil
}

// showOperations lists those that fit the filter, in the order that is chosen.
func (t *Tab) showOperations() {
	words := t.filter.Filter().Words
	var rows []workflow.OperationRow
	for _, r := range t.ops {
		if fits(r, words) {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b workflow.OperationRow) int {
		if t.sort[unknownView] == sortLook {
			return a.Op.NextLook.Compare(b.Op.NextLook)
		}
		return since(a.Op).Compare(since(b.Op))
	})
	t.unknown.SetRows(rows, false)
	t.footOperations()
	t.showOperation()
}

func (t *Tab) footOperations() {
	rows := t.unknown.Rows()
	if len(rows) == 0 {
		t.unknown.SetFooter(nil)
		return
	}
	oldest := since(rows[0].Op)
	for _, r := range rows {
		if at := since(r.Op); at.Before(oldest) {
			oldest = at
		}
	}
	t.unknown.SetFooter(t.footer(len(rows), t.moreOps, oldest))
}

// fits reports whether every word is found in what the row is about.
func fits(r workflow.OperationRow, words []string) bool {
	text := strings.ToLower(strings.Join([]string{string(r.Number), string(r.Task), r.Title, r.Op.Intent.Email,
		r.Op.Intent.Words(r.Op.Kind), r.Op.LookingFor, r.Op.Reason}, "\n"))
	for _, w := range words {
		if !strings.Contains(text, strings.ToLower(w)) {
			return false
		}
	}
	return true
}

// showOperation draws the detail of the operation under the cursor.
func (t *Tab) showOperation() {
	r, ok := t.unknown.Selected()
	if !ok {
		t.opPage = false
		t.opDetail.SetEmpty("")
		return
	}
	t.opDetail.SetContent(opID(r), t.operationContent(r))
}

// operationContent says all that is known of an order whose outcome is not.
func (t *Tab) operationContent(r workflow.OperationRow) widget.DetailContent {
	op := r.Op
	line := func(ink theme.Ink, text string) []widget.Line { return []widget.Line{{show(ink, text)}} }
	about := []widget.Fact{
		{Label: "What", Value: line(theme.Strong, op.Intent.Words(op.Kind))},
		{Label: "On", Value: append(line(theme.Text, r.Title), widget.Line{show(theme.Faint, string(op.Intent.Object()))})},
	}
	if op.Intent.Email != "" {
		about = append(about, widget.Fact{Label: "For", Value: line(theme.Text, op.Intent.Who())})
	}
	switch op.Kind {
	case model.OpCreate, model.OpUpdate, model.OpLink, model.OpUnlink, model.OpDefaults,
		model.OpEndpointApprove, model.OpEndpointDeny, model.OpDeviceApprove, model.OpDeviceDeny:
	default:
		about = append(about, widget.Fact{Label: "Had", Value: []widget.Line{t.share(theme.Text, op.Intent.Before)}})
	}
	if r.Task != "" {
		about = append(about, widget.Fact{Label: "Task", Value: line(theme.Text, string(r.Task))})
	}
	sent := widget.Words(theme.Heading, "it is not known whether it was sent")
	if !op.Sent.IsZero() {
		sent = widget.Words(theme.Text, t.moment(op.Sent)+", "+t.ago(op.Sent))
	}
	tried := []widget.Fact{
		{Label: "Sent", Value: []widget.Line{sent}},
		{Label: "Attempts", Value: line(theme.Text, strconv.Itoa(op.Attempts))},
	}
	if op.ServiceID != "" {
		tried = append(tried, widget.Fact{Label: "Service id", Value: line(theme.Heading, op.ServiceID)})
	}
	if op.Reason != "" {
		tried = append(tried, widget.Fact{Label: "Because", Value: block(theme.Text, op.Reason)})
	}
	if op.Evidence != "" {
		tried = append(tried, widget.Fact{Label: "It said", Value: block(theme.Quote, op.Evidence)})
	}
	if op.LookingFor != "" {
		tried = append(tried, widget.Fact{Label: "So far", Value: block(theme.Text, op.LookingFor)})
	}
	next := widget.Words(theme.AccentStrong, t.until(op.NextLook))
	if op.NextLook.After(t.env.Now()) {
		next = append(next, say(theme.Faint, ", at "+op.NextLook.In(t.env.Zone).Format("15:04:05")))
	}
	return widget.DetailContent{
		Title: widget.Line{show(theme.Strong, string(r.Number)), say(theme.Heading, "  outcome unknown")},
		Right: widget.Words(theme.WarnStrong, "since "+t.moment(since(op))),
		Lead: []widget.Line{widget.Words(theme.Heading,
			"The order may have been carried out or not. Nothing is sent again before that is known.")},
		Sections: []widget.Section{{Facts: about}, {Facts: tried}, {Facts: []widget.Fact{
			{Label: "Looking at", Value: []widget.Line{lookedAt(op)}},
			{Label: "Next look", Value: []widget.Line{next}},
		}}},
	}
}

// toDecision goes to where the endpoint request or the device of an order is seen: a
// device has no number to open.
func toDecision(r workflow.OperationRow) tea.Cmd {
	to := tab.Goto{Tab: tab.EPM}
	if r.Op.Kind.OnEndpoint() {
		to.Number = r.Number
	}
	return tab.Send(to)
}

// lookAgain makes the worker look at an operation at once.
func (t *Tab) lookAgain(op int64, n model.Number) tea.Cmd {
	me := t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		return lookedAgain{n, t.svc.LookAgain(ctx, me, op)}
	})
}

func (t *Tab) lookedAgain(msg lookedAgain) tea.Cmd {
	if msg.err != nil {
		return tea.Batch(t.reload(), notice.Say(tab.NoticeWarn, append(widget.Words(theme.Warn, string(msg.number)+": "), notice.Cause(msg.err)...)))
	}
	return tea.Batch(t.reload(), notice.Say(tab.NoticeOK, widget.Words(theme.OK, string(msg.number)+" is looked at again")))
}

// pressUnknown handles a key of the Unknown view.
func (t *Tab) pressUnknown(msg tea.KeyPressMsg) tea.Cmd {
	k := t.keys
	r, here := t.unknown.Selected()
	switch {
	case here && !t.opPage && key.Matches(msg, k.Open):
		t.opPage, t.inDetail = !t.split.Both, t.split.Both
		t.layOut()
		return nil
	case here && key.Matches(msg, k.Look):
		return t.lookAgain(r.Op.ID, r.Number)
	case key.Matches(msg, k.Refresh):
		return t.load("")
	case here && key.Matches(msg, k.Fulfil) && r.Op.Kind.Decides():
		return toDecision(r)
	case here && key.Matches(msg, k.Fulfil):
		n := r.Task
		if n == "" {
			n = r.Number
		}
		return t.openWork(n, false)
	case here && key.Matches(msg, k.Copy):
		return notice.Copy(r.Op.Intent.Object(), r.Number)
	case here && key.Matches(msg, k.Log):
		return notice.ToLog(r.Op.Correlation)
	case t.opPage && key.Matches(msg, k.Back):
		t.opPage = false
		t.layOut()
		return nil
	case t.opPage:
		return t.opDetail.Update(msg)
	}
	return t.pressList(msg, t.opDetail, func() tea.Cmd {
		cmd := t.unknown.Update(msg)
		t.showOperation()
		return cmd
	})
}
