package workflow_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

const (
	databases = model.UID("DDatabasesFolderUID_11") // shared, and holds replica
	replica   = model.UID("RReplicaRecordUID____1")
	payroll   = model.UID("PPayrollRecordUID____1")
	nothing   = model.UID("NNothingHasThisUID___1")
)

// newSightWorld is a vault with a folder of databases and two records elsewhere, one
// of which bob and alice have.
func newSightWorld(t *testing.T, portal model.Portal) *vaultWorld {
	t.Helper()
	v := newVaultWorld(t, workflow.Settings{Default: policy(), Portal: portal})
	v.cloud.AddSharedFolder(vaultsim.Folder{UID: string(databases), Name: "Databases"})
	v.cloud.AddRecord(vaultsim.Record{UID: string(replica), Title: "replica", Type: "databaseCredentials", Folder: string(databases)})
	v.cloud.AddRecord(vaultsim.Record{UID: string(payroll), Title: "payroll", Type: "login"})
	v.cloud.Share(string(payroll), "bob@example.com", vaultsim.Rights{Edit: true}, v.time.Now().AddDate(0, 1, 0))
	v.cloud.Share(string(payroll), "alice@example.com", vaultsim.Rights{}, v.time.Now().AddDate(0, 1, 0))
	v.readTitles()
	return v
}

func (v *vaultWorld) readTitles() {
	v.t.Helper()
	if err := v.worker.ReadTitles(v.ctx); err != nil {
		v.t.Fatal(err)
	}
}

// finds lists the titles that somebody finds by a text.
func (v *vaultWorld) finds(by model.PersonID, text string) string {
	v.t.Helper()
	var all []string
	v.active(func() {
		got, err := v.svc.Search(v.ctx, by, text, model.TargetNone)
		if err != nil {
			v.t.Fatalf("%s searches: %v", by, err)
		}
		if got.Total != len(got.Hits) {
			v.t.Errorf("%s is told of %d hits and shown %d", by, got.Total, len(got.Hits))
		}
		for _, h := range got.Hits {
			all = append(all, h.Title)
		}
	})
	return strings.Join(all, ", ")
}

// asks is what the vault tells somebody about a record or folder.
func (v *vaultWorld) asks(by model.PersonID, uid model.UID) (facts model.RecordFacts, err error) {
	v.t.Helper()
	v.active(func() { facts, err = v.svc.Facts(v.ctx, by, uid, true) })
	return facts, err
}

func inFolders() model.Portal {
	return model.Portal{Visible: model.TitlesInFolders, Folders: map[model.GroupName][]model.UID{approvers: {databases}}}
}

func TestTitlesAreSeenAsPolicySays(t *testing.T) {
	t.Parallel()
	const every = "Databases, payroll, prod-db-01, replica"
	for _, tt := range []struct {
		name   string
		portal model.Portal
		want   map[model.PersonID]string
	}{
		{"all", model.Portal{}, map[model.PersonID]string{"alice": every, "dana": every, "sam": every, "heidi": every, "priya": every}},
		{"none", model.Portal{Visible: model.TitlesNone}, map[model.PersonID]string{"alice": "", "dana": "", "sam": "", "heidi": every, "priya": every}},
		{"folders of groups", inFolders(), map[model.PersonID]string{"alice": "", "dana": "Databases, replica", "sam": "", "heidi": every, "priya": every}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newSightWorld(t, tt.portal)
			for who, want := range tt.want {
				if got := v.finds(who, ""); got != want {
					t.Errorf("%s finds %q, want %q", who, got, want)
				}
				for title, uid := range map[string]model.UID{"payroll": payroll, "replica": replica, "Databases": databases} {
					wanted := ""
					if contains(want, title) {
						wanted = title
					}
					if got := v.finds(who, string(uid)); got != wanted {
						t.Errorf("%s finds %q by the UID of %s", who, got, title)
					}
					facts, err := v.asks(who, uid)
					if wanted == "" && denied(err) != model.DenyRole || wanted != "" && (err != nil || facts.Title != title) {
						t.Errorf("%s asks for %s: %+v, %v", who, title, facts, err)
					}
				}
			}
		})
	}
}

