package epm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"

	"github.com/charmbracelet/x/ansi"
)

func TestScreens(t *testing.T) {
	t.Parallel()
	away := func() *fake {
		f := someRequests()
		f.health = model.Health{State: model.HealthUnreachable, Since: noon.Add(-6 * time.Minute)}
		return f
	}
	silent := &fake{health: model.Health{State: model.HealthConnected, Missing: []string{"epm"}}}
	doubtful := someRequests()
	doubtful.state.Endpoints.Doubt = "the service's clock may be an hour off"
	doubtful.waiting[0].Doubt = "its clock has no zone"
	failing := someRequests()
	failing.state.Endpoints = model.Listing{State: model.HealthRefused, Listed: noon, Since: noon.Add(-time.Hour),
		Cause:  "new endpoint requests are not seen: the vault service reports a failure: EPM is not part of your licence",
		Advice: "the service account may lack the right to it, or the licence: ask a Keeper administrator; until then, an alert in Keeper's admin console can tell of new endpoint requests"}
	ending := someRequests()
	ending.waiting[0].Expires = noon.Add(50 * time.Second)
	nothing := func() *fake { return &fake{health: someRequests().health, state: someRequests().state} }
	broken := someRequests()
	broken.err = errors.New("read the endpoint requests: database is locked")
	for _, tt := range []struct {
		name          string
		fake          *fake
		width, height int
		view          int
		keys          []string
	}{
		{"waiting_120", someRequests(), wideW, wideH, waiting, nil},
		{"page_120", someRequests(), wideW, wideH, waiting, []string{"enter"}},
		{"pending_120", someRequests(), wideW, wideH, waiting, []string{"j"}},
		{"raw_120", someRequests(), wideW, wideH, waiting, []string{"v"}},
		{"filter_120", someRequests(), wideW, wideH, waiting, []string{"/", "c", "a"}},
		{"waiting_80", someRequests(), narrowW, narrowH, waiting, nil},
		{"detail_80", someRequests(), narrowW, narrowH, waiting, []string{"enter"}},
		{"deny_120", someRequests(), wideW, wideH, waiting, []string{"d"}},
		{"deny_80", someRequests(), narrowW, narrowH, waiting, []string{"enter", "d"}},
		{"bulk_deny_120", someRequests(), wideW, wideH, waiting, []string{"*", "d"}},
		{"bulk_deny_80", someRequests(), narrowW, narrowH, waiting, []string{"*", "d"}},
		{"doubt_120", doubtful, wideW, wideH, waiting, nil},
		{"away_120", away(), wideW, wideH, waiting, nil},
		{"away_80", away(), narrowW, narrowH, waiting, nil},
		{"listing_120", failing, wideW, wideH, waiting, nil},
		{"listing_80", failing, narrowW, narrowH, waiting, nil},
		{"not_permitted_80", silent, narrowW, narrowH, waiting, nil},
		{"devices_120", someRequests(), wideW, wideH, devices, nil},
		{"devices_80", someRequests(), narrowW, narrowH, devices, nil},
		{"device_80", someRequests(), narrowW, narrowH, devices, []string{"enter"}},
		{"device_deny_120", someRequests(), wideW, wideH, devices, []string{"d"}},
		{"decided_120", someRequests(), wideW, wideH, decided, nil},
		{"incidents_120", someRequests(), wideW, wideH, incidents, nil},
		{"incidents_80", someRequests(), narrowW, narrowH, incidents, nil},
		{"incident_80", someRequests(), narrowW, narrowH, incidents, []string{"w", "w", "j", "j", "enter"}},
		{"reopen_120", someRequests(), wideW, wideH, incidents, []string{"w", "w", "w", "x"}},
		{"assign_120", someRequests(), wideW, wideH, incidents, []string{"t"}},
		{"incident_120", someRequests(), wideW, wideH, incidents, []string{"w", "w", "j", "j", "enter"}},
		{"incident_waits_120", someRequests(), wideW, wideH, incidents, []string{"j", "enter"}},
		{"pending_80", someRequests(), narrowW, narrowH, waiting, []string{"j", "enter"}},
		{"raw_80", someRequests(), narrowW, narrowH, waiting, []string{"v"}},
		{"filter_80", someRequests(), narrowW, narrowH, waiting, []string{"/", "c", "a"}},
		{"filter_unknown_80", someRequests(), narrowW, narrowH, waiting, []string{"/", "x", ":", "a"}},
		{"filter_nothing_80", someRequests(), narrowW, narrowH, waiting, []string{"/", "z", "enter"}},
		{"doubt_80", doubtful, narrowW, narrowH, waiting, []string{"enter"}},
		{"soon_80", ending, narrowW, narrowH, waiting, []string{"enter", "d"}},
		{"decided_80", someRequests(), narrowW, narrowH, decided, nil},
		{"decided_detail_80", someRequests(), narrowW, narrowH, decided, []string{"enter"}},
		{"device_deny_80", someRequests(), narrowW, narrowH, devices, []string{"enter", "d"}},
		{"bulk_devices_80", someRequests(), narrowW, narrowH, devices, []string{"*", "a"}},
		{"incident_end_80", someRequests(), narrowW, narrowH, incidents, []string{"w", "w", "j", "j", "enter", "G"}},
		{"incident_raw_80", someRequests(), narrowW, narrowH, incidents, []string{"enter", "v"}},
		{"assign_80", someRequests(), narrowW, narrowH, incidents, []string{"enter", "t"}},
		{"note_80", someRequests(), narrowW, narrowH, incidents, []string{"enter", "c"}},
		{"reopen_80", someRequests(), narrowW, narrowH, incidents, []string{"w", "w", "w", "enter", "x"}},
		{"empty_waiting_80", nothing(), narrowW, narrowH, waiting, nil},
		{"empty_devices_80", nothing(), narrowW, narrowH, devices, nil},
		{"empty_decided_80", nothing(), narrowW, narrowH, decided, nil},
		{"empty_incidents_80", nothing(), narrowW, narrowH, incidents, nil},
		{"error_80", broken, narrowW, narrowH, waiting, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			own := *tt.fake // some are drawn in two sizes, at the same time
			tb := newTab(t, &own, tt.width, tt.height)
			play(tb, tb.SetView(tt.view))
			tb.View()
			press(tb, tt.keys...)
			golden(t, tt.name, plain(tb))
		})
	}
}

