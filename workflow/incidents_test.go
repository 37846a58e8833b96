package workflow_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// incidents lists the numbers that a query finds.
func (v *vaultWorld) incidents(q workflow.Query) []model.Number {
	v.t.Helper()
	page, err := v.svc.Incidents(v.ctx, "dana", q)
	if err != nil {
		v.t.Fatal(err)
	}
	var numbers []model.Number
	for _, row := range page.Rows {
		numbers = append(numbers, row.Number)
	}
	return numbers
}

func TestIncidentLivesWithItsRequest(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	first, second := v.elevation(30), v.elevation(30)
	v.poll()
	open := v.incidents(workflow.Query{View: workflow.IncidentsOpen, Sort: workflow.SortOldest})
	if len(open) != 2 {
		t.Fatalf("open: %v", open)
	}
	n := v.sees("dana", first).Incident.Number
	for name, err := range map[string]error{
		"close while the request waits": v.svc.CloseIncident(v.ctx, "dana", n, "done"),
		"assign by support":             v.svc.AssignIncident(v.ctx, "sam", n, "dana"),
		"see by a requestor":            func() error { _, err := v.svc.Incident(v.ctx, "alice", n); return err }(),
		"reopen what is open":           v.svc.ReopenIncident(v.ctx, "dana", n, "again"),
	} {
		if denied(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"assign": v.svc.AssignIncident(v.ctx, "dana", n, "omar"),
		"note":   v.svc.NoteIncident(v.ctx, "sam", n, "the machine is in Cork"),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := v.svc.AssignIncident(v.ctx, "dana", n, "alice"); err == nil {
		t.Error("assigned to somebody who may not work on it")
	}
	for name, q := range map[string]workflow.Query{
		"mine":     {View: workflow.IncidentsOpen, Terms: []workflow.Term{{Key: "assignee", Value: "omar"}}},
		"priority": {View: workflow.IncidentsAll, Words: []string{string(n)}, Terms: []workflow.Term{{Key: "priority", Value: "3"}}},
	} {
		if got := v.incidents(q); !slices.Equal(got, []model.Number{n}) {
			t.Errorf("%s: %v", name, got)
		}
	}
	v.decides("omar", first, model.Approve)
	v.ends(first)
	i, err := v.svc.Incident(v.ctx, "dana", n)
	if err != nil || i.StateName != "Closed" || i.Login != "omar" || i.CloseNotes != i.Request.Outcome || i.Request.State != model.EndpointApproved {
		t.Errorf("%+v, %v", i.IncidentRow, err)
	}
	if got := v.incidents(workflow.Query{View: workflow.IncidentsClosed}); !slices.Equal(got, []model.Number{n}) {
		t.Errorf("closed: %v", got)
	}
	if err := v.svc.ReopenIncident(v.ctx, "dana", n, "the hash is on a list now"); err != nil {
		t.Fatal(err)
	}
	i, _ = v.svc.Incident(v.ctx, "dana", n)
	if i.State != model.IncidentAnalysis || !i.Closed.IsZero() || i.Can(model.ActClose) != nil {
		t.Errorf("reopened: %s, %v", i.StateName, i.Can(model.ActClose))
	}
	for _, state := range []string{"Analysis", "16"} {
		q := workflow.Query{View: workflow.IncidentsAll, Terms: []workflow.Term{{Key: "state", Value: state}}}
		if got := v.incidents(q); !slices.Equal(got, []model.Number{n}) {
			t.Errorf("in state %s: %v", state, got)
		}
	}
	if err := v.svc.CloseIncident(v.ctx, "dana", n, "false alarm"); err != nil {
		t.Fatal(err)
	}
	i, _ = v.svc.Incident(v.ctx, "dana", n)
	if i.CloseNotes != "false alarm" || !slices.ContainsFunc(i.Timeline, func(e workflow.TimelineEntry) bool { return contains(e.Text, "approved by omar") }) ||
		!slices.ContainsFunc(i.Timeline, func(e workflow.TimelineEntry) bool { return e.Who == "sam" && e.Kind == model.EntryNote }) {
		t.Errorf("%q: %+v", i.CloseNotes, i.Timeline)
	}
	if e := v.sees("dana", second); e.Incident.State != model.IncidentDraft {
		t.Errorf("the other incident is %s", e.Incident.State.Words())
	}
}

func TestPriorityOfAnIncidentIsByTheTable(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.svc = workflow.New(v.db, workflow.Options{Settings: workflow.Settings{Default: policy()}, Now: v.time.Now,
		Endpoints: workflow.EndpointSettings{Group: "nobody", Incidents: model.IncidentTable{Priority: map[string]int{"PrivilegeElevation": 1},
			Names: map[model.IncidentState]string{model.IncidentDraft: "Neu"}}}})
	v.worker = v.newWorker(v.vault)
	uid := v.elevation(30)
	v.poll()
	view := v.sees("omar", uid)
	if view.Incident.Priority != 1 || view.Group != "nobody" || denied(view.Can(model.ActApprove)) != model.DenyRole {
		t.Errorf("priority %d, group %q: %v", view.Incident.Priority, view.Group, view.Can(model.ActApprove))
	}
	if got := v.incidents(workflow.Query{View: workflow.IncidentsAll, Terms: []workflow.Term{{Key: "state", Value: "Neu"}}}); len(got) != 1 {
		t.Errorf("by the configured name: %v", got)
	}
}

// TestListThatCannotBeReadIsNotAnEmptyOne has the listing fail in each way.
func TestListThatCannotBeReadIsNotAnEmptyOne(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		meet  func(v *vaultWorld)
		state model.HealthState
	}{
		"all is well":        {func(*vaultWorld) {}, model.HealthConnected},
		"not permitted":      {func(v *vaultWorld) { v.sim.Forbid(simKey, "epm", "device-approve") }, model.HealthRefused},
		"the service fails":  {func(v *vaultWorld) { v.sim.Arm(vaultsim.Fault{Kind: vaultsim.UpstreamBefore, Any: true, Count: -1}) }, model.HealthRefused},
		"the limit is spent": {func(v *vaultWorld) { v.sim.Arm(vaultsim.Fault{Kind: vaultsim.RateLimited, Any: true, Count: -1}) }, model.HealthLimited},
		"the service is gone": {func(v *vaultWorld) {
			v.sim.Arm(vaultsim.Fault{Kind: vaultsim.CutBefore, Any: true, Count: -1})
		}, model.HealthUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			v.poll()
			v.pollDevices()
			listed := v.time.Now()
			v.time.Advance(time.Minute)
			tt.meet(v)
			_, _ = v.worker.ListEndpoints(v.ctx)
			_, _ = v.worker.ListDevices(v.ctx)
			var state workflow.EndpointsState
			v.active(func() { state = v.svc.EndpointsState(v.ctx) })
			for what, l := range map[string]model.Listing{"endpoint requests": state.Endpoints, "devices": state.Devices} {
				if tt.state == model.HealthConnected {
					if l.State != tt.state || l.Cause != "" || !l.Since.IsZero() {
						t.Errorf("%s: %+v", what, l)
					}
					continue
				}
				if l.State != tt.state || l.Cause == "" || l.Advice == "" || l.Since.IsZero() || l.Listed.After(listed) || l.Listed.IsZero() {
					t.Errorf("%s: %+v, want %s", what, l, tt.state)
				}
			}
		})
	}
	v := newVaultWorld(t)
	if state := v.svc.EndpointsState(v.ctx); state.Endpoints.State != model.HealthNoWorker || state.Endpoints.Cause == "" {
		t.Errorf("without a worker: %+v", state.Endpoints)
	}
}

