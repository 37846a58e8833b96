package vaultclient_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
)

func TestSimFaultsLeaveNothingGuessed(t *testing.T) {
	t.Parallel()
	m := vaultclient.ShareRecord{Record: free, Email: dave}
	for _, tt := range []struct {
		name  string
		fault vaultsim.Fault
		maybe bool              // Submit says that it may have been queued
		lost  bool              // Await says that the answer is gone
		cause vaultclient.Cause // of the outcome, where there is one
		stood vaultclient.Standing
	}{
		{name: "cut before the submit", fault: vaultsim.Fault{Kind: vaultsim.CutBefore}, maybe: true, stood: vaultclient.Absent},
		{name: "cut after the submit", fault: vaultsim.Fault{Kind: vaultsim.CutAfter}, maybe: true, stood: vaultclient.Stands},
		{name: "a page after the submit", fault: vaultsim.Fault{Kind: vaultsim.GarbageHTML}, maybe: true, stood: vaultclient.Stands},
		{name: "half an answer to the submit", fault: vaultsim.Fault{Kind: vaultsim.GarbageTruncated}, maybe: true, stood: vaultclient.Stands},
		{name: "no answer to the submit", fault: vaultsim.Fault{Kind: vaultsim.GarbageEmpty}, maybe: true, stood: vaultclient.Stands},
		{name: "lost on the way to the cloud", fault: vaultsim.Fault{Kind: vaultsim.UpstreamBefore}, cause: vaultclient.Upstream, stood: vaultclient.Absent},
		{name: "lost on the way back", fault: vaultsim.Fault{Kind: vaultsim.UpstreamAfter}, cause: vaultclient.Upstream, stood: vaultclient.Stands},
		{name: "throttled", fault: vaultsim.Fault{Kind: vaultsim.Throttled}, cause: vaultclient.Throttled, stood: vaultclient.Absent},
		{name: "restarted before", fault: vaultsim.Fault{Kind: vaultsim.RestartBefore}, lost: true, stood: vaultclient.Absent},
		{name: "restarted after", fault: vaultsim.Fault{Kind: vaultsim.RestartAfter}, lost: true, stood: vaultclient.Stands},
		{name: "logged out", fault: vaultsim.Fault{Kind: vaultsim.SessionLost}, cause: vaultclient.LoggedOut, stood: vaultclient.Absent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			c, s := start(t, vaultsim.Options{}, vaultclient.Options{})
			tt.fault.Command = "share-record"
			s.Arm(tt.fault)
			id, err := c.Submit(ctx, m)
			if errors.Is(err, vaultclient.ErrMaybeQueued) != tt.maybe {
				t.Fatalf("Submit = %v", err)
			}
			if !tt.maybe {
				r, err := c.Await(ctx, id)
				if errors.Is(err, vaultclient.ErrRequestUnknown) != tt.lost || !tt.lost && err != nil {
					t.Fatalf("Await = %v", err)
				}
				if out, ok := vaultclient.Judge(m, r).(vaultclient.Unknown); !tt.lost && (!ok || out.Cause != tt.cause) {
					t.Fatalf("Judge = %v, want %s", out, tt.cause)
				}
			}
			s.RestoreSession()
			waitIdle(t, c)
			wantStanding(t, m.Verify(must[vaultclient.Record](t)(c.GetRecord(ctx, free)), vaultclient.Window{}), tt.stood)
			if grants := len(did(s)); (grants == 1) != (tt.stood == vaultclient.Stands) {
				t.Errorf("the vault saw %v", did(s))
			}
		})
	}
}

// waitIdle asks until no command can run any more.
func waitIdle(t *testing.T, c *vaultclient.Client) {
	t.Helper()
	for {
		if q := must[vaultclient.QueueStatus](t)(c.QueueStatus(t.Context())); q.Idle() {
			return
		}
	}
}

