package portal

import (
	"countersign/model"
	"countersign/ui/notice"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

func (r *requests) press(msg tea.KeyPressMsg) tea.Cmd {
	k, here := r.core.keys, r.current() != ""
	switch {
	case key.Matches(msg, k.Refresh):
		return r.reload()
	case here && key.Matches(msg, k.Withdraw):
		return r.withdraw()
	case here && key.Matches(msg, k.Comment):
		return r.comment()
	case here && key.Matches(msg, k.Reply):
		return r.answer()
	case here && key.Matches(msg, k.Again):
		return r.again()
	case here && key.Matches(msg, k.Reveal):
		return r.reveal()
	case here && key.Matches(msg, k.Copy):
		return r.copy()
	case here && notice.ReadsLogs(r.core.env.Me) && key.Matches(msg, k.Log):
		return r.toLog()
	case here && key.Matches(msg, k.Raw):
		return r.toggleRaw()
	}
	if r.page {
		if key.Matches(msg, k.Back) {
			r.closePage()
			return r.follow(false)
		}
		return r.pane.Detail().Update(msg)
	}
	switch {
	case here && key.Matches(msg, k.Open):
		return r.show(r.current())
	case here && r.parts.Both && key.Matches(msg, k.Focus, k.FocusBack):
		r.inPane = !r.inPane
		r.layOut()
		return nil
	case r.inPane && key.Matches(msg, k.Back):
		r.inPane = false
		r.layOut()
		return nil
	case r.inPane:
		return r.pane.Detail().Update(msg)
	}
	return r.pressList(msg)
}

func (r *requests) pressList(msg tea.KeyPressMsg) tea.Cmd {
	k := r.core.keys
	switch {
	case key.Matches(msg, k.Filter):
		r.bar.Open()
		r.layOut()
		return nil
	case key.Matches(msg, k.Drop):
		return r.bar.Set("")
	case key.Matches(msg, k.Sort):
		if r.sort == workflow.SortNewest {
			r.sort = workflow.SortOldest
		} else {
			r.sort = workflow.SortNewest
		}
		return r.restart()
	case r.parts.Both && key.Matches(msg, k.DetailDown):
		r.pane.Detail().Scroll(1)
		return nil
	case r.parts.Both && key.Matches(msg, k.DetailUp):
		r.pane.Detail().Scroll(-1)
		return nil
	}
	cmd := r.list.Update(msg)
	return tea.Batch(cmd, r.follow(false))
}

// mouse hands clicks and the wheel to the part they are over.
func (r *requests) mouse(msg tea.MouseMsg) tea.Cmd {
	if r.page {
		return r.pane.Detail().Update(msg)
	}
	if inner, ok := r.parts.List.Mouse(msg); ok {
		if r.inPane {
			r.inPane = false
			r.layOut()
		}
		cmd := r.list.Update(inner)
		return tea.Batch(cmd, r.follow(false))
	}
	if inner, ok := r.parts.Detail.Mouse(msg); ok && r.parts.Both {
		return r.pane.Detail().Update(inner)
	}
	return nil
}

// toggleRaw changes between the request and its texts as they are stored; a
// narrow screen opens the page first.
func (r *requests) toggleRaw() tea.Cmd {
	r.pane.SetRaw(!r.pane.Raw())
	if r.pane.Raw() && !r.parts.Both && !r.page {
		return r.show(r.current())
	}
	return nil
}

// copy takes the UID of what was asked for, or the number where there is none.
func (r *requests) copy() tea.Cmd {
	n := r.current()
	uid := model.UID("")
	if c, ok := r.pane.Shown(n); ok {
		uid = c.Target().UID
	} else if row, ok := r.list.Selected(); ok && row.Number == n {
		uid = row.Target.UID
	}
	return notice.Copy(uid, n)
}

// toLog shows the log lines of the request.
func (r *requests) toLog() tea.Cmd {
	c, _ := r.pane.Shown(r.current())
	return notice.ToLog(c.Request.Correlation)
}

// keyList lists the keys that work here and now, the most useful first.
func (r *requests) keyList() []key.Binding {
	k := r.core.keys
	n := r.current()
	for _, b := range []*key.Binding{&k.Open, &k.Again, &k.Withdraw, &k.Comment, &k.Copy, &k.Raw, &k.Log, &k.Focus, &k.DetailDown, &k.DetailUp} {
		b.SetEnabled(n != "")
	}
	k.Reveal.SetEnabled(false)
	k.Reply.SetEnabled(false)
	k.Log.SetEnabled(n != "" && notice.ReadsLogs(r.core.env.Me))
	if c, ok := r.pane.Shown(n); ok {
		k.Withdraw.SetEnabled(c.Can(model.ActWithdraw) == nil)
		k.Reply.SetEnabled(c.Can(model.ActReply) == nil)
		if len(c.Found) > 0 {
			k.Again.SetHelp("e", "ask for what was found")
		}
		k.Reveal.SetEnabled(c.Link != nil && c.Link.Waiting && c.Can(model.ActReveal) == nil)
	}
	k.Drop.SetEnabled(!r.bar.Filter().Empty())
	nothing := r.list.Loaded() && r.list.Len() == 0
	k.Filter.SetEnabled(!nothing || !r.bar.Filter().Empty())
	k.Sort.SetEnabled(!nothing)
	switch {
	case r.page:
		return append([]key.Binding{k.Reply, k.Reveal, k.Comment, k.Again, k.Withdraw, k.Back, k.Copy, k.Raw, k.Log, k.Refresh}, r.pane.Detail().Keys().Bindings()...)
	case r.inPane:
		return append([]key.Binding{k.Reply, k.Reveal, k.Comment, k.Again, k.Withdraw, k.FocusBack, k.Open, k.Copy, k.Raw, k.Log, k.Refresh}, r.pane.Detail().Keys().Bindings()...)
	}
	keys := []key.Binding{k.Reply, k.Reveal, k.Open, k.Comment, k.Again, k.Withdraw, k.New, k.Filter, k.Sort, k.Copy, k.Raw, k.Log, k.Refresh, k.Drop}
	if r.parts.Both {
		keys = append(keys, k.Focus, k.DetailDown, k.DetailUp)
	}
	return append(keys, moves(r.list.Keys())...)
}
