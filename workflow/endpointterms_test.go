package workflow_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/workflow"
)

func TestListsOfEndpointsAreFilteredByKeys(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	uid := v.elevation(30)
	v.poll()
	v.asksIn("bob@example.com", "192.0.2.8")
	v.time.Advance(10 * time.Minute)
	e := v.sees("omar", uid)
	read := map[string]func(workflow.Query) (int, error){
		"endpoint": func(q workflow.Query) (int, error) {
			q.View = workflow.EndpointsWaiting
			p, err := v.svc.Endpoints(v.ctx, "omar", q)
			return len(p.Rows), err
		},
		"device": func(q workflow.Query) (int, error) {
			q.View = workflow.DevicesWaiting
			p, err := v.svc.Devices(v.ctx, "omar", q)
			return len(p.Rows), err
		},
		"incident": func(q workflow.Query) (int, error) {
			q.View = workflow.IncidentsAll
			p, err := v.svc.Incidents(v.ctx, "omar", q)
			return len(p.Rows), err
		},
	}
	for _, tt := range []struct {
		list, key, op, value string
		want                 int    // rows
		complains            string // about what is written
	}{
		{"endpoint", "user", "", e.User, 1, ""},
		{"endpoint", "user", "", "nobody", 0, ""},
		{"endpoint", "machine", "", e.Machine, 1, ""},
		{"endpoint", "kind", "", e.Kind[:4], 1, ""},
		{"endpoint", "file", "", e.Program(), 1, ""},
		{"endpoint", "command", "", "no such command", 0, ""},
		{"endpoint", "hash", "", "zz", 0, ""},
		{"endpoint", "state", "", "Waiting", 1, ""},
		{"endpoint", "state", "", "closed", 0, ""},
		{"endpoint", "state", "", "done", 0, "one of waiting"},
		{"endpoint", "age", ">", "5 min", 1, ""},
		{"endpoint", "age", "<", "5m", 0, ""},
		{"endpoint", "age", ">", "old", 0, "age:>2h"},
		{"endpoint", "left", "<", "30m", 1, ""},
		{"endpoint", "left", ">", "29m", 0, ""},
		{"endpoint", "left", "", "soon", 0, "left:<5m"},
		{"endpoint", "by", "", "rule:editors", 0, ""},
		{"endpoint", "by", "", "omar", 0, ""},
		{"endpoint", "number", "", string(e.EndpointRequest.Incident)[:6], 1, ""},
		{"endpoint", "user", "<", "x", 0, "no less and no more"},
		{"endpoint", "colour", "", "x", 0, "the keys are user, machine"},
		{"device", "email", "", "BOB", 1, ""},
		{"device", "device", "", "lap", 1, ""},
		{"device", "type", "", "phone", 0, ""},
		{"device", "ip", "", "192.0", 1, ""},
		{"device", "location", "", "cork", 1, ""},
		{"device", "state", "", "waiting", 1, ""},
		{"device", "age", ">", "1m", 1, ""},
		{"device", "by", "", "nobody at all", 0, ""},
		{"device", "machine", "", "x", 0, "the keys are email"},
		{"incident", "request", "", "waiting", 1, ""},
		{"incident", "request", "", "denied", 0, ""},
		{"incident", "user", "", e.User, 1, ""},
		{"incident", "machine", "", "nowhere", 0, ""},
		{"incident", "age", "<", "1d", 1, ""},
		{"incident", "number", "", "sir", 1, ""},
		{"incident", "priority", "<", "3", 0, "no less and no more"},
		{"incident", "priority", "", "9", 0, "a number from 1 to 5"},
		{"incident", "assignee", "", "none", 1, ""},
		{"incident", "assignee", "", "ghost", 0, "nobody has this login"},
	} {
		got, err := read[tt.list](workflow.Query{Terms: []workflow.Term{{Key: tt.key, Op: tt.op, Value: tt.value}}})
		var invalid workflow.Invalid
		switch {
		case tt.complains != "" && (!errors.As(err, &invalid) || !strings.Contains(err.Error(), tt.complains)):
			t.Errorf("%s %s:%s%s: %v, want a complaint: %s", tt.list, tt.key, tt.op, tt.value, err, tt.complains)
		case tt.complains == "" && (err != nil || got != tt.want):
			t.Errorf("%s %s:%s%s: %d rows, %v; want %d", tt.list, tt.key, tt.op, tt.value, got, err, tt.want)
		}
	}
}

func TestEveryKeyThatIsNamedIsKnown(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	for _, tt := range []struct {
		keys []workflow.FilterKey
		ask  func(q workflow.Query) error
	}{
		{workflow.EndpointKeys(), func(q workflow.Query) error {
			q.View = workflow.EndpointsDecided
			_, err := v.svc.Endpoints(v.ctx, "omar", q)
			return err
		}},
		{workflow.DeviceKeys(), func(q workflow.Query) error {
			q.View = workflow.DevicesDecided
			_, err := v.svc.Devices(v.ctx, "omar", q)
			return err
		}},
		{workflow.IncidentKeys(), func(q workflow.Query) error {
			q.View = workflow.IncidentsAll
			_, err := v.svc.Incidents(v.ctx, "omar", q)
			return err
		}},
	} {
		for _, k := range tt.keys {
			key, value, _ := strings.Cut(k.Example, ":")
			term := workflow.Term{Key: key, Value: strings.TrimLeft(value, "<>")}
			if value != term.Value {
				term.Op = value[:1]
			}
			if err := tt.ask(workflow.Query{Terms: []workflow.Term{term}}); err != nil || key != k.Name || k.Finds == "" {
				t.Errorf("%+v: %v", k, err)
			}
		}
	}
}
