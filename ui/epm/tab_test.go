package epm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/evidence"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
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
			tb := newTab(t, tt.fake, tt.width, tt.height)
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

func TestTheListNeverLooksLikePeace(t *testing.T) {
	t.Parallel()
	good := model.Health{State: model.HealthConnected}
	listed := model.Listing{State: model.HealthConnected, Listed: noon}
	for _, tt := range []struct {
		name   string
		health model.Health
		state  model.Listing
		want   string
	}{
		{"nothing heard", model.Health{State: model.HealthUnknown}, listed, "Nothing has been heard"},
		{"the vault is away", model.Health{State: model.HealthUnreachable, Since: noon}, listed, "raised since 10:04 are not here: the vault is away"},
		{"no worker", model.Health{State: model.HealthNoWorker}, listed, "Start a worker"},
		{"the key is refused", model.Health{State: model.HealthRefused, Cause: "licence \x1b[31mmissing"}, listed, "licence ⟦ESC⟧[31mmissing"},
		{"epm is not permitted", model.Health{State: model.HealthConnected, Missing: []string{"tree", "epm"}}, listed, "add epm to the allow list"},
		{"sync-down is not permitted", model.Health{State: model.HealthConnected, Missing: []string{"sync-down"}}, listed, "add sync-down to the allow list"},
		{"the listing failed", good, model.Listing{State: model.HealthRefused, Listed: noon, Since: noon.Add(-time.Hour), Cause: "EPM is not \x1b licensed", Advice: "ask for it"},
			"raised since 09:04 are not here: EPM is not ⟦ESC⟧ licensed"},
		{"never listed", good, model.Listing{State: model.HealthUnknown}, "has not been listed yet"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tb := newTab(t, &fake{health: tt.health, state: workflow.EndpointsState{Endpoints: tt.state}}, wideW, wideH)
			if !strings.Contains(screenWords(tb), tt.want) {
				t.Errorf("the screen does not say %q:\n%s", tt.want, plain(tb))
			}
			if strings.Contains(screenWords(tb), "No endpoint request waits") {
				t.Errorf("the screen looks like peace:\n%s", plain(tb))
			}
		})
	}
	tb := newTab(t, &fake{health: model.Health{State: model.HealthSlow}, state: workflow.EndpointsState{Endpoints: listed}}, wideW, wideH)
	if !strings.Contains(plain(tb), "No endpoint request waits.") {
		t.Errorf("with a vault that answers, an empty list is peace:\n%s", plain(tb))
	}
	play(tb, tb.SetView(devices))
	away := someRequests()
	away.health = model.Health{State: model.HealthUnreachable, Since: noon}
	far := newTab(t, away, wideW, wideH)
	play(far, far.SetView(devices))
	if got := screenWords(far); !strings.Contains(got, "Devices that asked since 10:04 are not here: the vault is away") {
		t.Errorf("devices are called something else:\n%s", plain(far))
	}
	if got := screenWords(tb); !strings.Contains(got, "has not been listed yet") {
		t.Errorf("devices that were never listed look like peace:\n%s", plain(tb))
	}
}

func TestAListThatIsOldSaysSo(t *testing.T) {
	t.Parallel()
	f := someRequests()
	f.state.Endpoints.Listed = noon.Add(-20 * time.Minute)
	tb := newTab(t, f, wideW, wideH)
	if !strings.Contains(plain(tb), "20m") {
		t.Errorf("the screen does not say how old it is:\n%s", plain(tb))
	}
}

func TestPoliciesHaveAColumnWhereOneIsNamed(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, narrowW, narrowH)
	if got := plain(tb); strings.Contains(got, "POLICY") {
		t.Errorf("no policy is named, and there is a column for them:\n%s", got)
	}
	f.waiting[0].Facts = append(f.waiting[0].Facts, model.Fact{Group: model.GroupApplication, Key: "PolicyName", Value: "ask first"})
	tb.SetSize(100, 20)
	tb.SetSize(99, 20)
	play(tb, tb.Update(tab.Changed{}))
	if got := plain(tb); !strings.Contains(got, "POLICY") || !strings.Contains(got, "ask first") || !strings.Contains(got, "INCIDENT") {
		t.Errorf("the policy is not shown:\n%s", got)
	}
}

func TestOldAnswersAreDropped(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	late := tb.load(tb.pane())()
	f.waiting = f.waiting[1:]
	play(tb, tb.Focus())
	tb.Update(late)
	if strings.Contains(plain(tb), "carol") {
		t.Errorf("an answer to an older question replaced a newer one:\n%s", plain(tb))
	}
}

