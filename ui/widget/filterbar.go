package widget

import (
	"strings"
	"time"

	"countersign/safetext"
	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Debounce is how long typing must rest before a search starts.
const Debounce = 150 * time.Millisecond

// FilterKeys are the keys of an open FilterBar beside text.
type FilterKeys struct{ Keep, Drop key.Binding }

// DefaultFilterKeys returns enter and esc.
func DefaultFilterKeys() FilterKeys {
	return FilterKeys{
		Keep: key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "keep filter")),
		Drop: key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "drop filter")),
	}
}

// FilterBar is the line that "/" opens: it takes all keys until enter keeps the
// filter or esc drops it, and tells its owner when typing rests. A filter with a
// key that the list does not have never comes into force: leaving its term out
// would show everything, and all that is shown can be marked and decided on.
type FilterBar struct {
	theme  *theme.Theme
	keys   FilterKeys
	names  []string
	input  *Input
	change func(Filter) tea.Cmd
	open   bool
	told   string // the filter in force
	gen    int
}

// filterRested ends the wait after one key of one FilterBar.
type filterRested struct {
	bar *FilterBar
	gen int
}

// NewFilterBar returns a closed bar without a filter. names are the keys that
// the list knows; change is called with each new filter.
func NewFilterBar(t *theme.Theme, names []string, change func(Filter) tea.Cmd) *FilterBar {
	return &FilterBar{
		theme: t, keys: DefaultFilterKeys(), names: names, change: change,
		input: NewInput(t, InputOptions{Bare: true, Placeholder: "words, or key:value"}),
	}
}

// Keys returns the keys of the open bar.
func (f *FilterBar) Keys() FilterKeys { return f.keys }

// Open gives the bar the keys.
func (f *FilterBar) Open() {
	f.open = true
	f.input.SetFocused(true)
}

// IsOpen reports whether the bar has the keys; all of them are text then.
func (f *FilterBar) IsOpen() bool { return f.open }

// Text returns the filter as it was typed; it is foreign.
func (f *FilterBar) Text() string { return f.input.Value() }

// Told returns the filter in force as it was typed.
func (f *FilterBar) Told() string { return f.told }

// Filter returns the filter in force: what was typed last without a key that the
// list does not have.
func (f *FilterBar) Filter() Filter { return ParseFilter(f.told, f.names) }

// unknown returns the keys in what is typed that the list does not have.
func (f *FilterBar) unknown() []UnknownKey { return ParseFilter(f.input.Value(), f.names).Unknown }

// SetNames changes the keys that the list knows, for an owner whose views know
// different ones. It drops the filter without telling.
func (f *FilterBar) SetNames(names []string) {
	f.names = names
	f.Reset()
}

// Set replaces the filter and tells the owner, as a saved view does.
func (f *FilterBar) Set(text string) tea.Cmd {
	f.input.SetValue(text)
	return f.tell()
}

// Reset drops the filter without telling, when the owner changes views.
func (f *FilterBar) Reset() {
	f.input.SetValue("")
	f.told, f.open = "", false
	f.gen++
}

// Update edits the filter while the bar is open.
func (f *FilterBar) Update(msg tea.Msg) tea.Cmd {
	if m, ok := msg.(filterRested); ok {
		if m.bar != f || m.gen != f.gen {
			return nil
		}
		return f.tell()
	}
	switch {
	case !f.open:
		return nil
	case matches(msg, f.keys.Keep):
		if len(f.unknown()) > 0 {
			return nil // the line says why
		}
		f.close()
		return f.tell()
	case matches(msg, f.keys.Drop):
		f.input.SetValue("")
		f.close()
		return f.tell()
	}
	before := f.input.Value()
	f.input.Update(msg)
	if f.input.Value() == before {
		return nil
	}
	f.gen++
	rested := filterRested{f, f.gen}
	return tea.Tick(Debounce, func(time.Time) tea.Msg { return rested })
}

func (f *FilterBar) close() {
	f.open = false
	f.gen++
	f.input.SetFocused(false)
}

// tell calls the owner once for each filter that the list can follow.
func (f *FilterBar) tell() tea.Cmd {
	if f.input.Value() == f.told || len(f.unknown()) > 0 {
		return nil
	}
	f.told = f.input.Value()
	if f.change == nil {
		return nil
	}
	return f.change(f.Filter())
}

// View draws the open bar in one line: the text, then what is wrong with it or
// which keys there are.
func (f *FilterBar) View(width int) string {
	if width <= 0 {
		return ""
	}
	lead := Words(theme.AccentStrong, "  / ").Cut(width)
	note := f.note()
	// What is typed has room before the keys are named, but not before what is
	// wrong with it.
	typed := max(width/3, min(24, width))
	if len(f.unknown()) == 0 {
		typed = max(typed, lead.Width()+safetext.Line(f.Text()).Width()+2)
	}
	noteWidth := min(note.Width(), max(width-typed, 0))
	f.input.SetWidth(width - lead.Width() - noteWidth - 1)
	left := clip(lead.Draw(f.theme, theme.Page)+f.input.View(theme.Page)[0], width-noteWidth)
	return padTo(left, width-noteWidth) + note.fit(f.theme, theme.Page, noteWidth)
}

func (f *FilterBar) note() Line {
	if unknown := f.unknown(); len(unknown) > 0 {
		return f.complaint(unknown[0])
	}
	l := Line{Say(theme.Faint, "enter keep · esc drop")}
	for n, name := range f.names {
		sep := " · "
		if n > 0 {
			sep = " "
		}
		l = append(l, Say(theme.Faint, sep+name+":"))
	}
	return append(l, Say(theme.Text, " "))
}

// complaint says which key the list does not have, and what can be typed instead.
func (f *FilterBar) complaint(k UnknownKey) Line {
	l := Line{Say(theme.Warn, f.theme.Glyphs.Alert+" no key "), Show(theme.Warn, safetext.Line(k.Key+":"))}
	switch {
	case k.Suggestion != "":
		l = append(l, Say(theme.Warn, " did you mean "+k.Suggestion+":"))
	case len(f.names) == 0:
		l = append(l, Say(theme.Warn, " here, only words"))
	default:
		l = append(l, Say(theme.Warn, " here, but "+strings.Join(f.names, ": ")+":"))
	}
	return append(l, Say(theme.Text, " "))
}
