package ui

import (
	"strings"
	"testing"

	"countersign/model"
	"countersign/ui/people"
	"countersign/ui/tab"
)

// pageOfPeople has the views of that page.
type pageOfPeople struct{ *fakeTab }

func (p pageOfPeople) Views() ([]tab.View, int) {
	return []tab.View{{Name: people.ViewPeople}, {Name: people.ViewNotices, Count: 2}}, p.view
}

// withPeople is a console with a page of people.
func withPeople(t *testing.T, me model.Actor, width, height int) (*console, *fakeTab) {
	t.Helper()
	c := newConsole(t, me, width, height)
	o := c.options(me)
	page := newFakeTab(o.Env, "people")
	o.People = func(*tab.Env) tab.Tab { return pageOfPeople{page} }
	c.Close()
	c.App = New(o)
	t.Cleanup(c.Close)
	c.resize(width, height)
	c.play(c.session.focus())
	c.play(c.summarise())
	c.View()
	return c, page
}

func TestThePageOfPeopleStandsBeforeTheTabs(t *testing.T) {
	t.Parallel()
	c, page := withPeople(t, dana(), 120, 36)
	c.press(":")
	c.wantScreen("People", "Notices: what you were told")
	c.press("P", "e", "o", "p", "enter")
	if !c.session.paged || c.session.place() != -1 {
		t.Fatal("the page is not in front")
	}
	c.press("z")
	if got := page.got[len(page.got)-1]; got != "key z" {
		t.Errorf("the page got %q", page.got)
	}
	c.play(c.handle(tab.Leave{}))
	if c.session.paged || c.session.front != tab.Approvals {
		t.Errorf("paged %t, front %d", c.session.paged, c.session.front)
	}
	c.press("N")
	if page.view != 1 || !c.session.paged {
		t.Errorf("N shows view %d, paged %t", page.view, c.session.paged)
	}
	c.press("2") // the tab that was in front
	if c.session.paged || c.session.front != tab.Approvals {
		t.Errorf("2 does not lead back: paged %t, front %d", c.session.paged, c.session.front)
	}
}

func TestWhatIsWrittenOnThePageOfPeopleIsNotLostUnasked(t *testing.T) {
	t.Parallel()
	c, page := withPeople(t, dana(), 120, 36)
	page.unsaved = "a person who was not saved"
	c.press("q")
	c.wantScreen("People: a person who was not saved")
}

func TestNewNoticesAreSaidOnceAndCountedInTheHeader(t *testing.T) {
	t.Parallel()
	c, _ := withPeople(t, dana(), 120, 36)
	c.service.badges.Notices = 2
	c.play(c.summarise())
	c.wantScreen("N 2", "you were told 2 things: N shows them")
	c.notice = notice{}
	c.play(c.summarise())
	c.wantScreen("N 2")
	if strings.Contains(c.plain(), "you were told") {
		t.Errorf("it is said again:\n%s", c.plain())
	}
}

func TestWhoIsDisabledReadsWhyAndLeaves(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 36}, {80, 24}} {
		c, page := withPeople(t, dana(), size[0], size[1])
		c.press("N")
		page.unsaved = "half a form"
		c.service.err = &model.Denied{Code: model.DenyInactive, Reason: "your account is disabled; ask an admin"}
		c.play(c.summarise())
		c.wantScreen("Your account is disabled", "An admin has disabled dana", "Leave")
		if size[0] == 80 {
			golden(t, "disabled_80", c.plain())
		}
		if c.session.has(tab.Approvals) || c.session.paged || len(c.session.unsaved()) > 0 {
			t.Error("something of the session is left")
		}
		c.play(c.summarise()) // it is refused again, and asked once
		if !quits(c.press("enter")) {
			t.Errorf("enter does not leave:\n%s", c.plain())
		}
	}
}

func TestOtherRefusalsDoNotEndASession(t *testing.T) {
	t.Parallel()
	c, _ := withPeople(t, dana(), 120, 36)
	c.service.err = &model.Denied{Code: model.DenyRole, Reason: "not open to your roles"}
	c.play(c.summarise())
	if !c.session.has(tab.Approvals) || !c.overlays.Empty() {
		t.Errorf("the session is over:\n%s", c.plain())
	}
}

func TestChangedRolesChangeTheTabsOfAnOpenSession(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 36}, {80, 24}} {
		c, _ := withPeople(t, dana(), size[0], size[1])
		c.wantScreen("Approvals")
		c.service.badges.Me = dana()
		c.play(c.summarise())
		if before := c.plain(); strings.Contains(before, "changed your roles") {
			t.Errorf("something is said although nothing changed:\n%s", before)
		}
		less := dana()
		less.Roles = []model.Role{model.RoleRequestor}
		c.service.badges.Me = less
		c.front().unsaved = "half a decision"
		c.press("?")
		c.play(c.summarise())
		c.wantScreen("an admin changed your roles")
		if c.session.has(tab.Approvals) || !c.session.has(tab.Portal) || !c.overlays.Empty() || len(c.session.unsaved()) > 0 {
			t.Errorf("something of before is left:\n%s", c.plain())
		}
		c.service.badges.Me = dana()
		c.play(c.summarise())
		if !c.session.has(tab.Approvals) || c.session.front != tab.Portal {
			t.Errorf("the tab of a new role is missing, or took the front:\n%s", c.plain())
		}
	}
}
