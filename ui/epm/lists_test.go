package epm

import (
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/evidence"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"
)

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

// The frame lets the detail rest while hands are busy only where a tab tells of
// its two panes, and a tab switch under a banner costs as many bytes as without.
func TestTheTwoPanesAreToldUnderABannerToo(t *testing.T) {
	t.Parallel()
	f := someRequests()
	f.health = model.Health{State: model.HealthNoWorker}
	wide := newTab(t, f, wideW, wideH)
	if got := wide.Split(); !got.Both || got.List.Y == 0 {
		t.Errorf("under a banner the panes are told as %+v", got)
	}
	if narrow := newTab(t, someRequests(), narrowW, narrowH); narrow.Split().Both {
		t.Error("a list that stands alone is told as two panes")
	}
}
