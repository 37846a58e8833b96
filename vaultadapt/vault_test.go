package vaultadapt_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

const (
	key    = "TEST-KEY-0123456789"
	record = model.UID("RZToj60CrP9GDxjDTPWxAQ")
	alice  = "alice@example.com"
)

// rig is a simulated service with one record, and the vault over it.
type rig struct {
	*vaultadapt.Vault
	sim   *vaultsim.Server
	cloud *vaultsim.Vault
	calls func() []workflow.Call
}

func newRig(t *testing.T) rig {
	t.Helper()
	cloud := vaultsim.NewVault(vaultsim.VaultOptions{Seed: 1})
	cloud.AddUser(vaultsim.User{Email: alice, Relation: vaultsim.Known})
	cloud.AddTeam(vaultsim.Team{Name: "DBA", Members: []string{cloud.Service()}})
	cloud.AddSharedFolder(vaultsim.Folder{Name: "Databases"})
	cloud.AddRecord(vaultsim.Record{UID: string(record), Title: "prod-db-01", Type: "databaseCredentials",
		Fields: []vaultsim.Field{{Type: "password", Value: []any{"correct horse"}}}})
	sim, err := vaultsim.New(vaultsim.Options{Vault: cloud, Keys: []vaultsim.Key{{Value: key}}, RateLimit: "100000/minute"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := sim.Start(); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var calls []workflow.Call
	traffic := vaultadapt.NewTraffic(func(c workflow.Call) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, c)
	})
	client, err := vaultclient.New(vaultclient.Options{URL: sim.URL(), Key: key, Observe: traffic.Observe,
		Budget: vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: 100000}, nil)})
	if err != nil {
		t.Fatal(err)
	}
	return rig{Vault: vaultadapt.New(client, vaultadapt.Options{Traffic: traffic}), sim: sim, cloud: cloud, calls: func() []workflow.Call {
		mu.Lock()
		defer mu.Unlock()
		return append([]workflow.Call(nil), calls...)
	}}
}

func TestIndexHoldsRecordsAndFoldersOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	hits, err := r.Index(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[model.TargetKind]int{}
	for _, h := range hits {
		kinds[h.Kind]++
		if strings.Contains(h.Title+h.Description, "correct horse") {
			t.Errorf("a secret is in the index: %+v", h)
		}
	}
	if kinds[model.TargetRecord] != 1 || kinds[model.TargetFolder] != 1 || len(hits) != 2 {
		t.Errorf("hits %+v", hits)
	}
}

func TestRecordTellsWhoHasWhat(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	end := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	r.cloud.Share(string(record), alice, vaultsim.Rights{Edit: true}, end)
	facts, err := r.Record(t.Context(), record)
	if err != nil {
		t.Fatal(err)
	}
	if facts.Title != "prod-db-01" || facts.Type != "databaseCredentials" || facts.Owner != r.cloud.Service() || facts.Gone {
		t.Errorf("facts %+v", facts)
	}
	if want := (model.Share{Right: model.RightEdit, Expires: end}); facts.Share("ALICE@example.com") != want {
		t.Errorf("alice has %+v, want %+v", facts.Share(alice), want)
	}
	gone, err := r.Record(t.Context(), "AAAAAAAAAAAAAAAAAAAAAA")
	if err != nil || !gone.Gone {
		t.Errorf("a record that is not there: %+v, %v", gone, err)
	}
}

