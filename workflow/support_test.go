package workflow_test

import (
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// TestOnlySupportAndAdminsSeeTheSupportPage also holds that support decides and
// reveals nothing.
func TestOnlySupportAndAdminsSeeTheSupportPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit("alice", draft())
	for who, sees := range map[model.PersonID]bool{"sam": true, "priya": true, "dana": false, "alice": false, "heidi": false} {
		if _, err := w.svc.Support(w.ctx, who); isDenied(err) == sees {
			t.Errorf("%s sees the page: %v", who, err)
		}
		if _, err := w.svc.SupportBundle(w.ctx, who); isDenied(err) == sees {
			t.Errorf("%s gets a bundle: %v", who, err)
		}
	}
	if _, err := w.svc.Case(w.ctx, "sam", r.Number); err == nil {
		c := w.view("sam", r.Number)
		for _, act := range []model.Action{model.ActApprove, model.ActDeny, model.ActReveal, model.ActFulfil} {
			if c.Can(act) == nil {
				t.Errorf("support may %s", act)
			}
		}
	}
	if _, err := w.svc.Reveal(w.ctx, "sam", r.Number); err == nil {
		t.Error("support reveals a link")
	}
}

// TestSupportPageSaysVersionsHealthAndFindings looks at what is on it.
func TestSupportPageSaysVersionsHealthAndFindings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.submit("alice", draft())
	v, err := w.svc.Support(w.ctx, "sam")
	if err != nil {
		t.Fatal(err)
	}
	has := func(facts []model.Fact, key, value string) {
		t.Helper()
		if !slices.ContainsFunc(facts, func(f model.Fact) bool { return f.Key == key && (value == "" || f.Value == value) }) {
			t.Errorf("%s %s is not said in %v", key, value, facts)
		}
	}
	has(v.Program, "Go", "")
	has(v.Program, "SQLite", "")
	has(v.Queue, "Rows of request", "1")
	has(v.Queue, "Rows of person", "7")
	has(v.Queue, "Schema of queue.db", "")
	if v.Health.State != model.HealthNoWorker {
		t.Errorf("the vault is %s", v.Health.State)
	}
	var states []workflow.CheckState
	for _, c := range v.Checks {
		states = append(states, c.State)
	}
	if states = slices.Compact(states); !slices.Equal(states, []workflow.CheckState{workflow.CheckBad, workflow.CheckWarn, workflow.CheckOK}) {
		t.Errorf("what needs a look does not come first: %v", states)
	}
}

// TestBundleHoldsNothingSecretOrPersonal puts canaries wherever people, the vault or
// the system write, and looks for them in the bundle.
func TestBundleHoldsNothingSecretOrPersonal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := draft()
	d.Justification = "justified-canary because of the ledger"
	d.Target.Title = "title-canary of the ledger"
	r := w.submit("alice", d)
	d.Target.Title = runtime.GOOS // a title must not take what the program says of itself
	w.submit("bob", d)
	if done, err := w.svc.Decide(w.ctx, "dana", w.decision("dana", r.Number, model.Deny, "comment-canary")); err != nil || done.Err != nil {
		t.Fatal(err, done.Err)
	}
	log := store.NewLogHandler(w.db, slog.LevelDebug)
	l := slog.New(log)
	l.Warn("REQ0010001, SCTASK0010001: gave alice@example.com edit on title-canary of the ledger", "uid", prodDB, "who", "login-canary", "lines", 17)
	l.Error(`record "quoted-canary" is gone`, "error", "open /home/path-canary/key: dial 192.0.2.77: user 'sharee-canary' at https://host-canary.example.com:8443/x", "record", prodDB)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	err := w.db.AppendTraffic(w.ctx, store.Traffic{At: w.clock.now(), Command: `share-record --email alice@example.com secret-canary "title"`,
		Outcome: "refused", Problem: "no user command-canary@example.com", Status: 200})
	if err != nil {
		t.Fatal(err)
	}
	files, err := w.svc.SupportBundle(w.ctx, "sam")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		if f.Name == "" || f.About == "" {
			t.Errorf("%+v says not what it is", f)
		}
		all.Write(f.Body)
	}
	for _, gone := range []string{"canary", "alice", "dana", "priya", "example.com", string(prodDB), "192.0.2.77", "/home", "Vault Approvers"} {
		if i := strings.Index(strings.ToLower(all.String()), strings.ToLower(gone)); i >= 0 {
			t.Errorf("the bundle holds %q: …%s…", gone, all.String()[max(i-60, 0):min(i+60, all.Len())])
		}
	}
	for _, kept := range []string{"REQ0010001, SCTASK0010001: gave <address>", `"lines":"17"`, `"Command":"share-record"`, "request.deny", "Rows of request: 2", "Index of its words: ", "refused",
		"Built for: " + runtime.GOOS + "/" + runtime.GOARCH + "\n"} {
		if !strings.Contains(all.String(), kept) {
			t.Errorf("the bundle lacks %q:\n%s", kept, all.String())
		}
	}
}
