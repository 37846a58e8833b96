package workflow_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

const (
	knownHash = "24e5e1c2bbef565360c390000000000000000000000000000000000000000000"
	otherHash = "0932d6c213a46bb6b28250000000000000000000000000000000000000000000"
)

// withRules is a world whose service has rules.
func withRules(t *testing.T, e workflow.EndpointSettings) *vaultWorld {
	t.Helper()
	v := newVaultWorld(t)
	v.svc = workflow.New(v.db, workflow.Options{Settings: workflow.Settings{Default: policy()}, Now: v.time.Now, Endpoints: e})
	v.worker = v.newWorker(v.vault)
	v.svc.UseWorker(v.worker)
	return v
}

// elevates adds a request of a user to run a program with a hash; what is "" is not
// reported.
func (v *vaultWorld) elevates(user, hash, path string, minutes int) string {
	a := vaultsim.Approval{Type: "CommandLine", Status: vaultsim.Pending, ExpireIn: minutes, Created: v.time.Now().Truncate(time.Second)}
	if user != "" {
		a.Account = append(a.Account, vaultsim.Pair{Key: model.KeyUser, Value: user})
	}
	if path != "" {
		a.Application = append(a.Application, vaultsim.Pair{Key: model.KeyFile, Value: "sudo"}, vaultsim.Pair{Key: model.KeyPath, Value: path})
	}
	if hash != "" {
		a.Application = append(a.Application, vaultsim.Pair{Key: model.KeyHash, Value: hash})
	}
	return v.cloud.AddApproval(a)
}