// TestNothingIsToldOfWhatOneMayNotSee holds that the answer about something hidden is
// that about nothing, and that the vault is not even asked.
func TestNothingIsToldOfWhatOneMayNotSee(t *testing.T) {
	t.Parallel()
	for name, portal := range map[string]model.Portal{"none": {Visible: model.TitlesNone}, "folders": inFolders()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newSightWorld(t, portal)
			// Somebody who may has asked a moment ago.
			if _, err := v.asks("heidi", payroll); err != nil {
				t.Fatal(err)
			}
			before := len(v.sim.Commands())
			hidden, err := v.asks("alice", payroll)
			absent, none := v.asks("alice", nothing)
			if denied(err) != model.DenyRole || hidden.Title+absent.Title != "" ||
				strings.ReplaceAll(err.Error(), string(payroll), "UID") != strings.ReplaceAll(none.Error(), string(nothing), "UID") {
				t.Errorf("of a hidden record %+v, %v; of none %+v, %v", hidden, err, absent, none)
			}
			if after := len(v.sim.Commands()); after != before {
				t.Errorf("the vault was asked: %+v", v.sim.Commands()[before:])
			}
			// She may ask for it all the same, and learns nothing by that either.
			d := draft()
			d.Target = model.Target{Kind: model.TargetRecord, UID: payroll, Title: "a guess"}
			r := v.submit("alice", d)
			if c := v.view("alice", r.Number); c.Facts != nil || contains(strings.Join(c.Warnings, "\n"), "payroll") {
				t.Errorf("her request tells %+v and %q", c.Facts, c.Warnings)
			}
			d.Target.Kind, d.Item = model.TargetFolder, model.ItemFolderAccess
			d.Asked.Right = model.RightNone
			if _, err := v.svc.Submit(v.ctx, "alice", d); err != nil {
				t.Errorf("asked for as a folder: %v", err)
			}
			// Who decides it is told what it is.
			if _, err := v.asks("omar", payroll); err != nil {
				t.Errorf("the approver asks: %v", err)
			}
			if c := v.view("omar", r.Number); c.Facts == nil || !contains(strings.Join(c.Warnings, "\n"), `now called "payroll"`) {
				t.Errorf("the approver sees %+v and %q", c.Facts, c.Warnings)
			}
		})
	}
}

// TestFolderThatCannotBeReadShowsNothing is about a service that fails while the
// titles are read.
func TestFolderThatCannotBeReadShowsNothing(t *testing.T) {
	t.Parallel()
	v := newSightWorld(t, inFolders())
	v.sim.Forbid(simKey, "get")
	v.readTitles()
	if got := v.finds("dana", ""); got != "" {
		t.Errorf("dana finds %q in a folder that could not be read", got)
	}
	if got := v.finds("heidi", "rep"); got != "replica" {
		t.Errorf("heidi, who sees all, finds %q", got)
	}
	v.sim.Permit(simKey, "get")
	v.readTitles()
	if got := v.finds("dana", ""); got != "Databases, replica" {
		t.Errorf("dana finds %q once it could be read", got)
	}
}

func TestSharesOfOthersAreForThoseWhoDecideAndFulfil(t *testing.T) {
	t.Parallel()
	v := newSightWorld(t, model.Portal{})
	sees := func(who model.PersonID) (own model.Share, all bool) {
		t.Helper()
		facts, err := v.asks(who, payroll)
		if err != nil || facts.Title != "payroll" || facts.Owner != vaultsim.DefaultService {
			t.Fatalf("%s: %+v, %v", who, facts, err)
		}
		if facts.Only == "" != facts.Tells("bob@example.com") && who != "bob" {
			t.Errorf("%s: the facts of %q tell bob's share", who, facts.Only)
		}
		return facts.Share(string(who) + "@example.com"), facts.Only == "" && len(facts.Shares) == 2
	}
	check := func(when string, want map[model.PersonID]bool) {
		t.Helper()
		for who, wanted := range want {
			own, all := sees(who)
			if all != wanted {
				t.Errorf("%s, %s sees all shares: %t", when, who, all)
			}
			if (who == "alice" || who == "bob") == own.None() {
				t.Errorf("%s, %s has %s", when, who, own.Words())
			}
		}
	}
	check("before anything is asked", map[model.PersonID]bool{"alice": false, "bob": false, "dana": false, "omar": false, "sam": false, "heidi": true, "priya": true})
	d := draft()
	d.Target = model.Target{Kind: model.TargetRecord, UID: payroll, Title: "payroll"}
	v.submit("dana", d)
	check("asked for by dana", map[model.PersonID]bool{"alice": false, "dana": false, "omar": true})
	r := v.submit("alice", d)
	check("asked for by alice", map[model.PersonID]bool{"alice": false, "bob": false, "dana": true, "omar": true})

	// What one may know is remembered for them alone.
	for who, all := range map[model.PersonID]bool{"alice": false, "omar": true} {
		if c := v.view(who, r.Number); c.Facts == nil || (len(c.Facts.Shares) == 2) != all {
			t.Errorf("%s is shown %+v", who, c.Facts)
		}
	}
	// A person who asks for somebody else is not told what that one has.
	d.For = "bob@example.com"
	r = v.submit("alice", d)
	if c := v.view("alice", r.Number); c.Facts == nil || c.Facts.Tells("bob@example.com") || contains(strings.Join(c.Warnings, "\n"), "already") {
		t.Errorf("alice is told of bob: %+v, %q", c.Facts, c.Warnings)
	}
	if c := v.view("omar", r.Number); !c.Facts.Tells("bob@example.com") || c.Facts.Share("bob@example.com").Right != model.RightEdit {
		t.Errorf("omar is told of bob: %+v", c.Facts)
	}
}

