package people

import (
	"countersign/model"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
)

// Keys are the keys of the page beside those of list, detail and dialogs.
type Keys struct {
	Open, Back, Focus, DetailDown, DetailUp key.Binding
	Filter, Sort, Refresh                   key.Binding
	New, Edit, Active, Delegate             key.Binding // of people
	Begin, End                              key.Binding // of delegations
	Request, Seen                           key.Binding // of notices
}

// DefaultKeys returns the keys of SCREENS, Keys.
func DefaultKeys() Keys {
	bind := func(help, desc string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, desc))
	}
	return Keys{
		Open:       bind("enter", "open", "enter"),
		Back:       bind("esc", "back", "esc"),
		Focus:      bind("tab", "to the detail", "tab", "shift+tab"),
		DetailDown: bind("J", "read on", "J", "shift+down"),
		DetailUp:   bind("K", "read back", "K", "shift+up"),
		Filter:     bind("/", "filter", "/"),
		Sort:       bind("o", "sort", "o"),
		Refresh:    bind("R", "refresh", "R"),
		New:        bind("n", "new person", "n"),
		Edit:       bind("e", "edit", "e"),
		Active:     bind("x", "disable", "x"),
		Delegate:   bind("d", "delegate", "d"),
		Begin:      bind("n", "have somebody act for you", "n"),
		End:        bind("x", "end it", "x"),
		Request:    bind("enter", "its request", "enter"),
		Seen:       bind("s", "seen, all of them", "s"),
	}
}

// Keys lists the keys that work here and now, the most useful first.
func (t *Tab) Keys() []key.Binding {
	k, v := t.keys, t.view()
	switch {
	case !t.stack.Empty():
		d := widget.DefaultDialogKeys()
		return []key.Binding{d.Next, d.Choose, d.Back}
	case v.bar.IsOpen():
		f := v.bar.Keys()
		return []key.Binding{f.Keep, f.Drop}
	}
	r, here := v.list.Selected()
	var keys []key.Binding
	switch v.name {
	case ViewPeople:
		k.New.SetEnabled(t.env.Me.Has(model.RoleAdmin))
		k.Edit.SetEnabled(here && r.person.Can(model.ActEdit) == nil)
		k.Delegate.SetEnabled(here && r.person.Can(model.ActDelegate) == nil)
		act := model.ActDisable
		if here && !r.person.Active {
			act = model.ActEnable
			k.Active.SetHelp("x", "enable")
		}
		k.Active.SetEnabled(here && r.person.Can(act) == nil)
		keys = []key.Binding{k.Edit, k.Active, k.Delegate, k.New}
	case ViewDelegations:
		k.Begin.SetEnabled(t.env.Me.Has(model.RoleApprover))
		k.End.SetEnabled(here && r.delegation.EndErr == nil)
		keys = []key.Binding{k.Begin, k.End}
	case ViewNotices:
		k.Request.SetEnabled(here && r.notice.Object != "")
		k.Seen.SetEnabled(here)
		keys = []key.Binding{k.Request, k.Seen}
		k.Open.SetEnabled(false)
	}
	k.Open.SetEnabled(k.Open.Enabled() && here)
	rows := v.list.Len() > 0 || !v.bar.Filter().Empty()
	k.Filter.SetEnabled(rows)
	k.Sort.SetEnabled(rows && len(v.orders) > 1)
	if t.page || t.inside {
		keys = append(keys, k.Back, k.Refresh)
		return append(keys, t.detail.Keys().Bindings()...)
	}
	keys = append(keys, k.Open, k.Filter, k.Sort, k.Back, k.Refresh)
	if t.split.Both {
		keys = append(keys, k.Focus, k.DetailDown, k.DetailUp)
	}
	lk := v.list.Keys()
	return append(keys, lk.Up, lk.Down, lk.Top, lk.Bottom, lk.PageUp, lk.PageDown, lk.HalfUp, lk.HalfDown)
}
