package ui

import (
	"slices"
	"testing"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/widget"
)

// restingTab is a fake tab that can leave its detail blank.
type restingTab struct {
	*fakeTab
	blank bool
}

func (r *restingTab) Rest(on bool) { r.blank = on }

func TestTheDetailIsDrawnWhenOneHasStayedInATab(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	endpoints := &restingTab{fakeTab: c.tabs["dana"][tab.EPM]}
	approvals := &restingTab{fakeTab: c.tabs["dana"][tab.Approvals]}
	c.session.tabs[tab.EPM], c.session.tabs[tab.Approvals] = endpoints, approvals
	check := func(when string, one, other bool) {
		t.Helper()
		if approvals.blank != one || endpoints.blank != other {
			t.Errorf("%s: blank is %v in Approvals and %v in EPM, want %v and %v", when, approvals.blank, endpoints.blank, one, other)
		}
	}
	check("at the start", false, false)
	c.handle(tab.Goto{Tab: tab.EPM})
	check("EPM came to the front", false, true)
	early := c.rests
	c.handle(tab.Goto{Tab: tab.Approvals})
	check("gone on at once", true, false)
	c.handle(rested{early})
	check("the rest of the tab before is over", true, false)
	c.handle(rested{c.rests})
	check("stayed", false, false)
	c.handle(tab.Goto{Tab: tab.EPM, Number: model.Number("SIR0010017")})
	check("one thing was opened", false, false)
	if !slices.Contains(endpoints.got, "open SIR0010017") {
		t.Errorf("EPM got %v", endpoints.got)
	}
}

func TestTheDetailRestsUnderABannerToo(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	endpoints := &restingTab{fakeTab: c.tabs["dana"][tab.EPM]}
	c.session.tabs[tab.EPM] = endpoints
	endpoints.split = widget.NewSplit(widget.Rect{Y: 1, W: 120, H: 31}, 55)
	c.handle(tab.Goto{Tab: tab.EPM})
	if !endpoints.blank {
		t.Error("the detail is drawn at once")
	}
}

func TestWhereTheListStandsAloneNothingRests(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 80, 24)
	endpoints := &restingTab{fakeTab: c.tabs["dana"][tab.EPM]}
	c.session.tabs[tab.EPM] = endpoints
	c.handle(tab.Goto{Tab: tab.EPM})
	if endpoints.blank {
		t.Error("the page of a narrow screen is blank")
	}
	c.resize(120, 36)
	endpoints.split = widget.Split{} // one thing has the whole body
	c.handle(tab.Goto{Tab: tab.Approvals})
	c.handle(tab.Goto{Tab: tab.EPM})
	if endpoints.blank {
		t.Error("a page is blank")
	}
}
