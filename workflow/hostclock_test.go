package workflow_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/model"
	"countersign/vaultadapt"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// TestNoEndIsTooLateAndNoneTooEarlyWithoutSayingSo has requests come in while the
// clock of the service's host is off by whatever lies between two zones.
func TestNoEndIsTooLateAndNoneTooEarlyWithoutSayingSo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		off := time.Duration(rapid.IntRange(-14*4, 14*4).Draw(t, "zones")) * 15 * time.Minute
		skew := time.Duration(rapid.IntRange(-60, 60).Draw(t, "seconds")) * time.Second
		var c workflow.HostClock
		now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
		prev := time.Time{}
		if rapid.Bool().Draw(t, "a list before") {
			prev = now
		}
		for i := range rapid.IntRange(1, 6).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(15, 120).Draw(t, "pause")) * time.Second)
			since := prev
			if since.IsZero() {
				since = now.Add(-time.Minute)
			}
			created := since.Add(time.Duration(rapid.Int64Range(0, int64(now.Sub(since))).Draw(t, "created")))
			minutes := rapid.SampledFrom([]int{1, 5, 30, 240}).Draw(t, "minutes")
			e := model.EndpointRequest{UID: model.UID(strings.Repeat("A", i+1)), Created: created.Add(off + skew), Minutes: minutes}
			c.End(&e, prev, now)
			truth := created.Add(time.Duration(minutes) * time.Minute)
			if late := e.Expires.Sub(truth); late > now.Sub(created) && late > time.Minute {
				t.Fatalf("request %d ends %s too late (off by %s): %q", i, late, off, e.Doubt)
			}
			if early := truth.Sub(e.Expires); early > 3*time.Minute && e.Doubt == "" && !(prev.IsZero() && e.Expires.After(now)) {
				t.Fatalf("request %d ends %s too early (off by %s) without saying so", i, early, off)
			}
			prev = now
		}
	})
}

func TestSecondRequestTellsThatTheHostsClockIsBehind(t *testing.T) {
	t.Parallel()
	var c workflow.HostClock
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	one := model.EndpointRequest{UID: "one", Created: now.Add(-5 * time.Hour), Minutes: 30}
	c.End(&one, now.Add(-15*time.Second), now)
	if one.Doubt == "" || one.Expires.After(now) {
		t.Errorf("the first: ends %s, %q", one.Expires, one.Doubt)
	}
	two := model.EndpointRequest{UID: "two", Created: now.Add(-5*time.Hour + time.Minute), Minutes: 30}
	c.End(&two, now.Add(45*time.Second), now.Add(time.Minute))
	if want := now.Add(31 * time.Minute); !two.Expires.Equal(want) || !strings.Contains(two.Doubt, "5h less") && !strings.Contains(two.Doubt, "5 h less") {
		t.Errorf("the second: ends %s, want %s: %q", two.Expires, want, two.Doubt)
	}
	// The zone is put right: what fits again is taken as it is.
	three := model.EndpointRequest{UID: "three", Created: now.Add(2 * time.Minute), Minutes: 30}
	c.End(&three, now.Add(105*time.Second), now.Add(2*time.Minute))
	if want := now.Add(32 * time.Minute); !three.Expires.Equal(want) || three.Doubt != "" {
		t.Errorf("the third: ends %s, want %s: %q", three.Expires, want, three.Doubt)
	}
}