func TestEachIntentBecomesItsOrder(t *testing.T) {
	t.Parallel()
	end := time.Now().Add(2 * time.Hour).UTC().Truncate(time.Second)
	for _, tt := range []struct {
		name   string
		before model.Share
		kind   model.OpKind
		intent model.Intent
		want   model.Share
	}{
		{"give until", model.Share{}, model.OpGrant, model.Intent{Right: model.RightEdit, Expires: end}, model.Share{Right: model.RightEdit, Expires: end}},
		{"give for good", model.Share{}, model.OpGrant, model.Intent{Right: model.RightEditShare}, model.Share{Right: model.RightEditShare}},
		{"take the end away", model.Share{Right: model.RightView, Expires: end}, model.OpGrant, model.Intent{Right: model.RightView}, model.Share{Right: model.RightView}},
		{"lower", model.Share{Right: model.RightEditShare}, model.OpLower, model.Intent{Right: model.RightEdit, DropShare: true}, model.Share{Right: model.RightEdit}},
		{"remove", model.Share{Right: model.RightEdit}, model.OpRemove, model.Intent{}, model.Share{}},
		{"make owner", model.Share{}, model.OpOwner, model.Intent{Right: model.RightOwner}, model.Share{Right: model.RightOwner}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if !tt.before.None() {
				r.cloud.Share(string(record), alice, vaultsim.Rights{Edit: tt.before.Right.Edit(), Share: tt.before.Right.Share()}, tt.before.Expires)
			}
			tt.intent.Record, tt.intent.Email, tt.intent.Before = record, alice, tt.before
			id, err := r.Submit(t.Context(), workflow.Order{Kind: tt.kind, Intent: tt.intent})
			if err != nil {
				t.Fatal(err)
			}
			out, err := r.Await(t.Context(), workflow.Order{Kind: tt.kind, Intent: tt.intent}, id)
			if err != nil || out.State != model.OpDone || out.Words == "" {
				t.Errorf("outcome %+v, %v", out, err)
			}
			facts, err := r.Record(t.Context(), record)
			if err != nil || facts.Share(alice) != tt.want {
				t.Errorf("alice has %+v, want %+v: %v", facts.Share(alice), tt.want, err)
			}
		})
	}
}

func TestTroubleIsSortedForPeople(t *testing.T) {
	t.Parallel()
	submit := vaultsim.EndpointSubmit
	for _, tt := range []struct {
		name    string
		meet    func(r rig)
		kind    workflow.VaultErrorKind
		notSent bool
		says    string
	}{
		{"unknown key", func(r rig) { r.sim.RevokeKey(key) }, workflow.VaultKeyRefused, true, "refuses the key"},
		{"expired key", func(r rig) { r.sim.ExpireKey(key) }, workflow.VaultKeyExpired, true, "expired"},
		{"command not permitted", func(r rig) { r.sim.Forbid(key, "share-record") }, workflow.VaultNotPermitted, true, "share-record"},
		{"rate limit", func(r rig) { r.sim.Arm(vaultsim.Fault{Kind: vaultsim.RateLimited, Any: true, Endpoint: submit}) }, workflow.VaultLimited, true, "rate limit"},
		{"full queue", func(r rig) { r.sim.Arm(vaultsim.Fault{Kind: vaultsim.QueueFull, Any: true, Endpoint: submit}) }, workflow.VaultBusy, true, "queue is full"},
		{"nothing there", func(r rig) { _ = r.sim.Close() }, workflow.VaultUnreachable, true, "cannot be reached"},
		{"cut", func(r rig) { r.sim.Arm(vaultsim.Fault{Kind: vaultsim.CutAfter, Any: true, Endpoint: submit}) }, workflow.VaultUnreachable, false, "cannot be reached"},
		{"a page", func(r rig) { r.sim.Arm(vaultsim.Fault{Kind: vaultsim.GarbageHTML, Any: true, Endpoint: submit}) }, workflow.VaultGarbage, false, "not the vault service"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			tt.meet(r)
			_, err := r.Submit(t.Context(), workflow.Order{Kind: model.OpGrant, Intent: model.Intent{Record: record, Email: alice, Right: model.RightView}})
			var e *workflow.VaultError
			if !errors.As(err, &e) {
				t.Fatalf("%v is no VaultError", err)
			}
			if e.Kind != tt.kind || e.NotSent != tt.notSent || !strings.Contains(e.Text, tt.says) || e.Advice == "" {
				t.Errorf("%s, not sent %t: %q, advice %q", e.Kind, e.NotSent, e.Text, e.Advice)
			}
			if !e.Passing() {
				t.Error("it counts as lasting")
			}
		})
	}
}