// TestWhoComesToDecideIsToldAll is about an answer that was given while the person was
// nobody in particular.
func TestWhoComesToDecideIsToldAll(t *testing.T) {
	t.Parallel()
	v := newSightWorld(t, model.Portal{})
	if facts, err := v.asks("omar", payroll); err != nil || facts.Only != "omar@example.com" || len(facts.Shares) != 0 {
		t.Fatalf("omar is told %+v, %v", facts, err)
	}
	d := draft()
	d.Target = model.Target{Kind: model.TargetRecord, UID: payroll, Title: "payroll"}
	v.submit("alice", d)
	v.active(func() {
		if facts, err := v.svc.Facts(v.ctx, "omar", payroll, false); err != nil || len(facts.Shares) != 2 {
			t.Errorf("omar is told %+v, %v", facts, err)
		}
	})
}

// TestWorkerKeepsItsOwnPolicy asks from a process whose configuration allows more.
func TestWorkerKeepsItsOwnPolicy(t *testing.T) {
	t.Parallel()
	v := newSightWorld(t, inFolders())
	v.run(v.worker)
	other := v.elsewhere()
	v.until(other, "the vault is connected", func() bool { return other.Health(v.ctx).State == model.HealthConnected })
	for who, want := range map[model.PersonID]int{"alice": 0, "dana": 2, "heidi": 4} {
		if got, err := other.Search(v.ctx, who, "", model.TargetNone); err != nil || got.Total != want {
			t.Errorf("%s finds %+v, %v, want %d", who, got.Hits, err, want)
		}
	}
	if facts, err := other.Facts(v.ctx, "alice", payroll, true); denied(err) != model.DenyRole {
		t.Errorf("alice is told %+v, %v", facts, err)
	}
	if facts, err := other.Facts(v.ctx, "dana", replica, true); err != nil || facts.Only != "dana@example.com" {
		t.Errorf("dana is told %+v, %v", facts, err)
	}
}

// TestFolderOfSeveralGroupsIsReadOnce counts what the titles cost of the rate budget.
func TestFolderOfSeveralGroupsIsReadOnce(t *testing.T) {
	t.Parallel()
	v := newSightWorld(t, model.Portal{Visible: model.TitlesInFolders,
		Folders: map[model.GroupName][]model.UID{approvers: {databases, nothing}, fulfilers: {databases}}})
	before := len(v.sim.Commands())
	v.readTitles()
	var gets []string
	for _, c := range v.sim.Commands()[before:] {
		if strings.HasPrefix(c.Text, "get") {
			gets = append(gets, c.Text)
		}
	}
	if len(gets) != 2 || v.finds("omar", "") != "Databases, replica" {
		t.Errorf("omar finds %q after %q", v.finds("omar", ""), gets)
	}
}