func TestWhatWaitsIsCountedOverEveryView(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	count := func() [2]int {
		vs, _ := tb.Views()
		return [2]int{vs[waiting].Count, vs[devices].Count}
	}
	if got := count(); got != [2]int{2, 2} {
		t.Errorf("at first it counts %v", got)
	}
	play(tb, tb.SetView(incidents))
	f.waiting, f.devices = f.waiting[:1], f.devices[:1]
	play(tb, tb.Update(tab.Changed{}))
	if got := count(); got != [2]int{1, 1} {
		t.Errorf("from another view it counts %v", got)
	}
}

func TestCursorStaysOnItsRowWhenRowsArrive(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	press(tb, "j")
	urgent := carol()
	urgent.ID, urgent.UID, urgent.User = 9, "AAAAAAAAAAAAAAAAAAAAAA", "erin"
	f.waiting = append([]model.EndpointRequest{urgent}, f.waiting...)
	play(tb, tb.Update(tab.Changed{}))
	if r, _ := tb.pane().list.Selected(); r.endpoint.User != "bob" {
		t.Errorf("the cursor went to %s", r.endpoint.User)
	}
	if !strings.Contains(plain(tb), "+  4m  erin") {
		t.Errorf("the new row is not marked:\n%s", plain(tb))
	}
}

func TestCursorStaysOnItsRowAmongTwoThousand(t *testing.T) {
	t.Parallel()
	f := someRequests()
	for i := range 2000 {
		r := bob()
		r.ID = int64(1000 + i)
		f.waiting = append(f.waiting, r)
	}
	tb := newTab(t, f, wideW, wideH)
	press(tb, "G")
	at, _ := tb.pane().list.Selected()
	play(tb, tb.Update(tab.Changed{}))
	if q := f.asked[len(f.asked)-1]; q.Limit < len(f.waiting) {
		t.Errorf("of %d rows %d are read again", len(f.waiting), q.Limit)
	}
	if r, _ := tb.pane().list.Selected(); r.ref() != at.ref() {
		t.Errorf("the cursor went from %v to %v", at.ref(), r.ref())
	}
}

func TestARowInBriefShowsTheSame(t *testing.T) {
	t.Parallel()
	long := carol()
	long.What = strings.Repeat("é", 400)
	long.Facts = append(long.Facts, model.Fact{Group: model.GroupApplication, Key: "PolicyName", Value: "ask"})
	for i := range long.Facts {
		if long.Facts[i].Key == model.KeyCommand {
			long.Facts[i].Value = long.What
		}
	}
	for _, r := range []model.EndpointRequest{carol(), bob(), ended(), long} {
		light := inBrief(r)
		for name, cell := range map[string]func(model.EndpointRequest) widget.Line{"runs": evidence.Runs, "who": evidence.Who, "kind": evidence.Kind,
			"policy": func(r model.EndpointRequest) widget.Line { l, _ := evidence.Policy(r); return l }} {
			if got, want := cell(light).Cut(100).String(), cell(r).Cut(100).String(); got != want {
				t.Errorf("%s of %s: %q, want %q", name, r.User, got, want)
			}
		}
		if len(light.Facts) > 4 || len(light.What) > 2*mostShown {
			t.Errorf("%s is not brief: %+v", r.User, light)
		}
	}
}

func TestOpenShowsTheRequestOfAnIncidentAndADevice(t *testing.T) {
	t.Parallel()
	tb := newTab(t, someRequests(), narrowW, narrowH)
	play(tb, tb.Open("SIR0010009"))
	if !tb.page || !strings.Contains(plain(tb), "SIR0010009") {
		t.Errorf("the decided request was not opened:\n%s", plain(tb))
	}
	press(tb, "i")
	if !strings.Contains(plain(tb), "security incident") {
		t.Errorf("i does not lead to the incident:\n%s", plain(tb))
	}
	press(tb, "i", "esc")
	play(tb, tb.Open("device 2"))
	if tb.at != devices || !strings.Contains(plain(tb), "ad76aaedf0f4eb7597e2") {
		t.Errorf("the device was not opened:\n%s", plain(tb))
	}
	if got := notices(play(tb, tb.Open("SIR0019999"))); !strings.Contains(got, "SIR0019999 cannot be shown") {
		t.Errorf("got %q, want a notice that names the number", got)
	}
}

func TestCopyGivesOnlyAUIDOrANumber(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	if got := notices(press(tb, "y")); got != "UID copied" {
		t.Errorf("copying says %q", got)
	}
	f.waiting[0].UID, f.waiting[0].Incident = "\x1b]52;c;x\a", ""
	play(tb, tb.Focus())
	if got := notices(press(tb, "g", "y")); got != "there is nothing here that may be copied" {
		t.Errorf("what is no UID was copied: %q", got)
	}
}

