package epm

import (
	"countersign/model"
	"countersign/safetext"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Update implements tab.Tab.
func (t *Tab) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tab.Changed:
		return tea.Batch(t.reload(), t.keepTelling())
	case tab.Minute:
		t.pane().list.Redraw()
		t.reader.tick()
		t.checkTime()
		return t.keepTelling()
	case loaded:
		return t.apply(msg)
	case readRested, readLate, readDone:
		return t.reader.update(msg)
	case opened:
		return t.opened(msg)
	case rechecked:
		t.rechecked(msg)
		return nil
	case voted:
		return t.voted(msg)
	case bulkRead:
		t.bulkRead(msg)
		return nil
	case bulkVoted:
		return t.bulkVoted(msg)
	case worked:
		return t.worked(msg)
	case tea.KeyPressMsg, tea.PasteMsg, tea.MouseMsg:
		return t.input(msg)
	}
	cmds := []tea.Cmd{t.stack.Update(msg)}
	for _, p := range t.panes {
		cmds = append(cmds, p.filter.Update(msg))
	}
	return tea.Batch(cmds...)
}

func (t *Tab) opened(msg opened) tea.Cmd {
	switch {
	case msg.gen != t.opening || !t.stack.Empty():
		return nil
	case msg.err != nil:
		said := widget.Line{widget.Show(theme.Warn, safetext.Line(string(msg.of))), widget.Say(theme.Warn, " cannot be shown: ")}
		return notice.Say(tab.NoticeWarn, append(said, notice.Cause(msg.err)...))
	}
	return t.pin(msg.what)
}

// input is a key, a click or a paste: for the dialog on top, the filter that is
// being typed, or the screen.
func (t *Tab) input(msg tea.Msg) tea.Cmd {
	if !t.stack.Empty() {
		cmd := t.stack.Update(msg)
		switch {
		case t.decision != nil:
			t.decision.words.Recheck(t.decision.form)
		case t.bulk != nil && t.bulk.form != nil:
			t.bulk.words.Recheck(t.bulk.form)
		}
		if t.stack.Empty() {
			cmd = tea.Batch(cmd, t.reader.uncover(), t.follow(false))
		}
		return cmd
	}
	if p := t.pane(); p.filter.IsOpen() {
		cmd := p.filter.Update(msg)
		p.setEmpty()
		t.layOut()
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

func (t *Tab) press(msg tea.KeyPressMsg) tea.Cmd {
	k := t.keys
	here := t.current().kind != nothing
	switch {
	case key.Matches(msg, k.Refresh):
		return tea.Batch(t.reload(), t.tellWorker())
	case here && key.Matches(msg, k.Approve):
		return t.decide(model.Approve)
	case here && key.Matches(msg, k.Deny):
		return t.decide(model.Deny)
	case here && key.Matches(msg, k.Take):
		return t.workOn(model.ActAssign)
	case here && key.Matches(msg, k.Note):
		return t.workOn(model.ActNote)
	case here && key.Matches(msg, k.Close):
		return t.workOn(model.ActClose)
	case here && key.Matches(msg, k.Other):
		return t.toOther()
	case here && key.Matches(msg, k.Copy):
		return t.copy()
	case here && key.Matches(msg, k.Log):
		s, _ := t.reader.reading(t.current())
		return notice.ToLog(s.correlation())
	case here && key.Matches(msg, k.Raw):
		return t.toggleRaw()
	}
	if t.page {
		return t.pressPage(msg)
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
		t.reader.setRaw(false)
		t.layOut()
		return nil
	case t.inDetail:
		return t.reader.scroll(msg)
	}
	return t.pressList(msg)
}

func (t *Tab) pressPage(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case !key.Matches(msg, t.keys.Back):
		return t.reader.scroll(msg)
	case t.reader.rawOn:
		t.reader.setRaw(false)
		return nil
	}
	t.closePage()
	return t.follow(false)
}

func (t *Tab) pressList(msg tea.KeyPressMsg) tea.Cmd {
	k, p := t.keys, t.pane()
	switch {
	case key.Matches(msg, k.Filter):
		p.filter.Open()
		t.layOut()
		return nil
	case key.Matches(msg, k.Sort) && len(p.sorts) < 2:
		return notice.Warn("this list has one order only")
	case key.Matches(msg, k.Sort):
		p.sort = (p.sort + 1) % len(p.sorts)
		return t.restart(p)
	case key.Matches(msg, k.Which) && len(p.lists) > 1:
		p.which = (p.which + 1) % len(p.lists)
		return t.restart(p)
	case !t.marks() && key.Matches(msg, k.Mark, k.MarkAll):
		return notice.Warn("there is nothing to mark these for")
	case key.Matches(msg, k.Unmark) && t.reader.rawOn:
		t.reader.setRaw(false)
		return nil
	case key.Matches(msg, k.Unmark) && len(p.list.Marked()) > 0:
		p.list.ClearMarks()
		return nil
	case key.Matches(msg, k.Unmark):
		return p.filter.Set("")
	case t.split.Both && key.Matches(msg, k.DetailDown):
		t.reader.scrollBy(1)
		return nil
	case t.split.Both && key.Matches(msg, k.DetailUp):
		t.reader.scrollBy(-1)
		return nil
	}
	cmd := p.list.Update(msg)
	return tea.Batch(cmd, t.follow(false))
}

// mouse hands clicks and the wheel to the part they are over.
func (t *Tab) mouse(msg tea.MouseMsg) tea.Cmd {
	if t.page {
		return t.reader.scroll(msg)
	}
	if inner, ok := t.split.List.Mouse(msg); ok {
		if t.inDetail {
			t.inDetail = false
			t.layOut()
		}
		cmd := t.pane().list.Update(inner)
		return tea.Batch(cmd, t.follow(false))
	}
	if inner, ok := t.split.Detail.Mouse(msg); ok && t.split.Both {
		return t.reader.scroll(inner)
	}
	return nil
}

// toggleRaw changes between the evidence and its texts as they are stored; a
// narrow screen opens the page first.
func (t *Tab) toggleRaw() tea.Cmd {
	t.reader.setRaw(!t.reader.rawOn)
	if t.reader.rawOn && !t.split.Both && !t.page {
		return t.openPage()
	}
	return nil
}

// toOther goes from a request to its incident and back.
func (t *Tab) toOther() tea.Cmd {
	s, ok := t.reader.reading(t.current())
	switch {
	case !ok:
		return notice.Warn("it is not on the screen yet")
	case s.incident != nil:
		return t.pin(ref{kind: endpoint, id: s.incident.Request.ID})
	case s.endpoint != nil && s.number() != "":
		return t.pin(ref{kind: incident, number: s.number()})
	}
	return notice.Warn("it has no incident")
}

// copy takes the UID of the request, or the number where there is none.
func (t *Tab) copy() tea.Cmd {
	of := t.current()
	s, _ := t.reader.reading(of)
	uid, n := s.uid(), s.number()
	if r, ok := t.pane().list.Selected(); ok && r.ref() == of && r.endpoint != nil {
		uid, n = r.endpoint.UID, r.endpoint.Incident
	}
	return notice.Copy(uid, n)
}