func rulePath(t *testing.T, text string) model.PathPattern {
	t.Helper()
	p, err := model.ParsePathPattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func someRules(t *testing.T) []model.EndpointRule {
	t.Helper()
	return []model.EndpointRule{
		{Name: "known", Then: model.RuleApprove, Match: model.RuleMatch{Hash: knownHash}, Until: time.Now().AddDate(10, 0, 0)},
		{Name: "mallory", Then: model.RuleDeny, Match: model.RuleMatch{User: "mallory"}},
		{Name: "opt", Then: model.RuleEscalate, Group: "Security", Match: model.RuleMatch{Path: rulePath(t, "/opt/**")}},
		{Name: "over", Then: model.RuleDeny, Match: model.RuleMatch{Hash: otherHash}, Until: time.Unix(1, 0)},
	}
}

func TestRulesDecideInTheirOwnName(t *testing.T) {
	t.Parallel()
	v := withRules(t, workflow.EndpointSettings{Rules: someRules(t), Apply: true})
	approved, denied := v.elevates("zoe", knownHash, "/usr/bin", 30), v.elevates("mallory", knownHash, "/usr/bin", 30)
	escalated, left := v.elevates("zoe", otherHash, "/opt/x", 30), v.elevates("zoe", otherHash, "/usr/bin", 30)
	v.poll()
	for uid, want := range map[string]struct {
		state model.EndpointState
		by    model.PersonID
		group model.GroupName
		says  string
	}{
		approved:  {model.EndpointApproving, "rule:known", "", "rule:known approved"},
		denied:    {model.EndpointDenying, "rule:mallory", "", "rule:mallory denied"},
		escalated: {model.EndpointPending, "", "Security", "escalated to Security by the rule opt"},
		left:      {model.EndpointPending, "", "", ""},
	} {
		e, i := v.endpoint(uid)
		if e.State != want.state || e.Decision.By != want.by || want.group != "" && e.Group != want.group {
			t.Errorf("%s by %q, for %q; want %+v", e.State, e.Decision.By, e.Group, want)
		}
		if want.by != "" && e.Decision.Digest != model.StatementOfEndpoint(e).Digest() {
			t.Errorf("%s: the statement is not signed", want.by)
		}
		view, err := v.svc.EndpointByUID(v.ctx, "omar", string(e.UID))
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, line := range view.Timeline {
			told = append(told, strings.TrimSpace(line.Who+" "+line.Text))
		}
		if !strings.Contains(strings.Join(told, "\n"), want.says) {
			t.Errorf("%s: the timeline of %s is %q, want %q in it", i.Number, e.UID, told, want.says)
		}
	}
	e, _ := v.endpoint(escalated)
	v.poll()
	if again, _ := v.endpoint(escalated); again.Revision != e.Revision {
		t.Error("it was escalated again")
	}
	v.work()
	v.poll()
	for uid, want := range map[string]model.EndpointState{approved: model.EndpointApproved, denied: model.EndpointDenied} {
		if e, i := v.endpoint(uid); e.State != want || i.Closed.IsZero() {
			t.Errorf("%s became %s, incident %+v; want %s", uid, e.State, i, want)
		}
	}
}

func TestRulesAreOffUnlessApplied(t *testing.T) {
	t.Parallel()
	v := withRules(t, workflow.EndpointSettings{Rules: someRules(t)})
	uid := v.elevates("mallory", knownHash, "/usr/bin", 30)
	v.poll()
	if e, _ := v.endpoint(uid); e.State != model.EndpointPending || e.Decision.By != "" {
		t.Errorf("%+v", e)
	}
	trials, err := v.svc.TestRules(v.ctx, "omar", 1)
	if err != nil || len(trials) != 1 || trials[0].Rule.Name != "mallory" || trials[0].Against() {
		t.Errorf("trials %+v, %v", trials, err)
	}
}

func TestWhoMayTryRules(t *testing.T) {
	t.Parallel()
	v := withRules(t, workflow.EndpointSettings{Rules: someRules(t)})
	if _, err := v.svc.TestRules(v.ctx, "alice", 1); err == nil {
		t.Error("a requestor tried the rules")
	}
	for _, days := range []int{0, -1, workflow.MostTrialDays + 1} {
		if _, err := v.svc.TestRules(v.ctx, "omar", days); err == nil {
			t.Errorf("%d days were tried", days)
		}
	}
}

func TestARuleDecidesNothingThatHasEnded(t *testing.T) {
	t.Parallel()
	v := withRules(t, workflow.EndpointSettings{Rules: someRules(t)})
	uid := v.elevates("mallory", knownHash, "/usr/bin", 1)
	v.poll()
	v.svc = workflow.New(v.db, workflow.Options{Settings: workflow.Settings{Default: policy()}, Now: v.time.Now,
		Endpoints: workflow.EndpointSettings{Rules: someRules(t), Apply: true}})
	v.worker = v.newWorker(v.vault)
	v.time.Advance(2 * time.Minute)
	v.poll()
	if e, _ := v.endpoint(uid); e.State != model.EndpointExpired || e.Decision.By != "" {
		t.Errorf("%s by %q", e.State, e.Decision.By)
	}
}

// TestADryRunEqualsWhatThenHappens draws worlds of requests, tries the rules on them
// while they are not applied, applies them, and compares.
func TestADryRunEqualsWhatThenHappens(t *testing.T) {
	t.Parallel()
	pick := func(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			all := someRules(t)
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			all = all[:1+r.IntN(len(all))]
			v := withRules(t, workflow.EndpointSettings{Rules: all})
			for range 8 {
				v.elevates(pick(r, "", "zoe", "mallory", "Mallory"), pick(r, "", knownHash, otherHash, knownHash[:20]),
					pick(r, "", "/usr/bin", "/opt/x", "/opt/../usr/bin"), 30+r.IntN(30))
			}
			v.poll()
			before, err := v.svc.TestRules(v.ctx, "omar", 1)
			if err != nil || len(before) != 8 {
				t.Fatalf("%d trials, %v", len(before), err)
			}
			v.svc = workflow.New(v.db, workflow.Options{Settings: workflow.Settings{Default: policy()}, Now: v.time.Now,
				Endpoints: workflow.EndpointSettings{Rules: all, Apply: true}})
			v.worker = v.newWorker(v.vault)
			v.poll()
			for _, trial := range before {
				e, _ := v.endpoint(string(trial.Endpoint.UID))
				var did model.RuleVerdict
				name := ""
				switch {
				case e.Decision.Verdict == model.Approve:
					did, name = model.RuleApprove, string(e.Decision.By)
				case e.Decision.Verdict == model.Deny:
					did, name = model.RuleDeny, string(e.Decision.By)
				case e.Group == "Security":
					did, name = model.RuleEscalate, "rule:"+trial.Rule.Name
				}
				if did != trial.Rule.Then || did != "" && name != "rule:"+trial.Rule.Name {
					t.Errorf("%+v: %q by %q, the dry run said %q by %q", e.Facts, did, name, trial.Rule.Then, trial.Rule.Name)
				}
			}
			after, err := v.svc.TestRules(v.ctx, "omar", 1)
			if err != nil || len(after) != len(before) {
				t.Fatalf("%d trials, %v", len(after), err)
			}
			for i := range after {
				if after[i].Rule.Name != before[i].Rule.Name {
					t.Errorf("a second dry run says %q, the first %q", after[i].Rule.Name, before[i].Rule.Name)
				}
			}
		})
	}
}
