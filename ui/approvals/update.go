package approvals

import (
	"countersign/model"
	"countersign/safetext"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Update implements tab.Tab.
func (t *Tab) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tab.Changed:
		return t.reload()
	case tab.Minute:
		t.list.Redraw()
		t.list.SetFooter(t.footer(t.list.Rows(), t.next != ""))
		if !t.pane.covered {
			t.pane.draw()
			t.aside.redraw()
		}
		return nil
	case rowsLoaded:
		return t.rowsLoaded(msg)
	case factsLoaded:
		cmd := t.pane.update(msg)
		if d := t.decision; d != nil && msg.err == nil && d.view.Target().UID == msg.uid {
			d.noteFacts(&msg.got)
		}
		return cmd
	case caseRested, caseLate, caseLoaded, factsRested:
		return t.pane.update(msg)
	case asideRested:
		if msg.gen == t.aside.gen {
			return t.aside.read(msg.of)
		}
		return nil
	case asideRead:
		t.aside.show(msg)
		return nil
	case rechecked:
		t.rechecked(msg)
		return nil
	case decided:
		return t.decided(msg)
	case explained:
		t.explain(msg)
		return nil
	case bulkRead:
		return t.bulkRead(msg)
	case bulkDecided:
		return t.bulkDecided(msg)
	case reviewsLoaded:
		return t.reviewsLoaded(msg)
	case talked:
		return t.talked(msg)
	case groupsFound:
		return t.groupsFound(msg)
	case tea.KeyPressMsg, tea.PasteMsg, tea.MouseMsg:
		return t.input(msg)
	}
	return tea.Batch(t.filter.Update(msg), t.stack.Update(msg))
}

// input is a key, a click or a paste: for the dialog on top, the filter that is
// being typed, or the screen.
func (t *Tab) input(msg tea.Msg) tea.Cmd {
	if !t.stack.Empty() {
		cmd := t.stack.Update(msg)
		if t.decision != nil {
			t.decision.redraw()
		}
		if b := t.bulk; b != nil && b.form != nil {
			b.words.Recheck(b.form)
		}
		if t.stack.Empty() {
			cmd = tea.Batch(cmd, t.pane.uncover(), t.follow(false))
		}
		return cmd
	}
	if t.filter.IsOpen() {
		cmd := t.filter.Update(msg)
		t.layOut()
		t.setEmpty()
		return cmd
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return t.press(msg)
	case tea.MouseMsg:
		return t.mouse(msg)
	}
	return nil
}

// ask opens a dialog. The evidence under it stays as it is until it is closed.
func (t *Tab) ask(d *widget.Dialog) {
	t.pane.cover()
	t.stack.Push(d)
}

func (t *Tab) press(msg tea.KeyPressMsg) tea.Cmd {
	k := t.keys
	here := t.current() != ""
	if cmd, done := t.pressSecurity(msg); done {
		return cmd
	}
	switch {
	case key.Matches(msg, k.Refresh):
		return tea.Batch(t.load(""), t.pane.refresh())
	case here && key.Matches(msg, k.Approve):
		return t.decide(model.Approve)
	case here && key.Matches(msg, k.Deny):
		return t.decide(model.Deny)
	case here && key.Matches(msg, k.Comment):
		return t.openTalk(model.ActComment)
	case here && key.Matches(msg, k.Ask):
		return t.openTalk(model.ActAsk)
	case here && key.Matches(msg, k.Reassign):
		return t.openTalk(model.ActReassign)
	case here && key.Matches(msg, k.Review):
		return t.openTalk(model.ActReview)
	case here && key.Matches(msg, k.Emergency):
		return t.openEmergency()
	case here && key.Matches(msg, k.Copy):
		return t.copy()
	case here && key.Matches(msg, k.Log):
		return t.toLog()
	case here && key.Matches(msg, k.Raw):
		return t.toggleRaw()
	}
	if t.page {
		if key.Matches(msg, k.Back) {
			t.closePage()
			return t.follow(false)
		}
		return t.pane.scroll(msg)
	}
	switch {
	case here && key.Matches(msg, k.Open):
		return t.openPage()
	case here && t.split.Both && key.Matches(msg, k.Focus, k.FocusBack):
		t.inDetail = !t.inDetail
		t.layOut()
		return nil
	case t.inDetail && key.Matches(msg, k.Back):
		t.inDetail = false
		t.layOut()
		return nil
	case t.inDetail:
		return t.pane.scroll(msg)
	}
	return t.pressList(msg)
}