func TestOrderThatCannotBeSpelledIsRefusedUnsent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, intent := range map[string]model.Intent{
		"an address with an apostrophe": {Record: record, Email: "o'brien@example.com", Right: model.RightView},
		"a UID that is none":            {Record: "../etc", Email: alice, Right: model.RightView},
	} {
		_, err := r.Submit(t.Context(), workflow.Order{Kind: model.OpGrant, Intent: intent})
		var e *workflow.VaultError
		if !errors.As(err, &e) || !e.NotSent || e.Passing() {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Submit(t.Context(), workflow.Order{Kind: "bake a cake"}); err == nil {
		t.Error("an unknown kind of order was sent")
	}
	if got := r.sim.Commands(); len(got) != 0 {
		t.Errorf("the service got %+v", got)
	}
}

func TestOrderWithoutATurnIsNotSent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.Submit(ctx, workflow.Order{Kind: model.OpGrant, Intent: model.Intent{Record: record, Email: alice, Right: model.RightView}})
	var e *workflow.VaultError
	if !errors.As(err, &e) || !e.NotSent {
		t.Errorf("%v, want a VaultError that says it was not sent", err)
	}
}

func TestLoggedOutServiceIsTroubleForAll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sim.LoseSession()
	intent := model.Intent{Record: record, Email: alice, Right: model.RightView}
	id, err := r.Submit(t.Context(), workflow.Order{Kind: model.OpGrant, Intent: intent})
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Await(t.Context(), workflow.Order{Kind: model.OpGrant, Intent: intent}, id)
	if err != nil || out.State != model.OpUnknown || out.Trouble == nil || out.Trouble.Kind != workflow.VaultSession {
		t.Errorf("outcome %+v, %v", out, err)
	}
}

func TestProbeNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sim.Forbid(key, "share-record", "tree")
	missing, version, err := r.Probe(t.Context())
	if err != nil || len(missing) != 1 || missing[0] != "share-record" || version != "18.0.13" {
		t.Errorf("missing %v, version %q, %v; tree is not needed", missing, version, err)
	}
}

func TestTrafficHoldsNoSecretAndNamesTheRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx := workflow.WithCorrelation(workflow.WithPriority(t.Context(), workflow.PriorityPerson), "corr")
	if _, err := r.Record(ctx, record); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Record(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	calls := r.calls()
	if len(calls) != 2 || calls[0].Correlation != "corr" || calls[1].Correlation != "" {
		t.Fatalf("calls %+v", calls)
	}
	if calls[0].Priority != "person" || calls[1].Priority != "polling" || calls[0].Path != "v1" || !strings.HasPrefix(calls[0].Command, "get ") {
		t.Errorf("calls %+v", calls)
	}
}

// TestEachKindOfOrderHasACommandAndWords holds for kinds that are added later.
func TestEachKindOfOrderHasACommandAndWords(t *testing.T) {
	t.Parallel()
	for _, kind := range model.OpKinds() {
		i := model.Intent{Record: record, Title: "prod-db-01", Email: alice, Right: model.RightEdit, DropShare: true, Link: "-8RBk3-X16zrSKSYiqh8iGDzjRMwoX7uRhkJoctBK7mcFaJCzqVzhZk2fMfrLBtv8PLQFzDuOOjIt0GkBwfwbQ",
			Number: "REQ0010001", Create: &model.NewRecord{Type: "login", Title: "x", Marker: "REQ0010001"}, Update: &model.RecordChange{Title: "y"}}
		if kind.OnFolder() {
			i.Record, i.Folder, i.Right = "", record, model.RightAll
		}
		switch {
		case kind == model.OpLink:
			i.Limit = model.For(time.Hour)
		case kind.OnEndpoint():
			i.Approval = record
		case kind.OnDevice():
			i.Device = "0123456789abcdef0123"
		}
		if err := vaultadapt.Check(workflow.Order{Kind: kind, Intent: i}); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if words := i.Words(kind); words == "" || words == string(kind) {
			t.Errorf("%s is told as %q", kind, words)
		}
	}
}
