package workflow_test

import (
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// changes changes what is stored of a request.
func (v *vaultWorld) changes(uid string, change func(*model.EndpointRequest)) {
	v.t.Helper()
	err := v.db.Write(v.ctx, func(tx *store.Tx) error {
		e, _, err := tx.EndpointByUID(model.UID(uid))
		if err != nil {
			return err
		}
		from := e.State
		change(&e)
		if changed, err := tx.UpdateEndpoint(e, from); err != nil || !changed {
			v.t.Errorf("%s was not changed: %v", uid, err)
		}
		return nil
	})
	if err != nil {
		v.t.Fatal(err)
	}
}

// applied puts a service and a worker in place that apply the rules.
func (v *vaultWorld) applied(rules ...model.EndpointRule) {
	v.t.Helper()
	v.svc = workflow.New(v.db, workflow.Options{Settings: workflow.Settings{Default: policy()}, Now: v.time.Now,
		Endpoints: workflow.EndpointSettings{Rules: rules, Apply: true}})
	v.worker = v.newWorker(v.vault)
	v.svc.UseWorker(v.worker)
}

// A rule approves only what a person would approve without a second thought: not
// while a clock is in doubt, and not what was escalated or is over. What it denies is
// denied all the same.
func TestWhatNoRuleApproves(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		change        func(*model.EndpointRequest)
		later         time.Duration
		approve, deny model.EndpointState // what becomes of it by a rule that approves, and one that denies
	}{
		{"nothing is in doubt", func(*model.EndpointRequest) {}, 0, model.EndpointApproving, model.EndpointDenying},
		{"its end is in doubt", func(e *model.EndpointRequest) { e.Doubt = "the clock may be behind" }, 0, model.EndpointPending, model.EndpointDenying},
		{"it was escalated", func(e *model.EndpointRequest) { e.Group = "Security" }, 0, model.EndpointPending, model.EndpointDenying},
		{"it has no group yet", func(e *model.EndpointRequest) { e.Group = "" }, 0, model.EndpointApproving, model.EndpointDenying},
		{"our clock went back a little", func(*model.EndpointRequest) {}, -50 * time.Second, model.EndpointApproving, model.EndpointDenying},
		{"our clock went back", func(*model.EndpointRequest) {}, -2 * time.Minute, model.EndpointPending, model.EndpointDenying},
		{"our clock went back a day", func(*model.EndpointRequest) {}, -24 * time.Hour, model.EndpointPending, model.EndpointDenying},
		{"a second before its end", func(e *model.EndpointRequest) { e.Expires = e.Seen.Add(time.Minute) }, 59 * time.Second, model.EndpointApproving, model.EndpointDenying},
		{"its end is not known", func(e *model.EndpointRequest) { e.Expires = time.Time{} }, 0, model.EndpointApproving, model.EndpointDenying},
		{"its evidence is cut", func(e *model.EndpointRequest) { e.Complete = false }, 0, model.EndpointPending, model.EndpointPending},
	} {
		for _, rule := range []model.EndpointRule{
			{Name: "known", Then: model.RuleApprove, Match: model.RuleMatch{Hash: knownHash}},
			{Name: "zoe", Then: model.RuleDeny, Match: model.RuleMatch{User: "zoe"}},
		} {
			want := tt.approve
			if rule.Then == model.RuleDeny {
				want = tt.deny
			}
			t.Run(tt.name+", "+string(rule.Then), func(t *testing.T) {
				t.Parallel()
				v := withRules(t, workflow.EndpointSettings{})
				uid := v.elevates("zoe", knownHash, "/usr/bin", 30)
				v.poll()
				v.changes(uid, tt.change)
				// Its evidence cannot be read again.
				v.sim.Arm(vaultsim.Fault{Kind: vaultsim.UpstreamBefore, Command: "epm approval view", Count: -1})
				v.time.Advance(tt.later)
				v.applied(rule)
				_, _ = v.worker.ListEndpoints(v.ctx)
				if e, _ := v.endpoint(uid); e.State != want {
					t.Errorf("it is %s by %q, want %s", e.State, e.Decision.By, want)
				}
			})
		}
	}
}

