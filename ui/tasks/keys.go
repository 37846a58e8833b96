package tasks

import (
	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
)

// Keys are the keys of the tab beside those of list, detail and dialogs.
type Keys struct {
	Take, Fulfil, Search, Note         key.Binding
	Open, Back, Focus, FocusBack       key.Binding
	DetailDown, DetailUp               key.Binding
	Filter, Sort, Raw, Copy, Log, Drop key.Binding
	Refresh, Look                      key.Binding
	New, Change, Revoke                key.Binding
}

// DefaultKeys returns the keys of SCREENS, Keys.
func DefaultKeys() Keys {
	bind := func(help, desc string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, desc))
	}
	return Keys{
		Take:       bind("t", "take", "t"),
		Fulfil:     bind("f", "fulfil", "f"),
		Search:     bind("s", "search the vault", "s"),
		Note:       bind("c", "note, close", "c"),
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
		Drop:       bind("esc", "drop the filter", "esc"),
		Refresh:    bind("R", "refresh", "R"),
		Look:       bind("R", "look again", "R"),
		New:        bind("n", "new record", "n"),
		Change:     bind("e", "change the record", "e"),
		Revoke:     bind("x", "revoke", "x"),
	}
}

// Keys lists the keys that work here and now, the most useful first.
func (t *Tab) Keys() []key.Binding {
	switch {
	case !t.stack.Empty():
		d := widget.DefaultDialogKeys()
		return []key.Binding{d.Next, d.Choose, d.Back}
	case t.filter.IsOpen():
		f := t.filter.Keys()
		return []key.Binding{f.Keep, f.Drop}
	case t.work != nil:
		return t.work.keys()
	case t.inUnknown():
		return t.unknownKeys()
	case t.inGrants():
		return t.ledger.keys()
	}
	return t.listKeys()
}

// listKeys are those of a list of tasks.
func (t *Tab) listKeys() []key.Binding {
	k := t.keys
	r, here := t.list.Selected()
	for _, b := range []*key.Binding{&k.Take, &k.Fulfil, &k.Note, &k.Open, &k.Focus, &k.DetailDown, &k.DetailUp, &k.Raw, &k.Copy, &k.Log} {
		b.SetEnabled(here)
	}
	k.Log.SetEnabled(here && notice.ReadsLogs(t.env.Me))
	if r.Mine {
		k.Take.SetHelp("t", "release")
	}
	k.Drop.SetEnabled(!t.filter.Filter().Empty())
	k.Sort.SetEnabled(here && len(t.views[t.view].sorts) > 1)
	done := t.views[t.view].done
	releases := false // somebody else's, as an admin may
	if c := t.shown(r.Number); here && c != nil && r.Assignee != "" && !r.Mine && c.Can(model.ActRelease) == nil {
		releases = true
		k.Take.SetHelp("t", "release")
	}
	k.Take.SetEnabled(here && !done && (r.Mine || r.Assignee == "" || releases))
	k.Fulfil.SetEnabled(here && !done)
	k.Note.SetEnabled(here && !done)
	if t.inDetail {
		k.FocusBack.SetHelp("tab", "to the list")
		return append([]key.Binding{k.Open, k.Take, k.Note, k.FocusBack, k.Raw, k.Copy, k.Log, k.Refresh}, t.preview.Detail().Keys().Bindings()...)
	}
	keys := []key.Binding{k.Open, k.Take, k.Fulfil, k.Note, k.Copy, k.Filter, k.Sort, k.Raw, k.Log, k.Refresh, k.Drop}
	if t.split.Both {
		keys = append(keys, k.Focus, k.DetailDown, k.DetailUp)
	}
	return append(keys, movement(t.list.Keys(), t.list.Len())...)
}

// movement are a list's keys without those for marks, which nothing here uses;
// none where there are no rows to move over.
func movement(k widget.ListKeys, rows int) []key.Binding {
	if rows == 0 {
		return nil
	}
	return []key.Binding{k.Up, k.Down, k.Top, k.Bottom, k.PageUp, k.PageDown, k.HalfUp, k.HalfDown}
}

