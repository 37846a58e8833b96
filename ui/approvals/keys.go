package approvals

import (
	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
)

// Keys are the keys of the tab beside those of list, detail and dialogs.
type Keys struct {
	Approve, Deny, Comment         key.Binding
	Ask, Reassign                  key.Binding
	Emergency, Review              key.Binding
	Open, Back, Focus, FocusBack   key.Binding
	DetailDown, DetailUp           key.Binding
	Filter, Sort, Raw, Copy, Log   key.Binding
	Refresh, Mark, MarkAll, Unmark key.Binding
}

// DefaultKeys returns the keys of SCREENS, Keys.
func DefaultKeys() Keys {
	bind := func(help, desc string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, desc))
	}
	return Keys{
		Approve:    bind("a", "approve", "a"),
		Deny:       bind("d", "deny", "d"),
		Comment:    bind("c", "comment", "c"),
		Ask:        bind("i", "ask for information", "i"),
		Reassign:   bind("m", "move to another group", "m"),
		Emergency:  bind("!", "emergency: approve alone", "!"),
		Review:     bind("r", "review the emergency", "r"),
		Open:       bind("enter", "open", "enter"),
		Back:       bind("esc", "back", "esc"),
		Focus:      bind("tab", "to the detail", "tab"),
		FocusBack:  bind("shift+tab", "to the list", "shift+tab"),
		DetailDown: bind("J", "read on", "J", "shift+down"),
		DetailUp:   bind("K", "read back", "K", "shift+up"),
		Filter:     bind("/", "filter", "/"),
		Sort:       bind("o", "sort", "o"),
		Raw:        bind("v", "raw view", "v"),
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
	k := t.keys
	switch {
	case !t.stack.Empty():
		d := widget.DefaultDialogKeys()
		return []key.Binding{d.Next, d.Choose, d.Back}
	case t.filter.IsOpen():
		f := t.filter.Keys()
		return []key.Binding{f.Keep, f.Drop}
	}
	n := len(t.list.Marked())
	if n > 0 && !t.page {
		k.Approve.SetHelp("a", "approve the marked")
		k.Deny.SetHelp("d", "deny the marked")
	}
	here := t.current() != ""
	for _, b := range []*key.Binding{&k.Approve, &k.Deny, &k.Comment, &k.Open, &k.Focus, &k.DetailDown, &k.DetailUp,
		&k.Raw, &k.Copy, &k.Log} {
		b.SetEnabled(here)
	}
	k.Log.SetEnabled(here && notice.ReadsLogs(t.env.Me))
	if here && n == 0 {
		k.Approve.SetEnabled(t.offered(model.ActApprove))
		k.Deny.SetEnabled(t.offered(model.ActDeny))
	}
	t.offerMore(&k)
	if n == 0 {
		k.Unmark.SetHelp("esc", "drop the filter")
		k.Unmark.SetEnabled(!t.filter.Filter().Empty())
	}
	nothing := t.list.Loaded() && t.list.Len() == 0
	k.Filter.SetEnabled(!nothing || !t.filter.Filter().Empty())
	k.Sort.SetEnabled(!nothing && len(t.views[t.view].sorts) > 1)
	k.Mark.SetEnabled(!nothing && t.marks())
	k.MarkAll.SetEnabled(!nothing && t.marks())
	lk := t.list.Keys()
	switch {
	case t.page:
		return append([]key.Binding{k.Review, k.Approve, k.Deny, k.Ask, k.Comment, k.Back, k.Raw, k.Copy, k.Log, k.Refresh, k.Reassign, k.Emergency},
			t.pane.keys()...)
	case t.inDetail:
		k.FocusBack.SetHelp("tab", "to the list")
		return append([]key.Binding{k.Review, k.Approve, k.Deny, k.Ask, k.Comment, k.FocusBack, k.Open, k.Raw, k.Copy, k.Log, k.Refresh, k.Reassign, k.Emergency},
			t.pane.keys()...)
	}
	keys := []key.Binding{k.Review, k.Approve, k.Deny, k.Comment, k.Mark, k.Open, k.Copy, k.Filter, k.Sort}
	if !t.split.Both {
		keys = []key.Binding{k.Open, k.Review, k.Approve, k.Deny, k.Mark, k.Filter, k.Sort, k.Comment, k.Copy}
	}
	keys = append(keys, k.Ask, k.Reassign, k.Emergency, k.Raw, k.Log, k.Refresh, k.MarkAll, k.Unmark)
	if t.split.Both {
		keys = append(keys, k.Focus, k.DetailDown, k.DetailUp)
	}
	return append(keys, lk.Up, lk.Down, lk.Top, lk.Bottom, lk.PageUp, lk.PageDown, lk.HalfUp, lk.HalfDown)
}

// offerMore leaves out what nobody does every day where it is not known to be
// allowed. The keys work all the same, and say why not.
func (t *Tab) offerMore(k *Keys) {
	shown, ok := t.pane.shownFor(t.current())
	for act, b := range map[model.Action]*key.Binding{model.ActAsk: &k.Ask, model.ActReassign: &k.Reassign,
		model.ActEmergency: &k.Emergency, model.ActReview: &k.Review} {
		b.SetEnabled(ok && shown.Can(act) == nil)
	}
}

// FilterKeys implements tab.Filtering.
func (t *Tab) FilterKeys() []key.Binding {
	var all []key.Binding
	for _, k := range filterKeys() {
		all = append(all, key.NewBinding(key.WithKeys(k.Name), key.WithHelp(k.Example, k.Finds)))
	}
	return all
}

// marks reports whether rows of the view can be decided together: what is decided
// cannot.
func (t *Tab) marks() bool {
	return t.views[t.view].list != workflow.RequestsDecided && t.views[t.view].list != listReviews
}

// offered reports whether an action is among those of the row under the cursor,
// as far as that is known already. The key works either way: where the action
// is not allowed it says why.
func (t *Tab) offered(act model.Action) bool {
	shown, ok := t.pane.shownFor(t.current())
	return !ok || shown.Can(act) == nil
}
