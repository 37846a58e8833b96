package vaultadapt_test

import (
	"slices"
	"testing"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

func TestInsideListsTheRecordsOfAFolder(t *testing.T) {
	t.Parallel()
	r := newFolderRig(t)
	sub := model.UID(r.cloud.AddUserFolder("", "Ledger", string(databases)))
	own := model.UID(r.cloud.AddUserFolder("", "Mine", ""))
	empty := model.UID(r.cloud.AddSharedFolder(vaultsim.Folder{Name: "Empty"}))
	nested := model.UID(r.cloud.AddNestedFolder("", "Nested"))
	add := func(title string, folder model.UID) model.UID {
		return model.UID(r.cloud.AddRecord(vaultsim.Record{Title: title, Type: "login", Folder: string(folder)}))
	}
	top, below, mine := add("top", databases), add("below", sub), add("mine", own)
	if err := r.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		folder model.UID
		want   []model.UID
	}{
		"a shared folder, with what lies deeper": {databases, []model.UID{top, below}},
		"a folder of the service account's own":  {own, []model.UID{mine}},
		"an empty one":                           {empty, nil},
	} {
		got, err := r.Inside(t.Context(), tt.folder)
		slices.Sort(got)
		slices.Sort(tt.want)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, tt.want)
		}
	}
	for name, uid := range map[string]model.UID{"a part of a shared folder": sub, "a nested share folder": nested, "a record": top, "a team": team, "nothing": "GoneGoneGoneGoneGoneG1"} {
		if got, err := r.Inside(t.Context(), uid); err == nil || len(got) > 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
