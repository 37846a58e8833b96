package logs

import (
	"charm.land/bubbles/v2/key"
)

// keys are the keys of this tab beside those of its lists and its detail.
type keys struct {
	Open, Detail, Back, Stop, Drop, Filter, Follow, Refresh, Related, Verify, Copy, ScrollDown, ScrollUp key.Binding
}

func newKeys() keys {
	return keys{
		Open:       key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "open")),
		Detail:     key.NewBinding(key.WithKeys("tab", "shift+tab"), key.WithHelp("tab", "detail")),
		Back:       key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "back")),
		Stop:       key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "stop searching")),
		Drop:       key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "drop the filter")),
		Filter:     key.NewBinding(key.WithKeys("/"), key.WithHelp("/", "filter")),
		Follow:     key.NewBinding(key.WithKeys("F"), key.WithHelp("F", "follow")),
		Refresh:    key.NewBinding(key.WithKeys("R"), key.WithHelp("R", "newest lines")),
		Related:    key.NewBinding(key.WithKeys("l"), key.WithHelp("l", "log lines of this")),
		Verify:     key.NewBinding(key.WithKeys("V"), key.WithHelp("V", "check the chain")),
		Copy:       key.NewBinding(key.WithKeys("y"), key.WithHelp("y", "copy number")),
		ScrollDown: key.NewBinding(key.WithKeys("J"), key.WithHelp("J", "scroll detail")),
		ScrollUp:   key.NewBinding(key.WithKeys("K"), key.WithHelp("K", "scroll detail up")),
	}
}

// Keys lists the keys that work here and now.
func (t *Tab) Keys() []key.Binding {
	if p := t.page(); p != nil {
		return p.keys()
	}
	v := t.view()
	if bar := v.filterBar(); bar.IsOpen() {
		return []key.Binding{bar.Keys().Keep, bar.Keys().Drop}
	}
	var own []key.Binding
	_, some := v.selected()
	if t.onDetail {
		own = append(own, t.keys.Back)
	} else if some {
		own = append(own, t.keys.Open)
	}
	if t.at == audit {
		own = append(own, t.keys.Verify)
	}
	if c, _ := v.selected(); c.correlation != "" {
		own = append(own, t.keys.Related)
	}
	if c, _ := v.selected(); c.copyable() {
		own = append(own, t.keys.Copy)
	}
	if t.onDetail {
		return append(own, t.detail.Keys().Bindings()...)
	}
	own = append(own, t.keys.Follow, t.keys.Filter, t.keys.Refresh)
	if v.searches() {
		own = append(own, t.keys.Stop)
	} else if !v.filterBar().Filter().Empty() {
		own = append(own, t.keys.Drop)
	}
	if some && t.split.Both {
		own = append(own, t.keys.Detail, t.keys.ScrollDown, t.keys.ScrollUp)
	}
	if !some {
		return own // there is nothing to move over
	}
	k := v.listKeys()
	return append(own, k.Up, k.Down, k.Top, k.Bottom, k.PageUp, k.PageDown, k.HalfUp, k.HalfDown)
}