// TestEndsAreRightInEveryZoneAndWhenItChanges has the service's host in three
// zones, at moments when summer time begins and ends.
func TestEndsAreRightInEveryZoneAndWhenItChanges(t *testing.T) {
	t.Parallel()
	moments := map[string]time.Time{
		"a winter day":                       time.Date(2027, 1, 20, 9, 0, 0, 0, time.UTC),
		"before summer time begins":          time.Date(2027, 3, 28, 0, 50, 0, 0, time.UTC),
		"the first of two equal hours":       time.Date(2027, 10, 31, 0, 40, 0, 0, time.UTC),
		"the second of two equal hours":      time.Date(2027, 10, 31, 1, 20, 0, 0, time.UTC),
		"the second of two in New York":      time.Date(2027, 11, 7, 6, 20, 0, 0, time.UTC),
		"a summer day":                       time.Date(2027, 7, 20, 9, 0, 0, 0, time.UTC),
		"half an hour twice, Lord Howe Isle": time.Date(2027, 4, 3, 15, 10, 0, 0, time.UTC),
	}
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe"} {
		for what, at := range moments {
			for _, configured := range []bool{true, false} {
				t.Run(name+", "+what, func(t *testing.T) {
					t.Parallel()
					zone, err := time.LoadLocation(name)
					if err != nil {
						t.Fatal(err)
					}
					v := newVaultWorld(t)
					v.serve(func(o *vaultsim.Options) { o.Location = zone })
					set := vaultadapt.Options{Zone: zone}
					if !configured {
						set.Zone = time.UTC
					}
					v.worker = v.newWorker(vaultadapt.New(v.client(vaultadapt.NewTraffic(v.calls.add)), set))
					v.time.Advance(at.Sub(v.time.Now()))
					v.poll()
					for range 3 {
						v.time.Advance(time.Minute)
						uid := v.elevation(30)
						truth := v.time.Now().Add(30 * time.Minute)
						v.time.Advance(10 * time.Second)
						v.poll()
						e, _ := v.endpoint(uid)
						off := e.Expires.Sub(truth)
						switch {
						case configured && (off.Abs() > 2*time.Second || e.Doubt != ""):
							t.Errorf("off by %s: %q", off, e.Doubt)
						case off > 2*time.Minute:
							t.Errorf("%s too late: %q", off, e.Doubt)
						case off < -2*time.Minute && e.Doubt == "":
							t.Errorf("%s too early without saying so", -off)
						case e.State == model.EndpointExpired && !contains(e.Outcome, e.Doubt):
							t.Errorf("ended with %q without its doubt %q", e.Outcome, e.Doubt)
						}
					}
				})
			}
		}
	}
}

func TestJumpsOfOurOwnClock(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	uid := v.elevation(30)
	v.poll()
	v.time.Advance(24 * time.Hour)
	v.poll()
	if e, i := v.endpoint(uid); e.State != model.EndpointExpired || i.Closed.IsZero() || !contains(e.Outcome, "its time was over at") {
		t.Errorf("a day ahead: %s: %q", e.State, e.Outcome)
	}
	v.time.Advance(-24 * time.Hour)
	v.poll()
	e, i := v.endpoint(uid)
	if e.State != model.EndpointPending || !i.Closed.IsZero() {
		t.Errorf("back again: %s, incident closed %s", e.State, i.Closed)
	}
	v.time.Advance(-24 * time.Hour)
	view := v.sees("omar", uid)
	if _, err := v.svc.DecideEndpoint(v.ctx, "omar", decision(view, model.Approve)); denied(err) != model.DenyState || !contains(err.Error(), "clock") {
		t.Errorf("approved a day before it was seen: %v", err)
	}
	v.time.Advance(24*time.Hour + 31*time.Minute)
	if _, err := v.svc.DecideEndpoint(v.ctx, "omar", decision(v.sees("omar", uid), model.Approve)); denied(err) != model.DenyState {
		t.Errorf("approved after its end: %v", err)
	}
}

func TestLateRequestIsNotTakenForANewOneWhereTheClockIsKnown(t *testing.T) {
	t.Parallel()
	var c workflow.HostClock
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	one := model.EndpointRequest{UID: "one", Created: now.Add(2 * time.Hour), Minutes: 30}
	c.End(&one, now.Add(-15*time.Second), now)
	if want := now.Add(30 * time.Minute); !one.Expires.Equal(want) || one.Doubt == "" {
		t.Errorf("two hours ahead: ends %s, want %s: %q", one.Expires, want, one.Doubt)
	}
	late := model.EndpointRequest{UID: "late", Created: now.Add(2*time.Hour - 37*time.Minute), Minutes: 30}
	c.End(&late, now, now.Add(15*time.Second))
	if want := now.Add(-7 * time.Minute); !late.Expires.Equal(want) || late.Doubt == "" {
		t.Errorf("37 minutes late: ends %s, want %s: %q", late.Expires, want, late.Doubt)
	}
}

// Whatever a clock says, no request lasts longer than it can, counted from when it was
// seen.
func TestNoRequestLastsLongerThanItCan(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for name, created := range map[string]time.Time{"a minute ahead": now.Add(time.Minute), "two minutes ahead": now.Add(2 * time.Minute), "now": now} {
		var c workflow.HostClock
		e := model.EndpointRequest{UID: "one", Created: created, Minutes: 30}
		c.End(&e, now.Add(-15*time.Second), now)
		if want := now.Add(30 * time.Minute); !e.Expires.Equal(want) {
			t.Errorf("%s: ends %s, want %s", name, e.Expires, want)
		}
	}
}

