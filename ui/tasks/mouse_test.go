package tasks

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestMouseReachesWhatItIsOver(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company().doubts()
		d := sit(t, q, 120, 16)
		d.send(tea.MouseClickMsg{X: 5, Y: 3})
		if got := d.tab.list.SelectedID(); got != "SCTASK0010045" {
			t.Errorf("a click on the third row selects %s", got)
		}
		d.rest()
		d.hides("10:10     opened")
		d.send(tea.MouseWheelMsg{X: 100, Y: 3, Button: tea.MouseWheelDown})
		d.send(tea.MouseWheelMsg{X: 100, Y: 3, Button: tea.MouseWheelDown})
		d.hides("REQ0010046  Request") // the detail was scrolled, the list was not
		d.shows("SCTASK0010045")
		d.press("k", "k", "enter")
		d.send(tea.MouseWheelMsg{X: 100, Y: 3, Button: tea.MouseWheelDown})
		d.hides("runs the plan")
		d.shows("REQ0010042  Request")
		d.send(tea.MouseWheelMsg{X: 10, Y: 3, Button: tea.MouseWheelDown})
		d.hides("REQ0010042  Request")
		d.press("K", "K", "K")
		d.shows("REQ0010042  Request")
		d.press("v")
		d.send(tea.MouseWheelMsg{X: 10, Y: 3, Button: tea.MouseWheelDown})
		d.hides("as it is stored")
		d.press("esc", "esc")
		d.run(d.tab.SetView(unknownView))
		d.send(tea.MouseClickMsg{X: 5, Y: 2})
		d.shows("REQ0010042  outcome unknown")
	})
}

func TestASearchTakesClicksInItsOwnPlace(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := toSearch(t, company(), 120, 32)
		d.paste("reporting")
		d.send(tea.MouseClickMsg{X: 5, Y: 5})   // in the request
		d.send(tea.MouseClickMsg{X: 80, Y: 25}) // under the form
		d.shows("2 found")
		if d.q.count("pick") != 0 {
			t.Error("a click beside the results picked one")
		}
	})
}