// TestLostRightsAreForgotten is about answers that were given while somebody still
// fulfilled.
func TestLostRightsAreForgotten(t *testing.T) {
	t.Parallel()
	v := newSightWorld(t, model.Portal{Visible: model.TitlesNone})
	if facts, err := v.asks("heidi", payroll); err != nil || len(facts.Shares) != 2 {
		t.Fatalf("%+v, %v", facts, err)
	}
	err := v.db.Write(v.ctx, func(tx *store.Tx) error {
		p, _, err := tx.Person("heidi")
		if err != nil {
			return err
		}
		p.Groups = nil
		_, err = tx.UpdatePerson(p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	v.active(func() {
		if facts, err := v.svc.Facts(v.ctx, "heidi", payroll, false); denied(err) != model.DenyRole {
			t.Errorf("still told %+v, %v", facts, err)
		}
	})
	if got := v.finds("heidi", ""); got != "" {
		t.Errorf("still finds %q", got)
	}
}

// TestNoSecretIsInTheIndex leaves out user name and address: the vault itself makes a
// record's description of them.
func TestNoSecretIsInTheIndex(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	canaries := []string{"canaryPassword", "canaryNote", "canaryCustom", "canaryKey"}
	v.cloud.AddRecord(vaultsim.Record{UID: string(payroll), Title: "payroll", Type: "login", Notes: canaries[1],
		Fields: []vaultsim.Field{{Type: "login", Value: []any{"clerk"}}, {Type: "password", Value: []any{canaries[0]}}, {Type: "url", Value: []any{"https://example.com"}}},
		Custom: []vaultsim.Field{{Type: "text", Label: "PIN", Value: []any{canaries[2]}}, {Type: "secret", Label: "key", Value: []any{canaries[3]}}}})
	v.readTitles()
	if got := v.finds("priya", "payroll"); got != "payroll" {
		t.Fatalf("finds %q", got)
	}
	for _, canary := range append(canaries, "correct horse") {
		if got := v.finds("priya", canary); got != "" {
			t.Errorf("%q finds %q", canary, got)
		}
	}
}

// heldVault does not list the vault before it is let.
type heldVault struct {
	workflow.Vault
	let chan struct{}
}

func (h heldVault) Index(ctx context.Context) ([]model.Hit, error) {
	select {
	case <-h.let:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return h.Vault.Index(ctx)
}

// TestWhatIsSearchedStaysWithWhoSearches looks for the words of a search from another
// process, and for what it found, in every file while the question waits and after,
// and in what the service was sent.
func TestWhatIsSearchedStaysWithWhoSearches(t *testing.T) {
	t.Parallel()
	const words, title = "wanted-by-alice-alone", "Found-by-alice-alone"
	v := newVaultWorld(t)
	v.cloud.AddRecord(vaultsim.Record{UID: string(payroll), Title: title + " " + words, Type: "login"})
	held := heldVault{v.adapter(), make(chan struct{})}
	v.run(v.newWorker(held))
	other := v.elsewhere()
	v.until(other, "the vault is connected", func() bool { return other.Health(v.ctx).State == model.HealthConnected })

	answered := make(chan error, 1)
	go func() {
		got, err := other.Search(v.ctx, "alice", words, model.TargetRecord)
		if err == nil && (len(got.Hits) != 1 || got.Hits[0].UID != payroll) {
			err = errors.New("found nothing")
		}
		answered <- err
	}()
	v.until(other, "the question waits", func() bool { return strings.Contains(v.files("live.db*"), "search") })
	check := func(when string) {
		t.Helper()
		for _, pattern := range []string{"live.db*", "log.db*", "queue.db*"} {
			all := v.files(pattern)
			for _, secret := range []string{words, title} {
				if strings.Contains(all, secret) {
					t.Errorf("%s, %q is in %s", when, secret, pattern)
				}
			}
		}
	}
	check("while the question waits")
	close(held.let)
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	check("after the answer")
	for _, c := range v.sim.Commands() {
		if strings.Contains(c.Text, words) {
			t.Errorf("the service was sent %q", c.Text)
		}
	}
}

// files is what all files of the store that fit a pattern hold now.
func (v *vaultWorld) files(pattern string) string {
	v.t.Helper()
	names, err := filepath.Glob(filepath.Join(v.db.Dir(), pattern))
	if err != nil || len(names) == 0 {
		v.t.Fatalf("no file %s: %v", pattern, err)
	}
	var all strings.Builder
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			v.t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}
