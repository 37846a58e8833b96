package ui

import (
	"strings"
	"testing"
)

func TestAFilterIsKeptShownAndForgotten(t *testing.T) {
	t.Parallel()
	c := newConsole(t, admin(), 120, 36)
	c.press(":")
	if got := c.plain(); strings.Contains(got, "keep the filter") {
		t.Errorf("without a filter there is one to keep:\n%s", got)
	}
	c.press("esc")
	c.front().filter, c.front().view = "requestor:alice \x1b[31m", 1
	choose := func(words, offers string) {
		t.Helper()
		c.press(append([]string{":"}, strings.Split(words, "")...)...)
		c.wantScreen(offers)
		c.press("enter")
	}
	choose("keep", "keep the filter requestor:alice ⟦ESC⟧[31m")
	c.wantScreen("✓ kept")
	c.front().filter, c.front().view = "", 0
	choose("alice", "show All / requestor:alice ⟦ESC⟧[31m")
	if f := c.front(); f.filter != "requestor:alice \x1b[31m" || f.view != 1 {
		t.Errorf("view %d is filtered by %q", f.view, f.filter)
	}
	choose("forget", "forget the filter requestor:alice")
	if len(c.service.saved) != 0 || len(c.session.saved) != 0 {
		t.Errorf("still kept: %v, %v", c.service.saved, c.session.saved)
	}
}

func TestKeptFiltersAreThoseOfTheTabInFront(t *testing.T) {
	t.Parallel()
	c := newConsole(t, admin(), 120, 36)
	c.front().filter = "kofi"
	c.press(":", "k", "e", "e", "p", "enter")
	c.press("1", ":", "k", "o", "f", "i")
	if got := c.plain(); strings.Contains(got, "/ kofi") {
		t.Errorf("the filter of another tab is offered:\n%s", got)
	}
}