func (t *Tab) pressList(msg tea.KeyPressMsg) tea.Cmd {
	k := t.keys
	switch {
	case key.Matches(msg, k.Filter):
		t.filter.Open()
		t.layOut()
		return nil
	case key.Matches(msg, k.Sort):
		if len(t.views[t.view].sorts) < 2 {
			return notice.Warn("this list has one order only: " + t.sort[t.view])
		}
		t.nextSort()
		return t.restart()
	case !t.marks() && key.Matches(msg, k.Mark, k.MarkAll):
		return notice.Warn("these are decided: there is nothing to mark them for")
	case key.Matches(msg, k.Unmark):
		if len(t.list.Marked()) > 0 {
			t.list.ClearMarks()
			return nil
		}
		return t.filter.Set("")
	case t.split.Both && key.Matches(msg, k.DetailDown):
		t.pane.scrollBy(1)
		return nil
	case t.split.Both && key.Matches(msg, k.DetailUp):
		t.pane.scrollBy(-1)
		return nil
	}
	cmd := t.list.Update(msg)
	return tea.Batch(cmd, t.follow(false))
}

// mouse hands clicks and the wheel to the part they are over.
func (t *Tab) mouse(msg tea.MouseMsg) tea.Cmd {
	if t.page {
		return t.pane.scroll(msg)
	}
	if inner, ok := t.split.List.Mouse(msg); ok {
		if t.inDetail {
			t.inDetail = false
			t.layOut()
		}
		cmd := t.list.Update(inner)
		return tea.Batch(cmd, t.follow(false))
	}
	if inner, ok := t.split.Detail.Mouse(msg); ok && t.split.Both {
		return t.pane.scroll(inner)
	}
	return nil
}

// nextSort goes round the orders that the view offers.
func (t *Tab) nextSort() {
	sorts := t.views[t.view].sorts
	for i, s := range sorts {
		if s == t.sort[t.view] {
			t.sort[t.view] = sorts[(i+1)%len(sorts)]
			return
		}
	}
}

// openPage gives the detail the whole body.
func (t *Tab) openPage() tea.Cmd {
	t.page, t.inDetail, t.pinned = true, false, t.current()
	t.layOut()
	return t.follow(true)
}

// toggleRaw changes between the evidence and its texts as they are stored; a
// narrow screen opens the page first.
func (t *Tab) toggleRaw() tea.Cmd {
	t.pane.setRaw(!t.pane.rawOn)
	if t.pane.rawOn && !t.split.Both && !t.page {
		return t.openPage()
	}
	return nil
}

// copy takes the UID of what is asked for, or the number where there is none.
func (t *Tab) copy() tea.Cmd {
	n := t.current()
	uid := model.UID("")
	if c, ok := t.pane.shownFor(n); ok {
		uid = c.Target().UID
	} else if r, ok := t.list.Selected(); ok && r.Number == n {
		uid = r.Target.UID
	}
	return notice.Copy(uid, n)
}

// toLog shows the log lines of the request.
func (t *Tab) toLog() tea.Cmd {
	c, _ := t.pane.shownFor(t.current())
	return notice.ToLog(c.Request.Correlation)
}

// visible is foreign text of one line.
func visible(s string) safetext.Visible { return safetext.Line(s) }
