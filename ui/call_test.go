package ui

import (
	"slices"
	"testing"
	"time"

	"countersign/ui/notify"

	tea "charm.land/bubbletea/v2"
)

// sent is what is written to the terminal past the screen.
func sent(msgs []tea.Msg) []string {
	var all []string
	for _, msg := range msgs {
		if raw, ok := msg.(tea.RawMsg); ok {
			all = append(all, raw.Msg.(string))
		}
	}
	return all
}

func TestSomebodyIsCalledForEndpointRequests(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.opts.Notify = notify.Desktop9
	if got := sent(c.play(c.refresh())); got != nil {
		t.Errorf("what waited at first called: %q", got)
	}
	c.service.badges.Endpoints += 3
	c.now = c.now.Add(time.Minute)
	if got := sent(c.play(c.refresh())); !slices.Equal(got, []string{"\a\x1b]9;countersign: 3 endpoint requests wait\x1b\\"}) {
		t.Errorf("three that came: %q", got)
	}
	c.service.badges.EndpointEnds = c.now.Add(5 * time.Minute)
	c.play(c.refresh())
	if title := c.View().WindowTitle; title != Name {
		t.Errorf("the title is %q long before the end", title)
	}
	if at := c.nextChange(c.now.Add(4*time.Minute - time.Second)); !at.Equal(c.now.Add(4 * time.Minute)) {
		t.Errorf("the frame wakes at %s, want at the last minute", at)
	}
	c.now = c.now.Add(4 * time.Minute)
	if got := sent(c.play(c.refresh())); len(got) != 1 || got[0] != "\a\x1b]9;countersign: 1 endpoint request ends within 60 s\x1b\\" {
		t.Errorf("one that ends: %q", got)
	}
	if title := c.View().WindowTitle; title != "(!) "+Name {
		t.Errorf("the title is %q before the end", title)
	}
	c.now = c.now.Add(time.Minute)
	if title := c.View().WindowTitle; title != Name {
		t.Errorf("the title is %q after the end", title)
	}
}

func TestNobodyIsCalledWhoWantsQuiet(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.service.badges.Endpoints += 3
	c.service.badges.EndpointEnds = c.now.Add(time.Second)
	if got := sent(c.play(c.refresh())); got != nil || c.View().WindowTitle != Name {
		t.Errorf("called by %q, title %q", got, c.View().WindowTitle)
	}
}
