package tasks

import (
	"countersign/model"
	"countersign/ui/answer"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Update implements tab.Tab.
func (t *Tab) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tab.Changed:
		return t.reload()
	case tab.Minute:
		t.redraw()
		return nil
	case rowsLoaded:
		return t.rowsLoaded(msg)
	case opsLoaded:
		return t.opsLoaded(msg)
	case counted:
		t.counted(msg)
		return nil
	case claimed:
		return t.claimed(msg)
	case ran:
		return t.ran(msg)
	case noted:
		return t.noted(msg)
	case lookedAgain:
		return t.lookedAgain(msg)
	case grantsLoaded:
		return t.ledger.loaded(msg)
	case revoked:
		return t.ledger.revoked(msg)
	case finderFound:
		cmd := msg.show()
		t.fitDialog()
		return cmd
	case finderLooked:
		msg.show()
		t.fitDialog()
		return nil
	case recordPlanned:
		return msg.writing.planned(msg)
	case changeRead:
		return t.changeRead(msg)
	case answer.FileRead:
		msg.Keep()
		return nil
	case whoHas:
		return msg.taking.whoHas(msg)
	case taken:
		return msg.taking.taken(msg)
	case answerSent:
		return t.answerSent(msg)
	case workRead, planRead, factsRead, found, looked, picked:
		if t.work != nil {
			return t.work.answered(msg)
		}
		return nil
	case tea.KeyPressMsg, tea.PasteMsg, tea.MouseMsg:
		cmd := t.input(msg)
		t.fitDialog()
		return cmd
	}
	cmds := []tea.Cmd{t.preview.Update(msg), t.filter.Update(msg), t.stack.Update(msg)}
	if t.work != nil {
		cmds = append(cmds, t.work.tick(msg))
	}
	return tea.Batch(cmds...)
}

// fitDialog gives a dialog whose form has grown or shrunk the lines that it takes
// now: results come and go in it.
func (t *Tab) fitDialog() {
	if (t.taking != nil || t.writing != nil) && !t.stack.Empty() {
		t.stack.SetSize(t.width, t.height)
	}
}

// input is a key, a click or a paste: for the dialog on top, the filter or the
// search that is being typed, or the screen.
func (t *Tab) input(msg tea.Msg) tea.Cmd {
	switch {
	case !t.stack.Empty():
		if t.closing != nil {
			t.closing.toWords(msg)
		}
		cmd := t.stack.Update(msg)
		if t.closing != nil {
			t.closing.redraw()
		}
		if t.writing != nil {
			cmd = tea.Batch(cmd, t.writing.settle())
		}
		return cmd
	case t.work != nil && t.work.search != nil:
		return t.work.search.input(msg)
	case t.filter.IsOpen():
		cmd := t.filter.Update(msg)
		t.layOut()
		t.setEmpty()
		return cmd
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		switch {
		case t.work != nil:
			return t.work.press(msg)
		case t.inUnknown():
			return t.pressUnknown(msg)
		case t.inGrants():
			return t.ledger.press(msg)
		}
		return t.pressTasks(msg)
	case tea.MouseMsg:
		return t.mouse(msg)
	}
	return nil
}

// pressTasks handles a key of a list of tasks.
func (t *Tab) pressTasks(msg tea.KeyPressMsg) tea.Cmd {
	k := t.keys
	r, here := t.list.Selected()
	switch {
	case key.Matches(msg, k.Refresh):
		return tea.Batch(t.load(""), t.count(), t.preview.Reload())
	case !here:
	case key.Matches(msg, k.Open):
		return t.openWork(r.Number, t.views[t.view].done)
	case t.views[t.view].done && key.Matches(msg, k.Take, k.Fulfil, k.Note, k.Search):
		return notice.Warn(string(r.Number) + " is " + r.State.Words() + ": there is nothing left to do")
	case key.Matches(msg, k.Fulfil):
		c := t.shown(r.Number)
		cmd := t.openWork(r.Number, false)
		if r.Assignee != "" && !r.Mine {
			cmd = tea.Batch(cmd, t.others(holdingOf(r, c), c))
		}
		return cmd
	case key.Matches(msg, k.Take):
		c := t.shown(r.Number)
		return t.take(holdingOf(r, c), c)
	case key.Matches(msg, k.Note):
		c := t.shown(r.Number)
		if c == nil {
			return notice.Warn(string(r.Number) + " has not been read yet")
		}
		return t.write(*c, taskOf(*c, r.Number))
	case key.Matches(msg, k.Search):
		return notice.Warn("open the task first: enter")
	case key.Matches(msg, k.Copy):
		return notice.Copy(r.Request.Target.UID, r.Number)
	case key.Matches(msg, k.Log):
		c := t.shown(r.Number)
		if c == nil {
			return notice.ToLog("")
		}
		return notice.ToLog(c.Request.Correlation)
	case key.Matches(msg, k.Raw):
		if !t.split.Both {
			cmd := t.openWork(r.Number, t.views[t.view].done)
			t.work.setRaw(true)
			return cmd
		}
		t.preview.SetRaw(!t.preview.Raw())
		return nil
	}
	return t.pressList(msg, t.preview.Detail(), func() tea.Cmd {
		cmd := t.list.Update(msg)
		return tea.Batch(cmd, t.follow())
	})
}

// pressList handles the keys that all lists with a detail beside them share;
// toList gives the list the others.
func (t *Tab) pressList(msg tea.KeyPressMsg, detail *widget.Detail, toList func() tea.Cmd) tea.Cmd {
	k := t.keys
	switch {
	case t.split.Both && key.Matches(msg, k.Focus, k.FocusBack):
		t.inDetail = !t.inDetail
		t.layOut()
		return nil
	case t.inDetail && key.Matches(msg, k.Back):
		t.inDetail = false
		t.layOut()
		return nil
	case t.inDetail:
		return detail.Update(msg)
	case key.Matches(msg, k.Filter):
		t.filter.Open()
		t.layOut()
		return nil
	case key.Matches(msg, k.Sort):
		return t.nextSort()
	case key.Matches(msg, k.Drop):
		return t.filter.Set("")
	case t.split.Both && key.Matches(msg, k.DetailDown):
		detail.Scroll(1)
		return nil
	case t.split.Both && key.Matches(msg, k.DetailUp):
		detail.Scroll(-1)
		return nil
	}
	return toList()
}

// mouse hands clicks and the wheel to the part they are over.
func (t *Tab) mouse(msg tea.MouseMsg) tea.Cmd {
	detail := t.preview.Detail()
	switch {
	case t.inUnknown():
		detail = t.opDetail
	case t.inGrants():
		detail = t.ledger.detail
	}
	switch {
	case t.work != nil:
		return t.work.mouse(msg)
	case t.opPage, t.ledger.page:
		return detail.Update(msg)
	}
	if inner, ok := t.split.List.Mouse(msg); ok {
		t.inDetail = false
		t.layOut()
		switch {
		case t.inUnknown():
			cmd := t.unknown.Update(inner)
			t.showOperation()
			return cmd
		case t.inGrants():
			cmd := t.ledger.list.Update(inner)
			t.ledger.draw()
			return cmd
		}
		cmd := t.list.Update(inner)
		return tea.Batch(cmd, t.follow())
	}
	if inner, ok := t.split.Detail.Mouse(msg); ok && t.split.Both {
		return detail.Update(inner)
	}
	return nil
}

// shown is the reading of a task's case that is on the screen, nil if there is
// none.
func (t *Tab) shown(n model.Number) *workflow.CaseView {
	if c, ok := t.preview.Shown(n); ok {
		return &c
	}
	return nil
}
