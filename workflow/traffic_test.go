package workflow_test

import (
	"slices"
	"testing"
	"time"

	"countersign/workflow"
)

func TestCallsOfTheLastMinuteAreToldAsTheyWereSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.clock.now()
	for _, c := range []struct {
		name      string
		at        time.Duration
		wait, run time.Duration
	}{
		{"second", -30 * time.Second, 20 * time.Second, time.Millisecond},
		{"first", -20 * time.Second, 0, time.Millisecond},
		{"never sent", -20 * time.Second, 5 * time.Second, 0},
		{"too old", -2 * time.Minute, 0, time.Millisecond},
		{"by a clock that ran ahead", time.Hour, 0, time.Millisecond},
	} {
		err := w.db.AppendTraffic(w.ctx, workflow.Call{Path: "v1", TrafficRow: workflow.TrafficRow{At: now.Add(c.at), Command: c.name, Wait: c.wait, Run: c.run}}.Stored())
		if err != nil {
			t.Fatal(err)
		}
	}
	calls, err := w.svc.CallsSince(w.ctx, now.Add(-time.Minute))
	var names []string
	for _, c := range calls {
		names = append(names, c.Command)
	}
	if err != nil || !slices.Equal(names, []string{"first", "second"}) || calls[1].Wait != 20*time.Second || calls[1].Path != "v1" {
		t.Errorf("%v, %v", calls, err)
	}
}
