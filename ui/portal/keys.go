package portal

import (
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
)

// Keys are the keys of the tab beside those of lists, details, fields and
// dialogs.
type Keys struct {
	New, Open, Back, Focus, FocusBack key.Binding
	DetailDown, DetailUp              key.Binding
	Withdraw, GiveBack, Comment       key.Binding
	Reply                             key.Binding
	Filter, Drop, Sort                key.Binding
	Raw, Copy, Log, Refresh, Request  key.Binding
	Reveal, Again, Extend             key.Binding
	Describe, Reread, CopyHit         key.Binding // in a form, or a search
}

// DefaultKeys returns the keys of SCREENS, Keys.
func DefaultKeys() Keys {
	bind := func(help, desc string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, desc))
	}
	return Keys{
		New:        bind("n", "new request", "n"),
		Open:       bind("enter", "open", "enter"),
		Back:       bind("esc", "back", "esc"),
		Focus:      bind("tab", "to the detail", "tab"),
		FocusBack:  bind("tab", "to the list", "tab", "shift+tab"),
		DetailDown: bind("J", "read on", "J", "shift+down"),
		DetailUp:   bind("K", "read back", "K", "shift+up"),
		Withdraw:   bind("x", "withdraw", "x"),
		GiveBack:   bind("x", "give back", "x"),
		Reply:      bind("i", "answer", "i"),
		Comment:    bind("c", "comment", "c"),
		Filter:     bind("/", "filter", "/"),
		Drop:       bind("esc", "drop the filter", "esc"),
		Sort:       bind("o", "sort", "o"),
		Raw:        bind("v", "raw view", "v"),
		Copy:       bind("y", "copy uid", "y"),
		Log:        bind("l", "log lines", "l"),
		Refresh:    bind("R", "refresh", "R"),
		Request:    bind("enter", "its request", "enter"),
		Reveal:     bind("u", "show the link", "u"),
		Again:      bind("e", "order again", "e"),
		Extend:     bind("e", "extend", "e"),
		Describe:   bind("ctrl+t", "describe it in words", "ctrl+t"),
		CopyHit:    bind("ctrl+y", "copy its uid", "ctrl+y"),
		Reread:     bind("ctrl+r", "read the list again", "ctrl+r"),
	}
}

// moves are the keys that move in a list.
func moves(k widget.ListKeys) []key.Binding {
	return []key.Binding{k.Up, k.Down, k.Top, k.Bottom, k.PageUp, k.PageDown, k.HalfUp, k.HalfDown}
}

// filterKeys are those of a filter that is being typed.
func filterKeys(f *widget.FilterBar) []key.Binding {
	k := f.Keys()
	return []key.Binding{k.Keep, k.Drop}
}
