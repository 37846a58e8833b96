package logs

import (
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// page is a view that is no list of rows, such as the support page. It stands
// behind the lists, in the order of Tab.pages, and draws the whole body.
type page interface {
	title() string
	// load asks for what the page shows: when it comes to the front, and when
	// something has changed.
	load() tea.Cmd
	// update takes keys, pastes and the mouse while the page is shown, and every
	// other message always; those that are not its own it leaves alone.
	update(msg tea.Msg) tea.Cmd
	keys() []key.Binding
	// capturing reports whether a field or a dialog of the page has the keys.
	capturing() bool
	// unsaved says what leaving would lose, "" for nothing.
	unsaved() string
	setSize(width, height int)
	// split tells where a wall stands in it, for the rule above; none where Both is
	// not set.
	split() widget.Split
	// view draws exactly as many lines as the height says.
	view() string
}

// page is the page that is shown, nil where that is a list.
func (t *Tab) page() page {
	if t.at < len(t.views) {
		return nil
	}
	return t.pages[t.at-len(t.views)]
}

// toPages gives a message to every page.
func (t *Tab) toPages(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, p := range t.pages {
		cmds = append(cmds, p.update(msg))
	}
	return tea.Batch(cmds...)
}