func TestRequestWithoutATimeIsCountedFromWhenItWasSeen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	var c workflow.HostClock
	e := model.EndpointRequest{UID: "one", Minutes: 30}
	c.End(&e, now.Add(-15*time.Second), now)
	if !e.Expires.Equal(now.Add(30*time.Minute)) || !strings.Contains(e.Doubt, "counted from when it was first seen") {
		t.Errorf("ends %s: %q", e.Expires, e.Doubt)
	}
	none := model.EndpointRequest{UID: "two", Expires: now.Add(time.Hour), Created: now}
	c.End(&none, now.Add(-15*time.Second), now)
	if !none.Expires.IsZero() {
		t.Errorf("without minutes it ends %s", none.Expires)
	}
}

// In the hour that comes twice, what tells the two apart decides; where nothing does
// it is the earlier one, so that no ended request is approved, and that is said.
func TestHourThatComesTwice(t *testing.T) {
	t.Parallel()
	first := time.Date(2027, 10, 31, 0, 30, 0, 0, time.UTC) // 02:30 in Berlin, the first time
	again := first.Add(time.Hour)
	for _, tt := range []struct {
		name      string
		prev, now time.Time
		want      time.Time
		doubt     bool
	}{
		{"the second has not come yet", first.Add(-time.Minute), first.Add(time.Minute), first, false},
		{"nor at the first list of all", time.Time{}, first.Add(time.Minute), first, false},
		{"a list between the two did not have it", again.Add(-time.Minute), again.Add(time.Minute), again, false},
		{"the last list was before both", first.Add(-time.Minute), again.Add(time.Minute), first, true},
		{"there was no list before", time.Time{}, again.Add(time.Minute), first, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var c workflow.HostClock
			e := model.EndpointRequest{UID: "one", Created: first, Again: again, Minutes: 90}
			c.End(&e, tt.prev, tt.now)
			if want := tt.want.Add(90 * time.Minute); !e.Expires.Equal(want) || strings.Contains(e.Doubt, "comes twice") != tt.doubt {
				t.Errorf("ends %s, want %s: %q", e.Expires, want, e.Doubt)
			}
		})
	}
}

// A request that could not be stored is met again: it is no second witness.
func TestOneRequestAloneDoesNotTellThatTheClockIsBehind(t *testing.T) {
	t.Parallel()
	var c workflow.HostClock
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for range 3 {
		e := model.EndpointRequest{UID: "one", Created: now.Add(-5 * time.Hour), Minutes: 30}
		c.End(&e, now.Add(-15*time.Second), now)
		if e.Expires.After(now) || !strings.Contains(e.Doubt, "may be behind") || c.Said() != "" {
			t.Errorf("ends %s: %q; of the clock: %q", e.Expires, e.Doubt, c.Said())
		}
	}
}

// What is known of the clock is forgotten once a request fits without it.
func TestClockThatWasPutRightIsBelievedAgain(t *testing.T) {
	t.Parallel()
	var c workflow.HostClock
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	ahead := model.EndpointRequest{UID: "one", Created: now.Add(2 * time.Hour), Minutes: 30}
	c.End(&ahead, now.Add(-15*time.Second), now)
	if !strings.Contains(c.Said(), "2 h more") && !strings.Contains(c.Said(), "2h more") {
		t.Fatalf("of the clock: %q", c.Said())
	}
	right := model.EndpointRequest{UID: "two", Created: now.Add(10 * time.Second), Minutes: 30}
	c.End(&right, now, now.Add(15*time.Second))
	if want := now.Add(30*time.Minute + 10*time.Second); !right.Expires.Equal(want) || right.Doubt != "" || c.Said() != "" {
		t.Errorf("ends %s, want %s: %q; of the clock: %q", right.Expires, want, right.Doubt, c.Said())
	}
}

// Our own clock was ahead when the list was read last.
func TestListOfTheFutureTellsNothing(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.poll()
	v.time.Advance(-3 * time.Hour)
	uid := v.elevation(30)
	want := v.time.Now().Add(30 * time.Minute)
	v.poll()
	if e, _ := v.endpoint(uid); e.Expires.Sub(want).Abs() > 2*time.Second || e.Doubt != "" {
		t.Errorf("ends %s, want about %s: %q", e.Expires, want, e.Doubt)
	}
}