func TestEndpointRequestsAndDevicesWaitWithTheOthers(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	late, soon := v.elevation(60), v.elevation(10)
	v.poll()
	v.asksIn("bob@example.com", "192.0.2.8")
	rows, err := v.svc.WaitingToo(v.ctx, "omar", 50)
	if err != nil || len(rows) != 3 || rows[0].Endpoint.UID != model.UID(soon) || rows[1].Endpoint.UID != model.UID(late) || rows[2].Device == nil {
		t.Fatalf("%+v, %v", rows, err)
	}
	v.asksIn("omar@example.com", "192.0.2.9")
	for who, want := range map[model.PersonID]int{"omar": 3, "alice": 0} {
		rows, err := v.svc.WaitingToo(v.ctx, who, 50)
		page, err2 := v.svc.Requests(v.ctx, who, workflow.Query{View: workflow.RequestsWaiting})
		b, err3 := v.svc.Badges(v.ctx, who)
		if err := errors.Join(err, err2, err3); err != nil {
			t.Fatal(err)
		}
		if b.Endpoints != len(rows) || len(rows) != want || b.Approvals != len(rows)+len(page.Rows) {
			t.Errorf("%s has badges %+v, and in the lists %d and %d", who, b, len(page.Rows), len(rows))
		}
	}
	if rows, err := v.svc.WaitingToo(v.ctx, "alice", 50); err != nil || len(rows) != 0 {
		t.Errorf("for a requestor: %+v, %v", rows, err)
	}
	if _, err := v.svc.EndpointByUID(v.ctx, "alice", soon); denied(err) != model.DenyRole {
		t.Errorf("seen by a requestor: %v", err)
	}
	if _, err := v.svc.Endpoint(v.ctx, "omar", 4711); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("one that does not exist: %v", err)
	}
}
