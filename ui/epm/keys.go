package epm

import (
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
)

// keys are the keys of this tab beside those of its list and its detail.
type keys struct {
	Open, Detail, Back, Drop, Filter, Sort, Raw, Copy, ScrollDown, ScrollUp key.Binding
}

func newKeys() keys {
	return keys{
		Open:       key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "open")),
		Detail:     key.NewBinding(key.WithKeys("tab", "shift+tab"), key.WithHelp("tab", "detail")),
		Back:       key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "back")),
		Drop:       key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "drop the filter")),
		Filter:     key.NewBinding(key.WithKeys("/"), key.WithHelp("/", "filter")),
		Sort:       key.NewBinding(key.WithKeys("o"), key.WithHelp("o", "sort")),
		Raw:        key.NewBinding(key.WithKeys("v"), key.WithHelp("v", "raw")),
		Copy:       key.NewBinding(key.WithKeys("y"), key.WithHelp("y", "copy uid")),
		ScrollDown: key.NewBinding(key.WithKeys("J"), key.WithHelp("J", "scroll detail")),
		ScrollUp:   key.NewBinding(key.WithKeys("K"), key.WithHelp("K", "scroll detail up")),
	}
}

// Keys lists the keys that work here and now.
func (t *Tab) Keys() []key.Binding {
	p := t.pane()
	if p.filter.IsOpen() {
		k := p.filter.Keys()
		return []key.Binding{k.Keep, k.Drop}
	}
	if t.onDetail {
		own := []key.Binding{t.keys.Back, t.keys.Raw, t.keys.Copy}
		return append(own, t.detail.Keys().Bindings()...)
	}
	var own []key.Binding
	if _, some := p.list.Selected(); some {
		own = append(own, t.keys.Open, t.keys.Raw, t.keys.Copy)
		if t.split.Both {
			own = append(own, t.keys.Detail, t.keys.ScrollDown, t.keys.ScrollUp)
		}
	}
	own = append(own, t.keys.Filter)
	if len(p.sorts) > 1 && p.list.Len() > 0 {
		own = append(own, t.keys.Sort)
	}
	if !p.filter.Filter().Empty() {
		own = append(own, t.keys.Drop)
	}
	return append(own, movement(p.list.Keys(), p.list.Len())...)
}

// movement are the list's keys without those for marks, which nothing here uses;
// none where there are no rows to move over.
func movement(k widget.ListKeys, rows int) []key.Binding {
	if rows == 0 {
		return nil
	}
	return []key.Binding{k.Up, k.Down, k.Top, k.Bottom, k.PageUp, k.PageDown, k.HalfUp, k.HalfDown}
}