func TestAnApprovalOnTheScreen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		w, h int
	}{{"approve_120", wideW, wideH}, {"approve_80", narrowW, narrowH}} {
		tb := newTab(t, someRequests(), tt.w, tt.h)
		press(tb, "enter")
		for range 40 {
			press(tb, "pgdown")
		}
		press(tb, "a")
		golden(t, tt.name, plain(tb))
	}
}

func TestWhatCameOfADecisionOnTheScreen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		w, h int
	}{{"120", wideW, wideH}, {"80", narrowW, narrowH}} {
		f := someRequests()
		f.refuse = map[int64]error{1: &workflow.Conflict{Number: "SIR0010017", Decided: true, Endpoint: model.EndpointDenied, By: "omar", At: noon}}
		tb, at := newTabAt(t, f, tt.w, tt.h)
		press(tb, "enter", "d", "right")
		confirm(tb, at, 2)
		golden(t, "first_"+tt.name, plain(tb))

		tb, at = newTabAt(t, f, tt.w, tt.h)
		press(tb, "*", "d", "right")
		confirm(tb, at, 2)
		golden(t, "bulk_done_"+tt.name, plain(tb))

		f = someRequests()
		tb, _ = newTabAt(t, f, tt.w, tt.h)
		press(tb, "enter", "d", "right")
		f.waiting[0].State, f.waiting[0].Revision, f.waiting[0].Outcome = model.EndpointElsewhere, 2, "denied in the admin console"
		play(tb, tb.Update(tab.Changed{}))
		golden(t, "meanwhile_"+tt.name, plain(tb))
	}
}

func TestBothStoriesOfAnIncidentStandSideBySideWhereThereIsRoom(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	play(tb, tb.SetView(incidents))
	press(tb, "w", "w", "j", "j", "enter")
	both := func() bool {
		for _, l := range strings.Split(plain(tb), "\n") {
			if strings.Contains(l, "security incident") && strings.Contains(l, "Its request") {
				return true
			}
		}
		return false
	}
	if !both() || !tb.Split().Both {
		t.Errorf("they do not:\n%s", plain(tb))
	}
	for _, size := range [][2]int{{100, 20}, {99, 20}, {80, 20}, {120, 32}} {
		tb.SetSize(size[0], size[1])
		if both() != (size[0] >= 100) || tb.Split().Both != both() {
			t.Errorf("at %d columns they stand side by side: %v\n%s", size[0], both(), plain(tb))
		}
	}
	press(tb, "v")
	if both() || tb.Split().Both {
		t.Errorf("the raw view has two sides:\n%s", plain(tb))
	}
	press(tb, "esc", "c")
	tb.SetSize(110, 30)
	if got := plain(tb); !strings.Contains(got, "Note on SIR0010009") || !strings.Contains(got, "Its request") {
		t.Errorf("under a dialog, resized:\n%s", got)
	}
	press(tb, "esc", "i")
	if got := plain(tb); both() || !strings.Contains(got, "Account") {
		t.Errorf("i does not show the request in all of the width:\n%s", got)
	}
}

func TestEverySizeIsDrawnExactly(t *testing.T) {
	t.Parallel()
	tb := newTab(t, someRequests(), wideW, wideH)
	away := someRequests()
	away.state.Endpoints.Cause = "new endpoint requests are not seen: " + strings.Repeat("the vault service reports a failure ", 20)
	far := newTab(t, away, wideW, wideH)
	for _, size := range [][2]int{{0, 0}, {1, 1}, {0, 5}, {5, 2}, {60, 12}, {99, 20}, {100, 3}} {
		far.SetSize(size[0], size[1])
		lines := strings.Split(far.View(), "\n")
		if len(lines) != max(size[1], 1) && size[0] > 0 {
			t.Errorf("%v under a banner: %d lines", size, len(lines))
		}
		for _, l := range lines {
			if w := ansi.StringWidth(l); w > size[0] {
				t.Errorf("%v under a banner: a line of %d cells", size, w)
			}
		}
	}
	for _, keys := range [][]string{nil, {"/"}, {"esc", "enter"}, {"v"}, {"esc", "esc", "d"}, {"esc", "*", "d"}} {
		press(tb, keys...)
		for _, size := range [][2]int{{0, 0}, {1, 1}, {0, 5}, {5, 0}, {60, 12}, {99, 20}, {100, 20}, {300, 90}} {
			tb.SetSize(size[0], size[1])
			lines := strings.Split(tb.View(), "\n")
			if len(lines) != max(size[1], 1) && size[0] > 0 {
				t.Errorf("%v after %v: %d lines", size, keys, len(lines))
			}
			for _, l := range lines {
				if w := ansi.StringWidth(l); w > size[0] {
					t.Errorf("%v after %v: a line of %d cells", size, keys, w)
				}
			}
		}
		tb.SetSize(wideW, wideH)
	}
}
