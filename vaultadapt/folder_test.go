package vaultadapt_test

import (
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

const (
	databases = model.UID("DatabasesDatabasesDat1")
	team      = model.UID("TeamDBATeamDBATeamDBA1")
	pamUser   = model.UID("PamUserPamUserPamUser1")
)

// newFolderRig has a shared folder, a team, and folders that cannot be shared.
func newFolderRig(t *testing.T) rig {
	t.Helper()
	r := newRig(t)
	r.cloud.AddTeam(vaultsim.Team{UID: string(team), Name: "Operators", Members: []string{r.cloud.Service()}})
	r.cloud.AddTeam(vaultsim.Team{Name: "Others", Members: []string{alice}})
	r.cloud.AddSharedFolder(vaultsim.Folder{UID: string(databases), Name: "Databases"})
	r.cloud.AddRecord(vaultsim.Record{UID: string(pamUser), Title: "svc", Type: "pamUser"})
	r.sim.Restart()
	return r
}

// carryOut sends an order and returns what the folder shows then.
func (r rig) carryOut(t *testing.T, o workflow.Order) (workflow.Outcome, model.RecordFacts) {
	t.Helper()
	id, err := r.Submit(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Await(t.Context(), o, id)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := r.Folder(t.Context(), databases)
	if err != nil {
		t.Fatal(err)
	}
	return out, facts
}

func TestOrdersAboutAFolderAreSeenInIt(t *testing.T) {
	t.Parallel()
	end := time.Now().Add(2 * time.Hour).UTC().Truncate(time.Second)
	for _, tt := range []struct {
		name   string
		kind   model.OpKind
		intent model.Intent
		want   model.Share
		// told is what the answer alone proves.
		told model.OpState
	}{
		{"a person for a time", model.OpJoin, model.Intent{Email: alice, Right: model.RightManageRecords, Expires: end},
			model.Share{Right: model.RightManageRecords, Expires: end}, model.OpDone},
		{"a person for good", model.OpJoin, model.Intent{Email: alice, Right: model.RightAll}, model.Share{Right: model.RightAll}, model.OpDone},
		{"nobody leaves", model.OpLeave, model.Intent{Email: alice}, model.Share{}, model.OpUnknown},
		{"a team", model.OpJoin, model.Intent{Email: string(team), Team: "Operators", Right: model.RightManageUsers}, model.Share{Right: model.RightManageUsers}, model.OpUnknown},
		{"no team leaves", model.OpLeave, model.Intent{Email: string(team)}, model.Share{}, model.OpUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newFolderRig(t)
			tt.intent.Folder = databases
			out, facts := r.carryOut(t, workflow.Order{Kind: tt.kind, Intent: tt.intent})
			if out.State != tt.told {
				t.Errorf("outcome %+v", out)
			}
			if got := facts.Share(tt.intent.Email); !got.Same(tt.want) {
				t.Errorf("has %s, want %s", got.Words(), tt.want.Words())
			}
		})
	}
	t.Run("defaults", func(t *testing.T) {
		t.Parallel()
		r := newFolderRig(t)
		_, facts := r.carryOut(t, workflow.Order{Kind: model.OpDefaults, Intent: model.Intent{Folder: databases, Right: model.RightShare}})
		if facts.Default != model.RightShare {
			t.Errorf("the default is %s", facts.Default)
		}
	})
}

func TestTeamWithAnEndIsNotSent(t *testing.T) {
	t.Parallel()
	r := newFolderRig(t)
	_, err := r.Submit(t.Context(), workflow.Order{Kind: model.OpJoin, Intent: model.Intent{Folder: databases, Email: string(team),
		Right: model.RightNone, Expires: time.Now().Add(time.Hour)}})
	if err == nil || len(r.sim.Commands()) != 0 {
		t.Errorf("sent: %v", err)
	}
}

func TestRotationIsOrderedAndItsRefusalAdvised(t *testing.T) {
	t.Parallel()
	r := newFolderRig(t)
	order := workflow.Order{Kind: model.OpGrant, Intent: model.Intent{Record: pamUser, Email: alice, Right: model.RightView,
		Expires: time.Now().Add(time.Hour), Rotate: true}}
	if out, _ := r.carryOut(t, order); out.State != model.OpDone {
		t.Errorf("outcome %+v", out)
	}
	if shares := r.cloud.Shares(string(pamUser)); len(shares) != 1 || !shares[0].Rotates {
		t.Errorf("shares %+v", shares)
	}
	order.Intent.Record = record
	if out, _ := r.carryOut(t, order); out.State != model.OpRefused || out.Advice == "" {
		t.Errorf("outcome %+v", out)
	}
}

func TestFoldersOfEveryKindAreTold(t *testing.T) {
	t.Parallel()
	r := newFolderRig(t)
	sub := model.UID(r.cloud.AddUserFolder("", "Ledger", string(databases)))
	own := model.UID(r.cloud.AddUserFolder("", "Mine", ""))
	nested := model.UID(r.cloud.AddNestedFolder("", "Nested"))
	inNested := model.UID(r.cloud.AddRecord(vaultsim.Record{Title: "hidden", Type: "login", Folder: string(nested)}))
	if err := r.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	for uid, want := range map[model.UID]model.RecordFacts{
		databases:                {Kind: model.TargetFolder},
		sub:                      {Kind: model.TargetFolder, Whole: model.Target{Kind: model.TargetFolder, UID: databases, Title: "Databases"}},
		own:                      {Kind: model.TargetFolder, Personal: true},
		nested:                   {Kind: model.TargetFolder, Nested: true},
		team:                     {Gone: true},
		record:                   {Kind: model.TargetRecord, Gone: true},
		"GoneGoneGoneGoneGoneG1": {Gone: true},
	} {
		got, err := r.Folder(t.Context(), uid)
		if err != nil || got.Kind != want.Kind || got.Whole != want.Whole || got.Personal != want.Personal || got.Nested != want.Nested || got.Gone != want.Gone {
			t.Errorf("%s: %+v, %v", uid, got, err)
		}
		if cannot := want.Personal || want.Nested; cannot != (got.Unshareable() != "") {
			t.Errorf("%s: unshareable %q", uid, got.Unshareable())
		}
	}
	if facts, err := r.Record(t.Context(), inNested); err != nil || !facts.Nested || facts.Unshareable() == "" {
		t.Errorf("a record in a nested share folder: %+v, %v", facts, err)
	}
	hits, err := r.Index(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, uid := range []model.UID{nested, inNested} {
		if i := slices.IndexFunc(hits, func(h model.Hit) bool { return h.UID == uid }); i < 0 || !hits[i].Nested {
			t.Errorf("%s is not marked in the index", uid)
		}
	}
}

func TestTeamsOfTheServiceAccountAreListed(t *testing.T) {
	t.Parallel()
	r := newFolderRig(t)
	teams, err := r.Teams(t.Context())
	if err != nil || !slices.Contains(teams, model.Team{UID: team, Name: "Operators"}) || len(teams) != 2 {
		t.Errorf("teams %+v, %v", teams, err)
	}
}
