package workflow_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// ledger stores grants of one request, each under a name, and returns the names of
// what a query lists.
func ledger(t *testing.T) (*world, model.Number, func(by model.PersonID, q workflow.Query) ([]string, error)) {
	t.Helper()
	w := newWorld(t)
	r := w.submit("alice", draft())
	ids := map[int64]string{}
	err := w.db.Write(w.ctx, func(tx *store.Tx) error {
		for _, g := range []struct {
			name   string
			email  string
			person model.PersonID
			kind   model.TargetKind
			title  string
			link   model.LinkID
			hours  int
			state  model.GrantState
			drift  string
		}{
			{"record", "alice@example.com", "alice", model.TargetRecord, "prod-db-01", "", 5, model.GrantActive, ""},
			{"folder", "bob@example.com", "bob", model.TargetFolder, "Finance Reports", "", 0, model.GrantActive, ""},
			{"link", "alice@example.com", "alice", model.TargetRecord, "prod-db-01", "a-link", 1, model.GrantActive, ""},
			{"invited", "new@partner.example", "", model.TargetRecord, "staging-vpn", "", 0, model.GrantPending, ""},
			{"drifted", "dana@example.com", "dana", model.TargetRecord, "prod-web-07", "", 300, model.GrantActive, "the vault shows nothing"},
			{"ended", "alice@example.com", "alice", model.TargetRecord, "prod-db-01", "", -5, model.GrantEnded, ""},
			{"revoked", "bob@example.com", "bob", model.TargetFolder, "Finance", "", 0, model.GrantRevoked, ""},
		} {
			grant := model.Grant{RequestID: r.ID, Email: g.email, Person: g.person, Right: model.RightView, Since: tx.Now, State: g.state,
				Link: g.link, Target: model.Target{Kind: g.kind, UID: prodDB, Title: g.title}}
			if g.kind == model.TargetFolder {
				grant.Target.UID = finance
			}
			if g.hours != 0 {
				grant.Until = tx.Now.Add(time.Duration(g.hours) * time.Hour)
			}
			id, err := tx.InsertGrant(grant)
			if err != nil {
				return err
			}
			ids[id] = g.name
			if err := tx.CheckGrant(id, g.drift); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w, r.Number, func(by model.PersonID, q workflow.Query) ([]string, error) {
		page, err := w.svc.Ledger(w.ctx, by, q)
		var names []string
		for _, row := range page.Rows {
			names = append(names, ids[row.Grant.ID])
			if (row.Drift != "") != (ids[row.Grant.ID] == "drifted") || row.Ending != (ids[row.Grant.ID] == "link") {
				t.Errorf("row %s: drift %q, ending %t", ids[row.Grant.ID], row.Drift, row.Ending)
			}
		}
		return names, err
	}
}

func TestLedgerIsFilteredAndSorted(t *testing.T) {
	t.Parallel()
	_, number, list := ledger(t)
	term := func(key, op, value string) workflow.Query {
		return workflow.Query{Terms: []workflow.Term{{Key: key, Op: op, Value: value}}}
	}
	all := []string{"link", "record", "drifted", "folder", "invited"}
	for _, tt := range []struct {
		name string
		q    workflow.Query
		want []string
	}{
		{"all that stands, what ends first first", workflow.Query{}, all},
		{"the newest first", workflow.Query{View: workflow.GrantsOpen, Sort: workflow.SortNewest}, []string{"drifted", "invited", "link", "folder", "record"}},
		{"all that is over", workflow.Query{View: workflow.GrantsOver}, []string{"revoked", "ended"}},
		{"of an address", term("person", "", "ALICE@example.com"), []string{"link", "record"}},
		{"of a login", term("person", "", "bob"), []string{"folder"}},
		{"of a part of a foreign address", term("person", "", "partner"), []string{"invited"}},
		{"of nobody", term("person", "", "zoe"), nil},
		{"by UID", term("record", "", string(finance)), []string{"folder"}},
		{"by words of the title", term("record", "", "PROD db"), []string{"link", "record"}},
		{"by words", workflow.Query{Words: []string{"Finance", "BOB"}}, []string{"folder"}},
		{"records", term("kind", "", "record"), []string{"record", "drifted", "invited"}},
		{"folders", term("kind", "", "folder"), []string{"folder"}},
		{"links", term("kind", "", "link"), []string{"link"}},
		{"that wait", term("state", "", "pending"), []string{"invited"}},
		{"that are active", term("state", "", "active"), []string{"link", "record", "drifted", "folder"}},
		{"that were changed elsewhere", term("state", "", "drift"), []string{"drifted"}},
		{"that were revoked", term("state", "", "revoked"), []string{"revoked"}},
		{"that end within a week", term("ends", "<", "7d"), []string{"link", "record"}},
		{"of a request", term("number", "", string(number)), all},
		{"of another request", term("number", "", "REQ9"), nil},
	} {
		if got, err := list("priya", tt.q); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, %v; want %v", tt.name, got, err, tt.want)
		}
	}
	for _, bad := range []workflow.Query{term("ends", ">", "7d"), term("ends", "<", "soon"), term("kind", "", "car"), term("state", "", "odd"),
		term("colour", "", "red"), {View: "odd"}} {
		var wrong workflow.Invalid
		if _, err := list("priya", bad); !errors.As(err, &wrong) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestLedgerHasPages(t *testing.T) {
	t.Parallel()
	w, _, _ := ledger(t)
	var seen []int64
	for q := (workflow.Query{Limit: 2}); ; {
		page, err := w.svc.Ledger(w.ctx, "priya", q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Rows {
			seen = append(seen, r.Grant.ID)
		}
		if q.After = page.Next; page.Next == "" {
			break
		}
	}
	slices.Sort(seen)
	if len(seen) != 5 || len(slices.Compact(seen)) != 5 {
		t.Errorf("the pages hold %v", seen)
	}
}

// Admins and support see all of it, who fulfils what came from their group, and
// nobody else anything.
func TestLedgerIsForThoseWhoDoTheWork(t *testing.T) {
	t.Parallel()
	_, _, list := ledger(t)
	for who, want := range map[model.PersonID]int{"priya": 5, "sam": 5, "heidi": 5, "omar": 0} {
		if got, err := list(who, workflow.Query{}); err != nil || len(got) != want {
			t.Errorf("%s sees %v, %v; want %d", who, got, err, want)
		}
	}
	if _, err := list("alice", workflow.Query{}); denied(err) != model.DenyRole {
		t.Errorf("alice: %v", err)
	}
}

// A person sees folders, links, what waits for an invitation and what is over.
func TestMyAccessShowsEveryKind(t *testing.T) {
	t.Parallel()
	w, _, _ := ledger(t)
	page, err := w.svc.Access(w.ctx, "alice", workflow.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var states []model.GrantState
	for _, r := range page.Rows {
		states = append(states, r.Grant.State)
		if r.Grant.State.Open() != (len(r.Perms) > 0) {
			t.Errorf("row %+v", r)
		}
	}
	if want := []model.GrantState{model.GrantActive, model.GrantActive, model.GrantEnded}; !slices.Equal(states, want) {
		t.Errorf("alice sees %v, want %v", states, want)
	}
}

func TestDraftsAreKeptWithoutSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := workflow.Draft{Item: model.ItemLogin, For: "alice@example.com", Justification: "for the new", RefersTo: "REQ0010001",
		Target: model.Target{Kind: model.TargetFolder, UID: finance, Title: "Finance"},
		Asked:  model.Access{Right: model.RightView, Limit: model.For(time.Hour)},
		Answers: []model.Answer{{Field: "login", Value: "app"}, {Field: "password", Value: "hunter2-typed"}, {Field: "unknown", Value: "x"},
			{Field: "totp", Value: "otpauth://secret"}},
		Secrets: map[string][]byte{"password": []byte("hunter2-sealed")}, Without: []string{"password", "unknown"}}
	if err := w.svc.SaveDraft(w.ctx, "alice", d); err != nil {
		t.Fatal(err)
	}
	got, found, err := w.svc.LoadDraft(w.ctx, "alice", model.ItemLogin)
	if err != nil || !found {
		t.Fatalf("%t, %v", found, err)
	}
	if !slices.Equal(got.Without, []string{"password"}) {
		t.Errorf("kept that %q stay empty", got.Without)
	}
	if !slices.Equal(got.Answers, d.Answers[:1]) || len(got.Secrets) != 0 || got.For != d.For || got.Target != d.Target ||
		got.Asked != d.Asked || got.Justification != d.Justification || got.RefersTo != d.RefersTo || got.Item != d.Item {
		t.Errorf("kept %+v", got)
	}
	err = w.db.Read(w.ctx, func(tx *store.Tx) error {
		body, _, err := tx.Draft("alice", model.ItemLogin)
		if contains(body, "hunter2") || contains(body, "otpauth") {
			t.Errorf("stored %s", body)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Answers = []model.Answer{{Field: "password", Value: "generate random 24"}}
	if err := w.svc.SaveDraft(w.ctx, "alice", d); err != nil {
		t.Fatal(err)
	}
	if got, _, err := w.svc.LoadDraft(w.ctx, "alice", model.ItemLogin); err != nil || !slices.Equal(got.Answers, d.Answers) {
		t.Errorf("the wish for a generated one: %+v, %v", got.Answers, err)
	}
	if _, found, err := w.svc.LoadDraft(w.ctx, "bob", model.ItemLogin); found || err != nil {
		t.Errorf("bob has it: %t, %v", found, err)
	}
	for range 2 {
		if err := w.svc.DropDraft(w.ctx, "alice", model.ItemLogin); err != nil {
			t.Fatal(err)
		}
	}
	if _, found, _ := w.svc.LoadDraft(w.ctx, "alice", model.ItemLogin); found {
		t.Error("it is still there")
	}
	d.Justification = strings.Repeat("x", 100_000)
	if err := w.svc.SaveDraft(w.ctx, "alice", d); err == nil {
		t.Error("what no form holds is kept")
	}
	if err := w.svc.SaveDraft(w.ctx, "alice", workflow.Draft{Item: model.ItemRevoke}); err == nil {
		t.Error("a draft of what cannot be ordered is kept")
	}
}
