package demo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, opt Options) *Demo {
	t.Helper()
	d, err := Start(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// census counts what is in a queue, by state.
func census(t *testing.T, d *Demo) map[string]int {
	t.Helper()
	count := map[string]int{}
	err := d.DB.Read(t.Context(), func(tx *store.Tx) error {
		var ids []int64
		q := store.RequestQuery{View: store.RequestsAll, Span: store.Span{Limit: 1000}}
		page, err := tx.Requests(q)
		if err != nil {
			return err
		}
		for _, r := range page.Rows {
			ids = append(ids, r.ID)
		}
		cases, err := tx.Cases(ids)
		for _, c := range cases {
			count["requests"]++
			count["request "+string(c.Request.State)]++
			for _, task := range c.Tasks {
				count["task "+task.State.Words()]++
			}
			for _, op := range c.Operations {
				count["operation "+string(op.State)]++
			}
			for _, g := range c.Grants {
				count["grant "+string(g.State)]++
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

func TestCompanyHasEverythingInIt(t *testing.T) {
	t.Parallel()
	d := start(t, Options{Dir: filepath.Join(t.TempDir(), "new"), Seed: 1})
	count := census(t, d)
	if count["requests"] != DefaultRequests {
		t.Errorf("%d requests, want %d", count["requests"], DefaultRequests)
	}
	var want []string
	for _, s := range model.RequestStates() {
		want = append(want, "request "+string(s))
	}
	for _, s := range []model.TaskState{model.TaskOpen, model.TaskInProgress, model.TaskClosedComplete, model.TaskClosedIncomplete, model.TaskClosedSkipped} {
		want = append(want, "task "+s.Words())
	}
	for _, s := range model.GrantStates() {
		want = append(want, "grant "+string(s))
	}
	for _, s := range []model.OpState{model.OpScheduled, model.OpDone, model.OpRefused, model.OpUnknown} {
		want = append(want, "operation "+string(s))
	}
	for _, what := range want {
		if count[what] == 0 {
			t.Errorf("nothing in it is %q", what)
		}
	}
	if report, err := d.DB.VerifyAudit(t.Context()); err != nil || !report.Intact() || report.Entries < 500 {
		t.Errorf("the audit: %+v, %v", report, err)
	}
	for _, p := range Personas() {
		a, err := d.Service().Actor(t.Context(), p.Login)
		if err != nil || !a.Has(p.Role) {
			t.Errorf("%s is no %s: %v", p.Login, p.Role, err)
		}
	}
}

func TestWhatTheApproverReadsFirst(t *testing.T) {
	t.Parallel()
	d := start(t, Options{Seed: 1})
	svc := d.Service()
	dana, err := svc.Actor(t.Context(), "dana")
	if err != nil {
		t.Fatal(err)
	}
	page, err := svc.Requests(t.Context(), dana.ID, workflow.Query{View: workflow.RequestsWaiting, Sort: workflow.SortDue})
	if err != nil || len(page.Rows) == 0 {
		t.Fatalf("%d rows, %v", len(page.Rows), err)
	}
	first := page.Rows[0]
	if left := first.Due.Sub(d.Now()); first.Requestor != "alice" || first.Title != "prod-db-01" || left < 11*time.Minute || left > 13*time.Minute {
		t.Errorf("first is %s by %s, due in %s", first.Title, first.Requestor, left)
	}
	c, err := svc.Case(t.Context(), dana.ID, first.Number)
	if err != nil {
		t.Fatal(err)
	}
	if c.Before != (workflow.Before{Approved: 3}) {
		t.Errorf("before: %+v", c.Before)
	}
	if len(c.Timeline) < 3 {
		t.Errorf("timeline: %+v", c.Timeline)
	}
	for _, r := range page.Rows {
		if r.Requestor == "dana" {
			t.Errorf("%s is dana's own and waits for dana", r.Number)
		}
	}
}

// TestVaultAgreesWithTheQueue holds the standing access of the queue against the
// simulator's vault, in a new demo and in one that is opened again.
func TestVaultAgreesWithTheQueue(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, round := range []string{"new", "opened again"} {
		d, err := Start(t.Context(), Options{Dir: dir, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		active := 0
		err = d.DB.Read(t.Context(), func(tx *store.Tx) error {
			page, err := tx.Grants(store.GrantQuery{Span: store.Span{Limit: 500}})
			for _, row := range page.Rows {
				g := row.Grant
				if g.State != model.GrantActive {
					continue
				}
				active++
				if has := inVault(d.Vault.Vault(), g); g.Drift != "" && !has.None() || g.Drift == "" && !has.Same(model.Share{Right: g.Right, Expires: g.Until}) {
					t.Errorf("%s: %s has %s on %s, the queue says %s until %s %s", round, g.Email, has.Words(), g.Target.Title, g.Right, g.Until, g.Drift)
				}
			}
			return err
		})
		if err != nil || active < 8 {
			t.Errorf("%s: %d grants, %v", round, active, err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// inVault is what the simulator's vault has of a grant.
func inVault(v *vaultsim.Vault, g model.Grant) model.Share {
	uid := string(g.Target.UID)
	switch {
	case g.Link != "":
		for _, l := range v.OneTimeShares(uid) {
			if l.ID == string(g.Link) && l.Opened.IsZero() == g.Opened.IsZero() {
				return model.Share{Right: model.RecordRight(l.Editable, false), Expires: l.Expires}
			}
		}
	case g.Target.Kind == model.TargetFolder:
		folder, _ := v.Folder(uid)
		for _, m := range folder.Members {
			if m.User == g.Email {
				return model.Share{Right: model.FolderRight(m.ManageUsers, m.ManageRecords), Expires: m.Expires}
			}
		}
	default:
		for _, s := range v.Shares(uid) {
			if s.User == g.Email {
				return model.Share{Right: model.RecordRight(s.Rights.Edit, s.Rights.Share), Expires: s.Expires}
			}
		}
	}
	return model.Share{}
}

func TestSameSeedTellsTheSameStory(t *testing.T) {
	t.Parallel()
	tell := func(seed uint64) []string {
		s := newStage(t, began())
		s.random = random(seed)
		s.tellAll(80)
		s.playAll(t)
		var all []string
		err := s.db.Read(t.Context(), func(tx *store.Tx) error {
			page, err := tx.Requests(store.RequestQuery{View: store.RequestsAll, Span: store.Span{Limit: 1000}})
			for _, r := range page.Rows {
				all = append(all, fmt.Sprintf("%s %s %s %s %s %s", r.Number, r.Login, r.Label, r.Asked.Words(), r.State, r.Created))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	one, again, other := tell(1), tell(1), tell(2)
	if !slices.Equal(one, again) {
		t.Errorf("the same seed told\n%s\nand then\n%s", one, again)
	}
	if slices.Equal(one, other) {
		t.Error("two seeds tell the same story")
	}
}

// TestStoryCanBeToldAtAnyTime plays the story at moments of a week, because the
// company works in office hours.
func TestStoryCanBeToldAtAnyTime(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		at := began().Add(time.Duration(i) * 21 * time.Hour)
		t.Run(at.Format("Mon 15:04"), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, at)
			s.random = random(uint64(i))
			s.tellAll(120)
			s.playAll(t)
			if report, err := s.db.VerifyAudit(t.Context()); err != nil || !report.Intact() {
				t.Errorf("the audit: %+v, %v", report, err)
			}
		})
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	d, err := Start(t.Context(), Options{Away: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestForeignFolderIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "letter.txt"), []byte("dear Dave"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Options{Dir: dir}); !errors.Is(err, ErrNoDemo) {
		t.Errorf("Start = %v, want ErrNoDemo", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestLoginOfAKeptDemoMayDoEverything(t *testing.T) {
	t.Parallel()
	d := start(t, Options{Dir: t.TempDir(), Login: "o'neill"})
	a, err := d.Service().Actor(t.Context(), "o'neill")
	if err != nil || !a.In(Approvers) || !a.In(Admins) {
		t.Fatalf("%+v, %v", a, err)
	}
	for _, r := range model.Roles() {
		if !a.Has(r) {
			t.Errorf("is no %s", r)
		}
	}
	if err := model.ValidateEmail(a.Email); err != nil {
		t.Error(err)
	}
}

func BenchmarkStart(b *testing.B) {
	for _, n := range []int{DefaultRequests, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				d, err := Start(b.Context(), Options{Requests: n})
				if err != nil {
					b.Fatal(err)
				}
				if err := d.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestSecretsInADemo orders what is sealed; a kept demo opens it again later.
func TestSecretsInADemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var first seal.Identity
	for _, again := range []bool{false, true} {
		d, err := Start(t.Context(), Options{Dir: dir, Requests: LeastRequests, Away: true})
		if err != nil {
			t.Fatal(err)
		}
		svc := d.Service()
		alice, err := svc.Actor(t.Context(), "alice")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := svc.Submit(t.Context(), alice.ID, workflow.Draft{Item: model.ItemLogin, Justification: "INC0012345: for the ledger",
			Answers: []model.Answer{{Field: "login", Value: "app"}}, Secrets: map[string][]byte{"password": []byte("hunter2")}}); err != nil {
			t.Errorf("submit: %v", err)
		}
		if again && d.Identity.KeyID() != first.KeyID() {
			t.Error("a kept demo has another key")
		}
		first = d.Identity
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, identityName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	other := start(t, Options{Requests: LeastRequests, Away: true})
	if other.Identity.KeyID() == first.KeyID() {
		t.Error("two demos have the same key")
	}
}

// TestWhoDecidedElevationsIsKnown reads a request of the crowd as its approver does.
func TestWhoDecidedElevationsIsKnown(t *testing.T) {
	t.Parallel()
	d := start(t, Options{Requests: LeastRequests, Away: true, Elevations: 5, ElevationsLeft: 20 * time.Minute})
	svc := d.Service()
	dana, err := svc.Actor(t.Context(), "dana")
	if err != nil {
		t.Fatal(err)
	}
	page, err := svc.Endpoints(t.Context(), dana.ID, workflow.Query{View: workflow.EndpointsWaiting, Words: []string{"carol"}})
	if err != nil || len(page.Rows) == 0 {
		t.Fatalf("%d of carol's, %v", len(page.Rows), err)
	}
	v, err := svc.Endpoint(t.Context(), dana.ID, page.Rows[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if user := v.History.User; user.Approved == 0 || user.LastBy == "" || user.By["dana"] == 0 || user.By["omar"] == 0 {
		t.Errorf("carol's earlier ones: %+v", user)
	}
	if !slices.Contains(v.Deciders, "dana") || v.Group != Approvers {
		t.Errorf("%q can be decided by %v", v.Group, v.Deciders)
	}
}