func TestSimAStuckWorkerIsNoFailure(t *testing.T) {
	t.Parallel()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{})
	hang := s.Arm(vaultsim.Fault{Kind: vaultsim.Hang, Command: "share-record"})
	m := vaultclient.ShareRecord{Record: free, Email: dave}
	id, err := c.Submit(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	<-hang.Hit()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := c.Await(ctx, id); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Await = %v", err)
	}
	q := must[vaultclient.QueueStatus](t)(c.QueueStatus(t.Context()))
	if state := must[vaultclient.RequestState](t)(c.RequestStatus(t.Context(), id)); q.Idle() || q.Processing != id || state.State != "processing" || state.Completed != "" {
		t.Errorf("queue %+v, request %+v", q, state)
	}
	hang.Release()
	r, err := c.Await(t.Context(), id)
	if out, ok := vaultclient.Judge(m, r).(vaultclient.Done); err != nil || !ok {
		t.Errorf("afterwards: %v, %v", out, err)
	}
	wantLedger(t, s, vaultsim.Grant)
}

func TestSimProbeNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	vendor := []string{"get", "search", "record-add", "record-update", "share-folder", "share-record", "one-time-share", "epm"}
	c, s := start(t, vaultsim.Options{Keys: []vaultsim.Key{{Value: vaultsim.RecordedKey, Allow: vendor}}}, vaultclient.Options{})
	report, err := c.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	for _, p := range report.Missing() {
		missing = append(missing, p.Command)
		if p.Disables == "" || report.Allows(p.Command) {
			t.Errorf("permit %+v", p)
		}
	}
	if want := []string{"list-sf", "sync-down", "device-approve", "version", "server", "tree", "ls", "whoami"}; !slices.Equal(missing, want) {
		t.Errorf("missing %v, want %v", missing, want)
	}
	for _, word := range vendor {
		if !report.Allows(word) {
			t.Errorf("%s is not found to be permitted", word)
		}
	}
	wantLedger(t, s) // a probe changes nothing
	e := new(vaultclient.Error)
	if err := c.SyncDown(t.Context()); !errors.As(err, &e) || e.Command != "sync-down" || !strings.Contains(vaultclient.Advice(err), `"sync-down"`) {
		t.Errorf("SyncDown = %v, advice %q", err, vaultclient.Advice(err))
	}
	s.ExpireKey(vaultsim.RecordedKey)
	if _, err := c.Probe(t.Context()); !errors.Is(err, vaultclient.ErrKeyExpired) {
		t.Errorf("Probe with an expired key = %v", err)
	}
}

func TestSimTheServicesLimitIsKept(t *testing.T) {
	t.Parallel()
	c, s := start(t, vaultsim.Options{RateLimit: "60/minute"}, vaultclient.Options{Budget: vaultclient.NewBudget(vaultclient.BudgetOptions{}, nil)})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	calls := 0
	var err error
	for ; err == nil && calls < 100; calls++ {
		_, err = c.As(vaultclient.Decision).Server(ctx)
	}
	e := new(vaultclient.Error)
	if !errors.As(err, &e) || e.Kind != vaultclient.ErrRateLimited || e.HTTP != 0 || calls != 56 {
		t.Errorf("call %d: %v", calls, err)
	}
	if refused := slices.ContainsFunc(s.Commands(), func(c vaultsim.Command) bool { return c.Refused != 0 }); refused || len(s.Commands()) != 55 {
		t.Errorf("the service saw %d commands", len(s.Commands()))
	}
}

// A service without v1 answers reads by their id, too. That such an answer is lost says nothing about what was asked for.
func TestALostAnswerToAReadDoesNotSayThatSomethingIsGone(t *testing.T) {
	t.Parallel()
	c, s := start(t, vaultsim.Options{NoV1: true}, vaultclient.Options{})
	s.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "get"})
	if _, err := c.Get(t.Context(), rz); !errors.Is(err, vaultclient.ErrNoAnswer) || errors.Is(err, vaultclient.ErrNotFound) {
		t.Errorf("Get = %v", err)
	}
	if _, err := c.Get(t.Context(), rz); err != nil {
		t.Errorf("asked again: %v", err)
	}
}