// keys are those of the work area: what the person may do to the task now.
func (w *work) keys() []key.Binding {
	k := w.tab.keys
	if w.search != nil {
		p := w.search.picker.Keys()
		back := k.Back
		back.SetHelp("esc", "no search")
		return []key.Binding{p.Choose, p.Up, p.Down, back}
	}
	read := w.c != nil
	allowed := func(b *key.Binding, act model.Action) {
		b.SetEnabled(read && !w.readOnly && w.c.Can(act) == nil)
	}
	if read && w.task.Assignee != "" {
		k.Take.SetHelp("t", "release")
		allowed(&k.Take, model.ActRelease)
	} else {
		allowed(&k.Take, model.ActClaim)
	}
	if read {
		allowed(&k.Search, w.picks())
		k.Search.SetEnabled(k.Search.Enabled() && (w.pickable() || w.searches()))
	}
	allowed(&k.New, model.ActCreate)
	allowed(&k.Change, model.ActChange)
	k.Note.SetEnabled(read && !w.readOnly)
	if read && w.c.Can(model.ActComplete) != nil {
		k.Note.SetHelp("c", "note")
	}
	k.Fulfil.SetEnabled(w.plan != nil && !w.planning)
	k.Fulfil.SetHelp("f", "run the plan")
	switch {
	case !read:
	case w.takesBack(), w.takesFromOthers():
		k.Fulfil.SetHelp("f", "take the access back")
	case w.stage() == stageAnswer:
		k.Fulfil.SetEnabled(true)
		k.Fulfil.SetHelp("f", "send the answer")
	}
	k.Copy.SetEnabled(read)
	k.Log.SetEnabled(read && notice.ReadsLogs(w.tab.env.Me))
	k.Raw.SetEnabled(read)
	switch {
	case w.stage() == stageUnknown:
		k.Refresh.SetHelp("R", "look again")
	case w.plannable():
		k.Refresh.SetHelp("R", "plan again")
	}
	keys := []key.Binding{k.Fulfil, k.Search, k.New, k.Take, k.Note, k.Change, k.Back, k.Copy, k.Raw, k.Log, k.Refresh}
	if w.split.Both && !w.readOnly {
		k.DetailDown.SetHelp("J", "read the request on")
		k.DetailUp.SetHelp("K", "read the request back")
		keys = append(keys, k.DetailDown, k.DetailUp)
	}
	return append(keys, w.page.Keys().Bindings()...)
}

// unknownKeys are those of the operations whose outcome is looked for.
func (t *Tab) unknownKeys() []key.Binding {
	k := t.keys
	r, here := t.unknown.Selected()
	for _, b := range []*key.Binding{&k.Look, &k.Fulfil, &k.Open, &k.Copy, &k.Log, &k.Focus, &k.DetailDown, &k.DetailUp} {
		b.SetEnabled(here)
	}
	k.Log.SetEnabled(here && notice.ReadsLogs(t.env.Me))
	k.Fulfil.SetHelp("f", "to its task")
	if here && r.Op.Kind.Decides() {
		k.Fulfil.SetHelp("f", "to the EPM tab")
	}
	k.Refresh.SetEnabled(!here)
	if t.opPage {
		return append([]key.Binding{k.Look, k.Fulfil, k.Back, k.Copy, k.Log}, t.opDetail.Keys().Bindings()...)
	}
	if t.inDetail {
		k.FocusBack.SetHelp("tab", "to the list")
		return append([]key.Binding{k.Look, k.Fulfil, k.FocusBack, k.Copy, k.Log}, t.opDetail.Keys().Bindings()...)
	}
	k.Drop.SetEnabled(!t.filter.Filter().Empty())
	k.Sort.SetEnabled(here)
	keys := []key.Binding{k.Look, k.Open, k.Fulfil, k.Copy, k.Filter, k.Sort, k.Log, k.Refresh, k.Drop}
	if t.split.Both {
		keys = append(keys, k.Focus, k.DetailDown, k.DetailUp)
	}
	return append(keys, movement(t.unknown.Keys(), t.unknown.Len())...)
}
