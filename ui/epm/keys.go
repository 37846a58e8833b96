package epm

import (
	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
)

// keys are the keys of this tab beside those of its lists, details and dialogs.
type keys struct {
	Approve, Deny                key.Binding
	Take, Note, Close, Other     key.Binding
	Open, Back, Focus, FocusBack key.Binding
	DetailDown, DetailUp         key.Binding
	Filter, Sort, Which          key.Binding
	Raw, Copy, Log, Refresh      key.Binding
	Mark, MarkAll, Unmark        key.Binding
}

func newKeys() keys {
	bind := func(help, desc string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, desc))
	}
	return keys{
		Approve:    bind("a", "approve", "a"),
		Deny:       bind("d", "deny", "d"),
		Take:       bind("t", "assign", "t"),
		Note:       bind("c", "note", "c"),
		Close:      bind("x", "close", "x"),
		Other:      bind("i", "incident", "i"),
		Open:       bind("enter", "open", "enter"),
		Back:       bind("esc", "back", "esc"),
		Focus:      bind("tab", "to the detail", "tab"),
		FocusBack:  bind("shift+tab", "to the list", "shift+tab"),
		DetailDown: bind("J", "read on", "J", "shift+down"),
		DetailUp:   bind("K", "read back", "K", "shift+up"),
		Filter:     bind("/", "filter", "/"),
		Sort:       bind("o", "sort", "o"),
		Which:      bind("w", "which ones", "w"),
		Raw:        bind("v", "raw", "v"),
		Copy:       bind("y", "copy uid", "y"),
		Log:        bind("l", "log lines", "l"),
		Refresh:    bind("R", "refresh", "R"),
		Mark:       bind("space", "mark", "space"),
		MarkAll:    bind("*", "mark all shown", "*"),
		Unmark:     bind("esc", "take marks away", "esc"),
	}
}

// Keys lists the keys that work here and now, the most useful first.
func (t *Tab) Keys() []key.Binding {
	k, p := t.keys, t.pane()
	switch {
	case !t.stack.Empty():
		d := widget.DefaultDialogKeys()
		return []key.Binding{d.Next, d.Choose, d.Back}
	case p.filter.IsOpen():
		f := p.filter.Keys()
		return []key.Binding{f.Keep, f.Drop}
	}
	here := t.current()
	t.enable(&k, here)
	verbs := []key.Binding{k.Approve, k.Deny}
	if here.kind == incident {
		verbs = []key.Binding{k.Take, k.Note, k.Close}
	}
	lk := p.list.Keys()
	switch {
	case t.page:
		return append(append(verbs, k.Back, k.Other, k.Raw, k.Copy, k.Log, k.Refresh), t.reader.keys()...)
	case t.inDetail:
		k.FocusBack.SetHelp("tab", "to the list")
		return append(append(verbs, k.FocusBack, k.Open, k.Other, k.Raw, k.Copy, k.Log, k.Refresh), t.reader.keys()...)
	case t.split.Both:
		verbs = append(verbs, k.Mark, k.Raw, k.Other, k.Open)
	default:
		verbs = append(append([]key.Binding{k.Open}, verbs...), k.Mark, k.Raw, k.Other)
	}
	all := append(verbs, k.Filter, k.Which, k.Sort, k.Copy, k.Log, k.Refresh, k.MarkAll, k.Unmark)
	if t.split.Both {
		all = append(all, k.Focus, k.DetailDown, k.DetailUp)
	}
	if p.list.Len() == 0 {
		return all
	}
	return append(all, lk.Up, lk.Down, lk.Top, lk.Bottom, lk.PageUp, lk.PageDown, lk.HalfUp, lk.HalfDown)
}

// enable leaves of the keys those that do something here.
func (t *Tab) enable(k *keys, here ref) {
	p := t.pane()
	some, marked := here.kind != nothing, len(p.list.Marked())
	for _, b := range []*key.Binding{&k.Open, &k.Raw, &k.Copy, &k.Focus, &k.DetailDown, &k.DetailUp} {
		b.SetEnabled(some)
	}
	if t.reader.rawOn {
		k.Raw.SetHelp("v", "evidence")
	}
	k.Log.SetEnabled(some && notice.ReadsLogs(t.env.Me))
	k.Approve.SetEnabled(some && (marked > 0 && !t.page || t.offered(model.ActApprove)))
	k.Deny.SetEnabled(some && (marked > 0 && !t.page || t.offered(model.ActDeny)))
	if marked > 0 && !t.page {
		k.Approve.SetHelp("a", "approve the marked")
		k.Deny.SetHelp("d", "deny the marked")
	}
	s, read := t.reader.reading(here)
	switch {
	case here.kind == incident:
		k.Other.SetHelp("i", "request")
		k.Take.SetEnabled(t.offered(model.ActAssign))
		k.Note.SetEnabled(t.offered(model.ActNote))
		k.Close.SetEnabled(t.offered(model.ActClose))
		if read && !s.incident.Closed.IsZero() {
			k.Close.SetHelp("x", "reopen")
			k.Close.SetEnabled(t.offered(model.ActReopen))
		}
	case here.kind == device, read && s.number() == "":
		k.Other.SetEnabled(false)
	}
	if here.kind == nothing {
		k.Other.SetEnabled(false)
	}
	if marked == 0 {
		k.Unmark.SetHelp("esc", "drop the filter")
		k.Unmark.SetEnabled(!p.filter.Filter().Empty())
	}
	nothingHere := p.list.Loaded() && p.list.Len() == 0
	k.Filter.SetEnabled(!nothingHere || !p.filter.Filter().Empty())
	k.Sort.SetEnabled(!nothingHere && len(p.sorts) > 1)
	k.Which.SetEnabled(len(p.lists) > 1)
	k.Mark.SetEnabled(!nothingHere && t.marks())
	k.MarkAll.SetEnabled(!nothingHere && t.marks())
}

// FilterKeys implements tab.Filtering.
func (t *Tab) FilterKeys() []key.Binding {
	var all []key.Binding
	for _, k := range t.pane().filters {
		all = append(all, key.NewBinding(key.WithKeys(k.Name), key.WithHelp(k.Example, k.Finds)))
	}
	return all
}

// marks reports whether rows of the list can be decided together.
func (t *Tab) marks() bool {
	p := t.pane()
	return p.view.marks && p.lists[p.which] != workflow.DevicesDecided
}

// offered reports whether an action is among those of what is shown, as far as
// that is known already. The key works either way: where the action is not allowed
// it says why.
func (t *Tab) offered(act model.Action) bool {
	s, ok := t.reader.reading(t.current())
	return !ok || s.can(act, t.env.Now()) == nil
}