func TestErrorsAreShownWithAdvice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"of the vault", &workflow.VaultError{Text: "no answer", Advice: "try later"}, "▲ no answer"},
		{"of the rules", &model.Denied{Reason: "only approvers see this"}, "▲ only approvers see this"},
		{"of the store", errors.New("disk I/O error"), "R tries again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := someRequests()
			f.err = tt.err
			tb := newTab(t, f, wideW, wideH)
			for _, v := range []int{waiting, devices, decided, incidents} {
				play(tb, tb.SetView(v))
				if !strings.Contains(plain(tb), tt.want) {
					t.Errorf("view %d does not say %q:\n%s", v, tt.want, plain(tb))
				}
			}
		})
	}
}

func TestSecondsRunInTheLastTwoMinutesOnly(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	if got := tb.NextTick(); got != 12*time.Second+1 {
		t.Errorf("with 4m12s left the next tick is in %v", got)
	}
	f.waiting[1].Expires = noon.Add(90 * time.Second)
	play(tb, tb.Focus())
	if got := tb.NextTick(); got > time.Second+1 {
		t.Errorf("in the last two minutes the next tick is in %v", got)
	}
	play(tb, tb.SetView(devices))
	if got := tb.NextTick(); got != 0 {
		t.Errorf("devices have no end, but tick in %v", got)
	}
}

func TestAFullListRestsBetweenTheMinutes(t *testing.T) {
	t.Parallel()
	f := countingDown(50)
	for i := range f.waiting {
		f.waiting[i].Expires = noon.Add(10*time.Minute + time.Duration(i)*1300*time.Millisecond)
	}
	tb, at := newTabAt(t, f, wideW, wideH)
	if got := tb.NextTick(); got != 0 {
		t.Errorf("with ten minutes left it ticks in %v", got)
	}
	at.now = noon.Add(9 * time.Minute).Add(300 * time.Millisecond)
	if got := tb.NextTick(); got != 700*time.Millisecond {
		t.Errorf("with fifty in their last two minutes it ticks in %v, want it with the second", got)
	}
}

func TestATickChangesNothingButTimes(t *testing.T) {
	t.Parallel()
	f := someRequests()
	f.waiting[0].Expires = noon.Add(100 * time.Second)
	f.views[1] = workflow.EndpointView{}
	tb, at := newTabAt(t, f, wideW, wideH)
	readOn(tb)
	before := strings.Split(plain(tb), "\n")
	at.now = at.now.Add(time.Second)
	play(tb, tb.Update(tab.Minute(at.now)))
	changed := 0
	for i, l := range strings.Split(plain(tb), "\n") {
		if l != before[i] {
			changed++
			if was, is := strings.ReplaceAll(before[i], "100s", "99s"), l; strings.Join(strings.Fields(was), " ") != strings.Join(strings.Fields(is), " ") {
				t.Errorf("a tick changed %q to %q", before[i], l)
			}
		}
	}
	if changed == 0 || changed > 2 {
		t.Errorf("%d lines changed", changed)
	}
	if tb.reader.unread() != 0 {
		t.Error("a tick made the evidence unread")
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

func TestTheWorkerIsToldWhileSomebodyLooks(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb, at := newTabAt(t, f, 120, 32)
	for _, tt := range []struct {
		name  string
		after time.Duration
		do    func() tea.Cmd
		want  int
	}{
		{"a change right after it came to the front", time.Second, func() tea.Cmd { return tb.Update(tab.Changed{}) }, 1},
		{"the minute is over", time.Minute, func() tea.Cmd { return tb.Update(tab.Minute(at.now)) }, 2},
		{"a tick of the last two minutes", time.Second, func() tea.Cmd { return tb.Update(tab.Minute(at.now)) }, 2},
		{"a change a while later", 15 * time.Second, func() tea.Cmd { return tb.Update(tab.Changed{}) }, 3},
		{"it comes to the front again", time.Second, tb.Focus, 4},
	} {
		at.now = at.now.Add(tt.after)
		play(tb, tt.do())
		if f.wanted != tt.want {
			t.Errorf("%s: the worker was told %d times, want %d", tt.name, f.wanted, tt.want)
		}
	}
}

func TestTheDetailFollowsWhenTheCursorHasRested(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, 120, 32)
	var waits []tea.Msg
	tb.reader.after = func(_ time.Duration, msg tea.Msg) tea.Cmd {
		if _, late := msg.(readLate); !late {
			waits = append(waits, msg)
		}
		return nil
	}
	read := f.read
	press(tb, "j", "k", "j")
	if f.read != read || len(waits) != 3 {
		t.Fatalf("%d readings and %d waits for a cursor that moves", f.read-read, len(waits))
	}
	play(tb, tb.Update(waits[0]))
	if f.read != read {
		t.Error("what the cursor only passed was read")
	}
	play(tb, tb.Update(waits[2]))
	if s, ok := tb.reader.reading(tb.current()); !ok || s.endpoint.User != "bob" {
		t.Error("the detail does not follow the cursor that rests")
	}
}

func TestAFilterThatLetsNothingThroughIsNotPeace(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, 120, 32)
	press(tb, "/", "z", "enter")
	if got := plain(tb); !strings.Contains(got, "Nothing fits the filter.") || strings.Contains(got, "No endpoint request waits.") {
		t.Errorf("screen =\n%s", got)
	}
	press(tb, "esc")
	if got := plain(tb); !strings.Contains(got, "carol") || tb.FilterText() != "" {
		t.Errorf("screen =\n%s", got)
	}
}