// What the vault refused once is left to people, or it would be tried for ever.
func TestRuleTriesOnce(t *testing.T) {
	t.Parallel()
	v := withRules(t, workflow.EndpointSettings{})
	uid := v.elevates("mallory", knownHash, "/usr/bin", 240)
	v.applied(someRules(t)...)
	v.poll()
	armed := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.UpstreamBefore, Command: "epm approval action", Count: -1})
	for range 200 {
		v.work()
		if e, _ := v.endpoint(uid); e.State == model.EndpointPending {
			break
		}
		v.time.Advance(20 * time.Second)
	}
	view := v.sees("omar", uid)
	if view.State != model.EndpointPending || view.Op == nil || view.Op.State != model.OpRefused {
		t.Fatalf("it is %s: %+v", view.State, view.Op)
	}
	for range 3 {
		v.time.Advance(time.Minute)
		v.poll()
		v.work()
	}
	if again := v.sees("omar", uid); again.State != model.EndpointPending || again.Op.ID != view.Op.ID {
		t.Errorf("it is %s, by order %d after %d", again.State, again.Op.ID, view.Op.ID)
	}
	armed.Disarm()
	v.decides("omar", uid, model.Deny)
	if view := v.ends(uid); view.State != model.EndpointDenied || view.DecidedBy != "omar" {
		t.Errorf("it is %s by %s", view.State, view.DecidedBy)
	}
}

// A rule for a group holds for its members who are active, whatever the case in which
// the machine tells their names.
func TestGroupsOfRules(t *testing.T) {
	t.Parallel()
	v := withRules(t, workflow.EndpointSettings{})
	err := v.db.Write(v.ctx, func(tx *store.Tx) error {
		heidi, _, err := tx.Person("heidi")
		if err != nil {
			return err
		}
		heidi.ID, heidi.Login, heidi.Email, heidi.Active = "gone", "gone", "gone@example.com", false
		return tx.InsertPerson(heidi)
	})
	if err != nil {
		t.Fatal(err)
	}
	v.applied(model.EndpointRule{Name: "ours", Then: model.RuleApprove, Match: model.RuleMatch{Hash: knownHash, Group: fulfilers}})
	for user, want := range map[string]model.EndpointState{"heidi": model.EndpointApproving, "HEIDI": model.EndpointApproving, "gone": model.EndpointPending,
		"alice": model.EndpointPending, "": model.EndpointPending, "nobody": model.EndpointPending} {
		uid := v.elevates(user, knownHash, "/usr/bin", 30)
		v.poll()
		if e, _ := v.endpoint(uid); e.State != want {
			t.Errorf("%q: %s, want %s", user, e.State, want)
		}
	}
}

// A dry run tells what a rule would have done when the request came, also where the
// rule has ended since, or begins to hold no more.
func TestDryRunIsOfTheMomentInWhichARequestCame(t *testing.T) {
	t.Parallel()
	v := withRules(t, workflow.EndpointSettings{})
	first := v.elevates("zoe", knownHash, "/usr/bin", 30)
	v.poll()
	until := v.time.Now().Add(time.Hour)
	v.time.Advance(2 * time.Hour)
	second := v.elevates("zoe", knownHash, "/usr/bin", 30)
	v.poll()
	v.time.Advance(48 * time.Hour)
	v.poll()
	v.applied(model.EndpointRule{Name: "known", Then: model.RuleApprove, Match: model.RuleMatch{Hash: knownHash}, Until: until})
	trials, err := v.svc.TestRules(v.ctx, "omar", 7)
	if err != nil || len(trials) != 2 {
		t.Fatalf("%d trials, %v", len(trials), err)
	}
	for _, trial := range trials {
		want := map[string]string{first: "known", second: ""}[string(trial.Endpoint.UID)]
		if trial.Rule.Name != want {
			t.Errorf("%s, seen %s: by %q, want %q", trial.Endpoint.UID, trial.Endpoint.Seen, trial.Rule.Name, want)
		}
	}
}

// What was over when it was first seen is decided by no rule, not even in the listing
// that met it, and a dry run says the same.
func TestNoRuleDecidesWhatWasOverWhenItCame(t *testing.T) {
	t.Parallel()
	v := withRules(t, workflow.EndpointSettings{})
	v.applied(someRules(t)...)
	v.poll()
	v.time.Advance(10 * time.Minute)
	uid := v.cloud.AddApproval(vaultsim.Approval{Type: "CommandLine", Status: vaultsim.Pending, ExpireIn: 1, Created: v.time.Now().Add(-5 * time.Minute),
		Account:     []vaultsim.Pair{{Key: model.KeyUser, Value: "mallory"}},
		Application: []vaultsim.Pair{{Key: model.KeyHash, Value: knownHash}}})
	v.poll()
	if e, _ := v.endpoint(uid); !e.Complete || e.Decision.By != "" || e.Expires.After(e.Seen) {
		t.Errorf("it is %s by %q, ends %s, seen %s", e.State, e.Decision.By, e.Expires, e.Seen)
	}
	if trials, err := v.svc.TestRules(v.ctx, "omar", 1); err != nil || len(trials) != 1 || trials[0].Rule.Name != "" {
		t.Errorf("trials %+v, %v", trials, err)
	}
	v.poll()
	if e, i := v.endpoint(uid); e.State != model.EndpointExpired || i.Closed.IsZero() {
		t.Errorf("it is %s, its incident closed %s", e.State, i.Closed)
	}
}
