package portal

import (
	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

func (a *access) press(msg tea.KeyPressMsg) tea.Cmd {
	k := a.core.keys
	r, here := a.list.Selected()
	switch {
	case key.Matches(msg, k.Refresh):
		return a.reload()
	case here && key.Matches(msg, k.GiveBack):
		return a.giveBack(r)
	case here && key.Matches(msg, k.Extend):
		return a.extend(r)
	case here && key.Matches(msg, k.Copy):
		return notice.Copy(r.Grant.Target.UID, r.Grant.Number)
	}
	if a.page {
		switch {
		case key.Matches(msg, k.Back):
			a.closePage()
			return nil
		case here && key.Matches(msg, k.Request):
			return tab.Send(tab.Goto{Tab: tab.Portal, Number: r.Grant.Number})
		}
		return a.detail.Update(msg)
	}
	switch {
	case here && key.Matches(msg, k.Open):
		a.page, a.inPane = true, false
		a.layOut()
		return nil
	case here && a.parts.Both && key.Matches(msg, k.Focus, k.FocusBack):
		a.inPane = !a.inPane
		a.layOut()
		return nil
	case a.inPane && key.Matches(msg, k.Back):
		a.inPane = false
		a.layOut()
		return nil
	case a.inPane:
		return a.detail.Update(msg)
	}
	return a.pressList(msg)
}

func (a *access) pressList(msg tea.KeyPressMsg) tea.Cmd {
	k := a.core.keys
	switch {
	case key.Matches(msg, k.Filter):
		a.bar.Open()
		a.layOut()
		return nil
	case key.Matches(msg, k.Drop):
		return a.bar.Set("")
	case key.Matches(msg, k.Sort):
		if a.sort == sortTitle {
			a.sort = workflow.SortExpires
		} else {
			a.sort = sortTitle
		}
		a.show()
		return nil
	case a.parts.Both && key.Matches(msg, k.DetailDown):
		a.detail.Scroll(1)
		return nil
	case a.parts.Both && key.Matches(msg, k.DetailUp):
		a.detail.Scroll(-1)
		return nil
	}
	cmd := a.list.Update(msg)
	a.follow()
	return tea.Batch(cmd, a.readEnd())
}

// mouse hands clicks and the wheel to the part they are over.
func (a *access) mouse(msg tea.MouseMsg) tea.Cmd {
	if a.page {
		return a.detail.Update(msg)
	}
	if inner, ok := a.parts.List.Mouse(msg); ok {
		if a.inPane {
			a.inPane = false
			a.layOut()
		}
		cmd := a.list.Update(inner)
		a.follow()
		return tea.Batch(cmd, a.readEnd())
	}
	if inner, ok := a.parts.Detail.Mouse(msg); ok && a.parts.Both {
		return a.detail.Update(inner)
	}
	return nil
}

// keyList lists the keys that work here and now, the most useful first.
func (a *access) keyList() []key.Binding {
	k := a.core.keys
	r, here := a.list.Selected()
	for _, b := range []*key.Binding{&k.Open, &k.Request, &k.Copy, &k.Focus, &k.DetailDown, &k.DetailUp} {
		b.SetEnabled(here)
	}
	k.GiveBack.SetEnabled(here && permission(r, model.ActGiveBack) == nil && !a.busy[r.Grant.ID])
	k.Extend.SetEnabled(here && r.Grant.State.Open())
	k.Drop.SetEnabled(!a.bar.Filter().Empty())
	nothing := a.list.Loaded() && a.list.Len() == 0
	k.Filter.SetEnabled(!nothing || !a.bar.Filter().Empty())
	k.Sort.SetEnabled(!nothing)
	detail := a.detail.Keys().Bindings()
	switch {
	case a.page:
		return append([]key.Binding{k.Extend, k.GiveBack, k.Request, k.Back, k.Copy, k.Refresh}, detail...)
	case a.inPane:
		return append([]key.Binding{k.Extend, k.GiveBack, k.FocusBack, k.Open, k.Copy, k.Refresh}, detail...)
	}
	keys := []key.Binding{k.Extend, k.GiveBack, k.Open, k.New, k.Filter, k.Sort, k.Copy, k.Refresh, k.Drop}
	if a.parts.Both {
		keys = append(keys, k.Focus, k.DetailDown, k.DetailUp)
	}
	return append(keys, moves(a.list.Keys())...)
}

// permission is why something may not be done to a grant, nil if it may.
func permission(r workflow.GrantRow, act model.Action) error {
	if !r.Grant.State.Open() {
		return &model.Denied{Code: model.DenyState, Reason: "this access has ended already"}
	}
	for _, p := range r.Perms {
		if p.Action == act {
			return p.Err
		}
	}
	return &model.Denied{Code: model.DenyRole, Reason: "not offered here"}
}