func TestListsAskForWhatTheViewSays(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, 120, 32)
	last := func() workflow.Query { return f.asked[len(f.asked)-1] }
	if q := last(); q.View != workflow.EndpointsWaiting || q.Sort != workflow.SortExpires {
		t.Errorf("waiting asks %+v", q)
	}
	press(tb, "o")
	if q := last(); q.Sort != workflow.SortNewest {
		t.Errorf("o asks %+v", q)
	}
	play(tb, tb.SetView(devices))
	if got := tb.SortText(); got != "waiting, oldest" {
		t.Errorf("devices that wait are %q", got)
	}
	press(tb, "w")
	if got := tb.SortText(); got != "decided, newest" {
		t.Errorf("devices that were decided are %q", got)
	}
	play(tb, tb.SetView(incidents))
	for _, want := range []string{workflow.IncidentsMine, workflow.IncidentsAll, workflow.IncidentsClosed, workflow.IncidentsOpen} {
		press(tb, "w")
		if q := last(); q.View != want {
			t.Errorf("w asks for %q, want %q", q.View, want)
		}
	}
	press(tb, "/")
	typed(tb, "priority:2 kofi")
	press(tb, "enter")
	if q := last(); len(q.Terms) != 1 || q.Terms[0].Key != "priority" || q.Terms[0].Value != "2" || len(q.Words) != 1 {
		t.Errorf("the filter asks %+v", q)
	}
}

func TestEveryViewIsFilteredByKeysThatHelpExplains(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	for v, filter := range []string{"hash:24e5 age:>2h carol", "email:kofi age:<1d carol", "by:omar file:setup.exe carol", "user:bob request:denied carol"} {
		play(tb, tb.SetView(v))
		play(tb, tb.pane().filter.Set(filter))
		if q := f.asked[len(f.asked)-1]; len(q.Terms) != 2 || len(q.Words) != 1 || q.Words[0] != "carol" {
			t.Errorf("view %d asks %+v for %s", v, q, filter)
		}
		press(tb, "/")
		play(tb, tb.pane().filter.Set("colour:red"))
		if got := plain(tb); !strings.Contains(got, "no key colour:") {
			t.Errorf("view %d does not say that it has no such key:\n%s", v, got)
		}
		press(tb, "esc")
		widest := 0
		for _, k := range tb.FilterKeys() {
			widest = max(widest, len(k.Help().Key))
		}
		for _, k := range tb.FilterKeys() {
			if w := 2 + widest + 2 + len(k.Help().Desc); w > 36 {
				t.Errorf("help cuts %s %s", k.Help().Key, k.Help().Desc)
			}
		}
	}
}

func TestKeysThatAreOfferedDoSomething(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	for v := range tb.panes {
		play(tb, tb.SetView(v))
		for _, b := range tb.Keys() {
			if b.Enabled() && (b.Help().Key == "" || b.Help().Desc == "") {
				t.Errorf("view %d offers %v without words", v, b.Keys())
			}
		}
	}
	offers := func(name string) bool {
		for _, b := range tb.Keys() {
			if b.Enabled() && b.Help().Key == name {
				return true
			}
		}
		return false
	}
	play(tb, tb.SetView(waiting))
	if !offers("a") || !offers("d") || offers("t") {
		t.Error("a request does not offer its two decisions and no more")
	}
	press(tb, "j")
	if offers("a") || !offers("d") {
		t.Error("a request with cut evidence is to be denied only")
	}
	play(tb, tb.SetView(incidents))
	if offers("a") || !offers("t") || !offers("c") || offers("x") {
		t.Error("the incident of a request that waits offers the wrong keys")
	}
}
